"""p(x) of a diffusion of points: on a grid, beside the density of the data, and on points that were held out.

`likelihood.py` says what is exact in it. With log p of the model and log p* of the data, both in data units,

    mean over held-out x of  log p*(x) - log p(x)                                                   (1)

estimates KL(p* || p), so it should be about 0, and can be below by luck alone: both are taken at the same points, and
the standard error is that of the difference. A path of many times is followed at every k-th of them (2).
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.diffusion.ground import InPlane
from playground.diffusion.held import Held
from playground.diffusion.likelihood import Likelihood, Pausing, followed, pauses
from playground.diffusion.samplers import Denoiser
from playground.diffusion.schedule import Schedule
from playground.yardstick import middles

HELD_OUT = 500  # points
SEED = 77  # of them; no run and no yardstick draws with it
FIRST, FEW, MANY = 32, 16, 256  # points that are followed at once: at first, and at least and most
TURN = 0.02  # seconds that one time of them should take: what trains meanwhile waits for it
NUMBERS = 400  # places on the line
FEWEST, MOST = 64, 120  # cells of the grid in each direction ...
FINENESS = 0.6  # ... of which one is so large, in units of the finest detail; a network's density has kinks as well
LONGEST = 128  # steps of a path


class Mean(NamedTuple):
    """In nats, and its standard error."""

    value: float
    error: float


class LearnedDensity:
    """Finds log p of the denoiser that is set, piece by piece: first at the held-out points, then on the grid."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.denoise, self.path = thinned(held.chosen, held.schedule)
        low, high = held.ground.window
        self.low, self.high = low, high
        if isinstance(held.ground, InPlane):
            needed = math.ceil((high - low) / (FINENESS * held.ground.detail))
            self.cells = min(max(needed, FEWEST), MOST)
            self.grid = middles(low, high, self.cells)
        else:
            self.cells = NUMBERS
            self.grid = (low + (np.arange(NUMBERS) + 0.5) * (high - low) / NUMBERS)[:, None]
        drawn = held.ground.target.draw(HELD_OUT, torch.Generator().manual_seed(SEED))
        self.points = drawn.numpy().astype(float).reshape(HELD_OUT, -1)
        self.places = np.concatenate((self.points, self.grid))
        self.log_p = np.zeros(0)  # of the places so far
        self.errors = np.zeros(0)  # of their sums, as estimated; most of it has been taken out
        self.at_once = FIRST
        self._under_way = 0.0  # places, by how far those have come that are followed now
        self._work = self._measure()

    @property
    def share(self) -> float:
        return (len(self.log_p) + self._under_way) / len(self.places)

    def go_on(self) -> bool:
        """One time more of some points; False if there is none."""
        return next(self._work, False)

    def _measure(self) -> Iterator[bool]:
        unit, d = self.held.ground.unit, self.held.ground.dim
        while not self.done:
            first = len(self.log_p)
            x = torch.from_numpy(self.places[first : first + self.at_once] / unit).to(self.held.start)
            found = yield from self._pausing(followed(self.denoise, self.path, x), len(x))
            self._under_way = 0.0
            self.errors = np.append(self.errors, found.error.numpy(force=True))
            self.log_p = np.append(self.log_p, found.log_p.numpy(force=True) - d * math.log(unit))

    def _pausing(self, work: Pausing[Likelihood], count: int) -> Generator[bool, None, Likelihood]:
        """Follows so many places, keeps account of it, and sees how many can be followed at once."""
        parts, spent = pauses(self.path) + 1, 0.0
        while True:
            begun = time.perf_counter()
            try:
                next(work)
            except StopIteration as end:
                self.at_once = fitting(self.at_once, spent / parts)
                found: Likelihood = end.value
                return found
            spent += time.perf_counter() - begun
            self._under_way += count / parts
            yield True

    # --- what comes of it --------------------------------------------------------------------------------

    @property
    def measured(self) -> bool:
        """Whether the held-out points are done."""
        return len(self.log_p) >= HELD_OUT

    @property
    def done(self) -> bool:
        return len(self.log_p) == len(self.places)

    @cached_property
    def exact(self) -> np.ndarray:
        """The density of the data on the grid."""
        return self.held.density(self.grid, 0)

    @property
    def density(self) -> np.ndarray:
        """Of the model on the grid; NaN where it is not known yet."""
        found = np.full(len(self.grid), np.nan)
        known = np.exp(self.log_p[HELD_OUT:])
        found[: len(known)] = known
        return found

    @property
    def mass(self) -> float:
        """The integral over the grid."""
        return float(np.nansum(self.density)) * ((self.high - self.low) / self.cells) ** self.held.ground.dim

    @property
    def model(self) -> Mean:
        return _mean(self.log_p[:HELD_OUT])

    @cached_property
    def data(self) -> Mean:
        return _mean(self._own)

    @property
    def gap(self) -> Mean:
        """(1)."""
        return _mean(self._own - self.log_p[:HELD_OUT])

    @property
    def discretised(self) -> float:
        """The mean error of the sum at the held-out points, as estimated; it has been taken out. NaN if unknown."""
        return float(self.errors[:HELD_OUT].mean())

    @property
    def lost(self) -> int:
        """How many held-out points have no log p: on their way the denoiser has said what is no number."""
        return int((~np.isfinite(self.log_p[:HELD_OUT])).sum())

    @cached_property
    def _own(self) -> np.ndarray:
        return np.log(self.held.density(self.points, 0))


def fitting(count: int, seconds: float) -> int:
    """How many places to follow at once, if one time of `count` of them has taken so long."""
    if seconds > TURN:
        return max(count // 2, FEW)
    return min(2 * count, MANY) if seconds < TURN / 4 else count


def thinned(denoise: Denoiser, schedule: Schedule) -> tuple[Denoiser, Schedule]:
    """(2): the path at 0, 1 and then at even distances, in at most `LONGEST` steps, and who answers on it."""
    if schedule.T <= LONGEST:
        return denoise, schedule
    at = [0, *np.linspace(1, schedule.T, LONGEST).round().astype(int).tolist()]

    def ask(x: Tensor, i: int) -> tuple[Tensor, Tensor]:
        return denoise(x, at[i])

    return ask, schedule.thinned(at)


def _mean(values: np.ndarray) -> Mean:
    return Mean(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))
