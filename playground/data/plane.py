"""Distributions in the plane: each one can be sampled, and all but a learner's own points have an exact density.

Most are a skeleton plus noise of the same sigma in every direction, x = s + sigma n with n ~ N(0, I):

    s is one of k centres      p(x) = sum_k w_k phi(|x - c_k| / sigma) / sigma^2                             (1)
    s is even on a circle      p(x) = exp(-(r - R)^2 / 2 sigma^2) I(r R / sigma^2) / (2 pi sigma^2)          (2)
    s is even on a straight    p(x) = phi(v / sigma) / sigma  [Phi(u / sigma) - Phi((u - L) / sigma)] / L    (3)
    s is even on a rectangle   p(x) = product over both axes of the second and third factor of (3)           (4)

phi(r) = exp(-r^2 / 2), divided by 2 pi in (1) and by its square root in (3), Phi is its integral along a
line, r = |x|, R the radius of the circle, I(a) = exp(-a) I_0(a) with the Bessel function I_0, u and v how far
x lies along and beside a straight piece of length L. Curves are chains of straight pieces: what is sampled
is the chain, so that (3) is exact for it.

At noise 1 a target is about as large as the square [-1, 1]^2, so that one set of settings suits them all.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.data.letters import pen_strokes, scale
from playground.data.line import ALPHABET, normal_cumulative, numbers_to_text, text_to_numbers

ROOM = 1.4  # the window is so much larger than the target: a bad generator must be seen, too
SIGMAS = 3  # of noise that belong to a target
YOUNG = 1.2  # a young generator's points lie within so much of the origin
MOST_POINTS = 2000  # of a learner's own
SEGMENTS = 96  # straight pieces of a curve
FAR = 12  # sigmas from a straight piece; beyond, it adds less than 1e-31 of its peak, and is left out
AT_ONCE = 2**15  # pairs of a point and a piece: what fits into a processor's cache


class PlaneTarget(ABC):
    """A distribution in the plane."""

    @abstractmethod
    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """n independent samples, drawn from `generator` alone. Returns (n, 2)."""

    @abstractmethod
    def density(self, points: np.ndarray) -> np.ndarray:
        """p(x) at each of the points, NaN if it is not known. points: (n, 2). Returns (n,)."""

    @property
    @abstractmethod
    def reach(self) -> float:
        """No coordinate is larger, but for rare noise."""

    @property
    def centres(self) -> np.ndarray:
        """The modes of a mixture of separate blobs, (k, 2); k = 0 for everything else."""
        return np.empty((0, 2))

    @property
    def sigma(self) -> float:
        """The standard deviation of one such blob in each direction; 0 for everything else."""
        return 0.0

    @property
    def detail(self) -> float:
        """The size of what is finest in it."""
        return self.sigma or 0.1

    @property
    def window(self) -> float:
        """Half the width of a square about the origin that shows the target and a bad generator."""
        return ROOM * self.reach

    @property
    def box(self) -> tuple[float, float]:
        """The square that holds the target itself, from low to high on both axes."""
        return -self.window, self.window

    @property
    def frame(self) -> tuple[float, float]:
        """The smallest such square, from low to high on both axes; the window unless the target stands aside."""
        return -self.window, self.window


@dataclass(frozen=True, eq=False)
class Blobs(PlaneTarget):
    """Round normal blobs of one size, equation (1)."""

    at: np.ndarray  # (k, 2)
    spread: float
    weights: np.ndarray  # (k,), sum to 1

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor]:
        return _floats(np.cumsum(self.weights)[:-1]), _floats(self.at)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        steps, at = (tensor.to(generator.device) for tensor in self._tensors)
        of = torch.searchsorted(steps, _uniform(n, generator), right=True)
        return at[of] + _noise(n, self.spread, generator)

    def density(self, points: np.ndarray) -> np.ndarray:
        x, y = np.asarray(points, float).T[:, :, None] - self.at.T[:, None]  # (n, k) each
        return np.exp(-(x * x + y * y) / (2 * self.spread**2)) @ self.weights / (2 * math.pi * self.spread**2)

    @property
    def reach(self) -> float:
        return float(np.abs(self.at).max()) + SIGMAS * self.spread

    @property
    def centres(self) -> np.ndarray:
        return self.at

    @property
    def sigma(self) -> float:
        return self.spread


@dataclass(frozen=True)
class Diagonal(PlaneTarget):
    """One normal cloud along x = y: its two coordinates are correlated."""

    along: float
    across: float

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        u, v = _noise(n, 1.0, generator).T * math.sqrt(0.5)
        return torch.stack((self.along * u - self.across * v, self.along * u + self.across * v), 1)

    def density(self, points: np.ndarray) -> np.ndarray:
        x, y = np.asarray(points, float).T * math.sqrt(0.5)
        square = ((x + y) / self.along) ** 2 + ((y - x) / self.across) ** 2
        return np.exp(-square / 2) / (2 * math.pi * self.along * self.across)

    @property
    def reach(self) -> float:
        return SIGMAS * math.sqrt((self.along**2 + self.across**2) / 2)


@dataclass(frozen=True)
class Circle(PlaneTarget):
    """A thin circle about the origin, equation (2)."""

    radius: float
    spread: float

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        angle = _uniform(n, generator) * (2 * math.pi)
        skeleton = torch.stack((torch.cos(angle), torch.sin(angle)), 1) * self.radius
        return skeleton + _noise(n, self.spread, generator)

    def density(self, points: np.ndarray) -> np.ndarray:
        r = np.hypot(*np.asarray(points, float).T)
        bessel = torch.special.i0e(torch.from_numpy(r * self.radius / self.spread**2)).numpy()
        return np.exp(-(((r - self.radius) / self.spread) ** 2) / 2) * bessel / (2 * math.pi * self.spread**2)

    @property
    def detail(self) -> float:
        return self.spread

    @property
    def reach(self) -> float:
        return self.radius + SIGMAS * self.spread


@dataclass(frozen=True, eq=False)
class Strokes(PlaneTarget):
    """Straight pieces with noise, equation (3): lines, curves, letters."""

    start: np.ndarray  # (m, 2)
    end: np.ndarray  # (m, 2)
    weights: np.ndarray  # (m,), sum to 1: how much mass lies on each piece
    spread: float

    @classmethod
    def along(cls, lines: Sequence[np.ndarray], spread: float, *, even: bool = True) -> Strokes:
        """The straight pieces between the nodes of each line, (k, 2).

        even: the mass is spread by length. Otherwise every piece has the same share, so that a curve
        whose nodes are even in its parameter carries a uniform parameter.
        """
        start = np.concatenate([line[:-1] for line in lines])
        end = np.concatenate([line[1:] for line in lines])
        weights = np.hypot(*(end - start).T) if even else np.ones(len(start))
        return cls(start, end, weights / weights.sum(), spread)

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        return _floats(np.cumsum(self.weights)[:-1]), _floats(self.start), _floats(self.end - self.start)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        steps, start, way = (tensor.to(generator.device) for tensor in self._tensors)
        piece, share = torch.rand(2, n, generator=generator, device=generator.device)
        of = torch.searchsorted(steps, piece, right=True)
        return start[of] + way[of] * share[:, None] + _noise(n, self.spread, generator)

    @cached_property
    def frames(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each piece, in units of sigma: the ways along and beside it, where it begins in them, its length."""
        way = (self.end - self.start) / self.spread
        length = np.hypot(*way.T)
        along = way / length[:, None] / self.spread
        beside = along[:, ::-1] * (-1, 1)
        return along, beside, np.stack(((self.start * along).sum(1), (self.start * beside).sum(1))), length

    def density(self, points: np.ndarray) -> np.ndarray:
        points = np.asarray(points, float)
        few = max(1, AT_ONCE // len(self.start))  # all points at once would be half a gigabyte for a fine grid
        p = [self._density(points[i : i + few]) for i in range(0, len(points), few)]
        return np.concatenate(p) if p else np.empty(0)

    def _density(self, points: np.ndarray) -> np.ndarray:
        """(3), summed over the pieces that are near."""
        along, beside, start, length = self.frames
        u, v = points @ along.T - start[0], points @ beside.T - start[1]  # (n, m)
        near = np.flatnonzero((np.abs(v) < FAR) & (np.abs(u - length / 2) < FAR + length / 2))
        of, piece = np.divmod(near, len(length))
        u, v = u.ravel()[near], v.ravel()[near]
        held = _between(u, length[piece]) * np.exp(-(v * v) / 2) * (self.weights / length)[piece]
        return np.bincount(of, held, len(points)) / (math.sqrt(2 * math.pi) * self.spread**2)

    @property
    def detail(self) -> float:
        return self.spread

    @property
    def reach(self) -> float:
        return float(max(np.abs(self.start).max(), np.abs(self.end).max())) + SIGMAS * self.spread


@dataclass(frozen=True, eq=False)
class Checkerboard(PlaneTarget):
    """Every other cell of a board over [-1, 1]^2, its edges softened by noise: equation (4)."""

    cells: int
    spread: float

    @cached_property
    def corners(self) -> np.ndarray:
        """The lower left corner of each filled cell."""
        of = np.argwhere(np.indices((self.cells, self.cells)).sum(0) % 2 == 0)
        return of * self.side - 1

    @property
    def side(self) -> float:
        return 2 / self.cells

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        corners = _floats(self.corners).to(generator.device)
        of, x, y = torch.rand(3, n, generator=generator, device=generator.device)
        cell = (of * len(corners)).long().clamp_(max=len(corners) - 1)
        return corners[cell] + torch.stack((x, y), 1) * self.side + _noise(n, self.spread, generator)

    def density(self, points: np.ndarray) -> np.ndarray:
        beyond = (np.asarray(points, float)[:, None] - self.corners) / self.spread  # (n, cells, 2)
        return _between(beyond, self.side / self.spread).prod(2).mean(1) / self.side**2

    @property
    def reach(self) -> float:
        return 1 + SIGMAS * self.spread


@dataclass(frozen=True, eq=False)
class Own(PlaneTarget):
    """A learner's points, drawn with replacement and a little jitter. Where they came from nobody knows."""

    points: np.ndarray  # (k, 2)
    spread: float

    @cached_property
    def _tensor(self) -> Tensor:
        return _floats(self.points)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        points = self._tensor.to(generator.device)
        of = torch.randint(len(points), (n,), generator=generator, device=generator.device)
        return points[of] + _noise(n, self.spread, generator)

    def density(self, points: np.ndarray) -> np.ndarray:
        return np.full(len(points), np.nan)

    @property
    def reach(self) -> float:
        return max(float(np.abs(self.points).max()) + SIGMAS * self.spread, 0.5)


@dataclass(frozen=True, eq=False)
class Moved(PlaneTarget):
    """scale * x + (shift, shift): a target that a young generator has to go and find."""

    target: PlaneTarget
    scale: float
    shift: float

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        return self.target.draw(n, generator) * self.scale + self.shift

    def density(self, points: np.ndarray) -> np.ndarray:
        return self.target.density((np.asarray(points, float) - self.shift) / self.scale) / self.scale**2

    @property
    def centres(self) -> np.ndarray:
        return self.target.centres * self.scale + self.shift

    @property
    def sigma(self) -> float:
        return self.target.sigma * self.scale

    @property
    def detail(self) -> float:
        return self.target.detail * self.scale

    @property
    def reach(self) -> float:
        return abs(self.shift) + self.scale * self.target.reach

    @property
    def box(self) -> tuple[float, float]:
        low, high = self.target.box
        return self.scale * low + self.shift, self.scale * high + self.shift

    @property
    def window(self) -> float:
        return max(map(abs, self.frame))

    @property
    def frame(self) -> tuple[float, float]:
        low, high = self.target.frame
        return min(self.scale * low + self.shift, -YOUNG), max(self.scale * high + self.shift, YOUNG)


def density_levels(target: PlaneTarget, shares: Sequence[float] = (0.95, 0.5), n: int = 4000) -> np.ndarray:
    """The heights of contour lines that enclose these shares of the mass, from n samples; NaN without a density."""
    samples = target.draw(n, torch.Generator().manual_seed(0)).numpy()
    return np.quantile(target.density(samples), 1 - np.asarray(shares))


# The ones that labs offer: noise multiplies the sigma of each


def ring8(noise: float = 1.0) -> Blobs:
    angle = np.arange(8) * (math.pi / 4)
    return Blobs(np.stack((np.cos(angle), np.sin(angle)), 1), 0.05 * noise, np.full(8, 1 / 8))


def grid25(noise: float = 1.0) -> Blobs:
    side = np.linspace(-1, 1, 5)
    return Blobs(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2), 0.02 * noise, np.full(25, 1 / 25))


