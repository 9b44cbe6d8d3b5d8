"""How the reader was made: `python -m playground.reader.train` makes it again in a few minutes on one thread.

Cross-entropy with targets t that are never quite certain,

    L = -sum_k t_k log p_k(x),    t = 1 - a + a / 10 at the right class, a / 10 at the others,      (1)

on digits that are turned, stretched, slanted, moved and grained a little, every time in another way, so that the reader
learns strokes and not positions. Every eighth image is no digit: there t = .1 for each class, so that the reader learns
to say that it does not know. The learning rate rises for a tenth of the time, then falls to 0 along a cosine; what is
kept is the moving average of the parameters.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from playground.data.digits import PIXELS, SIDE, Digits, grey, mnist
from playground.frechet import Frechet
from playground.nets import MLP
from playground.optim import Adam
from playground.reader.network import FILE, INDEPENDENT, SIZES, Reader, tensors

EPOCHS = 40
BATCH = 240
STRANGE = BATCH // 8  # images in a batch that are no digits
SMOOTHING = 0.05  # a of (1)
LR = 3e-3
AVERAGING = 0.998
TURN, STRETCH, SLANT, SHIFT = 0.15, 0.1, 0.15, 1.5  # at most: radians, parts, parts, pixels
GRAIN = 0.08  # sd of the noise on a digit, at most: a grainy digit is still one
JUDGED = 10_000  # digits in the measurement that sets the unit of the features


def train(digits: Digits, epochs: int = EPOCHS, seed: int = 0) -> Reader:
    """A reader trained on these digits; the same seed gives the same one."""
    own = torch.Generator().manual_seed(seed)
    net = MLP(SIZES, generator=own)
    kept, adam = net.flat.clone(), Adam(net.flat, net.grad)
    batches = len(digits.train_x) // BATCH
    for step in range(epochs * batches):
        at = step % batches
        if at == 0:
            order = torch.randperm(len(digits.train_x), generator=own)
        rows = order[at * BATCH : (at + 1) * BATCH]
        x, t = lesson(grey(digits.train_x[rows]), digits.train_y[rows], own)
        net.grad.zero_()
        net.backward((net.forward(x).softmax(1) - t) / BATCH)  # dL/df of (1), the mean over the batch
        adam.step(rate(step / (epochs * batches)), 0.9, 0.99)
        kept.lerp_(net.flat, max(1 - AVERAGING, 1 / (step + 1)))
    net.flat.copy_(kept)
    set_unit(net, grey(digits.train_x[:JUDGED]))
    return Reader(net)


def lesson(x: Tensor, y: Tensor, own: torch.Generator) -> tuple[Tensor, Tensor]:
    """Digits as they might have been written, some of them destroyed. Returns images and targets t of (1)."""
    strange = strangers(x[:STRANGE], own)
    t = F.one_hot(y.long(), 10) * (1 - SMOOTHING) + SMOOTHING / 10
    t[:STRANGE] = 0.1
    return torch.cat([strange, otherwise_written(x[STRANGE:], own)]), t


def otherwise_written(x: Tensor, own: torch.Generator) -> Tensor:
    """Each image turned, stretched, slanted, moved and grained on its own. (n, 784)."""

    def at_most(most: float) -> Tensor:
        return (torch.rand(len(x), generator=own) * 2 - 1) * most

    turn, slant = at_most(TURN), at_most(SLANT)
    wide, high = 1 + at_most(STRETCH), 1 + at_most(STRETCH)
    cos, sin = turn.cos(), turn.sin()
    maps = torch.stack(
        [
            torch.stack([cos * wide, (cos * slant - sin) * high, at_most(2 * SHIFT / SIDE)], 1),
            torch.stack([sin * wide, (sin * slant + cos) * high, at_most(2 * SHIFT / SIDE)], 1),
        ],
        1,
    )  # (n, 2, 3)
    grid = F.affine_grid(maps, [len(x), 1, SIDE, SIDE], align_corners=False)
    written = F.grid_sample(x.view(-1, 1, SIDE, SIDE), grid, align_corners=False).view(-1, PIXELS)
    grain = torch.rand(len(x), 1, generator=own) * GRAIN
    return torch.randn(x.shape, generator=own).mul_(grain).add_(written).clamp_(0, 1)


def strangers(x: Tensor, own: torch.Generator) -> Tensor:
    """As many images that are no digits: independent pixels, digits in snow, and blots."""
    snow, soup, blots = (part.clone() for part in x.tensor_split(3))
    soup = independent(soup, own)
    share = 0.6 + 0.4 * torch.rand(len(snow), 1, generator=own)  # of the pixels that are snowed over
    noise = torch.rand(snow.shape, generator=own)
    snow = torch.where(torch.rand(snow.shape, generator=own) < share, noise, snow)
    coarse = torch.rand(len(blots), 1, 5, 5, generator=own) * torch.rand(len(blots), 1, 1, 1, generator=own)
    blots = F.interpolate(coarse, (SIDE, SIDE), mode="bilinear").view(-1, PIXELS)  # some of them almost white
    return torch.cat([snow, soup, blots])


def independent(x: Tensor, own: torch.Generator) -> Tensor:
    """The same pixels, each taken from another image: right one by one, and blind to each other."""
    return x.gather(0, torch.rand(x.shape, generator=own).argsort(0))


def rate(done: float) -> float:
    """The learning rate when this share of the steps is done."""
    return LR * min(done / 0.1, 0.5 + 0.5 * math.cos(math.pi * max(done - 0.1, 0) / 0.9))


def set_unit(net: MLP, x: Tensor) -> None:
    """Scales the features so that independent pixels get the distance INDEPENDENT; what the reader says stays."""
    judge = Reader(net)
    mixed = independent(x, torch.Generator().manual_seed(0))
    scale = math.sqrt(INDEPENDENT / Frechet(judge.features(x)).distance(judge.features(mixed)))
    for tensor in net.layers[-2]:
        tensor.mul_(scale)
    net.layers[-1][0].div_(scale)


def accuracy(judge: Reader, x: Tensor, y: Tensor) -> float:
    return float((judge.probabilities(x).argmax(1) == y).float().mean())


def main(file: Path = FILE) -> None:
    torch.set_num_threads(1)  # more threads add in another order, and give other weights
    start, digits = time.process_time(), mnist()
    judge = train(digits)
    save_file({name: tensor.contiguous() for name, tensor in tensors(judge.net).items()}, file)
    right = accuracy(judge, grey(digits.test_x), digits.test_y)
    print(f"{right:.2%} of the test digits read correctly, after {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
