"""The Dirac GAN in motion: the game from a start of the learner's choice, and from some others beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.dirac import game
from playground.dirac.balance import eigenvalues
from playground.dirac.game import Rules
from playground.dirac.knobs import CRITICS, GP, DiracConfig
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


@lru_cache(maxsize=256)
def way(theta: float, psi: float, rules: Rules) -> np.ndarray:
    """The path from the handle: computed anew only when that or a knob has been moved."""
    return game.path(theta, psi, AHEAD, rules)


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
        """(4): D's move and G's, each with its gradient; `game.moved` is the same without pauses."""
        rules = self.config.rules
        g_slope = None
        if rules.simultaneous and len(players) > 1:
            g_slope = game.g_slope(self.w[:, 0], self.w[:, 1], rules)
            yield G_FEELS
        if "D" in players:
            slope = game.d_slope(self.w[:, 0], self.w[:, 1], rules)
            yield D_FEELS
            self.w.copy_(game.d_move(self.w, slope, rules))
            yield D_MOVED
        if "G" in players:
            if g_slope is None:
                g_slope = game.g_slope(self.w[:, 0], self.w[:, 1], rules)
                yield G_FEELS
            self.w.copy_(game.g_move(self.w, g_slope, rules))
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
        g, d = game.g_slope(at[:, 0], at[:, 1], rules), game.d_slope(at[:, 0], at[:, 1], rules)
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
    code="slope = game.d_slope(self.w[:, 0], self.w[:, 1], rules)",
)
D_MOVED = Phase(
    "D update",
    "D",
    "D has tilted its line: the score of G's point goes down.",
    equation="ψ ← ψ − lr_D · m_ψ",
    code="self.w.copy_(game.d_move(self.w, slope, rules))",
)
G_FEELS = Phase(
    "G gradient",
    "G",
    "G looks at D's line: its slope says which way the score rises.",
    equation="∂L_G/∂θ",
    code="g_slope = game.g_slope(self.w[:, 0], self.w[:, 1], rules)",
)
G_MOVED = Phase(
    "G update",
    "G",
    "G has moved its point to where the line was higher.",
    equation="θ ← θ − lr_G · m_θ",
    code="self.w.copy_(game.g_move(self.w, g_slope, rules))",
)
