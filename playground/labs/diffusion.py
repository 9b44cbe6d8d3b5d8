"""Diffusion on a coin, on numbers and on points: noise is added step by step, and one network learns to take it away.

What is trained, measured and drawn is `playground.diffusion`, whose docstring has the equations; here is how it is
shown, what it is good for, and what can go wrong with it. What its pages say of a run stands in `diffusion/telling.py`.
"""

from __future__ import annotations

from typing import Any

from playground.core import (
    Arrows,
    Axis,
    Band,
    Contour,
    Curve,
    Field,
    Handle,
    Histogram,
    Lab,
    Points,
    Preset,
    Rule,
    Series,
    View,
)
from playground.diffusion import objective, predictions, samplers
from playground.diffusion.challenges import CHALLENGES
from playground.diffusion.exact import Exact
from playground.diffusion.points import PointsTrainer, prepare
from playground.diffusion.points_knobs import IN_PLANE, ON_LINE, PointsConfig
from playground.diffusion.schedule import posterior
from playground.diffusion.telling import diagnose
from playground.nets import MLP
from playground.yardstick import INNER, OUTER

LINE: Any = ("target", ON_LINE)
PLANE: Any = ("target", IN_PLANE)
COIN: Any = ("target", ("coin",))
NUMBERS: Any = ("target", ON_LINE[1:])
SQUARE = ("low", "high", "low", "high")

WORLD = (
    View(
        "plane",
        "Between data and noise",
        "Blue: real points, with the noise of the time that you look at. Orange: generated ones, at the stop of their"
        " way from noise that is nearest to it. Drag the time in the panel of the schedule.",
        (
            Field("score error", "encoder", "score gap", SQUARE, off=True),
            Contour("q: 50 % and 95 %", "theory", "p", ("p_low", "p_high", "p_low", "p_high"), (OUTER, INNER)),
            Curve("ways of 24", "generated", "path x", "path y", thin=True),
            Arrows("exact score", "theory", "arrow at", "exact score", "stretch", off=True),
            Arrows("learned score", "encoder", "arrow at", "learned score", "stretch"),
            Points("real", "real", "real"),
            Points("generated", "generated", "generated"),
            Points("believed ends", "encoder", "x0 believed", hollow=True, off=True),
        ),
        x=Axis("", "low", "high"),
        y=Axis("", "low", "high"),
        column="world",
        equal=True,
        switches=True,
        when=PLANE,
    ),
    View(
        "line",
        "From data, left, to noise, right",
        "The shade is the true law of the noised numbers at each time, darkest where it is highest. Orange: the ways of"
        " 24 generated numbers, from noise on the right back to data.",
        (
            Field("true law", "real", "laws", (0, "T", "low", "high")),
            Curve("ways of 24", "generated", "path x", "path y", thin=True),
            Rule("time looked at", "encoder", "t", axis="x"),
        ),
        x=Axis("time t", 0, "T"),
        y=Axis("x", "low", "high"),
        column="world",
        switches=True,
        when=LINE,
    ),
    View(
        "now",
        "The law at this time",
        "Dashed: the true density of noised numbers at the time that you look at. Columns: the generated ones, at the"
        " stop of their way that is nearest to it.",
        (
            Histogram("generated", "generated", "edges", "generated"),
            Histogram("seen by the network", "encoder", "edges", "x0 believed", off=True),
            Curve("true density", "theory", "x", "q", dashed=True),
        ),
        x=Axis("x", "low", "high"),
        y=Axis("density", 0),
        column="world",
        wide=False,
        switches=True,
        when=LINE,
    ),
    View(
        "score",
        "The score at this time",
        "Which way is up in the log density, and how steep. It is all that the way back needs to know. Not drawn where"
        " hardly a number comes.",
        (
            Curve("exact", "theory", "x", "exact score", dashed=True),
            Curve("learned", "encoder", "x", "learned score"),
        ),
        x=Axis("x", "low", "high"),
        y=Axis("slope of log q"),
        column="world",
        wide=False,
        when=LINE,
    ),
)

