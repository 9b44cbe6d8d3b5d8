"""What a VAE can say of p(x) itself: two bounds from below, and how far the better one may be off.

With K codes drawn from the encoder, z_k ~ q(z | x), and their weights

    log w_k = log p(x | z_k) + log p(z_k) - log q(z_k | x)                                          (1)

the mean of w_k is p(x), whatever q is. On average over the draws

    ELBO(x) = E log w_1  <=  L_K(x) = E log (1/K sum_k w_k)  <=  log p(x)                           (2)

and L_K comes the nearer to log p(x) the more codes are drawn. What is missing is about

    log p(x) - L_K(x) = var(w) / (2 K mean(w)^2)                                                    (3)

as long as that is small. Where q is the exact posterior, all w_k are p(x), and both bounds are log p(x).

References: Kingma and Welling 2014 (ELBO), Burda, Grosse and Salakhutdinov 2016 (2), Nowozin 2018 (3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.nets import MLP
from playground.vae.likelihoods import Likelihood
from playground.vae.objective import draw_code, split


@dataclass(frozen=True)
class Evidence:
    """Of each point, (n,): ELBO as a mean over the drawn codes, L_K, and (3)."""

    elbo: Tensor
    nats: Tensor
    missing: Tensor


def log_weights(encoder: MLP, decoder: MLP, likelihood: Likelihood, scale: float, x: Tensor, eps: Tensor) -> Tensor:
    """(1). x: (n, dim), eps: normal noise (K, n, latent). Returns (K, n)."""
    mu, log_variance = split(encoder(x), decoder.sizes[0])
    assert log_variance is not None  # an autoencoder has no q
    z = draw_code(mu, log_variance, eps)
    a = decoder(z.flatten(0, 1))
    again = x.expand(len(eps), *x.shape).reshape(a.shape)
    nats = likelihood.nats(a, again, scale).view(len(eps), len(x))
    # of log p(z) and log q(z | x), the normalising constants cancel
    return (eps.square() + log_variance - z.square()).sum(2) / 2 - nats


def evidence(log_w: Tensor) -> Evidence:
    """(2) and (3). log_w: (K, n)."""
    K = len(log_w)
    nats = torch.logsumexp(log_w, 0) - math.log(K)
    spread = torch.exp(log_w - nats).var(0, correction=0)  # of weights whose mean is 1
    return Evidence(log_w.mean(0), nats, spread / (2 * K))
