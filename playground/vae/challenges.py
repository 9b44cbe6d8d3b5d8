"""Challenges for autoencoders, and what decides them.

Whether a map keeps kinds of digits apart is asked of the centres c of their codes:

    apart = share of digits whose code lies nearer to the centre of its own kind than to any other          (1)

where the centre of a digit's own kind leaves that digit out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Challenge, History, Verdict
from playground.vae.knobs import VaeConfig
from playground.vae.objective import split
from playground.vae.trainer import VaeTrainer

Check = Callable[[VaeTrainer, Mapping[str, float], History], Verdict]
DATA = ("classes", "count", "own")
USED, TOLD = 10, 5.0  # dimensions of 20, and nats in the code: no longer collapsed
RATE, DISTORTION = 15.0, 105.0  # nats a digit
REPAIRED = 115.0
KINDS_APART = 0.6
AWAKE_SINCE = 200  # before that a code may tell much by chance
CURE_STEPS, PRICE_STEPS, REPAIR_STEPS, MAP_STEPS = 500, 1500, 800, 800


def apart(codes: Tensor, digits: np.ndarray) -> float:
    """(1). codes: (n, latent), digits: (n,)."""
    z, is_kind = codes.cpu().double(), torch.from_numpy(digits[:, None] == np.unique(digits))  # (n, kinds)
    sums, counts = is_kind.double().T @ z, is_kind.sum(0)[:, None]  # (kinds, latent), (kinds, 1)
    others = torch.cdist(z, sums / counts)  # (n, kinds)
    own = (sums - z[:, None]) / (counts - 1).clamp_min(1) - z[:, None]  # to the centre without it, (n, kinds, latent)
    distance = torch.where(is_kind, own.norm(dim=2), others)
    return float(is_kind.gather(1, distance.argmin(1, keepdim=True)).double().mean())


def _kept(check: Check, **fixed: Any) -> Check:
    """The check, unless the learner has turned a knob that would make it another task. fixed: further ones."""
    wanted = {name: VaeConfig.default(name) for name in DATA} | fixed

    def guarded(trainer: VaeTrainer, now: Mapping[str, float], history: History) -> Verdict:
        changed = [
            VaeConfig.knobs()[name].label for name, value in wanted.items() if getattr(trainer.config, name) != value
        ]
        if changed:
            words = f"This challenge keeps {', '.join(changed)} as they were: choose it again and Reset."
            return Verdict("open", words)
        return check(trainer, now, history)

    return guarded


def _within(
    steps: int, good: Callable[[Mapping[str, Any]], Any], says: Callable[[Mapping[str, float]], str], since: int = 1
) -> Check:
    """Good at any measurement from step `since` up to that step.

    good: from numbers, or columns of them, to truth, or a column of it.
    """

    def check(trainer: VaeTrainer, now: Mapping[str, float], history: History) -> Verdict:
        step, seen = trainer.step_count, history.column("step")
        past = {name: history.column(name) for name in now}
        then = (seen >= since) & (seen <= steps) & good(past)
        if then.any() or (since <= step <= steps and good(now)):
            return Verdict("met", f"Done within {steps} steps. Now, at step {step}, {says(now)}.")
        if step > steps:
            return Verdict("missed", f"After {steps} steps {says(now)}. Turn a knob and Reset.")
        return Verdict("open", f"At step {step} of {steps}, {says(now)}.")

    return check


def _map(trainer: VaeTrainer, now: Mapping[str, float], history: History) -> Verdict:
    share = apart(split(trainer.encoder(trainer.watched[0]), 2)[0], trainer.digits)
    says = f"{share:.0%} of the {len(trainer.digits)} digits of the map lie nearest to the centre of their own kind"
    step = trainer.step_count
    if 0 < step <= MAP_STEPS and share >= KINDS_APART:
        return Verdict("met", f"{says}, at step {step}.")
    if step > MAP_STEPS:
        return Verdict("missed", f"{says} after {MAP_STEPS} steps. Turn a knob and Reset.")
    return Verdict("open", f"{says}, at step {step} of {MAP_STEPS}.")


_ILL = VaeConfig(likelihood="gaussian", sigma=3.0)
_HANDICAPPED = VaeConfig(
    width=64, layers=3, activation="tanh", optimiser="rmsprop", lr=1e-4, decay="none", beta=0.5, batch=64
)

CHALLENGES = (
    Challenge(
        "Wake the code",
        f"Every dimension sleeps. Have {USED} of the 20 in use and a code that tells {TOLD:g} nats or more, at any time"
        f" between steps {AWAKE_SINCE} and {CURE_STEPS}. The likelihood stays Gaussian.",
        _ILL,
        _kept(
            _within(
                CURE_STEPS,
                lambda x: (x["active"] >= USED) & (x["test_kl"] >= TOLD),
                lambda x: f"{x['active']:.0f} dimensions are in use, and the code tells {x['test_kl']:.1f} nats",
                since=AWAKE_SINCE,
            ),
            latent=20,
            likelihood="gaussian",
        ),
    ),
    Challenge(
        "A cheap code",
        f"Pay at most {RATE:g} nats for the code and {DISTORTION:g} for the picture, both at once and of test digits,"
        f" within {PRICE_STEPS} steps. At the recommended settings the code soon costs more.",
        VaeConfig(),
        _kept(
            _within(
                PRICE_STEPS,
                lambda x: (x["test_kl"] <= RATE) & (x["test_reconstruction"] <= DISTORTION),
                lambda x: f"the code costs {x['test_kl']:.1f} nats and the picture {x['test_reconstruction']:.1f}",
            ),
            kind="vae",
            likelihood="grey",
        ),
    ),
    Challenge(
        "Repair it",
        f"Somebody has turned every knob. Bring the sum of both terms to {REPAIRED:g} nats a test digit or less within"
        f" {REPAIR_STEPS} steps.",
        _HANDICAPPED,
        _kept(
            _within(
                REPAIR_STEPS,
                lambda x: x["test_loss"] <= REPAIRED,
                lambda x: f"a test digit costs {x['test_loss']:.1f} nats",
            ),
            kind="vae",
            likelihood="grey",
        ),
    ),
    Challenge(
        "Kinds apart",
        f"With a code of two numbers, bring {KINDS_APART:.0%} of the digits of the map nearest to the centre of their"
        f" own kind within {MAP_STEPS} steps, although nobody tells the networks which digit is which. You begin with"
        " small networks and a dear code.",
        VaeConfig(latent=2, beta=4.0, width=64),
        _kept(_map, latent=2),
    ),
)
