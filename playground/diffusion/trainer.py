"""The algorithm, part by part, and what it remembers. The numbers are the equations of `playground.diffusion`.

What a diffusion model has learned is seen only by sampling, and a sample asks the network over and over: that cannot be
done at each frame. So at due steps the averaged network is copied to `shown`, and all pictures and all numbers about
quality are those of that copy, until the next look. The looks are a part of the run: they do not depend on who watches.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase
from playground.diffusion.knobs import DiffusionConfig
from playground.diffusion.objective import slope, squares, weights
from playground.diffusion.phases import DRAWN, MOVED, learned, noised, predicted
from playground.diffusion.predictions import read, wanted
from playground.diffusion.samplers import Denoiser, Moment, reverse, stops
from playground.fused import FusedAdam
from playground.optim import Adam, decayed
from playground.training import StepwiseTrainer

MOMENTUM, SIZES = 0.9, 0.99  # memories of Adam: of the gradient, and of its size
RECENT = 0.99  # how much of the running means of the loss stays at each step
LONG = 30_000  # parameters from which on Adam in one pass is the faster one
LOOKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # steps from one look to the next: a tenth of those done


class Net(Protocol):
    """What the algorithm asks of a network; x and t reach it as its own `see` makes them."""

    flat: Tensor
    grad: Tensor

    def __call__(self, x: Tensor) -> Tensor: ...
    def forward(self, x: Tensor) -> Tensor: ...
    def backward(self, slope: Tensor) -> None: ...


class DiffusionTrainer(StepwiseTrainer):
    """The algorithm of this module. A lab supplies the data, (N, d), and the network."""

    config: DiffusionConfig
    measure_every = 50

    def __init__(self, config: DiffusionConfig, device: str | torch.device = "auto", heavy: bool = False) -> None:
        super().__init__(config, device, heavy)
        self.schedule = config.path()
        self.real = self.draw_data()  # (N, d)
        self.network, self.average, self.shown = self.networks()
        self.average.flat.copy_(self.network.flat)
        self.shown.flat.copy_(self.network.flat)
        kind = FusedAdam if self.network.flat.numel() > LONG else Adam
        self.optimiser = kind(self.network.flat, self.network.grad)
        self.looked = 0  # the step of the last look
        self.looks = 0  # rises whenever `shown` is another network, and is odd while it is written; not part of the run
        # (1) gives each place in a batch the times of one part of the path: running means of its squares
        self.recent = torch.zeros(config.batch, device=self.device)
        self._places = torch.arange(config.batch, device=self.device) * (config.T / config.batch) + 1
        self._weigh()

    @abstractmethod
    def draw_data(self) -> Tensor:
        """What is learned, (N, d), in the units of the path."""

    @abstractmethod
    def networks(self) -> tuple[Net, Net, Net]:
        """Three alike; the first has its parameters drawn from `generator`."""

    @abstractmethod
    def see(self, x: Tensor, t: Tensor | int) -> Tensor:
        """x_t (n, d) and t, one each or one for all, as the network gets them."""

    def _weigh(self) -> None:
        c = self.config
        self.weights = weights(c.weighting, c.prediction, self.schedule).to(self.device)

    def tune(self, config: Any) -> None:
        super().tune(config)
        self._weigh()

    # --- one iteration -----------------------------------------------------------------------------------

    def batch(self) -> Tensor:
        """(B, d), drawn with replacement."""
        pick = torch.randint(len(self.real), (self.config.batch,), generator=self.batches, device=self.device)
        return self.real[pick]

    def draw(self, x0: Tensor) -> tuple[Tensor, Tensor]:
        """(1): a time for each of the batch, (B,), and its noise, (B, d)."""
        T = self.config.T
        u = torch.rand(1, generator=self.batches, device=self.device)
        t = (self._places + u * (T / len(x0))).long().clamp_(max=T)  # a sum may round up
        return t, torch.randn(x0.shape, generator=self.batches, device=self.device)

    @property
    def phase_count(self) -> int:
        return 5

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, part by part: (1) to (5)."""
        c = self.config
        x0 = self.batch()
        t, e = self.draw(x0)
        yield DRAWN
        level = self.schedule.levels(t, x0)
        x = level.a * x0 + level.s * e
        yield noised(c.model)
        said = self.network.forward(self.see(x, t))
        yield predicted(c.prediction)
        gap = said - wanted(c.prediction, x0, e, level)
        self.network.grad.zero_()
        self.network.backward(slope(gap, self.weights[t]))
        yield learned(c.prediction, c.weighting)
        self.move()
        self.recent.lerp_(squares(gap), 1 - RECENT)
        yield MOVED
        self.step_count += 1
        if self.step_count % apart(self.step_count) == 0:
            self.look()

    def move(self) -> None:
        """One step of the network, and (5)."""
        c = self.config
        self.optimiser.step(c.lr * decayed(c.decay, self.step_count, c.horizon), MOMENTUM, SIZES)
        self.average.flat.lerp_(self.network.flat, (1 - c.ema) / (1 - c.ema**self.optimiser.t))

    def look(self) -> None:
        """From now on the network as it is now is shown."""
        self.looks += 1
        self.shown.flat.copy_(self.average.flat)
        self.looked = self.step_count
        self.looks += 1

    def load(self, state: Mapping[str, Any]) -> None:
        self.looks += 1
        try:
            super().load(state)
        finally:
            self.looks += 1

    # --- what it remembers -------------------------------------------------------------------------------

    def memory(self) -> dict[str, Tensor]:
        return {
            "network": self.network.flat,
            "average": self.average.flat,
            "shown": self.shown.flat,
            "optimiser m": self.optimiser.m,
            "optimiser v": self.optimiser.v,
            "recent squares": self.recent,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "moves": self.optimiser.t, "looked": self.looked}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.optimiser.t, self.looked = counters["moves"], counters["looked"]

    def finite(self) -> bool:
        """One dot product: infinite or NaN as soon as any parameter is."""
        theta = self.network.flat
        return bool(torch.isfinite(torch.dot(theta, theta)))

    def advice(self) -> str:
        return "Lower the learning rate and start again."

    # --- what it says ------------------------------------------------------------------------------------

    def denoiser(self, network: Net | None = None) -> Denoiser:
        """What a network, by default the one that is shown, believes of x_0 and e."""
        asked = self.shown if network is None else network

        def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
            return read(self.config.prediction, x, asked(self.see(x, t)), self.schedule.level(t))

        return denoise

    @property
    def stops(self) -> list[int]:
        """The times at which sampling asks, and 0."""
        return stops(self.config.T, self.config.steps, self.config.spacing)

    def moments(self, x: Tensor, denoise: Denoiser, seed: int) -> Iterator[Moment]:
        """From x at T to data, by the sampler that is set."""
        c, own = self.config, torch.Generator(self.device).manual_seed(seed)
        return reverse(denoise, self.schedule, x, c.sampler, self.stops, c.eta, own)

    def generate(self, x: Tensor, denoise: Denoiser, seed: int) -> list[Moment]:
        """All of these moments."""
        at = self.stops
        kept = x.new_empty(len(at), 2, *x.shape)  # in one piece: scattered, they tear holes into the network's memory
        for place, moment in zip(kept, self.moments(x, denoise, seed), strict=True):
            place[0], place[1] = moment.x, moment.x0
        return [Moment(t, *place) for t, place in zip(at, kept, strict=True)]

    def made(self, x: Tensor, denoise: Denoiser, seed: int) -> Tensor:
        """The last of them: data."""
        return deque(self.moments(x, denoise, seed), maxlen=1)[0].x

    # --- how well it does in training --------------------------------------------------------------------

    @property
    def squares(self) -> np.ndarray:
        """Running means of |f - y|^2 / d by time, from 1 to T; NaN before the first step. (B,)"""
        n = self.optimiser.t
        seen = self.recent.numpy(force=True).astype(float)
        return seen / (1 - RECENT**n) if n else np.full(len(seen), np.nan)

    def loss_by_t(self, bins: int) -> np.ndarray:
        """The same over even parts of the path, (bins,)."""
        n = len(self.squares)
        so_far = np.concatenate([[0.0], np.cumsum(self.squares)])  # a place is the same share of the path as another
        return np.diff(np.interp(np.linspace(0, n, bins + 1), np.arange(n + 1), so_far)) * bins / n

    @property
    def loss(self) -> float:
        """The same over the whole path."""
        return float(self.squares.mean())


def apart(step: int) -> int:
    """How many steps lie between two looks."""
    return max(gap for gap in LOOKS if gap <= max(1, step // 10))
