"""What tricks of training do, measured: the same seeds with and without, and what luck could do.

Each seed is one pair: both runs begin with the same data, the same noise and, where the networks are of the same kind,
the same weights. So their difference is due to the trick and to the chaos of the game, which 16 pairs tell apart only
if the effect is clear. With w of n pairs won (pairs that are equal do not count), luck alone does as well or better,
either way, with probability

    p = min(1, 2 sum over k >= max(w, n - w) of C(n, k) / 2^n)                                      (1)

the exact sign test. What it says does not depend on how large the differences are, only on their signs. Of 16 pairs it
takes 14 for p < .01.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from playground.core.knobs import Value

FILE = Path(__file__).parent / "data" / "tricks.json"
SURE = 0.01  # p below this is not called luck
MEASURES = ("sw1", "covered", "within")
Said = Literal["helps", "hurts", "luck"]


@dataclass(frozen=True)
class Effect:
    """One measure with and without a trick, seed by seed: (n,) each. less: whether a smaller number is better."""

    with_it: np.ndarray
    without: np.ndarray
    less: bool

    @property
    def differences(self) -> np.ndarray:
        return self.with_it - self.without

    @property
    def ratios(self) -> np.ndarray:
        return self.with_it / self.without

    @property
    def won(self) -> int:
        """Pairs in which the trick does better."""
        return int((self.differences < 0).sum() if self.less else (self.differences > 0).sum())

    @property
    def lost(self) -> int:
        return int((self.differences > 0).sum() if self.less else (self.differences < 0).sum())

    @property
    def p(self) -> float:
        """(1), without the pairs that are equal."""
        return sign_test(self.won, self.lost)

    @property
    def medians(self) -> tuple[float, float]:
        """Without and with the trick."""
        return float(np.median(self.without)), float(np.median(self.with_it))

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Of the differences: a quarter, a half and three quarters of them are less."""
        low, median, high = np.quantile(self.differences, (0.25, 0.5, 0.75))
        return float(low), float(median), float(high)

    @property
    def says(self) -> Said:
        if self.p >= SURE:
            return "luck"
        return "helps" if self.won > self.lost else "hurts"


def sign_test(won: int, lost: int) -> float:
    """(1)"""
    n = won + lost
    tail = sum(math.comb(n, k) for k in range(max(won, lost), n + 1))
    return min(1.0, 2 * tail / 2**n)


def run_key(base: str, changes: Mapping[str, Value]) -> str:
    """The name of a base game with changes, however these are ordered."""
    return " ".join((base, *(f"{name}={changes[name]}" for name in sorted(changes))))


@cache
def measured() -> dict[str, Any]:
    """What `python -m benchmarks tricks` has found: versions, seeds, steps, and runs by key."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def effect(measure: str, with_it: str, without: str) -> Effect:
    """The effect on one of MEASURES, from the keys of both runs."""
    runs = measured()["runs"]
    one, other = (np.array(runs[key][measure], float) for key in (with_it, without))
    return Effect(one, other, less=measure == "sw1")
