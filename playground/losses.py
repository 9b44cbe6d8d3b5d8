"""What the two players of a GAN minimise.

D returns a score s (a logit, or a critic's value). Real points carry the label y = 1, generated ones
y = 0, and each of D's losses is a mean over real points plus a mean over generated ones:

    minimax, non-saturating   -y log sigma(s) - (1 - y) log(1 - sigma(s))                           (1)
    least squares             (s - y)^2 / 2                                                         (2)
    wgan-gp                   (1 - 2y) s,  plus a penalty on D's slope                              (3)

G changes the scores of the points it generates, and those alone:

    minimax                   log(1 - sigma(s))      zero gradient where D is sure: it saturates    (4)
    non-saturating            -log sigma(s)          the same fixed point, another gradient         (5)
    least squares             (s - 1)^2 / 2                                                         (6)
    wgan-gp                   -s                                                                    (7)

Smoothing is one-sided: the label of real points becomes alpha < 1, that of generated ones stays 0. Then
D* = alpha p / (p + q), which is alpha / 2 when G is perfect.

References: Goodfellow et al. 2014 (1, 4, 5), Mao et al. 2017 (2, 6), Gulrajani et al. 2017 (3, 7),
Salimans et al. 2016 (smoothing). Everything is computed from scores: sigma is never taken before a
logarithm, which would underflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


def d_cross_entropy(s: Tensor, y: Tensor) -> Tensor:  # (1)
    return F.binary_cross_entropy_with_logits(s, y, reduction="sum") / (len(s) // 2)


def d_least_squares(s: Tensor, y: Tensor) -> Tensor:  # (2)
    return F.mse_loss(s, y, reduction="sum") / len(s)


def d_wasserstein(s: Tensor, y: Tensor) -> Tensor:  # (3)
    return ((1 - 2 * y) * s).sum() / (len(s) // 2)


def g_minimax(s: Tensor) -> Tensor:  # (4)
    return -F.softplus(s).mean()


def g_non_saturating(s: Tensor) -> Tensor:  # (5)
    return F.softplus(-s).mean()


def g_least_squares(s: Tensor) -> Tensor:  # (6)
    return (s - 1).square().mean() / 2


def g_wasserstein(s: Tensor) -> Tensor:  # (7)
    return -s.mean()


def _cross_entropy_at_rest(alpha: float) -> float:
    d = alpha / 2
    return -alpha * math.log(d) - (1 - alpha) * math.log(1 - d) - math.log(1 - d)


def _least_squares_at_rest(alpha: float) -> float:
    return ((alpha / 2 - alpha) ** 2 + (alpha / 2) ** 2) / 2


@dataclass(frozen=True)
class Game:
    """One pair of losses. d: scores and labels (2B, 1), real half first; g: scores (B, 1) of generated points.

    `shown` turns a score into the number D(x) that the page draws. `d_rest` and `g_rest` are the losses
    when G is perfect and D optimal, for real labels alpha; None where no such number exists.
    """

    d: Callable[[Tensor, Tensor], Tensor]
    g: Callable[[Tensor], Tensor]
    shown: Callable[[Tensor], Tensor]
    d_rest: Callable[[float], float]
    g_rest: Callable[[float], float] | None
    has_optimum: bool = True  # D* = alpha p / (p + q)


GAMES: dict[str, Game] = {
    "non-saturating": Game(
        d_cross_entropy, g_non_saturating, torch.sigmoid, _cross_entropy_at_rest, lambda a: -math.log(a / 2)
    ),
    "minimax": Game(
        d_cross_entropy, g_minimax, torch.sigmoid, _cross_entropy_at_rest, lambda a: math.log(1 - a / 2)
    ),
    "least-squares": Game(
        d_least_squares, g_least_squares, lambda s: s, _least_squares_at_rest, lambda a: (a / 2 - 1) ** 2 / 2
    ),
    "wgan-gp": Game(d_wasserstein, g_wasserstein, lambda s: s, lambda a: 0.0, None, has_optimum=False),
}


def slope_penalty(slope: Tensor) -> Tensor:
    """E |dD/dx|^2 over real points plus the same over generated ones. slope: (2B, dim), both halves."""
    return slope.square().sum() / (len(slope) // 2)


def unit_slope_penalty(slope: Tensor) -> Tensor:
    """E (|dD/dx| - 1)^2, the gradient penalty of (3), at points between real and generated. slope: (B, dim)."""
    return (slope.norm(dim=1) - 1).square().mean()
