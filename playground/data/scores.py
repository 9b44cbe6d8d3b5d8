"""The density of a target and its score, the slope of the log of the density, exactly and at any distance.

Where a skeleton of k places c_k with weights w_k is behind a target, the score points from x to the mean of the places,
weighed by how likely x came from each,

    grad log p(x) = (sum_k r_k c_k - x) / sigma^2,   r_k ~ w_k exp(-|x - c_k|^2 / 2 sigma^2),   sum_k r_k = 1    (1)

and the others sum in the same way over their straight pieces (`stretches.py`) or over the angle,

    circle    grad log p(x) = (R I_1(k) / I_0(k) x / r - x) / sigma^2,   k = r R / sigma^2          (2)

with the symbols of `plane.py`. All of it is relative to the nearest part of the skeleton, so that it holds far out,
too, where the density itself is less than any number. Computed in float64, on the CPU; autograd can pass through it.
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import TypeAlias

import torch
from torch import Tensor

from playground.data.blurred import Target, blurred
from playground.data.line import Exponential, NormalMixture, Steps
from playground.data.plane import Blobs, Checkerboard, Circle, Diagonal, Moved, Own, Strokes
from playground.data.softened import Softened
from playground.data.stretches import ROOT_TAU, seen

Look: TypeAlias = tuple[Tensor, Tensor]  # log p and its slope
AT_ONCE = 15_000  # pairs of a point and a place: numbers of 120 KB stay in the cache, and are not mapped anew each time


def log_density(target: Target, points: Tensor) -> Tensor:
    """log p. points: (n, 2) in the plane, then (n,) comes back; of any shape on the line, then the same."""
    return look(target, points.double())[0].to(points.dtype)


def score(target: Target, points: Tensor) -> Tensor:
    """grad log p, of the shape of the points; NaN where p is 0, as outside of a density with sharp edges."""
    return look(target, points.double())[1].to(points.dtype)


@singledispatch
def look(target: Target, x: Tensor) -> Look:
    """log p and grad log p at x, float64."""
    raise TypeError(f"The density of {type(target).__name__} is not known.")


@look.register
def _blobs(target: Blobs, x: Tensor) -> Look:
    at, weights = torch.as_tensor(target.at), torch.as_tensor(target.weights)
    found = [_of_places(part, at, weights, target.spread) for part in _parts(x, len(at))]
    logs, home = (torch.cat(values) for values in zip(*found, strict=True))
    return logs - 2 * math.log(ROOT_TAU * target.spread), (home - x) / target.spread**2


def _of_places(x: Tensor, at: Tensor, weights: Tensor, sigma: float) -> Look:
    """(1): log sum w_k exp(-d_k^2 / 2), and the mean place."""
    u, v = (x[:, None, i] - at[:, i] for i in (0, 1))  # (n, k)
    logs = torch.log(weights) - (u * u + v * v) / (2 * sigma**2)
    return torch.logsumexp(logs, 1), torch.softmax(logs, 1) @ at


@look.register
def _own(target: Own, x: Tensor) -> Look:
    return look(blurred(target, 0), x)


@look.register
def _diagonal(target: Diagonal, x: Tensor) -> Look:
    turn = torch.tensor([[1.0, -1.0], [1.0, 1.0]], dtype=x.dtype) * math.sqrt(0.5)
    sigmas = torch.tensor([target.along, target.across], dtype=x.dtype)
    z = x @ turn / sigmas
    return -(z * z).sum(1) / 2 - math.log(ROOT_TAU**2 * target.along * target.across), -(z / sigmas) @ turn.T


@look.register
def _circle(target: Circle, x: Tensor) -> Look:
    """(2). Near the middle I_1 / I_0 is k / 2, and x / r has no direction there."""
    sigma, R = target.spread, target.radius
    r = x.square().sum(1).clamp_min(1e-200).sqrt()
    k = r * R / sigma**2
    i_0 = torch.special.i0e(k)
    logs = torch.log(i_0) - ((r - R) / sigma) ** 2 / 2 - 2 * math.log(ROOT_TAU * sigma)
    pull = torch.where(k < 1e-6, R * R / (2 * sigma**2), R * torch.special.i1e(k) / (i_0 * r))
    return logs, x * ((pull - 1) / sigma**2)[:, None]


@look.register
def _strokes(target: Strokes, x: Tensor) -> Look:
    along, beside, start, length = (torch.as_tensor(part) for part in target.frames)
    held = torch.log(torch.as_tensor(target.weights) / length)
    found = []
    for part in _parts(x, len(length)):
        u, v = part @ along.T - start[0], part @ beside.T - start[1]  # (n, m), in sigmas
        logs, slopes = seen(u, length)
        logs = logs + held - v * v / 2
        share = torch.softmax(logs, 1)
        found.append((torch.logsumexp(logs, 1), share * slopes @ along - share * v @ beside))
    logs, slope = (torch.cat(values) for values in zip(*found, strict=True))
    return logs - math.log(ROOT_TAU * target.spread**2), slope


@look.register
def _checkerboard(target: Checkerboard, x: Tensor) -> Look:
    beyond = (x[:, None] - torch.as_tensor(target.corners)) / target.spread  # (n, cells, 2)
    logs, slopes = seen(beyond, target.side / target.spread)
    logs = logs.sum(2)
    share = torch.softmax(logs, 1)
    count = len(target.corners)
    return (
        torch.logsumexp(logs, 1) - math.log(count * target.side**2),
        (share[:, :, None] * slopes).sum(1) / target.spread,
    )


@look.register
def _moved(target: Moved, x: Tensor) -> Look:
    logs, slope = look(target.target, (x - target.shift) / target.scale)
    return logs - 2 * math.log(target.scale), slope / target.scale


@look.register
def _mixture(target: NormalMixture, x: Tensor) -> Look:
    weights, centres, sigmas = (torch.tensor(v, dtype=x.dtype) for v in (target.weights, target.centres, target.sigmas))
    away = (centres - x[..., None]) / sigmas  # (..., k)
    logs = torch.log(weights / weights.sum() / sigmas / ROOT_TAU) - away**2 / 2
    return torch.logsumexp(logs, -1), (torch.softmax(logs, -1) * away / sigmas).sum(-1)


@look.register
def _exponential(target: Exponential, x: Tensor) -> Look:
    inside = x >= 0
    logs = torch.where(inside, math.log(target.rate) - target.rate * x, -math.inf)
    return logs, torch.where(inside, -target.rate, math.nan).to(x.dtype)


@look.register
def _steps(target: Steps, x: Tensor) -> Look:
    logs = torch.log(torch.as_tensor(target.density(x.detach().numpy())))
    return logs, torch.where(logs > -math.inf, 0.0, math.nan).to(x.dtype)


@look.register
def _softened(target: Softened, x: Tensor) -> Look:
    return target.look(x)


def _parts(x: Tensor, places: int) -> tuple[Tensor, ...]:
    """The points in parts that are looked at together."""
    return x.split(max(1, AT_ONCE // max(places, 1)))
