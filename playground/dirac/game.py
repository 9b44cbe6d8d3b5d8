"""The moves of the two players, and the path they take. The numbers are equations of `playground.dirac`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

NODES = 32  # of the Gauss sums


@dataclass(frozen=True)
class Pull:
    """How a loss changes with one score s: l_r'(s), l_f'(s) and l_G'(s); curvature is l_r''(0) + l_f''(0)."""

    real: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    g: Callable[[Tensor], Tensor]
    curvature: float


def minus_sigma(s: Tensor) -> Tensor:
    """Of log(1 - sigma(s)), which G minimises in the minimax game."""
    return -torch.sigmoid(s)


def minus_sigma_of_minus(s: Tensor) -> Tensor:
    """Of -log sigma(s): D's of a real point, and G's in the non-saturating game."""
    return -torch.sigmoid(-s)


def minus_one(s: Tensor) -> Tensor:
    """Of -s: a critic's of a real point, and its G's."""
    return -torch.ones_like(s)


CRITIC = Pull(minus_one, torch.ones_like, minus_one, curvature=0.0)
PULLS = {
    "wgan": CRITIC,
    "wgan-clip": CRITIC,
    "wgan-gp": CRITIC,
    "non-saturating": Pull(minus_sigma_of_minus, torch.sigmoid, minus_sigma_of_minus, curvature=0.5),
    "minimax": Pull(minus_sigma_of_minus, torch.sigmoid, minus_sigma, curvature=0.5),
}


@dataclass(frozen=True)
class Rules:
    """One game. r1: gamma, gp: lambda, clip: the largest slope that D may have."""

    loss: str = "wgan"
    lr_g: float = 0.1
    lr_d: float = 0.1
    momentum: float = 0.0
    r1: float = 0.0
    noise: float = 0.0
    gp: float = 0.0
    clip: float = math.inf
    simultaneous: bool = False


@cache
def gauss(noise: float) -> tuple[Tensor, Tensor]:
    """The values of sigma n and their weights, (nodes,) each; one value if there is no noise."""
    if not noise:
        return torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return torch.as_tensor(nodes * noise), torch.as_tensor(weights / weights.sum())


def g_slope(theta: Tensor, psi: Tensor, rules: Rules) -> Tensor:
    """dL_G/dtheta of (3). theta, psi: (n,) games side by side."""
    blur, weights = (part.to(theta) for part in gauss(rules.noise))
    x = theta[:, None] + blur  # (n, nodes)
    return PULLS[rules.loss].g(psi[:, None] * x) @ weights * psi


def d_slope(theta: Tensor, psi: Tensor, rules: Rules) -> Tensor:
    """dL_D/dpsi of (2). theta, psi: (n,)."""
    blur, weights = (part.to(theta) for part in gauss(rules.noise))
    pull, x = PULLS[rules.loss], theta[:, None] + blur  # (n, nodes)
    real = pull.real(psi[:, None] * blur) * blur @ weights
    fake = pull.fake(psi[:, None] * x) * x @ weights
    return real + fake + 2 * rules.r1 * psi + 2 * rules.gp * (psi - psi.sign())


def d_move(w: Tensor, slope: Tensor, rules: Rules) -> Tensor:
    """(4) of D, then the clip. w: (n, 4) with the columns theta, psi, and the momentum of each."""
    theta, psi, m_theta, m_psi = w.unbind(1)
    m_psi = rules.momentum * m_psi + slope
    psi = (psi - rules.lr_d * m_psi).clamp(-rules.clip, rules.clip)
    return torch.stack((theta, psi, m_theta, m_psi), 1)


def g_move(w: Tensor, slope: Tensor, rules: Rules) -> Tensor:
    """(4) of G. w: (n, 4)."""
    theta, psi, m_theta, m_psi = w.unbind(1)
    m_theta = rules.momentum * m_theta + slope
    return torch.stack((theta - rules.lr_g * m_theta, psi, m_theta, m_psi), 1)


def moved(w: Tensor, rules: Rules) -> Tensor:
    """One iteration of both. w: (n, 4)."""
    before = w
    w = d_move(w, d_slope(w[:, 0], w[:, 1], rules), rules)
    seen = before if rules.simultaneous else w
    return g_move(w, g_slope(seen[:, 0], seen[:, 1], rules), rules)


def path(theta: float, psi: float, steps: int, rules: Rules) -> np.ndarray:
    """The way from a starting point, (steps + 1, 2): `moved` of one game, at a hundredth of its cost."""
    d_slope, g_slope = _slopes(rules)
    m_theta = m_psi = 0.0
    way = [(theta, psi)]
    for _ in range(steps):
        m_psi = rules.momentum * m_psi + d_slope(theta, psi)
        later = min(max(psi - rules.lr_d * m_psi, -rules.clip), rules.clip)
        m_theta = rules.momentum * m_theta + g_slope(theta, psi if rules.simultaneous else later)
        theta, psi = theta - rules.lr_g * m_theta, later
        way.append((theta, psi))
    return np.array(way)


Slope = Callable[[float, float], float]


def _slopes(rules: Rules) -> tuple[Slope, Slope]:
    """`d_slope` and `g_slope` of one game, by (7)."""
    pull = PULLS[rules.loss]
    (_, real), (fake_0, fake), (g_0, g) = (_bend(slope) for slope in (pull.real, pull.fake, pull.g))

    def penalty(psi: float) -> float:
        return 2 * rules.r1 * psi + 2 * rules.gp * (psi - (math.copysign(1, psi) if psi else 0))

    if not rules.noise or not pull.curvature:  # a straight loss does not feel the noise
        return (
            lambda theta, psi: theta * (fake_0 + fake * math.tanh(psi * theta / 2)) + penalty(psi),
            lambda theta, psi: psi * (g_0 + g * math.tanh(psi * theta / 2)),
        )
    blur, weights = (part.numpy() for part in gauss(rules.noise))
    x = np.concatenate((blur, blur))  # real points, then generated ones
    made, weigh_d, weigh_g = x[len(blur) :], np.concatenate((real * weights, fake * weights)), g * weights

    def d(theta: float, psi: float) -> float:
        np.add(blur, theta, out=made)
        return fake_0 * theta + float((weigh_d * x) @ np.tanh(x * (psi / 2))) + penalty(psi)

    return d, lambda theta, psi: psi * (g_0 + float(weigh_g @ np.tanh((blur + theta) * (psi / 2))))


def _bend(slope: Callable[[Tensor], Tensor]) -> tuple[float, float]:
    """l'(0) and b of (7)."""
    middle, end = slope(torch.tensor([0.0, math.inf], dtype=torch.float64)).tolist()
    return middle, end - middle
