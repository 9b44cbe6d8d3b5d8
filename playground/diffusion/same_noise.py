"""The same noise through several samplers: do they end at the same points?

Without noise on the way x_0 is a function of x_T. DDIM, Heun and DPM++ follow the same flow in other steps, so their
ends come together as the steps become shorter. DDPM, and DDIM with eta = 1, draw noise at each step and forget where
they began: two runs from the same noise end nearly as far apart as two points that have nothing to do with each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.data.line import normal_quantile
from playground.diffusion.held import Held

WAYS = 10  # that are drawn
COUNTED = 200  # that distances are means of
SEED = 6
REFERENCE = "Heun"  # of the ways without noise, the one that follows the flow most closely
SAMPLERS = {  # sampler, eta, seed of what is drawn on the way
    "DDPM": ("ddpm", 0.0, 0),
    "DDIM, eta 1": ("ddim", 1.0, 1),  # with what DDPM draws it would go the same way
    "DDIM, eta 0": ("ddim", 0.0, 0),
    "Heun": ("heun", 0.0, 0),
    "DPM++": ("dpm++", 0.0, 0),
}
DRAWING, STRAIGHT = ("DDPM", "DDIM, eta 1"), ("DDIM, eta 0", "Heun", "DPM++")


class Apart(NamedTuple):
    """A mean distance, and its standard error."""

    mean: float
    error: float


class SameNoise:
    """Sends the same noise through all samplers, a step at a time. times: at which the ways are known."""

    def __init__(self, held: Held, steps: int) -> None:
        self.held, self.steps = held, min(steps, held.schedule.T)
        self.start = start(held)
        self.times: list[int] = []
        self.ways: dict[str, np.ndarray] = {}  # (stops, COUNTED, d) in data units
        self._done = 0
        self._work = self._measure()

    @property
    def share(self) -> float:
        return self._done / (self.steps * len(SAMPLERS))

    def go_on(self) -> bool:
        """One step more; False if there is none."""
        return next(self._work, False)

    def _measure(self) -> Iterator[bool]:
        for name, (sampler, eta, seed) in SAMPLERS.items():
            before, seen = self._done, []
            for moment in self.held.moments(self.held.chosen, self.start, sampler, self.steps, eta, seed):
                seen.append(moment)
                if moment.t:
                    self._done = before + len(seen) - 1
                    yield True
            self.times = [moment.t for moment in seen]
            self.ways[name] = self.held.in_data_units([moment.x for moment in seen])
            self._done = before + self.steps  # only now: others look meanwhile

    def apart(self, one: str, other: str) -> Apart:
        """The ends of two samplers, point by point."""
        return _apart(self.ways[one][-1], self.ways[other][-1])

    def strangers(self) -> Apart:
        """Two real points that have nothing to do with each other."""
        drawn = self.held.ground.target.draw(2 * COUNTED, torch.Generator().manual_seed(SEED)).numpy().astype(float)
        one, other = drawn.reshape(2, COUNTED, -1)
        return _apart(one, other)


def start(held: Held) -> Tensor:
    """The noise, (COUNTED, d). On the line the ways that are drawn begin evenly spread."""
    like = held.start
    noise = torch.randn(COUNTED, like.shape[1], generator=torch.Generator().manual_seed(SEED))
    if like.shape[1] == 1:
        noise[:WAYS, 0] = torch.from_numpy(normal_quantile((np.arange(WAYS) + 0.5) / WAYS))
    return noise.to(like)


def _apart(one: np.ndarray, other: np.ndarray) -> Apart:
    away = np.linalg.norm(one - other, axis=1)
    return Apart(float(away.mean()), float(away.std(ddof=1)) / math.sqrt(len(away)))
