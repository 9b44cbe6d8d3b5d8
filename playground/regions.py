"""Where the mass of a distribution in the plane lies: its modes, or, if it has none, regions of its own.

A mixture of separate blobs has modes to be covered. Anything else is divided among a few landmarks: a region is all
that is nearer to its landmark than to any other. Landmarks begin as real points as far from each other as possible,
and then move to the mean of their region a few times (Lloyd 1982), so that none is left with a few outliers.
"""

from __future__ import annotations

import numpy as np

from playground.data.plane import PlaneTarget
from playground.metrics import LEAST_OF_FAIR, Coverage, coverage, nearest

LANDMARKS = 16
MOVES = 20


class Regions:
    """What can be covered of a target. reference: (N, 2), many real points."""

    def __init__(self, target: PlaneTarget, reference: np.ndarray) -> None:
        self.sigma = target.sigma
        self.are_modes = len(target.centres) > 0
        self.centres = target.centres if self.are_modes else landmarks(reference[:2000], LANDMARKS)
        self.shares = self._shares(reference)

    def __len__(self) -> int:
        return len(self.centres)

    def _shares(self, x: np.ndarray) -> np.ndarray:
        return np.bincount(nearest(x, self.centres), minlength=len(self)) / len(x)

    def covered(self, x: np.ndarray) -> Coverage:
        """A region counts as covered with a quarter of the mass that it should have; it has no within and no spread."""
        if self.are_modes:
            return coverage(x, self.centres, self.sigma)
        enough = self._shares(x) >= LEAST_OF_FAIR * self.shares
        return Coverage(int(enough.sum()), float("nan"), float("nan"))


def landmarks(points: np.ndarray, k: int) -> np.ndarray:
    """k landmarks of the points (n, 2), or fewer if there are fewer points."""
    first = int(((points - points.mean(0)) ** 2).sum(1).argmin())
    found, distance = [first], ((points - points[first]) ** 2).sum(1)
    while len(found) < min(k, len(points)):
        found.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[found[-1]]) ** 2).sum(1))
    centres = points[found].astype(float)
    for _ in range(MOVES):
        mine = nearest(points, centres)
        centres = np.stack([points[mine == i].mean(0) if (mine == i).any() else c for i, c in enumerate(centres)])
    return centres
