"""Integrals of a density in the plane: the mass of each bin of a grid, and the lines that enclose a given mass.

The mass of a bin is the integral of p over its square, by Gauss and Legendre's rule with `NODES` nodes each way,

    integral_a^b f(x) dx = (b - a) / 2 sum_i w_i f((a + b) / 2 + (b - a) / 2 x_i)                   (1)

which is exact for polynomials up to degree 2 NODES - 1. A line on which p has the value v encloses the mass where
p >= v. For the lines to lie still at fixed levels whatever the density, what is drawn is not p but

    u(x) = 1/4 + 1/2 (log p(x) - log v_outer) / (log v_inner - log v_outer)                         (2)

which is OUTER on the outer line and INNER on the inner one, and smooth between its nodes where p is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NODES = 12
OUTER, INNER = 0.25, 0.75  # (2) on the two lines
SHARES = (0.9, 0.5)  # of the mass that lie inside the outer and the inner line
TINY = 1e-30  # a density below it is as good as none
FLAT = 0.05  # where p is the same everywhere both lines are one, and the scale of (2) has to come from elsewhere


@dataclass(frozen=True)
class Known:
    """What a density does on the square [-half, half]^2. Row 0 is at the bottom."""

    mass: np.ndarray  # (side, side): the probability of each bin
    lines: np.ndarray  # (fine, fine): (2) at the middles of finer cells, cut to [0, 1], as bytes


def integrals(density: Callable[[np.ndarray], np.ndarray], half: float, side: int, fine: int) -> Known:
    """density: (n, 2) -> (n,). side, fine: bins each way for the mass, and for the lines."""
    at, weight = np.polynomial.legendre.leggauss(NODES)
    width = 2 * half / side
    middles = -half + width * (np.arange(side) + 0.5)
    x = (middles[:, None] + width / 2 * at).ravel()  # (side * NODES,)
    w = np.tile(weight * width / 2, side)
    p = density(_grid(x)).reshape(len(x), len(x))
    held = p * np.outer(w, w)
    mass = held.reshape(side, NODES, side, NODES).sum((1, 3))
    outer, inner = _enclosing(p.ravel(), held.ravel())
    middles = -half + 2 * half / fine * (np.arange(fine) + 0.5)
    log_p = np.log(np.maximum(density(_grid(middles)), TINY)).reshape(fine, fine)
    scale = max(np.log(inner) - np.log(outer), FLAT)
    u = OUTER + (INNER - OUTER) * (log_p - np.log(outer)) / scale  # (2)
    return Known(mass, np.rint(255 * np.clip(u, 0, 1)).astype(np.uint8))


def _grid(x: np.ndarray) -> np.ndarray:
    """All points of a square grid, row by row from the bottom. Returns (n * n, 2)."""
    return np.stack(np.meshgrid(x, x), -1).reshape(-1, 2)


def _enclosing(p: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The densities above which lie the SHARES of the mass."""
    order = np.argsort(-p)
    inside = np.cumsum(held[order])
    return p[order][np.searchsorted(inside, np.array(SHARES) * inside[-1])]
