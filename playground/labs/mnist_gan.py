"""A GAN on handwritten digits: the same two players as in the plane, with 784 numbers instead of two.

What is trained, measured and drawn is `playground.gan.images`; here is how it is shown, what it is good for, and what
can go wrong with it. In 784 dimensions nobody can draw D's field or write down the truth. So there is a third network
which has learned to read digits, and never takes part: what it finds in generated images is compared with what it
finds in real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from playground.core import (
    Axis,
    Band,
    Bars,
    Challenge,
    Curve,
    Diagnosis,
    Digits,
    Handle,
    Histogram,
    History,
    Lab,
    Preset,
    Series,
    Verdict,
    View,
)
from playground.flat import FlatModule
from playground.fused import FusedAdam
from playground.gan import architectures
from playground.gan.code import iteration
from playground.gan.image_knobs import ImageConfig
from playground.gan.images import REACH, ImageTrainer, lerp, prepare, slerp
from playground.gan.views import EFFORT, GRADIENTS, LOSSES
from playground.nets import MLP
from playground.optim import OPTIMISERS

CLASSES = tuple("0123456789")

SAMPLES, MEASURED, EXPLORED = "Samples", "What is measured", "Explore the noise"  # what is looked at, one after another

VIEWS = (
    View(
        "samples",
        "What G makes of the same 64 noise vectors",
        "Each place keeps its noise, so you can watch one digit forming, or turning into another.",
        (Digits("G's images", "generated", "samples", columns=8),),
        column="world",
        scene=SAMPLES,
    ),
    View(
        "distance",
        "Frechet distance to real digits",
        "How far 1000 generated images lie from real ones, in the features of a network that reads digits, measured"
        " every 100 steps. Independent pixels get about 250; the band is what as many real images get.",
        (Band("as many real images", "noise", "fd_low", "fd_high"), Series("FD", "generated", "fd")),
        x=Axis("step"),
        y=Axis("FD (independent pixels: 250)", 1, 300, log=True, soft=True),
        scene=SAMPLES,
    ),
    replace(LOSSES, wide=False, scene=SAMPLES),
    replace(EFFORT, scene=SAMPLES),
    View(
        "classes",
        "Which digits",
        "Share of 1000 generated images that the reading network takes for each digit, beside the real share.",
        (Bars("real", "real", "real classes", CLASSES), Bars("G's", "generated", "fake classes", CLASSES)),
        x=Axis("digit"),
        y=Axis("", 0, soft=True),
        column="world",
        scene=MEASURED,
    ),
    View(
        "scores",
        "What D says",
        "Share of the images of the last eight batches to which D gave each answer. Where the two overlap it cannot"
        " tell them apart.",
        (
            Histogram("real", "real", "score edges", "real scores"),
            Histogram("G's", "generated", "score edges", "fake scores"),
        ),
        x=Axis("D's answer", "score_low", "score_high"),
        y=Axis("", 0, soft=True),
        scene=MEASURED,
    ),
    replace(GRADIENTS, scene=MEASURED),
    View(
        "plane",
        "A plane through the noise",
        "Move over it, and see the digit beside it. The ring is as far out as noise usually lies.",
        (Curve("usual length", "theory", "ring x", "ring y"), Handle("z", "generated", "z at", follows=True)),
        x=Axis("first direction", -REACH, REACH),
        y=Axis("second", -REACH, REACH),
        equal=True,
        column="world",
        scene=EXPLORED,
    ),
    View(
        "explored",
        "What G makes there",
        "The digit of the noise under the handle.",
        (Digits("G(z)", "generated", "explored", columns=1),),
        scene=EXPLORED,
    ),
    View(
        "walk",
        "From one noise to another",
        "Above along the sphere on which noise lies, below straight: the middle of the straight way is nearer to 0 than"
        " any noise G has learned from.",
        (
            Digits("along the sphere (slerp)", "generated", "slerp", columns=8),
            Digits("straight (lerp)", "noise", "lerp", columns=8),
        ),
        scene=EXPLORED,
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "What G makes after 2000 steps",
    "64 generated images.",
    (Digits("G's images", "generated", "samples", columns=8),),
)

SPOTLIGHT = {
    "G samples": ("G's images", "G's"),
    "D scores": ("real", "G's"),
    "D update": ("D", "right"),
    "G gradient": ("G's images", "G"),
    "G update": ("G's images", "G"),
}

# When a sentence is due

NOISE = 250  # of FD: nobody reads such an image
EARLY = 300  # steps, before which nothing can be expected
FORMED = 100  # of FD: images with more are blurs that the reader takes for a few digits ...
LATE = 1500  # ... but after so many steps a G that makes them has no excuse
READABLE = 35  # of FD
FEW = 1.6  # nats of class entropy: so much have five classes
SAME = 0.3  # of the spread of real images: G makes one picture
SURE = 0.1  # of its loss at rest: a D with less tells nearly every image
RECENT = 400  # steps
STILL = 1e-3  # a gradient of G that is shorter moves nothing


def diagnose(trainer: ImageTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on what is going on; every number in it is on the page."""
    c = trainer.config
    if trainer.gauge.forgotten:
        return Diagnosis(
            "The server no longer keeps the images of this address: these are blank sheets. Upload them again.", "warn"
        )
    if trainer.step_count == 0:
        return Diagnosis(
            f"Nobody has learned anything yet: G's images are noise, and FD is {now['fd']:.0f}. Press Play; strokes"
            " appear within seconds, digits within half a minute."
        )
    if c.frozen == "G":
        return Diagnosis(f"G stands still and D goes on: it is right in {now['accuracy']:.0%} of its answers.")
    if c.frozen == "D":
        return Diagnosis("D stands still: G runs to whatever this one D scores highest, digit or not.", "warn")
    if trainer.step_count > EARLY and (trouble := _trouble(trainer, now)):
        return Diagnosis(trouble, "warn")
    return _diagnose_learning(trainer, now)


