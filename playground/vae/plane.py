"""A VAE in the plane: two perceptrons that squeeze a point into a code and make a point of a code.

The equations of `playground.vae` with two numbers for x, and a Gaussian likelihood with one width for all points,

    p(x | z) = N(a(z), s^2 I),    R = |x - a|^2 / (2 s^2) + 2 log(s sqrt(2 pi))                     (1)

A width that is learned moves in log s by the gradient

    dR / d log s = 2 - |x - a|^2 / s^2                                                              (2)

and rests where s^2 is the mean square error of a coordinate. A generated point is a code from the prior, decoded, with
noise of that width: else it would not be drawn from the density that the model claims.

The decoder is continuous and the prior is one cloud, so between far modes there are codes that become points between
them: bridges. Three layers, a learning rate of .003 and a short memory of sizes leave the fewest. The width starts
small: one of .1 forgives so much at first that a second code may never be used (letters, one seed of five), and from .3
on the spiral stays one cloud.

References: Kingma and Welling 2014 (1), Rybkin, Daniilidis and Levine 2021 (2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.core import Config, Phase, Snapshot, knob, with_default
from playground.data.plane import PlaneTarget
from playground.gan.plane import NOISE_SEED, PlaneConfig
from playground.nets import MLP
from playground.optim import Adam, decayed
from playground.training import StepwiseTrainer
from playground.vae.evidence import Evidence, evidence, log_weights
from playground.vae.knobs import VaeConfig
from playground.vae.likelihoods import LIKELIHOODS
from playground.vae.objective import Passage, draw_code, gradient, split
from playground.vae.trainer import DECODED, ENCODED, LEARNED, MOVED, RECENT, SAMPLED
from playground.yardstick import MEASURED, SHOWN, Yardstick, yardstick

GAUSSIAN = LIKELIHOODS["gaussian"]


@dataclass(frozen=True)
class PlaneVaeConfig(Config):
    target: str = with_default(PlaneConfig, "target", "ring8")
    word: str = with_default(PlaneConfig, "word", "GAN")
    own: str = with_default(PlaneConfig, "own", "")
    noise: float = with_default(PlaneConfig, "noise", 1.0)
    points: int = with_default(
        PlaneConfig,
        "points",
        16_384,
        help="How many real points there are to learn from. Few of them, the decoder learns by heart.",
    )
    latent: int = with_default(
        VaeConfig,
        "latent",
        2,
        low=1,
        high=16,
        help="How many numbers a code has. Two are as many as a point has; more do not remove the bridges.",
    )
    layers: int = with_default(VaeConfig, "layers", 3)
    width: int = with_default(VaeConfig, "width", 64, low=2, high=256)
    learned: bool = knob(
        True,
        "The width of p(x | z) is learned along with the networks. Otherwise it stays where it starts.",
        label="Learn the width",
        group="Objective",
    )
    sigma: float = knob(
        0.05,
        "The standard deviation that the decoder grants each coordinate at first. From a large one the code may never"
        " become worth its price.",
        label="Width of p(x | z)",
        low=0.01,
        high=1.0,
        log=True,
        group="Objective",
    )
    lr: float = with_default(VaeConfig, "lr", 3e-3)
    batch: int = with_default(VaeConfig, "batch", 128)
    beta1: float = with_default(VaeConfig, "beta1", 0.9, needs=None)
    beta2: float = with_default(VaeConfig, "beta2", 0.99, needs=None)
    ema: float = with_default(
        PlaneConfig,
        "ema",
        0.995,
        label="Averaging",
        help="What is shown and sampled is a moving average of both networks with this memory; 0 shows them as they"
        " are.",
    )
    decay: str = with_default(VaeConfig, "decay", "cosine")
    horizon: int = with_default(VaeConfig, "horizon", 8000)
    seed: int = with_default(PlaneConfig, "seed", 0)


class PlaneVaeTrainer(StepwiseTrainer):
    config: PlaneVaeConfig
    measure_every = 50

    def __init__(self, config: PlaneVaeConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        c = config
        self.real = self.target.draw(c.points, self.generator)  # (N, 2)
        hidden = [c.width] * c.layers
        self.encoder = MLP((2, *hidden, 2 * c.latent), "relu", "linear", self.generator, self.device)
        self.decoder = MLP((c.latent, *hidden, 2), "relu", "linear", self.generator, self.device)
        self.log_sigma = torch.full((1,), math.log(c.sigma), device=self.device)
        self.to_log_sigma = torch.zeros_like(self.log_sigma)
        self.learners = {
            "encoder": (self.encoder.flat, self.encoder.grad),
            "decoder": (self.decoder.flat, self.decoder.grad),
            "log sigma": (self.log_sigma, self.to_log_sigma),
        }
        self.optimisers = {name: Adam(p, grad) for name, (p, grad) in self.learners.items()}
        self.shown_encoder, self.shown_decoder = self.encoder.copy(), self.decoder.copy()
        self.shown_log_sigma = self.log_sigma.clone()
        self.recent = torch.zeros(3, device=self.device)  # running sums of R, KL and of their weights

    @cached_property
    def yardstick(self) -> Yardstick:
        c = self.config
        return yardstick(c.target, c.noise, c.word, c.own, 1.0, 0.0)

    @property
    def target(self) -> PlaneTarget:
        return self.yardstick.target

    @property
    def data(self) -> np.ndarray:
        return self.real.numpy(force=True).copy()

    # --- training ----------------------------------------------------------------------------------------

    def batch(self) -> Tensor:
        """(B, 2), drawn with replacement."""
        pick = torch.randint(len(self.real), (self.config.batch,), generator=self.batches, device=self.device)
        return self.real[pick]

    @property
    def phase_count(self) -> int:
        return 5

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, part by part: (1) to (4) of the package, with (1) and (2) from here."""
        c, sigma = self.config, float(self.log_sigma.exp())
        factor = decayed(c.decay, self.step_count, c.horizon)
        x = self.batch()
        mu, log_variance = split(self.encoder.forward(x), c.latent)
        yield ENCODED
        eps = torch.randn(mu.shape, generator=self.generator, device=self.device)
        z = draw_code(mu, log_variance, eps)
        yield SAMPLED
        a = self.decoder.forward(z)
        batch = Passage(x, mu, log_variance, eps, z, a, GAUSSIAN.nats(a, x, sigma))
        yield DECODED
        gradient(self.encoder, self.decoder, GAUSSIAN, sigma, batch, 1.0)
        self.to_log_sigma.fill_(2 - (x - a).square().sum() / len(x) / sigma**2)  # (2)
        yield LEARNED
        for name, optimiser in self.optimisers.items():
            if c.learned or name != "log sigma":
                optimiser.step(c.lr * factor, c.beta1, c.beta2)
        self._average(batch)
        yield MOVED
        self.step_count += 1

    def _average(self, batch: Passage) -> None:
        ema = self.config.ema
        share = (1 - ema) / (1 - ema ** self.optimisers["encoder"].t)  # a mean of all so far, from the first step on
        self.shown_encoder.flat.lerp_(self.encoder.flat, share)
        self.shown_decoder.flat.lerp_(self.decoder.flat, share)
        self.shown_log_sigma.lerp_(self.log_sigma, share)
        terms = torch.stack((batch.nats.mean(), batch.kl().sum(1).mean(), self.recent.new_ones(())))
        self.recent.mul_(RECENT).add_(terms)

    def memory(self) -> dict[str, Tensor]:
        learned = {name: p for name, (p, _) in self.learners.items()}
        moments = {f"{name} optimiser {part}": getattr(o, part) for name, o in self.optimisers.items() for part in "mv"}
        shown = {
            "encoder average": self.shown_encoder.flat,
            "decoder average": self.shown_decoder.flat,
            "log sigma average": self.shown_log_sigma,
        }
        return learned | moments | shown | {"recent terms": self.recent}

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "moves": self.optimisers["encoder"].t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        for optimiser in self.optimisers.values():
            optimiser.t = counters["moves"]

    def finite(self) -> bool:
        return all(bool(torch.isfinite(torch.dot(p, p))) for p, _ in self.learners.values())

    # --- looking -----------------------------------------------------------------------------------------

    @property
    def sigma(self) -> float:
        """The width of p(x | z) that is shown and sampled with."""
        return float(self.shown_log_sigma.exp())

    def made(self, n: int, seed: int) -> tuple[Tensor, Tensor]:
        """n generated points and their means a(z), (n, 2) each; the same noise each time."""
        own = torch.Generator(self.device).manual_seed(seed)
        z = torch.randn(n, self.config.latent, generator=own, device=self.device)
        means = self.shown_decoder(z)
        return means + self.sigma * torch.randn(n, 2, generator=own, device=self.device), means

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n generated points, (n, 2)."""
        return self.made(n, seed)[0].numpy(force=True)

    def evidence(self, x: Tensor, codes: int, seed: int = NOISE_SEED) -> Evidence:
        """What the model knows of p at each point, from so many codes of fixed noise. x: (n, 2)."""
        own = torch.Generator(self.device).manual_seed(seed)
        eps = torch.randn(codes, len(x), self.config.latent, generator=own, device=self.device)
        return evidence(log_weights(self.shown_encoder, self.shown_decoder, GAUSSIAN, self.sigma, x, eps))

    def scalars(self) -> dict[str, float]:
        """The terms of the last batches, in nats a point; none before the first."""
        nats, kl, weight = self.recent.tolist()
        terms = {"reconstruction": nats / weight, "kl": kl / weight, "loss": (nats + kl) / weight} if weight else {}
        return {"sigma": self.sigma} | terms

    def snapshot(self) -> Snapshot:
        made, means = self.made(MEASURED, NOISE_SEED)
        arrays = {
            "real": self.yardstick.real.copy(),
            "p": self.yardstick.p.copy(),
            "generated": made[:SHOWN].numpy(force=True).copy(),
            "means": means[:SHOWN].numpy(force=True).copy(),
        }
        return Snapshot(self.step_count, self.scalars(), arrays)
