"""Two games from the same seed on the same minibatches, and a record of whether their losses tell how good they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.contest.digits import DigitConfig, DigitTrainer
from playground.contest.knobs import ContestConfig
from playground.contest.record import Record
from playground.core import Phase, Snapshot
from playground.gan import GanTrainer
from playground.gan.tricks import ClinicConfig, ClinicTrainer
from playground.race import Race
from playground.race.joined import JoinedTrainer

EVERY, EVERY_ON_DIGITS = 50, 100  # steps between two measurements
ARRAYS = ("real", "p", "generated", "field", "samples")  # of a lane, as far as it has them: the others are not drawn


@dataclass(frozen=True)
class Cost:
    """What a lane has spent so far; milliseconds of processor time an iteration, NaN before the first."""

    d_updates: int
    g_updates: int
    ms: float


def lane_trainer(config: ClinicConfig | DigitConfig, device: str | torch.device) -> GanTrainer:
    if isinstance(config, DigitConfig):
        return DigitTrainer(config, device)
    return ClinicTrainer(config, device)


class ContestTrainer(JoinedTrainer):
    """A race of a standard GAN (A) and a WGAN (B) with a record."""

    config: ContestConfig

    def __init__(self, config: ContestConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        self.race = Race(lane_trainer, config.lanes(), self.device)
        self.join(self.race.lanes)
        self.measure_every = EVERY_ON_DIGITS if config.on_digits else EVERY
        self.record = Record(len(self.lanes), self.measure_every)

    # --- what is trained ---------------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        return self.race.data

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration of A, then one of B."""
        yield from self.race.phases(players)
        self.write_down()

    def step(self, players: str = "DG") -> None:
        """The same, with a look at the clock between the lanes."""
        for letter, lane in self.lanes.items():
            with self.clock(letter):
                lane.step(players)
        self.write_down()

    def write_down(self) -> None:
        self.step_count += 1
        self.record.add_losses(self.step_count, [lane.losses() for lane in self.lanes.values()])
        if self.record.is_due(self.step_count):
            self.record.add_quality(self.step_count, [self.quality(letter) for letter in self.lanes])

    def quality(self, letter: str) -> float:
        """How far G's images or points lie from real ones: FD as last measured, or SW1."""
        lane = self.lanes[letter]
        if isinstance(lane, DigitTrainer):
            return float(lane.found[0])
        return float(lane.yardstick.distance(lane.shown(lane.probes)))

    def cost(self, letter: str) -> Cost:
        lane = self.lanes[letter]
        return Cost(lane.d_optimiser.t, lane.g_optimiser.t, self.ms(letter))

    def tune(self, config: Any) -> None:
        super().tune(config)
        self.race.tune(config.lanes())

    def memory(self) -> dict[str, Tensor]:
        return super().memory() | self.record.memory()

    # --- what is seen ------------------------------------------------------------------------------------

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n things by the WGAN: (n, ...)."""
        made: np.ndarray = self.lanes["B"].sample(n, seed)
        return made

    def scalars(self) -> dict[str, float]:
        """NaN is what is not known yet, and is left out."""
        return self.race.scalars() | {name: value for name, value in self._recorded().items() if not math.isnan(value)}

    def snapshot(self) -> Snapshot:
        seen = self.race.snapshot()
        arrays = {name: array for name, array in seen.arrays.items() if name[2:] in ARRAYS}
        return Snapshot(self.step_count, {**seen.scalars, **self._recorded()}, arrays)

    def _recorded(self) -> dict[str, float]:
        """What the record says of each lane."""
        return {
            f"{letter}/{name}": v for i, letter in enumerate(self.lanes) for name, v in self._lane_record(i).items()
        }

    def _lane_record(self, lane: int) -> dict[str, float]:
        found, curves = self.record.agreement(lane), self.record.curves(lane)
        d_loss, g_loss, quality = curves[-1, 1:].tolist() if len(curves) else (math.nan,) * 3
        return {
            "d_filtered": d_loss,
            "g_filtered": g_loss,
            "estimate": -d_loss,
            "quality": quality,
            "rho": found.rho,
            "rho_low": -found.chance,
            "rho_high": found.chance,
            "count": found.count,
        }