def _trouble(trainer: ImageTrainer, now: Mapping[str, float]) -> str:
    """What goes wrong, or nothing."""
    sure = trainer.game.has_optimum and now["d_loss"] < SURE * now["d_rest"]
    if now["g_norm"] < STILL:
        return f"G's gradient has length {now['g_norm']:.0e}: it cannot feel where to go."
    if now["spread"] < SAME:
        return (
            f"Mode collapse: whatever the noise, G makes nearly the same image. Its images differ"
            f" {now['spread']:.0%} as much as real ones do."
        )
    formed = now["fd"] < FORMED or (now["fd"] < NOISE and trainer.step_count > LATE)
    if trainer.gauge.all_digits and formed and now["entropy"] < FEW:
        return (
            f"Mode collapse: {now['missing']:.0f} of ten digits have less than 3 % of G's images; the entropy of the"
            f" classes is {now['entropy']:.2f} nats (natural units of information); if all were as frequent it would be"
            " 2.30."
        )
    if sure:
        return (
            f"D wins: its loss is {now['d_loss']:.2g}, it tells nearly every image. G learns little from a D so sure"
            f" (FD {now['fd']:.0f})."
        )
    return ""


def _diagnose_learning(trainer: ImageTrainer, now: Mapping[str, float]) -> Diagnosis:
    real = "as many of your images" if trainer.config.own else "1000 real digits"
    distance, measured = now["fd"], f"{real} get {now['fd_high']:.1f} or less"
    if distance > NOISE:
        return Diagnosis(f"FD is {distance:.0f}: what G makes is no digit yet; {measured}.")
    if not trainer.gauge.all_digits:
        return Diagnosis(f"FD to the images that you have chosen is {distance:.0f}; {measured}.")
    if now["missing"]:
        return Diagnosis(f"FD is {distance:.0f}; {now['missing']:.0f} of ten digits have less than 3 % of G's images.")
    if distance > READABLE:
        return Diagnosis(f"FD is {distance:.0f}, and all ten digits are there; {measured}.")
    return Diagnosis(
        f"FD is {distance:.0f}, all ten digits are there, the rarest with {now['rarest']:.0%}; {measured}.", "good"
    )