SIDE = (
    View(
        "schedule",
        "Schedule",
        "alpha-bar: the share of the data's variance that is left at each time. Drag the point to look at another time."
        " At T it has to be nearly 0, for there sampling begins with pure noise. The sampler passes only some times:"
        " generated points are shown at the stop nearest to it.",
        (
            Rule("stop", "generated", "stop", axis="x"),
            Curve("alpha-bar", "theory", "share of T", "alpha-bar"),
            Handle("time looked at", "encoder", "time"),
        ),
        x=Axis("t / T", 0, 1),
        y=Axis("", 0, 1),
        wide=False,
    ),
    View(
        "loss",
        "Loss",
        "Mean squared error of what the network says. Dashed: the best network there can be, on data it has not"
        " seen; it errs, too, for it cannot know which noise was drawn.",
        (Rule("least", "theory", "loss_floor"), Series("loss", "encoder", "loss")),
        x=Axis("step"),
        y=Axis("", 0, soft=True),
        wide=False,
    ),
    View(
        "distance",
        "Distance to the real distribution",
        "Sliced Wasserstein distance of 1000 generated points. In nine of ten cases 1000 real points fall into the"
        " band; to be below it is luck, not more truth.",
        (Band("a perfect generator", "noise", "sw1_low", "sw1_high"), Series("SW1", "generated", "sw1")),
        x=Axis("step"),
        y=Axis("SW1", 0.01, 1, log=True, soft=True),
        when=PLANE,
    ),
    View(
        "carried",
        "How far the numbers must be carried",
        "W1, the mean distance between generated and real numbers in the best pairing, in standard deviations. The"
        " band: perfect generators that know no more than the real numbers seen, in nine of ten cases.",
        (Band("luck of the numbers", "noise", "w1_low", "w1_high"), Series("W1 / sd", "generated", "w1")),
        x=Axis("step"),
        y=Axis("W1 / sd", log=True),
        when=NUMBERS,
    ),
    View(
        "heads",
        "How often heads comes",
        "The share of generated numbers above 0, which are heads. The band: what a sample of the true coin shows in"
        " nine of ten cases.",
        (
            Band("luck of the tosses", "noise", "heads_low", "heads_high"),
            Rule("true", "theory", "p"),
            Series("generated", "generated", "heads"),
        ),
        x=Axis("step"),
        y=Axis("share of heads", 0, 1),
        when=COIN,
    ),
    View(
        "by_t",
        "Score error by time",
        "How far the learned score is off at each time, relative to its size. One network has to do for all of them.",
        (Curve("error", "encoder", "t of bins", "error by t"), Rule("time looked at", "encoder", "t", axis="x")),
        x=Axis("time t", 0, "T"),
        y=Axis("", 0, 1, soft=True),
        wide=False,
    ),
    View(
        "loss_by_t",
        "Loss by time",
        "The same loss, by the time it was made at. Dashed: the least there can be. Near the noise epsilon is easy and"
        " x0 hopeless; near the data it is the other way round.",
        (
            Curve("least", "theory", "t of bins", "least by t", dashed=True),
            Curve("loss", "encoder", "t of bins", "loss by t"),
        ),
        x=Axis("time t", 0, "T"),
        y=Axis("", 0),
        wide=False,
        when=LINE,
    ),
    View(
        "coverage",
        "Modes",
        "Covered: the share of modes (or of 16 regions, where there are no modes) with enough points. Within: points"
        " within 3 sigma of a mode. Width: how wide the covered modes are, 1 being right.",
        (
            Rule("all", "theory", 1.0),
            Series("covered", "generated", "covered_share"),
            Series("within", "encoder", "within"),
            Series("width", "noise", "spread"),
        ),
        x=Axis("step"),
        y=Axis("", 0, 1.1, soft=True),
        wide=False,
        when=PLANE,
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "What is made after 1500 steps",
    "orange lines are the ways of noise, diamonds the points or numbers that it becomes.",
    (Curve("ways", "generated", "sketch x", "path y", thin=True), Points("generated", "generated", "ends")),
    x=Axis("", "low", "high"),
    y=Axis("", "low", "high"),
    equal=True,
)

_COIN: dict[str, Any] = {"target": "coin", "horizon": 2500}
_SHORT = PointsConfig(**_COIN, schedule="linear", T=50, beta_last=0.02, sampler="ddpm", steps=50, spacing="even")

SETTINGS = {
    "Ring of eight": Preset(
        PointsConfig(),
        "Eight modes out of one cloud of noise, all of them covered from the first hundred steps on. Drag the time from"
        " T to 0 and watch the cloud break up.",
    ),
    "Twenty-five modes": Preset(
        PointsConfig(target="grid25", width=128, octaves=4, T=400),
        "The grid on which GANs lose modes. Nothing collapses here, for every real point is learned from; what takes"
        " time is to be sharp. More sampling steps make the modes as wide as they should be.",
    ),
    "Two moons": Preset(
        PointsConfig(target="moons"), "Two thin curves. See the ways of noise, and how straight they are."
    ),
    "Spiral": Preset(PointsConfig(target="spiral"), "One long thin curve, coarse at first and sharper step by step."),
    "The coin": Preset(
        PointsConfig(**_COIN),
        "A toss is a number near -1 or 1. On the line everything is known: the law at each time, its score, the least"
        " loss.",
    ),
    "Three bumps": Preset(
        PointsConfig(target="bumps"), "Numbers from three bumps: see how the law falls apart into them."
    ),
    "Ends too early": Preset(
        _SHORT,
        "The first and last beta of a textbook's thousand steps in 50 steps: 60 % of the data are left at the end."
        " Sampling begins with pure noise all the same, and heads come too often, even if the exact denoiser is asked."
        " Cure it with one knob: last beta 0.3, under Path.",
    ),
    "Too few steps": Preset(
        PointsConfig(sampler="ddim", steps=4, spacing="even"),
        "The network is as good as ever, but four even steps of DDIM cut all corners. Raise the sampling steps while it"
        " trains; or make them finer towards the data, where the path bends most.",
    ),
    "No sense of time": Preset(
        PointsConfig(embedding="none"),
        "The network is not told how much noise there is. Far out, where there is much, it can guess it. Near the data"
        " one answer has to do for many times, and is wrong for most. See the error by time.",
    ),
    "Flow matching": Preset(
        PointsConfig(model="flow", sampler="euler", steps=20, spacing="even"),
        "The other path: straight from data to noise, and the network says which way. Even steps of it cut corners a"
        " little less than those of diffusion.",
    ),
}

LESSON = r"""
**Question.** Noise can be added to anything until nothing is left of it. Can a network learn the way back, and so turn
pure noise into coins, numbers or points?

**Watch.** Drag the time: blue points dissolve, orange ones take shape. Play with the time in the middle, switch on
*exact score* in the legend, and see the green arrows turn until they lie on the gray ones.

**Why.** Noise is added along $x_t=\sqrt{\bar\alpha_t}\,x_0+\sqrt{1-\bar\alpha_t}\,\varepsilon$. The network sees $x_t$
and $t$, says what it takes to be the noise (or $x_0$, or $v$), and pays the squared error: no second player, nothing to
swing or collapse. It cannot know which noise was drawn, so the best it can say is the mean,

$$
\mathbb E[\varepsilon\mid x_t]=-\sqrt{1-\bar\alpha_t}\;\nabla\log q_t(x_t)
$$

the slope of the log density: the *score*. Here the data's law is known, and with it the exact score at each time, and a
loss that no network comes below on data it has not seen.

The way back asks the network at each step and moves a little towards less noise. DDPM draws fresh noise on the way;
Euler, Heun, DPM++ and DDIM with eta 0 draw none, so the same noise always becomes the same point. Many small steps
follow the path; few cut corners.

It begins with noise from $\mathcal N(0,1)$, as if nothing of the data were left at $T$. If something is, even a perfect
network goes wrong.

**Try next.** Load *Ends too early*, and ask the exact denoiser instead of the network (under *Sampling*). Then *Too few
steps*, with even steps and with finer ones. Load *No sense of time*. Draw a schedule of your own.
"""


def code(config: PointsConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    asked = Exact.__call__ if config.denoiser == "exact" else PointsTrainer.denoiser
    drawing = (posterior,) if config.sampler in samplers.DRAWING else ()
    return (
        PointsTrainer.phases,
        PointsTrainer.draw,
        predictions.wanted,
        objective.slope,
        PointsTrainer.move,
        predictions.read,
        asked,
        samplers.reverse,
        samplers.STEPS[config.sampler],
        *drawing,
        MLP.forward,
        MLP.signals,
        MLP.collect,
    )


LAB = Lab(
    slug="diffusion",
    title="Diffusion",
    chapter="Diffusion",
    question="Can a network find the way back from noise?",
    summary="Noise spreads over coins, numbers and points; a network learns the score and leads noise back to data.",
    lesson=LESSON,
    Config=PointsConfig,
    build=PointsTrainer,
    views=(*WORLD, *SIDE),
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=1500,
    code=code,
    challenges=CHALLENGES,
    spotlight={
        "draw t and noise": ("real",),
        "noise the data": ("real", "true law"),
        "predict": ("learned score", "learned", "believed ends"),
        "gradient": ("learned score", "learned", "loss"),
        "update": ("learned score", "learned", "loss"),
    },
    prepare=prepare,
    compared=("plane", "line", "now", "schedule", "distance", "carried", "heads"),
)
