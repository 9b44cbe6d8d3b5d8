"""The gradient that reaches the encoder through a drawn code, and the KL divergence that it pays.

The encoder gives mu and l = log sigma^2 for each latent dimension, and a code is drawn, z = mu + sigma eps with eps
normal. The divergence from the prior N(0, 1) is exact,

    KL_j = (mu_j^2 + sigma_j^2 - 1 - l_j) / 2                                                       (1)
    dKL_j / dmu_j = mu_j,    dKL_j / dl_j = (sigma_j^2 - 1) / 2                                     (2)

or the mean over drawn z of

    log q(z | x) - log p(z) = sum over j of  (z_j^2 - eps_j^2 - l_j) / 2                            (3)

For the reconstruction R = -log p(x | z) there are two ways to differentiate E[R] in mu and l:

    reparametrised    dR/dmu = dR/dz,                       dR/dl = dR/dz * sigma eps / 2           (4)
    score function    dR/dmu = (R - b) eps / sigma,         dR/dl = (R - b) (eps^2 - 1) / 2         (5)

Both are right on average. (5) never looks into the decoder: it only hears how good each z was, against a baseline b,
here the mean R of the other digits of the batch. "Blocked" takes the drawn z for a constant: E[R] then has no gradient
in mu and l at all, and only (2) moves the encoder. References: Kingma and Welling 2014 (1, 4), Williams 1992 (5).
"""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLINGS = ("reparametrised", "score function", "blocked")


def kl_per_dimension(mu: Tensor, log_variance: Tensor) -> Tensor:
    """(1). (B, latent) -> (B, latent)."""
    return (mu.square() + log_variance.exp() - 1 - log_variance) / 2


def monte_carlo_kl(z: Tensor, eps: Tensor, log_variance: Tensor) -> Tensor:
    """(3). (B, latent) -> (B,)."""
    return (z.square() - eps.square() - log_variance).sum(1) / 2


def leave_one_out(nats: Tensor) -> Tensor:
    """b of (5) for each member of the batch: the mean of the others. (B,) -> (B,)."""
    return (nats.sum() - nats) / max(len(nats) - 1, 1)


def through_sampling(
    kind: str, to_z: Tensor, nats: Tensor, eps: Tensor, log_variance: Tensor, baseline: Tensor | float | None = None
) -> tuple[Tensor, Tensor]:
    """dR/dmu and dR/dl of each digit, (B, latent), by (4), by (5), or none.

    to_z: dR/dz, (B, latent); nats: R, (B,); baseline: b, left out the mean of the others.
    """
    sigma = torch.exp(log_variance / 2)
    if kind == "reparametrised":
        return to_z, to_z * sigma * eps / 2
    if kind == "score function":
        good = nats - (leave_one_out(nats) if baseline is None else baseline)
        return good[:, None] * eps / sigma, good[:, None] * (eps.square() - 1) / 2
    return torch.zeros_like(eps), torch.zeros_like(eps)
