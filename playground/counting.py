"""What counts tell of a density: the error of a histogram, known exactly, and the kernel density of binned data.

A histogram of n samples puts c_k of them into bin k, which holds the probability p_k. Its distance from p is the
total variation

    TV = 1/2 sum_k |c_k / n - p_k|                                                                  (1)

Each c_k is binomial, and de Moivre knew how far a binomial count strays from its mean on average,

    E|c - n p| = 2 (m + 1) C(n, m + 1) p^(m + 1) (1 - p)^(n - m),   m = floor(n p)                  (2)

so that the expectation of (1) is half the sum of (2) over the bins, divided by n. For large n it is

    E TV = 1/2 sum_k sqrt(2 p_k (1 - p_k) / (pi n))                                                 (3)

which falls as n^-1/2, whatever p is. A kernel density puts a normal bump of width h on every sample,

    p_h(x) = 1/n sum_i phi((x - x_i) / h) / h                                                       (4)

Its expectation is not p but p blurred by the bump, p * phi_h: that part of its error does not depend on luck, and
only a smaller h makes it smaller. Silverman's rule lets h shrink slowly,

    h = .9 min(sd, IQR / 1.34) n^-1/5                                                               (5)

In the plane, where the bump is round and divided by h^2, his rule for one normal hill is

    h = sd n^-1/6                                                                                   (6)

with sd^2 the mean of the variances of both coordinates.
"""

from __future__ import annotations

import math

import numpy as np
import torch

IQR_OF_NORMAL = 1.34  # the interquartile range of a normal is so many of its standard deviations


def expected_variation(p: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The expectation of (1), exactly, by (2). p: (bins,) probabilities; n: (k,) whole numbers. Returns (k,)."""
    p = p[(p > 0) & (p < 1)]  # a count that is certain does not stray
    n = np.asarray(n, float)[:, None]  # (k, 1)
    m = np.floor(n * p)  # (k, bins)
    log_choose = _log_factorial(n) - _log_factorial(m + 1) - _log_factorial(n - m - 1)
    strays = 2 * np.exp(np.log(m + 1) + log_choose + (m + 1) * np.log(p) + (n - m) * np.log1p(-p))
    return (strays / n).sum(1) / 2


def _log_factorial(k: np.ndarray) -> np.ndarray:
    return torch.lgamma(torch.from_numpy(k + 1)).numpy()


def silverman(sd: float, iqr: float, n: float) -> float:
    """Equation (5). sd, iqr: of the samples."""
    return 0.9 * min(sd, iqr / IQR_OF_NORMAL) * float(n) ** -0.2


def silverman_plane(sd: float, n: float) -> float:
    """Equation (6)."""
    return sd * float(n) ** (-1 / 6)


def blur(mass: np.ndarray, width: float) -> np.ndarray:
    """Spread the mass of equal cells by a normal kernel, equation (4) for counts. width: h in cells, 1 or more.

    mass: (..., cells); each row is spread by itself, so that twice, along and across, is a round kernel.

    Convolving is multiplying the Fourier transforms, and that of the kernel is exp(-(2 pi f h)^2 / 2). What is spread
    beyond the ends is lost; as many empty cells again keep it from coming round. Returns the mass of each cell
    afterwards: divided by the length of a cell, the density at its middle.
    """
    cells = mass.shape[-1]
    kernel = np.exp(-((2 * math.pi * width * np.fft.rfftfreq(2 * cells)) ** 2) / 2)
    spread = np.fft.irfft(np.fft.rfft(mass, 2 * cells) * kernel, 2 * cells)[..., :cells]
    return np.maximum(spread, 0)  # the transform leaves 1e-17 below 0


def quartiles(counts: np.ndarray, edges: np.ndarray) -> tuple[float, float]:
    """The lower and upper quartile of binned data, each bin's filled evenly. counts: (n,), edges: (n + 1,)."""
    total = np.concatenate(([0.0], np.cumsum(counts)))
    low, high = np.interp([0.25 * total[-1], 0.75 * total[-1]], total, edges)
    return float(low), float(high)
