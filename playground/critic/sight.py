"""Where a critic is looked at, and what is measured there. The numbers are equations of `playground.critic`.

On the line f is read at the ends of `CELLS` straight pieces; in the plane at points of p, at the same points carried
to q, at points between the two, and on a lattice for the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.critic.pairs import PAIRS
from playground.nets import MLP

CELLS = 512  # of the line
MEASURED = 512  # points of p, and of q, in the plane
SHOWN = 250  # of them that are drawn
LATTICE = (36, 48)  # rows and columns of a map
EACH = 6  # of them, each way, has an arrow
LONG = 0.7  # of the way to the next one, for a slope of 1
LONGEST = 1.5  # times as long an arrow may be; where slopes are larger, all are drawn shorter
OUTER = 0.005  # of a law lies beyond the stretch on which slopes count
SEED = 7  # of the points that everything is measured on
HEIGHT = 0.3  # of a best critic's height that densities take below it ...
BELOW = 0.15  # ... and as much that is left free between them
SQUARE = 0.72  # height of the plane's picture, its width being 1
AIR = 0.8  # around the laws in the plane


@dataclass(frozen=True)
class Measured:
    """estimate: E_p f - E_q f; steepest: the largest slope where the laws are; middle: the mean of f over both."""

    estimate: float
    steepest: float
    middle: float


class LineSight:
    """The critic over the line."""

    frame: Mapping[str, float] = dict.fromkeys(("left", "right", "bottom", "top"), 1.0)  # of no plane

    def __init__(self, pair: str, d: float, device: torch.device) -> None:
        laws = PAIRS[pair].laws
        assert laws
        self.p, self.q = laws(d)
        ends = np.array([self.p.window, self.q.window])
        self.x = np.linspace(ends[:, 0].min(), ends[:, 1].max(), CELLS + 1)
        self.at = torch.from_numpy(self.x).float()[:, None].to(device)
        inside = np.array([law.quantile(np.array([OUTER, 1 - OUTER])) for law in (self.p, self.q)])
        self.counted = (self.x[:-1] >= inside[:, 0].min()) & (self.x[1:] <= inside[:, 1].max())
        middle = (self.x[1:] + self.x[:-1]) / 2
        apart, half = (self.q.cumulative(x) - self.p.cumulative(x) for x in (self.x, middle))
        self.apart = (apart[1:] + apart[:-1] + 4 * half) / 6  # the mean of G - F over each cell, by Simpson's rule
        self.both = np.diff(self.p.cumulative(self.x) + self.q.cumulative(self.x))

    def measure(self, D: MLP) -> Measured:
        """(7), with every piece of f straight."""
        f = D(self.at)[:, 0].numpy(force=True).astype(float)
        steepest = np.abs(np.diff(f) / np.diff(self.x))[self.counted].max()
        return Measured(float(np.diff(f) @ self.apart), float(steepest), self._middle(f))

    def look(self, D: MLP, found: Measured) -> dict[str, np.ndarray]:
        """f and a best critic around their middles, and the two densities below them, not to scale."""
        f = D(self.at)[:, 0].numpy(force=True).astype(float)
        best, densities = self.best - self._middle(self.best), (self.p.density(self.x), self.q.density(self.x))
        tall = HEIGHT * np.ptp(best) / np.max(densities)
        bottom = best.min() - (HEIGHT + BELOW) * np.ptp(best)
        return {
            "x": self.x,
            "f": f - found.middle,
            "scaled": (f - found.middle) / max(found.steepest, 1e-12),
            "best": best,
            "cells": (self.x[1:] + self.x[:-1]) / 2,
            "slope": np.abs(np.diff(f) / np.diff(self.x)),
            "p": bottom + tall * densities[0],
            "q": bottom + tall * densities[1],
        }

    @cached_property
    def best(self) -> np.ndarray:
        """A best critic of (1): its slope is the sign of G - F, and nothing where they are equal."""
        slope = np.sign(np.where(np.abs(self.apart) > 1e-9, self.apart, 0))
        return np.concatenate(([0.0], np.cumsum(slope * np.diff(self.x))))

    def _middle(self, f: np.ndarray) -> float:
        """The mean of f over both laws: a critic is one whatever constant is added, so it is drawn without."""
        return float((f[1:] + f[:-1]) / 2 @ self.both / self.both.sum())


class PlaneSight:
    """The critic over the plane."""

    def __init__(self, pair: str, d: float, device: torch.device) -> None:
        known = PAIRS[pair]
        assert known.base and known.carried
        own = torch.Generator().manual_seed(SEED)
        p = known.base(MEASURED, own)
        q, other = known.carried(p, d), known.carried(known.base(MEASURED, own), d)
        between = torch.lerp(p, other, torch.rand(MEASURED, 1, generator=own))
        self.points = torch.cat((p, q, between)).to(device)
        low, high = torch.cat((p, q)).amin(0), torch.cat((p, q)).amax(0)
        left, right = float(low[0]) - AIR, float(high[0]) + AIR
        half = max(SQUARE * (right - left) / 2, float(high[1]) + AIR)
        self.apart = EACH * (right - left) / LATTICE[1]  # two arrows
        self.frame = {"left": left, "right": right, "bottom": -half, "top": half}
        self.lattice = self._middles().to(device)
        self.p, self.q = (x[:SHOWN].numpy().astype(np.float32) for x in (p, other))

    def _middles(self) -> Tensor:
        """Of the cells of the map, row by row from the bottom: (rows columns, 2)."""
        rows, columns = ((torch.arange(n) + 0.5) / n for n in LATTICE)
        left, right, bottom, top = self.frame.values()
        return torch.cartesian_prod(bottom + (top - bottom) * rows, left + (right - left) * columns).flip(1)

    def measure(self, D: MLP) -> Measured:
        f, slope = scored(D, self.points)
        of_p, of_q = f[:MEASURED].mean(), f[MEASURED : 2 * MEASURED].mean()
        return Measured(float(of_p - of_q), float(np.hypot(*slope.T).max()), float(of_p + of_q) / 2)

    def look(self, D: MLP, found: Measured) -> dict[str, np.ndarray]:
        """f around the middle of its scores of p and q; arrows show where a point of q would gain."""
        f, slope = scored(D, self.lattice)
        field = f - found.middle
        some = np.arange(len(f)).reshape(LATTICE)[EACH // 2 :: EACH, EACH // 2 :: EACH].ravel()
        return {
            "points p": self.p,
            "points q": self.q,
            "field": (0.5 + field / (2 * max(np.abs(field).max(), 1e-12))).reshape(LATTICE),
            "tails": self.lattice.numpy(force=True)[some],
            "pulls": slope[some],
            "steepness": np.clip(np.hypot(*slope.T) / 2, 0, 1).reshape(LATTICE),
        }


def stretch(slope: np.ndarray, apart: float) -> float:
    """How long an arrow of length 1 is drawn: LONG of the way to the next, or a round part of that. slope: (n, 2)."""
    most = max(float(np.hypot(*slope.T).max()) / LONGEST, 1.0)
    power = 10.0 ** np.floor(np.log10(most))
    return LONG * apart / next(m * power for m in (1, 2, 5, 10) if m * power >= most)


def scored(D: MLP, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """f and its slope at x, (n, 2). Returns (n,), (n, 2)."""
    f = D.forward(x)
    slope = D.to_input(D.signals(torch.ones_like(f)))
    return f[:, 0].numpy(force=True).astype(float), slope.numpy(force=True).astype(float)
