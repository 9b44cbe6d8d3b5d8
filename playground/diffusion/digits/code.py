"""Digits as few numbers: a linear code, and a decoder that makes sharp strokes of it again.

With m the mean of the digits, P their d principal directions (orthonormal, the widest first) and r one number for all,
the root mean square of what P finds in them,

    encode    z = (x - m) P / r                                                                     (1)
    decode    x(z) = s(G (m + r z P^T - 1/2) + MLP(z)),   s(a) = 1 / (1 + e^-a)                     (2)

so that codes have variance 1 on average, and the wide directions more of it than the narrow ones. What (1) leaves out
makes m + r z P^T blurred; s and G bring ink and paper apart, and the MLP, whose last layer begins at 0, learns what is
still missing. It descends in the cross-entropy of pixels

    -sum over pixels of x log x(z') + (1 - x) log(1 - x(z')),   z' = z + .1 e                       (3)

with a little noise e on the codes, because generated ones are not quite right either. Diffusion on codes of an
autoencoder: Rombach et al. 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data.digits import PIXELS, grey
from playground.nets import MLP

LEARNED_FROM = 20_000  # digits that the directions are found from
CHUNK = 2500  # digits that are floats at a time
GAIN = 8.0  # G of (2)
BLUR = 0.1  # of (3)
HIDDEN = 128  # units of the MLP
LEAST = 1e-6  # r, of images that are all alike


@dataclass(frozen=True, eq=False)
class Axes:
    """m (784,), P (784, d) and r of (1)."""

    mean: Tensor
    directions: Tensor
    scale: float

    def encode(self, x: Tensor) -> Tensor:
        """(1). x: (n, 784), pixels in [0, 1]. Returns (n, d)."""
        return (x - self.mean) @ self.directions / self.scale

    def flat(self, z: Tensor) -> Tensor:
        """m + r z P^T, the nearest that a code comes to the digit in a straight way. (n, 784)"""
        return torch.addmm(self.mean, z, self.directions.T, alpha=self.scale)

    def to(self, device: torch.device) -> Axes:
        return Axes(self.mean.to(device), self.directions.to(device), self.scale)


def find_axes(images: Tensor, d: int) -> Axes:
    """The principal directions of these digits, bytes (n, 784)."""
    some = images[torch.linspace(0, len(images) - 1, min(len(images), LEARNED_FROM)).long()]
    mean = torch.stack([grey(part).sum(0) for part in some.split(CHUNK)]).sum(0) / len(some)
    scatter = torch.zeros(PIXELS, PIXELS)
    for part in some.split(CHUNK):
        centred = grey(part) - mean
        scatter.addmm_(centred.T, centred)
    variances, vectors = torch.linalg.eigh(scatter / len(some))
    directions = vectors[:, -d:].flip(1)
    directions = directions * directions.sum(0).sign()  # of a direction and its opposite, always the same one
    scale = float(variances[-d:].clamp_min(0).mean().sqrt())
    return Axes(mean, directions.contiguous(), max(scale, LEAST))


def encode_all(axes: Axes, images: Tensor) -> Tensor:
    """The codes of many digits, bytes (n, 784), a few at a time. (n, d)"""
    return torch.cat([axes.encode(grey(part)) for part in images.split(CHUNK)])


class Decoder:
    """(2), and the gradient of (3)."""

    def __init__(self, axes: Axes, generator: torch.Generator | None, device: str | torch.device = "cpu") -> None:
        self.axes = axes
        d = axes.directions.shape[1]
        self.net = MLP((d, HIDDEN, PIXELS), "relu", "linear", generator, device)
        for tensor in self.net.layers[-1]:
            tensor.zero_()

    def __call__(self, z: Tensor) -> Tensor:
        """Digits, (n, 784) in [0, 1]."""
        return torch.sigmoid(self.straight(z).add_(self.net(z)))

    def straight(self, z: Tensor) -> Tensor:
        """G (m + r z P^T - 1/2) of (2)."""
        return self.axes.flat(z).sub_(0.5).mul_(GAIN)

    def learn(self, x: Tensor, z: Tensor) -> None:
        """The gradient of (3), the mean over the batch, into `net.grad`. z: the noisy codes z' of x."""
        slope = torch.sigmoid(self.straight(z).add_(self.net.forward(z))).sub_(x)  # of (3) by what s is applied to
        self.net.grad.zero_()
        self.net.backward(slope / len(x))

    def copy(self) -> Decoder:
        """The same function with a buffer of its own."""
        twin = Decoder(self.axes, None, self.net.flat.device)
        twin.net.flat.copy_(self.net.flat)
        return twin
