"""What a batch of digits becomes on its way through both networks, and the gradient of (4) of `playground.vae`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.nets import MLP
from playground.vae.estimators import kl_per_dimension, monte_carlo_kl, through_sampling
from playground.vae.likelihoods import Likelihood


@dataclass(frozen=True)
class Passage:
    """x, a: (B, pixels); mu, log_variance, eps, z: (B, latent); nats: (B,). An autoencoder has z = mu, and no eps."""

    x: Tensor
    mu: Tensor
    log_variance: Tensor | None
    eps: Tensor | None
    z: Tensor
    a: Tensor
    nats: Tensor

    def kl(self) -> Tensor:
        """KL of each digit and dimension, (B, latent); 0 for an autoencoder, which pays none."""
        return torch.zeros_like(self.mu) if self.log_variance is None else kl_per_dimension(self.mu, self.log_variance)

    def terms(self) -> Tensor:
        """Means over the batch: R, KL in closed form, and KL by the codes that were drawn. (3,)"""
        drawn = torch.zeros((), device=self.x.device)
        if self.log_variance is not None and self.eps is not None:
            drawn = monte_carlo_kl(self.z, self.eps, self.log_variance).mean()
        return torch.stack((self.nats.mean(), self.kl().sum(1).mean(), drawn))


def split(encoded: Tensor, latent: int) -> tuple[Tensor, Tensor | None]:
    """(1): mu and log sigma^2, or the code alone where there is no more. (B, latent) each."""
    mu = encoded[:, :latent]
    return mu, encoded[:, latent:] if encoded.shape[1] > latent else None


def draw_code(mu: Tensor, log_variance: Tensor | None, eps: Tensor | None) -> Tensor:
    """(2)"""
    return mu if log_variance is None or eps is None else mu + torch.exp(log_variance / 2) * eps


def pass_through(
    encoder: MLP, decoder: MLP, likelihood: Likelihood, scale: float, x: Tensor, eps: Tensor | None
) -> Passage:
    """(1) to (3) to look and to measure; nothing is remembered for a gradient."""
    mu, log_variance = split(encoder(x), decoder.sizes[0])
    z = draw_code(mu, log_variance, eps)
    a = decoder(z)
    return Passage(x, mu, log_variance, eps, z, a, likelihood.nats(a, x, scale))


def gradient(
    encoder: MLP,
    decoder: MLP,
    likelihood: Likelihood,
    scale: float,
    batch: Passage,
    beta: float,
    free: float = 0.0,
    sampling: str = "reparametrised",
) -> None:
    """The gradient of (4), into encoder.grad and decoder.grad. Both remember their forward pass of this batch."""
    encoder.grad.zero_()
    decoder.grad.zero_()
    signals = decoder.signals(likelihood.slope(batch.a, batch.x, scale).div_(len(batch.x)))
    decoder.collect(signals)
    to_z = decoder.to_input(signals)  # of the mean over the batch, so 1 / B is in it
    if batch.log_variance is None or batch.eps is None:
        encoder.backward(to_z)
        return
    mu, log_variance = batch.mu, batch.log_variance
    to_mu, to_log_variance = through_sampling(sampling, to_z, batch.nats / len(mu), batch.eps, log_variance)
    price = torch.full_like(mu[:1], beta / len(mu))
    if free:  # what is below its allowance costs nothing, and is not pushed
        price = price * (kl_per_dimension(mu, log_variance).mean(0) > free)
    encoder.backward(
        torch.cat((to_mu + price * mu, to_log_variance + price * (log_variance.exp() - 1) / 2), 1),
    )
