"""When would you stop? How good the step is that somebody has chosen from the losses alone.

Of a finished race the distances q_1 ... q_n to the real distribution are known, measured at n steps. Who stops at k
gets q_k, the best gets min q, and who picks a step at random gets the mean of q. So

    score = 1 - (q_k - min q) / (mean q - min q)                                                    (1)

is 1 for the best step, 0 for what picking at random gets on average, and negative for what is worse than that. Where
the denominator is within the luck of one measurement there is nothing to choose, and no score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.contest.trainer import ContestTrainer
from playground.core import Snapshot

KEPT = ("real", "generated", "samples")  # arrays of a lane that the album holds


class RecordedContest(ContestTrainer):
    """A contest that keeps what G made at each measurement: `album`. It is no part of its state."""

    def __init__(self, config: Any, device: Any = "auto") -> None:
        super().__init__(config, device)
        self.album: list[Snapshot] = []

    def write_down(self) -> None:
        super().write_down()
        if self.record.is_due(self.step_count):
            seen = self.snapshot()
            arrays = {name: array for name, array in seen.arrays.items() if name[2:] in KEPT}
            self.album.append(Snapshot(seen.step, seen.scalars, arrays))


@dataclass(frozen=True)
class Stop:
    """A step that was chosen in one lane, and what it is measured against; score: (1), NaN if all are as good.

    luck: how much two measurements of the same G may differ.
    """

    step: int
    quality: float
    best_step: int
    best: float
    random: float
    score: float
    luck: float

    @property
    def as_good(self) -> bool:
        """Whether luck alone could explain by how much it misses the best."""
        return self.quality - self.best <= self.luck


def stopped(steps: Sequence[int], qualities: Sequence[float], step: int, luck: float) -> Stop:
    """What a choice among these measurements is worth."""
    q = np.asarray(qualities, float)
    k, best, mean = list(steps).index(step), int(q.argmin()), float(q.mean())
    spread = mean - q[best]
    score = 1 - float(q[k] - q[best]) / spread if spread > luck else math.nan
    return Stop(step, float(q[k]), steps[best], float(q[best]), mean, score, luck)


def stopped_in(album: Sequence[Snapshot], letter: str, step: int) -> Stop:
    """In one lane of a recorded contest. The band of a perfect generator is what luck does to one measurement."""
    last: Mapping[str, float] = album[-1].scalars
    unit = "fd" if f"{letter}/fd" in last else "sw1"
    luck = last[f"{letter}/{unit}_high"] - last[f"{letter}/{unit}_low"]
    qualities = [seen.scalars[f"{letter}/quality"] for seen in album]
    return stopped([seen.step for seen in album], qualities, step, luck)
