"""GANs in the plane: the flagship. Two networks, a shape to be learned, and everything between them in one picture.

What is trained, measured and drawn is `playground.gan.plane`, a building block that other labs share; here is how it
is shown, what it is good for, and what can go wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from playground import manifold
from playground.core import (
    Axis,
    Challenge,
    Diagnosis,
    History,
    Lab,
    Mesh,
    Points,
    Preset,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.gan import views as gan_views
from playground.gan.code import iteration, perceptrons
from playground.gan.plane import PlaneConfig, PlaneTrainer
from playground.gan.views import (
    BELIEF,
    DENSITY,
    DISTANCE,
    EFFORT,
    GENERATED,
    GRADIENTS,
    IN_BATCH,
    LOSSES,
    PULL,
    REAL,
    UNDECIDED,
    plane,
    thumbnail,
)

VIEWS = (
    plane(
        BELIEF,
        DENSITY,
        Mesh("manifold of G", "generated", "nodes", "shade", off=True),
        UNDECIDED,
        REAL,
        GENERATED,
        PULL,
        Points("G now, not averaged", "generated", "G now", hollow=True, off=True),
        *IN_BATCH,
    ),
    replace(LOSSES, wide=False),
    EFFORT,
    DISTANCE,
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
    ),
    replace(GRADIENTS, wide=False),
)

THUMBNAIL_STEPS = 2000

SPOTLIGHT = gan_views.SPOTLIGHT | {"G update": ("generated", "manifold of G", "G now, not averaged")}

# When a sentence is due

STILL = 1e-3  # a gradient of G that is shorter moves nothing
SURE = 0.1  # of its loss at rest: a D with less tells nearly all points
THIN = 0.2  # of the width of real points: G makes a single spot
NARROW = 0.35  # the same, for a cloud that jumps between modes
FEW_MODES = 0.6  # the same, for one that makes hardly any mode
SWING = 0.3  # of the width of real points: the centre of G's points wanders
BORN = 0.2  # widths that the centre has travelled: before, G has not begun
TO_AND_FRO = 3  # times as far as it has come: that is how long the path of a swing is
GAIN = 0.8  # of the distance left after half of that time: G is getting somewhere
TENTH = 0.1  # of the real points
RECENT = 500  # steps


def diagnose(trainer: PlaneTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on what is going on; every number in it is on the page."""
    c, regions = trainer.config, trainer.yardstick.regions
    if trainer.step_count == 0:
        return Diagnosis(
            f"Nobody has learned anything yet: G's points are {now['sw1']:.2f} away from the real ones (SW1); a perfect"
            f" generator would measure {trainer.yardstick.floor[1]:.3f}. Press Play; pull the speed down to follow"
            " each move."
        )
    if c.frozen == "G":
        return Diagnosis(
            f"G stands still and D goes on: it is right in {now['accuracy']:.0%} of its answers. What it comes to is"
            " the best judge of what G makes now."
        )
    if c.frozen == "D":
        away = now["sw1"] > now["high"] - now["low"]
        return Diagnosis(
            "D stands still: G runs to wherever this one D gives its highest score, real or not."
            + (" By now its points have left the picture." if away else ""),
            "warn",
        )
    if now["g_norm"] < STILL and (_sure(trainer, now) or trainer.game.bound == "clipping"):
        return _diagnose_silence(trainer, now)
    width, swing = now["width"] / trainer.yardstick.width, _swing(history, trainer)
    if trainer.step_count > RECENT and (reason := _cannot(trainer)):
        return Diagnosis(reason, "warn")
    spot = width < THIN and trainer.step_count > RECENT and _path(history, 0) > BORN * trainer.yardstick.width
    alone = len(regions) == 1  # with one mode there is nothing to collapse to: it is the swing that counts
    if not (alone and swing > SWING) and (spot or (width < FEW_MODES and _collapsed(history, trainer))):
        what = "nearly the same point" if spot else f"points in at most one of {len(regions)} modes"
        moves = " As soon as D finds it out, G jumps elsewhere." if swing > SWING else ""
        return Diagnosis(
            f"Mode collapse: whatever the noise, G makes {what}; their cloud is {width:.0%} as wide as the real one."
            + moves,
            "warn",
        )
    if swing > SWING:
        return Diagnosis(
            f"The players swing: in the last {RECENT} steps the centre of G's points has gone to and fro by {swing:.0%}"
            " of the width of the real ones. Neither gains.",
            "warn",
        )
    return _diagnose_learning(trainer, now, len(regions))


