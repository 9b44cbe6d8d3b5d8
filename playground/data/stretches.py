"""A straight stretch with normal noise: how much of it is at x, and which way it lies, however far x is.

In units of sigma, a stretch from 0 to L that is seen from u holds the mass

    D = Phi(u) - Phi(u - L) = phi(h) [R(h) - exp(-L |m|) R(h + L)],   m = u - L/2,   h = |m| - L/2      (1)
    d log D / du = -+ (phi(h) - phi(h + L)) / D                                                     (2)

with Mills' ratio R(h) = (1 - Phi(h)) / phi(h). h is how far u lies beyond the nearer end, and negative above the
stretch. What is in brackets in (1) never underflows. Up to h = 25 it is a difference of two erfc, beyond it a series,

    R(h) = 1/h (1 - 1/h^2 + 3/h^4 - 15/h^6 + 105/h^8 - 945/h^10 + ...)                              (3)
    1 / R(h) - h = 1/h (1 - 2/h^2 + 10/h^4 - 74/h^6 + 706/h^8 - 8162/h^10 + ...)                    (4)

whose next term is below 2e-12; (4) is right to 2e-11. Relative to itself, D is right to 1e-16 / L: fewer and fewer
digits, the shorter the stretch. But one of L < `SHORT` is as good as three points, the nodes of Gauss and Legendre's
rule, which leaves

    5e-7 (L m)^6                                                                                    (5)

of D: 3e-11 at 10 sigma. All functions take and return float64, and autograd can pass through them.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

SHORT = 0.02  # sigmas
NODES = 3
FAR = 25.0  # sigmas beyond the end, where the series take over
MILLS = (1, -1, 3, -15, 105, -945)  # (3)
SURPLUS = (1, -2, 10, -74, 706, -8162)  # (4)
ROOT2, ROOT_TAU = math.sqrt(2), math.sqrt(2 * math.pi)


def seen(u: Tensor, length: Tensor | float) -> tuple[Tensor, Tensor]:
    """log D of (1), and (2). u: of any shape that goes with length."""
    m = u - length / 2
    right = m >= 0
    m = torch.where(right, m, -m)
    h, fall = m - length / 2, length * m
    beyond = h.clamp_min(0)
    held = _both_tails(h, length) * torch.exp(beyond.clamp_max(FAR) ** 2 / 2)  # D / phi, of the end or of the middle
    far = h >= FAR
    if far.any():
        held = torch.where(far, _series(h, MILLS) - torch.exp(-fall) * _series(h + length, MILLS), held)
    slope = torch.exp((beyond**2 - h**2) / 2) * torch.expm1(-fall) / held
    return torch.log(held / ROOT_TAU) - beyond**2 / 2, torch.where(right, slope, -slope)


def mills(h: Tensor) -> Tensor:
    """R(h) of (3)."""
    near = torch.exp(h.clamp_max(FAR) ** 2 / 2) * torch.special.erfc(h / ROOT2) * (ROOT_TAU / 2)
    return torch.where(h < FAR, near, _series(h, MILLS))


def surplus(h: Tensor) -> Tensor:
    """(4): how far beyond h, on average, a standard normal lies that is known to lie beyond h."""
    near = torch.exp(-h * h / 2) * (2 / ROOT_TAU) / torch.special.erfc(h.clamp_max(FAR) / ROOT2) - h
    return torch.where(h < FAR, near, _series(h, SURPLUS))


def as_points(length: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Where on a stretch its three points lie and what each weighs, as shares; None if any is too long for (5)."""
    if length.max() >= SHORT * sigma:
        return None
    at, weight = np.polynomial.legendre.leggauss(NODES)
    return (at + 1) / 2, weight / 2


def _both_tails(h: Tensor, length: Tensor | float) -> Tensor:
    """D, as a multiple of the root of 2 pi."""
    return (torch.special.erfc(h / ROOT2) - torch.special.erfc((h + length) / ROOT2)) * (ROOT_TAU / 2)


def _series(h: Tensor, terms: tuple[int, ...]) -> Tensor:
    """(3) or (4); below `FAR` it is not needed and stays finite."""
    inverse = 1 / h.clamp_min(FAR)
    square, total = inverse * inverse, torch.zeros_like(h)
    for term in reversed(terms):
        total = total * square + term
    return total * inverse
