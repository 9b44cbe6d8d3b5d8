"""Where sampling starts, and what becomes of it if that is not where the path ends.

Sampling starts from N(0, I) as if nothing were left of the data at T. What is left sits in

    KL = integral q_T log(q_T / n) dx,    TV = 1/2 integral |q_T - n| dx <= sqrt(KL / 2)            (1)

with n the density of N(0, I). Even the best denoiser makes no good of it: whatever is done to two laws alike, they come
no further apart than they were (the data processing inequality), but need not come closer either. So the share of
anything among what is made, heads of a coin, say, is off by no more than TV.

On the line it can be said by how much, for as many steps as one likes. The flow keeps the order of points, so what ends
above c began above the same quantile of q_T (2). Whoever draws on the way ends with q(x_0 | x_T) itself (3):

    P_flow(x_0 > c) = 1 - Phi(Q_T(F_0(c)))                                                          (2)
    P_drawn(x_0 > c) = integral n(x) P(x_0 > c | x_T = x) dx                                        (3)

(1) and (3) are sums over even grids, which are exact but for 1e-6 where q_T is smooth beside their step. References:
Song et al. 2021 (the flow), Lin et al. 2024 (schedules that do not end in noise).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from playground.data.blurred import Target
from playground.data.line import LineTarget, NormalMixture, normal_cumulative
from playground.diffusion.exact import FAINT, Exact
from playground.diffusion.schedule import Schedule

STEP = 0.25  # of the grids, in units of the noise at T; in the plane twice as wide
MOST = 160  # steps across the plane: where the noise at T is so small that they are too few, KL is far from 0 anyway
MATTERS = 0.02  # TV from which on it is said that a chain does not end in noise
BEYOND = 8.0  # noises at T that the grids reach beyond the data
RARE = 1e-10  # share of the data beyond the ends of the grid
GRID = 4001  # places of (3)


class Gap(NamedTuple):
    """(1)."""

    kl: float  # nats
    tv: float


class Shares(NamedTuple):
    """Of what is made, above a place: (2) and (3)."""

    flow: float
    drawn: float


@lru_cache(maxsize=64)
def start_gap(target: Target, schedule: Schedule) -> Gap:
    """(1), from the law of x_T to N(0, I)."""
    if schedule.a[-1] < FAINT:
        return Gap(0.0, 0.0)
    exact, t = Exact(target, schedule), schedule.T
    side = _grid(target, schedule)
    step = side[1] - side[0]
    x = side[:, None] if exact.d == 1 else np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    log_q = exact.log_density(torch.from_numpy(x), t).numpy()
    log_n = -(x**2).sum(1) / 2 - exact.d * math.log(2 * math.pi) / 2
    q, n, cell = np.exp(log_q), np.exp(log_n), step**exact.d
    q /= q.sum() * cell  # where the noise at T is narrower than the grid, its places are a sample
    missed = 1 - n.sum() * cell  # of N(0, I), where q has nothing
    return Gap(float((q * (log_q - log_n)).sum() * cell), float((np.abs(q - n).sum() * cell + missed) / 2))


def _grid(target: Target, schedule: Schedule) -> np.ndarray:
    """Places along one axis that hold all of q_T."""
    a, s = float(schedule.a[-1]), float(schedule.s[-1])
    if isinstance(target, LineTarget):
        low, high = a * target.quantile(np.array([RARE, 1 - RARE]))
        count = math.ceil((high - low + 2 * BEYOND * s) / (STEP * s))
    else:
        low, high = -a * target.reach, a * target.reach
        count = min(math.ceil((high - low + 2 * BEYOND * s) / (2 * STEP * s)), MOST)
    return np.linspace(low - BEYOND * s, high + BEYOND * s, count + 1)


def shares_above(target: NormalMixture, schedule: Schedule, c: float) -> Shares:
    """(2) and (3): the share above c of what the best denoiser makes of N(0, I) in many steps."""
    if schedule.a[-1] < FAINT:
        right = float(1 - target.cumulative(np.array(c)))
        return Shares(right, right)
    noisy = Exact(target, schedule).at(schedule.T)
    assert isinstance(noisy, NormalMixture)
    a, noise = float(schedule.a[-1]), float(schedule.s[-1] / schedule.a[-1])
    quantile = a * noisy.quantile(target.cumulative(np.array(c)))  # (2)
    x = np.linspace(-BEYOND, BEYOND, GRID)
    n = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])
    return Shares(float(1 - normal_cumulative(quantile)), float(n @ _above(target, x / a, noise, c)))


def _above(target: NormalMixture, y: np.ndarray, noise: float, c: float) -> np.ndarray:
    """P(x_0 > c | x_0 + noise n = y): each bump's own answer, weighed by how likely y came from it. (n,)"""
    parts = np.array([part for part in zip(target.weights, target.centres, target.sigmas, strict=True) if part[0] > 0])
    weights, centres, sigmas = parts.T
    variances = sigmas**2 + noise**2
    logs = np.log(weights / np.sqrt(variances)) - (y[:, None] - centres) ** 2 / (2 * variances)  # (n, k)
    likely = np.exp(logs - logs.max(1, keepdims=True))
    mean = (noise**2 * centres + sigmas**2 * y[:, None]) / variances
    above = normal_cumulative((mean - c) * np.sqrt(variances) / (sigmas * noise))
    return (likely * above).sum(1) / likely.sum(1)
