"""Networks for images, 28 x 28 pixels in a row: multi-layer perceptrons and convolutional ones.

                     generator                                    discriminator
    mlp              z - w - 2w - 4w - 784                        784 - w - w/2 - 1                 (1)
    convolutional    z - 7 x 7 x w/2 - 14 x 14 x w/4 - 28 x 28    28 x 28 - 14 x 14 x w/8 - 7 x 7 x w/4 - 1   (2)

with w the width. Hidden layers of G are normed if wanted and bent by leaky ReLU; it ends in the range of the pixels,
tanh for [-1, 1] and the sigmoid for [0, 1]. Those of D are leaky ReLU, and normed from the second on: the first would
lose the brightness of the image. (2) goes up by transposed convolutions and down by convolutions, 4 x 4 with stride
2 (Radford et al. 2016, made small).

A batch norm takes mean and variance over the batch, in groups of consecutive images if it is told to: then a batch of
real images and a batch of generated ones can pass together without meeting (Ioffe and Szegedy 2015). An instance norm
takes them over one image alone (Ulyanov et al. 2016); in an MLP, where there is no space, over the layer (Ba et al.
2016).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data.digits import PIXELS, SIDE

SLOPE = 0.2  # of leaky ReLU below 0
ARCHITECTURES = ("mlp", "convolutional")
NORMS = ("none", "batch", "instance")
HEADS: dict[str, Callable[[], nn.Module]] = {"-1 to 1": nn.Tanh, "0 to 1": nn.Sigmoid}


class BatchNorm(nn.Module):
    """(x - mean) / sd over the batch, times a weight plus a bias, for each channel.

    While training, `mean` and `var` hold what the last batch had, on average over its groups; at rest they are used,
    and not touched.
    group: so many images are normed together; all are if it is 0, or if they do not come in whole groups.
    """

    mean: Tensor
    var: Tensor

    def __init__(self, channels: int, group: int = 0) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return F.batch_norm(x, self.mean, self.var, self.weight, self.bias)
        parts = x.split(self.group) if self.group and len(x) % self.group == 0 else (x,)
        normed = [  # the ith of them takes 1 / i of the statistics: together they leave their mean
            F.batch_norm(part, self.mean, self.var, self.weight, self.bias, True, 1 / i)
            for i, part in enumerate(parts, 1)
        ]
        return normed[0] if len(normed) == 1 else torch.cat(normed)


class Dropout(nn.Module):
    """Each number is lost with probability `share`, and the others are raised so that the mean stays."""

    def __init__(self, share: float, generator: torch.Generator) -> None:
        super().__init__()
        self.share, self.generator = share, generator

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.share, generator=self.generator)
        return x * kept.div_(1 - self.share)


def _norm(kind: str, channels: int, group: int, spatial: bool) -> list[nn.Module]:
    if kind == "batch":
        return [BatchNorm(channels, group)]
    if kind == "instance":
        return [nn.GroupNorm(channels, channels) if spatial else nn.LayerNorm(channels)]
    return []


def generator(architecture: str, latent: int, width: int, norm: str, scaling: str) -> nn.Sequential:
    """(B, latent) -> (B, 784)."""
    bend = partial(nn.LeakyReLU, SLOPE)
    if architecture == "mlp":
        parts: list[nn.Module] = []
        for fan_in, fan_out in pairwise((latent, width, 2 * width, 4 * width)):
            parts += [nn.Linear(fan_in, fan_out), *_norm(norm, fan_out, 0, spatial=False), bend()]
        return nn.Sequential(*parts, nn.Linear(4 * width, PIXELS), HEADS[scaling]())
    many, few = max(width // 2, 1), max(width // 4, 1)
    return nn.Sequential(
        nn.Linear(latent, many * 49),
        nn.Unflatten(1, (many, 7, 7)),
        *_norm(norm, many, 0, spatial=True),
        bend(),
        nn.ConvTranspose2d(many, few, 4, 2, 1),
        *_norm(norm, few, 0, spatial=True),
        bend(),
        nn.ConvTranspose2d(few, 1, 4, 2, 1),
        HEADS[scaling](),
        nn.Flatten(),
    )


def discriminator(
    architecture: str, width: int, norm: str, group: int, dropout: float, source: torch.Generator
) -> nn.Sequential:
    """(B, 784) -> (B, 1). group: for batch norms; source: of what is dropped."""
    bend = partial(nn.LeakyReLU, SLOPE)
    drop = [Dropout(dropout, source)] if dropout else []
    few, many = max(width // 8, 1), max(width // 4, 1)
    if architecture == "mlp":
        first, second = nn.Linear(PIXELS, width), nn.Linear(width, width // 2)
        normed = _norm(norm, width // 2, group, spatial=False)
        return nn.Sequential(first, bend(), *drop, second, *normed, bend(), *drop, nn.Linear(width // 2, 1))
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE, SIDE)),
        nn.Conv2d(1, few, 4, 2, 1),
        bend(),
        *drop,
        nn.Conv2d(few, many, 4, 2, 1),
        *_norm(norm, many, group, spatial=True),
        bend(),
        *drop,
        nn.Flatten(),
        nn.Linear(many * 49, 1),
    )
