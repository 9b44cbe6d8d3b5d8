"""A moment of a run from which others go on: several side by side, or one of several alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.race import Lanes, lane_of
from playground.runtime.history import History

if TYPE_CHECKING:
    from playground.runtime.run import Run


@dataclass(frozen=True)
class Leg:
    """A stretch of a run's past. step: where it ended; apart: its minibatches were picked as those of lanes are."""

    config: Any
    step: int
    apart: bool


@dataclass(frozen=True)
class Branch:
    """What a run was at one moment: its settings, its model, and its scalars so far (names, rows, stride)."""

    step: int
    config: Any
    state: Mapping[str, Any]
    names: tuple[str, ...]
    rows: np.ndarray
    stride: int
    legs: tuple[Leg, ...] = ()  # how it came here, the last one with these settings

    @classmethod
    def of(cls, run: Run, lane: str = "") -> Branch:
        """Between two iterations, in the thread that trains `run`. lane: the letter of one, if only that is meant."""
        config, state = run.config, run.trainer.state()
        names, rows = run.history.table()
        columns = dict(zip(names, rows[rows[:, 0] <= run.step].T, strict=True))
        if lane:
            config, state = dict(config)[lane], lane_of(lane, state)
            columns = {"step": columns["step"], **lane_of(lane, columns)}
        legs = (*run.legs, Leg(config, run.step, apart="batches" in state))
        table = np.stack(list(columns.values()), 1)
        return cls(run.step, config, state, tuple(columns), table, run.history.stride, legs)

    def fits(self, config: Any) -> bool:
        """Whether all that `config` asks for can go on from here: it differs in nothing that is built at the start."""
        return not any(lane.needs_restart(self.config) for _, lane in _lanes(config))

    def states(self, config: Any) -> dict[str, Any]:
        """The state of a race all of whose lanes are this run; or, of one Config, of this run alone."""
        return {f"{prefix}{name}": value for prefix, _ in _lanes(config) for name, value in self.state.items()}

    def past(self, config: Any) -> History:
        """The past, of a race told once for each lane."""
        history = History(stride=self.stride)
        prefixes = [prefix for prefix, _ in _lanes(config)]
        for row in self.rows:
            told = dict(zip(self.names[1:], map(float, row[1:]), strict=True))
            history.record(int(row[0]), {f"{prefix}{name}": v for prefix in prefixes for name, v in told.items()})
        return history


def _lanes(config: Any) -> list[tuple[str, Any]]:
    """What the names of each lane begin with, and its settings; one run has no lanes."""
    return [(f"{letter}/", lane) for letter, lane in config] if isinstance(config, Lanes) else [("", config)]
