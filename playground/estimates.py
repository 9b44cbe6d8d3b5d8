"""What counts of samples say of a density, on the line and in the plane, beside what is exactly known of it.

The line is cut into `CELLS` fine cells, and a histogram's bins are whole numbers of them. So one set of counts gives

    histogram        p_hat(x) = c_k / (n w_k)   for x in bin k of width w_k with c_k samples        (1)
    kernel density   p_h(x) = 1/n sum_i phi((x - x_i) / h) / h                                      (2)

for any number of bins and any h: as the cells are much narrower than h, (2) from the counts is (2) from the samples.
The distance of a density q from p is

    TV = 1/2 integral |q(x) - p(x)| dx                                                              (3)

A square of the plane is cut into cells, too. There the kernel is round, which is one along times one across,

    kernel density   p_h(x) = 1/n sum_i exp(-|x - x_i|^2 / 2 h^2) / (2 pi h^2)                      (4)

All that is outside of the square counts as one more cell: a sample out there stays there with its whole bump, and a
bump of one inside that reaches over the edge is outside with that part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.counting import blur, quartiles, silverman
from playground.data.line import LineTarget
from playground.theory import total_variation

CELLS = 8192  # the middle half of them is on show


@dataclass(frozen=True)
class Estimate:
    """What the samples say. Masses are probabilities; cells and bins include what lies beyond them on both sides."""

    shares: np.ndarray  # (bins + 2,): c_k / n
    histogram: np.ndarray  # (CELLS + 2,): the mass of each cell by (1)
    kernel: np.ndarray  # (CELLS,): the same by (2)
    h: float


class Cells:
    """The fine cells over a target's range, for one number of bins and one width of the kernel.

    width: in units of Silverman's rule.
    """

    def __init__(self, target: LineTarget, bins: int, width: float) -> None:
        self.target, self.bins, self.width = target, bins, width
        low, high = target.window
        self.domain = low - (high - low) / 2, high + (high - low) / 2
        self.size = (self.domain[1] - self.domain[0]) / CELLS
        self.edges = np.linspace(*self.domain, CELLS + 1)
        self.first = CELLS // 4 + np.rint(np.linspace(0, CELLS // 2, bins + 1)).astype(int)  # the bins' edges
        self.bin_edges = self.edges[self.first]

    # --- exactly known ---------------------------------------------------------------------------------

    @cached_property
    def mass(self) -> np.ndarray:
        """The probability below the cells, in each, and above. (CELLS + 2,)"""
        return np.diff(np.concatenate(([0.0], self.target.cumulative(self.edges), [1.0])))

    @cached_property
    def bin_mass(self) -> np.ndarray:
        """The probability to the left of all bins, in each, and to the right. (bins + 2,)"""
        return self.gather(self.mass)

    @cached_property
    def iqr(self) -> float:
        """The interquartile range of p."""
        low, high = self.target.quantile(np.array([0.25, 0.75]))
        return float(high - low)

    @cached_property
    def flattened(self) -> float:
        """How far p is from itself with each bin's mass spread evenly, by (3): the part of (1) that is not luck."""
        return total_variation(self.level(self.bin_mass), self.mass)

    def blurred(self, n: float) -> float:
        """How far p is from itself behind a bump of the width for n samples: the part of (2) that is not luck."""
        h = self.width * silverman(self.target.sd, self.iqr, n)
        return total_variation(self.spread(self.mass[1:-1], h), self.mass[1:-1])

    # --- from the samples ------------------------------------------------------------------------------

    def estimate(self, counts: np.ndarray, sd: float) -> Estimate:
        """counts: (CELLS + 2,); sd: the standard deviation of the samples."""
        shares = counts / counts.sum()
        low, high = quartiles(counts[1:-1], self.edges)
        h = self.width * silverman(sd, high - low, counts.sum())
        by_bin = self.gather(shares)
        return Estimate(by_bin, self.level(by_bin), self.spread(shares[1:-1], h), h)

    def errors(self, found: Estimate) -> dict[str, float]:
        """How far the shares are from the bins' probabilities, and both densities from p, by (3)."""
        return {
            "counts": total_variation(found.shares, self.bin_mass),
            "histogram": total_variation(found.histogram, self.mass),
            "kernel": total_variation(found.kernel, self.mass[1:-1]),
        }

    # --- between cells and bins ------------------------------------------------------------------------

    def gather(self, cells: np.ndarray) -> np.ndarray:
        """Sums over what lies to the left of all bins, over each bin, and to the right. (CELLS + 2,) -> (bins + 2,)"""
        return np.add.reduceat(cells, np.concatenate(([0], self.first + 1)))

    def level(self, shares: np.ndarray) -> np.ndarray:
        """The mass of each cell if that of each bin is spread evenly. (bins + 2,) -> (CELLS + 2,)

        Beyond the bins a histogram says nothing, so there p stands in for its shape.
        """
        level = self.mass.copy()
        sizes = np.diff(self.first)
        level[1 + self.first[0] : 1 + self.first[-1]] = np.repeat(shares[1:-1] / sizes, sizes)
        return level

    def spread(self, mass: np.ndarray, h: float) -> np.ndarray:
        """The mass of each cell behind bumps of width h; a cell is the narrowest that can be told. (CELLS,)"""
        return blur(mass, max(h / self.size, 1.0))

    def shown(self, points: int) -> slice:
        """Every so many cells of the middle half: a curve of at least that many points less one."""
        return slice(CELLS // 4, 3 * CELLS // 4 + 1, CELLS // 2 // (points - 1))


# In the plane


@dataclass(frozen=True)
class PlaneEstimate:
    """What the samples say in the plane. Masses are probabilities. Row 0 is at the bottom."""

    bins: np.ndarray  # (bins, bins): c_k / n
    kernel: np.ndarray  # (cells, cells): the mass of each cell by (4)
    h: float


def plane_estimate(shares: np.ndarray, bins: int, size: float, h: float) -> PlaneEstimate:
    """shares: (cells, cells), of all samples; bins: each way; size: of a cell."""
    return PlaneEstimate(gathered(shares, bins), smeared(shares, size, h), h)


def gathered(mass: np.ndarray, bins: int) -> np.ndarray:
    """The mass of so many bins each way, each a whole number of cells. Returns (bins, bins)."""
    cells = len(mass) // bins
    return mass.reshape(bins, cells, bins, cells).sum((1, 3))


def smeared(mass: np.ndarray, size: float, h: float) -> np.ndarray:
    """The mass of each cell behind round bumps of width h; a cell is the narrowest that can be told."""
    width = max(h / size, 1.0)
    return blur(blur(mass, width).T, width).T


def apart(q: np.ndarray, p: np.ndarray) -> float:
    """(3) between densities that are flat on every cell, and with all that is outside as one cell more."""
    return total_variation(q, p) + abs(float(q.sum() - p.sum())) / 2
