"""The plane in which codes are looked at, and the normal distribution that is fitted to them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


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


@dataclass(frozen=True)
class Spectrum:
    """Mean, variances along the principal directions from the least on, and these directions as columns, of codes."""

    mean: Tensor
    variances: Tensor
    directions: Tensor


def spectrum(codes: Tensor) -> Spectrum:
    centred = codes - codes.mean(0)
    variances, directions = torch.linalg.eigh(centred.T @ centred / max(len(codes) - 1, 1))
    return Spectrum(codes.mean(0), variances.clamp_min(0), directions)


def plane(spread: Spectrum, codes: Tensor, digits: Tensor) -> Plane:
    """The plane itself where codes have two dimensions, else that of their two principal directions.

    Principal directions have no sign, and turn about each other while their variances are equal. So the plane is
    turned until the least digit there is lies to the right, and mirrored until the greatest lies above: a map that is
    looked at during training then does not jump. Of one kind of digit alone, whose mean is the middle, the first and
    the last image say where right and above are. codes: (n, latent), digits: (n,).
    """
    latent = codes.shape[1]
    if latent == 2:
        return Plane(torch.zeros(2, device=codes.device), torch.eye(2, device=codes.device))
    axes = spread.directions[:, -2:]
    first, last = digits == digits.min(), digits == digits.max()
    ends = (codes[first], codes[last]) if not bool(first.all()) else (codes[:1], codes[-1:])
    right, above = ((end.mean(0) - spread.mean) @ axes for end in ends)
    right = right / right.norm().clamp_min(1e-12)
    up = torch.stack((-right[1], right[0]))
    return Plane(spread.mean, axes @ torch.stack((right, torch.where(up @ above < 0, -up, up)), 1))


def fitted(spread: Spectrum, noise: Tensor) -> Tensor:
    """Draws from the normal distribution of that mean and covariance, by standard noise (n, latent)."""
    return spread.mean + noise * spread.variances.sqrt() @ spread.directions.T
