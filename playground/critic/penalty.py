"""The gradient penalty of a critic, and what it makes of its estimate. The numbers are those of `playground.critic`."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.nets import MLP


def add_steep_slope_penalty(D: MLP, x: Tensor, weight: float) -> None:
    """Gradient of weight E max(0, |f'| - 1)^2, added to D.grad: only what is steeper than 1 pays. x: (B, dim)."""
    signals = D.signals(torch.ones_like(D.forward(x)))
    slope = D.to_input(signals)
    length = slope.norm(dim=1, keepdim=True)
    D.backward_penalty(signals, weight * slope * (2 - 2 / length.clamp_min(1.0)) / len(x))


def predicted_slope(w1: float, weight: float) -> float:
    """(2): how steep the best multiple of a best critic is under the penalty. Without one nothing holds it."""
    return 1 + w1 / (2 * weight)


def predicted(w1: float, weight: float) -> float:
    """(3): what it says, and by (5) the least that the optimum of the penalty says."""
    return w1 * predicted_slope(w1, weight)
