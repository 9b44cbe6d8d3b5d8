"""log p(x) of a diffusion model: follow the flow from x to noise, and add up how much it spreads.

The flow dx/dc = v of `schedule.py` carries the law of the data to N(0, I) and back. Along its way

    log p_0(x_0) = log p_C(x_C) + integral_0^C div v dc                                             (1)

div v is the trace of the Jacobian of v, here from one backward pass a coordinate: exact, no estimate. What is not:

- From t = 1 on the integral is a sum over the whole numbers, by Heun's method for x and the trapezoid rule for div v.
  The same sum over every second number tells its error, a third of the difference, most of which is taken out
  (Richardson): (4 fine - coarse) / 3. With fewer than `FEWEST` times these are the same numbers, and tell nothing.
- Between t = 0 and 1 no network has been trained, and all of the fine detail sits there. That piece is solved in closed
  form as if the data near x were normal, which thin strokes and blobs are. With y = x_1 / a_1, the noise n = s_1 / a_1
  in it, x_0(y) what the denoiser says, and M = dx_0 / dy its Jacobian,

    x = y - (I + M^(1/2))^(-1) (y - x_0(y)),   log p_0(x) = log p_1(y) - 1/2 log det M              (2)

  y is found by Newton's method with slope M^(1/2). For N(mu, S), M = S (S + n^2 I)^(-1), and (2) is exact.
- The model is what begins at N(0, I), so p_C is that, not what the data have become by then.

References: Chen et al. 2018 (1), Song et al. 2021 (the flow of a diffusion).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from playground.diffusion.predictions import velocity
from playground.diffusion.samplers import Denoiser
from playground.diffusion.schedule import Level, Schedule

FEWEST = 4  # times of a path on which the error can be told
NEWTON = 6  # steps
LEAST, MOST = 1e-3, 4.0  # eigenvalues of M that are believed: detail of a thirtieth of the noise at t = 1; hollows


class Likelihood(NamedTuple):
    """log p at each of the points, in nats, and the error of its sum, most of which has been taken out: (n,) each.

    log_p is NaN where the denoiser says what is no number, error where nothing tells it.
    """

    log_p: Tensor
    error: Tensor


Found = TypeVar("Found")
Pausing = Generator[None, None, Found]


def log_likelihood(denoise: Denoiser, schedule: Schedule, x: Tensor) -> Likelihood:
    """(1) and (2), float64 on the CPU. x: (n, d).

    denoise: is asked where x is and in its precision, and autograd has to pass through it.
    """
    return _without_pause(followed(denoise, schedule, x))


def followed(denoise: Denoiser, schedule: Schedule, x: Tensor) -> Pausing[Likelihood]:
    """The same with `pauses`, in which others may work."""
    if schedule.T < 2:
        raise ValueError("A path of one step has no flow to follow.")
    given = x

    def ask(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        x0, e = denoise(x.to(given), t)
        return x0.cpu().double(), e.cpu().double()

    x, left = yield from _leave(ask, schedule, x.cpu().double())
    every, second = _stops(schedule)
    fine = yield from _follow(ask, schedule, x, every)
    if not second:
        return Likelihood(left + fine, torch.full_like(fine, math.nan))
    coarse = yield from _follow(ask, schedule, x, second)
    error = (fine - coarse) / 3
    return Likelihood(left + fine + error, error.abs())


def pauses(schedule: Schedule) -> int:
    """How many `followed` makes: one for each time that the denoiser is asked."""
    return NEWTON + sum(map(len, _stops(schedule)))


def _stops(schedule: Schedule) -> tuple[list[int], list[int]]:
    """All times from 1 on, and every second of them, with the last; none if these are no fewer."""
    every = list(range(1, schedule.T + 1))
    return every, sorted({*every[::2], schedule.T}) if schedule.T >= FEWEST else []


def _without_pause(work: Pausing[Found]) -> Found:
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: Found = end.value
            return found


def _follow(denoise: Denoiser, schedule: Schedule, x: Tensor, stops: Sequence[int]) -> Pausing[Tensor]:
    """(1) from the first stop to the last, T, at which x is N(0, I). x: (n, d). Returns (n,)."""
    v, spread = _velocity(denoise, x, stops[0], schedule.level(stops[0]))
    log_p = torch.zeros_like(spread)
    yield
    for t, later in itertools.pairwise(stops):
        level, way = schedule.level(later), float(schedule.clock[later] - schedule.clock[t])
        with torch.no_grad():
            ahead = velocity(*denoise(x + way * v, later), level)
        x, before = x + way * (v + ahead) / 2, spread
        v, spread = _velocity(denoise, x, later, level)
        log_p = log_p + way * (before + spread) / 2
        yield
    return log_p - x.square().sum(1) / 2 - x.shape[1] * math.log(2 * math.pi) / 2


def _velocity(denoise: Denoiser, x: Tensor, t: int, level: Level) -> tuple[Tensor, Tensor]:
    """v and div v at x, (n, d) and (n,)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        v = velocity(*denoise(x, t), level)
        rows = _rows(v, x)
    return v.detach(), rows.diagonal(dim1=1, dim2=2).sum(1)


def leave(denoise: Denoiser, schedule: Schedule, x: Tensor) -> tuple[Tensor, Tensor]:
    """(2): x_1 = a_1 y, and what is to be added to log q(x_1)."""
    return _without_pause(_leave(denoise, schedule, x))


def _leave(denoise: Denoiser, schedule: Schedule, x: Tensor) -> Pausing[tuple[Tensor, Tensor]]:
    a = float(schedule.a[1])
    y = x
    for _ in range(NEWTON):
        short, roots, axes = _short_of(denoise, a, y)
        away = (axes.mT @ (y - x)[:, :, None]) - short / (1 + roots)  # of (2), along the axes of M
        y = y - (axes @ (away / roots))[:, :, 0]
        yield
    _, roots, _ = _short_of(denoise, a, y)
    return a * y, x.shape[1] * math.log(a) - torch.log(roots).sum((1, 2))


def _short_of(denoise: Denoiser, a: float, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """y - x_0(y) along the axes of M, (n, d, 1), the roots of its eigenvalues, (n, d, 1), and the axes, (n, d, d)."""
    with torch.enable_grad():
        y = y.detach().requires_grad_()
        x0, _ = denoise(a * y, 1)
        rows = _rows(x0, y)
    known = rows.isfinite().all(2).all(1)[:, None]
    M = torch.where(known[:, :, None], rows + rows.mT, 0.0) / 2  # a learned one is not quite symmetric
    values, axes = torch.linalg.eigh(M)  # refuses what is no number
    roots = torch.where(known, values.clamp(LEAST, MOST), math.nan).sqrt()[:, :, None]
    return axes.mT @ (y - x0).detach()[:, :, None], roots, axes


def _rows(values: Tensor, x: Tensor) -> Tensor:
    """The Jacobian of values (n, d) by x (n, d), where no point hears of another: (n, d, d)."""
    slopes = [torch.autograd.grad(v.sum(), x, retain_graph=True)[0] for v in values.unbind(1)]
    return torch.stack(slopes, 1)
