"""The Dirac GAN in motion: two numbers chase each other, and the eigenvalues say how it ends.

The game, its moves and its matrix are `playground.dirac`, whose equations are numbered there. Here they are played from
a start of the learner's choice, and from some others at once, to show that the rule and not the start decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from playground import dirac
from playground.core import Arrows, Axis, Curve, Diagnosis, Handle, History, Lab, Points, Preset, Series, View
from playground.dirac import GP, SMOOTH, DiracConfig, DiracTrainer, game

EVEN = 1e-9  # an eigenvalue that differs less from 1 neither grows nor shrinks

PLANE = View(
    "plane",
    "The two players",
    "To the right G's point theta, upwards D's slope psi; in balance both are 0. Arrows: where both gradients pull."
    " Drag the green mark to see the next 200 iterations from there.",
    (
        Arrows("both pulls", "theory", "tails", "pulls", "stretch"),
        Points("other starts", "noise", "others"),
        Curve("path", "generated", "tail x", "tail y"),
        Curve("from the mark", "encoder", "way x", "way y", dashed=True),
        Handle("mark", "encoder", "from"),
        Points("balance", "theory", "balance", hollow=True),
        Points("now", "generated", "here"),
    ),
    x=Axis("theta", "left", "right"),
    y=Axis("psi", "left", "right"),
    column="world",
    equal=True,
    switches=True,
)

_DISTANCE = (
    "How far theta and psi are from the balance. A spiral is a straight line here, because every turn multiplies."
)

VIEWS = (
    PLANE,
    View(
        "line",
        "What D says, and of what",
        "D is one straight line in x, which the logistic losses squeeze between 0 and 1. G walks uphill, D tilts the"
        " line against it.",
        (
            Curve("D(x)", "discriminator", "x", "D(x)"),
            Points("real point", "real", "data"),
            Points("G's point", "generated", "made"),
        ),
        x=Axis("x", "left", "right"),
        y=Axis("D(x)", -1, 1, soft=True),
    ),
    View(
        "distance",
        "Distance",
        _DISTANCE + " Dashed: what the eigenvalue alone foresees.",
        (
            Series("foreseen", "theory", "foreseen"),
            Series("distance", "generated", "distance"),
        ),
        x=Axis("step"),
        y=Axis("distance", 0.1, 2, log=True, soft=True),
        wide=False,
        when=("loss", SMOOTH),
    ),
    View(
        "eigenvalues",
        "Eigenvalues",
        "Of the matrix of one iteration: inside the circle the players come to rest, on it they go round for ever,"
        " outside they spiral apart. The angle is how far one iteration turns.",
        (
            Curve("absolute value 1", "theory", "circle x", "circle y", dashed=True),
            Points("eigenvalues", "encoder", "eigenvalues"),
        ),
        x=Axis("real part", "ring low", "ring high"),
        y=Axis("imaginary part", "ring low", "ring high"),
        equal=True,
        wide=False,
        when=("loss", SMOOTH),
    ),
    View(
        "distance of wgan-gp",
        "Distance",
        _DISTANCE + " With WGAN-GP there is no eigenvalue: the penalty jumps at psi = 0.",
        (Series("distance", "generated", "distance"),),
        x=Axis("step"),
        y=Axis("distance", 0.1, 2, log=True, soft=True),
        when=("loss", (GP,)),
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "500 iterations",
    "the path of the two players; arrows: where their gradients pull.",
    (PLANE.layers[0], PLANE.layers[2], PLANE.layers[5], PLANE.layers[6]),
    x=Axis("", "left", "right"),
    y=Axis("", "left", "right"),
    equal=True,
)

SPOTLIGHT = {
    "D gradient": ("both pulls", "D(x)"),
    "D update": ("now", "path", "D(x)"),
    "G gradient": ("both pulls", "G's point"),
    "G update": ("now", "path", "G's point"),
}


def diagnose(trainer: DiracTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """How the game ends, and where it stands."""
    c = trainer.config
    where = f"Now the distance is {_plain(now['distance'])}."
    if c.loss == GP and not now["distance"]:
        return Diagnosis(
            "Both stand exactly on the balance, where the jump of the penalty counts as 0: nothing moves. The least psi"
            f" beside it would be pushed away with the force {2 * c.gp:.3g}.",
            "warn",
        )
    if c.loss == GP:
        return Diagnosis(
            f"The penalty pushes psi away from 0 with the force {2 * c.gp:.3g}, on both sides: the balance is no place"
            f" to rest, and there is no eigenvalue to ask. {where}",
            "warn",
        )
    largest = dirac.eigenvalues(c.rules)[0]
    size, period = abs(largest), dirac.turn(largest)
    tells = f"The largest eigenvalue has absolute value {size:.5f}"
    per_turn = f"each turn of {period:.0f} iterations" if math.isfinite(period) else "every 10 iterations"
    factor = size ** (period if math.isfinite(period) else 10)
    if abs(size - 1) < EVEN:
        return Diagnosis(f"{tells}: near the balance the players go round it for ever, and neither gains. {where}")
    if size > 1:
        held = f" The clip at {c.clip:g} bounds the chase." if c.loss == "wgan-clip" else ""
        return Diagnosis(f"{tells}: {per_turn} multiplies the distance by {factor:.3g}.{held} {where}", "warn")
    return Diagnosis(f"{tells}: {per_turn} leaves {factor:.2g} of the distance. {where}", "good")


def _plain(distance: float) -> str:
    return f"{distance:.2f}" if 0.1 <= distance < 1000 else f"{distance:.1e}"


SETTINGS = {
    "Slope penalty": Preset(
        DiracConfig(),
        "The penalty pulls D's slope back, and the spiral winds inwards: from 1 to 0.0000027 in 500 iterations.",
    ),
    "Spiral": Preset(
        DiracConfig(r1=0.0),
        "Both move at once, each against where the other was: every iteration overshoots a little. In 500 iterations"
        " the distance grows from 1 to 12.",
    ),
    "Orbit": Preset(
        DiracConfig(r1=0.0, updates="alternating"),
        "G answers the D that has just moved. The path closes: the distance stays between 0.97 and 1.03 for ever, and"
        " the game never ends.",
    ),
    "The standard GAN": Preset(
        DiracConfig(r1=0.0, updates="alternating", loss="non-saturating"),
        "The eigenvalues lie on the circle here, too. Only far out, where the sigmoid bends, does the path wind"
        " inwards; the nearer it comes, the slower.",
    ),
    "Instance noise": Preset(
        DiracConfig(r1=0.0, loss="non-saturating", instance_noise=1.0),
        "Blurred points leave D less sure, and that works like a penalty on its slope. Choose the WGAN loss: there it"
        " does nothing.",
    ),
    "Clipped weights": Preset(
        DiracConfig(r1=0.0, loss="wgan-clip"),
        "D's slope may not leave the strip between -0.5 and 0.5. The spiral cannot grow beyond it, and does not end.",
    ),
    "WGAN-GP": Preset(
        DiracConfig(r1=0.0, loss=GP),
        "The penalty wants a slope of size 1, the balance wants 0. So the players never rest, whatever the learning"
        " rates, unless they begin exactly in the balance.",
    ),
    "Momentum": Preset(
        DiracConfig(r1=0.0, updates="alternating", momentum=0.5),
        "Each player repeats half of its last move. The orbit becomes a fast spiral outwards.",
    ),
    "Negative momentum": Preset(
        DiracConfig(r1=0.0, updates="alternating", momentum=-0.5),
        "Each player takes back half of its last move. The orbit becomes a slow spiral inwards.",
    ),
}

LESSON = r"""
**Question.** The smallest GAN of all: the data are one point at 0, G makes one point $\theta$, and D is a straight line
$s(x)=\psi x$. In balance $\theta=\psi=0$. Do the two get there?

