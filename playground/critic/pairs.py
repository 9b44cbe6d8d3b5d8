"""Pairs of laws whose W1, and a best critic, are known exactly.

    normals    N(0, 1) and N(d, 1)                            W1 = d,  f* = -x
    bumps      a bump at 0, two bumps of half its mass at -d and d     by the integral of |F - G|
    uniforms   [-1, 1] and the same moved by d                W1 = d,  f* = -x
    blobs      two round blobs, and the same moved by d       W1 = d,  f* = -x
    segments   two parallel segments, d apart                 W1 = d,  f* = -x
    rings      circles of radius 1 and 1 + d                  W1 = d,  f* = -|x|

Moving everything by d costs d, and no plan is cheaper since the means are d apart; a circle is carried outwards by d,
and no plan is cheaper since the mean radii are d apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from playground import assignment
from playground.data.line import LineTarget, NormalMixture, normal, uniform
from playground.transport import w1_cumulative

BUMP = 0.3  # sigma of a bump
BLOB = 0.35  # of a blob in the plane; the two lie at y = -1 and y = 1
FINE = 20_000  # cells of an integral of |F - G|
POINTS, TRIALS = 48, 24  # drawn on each side, and how often, to see what W1 of so few points is
Laws = tuple[LineTarget, LineTarget]


@dataclass(frozen=True)
class Pair:
    """Two laws, d apart. On the line they are known as `laws`; in the plane q is p carried by the best plan."""

    dim: int
    laws: Callable[[float], Laws] | None = None
    base: Callable[[int, torch.Generator], Tensor] | None = None  # p in the plane: (n, 2)
    carried: Callable[[Tensor, float], Tensor] | None = None  # (n, 2), d -> the same points in q

    def draw(self, n: int, d: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """n points of p and n of q, independent of each other: (n, dim) each."""
        if self.laws:
            p, q = self.laws(d)
            return p.draw(n, generator)[:, None], q.draw(n, generator)[:, None]
        assert self.base and self.carried
        return self.base(n, generator), self.carried(self.base(n, generator), d)


def _bumps(d: float) -> Laws:
    return normal(0, BUMP), NormalMixture((0.5, 0.5), (-d, d), (BUMP, BUMP))


def _blobs(n: int, generator: torch.Generator) -> Tensor:
    x = BLOB * torch.randn(n, 2, generator=generator, device=generator.device)
    x[:, 1] += 2.0 * torch.randint(2, (n,), generator=generator, device=generator.device) - 1
    return x


def _segment(n: int, generator: torch.Generator) -> Tensor:
    y = 2 * torch.rand(n, generator=generator, device=generator.device) - 1
    return torch.stack((torch.zeros_like(y), y), 1)


def _ring(n: int, generator: torch.Generator) -> Tensor:
    angle = 2 * math.pi * torch.rand(n, generator=generator, device=generator.device)
    return torch.stack((angle.cos(), angle.sin()), 1)


def _aside(x: Tensor, d: float) -> Tensor:
    return x + torch.tensor([d, 0.0], device=x.device)


def _outwards(x: Tensor, d: float) -> Tensor:
    return x * (1 + d)


PAIRS: dict[str, Pair] = {
    "normals": Pair(1, lambda d: (normal(), normal(d))),
    "bumps": Pair(1, _bumps),
    "uniforms": Pair(1, lambda d: (uniform(), uniform(d - 1, d + 1))),
    "blobs": Pair(2, base=_blobs, carried=_aside),
    "segments": Pair(2, base=_segment, carried=_aside),
    "rings": Pair(2, base=_ring, carried=_outwards),
}
LINE = tuple(name for name, pair in PAIRS.items() if pair.dim == 1)
PLANE = tuple(name for name, pair in PAIRS.items() if pair.dim == 2)


@lru_cache(maxsize=64)
def exact(name: str, d: float) -> float:
    """W1 of a pair."""
    if name != "bumps":
        return d
    p, q = _bumps(d)
    x = np.linspace(-d - 6 * BUMP, d + 6 * BUMP, FINE + 1)
    return w1_cumulative(x, p.cumulative(x), q.cumulative(x))


@lru_cache(maxsize=1024)  # all pairs at all distances of the knob: it takes a tenth of a second or more
def of_points(name: str, d: float) -> tuple[float, float]:
    """W1 of POINTS drawn from p and as many from q: less in 5 of 100 draws, more in 5 of 100."""
    own = torch.Generator().manual_seed(0)
    drawn = (PAIRS[name].draw(POINTS, d, own) for _ in range(TRIALS))
    measured = [assignment.w1_of_points(x.numpy().astype(float), y.numpy().astype(float)) for x, y in drawn]
    low, high = np.quantile(measured, (0.05, 0.95))
    return float(low), float(high)
