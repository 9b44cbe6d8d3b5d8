"""What a run shows at one moment, held still: it can be asked while the run goes on."""

from __future__ import annotations

import time
import weakref
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.diffusion.exact import Exact
from playground.diffusion.ground import InPlane, OnLine
from playground.diffusion.points import PointsTrainer
from playground.diffusion.points_knobs import PointsConfig
from playground.diffusion.predictions import read
from playground.diffusion.samplers import Denoiser, Moment, reverse, stops
from playground.diffusion.schedule import Schedule
from playground.nets import MLP

MOMENT = 1e-3  # seconds: as long as it takes to write a network


@dataclass(frozen=True, eq=False)
class Held:
    """step: at which the network was copied; start: the noise of the points that the stage shows, (n, d)."""

    config: PointsConfig
    step: int
    network: Denoiser
    exact: Exact
    ground: InPlane | OnLine
    schedule: Schedule
    start: Tensor

    @cached_property
    def chosen(self) -> Denoiser:
        """Who is asked, as the knob says."""
        return self.exact if self.config.denoiser == "exact" else self.network

    def turned(self, config: PointsConfig) -> Held:
        """With other live knobs."""
        return replace(self, config=config)

    def moments(
        self,
        denoise: Denoiser,
        start: Tensor,
        sampler: str,
        steps: int,
        eta: float = 0.0,
        seed: int = 0,
    ) -> Iterator[Moment]:
        """One at a time, at times that are spaced as the knob says."""
        at = stops(self.schedule.T, steps, self.config.spacing)
        own = torch.Generator(start.device).manual_seed(seed)
        return reverse(denoise, self.schedule, start, sampler, at, eta, own)

    def density(self, points: np.ndarray, t: int) -> np.ndarray:
        """The exact one of noised data at places in data units, (n, d). Returns (n,)."""
        x = torch.from_numpy(np.ascontiguousarray(points, float)) / self.ground.unit
        return np.exp(self.exact.log_density(x, t).numpy()) / self.ground.unit**self.ground.dim

    def in_data_units(self, x: Tensor | Sequence[Tensor]) -> np.ndarray:
        whole = x if isinstance(x, Tensor) else torch.stack(list(x))
        return whole.numpy(force=True).astype(float) * self.ground.unit


def held(trainer: PointsTrainer) -> Held:
    """The network that is shown now."""
    step, network = _shown(trainer)
    kind, see, path = trainer.config.prediction, trainer.see, trainer.schedule

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:  # knows nothing of the trainer: that may be thrown away
        return read(kind, x, network(see(x, t)), path.level(t))

    return replace(without_network(trainer), step=step, network=denoise)


def without_network(trainer: PointsTrainer) -> Held:
    """What is true whatever the network says: in its place, too, is the exact denoiser."""
    exact = trainer.still.exact
    return Held(trainer.config, trainer.looked, exact, exact, trainer.ground, trainer.schedule, trainer.start)


def _shown(trainer: PointsTrainer) -> tuple[int, MLP]:
    """A copy, and its step. The worker may put another network there meanwhile: then again."""
    while True:
        looks = trainer.looks
        if looks % 2 == 0:
            assert isinstance(trainer.shown, MLP)
            step, copy = trainer.looked, trainer.shown.copy()
            if trainer.looks == looks:
                return step, copy
        time.sleep(MOMENT)


def asked(trainer: PointsTrainer) -> Hashable:
    """Equal as long as the same denoiser is asked. What is kept by it keeps no trainer alive."""
    return weakref.ref(trainer), trainer.looks if trainer.config.denoiser == "network" else None
