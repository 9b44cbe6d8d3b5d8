"""What is happening in a diffusion of points, in one sentence. Every number in it is on the page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from playground.core import Diagnosis, History
from playground.core.words import counted, plain
from playground.diffusion.points import PointsTrainer
from playground.diffusion.start import MATTERS

YOUNG = 300  # steps: before, nothing but the coarse shape can be expected
FEW = 8  # sampling steps
SHARP = 0.95  # of the points within 3 sigma of a mode: of perfect ones there are 99 %
OFF = 0.25  # relative error of the score from which it is the network that is to blame
NEARLY = 0.95  # of it
FAR_WORSE = 3.0  # times the error over all
CURES = {"linear": "Raise the last beta (under Path), or T.", "own": "Draw a schedule that falls to 0."}


def diagnose(trainer: PointsTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    if trainer.step_count == 0 and trainer.config.denoiser == "network":
        return Diagnosis(
            "The network knows nothing yet: what it makes of noise is noise. Press Play; drag the time in the panel of"
            " the schedule to look between data and noise."
        )
    if trainer.still.gap.tv > MATTERS:
        return _ends_too_early(trainer, now)
    here = _quality(now) + _harmless(trainer)
    if trainer.config.denoiser == "exact":
        lead = f"The exact denoiser is asked, not the network: {here}"
        if _there(now):
            return Diagnosis(f"{lead} Nothing is missing that could be seen.", "good")
        return Diagnosis(f"{lead} What is missing beyond luck, the steps cost it.")
    if trainer.step_count < YOUNG:
        return Diagnosis(f"The coarse shape comes first: {here} The score is off by {now['score_error']:.0%}.")
    if not _there(now) and trainer.config.steps <= FEW and now["score_error"] < OFF:
        return Diagnosis(
            f"The score is off by only {now['score_error']:.0%}, but {counted(trainer.config.steps, 'step')} of"
            f" {plain(trainer.config.sampler)} cut corners: {here} Raise the sampling steps.",
            "warn",
        )
    if now["score_error"] >= OFF:
        return Diagnosis(f"The score is still off by {now['score_error']:.0%}: {here}{_blind(trainer)}")
    words = f"The score is off by {now['score_error']:.0%}: {here}"
    if _there(now):
        return Diagnosis(f"{words} That is as good as can be told here.", "good")
    return Diagnosis(words + _worst(trainer))


def _ends_too_early(trainer: PointsTrainer, now: Mapping[str, float]) -> Diagnosis:
    wrong = trainer.still.gap.tv
    most = f"Up to {wrong:.0%}" if wrong < NEARLY else "Nearly all"
    whose = "even by the exact denoiser" if trainer.config.denoiser == "exact" else "however long it trains"
    cure = CURES.get(trainer.config.schedule, "Standardise the data: the noise is too narrow for them.")
    return Diagnosis(
        f"The chain does not end in noise: {trainer.schedule.left:.1%} of the data are left at T, and sampling begins"
        f" as if nothing were. {most} of what is made comes out wrong, {whose}: {_quality(now)} {cure}",
        "warn",
    )


def _harmless(trainer: PointsTrainer) -> str:
    """A word on what is left of the data, where nothing is lost by it."""
    if trainer.schedule.ends_in_noise:
        return ""
    return f" {trainer.schedule.left:.1%} of the data are left at T, which makes no difference on these data."


def _quality(now: Mapping[str, float]) -> str:
    """How good what it makes is."""
    if "heads" in now:
        return f"heads in {now['heads']:.1%} of the numbers, in truth {now['p']:.0%}."
    if "sw1" in now:
        near = f", {now['within']:.0%} within 3 sigma of a mode" if now["within"] == now["within"] else ""
        return f"SW1 {now['sw1']:.3f}{near}; a perfect generator stays below {now['sw1_high']:.3f}."
    return f"W1 {now['w1']:.3f} sd; a perfect generator stays below {now['w1_high']:.3f}."


def _there(now: Mapping[str, float]) -> bool:
    """Whether it is as good as luck allows."""
    if "heads" in now:
        return now["heads_low"] <= now["heads"] <= now["heads_high"]
    if "sw1" not in now:
        return now["w1"] <= now["w1_high"]
    sharp = not now["within"] < SHARP  # NaN where there are no modes
    return now["sw1"] <= now["sw1_high"] and sharp


def _worst(trainer: PointsTrainer) -> str:
    """The time at which the score is far worse than over all, if there is one."""
    by_t, over_all = trainer.seen.errors
    at = int(np.nan_to_num(by_t).argmax())
    if by_t[at] < max(OFF, FAR_WORSE * over_all):
        return ""
    return f" It is worst at t = {trainer.still.times[at]}: off by {by_t[at]:.0%}."


def _blind(trainer: PointsTrainer) -> str:
    if trainer.config.embedding != "none":
        return ""
    return " It is not told the time, and has to guess the noise from the place."
