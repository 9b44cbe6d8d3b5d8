"""What is written down of the four models at due rounds. It depends on the rounds alone, and is part of the state."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.four_models.nats import Nats
from playground.four_models.quality import Quality

EARLY, YOUNG, OFTEN, LATER = (0, 1, 2, 5), 100, 10, 25  # rounds; until this one every 10th, and then every 25th
EARLY_NATS, NATS_EVERY = (10, 30, 100), 200  # rounds at which log p is asked for


def is_due(step: int) -> bool:
    """Whether the points of this round are measured."""
    return step in EARLY or step % (OFTEN if step <= YOUNG else LATER) == 0


def tells(step: int) -> bool:
    """Whether log p is asked for."""
    return step in EARLY_NATS or (step > 0 and step % NATS_EVERY == 0)


class Record:
    """quality: (lanes, 4); near: (lanes, 2), the last SW1 and the iterations at which it came near, NaN before; nats:
    (3, 4), of ELBO, L_K and the flow; looked: (1,), the round of the last measurement; asked: (1,), that of
    the last question for log p, NaN before."""

    def __init__(self, lanes: int) -> None:
        def empty(*shape: int) -> Tensor:
            return torch.full(shape, math.nan, dtype=torch.float64)

        self.quality, self.near, self.nats = empty(lanes, 4), empty(lanes, 2), empty(3, 4)
        self.looked, self.asked = empty(1), empty(1)

    def memory(self) -> dict[str, Tensor]:
        return {
            "record quality": self.quality,
            "record near": self.near,
            "record nats": self.nats,
            "record looked": self.looked,
            "record asked": self.asked,
        }

    def add(self, lane: int, found: Quality, near: float, iterations: int) -> None:
        """near: the distance that counts as near. Twice in a row, so that the luck of one moment does not decide."""
        self.quality[lane] = torch.tensor(found, dtype=torch.float64)
        last, since = self.near[lane].tolist()
        if math.isnan(since) and last <= near and found.sw1 <= near:
            since = float(iterations)
        self.near[lane] = torch.tensor((found.sw1, since), dtype=torch.float64)

    def of(self, lane: int) -> Quality:
        return Quality(*self.quality[lane].tolist())

    def near_since(self, lane: int) -> float:
        """The iterations of a lane when it was near for the second time in a row, or NaN."""
        return float(self.near[lane, 1])

    def add_nats(self, row: int, found: Nats) -> None:
        self.nats[row] = torch.tensor(found, dtype=torch.float64)

    def said(self, row: int) -> Nats:
        return Nats(*self.nats[row].tolist())
