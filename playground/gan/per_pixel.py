"""One GAN for each pixel: 784 small games that never hear of each other.

Game i has a generator of its own, with noise of its own, and a discriminator that sees only pixel i:

    D_i climbs    E log sigma(D_i(x_i)) + E log(1 - sigma(D_i(G_i(z_i)))) - (gamma / 2) E D_i'^2    (1)
    G_i descends  -E log sigma(D_i(G_i(z_i))),   z_i uniform on [-1, 1], independent                (2)

The slope penalty of (1) counts real and generated pixels, each with its mean. Each game can be won: pixel i then has
the brightness that it should have, as often as it should. What no G_i can learn is when, because nothing it sees
depends on the other pixels. Together they make samples of the product of the marginals, which is not a digit.

All games are one `Crowd`, so that a step of all of them takes some milliseconds. Pixels lie in rows here: (784, B).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot, knob
from playground.data.digits import CLASSES, SIDE, chosen, grey
from playground.data.kept_digits import KeptDigitsConfig
from playground.gan.crowd import Crowd
from playground.optim import Adam, decayed
from playground.training import StepwiseTrainer

STEPS = 800  # after which the learning rate has gone down
HIDDEN = 8
BATCH = 64
LR, BETA1, BETA2 = 0.02, 0.0, 0.99
GAMMA = 0.05
AVERAGING = 0.99
NOISE_SCALE, PIXEL_SCALE = 1.7, 2.0  # to variance 1, and a magnifying glass for D
QUADRATURE = 64  # values of noise in an expectation

D_MOVED = Phase("D moves", "D", "Each of the D_i has updated on its own pixel.")
G_MOVED = Phase("G moves", "G", "Each of the G_i has updated by what its own D_i told it.")


@dataclass(frozen=True)
class PerPixelConfig(KeptDigitsConfig):
    """Which digits: those that the GAN beside it learns."""

    seed: int = knob(0, "Another seed is another beginning.", label="Seed", low=0, high=9999)
    classes: str = knob(CLASSES, "The digits to learn.", label="Digits", letters=CLASSES, longest=10)
    count: int = knob(60_000, "How many there are.", label="Number of real images", low=16, high=60_000)

    def images(self) -> Tensor:
        """Bytes, (N, 784). ValueError if the learner's own have been forgotten."""
        return chosen(self.classes or CLASSES, self.count, self.own)


class PerPixelTrainer(StepwiseTrainer):
    """images: what to learn from, bytes (N, pixels)."""

    def __init__(self, config: PerPixelConfig, images: Tensor) -> None:
        super().__init__(config, torch.device("cpu"))  # the networks are tiny
        self.images = images
        pixels = images.shape[1]
        self.G = Crowd(pixels, HIDDEN, self.generator, scale=NOISE_SCALE, sigmoid=True)
        self.D = Crowd(pixels, HIDDEN, self.generator, scale=PIXEL_SCALE, sigmoid=False)
        self.average = self.G.copy()
        self.g_optimiser, self.d_optimiser = Adam(self.G.flat, self.G.grad), Adam(self.D.flat, self.D.grad)
        self.mean = brightness(images)  # exact, (pixels,)

    @property
    def data(self) -> np.ndarray:
        """(N, pixels), in [0, 1]: a copy."""
        return grey(self.images).numpy()

    @property
    def phase_count(self) -> int:
        return 2

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        lr = LR * decayed("cosine", self.step_count, STEPS)
        fake = self.G.forward(self.noise(BATCH, self.generator))
        if "D" in players:
            self.judge(torch.cat((self.real(), fake), dim=1))
            self.d_optimiser.step(lr, BETA1, BETA2)
            yield D_MOVED
        if "G" in players:
            self.improve(fake)
            self.g_optimiser.step(lr, BETA1, BETA2)
            self.average.flat.lerp_(self.G.flat, 1 - AVERAGING)
            yield G_MOVED
        self.step_count += 1

    def real(self) -> Tensor:
        """Pixels of BATCH real digits, (pixels, B)."""
        rows = torch.randint(len(self.images), (BATCH,), generator=self.generator)
        return grey(self.images[rows].T)

    def judge(self, x: Tensor) -> None:
        """The gradient of (1). x: real pixels, then generated ones, (pixels, 2B)"""
        s = self.D.forward(x - 0.5)
        slope = torch.sigmoid(s).div_(BATCH)
        slope[:, :BATCH].sub_(1 / BATCH)
        self.D.grad.zero_()
        self.D.backward(slope)
        self.D.backward_penalty(self.D.slopes().mul_(GAMMA / BATCH))

    def improve(self, fake: Tensor) -> None:
        """The gradient of (2). fake: what G has just made, (pixels, B)"""
        s = self.D.forward(fake - 0.5)
        self.G.grad.zero_()
        self.G.backward(self.D.to_input(torch.sigmoid(-s).div_(-BATCH)))

    def noise(self, n: int, generator: torch.Generator) -> Tensor:
        """A number of its own for each pixel of each image, (pixels, n)."""
        return torch.rand(self.G.n, n, generator=generator).mul_(2).sub_(1)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n images in [0, 1], (n, pixels)"""
        return self.average(self.noise(n, torch.Generator().manual_seed(seed))).T.contiguous().numpy()

    def expected(self) -> Tensor:
        """E G_i(z_i), without luck: the mean over evenly spread noise. (pixels,)"""
        z = (torch.arange(QUADRATURE) + 0.5) * (2 / QUADRATURE) - 1
        return self.average(z.expand(self.G.n, -1)).mean(1)

    def scalars(self) -> dict[str, float]:
        return {"brightness off": float((self.expected() - self.mean).abs().mean())}

    def snapshot(self) -> Snapshot:
        return Snapshot(self.step_count, self.scalars(), {"expected": self.expected().numpy()})

    def memory(self) -> dict[str, Tensor]:
        return {
            "G": self.G.flat,
            "G average": self.average.flat,
            "G optimiser m": self.g_optimiser.m,
            "G optimiser v": self.g_optimiser.v,
            "D": self.D.flat,
            "D optimiser m": self.d_optimiser.m,
            "D optimiser v": self.d_optimiser.v,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "G moves": self.g_optimiser.t, "D moves": self.d_optimiser.t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.g_optimiser.t, self.d_optimiser.t = counters["G moves"], counters["D moves"]

    def finite(self) -> bool:
        g, d = self.G.flat, self.D.flat
        return bool(torch.isfinite(torch.dot(g, g) + torch.dot(d, d)))


def brightness(images: Tensor) -> Tensor:
    """The mean of each pixel, in [0, 1], of bytes (N, pixels)."""
    total = images.numpy().sum(0, dtype=np.int64)  # exact, and without floats of all images
    return torch.from_numpy(total / (255 * len(images))).float()


def neighbourly(images: np.ndarray) -> float:
    """How much a pixel tells of the one to its right: their correlation, weighted by how much both vary.

    images: (n, 784); 0 if neighbours know nothing of each other, 1 if they are the same.
    """
    x = images.reshape(-1, SIDE, SIDE) - images.mean(0).reshape(SIDE, SIDE)
    together = (x[:, :, :-1] * x[:, :, 1:]).mean(0)
    spread = np.sqrt((x**2).mean(0))
    most = float((spread[:, :-1] * spread[:, 1:]).sum())
    return float(together.sum()) / most if most else 0.0
