"""A diffusion model of points: of numbers on the line, or of pairs of them in the plane.

The path begins at x_0 = x / r, r being the root mean square of the data (1 for the coin): so the noise that it ends in
is about as wide as the data, whatever their size. Pictures and numbers are in the units of the data; scores, too, are
slopes in these units.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Snapshot
from playground.diffusion.embedding import Embedding
from playground.diffusion.ground import InPlane, OnLine, ground
from playground.diffusion.points_knobs import PointsConfig
from playground.diffusion.points_looking import MADE, Look, exact_moments, start
from playground.diffusion.points_still import Still, still
from playground.diffusion.samplers import Denoiser, Moment
from playground.diffusion.trainer import DiffusionTrainer
from playground.nets import MLP

FIRST = 0.04  # of T: there the data are noised, but not lost
ENDLESS = 1_000_000  # points that are as good as all of them


def first(T: int) -> int:
    """The time that is shown as long as nobody has chosen one."""
    return round(FIRST * T)


def prepare(config: PointsConfig) -> None:
    """Find out what is true whatever the network says: it takes a second for curves, and is kept."""
    known = still(ground(config), config.path(), config.prediction)
    known.find_out(first(config.T))
    if config.denoiser == "exact":
        exact_moments(known, config.sampler, config.steps, config.spacing, config.eta)


class PointsTrainer(DiffusionTrainer):
    config: PointsConfig

    def __init__(self, config: PointsConfig, device: str | torch.device = "auto") -> None:
        self.ground: InPlane | OnLine = ground(config)
        self.dim = self.ground.dim
        self.placed: float | None = None  # the time that the learner has chosen to see, of T; not part of the run
        self._look: Look | None = None
        self._way: tuple[tuple[Any, ...], list[Moment]] | None = None
        super().__init__(config, device)

    def draw_data(self) -> Tensor:
        drawn = self.ground.target.draw(self.config.points, self.generator)
        return (drawn / self.ground.unit).view(-1, self.dim)

    def networks(self) -> tuple[MLP, MLP, MLP]:
        c = self.config
        sizes = (self.see.width, *[c.width] * c.layers, self.dim)
        network = MLP(sizes, c.activation, "linear", self.generator, self.device)
        return network, network.copy(), network.copy()

    @cached_property
    def see(self) -> Embedding:
        c = self.config
        return Embedding(self.dim, c.octaves, c.embedding, c.T, self.device)

    # --- data and samples --------------------------------------------------------------------------------

    def in_data_units(self, x: Tensor) -> np.ndarray:
        return x.numpy(force=True) * self.ground.unit

    @property
    def data(self) -> np.ndarray:
        """(N, 2), or (N,) on the line."""
        x = self.in_data_units(self.real)
        return x if self.dim == 2 else x[:, 0]

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n generated points, (n, 2) or (n,), by the denoiser and the sampler that are set."""
        noise = torch.randn(n, self.dim, generator=torch.Generator().manual_seed(seed)).to(self.device)
        x = self.in_data_units(self.made(noise, self.guide, seed))
        return x if self.dim == 2 else x[:, 0].copy()

    @cached_property
    def start(self) -> Tensor:
        """The noise of the points that are looked at, (MADE, dim)."""
        return start(self.dim).to(self.device)

    @property
    def fair(self) -> float:
        """How many points a perfect generator would know: the data, and what sampling draws itself."""
        c = self.config
        drawn = self.dim == 2 or c.sampler == "ddpm" or (c.sampler == "ddim" and c.eta > 0)
        learned = c.denoiser == "network"
        return 1 / max(learned / c.points + drawn / MADE, 1 / ENDLESS)

    @property
    def guide(self) -> Denoiser:
        """Who is asked on the way from noise to data."""
        return self.still.exact if self.config.denoiser == "exact" else self.denoiser()

    # --- looking -----------------------------------------------------------------------------------------

    def place(self, name: str, x: float, y: float) -> None:
        """The handle on the curve of alpha-bar chooses the time that is shown."""
        if name == "time" and np.isfinite(x):
            self.placed = min(max(float(x), 0.0), 1.0)

    @property
    def t(self) -> int:
        """The time that is shown."""
        T = self.config.T
        return first(T) if self.placed is None else round(self.placed * T)

    @cached_property
    def still(self) -> Still:
        return still(self.ground, self.schedule, self.config.prediction)

    @property
    def seen(self) -> Look:
        """What the network that is shown makes with the sampler that is set; found out once."""
        c = self.config
        key = (self.looks, c.sampler, c.steps, c.spacing, c.eta, c.denoiser)
        if self._look is None or self._look.key != key:
            self._look = Look(self, key)
        return self._look

    @property
    def exact_way(self) -> list[Moment]:
        """That of the points with the exact denoiser and the sampler that is set; kept, whatever others ask for."""
        c = self.config
        chosen = (c.sampler, c.steps, c.spacing, c.eta)
        if self._way is None or self._way[0] != chosen:
            self._way = chosen, exact_moments(self.still, *chosen)
        return self._way[1]

    def scalars(self) -> dict[str, float]:
        return {"loss": self.loss, "loss_floor": float(self.still.least.mean()), **self.seen.numbers}

    def snapshot(self) -> Snapshot:
        then = self.still.then(self.t)
        seen = self.seen.at(then)
        numbers = self.scalars() | self.still.numbers | then.numbers | seen.numbers
        arrays = self.still.lasting | then.arrays | self.seen.arrays | seen.arrays
        arrays |= {"loss by t": self.loss_by_t(len(self.still.times))}
        return Snapshot(self.step_count, numbers, {name: array.copy() for name, array in arrays.items()})
