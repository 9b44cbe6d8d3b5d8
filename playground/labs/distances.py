"""Two distributions pulled apart, and five ways to say how far. The equations are in `playground.divergences`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from playground import assignment
from playground.core import (
    Arrows,
    Axis,
    Band,
    Challenge,
    Curve,
    Diagnosis,
    Handle,
    History,
    Lab,
    Layer,
    Points,
    Preset,
    Role,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.distances import (
    COPIES,
    FAR,
    HANDLE,
    LINE,
    PLANE,
    SHAPES,
    DistanceConfig,
    DistanceTrainer,
    prepare,
    slopes,
)

SMOOTH = ("normals", "blobs")  # where p and q overlap however far they are apart
BROKEN = tuple(name for name in SHAPES if name not in SMOOTH)
WORDS = {"kl": "KL(p||q)", "reverse": "KL(q||p)", "js": "JS", "tv": "TV", "w1": "W1"}
APART, BACK = "Pull apart", "Walk back"  # what is looked at, one after the other
THETA = Axis("theta", 0, FAR)
HERE = Rule("q is here", "generated", "theta", axis="x")

_W1: tuple[Layer, ...] = (
    Curve("W1", "encoder", "theta", "D w1"),
    Points("W1 of drawn points", "noise", "measured", hollow=True),
    Points("copy of W1", "encoder", "copy w1"),
)

# what each copy descends in, and its colour
_COPIES: tuple[tuple[str, str, Role], ...] = (
    ("kl", "KL", "real"),
    ("js", "JS", "discriminator"),
    ("tv", "TV", "noise"),
    ("w1", "W1", "encoder"),
)

_TRACKS = View(
    "tracks",
    "Four copies of q on their way",
    "Each copy has a track of its own, and p, in blue, stands at the goal of each. Who moves, who stands still?",
    (
        *(Rule(said, role, f"track {name}") for name, said, role in _COPIES),
        *(Curve(f"copy of {said}", role, f"walk x {name}", f"walk y {name}") for name, said, role in _COPIES),
        Curve("p", "real", "goal x", "goal y", dashed=True),
    ),
    x=Axis("x", "left", "right"),
    y=Axis("", "tracks low", "tracks high", numbers=False),
    column="world",
    scene=BACK,
)

VIEWS = (
    View(
        "line",
        "p, q and the way between them",
        "p stands up, q hangs down. Drag q along the line. Each arrow carries an equal share of p to where q has it,"
        " mean to mean. No two ways cross; their mean length is W1, or a little less while one share goes both ways.",
        (
            Curve("p", "real", "p x", "p"),
            Curve("q", "generated", "q x", "q"),
            Arrows("transport plan", "encoder", "tails", "plan"),
            Handle("move q", "generated", HANDLE),
        ),
        x=Axis("x", "left", "right"),
        y=Axis("density: p up, q down", "bottom", "top"),
        column="world",
        scene=APART,
        when=("shape", LINE),
    ),
    View(
        "plane",
        "p, q and the way between them",
        "Points drawn from p and from q, paired so that the total way is the least possible. Drag q to the side. W1 of"
        " p and q themselves is theta: every point moves by it.",
        (
            Curve("edge of p", "real", "p x", "p"),
            Curve("edge of q", "generated", "q x", "q"),
            Arrows("transport plan", "encoder", "tails", "plan"),
            Points("points of p", "real", "points p"),
            Points("points of q", "generated", "points q"),
            Handle("move q", "generated", HANDLE),
        ),
        x=Axis("x", "left", "right"),
        y=Axis("", "bottom", "top"),
        column="world",
        equal=True,
        scene=APART,
        when=("shape", PLANE),
    ),
    replace(_TRACKS, name="tracks on the line", when=("shape", LINE)),
    replace(_TRACKS, name="tracks in the plane", equal=True, when=("shape", PLANE)),
    View(
        "bounded",
        "Distances that end",
        "JS and TV compare p and q place by place. Where nothing overlaps they lie at ln 2 and at 1, and a copy of q"
        " that stands there cannot feel where p is.",
        (
            Rule("ln 2", "theory", math.log(2)),
            HERE,
            Curve("JS", "discriminator", "theta", "D js"),
            Curve("TV", "noise", "theta", "D tv"),
            Points("copy of JS", "discriminator", "copy js"),
            Points("copy of TV", "noise", "copy tv"),
        ),
        x=THETA,
        y=Axis("nats, or a share", 0, 1.1),
        scene=APART,
    ),
    View(
        "unbounded",
        "Distances that go on",
        "KL rises with the square of theta, W1 with theta. Grey ring: W1 between the drawn points alone; two samples of"
        " p measure as much as the band.",
        (
            Band("two samples of p", "noise", "floor_low", "floor_high"),
            HERE,
            Curve("KL(p||q)", "real", "theta", "D kl"),
            Curve("KL(q||p)", "generated", "theta", "D reverse", dashed=True),
            *_W1,
            Points("copy of KL", "real", "copy kl"),
        ),
        x=THETA,
        y=Axis("nats, or units of x", 0, FAR),
        when=("shape", SMOOTH),
        scene=APART,
    ),
    View(
        "infinite",
        "Distances that go on",
        "Of equally wide laws W1 is theta. In the grey part KL(p||q) is infinite: q has nothing where p has something."
        " Grey ring: W1 between the drawn points alone.",
        (
            Band("KL(p||q) is infinite", "noise", "infinite_from", FAR, axis="x"),
            HERE,
            Curve("KL where finite", "real", "theta", "D kl"),
            *_W1,
        ),
        x=THETA,
        y=Axis("nats, or units of x", 0, FAR),
        when=("shape", BROKEN),
        scene=APART,
    ),
    View(
        "slopes",
        "How steep each is",
        "What gradient descent follows. A slope of 0 tells a copy nothing; where a curve ends there is no slope at all."
        " W1 pulls with 1, however far q is.",
        (
            Curve("KL", "real", "theta", "slope kl"),
            Curve("JS", "discriminator", "theta", "slope js"),
            Curve("TV", "noise", "theta", "slope tv"),
            Curve("W1", "encoder", "theta", "slope w1"),
            Points("copy of JS", "discriminator", "copy slope js"),
            Points("copy of W1", "encoder", "copy slope w1"),
        ),
        x=THETA,
        y=Axis("slope in theta", -0.1, 1.5),
        scene=BACK,
    ),
    View(
        "copies",
        "Four copies of q go downhill",
        "Each follows the slope of its own distance, with the same learning rate. At theta 0 it lies on p.",
        (
            Rule("p", "theory", 0.0),
            Series("KL", "real", "theta_kl"),
            Series("JS", "discriminator", "theta_js"),
            Series("TV", "noise", "theta_tv"),
            Series("W1", "encoder", "theta_w1"),
        ),
        x=Axis("step"),
        y=Axis("theta", 0, soft=True),
        scene=BACK,
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "Four copies after 4000 steps",
    "theta of the copies that descend in KL (blue), JS (purple), TV (grey) and W1 (green).",
    VIEWS[-1].layers,
    x=Axis("step"),
    y=Axis("", 0, 4.2, soft=True),
)

SPOTLIGHT = {
    "slopes": ("KL", "JS", "TV", "W1"),
    "moves": ("copy of KL", "copy of JS", "copy of TV", "copy of W1"),
}

HOME = 0.05  # a copy so near to where its distance is least has arrived
FLAT = 1e-3  # a slope below it moves a copy by less than a thousandth of W1's


def diagnose(trainer: DistanceTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """What the five distances say where q is held, and how the copies fare."""
    here = trainer.here()
    values = ", ".join(f"{words} {_said(float(here[name].value))}" for name, words in WORDS.items())
    held = f"q is held at theta {trainer.theta:.2f}: {values}."
    if trainer.step_count == 0:
        return Diagnosis(f"{held} Drag q; Play lets four copies of it go downhill, each in its own distance.")
    stuck = _named(trainer, "stuck")
    return Diagnosis(f"{held} {_fates(trainer)}", "warn" if stuck else "good" if _all_home(trainer) else "calm")


def _said(value: float) -> str:
    return "infinite" if math.isinf(value) else f"{value:.3f}"


def _fate(trainer: DistanceTrainer, name: str) -> str:
    """Of one copy: home, stuck without a slope, or on its way."""
    own = trainer.of_copies()[name]
    if abs(float(trainer.thetas[COPIES.index(name)])) < HOME:
        return "home"
    return "moving" if abs(own.slope) >= FLAT else "stuck"  # NaN is no slope


def _named(trainer: DistanceTrainer, fate: str) -> list[str]:
    return [WORDS[name].partition("(")[0] for name in COPIES if _fate(trainer, name) == fate]


def _all_home(trainer: DistanceTrainer) -> bool:
    return len(_named(trainer, "home")) == len(COPIES)


def _fates(trainer: DistanceTrainer) -> str:
    told = {"home": "at p", "moving": "on the way", "stuck": "stuck, without a slope"}
    parts = [f"{', '.join(names)} {words}" for fate, words in told.items() if (names := _named(trainer, fate))]
    return f"Copies: {'; '.join(parts)}."


SETTINGS = {
    "Two uniform laws": Preset(
        DistanceConfig(),
        "Beyond theta 2 nothing overlaps: JS lies flat at ln 2, TV at 1, KL is infinite. Only the copy of W1 walks"
        " home, at constant speed.",
    ),
    "Two normal laws": Preset(
        DistanceConfig(shape="normals", lr=5e-3),
        "They overlap everywhere, so every copy arrives: W1 and KL within 900 steps, TV after 4700 and JS"
        " after 6400, since their slopes are small out there.",
    ),
    "Parallel segments": Preset(
        DistanceConfig(shape="segments"),
        "Two segments in the plane never overlap unless theta is 0. Only W1 tells near from far, and only its copy"
        " moves.",
    ),
    "Two points": Preset(
        DistanceConfig(shape="points", start=2.0),
        "All of p in one place, all of q in another: KL is infinite, JS is ln 2, TV is 1 at every theta but 0.",
    ),
    "Two discs": Preset(
        DistanceConfig(shape="discs", start=1.9),
        "They just overlap at theta 1.9. JS and TV feel a small lens, and the more of it the nearer they come; KL is"
        " infinite all the way.",
    ),
    "Round blobs": Preset(
        DistanceConfig(shape="blobs", start=3.0, lr=5e-3),
        "Normal laws in the plane. W1 of a few drawn points is not theta: see the ring, and the band of two samples"
        " of p.",
    ),
    "A wider q": Preset(
        DistanceConfig(shape="normals", width=2.0, start=3.0, lr=5e-3),
        "q is twice as wide as p and cannot become p. Every distance is least at theta 0, and none is 0 there.",
    ),
}

_NORMALS = DistanceConfig(shape="normals")
IN_TIME = 3000  # steps


def _all_in_time(trainer: DistanceTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """With two normal laws every copy feels p, however little: a larger step is all that is missing."""
    c = trainer.config
    if (c.shape, c.width) != (_NORMALS.shape, _NORMALS.width) or c.start < _NORMALS.start:
        return Verdict("open", f"This challenge keeps its two laws and a start of {_NORMALS.start:g} or more.")
    away = {name: abs(now[f"theta_{name}"]) for name in COPIES}
    last = max(away, key=away.__getitem__)
    says = f"The copy of {WORDS[last]} is the last, at {away[last]:.2f}, at step {trainer.step_count} of {IN_TIME}."
    if away[last] < 2 * HOME:
        return Verdict("met" if trainer.step_count <= IN_TIME else "missed", says)
    return Verdict("open" if trainer.step_count <= IN_TIME else "missed", says)


_UNIFORMS = DistanceConfig()
DRAG = 0.1  # of theta: less is no drag


def _half_of_ln2(trainer: DistanceTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """For q held by hand, and brought there by hand: with JS of a half of what it can be."""
    c, u = trainer.config, _UNIFORMS
    if (c.shape, c.width, c.start) != (u.shape, u.width, u.start):
        return Verdict("open", "This challenge keeps its two laws and its start: choose it again.")
    js, half = float(trainer.here()["js"].value), math.log(2) / 2
    says = f"JS is {js:.3f}; wanted is {half:.3f} within 1 %."
    if trainer.dragged < DRAG:
        return Verdict("open", f"{says} Drag q: it has hardly moved since this began.")
    return Verdict("met" if abs(js - half) < 0.01 * half else "open", says)


CHALLENGES = (
    Challenge(
        "All home in time",
        "From theta 4, bring all four copies of two normal laws within 0.1 of p in 3000 steps. One knob is enough.",
        _NORMALS,
        _all_in_time,
    ),
    Challenge(
        "Half of ln 2",
        "Drag q to where JS is half of the most that it can be, within 1 %.",
        _UNIFORMS,
        _half_of_ln2,
    ),
)

LESSON = r"""
**Question.** A generator begins with points that lie nowhere near the real ones. Which distance tells it where to go?

