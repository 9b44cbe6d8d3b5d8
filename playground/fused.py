"""Adam for long vectors: the update of `optim.py`, (1) to (3) there, in one pass over memory.

Six calls on one vector are the faster way while it fits into the processor's cache. From some hundred thousand
parameters on they wait for memory six times, and PyTorch's fused kernel takes a third of their time (`make bench`).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.adam import adam

from playground.optim import EPS, Optimiser


class FusedAdam(Optimiser):
    """By PyTorch's function, not its class: the class imports a compiler that nobody here needs, 75 MB of it."""

    def __init__(self, p: Tensor, grad: Tensor) -> None:
        super().__init__(p, grad)
        self._count = torch.zeros((), device=p.device)

    def step(self, lr: float, beta1: float, beta2: float) -> None:
        self._count.fill_(self.t)
        adam(
            [self.p],
            [self.grad],
            [self.m],
            [self.v],
            [],
            [self._count],
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=lr,
            weight_decay=0.0,
            eps=EPS,
            maximize=False,
        )
        self.t += 1
