"""What can be measured on a trained autoencoder: the noise of its gradients, and directions that mean something.

The gradient that reaches the encoder's output h = (mu, l) of a digit through the drawn code is random. Over many draws
of eps for the same digits, with g_k the gradient of draw k and g the mean of as many reparametrised ones by draws of
their own,

    size = |g|,      spread = sqrt(mean over k of |g_k - mean g_k|^2),      off = |mean g_k - g|              (1)

Being a mean of draws, g is itself off by about spread / sqrt(draws) of the reparametrised ones.

An attribute t of a picture (how much ink, how much slant) has a direction among the codes: within each kind of digit,
the mean code of the quarter with most of it, less that of the quarter with least,

    v = mean over kinds of  mean(z | t high) - mean(z | t low)                                            (2)

so that z + s v should look like z with more of it, whichever digit it is. Slant is that of the ink's own ellipse:
-cov(x, y) / var(y) of the ink, with y downwards; upright is 0, and leaning to the right is positive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data.digits import SIDE, grey
from playground.vae.estimators import through_sampling
from playground.vae.objective import draw_code, split
from playground.vae.trainer import VaeTrainer

ESTIMATORS = {  # name -> (kind of estimators.py, baseline: None is the mean of the others)
    "reparametrised": ("reparametrised", None),
    "score function, with baseline": ("score function", None),
    "score function alone": ("score function", 0.0),
    "blocked": ("blocked", None),
}
DIGITS, DRAWS, SEED = 32, 300, 5


@dataclass(frozen=True)
class Spread:
    """(1) of one estimator, all in units of `size`, the length of g."""

    size: float
    spread: float
    off: float


def gradient_spread(trainer: VaeTrainer, draws: int = DRAWS) -> dict[str, Spread]:
    """(1) for each estimator, by name, on the same digits and the same draws. ValueError for an autoencoder."""
    c, own = trainer.config, torch.Generator().manual_seed(SEED)
    x = trainer.watched[0][:DIGITS]
    mu, log_variance = split(trainer.encoder(x), c.latent)
    if log_variance is None:
        raise ValueError("An autoencoder draws no code, so there is nothing to estimate.")
    found: dict[str, list[Tensor]] = {name: [] for name in ESTIMATORS}
    decoder = trainer.decoder.copy()  # remembers a pass of its own
    exact = torch.zeros_like(torch.cat((mu, log_variance), 1))  # g
    for k in range(2 * draws):
        eps = torch.randn(mu.shape, generator=own).to(mu.device)
        a = decoder.forward(draw_code(mu, log_variance, eps))
        nats = trainer.likelihood.nats(a, x, c.sigma)
        to_z = decoder.to_input(decoder.signals(trainer.likelihood.slope(a, x, c.sigma)))
        if k >= draws:
            exact += torch.cat(through_sampling("reparametrised", to_z, nats, eps, log_variance), 1) / draws
            continue
        for name, (kind, baseline) in ESTIMATORS.items():
            found[name].append(torch.cat(through_sampling(kind, to_z, nats, eps, log_variance, baseline), 1))
    return {name: _spread(torch.stack(each), exact) for name, each in found.items()}


def _spread(each: Tensor, exact: Tensor) -> Spread:
    """each: (draws, B, 2 latent), exact: (B, 2 latent)."""
    size, mean = float(exact.norm()), each.mean(0)
    spread = float((each - mean).square().sum((1, 2)).mean().sqrt())
    return Spread(size, spread / size, float((mean - exact).norm()) / size)


def ink(x: Tensor) -> Tensor:
    """The sum of all pixels. (n, 784) -> (n,)."""
    return x.sum(1)


def slant(x: Tensor) -> Tensor:
    """How far the ink leans to the right, for each pixel upwards. (n, 784) -> (n,)."""
    along = torch.arange(SIDE, dtype=x.dtype, device=x.device)
    mass = x.view(-1, SIDE, SIDE) / x.sum(1).clamp_min(1e-6)[:, None, None]
    rows, columns = mass.sum(2), mass.sum(1)
    down = along - (rows @ along)[:, None]
    right = along - (columns @ along)[:, None]
    covariance = torch.einsum("nij,ni,nj->n", mass, down, right)
    return -covariance / (rows * down.square()).sum(1).clamp_min(1e-6)


ATTRIBUTES: dict[str, Callable[[Tensor], Tensor]] = {"stroke weight": ink, "slant": slant}


def directions(trainer: VaeTrainer, most: int = 4000) -> dict[str, Tensor]:
    """(2) for each attribute, on test digits: (latent,) each."""
    apart = trainer.material.held_out
    x, kinds = grey(apart.x[:most]).to(trainer.device), apart.y[:most]
    codes = split(trainer.encoder(x), trainer.config.latent)[0]
    found = {}
    for name, measure in ATTRIBUTES.items():
        t, steps = measure(x), []
        for kind in kinds.unique():
            of_kind = (kinds == kind).to(x.device)
            low, high = torch.quantile(t[of_kind], torch.tensor([0.25, 0.75], device=x.device))
            steps.append(codes[of_kind & (t >= high)].mean(0) - codes[of_kind & (t <= low)].mean(0))
        found[name] = torch.stack(steps).mean(0)
    return found
