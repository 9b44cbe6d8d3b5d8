"""A distribution on the line measured against the one that it should be, on bins that both are known on.

A law is kept as its cumulative F at the edges of K bins of width w, and what lies outside of them as two more bins.
The law of G(z), for one number z of noise, is exact up to the bins: F is what `theory.pushforward` makes of fine
cells of z. With p_k, q_k the masses of the bins, F and H the cumulatives of p and q,

    W1       integral |F - H| over the bins  +  | E_q (x - high)^+ - E_p (x - high)^+ |  +  the same below      (1)
    KL       sum p_k ln(p_k / q_k)                                                                  (2)
    JS       (KL(p || m) + KL(q || m)) / 2,   m = (p + q) / 2                                       (3)

Where G never goes KL is infinite; a bin with less than `LEAST` of q counts as if it had that much, so that (2)
ends at ln(1 / LEAST) = 20.7.

A perfect generator is not at distance 0 either if all that it can know is n points. Their counts in the bins are
multinomial, so that what (1) to (3) say of n real points can be drawn without drawing any points: the floor.

Noise of size s on top of x blurs a law. For a density that is constant on each bin the share of bin j that ends up
in bin i is, with H(t) = t Phi(t) + phi(t) the integral of Phi,

    B_ij = s / w (H(d + w / s) - 2 H(d) + H(d - w / s)),   d = (i - j) w / s                        (4)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from playground.data.line import LineTarget, normal_cumulative
from playground.theory import bins, jensen_shannon, kullback_leibler, pushforward
from playground.transport import w1_cumulative

BINS = 256
LEAST = 1e-9  # of q's mass: a bin with less counts as if it had that much
REACH = 5.5  # standard normal noise is cut into cells between minus this and this; beyond lie 4 of 10^8
ROOT3 = 3**0.5  # the same for uniform noise of variance 1: all of it
SOFT = 3.0  # bins: the blur by which the counts of a sample become a density
TAIL = 512  # points of the integral of p's tails
TRIALS = 200  # perfect generators that the floor is measured on
RANGE = (0.05, 0.95)  # shares of them below the floor's two ends

Floor = Mapping[str, tuple[float, float]]  # "w1", "kl", "js" -> 5 and 95 of 100 perfect generators measure less


@dataclass(frozen=True)
class Noise:
    """One number of noise, cut into cells."""

    nodes: np.ndarray  # (m + 1,), ascending
    mass: np.ndarray  # (m,)
    below: np.ndarray  # (m + 1,): the share of noise below each node


@lru_cache(maxsize=8)
def noise_cells(law: str, m: int) -> Noise:
    """law: "normal" or "uniform", both of variance 1."""
    if law == "uniform":
        nodes = np.linspace(-ROOT3, ROOT3, m + 1)
        below = np.linspace(0, 1, m + 1)
    else:
        nodes = np.linspace(-REACH, REACH, m + 1)
        below = normal_cumulative(nodes)
    mass = np.diff(below)
    mass[[0, -1]] += below[0], 1 - below[-1]  # what lies further out
    return Noise(nodes, mass, below)


@dataclass(frozen=True)
class Law:
    """A distribution, as far as the bins show it."""

    F: np.ndarray  # (K + 1,), at the edges
    short: float  # E (low - x)^+: how much of it lies below the bins, times how far
    beyond: float  # E (x - high)^+
    curve: tuple[np.ndarray, np.ndarray] | None = None  # what `pushforward` says, if it comes from a curve

    @cached_property
    def mass(self) -> np.ndarray:
        """Of the bins, and of what lies below and above: (K + 2,)."""
        return bins(self.F)


class LineGauge:
    """Holds a target p against other laws, on bins over the window of p; over `also`, too, if that is given."""

    def __init__(self, target: LineTarget, count: int = BINS, also: tuple[float, float] | None = None) -> None:
        self.target = target
        self.mean, self.sd = target.mean, target.sd
        ends = (*target.window, *(also or ()))
        self.low, self.high = min(ends), max(ends)
        self.edges = np.linspace(self.low, self.high, count + 1)
        self.centres = (self.edges[1:] + self.edges[:-1]) / 2
        self.width = (self.high - self.low) / count
        self.p_density = target.density(self.centres)
        self.p = Law(target.cumulative(self.edges), *self._tails())

    def _tails(self) -> tuple[float, float]:
        """E (low - x)^+ and E (x - high)^+ of p: the integrals of F and of 1 - F outside."""
        away = np.linspace(0, self.high - self.low, TAIL)
        below, above = self.target.cumulative(self.low - away), self.target.cumulative(self.high + away)
        return float(np.trapezoid(below, away)), float(np.trapezoid(1 - above, away))

    def of_curve(self, mass: np.ndarray, x_nodes: np.ndarray) -> Law:
        """The law of a curve of straight pieces over cells of noise. mass: (m,), x_nodes: (m + 1,)."""
        edges, F = pushforward(mass, x_nodes)
        middles = (x_nodes[1:] + x_nodes[:-1]) / 2
        return Law(np.interp(self.edges, edges, F), *self._outside(middles, mass), (edges, F))

    def of_sample(self, x: np.ndarray) -> Law:
        """The law that puts the same mass on each of x, (n,)."""
        x = np.sort(x)
        F = np.searchsorted(x, self.edges, side="right") / len(x)
        return Law(F, *self._outside(x, np.full(len(x), 1 / len(x))))

    def _outside(self, x: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
        return float(mass @ np.maximum(self.low - x, 0)), float(mass @ np.maximum(x - self.high, 0))

    def w1(self, q: Law) -> float:
        """(1), in units of x."""
        outside = abs(q.short - self.p.short) + abs(q.beyond - self.p.beyond)
        return w1_cumulative(self.edges, self.p.F, q.F) + outside

    def kl(self, q: Law) -> float:
        """(2): KL(p || q)."""
        return kullback_leibler(self.p.mass, np.maximum(q.mass, LEAST))

    def js(self, q: Law) -> float:
        """(3)."""
        return jensen_shannon(self.p.mass, q.mass)

    def measure(self, q: Law) -> dict[str, float]:
        """All three, W1 in units of p's standard deviation."""
        return {"w1": self.w1(q) / self.sd, "kl": self.kl(q), "js": self.js(q)}

    def floor(self, n: int) -> Floor:
        """What perfect generators measure that know p from n points."""
        return _floor(self.target, len(self.centres), (self.low, self.high), n)

    def density(self, q: Law, x: np.ndarray) -> np.ndarray:
        """q(x): exact for the law of a curve; for a sample, what its bins say after a blur of `SOFT` bins."""
        if q.curve is None:
            return np.interp(x, self.centres, self.blur(q.mass[1:-1], SOFT * self.width) / self.width)
        edges, F = q.curve
        right = np.clip(np.searchsorted(edges, x, side="right"), 1, len(edges) - 1)
        with np.errstate(divide="ignore", invalid="ignore"):  # an atom has no density
            slope = (F[right] - F[right - 1]) / (edges[right] - edges[right - 1])
        return np.where((x >= edges[0]) & (x <= edges[-1]), slope, 0)

    def blur(self, mass: np.ndarray, size: float) -> np.ndarray:
        """What noise of this size makes of the mass of the bins, by (4). mass: (K,)."""
        return _blur(len(mass), size / self.width) @ mass


@lru_cache(maxsize=64)
def _floor(target: LineTarget, count: int, span: tuple[float, float], n: int) -> Floor:
    gauge = LineGauge(target, count, span)
    p = gauge.p.mass / gauge.p.mass.sum()
    counts = np.random.default_rng(0).multinomial(n, p, size=TRIALS)
    laws = (Law(np.cumsum(row[:-1]) / n, gauge.p.short, gauge.p.beyond) for row in counts)
    measured = [gauge.measure(law) for law in laws]
    ends = {name: np.quantile([trial[name] for trial in measured], RANGE) for name in measured[0]}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


@lru_cache(maxsize=8)
def _blur(count: int, size: float) -> np.ndarray:
    """(4), (count, count). size: that of the noise in bins."""
    d = np.arange(-count, count + 1) / size
    whole = size * (d * normal_cumulative(d) + np.exp(-d * d / 2) / math.sqrt(2 * math.pi))  # s / w H
    share = whole[2:] - 2 * whole[1:-1] + whole[:-2]  # of i - j = -(count - 1) ... count - 1
    of = np.arange(count)
    return share[of[:, None] - of + count - 1]
