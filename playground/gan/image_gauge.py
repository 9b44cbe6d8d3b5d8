"""What generated images are compared with: what the reader finds in the real ones that they should be like.

The Frechet distance and the band of luck around it are those of `playground.frechet`, whatever is learned: all ten
digits, some of them, or a learner's own images.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from playground.data.digits import ALL, CLASSES, PIXELS, chosen, grey
from playground.data.kept_digits import find
from playground.frechet import Yardstick, digit_yardstick, features_of
from playground.reader import reader

ASKED = 2000  # images whose classes the reader is asked for, drawn at random
SEED = 5


def real_images(classes: str, count: int, own: str) -> Tensor:
    """What to learn from, bytes (n, 784). A learner's own images that the server has forgotten are blank sheets."""
    if own and find(own) is None:
        return torch.zeros(2, PIXELS, dtype=torch.uint8)
    return chosen(classes, count, own)


class Gauge:
    """Keeps no image: the server may forget those that a learner brought."""

    def __init__(self, classes: str, own: str) -> None:
        self.all_digits = not own and set(classes) == set(CLASSES)
        self.forgotten = bool(own) and find(own) is None
        real = real_images(classes, ALL, own)
        some = real[torch.randperm(len(real), generator=torch.Generator().manual_seed(SEED))[:ASKED]]
        features = features_of(some)
        self.shares = class_shares(features).numpy()  # (10,): what the reader takes real images for
        self.variety = max(variety(features), 1e-6)
        self.certainty = float(reader().classes(features).max(1).values.mean())  # of the likeliest class
        self.spread = max(spread(grey(some)), 1e-6)
        self.yardstick = _blank(real) if self.forgotten else digit_yardstick(classes, own)
        self.frechet = self.yardstick.frechet

    def floor(self, n: int) -> tuple[float, float]:
        """FD of n real images, 5 % and 95 %."""
        low, _, high = self.yardstick.floor(n)
        return low, high


def _blank(sheets: Tensor) -> Yardstick:
    features = features_of(sheets)
    return Yardstick(features, features)


def class_shares(features: Tensor) -> Tensor:
    """Which share of the images with these features the reader takes for each class. (n, 64) -> (10,)."""
    return torch.bincount(reader().classes(features).argmax(1), minlength=len(CLASSES)) / len(features)


def variety(features: Tensor) -> float:
    """How much images of one kind differ: the root of the variance of their features within what the reader takes for
    one class, the mean over the classes that it sees twice at least. features: (n, 64)."""
    kinds = reader().classes(features).argmax(1)
    of_each = [features[kinds == kind].var(0).sum() for kind in kinds.unique() if int((kinds == kind).sum()) > 1]
    return float(torch.stack(of_each).mean().sqrt()) if of_each else 0.0


def spread(x: Tensor) -> float:
    """How much images differ: the root mean square over pixels of their sd over the images. x: (n, 784)."""
    return float(x.var(0).mean().sqrt()) if len(x) > 1 else 0.0


@lru_cache(maxsize=16)
def _gauge(classes: str, own: str, kept: bool) -> Gauge:
    return Gauge(classes, own)


def gauge(classes: str, own: str) -> Gauge:
    """The same for all who learn the same digits; another one for images that have come back."""
    return _gauge("".join(sorted(set(classes))), own, find(own) is not None)
