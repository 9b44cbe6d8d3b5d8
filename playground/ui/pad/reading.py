"""What comes back from the pad. It was made in a browser, so nothing about it is believed."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.data.line import BINS

MOST_LOOPS = 40
MOST_CORNERS = 600  # of one loop
MOST_STROKES = 30
MOST_INK = 2000  # points of all strokes together
LARGEST = 1e6  # of a coordinate: no sheet is as wide
Drawn = np.ndarray | list[np.ndarray]  # points (n, 2), samples (n,), heights (BINS,); loops or strokes, each (k, 2)


class NotADrawingError(ValueError):
    """The browser sent something that no pad sends."""


def read(tool: str, value: Any, window: float, most: int, least: int = 0) -> Drawn:
    """The drawing as arrays, inside the window. value: JSON as the pad sends it; most, least: how many points."""
    if tool in ("density", "schedule"):
        heights = _numbers(value, BINS)
        if len(heights) != BINS:
            raise NotADrawingError(f"A {tool} has {BINS} heights; {len(heights)} came.")
        heights = np.clip(heights, 0, 1)
        return np.minimum.accumulate(heights) if tool == "schedule" else heights
    if tool == "boundary":
        if not isinstance(value, list) or len(value) > MOST_LOOPS:
            raise NotADrawingError(f"A boundary has at most {MOST_LOOPS} loops.")
        return [_points(loop, window, MOST_CORNERS) for loop in value]
    if tool == "digit":
        return _strokes(value)
    drawn = _numbers(value, most) if tool == "samples" else _points(value, window, most)
    if len(drawn) < least:
        raise NotADrawingError(f"There have to be at least {least}; {len(drawn)} came.")
    return np.clip(drawn, -window, window)


def _strokes(value: Any) -> list[np.ndarray]:
    """The strokes of a digit, in the unit square. A press without a move is one of a single point."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_STROKES:
        raise NotADrawingError(f"A digit has between 1 and {MOST_STROKES} strokes.")
    strokes = [_points(stroke, 1.0, MOST_INK) for stroke in value]
    if not all(len(stroke) for stroke in strokes) or sum(map(len, strokes)) > MOST_INK:
        raise NotADrawingError(f"A stroke has at least one point, and all together at most {MOST_INK}.")
    return [np.clip(stroke, 0, 1) for stroke in strokes]


def _points(value: Any, window: float, most: int) -> np.ndarray:
    if not isinstance(value, list) or len(value) > most:
        raise NotADrawingError(f"There can be at most {most} points.")
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise NotADrawingError("A point has two coordinates.")
    flat = _numbers([number for pair in value for number in pair], 2 * most)
    return np.clip(flat.reshape(-1, 2), -window, window)


def _numbers(value: Any, most: int) -> np.ndarray:
    if not isinstance(value, list) or len(value) > most:
        raise NotADrawingError(f"There can be at most {most} numbers.")
    if not all(type(number) in (int, float) and -LARGEST <= number <= LARGEST for number in value):
        raise NotADrawingError("Only numbers that fit on a sheet can be drawn.")  # nan is not between any two
    return np.array(value, dtype=float)
