"""One step of a critic, part by part, and what is seen of it. The numbers are equations of `playground.critic`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.bounds import clip
from playground.core import Phase, Snapshot
from playground.critic.knobs import BOUNDS, CriticConfig
from playground.critic.norms import ExactNorm
from playground.critic.pairs import PAIRS, Pair, exact, of_points
from playground.critic.penalty import add_steep_slope_penalty, predicted, predicted_slope
from playground.critic.sight import LATTICE, LineSight, Measured, PlaneSight, stretch
from playground.gan.moves import add_unit_slope_penalty, between, d_gradient
from playground.losses import GAMES, Game
from playground.nets import MLP
from playground.optim import Adam
from playground.training import StepwiseTrainer

BETA1, BETA2 = 0.0, 0.9  # without momentum, as Gulrajani et al. 2017 train critics
SHOWN = 512  # points of p that stand for it as data

DREW = Phase("samples", "", "Fresh points of both laws are drawn.", equation="x from p,  y from q")
FOUND = Phase(
    "gradient",
    "",
    "The critic learns how to score points of p higher and points of q lower.",
    equation="maximise mean f(x) \u2212 mean f(y)",
    code="d_gradient(self.D, x, y, self.label, self.game, 0.0)",
)
MOVED = Phase(
    "update",
    "",
    "The critic has moved, and its bound has been put back in force.",
    equation="\u03b8 \u2190 \u03b8 + lr \u00b7 step",
    code="self.optimiser.step(self.config.lr, BETA1, BETA2)",
)


def prepare(config: CriticConfig) -> None:
    """What all runs on this pair of laws share, and what takes long the first time."""
    of_points(config.pair, config.distance)


class CriticTrainer(StepwiseTrainer):
    config: CriticConfig
    measure_every = 20

    def __init__(self, config: CriticConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        sizes = (self.pair.dim, *[config.width] * config.layers, 1)
        self.D = MLP(sizes, config.activation, "linear", self.generator, self.device)
        self.optimiser = Adam(self.D.flat, self.D.grad)
        self.norms = ExactNorm(self.D)
        half = torch.ones(config.batch, 1, device=self.device)
        self.label = torch.cat((half, half * 0))  # (2B, 1)
        if config.bound == "spectral norm":
            self.norms.start()

    @property
    def pair(self) -> Pair:
        return PAIRS[self.config.pair]

    @property
    def game(self) -> Game:
        return GAMES[BOUNDS[self.config.bound]]

    @property
    def w1(self) -> float:
        """Exact."""
        return exact(self.config.pair, self.config.distance)

    # --- training ----------------------------------------------------------------------------------------

    def batch(self) -> tuple[Tensor, Tensor]:
        """Fresh points of p and of q, (B, dim) each; the same in all lanes of a race."""
        return self.pair.draw(self.config.batch, self.config.distance, self.batches)

    @property
    def phase_count(self) -> int:
        return 3

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One step up in E_p f - E_q f, as far as the bound allows."""
        c = self.config
        x, y = self.batch()
        yield DREW
        d_gradient(self.D, x, y, self.label, self.game, 0.0)
        if c.bound == "gradient penalty":
            penalise = add_unit_slope_penalty if c.side == "two-sided" else add_steep_slope_penalty
            penalise(self.D, between(x, y, self.generator), c.penalty)
        yield FOUND
        if c.bound == "spectral norm":
            self.norms.project()
        self.optimiser.step(c.lr, BETA1, BETA2)
        if c.bound == "spectral norm":
            self.norms.normalise()
        elif c.bound == "clipping":
            clip(self.D, c.clip)
        yield MOVED
        self.step_count += 1

    def memory(self) -> dict[str, Tensor]:
        return {
            "D": self.D.flat,
            "D gradient": self.D.grad,
            "D optimiser m": self.optimiser.m,
            "D optimiser v": self.optimiser.v,
            "D singular vectors": self.norms.u,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "D moves": self.optimiser.t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.optimiser.t = counters["D moves"]

    def finite(self) -> bool:
        return bool(torch.isfinite(torch.dot(self.D.flat, self.D.flat)))

    def advice(self) -> str:
        lower = "the learning rate or the gradient penalty" if self.config.bound == "gradient penalty" else "the rate"
        return f"Lower {lower} and start again."

    @property
    def data(self) -> np.ndarray:
        return self._points(self._drawn(SHOWN, 0)[0])

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n points of q: the law that a generator would be. Returns (n,) or (n, 2)."""
        return self._points(self._drawn(n, seed)[1])

    def _drawn(self, n: int, seed: int) -> tuple[Tensor, Tensor]:
        return self.pair.draw(n, self.config.distance, torch.Generator(self.device).manual_seed(seed))

    def _points(self, x: Tensor) -> np.ndarray:
        numbers = x.numpy(force=True).astype(float)
        return numbers[:, 0].copy() if self.pair.dim == 1 else numbers.copy()

    # --- what is seen ------------------------------------------------------------------------------------

    @cached_property
    def sight(self) -> LineSight | PlaneSight:
        kind = LineSight if self.pair.dim == 1 else PlaneSight
        return kind(self.config.pair, self.config.distance, self.device)

    def scalars(self) -> dict[str, float]:
        return self._scalars(self.sight.measure(self.D))

    def _scalars(self, seen: Measured) -> dict[str, float]:
        low, high = of_points(self.config.pair, self.config.distance)
        return {
            "estimate": seen.estimate,
            "steepest": seen.steepest,
            "divided": seen.estimate / max(seen.steepest, 1e-12),
            "w1": self.w1,
            "predicted": predicted(self.w1, self.config.penalty),
            "predicted_slope": predicted_slope(self.w1, self.config.penalty),
            "points_low": low,
            "points_high": high,
        }

    def snapshot(self) -> Snapshot:
        found = self.sight.measure(self.D)
        seen = _EMPTY | self.sight.look(self.D, found)
        arrays = {name: np.array(array, dtype=np.float32) for name, array in seen.items()}
        numbers = {**self._scalars(found), **self.sight.frame, "stretch": 1.0}
        if isinstance(self.sight, PlaneSight):
            numbers["stretch"] = stretch(seen["pulls"], self.sight.apart)
        return Snapshot(self.step_count, numbers, arrays)


# what a pair on the line has none of, and the reverse
_EMPTY: dict[str, np.ndarray] = {
    **dict.fromkeys(("x", "f", "scaled", "best", "cells", "slope", "p", "q"), np.zeros(0)),
    **dict.fromkeys(("points p", "points q", "tails", "pulls"), np.zeros((0, 2))),
    **dict.fromkeys(("field", "steepness"), np.full(LATTICE, 0.5)),
}
