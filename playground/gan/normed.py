"""Multi-layer perceptrons whose hidden layers are normed over the batch.

Before it bends, each hidden unit a is brought to mean 0 and variance 1 over the B points that pass together:

    a <- w (a - mean) / sqrt(var + eps) + b,   mean, var over the batch                             (1)

with a learnt weight w and bias b for each unit (Ioffe and Szegedy 2015). All hidden layers of G are normed, and all but
the first of D: the first would lose where the points of a batch are (Radford et al. 2016).

By (1) what comes out for one point depends on the others. In groups of B, real points and generated ones pass together
without meeting. In one group they meet: each score then tells something of the company that the point is in.

For looking there has to be a network that depends on nobody: there (1) takes kept statistics, a moving average with
weight `SMOOTHED` on the past over the batches of the network's own turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.flat import FlatModule
from playground.gan.architectures import BatchNorm
from playground.nets import ACTIVATIONS

SMOOTHED = 0.9  # of the old statistics is kept at each batch


class Bend(nn.Module):
    """One of `nets.ACTIVATIONS`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.bend = ACTIVATIONS[name].value

    def forward(self, a: Tensor) -> Tensor:
        return self.bend(a)


class BeforeNorm(nn.Linear):
    """Its bias stays where it is: autograd would find rounding for a gradient, and Adam make whole steps of it."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias.detach())


class Magnify(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class Normed(FlatModule):
    """(1) between the layers of sizes (input, hidden, ..., output). `first`: the first hidden layer that is normed.

    group: so many points are normed together, 0 for all that pass at once. `forward` takes the batch's statistics,
    `__call__` the kept ones.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str,
        head: str,
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
        scale: float = 1.0,
        *,
        first: int = 0,
        group: int = 0,
    ) -> None:
        self.words = (tuple(sizes), activation, head)
        self.first, self.group = first, group
        self.scale = scale
        super().__init__(self._layered, sizes, generator, device)
        self.kept = self.statistics.clone()
        self.still = self._still()

    def _layered(self) -> nn.Module:
        sizes, activation, head = self.words
        parts: list[nn.Module] = [] if self.scale == 1 else [Magnify(self.scale)]
        for i, (fan_in, fan_out) in enumerate(pairwise(sizes[:-1])):
            normed = i >= self.first
            norm = [self.norm(fan_out)] if normed else []
            parts += [self.linear(fan_in, fan_out, idle=normed), *norm, Bend(activation)]
        last = self.linear(sizes[-2], sizes[-1], idle=False)
        return nn.Sequential(*parts, last, *([] if head == "linear" else [Bend(head)]))

    def linear(self, fan_in: int, fan_out: int, *, idle: bool) -> nn.Module:
        """idle: whether the bias has no effect, because a norm takes it away again."""
        return BeforeNorm(fan_in, fan_out) if idle else nn.Linear(fan_in, fan_out)

    def norm(self, units: int) -> nn.Module:
        return BatchNorm(units, self.group)

    def _still(self) -> nn.Module:
        """A second module on the same parameters, which norms by the kept statistics and changes nothing."""
        with torch.device("meta"):
            still = self._layered()
        start = 0
        for mine, twin in zip(self.module.modules(), still.modules(), strict=True):
            for name, parameter in mine.named_parameters(recurse=False):
                setattr(twin, name, parameter)
            for name, buffer in mine.named_buffers(recurse=False):
                twin.register_buffer(name, self.kept[start : start + len(buffer)])
                start += len(buffer)
        return still.eval()

    def __call__(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self.still(x)

    def keep(self, past: float = SMOOTHED) -> None:
        """Take the statistics of the last `forward` into the kept ones, with weight `past` on what was there."""
        self.kept.lerp_(self.statistics, 1 - past)

    def copy(self) -> Normed:
        """The same function with buffers of its own."""
        twin = Normed(*self.words, None, self.flat.device, self.scale, first=self.first, group=self.group)
        twin.flat.copy_(self.flat)
        twin.kept.copy_(self.kept)
        return twin
