"""Scores for a learner who takes the place of D or of G, beside what the networks get.

As D. A judge says "real" or "generated" of each point. With as many real points as generated ones, what counts is

    accuracy = (P(says real | real) + P(says generated | generated)) / 2.                           (1)

No judge is better than (1 + TV) / 2, with TV the total variation between the two distributions. Where that is not
known, a judge who has seen many labelled points of both kinds and asks the K nearest of them comes close to it from
below: he is a judge as well, scored on points that he has not seen.

As G. The points x_1 ... x_n are what G has made, and its loss is the non-saturating one,

    L = -1/n  sum log D(x_i).                                                                       (2)

A gradient step moves all of them at once, as far in total as the learner has moved them:

    x_i - eta dL/dx_i,   with eta such that  sum |eta dL/dx_i| = sum |moved_i|.                     (3)

D tells nothing about the company a point is in: points that all lie on one spot can have a low loss. Their spread
says so, the root of the mean squared distance from their middle, as a share of that of real points.

References: Goodfellow et al. 2014 (2); Cover and Hart 1967 (nearest neighbours).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

Judge = Callable[[np.ndarray], np.ndarray]  # points (n, 2) -> D(x) (n,), each in [0, 1]

K = 25  # neighbours asked; odd, so that there is no tie
FAINTEST = 1e-30  # of D(x): below it the loss of a point grows no more
NUDGE = 1e-3  # half the step of a finite difference, small beside any structure of the targets
SAME = 0.3  # share of the real spread below which points count as one spot
CHUNK = 500  # points compared with all others at a time


# --- the learner as D ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PoliceScore:
    """(1) for three judges on the same points, and how far apart two of them can be by chance."""

    yours: float
    network: float
    neighbours: float
    luck: float  # two standard errors of the difference between you and the network


def inside(points: np.ndarray, loops: Sequence[np.ndarray]) -> np.ndarray:
    """Whether each point lies inside any of the closed loops. points: (n, 2), loops: (k, 2) each."""
    within = np.zeros(len(points), dtype=bool)
    for loop in loops:
        if len(loop) >= 3:  # fewer corners hold nothing
            near = ~within & (points >= loop.min(0)).all(1) & (points <= loop.max(0)).all(1)
            within[near] = winding(points[near], loop) != 0
    return within


def winding(points: np.ndarray, loop: np.ndarray) -> np.ndarray:
    """How often the loop goes around each point, anticlockwise: its crossings of the ray to the right."""
    start, end = loop, np.roll(loop, -1, axis=0)  # the last corner is joined to the first
    x, y = points[:, 0, None], points[:, 1, None]
    (x0, y0), (x1, y1) = start.T, end.T
    left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)  # > 0 where the point lies left of the edge
    up = (y0 <= y) & (y1 > y) & (left > 0)
    down = (y0 > y) & (y1 <= y) & (left < 0)
    return up.sum(1) - down.sum(1)


def accuracy(real_says_real: np.ndarray, fake_says_real: np.ndarray) -> float:
    """(1), from what was said of real and of generated points."""
    return (float(real_says_real.mean()) + 1 - float(fake_says_real.mean())) / 2


def nearest_neighbours(real: np.ndarray, fake: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether most of the K nearest labelled points are real. real and fake: (m, 2), equally many."""
    known = torch.from_numpy(np.concatenate((real, fake))).double()
    is_real = torch.arange(len(known)) < len(real)
    votes = [
        is_real[torch.cdist(some, known).topk(K, largest=False).indices].sum(1)
        for some in torch.from_numpy(points).double().split(CHUNK)
    ]
    return (torch.cat(votes) > K / 2).numpy()


def police_score(
    loops: Sequence[np.ndarray],
    judge: Judge,
    undecided: float,
    real: np.ndarray,
    fake: np.ndarray,
    known: tuple[np.ndarray, np.ndarray],
) -> PoliceScore:
    """Score all three on `real` and `fake`, points that none of them has seen.

    undecided: the value of D above which it says "real"; known: what the nearest neighbours are looked for in,
    real and generated points.
    """
    yours = inside(real, loops), inside(fake, loops)
    network = judge(real) > undecided, judge(fake) > undecided
    others = nearest_neighbours(*known, real), nearest_neighbours(*known, fake)
    apart = [(mine.astype(float) - its).var() / len(mine) for mine, its in zip(yours, network, strict=True)]
    return PoliceScore(accuracy(*yours), accuracy(*network), accuracy(*others), math.sqrt(sum(apart)))


# --- the learner as G ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forgery:
    """How some points stand: their loss, how near they are to real ones, and how far apart from each other."""

    loss: float
    to_real: float  # mean distance to the nearest real point
    spread: float  # as a share of that of real points

    @property
    def all_the_same(self) -> bool:
        return self.spread < SAME


@dataclass(frozen=True)
class ForgerScore:
    """The points before, after the learner has moved them, and after one gradient step of the same length."""

    before: Forgery
    yours: Forgery
    gradient: Forgery
    length: float  # mean distance moved


def loss(judge: Judge, points: np.ndarray) -> float:
    """(2)"""
    return float(-np.log(np.maximum(judge(points), FAINTEST)).mean())


def slope(judge: Judge, points: np.ndarray) -> np.ndarray:
    """dL/dx_i of (2) by central differences, (n, 2): the judge is only asked, so any D will do."""
    n, steps = len(points), NUDGE * np.concatenate((np.eye(2), -np.eye(2)))
    asked = (points + steps[:, None]).reshape(-1, 2)  # right, up, left, down of each point
    right, above, left, below = -np.log(np.maximum(judge(asked), FAINTEST)).reshape(4, n)
    return np.stack((right - left, above - below), 1) / (2 * NUDGE) / n


def gradient_step(judge: Judge, points: np.ndarray, length: float) -> np.ndarray:
    """(3), with a total length given. Where D is flat there is no way to go, and the points stay."""
    downhill = -slope(judge, points)
    total = float(np.linalg.norm(downhill, axis=1).sum())
    return points + downhill * (length / total) if total > 0 else points.copy()


def spread(points: np.ndarray) -> float:
    """Root of the mean squared distance from their middle."""
    return float(np.sqrt(points.var(0).sum()))


def forgery(judge: Judge, points: np.ndarray, real: np.ndarray) -> Forgery:
    """What D says of the points, and what it does not see. real: (m, 2), real ones to compare with."""
    distances = np.linalg.norm(points[:, None] - real, axis=2)  # (n, m)
    return Forgery(loss(judge, points), float(distances.min(1).mean()), spread(points) / max(spread(real), 1e-12))


def forger_score(judge: Judge, before: np.ndarray, after: np.ndarray, real: np.ndarray) -> ForgerScore:
    """What moving the points from `before` to `after` has gained. before, after: (n, 2)."""
    moved = np.linalg.norm(after - before, axis=1)
    stepped = gradient_step(judge, before, float(moved.sum()))
    then, yours, gradient = (forgery(judge, points, real) for points in (before, after, stepped))
    return ForgerScore(then, yours, gradient, float(moved.mean()))
