"""What the reader finds in generated digits: how far they lie from real ones, and whether they are what was asked for.

Of n = 1000 digits that are made of fixed noise, with p the reader's probabilities (`playground.reader`),

    FD          the Frechet distance of its features from those of real digits (`frechet.py`)       (1)
    code        (1) of real digits that were encoded and decoded: what the code alone costs         (2)
    agreement   the share whose likeliest digit is the one that was asked for                       (3)
    certainty   the mean of max p; .94 of real digits, because the reader has learned to stay unsure  (4)

(1) of images as good as real ones lies in the band of what as many real digits get.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache

import torch
from torch import Tensor

from playground.data.digits import CLASSES
from playground.diffusion.digits.sampling import Sampling
from playground.frechet import features_of
from playground.gan.image_gauge import Gauge, class_shares, real_images
from playground.reader import reader

MEASURED = 1000
NOISE_SEED = 1  # of the noise that is measured and shown, and of what samplers draw on their way
REAL = 2000  # real digits whose certainty is the mark
NUMBERS = ("fd", "code_fd", "agreement", "certainty")

Measuring = Generator[None, None, Tensor]


def measuring(sampling: Sampling, perfect: Tensor, judge: Gauge) -> Measuring:
    """Pauses after each question to the network. Returns (1) to (4) and the share of each class, (14,).

    perfect: codes of real digits. All are 0 if something that was made is no number.
    """
    y = sampling.labels(MEASURED)
    x = sampling.noise(MEASURED, NOISE_SEED)
    for moment in sampling.way(x, y, NOISE_SEED):
        x = moment.x
        yield
    made, back = (sampling.decoded(codes).cpu() for codes in (x, perfect))
    found = torch.zeros(len(NUMBERS) + len(CLASSES), dtype=torch.float64)
    if bool(torch.isfinite(made).all()):
        features = reader().features(made)
        p = reader().classes(features)
        found[0] = judge.frechet.distance(features)
        found[1] = judge.frechet.distance(reader().features(back))
        found[2] = (p.argmax(1) == y).double().mean()
        found[3] = p.max(1).values.double().mean()
        found[4:] = class_shares(features)
    return found


def at_once(parts: Measuring) -> Tensor:
    """The same without pauses."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            found: Tensor = end.value
            return found


@lru_cache(maxsize=16)
def real_certainty(classes: str, own: str) -> float:
    """(4) of real digits."""
    some = features_of(real_images(classes, REAL, own))
    return float(reader().classes(some).max(1).values.mean())
