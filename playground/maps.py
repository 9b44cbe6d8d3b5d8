"""Maps that turn one distribution into another, and what they do to the density.

If x = g(z) and g can be undone, the mass around z is the mass around x: the density shrinks where g stretches,

    p_x(x) = p_z(z) / |det g'(z)|,   z = g^-1(x)                                                    (1)

The reparametrisation of a normal number stretches evenly:

    x = mu + sigma z,   p_x(x) = p_z((x - mu) / sigma) / sigma                                      (2)

The ring map keeps the direction of a point of the plane and moves its radius,

    g(z) = z / 10 + z / |z|,   |g(z)| = 1 + |z| / 10                                                (3)

so that a normal cloud becomes a ring. On the way from doing nothing to (3),

    g_t(z) = (1 - t) z + t g(z),   |g_t(z)| = t + (1 - .9 t) |z|                                    (4)

it stretches by 1 - .9 t along the radius and by |g_t(z)| / |z| across it:

    |det g_t'(z)| = (1 - .9 t) |g_t(z)| / |z|                                                       (5)

For a standard normal z in the plane, |z| has the mean sqrt(pi / 2) and the variance 2 - pi / 2 (Rayleigh's law), so

    mean |g(z)| = 1 + sqrt(pi / 2) / 10 = 1.1253,   sd |g(z)| = sqrt(2 - pi / 2) / 10 = .0655       (6)

Two independent normal numbers become correlated ones, rho the correlation and s^2 = 1 - rho^2, by the map

    x_1 = z_1,   x_2 = rho z_1 + s z_2                                                              (7)

which shears the plane and stretches it by s.
"""

from __future__ import annotations

import math

import numpy as np

RING_MEAN = 1 + math.sqrt(math.pi / 2) / 10  # (6)
RING_SD = math.sqrt(2 - math.pi / 2) / 10


def normal_density(z: np.ndarray) -> np.ndarray:
    """The density of a standard normal vector. z: (..., d); for plain numbers give (..., 1)."""
    return np.exp(-(z**2).sum(-1) / 2) / (2 * math.pi) ** (z.shape[-1] / 2)


def affine(z: np.ndarray, mu: float, sigma: float) -> np.ndarray:
    """mu + sigma z, the map of (2)."""
    return mu + sigma * z


def affine_density(x: np.ndarray, mu: float, sigma: float) -> np.ndarray:
    """The density of mu + sigma z for a standard normal number z, by (2). x: (n,)."""
    return normal_density(((x - mu) / sigma)[:, None]) / sigma


def ring(z: np.ndarray, t: float = 1.0) -> np.ndarray:
    """g_t of (4); t = 1 is the ring map (3). z: (..., 2). The origin has no direction: for t > 0 it becomes NaN."""
    with np.errstate(invalid="ignore"):
        return (1 - 0.9 * t) * z + (t * z / np.linalg.norm(z, axis=-1, keepdims=True) if t else 0)


def ring_stretch(z: np.ndarray, t: float = 1.0) -> np.ndarray:
    """|det g_t'(z)|, by (5): how many times its area a small square at z takes afterwards. z: (..., 2)."""
    radius = np.linalg.norm(z, axis=-1)
    return (1 - 0.9 * t) * (t + (1 - 0.9 * t) * radius) / radius


def ring_density(x: np.ndarray, t: float = 1.0) -> np.ndarray:
    """The density of g_t(z) for a standard normal z, by (1). x: (..., 2). Inside the radius t there is nothing."""
    radius = np.linalg.norm(x, axis=-1)
    before = (radius - t) / (1 - 0.9 * t)  # |z|, from (4)
    reached = before > 0
    z = np.where(reached, before, 1.0)[..., None] * np.array([1.0, 0.0])  # only the radius counts
    return np.where(reached, normal_density(z) / ring_stretch(z, t), 0.0)


def lattice(half: float, lines: int, nodes: int) -> np.ndarray:
    """The lines of a square grid on [-half, half]^2, upright ones first. Returns (2 lines, nodes, 2).

    `lines` is even, so that no line runs through the origin, where the ring map is not defined.
    """
    if lines % 2:
        raise ValueError(f"A grid with {lines} lines each way has one through the origin; the number must be even.")
    at, along = np.linspace(-half, half, lines), np.linspace(-half, half, nodes)
    upright = np.stack(np.broadcast_arrays(at[:, None], along[None, :]), axis=-1)
    return np.concatenate((upright, upright[..., ::-1]))


def correlated_density(points: np.ndarray, rho: float) -> np.ndarray:
    """The density of (7), by (1): the map leaves p_z at z = (x_1, (x_2 - rho x_1) / s), divided by s. points: (..., 2).

    Multiplied out, it is the familiar exp(-(x_1^2 - 2 rho x_1 x_2 + x_2^2) / 2 s^2) / (2 pi s).
    """
    s = math.sqrt(1 - rho**2)
    first, second = points[..., 0], points[..., 1]
    return normal_density(np.stack((first, (second - rho * first) / s), -1)) / s
