"""Ways from one code to another, and the plane in which codes are looked at.

    lerp(a, b; t) = (1 - t) a + t b                                                                 (1)
    slerp(a, b; t) = sin((1 - t) w) / sin w * a + sin(t w) / sin w * b,   w the angle from a to b   (2)

Normal codes in d dimensions lie near the sphere of radius sqrt(d), and two of them are nearly at right angles. So (1)
passes at .71 of that radius, where hardly any code lies, while (2) stays on the sphere. Reference: White 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

STRAIGHT = 1e-3  # sin w below which (2) is (1)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(1). a, b: (latent,), t: (n,). Returns (n, latent)."""
    return a + t[:, None] * (b - a)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(2). a, b: (latent,), t: (n,). Returns (n, latent)."""
    cosine = torch.dot(a, b) / (a.norm() * b.norm()).clamp_min(1e-12)
    w = torch.acos(cosine.clamp(-1, 1))
    if float(torch.sin(w)) < STRAIGHT:
        return lerp(a, b, t)
    t = t[:, None]
    return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)


@dataclass(frozen=True)
class Plane:
    """A plane in the space of codes: origin + p axes^T. origin: (latent,), axes: (latent, 2) with unit columns."""

    origin: Tensor
    axes: Tensor

    def of(self, code: Tensor) -> Tensor:
        """The nearest points of the plane: (n, latent) -> (n, 2)."""
        return (code - self.origin) @ self.axes

    def code(self, p: Tensor) -> Tensor:
        """(n, 2) -> (n, latent)."""
        return self.origin + p @ self.axes.T


def plane(codes: Tensor, digits: Tensor) -> Plane:
    """The plane itself where codes have two dimensions, else that of their two principal directions.

    Principal directions have no sign, and turn about each other while their variances are equal. So the plane is
    turned until the first kind of digit lies to the right, and mirrored until the second lies above: a map that is
    looked at during training then does not jump. codes: (n, latent), digits: (n,).
    """
    latent = codes.shape[1]
    if latent == 2:
        return Plane(torch.zeros(2, device=codes.device), torch.eye(2, device=codes.device))
    origin = codes.mean(0)
    centred = codes - origin
    _, directions = torch.linalg.eigh(centred.T @ centred)
    axes = directions[:, -2:]
    kinds = digits.unique()
    right = centred[digits == kinds[0]].mean(0) @ axes
    right = right / right.norm().clamp_min(1e-12)
    axes = axes @ torch.stack((torch.stack((right[0], -right[1])), torch.stack((right[1], right[0]))))
    above = centred[digits == kinds[min(1, len(kinds) - 1)]].mean(0) @ axes[:, 1]
    return Plane(origin, axes * torch.stack((torch.ones_like(above), torch.where(above < 0, -1.0, 1.0))))


def fitted(codes: Tensor, noise: Tensor) -> Tensor:
    """Draws from the normal distribution that has the mean and the covariance of these codes, by standard noise."""
    centred = codes - codes.mean(0)
    variance, directions = torch.linalg.eigh(centred.T @ centred / max(len(codes) - 1, 1))
    return codes.mean(0) + noise * variance.clamp_min(0).sqrt() @ directions.T