def blobs(noise: float = 1.0) -> Blobs:
    return Blobs(np.array([[-0.8, -0.6], [0.9, -0.3], [-0.1, 0.9]]), 0.12 * noise, np.array([0.5, 0.3, 0.2]))


def blob(noise: float = 1.0) -> Blobs:
    return Blobs(np.zeros((1, 2)), 0.3 * noise, np.ones(1))


def diagonal(noise: float = 1.0) -> Diagonal:
    return Diagonal(0.9, 0.25 * noise)


def ring(noise: float = 1.0) -> Circle:
    return Circle(1.0, 0.05 * noise)


def line(noise: float = 1.0) -> Strokes:
    return Strokes.along([np.array([[-1, -0.6], [1, 0.6]])], 0.03 * noise)


def moons(noise: float = 1.0) -> Strokes:
    """Two half circles, each with one end in the middle of the other."""
    half = _turn(np.linspace(0, math.pi, SEGMENTS // 2 + 1), 1.0) - (0.5, 0.25)
    return Strokes.along([0.8 * half, -0.8 * half], 0.05 * noise)


def spiral(noise: float = 1.0) -> Strokes:
    """Two arms of one and a half turns."""
    turn = np.linspace(0.3, 3 * math.pi, SEGMENTS // 2 + 1)
    arm = _turn(turn, 1.2 * turn / turn[-1])
    return Strokes.along([arm, -arm], 0.03 * noise)


def swiss_roll(noise: float = 1.0) -> Strokes:
    """(t cos t, t sin t), uniform in t from 1.5 pi to 4.5 pi: thinner towards the outside."""
    turn = np.linspace(1.5 * math.pi, 4.5 * math.pi, SEGMENTS + 1)
    return Strokes.along([_turn(turn, 1.2 * turn / turn[-1])], 0.04 * noise, even=False)


def checkerboard(noise: float = 1.0) -> Checkerboard:
    return Checkerboard(4, 0.01 * noise)


def letters(word: str, noise: float = 1.0) -> Strokes:
    """A word, with a pen as thin as the word's letters are small."""
    return Strokes.along(pen_strokes(word), 0.12 * scale(word) * noise)


def own(text: str, noise: float = 1.0) -> Own:
    """A learner's points, from `points_to_text`."""
    points = text_to_points(text)
    if len(points) == 0:
        raise ValueError("There are no points of your own yet: draw at least one.")
    return Own(points, 0.01 * noise)


def heart(n: int) -> np.ndarray:
    """n points on the outline of a heart, to begin with: (n, 2)."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack((16 * np.sin(t) ** 3, y), 1) / 16


TARGETS: Mapping[str, Callable[[float], PlaneTarget]] = {
    "ring8": ring8,
    "grid25": grid25,
    "ring": ring,
    "line": line,
    "diagonal": diagonal,
    "blob": blob,
    "blobs": blobs,
    "moons": moons,
    "spiral": spiral,
    "swiss roll": swiss_roll,
    "checkerboard": checkerboard,
}


WRITTEN: Mapping[str, Callable[[str, float], PlaneTarget]] = {"letters": letters, "own": own}  # by a learner


def target(name: str, noise: float = 1.0, word: str = "", own: str = "") -> PlaneTarget:
    """One of `TARGETS`, or of `WRITTEN`: "letters" of the word, "own" points from their text."""
    if noise <= 0:
        raise ValueError("A target needs some noise: a number above 0.")
    if name in WRITTEN:
        return WRITTEN[name](own if name == "own" else word, noise)
    return TARGETS[name](noise)


# A learner's points as text


def points_to_text(points: np.ndarray) -> str:
    """Four letters a point, two a coordinate; what lies beyond [-REACH, REACH] is put on the edge."""
    points = np.asarray(points, float).reshape(-1, 2)
    if len(points) > MOST_POINTS or not np.isfinite(points).all():
        raise ValueError(f"At most {MOST_POINTS} points can be kept, and every coordinate has to be a number.")
    return numbers_to_text(points)


def text_to_points(text: str) -> np.ndarray:
    """The points behind `points_to_text`. Returns (n, 2)."""
    if len(text) % 4 or len(text) > 4 * MOST_POINTS or not set(text) <= set(ALPHABET):
        raise ValueError(f"Points are written as four letters, digits, - or _ each, for at most {MOST_POINTS} points.")
    return text_to_numbers(text).reshape(-1, 2)


# What they share


def _uniform(n: int, generator: torch.Generator) -> Tensor:
    return torch.rand(n, generator=generator, device=generator.device)


def _noise(n: int, sigma: float, generator: torch.Generator) -> Tensor:
    return torch.randn(n, 2, generator=generator, device=generator.device).mul_(sigma)


def _between(u: np.ndarray, length: np.ndarray | float) -> np.ndarray:
    """Phi(u) - Phi(u - length), the share of N(0, 1) in [u - length, u]."""
    return normal_cumulative(u) - normal_cumulative(u - length)


def _turn(angle: np.ndarray, radius: np.ndarray | float) -> np.ndarray:
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), 1)


def _floats(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values)).float()
