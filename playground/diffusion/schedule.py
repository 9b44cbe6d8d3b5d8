"""How a picture dissolves into noise: one Gaussian path for diffusion and for flow matching.

    x_t = a_t x_0 + s_t e,   e ~ N(0, I),   t = 0, 1, ..., T,   a_0 = 1, s_0 = 0                        (1)

    diffusion        a^2 = alpha-bar,  s^2 = 1 - alpha-bar: if x_0 has variance 1, so has every x_t     (2)
    flow matching    a = 1 - t/T,      s = t/T: a straight line from data to noise                      (3)

A clock c tells how far along the path t is: of (2) the angle whose cosine is a and whose sine is s, of (3) t/T. By
that clock x moves with

    v = dx/dc = a' x_0 + s' e,   (a', s') = (-s, a) of (2), (-1, 1) of (3)                              (4)

and a s' - s a' = 1 of both. What makes alpha-bar of (2) is the noise that each step adds,

    beta_t = 1 - alpha-bar_t / alpha-bar_(t-1)                                                          (5)

(5) is given for "linear" and follows from alpha-bar for the others. Between two times s < t lies the law

    q(x_s | x_t, x_0) = N(w x_t + w_0 x_0, d^2),   w = a_ts s_s^2 / s_t^2,   w_0 = a_s r / s_t^2,       (6)
    d^2 = r s_s^2 / s_t^2,   a_ts = a_t / a_s,   r = s_t^2 - a_ts^2 s_s^2

References: Ho et al. 2020 (2, "linear"), Nichol and Dhariwal 2021 ("cosine"), Jabri et al. 2023 ("sigmoid"), Lipman et
al. 2023 (3), Salimans and Ho 2022 (v), Kingma et al. 2021 (6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.data.line import ALPHABET, BINS

MODELS = ("diffusion", "flow")
SCHEDULES = ("linear", "cosine", "sigmoid", "own")
FIRST_BETA = 1e-4  # of "linear"
OFFSET = 0.008  # of "cosine": the first steps add a little, too
SIGMOID_END = 3.0  # "sigmoid" runs from minus this to this
LEAST_BETA, MOST_BETA = 1e-5, 0.999  # of any step: there is always some noise, and never nothing else
FAINTEST = 1e-12  # alpha-bar that is as good as none: from there on it falls by LEAST_BETA a step
NOISE = 0.01  # alpha-bar at T below which the chain ends in noise


class Level(NamedTuple):
    """Where a point stands on the path: numbers, or tensors that broadcast against x."""

    a: float | Tensor
    s: float | Tensor
    da: float | Tensor
    ds: float | Tensor


@dataclass(frozen=True, eq=False)
class Schedule:
    """The path at its times 0, ..., T, all arrays (T + 1,)."""

    a: np.ndarray
    s: np.ndarray
    da: np.ndarray
    ds: np.ndarray
    clock: np.ndarray

    @property
    def T(self) -> int:
        return len(self.a) - 1

    @property
    def alpha_bar(self) -> np.ndarray:
        """a^2: the share of a picture's own variance that is left."""
        return self.a**2

    @cached_property
    def beta(self) -> np.ndarray:
        """(5), (T,): of steps 1 to T."""
        return 1 - self.alpha_bar[1:] / self.alpha_bar[:-1]

    @cached_property
    def snr(self) -> np.ndarray:
        """a^2 / s^2; infinite at 0."""
        with np.errstate(divide="ignore"):
            return (self.a / self.s) ** 2

    @property
    def left(self) -> float:
        """What is left of the data at T, where sampling begins as if nothing were."""
        return float(self.alpha_bar[-1])

    @property
    def ends_in_noise(self) -> bool:
        return self.left < NOISE

    def thinned(self, times: Sequence[int]) -> Schedule:
        """The same path at some of its times only, ascending from 0."""
        at = list(times)
        return Schedule(self.a[at], self.s[at], self.da[at], self.ds[at], self.clock[at])

    def level(self, t: int) -> Level:
        return Level(float(self.a[t]), float(self.s[t]), float(self.da[t]), float(self.ds[t]))

    def levels(self, t: Tensor, like: Tensor) -> Level:
        """Of each time in t, (B,): tensors (B, 1) that go with `like`."""
        return Level(*self.table(like)[:, t, None])

    def table(self, like: Tensor) -> Tensor:
        """a, s, a' and s' as a tensor on the device and of the precision of `like`: (4, T + 1)."""
        key = (like.device, like.dtype)
        if key not in self._tables:
            rows = np.stack((self.a, self.s, self.da, self.ds))
            self._tables[key] = torch.as_tensor(rows, dtype=like.dtype, device=like.device)
        return self._tables[key]

    @cached_property
    def _tables(self) -> dict[tuple[torch.device, torch.dtype], Tensor]:
        return {}


