"""Spectral norms of which a bound of W1 can be claimed: no layer is ever above its goal.

Power iteration comes up to sigma(W) from below, so that W divided by what it has found can have a norm above 1. A
GAN does not mind; here the estimate would pass W1. W^T W has the eigenvalue sigma^2, and is small enough to be taken
apart in each step:

    W^T W = V diag(s^2) V^T,   sigma = max s,   v its column of V,   u = W v / sigma                   (1)
"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.bounds import SpectralNorm


class ExactNorm(SpectralNorm):
    """A spectral norm whose singular vectors are those of (1) after every step."""

    def start(self) -> None:
        self.normalise()

    def improve(self) -> list[tuple[Tensor, Tensor]]:
        """(1) for each layer. Returns (v, sigma)."""
        found = []
        for (w, _), u in zip(self.D.layers, self.parts, strict=True):
            v = leading(w)
            along = w @ v
            sigma = along.norm().clamp_min(1e-12)
            u.copy_(along / sigma)
            found.append((v, sigma))
        return found


def leading(w: Tensor) -> Tensor:
    """The right singular vector of the largest singular value, by the smaller of W^T W and W W^T. w: (m, n)."""
    if not torch.isfinite(w).all():  # what has no eigenvalues
        return torch.full_like(w[0], float("nan"))
    m, n = w.shape
    if m < n:
        u = torch.linalg.eigh(w @ w.T).eigenvectors[:, -1]
        return torch.nn.functional.normalize(w.T @ u, dim=0)
    return torch.linalg.eigh(w.T @ w).eigenvectors[:, -1]  # (n,)
