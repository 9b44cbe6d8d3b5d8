"""From noise to data: one loop, in which only the step differs.

At each stop t the denoiser says which x_0 and which noise e it takes x_t to be made of. From there to the next stop
s < t, with the symbols of `schedule.py` and d the standard deviation of its (6):

    ddpm     x_s = w x_t + w_0 x_0 + d n,   n ~ N(0, I)                                                 (1)
    ddim     x_s = a_s x_0 + sqrt(s_s^2 - (eta d)^2) e + eta d n                                        (2)
    euler    x_s = x_t + (c_s - c_t) v                                                                  (3)
    heun     x_s = x_t + (c_s - c_t) (v + v') / 2,   v' = v after (3) at s                              (4)
    dpm++    x_s = (s_s / s_t) x_t + (a_s - a_t s_s / s_t) D,   D = x_0 + (x_0 - x_0 before) / 2r       (5)

r of (5) is the last step over this one, both measured in log(a / s). (1) draws from q(x_s | x_t, x_0). (2) keeps the
same law of x_s for every eta: with eta = 1 it is (1), with eta = 0 nothing is drawn, and the same noise always becomes
the same point. (3) and (4) follow the probability-flow ODE dx/dc = v by the clock c; of a straight path, (3) is (2)
with eta = 0. (5) leans on what the denoiser said before instead of asking twice.

References: Ho et al. 2020 (1), Song, Meng and Ermon 2021 (2), Song et al. 2021 (the ODE), Karras et al. 2022 (4), Lu et
al. 2022 (5, DPM-Solver++ of second order).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.diffusion.predictions import velocity
from playground.diffusion.schedule import Schedule, posterior

Denoiser = Callable[[Tensor, int], tuple[Tensor, Tensor]]  # (x_t (B, d), t) -> (x_0, e), each (B, d)


class Moment(NamedTuple):
    """x at a stop t, and the x_0 that the denoiser sees in it."""

    t: int
    x: Tensor
    x0: Tensor


class Here(NamedTuple):
    """All that a step knows."""

    denoise: Denoiser
    schedule: Schedule
    t: int
    s: int  # the next stop
    x: Tensor
    x0: Tensor
    e: Tensor
    eta: float
    noise: Callable[[], Tensor]
    before: tuple[int, Tensor] | None  # the stop before and x_0 there


def ddpm(here: Here) -> Tensor:
    law = posterior(here.schedule, here.t, here.s)
    mean = law.x_weight * here.x + law.x0_weight * here.x0
    return mean + law.sd * here.noise() if law.sd else mean  # (1)


def ddim(here: Here) -> Tensor:
    to = here.schedule.level(here.s)
    sd = here.eta * posterior(here.schedule, here.t, here.s).sd
    x = to.a * here.x0 + math.sqrt(max(float(to.s) ** 2 - sd**2, 0.0)) * here.e
    return x + sd * here.noise() if sd else x  # (2)


def euler(here: Here) -> Tensor:
    way = float(here.schedule.clock[here.s] - here.schedule.clock[here.t])
    return here.x + way * velocity(here.x0, here.e, here.schedule.level(here.t))  # (3)


def heun(here: Here) -> Tensor:
    x = euler(here)
    if here.s == 0:
        return x  # without noise there is nothing to ask
    way = float(here.schedule.clock[here.s] - here.schedule.clock[here.t])
    then = velocity(*here.denoise(x, here.s), here.schedule.level(here.s))
    now = velocity(here.x0, here.e, here.schedule.level(here.t))
    return here.x + way * (now + then) / 2  # (4)


def dpm(here: Here) -> Tensor:
    a, s = here.schedule.a, here.schedule.s
    D, lean = here.x0, 0.0
    if here.before is not None and here.s > 0:
        first, x0_before = here.before
        with np.errstate(divide="ignore"):
            last, now, then = (np.log(a[t] / s[t]) for t in (first, here.t, here.s))
        lean = float((then - now) / (now - last)) / 2  # 1 / 2r; 0 after a step from pure noise
        D = torch.lerp(x0_before, here.x0, 1 + lean)
    shrink = float(s[here.s] / s[here.t])
    return torch.add(shrink * here.x, D, alpha=float(a[here.s] - a[here.t] * shrink))  # (5)


STEPS: dict[str, Callable[[Here], Tensor]] = {"ddpm": ddpm, "ddim": ddim, "euler": euler, "heun": heun, "dpm++": dpm}
SAMPLERS = tuple(STEPS)
DRAWING = ("ddpm", "ddim")  # those that may draw noise on their way


SPACINGS = {"even": 1.0, "finer": 1.5}  # the power of the times


def stops(T: int, steps: int, spacing: str = "even") -> list[int]:
    """The times of `steps` steps from T down to 0, T steps at most: T (i / steps)^power, no two of them the same."""
    steps = min(steps, T)
    wanted = (T * (i / steps) ** SPACINGS[spacing] for i in range(steps + 1))
    return [max(i, round(t)) for i, t in enumerate(wanted)][::-1]


def calls(sampler: str, steps: int) -> int:
    """How often the denoiser is asked in so many steps."""
    return 2 * steps - 1 if sampler == "heun" else steps


def reverse(
    denoise: Denoiser,
    schedule: Schedule,
    x: Tensor,
    sampler: str,
    at: Sequence[int],
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[Moment]:
    """All moments from x at the first stop, usually noise at T, to the last, which has t = 0. x: (B, d)."""

    def noise() -> Tensor:
        return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)

    step, before = STEPS[sampler], None
    for t, s in itertools.pairwise(at):
        x0, e = denoise(x, t)
        yield Moment(t, x, x0)
        x = step(Here(denoise, schedule, t, s, x, x0, e, eta, noise, before))
        before = (t, x0)
    yield Moment(at[-1], x, x)
