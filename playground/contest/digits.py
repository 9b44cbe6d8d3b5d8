"""Games on digits in the networks of the original figures: perceptrons of constant width, with or without batch norm.

    generator  z - w - ... - w - 784        discriminator  784 - w - ... - w - 1                    (1)

with as many hidden layers of width w in both. A usual generator doubles its width from layer to layer, and norms every
one of them; Arjovsky et al. 2017 took both away from it, to see which of two games stands it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from torch import nn

from playground.core import knob, with_default
from playground.data.digits import PIXELS
from playground.flat import FlatModule, Network
from playground.gan.architectures import HEADS, SLOPE, BatchNorm
from playground.gan.image_knobs import ImageConfig
from playground.gan.images import ImageTrainer
from playground.nets import MLP


@dataclass(frozen=True)
class DigitConfig(ImageConfig):
    depth: int = knob(2, "Hidden layers of both networks, all as wide.", label="Depth", low=1, high=6, step=1)
    width_g: int = with_default(ImageConfig, "width_g", 64, low=4)
    width_d: int = with_default(ImageConfig, "width_d", 64, low=4)


class DigitTrainer(ImageTrainer):
    config: DigitConfig

    def networks(self) -> tuple[Network, Network]:
        """(1)."""
        c = self.config
        G = FlatModule(
            lambda: constant_width(c.latent, c.width_g, c.depth, c.norm_g, c.scaling),
            (c.latent, PIXELS),
            self.generator,
            self.device,
        )
        sizes = (PIXELS, *[c.width_d] * c.depth, 1)
        return G, MLP(sizes, "leaky-relu", "linear", self.generator, self.device)


def constant_width(latent: int, width: int, depth: int, norm: str, scaling: str) -> nn.Sequential:
    """(B, latent) -> (B, 784)."""
    bend = partial(nn.LeakyReLU, SLOPE)
    parts: list[nn.Module] = []
    for fan_in, fan_out in pairwise((latent, *[width] * depth)):
        parts += [nn.Linear(fan_in, fan_out), *([BatchNorm(fan_out)] if norm == "batch" else []), bend()]
    return nn.Sequential(*parts, nn.Linear(width, PIXELS), HEADS[scaling]())