_ENDS = {"selu": (-1.758, np.inf), "elu": (-1, np.inf), "relu": (0, np.inf), "tanh": (-1, 1), "sigmoid": (0, 1)}


def _cannot(trainer: PlaneTrainer) -> str:
    """Why G can never get there: its head ends before the real points do. Empty if it does not."""
    head, real = trainer.config.head_g, trainer.yardstick.real
    low, high = _ENDS.get(head, (-np.inf, np.inf))
    beyond = float(((real < low) | (real > high)).any(1).mean())
    if beyond < TENTH:
        return ""
    ends = f"{low:.3g}" if high == np.inf else f"{low:g} and {high:g}"
    return (
        f"G's {head} head ends at {ends}, and {beyond:.0%} of the real points lie beyond: it can never make them."
        " Choose the linear head."
    )


def _sure(trainer: PlaneTrainer, now: Mapping[str, float]) -> bool:
    """Whether D tells nearly every point."""
    return trainer.game.has_optimum and now["d_loss"] < SURE * now["d_rest"]


def _diagnose_silence(trainer: PlaneTrainer, now: Mapping[str, float]) -> Diagnosis:
    """G's gradient is next to nothing."""
    feels = f"G's gradient has length {now['g_norm']:.0e}"
    if trainer.game.bound == "clipping":
        return Diagnosis(
            f"The clip makes D nearly flat everywhere: {feels}, and G hardly moves. Raise the clip.", "warn"
        )
    why = "The minimax loss is flat here." if trainer.config.loss == "minimax" else "D is flat where G's points are."
    return Diagnosis(
        f"D is sure of everything (loss {now['d_loss']:.1g}), and {feels}: G cannot feel where to go. {why}", "warn"
    )


def _diagnose_learning(trainer: PlaneTrainer, now: Mapping[str, float], k: int) -> Diagnosis:
    regions, covered = trainer.yardstick.regions, int(now["covered"])
    what = ("modes" if k > 1 else "mode") if regions.are_modes else "regions"
    near = f"; {now['within']:.0%} of its points lie within 3 sigma of one" if regions.are_modes else ""
    if covered < k:
        return Diagnosis(f"G covers {covered} of {k} {what}{near}. SW1 is {now['sw1']:.3f}.")
    if now["sw1"] <= now["sw1_high"]:
        return Diagnosis(
            f"SW1 is {now['sw1']:.3f}: as near as 1000 points of a perfect generator come (up to"
            f" {now['sw1_high']:.3f}). G covers all of {k} {what}{near}.",
            "good",
        )
    if _sure(trainer, now):
        return Diagnosis(
            f"D wins: its loss is {now['d_loss']:.3f}, it tells nearly every point. SW1 is {now['sw1']:.3f}."
        )
    return Diagnosis(
        f"G covers all of {k} {what}{near}. SW1 is {now['sw1']:.3f}; a perfect generator gets {now['sw1_high']:.3f} or"
        " less."
    )


def _collapsed(history: History, trainer: PlaneTrainer) -> bool:
    """Hardly any of several modes, for as long as `RECENT` steps."""
    recent = history.column("covered")[history.column("step") > trainer.step_count - RECENT]
    several = trainer.yardstick.regions.are_modes and len(trainer.yardstick.regions) > 2
    return (
        several
        and trainer.step_count > 2 * RECENT
        and len(recent) > 4
        and recent.max() <= 1
        and _path(history, 0) > BORN * trainer.yardstick.width
    )


def _centres(history: History, since: int) -> np.ndarray:
    """Where the centre of the generated points has been: (rows, 2)."""
    places = np.stack((history.column("centre_x"), history.column("centre_y")), 1)
    return places[history.column("step") > since]


def _path(history: History, since: int) -> float:
    """How long a way the centre has gone."""
    return float(np.linalg.norm(np.diff(_centres(history, since), axis=0), axis=1).sum())


def _swing(history: History, trainer: PlaneTrainer) -> float:
    """How far the centre strays around its recent mean, in widths of the real points; 0 while it gets somewhere."""
    since = trainer.step_count - RECENT
    places = _centres(history, since)
    if since <= 0 or len(places) <= 4:
        return 0.0
    come = float(np.linalg.norm(places[-1] - places[0]))
    earlier, later = np.array_split(history.column("sw1")[history.column("step") > since], 2)
    gaining = later.mean() < GAIN * earlier.mean()
    to_and_fro = not gaining and _path(history, since) > TO_AND_FRO * come
    return float(np.hypot(*places.std(0))) / trainer.yardstick.width if to_and_fro else 0.0


