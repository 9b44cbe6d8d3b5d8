"""The Dirac GAN: two numbers that play the whole game, so that how it ends can be computed.

The data are one point at 0, G makes one point theta, and D is a straight line through the origin with the slope psi:

    s(x) = psi x,   D(x) = sigma(s(x))  or, of a critic, s(x) itself                                (1)

With instance noise sigma, n normal, l_r and l_f D's loss of the score of a real and of a generated point, l_G that of
G, the slope penalty gamma / 2 (|s'|^2 at the real point + the same at the generated one) and lambda of WGAN-GP:

    L_D = E l_r(psi sigma n) + E l_f(psi (theta + sigma n)) + gamma psi^2 + lambda (|psi| - 1)^2     (2)
    L_G = E l_G(psi (theta + sigma n))                                                              (3)

The expectations are Gauss sums over 32 values of n. A move, of theta along dL_G/dtheta or of psi along dL_D/dpsi, is

    m <- beta m + g,   p <- p - lr m                                                                (4)

both from where they stand (simultaneous), or psi first and theta in answer to it (alternating).

They are in balance at theta = psi = 0. Near it, with a = (l_r''(0) + l_f''(0)) sigma^2 + 2 gamma,

    dL_G/dtheta = l_G'(0) psi,   dL_D/dpsi = l_f'(0) theta + a psi                                  (5)

so an iteration is a product with a matrix J, which (4) and (5) give entry by entry. A deviation from the balance is
multiplied by the eigenvalues of J: it turns by the angle of the largest one and grows by its absolute value. Clipping
does nothing near the balance. With the WGAN loss, both learning rates h, no momentum and simultaneous moves they are

    1 - gamma h +- h sqrt(gamma^2 - 1),   inside the unit circle if  h/2 < gamma < 1/h + h/4        (6)

because their product 1 - 2 gamma h + h^2 has to be below 1, and at -1 their polynomial, 4 - 4 gamma h + h^2, above 0.
Of alternating moves these are 1 - 2 gamma h and 4 - 4 gamma h - h^2: 0 < gamma < 1/h - h/4. A pair that turns,
gamma < 1 in (6), has the absolute value sqrt(1 - 2 gamma h + h^2).

The force of WGAN-GP jumps at psi = 0, from 2 lambda on one side to -2 lambda on the other: it has no derivative there,
and so there is no J. Exactly at 0 it counts as 0, the middle of the jump, as in automatic differentiation. So at
theta = psi = 0 nothing moves; the least psi beside it is pushed away by 2 lambda.

All l' here have one form, by which `path` needs few operations for an iteration of one game:

    l'(s) = l'(0) + b tanh(s / 2),   b = l'(infinity) - l'(0)                                       (7)

References: Mescheder et al. 2018 (the game, the eigenvalues, and that WGAN-GP never rests), Nagarajan and Kolter 2017,
Gidel et al. 2019 (negative momentum), Roth et al. 2017 (the penalty).
"""

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


def jacobian(rules: Rules) -> np.ndarray | None:
    """J of one iteration at the balance, (4, 4) in the order of `moved`; None for WGAN-GP, which has none."""
    if rules.gp:
        return None
    zero, pull, beta = torch.zeros(1, dtype=torch.float64), PULLS[rules.loss], rules.momentum
    c_g, c_f = float(pull.g(zero)), float(pull.fake(zero))  # (5)
    a = pull.curvature * rules.noise**2 + 2 * rules.r1
    d, g = np.eye(4), np.eye(4)
    d[3] = c_f, a, 0, beta
    d[1] -= rules.lr_d * d[3]
    g[2] = 0, c_g, beta, 0
    g[0] -= rules.lr_g * g[2]
    if rules.simultaneous:
        return np.stack((g[0], d[1], g[2], d[3]))
    return g @ d


def eigenvalues(rules: Rules) -> np.ndarray:
    """Of J, the largest first: two without momentum, four with it, none for WGAN-GP."""
    J = jacobian(rules)
    if J is None:
        return np.zeros(0, complex)
    if not rules.momentum:  # nothing depends on the memories
        J = J[:2, :2]
    found = np.linalg.eigvals(J).astype(complex)
    return found[np.lexsort((-found.imag, -np.abs(found).round(12)))]


def turn(value: complex) -> float:
    """Iterations of one turn about the balance; infinite if the deviation does not turn."""
    angle = abs(np.angle(value))
    return 2 * math.pi / angle if angle > 1e-9 else math.inf
