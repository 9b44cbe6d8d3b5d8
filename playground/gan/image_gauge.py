"""What generated images are compared with: the features and the classes of the real ones that they should be like.

All ten digits have the yardstick of `playground.frechet`. Some of them, or a learner's own images, are compared with
the first `MOST` of their kind; there the band of luck comes from as many images drawn anew from the same ones, with
replacement, and is a little too low for that.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import CLASSES, PIXELS, chosen, grey
from playground.data.kept_digits import find
from playground.frechet import Frechet, digit_yardstick, features_of
from playground.reader import reader

MOST = 6000  # images that some classes are known from
ASKED = 2000  # images whose classes the reader is asked for
DRAWS = 32
SEED = 5


def real_images(classes: str, count: int, own: str) -> Tensor:
    """What to learn from, bytes (n, 784). A learner's own images that the server has forgotten are blank sheets."""
    if own and find(own) is None:
        return torch.zeros(2, PIXELS, dtype=torch.uint8)
    return chosen(classes, count, own)


class Gauge:
    def __init__(self, classes: str, own: str) -> None:
        self.all_digits = not own and set(classes) == set(CLASSES)
        self.images = real_images(classes, MOST, own)
        self.forgotten = bool(own) and find(own) is None

    @cached_property
    def features(self) -> Tensor:
        return features_of(self.images)

    @cached_property
    def frechet(self) -> Frechet:
        return digit_yardstick().frechet if self.all_digits else Frechet(self.features)

    @cached_property
    def shares(self) -> np.ndarray:
        """Which share of the real images the reader takes for each class, (10,)."""
        return class_shares(features_of(self.images[:ASKED])).numpy()

    @cached_property
    def spread(self) -> float:
        return max(spread(grey(self.images[:ASKED])), 1e-6)

    @lru_cache(maxsize=4)  # noqa: B019 - a gauge lives as long as its cache
    def floor(self, n: int) -> tuple[float, float]:
        """FD of n real images, 5 % and 95 %."""
        if self.all_digits:
            low, _, high = digit_yardstick().floor(n)
            return low, high
        own = torch.Generator().manual_seed(SEED)
        picks = [torch.randint(len(self.images), (n,), generator=own) for _ in range(DRAWS)]
        low, high = np.quantile([self.frechet.distance(self.features[pick]) for pick in picks], [0.05, 0.95])
        return float(low), float(high)


def class_shares(features: Tensor) -> Tensor:
    """Which share of the images with these features the reader takes for each class. (n, 64) -> (10,)."""
    return torch.bincount(reader().classes(features).argmax(1), minlength=len(CLASSES)) / len(features)


def spread(x: Tensor) -> float:
    """How much images differ: the root mean square over pixels of their sd over the images. x: (n, 784)."""
    return float(x.var(0).mean().sqrt()) if len(x) > 1 else 0.0


@lru_cache(maxsize=16)
def _gauge(classes: str, own: str, kept: bool) -> Gauge:
    return Gauge(classes, own)


def gauge(classes: str, own: str) -> Gauge:
    """The same for all who learn the same digits; another one for images that have come back."""
    return _gauge("".join(sorted(set(classes))), own, find(own) is not None)
