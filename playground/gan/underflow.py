"""Cross-entropy from a rounded sigmoid: the same losses on paper, and not in 32 bits.

With p = sigma(s) rounded to 32 bits, and the derivatives taken one after another as autograd does,

    loss        -y log p - (1 - y) log(1 - p)      each logarithm at least -100                     (1)
    dloss/ds    (p - y) / max(p (1 - p), 1e-12)  p (1 - p)                                          (2)

On paper (2) is p - y. But near 1 the numbers of 32 bits end: from s = 16.7 on p is 1, p (1 - p) is 0, and so is (2),
whatever the label. A D that is wrong and sure of it never hears so: at s = 20 and y = 0 the slope should be 1. On the
other side p lasts until s = -88, but below s = -27.6 the bound in (2) cuts the slope down.
`losses.py` computes the same from s and loses nothing.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from playground.losses import GAMES, Game

LEAST = 1e-12  # of p (1 - p) in a denominator
LOWEST = -100.0  # of a logarithm


def _cross_entropy(s: Tensor, y: Tensor) -> Tensor:
    """(1), summed. Scores that nobody has given yet are NaN, and so is this."""
    p = torch.sigmoid(s)
    return -(y * p.log().clamp_min(LOWEST) + (1 - y) * (1 - p).log().clamp_min(LOWEST)).sum()


def _slope(s: Tensor, y: Tensor) -> Tensor:
    """(2)"""
    p = torch.sigmoid(s)
    bent = p * (1 - p)
    return (p - y) / bent.clamp_min(LEAST) * bent


def d_loss(s: Tensor, y: Tensor) -> Tensor:
    return _cross_entropy(s, y) / (len(s) // 2)


def d_slope(s: Tensor, y: Tensor) -> Tensor:
    return _slope(s, y) / (len(s) // 2)


def g_non_saturating(s: Tensor) -> Tensor:
    return _cross_entropy(s, torch.ones_like(s)) / len(s)


def g_non_saturating_slope(s: Tensor) -> Tensor:
    return _slope(s, torch.ones_like(s)) / len(s)


def g_minimax(s: Tensor) -> Tensor:
    return -_cross_entropy(s, torch.zeros_like(s)) / len(s)


def g_minimax_slope(s: Tensor) -> Tensor:
    return -_slope(s, torch.zeros_like(s)) / len(s)


ROUNDED: dict[str, Game] = {
    "non-saturating": dataclasses.replace(
        GAMES["non-saturating"], d=d_loss, d_slope=d_slope, g=g_non_saturating, g_slope=g_non_saturating_slope
    ),
    "minimax": dataclasses.replace(GAMES["minimax"], d=d_loss, d_slope=d_slope, g=g_minimax, g_slope=g_minimax_slope),
}
