"""The law of x_t over time as lines to draw: ridges, one above the other, and violins, side by side.

Both are the density at some times, each divided by its own peak so that all are equally high,

    ridge     y = base_t + height q_t(x) / max q_t                                                  (1)
    violin    t -+ width q_t(x) / max q_t, up the one side and down the other                       (2)

All rows are one line that a pen draws, lifted by NaN in between. What has been generated goes on the same base with the
peak of the exact density, so that areas can be compared. In the plane the density is that of one coordinate
(`data/marginals.py`): its noised law is found as on the line, for noise does not mix coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from playground.data.line import LineTarget
from playground.diffusion.exact import Exact
from playground.diffusion.schedule import Schedule

Path = tuple[np.ndarray, np.ndarray]  # x and y of a line, NaN where the pen is lifted


def moments(T: int, count: int = 9) -> list[int]:
    """Times from 0 to T, as even as whole numbers can be; fewer of a shorter path."""
    return sorted({round(t) for t in np.linspace(0, T, min(count, T + 1))})


def densities(
    target: LineTarget, schedule: Schedule, at: Sequence[int], x: np.ndarray, unit: float = 1.0
) -> np.ndarray:
    """q_t(x) at each of the times, (k, n). x: in data units, of which `unit` is 1 of the path that target is on."""
    exact, points = Exact(target, schedule), torch.from_numpy(np.asarray(x, float))[:, None] / unit
    return np.stack([np.exp(exact.log_density(points, t).numpy()) / unit for t in at])


def counted(rows: Sequence[np.ndarray], edges: np.ndarray) -> np.ndarray:
    """Histograms of samples, one a row, as densities: what lies beyond the edges counts as missing. (k, bins)"""
    counts = [np.histogram(row, edges)[0] / max(len(row), 1) for row in rows]
    return np.stack(counts) / np.diff(edges)


def stairs(edges: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The outline of histograms, from base to base: places, (2 bins + 2,), and the heights there, (k, 2 bins + 2)."""
    return np.repeat(edges, 2), np.pad(np.repeat(rows, 2, axis=1), ((0, 0), (1, 1)))


def ridges(x: np.ndarray, rows: np.ndarray, base: np.ndarray, height: float, peaks: np.ndarray | None = None) -> Path:
    """(1). x: (n,), rows: (k, n), base: (k,), peaks: what counts as 1 in each row, (k,), by default its own peak."""
    y = base[:, None] + height * _shares(rows, peaks)
    return _one_line(np.broadcast_to(x, y.shape), y)


def violins(at: np.ndarray, x: np.ndarray, rows: np.ndarray, width: float, peaks: np.ndarray | None = None) -> Path:
    """(2): closed outlines. at: (k,), along the first axis; x: (n,), along the second; rows: (k, n)."""
    half = width * _shares(rows, peaks)
    across = np.concatenate((at[:, None] + half, at[:, None] - half[:, ::-1], at[:, None] + half[:, :1]), 1)
    return _one_line(across, np.broadcast_to(np.concatenate((x, x[::-1], x[:1])), across.shape))


def _shares(rows: np.ndarray, peaks: np.ndarray | None) -> np.ndarray:
    """Each row as shares of its peak; a row of nothing stays flat."""
    top = rows.max(1) if peaks is None else np.asarray(peaks, float)
    return rows / np.where(top > 0, top, 1)[:, None]


def _one_line(x: np.ndarray, y: np.ndarray) -> Path:
    """Rows one after the other, with the pen lifted between two. x, y: (k, n). Returns (k (n + 1),) each."""
    lifted = np.pad(np.asarray(y, float), ((0, 0), (0, 1)), constant_values=np.nan)
    return np.pad(np.asarray(x, float), ((0, 0), (0, 1)), mode="edge").ravel(), lifted.ravel()
