"""How far generated images lie from real ones: the Frechet distance between Gaussians of their features.

With m and C the mean and covariance of the features of either set,

    FD = |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)),                                         (1)

the squared 2-Wasserstein distance between two Gaussians (Dowson and Landau 1982; on images Heusel et al. 2017). The
product of two covariances is not symmetric, but it has the eigenvalues of a symmetric matrix,

    tr (C_1 C_2)^(1/2) = tr (C_1^(1/2) C_2 C_1^(1/2))^(1/2),                                        (2)

so that two symmetric eigendecompositions find it, the one of C_1 once and for all.

The features are the reader's (`playground.reader`). Their unit is set so that images of independent pixels get 250.
Few samples look worse than many, even if they are perfect, because their covariance is not quite known: `floor` is
what the same number of random test digits gets.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import ALL, CLASSES, chosen, grey, mnist, of_classes
from playground.reader import reader

SEED = 3  # of the digits that are taken; training has generators of its own
DRAWS = 64  # perfect generators in a floor
REFERENCE = 20_000  # training digits that stand for the real ones
BATCH = 1000  # images that are worked on at a time, so that many take no more memory than few


class Frechet:
    """(1) against one reference, of which only mean and covariance are kept."""

    def __init__(self, features: Tensor) -> None:
        self.mean, cov = moments(features)
        self.root = _root(cov)  # C_1^(1/2)
        self.trace = float(np.trace(cov))

    def distance(self, features: Tensor) -> float:
        """(1) between the reference and these features, (n, d) with n > 1."""
        mean, cov = moments(features)
        eigenvalues = np.linalg.eigvalsh(self.root @ cov @ self.root)
        cross = np.sqrt(eigenvalues.clip(min=0)).sum()  # (2); a rounding error can be a little below 0
        apart = mean - self.mean
        return float(max(apart @ apart + self.trace + np.trace(cov) - 2 * cross, 0.0))


def moments(features: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and unbiased covariance (d, d), in double precision."""
    if len(features) < 2:
        raise ValueError("A covariance takes at least two samples.")
    f = features.detach().cpu().numpy()
    mean = f.mean(0, dtype=np.float64)
    scatter = np.zeros((f.shape[1], f.shape[1]))
    for start in range(0, len(f), BATCH):
        centred = f[start : start + BATCH] - mean
        scatter += centred.T @ centred
    return mean, scatter / (len(f) - 1)


def _root(cov: np.ndarray) -> np.ndarray:
    """The symmetric C^(1/2)."""
    eigenvalues, vectors = np.linalg.eigh(cov)
    return vectors * np.sqrt(eigenvalues.clip(min=0)) @ vectors.T


class Yardstick:
    """The distance of images from what was to be learned, and what a perfect generator would get.

    Of 1000 images, all ten classes: random test digits 1.2 (median; all 10 000 of them .24), digits blurred over
    3 x 3 pixels 25, over 5 x 5 pixels 105, digits without nines 9, only threes and eights 200, only ones 330.
    """

    def __init__(self, reference: Tensor, perfect: Tensor) -> None:
        """Features of real images, and of others of the same kind to stand for a perfect generator."""
        self.frechet = Frechet(reference)
        self._perfect = perfect
        self._floors: dict[int, tuple[float, float, float]] = {}

    def distance(self, x: Tensor) -> float:
        """FD of these images, (n, 784) with pixels between 0 and 1."""
        return self.frechet.distance(reader().features(x))

    def floor(self, n: int) -> tuple[float, float, float]:
        """FD of n perfect images: 5 %, median, 95 %.

        They are drawn at random, with replacement: the first test digits are easier than the others, and of a rare
        class there are hardly more than n.
        """
        if n not in self._floors:
            own, most = torch.Generator().manual_seed(SEED), len(self._perfect)
            draws = (self._perfect[torch.randint(most, (n,), generator=own)] for _ in range(DRAWS))
            found = np.quantile([self.frechet.distance(draw) for draw in draws], [0.05, 0.5, 0.95])
            self._floors[n] = (float(found[0]), float(found[1]), float(found[2]))
        return self._floors[n]


def digit_yardstick(classes: str = CLASSES, own: str = "") -> Yardstick:
    """For models that learn these classes; the same for everybody in this process.

    The reference are training digits, and unseen test digits are perfect. Of a learner's own images (`kept_digits`) one
    half is the reference for the other.
    """
    return _yardstick("" if own else "".join(sorted(set(classes))), own)


@lru_cache(maxsize=32)
def _yardstick(classes: str, own: str) -> Yardstick:
    random = torch.Generator().manual_seed(SEED)
    real = chosen(classes, ALL, own)
    shuffled = torch.randperm(len(real), generator=random)
    if own:
        half = len(real) // 2
        return Yardstick(features_of(real, shuffled[:half]), features_of(real, shuffled[half:]))
    digits = mnist()
    unseen = digits.test_x[of_classes(digits.test_y, classes)]
    return Yardstick(features_of(real, shuffled[:REFERENCE]), features_of(unseen))


def features_of(images: Tensor, which: Tensor | None = None) -> Tensor:
    """The reader's features of many images, (n, 784) bytes, a few at a time; which: only of these. (n, 64)."""
    rows = torch.arange(len(images)) if which is None else which
    return torch.cat([reader().features(grey(images[part])) for part in rows.split(BATCH)])
