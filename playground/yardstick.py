"""What a generator in the plane is measured against: fresh real points, and what a perfect generator would get.

Nothing here depends on a model or on chance in training, so that one yardstick serves every run on the same shape.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import torch

from playground.data import plane
from playground.data.plane import PlaneTarget
from playground.regions import Regions
from playground.transport import SlicedW1

SHOWN = 500  # real points on the page
MEASURED = 1000  # generated points in a measurement
REFERENCE = 20_000  # fresh real points that stand for p
FEWEST, MOST = 48, 176  # cells of the density's picture ...
FINENESS = 0.9  # ... of which one is so large, in units of the shape's finest detail
OUTER, INNER = 0.25, 0.75  # values of that picture along the lines that enclose 95 % and 50 % of the mass
FLAT = 1.05  # a density that hardly rises from one line to the other has nothing but an edge
SEED = 2  # of the points; training has a generator of its own
HEART = plane.points_to_text(plane.heart(120))  # as long as the learner has not drawn anything


class Yardstick:
    def __init__(self, target: PlaneTarget) -> None:
        self.target = target
        reference = self._draw(REFERENCE, SEED)
        self.real = reference[:SHOWN].copy()
        self.width = float(np.hypot(*reference.std(0)))  # the root of the summed variances
        self.distance = SlicedW1(reference, MEASURED)
        self.regions = Regions(target, reference)

    def _draw(self, n: int, seed: int) -> np.ndarray:
        return self.target.draw(n, torch.Generator().manual_seed(seed)).numpy()

    @cached_property
    def floor(self) -> tuple[float, float, float]:
        """SW1 of a perfect generator: 5 %, median, 95 %."""
        own = torch.Generator().manual_seed(SEED + 1)
        return self.distance.floor(lambda n: self.target.draw(n, own))

    @cached_property
    def p(self) -> np.ndarray:
        """A picture of the density on its box, as bytes: its logarithm, with OUTER and INNER where those lines run.

        It is empty where nobody knows the density, as of a learner's own points, and where the finest detail is finer
        than a cell: lines through it would enclose anything.
        """
        low, high = self.target.box
        needed = (high - low) / (FINENESS * self.target.detail)
        outer, inner = plane.density_levels(self.target)
        if not np.isfinite(outer) or needed > MOST + 1:
            return np.zeros((2, 2), np.uint8)
        cells = int(max(FEWEST, np.ceil(needed)))
        p = self.target.density(middles(low, high, cells)).reshape(cells, cells)
        if inner > FLAT * outer:
            with np.errstate(divide="ignore"):
                share = OUTER + (INNER - OUTER) * np.log(p / outer) / np.log(inner / outer)
        else:
            share = (p > outer / 2).astype(float)
        return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)


@lru_cache(maxsize=32)
def yardstick(name: str, noise: float, word: str, own: str, scale: float, shift: float) -> Yardstick:
    """That of a shape as the settings describe it; what is not a whole point or word is left out."""
    whole = own[: len(own) // 4 * 4] or HEART
    found = plane.target(name, noise, word or "GAN", whole)
    return Yardstick(plane.Moved(found, scale, shift) if scale != 1 or shift else found)


def middles(low: float, high: float, cells: int) -> np.ndarray:
    """The middles of the cells of a square grid, row by row from below: (cells^2, 2)."""
    ticks = low + (np.arange(cells) + 0.5) * (high - low) / cells
    return np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
