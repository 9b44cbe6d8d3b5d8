"""The scalars of a run over its iterations, bounded however long it runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class History:
    """Scalars over the iterations, evenly thinned.

    A row is asked for at every `stride`-th step, and any other may be recorded. When there is no room left,
    every other row is dropped, and the stride follows the distance between those that remain, so that
    `capacity` rows hold any number of steps. What is kept depends on the steps alone, never on the clock.
    """

    def __init__(self, capacity: int = 200, stride: int = 1) -> None:
        self.stride = stride
        self._names: list[str] = []
        self._rows = np.full((capacity, 1), np.nan)  # the first column is the step
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def wants(self, step: int) -> bool:
        return step % self.stride == 0

    def record(self, step: int, scalars: Mapping[str, float]) -> None:
        """Keep a row. A step that is not beyond the last one begins a new past: later rows go first."""
        self.truncate(step - 1)
        if self._count == len(self._rows):
            kept = self._rows[: self._count : 2].copy()
            self._rows[: len(kept)], self._count = kept, len(kept)
            while (step - kept[0, 0]) / len(kept) > self.stride:
                self.stride *= 2
        for name in scalars.keys() - set(self._names):
            self._names.append(name)
            self._rows = np.column_stack((self._rows, np.full(len(self._rows), np.nan)))
        self._rows[self._count] = [step, *(scalars.get(name, np.nan) for name in self._names)]
        self._count += 1

    def truncate(self, step: int) -> None:
        """Forget what came after `step`."""
        self._count = int(np.searchsorted(self._rows[: self._count, 0], step, side="right"))

    def table(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The names of all columns, the step first, and a copy of all rows."""
        return ("step", *self._names), self._rows[: self._count].copy()

    def column(self, name: str) -> np.ndarray:
        """A copy: (rows,) of the scalar, or of 'step'; NaN where it was not measured."""
        if name == "step":
            return self._rows[: self._count, 0].copy()
        if name not in self._names:
            return np.full(self._count, np.nan)
        return self._rows[: self._count, 1 + self._names.index(name)].copy()
