"""A network that works in units of its own, as seen from the units of the data.

    f(x) = a + b g((x - c) / r)                                                                     (1)

g is the network that learns, and what it sees and says lies in about [-1, 1]. With that

    dL/dg = b dL/df,   df/dx = (b / r) dg/du,   u = (x - c) / r                                     (2)

and a penalty P on df/dx with slope P' is one on dg/du with slope P' b / r.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from playground.flat import Network

Box = tuple[Tensor, float | Tensor]


class Rescaled:
    """(1). sees: (c, r), says: (a, b); where one is None, that end stays as it is. c and a: (dim,), b and r > 0.

    `scale` is what g multiplies u by: D's slope counts in D's own units.
    """

    def __init__(self, inner: Network, *, sees: Box | None = None, says: Box | None = None) -> None:
        self.inner, self.sees, self.says = inner, sees, says
        self.sizes, self.flat, self.grad = inner.sizes, inner.flat, inner.grad
        self.layers, self.grads = inner.layers, inner.grads
        self.scale = inner.scale
        self.shrink: float | Tensor = 1.0 if sees is None else 1 / sees[1]
        self.grow: float | Tensor = 1.0 if says is None else says[1]

    def u(self, x: Tensor) -> Tensor:
        """What g sees."""
        return x if self.sees is None else (x - self.sees[0]) * self.shrink

    def _said(self, y: Tensor) -> Tensor:
        return y if self.says is None else self.says[0] + self.grow * y

    def __call__(self, x: Tensor) -> Tensor:
        return self._said(self.inner(self.u(x)))

    def forward(self, x: Tensor) -> Tensor:
        return self._said(self.inner.forward(self.u(x)))

    def backward(self, slope: Tensor) -> None:
        self.inner.backward(slope * self.grow)

    def signals(self, slope: Tensor) -> list[Tensor]:
        return self.inner.signals(slope * self.grow)

    def unit_signals(self, x: Tensor) -> list[Tensor]:
        if self.says is None:
            return self.inner.unit_signals(self.u(x))
        return self.signals(torch.ones_like(self.forward(x)))

    def to_input(self, d: Sequence[Tensor]) -> Tensor:
        return self.inner.to_input(d) * self.shrink

    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None:
        self.inner.backward_penalty([part / self.grow for part in d], u * (self.grow * self.shrink))

    def grad_norm(self) -> float:
        return self.inner.grad_norm()

    def copy(self) -> Rescaled:
        return Rescaled(self.inner.copy(), sees=self.sees, says=self.says)
