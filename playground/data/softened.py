"""Densities on the line that normal noise of size sigma has softened: x = y + sigma n, n ~ N(0, 1).

An exponential y becomes, with z = x / sigma - rate sigma,

    p(x) = rate exp(rate^2 sigma^2 / 2 - rate x) Phi(z)                                             (1)
         = rate / sqrt(2 pi) exp(-x^2 / 2 sigma^2) R(-z)                                            (2)
    F(x) = Phi(x / sigma) - p(x) / rate                                                             (3)
    d log p / dx = (S(-z) - x / sigma) / sigma                                                      (4)

with R and S, (3) and (4) of `stretches.py`. (2) is used where z < 0, there (1) is a small difference of large numbers.

Steps from e_j to e_(j+1), of heights g_j, become a sum of stretches: with D of `stretches.py`

    p(x) = sum_j g_j D((x - e_j) / sigma, (e_(j+1) - e_j) / sigma)                                  (5)
    F(x) = sum_j g_j sigma [H((x - e_j) / sigma) - H((x - e_(j+1)) / sigma)],   H(t) = t Phi(t) + phi(t)    (6)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.data.line import HALVINGS, Exponential, LineTarget, Steps, normal_cumulative
from playground.data.stretches import ROOT_TAU, mills, seen, surplus

ENDS = 9.0  # sigmas, and where the sharp law has only this share beyond: there a search for a quantile begins
BEYOND = 1e-15


@dataclass(frozen=True)
class Softened(LineTarget):
    """y of a sharp law plus sigma n."""

    sharp: Exponential | Steps
    sigma: float

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        noise = torch.randn(n, generator=generator, device=generator.device)
        return self.sharp.draw(n, generator) + noise * self.sigma

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """log p and its slope at x, float64 of any shape."""
        return self._exponential(x, self.sharp.rate) if isinstance(self.sharp, Exponential) else self._steps(x)

    def _exponential(self, x: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        """(1), (2) and (4)."""
        u = x / self.sigma
        z = u - rate * self.sigma
        left = torch.log(mills((-z).clamp_min(0)) / ROOT_TAU) - u * u / 2
        right = (rate * self.sigma) ** 2 / 2 - rate * x + torch.special.log_ndtr(z)
        return math.log(rate) + torch.where(z < 0, left, right), (surplus(-z) - u) / self.sigma

    def _steps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(5), relative to the largest of its terms."""
        edges, log_heights = self._edges
        ends = edges / self.sigma
        logs, slopes = seen(x[..., None] / self.sigma - ends[:-1], ends.diff())  # (..., bins)
        logs = logs + log_heights
        return torch.logsumexp(logs, -1), (torch.softmax(logs, -1) * slopes).sum(-1) / self.sigma

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor]:
        """e_j, and log g_j: -infinity where a step is empty."""
        assert isinstance(self.sharp, Steps)
        edges = torch.tensor(self.sharp.edges, dtype=torch.float64)
        mass = torch.tensor(self.sharp.heights, dtype=torch.float64) * edges.diff()
        return edges, torch.log(mass / mass.sum() / edges.diff())

    def density(self, x: np.ndarray) -> np.ndarray:
        return np.exp(self.look(_doubles(x))[0].numpy())

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, float)
        if isinstance(self.sharp, Exponential):
            return np.maximum(normal_cumulative(x / self.sigma) - self.density(x) / self.sharp.rate, 0)  # (3)
        edges, log_heights = (tensor.numpy() for tensor in self._edges)
        rise = _ramp((x[..., None] - edges) / self.sigma)
        return np.clip((rise[..., :-1] - rise[..., 1:]) @ np.exp(log_heights) * self.sigma, 0, 1)  # (6)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """F rises from end to end: halve the bracket."""
        u = np.asarray(u, float)
        ends = self.sharp.quantile(np.array([0, 1 - BEYOND])) + np.array([-ENDS, ENDS]) * self.sigma
        low, high = np.full(u.shape, ends[0]), np.full(u.shape, ends[1])
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = self.cumulative(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.select([u <= 0, u >= 1], [-np.inf, np.inf], (low + high) / 2)

    @property
    def mean(self) -> float:
        return self.sharp.mean

    @property
    def sd(self) -> float:
        return math.hypot(self.sharp.sd, self.sigma)


def _ramp(t: np.ndarray) -> np.ndarray:
    """H of (6)."""
    return t * normal_cumulative(t) + np.exp(-t * t / 2) / ROOT_TAU


def _doubles(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, float, order="C"))
