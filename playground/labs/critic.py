"""A critic alone between two fixed laws: what it says, and how far they really are. See `playground.critic`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from playground import gan
from playground.bounds import SpectralNorm, clip
from playground.core import (
    Arrows,
    Axis,
    Band,
    Challenge,
    Curve,
    Diagnosis,
    Field,
    History,
    Lab,
    Points,
    Preset,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.critic import (
    LINE,
    PLANE,
    CriticConfig,
    CriticTrainer,
    ExactNorm,
    LineSight,
    Pair,
    PlaneSight,
    add_steep_slope_penalty,
    leading,
    predicted,
    predicted_slope,
    prepare,
)
from playground.gan.moves import add_unit_slope_penalty
from playground.losses import unit_slope_penalty_slope
from playground.nets import MLP
from playground.optim import Adam

EXTENT = ("left", "right", "bottom", "top")
NORM, PENALTY, CLIPPING = "spectral norm", "gradient penalty", "clipping"
SAID = "units of x over steps"  # the axes of every estimate that has the unit of x
SPREAD = Band("W1 of 48 drawn points", "noise", "points_low", "points_high")

VIEWS = (
    View(
        "line",
        "The critic over the line",
        "Purple: the critic. Green: the same divided by its largest slope. Grey: a best one, which falls or rises by 1"
        " for each 1 of x. A constant changes nothing, so each is drawn around its middle; p and q stand below, not to"
        " scale.",
        (
            Curve("p", "real", "x", "p"),
            Curve("q", "generated", "x", "q"),
            Curve("a best critic", "theory", "x", "best", dashed=True),
            Curve("f / steepest", "encoder", "x", "scaled", dashed=True),
            Curve("f", "discriminator", "x", "f"),
        ),
        x=Axis("x"),
        y=Axis("f(x)"),
        column="world",
        switches=True,
        when=("pair", LINE),
    ),
    View(
        "plane",
        "The critic over the plane",
        "Blue where the critic scores high, orange where it scores low. Arrows show the way in which its score rises,"
        " and how steeply: a point of q would be pulled along them.",
        (
            Field("f", "discriminator", "field", EXTENT),
            Points("p", "real", "points p"),
            Points("q", "generated", "points q"),
            Arrows("slope of f", "discriminator", "tails", "pulls", "stretch"),
        ),
        x=Axis("", "left", "right"),
        y=Axis("", "bottom", "top"),
        column="world",
        equal=True,
        when=("pair", PLANE),
    ),
    View(
        "estimate",
        "What it says, and what is true",
        "With normed layers the estimate cannot go beyond W1. Grey: W1 between 48 points drawn from each law, in nine"
        " of ten draws; the critic sees fresh points in every step.",
        (SPREAD, Rule("W1", "theory", "w1"), Series("estimate", "discriminator", "estimate")),
        x=Axis("step"),
        y=Axis("units of x", 0, soft=True),
        when=("bound", (NORM,)),
        link=SAID,
    ),
    View(
        "penalised",
        "What it says, and what is true",
        "The penalty lets the critic say more than W1. Grey: W1 + W1 squared / (2 lambda), which the best multiple of a"
        " best critic says; the optimum of all functions is no less. Divided by its largest slope it comes close to W1"
        " from below.",
        (
            Rule("W1", "theory", "w1"),
            Series("best multiple", "noise", "predicted"),
            Series("estimate", "discriminator", "estimate"),
            Series("divided", "encoder", "divided"),
        ),
        x=Axis("step"),
        y=Axis("units of x", 0, soft=True),
        when=("bound", (PENALTY,)),
        link=SAID,
    ),
    View(
        "unscaled",
        "What it says: unscaled",
        "E f(p) - E f(q) of a clipped critic has no unit: how steep it may be follows from the clip, the width and the"
        " depth. So W1 is not on this axis.",
        (Series("E f(p) \u2212 E f(q)", "discriminator", "estimate"),),
        x=Axis("step"),
        y=Axis("unscaled", 0, soft=True),
        wide=False,
        when=("bound", (CLIPPING,)),
    ),
    View(
        "divided",
        "In units of x",
        "Divided by its largest slope it has the unit of x, and lies below W1. How far below tells how far the critic"
        " is from a best one.",
        (SPREAD, Rule("W1", "theory", "w1"), Series("divided", "encoder", "divided")),
        x=Axis("step"),
        y=Axis("units of x", 0, soft=True),
        wide=False,
        when=("bound", (CLIPPING,)),
        link=SAID,
    ),
    View(
        "slope",
        "Slope map",
        "The size of the critic's slope. A best critic has 1 wherever mass has to pass.",
        (Rule("slope 1", "theory", 1.0), Curve("|f'|", "discriminator", "cells", "slope")),
        x=Axis("x"),
        y=Axis("slope", 0, 2, soft=True),
        wide=False,
        when=("pair", LINE),
    ),
    View(
        "steepness",
        "Slope map",
        "Orange: flatter than 1, down to 0. Pale: slope 1, as a best critic has it wherever mass has to pass. Blue:"
        " steeper, up to 2.",
        (Field("0 to 2, pale is 1", "discriminator", "steepness", EXTENT),),
        x=Axis("", "left", "right"),
        y=Axis("", "bottom", "top"),
        equal=True,
        wide=False,
        when=("pair", PLANE),
    ),
    View(
        "steepest",
        "Its largest slope",
        "Where the laws are. At 1 the estimate has the unit of x.",
        (Rule("slope 1", "theory", 1.0), Series("largest", "discriminator", "steepest")),
        x=Axis("step"),
        y=Axis("slope", 0.001, 10, log=True, soft=True),
        wide=False,
        when=("bound", (NORM, CLIPPING)),
    ),
    View(
        "penalised slope",
        "Its largest slope",
        "Where the laws are. Under the penalty the best multiple of a best critic has slope 1 + W1 / (2 lambda), not 1."
        " Where few points of the penalty lie, more can pay.",
        (
            Rule("slope 1", "theory", 1.0),
            Series("best multiple", "noise", "predicted_slope"),
            Series("largest", "discriminator", "steepest"),
        ),
        x=Axis("step"),
        y=Axis("slope", 0, soft=True),
        wide=False,
        when=("bound", (PENALTY,)),
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "A critic after 1000 steps",
    "the critic (purple) and a best one (dashed), over p (blue) and q (orange).",
    tuple(layer for layer in VIEWS[0].layers if layer.label != "f / steepest"),
)

SPOTLIGHT = {
    "samples": ("p", "q"),
    "gradient": ("f", "slope of f", "|f'|"),
    "update": ("f", "slope of f", "|f'|", "estimate", "largest"),
}

NEAR = 0.03  # of W1: the estimate is right
TENTH = 0.1
YOUNG = 300  # steps before which nothing is called a failure
LATELY = 5  # measurements that are compared with as many before
RISE = 0.005  # of W1 between the two: it climbs


def diagnose(trainer: CriticTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """What the critic says, what is true, and how steep it is."""
    w1, estimate, steepest = now["w1"], now["estimate"], now["steepest"]
    if trainer.step_count == 0:
        return Diagnosis(
            f"The critic has learned nothing: it says {estimate:.3g}, and W1 is {w1:.3f}. Press Play and watch it"
            " climb."
        )
    if trainer.config.bound == CLIPPING:
        return _of_clipped(now)
    two_sided = trainer.config.side == "two-sided"
    told = f"The critic says {estimate:.3f}; W1 is {w1:.3f}; its largest slope is {steepest:.2f}."
    if estimate < 0 and trainer.config.bound == PENALTY and two_sided and trainer.step_count > YOUNG:
        return Diagnosis(
            f"The wrong way round. {told} To turn, its slope would have to pass 0, which the two-sided penalty does not"
            " let it. Make the penalty one-sided.",
            "warn",
        )
    if trainer.config.bound == PENALTY:
        return Diagnosis(
            f"{told} Under this penalty the best multiple of a best critic says {now['predicted']:.3f}. Divided by its"
            f" slope this one says {now['divided']:.3f}.",
            "good" if abs(now["divided"] - w1) < 2 * NEAR * w1 else "calm",
        )
    if abs(estimate - w1) < NEAR * w1:
        return Diagnosis(f"{told} It is off by {abs(estimate / w1 - 1):.1%}.", "good")
    if estimate < (1 - TENTH) * w1 and trainer.step_count > YOUNG:
        return _of_short(told, now, history)
    return Diagnosis(told)


def _of_short(told: str, now: Mapping[str, float], history: History) -> Diagnosis:
    """Why a normed critic says too little. Bends are to blame if it is as steep as it may be, and yet falls short."""
    if now["steepest"] > 1 - TENTH and now["divided"] < (1 - TENTH) * now["w1"]:
        return Diagnosis(
            f"{told} It falls short: each bend costs a network of normed layers slope, and it has none to spare.",
            "warn",
        )
    if _climbing(history, now["w1"]):
        return Diagnosis(f"{told} It is still climbing: its slope may grow to 1.")
    return Diagnosis(
        f"{told} It has stopped climbing below slope 1: its steps are too large to settle, or its bends cost it slope.",
        "warn",
    )


def _climbing(history: History, w1: float) -> bool:
    """Whether the estimate has risen lately, by more than it shakes. While too little is known, it counts as so."""
    estimates = history.column("estimate")[-2 * LATELY :]
    if len(estimates) < 2 * LATELY:
        return True
    before, after = estimates[:LATELY], estimates[LATELY:]
    luck = 2 * math.sqrt((before.var() + after.var()) / LATELY)
    return bool(after.mean() - before.mean() > max(RISE * w1, luck))


def _of_clipped(now: Mapping[str, float]) -> Diagnosis:
    return Diagnosis(
        f"Unscaled: the critic says {now['estimate']:.3g}, with a largest slope of {now['steepest']:.3g} that nobody"
        f" chose. Divided by it: {now['divided']:.3f}, a lower bound of W1, which is {now['w1']:.3f}.",
        "calm",
    )


SETTINGS = {
    "Spectral norm": Preset(
        CriticConfig(),
        "Every layer has norm 1. Within a few hundred steps the estimate is within 1 % of W1, and never above it.",
    ),
    "Gradient penalty": Preset(
        CriticConfig(bound=PENALTY, side="one-sided"),
        "With lambda 10 the critic comes to say about 3.45 where W1 is 3: it pays to be a little steeper than 1."
        " From step 1500 on it is right within 5 % when divided by its largest slope.",
    ),
    "Weight clipping": Preset(
        CriticConfig(bound=CLIPPING),
        "The clip of the first WGAN, 0.01. The critic says less than 0.01, which is no distance: its largest slope is"
        " 0.004, which is 0.01 cubed times the two widths of 64.",
    ),
    "Clip too large": Preset(
        CriticConfig(bound=CLIPPING, clip=0.3),
        "The same critic with weights up to 0.3 says more than 100. The distance has not changed, the clip has.",
    ),
    "What normed layers cannot bend": Preset(
        CriticConfig(pair="bumps", distance=2.0),
        "q lies on both sides of p, so a best critic has a kink. (Leaky) ReLU layers of norm 1 lose slope in every"
        " bend: the estimate stays far below W1.",
    ),
    "The same with a penalty": Preset(
        CriticConfig(pair="bumps", distance=2.0, bound=PENALTY, side="one-sided"),
        "The penalty does not mind bends: divided by its largest slope the critic comes close to W1.",
    ),
    "Wrong way round": Preset(
        CriticConfig(bound=PENALTY),
        "This critic begins with the wrong sign, and the two-sided penalty holds a slope of -1 as gladly as one of 1:"
        " it says -2.55. Make the penalty one-sided while it runs.",
    ),
    "Parallel segments": Preset(
        CriticConfig(pair="segments"),
        "Two segments in the plane that never overlap. JS is ln 2 whatever their distance; the critic says 3.",
    ),
    "Rings": Preset(
        CriticConfig(pair="rings", distance=2.0, bound=PENALTY, side="one-sided"),
        "A best critic is a cone. Arrows point inwards, as a point of the large ring has to go.",
    ),
}

_PENALISED = CriticConfig(bound=PENALTY, side="one-sided")
LASTING = 3  # measurements


def _lasting(history: History, good: Callable[[float, float], bool]) -> bool:
    """Whether the estimate has been as wanted in the last measurements."""
    estimates, exact = (history.column(name)[-LASTING:] for name in ("estimate", "w1"))
    return len(estimates) == LASTING and all(good(e, w) for e, w in zip(estimates, exact, strict=True))


def _other_laws(trainer: CriticTrainer) -> str:
    """Why a challenge does not count here. Empty if it does: between near laws every estimate is about right."""
    begun, now = _PENALISED, trainer.config
    same = (now.pair, now.distance) == (begun.pair, begun.distance)
    return "" if same else "This challenge keeps the two laws it began with: choose it again and Reset."


def _within_a_hundredth(trainer: CriticTrainer, now: Mapping[str, float], history: History) -> Verdict:
    if _other_laws(trainer) or trainer.config.bound == CLIPPING:
        return Verdict("open", _other_laws(trainer) or "A clipped critic has no unit: choose another bound.")
    off = now["estimate"] / now["w1"] - 1
    met = _lasting(history, lambda e, w: abs(e / w - 1) < 0.01)
    return Verdict("met" if met else "open", f"The estimate is off by {off:+.1%}.")


def _twice(trainer: CriticTrainer, now: Mapping[str, float], history: History) -> Verdict:
    if _other_laws(trainer) or trainer.config.bound != PENALTY:
        return Verdict("open", _other_laws(trainer) or "This challenge is about the gradient penalty: keep it.")
    met = _lasting(history, lambda e, w: abs(e / w - 2) < 0.2)
    return Verdict("met" if met else "open", f"The estimate is {now['estimate'] / now['w1']:.2f} times W1.")


CHALLENGES = (
    Challenge(
        "Within one percent",
        "Bring the raw estimate within 1 % of W1, three measurements in a row, beginning with a penalty of 10.",
        _PENALISED,
        _within_a_hundredth,
    ),
    Challenge(
        "Twice the truth",
        "Choose lambda so that the penalised critic says twice W1, within 10 %, three measurements in a row.",
        _PENALISED,
        _twice,
    ),
)

LESSON = r"""
**Question.** WGAN's critic is said to measure how far the generator is from the data. Does it, and in what unit?

