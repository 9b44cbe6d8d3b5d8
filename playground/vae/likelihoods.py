"""What the decoder says of a pixel: p(x | z), from one number a per pixel that the decoder gives.

    Bernoulli               -log p(x | a) = softplus(a) - x a,               mean = s(a) = 1 / (1 + e^-a)    (1)
    continuous Bernoulli    -log p(x | a) = A(a) - x a,  A(a) = log((e^a - 1) / a),      mean = A'(a)        (2)
    Gaussian                -log p(x | a) = (x - a)^2 / (2 s^2) + log(s sqrt(2 pi)),     mean = a            (3)

all three summed over the pixels. (2) is the density of x in [0, 1] that is proportional to e^(a x), and
A'(a) = 1 / (1 - e^-a) - 1 / a. In each case the gradient in a is the mean, less x, over the variance that (3) has:

    d(-log p) / da = (mean - x) / v,    v = s^2 in (3), else 1                                               (4)

(1) is a likelihood only of pixels that are 0 or 1: so "binarised" draws them anew each time a digit is shown, white
with probability x. On grey pixels (1) is a cross-entropy, and no decoder brings it below that of x with itself,

    sum over pixels of  -x log x - (1 - x) log(1 - x)                                                        (5)

about 45.5 nats a digit on MNIST. References: Kingma and Welling 2014 (1, 3), Loaiza-Ganem and Cunningham 2019 (2),
Burda, Grosse and Salakhutdinov 2016 (binarised anew each time).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

NEAR = 0.1  # below, (2) is computed by its series: 1/a would cancel all digits of a float


@dataclass(frozen=True)
class Likelihood:
    """a, x: (B, pixels). scale: s of (3), which the others do not have."""

    nats: Callable[[Tensor, Tensor, float], Tensor]  # -log p(x | a), (B,)
    mean: Callable[[Tensor], Tensor]
    draw: Callable[[Tensor, torch.Generator, float], Tensor]  # x from p(x | a)
    floor: Callable[[Tensor, float], Tensor] | None  # the least that `nats` can be for these x, (B,); None: no bound
    binarised: bool = False  # x becomes 0 or 1 before it is shown
    has_scale: bool = False

    def slope(self, a: Tensor, x: Tensor, scale: float) -> Tensor:
        """(4)"""
        slope = self.mean(a).sub_(x) if not self.has_scale else a - x
        return slope.mul_(1 / scale**2) if self.has_scale else slope


def bernoulli_nats(a: Tensor, x: Tensor, scale: float) -> Tensor:
    """(1)"""
    return softplus(a).sum(1) - (x * a).sum(1)


def bernoulli_draw(a: Tensor, generator: torch.Generator, scale: float) -> Tensor:
    return (torch.rand(a.shape, generator=generator, device=a.device) < torch.sigmoid(a)).float()


def entropy(x: Tensor, scale: float) -> Tensor:
    """(5)"""
    return -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(1)


def log_partition(a: Tensor) -> Tensor:
    """A of (2). Large a: A = max(a, 0) + log((1 - e^-|a|) / |a|)."""
    size = a.abs().clamp_min(NEAR)
    far = a.clamp_min(0) + torch.log(-torch.expm1(-size) / size)
    return torch.where(a.abs() < NEAR, a / 2 + a**2 / 24 - a**4 / 2880, far)


def continuous_nats(a: Tensor, x: Tensor, scale: float) -> Tensor:
    """(2)"""
    return log_partition(a).sum(1) - (x * a).sum(1)


def continuous_mean(a: Tensor) -> Tensor:
    """A'(a) of (2)"""
    safe = torch.where(a.abs() < NEAR, 1.0, a)
    return torch.where(a.abs() < NEAR, 0.5 + a / 12 - a**3 / 720, -1 / torch.expm1(-safe) - 1 / safe)


def continuous_draw(a: Tensor, generator: torch.Generator, scale: float) -> Tensor:
    """The inverse of the distribution function, x = log(1 + u (e^-|a| - 1)) / -|a|, mirrored where a > 0."""
    size = a.abs().clamp_min(1e-4)
    u = torch.rand(a.shape, generator=generator, device=a.device)
    x = (torch.log1p(u * torch.expm1(-size)) / -size).clamp_(0, 1)
    return torch.where(a > 0, 1 - x, x)


def gaussian_nats(a: Tensor, x: Tensor, scale: float) -> Tensor:
    """(3)"""
    return (x - a).square().sum(1) / (2 * scale**2) + a.shape[1] * math.log(scale * math.sqrt(2 * math.pi))


def gaussian_draw(a: Tensor, generator: torch.Generator, scale: float) -> Tensor:
    return a + scale * torch.randn(a.shape, generator=generator, device=a.device)


def gaussian_floor(x: Tensor, scale: float) -> Tensor:
    return gaussian_nats(x, x, scale)


LIKELIHOODS = {
    "grey": Likelihood(bernoulli_nats, torch.sigmoid, bernoulli_draw, entropy),
    "binarised": Likelihood(bernoulli_nats, torch.sigmoid, bernoulli_draw, entropy, binarised=True),
    "gaussian": Likelihood(gaussian_nats, torch.clone, gaussian_draw, gaussian_floor, has_scale=True),
    "continuous Bernoulli": Likelihood(continuous_nats, continuous_mean, continuous_draw, None),
}
