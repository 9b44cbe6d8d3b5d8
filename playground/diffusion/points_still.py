"""What is true of the noised points whatever the network says: their law at each time, its score, the least loss.

x_t is drawn in the units of the data, r x_t, with r as in `points.py`. Its law and score are exact (`exact.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from playground.data.scaled import scaled
from playground.diffusion.exact import Exact
from playground.diffusion.ground import InPlane, OnLine
from playground.diffusion.predictions import score
from playground.diffusion.schedule import Schedule
from playground.diffusion.start import Gap, start_gap
from playground.yardstick import FINENESS, FLAT, INNER, MOST, OUTER, SHOWN, middles

BINS = 20  # parts of the path in the curves over t
PROBES = 128  # noised points in each, where the score is held against the exact one
CELLS = 48  # of the fields of scores in each direction
EVERY = 4  # cells from one arrow to the next
COARSEST = 48  # cells of the picture of a density
NUMBERS = 240  # places on the line where curves are drawn
COLUMNS, ROWS = 60, 80  # of the picture of the law over time
FAINT = 1e-3  # of the highest density: below it hardly a noised point comes, and no score is drawn
NEAR = 3.5  # standard deviations of noise around the data that the picture of their density shows
SEED = 4  # of the probes and of the noise of the points that are shown
KEPT = 32  # times whose pictures are kept


@dataclass(frozen=True)
class Then:
    """The law at one time. at: where scores are drawn, (m, d) in the units of the path; e: the exact noise there."""

    t: int
    at: Tensor
    e: np.ndarray  # (m, d)
    seldom: np.ndarray  # (m,): where hardly a point comes
    arrays: dict[str, np.ndarray]
    numbers: dict[str, float]


class Still:
    """All of it, for every run on these data and this path; found out when it is asked for."""

    def __init__(self, ground: InPlane | OnLine, schedule: Schedule, prediction: str) -> None:
        self.ground, self.schedule, self.prediction = ground, schedule, prediction
        self.exact = Exact(scaled(ground.target, 1 / ground.unit), schedule)  # in the units of the path
        self._then: dict[int, Then] = {}

    def find_out(self, t: int) -> None:
        """All that a first picture needs, which shows the time t."""
        self.then(t)
        _ = self.lasting, self.probes, self.gap

    # --- over all times ----------------------------------------------------------------------------------

    @cached_property
    def times(self) -> np.ndarray:
        """The middle of each even part of the path, as a whole time. (at most BINS,)"""
        T = self.schedule.T
        parts = min(BINS, T)
        return np.ceil((np.arange(parts) + 0.5) * T / parts).astype(int)

    @cached_property
    def least(self) -> np.ndarray:
        """What the loss cannot come below at each of the times."""
        return np.array([self.exact.least_loss(int(t), self.prediction).value for t in self.times])

    @cached_property
    def probes(self) -> tuple[Tensor, Tensor, Tensor]:
        """Noised data at all of the times, x_t (n, d) and t (n,), and the exact noise in them, (n, d)."""
        own = torch.Generator().manual_seed(SEED)
        n = PROBES * len(self.times)
        x0 = self.ground.target.draw(n, own).view(n, -1) / self.ground.unit
        t = torch.from_numpy(self.times).repeat_interleave(PROBES)
        level = self.schedule.levels(t, x0)
        x = level.a * x0 + level.s * torch.randn(x0.shape, generator=own)
        e = [self.exact(part, int(when))[1] for part, when in zip(x.split(PROBES), self.times, strict=True)]
        return x, t, torch.cat(e)

    @cached_property
    def real(self) -> tuple[Tensor, Tensor]:
        """Real points in the units of the path and the noise that they are mixed with, (SHOWN, d) each."""
        own = torch.Generator().manual_seed(SEED)
        x0 = self.ground.target.draw(SHOWN, own).view(SHOWN, -1) / self.ground.unit
        return x0, torch.randn(x0.shape, generator=own)

    @cached_property
    def lasting(self) -> dict[str, np.ndarray]:
        """Arrays that are the same at every time."""
        T = self.schedule.T
        found = {
            "share of T": np.linspace(0, 1, T + 1, dtype=np.float32),
            "alpha-bar": self.schedule.alpha_bar.astype(np.float32),
            "t of bins": self.times.astype(np.float32),
            "least by t": self.least,
        }
        if self.ground.dim == 1:
            found["laws"] = self._laws()
        return found

    @property
    def gap(self) -> Gap:
        """From where the path ends to where sampling begins."""
        return start_gap(self.exact.target, self.schedule)

    @cached_property
    def numbers(self) -> dict[str, float]:
        low, high = self.ground.frame
        return {"T": float(self.schedule.T), "left": self.schedule.left, "low": low, "high": high}

    def _laws(self) -> np.ndarray:
        """The law of x_t on the line, a column a time, each as a share of its own highest density: bytes."""
        low, high = self.ground.frame
        x = low + (np.arange(ROWS) + 0.5) * (high - low) / ROWS
        columns = [self.density(x, round(t)) for t in np.linspace(0, self.schedule.T, COLUMNS)]
        shares = [q / max(float(q.max()), 1e-300) for q in columns]
        return np.rint(np.stack(shares, 1) * 255).astype(np.uint8)

    def density(self, points: np.ndarray, t: int) -> np.ndarray:
        """That of r x_t at places in data units, (n,) or (n, 2). Returns (n,)."""
        d, unit = self.ground.dim, self.ground.unit
        x = torch.from_numpy(np.ascontiguousarray(points, float)).view(-1, d) / unit
        return np.exp(self.exact.log_density(x, t).numpy()) / unit**d

    # --- at one time -------------------------------------------------------------------------------------

    def then(self, t: int) -> Then:
        found = self._then.get(t)  # pages ask, too, while the worker does
        if found is None:
            found = self._on_line(t) if self.ground.dim == 1 else self._in_plane(t)
            if len(self._then) >= KEPT:
                self._then.pop(next(iter(self._then.copy())), None)
            self._then[t] = found
        return found

    def mixed(self, t: int) -> np.ndarray:
        """The real points that are shown, with as much noise as they have at t, in data units."""
        x0, e = self.real
        level = self.schedule.level(t)
        return (level.a * x0 + level.s * e).numpy() * self.ground.unit

    def marks(self, t: int) -> dict[str, np.ndarray]:
        """What every time has: its mark on the curve of alpha-bar."""
        return {"time": np.array([[t / self.schedule.T, self.schedule.alpha_bar[t]]])}

    def _scores(self, places: np.ndarray, t: int) -> tuple[Tensor, np.ndarray, np.ndarray]:
        """Places in the units of the path, the exact noise there, and where hardly a point comes."""
        x = torch.from_numpy(places).view(len(places), -1) / self.ground.unit
        logs, e = self.exact.law(x, max(t, 1))
        return x, e.numpy(), ~(logs.numpy() >= float(logs.max()) + math.log(FAINT))

    def slope(self, e: np.ndarray, t: int, seldom: np.ndarray) -> np.ndarray:
        """The score in data units where there is something to see, NaN elsewhere. (m, d)"""
        level = self.schedule.level(max(t, 1))
        found = np.asarray(score(torch.from_numpy(e), level)) / self.ground.unit
        return np.where(seldom[:, None], np.nan, found)

    def _on_line(self, t: int) -> Then:
        low, high = self.ground.frame
        x = np.linspace(low, high, NUMBERS)
        at, e, seldom = self._scores(x, t)
        arrays = {
            "x": x,
            "q": self.density(x, t),
            "exact score": self.slope(e, t, seldom)[:, 0],
            "real": self.mixed(t)[:, 0],
        }
        return Then(t, at, e, seldom, arrays | self.marks(t), {})

    def _in_plane(self, t: int) -> Then:
        low, high = self.ground.frame
        places = middles(low, high, CELLS)
        at, e, seldom = self._scores(places, t)
        picture, half = self._picture(t)
        chosen = arrows()
        arrays = {
            "real": self.mixed(t),
            "p": picture,
            "arrow at": places[chosen],
            "exact score": self.slope(e, t, seldom)[chosen],
        }
        return Then(t, at, e, seldom, arrays | self.marks(t), {"p_low": -half, "p_high": half})

    def _picture(self, t: int) -> tuple[np.ndarray, float]:
        """The density at t as `Yardstick.p` shows one, as bytes, and half the width of the square that it fills."""
        assert isinstance(self.ground, InPlane)
        level, (_, high) = self.schedule.level(t), self.ground.frame
        half = min(high, float(level.a) * self.ground.window[1] + NEAR * float(level.s) * self.ground.unit)
        detail = math.hypot(float(level.a) * self.ground.detail, float(level.s) * self.ground.unit)
        needed = 2 * half / (FINENESS * detail)
        outer, inner = np.quantile(self.density(self.mixed(t), t), (0.05, 0.5))
        if not outer > 0 or needed > MOST + 1:
            return np.zeros((2, 2), np.uint8), half
        cells = int(max(COARSEST, np.ceil(needed)))
        q = self.density(middles(-half, half, cells), t).reshape(cells, cells)
        if inner > FLAT * outer:
            with np.errstate(divide="ignore"):
                share = OUTER + (INNER - OUTER) * np.log(q / outer) / np.log(inner / outer)
        else:
            share = (q > outer / 2).astype(float)
        return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8), half


@lru_cache(maxsize=16)
def still(ground: InPlane | OnLine, schedule: Schedule, prediction: str) -> Still:
    return Still(ground, schedule, prediction)


def arrows() -> np.ndarray:
    """Which of the cells of a field have an arrow, as indices. (ARROWS^2,)"""
    middle = np.arange(EVERY // 2, CELLS, EVERY)
    return (middle[:, None] * CELLS + middle).ravel()
