"""What all models are measured by: points that nobody was trained on, and what a perfect generator would get.

SW1, coverage and the share within 3 sigma are those of `transport.py` and `regions.py`, of 2000 generated points: with
twice as many as in the lab of GANs luck is two thirds of what it is there, and models can be told apart that are all
good. "Near" is a distance of at most twice the median of a perfect generator.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from playground.data.scores import log_density
from playground.transport import SlicedW1
from playground.yardstick import REFERENCE, SEED, yardstick

MEASURED = 2000  # generated points
HELD_OUT = 256  # new real points, whose log p is asked for
HELD_OUT_SEED = 5  # of them; training has a generator of its own
NEAR = 2.0  # times the median distance of a perfect generator


class Quality(NamedTuple):
    """sw1: distance; covered: modes or regions; within, spread: as of `metrics.Coverage`, NaN without modes."""

    sw1: float
    covered: float
    within: float
    spread: float


class Ruler:
    """What stands still for one shape. held_out: (n, 2), log_p: (n,), the density of the shape there."""

    def __init__(self, target: str, noise: float, word: str, own: str) -> None:
        self.yardstick = yardstick(target, noise, word, own, 1.0, 0.0)
        law, source = self.yardstick.target, torch.Generator()
        self.distance = SlicedW1(law.draw(REFERENCE, source.manual_seed(SEED)), MEASURED)
        self.floor = self.distance.floor(lambda n: law.draw(n, source))  # 5 %, median, 95 % of a perfect generator
        self.near = NEAR * self.floor[1]
        self.held_out = law.draw(HELD_OUT, source.manual_seed(HELD_OUT_SEED))
        self.log_p = log_density(law, self.held_out.double()).numpy()

    @property
    def truth(self) -> float:
        """H of (1)."""
        return float(self.log_p.mean())

    @property
    def has_modes(self) -> bool:
        return self.yardstick.regions.are_modes

    @property
    def parts(self) -> int:
        """Modes, or regions where there are none."""
        return len(self.yardstick.regions)

    def measured(self, points: np.ndarray) -> Quality:
        """points: (MEASURED, 2)."""
        found = self.yardstick.regions.covered(points)
        return Quality(self.distance(points), float(found.covered), found.within, found.spread)


@lru_cache(maxsize=32)
def ruler(target: str, noise: float, word: str = "GAN", own: str = "") -> Ruler:
    return Ruler(target, noise, word, own)
