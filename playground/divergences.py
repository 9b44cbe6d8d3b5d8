"""Five ways to say how far q_theta lies from p, where q_theta is moved by theta, each with its slope in theta.

    KL(p||q)   integral p ln(p / q)                                                                 (1)
    KL(q||p)   integral q ln(q / p)                                                                 (2)
    JS(p, q)   (KL(p||m) + KL(q||m)) / 2,   m = (p + q) / 2                                         (3)
    TV(p, q)   1/2 integral |p - q|                                                                 (4)
    W1(p, q)   the least mean way that carries p to q                                               (5)

(1) to (4) compare p and q place by place: where the two do not overlap they cannot know how far apart they are. Then
(1) and (2) are infinite, (3) is ln 2 and (4) is 1, whatever theta. Only (5) looks at the way between the places.

Everything here is exact: a closed form, or for (3) of two normals the trapezoid rule, which converges faster than any
power of its step for functions as smooth as these; with `FINE` steps to a sigma it is right to 1e-12. For p = N(0, a^2)
and q = N(theta, b^2), with Z standard normal,

    KL(p||q) = ln(b / a) + (a^2 + theta^2) / (2 b^2) - 1/2,     d/dtheta = theta / b^2              (6)
    d JS / dtheta = 1/2 integral (dq / dtheta) ln(q / m) dx,    dq / dtheta = q (x - theta) / b^2   (7)
    W1 = E |theta + (b - a) Z|,                                 d/dtheta = erf(theta / (sqrt 2 |b - a|))   (8)

In (7) the other terms cancel, since m is where (3) is stationary. A slope that does not exist is NaN: that of an
infinite distance, and that of a jump. At a kink it is 0, as descent needs it. References: Arjovsky et al. 2017
(parallel segments), Villani 2003 (5, 8).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

NAMES = ("kl", "reverse", "js", "tv", "w1")
LN2 = math.log(2)
FINE = 12  # nodes of (7) to the narrower sigma
REACH = 9.0  # sigmas of q that (7) spans: beyond lie 2 of 10^19
CLOSED, QUADRATURE = "closed form", "quadrature"


@dataclass(frozen=True)
class Measured:
    """A distance at some theta, and how it changes there. Both are of theta's shape."""

    value: np.ndarray
    slope: np.ndarray


Distances = Mapping[str, Measured]  # NAMES -> what is known


class Moved(ABC):
    """p and q_theta: how far they are from each other, as a function of theta."""

    @abstractmethod
    def measure(self, theta: np.ndarray | float) -> Distances:
        """All of NAMES at theta, of any shape."""

    def how(self, name: str) -> str:
        """Whether a distance is a closed form or found by quadrature."""
        return CLOSED


