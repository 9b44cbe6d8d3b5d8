"""Distributions on the line: each one can be sampled, and everything about it is known exactly.

    density     p(x)                                                                        (1)
    cumulative  F(x) = integral of p from -infinity to x                                    (2)
    quantile    Q(u) = the least x with F(x) >= u, the inverse of (2)                       (3)

A learner's own density is drawn as `BINS` columns over [-REACH, REACH]; as text, each column is one letter
of `ALPHABET`, so that it fits into the address of the page. A learner's own numbers are two letters each.
"""

from __future__ import annotations

import math
import string
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"  # 64 letters that a URL leaves alone
BINS = 48  # columns of a drawn density ...
REACH = 3.0  # ... over [-REACH, REACH]
LEVELS = 4096  # of a number in a text: two letters
MOST_SAMPLES = 100  # of a learner's own
CLICK = 0.05  # the noise that makes a density of them
HALVINGS = 60  # of the bracket around a mixture's quantile: to the last digit of a float

Bump = tuple[float, float]  # centre, sigma


class LineTarget(ABC):
    """A distribution on the line."""

    @abstractmethod
    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """n independent samples, drawn from `generator` alone. Returns (n,)."""

    @abstractmethod
    def density(self, x: np.ndarray) -> np.ndarray:
        """p(x), equation (1). Same shape as x, as for the two below."""

    @abstractmethod
    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """F(x), equation (2)."""

    @abstractmethod
    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Q(u), equation (3). 0 <= u <= 1; at the ends it may be infinite."""

    @property
    @abstractmethod
    def mean(self) -> float: ...

    @property
    @abstractmethod
    def sd(self) -> float: ...

    @property
    def modes(self) -> tuple[Bump, ...]:
        """Centre and sigma of each bump, if it consists of separate bumps."""
        return ()

    @cached_property
    def window(self) -> tuple[float, float]:
        """A good range to draw: all but a thousandth of the mass, and some air around it."""
        low, high = self.quantile(np.array([0.0005, 0.9995]))
        air = 0.15 * (high - low)
        return float(low - air), float(high + air)


@dataclass(frozen=True)
class NormalMixture(LineTarget):
    """sum_k w_k N(centre_k, sigma_k^2). The weights are divided by their sum."""

    weights: tuple[float, ...]
    centres: tuple[float, ...]
    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.weights) == len(self.centres) == len(self.sigmas) > 0:
            raise ValueError("A mixture needs as many centres and sigmas as weights.")
        if min(self.sigmas) <= 0 or min(self.weights) < 0 or sum(self.weights) <= 0:
            raise ValueError("A mixture needs positive sigmas and weights.")

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        weights = np.array(self.weights, float)
        return weights / weights.sum(), np.array(self.centres, float), np.array(self.sigmas, float)

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        weights, centres, sigmas = self._parts
        return _floats(np.cumsum(weights)[:-1]), _floats(centres), _floats(sigmas)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        noise = torch.randn(n, generator=generator, device=generator.device)
        steps, centres, sigmas = (tensor.to(generator.device) for tensor in self._tensors)
        if len(centres) == 1:
            return noise * sigmas + centres
        of = torch.searchsorted(steps, torch.rand(n, generator=generator, device=generator.device), right=True)
        return noise * sigmas[of] + centres[of]

    def density(self, x: np.ndarray) -> np.ndarray:
        weights, _, sigmas = self._parts
        return np.exp(-(self._standard(x) ** 2) / 2) @ (weights / sigmas) / math.sqrt(2 * math.pi)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return normal_cumulative(self._standard(x)) @ self._parts[0]

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """F is monotone and Q lies between the quantiles of the single normals: halve that bracket."""
        u = np.asarray(u, float)
        _, centres, sigmas = self._parts
        single = normal_quantile(u)[..., None] * sigmas + centres
        low, high = single.min(-1), single.max(-1)
        for _ in range(HALVINGS if len(centres) > 1 else 0):
            middle = (low + high) / 2
            below = self.cumulative(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    @property
    def mean(self) -> float:
        weights, centres, _ = self._parts
        return float(weights @ centres)

    @property
    def sd(self) -> float:
        weights, centres, sigmas = self._parts
        return math.sqrt(weights @ (sigmas**2 + (centres - self.mean) ** 2))

    @property
    def modes(self) -> tuple[Bump, ...]:
        """All bumps, if any two neighbours are further apart than their sigmas together: else they merge into one."""
        bumps = sorted(zip(self.centres, self.sigmas, strict=True))
        apart = all(b - a > s + t for (a, s), (b, t) in pairwise(bumps))
        return tuple(bumps) if apart else ()

    def _standard(self, x: np.ndarray) -> np.ndarray:
        _, centres, sigmas = self._parts
        return (np.asarray(x, float)[..., None] - centres) / sigmas  # (..., k)


@dataclass(frozen=True)
class Exponential(LineTarget):
    """p(x) = rate exp(-rate x) for x >= 0."""

    rate: float

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.empty(n, device=generator.device).exponential_(self.rate, generator=generator)

    def density(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, float)
        return np.where(x >= 0, self.rate * np.exp(-self.rate * np.maximum(x, 0)), 0)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return -np.expm1(-self.rate * np.maximum(np.asarray(x, float), 0))

    def quantile(self, u: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):  # the last quantile is infinite
            return -np.log1p(-np.asarray(u, float)) / self.rate

    @property
    def mean(self) -> float:
        return 1 / self.rate

    @property
    def sd(self) -> float:
        return 1 / self.rate


@dataclass(frozen=True)
class Steps(LineTarget):
    """A density that is constant between edges: heights[j] from edges[j] to edges[j + 1], scaled to the mass 1."""

    edges: tuple[float, ...]
    heights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.heights) + 1 or np.any(np.diff(self.edges) <= 0):
            raise ValueError("A density in steps needs ascending edges, one more than heights.")
        if not np.all(np.isfinite(self.heights)) or min(self.heights) < 0 or max(self.heights) == 0:
            raise ValueError("A drawn density needs some height: at least one above 0 and none below.")

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edges, F at the edges, and the mass of each step."""
        edges = np.array(self.edges, float)
        mass = np.array(self.heights, float) / max(self.heights) * np.diff(edges)
        mass /= mass.sum()
        total = np.cumsum(mass)
        return edges, np.concatenate([[0], total / total[-1]]), mass  # F ends at 1 exactly, so that Q(1) is right

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        edges, total, _ = self._parts
        return _floats(total[1:-1]), _floats(edges[:-1]), _floats(np.diff(edges))

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        steps, lower, widths = (tensor.to(generator.device) for tensor in self._tensors)
        where = torch.rand(n, generator=generator, device=generator.device)
        if len(lower) == 1:
            return where * widths + lower
        of = torch.searchsorted(steps, torch.rand(n, generator=generator, device=generator.device), right=True)
        return where * widths[of] + lower[of]

    def density(self, x: np.ndarray) -> np.ndarray:
        edges, _, mass = self._parts
        x = np.asarray(x, float)
        of = np.searchsorted(edges, x, side="right") - 1
        of = np.where(x == edges[-1], len(mass) - 1, of)  # the last step includes its right edge
        inside = (of >= 0) & (of < len(mass))
        return np.where(inside, (mass / np.diff(edges))[np.clip(of, 0, len(mass) - 1)], 0)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        edges, total, _ = self._parts
        return np.interp(np.asarray(x, float), edges, total)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        edges, total, mass = self._parts
        u = np.asarray(u, float)
        first = int(np.argmax(mass > 0))  # Q(0) is where the mass begins, not where the axis does
        of = np.clip(np.searchsorted(total, u, side="left") - 1, first, len(mass) - 1)
        return edges[of] + np.diff(edges)[of] * (u - total[of]) / mass[of]

    @property
    def mean(self) -> float:
        edges, _, mass = self._parts
        return float(mass @ (edges[1:] + edges[:-1]) / 2)

    @property
    def sd(self) -> float:
        edges, _, mass = self._parts
        middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        return math.sqrt(mass @ ((middles - self.mean) ** 2 + widths**2 / 12))


