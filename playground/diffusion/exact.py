"""The best denoiser there is: what x_t says of x_0 and of the noise if the law of the data is known.

With x_t = a x_0 + s e, x_t / a is the data with noise of size s / a on top, whose density p_t is known
(`data/blurred.py`), and its slope says the mean of what has been mixed:

    log q(x_t) = log p_t(x_t / a) - d log a                                                         (1)
    E[x_0 | x_t] = x_t / a + (s / a)^2 grad log p_t(x_t / a)                                        (2)
    E[e | x_t] = -(s / a) grad log p_t(x_t / a)                                                     (3)

d is the number of coordinates. No network can do better: what it is asked for is spread about (2) and (3) by

    x_0    m = E |x_0 - E[x_0 | x_t]|^2 / d,      epsilon   (a / s)^2 m,      v   m / s^2           (4)

which is the least loss that it can end at. References: Robbins 1956, Efron 2011 (2, Tweedie's formula), Vincent 2011.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data.blurred import Target, blurred
from playground.data.line import LineTarget
from playground.data.scores import look
from playground.diffusion.schedule import Schedule

FAINT = 1e-7  # a below it is as good as none: then x_t is noise alone
ENDLESS = 1e5  # noise under which only the mean is left of a target, to 1e-9
KEPT = 128  # times whose law is kept
DRAWS = 4096  # that (4) is measured on: to 1.5 %, or, where blobs dissolve that are far apart, to 10 %
MANY = 2**18  # that say what the mean and the size of x_0 should have been


class Least(NamedTuple):
    """A least loss, and its standard error."""

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Exact:
    """The best denoiser of a target on a path, a `samplers.Denoiser`. Points: (n, 1) or, in the plane, (n, 2)."""

    target: Target
    schedule: Schedule

    @property
    def d(self) -> int:
        return 1 if isinstance(self.target, LineTarget) else 2

    def __call__(self, x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        """(2) and (3)."""
        a, s, _, _ = (float(value) for value in self.schedule.level(t))
        if s == 0:
            return x / a, torch.zeros_like(x)  # all is known of x_0, nothing of the noise
        if a < FAINT:
            return self._mean.to(x).expand_as(x), x / s
        y = x.cpu().double() / a
        _, slope = look(self.at(t), y)
        return (y + (s / a) ** 2 * slope).to(x), (-(s / a) * slope).to(x)

    def at(self, t: int) -> Target:
        """The law of x_t / a."""
        found = self._blurred.get(t)
        if found is None:
            a, s, _, _ = (float(value) for value in self.schedule.level(t))
            found = blurred(self.target, s / a)
            if len(self._blurred) >= KEPT:
                self._blurred.clear()
            self._blurred[t] = found
        return found

    def log_density(self, x: Tensor, t: int) -> Tensor:
        """(1), (n,)."""
        a, s, _, _ = (float(value) for value in self.schedule.level(t))
        if a < FAINT:
            return -(x / s).square().sum(1) / 2 - self.d * math.log(s * math.sqrt(2 * math.pi))
        logs, _ = look(self.at(t), x.cpu().double() / a)
        return (logs.view(len(x)) - self.d * math.log(a)).to(x)

    def law(self, x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        """(1), (n,), and (3), (n, d), at once."""
        a, s, _, _ = (float(value) for value in self.schedule.level(t))
        if s == 0 or a < FAINT:
            return self.log_density(x, t), self(x, t)[1]
        logs, slope = look(self.at(t), x.cpu().double() / a)
        return (logs.view(len(x)) - self.d * math.log(a)).to(x), (-(s / a) * slope).to(x)

    def score(self, x: Tensor, t: int) -> Tensor:
        """grad log q(x_t), (n, d); at t = 0 that of the data, NaN outside of a density with sharp edges."""
        a, s, _, _ = (float(value) for value in self.schedule.level(t))
        if a < FAINT:
            return -x / s**2
        return (look(self.at(t), x.cpu().double() / a)[1] / a).to(x)

    def least_loss(self, t: int, kind: str) -> Least:
        """(4), from the same draws of x_0 and e at every t, so that a curve over t is smooth.

        How far these draws stray from their law in e^2, x_0^2, x_0 e and x_0 is known, and taken out as far as the
        misses go along with it.
        """
        a, s, _, _ = (float(value) for value in self.schedule.level(t))
        if s == 0:
            return Least(0.0 if kind == "x0" else 1.0, 0.0)
        x0, e = self._draws
        if t not in self._missed:
            missed = (x0 - self(a * x0 + s * e, t)[0]).square().mean(1)
            along = torch.linalg.lstsq(self._strays, missed[:, None]).solution  # the first is the mean without them
            explained = self._strays @ along
            luck = (missed - explained[:, 0]).var() / DRAWS + explained.var() / MANY
            self._missed[t] = Least(float(along[0]), math.sqrt(luck))
        scale = {"x0": 1.0, "epsilon": (a / s) ** 2, "v": 1 / s**2}[kind]
        return Least(*(scale * number for number in self._missed[t]))

    @cached_property
    def _draws(self) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(0)
        x0 = self.target.draw(DRAWS, generator).double().view(DRAWS, self.d)
        return x0, torch.randn(DRAWS, self.d, generator=generator, dtype=torch.float64)

    @cached_property
    def _strays(self) -> Tensor:
        """What is known of the draws beside a column of ones: columns whose means should be 0, (DRAWS, 4 + d)."""
        x0, e = self._draws
        law = self.target.draw(MANY, torch.Generator().manual_seed(1)).double().view(MANY, self.d)
        size = x0.square().mean(1) - law.square().mean()
        columns = (torch.ones_like(size), e.square().mean(1) - 1, size, (x0 * e).mean(1), *(x0 - law.mean(0)).T)
        return torch.stack(columns, 1)

    @cached_property
    def _mean(self) -> Tensor:
        """E[x_0], (1, d)."""
        none = torch.zeros(1, self.d, dtype=torch.float64)
        return ENDLESS**2 * look(blurred(self.target, ENDLESS), none)[1]

    @cached_property
    def _blurred(self) -> dict[int, Target]:
        return {}

    @cached_property
    def _missed(self) -> dict[int, Least]:
        return {}
