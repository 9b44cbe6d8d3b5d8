"""Several trainers as one, which takes each step with all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from playground.core import Phase, Snapshot, Trainer
from playground.race.lanes import Lanes
from playground.training import endless


class Race:
    """Trainers of one lab in step: what one iteration is for one of them, it is for all.

    They draw their minibatches apart from everything else they draw, so that lanes of the same seed see the same
    real things in the same order, although one of them may ask for more of them in an iteration.
    """

    def __init__(self, build: Callable[[Any, Any], Trainer], lanes: Lanes, device: Any = "auto") -> None:
        """device: what `build` takes as one, a name or a torch.device."""
        self.config = lanes
        self.lanes = {letter: build(config, device) for letter, config in lanes}
        for trainer in self.lanes.values():
            trainer.draw_batches_apart()
        self.step_count = 0  # iterations that all lanes have taken
        self.measure_every = max(trainer.measure_every for trainer in self.lanes.values())

    @property
    def first(self) -> Trainer:
        return self.lanes["A"]

    @property
    def phase_count(self) -> int:
        return sum(trainer.phase_count for trainer in self.lanes.values())

    @property
    def data(self) -> np.ndarray:
        """What lane A is trained on."""
        return self.first.data

    def step(self, players: str = "DG") -> None:
        for _ in self.parts(players):
            pass

    def parts(self, players: str = "DG") -> Iterator[None]:
        """One iteration, with a pause between two lanes and with those that a lane makes: others have their turn."""
        for letter, trainer in self.lanes.items():
            if letter != "A":
                yield
            yield from trainer.parts(players)
        self.step_count += 1

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        for letter, trainer in self.lanes.items():
            for phase in trainer.phases(players):
                yield dataclasses.replace(phase, says=f"{letter}. {phase.says}")
        self.step_count += 1

    def scalars(self) -> dict[str, float]:
        return _joined({letter: trainer.scalars() for letter, trainer in self.lanes.items()})

    def snapshot(self) -> Snapshot:
        seen = {letter: trainer.snapshot() for letter, trainer in self.lanes.items()}
        scalars = _joined({letter: snapshot.scalars for letter, snapshot in seen.items()})
        return Snapshot(self.step_count, scalars, _joined({letter: shown.arrays for letter, shown in seen.items()}))

    def run(self) -> Iterator[Snapshot]:
        return endless(self)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """(lanes, n, ...): what each of them generates, from the same noise."""
        return np.stack([trainer.sample(n, seed) for trainer in self.lanes.values()])

    def place(self, name: str, x: float, y: float) -> None:
        """A handle moved in one lane is moved in all of them."""
        for trainer in self.lanes.values():
            trainer.place(name.partition("/")[2], x, y)

    def draw_batches_apart(self) -> None:
        """They do already."""

    def tune(self, config: Lanes) -> None:
        fixed = config.needs_restart(self.config)
        if fixed:
            raise ValueError(f"{', '.join(fixed)} cannot change during a run: build a new trainer.")
        for (_, lane), trainer in zip(config, self.lanes.values(), strict=True):
            trainer.tune(lane)
        self.config = config

    def finite(self) -> bool:
        return all(trainer.finite() for trainer in self.lanes.values())

    def advice(self) -> str:
        lost = [letter for letter, trainer in self.lanes.items() if not trainer.finite()]
        return " ".join(f"Lane {letter}: {self.lanes[letter].advice()}" for letter in lost or self.lanes)

    def state(self) -> dict[str, Any]:
        return _joined({letter: trainer.state() for letter, trainer in self.lanes.items()})

    def load(self, state: Mapping[str, Any]) -> None:
        """Become what `state` was taken from. ValueError, and nothing changed, if it is another race's."""
        before = self.state()
        try:
            for letter, trainer in self.lanes.items():
                trainer.load(lane_of(letter, state))
        except ValueError:
            for letter, trainer in self.lanes.items():
                trainer.load(lane_of(letter, before))
            raise
        self.step_count = self.first.step_count


def _joined(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{letter}/{name}": value for letter, part in parts.items() for name, value in part.items()}


def lane_of(letter: str, joined: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to one lane, under the names that it has there."""
    return {name[2:]: value for name, value in joined.items() if name.startswith(f"{letter}/")}