# Presets

_BARE: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none"}
_TEXTBOOK = ImageConfig(**_BARE, latent=100, width_g=256, width_d=512, lr_g=2e-4, lr_d=2e-4)
_COLLAPSE = ImageConfig(**(_BARE | {"beta1": 0.9}), lr_g=1e-2, lr_d=5e-5)
_CRITIC: dict[str, Any] = {"loss": "wgan-gp", "r1": 0.0, "gp": 10.0, "d_steps": 3, "beta1": 0.0}

SETTINGS = {
    "Perceptrons": Preset(
        ImageConfig(),
        "Multi-layer perceptrons, batch norm in G and averaging: readable digits within half a minute of processor"
        " time, FD below 35 within a minute.",
    ),
    "Critic with a gradient penalty": Preset(
        ImageConfig(**_CRITIC),
        "WGAN-GP: the critic moves three times for each step of G and may not be steep. Fewer steps a second, and each"
        " of them brings G further.",
    ),
    "Mixed batches": Preset(
        ImageConfig(norm_d="batch", batches="mixed", r1=0.0),
        "D's batch norm sees real and generated images together, but only generated ones when G learns. So G plays"
        " against another D than the one that judges it: its loss falls, and its images stay noise. Choose separate"
        " batches and Reset.",
    ),
    "Convolutions": Preset(
        ImageConfig(architecture="convolutional", norm_d="batch", r1=0.0, ema=0.995),
        "Networks that know that pixels have neighbours. After as many steps they are far ahead of the perceptrons;"
        " but a step costs several times as much, and after the same time on a processor most of that lead is gone.",
    ),
    "Textbook perceptrons": Preset(
        _TEXTBOOK,
        "Larger networks, smaller steps, no averaging, as in many tutorials. It learns, but a step costs about twice as"
        " much: compare FD after the same time.",
    ),
    "Collapse": Preset(
        _COLLAPSE,
        "G learns two hundred times as fast as D, with momentum: it runs to the few shapes that D scores highest just"
        " now, and on to others. Set Momentum to 0.5 and both learning rates to 0.0005, and Reset.",
    ),
}

# Challenges

Check = Callable[[ImageTrainer, Mapping[str, float], History], Verdict]
_DATA = ("classes", "count", "own")


def _on_all_digits(check: Check) -> Check:
    """The check, as long as the learner stays with all the digits."""

    def guarded(trainer: ImageTrainer, now: Mapping[str, float], history: History) -> Verdict:
        if any(getattr(trainer.config, name) != ImageConfig.default(name) for name in _DATA):
            return Verdict("open", "This challenge is about all of the 60 000 digits: choose it again and Reset.")
        return check(trainer, now, history)

    return guarded


LEAST_SHARE = 0.03  # of each class


def _all_ten(within: int, goal: float) -> Check:
    def check(trainer: ImageTrainer, now: Mapping[str, float], history: History) -> Verdict:
        step, distance, rarest = trainer.step_count, now["fd"], now["rarest"]
        says = f"FD is {distance:.1f}, and the rarest digit has {rarest:.1%} of the images"
        seen = history.column("step") <= within
        good = (history.column("fd")[seen] < goal) & (history.column("rarest")[seen] >= LEAST_SHARE)
        if good.any() or (0 < step <= within and distance < goal and rarest >= LEAST_SHARE):
            return Verdict("met", f"FD below {goal:g} with all ten digits within {within} steps.")
        if step > within:
            return Verdict("missed", f"{says} after {within} steps. Turn a knob and Reset.")
        return Verdict("open", f"{says} at step {step} of {within}.")

    return check


