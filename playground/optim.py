"""Adam on one flat vector, and how a learning rate decays.

With g the gradient at step t:

    m <- b1 m + (1 - b1) g                                                                          (1)
    v <- b2 v + (1 - b2) g^2                                                                        (2)
    p <- p - lr * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)                                     (3)

Reference: Kingma and Ba, "Adam: a method for stochastic optimization", 2015. On these small networks
the six calls below are faster than torch.optim.Adam(fused=True) on the same vector (see benchmarks/).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Adam:
    """p, grad: (N,), updated in place."""

    def __init__(self, p: Tensor, grad: Tensor, eps: float = 1e-8) -> None:
        self.p, self.grad, self.eps = p, grad, eps
        self.m, self.v = torch.zeros_like(p), torch.zeros_like(p)
        self.t = 0

    def step(self, lr: float, beta1: float, beta2: float) -> None:
        self.t += 1
        self.m.lerp_(self.grad, 1 - beta1)  # (1)
        self.v.mul_(beta2).addcmul_(self.grad, self.grad, value=1 - beta2)  # (2)
        # (3), with both corrections gathered in front: sqrt(1 - b2^t) leaves the root
        root = math.sqrt(1 - beta2**self.t)
        scale = self.v.sqrt().add_(self.eps * root)
        self.p.addcdiv_(self.m, scale, value=-lr * root / (1 - beta1**self.t))


FLOOR = 0.02  # of the learning rate remains at the end: a run never freezes completely


def decayed(kind: str, step: int, horizon: int) -> float:
    """The factor on the learning rate at `step`: from 1 down to FLOOR at `horizon`."""
    done = min(step / horizon, 1.0)
    if kind == "linear":
        return max(1 - done, FLOOR)
    if kind == "cosine":
        return max((1 + math.cos(math.pi * done)) / 2, FLOOR)
    return 1.0
