"""One coordinate of a target in the plane, as a target on the line.

Round noise stays normal noise in each coordinate, so what has to be found is the law of one coordinate of the skeleton:

    k centres        their coordinates, with their weights                                          (1)
    straight pieces  each is even between the coordinates of its ends; together they are steps      (2)
    a circle         R cos(angle), with the angle even                                              (3)

(3) is a sum over even angles, which for a smooth periodic function is right to the last digit once they are closer
than the noise is wide. In (2) a piece that stands upright has no width; it gets `SLIVER` of the noise.
"""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np

from playground.data.line import LineTarget, NormalMixture, Steps
from playground.data.plane import Blobs, Checkerboard, Circle, Diagonal, Moved, Own, PlaneTarget, Strokes
from playground.data.softened import Softened

SLIVER = 1e-3  # of sigma
GRAIN = 1e-6  # of sigma: ends that lie closer are one, since hardly a digit would be left of what is between them
ANGLES = 6.0  # of (3) to a sigma


@singledispatch
def marginal(target: PlaneTarget, axis: int = 0) -> LineTarget:
    """The law of x, or of y for axis 1."""
    raise TypeError(f"The coordinates of {type(target).__name__} are not known.")


@marginal.register
def _blobs(target: Blobs, axis: int = 0) -> LineTarget:
    return _normals(target.weights, target.at[:, axis], target.spread)


@marginal.register
def _own(target: Own, axis: int = 0) -> LineTarget:
    return _normals(np.ones(len(target.points)), target.points[:, axis], target.spread)


@marginal.register
def _diagonal(target: Diagonal, axis: int = 0) -> LineTarget:
    return _normals(np.ones(1), np.zeros(1), math.sqrt((target.along**2 + target.across**2) / 2))


@marginal.register
def _circle(target: Circle, axis: int = 0) -> LineTarget:
    count = math.ceil(ANGLES * math.pi * target.radius / target.spread)
    angle = (np.arange(count) + 0.5) * (math.pi / count)
    return _normals(np.ones(count), target.radius * np.cos(angle), target.spread)


@marginal.register
def _strokes(target: Strokes, axis: int = 0) -> LineTarget:
    ends = np.sort(np.stack((target.start[:, axis], target.end[:, axis])), axis=0)  # (2, m)
    short = np.maximum(SLIVER * target.spread - (ends[1] - ends[0]), 0) / 2
    return _softened(ends[0] - short, ends[1] + short, target.weights, target.spread)


@marginal.register
def _checkerboard(target: Checkerboard, axis: int = 0) -> LineTarget:
    low = target.corners[:, axis]
    return _softened(low, low + target.side, np.full(len(low), 1 / len(low)), target.spread)


@marginal.register
def _moved(target: Moved, axis: int = 0) -> LineTarget:
    inner, k, shift = marginal(target.target, axis), target.scale, target.shift
    if isinstance(inner, NormalMixture):
        return _normals(np.array(inner.weights), k * np.array(inner.centres) + shift, k * inner.sigmas[0])
    assert isinstance(inner, Softened)
    assert isinstance(inner.sharp, Steps)
    edges = k * np.array(inner.sharp.edges) + shift
    return Softened(Steps(tuple(edges.tolist()), inner.sharp.heights), k * inner.sigma)


def _normals(weights: np.ndarray, centres: np.ndarray, sigma: float) -> LineTarget:
    return NormalMixture(tuple(weights.tolist()), tuple(centres.tolist()), (float(sigma),) * len(centres))


def _softened(low: np.ndarray, high: np.ndarray, weights: np.ndarray, sigma: float) -> LineTarget:
    """(2), with noise."""
    low, high = (np.rint(ends / (GRAIN * sigma)) * (GRAIN * sigma) for ends in (low, high))
    edges = np.unique(np.concatenate((low, high)))
    middles = (edges[1:] + edges[:-1]) / 2
    over = (low[:, None] < middles) & (middles < high[:, None])  # (m, steps)
    heights = (weights / (high - low)) @ over
    return Softened(Steps(tuple(edges.tolist()), tuple(heights.tolist())), sigma)
