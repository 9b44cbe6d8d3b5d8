"""Two networks against each other: the algorithm that every GAN lab runs.

One iteration, with batches of B real points x and B noise vectors z:

    k times:  descend in D   mean loss_D(D(x), 1) + mean loss_D(D(G(z)), 0) + penalty               (1)
    once:     descend in G   mean loss_G(D(G(z)))                                                   (2)

`losses.py` says what the losses are. The penalty on D's slope, whichever is switched on, is

    gamma / 2  (E |dD/dx|^2 over real points + the same over generated ones)                        (3)
    lambda     E (|dD/dx| - 1)^2 at random points between real and generated ones                   (4)

and with instance noise sigma, D sees x + sigma n instead of x, real and generated alike.

References: Goodfellow et al. 2014; (3) Roth et al. 2017 and Mescheder et al. 2018 (R1 and R2 together);
(4) Gulrajani et al. 2017; instance noise: Sonderby et al. 2017.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.core import Config, Phase, knob
from playground.losses import GAMES, Game, slope_penalty_slope, unit_slope_penalty_slope
from playground.nets import MLP
from playground.optim import Adam, decayed
from playground.training import StepwiseTrainer


@dataclass(frozen=True)
class GanConfig(Config):
    """The knobs of the algorithm itself; a lab adds its data and its networks."""

    loss: str = knob(
        "non-saturating",
        "What the players minimise. Minimax saturates: where D is sure, G learns nothing.",
        label="Loss",
        options=tuple(GAMES),
        live=True,
    )
    lr_g: float = knob(
        2e-3,
        "How far G moves in one step. Too much and it overshoots what D has just shown it.",
        label="Learning rate of G",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
        group="Generator",
    )
    lr_d: float = knob(
        2e-3,
        "How far D moves in one step. Much more than G's, and D wins before G has learned.",
        label="Learning rate of D",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
        group="Discriminator",
    )
    r1: float = knob(
        0.1,
        "Penalty on D's slope at real and at generated points (R1 and R2). It calms the chase; too much"
        " and D can no longer tell the two apart. With WGAN-GP set it to 0: that loss has a penalty of its own.",
        label="Slope penalty",
        low=0.0,
        high=10.0,
        step=0.05,
        live=True,
    )
    instance_noise: float = knob(
        0.0,
        "Noise added to everything D sees. It gives D's curve a slope everywhere; too much blurs what D should learn.",
        label="Instance noise",
        low=0.0,
        high=1.0,
        step=0.05,
        live=True,
    )
    gp: float = knob(
        1.0,
        "Pull on the critic's slope towards 1. Only the WGAN-GP loss uses it.",
        label="Gradient penalty",
        low=0.0,
        high=20.0,
        step=0.1,
        live=True,
        needs=("loss", ("wgan-gp",)),
        group="Discriminator",
    )
    d_steps: int = knob(
        1,
        "How often D moves before G moves once. More make D a better judge; they also cost time.",
        label="D steps per G step",
        low=1,
        high=20,
        step=1,
        live=True,
        group="Discriminator",
    )
    smoothing: float = knob(
        0.0,
        "Real points get the label 1 minus this; generated ones stay at 0. D is never quite sure; its"
        " balance moves from 1/2 to half the label.",
        label="Label smoothing",
        low=0.0,
        high=0.4,
        step=0.05,
        live=True,
        needs=("loss", ("non-saturating", "minimax", "least-squares")),
        group="Discriminator",
    )
    beta1: float = knob(
        0.5,
        "Adam's memory of past gradients. High values carry a player past its goal, so that it swings.",
        label="Adam's first memory",
        low=0.0,
        high=0.99,
        step=0.05,
        live=True,
        group="Training",
    )
    beta2: float = knob(
        0.999,
        "Adam's memory of how large gradients are. Low values make its steps uneven.",
        label="Adam's second memory",
        low=0.8,
        high=0.9999,
        step=0.0001,
        live=True,
        group="Training",
    )
    batch: int = knob(
        128,
        "How many real and how many generated points each step sees. Few are fast and noisy.",
        label="Batch size",
        low=8,
        high=1024,
        log=True,
        group="Training",
    )
    ema: float = knob(
        0.99,
        "What is shown and sampled is a moving average of G with this memory; 0 shows G itself.",
        label="Averaging of G",
        low=0.0,
        high=0.999,
        step=0.001,
        group="Training",
    )
    decay: str = knob(
        "linear",
        "How the learning rates fall over the run, so that the players come to rest.",
        label="Decay",
        options=("none", "linear", "cosine"),
        live=True,
        group="Training",
    )
    horizon: int = knob(
        4000,
        "The step at which the decay is complete; 2 % of the learning rate remains.",
        label="Decay ends at step",
        low=100,
        high=100_000,
        log=True,
        live=True,
        needs=("decay", ("linear", "cosine")),
        group="Training",
    )
    seed: int = knob(
        0,
        "Everything random follows from it: the same seed gives the same run.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
        group="Training",
    )


def d_gradient(D: MLP, real: Tensor, fake: Tensor, label: Tensor, game: Game, gamma: float) -> Tensor:
    """Gradient of (1) and (3) in D, into D.grad. real, fake: (B, dim), label: (2B, 1). Returns the scores (2B, 1)."""
    score = D.forward(torch.cat((real, fake)))  # one pass for both
    D.grad.zero_()
    D.backward(game.d_slope(score, label))
    if gamma:
        signals = D.signals(torch.ones_like(score))
        slope = D.to_input(signals)  # dD/dx: (2B, dim)
        D.backward_penalty(signals, gamma * slope_penalty_slope(slope))
    return score


def add_unit_slope_penalty(D: MLP, x: Tensor, weight: float) -> None:
    """Gradient of (4) in D, added to D.grad. x: (B, dim), points between real and generated ones."""
    signals = D.signals(torch.ones_like(D.forward(x)))
    D.backward_penalty(signals, weight * unit_slope_penalty_slope(D.to_input(signals)))


def between(real: Tensor, fake: Tensor, generator: torch.Generator) -> Tensor:
    """A random point on each line from a real point to a generated one. real, fake: (B, dim)."""
    share = torch.rand(len(real), 1, generator=generator, device=real.device)
    return torch.lerp(real, fake, share)


def g_gradient(G: MLP, D: MLP, z: Tensor, game: Game, noise: Tensor | float) -> Tensor:
    """Gradient of (2) in G, into G.grad; D is only asked, not changed. z: (B, latent). Returns the scores (B, 1)."""
    score = D.forward(G.forward(z) + noise)
    G.grad.zero_()
    G.backward(D.to_input(D.signals(game.g_slope(score))))  # how the loss changes with each generated point
    return score


SAMPLES = Phase("G samples", "G", "G turns noise into samples and lays them beside real ones.")
SCORES = Phase("D scores", "D", "D gives each sample a score: high for what looks real to it.")
D_MOVED = Phase("D update", "D", "D has moved: scores of real samples up, scores of generated ones down.")
G_FEELS = Phase("G gradient", "G", "D's slope at each generated sample tells G which way its score would rise.")
G_MOVED = Phase("G update", "G", "G has moved: its samples now go where D's score was higher.")


class GanTrainer(StepwiseTrainer):
    """The algorithm of this module. A lab supplies the networks and the data."""

    config: GanConfig

    def __init__(self, config: GanConfig, device: str | torch.device = "auto", heavy: bool = False) -> None:
        super().__init__(config, device, heavy)
        self.real = self.draw_data()  # (N, dim)
        self.G, self.D = self.networks()
        self.average = self.G.copy()
        self.g_adam, self.d_adam = Adam(self.G.flat, self.G.grad), Adam(self.D.flat, self.D.grad)
        # the last scores stay on the device; the losses are computed from them when someone asks
        self.d_scores = torch.full((2 * config.batch, 1), float("nan"), device=self.device)
        self.g_scores = torch.full((config.batch, 1), float("nan"), device=self.device)
        self._set_label()

    @abstractmethod
    def draw_data(self) -> Tensor: ...

    @abstractmethod
    def networks(self) -> tuple[MLP, MLP]:
        """G: (B, latent) -> (B, dim) and D: (B, dim) -> (B, 1)."""

    @property
    def game(self) -> Game:
        return GAMES[self.config.loss]

    @property
    def shown(self) -> MLP:
        """The generator that is shown and sampled."""
        return self.average if self.config.ema else self.G

    def _set_label(self) -> None:
        smooth = self.config.smoothing if self.game.has_optimum else 0.0
        half = torch.ones(self.config.batch, 1, device=self.device)
        self.label = torch.cat((half * (1 - smooth), half * 0))  # (2B, 1)

    def tune(self, config: Any) -> None:
        super().tune(config)
        self._set_label()

    def randn(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.device)

    def batch(self) -> Tensor:
        """(B, dim), drawn with replacement."""
        pick = torch.randint(len(self.real), (self.config.batch,), generator=self.generator, device=self.device)
        return self.real[pick]

    def seen(self, x: Tensor) -> Tensor:
        """What D gets to see of x."""
        sigma = self.config.instance_noise
        return x + sigma * self.randn(*x.shape) if sigma else x

    @property
    def phase_count(self) -> int:
        return 3 * self.config.d_steps + 2

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, part by part: (1) k times, then (2)."""
        c, game, latent = self.config, self.game, self.G.sizes[0]
        factor = decayed(c.decay, self.step_count, c.horizon)
        if "D" in players:
            for _ in range(c.d_steps):
                real, fake = self.seen(self.batch()), self.seen(self.G(self.randn(c.batch, latent)))
                yield SAMPLES
                self.d_scores = d_gradient(self.D, real, fake, self.label, game, c.r1)
                if not game.has_optimum and c.gp:
                    add_unit_slope_penalty(self.D, between(real, fake, self.generator), c.gp)
                yield SCORES
                self.d_adam.step(c.lr_d * factor, c.beta1, c.beta2)
                yield D_MOVED
        if "G" in players:
            z = self.randn(c.batch, latent)
            noise = c.instance_noise * self.randn(c.batch, self.real.shape[1]) if c.instance_noise else 0.0
            self.g_scores = g_gradient(self.G, self.D, z, game, noise)
            yield G_FEELS
            self.g_adam.step(c.lr_g * factor, c.beta1, c.beta2)
            self.average.flat.lerp_(self.G.flat, 1 - c.ema)
            yield G_MOVED
        self.step_count += 1

    def memory(self) -> dict[str, Tensor]:
        return {
            "G": self.G.flat,
            "G average": self.average.flat,
            "G adam m": self.g_adam.m,
            "G adam v": self.g_adam.v,
            "D": self.D.flat,
            "D adam m": self.d_adam.m,
            "D adam v": self.d_adam.v,
            "D scores": self.d_scores,
            "G scores": self.g_scores,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "G adam": self.g_adam.t, "D adam": self.d_adam.t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.g_adam.t, self.d_adam.t = counters["G adam"], counters["D adam"]

    def losses(self) -> tuple[float, float]:
        """D's and G's loss of the last step, without the penalties; NaN before the first."""
        return float(self.game.d(self.d_scores, self.label)), float(self.game.g(self.g_scores))

    def finite(self) -> bool:
        """One dot product a network: infinite or NaN as soon as any parameter is."""
        g, d = self.G.flat, self.D.flat
        return bool(torch.isfinite(torch.dot(g, g) + torch.dot(d, d)))

    def advice(self) -> str:
        c = self.config
        if not self.game.has_optimum and c.gp > 5:
            return "Lower the gradient penalty or the learning rate of D."
        return f"Lower the learning rate of {'G' if c.lr_g > c.lr_d else 'D'}."
