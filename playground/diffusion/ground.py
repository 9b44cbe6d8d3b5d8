"""What points are learned from, and what generated ones are measured against. Nothing here depends on a model.

On the line, n generated numbers are measured in bins (`line_theory.py`), in the plane by `yardstick.py`; both say what
perfect generators would get. Numbers that a sampler without noise makes of evenly spread noise are no random draw, and
then the only luck is that of the N data: `fair` is the number of points that a perfect generator would know.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache

import numpy as np
import torch

from playground.data.blurred import Target
from playground.data.line import LineTarget
from playground.diffusion.points_knobs import HEADS, TAILS, PointsConfig
from playground.line_theory import LineGauge
from playground.metrics import LEAST_OF_FAIR, WITHIN
from playground.yardstick import REFERENCE, SEED, Yardstick, yardstick

ROOM = 2.7  # standard deviations of the noise at T that are seen
TOSSED = (TAILS + HEADS) / 2  # what lies above it is heads
LUCK = 1.645  # standard errors that nine of ten stay within


class Ground(ABC):
    """A target, and how far what is generated is from it."""

    dim: int
    target: Target
    unit: float  # what 1 of the path is in the data's own units

    @abstractmethod
    def measure(self, made: np.ndarray, fair: float) -> dict[str, float]:
        """Scalars of generated points in data units, (n, dim)."""

    @property
    @abstractmethod
    def window(self) -> tuple[float, float]:
        """From low to high on each axis: all of the target, and some room."""

    @property
    def frame(self) -> tuple[float, float]:
        """The same for the target and the noise that it becomes."""
        low, high = self.window
        return min(low, -ROOM * self.unit), max(high, ROOM * self.unit)


class InPlane(Ground):
    dim = 2

    def __init__(self, measured: Yardstick, *, standardise: bool) -> None:
        self.yardstick, self.target = measured, measured.target
        drawn = self.target.draw(REFERENCE, torch.Generator().manual_seed(SEED))
        self.unit = float(drawn.double().square().mean().sqrt()) if standardise else 1.0

    def measure(self, made: np.ndarray, fair: float) -> dict[str, float]:
        regions, (low, _, high) = self.yardstick.regions, self.yardstick.floor
        found = regions.covered(made)
        return {
            "sw1": self.yardstick.distance(made),
            "sw1_low": low,
            "sw1_high": high,
            "covered": float(found.covered),
            "covered_share": found.covered / len(regions),
            "within": found.within,
            "spread": found.spread if found.covered or not regions.are_modes else 0.0,
        }

    @property
    def window(self) -> tuple[float, float]:
        return -self.yardstick.target.window, self.yardstick.target.window

    @property
    def detail(self) -> float:
        """The size of what is finest in it."""
        return self.yardstick.target.detail


class OnLine(Ground):
    dim = 1

    def __init__(self, target: LineTarget, p: float | None, *, standardise: bool) -> None:
        self.target = self.law = target
        self.p = p  # of a coin
        self.gauge = LineGauge(target)
        self.unit = math.hypot(target.mean, target.sd) if standardise else 1.0
        self._resolutions: dict[int, float] = {}
        modes = target.modes
        self.centres = np.array([centre for centre, _ in modes])
        self.sigmas = np.array([sigma for _, sigma in modes])

    def measure(self, made: np.ndarray, fair: float) -> dict[str, float]:
        x = made[:, 0].astype(float)
        low, high = self.gauge.floor(round(fair))["w1"]
        if fair > len(x):  # spread evenly, not drawn: luck is not all that so few leave open
            high += self._resolution(len(x))
        numbers = {
            "w1": self.gauge.w1(self.gauge.of_sample(x)) / self.gauge.sd,
            "w1_low": low,
            "w1_high": high,
            **self._modes(x),
        }
        if self.p is not None:
            luck = LUCK * math.sqrt(self.p * (1 - self.p) / fair)
            numbers |= {"heads": float((x > TOSSED).mean()), "p": self.p}
            numbers |= {"heads_low": max(self.p - luck, 0.0), "heads_high": min(self.p + luck, 1.0)}
        return numbers

    def _resolution(self, n: int) -> float:
        """W1 of n even quantiles, the best that n numbers can be."""
        if n not in self._resolutions:
            even = self.law.quantile((np.arange(n) + 0.5) / n)
            self._resolutions[n] = self.gauge.w1(self.gauge.of_sample(even)) / self.gauge.sd
        return self._resolutions[n]

    def _modes(self, x: np.ndarray) -> dict[str, float]:
        """How many of the bumps have a quarter of what they should, and how much lies within 3 sigma of one."""
        if not len(self.centres):
            return {"covered": math.nan, "covered_share": math.nan, "within": math.nan}
        between = (self.centres[1:] + self.centres[:-1]) / 2
        due = np.diff(self.law.cumulative(between), prepend=0, append=1)
        home = np.searchsorted(between, x)
        near = np.abs(x - self.centres[home]) <= WITHIN * self.sigmas[home]
        held = np.bincount(home, near, len(due)) / len(x)
        covered = int(((held > 0) & (held >= LEAST_OF_FAIR * due)).sum())
        return {"covered": float(covered), "covered_share": covered / len(due), "within": float(near.mean())}

    @property
    def window(self) -> tuple[float, float]:
        return self.gauge.low, self.gauge.high


def ground(config: PointsConfig) -> InPlane | OnLine:
    """What these settings say that there is to learn."""
    c = config
    if not c.on_line:
        return _in_plane(c.target, c.noise, c.word, c.own, standardise=c.standardise)
    is_coin = c.target == "coin"
    return _on_line(c.law_on_line(), c.p if is_coin else None, standardise=c.standardise and not is_coin)


@lru_cache(maxsize=32)
def _in_plane(name: str, noise: float, word: str, own: str, *, standardise: bool) -> InPlane:
    return InPlane(yardstick(name, noise, word, own, 1.0, 0.0), standardise=standardise)


@lru_cache(maxsize=32)
def _on_line(target: LineTarget, p: float | None, *, standardise: bool) -> OnLine:
    return OnLine(target, p, standardise=standardise)
