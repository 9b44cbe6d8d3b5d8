"""A moment of a run from which several go on, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.race import Lanes
from playground.runtime.history import History

if TYPE_CHECKING:
    from playground.runtime.run import Run


@dataclass(frozen=True)
class Branch:
    """What a run was at one moment: its settings, its model, and its scalars so far (names, rows, stride)."""

    step: int
    config: Any
    state: Mapping[str, Any]
    names: tuple[str, ...]
    rows: np.ndarray
    stride: int

    @classmethod
    def of(cls, run: Run) -> Branch:
        """Between two iterations, in the thread that trains `run`."""
        names, rows = run.history.table()
        rows = rows[rows[:, 0] <= run.step]
        return cls(run.step, run.config, run.trainer.state(), names, rows, run.history.stride)

    def fits(self, lanes: Lanes) -> bool:
        """Whether all lanes can go on from here: they differ in nothing that is built at the start."""
        return not any(config.needs_restart(self.config) for _, config in lanes)

    def states(self, lanes: Lanes) -> dict[str, Any]:
        """The state of a race all of whose lanes are this run."""
        return {f"{letter}/{name}": value for letter, _ in lanes for name, value in self.state.items()}

    def past(self, lanes: Lanes) -> History:
        """The common past, told once for each lane."""
        history = History(stride=self.stride)
        for row in self.rows:
            told = dict(zip(self.names[1:], map(float, row[1:]), strict=True))
            history.record(
                int(row[0]), {f"{letter}/{name}": value for letter, _ in lanes for name, value in told.items()}
            )
        return history
