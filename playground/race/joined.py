"""A trainer that is made of several: it takes each step with all of them, and remembers for all of them.

Each lane keeps its own generators, so that it is the run that it would be alone. Processor time is measured beside the
state: no two machines agree on it, and a seed does not repeat it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from playground.training import StepwiseTrainer

SOURCES = ("generator", "batches")  # of random numbers, in each lane


class JoinedTrainer(StepwiseTrainer):
    """A subclass sets up `lanes` by `join`, and adds what it remembers itself to `memory`."""

    def join(self, lanes: Mapping[str, Any]) -> None:
        """letter -> trainer. The first one's generator is also that of the whole."""
        self.lanes: dict[str, Any] = dict(lanes)
        first = next(iter(self.lanes.values()))
        self.generator = self.batches = first.generator
        self.seconds = dict.fromkeys(self.lanes, 0.0)  # of processor time ...
        self.timed = dict.fromkeys(self.lanes, 0)  # ... for so many iterations

    @contextmanager
    def clock(self, letter: str, iterations: int = 1) -> Iterator[None]:
        """Count the time of these iterations of a lane."""
        started = time.thread_time()
        yield
        self.seconds[letter] += time.thread_time() - started
        self.timed[letter] += iterations

    def ms(self, letter: str) -> float:
        """Milliseconds of processor time an iteration, NaN before the first."""
        return 1e3 * self.seconds[letter] / self.timed[letter] if self.timed[letter] else math.nan

    @property
    def phase_count(self) -> int:
        return sum(lane.phase_count for lane in self.lanes.values())

    def memory(self) -> dict[str, Tensor]:
        return {f"{letter}/{name}": t for letter, lane in self.lanes.items() for name, t in lane.memory().items()}

    def counters(self) -> dict[str, int]:
        lanes = {f"{letter}/{name}": n for letter, lane in self.lanes.items() for name, n in lane.counters().items()}
        return super().counters() | lanes

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        for letter, lane in self.lanes.items():
            lane.set_counters({name: counters[f"{letter}/{name}"] for name in lane.counters()})

    def _sources(self) -> dict[str, torch.Generator]:
        """The generators of the lanes, but the one that every trainer has."""
        pairs = ((f"{letter}/{name}", getattr(lane, name)) for letter, lane in self.lanes.items() for name in SOURCES)
        return {name: source for name, source in pairs if source is not self.generator}

    def state(self) -> dict[str, Any]:
        return super().state() | {name: source.get_state() for name, source in self._sources().items()}

    def load(self, state: Mapping[str, Any]) -> None:
        sources = self._sources()
        missing = sources.keys() - state.keys()
        if missing:
            raise ValueError(f"This state does not fit: it lacks {', '.join(sorted(missing))}.")
        for name in sources:
            try:
                torch.Generator(self.device).set_state(state[name])
            except (TypeError, RuntimeError) as error:
                raise ValueError(f"This state does not fit: {name} is not a generator of this device.") from error
        super().load(state)
        for name, source in sources.items():
            source.set_state(state[name])

    def finite(self) -> bool:
        return all(lane.finite() for lane in self.lanes.values())

    def advice(self) -> str:
        lost = [letter for letter, lane in self.lanes.items() if not lane.finite()]
        return " ".join(f"Lane {letter}: {self.lanes[letter].advice()}" for letter in lost or self.lanes)
