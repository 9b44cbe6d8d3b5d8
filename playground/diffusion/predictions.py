"""What the network is asked for, and what its answer says of x_0 and of the noise.

Of x_t = a x_0 + s e (`schedule.py`), whoever knows x_t and one of e, x_0 and v = a' x_0 + s' e knows all three:

    epsilon    x_0 = (x_t - s e) / a                                                                    (1)
    x0         e = (x_t - a x_0) / s                                                                    (2)
    v          x_0 = s' x_t - s v,   e = a v - a' x_t          since a s' - s a' = 1                    (3)

A network never knows them, but the best one says their means given x_t, and those are tied by the same lines. The mean
of the noise is the score, the slope of the log of the density of x_t (Tweedie's formula, Efron 2011):

    grad log q(x_t) = -E[e | x_t] / s                                                                   (4)
"""

from __future__ import annotations

from torch import Tensor

from playground.diffusion.schedule import Level

PREDICTIONS = ("epsilon", "x0", "v")
LEAST_SIGNAL = 0.05  # a of (1) is taken to be no less: near pure noise a small error in the noise would be a huge x_0


def wanted(kind: str, x0: Tensor, e: Tensor, level: Level) -> Tensor:
    """What the network should say where (x0, e) made x_t."""
    if kind == "epsilon":
        return e
    return x0 if kind == "x0" else level.da * x0 + level.ds * e


def read(kind: str, x: Tensor, said: Tensor, level: Level) -> tuple[Tensor, Tensor]:
    """(1) to (3): (x_0, e) as the answer implies them. x, said: (B, d)."""
    a, s, da, ds = level
    if kind == "epsilon":
        least = max(a, LEAST_SIGNAL) if isinstance(a, float) else a.clamp_min(LEAST_SIGNAL)
        return (x - s * said) / least, said
    if kind == "x0":
        return said, (x - a * said) / s
    return ds * x - s * said, a * said - da * x


def velocity(x0: Tensor, e: Tensor, level: Level) -> Tensor:
    """v of what is believed of x_0 and e."""
    return level.da * x0 + level.ds * e


def score(e: Tensor, level: Level) -> Tensor:
    """(4)."""
    return -e / level.s
