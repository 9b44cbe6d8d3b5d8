"""Noise to digits: what a network is asked, with guidance, and what a sampler and a decoder make of its answers.

Guidance leans on the difference that a label makes (Ho and Salimans 2021),

    f_w(x_t, t, y) = f(x_t, t, none) + w (f(x_t, t, y) - f(x_t, t, none))                           (1)

where w = 1 is what was learned and w = 0 hears no label. With another w than 1 each question is asked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.diffusion.digits.code import Decoder
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.network import NONE, See
from playground.diffusion.predictions import read
from playground.diffusion.samplers import Denoiser, Moment, calls, reverse, stops

CHUNK = 500  # digits that are decoded at a time
ON_THE_WAY = (
    1 << 20
)  # from the seed of the noise to that of what samplers draw: else the first draw would be that noise


@dataclass(frozen=True, eq=False)
class Sampling:
    """A network and a decoder with the knobs of sampling. asks_for: digits in turn; "" where nobody knows labels."""

    network: Callable[[Tensor], Tensor]  # of rows that `see` makes
    decoder: Decoder
    see: See
    config: DigitDiffusionConfig
    asks_for: str

    def labels(self, n: int, columns: int = 0) -> Tensor:
        """What n digits are to be, in turn; in rows of so many columns, each column the same. (n,)"""
        if not self.asks_for:
            return torch.full((n,), NONE)
        turn = torch.arange(n) % columns if columns else torch.arange(n)
        return torch.tensor([int(name) for name in self.asks_for])[turn % len(self.asks_for)]

    @property
    def questions(self) -> int:
        """How often the network is asked for one digit."""
        c = self.config
        guided = bool(self.asks_for) and c.guidance != 1
        return calls(c.sampler, min(c.steps, c.T)) * (2 if guided else 1)

    def denoiser(self, y: Tensor) -> Denoiser:
        """What the network believes of x_0 and e, asked for y, (n,)."""
        c, schedule = self.config, self.config.path()
        nobody = torch.full_like(y, NONE)
        guided = c.guidance != 1 and bool((y != NONE).any())

        def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
            said = self.network(self.see(x, t, y))
            if guided:
                alone = self.network(self.see(x, t, nobody))
                said = alone + c.guidance * (said - alone)  # (1)
            return read(c.prediction, x, said, schedule.level(t))

        return denoise

    def way(self, x: Tensor, y: Tensor, seed: int) -> Iterator[Moment]:
        """From noise x at T to codes of the digits y, by the sampler that is set. seed: of what it draws itself."""
        c, own = self.config, torch.Generator(x.device).manual_seed(seed + ON_THE_WAY)
        at = stops(c.T, c.steps, c.spacing)
        return reverse(self.denoiser(y.to(x.device)), c.path(), x, c.sampler, at, c.eta, own)

    def decoded(self, codes: Tensor) -> Tensor:
        """(n, 784) in [0, 1]."""
        return torch.cat([self.decoder(part) for part in codes.split(CHUNK)])

    def sample(self, n: int, seed: int) -> Tensor:
        """n digits, (n, 784) in [0, 1]."""
        *_, last = self.way(self.noise(n, seed), self.labels(n), seed)
        return self.decoded(last.x)

    def noise(self, n: int, seed: int) -> Tensor:
        """The same for each n and seed. (n, d)"""
        x = torch.randn(n, self.config.code, generator=torch.Generator().manual_seed(seed))
        return x.to(self.see.phi.device)
