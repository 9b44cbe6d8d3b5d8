"""Whether a loss follows quality: the rank correlation of two curves, and what chance alone would reach.

With R and S the ranks of x_1 ... x_n and y_1 ... y_n (equal values share their mean rank), less their means,

    rho = sum_i R_i S_i / sqrt(sum_i R_i^2  sum_i S_i^2)                                            (1)

Neighbouring measurements of one run resemble each other, so n of them do not count as n. With a_k and b_k the
correlations of R and of S with themselves k measurements later, they count as

    m = n / (1 + 2 sum_k (1 - k / n) a_k b_k),   k = 1 ... n / 2,   between 3 and n                 (2)

    a_k = n / (n - k)  sum_i R_i R_(i+k) / sum_i R_i^2

Two curves that have nothing to do with each other then have |rho| below

    1.645 / sqrt(m - 1),   at most 1                                                                (3)

in nine of ten cases. Curves that merely both fall are outside of it, and say nothing more than that.

References: Spearman 1904 (1), Pyper and Peterman 1998 after Bartlett 1946 (2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FEWEST = 8  # measurements that a correlation is computed of
LEAST = 3.0  # that they count as
NINE_OF_TEN = 1.645  # standard deviations of a normal distribution


@dataclass(frozen=True)
class Agreement:
    """rho: (1), NaN of too few measurements; count: (2); chance: (3)."""

    rho: float
    count: float
    chance: float


NOTHING = Agreement(math.nan, 0.0, 1.0)


def agreement(x: np.ndarray, y: np.ndarray) -> Agreement:
    """Of two curves (n,), measured at the same steps."""
    if len(x) < FEWEST:
        return NOTHING
    R, S = ranks(x), ranks(y)
    length = math.sqrt((R @ R) * (S @ S))
    if not length:  # a curve that stays where it is
        return NOTHING
    count = _count(R, S)
    return Agreement(float(R @ S) / length, count, min(NINE_OF_TEN / math.sqrt(count - 1), 1.0))


def ranks(x: np.ndarray) -> np.ndarray:
    """Less their mean: (n,)."""
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    middle: np.ndarray = np.cumsum(times) - (times + 1) / 2
    return middle[place] - (len(x) - 1) / 2


def _count(R: np.ndarray, S: np.ndarray) -> float:
    """(2)."""
    n = len(R)
    k = np.arange(1, n // 2 + 1)
    a, b = (np.correlate(x, x, "full")[n - 1 + k] / (x @ x) * n / (n - k) for x in (R, S))
    inflation = 1 + 2 * float(((1 - k / n) * a * b).sum())
    return min(max(n / inflation, LEAST), n) if inflation > 0 else float(n)
