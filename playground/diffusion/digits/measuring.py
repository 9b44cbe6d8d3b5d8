"""What the reader finds in generated digits: how far they lie from real ones, and whether they are what was asked for.

Of n = 1000 digits that are made of fixed noise, with p the reader's probabilities (`playground.reader`),

    FD          the Frechet distance of its features from those of real digits (`frechet.py`)       (1)
    code        (1) of real digits that were encoded and decoded: what the code alone costs         (2)
    agreement   the share whose likeliest digit is the one that was asked for                       (3)
    certainty   the mean of max p; .95 of real digits, because the reader has learned to stay unsure  (4)
    variety     how much the features of digits of one kind differ, as a share of what real ones do (5)

(1) of images as good as real ones lies in the band of what as many real digits get.

A large network answers a thousand questions in a second, which is too long for others to wait. So the thousand are made
a few at a time, the fewer the more parameters there are.
"""

from __future__ import annotations

import math
from collections.abc import Generator

import torch
from torch import Tensor

from playground.data.digits import CLASSES
from playground.diffusion.digits.network import parameters
from playground.diffusion.digits.sampling import Sampling
from playground.gan.image_gauge import Gauge, class_shares, variety
from playground.reader import reader

MEASURED = 1000
NOISE_SEED = 1  # of the noise that is measured and shown, and of what samplers draw on their way
NUMBERS = ("fd", "code_fd", "agreement", "certainty")
SHARES = slice(len(NUMBERS), len(NUMBERS) + len(CLASSES))
MOST = 560_000_000  # parameters times questions in one part: 20 to 50 ms
MOST_QUICK = 4_300_000_000  # in all: 30 questions of each digit to the usual network, .15 to .4 s

Measuring = Generator[None, None, Tensor]


def at_a_time(sampling: Sampling) -> int:
    """How many digits are made together."""
    c = sampling.config
    questions = math.ceil(sampling.questions / min(c.steps, c.T))  # of one digit from one moment to the next
    return min(MEASURED, max(1, MOST // (questions * parameters(c.shape))))


def is_quick(sampling: Sampling) -> bool:
    """Whether measuring takes no longer than a frame may."""
    return sampling.questions * MEASURED * parameters(sampling.config.shape) <= MOST_QUICK


def pauses(sampling: Sampling) -> int:
    """How many of them `measuring` makes."""
    c = sampling.config
    return -(-MEASURED // at_a_time(sampling)) * (min(c.steps, c.T) + 1)


def measuring(sampling: Sampling, perfect: Tensor, judge: Gauge) -> Measuring:
    """Pauses after each part. Returns (1) to (4), the share of each class and (5), (15,).

    perfect: codes of real digits; (2) is NaN without any. All but (2) is NaN, and each share 0, if something that was
    made is no number.
    """
    n, y = at_a_time(sampling), sampling.labels(MEASURED)
    x = sampling.noise(MEASURED, NOISE_SEED)
    seen: list[Tensor] = []
    for i, (noise, asked) in enumerate(zip(x.split(n), y.split(n), strict=True)):
        for moment in sampling.way(noise, asked, NOISE_SEED + i):
            if moment.t > 0:
                yield
        made = sampling.decoded(moment.x).cpu()
        seen.append(reader().features(made) if bool(torch.isfinite(made).all()) else made.new_full((1, 1), torch.nan))
        yield
    found = torch.full((len(NUMBERS) + len(CLASSES) + 1,), torch.nan, dtype=torch.float64)
    found[SHARES] = 0
    if len(perfect):
        found[1] = judge.frechet.distance(reader().features(sampling.decoded(perfect).cpu()))
    if not any(bool(part.isnan().any()) for part in seen):
        features = torch.cat(seen)
        p = reader().classes(features)
        found[0] = judge.frechet.distance(features)
        found[2] = (p.argmax(1) == y).double().mean()
        found[3] = p.max(1).values.double().mean()
        found[SHARES] = class_shares(features).double()
        found[-1] = variety(features) / judge.variety
    return found


def at_once(parts: Measuring) -> Tensor:
    """The same without pauses."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            found: Tensor = end.value
            return found
