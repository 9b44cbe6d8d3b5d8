"""Integrals of a density in the plane: the mass of each cell of a grid, and the lines that enclose a given mass.

The mass of a cell is the integral of p over its square, by Gauss and Legendre's rule with some nodes each way,

    integral_a^b f(x) dx = (b - a) / 2 sum_i w_i f((a + b) / 2 + (b - a) / 2 x_i)                   (1)

which is exact for polynomials up to degree 2 nodes - 1. A line on which p has the value v encloses the mass where
p >= v. For the lines to lie still at fixed levels whatever the density, what is drawn is not p but

    u(x) = 1/4 + 1/2 (log p(x) - log v_outer) / (log v_inner - log v_outer)                         (2)

which is OUTER on the outer line and INNER on the inner one, and smooth between its nodes where p is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NODES = 4  # each way in a cell that is about as wide as the finest detail: (1) is right to 1e-5 of all mass
OUTER, INNER = 0.25, 0.75  # (2) on the two lines
SHARES = (0.9, 0.5)  # of the mass that lie inside the outer and the inner line
TINY = 1e-30  # a density below it is as good as none
FLAT = 0.05  # where p is the same everywhere both lines are one, and the scale of (2) has to come from elsewhere

Density = Callable[[np.ndarray], np.ndarray]  # (n, 2) -> (n,)


@dataclass(frozen=True)
class Known:
    """What a density does on the cells of a square. Row 0 is at the bottom."""

    mass: np.ndarray  # (cells, cells): the probability of each
    lines: np.ndarray  # (cells, cells): (2) at their middles, cut to [0, 1], as bytes


def integrals(density: Density, half: float, cells: int, nodes: int = NODES) -> Known:
    """Over [-half, half]^2, so many cells each way."""
    edges = np.linspace(-half, half, cells + 1)
    p, weight = _at_nodes(density, edges, nodes)
    held = p * weight[:, :, None, None] * weight
    outer, inner = enclosing(p, held)
    middles = (edges[1:] + edges[:-1]) / 2
    return Known(held.sum((1, 3)), lines(density(_grid(middles, middles)).reshape(cells, cells), outer, inner))


def cell_masses(density: Density, edges: np.ndarray, nodes: int = 8) -> np.ndarray:
    """What each cell of a square grid holds, by (1). edges: (k + 1,), on both axes. Returns (rows, columns): y, x.

    Right as long as the density is smooth on the scale of a cell divided by `nodes`.
    """
    p, weight = _at_nodes(density, edges, nodes)
    return np.einsum("aibj,ai,bj->ab", p, weight, weight)


def enclosing(p: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The densities above which lie the SHARES of the mass. p, held: at the same places, of any shape."""
    order = np.argsort(-p, axis=None)
    inside = np.cumsum(held.ravel()[order])
    return p.ravel()[order][np.searchsorted(inside, np.array(SHARES) * inside[-1])]


def lines(p: np.ndarray, outer: float, inner: float) -> np.ndarray:
    """(2), cut to [0, 1], as bytes. p: of any shape."""
    scale = max(np.log(inner) - np.log(outer), FLAT)
    u = OUTER + (INNER - OUTER) * (np.log(np.maximum(p, TINY)) - np.log(outer)) / scale
    return np.rint(255 * np.clip(u, 0, 1)).astype(np.uint8)


def _at_nodes(density: Density, edges: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """p at the nodes of each cell, (k, nodes, k, nodes), and w of (1) for each cell along one axis, (k, nodes)."""
    at, weight = np.polynomial.legendre.leggauss(nodes)
    width, k = np.diff(edges)[:, None], len(edges) - 1
    x = edges[:-1, None] + width * (at + 1) / 2  # (k, nodes)
    rows = [density(_grid(x.ravel(), y)) for y in x]  # one row of cells at a time: all at once is a lot of memory
    return np.concatenate(rows).reshape(k, nodes, k, nodes), width / 2 * weight


def _grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """All points of a grid, row by row from the bottom. Returns (n * m, 2)."""
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
