"""What is happening in a diffusion of digits, in one sentence. Every number in it is on the page."""

from __future__ import annotations

from collections.abc import Mapping

from playground.core import Diagnosis, History
from playground.core.words import plain
from playground.data.kept_digits import FORGOTTEN
from playground.diffusion.digits.knobs import ANY
from playground.diffusion.digits.pretrained import fits
from playground.diffusion.digits.trainer import DigitDiffusionTrainer

YOUNG = 600  # steps: before, nothing but blots can be expected
STUCK = 1500  # steps, after which a network that is asked for v is much nearer
TWICE = 2.0  # times as many questions to the network would not change what is missing
STRONG = 2.0  # guidance from which digits become alike
PLAIN = 0.995  # of the digits are read as asked for
FEW, FEWEST = 3, 1  # steps that cut corners; of Heun, which asks twice in each
LEARNED = 3000  # steps of training: before, digits that more steps make worked out are no nearer to real ones
BY_HEART = 1.15  # times the loss in training: digits that are held out are as strange as that


def diagnose(trainer: DigitDiffusionTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """What is going on, and first whether it learns from what was asked for."""
    found = _state(trainer, now)
    if trainer.forgotten:
        return Diagnosis(f"{FORGOTTEN} {found.sentence}", "warn")
    if "fd" not in now:
        return found
    if trainer.is_turned and not trainer.is_quick:
        return Diagnosis(
            f"With {trainer.sampling.questions} questions for one digit to a network of this size, measuring waits for"
            f" the next step: FD {now['fd']:.1f} is that of the sampling before."
        )
    if trainer.config.start == "pretrained" and not fits(trainer.config):
        return Diagnosis(
            f"The pretrained weights belong to another network or another path, so it begins with nothing."
            f" {found.sentence}",
            "warn",
        )
    return found


def _state(trainer: DigitDiffusionTrainer, now: Mapping[str, float]) -> Diagnosis:
    if "fd" not in now:
        return Diagnosis(
            "Some of the digits that it makes are not made of finite numbers, so their FD cannot be told. Turn guidance"
            " or the learning rate down.",
            "warn",
        )
    step, fd = trainer.step_count, now["fd"]
    real = f"{_real(trainer)} get {now['fd_high']:.1f} or less"
    if never_seen(trainer):
        c = trainer.config
        return Diagnosis(
            f"You ask for a {c.digit}, but it learns from {', '.join(c.kinds)} alone and has never seen one:"
            f" {now['agreement']:.0%} of what it makes is read as a {c.digit}, and FD is {fd:.0f}. Ask for another.",
            "warn",
        )
    if step == 0 and not trainer.begun:
        return Diagnosis(
            f"The network knows nothing yet: noise stays noise, and FD is {fd:.0f}. Press Play; digits appear within"
            " ten seconds."
        )
    if not trainer.schedule.ends_in_noise:
        return Diagnosis(
            f"The chain does not end in noise: {trainer.schedule.left:.0%} of the code are left at T, and sampling"
            f" begins as if nothing were. FD is {fd:.0f}. Raise the last beta or T, or choose another schedule.",
            "warn",
        )
    if by_heart(trainer, now):
        return Diagnosis(
            f"It learns by heart: the loss is {now['loss']:.2f} in training and {now['test_loss']:.2f} on digits that"
            " are held out. Pause, and see whether it copies.",
            "warn",
        )
    if step < YOUNG and not trainer.begun:
        return Diagnosis(f"Blots first, then strokes: FD is {fd:.0f}; {real}.")
    return _trouble(trainer, now, real) or _good(trainer, now, real)


def _trouble(trainer: DigitDiffusionTrainer, now: Mapping[str, float], real: str) -> Diagnosis | None:
    """What keeps FD high, if a knob does."""
    c, fd = trainer.config, now["fd"]
    if fd <= TWICE * now["fd_high"]:
        return None
    if c.prediction == "epsilon" and trainer.step_count > STUCK:
        return Diagnosis(
            f"FD is {fd:.1f}; {real}. Near T the network is right about the noise and knows nothing of the digit: x0 is"
            " read off by dividing by almost 0. Let it say v.",
            "warn",
        )
    if not trainer.own and c.guidance >= STRONG and now["agreement"] >= 1 - 2 * (1 - PLAIN):
        return Diagnosis(
            f"{now['agreement']:.1%} are read as the digit that was asked for, but FD is {fd:.1f}; {real}. With"
            f" guidance {c.guidance:g} only plain digits are left, which vary too little. Turn it down.",
            "warn",
        )
    if (trainer.begun or trainer.step_count >= LEARNED) and c.steps <= (FEWEST if c.sampler == "heun" else FEW):
        return Diagnosis(
            f"{c.steps} steps of {plain(c.sampler)} cut corners: FD is {fd:.1f}; {real}. Raise the sampling steps, or"
            " choose another sampler.",
            "warn",
        )
    return None


def _good(trainer: DigitDiffusionTrainer, now: Mapping[str, float], real: str) -> Diagnosis:
    fd = now["fd"]
    read = "" if trainer.own else f", and {now['agreement']:.0%} are read as the digit that was asked for"
    if fd <= now["fd_high"]:
        return Diagnosis(f"FD is {fd:.1f}: by this measure as good as real digits{read}.", "good")
    return Diagnosis(f"FD is {fd:.1f}{read}; {real}.", "good" if fd <= TWICE * now["fd_high"] else "calm")


def never_seen(trainer: DigitDiffusionTrainer) -> bool:
    """Whether a digit is asked for that the network cannot know."""
    c = trainer.config
    return not trainer.own and not trainer.begun and c.digit not in (ANY, *c.kinds)


def by_heart(trainer: DigitDiffusionTrainer, now: Mapping[str, float]) -> bool:
    """Whether digits that are held out are stranger to it than those of training."""
    return trainer.step_count >= YOUNG and now["test_loss"] > BY_HEART * now["loss"]


def _real(trainer: DigitDiffusionTrainer) -> str:
    """What generated digits are compared with."""
    if trainer.own:
        return "as many of your images"
    return "1000 real digits" if trainer.config.digit == ANY else f"1000 real {trainer.config.digit}s"
