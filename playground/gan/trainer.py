"""The algorithm, part by part, and what it remembers. The numbers are the equations of `playground.gan`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from playground.bounds import SpectralNorm, clip
from playground.core import Phase
from playground.flat import Network
from playground.gan.knobs import GanConfig
from playground.gan.moves import add_unit_slope_penalty, between, d_gradient, g_gradient
from playground.gan.parts import SAMPLES, d_moved, g_feels, g_moved, scores
from playground.losses import GAMES, Game
from playground.optim import OPTIMISERS, decayed
from playground.training import StepwiseTrainer


class GanTrainer(StepwiseTrainer):
    """The algorithm of this module. A lab supplies the networks and the data."""

    config: GanConfig

    def __init__(self, config: GanConfig, device: str | torch.device = "auto", heavy: bool = False) -> None:
        super().__init__(config, device, heavy)
        self.real = self.draw_data()  # (N, dim)
        self.G, self.D = self.networks()
        self.average = self.G.copy()
        kind = OPTIMISERS[config.optimiser]
        self.g_optimiser, self.d_optimiser = kind(self.G.flat, self.G.grad), kind(self.D.flat, self.D.grad)
        self.norms = SpectralNorm(self.D)
        # the last scores stay on the device; the losses are computed from them when someone asks
        self.d_scores = torch.full((2 * config.batch, 1), float("nan"), device=self.device)
        self.g_scores = torch.full((config.batch, 1), float("nan"), device=self.device)
        self.told = torch.zeros(2 * config.batch, 1, device=self.device)
        self.real_batch = torch.full((config.batch, self.real.shape[1]), float("nan"), device=self.device)
        self.fake_batch = self.real_batch.clone()
        self._set_label()
        if self.game.bound == "spectral norm":
            self.norms.start()

    @abstractmethod
    def draw_data(self) -> Tensor: ...

    @abstractmethod
    def networks(self) -> tuple[Network, Network]:
        """G: (B, latent) -> (B, dim) and D: (B, dim) -> (B, 1)."""

    @property
    def game(self) -> Game:
        return GAMES[self.config.loss]

    @property
    def shown(self) -> Network:
        """The generator that is shown and sampled."""
        return self.average if self.config.ema else self.G

    @property
    def alpha(self) -> float:
        """The label of real points."""
        return 1 - self.config.smoothing if self.game.has_optimum else 1.0

    def _set_label(self) -> None:
        half = torch.ones(self.config.batch, 1, device=self.device)
        self.label = torch.cat((half * self.alpha, half * 0))  # (2B, 1)

    def tune(self, config: Any) -> None:
        super().tune(config)
        self._set_label()

    def randn(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.device)

    def noise(self, n: int) -> Tensor:
        """What G starts from: (n, latent)."""
        return self.randn(n, self.G.sizes[0])

    def batch(self) -> Tensor:
        """(B, dim), drawn with replacement."""
        pick = torch.randint(len(self.real), (self.config.batch,), generator=self.batches, device=self.device)
        return self.real[pick]

    def seen(self, x: Tensor) -> Tensor:
        """What D gets to see of x."""
        sigma = self.config.instance_noise
        return x + sigma * self.randn(*x.shape) if sigma else x

    def to_judge(self) -> Tensor:
        """What G lays before D in D's turn: (B, dim)."""
        return self.G(self.noise(self.config.batch))

    def to_improve(self) -> Tensor:
        """What G makes in its own turn, remembering how: (B, dim)."""
        return self.G.forward(self.noise(self.config.batch))

    def slope_penalty(self) -> float:
        """The gamma of this iteration. The slope that counts is that under D's magnifying glass."""
        return self.config.r1 / self.D.scale**2

    def labels(self) -> Tensor:
        """What D is told: (2B, 1), the real half first."""
        if not self.config.flipping:
            return self.label
        flip = torch.rand(self.label.shape, generator=self.generator, device=self.device) < self.config.flipping
        return torch.where(flip, self.alpha - self.label, self.label)

    def movers(self, players: str) -> str:
        """Who moves in an iteration; a frozen player only moves when it is asked for alone."""
        frozen = self.config.frozen
        return players.replace(frozen, "") if len(players) > 1 else players

    @property
    def phase_count(self) -> int:
        movers = self.movers("DG")
        return 3 * self.config.d_steps * ("D" in movers) + 2 * self.config.g_steps * ("G" in movers)

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, part by part: (1) so many times as D has steps, then (2) so many times as G has."""
        c, game, movers = self.config, self.game, self.movers(players)
        factor = decayed(c.decay, self.step_count, c.horizon)
        gamma = self.slope_penalty()
        together = c.updates == "simultaneous" and len(movers) > 1
        for turn in range(c.d_steps if "D" in movers else 0):
            real, fake = self.seen(self.batch()), self.seen(self.to_judge())
            self.real_batch, self.fake_batch = real, fake
            yield SAMPLES
            self.told.copy_(self.labels())
            self.d_scores = self.d_feels(real, fake, gamma)
            if game.bound == "gradient penalty" and c.gp:
                add_unit_slope_penalty(self.D, self.between(real, fake), c.gp)
            yield scores(
                c.loss, self.alpha, c.flipping, flat=gamma > 0, unit=game.bound == "gradient penalty" and c.gp > 0
            )
            if not (together and turn == c.d_steps - 1):
                self.move_d(factor)
                yield d_moved(turn, c.d_steps)
        for turn in range(c.g_steps if "G" in movers else 0):
            partners = self.seen(self.batch()) if game.in_pairs else None
            blur = c.instance_noise * self.randn(c.batch, self.real.shape[1]) if c.instance_noise else 0.0
            self.g_scores = g_gradient(self.G, self.D, self.to_improve(), game, blur, partners)
            yield g_feels(c.loss)
            if together and turn == 0:  # D moves by the gradient that it found before
                self.move_d(factor)
                yield d_moved(c.d_steps - 1, c.d_steps)
            self.move_g(factor)
            yield g_moved(turn, c.g_steps)
        self.step_count += 1

    def d_feels(self, real: Tensor, fake: Tensor, gamma: float) -> Tensor:
        """The gradient of (1) and (3), into D.grad. Returns the scores, (2B, 1)."""
        return d_gradient(self.D, real, fake, self.told, self.game, gamma)

    def between(self, real: Tensor, fake: Tensor) -> Tensor:
        """Where (4) is asked for, (B, dim)."""
        return between(real, fake, self.generator)

    def move_d(self, factor: float) -> None:
        c, bound = self.config, self.game.bound
        if bound == "spectral norm":
            self.norms.project()
        self.d_optimiser.step(c.lr_d * factor, c.beta1, c.beta2)
        if bound == "spectral norm":
            self.norms.normalise()
        elif bound == "clipping":
            clip(self.D, c.clip)

    def move_g(self, factor: float) -> None:
        c = self.config
        self.g_optimiser.step(c.lr_g * factor, c.beta1, c.beta2)
        self.average.flat.lerp_(self.G.flat, 1 - c.ema)

    def memory(self) -> dict[str, Tensor]:
        return {
            "G": self.G.flat,
            "G average": self.average.flat,
            "G gradient": self.G.grad,
            "G optimiser m": self.g_optimiser.m,
            "G optimiser v": self.g_optimiser.v,
            "G scores": self.g_scores,
            "D": self.D.flat,
            "D gradient": self.D.grad,
            "D optimiser m": self.d_optimiser.m,
            "D optimiser v": self.d_optimiser.v,
            "D scores": self.d_scores,
            "D labels": self.told,
            "D singular vectors": self.norms.u,
            "D real batch": self.real_batch,
            "D fake batch": self.fake_batch,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "G moves": self.g_optimiser.t, "D moves": self.d_optimiser.t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.g_optimiser.t, self.d_optimiser.t = counters["G moves"], counters["D moves"]

    def losses(self) -> tuple[float, float]:
        """D's and G's loss of the last step, without the penalties; NaN before the first."""
        return float(self.game.d(self.d_scores, self.told)), float(self.game.g(self.g_scores))

    def finite(self) -> bool:
        """One dot product a network: infinite or NaN as soon as any parameter is."""
        g, d = self.G.flat, self.D.flat
        return bool(torch.isfinite(torch.dot(g, g) + torch.dot(d, d)))

    def advice(self) -> str:
        c = self.config
        if self.game.bound == "gradient penalty" and c.gp > 5:
            return "Lower the gradient penalty or the learning rate of D."
        return f"Lower the learning rate of {'G' if c.lr_g > c.lr_d else 'D'}."
