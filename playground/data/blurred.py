"""What noise makes of a distribution: again one of its kind.

Every target is a skeleton plus normal noise of size sigma in each direction (a density on the line with edges has a
sigma of 0). Noise of size s on top of that leaves the skeleton and makes sigma larger,

    x + s n = skeleton + sqrt(sigma^2 + s^2) n'                                                     (1)

Straight pieces that are short beside the noise become three points each (`stretches.py` says what that leaves).
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import TypeAlias

import numpy as np

from playground.data.line import Exponential, LineTarget, NormalMixture, Steps
from playground.data.plane import Blobs, Checkerboard, Circle, Diagonal, Moved, Own, PlaneTarget, Strokes
from playground.data.softened import Softened
from playground.data.stretches import as_points

Target: TypeAlias = LineTarget | PlaneTarget


@singledispatch
def blurred(target: Target, sigma: float) -> Target:
    """(1): the law of x + sigma n."""
    raise TypeError(f"How noise changes {type(target).__name__} is not known.")


@blurred.register
def _blobs(target: Blobs, sigma: float) -> Target:
    return Blobs(target.at, math.hypot(target.spread, sigma), target.weights)


@blurred.register
def _own(target: Own, sigma: float) -> Target:
    """What is drawn from are the points that were given, each with the same weight: as such the law is known."""
    k = len(target.points)
    return Blobs(target.points, math.hypot(target.spread, sigma), np.full(k, 1 / k))


@blurred.register
def _diagonal(target: Diagonal, sigma: float) -> Target:
    return Diagonal(math.hypot(target.along, sigma), math.hypot(target.across, sigma))


@blurred.register
def _circle(target: Circle, sigma: float) -> Target:
    return Circle(target.radius, math.hypot(target.spread, sigma))


@blurred.register
def _strokes(target: Strokes, sigma: float) -> Target:
    spread, way = math.hypot(target.spread, sigma), target.end - target.start
    points = as_points(np.hypot(*way.T), spread)
    if points is None:
        return Strokes(target.start, target.end, target.weights, spread)
    shares, weights = points
    at = target.start[:, None] + way[:, None] * shares[:, None]  # (pieces, nodes, 2)
    return Blobs(at.reshape(-1, 2), spread, np.outer(target.weights, weights).ravel())


@blurred.register
def _checkerboard(target: Checkerboard, sigma: float) -> Target:
    spread = math.hypot(target.spread, sigma)
    points = as_points(np.array([target.side]), spread)
    if points is None:
        return Checkerboard(target.cells, spread)
    shares, weights = points
    inside = np.stack(np.meshgrid(shares, shares), -1).reshape(-1, 2) * target.side
    at = (target.corners[:, None] + inside).reshape(-1, 2)
    return Blobs(at, spread, np.tile(np.outer(weights, weights).ravel(), len(target.corners)) / len(target.corners))


@blurred.register
def _moved(target: Moved, sigma: float) -> Target:
    inner = blurred(target.target, sigma / target.scale)
    assert isinstance(inner, PlaneTarget)
    return Moved(inner, target.scale, target.shift)


@blurred.register
def _mixture(target: NormalMixture, sigma: float) -> Target:
    return NormalMixture(target.weights, target.centres, tuple(math.hypot(own, sigma) for own in target.sigmas))


@blurred.register
def _exponential(target: Exponential, sigma: float) -> Target:
    return Softened(target, sigma) if sigma > 0 else target


@blurred.register
def _steps(target: Steps, sigma: float) -> Target:
    edges = np.array(target.edges)
    points = as_points(np.diff(edges), sigma)
    if points is None:
        return Softened(target, sigma) if sigma > 0 else target
    shares, weights = points
    at = edges[:-1, None] + np.diff(edges)[:, None] * shares
    held = np.outer(np.array(target.heights) * np.diff(edges), weights).ravel()
    return NormalMixture(tuple(held), tuple(at.ravel()), (sigma,) * len(held))


@blurred.register
def _softened(target: Softened, sigma: float) -> Target:
    return blurred(target.sharp, math.hypot(target.sigma, sigma))