# The ones that labs offer


def normal(mu: float = 0.0, sigma: float = 1.0) -> NormalMixture:
    return NormalMixture((1.0,), (mu,), (sigma,))


def uniform(low: float = -1.0, high: float = 1.0) -> Steps:
    return Steps((low, high), (1.0,))


def exponential(mean: float = 1.0) -> Exponential:
    return Exponential(1 / mean)


def bumps(k: int, sigma: float = 0.25) -> NormalMixture:
    """k equal normals, evenly spaced from -2 to 2. sigma is in units of the gap between two neighbours."""
    centres = np.linspace(-2, 2, k)
    width = float(sigma * (centres[1] - centres[0]))
    return NormalMixture((1 / k,) * k, tuple(centres.tolist()), (width,) * k)


def far_apart(gap: float = 6.0, sigma: float = 0.25) -> NormalMixture:
    """Two equal normals about 0, `gap` between their centres."""
    return NormalMixture((0.5, 0.5), (-gap / 2, gap / 2), (sigma, sigma))


def drawn(text: str) -> Steps:
    """What a learner has drawn, from `heights_to_text`."""
    edges = np.linspace(-REACH, REACH, BINS + 1)
    return Steps(tuple(edges.tolist()), tuple(text_to_heights(text).tolist()))


def clicked(text: str) -> NormalMixture:
    """One of a learner's own samples, from `numbers_to_text`, each as likely as the others, and a little noise."""
    samples = text_to_numbers(text)
    if not 0 < len(samples) <= MOST_SAMPLES:
        raise ValueError(f"Your own samples have to be at least one and at most {MOST_SAMPLES}.")
    k = len(samples)
    return NormalMixture((1 / k,) * k, tuple(samples.tolist()), (CLICK,) * k)


