"""Diffusion on handwritten digits. The equations are in `playground.diffusion` and `playground.diffusion.digits`."""

from __future__ import annotations

from typing import Any

from playground.core import (
    Axis,
    Band,
    Bars,
    Curve,
    Digits,
    Handle,
    Lab,
    Preset,
    Rule,
    Series,
    View,
)
from playground.data.digits import CLASSES
from playground.diffusion import objective, predictions, samplers
from playground.diffusion.digits.challenges import CHALLENGES
from playground.diffusion.digits.code import Axes, Decoder
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.looking import COLUMNS
from playground.diffusion.digits.network import CodeNet
from playground.diffusion.digits.sampling import Sampling
from playground.diffusion.digits.telling import diagnose
from playground.diffusion.digits.trainer import DigitDiffusionTrainer, prepare
from playground.diffusion.schedule import posterior
from playground.diffusion.trainer import DiffusionTrainer
from playground.fused import FusedAdam

MADE, WAYS, MEASURED = "Digits out of noise", "There and back", "What is measured"  # looked at one after another

VIEWS = (
    View(
        "samples",
        "What becomes of the same 80 pieces of noise",
        "Each column asks for one digit, and each place keeps its noise, so you can watch one digit forming.",
        (Digits("generated", "generated", "samples", COLUMNS),),
        column="world",
        scene=MADE,
    ),
    View(
        "distance",
        "Frechet distance to real digits",
        "How far 1000 generated digits lie from real ones, in the features of a network that reads digits, measured"
        " every 200 steps and later every 1000. The band is what as many real digits get. Green: real digits that went"
        " through the code and back.",
        (
            Band("as many real digits", "noise", "fd_low", "fd_high"),
            Series("through the code", "encoder", "code_fd"),
            Series("FD", "generated", "fd"),
        ),
        x=Axis("step"),
        y=Axis("FD", 0.5, 150, log=True, soft=True),
        scene=MADE,
    ),
    View(
        "loss",
        "Loss",
        "Mean squared error of what the network says of a noisy code. It cannot know which noise was drawn, so the loss"
        " stays far from 0 while the digits are good.",
        (Series("in training", "encoder", "loss"), Series("held out", "real", "test_loss")),
        x=Axis("step"),
        y=Axis("", 0, soft=True),
        wide=False,
        scene=MADE,
    ),
    View(
        "read",
        "What the reader says",
        "Asked for: the share that is read as the digit that was asked for. Certainty: how sure the reader is; dashed,"
        " of real digits.",
        (
            Rule("certainty, real", "theory", "real_certainty"),
            Series("as asked for", "generated", "agreement"),
            Series("certainty", "encoder", "certainty"),
        ),
        x=Axis("step"),
        y=Axis("", 0, 1),
        wide=False,
        scene=MADE,
    ),
    View(
        "now",
        "One look through the noise",
        "Real digits of the test set, the same with the noise of the time that you look at, and what the network takes"
        " them to be, in one look. Drag the time in the panel of the schedule.",
        (
            Digits("real", "real", "real", COLUMNS),
            Digits("with noise, x_t", "noise", "noisy", COLUMNS),
            Digits("seen in it", "encoder", "believed", COLUMNS),
        ),
        column="world",
        scene=WAYS,
    ),
    View(
        "back",
        "And back: noise becomes digits",
        "Three generated digits at ten moments of their way, from noise on the left. Green: what the network believes"
        " at that moment that it will become. At first that is a mean of many digits, then it makes up its mind.",
        (
            Digits("x_t on its way", "generated", "on the way", COLUMNS),
            Digits("seen in it by the network", "encoder", "believed on the way", COLUMNS),
        ),
        column="world",
        scene=WAYS,
    ),
    View(
        "schedule",
        "Schedule",
        "alpha-bar: the share of the code's variance that is left at each time. Drag the point to look at another one.",
        (Curve("alpha-bar", "theory", "share of T", "alpha-bar"), Handle("time looked at", "encoder", "time")),
        x=Axis("t / T", 0, 1),
        y=Axis("", 0, 1),
        scene=WAYS,
    ),
    View(
        "dissolving",
        "There: digits dissolve",
        "Three real digits at even times from 0 to T. The noise is on the numbers of their codes, and the decoder draws"
        " what it takes these to be.",
        (Digits("t from 0 to T", "real", "dissolving", COLUMNS),),
        scene=WAYS,
    ),
    View(
        "classes",
        "Which digits",
        "Share of the generated digits that the reading network takes for each digit, beside the real share. All are"
        " asked for equally often.",
        (
            Bars("real", "real", "real classes", tuple(CLASSES)),
            Bars("made", "generated", "made classes", tuple(CLASSES)),
        ),
        x=Axis("digit"),
        y=Axis("", 0, soft=True),
        column="world",
        scene=MEASURED,
    ),
    View(
        "loss_by_t",
        "Loss by time",
        "The same loss by the time it was made at. Near 0 there is hardly any noise, near T nothing else.",
        (
            Curve("in training", "encoder", "t of bins", "loss by t"),
            Curve("held out", "real", "t of bins", "test loss by t"),
            Rule("time looked at", "theory", "t", axis="x"),
        ),
        x=Axis("time t", 0, "T"),
        y=Axis("", 0),
        scene=MEASURED,
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "What becomes of noise after 2000 steps",
    "80 generated digits.",
    (Digits("generated", "generated", "samples", COLUMNS),),
)

_BEGUN: dict[str, Any] = {"start": "pretrained", "lr": 1e-4, "decay": "none"}
_EARLY: dict[str, Any] = {"schedule": "linear", "T": 50, "beta_last": 0.02}

SETTINGS = {
    "From nothing": Preset(
        DigitDiffusionConfig(),
        "Digits as 48 numbers each, and a network that sees through noise on them. Readable within ten seconds of"
        " processor time; within half a minute FD is near what real digits get.",
    ),
    "Pretrained": Preset(
        DigitDiffusionConfig(**_BEGUN),
        "The same network after 60 000 steps, so that you can turn guidance and sampler at once. Training goes on from"
        " there, with small steps.",
    ),
    "Flow matching": Preset(
        DigitDiffusionConfig(model="flow", sampler="euler", steps=20),
        "The other path: straight from code to noise, and the network says which way. As good, with the simplest of all"
        " samplers.",
    ),
    "Too much guidance": Preset(
        DigitDiffusionConfig(**_BEGUN, guidance=3.0),
        "Every digit is read as the one that was asked for, and FD is several times as large: only plain sevens are"
        " left, which vary less than real ones do. Turn guidance back to 1.3 while you look at FD.",
    ),
    "No guidance": Preset(
        DigitDiffusionConfig(**_BEGUN, guidance=1.0),
        "What was learned, as it is: seven digits in a hundred are read as another one than was asked for. With"
        " guidance 1.3 it is one or two.",
    ),
    "Two steps": Preset(
        DigitDiffusionConfig(**_BEGUN, sampler="ddim", steps=2),
        "The network is as good as ever, but DDIM in two steps hands out what is almost a mean: each digit can be read,"
        " and none is sharp. Choose Heun, or raise the steps.",
    ),
    "Ends too early": Preset(
        DigitDiffusionConfig(**_EARLY),
        "60 % of the code are left at T, and yet sampling begins with pure noise, which the network has never seen."
        " Cure it with one knob: last beta 0.2, and Restart.",
    ),
    "Asked for the noise": Preset(
        DigitDiffusionConfig(prediction="epsilon"),
        "The network says epsilon. Near T the noise is all there is, so it is right about it and knows nothing of the"
        " digit: x0 is read off by dividing by almost 0. After 2000 steps a quarter of the digits are not those that"
        " were asked for; with v it is one in twenty.",
    ),
    "By heart": Preset(
        DigitDiffusionConfig(count=200, decay="none"),
        "200 digits to learn from. The two curves of the loss part, and the digits come close to copies: pause, and see"
        " Does it copy?",
    ),
}

LESSON = r"""
**Question.** In the plane noise became points. Can it become handwriting, and of the digit that you ask for?

**Watch** the grid: first blots, then strokes, then digits. Under *There and back*, drag the time from 0 to $T$, and see
how much noise the network still sees through, and where it begins to guess.

**Why.** A digit is first written as a code $z$ of 48 numbers; a decoder makes a digit of it again (the green curve of
FD is all that this costs). Noise is added to the code,
$z_t=\sqrt{\bar\alpha_t}\,z+\sqrt{1-\bar\alpha_t}\,\varepsilon$, and one network learns to take it away at every $t$.
It hears which digit $y$ it is, but one time in ten it does not. So it knows two answers, and *guidance* exaggerates
the difference:

$$
f_w(y)=f(\varnothing)+w\,\bigl(f(y)-f(\varnothing)\bigr)
$$

At $w=1$ it says what it has learned. A little more makes each digit clearer; much more leaves only plain ones, and FD,
which also asks whether they *vary* as real ones do, grows again.

The loss tells little: it falls for some seconds and then hardly moves, while the digits become better and better. So a
third network that reads digits compares the generated ones with real ones.

**Try next.** Load *Pretrained* and pull guidance from 0 to 5 while you look at the grid and at FD. Ask for one digit
only. Count how many steps each sampler needs (*Samplers*). Load *By heart*, and ask whether it copies.
"""


def code(config: DigitDiffusionConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    drawing = (posterior,) if config.sampler in samplers.DRAWING else ()
    return (
        DigitDiffusionTrainer.iteration,
        DiffusionTrainer.phases,
        DigitDiffusionTrainer.batch,
        DigitDiffusionTrainer.move_decoder,
        Axes.encode,
        Decoder.__call__,
        Decoder.learn,
        predictions.wanted,
        objective.slope,
        CodeNet.forward,
        CodeNet.backward,
        FusedAdam.step,
        predictions.read,
        Sampling.denoiser,
        samplers.reverse,
        samplers.STEPS[config.sampler],
        *drawing,
    )


LAB = Lab(
    slug="diffusion-digits",
    title="Diffusion on digits",
    chapter="Diffusion",
    question="Can noise become the digit that you ask for?",
    summary="A network learns to see handwritten digits through noise, and draws the one that you ask for.",
    lesson=LESSON,
    Config=DigitDiffusionConfig,
    build=DigitDiffusionTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    challenges=CHALLENGES,
    spotlight={
        "decoder": ("through the code",),
        "draw t and noise": ("with noise, x_t",),
        "noise the data": ("with noise, x_t", "t from 0 to T"),
        "predict": ("seen in it", "seen in it by the network"),
        "gradient": ("in training",),
        "update": ("in training", "generated"),
    },
    prepare=prepare,
    place=2,
    compared=("samples", "distance", "loss", "read"),
)
