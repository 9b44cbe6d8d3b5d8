"""What is measured on samples: modes covered, right answers.

Coverage counts what a picture of separate blobs shows. A sample belongs to the nearest centre, and lies
within it if it is no more than 3 sigma away. Of a round normal blob in the plane

    P(|x - c| <= 3 sigma) = 1 - exp(-9/2) = .989                                            (1)
    sd of a coordinate within = sigma sqrt(1 - (9/2) exp(-9/2) / (1 - exp(-9/2))) = .974 sigma   (2)

so a perfect generator has 98.9 of 100 samples within, spread as in (2).
"""

from __future__ import annotations

import math
import statistics
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
    home = nearest(points, centres)
    x1, x2 = x1 - centres[:, 0][home], x2 - centres[:, 1][home]
    square = x1 * x1 + x2 * x2
    near = (square <= reach * reach).astype(float)

    count, sum1, sum2, squares = (np.bincount(home, near * v, k) for v in (1, x1, x2, square))
    covered = (count > 0) & (count >= min(LEAST_SHARE, LEAST_OF_FAIR / k) * len(points))
    n = np.maximum(count, 2)
    variance = np.maximum(squares - (sum1**2 + sum2**2) / n, 0) / (2 * (n - 1))
    measured = variance[covered & (count > 1)]  # one point has no spread
    spread = statistics.median(np.sqrt(measured).tolist()) / (sigma * TRUNCATED_SD) if len(measured) else math.nan
    return Coverage(int(covered.sum()), float(near.sum()) / len(points), spread)


def nearest(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Which centre each of x is nearest to. x: (n, 2), centres: (k, 2). Returns (n,)."""
    return (x @ (-2 * centres.T) + (centres**2).sum(1)).argmin(1)  # |x - c|^2, less what all centres share


def accuracy(real_scores: np.ndarray, fake_scores: np.ndarray, threshold: float = 0.0) -> float:
    """How often D is right if it calls real what scores above the threshold. 1/2 is guessing.

    Real and generated count the same, however many there are of each; a score on the threshold is half right.
    """
    real, fake = (np.sign(np.asarray(scores) - threshold).sum() / len(scores) for scores in (real_scores, fake_scores))
    return float(real - fake) / 4 + 0.5
