"""The walk back: each copy of q on a track of its own, where p is the goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from playground.distances.shapes import Shape

if TYPE_CHECKING:
    from playground.distances.trainer import DistanceTrainer

TALL = 0.75  # of a track: p's highest density, on the line
APART = 1.15  # heights of a shape from one track to the next, in the plane
EDGE = 1e-9  # beside a jump
FINE = 121  # points of a density


def rows(trainer: DistanceTrainer, copies: tuple[str, ...]) -> dict[str, float]:
    """Where each track runs, the first on top, and the ends of the picture."""
    gap = _gap(trainer.shape)
    places = {f"track {name}": gap * row for row, name in enumerate(reversed(copies))}
    low, high = (-0.15, TALL + 0.15) if trainer.shape.dim == 1 else (-gap / 2, gap / 2)
    return places | {"tracks low": low, "tracks high": high + gap * (len(copies) - 1)}


def walkers(trainer: DistanceTrainer, copies: tuple[str, ...]) -> dict[str, np.ndarray]:
    """p on every track, and each copy on its own where it is now."""
    places = rows(trainer, copies)
    p, q = _outline(trainer.shape, 1.0), _outline(trainer.shape, trainer.width)
    pen_up = np.array([[0.0, np.nan]])
    goals = []
    found = {}
    for theta, name in zip(trainer.thetas.tolist(), copies, strict=True):
        track = places[f"track {name}"]
        goals += [p + np.array([0.0, track]), pen_up]
        found[f"walk x {name}"], found[f"walk y {name}"] = (q + np.array([theta, track])).T
    found["goal x"], found["goal y"] = np.concatenate(goals).T
    return found


def _gap(shape: Shape) -> float:
    return 1.0 if shape.outline is None else APART * float(np.ptp(shape.outline[:, 1]))


def _outline(shape: Shape, width: float) -> np.ndarray:
    """Around 0, closed, (k, 2): a density over the line of its track, one point as a stroke, an edge in the plane."""
    if shape.outline is not None:
        return shape.outline
    if shape.law is None:
        return np.array([[0.0, 0.0], [0.0, TALL], [0.0, 0.0]])
    far = 1.3 * shape.reach
    x = np.sort(np.concatenate((np.linspace(-far, far, FINE), [-1 - EDGE, -1 + EDGE, 1 - EDGE, 1 + EDGE])))
    tall = TALL * shape.law.density(x) / shape.law.density(np.zeros(1)) / width
    return np.stack((np.append(width * x, -far * width), np.append(tall, tall[0])), 1)  # and back along the ground
