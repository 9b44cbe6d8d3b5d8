"""What the labs of distributions share: multi-layer perceptrons for both players, and the noise that G starts from.

z holds `latent` numbers, normal or uniform with the same variance 1, and then `bits` numbers that are -1 or 1
with equal odds. A continuous G of continuous noise carries one connected cloud into another: between far
modes it has to build bridges. Bits cut the cloud into 2^bits pieces, so that no bridge is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from playground.core import knob
from playground.flat import Network
from playground.gan.knobs import GanConfig
from playground.gan.trainer import GanTrainer
from playground.metrics import accuracy
from playground.nets import ACTIVATIONS, HEADS, MLP

PARTNERS = 64
ROOT3 = 3**0.5  # half the width of a uniform distribution of variance 1
INSIDE = tuple(name for name in ACTIVATIONS if name != "sigmoid")  # what may stand between two layers


@dataclass(frozen=True)
class DistributionConfig(GanConfig):
    points: int = knob(
        16_384,
        "How many real points there are to learn from. From few, G can do no better than their luck, and D learns"
        " them by heart.",
        label="Number of real points",
        low=16,
        high=65_536,
        log=True,
        group="Data",
    )
    latent: int = knob(
        2,
        "How many numbers of noise G starts from. With fewer than the data have, G can only draw a thin curve.",
        label="Noise dimensions",
        low=1,
        high=16,
        step=1,
        group="Generator",
    )
    law: str = knob(
        "normal",
        "How the noise is distributed. Uniform noise has edges, and what G makes of it has them, too.",
        label="Law of the noise",
        options=("normal", "uniform"),
        group="Generator",
    )
    bits: int = knob(
        0,
        "Extra noise that is -1 or 1. It cuts G's cloud into pieces, so that no bridges join far modes.",
        label="Noise bits",
        low=0,
        high=16,
        step=1,
        group="Generator",
    )
    layers_g: int = knob(
        2,
        "Hidden layers of G. More can fold the noise more often; they are also harder to train.",
        label="Layers of G",
        low=1,
        high=6,
        step=1,
        group="Generator",
    )
    width_g: int = knob(
        64,
        "Units in each hidden layer of G. Few can only make simple shapes; many cost time.",
        label="Width of G",
        low=2,
        high=256,
        log=True,
        group="Generator",
    )
    act_g: str = knob(
        "relu",
        "What bends G. ReLU makes kinks, the others curves; they cost more time.",
        label="Activation of G",
        options=INSIDE,
        group="Generator",
    )
    head_g: str = knob(
        "linear",
        "What ends G. A linear head reaches every value; SELU stops at -1.76, ELU at -1, ReLU at 0, tanh at -1 and 1.",
        label="Head of G",
        options=HEADS,
        group="Generator",
    )
    layers_d: int = knob(
        2,
        "Hidden layers of D. A deep D finds finer differences and is easily too strong.",
        label="Layers of D",
        low=1,
        high=6,
        step=1,
        group="Discriminator",
    )
    width_d: int = knob(
        64,
        "Units in each hidden layer of D. A narrow D cannot bend enough to judge.",
        label="Width of D",
        low=2,
        high=256,
        log=True,
        group="Discriminator",
    )
    act_d: str = knob(
        "leaky-relu",
        "What bends D. Its slope is what G follows: where ReLU is flat, G hears nothing.",
        label="Activation of D",
        options=INSIDE,
        group="Discriminator",
    )
    head_d: str = knob(
        "linear",
        "What ends D. The losses expect any number: a head that squashes hides from D how sure it is.",
        label="Head of D",
        options=HEADS,
        group="Discriminator",
    )
    scale_d: float = knob(
        1.0,
        "What D sees is multiplied by this, so that it notices finer differences sooner. The slope penalty counts"
        " slopes under the glass.",
        label="Magnifying glass of D",
        low=0.25,
        high=8.0,
        log=True,
        group="Discriminator",
    )


class DistributionTrainer(GanTrainer):
    """A lab supplies the data; `dim` is how many numbers a point has."""

    config: DistributionConfig
    dim: int

    def networks(self) -> tuple[Network, Network]:
        c = self.config
        noise = c.latent + c.bits
        G = MLP((noise, *[c.width_g] * c.layers_g, self.dim), c.act_g, c.head_g, self.generator, self.device)
        D = MLP((self.dim, *[c.width_d] * c.layers_d, 1), c.act_d, c.head_d, self.generator, self.device, c.scale_d)
        return G, D

    def noise(self, n: int) -> Tensor:
        return self.noise_from(n, self.generator)

    def noise_from(self, n: int, generator: torch.Generator) -> Tensor:
        """(n, latent + bits)."""
        c = self.config
        if c.law != "uniform":
            z = torch.randn(n, c.latent, generator=generator, device=self.device)
        else:
            z = torch.rand(n, c.latent, generator=generator, device=self.device).mul_(2 * ROOT3).sub_(ROOT3)
        if not c.bits:
            return z
        bits = torch.randint(2, (n, c.bits), generator=generator, device=self.device)
        return torch.cat((z, bits.to(z.dtype).mul_(2).sub_(1)), 1)

    def fixed_noise(self, n: int, seed: int) -> Tensor:
        """The same noise each time, so that what becomes of it can be followed."""
        return self.noise_from(n, torch.Generator(self.device).manual_seed(seed))

    def standing(self) -> dict[str, float]:
        """How the players stand after the last iteration: losses, where they rest, gradients, right answers of D."""
        game, half = self.game, len(self.d_scores) // 2
        d_loss, g_loss = self.losses()
        real, fake = self.d_scores[:half].numpy(force=True), self.d_scores[half:].numpy(force=True)
        middle = game.middle(self.alpha) if game.middle else (real.mean() + fake.mean()) / 2
        numbers = {
            "d_loss": d_loss,
            "g_loss": g_loss,
            "d_norm": self.D.grad_norm(),
            "g_norm": self.G.grad_norm(),
            "accuracy": accuracy(real, fake, middle),
            "d_rest": game.d_rest(self.alpha),
        }
        if game.g_rest is not None:
            numbers["g_rest"] = game.g_rest(self.alpha)
        return numbers

    def pulls(self, x: Tensor) -> Tensor:
        """Where each generated point would go: minus the gradient of its own loss. x: (n, dim).

        In a game of pairs it is the mean over PARTNERS real points.
        """
        partners = self.D(self.real[:PARTNERS]).T if self.game.in_pairs else 0.0
        slope = self.game.g_slope(self.D.forward(x) - partners).mean(1, keepdim=True)
        return self.D.to_input(self.D.signals(slope * -len(x)))

    @cached_property
    def few(self) -> Tensor:
        return self.fixed_noise(16, 0)

    def finite(self) -> bool:
        """Whether the parameters are numbers, and what the networks make of noise is one, too."""
        return super().finite() and bool(torch.isfinite(self.D(self.G(self.few)).sum()))
