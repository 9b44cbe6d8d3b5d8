"""Rate and distortion as beta moves: several VAEs, one after another, that differ in beta alone.

    rate          R = mean of KL(q(z | x) || p(z))                                                  (1)
    distortion    D = mean of -log p(x | z)                                                         (2)

A VAE descends in D + beta R. Where it rests, the best path D(R) has the slope -beta (Alemi et al. 2018), so the ends
of a sweep over beta trace that path, as far as their steps and their networks bring them. D + R is -ELBO. With free
nats it descends in D plus beta times what exceeds them: the slope where that rests need not be -beta.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.training import StepwiseTrainer
from playground.vae.knobs import VaeConfig
from playground.vae.trainer import VaeTrainer

BETAS = (0.25, 0.5, 1.0, 2.0, 4.0)
STEPS = 400  # of each of them


def swept(config: VaeConfig, beta: float) -> VaeConfig:
    """These settings at that beta, with a learning rate that comes to rest at the end."""
    return dataclasses.replace(config, kind="vae", beta=beta, warmup=0, decay="cosine", horizon=STEPS)


class SweepTrainer(StepwiseTrainer):
    """Trains `STEPS` steps at each of `BETAS` and keeps (1) and (2) of the watched test digits at the end of each.

    Only the VAE at work is in memory. Beyond the last step the last one trains on, and nothing more is kept.
    """

    measure_every = STEPS

    def __init__(self, config: VaeConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device, heavy=True)
        self.found = torch.full((len(BETAS), 2), torch.nan)  # R, D
        self._begin(0)

    def _begin(self, turn: int) -> None:
        self.turn = turn
        self.now = VaeTrainer(swept(self.config, BETAS[turn]), self.device)
        self.generator = self.batches = self.now.generator

    @property
    def done(self) -> bool:
        return self.step_count >= STEPS * len(BETAS)

    @property
    def phase_count(self) -> int:
        return self.now.phase_count

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        yield from self.now.phases(players)
        self.step_count += 1
        if self.step_count % STEPS or self.step_count > STEPS * len(BETAS):
            return
        nats, kl, _ = self.now.passage().terms().tolist()
        self.found[self.turn] = torch.tensor([kl, nats])
        if not self.done:
            self._begin(self.turn + 1)

    def scalars(self) -> dict[str, float]:
        return {"beta": BETAS[self.turn]}

    def snapshot(self) -> Snapshot:
        return Snapshot(self.step_count, self.scalars(), {"found": self.found.numpy().copy()})

    @property
    def data(self) -> np.ndarray:
        return self.now.data

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        return self.now.sample(n, seed)

    def finite(self) -> bool:
        return self.now.finite()

    def advice(self) -> str:
        return self.now.advice()

    def memory(self) -> dict[str, Tensor]:
        return {"found": self.found, **self.now.memory()}

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "moves": self.now.counters()["moves"]}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.now.set_counters({"step": self.step_count - self.turn * STEPS, "moves": counters["moves"]})

    def load(self, state: Mapping[str, Any]) -> None:
        """The state may be that of another beta's turn. ValueError, and nothing changed, if it is another model's."""
        counters = state.get("counters")
        step = counters.get("step") if isinstance(counters, Mapping) else None
        turn = min(step // STEPS, len(BETAS) - 1) if type(step) is int and step >= 0 else self.turn
        before = self.turn, self.now, self.generator, self.batches
        if turn != self.turn:
            self._begin(turn)
        try:
            super().load(state)
        except ValueError:
            self.turn, self.now, self.generator, self.batches = before
            raise