**Watch** the estimate climb to the dashed rule, which is the exact W1, and the largest slope beside it.

**Why.** W1 is the most that any $f$ with slope at most 1 can tell p from q:

$$
W_1(p,q)=\sup_{|f'|\le1}\ \mathbb E_p f-\mathbb E_q f
$$

A critic climbs in this difference. What it says is a distance only if something keeps its slope at 1.

*Spectral norm* divides every layer by its norm: the estimate stays below W1, and reaches it where the best critic is
straight. Bends cost slope.

*The penalty* takes off $\lambda\,\mathbb E(|f'|-1)^2$. For $c$ times a best critic that leaves
$cW-\lambda(c-1)^2$, largest at $c=1+W/2\lambda$. Divided by its slope this multiple is right again. Over all $f$ on the
line, with $\rho$ the density of the penalty's points, the optimum says

$$
W+\frac1{2\lambda}\int\frac{|G-F|^2}{\rho}\ \ge\ W+\frac{W^2}{2\lambda}
$$

and the right side is what that multiple says. Here the two are close.

*Clipping* bounds every weight, and thereby the slope by a number that nobody knows. Its estimate is unscaled: it can
fall while the distance does, and says nothing by itself.

On the line the two-sided penalty can hold a critic with the wrong sign for ever. Turning round would mean a slope of
0, and that costs $\lambda$.

**Try next.** Move lambda from 10 to 1 while it runs, and compare with the rule. Load *What normed layers cannot bend*,
then *The same with a penalty*. With clipping, double the clip: what happens to the estimate, and what to W1?
"""


def code(config: CriticConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    penalty: tuple[Any, ...] = (add_steep_slope_penalty,)
    if config.side == "two-sided":
        penalty = (add_unit_slope_penalty, unit_slope_penalty_slope)
    bound: tuple[Any, ...] = {
        NORM: (ExactNorm, leading, SpectralNorm),
        PENALTY: (*penalty, gan.between, predicted, predicted_slope),
        CLIPPING: (clip,),
    }[config.bound]
    sight = LineSight if config.pair in LINE else PlaneSight
    net = (MLP.forward, MLP.signals, MLP.backward_penalty, Adam.step)
    return (CriticTrainer.phases, Pair.draw, gan.d_gradient, *bound, sight.measure, *net)


LAB = Lab(
    slug="critic",
    title="Critic lab",
    chapter="GAN against WGAN",
    question="Does a WGAN critic really measure a distance?",
    summary="A critic alone between two fixed laws: its estimate, the exact W1, and the slope that gives it a unit.",
    lesson=LESSON,
    Config=CriticConfig,
    build=CriticTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=1000,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    prepare=prepare,
    place=2,
    compared=("line", "plane", "estimate", "penalised", "unscaled", "slope", "steepness"),
)