# Presets

_BARE: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none", "scale_d": 1.0, "beta1": 0.5}
_SWINGING = _BARE | {"beta1": 0.9}
_LINE = PlaneConfig(**_BARE, target="line", shift=-2.0, act_g="selu", head_g="selu", act_d="elu", batch=256)

SETTINGS = {
    "Ring of eight": Preset(
        PlaneConfig(),
        "Eight modes, all of them covered within about a thousand steps. G's noise is one cloud, so thin bridges"
        " remain between the modes: switch on the manifold.",
    ),
    "Two moons": Preset(PlaneConfig(target="moons", horizon=3000), "Two thin curves, each inside the other's reach."),
    "Spiral": Preset(
        PlaneConfig(target="spiral", horizon=3000), "G has to roll up its noise. Watch the manifold while it does."
    ),
    "No bridges": Preset(
        PlaneConfig(bits=5, scale_d=4.0),
        "Five bits of noise cut G's cloud into 32 pieces that share the modes among them: after 2000 steps nearly every"
        " point lies in a mode. See the sheets of the manifold.",
    ),
    "Twenty-five modes": Preset(
        PlaneConfig(
            target="grid25",
            bits=8,
            width_g=128,
            width_d=128,
            scale_d=4.0,
            beta1=0.5,
            loss="relativistic",
            r1=0.02,
            decay="linear",
            horizon=10_000,
        ),
        "Small modes far apart. It takes noise bits, a magnifying glass for D, and 10 000 steps. The modes come out too"
        " narrow: see their width.",
    ),
    "Mode collapse": Preset(
        PlaneConfig(**_BARE, lr_g=3e-3, lr_d=1e-4),
        "G learns thirty times as fast as D, and puts everything where D scores highest just now. Cure it with one"
        " knob: raise the learning rate of D to 0.003, and Reset.",
    ),
    "Vanishing gradient": Preset(
        PlaneConfig(**_BARE, scale=0.3, shift=3.0, d_steps=5, lr_g=5e-5, lr_d=3e-3, loss="minimax"),
        "Real points lie far from where G begins, and D soon tells them all. The minimax loss is flat there: G's"
        " gradient vanishes. Choose the non-saturating loss and Reset: nothing else has to change.",
    ),
    "Oscillation": Preset(
        PlaneConfig(**_SWINGING, target="blob", width_g=16, width_d=16, lr_g=5e-3, lr_d=5e-3),
        "One round blob, and two players who overshoot. Momentum carries both past their goal. Set it to 0: G comes to"
        " rest around the right place.",
    ),
    "SELU head": Preset(
        _LINE,
        "A textbook network whose last layer is SELU: no number below -1.76 can come out of it, and half of this line"
        " lies there. Choose the linear head and Reset.",
    ),
}

# Challenges

_SHAPE = ("target", "noise", "scale", "shift", "word", "own")


def _on(start: PlaneConfig, check: Callable[[PlaneTrainer, Mapping[str, float], History], Verdict]) -> Any:
    """The check, as long as the learner stays with the shape that the challenge is about."""

    def guarded(trainer: PlaneTrainer, now: Mapping[str, float], history: History) -> Verdict:
        if any(getattr(trainer.config, name) != getattr(start, name) for name in _SHAPE):
            return Verdict("open", "This challenge keeps the shape it began with: choose it again and Reset.")
        return check(trainer, now, history)

    return guarded


LASTING = 3  # measurements


def _cover(k: int, within: int) -> Callable[[PlaneTrainer, Mapping[str, float], History], Verdict]:
    def check(trainer: PlaneTrainer, now: Mapping[str, float], history: History) -> Verdict:
        step, seen = trainer.step_count, history.column("covered")[history.column("step") <= within]
        in_a_row = np.lib.stride_tricks.sliding_window_view(seen, LASTING) if len(seen) >= LASTING else np.zeros((1, 1))
        best = int(in_a_row.min(1).max())  # not by luck of one measurement
        if best == k:
            return Verdict("met", f"{k} of {k} modes covered within {within} steps, {LASTING} measurements in a row.")
        if step > within:
            return Verdict("missed", f"At most {best} of {k} modes within {within} steps. Turn a knob and Reset.")
        return Verdict("open", f"{int(now['covered'])} of {k} modes at step {step} of {within}.")

    return check