**Watch** the orange path from the right-hand start. G walks uphill on D's line; D tilts the line against it; so G turns
back, too late. The grey arrows show both pulls: they go round. Load *Spiral*, then *Orbit*, then *Slope penalty*.

**Why.** With the WGAN loss the pulls are $\dot\theta=\psi$ and $\dot\psi=-\theta$: a rotation, with no force towards
the middle. One iteration with learning rate $h$ multiplies a deviation by a matrix whose eigenvalues are

$$1\pm ih\ \text{(simultaneous)},\qquad |\lambda|=\sqrt{1+h^2}>1,$$

and have absolute value exactly 1 if the players take turns ($h<2$). A penalty $\gamma$ on D's slope adds
$-2\gamma\psi$ to D's pull. Simultaneously this gives

$$\lambda=1-\gamma h\pm h\sqrt{\gamma^2-1},\qquad |\lambda|=\sqrt{1-2\gamma h+h^2}\ \text{ while }\gamma<1,$$

and both below 1 for $h/2<\gamma<1/h+h/4$. From $\gamma=1$ on nothing turns and one of the two creeps back to 1; at the
upper end D leaps over its goal. No learning rate cures the rotation; a force on D does. The dashed line in
*Distance* is $|\lambda|^t$: computed, not fitted. The logistic losses follow it only near the balance, as they bend.

This game is a test for cures, no proof: what fails here cannot be trusted in large, and what works here may still fail.

**Try next.** In *Spiral*, halve both learning rates: how much does one turn multiply now? Find the smallest penalty
that still comes to rest and, at learning rates of 0.5, the largest. Give *Instance noise* the WGAN loss. Drag the mark
in *WGAN-GP*: is there a start that rests, other than the balance itself?
"""


def code(config: DiracConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    pull = dirac.PULLS[config.loss]
    own = {f for f in (pull.real, pull.fake, pull.g) if f.__module__ == game.__name__}
    step = (dirac.moved, dirac.d_slope, dirac.d_move, dirac.g_slope, dirac.g_move)
    return (*step, *sorted(own, key=lambda f: f.__name__), dirac.jacobian, dirac.eigenvalues)


LAB = Lab(
    slug="dirac-gan",
    title="Dirac GAN",
    chapter="Clinic",
    question="Why do two players who both improve not come to rest?",
    summary="A GAN of two numbers: spiral, orbit and rest, and the eigenvalues that foretell which.",
    lesson=LESSON,
    Config=DiracConfig,
    build=DiracTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=THUMBNAIL,
    thumbnail_steps=500,
    code=code,
    spotlight=SPOTLIGHT,
    pace=60.0,
    compared=("plane", "line"),
    place=-1,
)