def _collapsed(trainer: ImageTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """Not noise, and not for a moment only."""
    recent = history.column("step") > trainer.step_count - RECENT
    entropy = max([*history.column("entropy")[recent], now["entropy"]])
    lively = trainer.step_count >= 2 * RECENT and recent.sum() >= 3
    says = f"the entropy of the classes was up to {entropy:.2f} nats in the last {RECENT} steps"
    if lively and entropy < FEW and now["g_norm"] > STILL:
        return Verdict("met", f"Collapsed: {says}.")
    return Verdict("open", f"{says[0].upper()}{says[1:]}; collapsed is below {FEW}, by a G that still moves.")


CHALLENGES = (
    Challenge(
        "Repair the textbook",
        "Bring FD below 60 with each of the ten digits at 3 % of the images or more, within 1200 steps, beginning with"
        " the textbook network.",
        _TEXTBOOK,
        _on_all_digits(_all_ten(1200, 60)),
    ),
    Challenge(
        "Twenty-five",
        "Bring FD below 25 with all ten digits within 5000 steps, beginning with the recommended settings without"
        " decay.",
        ImageConfig(**_BARE),
        _on_all_digits(_all_ten(5000, 25)),
    ),
    Challenge(
        "Make it collapse",
        f"Turn the knobs until G makes few of the ten digits for {RECENT} steps: an entropy of the classes below 1.6"
        " nats, natural units of information, in which ten equally frequent digits have 2.30.",
        ImageConfig(),
        _on_all_digits(_collapsed),
    ),
)

LESSON = r"""
**Question.** An image is a point in 784 dimensions, and nearly all points there are noise. Can G find the few that
are digits, when D says no more than how real each one looks?

**Watch** the grid. Each place keeps its noise, so you see one image forming: first a bright blot in the middle, then
strokes, then a digit, which may still turn into another. Under *What is measured*, D's answers to real and generated
images move apart whenever D gains, and together when G does.

**Why there is a third network.** A GAN does not say how probable an image is, and its losses say who is winning, not
how good the images are. So a network that has learned to read digits, and takes no part in the game, compares: the
*Frechet distance* between the features of 1000 generated images and those of real ones,

$$\lVert m_1-m_2\rVert^2+\mathrm{tr}\bigl(C_1+C_2-2(C_1C_2)^{1/2}\bigr),$$

is small only if the images look like digits *and* vary as digits do. The bars show collapse: a G that makes one
perfect 1 has fooled D, and learned nothing.

**G does not copy.** Open *Does it copy?* for the real digit that is nearest to each generated one.

**Try next.** Load *Convolutions* and compare FD after the same time, not after the same steps. Cure *Collapse*.
Walk through the noise with the handle: digits change without a jump, and between two of them lie images that are
neither. Train on two classes, such as 17, and look there again.
"""


def code(config: ImageConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    lazily = (ImageTrainer.slope_penalty,) if config.r1 else ()
    written_out = config.architecture == "mlp" and config.norm_d == "none" and not config.dropout
    judge = (MLP.forward, MLP.backward, MLP.signals) if written_out else (architectures.discriminator,)
    normed = (architectures.BatchNorm,) if "batch" in (config.norm_g, config.norm_d) else ()
    dropped = (architectures.Dropout,) if config.dropout else ()
    nets = (architectures.generator, *judge, *normed, *dropped, FlatModule.forward, FlatModule.backward)
    optimiser = FusedAdam if config.optimiser == "adam" else OPTIMISERS[config.optimiser]
    moves = (optimiser.step, ImageTrainer.move_g)
    return (*iteration(config), *lazily, *nets, *moves, ImageTrainer.measure, slerp, lerp)


LAB = Lab(
    slug="mnist-gan",
    title="GAN on digits",
    chapter="Adversarial games",
    question="Can two networks learn to write digits that nobody has written?",
    summary="Noise becomes handwriting before your eyes, and a third network says how much of it is real.",
    lesson=LESSON,
    Config=ImageConfig,
    build=ImageTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    prepare=prepare,
    compared=("samples", "losses", "distance"),
)