def _near(goal: float) -> Callable[[PlaneTrainer, Mapping[str, float], History], Verdict]:
    def check(trainer: PlaneTrainer, now: Mapping[str, float], history: History) -> Verdict:
        met = trainer.step_count > 0 and now["sw1"] < goal
        return Verdict("met" if met else "open", f"SW1 is {now['sw1']:.3f}.")

    return check


def _collapse(trainer: PlaneTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """Not for a moment only, and not for want of moving: G has gone some way."""
    recent = history.column("step") > trainer.step_count - RECENT
    covered = history.column("covered")[recent]
    most = int(max([*covered, now["covered"]], default=0))
    width = float(np.median([*history.column("width")[recent], now["width"]])) / trainer.yardstick.width
    moved = _path(history, 0) > trainer.yardstick.width / 2
    if trainer.step_count >= 2 * RECENT and len(covered) > 4 and most <= 1 and width < NARROW and moved:
        return Verdict("met", f"For {RECENT} steps G has covered at most one mode of eight.")
    return Verdict(
        "open",
        f"{most} of 8 modes in the last {RECENT} steps, in a cloud {width:.0%} as wide as the real one. Collapsed is at"
        f" most 1 and below {NARROW:.0%}, by a G that moves, from step {RECENT} on.",
    )


_RING, _GRID = PlaneConfig(**_SWINGING), PlaneConfig(target="grid25")

CHALLENGES = (
    Challenge(
        "Eight of eight",
        "Cover all eight modes of the ring within 2000 steps, beginning with a bare GAN.",
        _RING,
        _on(_RING, _cover(8, 2000)),
    ),
    Challenge(
        "Twenty-five of twenty-five",
        "Cover all 25 modes of the grid within 10 000 steps.",
        _GRID,
        _on(_GRID, _cover(25, 10_000)),
    ),
    Challenge(
        "Straighten the line",
        "Bring SW1 of the line below 0.06, beginning with the textbook network with a SELU head.",
        _LINE,
        _on(_LINE, _near(0.06)),
    ),
    Challenge(
        "Make it collapse",
        "Turn the knobs of a healthy run until G makes at most one mode of eight for 500 steps.",
        PlaneConfig(),
        _on(PlaneConfig(), _collapse),
    ),
)

LESSON = r"""
**Question.** G turns noise into points of the plane; D tells real points from generated ones. Neither is told the
shape. Can G find it, all of it, from D's answers alone?

**Watch** the orange points at a low speed. The colour behind them is what D believes: blue where it expects real
points. Each arrow is the gradient of G's loss for one point: the way it would go. D's map changes, the arrows turn,
the points follow, until D can only guess.

**Why.** For a fixed G the best D is $D^*(x)=p(x)/(p(x)+q(x))$, with $p$ the real and $q$ the generated density. There
the minimax value is $2\,\mathrm{JS}(p,q)-\log 4$: G would be descending in a distance between the two. But D is never
quite the best, and G moves while D learns. That is why a GAN can swing, collapse to one mode, or stand still where
D's map is flat. An undecided D is necessary, not sufficient: a weak D is undecided, too. So look at SW1,
the sliced Wasserstein distance: how far points must be carried to become real ones, looked at from many sides. And at
its band, where 1000 points of a perfect generator fall in nine of ten cases.

G is continuous. It carries one cloud of noise into all modes and has to leave bridges between them; noise bits cut
the cloud.

**Try next.** Switch on the manifold and follow a bridge. Press *D* twenty times, then *G* twenty times. Load *Mode
collapse* and cure it with one knob; then *Vanishing gradient*. Draw a shape of your own. Take up a challenge.
"""


def code(config: PlaneConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    return (*iteration(config), *perceptrons(config), PlaneTrainer.pulls, manifold.shade)


LAB = Lab(
    slug="gan-2d",
    title="GAN in the plane",
    chapter="Adversarial games",
    question="Can two networks find a shape that one of them has never seen?",
    summary="Points, D's beliefs and the pull on every point in one picture: how a GAN learns a shape, or fails to.",
    lesson=LESSON,
    Config=PlaneConfig,
    build=PlaneTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=thumbnail(THUMBNAIL_STEPS),
    thumbnail_steps=THUMBNAIL_STEPS,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    compared=("plane", "losses", "distance"),
)
