"""Goals of a diffusion of digits that the program checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from playground.core import Challenge, History, Verdict
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.trainer import DigitDiffusionTrainer

Check = Callable[[DigitDiffusionTrainer, Mapping[str, float], History], Verdict]
DATA = ("classes", "count", "own", "digit")

REPAIRED, REPAIR_STEPS = 10.0, 2000  # FD within so many steps
QUESTIONS, FAITHFUL = 6, 3.0  # to the network for one digit; FD
PARTED, HEART_STEPS = 1.5, 3000  # times the loss in training, within so many steps

UNKNOWN = "FD cannot be told, for some digits are not made of finite numbers,"

BROKEN = DigitDiffusionConfig(
    prediction="epsilon", schedule="linear", beta_last=0.02, T=50, guidance=4.0, lr=1e-4, sampler="ddim", steps=4
)
SLOW = DigitDiffusionConfig(start="pretrained", lr=1e-4, decay="none", sampler="ddpm", steps=100)


def _kept(check: Check, start: DigitDiffusionConfig, *names: str) -> Check:
    """The check, as long as the learner keeps what the challenge is about."""

    def guarded(trainer: DigitDiffusionTrainer, now: Mapping[str, float], history: History) -> Verdict:
        c = trainer.config
        changed = [c.label(name) for name in names if c.value(name) != start.value(name)]
        if changed:
            return Verdict("open", f"This challenge keeps {', '.join(changed)}: choose it again and Reset.")
        return check(trainer, now, history)

    return guarded


def _repaired(trainer: DigitDiffusionTrainer, now: Mapping[str, float], history: History) -> Verdict:
    step, fd = trainer.step_count, now.get("fd", math.inf)
    says = f"FD is {fd:.1f}" if fd < math.inf else UNKNOWN
    if 0 < step <= REPAIR_STEPS and fd < REPAIRED:
        return Verdict("met", f"{says} after {step} steps.")
    if step > REPAIR_STEPS:
        return Verdict("missed", f"{says} after {REPAIR_STEPS} steps. Turn a knob and Reset.")
    return Verdict("open", f"{says} at step {step} of {REPAIR_STEPS}; wanted is less than {REPAIRED:g}.")


def _quick(trainer: DigitDiffusionTrainer, now: Mapping[str, float], history: History) -> Verdict:
    fd = now.get("fd", math.inf)
    says = f"FD is {fd:.2f}" if fd < math.inf else UNKNOWN
    says += f" with {now['questions']:.0f} questions to the network for one digit"
    if now["questions"] <= QUESTIONS and fd < FAITHFUL:
        return Verdict("met", f"{says}.")
    return Verdict("open", f"{says}; wanted is less than {FAITHFUL:g} with at most {QUESTIONS}.")


def _by_heart(trainer: DigitDiffusionTrainer, now: Mapping[str, float], history: History) -> Verdict:
    step, times = trainer.step_count, now["test_loss"] / now["loss"]
    says = f"The loss is {now['loss']:.2f} in training and {now['test_loss']:.2f} on digits that are held out"
    if 0 < step <= HEART_STEPS and times >= PARTED:
        return Verdict("met", f"{says}, at step {step}. See whether it copies.")
    if step > HEART_STEPS:
        return Verdict("missed", f"{says} after {HEART_STEPS} steps. Turn a knob and Reset.")
    if step == 0:
        return Verdict("open", "Nothing is learned yet.")
    return Verdict("open", f"{says}, at step {step} of {HEART_STEPS}; wanted is {PARTED:g} times as much.")


CHALLENGES = (
    Challenge(
        "Repair it",
        f"Somebody has turned every knob. Bring FD below {REPAIRED:g} on all ten digits within {REPAIR_STEPS} steps.",
        BROKEN,
        _kept(_repaired, BROKEN, *DATA, "start"),
    ),
    Challenge(
        "Six questions",
        f"DDPM with guidance asks the pretrained network two hundred times for one digit. Get an FD below {FAITHFUL:g}"
        f" with at most {QUESTIONS} questions.",
        SLOW,
        _kept(_quick, SLOW, *DATA),
    ),
    Challenge(
        "Make it learn by heart",
        f"Turn the knobs until digits that are held out cost {PARTED:g} times the loss in training, within"
        f" {HEART_STEPS} steps. Noise is always new; what can it know by heart?",
        DigitDiffusionConfig(),
        _kept(_by_heart, DigitDiffusionConfig(), "own", "start"),
    ),
)
