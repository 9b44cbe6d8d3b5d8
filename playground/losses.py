"""What the two players of a GAN minimise, and how strongly it pulls on each score.

D returns a score s (a logit, or a critic's value). Real points carry the label y = 1, generated ones
y = 0. Each loss of D is the sum over its 2B scores, half of them real, divided by B; each loss of G is the
mean over the B scores of the points that it generates. Loss and derivative of one score:

    D   minimax, non-saturating   -y log sigma(s) - (1 - y) log(1 - sigma(s))      sigma(s) - y     (1)
        least squares             (s - y)^2 / 2                                    s - y            (2)
        wgan                      (1 - 2y) s                                       1 - 2y           (3)
        hinge                     max(0, 1 + (1 - 2y) s)                           1 - 2y, or 0     (4)
        relativistic              -log sigma((2y - 1) (s - s'))   half for each    (see below)      (5)

    G   minimax                   log(1 - sigma(s))                                -sigma(s)        (6)
        non-saturating            -log sigma(s)                                    sigma(s) - 1     (7)
        least squares             (s - 1)^2 / 2                                    s - 1            (8)
        wgan, hinge               -s                                               -1               (9)
        relativistic              (7) of s - s'                                                    (10)

Where D is sure that a point is generated, sigma(s) is near 0: then (6) hardly pulls on it, it saturates,
and (7) pulls with full strength. Both rest at the same point. The relativistic game only asks which of two
is the more real: s' is the score of the point's partner, a generated one for a real one and the reverse.

A critic's loss (3) only means something if the critic may not be arbitrarily steep. `bound` says what
holds it: clipped weights (Arjovsky et al. 2017), a gradient penalty, or spectral norms (see bounds.py).

Smoothing is one-sided: the label of real points becomes alpha < 1, that of generated ones stays 0. If a
share f of all labels is flipped on top, D* = alpha ((1 - f) p + f q) / (p + q), which is alpha / 2 when G
is perfect.

References: Goodfellow et al. 2014 (1, 6, 7), Mao et al. 2017 (2, 8), Arjovsky et al. 2017 (3, 9), Lim and Ye
2017 (4), Jolicoeur-Martineau 2018 (5, 10), Gulrajani et al. 2017 (penalty), Salimans et al. 2016 (smoothing).
Everything is computed from scores: sigma is never taken before a logarithm, which would underflow.
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


def d_cross_entropy_slope(s: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(s).sub_(y).div_(len(s) // 2)


def d_least_squares(s: Tensor, y: Tensor) -> Tensor:  # (2)
    return F.mse_loss(s, y, reduction="sum") / len(s)


def d_least_squares_slope(s: Tensor, y: Tensor) -> Tensor:
    return (s - y).div_(len(s) // 2)


def d_wasserstein(s: Tensor, y: Tensor) -> Tensor:  # (3)
    return ((1 - 2 * y) * s).sum() / (len(s) // 2)


def d_wasserstein_slope(s: Tensor, y: Tensor) -> Tensor:
    return (1 - 2 * y).div_(len(s) // 2)


def d_hinge(s: Tensor, y: Tensor) -> Tensor:  # (4)
    return F.relu(1 + (1 - 2 * y) * s).sum() / (len(s) // 2)


def d_hinge_slope(s: Tensor, y: Tensor) -> Tensor:
    sign = 1 - 2 * y
    return sign.mul_(1 + sign * s > 0).div_(len(s) // 2)


def _lead(s: Tensor) -> Tensor:
    """How far each score leads its partner's. (2B, 1)"""
    lead = s[: len(s) // 2] - s[len(s) // 2 :]
    return torch.cat((lead, -lead))


def d_relativistic(s: Tensor, y: Tensor) -> Tensor:  # (5)
    return F.softplus((1 - 2 * y) * _lead(s)).mean()


def d_relativistic_slope(s: Tensor, y: Tensor) -> Tensor:
    sign = 1 - 2 * y
    slope = torch.sigmoid(sign * _lead(s)).mul_(sign).div_(len(s))  # of each term, in its lead
    real, made = slope.tensor_split(2)
    return torch.cat((real - made, made - real))


def g_minimax(s: Tensor) -> Tensor:  # (6)
    return -F.softplus(s).mean()


def g_minimax_slope(s: Tensor) -> Tensor:
    return torch.sigmoid(s).div_(-len(s))


def g_non_saturating(s: Tensor) -> Tensor:  # (7), and (10) of the difference of two scores
    return F.softplus(-s).mean()


def g_non_saturating_slope(s: Tensor) -> Tensor:
    return torch.sigmoid(-s).div_(-len(s))  # sigma(s) - 1 = -sigma(-s), without cancellation


def g_least_squares(s: Tensor) -> Tensor:  # (8)
    return (s - 1).square().mean() / 2


def g_least_squares_slope(s: Tensor) -> Tensor:
    return (s - 1).div_(len(s))


def g_wasserstein(s: Tensor) -> Tensor:  # (9)
    return -s.mean()


def g_wasserstein_slope(s: Tensor) -> Tensor:
    return torch.full_like(s, -1 / len(s))


def _cross_entropy_at_rest(alpha: float) -> float:
    d = alpha / 2
    return -alpha * math.log(d) - (1 - alpha) * math.log(1 - d) - math.log(1 - d)


def _least_squares_at_rest(alpha: float) -> float:
    return ((alpha / 2 - alpha) ** 2 + (alpha / 2) ** 2) / 2


def identity(s: Tensor) -> Tensor:
    return s


@dataclass(frozen=True)
class Game:
    """One pair of losses with their derivatives. D's: scores and labels (2B, 1), real half first; G's: scores (B, 1).

    `shown` turns a score into the number D(x) that the page draws. `d_rest` and `g_rest` are the losses
    when G is perfect and D optimal, for real labels alpha; None where no such number exists. `middle`: the score
    between "real" and "generated" for real labels alpha; None where only differences of scores mean something.
    `d_words`, `g_words`: the losses as one line of text.
    """

    d: Callable[[Tensor, Tensor], Tensor]
    d_slope: Callable[[Tensor, Tensor], Tensor]
    g: Callable[[Tensor], Tensor]
    g_slope: Callable[[Tensor], Tensor]
    shown: Callable[[Tensor], Tensor]
    d_rest: Callable[[float], float]
    g_rest: Callable[[float], float] | None
    middle: Callable[[float], float] | None
    d_words: str
    g_words: str
    has_optimum: bool = True  # D* = alpha ((1 - f) p + f q) / (p + q)
    bound: str = "nothing"  # what keeps D from being steep: "clipping", "gradient penalty" or "spectral norm"
    in_pairs: bool = False  # only the difference of a real and a generated score counts


def _even_odds(alpha: float) -> float:
    return math.log(alpha / (2 - alpha))  # sigma of it is alpha / 2


def _wasserstein(bound: str) -> Game:
    return Game(
        d_wasserstein,
        d_wasserstein_slope,
        g_wasserstein,
        g_wasserstein_slope,
        shown=identity,
        d_rest=lambda alpha: 0.0,
        g_rest=None,
        middle=None,
        d_words="mean D(G(z)) − mean D(x)",
        g_words="−mean D(G(z))",
        has_optimum=False,
        bound=bound,
    )


GAMES: dict[str, Game] = {
    "non-saturating": Game(
        d_cross_entropy,
        d_cross_entropy_slope,
        g_non_saturating,
        g_non_saturating_slope,
        shown=torch.sigmoid,
        d_rest=_cross_entropy_at_rest,
        g_rest=lambda alpha: -math.log(alpha / 2),
        middle=_even_odds,
        d_words="−mean log σ(D(x)) − mean log(1 − σ(D(G(z))))",
        g_words="−mean log σ(D(G(z)))",
    ),
    "minimax": Game(
        d_cross_entropy,
        d_cross_entropy_slope,
        g_minimax,
        g_minimax_slope,
        shown=torch.sigmoid,
        d_rest=_cross_entropy_at_rest,
        g_rest=lambda alpha: math.log(1 - alpha / 2),
        middle=_even_odds,
        d_words="−mean log σ(D(x)) − mean log(1 − σ(D(G(z))))",
        g_words="mean log(1 − σ(D(G(z))))",
    ),
    "least-squares": Game(
        d_least_squares,
        d_least_squares_slope,
        g_least_squares,
        g_least_squares_slope,
        shown=identity,
        d_rest=_least_squares_at_rest,
        g_rest=lambda alpha: (alpha / 2 - 1) ** 2 / 2,
        middle=lambda alpha: alpha / 2,
        d_words="½ mean (D(x) − 1)² + ½ mean D(G(z))²",
        g_words="½ mean (D(G(z)) − 1)²",
    ),
    "hinge": Game(
        d_hinge,
        d_hinge_slope,
        g_wasserstein,
        g_wasserstein_slope,
        shown=identity,
        d_rest=lambda alpha: 2.0,
        g_rest=None,
        middle=lambda alpha: 0.0,
        d_words="mean max(0, 1 − D(x)) + mean max(0, 1 + D(G(z)))",
        g_words="−mean D(G(z))",
        has_optimum=False,  # the sign of p - q, and nothing where they are equal
    ),
    "relativistic": Game(
        d_relativistic,
        d_relativistic_slope,
        g_non_saturating,
        g_non_saturating_slope,
        shown=identity,
        d_rest=lambda alpha: math.log(2),
        g_rest=lambda alpha: math.log(2),
        middle=None,
        d_words="−mean log σ(D(x) − D(G(z)))",
        g_words="−mean log σ(D(G(z)) − D(x))",
        has_optimum=False,  # log(p / q) and any constant
        in_pairs=True,
    ),
    "wgan-clip": _wasserstein("clipping"),
    "wgan-gp": _wasserstein("gradient penalty"),
    "wgan-sn": _wasserstein("spectral norm"),
}


def slope_penalty(slope: Tensor) -> Tensor:
    """E |s|^2 / 2 over real points plus the same over generated ones. slope: (2B, dim), both halves."""
    return slope.square().sum() / len(slope)


def slope_penalty_slope(slope: Tensor) -> Tensor:
    """Its derivative: s / B."""
    return slope / (len(slope) // 2)


def unit_slope_penalty(slope: Tensor) -> Tensor:
    """E (|s| - 1)^2 at points between real and generated ones. slope: (B, dim)."""
    return (slope.norm(dim=-1) - 1).square().mean()


def unit_slope_penalty_slope(slope: Tensor) -> Tensor:
    """Its derivative: 2 (|s| - 1) s / |s| / B, and 0 where s is 0."""
    length = torch.linalg.vector_norm(slope, dim=-1, keepdim=True)
    return slope * (2 - 2 / length.clamp_min_(1e-12)) / len(slope)
