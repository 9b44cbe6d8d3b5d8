"""What every trainer has in common: stepping, yielding snapshots, and being put back to an earlier state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground import devices
from playground.core import Config, Diverged, Phase, Snapshot, Trainer

REMEMBER = 50  # steps between the states that `run` can fall back to
APART = 1 << 40  # from the seed of all other draws to that of the minibatches: these follow no other draw


class StepwiseTrainer(ABC):
    """A model that learns step by step, with one generator of random numbers for all it draws.

    A subclass keeps everything the future depends on in the tensors of `memory()` and the counters of
    `counters()`, and does its work in `phases()`.
    """

    measure_every = 16

    def __init__(self, config: Any, device: str | torch.device = "auto", heavy: bool = False) -> None:
        self.config = config
        self.device = device if isinstance(device, torch.device) else devices.pick(device, heavy)
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.batches = self.generator  # what picks the minibatches
        self.step_count = 0

    @property
    @abstractmethod
    def data(self) -> np.ndarray: ...

    @property
    @abstractmethod
    def phase_count(self) -> int: ...

    @abstractmethod
    def phases(self, players: str = "DG") -> Iterator[Phase]: ...

    @abstractmethod
    def scalars(self) -> dict[str, float]: ...

    @abstractmethod
    def snapshot(self) -> Snapshot: ...

    @abstractmethod
    def sample(self, n: int, seed: int = 0) -> np.ndarray: ...

    @abstractmethod
    def memory(self) -> dict[str, Tensor]:
        """The tensors that training changes, by name; `state` copies them and `load` writes into them."""

    @abstractmethod
    def finite(self) -> bool: ...

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        self.step_count = counters["step"]

    def advice(self) -> str:
        """Which knob to turn after the parameters have left the numbers."""
        return "Lower the learning rates and start again."

    def step(self, players: str = "DG") -> None:
        """One iteration: its phases, one after another."""
        for _ in self.phases(players):
            pass

    def parts(self, players: str = "DG") -> Iterator[None]:
        """The same without a pause."""
        self.step(players)
        yield from ()

    def run(self) -> Iterator[Snapshot]:
        """Train without end, yielding a snapshot after each iteration; Diverged if a parameter is not finite."""
        return endless(self)

    def draw_batches_apart(self) -> None:
        """Pick the minibatches from here on with a generator of their own.

        Trainers of the same seed that do so at the same step see the same ones, whatever else each of them draws.
        """
        self.batches = torch.Generator(self.device).manual_seed(self.config.seed + self.step_count + APART)

    def place(self, name: str, x: float, y: float) -> None:
        """A handle was moved to (x, y): the next snapshot shows it. One that this model does not have stays unheard."""
        return

    def tune(self, config: Config) -> None:
        """Take new values of live knobs."""
        fixed = config.needs_restart(self.config)
        if fixed:
            raise ValueError(f"{', '.join(fixed)} cannot change during a run: build a new trainer.")
        self.config = config

    def state(self) -> dict[str, Any]:
        """A copy of everything the future depends on; fit for torch.save and torch.load(weights_only=True)."""
        state: dict[str, Any] = {name: tensor.clone() for name, tensor in self.memory().items()}
        if self.batches is not self.generator:
            state["batches"] = self.batches.get_state()
        return state | {"generator": self.generator.get_state(), "counters": self.counters()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Become what `state` was taken from. ValueError, and nothing changed, if it is another model's."""
        memory, counters = self.memory(), self.counters()
        missing = {*memory, "generator", "counters"} - state.keys()
        if missing:
            raise ValueError(f"This state does not fit: it lacks {', '.join(sorted(missing))}.")
        for name, tensor in memory.items():
            if getattr(state[name], "shape", None) != tensor.shape:
                raise ValueError(f"This state does not fit: {name} is not of shape {tuple(tensor.shape)}.")
        given = state["counters"]
        if not isinstance(given, Mapping) or given.keys() != counters.keys():
            raise ValueError("This state does not fit: its counters are those of another model.")
        if not all(type(count) is int and count >= 0 for count in given.values()):
            raise ValueError("This state does not fit: its counters are not whole numbers.")
        apart = torch.Generator(self.device) if "batches" in state else None
        try:
            torch.Generator(self.device).set_state(state["generator"])
            if apart:
                apart.set_state(state["batches"])
        except (TypeError, RuntimeError) as error:
            raise ValueError("This state does not fit: its generator is not one of this device.") from error
        self.generator.set_state(state["generator"])
        for name, tensor in memory.items():
            tensor.copy_(state[name])
        self.set_counters(state["counters"])
        if apart:
            self.batches = apart
        elif self.batches is not self.generator:  # the state comes from a run that drew everything in one row
            self.draw_batches_apart()


def endless(trainer: Trainer) -> Iterator[Snapshot]:
    """Train without end, yielding a snapshot after each iteration; Diverged if a parameter is not finite."""
    good = trainer.state()
    while True:
        trainer.step()
        if not trainer.finite():
            step = trainer.step_count
            trainer.load(good)
            raise Diverged(
                f"At step {step} a parameter was no longer a finite number; step {trainer.step_count} is"
                f" restored. {trainer.advice()}"
            )
        if trainer.step_count % REMEMBER == 0:
            good = trainer.state()
        yield trainer.snapshot()
