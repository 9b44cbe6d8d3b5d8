"""Goals of a diffusion of points that the program checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from playground.core import Challenge, History, Verdict
from playground.diffusion.points import PointsTrainer
from playground.diffusion.points_knobs import PointsConfig

Check = Callable[[PointsTrainer, Mapping[str, float], History], Verdict]

LASTING = 3  # looks in a row: one may be a moment's
NEAR = 0.03  # of the share of heads
CALLS = 10  # of the network, for one point
WITHIN = 0.9  # of the points, within 3 sigma of a mode
SHARP = 0.95  # the same, on the grid ...
WIDE = 0.8  # ... and how wide its modes have to be, 1 being right

TEXTBOOK = PointsConfig(
    target="coin", schedule="linear", T=50, beta_last=0.02, sampler="ddpm", steps=50, spacing="even", horizon=2500
)
SLOW = PointsConfig(sampler="ddpm", steps=100, spacing="even")
GRID = PointsConfig(target="grid25")


def _kept(start: PointsConfig, *names: str) -> Callable[[Check], Check]:
    """The check, as long as the learner keeps what the challenge is about, and asks the network."""

    def guard(check: Check) -> Check:
        def guarded(trainer: PointsTrainer, now: Mapping[str, float], history: History) -> Verdict:
            c = trainer.config
            changed = [c.label(name) for name in names if c.value(name) != start.value(name)]
            if changed:
                return Verdict("open", f"This challenge keeps {', '.join(changed)}: choose it again and Reset.")
            if c.denoiser != "network":
                return Verdict("open", "It is the network's way back that counts: set Denoiser to network.")
            return check(trainer, now, history)

        return guarded

    return guard


def _last(history: History, name: str) -> np.ndarray:
    """What the latest looks found, a number each; NaN where there have not been enough."""
    looked = history.column("looked") if len(history) else np.empty(0)
    last = np.flatnonzero(np.diff(looked, append=-1.0))  # rows repeat what was found until the next look
    if len(last) < LASTING:
        return np.full(LASTING, np.nan)
    return np.asarray(history.column(name), float)[last[-LASTING:]]


@_kept(TEXTBOOK, "target", "p", "T", "points")
def fair_coin(trainer: PointsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    off = np.abs(np.append(_last(history, "heads"), now["heads"]) - now["p"])
    if trainer.step_count > 0 and (off <= NEAR).all():
        return Verdict("met", f"Heads in {now['heads']:.1%}, and in {LASTING} looks before: the chain ends in noise.")
    return Verdict("open", f"Heads in {now['heads']:.1%}; wanted are {now['p'] - NEAR:.0%} to {now['p'] + NEAR:.0%}.")


@_kept(SLOW, "target", "noise", "points")
def quick(trainer: PointsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    near = np.append(_last(history, "within"), now["within"])
    says = f"{now['within']:.0%} within 3 sigma, SW1 {now['sw1']:.3f}, with {now['calls']:.0f} calls of the network."
    few = now["calls"] <= CALLS
    if few and trainer.step_count > 0 and (near >= WITHIN).all() and now["sw1"] <= now["sw1_high"]:
        return Verdict("met", says)
    return Verdict("open", f"{says} Wanted: {WITHIN:.0%}, SW1 below {now['sw1_high']:.3f}, at most {CALLS} calls.")


@_kept(GRID, "target", "noise", "points")
def sharp(trainer: PointsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    step, steps = trainer.step_count, 5000
    says = (
        f"{now['covered']:.0f} of 25 modes, {now['spread']:.2f} of their width, {now['within']:.0%} within 3 sigma, at"
        f" step {step} of {steps}."
    )
    near = np.append(_last(history, "within"), now["within"])
    wide = np.append(_last(history, "spread"), now["spread"])
    if 0 < step <= steps and now["covered"] == 25 and (near >= SHARP).all() and (wide >= WIDE).all():
        return Verdict("met", says)
    if step > steps:
        return Verdict("missed", f"{says} Turn a knob and Reset.")
    return Verdict("open", f"{says} Wanted: 25 modes, {WIDE:.1f} and {SHARP:.0%}.")


CHALLENGES = (
    Challenge(
        "An honest coin in fifty steps",
        "A schedule that ends too early makes heads too often. Bring them to 30 %, give or take 3, with T = 50.",
        TEXTBOOK,
        fair_coin,
    ),
    Challenge(
        "Ten calls",
        f"DDPM asks the network a hundred times for one point. Get the ring of eight, {WITHIN:.0%} of it within 3"
        f" sigma, with at most {CALLS}.",
        SLOW,
        quick,
    ),
    Challenge(
        "Sharp, and not too narrow",
        f"All 25 modes of the grid, {SHARP:.0%} of the points within 3 sigma of one, and the modes at least {WIDE:.1f}"
        " of their width, within 5000 steps.",
        GRID,
        sharp,
    ),
)
