"""Optimisers on one flat vector, and how a learning rate decays.

With g the gradient at step t, and memories m and v that begin at 0:

    m <- b1 m + (1 - b1) g                                                                          (1)
    v <- b2 v + (1 - b2) g^2                                                                        (2)

    Adam       p <- p - lr * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)                          (3)
    RMSprop    p <- p - lr * g / (sqrt(v) + eps)                                                    (4)
    SGD        m <- b1 m + g,   p <- p - lr m                                                       (5)

References: Kingma and Ba 2015 (3), Tieleman and Hinton 2012 (4), Polyak 1964 (5). On these small networks
the six calls of Adam are faster than torch.optim.Adam(fused=True) on the same vector (see benchmarks/).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

EPS = 1e-8


class Optimiser(ABC):
    """p, grad: (N,), updated in place."""

    def __init__(self, p: Tensor, grad: Tensor) -> None:
        self.p, self.grad = p, grad
        self.m, self.v = torch.zeros_like(p), torch.zeros_like(p)
        self.t = 0

    @abstractmethod
    def step(self, lr: float, beta1: float, beta2: float) -> None: ...


class Adam(Optimiser):
    def step(self, lr: float, beta1: float, beta2: float) -> None:
        self.t += 1
        self.m.lerp_(self.grad, 1 - beta1)  # (1)
        self.v.mul_(beta2).addcmul_(self.grad, self.grad, value=1 - beta2)  # (2)
        # (3), with both corrections gathered in front: sqrt(1 - b2^t) leaves the root
        root = math.sqrt(1 - beta2**self.t)
        scale = self.v.sqrt().add_(EPS * root)
        self.p.addcdiv_(self.m, scale, value=-lr * root / (1 - beta1**self.t))


class RMSprop(Optimiser):
    def step(self, lr: float, beta1: float, beta2: float) -> None:
        self.t += 1
        self.v.mul_(beta2).addcmul_(self.grad, self.grad, value=1 - beta2)  # (2)
        self.p.addcdiv_(self.grad, self.v.sqrt().add_(EPS), value=-lr)  # (4)


class Momentum(Optimiser):
    """SGD with momentum b1; plain SGD where it is 0."""

    def step(self, lr: float, beta1: float, beta2: float) -> None:
        self.t += 1
        self.m.mul_(beta1).add_(self.grad)  # (5)
        self.p.add_(self.m, alpha=-lr)


OPTIMISERS: dict[str, type[Optimiser]] = {"adam": Adam, "sgd": Momentum, "rmsprop": RMSprop}

FLOOR = 0.02  # of the learning rate remains at the end: a run never freezes completely


def decayed(kind: str, step: int, horizon: int) -> float:
    """The factor on the learning rate at `step`: from 1 down to FLOOR at `horizon`."""
    done = min(step / horizon, 1.0)
    if kind == "linear":
        return max(1 - done, FLOOR)
    if kind == "cosine":
        return max((1 + math.cos(math.pi * done)) / 2, FLOOR)
    return 1.0
