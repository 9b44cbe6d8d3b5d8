"""The Dirac GAN in motion: two numbers chase each other, and the eigenvalues say how it ends.

The game, its moves and its matrix are `playground.dirac`, whose equations are numbered there. Here they are played from
a start of the learner's choice, and from some others at once, to show that the rule and not the start decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground import dirac
from playground.core import (
    Arrows,
    Axis,
    Config,
    Curve,
    Diagnosis,
    Handle,
    History,
    Lab,
    Phase,
    Points,
    Preset,
    Series,
    Snapshot,
    View,
    knob,
)
from playground.dirac import Rules
from playground.training import StepwiseTrainer

OTHERS = 40  # other starting points
SPREAD = 1.5  # they lie in [-SPREAD, SPREAD]^2
TAIL = 600  # iterations whose path is drawn
AHEAD = 200  # iterations that the path from the handle goes on
ARROWS = 11  # in each direction
CURVE = 97  # points of a drawn curve
HALVES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)  # half the width of what is shown: the least that holds the path
RINGS = (1.3, *HALVES)  # the same of the eigenvalues
BEYOND = 700  # natural logarithm of the largest distance that is computed
EVEN = 1e-9  # an eigenvalue that differs less from 1 neither grows nor shrinks
GP, CRITICS = "wgan-gp", ("wgan", "wgan-clip", "wgan-gp")
SMOOTH = tuple(loss for loss in dirac.PULLS if loss != GP)  # the losses that have eigenvalues


@dataclass(frozen=True)
class DiracConfig(Config):
    loss: str = knob(
        "wgan",
        "What the players minimise. WGAN pulls equally hard everywhere; the others pull less on what D is sure of.",
        label="Loss",
        options=tuple(dirac.PULLS),
        live=True,
    )
    updates: str = knob(
        "simultaneous",
        "Simultaneous: both move from where they stood. Alternating: G answers the D that has just moved.",
        label="Updates",
        options=("simultaneous", "alternating"),
        live=True,
    )
    r1: float = knob(
        0.3,
        "Penalty on D's slope at the real and at the generated point (R1 and R2). It pulls psi to 0, and too much"
        " of it leaves G without a guide.",
        label="Slope penalty",
        low=0.0,
        high=10.0,
        step=0.01,
        log=True,
        live=True,
    )
    instance_noise: float = knob(
        0.0,
        "How far both points are blurred before D sees them. It calms the losses that bend, and does nothing for WGAN.",
        label="Instance noise",
        low=0.0,
        high=2.0,
        step=0.05,
        live=True,
        needs=("loss", tuple(loss for loss in dirac.PULLS if loss not in CRITICS)),
    )
    momentum: float = knob(
        0.0,
        "How much of its last move each player repeats. It carries both past their goal; a negative one takes back"
        " part of each move.",
        label="Momentum",
        low=-0.9,
        high=0.9,
        step=0.05,
        live=True,
    )
    lr_g: float = knob(
        0.1,
        "How far G moves along its gradient. Large steps leave the circle that small ones would follow.",
        label="Learning rate of G",
        low=0.01,
        high=1.0,
        log=True,
        live=True,
    )
    lr_d: float = knob(
        0.1,
        "How far D moves along its gradient. Another rate than G's makes the circle an ellipse.",
        label="Learning rate of D",
        low=0.01,
        high=1.0,
        log=True,
        live=True,
    )
    theta: float = knob(
        1.0,
        "Where G's point is at first. The real one is at 0.",
        label="G starts at",
        low=-2.0,
        high=2.0,
        step=0.1,
        group="Start",
    )
    psi: float = knob(
        0.0,
        "D's slope at first. At 0 it says the same of every point.",
        label="D starts at",
        low=-2.0,
        high=2.0,
        step=0.1,
        group="Start",
    )
    clip: float = knob(
        0.5,
        "D's slope is kept between minus this and this. It bounds the chase and does not end it.",
        label="Clip the slope at",
        low=0.05,
        high=2.0,
        step=0.05,
        live=True,
        needs=("loss", ("wgan-clip",)),
        group="Critic",
    )
    gp: float = knob(
        0.1,
        "Pull on the size of D's slope towards 1. In balance that slope would have to be 0.",
        label="Gradient penalty",
        low=0.01,
        high=2.0,
        log=True,
        live=True,
        needs=("loss", (GP,)),
        group="Critic",
    )
    seed: int = knob(
        0,
        "The other starting points follow from it; the game itself has no luck.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
        group="Start",
    )

    @property
    def rules(self) -> Rules:
        """The game that is played. What a loss does not use is left out, so that equal games have equal rules."""
        return Rules(
            self.loss,
            self.lr_g,
            self.lr_d,
            self.momentum,
            self.r1,
            0.0 if self.loss in CRITICS else self.instance_noise,
            self.gp if self.loss == GP else 0.0,
            self.clip if self.loss == "wgan-clip" else math.inf,
            self.updates == "simultaneous",
        )


@lru_cache(maxsize=64)
def eigenvalues(rules: Rules) -> tuple[complex, ...]:
    return tuple(complex(value) for value in dirac.eigenvalues(rules))


@lru_cache(maxsize=256)
def way(theta: float, psi: float, rules: Rules) -> np.ndarray:
    """The path from the handle: computed anew only when that or a knob has been moved."""
    return dirac.path(theta, psi, AHEAD, rules)


class DiracTrainer(StepwiseTrainer):
    """Plays the game from (theta, psi), and beside it from OTHERS random starting points."""

    config: DiracConfig
    measure_every = 4
    phase_count = 4

    def __init__(self, config: DiracConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        wide: dict[str, Any] = {"dtype": torch.float64, "device": self.device}
        self.w = torch.zeros(1 + OTHERS, 4, **wide)  # theta, psi, and the momentum of each
        self.w[0, :2] = torch.tensor((config.theta, config.psi))
        self.w[1:, :2].uniform_(-SPREAD, SPREAD, generator=self.generator)
        self.tail = torch.full((TAIL, 2), math.nan, **wide)
        self.tail[-1] = self.w[0, :2]
        self.foreseen = self.w[0, :2].norm().log()[None]  # log of the distance that the eigenvalues foresee, (1,)
        self.asked = (-0.5, 1.0)  # where the handle is

    @property
    def data(self) -> np.ndarray:
        return np.zeros(1)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n times the one point that G makes, (n,)."""
        return np.full(n, float(self.w[0, 0]))

    def place(self, name: str, x: float, y: float) -> None:
        if name == "from":
            self.asked = (x, y)

    # --- one iteration -----------------------------------------------------------------------------------

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """(4): D's move and G's, each with its gradient; `dirac.moved` is the same without pauses."""
        rules = self.config.rules
        g_slope = None
        if rules.simultaneous and len(players) > 1:
            g_slope = dirac.g_slope(self.w[:, 0], self.w[:, 1], rules)
            yield G_FEELS
        if "D" in players:
            slope = dirac.d_slope(self.w[:, 0], self.w[:, 1], rules)
            yield D_FEELS
            self.w.copy_(dirac.d_move(self.w, slope, rules))
            yield D_MOVED
        if "G" in players:
            if g_slope is None:
                g_slope = dirac.g_slope(self.w[:, 0], self.w[:, 1], rules)
                yield G_FEELS
            self.w.copy_(dirac.g_move(self.w, g_slope, rules))
            yield G_MOVED
        self._keep(rules if len(players) > 1 else None)
        self.step_count += 1

    def _keep(self, rules: Rules | None) -> None:
        """What is drawn of the past. rules: those of a whole iteration; half of one foresees nothing."""
        self.tail.copy_(torch.cat((self.tail[1:], self.w[:1, :2])))
        if rules is None:
            self.foreseen.copy_(self.w[0, :2].norm().log())
        elif rules.loss != GP:
            self.foreseen += math.log(max(abs(eigenvalues(rules)[0]), 1e-300))

    def memory(self) -> dict[str, Tensor]:
        return {"w": self.w, "tail": self.tail, "foreseen": self.foreseen}

    def finite(self) -> bool:
        return bool(torch.isfinite(self.w).all())

    def advice(self) -> str:
        return "Lower the learning rates or the momentum, or raise the slope penalty."

    # --- what is looked at -------------------------------------------------------------------------------

    def scalars(self) -> dict[str, float]:
        theta, psi = self.w[0, :2].tolist()
        numbers = {"theta": theta, "psi": psi, "distance": math.hypot(theta, psi)}
        if self.config.loss != GP:
            numbers["growth"] = abs(eigenvalues(self.config.rules)[0])
            numbers["foreseen"] = math.exp(min(float(self.foreseen), BEYOND))
        return numbers

    def snapshot(self) -> Snapshot:
        w, tail = self.w.numpy(force=True), self.tail.numpy(force=True)
        half = self._half(tail)
        spacing = 2 * half / (ARROWS + 1)
        pulls, tails = self._pulls(half)
        scalars = self.scalars() | {
            "left": -half,
            "right": half,
            "stretch": 0.9 * spacing / max(float(np.hypot(*pulls.T).max()), 1e-12),
            **self._ring(),
        }
        there = way(*self.asked, self.config.rules)
        arrays = {
            "tails": tails,
            "pulls": pulls,
            "tail x": np.where(np.isfinite(tail[:, 0]), tail[:, 0], w[0, 0]),
            "tail y": tail[:, 1].copy(),
            "here": w[:1, :2].copy(),
            "others": w[1:, :2].copy(),
            "balance": np.zeros((1, 2)),
            "from": np.array([self.asked]),
            "way x": there[:, 0].copy(),
            "way y": there[:, 1].copy(),
            **self._players(half, *w[0, :2]),
            **self._plane(),
        }
        return Snapshot(self.step_count, scalars, arrays)

    def _half(self, tail: np.ndarray) -> float:
        return _holding(float(np.nanmax(np.abs(tail))), HALVES)

    def _ring(self) -> dict[str, float]:
        """The stretch of either axis on which all eigenvalues are seen, and the circle."""
        half = _holding(max((abs(value) for value in eigenvalues(self.config.rules)), default=0.0), RINGS)
        return {"ring low": -half, "ring high": half}

    def _pulls(self, half: float) -> tuple[np.ndarray, np.ndarray]:
        """Where both players would go, minus their gradients, on a grid: (ARROWS^2, 2), and the grid."""
        ticks = torch.linspace(-half, half, ARROWS + 2, dtype=torch.float64)[1:-1]
        at = torch.cartesian_prod(ticks, ticks)
        rules = self.config.rules
        g, d = dirac.g_slope(at[:, 0], at[:, 1], rules), dirac.d_slope(at[:, 0], at[:, 1], rules)
        return -torch.stack((g, d), 1).numpy(), at.numpy()

    def _players(self, half: float, theta: float, psi: float) -> dict[str, np.ndarray]:
        """What D says along the line (1), and of the two points."""
        x = np.linspace(-half, half, CURVE)

        def says(at: np.ndarray) -> np.ndarray:
            s = psi * at
            return s if self.config.loss in CRITICS else 1 / (1 + np.exp(-np.clip(s, -50, 50)))

        points = says(np.array([0.0, theta]))
        return {
            "x": x,
            "D(x)": says(x),
            "data": np.array([[0.0, points[0]]]),
            "made": np.array([[theta, points[1]]]),
        }

    def _plane(self) -> dict[str, np.ndarray]:
        """The eigenvalues as points, NaN where there are fewer than four, and the unit circle."""
        found = np.full((4, 2), math.nan)
        for row, value in zip(found, eigenvalues(self.config.rules), strict=False):
            row[:] = value.real, value.imag
        angle = np.linspace(0, 2 * math.pi, CURVE)
        return {"eigenvalues": found, "circle x": np.cos(angle), "circle y": np.sin(angle)}


