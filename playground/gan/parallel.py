"""n networks of the same shape side by side: each line of the algorithm is one batched product for all of them.

x: (B, n, input) -> (B, n, output), network i carrying x[:, i]. Inside, the networks come first: (n, B, units). What
`nets.MLP` and `normed.Normed` compute for one network is computed here for each, by the same equations; whether it is
the same is tested. `flat` holds each block of parameters (a matrix, a bias, ...) for all networks, one after another.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from playground.gan.architectures import BatchNorm
from playground.gan.normed import Normed
from playground.nets import MLP


class Parallel(MLP):
    """Those of `nets.MLP`, gradients written out. The numbers of equations are those of `playground.nets`."""

    def __init__(self, members: Sequence[MLP]) -> None:
        one = members[0]
        self.n, self.sizes, self.scale = len(members), one.sizes, one.scale
        self.activation, self.head, self.acts = one.activation, one.head, one.acts
        self.counts = [count for i, o in itertools.pairwise(self.sizes) for count in (i * o, o)]  # of each block
        self.flat = torch.zeros(self.n * sum(self.counts), device=one.flat.device)
        self.grad = torch.zeros_like(self.flat)
        self.layers, self.grads = self._layers(self.flat), self._layers(self.grad)
        take(self.flat, [member.flat for member in members], self.counts)

    def _layers(self, buffer: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(W, b) of each layer: (n, fan_in, fan_out), (n, 1, fan_out)."""
        parts = iter(buffer.split([self.n * count for count in self.counts]))
        shapes = itertools.pairwise(self.sizes)
        return [(next(parts).view(self.n, *shape), next(parts).view(self.n, 1, -1)) for shape in shapes]

    def __call__(self, x: Tensor) -> Tensor:
        h = self._turned(x)
        for (w, b), act in zip(self.layers, self.acts, strict=True):
            h = torch.baddbmm(b, h, w)  # (1)
            if act:
                h = act.value(h)
        return h.transpose(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self._turned(x)
        self.values, self.slopes = [h], []
        for (w, b), act in zip(self.layers, self.acts, strict=True):
            h = torch.baddbmm(b, h, w)  # (1)
            if act:
                h = act.value(h)
            self.values.append(h)
            self.slopes.append(act.slope(h) if act else None)
        return h.transpose(0, 1)

    def _turned(self, x: Tensor) -> Tensor:
        """(B, n, input) -> (n, B, input), scaled."""
        h = x.transpose(0, 1)
        return h if self.scale == 1 else h * self.scale

    def signals(self, slope: Tensor) -> list[Tensor]:
        return super().signals(slope.transpose(0, 1))  # (2)

    def unit_signals(self, x: Tensor) -> list[Tensor]:
        return self.signals(torch.ones_like(self.forward(x)))

    def collect(self, signals: Sequence[Tensor]) -> None:
        for (w, b), h, d in zip(self.grads, self.values, signals, strict=False):  # h_L is nobody's input
            w.baddbmm_(h.mT, d)  # (3)
            b.add_(d.sum(1, keepdim=True))

    def to_input(self, d: Sequence[Tensor]) -> Tensor:
        return super().to_input(d).transpose(0, 1)

    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None:
        t = self._turned(u)
        along = []
        for i, (w, _) in enumerate(self.layers):
            self.grads[i][0].baddbmm_(t.mT, d[i])  # (4)
            r = t @ w
            along.append(r)
            act_slope = self.slopes[i]
            t = r if act_slope is None else r * act_slope
        if any(act and act.curvature for act in self.acts):
            self.collect(self._bends(d, along))  # (5)

    def copy(self) -> Parallel:
        return Parallel(self.split())

    def split(self) -> list[MLP]:
        """The networks one by one, with buffers of their own."""
        twins = [MLP(self.sizes, self.activation, self.head, scale=self.scale) for _ in range(self.n)]
        give(self.flat, [twin.flat for twin in twins], self.counts)
        return twins


class ParallelNormed(Normed):
    """Those of `Normed`, gradients by autograd."""

    def __init__(self, members: Sequence[Normed]) -> None:
        one, self.n = members[0], len(members)
        super().__init__(*one.words, None, one.flat.device, one.scale, first=one.first, group=one.group)
        self.counts = [parameter.numel() for parameter in one.parameters]
        self.kept_counts = [buffer.numel() for buffer in one.module.buffers()]
        self.take(members)

    def take(self, members: Sequence[Normed]) -> None:
        take(self.flat, [member.flat for member in members], self.counts)
        take(self.kept, [member.kept for member in members], self.kept_counts)

    def give(self, members: Sequence[Normed]) -> None:
        give(self.flat, [member.flat for member in members], self.counts)
        give(self.kept, [member.kept for member in members], self.kept_counts)

    def _layered(self) -> nn.Module:
        return nn.Sequential(Turn(), super()._layered(), Turn())

    def linear(self, fan_in: int, fan_out: int, *, idle: bool) -> nn.Module:
        return ParallelLinear(self.n, fan_in, fan_out, idle=idle)

    def norm(self, units: int) -> nn.Module:
        return ParallelBatchNorm(self.n, units, self.group)

    def copy(self) -> ParallelNormed:
        device = self.flat.device
        twins = [
            Normed(*self.words, None, device, self.scale, first=self.first, group=self.group) for _ in range(self.n)
        ]
        self.give(twins)
        return ParallelNormed(twins)


class Turn(nn.Module):
    """Networks first or points first: (n, B, units) <-> (B, n, units)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(0, 1)


class ParallelLinear(nn.Module):
    def __init__(self, n: int, fan_in: int, fan_out: int, *, idle: bool) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(n, fan_out, fan_in)), nn.Parameter(torch.empty(n, 1, fan_out))
        self.idle = idle

    def forward(self, h: Tensor) -> Tensor:
        return torch.baddbmm(self.bias.detach() if self.idle else self.bias, h, self.weight.mT)


class ParallelBatchNorm(BatchNorm):
    """To a batch norm, n networks of k units each are n k channels."""

    def __init__(self, n: int, units: int, group: int) -> None:
        super().__init__(n * units, group)

    def forward(self, h: Tensor) -> Tensor:
        n, batch, units = h.shape
        normed = super().forward(h.transpose(0, 1).reshape(batch, n * units))
        return normed.view(batch, n, units).transpose(0, 1)


def take(many: Tensor, members: Sequence[Tensor], counts: Sequence[int]) -> None:
    """Write each member's vector into its rows of the blocks of `many`."""
    rows = _rows(many, len(members), counts)
    for i, member in enumerate(members):
        for block, part in zip(rows, member.split(list(counts)), strict=True):
            block[i] = part


def give(many: Tensor, members: Sequence[Tensor], counts: Sequence[int]) -> None:
    """The reverse of `take`."""
    rows = _rows(many, len(members), counts)
    for i, member in enumerate(members):
        for block, part in zip(rows, member.split(list(counts)), strict=True):
            part.copy_(block[i])


def _rows(many: Tensor, n: int, counts: Sequence[int]) -> list[Tensor]:
    return [block.view(n, -1) for block in many.split([n * count for count in counts])]
