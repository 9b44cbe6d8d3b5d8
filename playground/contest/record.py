"""What a contest writes down of each lane: the losses of D and G and the quality of G, every so many steps.

Losses are noisy, so each entry holds the median of a loss over the steps since the last one, as Arjovsky et al. 2017
filter theirs. Entries depend on the steps alone, never on when somebody looks, and they are part of the run's state.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from playground.contest.agreement import Agreement, agreement

ROOM = 200  # entries: the latest stay


class Record:
    """rows: (lanes, ROOM, 4), step, filtered losses of D and G, quality, the newest last; NaN where there is none."""

    def __init__(self, lanes: int, every: int) -> None:
        self.every = every
        self.latest = torch.full((lanes, every, 2), float("nan"), dtype=torch.float64)  # losses since the last entry
        self.rows = torch.full((lanes, ROOM, 4), float("nan"), dtype=torch.float64)

    def memory(self) -> dict[str, Tensor]:
        return {"record latest": self.latest, "record": self.rows}

    def add_losses(self, step: int, losses: Sequence[tuple[float, float]]) -> None:
        """After each step: the losses of D and G in each lane."""
        self.latest[:, step % self.every] = torch.tensor(losses, dtype=torch.float64)

    def is_due(self, step: int) -> bool:
        return step % self.every == 0

    def add_quality(self, step: int, qualities: Sequence[float]) -> None:
        """At every `every`-th step: an entry for each lane, as long as it has numbers."""
        found = torch.tensor(qualities, dtype=torch.float64)
        self.rows.copy_(self.rows.roll(-1, 1))
        filtered = self.latest.nanmedian(1).values  # (lanes, 2)
        self.rows[:, -1] = torch.cat((torch.full_like(found, step)[:, None], filtered, found[:, None]), 1)
        self.latest.fill_(float("nan"))

    def curves(self, lane: int) -> np.ndarray:
        """(entries, 4), without gaps."""
        rows: np.ndarray = self.rows[lane].numpy()
        whole: np.ndarray = rows[np.isfinite(rows).all(1)]
        return whole

    def agreement(self, lane: int) -> Agreement:
        """Of minus D's loss, which is what D makes of the distance, with the distance measured."""
        _, loss, _, quality = self.curves(lane).T
        return agreement(-loss, quality)
