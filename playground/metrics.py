"""What is measured on samples: modes covered, right answers, histograms and smooth densities.

Coverage counts what a picture of separate blobs shows. A sample belongs to the nearest centre, and lies
within it if it is no more than 3 sigma away. Of a round normal blob in the plane

    P(|x - c| <= 3 sigma) = 1 - exp(-9/2) = .989                                            (1)
    sd of a coordinate within = sigma sqrt(1 - (9/2) exp(-9/2) / (1 - exp(-9/2))) = .974 sigma   (2)

so a perfect generator has 98.9 of 100 samples within, spread as in (2).

    kernel density   p(x) = 1/n sum_i phi((x - x_i) / h) / h                                (3)
    Silverman        h = sd (4 / 3n)^(1/5), the best h if p is normal                       (4)
    total variation  TV(p, q) = 1/2 sum_j |p_j - q_j|, the share of mass in the wrong bin   (5)

Reference: Silverman 1986 (3, 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

WITHIN = 3.0  # sigmas that belong to a mode
_TAIL = math.exp(-(WITHIN**2) / 2)
TRUNCATED_SD = math.sqrt(1 - WITHIN**2 / 2 * _TAIL / (1 - _TAIL))  # equation (2), in units of sigma
LEAST_SHARE = 0.02  # of all samples in a mode that counts as covered, or ...
LEAST_OF_FAIR = 0.25  # ... of what each mode would get if all had the same, whichever is less


@dataclass(frozen=True)
class Coverage:
    covered: int  # modes that enough samples lie within
    within: float  # the share of samples that lie within their nearest mode
    spread: float  # how wide the covered modes are: 1 like the real ones, 0 a point; NaN if none is covered


def coverage(x: np.ndarray | Tensor, centres: np.ndarray, sigma: float) -> Coverage:
    """Modes that x covers, equations (1) and (2). x: (n, 2), centres: (k, 2), k > 0; all modes have the same sigma."""
    points = x.detach().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
    x1, x2 = np.ascontiguousarray(points.T, float)
    k, reach = len(centres), WITHIN * sigma
    nearest = (points @ (-2 * centres.T) + (centres**2).sum(1)).argmin(1)  # |x - c|^2, less what all centres share
    x1, x2 = x1 - centres[:, 0][nearest], x2 - centres[:, 1][nearest]
    square = x1 * x1 + x2 * x2
    near = (square <= reach * reach).astype(float)

    count, sum1, sum2, squares = (np.bincount(nearest, near * v, k) for v in (1, x1, x2, square))
    covered = (count > 0) & (count >= min(LEAST_SHARE, LEAST_OF_FAIR / k) * len(points))
    n = np.maximum(count, 2)
    variance = np.maximum(squares - (sum1**2 + sum2**2) / n, 0) / (2 * (n - 1))
    measured = variance[covered & (count > 1)]  # one point has no spread
    spread = np.median(np.sqrt(measured)) / (sigma * TRUNCATED_SD) if len(measured) else math.nan
    return Coverage(int(covered.sum()), float(near.mean()), float(spread))


def accuracy(real_scores: np.ndarray, fake_scores: np.ndarray, threshold: float = 0.0) -> float:
    """How often D is right if it calls real what scores above the threshold. 1/2 is guessing.

    Real and generated count the same, however many there are of each; a score on the threshold is half right.
    """
    real, fake = np.asarray(real_scores, float) - threshold, np.asarray(fake_scores, float) - threshold
    return float((np.sign(real).mean() - np.sign(fake).mean()) / 4 + 0.5)


def total_variation_histogram(counts: np.ndarray, probabilities: np.ndarray, n: int | None = None) -> float:
    """Equation (5) between a histogram and what its bins hold in truth. Any shape, the same for both.

    n: the number of samples, if some lie in none of the bins; all that is outside counts as one more bin.
    """
    counts, probabilities = np.asarray(counts, float), np.asarray(probabilities, float)
    n = int(counts.sum()) if n is None else n
    outside = abs((n - counts.sum()) / n - (1 - probabilities.sum()))
    return float((np.abs(counts / n - probabilities).sum() + outside) / 2)


def cell_masses(density: Callable[[np.ndarray], np.ndarray], edges: np.ndarray, nodes: int = 8) -> np.ndarray:
    """What each cell of a square grid holds, by Gauss-Legendre quadrature. Returns (rows, columns): y, x.

    density: (n, 2) -> (n,). edges: (k + 1,), on both axes. Exact as long as the density is smooth on the scale
    of a cell divided by `nodes`.
    """
    at, weights = np.polynomial.legendre.leggauss(nodes)
    width = np.diff(edges)
    x = (edges[:-1, None] + width[:, None] * (at + 1) / 2).ravel()  # (k * nodes,)
    held = np.empty((len(width), len(width)))
    for row, y in enumerate(x.reshape(-1, nodes)):  # one row of cells at a time: a whole fine grid is a lot of memory
        values = density(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)).reshape(nodes, len(width), nodes)
        held[row] = np.einsum("ibj,i,j->b", values, weights, weights)
    return held * np.outer(width, width) / 4


def bandwidth(samples: np.ndarray) -> float:
    """Silverman's rule, equation (4). samples: (n,), n > 1."""
    return float(np.std(samples, ddof=1) * (4 / (3 * len(samples))) ** 0.2)


def kde(samples: np.ndarray, x: np.ndarray, h: float | None = None) -> np.ndarray:
    """The kernel density at each x, equation (3), with Silverman's bandwidth unless given. samples: (n,), x: (m,)."""
    h = bandwidth(samples) if h is None else h
    u = (np.asarray(x, float)[:, None] - np.asarray(samples, float)) / h  # (m, n)
    return np.exp(-(u * u) / 2).mean(1) / (h * math.sqrt(2 * math.pi))