# A drawn density and numbers as text


def heights_to_text(heights: np.ndarray) -> str:
    """`BINS` heights, one letter each: 64 levels, the highest column at the top level. Below 0 counts as 0."""
    heights = np.asarray(heights, float)
    if heights.shape != (BINS,) or not np.isfinite(heights).all():
        raise ValueError(f"A drawn density has {BINS} heights, all of them numbers.")
    heights = np.maximum(heights, 0)
    top = heights.max() or 1.0
    return "".join(ALPHABET[level] for level in np.rint(heights / top * (len(ALPHABET) - 1)).astype(int))


def text_to_heights(text: str) -> np.ndarray:
    """The heights behind `heights_to_text`, from 0 to 1. Returns (BINS,)."""
    if len(text) != BINS or not set(text) <= set(ALPHABET):
        raise ValueError(f"A drawn density is written as {BINS} letters, digits, - or _.")
    return np.array([ALPHABET.index(letter) for letter in text]) / (len(ALPHABET) - 1)


def numbers_to_text(numbers: np.ndarray) -> str:
    """Two letters a number: `LEVELS` of them over [-REACH, REACH]; what lies beyond is put on the edge."""
    share = (np.clip(np.asarray(numbers, float).ravel(), -REACH, REACH) + REACH) / (2 * REACH)
    if not np.isfinite(share).all():
        raise ValueError("Only numbers can be kept.")
    codes = np.rint(share * (LEVELS - 1)).astype(int)
    return "".join(ALPHABET[code // len(ALPHABET)] + ALPHABET[code % len(ALPHABET)] for code in codes)


def text_to_numbers(text: str) -> np.ndarray:
    """The numbers behind `numbers_to_text`. Returns (n,)."""
    if len(text) % 2 or not set(text) <= set(ALPHABET):
        raise ValueError("Numbers are written as two letters, digits, - or _ each.")
    digits = np.array([ALPHABET.index(letter) for letter in text], float).reshape(-1, 2)
    return digits @ (len(ALPHABET), 1) / (LEVELS - 1) * (2 * REACH) - REACH


# The standard normal


def normal_cumulative(x: np.ndarray) -> np.ndarray:
    """Phi(x), the mass of N(0, 1) below x."""
    return torch.special.ndtr(_doubles(x)).numpy()


def normal_quantile(u: np.ndarray) -> np.ndarray:
    """The inverse of Phi."""
    return torch.special.ndtri(_doubles(u)).numpy()


def _doubles(values: np.ndarray) -> Tensor:
    """A copy: torch takes no array that is read backwards and warns of one that is read only."""
    return torch.from_numpy(np.array(values, float, order="C"))


def _floats(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).float()