class Posterior(NamedTuple):
    """(6): the mean is x_weight x_t + x0_weight x_0."""

    x_weight: float
    x0_weight: float
    sd: float


def posterior(schedule: Schedule, t: int, s: int) -> Posterior:
    """(6): where x_s lies if x_t and x_0 are known; s < t."""
    a_s, a_t, s_s, s_t = (float(v) for v in (schedule.a[s], schedule.a[t], schedule.s[s], schedule.s[t]))
    a_ts = a_t / a_s
    r = s_t**2 - (a_ts * s_s) ** 2  # what the noise gains on the way from s to t
    return Posterior(a_ts * s_s**2 / s_t**2, a_s * r / s_t**2, r**0.5 * s_s / s_t)


@lru_cache(maxsize=64)
def schedule(model: str, kind: str = "cosine", T: int = 50, beta_last: float = 0.2, curve: str = "") -> Schedule:
    """A path. kind: what makes alpha-bar, for diffusion; beta_last: of "linear"; curve: of "own" (`curve_to_text`)."""
    times = np.arange(T + 1) / T
    if model == "flow":
        ones = np.ones(T + 1)
        return Schedule(1 - times, times, -ones, ones, times)
    alpha_bar = np.maximum(_alpha_bar(kind, times, beta_last, curve), FAINTEST)
    betas = np.clip(1 - alpha_bar[1:] / alpha_bar[:-1], LEAST_BETA, MOST_BETA)
    falling = np.concatenate([[0.0], np.cumsum(np.log1p(-betas))])
    gone = falling < math.log(FAINTEST)
    log_alpha_bar = np.where(gone, math.log(FAINTEST) + math.log1p(-LEAST_BETA) * np.cumsum(gone), falling)
    a, s = np.exp(log_alpha_bar / 2), np.sqrt(np.abs(np.expm1(log_alpha_bar)))
    return Schedule(a, s, -s, a, np.arctan2(s, a))


def _alpha_bar(kind: str, times: np.ndarray, beta_last: float, curve: str) -> np.ndarray:
    """What is asked for, at each time from 0 to 1."""
    if kind == "linear":
        betas = np.linspace(FIRST_BETA, beta_last, len(times) - 1)
        return np.concatenate([[1.0], np.cumprod(1 - betas)])
    if kind == "cosine":
        held = np.cos((times + OFFSET) / (1 + OFFSET) * np.pi / 2) ** 2
    elif kind == "sigmoid":
        falling = 1 / (1 + np.exp((2 * times - 1) * SIGMOID_END))
        held = falling - falling[-1]
    else:
        heights = text_to_curve(curve or FALLING)
        nodes = (np.arange(BINS) + 0.5) / BINS
        held = np.interp(times, np.concatenate([[0.0], nodes]), np.concatenate([[1.0], heights]))
        held = np.minimum.accumulate(held)  # noise is never taken back
    return held / held[0]


def curve_to_text(heights: np.ndarray) -> str:
    """alpha-bar in `BINS` columns over the time, each in [0, 1]: a letter each."""
    levels = np.rint(np.clip(np.asarray(heights, float), 0, 1) * (len(ALPHABET) - 1)).astype(int)
    if levels.shape != (BINS,):
        raise ValueError(f"A drawn schedule has {BINS} heights.")
    return "".join(ALPHABET[level] for level in levels)


def text_to_curve(text: str) -> np.ndarray:
    """The heights behind `curve_to_text`; what is missing at the end is 0, for a text may be cut short. (BINS,)."""
    levels = [ALPHABET.index(letter) for letter in text[:BINS]]
    return np.array(levels + [0] * (BINS - len(levels))) / (len(ALPHABET) - 1)


FALLING = curve_to_text(1 - (np.arange(BINS) + 0.5) / BINS)  # a straight line, as long as nothing else is drawn
