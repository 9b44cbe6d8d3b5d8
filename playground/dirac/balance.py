"""What becomes of a small deviation from the balance. The numbers are equations of `playground.dirac`."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch

from playground.dirac.game import PULLS, Rules


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


@lru_cache(maxsize=64)
def eigenvalues(rules: Rules) -> tuple[complex, ...]:
    """Of J, the largest first: two without momentum, four with it, none for WGAN-GP."""
    J = jacobian(rules)
    if J is None:
        return ()
    if not rules.momentum:  # nothing depends on the memories
        J = J[:2, :2]
    found = np.linalg.eigvals(J).astype(complex)
    return tuple(map(complex, found[np.lexsort((-found.imag, -np.abs(found).round(12)))]))


def turn(value: complex) -> float:
    """Iterations of one turn about the balance; infinite if the deviation does not turn."""
    angle = abs(np.angle(value))
    return 2 * math.pi / angle if angle > 1e-9 else math.inf