@dataclass(frozen=True)
class Normals(Moved):
    """p = N(0, a^2) and q = N(theta, b^2).

    Round normals in the plane, moved along x, have the same (1) to (5) if a = b: across the way they are alike.
    """

    a: float = 1.0
    b: float = 1.0

    def measure(self, theta: np.ndarray | float) -> Distances:
        t = np.asarray(theta, float)
        a, b = self.a, self.b
        kl = Measured(math.log(b / a) + (a * a + t * t) / (2 * b * b) - 0.5, t / b**2)  # (6)
        reverse = Measured(math.log(a / b) + (b * b + t * t) / (2 * a * a) - 0.5, t / a**2)
        js, tv, w1 = self._jensen_shannon(t), self._total_variation(t), self._wasserstein(t)
        return {"kl": kl, "reverse": reverse, "js": js, "tv": tv, "w1": w1}

    def how(self, name: str) -> str:
        return QUADRATURE if name == "js" else CLOSED

    def _jensen_shannon(self, t: np.ndarray) -> Measured:
        """(3) and (7), each as an expectation over p or q on nodes that move with it."""
        a, b = self.a, self.b
        step = min(1, a / b, b / a) / FINE
        z = np.arange(-REACH, REACH + step / 2, step)
        weight = np.exp(-z * z / 2) * step / math.sqrt(2 * math.pi)
        over_p = self._log_ratio(a * z, t[..., None])  # ln(p / q) where p puts its mass
        over_q = self._log_ratio(t[..., None] + b * z, t[..., None])
        to_p, to_q = LN2 - np.logaddexp(0, -over_p), LN2 - np.logaddexp(0, over_q)  # ln(p / m), ln(q / m)
        return Measured((to_p @ weight + to_q @ weight) / 2, to_q @ (weight * z) / (2 * b))

    def _log_ratio(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        return ((x - t) / self.b) ** 2 / 2 - (x / self.a) ** 2 / 2 + math.log(self.b / self.a)

    def _total_variation(self, t: np.ndarray) -> Measured:
        """(4) is the mass that the narrower of the two has more of, between the places where p = q."""
        a, b = self.a, self.b
        if a == b:
            far = np.abs(t) / (2 * a)
            return Measured(_within(far), np.sign(t) * _bell(far) / a)
        middle = t * a * a / (a * a - b * b)  # p = q at middle +- half, from a quadratic equation
        half = np.sqrt(middle**2 + (2 * math.log(b / a) * b * b + t * t) * a * a / (b * b - a * a))
        ends = np.stack((middle - half, middle + half))
        in_p, in_q = (np.diff(_below(z), axis=0)[0] for z in (ends / a, (ends - t) / b))
        falls = np.diff(_bell((ends - t) / b), axis=0)[0] / b  # minus the slope of in_q
        sign = 1 if a < b else -1
        return Measured(sign * (in_p - in_q), sign * falls)

    def _wasserstein(self, t: np.ndarray) -> Measured:
        """(8)."""
        spread = abs(self.b - self.a)
        if spread == 0:
            return Measured(np.abs(t), np.sign(t))
        z = t / spread
        return Measured(spread * (2 * _bell(z) + z * (2 * _below(z) - 1)), 2 * _below(z) - 1)


@dataclass(frozen=True)
class Uniforms(Moved):
    """p is even over [-a, a], q over [theta - b, theta + b]. All follows from the length on which they overlap."""

    a: float = 1.0
    b: float = 1.0

    def measure(self, theta: np.ndarray | float) -> Distances:
        t = np.asarray(theta, float)
        a, b, far = self.a, self.b, np.abs(np.asarray(theta, float))
        least, most = abs(a - b), a + b
        overlap = np.clip(most - far, 0, 2 * min(a, b))
        falls = np.where((far > least) & (far < most), -np.sign(t), 0.0)  # d overlap / d theta
        p, q = 1 / (2 * a), 1 / (2 * b)
        m = (p + q) / 2
        gain = (p * math.log(p / m) + q * math.log(q / m) - (p + q) * LN2) / 2  # of (3) by each unit of overlap
        js = Measured(LN2 + gain * overlap, gain * falls)
        tv = Measured(1 - min(p, q) * overlap, -min(p, q) * falls)
        z = t / least if least else np.sign(t)
        w1 = Measured(np.where(far >= least, far, least * (1 + z * z) / 2), np.clip(z, -1, 1))
        kl, reverse = _nested(far <= b - a, math.log(b / a)), _nested(far <= a - b, math.log(a / b))
        return {"kl": kl, "reverse": reverse, "js": js, "tv": tv, "w1": w1}


def _nested(inside: np.ndarray, value: float) -> Measured:
    """KL of two uniform laws: finite, and the same wherever the one lies within the other."""
    return Measured(np.where(inside, value, math.inf), np.where(inside, 0.0, math.nan))


@dataclass(frozen=True)
class Singular(Moved):
    """p and q share nothing as soon as theta is not 0: two points, or two parallel segments in the plane."""

    def measure(self, theta: np.ndarray | float) -> Distances:
        t = np.asarray(theta, float)
        home = t == 0
        jump = np.where(home, math.nan, 0.0)
        none = Measured(np.where(home, 0, math.inf), np.full(t.shape, math.nan))
        js, tv = Measured(np.where(home, 0, LN2), jump), Measured(np.where(home, 0.0, 1.0), jump)
        return {"kl": none, "reverse": none, "js": js, "tv": tv, "w1": Measured(np.abs(t), np.sign(t))}


@dataclass(frozen=True)
class Discs(Moved):
    """p is even over a disc of radius r around 0, q over one around (theta, 0). They share a lens, whose share of the
    disc is 2/pi (arccos d - d sqrt(1 - d^2)) for d = |theta| / (2 r) < 1."""

    r: float = 1.0

    def measure(self, theta: np.ndarray | float) -> Distances:
        t = np.asarray(theta, float)
        d = np.minimum(np.abs(t) / (2 * self.r), 1)
        root = np.sqrt(1 - d * d)
        lens = 2 / math.pi * (np.arccos(d) - d * root)
        rises = 2 / math.pi * root / self.r * np.sign(t)  # minus the slope of the lens
        kl = _nested(t == 0, 0.0)
        js, tv = Measured((1 - lens) * LN2, rises * LN2), Measured(1 - lens, rises)
        return {"kl": kl, "reverse": kl, "js": js, "tv": tv, "w1": Measured(np.abs(t), np.sign(t))}


def _bell(z: np.ndarray) -> np.ndarray:
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _below(z: np.ndarray) -> np.ndarray:
    """The share of a standard normal below z, to the last digit."""
    return torch.special.ndtr(torch.from_numpy(np.asarray(z, float))).numpy()


def _within(z: np.ndarray) -> np.ndarray:
    """The share of a standard normal between -z and z."""
    return torch.erf(torch.from_numpy(np.asarray(z / math.sqrt(2), float))).numpy()
