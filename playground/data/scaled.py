"""A distribution in other units: the law of k x."""

from __future__ import annotations

from functools import singledispatch

from playground.data.line import Exponential, LineTarget, NormalMixture, Steps
from playground.data.plane import Moved, PlaneTarget


@singledispatch
def scaled(target: LineTarget | PlaneTarget, k: float) -> LineTarget | PlaneTarget:
    """The law of k x for x of this target, k > 0."""
    raise TypeError(f"How {type(target).__name__} grows is not known.")


@scaled.register
def _plane(target: PlaneTarget, k: float) -> PlaneTarget:
    return Moved(target, k, 0.0)


@scaled.register
def _mixture(target: NormalMixture, k: float) -> NormalMixture:
    centres, sigmas = (tuple(k * length for length in lengths) for lengths in (target.centres, target.sigmas))
    return NormalMixture(target.weights, centres, sigmas)


@scaled.register
def _exponential(target: Exponential, k: float) -> Exponential:
    return Exponential(target.rate / k)


@scaled.register
def _steps(target: Steps, k: float) -> Steps:
    return Steps(tuple(k * edge for edge in target.edges), target.heights)