def _holding(reach: float, halves: tuple[float, ...]) -> float:
    """Half the width of a picture that reaches so far: in few sizes, so that it seldom changes."""
    return next((half for half in halves if reach < half), 1.25 * reach)


D_FEELS = Phase(
    "D gradient",
    "D",
    "D looks at G's point: its loss falls if the line is tilted against it.",
    equation="∂L_D/∂ψ",
    code="slope = dirac.d_slope(self.w[:, 0], self.w[:, 1], rules)",
)
D_MOVED = Phase(
    "D update",
    "D",
    "D has tilted its line: the score of G's point goes down.",
    equation="ψ ← ψ − lr_D · m_ψ",
    code="self.w.copy_(dirac.d_move(self.w, slope, rules))",
)
G_FEELS = Phase(
    "G gradient",
    "G",
    "G looks at D's line: its slope says which way the score rises.",
    equation="∂L_G/∂θ",
    code="g_slope = dirac.g_slope(self.w[:, 0], self.w[:, 1], rules)",
)
G_MOVED = Phase(
    "G update",
    "G",
    "G has moved its point to where the line was higher.",
    equation="θ ← θ − lr_G · m_θ",
    code="self.w.copy_(dirac.g_move(self.w, g_slope, rules))",
)

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
    largest = eigenvalues(c.rules)[0]
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
    own = {f for f in (pull.real, pull.fake, pull.g) if f.__module__ == dirac.__name__}
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
