"""A drawing as a digit of MNIST: pen strokes on 28 x 28 pixels.

As in MNIST, the ink is scaled to fit a box of 20 x 20 pixels, keeping its proportions, and then moved until its centre
of mass is in the middle. With d the distance of a pixel's centre from the nearest stroke and r the pen's
radius,

    ink = 1 inside the pen, 0 outside, and in between:  min(max(r + 1/2 - d, 0), 1)                 (1)

which is smooth over the width of one pixel.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from playground.data.digits import SIDE

BOX = 20  # pixels that the ink may span
RADIUS = 1.0  # of the pen: as much ink as in MNIST, whose mean brightness is .13
MIDDLE = SIDE / 2  # in MNIST the centre of mass is the pixel 14, counted from 0, to within .02
MOST_POINTS = 2000  # of a drawing


def raster(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """The digit that these strokes draw. Each is a row of points (k, 2), y upwards, in any unit. uint8 (784,)."""
    pieces = _pieces(strokes)
    low, high = pieces.min((0, 1)), pieces.max((0, 1))
    extent = float((high - low).max())
    room = BOX - 2 * RADIUS  # the pen's own width counts as ink
    pieces = (pieces - (low + high) / 2) * (room / extent if extent > 0 else 0)
    pieces[..., 1] *= -1  # rows of an image are counted downwards
    pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2).astype(float)  # (784, 2): x, y
    ink = _ink(pixels, pieces + MIDDLE)
    centre = ink @ pixels / ink.sum()
    return (_ink(pixels, pieces + 2 * MIDDLE - centre) * 255).round().astype(np.uint8)


def _pieces(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Straight pieces, (n, 2, 2): from, to. A stroke of one point is a dot."""
    rows = [np.asarray(stroke, dtype=float).reshape(-1, 2) for stroke in strokes]
    rows = [row for row in rows if len(row)]
    if not rows:
        raise ValueError("Nothing is drawn yet.")
    if sum(map(len, rows)) > MOST_POINTS:
        raise ValueError(f"A drawing has at most {MOST_POINTS} points.")
    if not all(np.isfinite(row).all() for row in rows):
        raise ValueError("A drawing has finite coordinates.")
    return np.array(
        [pair for row in rows for pair in (itertools.pairwise(row) if len(row) > 1 else [(row[0], row[0])])]
    )


def _ink(pixels: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """(1) of every pixel, (784,)."""
    start, along = pieces[:, 0], pieces[:, 1] - pieces[:, 0]  # (n, 2)
    nearest = np.full(len(pixels), np.inf)
    for a, v in zip(start, along, strict=True):
        at = np.clip((pixels - a) @ v / max(v @ v, 1e-12), 0, 1)  # where on the piece
        np.minimum(nearest, np.hypot(*(pixels - a - at[:, None] * v).T), out=nearest)
    return np.clip(RADIUS + 0.5 - nearest, 0, 1)