**Watch** the two panels of distances while you drag q away from p. Two uniform laws of width 2 part at theta 2. From
there on JS is $\ln 2$ nats (natural units of information, 1.44 bits each) and TV is 1, however far you drag; KL has
been infinite all along, since q lacks something that p has. W1 goes on: it is theta. Then choose *Walk back* and press
Play. Four copies of q start at theta 4, each descends in its own distance.

**Why.** KL, JS and TV compare densities place by place; without overlap they only know that there is none:

$$
\mathrm{KL}=\infty,\qquad \mathrm{JS}=\ln 2,\qquad \mathrm{TV}=1,\qquad W_1=\theta
$$

Their slope in $\theta$ is 0 or does not exist. W1 asks how far mass has to be carried,

$$
W_1(p,q)=\min_{\text{plans}}\ \mathbb E\,|x-y|
$$

and the arrows are that plan: on the line, quantile to quantile; in the plane, the best pairing of drawn points. A GAN
at its optimal D descends in $2\,\mathrm{JS}-\ln 4$; a WGAN estimates W1. This is the case for WGAN. It is not the whole
story: smooth laws overlap everywhere, and there every copy arrives.

W1 between few drawn points is more than W1 of the laws: two samples of the same p are not at 0. The band says how far.

**Try next.** Load *Two normal laws* and compare the speeds. Pull q to twice the width: what is the least KL? In *Two
discs*, start at 2.1 instead of 1.9. Take up a challenge.
"""


def code(config: DistanceConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    kind: Callable[..., Any] = type(SHAPES[config.shape].moved(config.width))
    exact = assignment.priced if config.shape in PLANE else assignment.pairing
    return (DistanceTrainer.phases, slopes, kind, exact)


LAB = Lab(
    slug="distances",
    title="Distance lab",
    chapter="GAN against WGAN",
    question="Which distance tells a generator where to go when nothing overlaps?",
    summary="Pull two distributions apart and watch KL, JS, TV and W1: which go flat, which end, and which lead home.",
    lesson=LESSON,
    Config=DistanceConfig,
    build=DistanceTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=4000,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    prepare=prepare,
    pace=1000.0,
    place=1,
)
