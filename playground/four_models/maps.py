"""p(x) of the VAE and of the diffusion model as maps, beside that of the data.

The card asks for log p where real points are, and the encoder knows which codes to try. A map also shows the places
between, where the encoder has never been: by its codes C would seem to have far too little there. So they come from
the prior,

    p(x) = E_z p(x | z),   z ~ N(0, I),   as a mean over 10 000 codes                               (1)

which is right on average everywhere, if grainy. The diffusion model is asked by its flow, as on the card. What two
densities have in common is

    overlap = integral of min(p, p_model) dx = 1 - TV(p, p_model)                                   (2)

and both it and the mass of a map are sums over its cells. The GANs have no map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.data.scores import log_density
from playground.diffusion.samplers import Denoiser
from playground.diffusion.schedule import Schedule
from playground.four_models.knobs import FourModelsConfig
from playground.four_models.nats import flow_log_p
from playground.four_models.trainer import FourModelsTrainer
from playground.gan.plane import NOISE_SEED
from playground.yardstick import middles

CODES = 10_000
FEWEST, MOST, FINENESS = 64, 112, 0.8  # cells in each direction, of which one is so large, in units of finest detail
PIECE = 128  # places at once: what trains meanwhile waits for them


@dataclass(frozen=True, eq=False)
class Copied:
    """C and D as they were at a round. means, sigma: a(z) of the codes, (CODES, 2), and the width around them."""

    config: FourModelsConfig
    step: int
    means: Tensor
    sigma: float
    denoise: Denoiser
    schedule: Schedule
    unit: float


def copied(trainer: FourModelsTrainer) -> Copied:
    """The worker may train meanwhile: then once more."""
    C, D = trainer.lanes["C"], trainer.lanes["D"]
    while True:
        step = trainer.step_count, C.step_count
        decoder, sigma, network = C.shown_decoder.copy(), C.sigma, D.average.copy()
        if step == (trainer.step_count, C.step_count):
            break
    own = torch.Generator().manual_seed(NOISE_SEED)
    codes = torch.randn(CODES, C.config.latent, generator=own).to(trainer.device)
    return Copied(trainer.config, step[0], decoder(codes), sigma, D.denoiser(network), D.schedule, D.ground.unit)


class Maps:
    """Finds both densities on a grid, piece by piece."""

    def __init__(self, trainer: FourModelsTrainer) -> None:
        self.held = copied(trainer)
        law = trainer.ruler.yardstick.target
        self.low, self.high = law.frame
        needed = math.ceil((self.high - self.low) / (FINENESS * law.detail))
        self.cells = min(max(needed, FEWEST), MOST)
        self.grid = torch.from_numpy(middles(self.low, self.high, self.cells))
        self.data = log_density(law, self.grid).exp().numpy()
        self.known: dict[str, list[np.ndarray]] = {"C": [], "D": []}
        self._work = self._measure()

    @property
    def share(self) -> float:
        return sum(len(part) for parts in self.known.values() for part in parts) / (2 * len(self.grid))

    def go_on(self) -> bool:
        """One piece more; False if there is none."""
        return next(self._work, False)

    def _measure(self) -> Iterator[bool]:
        for places in self.grid.split(PIECE):
            self.known["C"].append(self._decoded(places))
            yield True
        for places in self.grid.split(PIECE):
            x = places.to(self.held.means)
            log_p, _ = flow_log_p(self.held.denoise, self.held.schedule, x, self.held.unit)
            self.known["D"].append(np.exp(log_p))
            yield True

    def _decoded(self, places: Tensor) -> np.ndarray:
        """(1)."""
        means, sigma = self.held.means, self.held.sigma
        square = torch.cdist(places.to(means), means).square_()
        near = square.mul_(-1 / (2 * sigma**2)).exp_().mean(1)
        return near.numpy(force=True).astype(float) / (2 * math.pi * sigma**2)

    def density(self, letter: str) -> np.ndarray:
        """(cells, cells), row by row from below; NaN where it is not known yet."""
        found = np.full(len(self.grid), np.nan)
        known = np.concatenate([*self.known[letter], np.empty(0)])
        found[: len(known)] = known
        return found.reshape(self.cells, self.cells)

    @cached_property
    def cell(self) -> float:
        """Its area."""
        return ((self.high - self.low) / self.cells) ** 2

    def mass(self, letter: str) -> float:
        """How much of the model lies in the picture."""
        return float(np.nansum(self.density(letter))) * self.cell

    def overlap(self, letter: str) -> float:
        """(2)."""
        data = self.data.reshape(self.cells, self.cells)
        return float(np.nansum(np.minimum(self.density(letter), data))) * self.cell
