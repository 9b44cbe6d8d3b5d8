"""What has been done to a model beside plain iterations, so that the same can be done again."""

from __future__ import annotations

from collections import deque

from playground.core import Config

MOST = 500  # changes that are remembered

Change = Config | str  # live knobs as they were set; or the players of an iteration that not all of them took part in


class Course:
    """The changes of a run by the step at which they came, in order.

    Training is deterministic: a state and the changes since lead to the same numbers again. A run that is put back
    keeps its past until training goes on: only then do the changes since replace what once came after.
    """

    def __init__(self, config: Config) -> None:
        self.known_from = 0  # the step from which on no change is missing
        self._first = config  # the knobs before all changes that are remembered
        self._past: list[tuple[int, Change]] = []
        self._since: deque[Change] | None = None  # the run was put back

    def add(self, step: int, change: Change) -> None:
        if self._since is None:
            self._past.append((step, change))
            self._trim()
        else:
            self._since.append(change)

    def put_back(self, config: Config) -> None:
        """The model is where it once was, with these knobs."""
        self._since = deque([config], MOST + 1)  # one more than fits: that some are missing will be noticed

    @property
    def untouched(self) -> bool:
        """Whether nothing was changed since the model was put back."""
        return self._since is not None and len(self._since) == 1

    def go_on(self, step: int) -> None:
        """Training goes on from here: what once came after `step` goes."""
        self._past = [change for change in self._past if change[0] < step]
        self._past += [(step, change) for change in self._since or ()]
        self.known_from = min(self.known_from, step)
        self._since = None
        self._trim()

    def at(self, step: int) -> list[Change]:
        """What was done between `step` and the iteration after it."""
        return [change for when, change in self._past if when == step]

    def knobs(self, step: int) -> Config:
        """Those with which `step` was reached."""
        known = [change for when, change in self._past if when < step and not isinstance(change, str)]
        return known[-1] if known else self._first

    def _trim(self) -> None:
        for step, change in self._past[:-MOST]:
            self.known_from = step + 1
            if not isinstance(change, str):
                self._first = change
        del self._past[:-MOST]
