"""Does it copy? The training image next to each generated one, and how near it is.

Distances are Euclidean, between images with pixels from 0 to 1:

    d(x) = min over training images y of |x - y|,        |x - y|^2 = |x|^2 + |y|^2 - 2 x.y          (1)
    ratio = median of d(generated) / median of d(new)                                               (2)

New are test digits of the same classes: hands that the model has not seen. A model that hands out what it was trained
on has the ratio 0, one that draws like a new hand has 1. More than 1 says only that it does not copy: noise is far from
everything.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from playground.data.digits import ALL, CLASSES, chosen, grey, mnist, of_classes
from playground.shortlist import shortlist

CHUNK = 3000  # training images that are floats at a time: 10 MB
AT_A_TIME = 64  # images whose bounds are known at a time: 16 MB
TRIED = 8  # digits of the lowest bounds, to begin with
MOST_LEFT = 200  # digits that the bounds may leave over for one image; beyond, looking at all of them is quicker
SLACK = 1e-3  # rounding errors of the bounds, generously
NEW = 250  # images in the denominator of (2)
SEED = 4  # which ones: at random, because the first test digits are easier than the others


def nearest(x: Tensor, among: Tensor | None = None, other_than: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(1), exactly: which image is nearest to each x, and how far it is. (n,), (n,).

    x: (n, 784) with pixels between 0 and 1. among: bytes (m, 784); all training digits of MNIST if it is left out.
    other_than: (n,), for each x one image that does not count.
    """
    digits = mnist().train_x
    among = digits if among is None else among
    if other_than is None and among.data_ptr() == digits.data_ptr():
        index = torch.cat([_shortlisted(part, among) for part in x.split(AT_A_TIME)])
    else:
        index = _exhaustive(x, among, other_than)
    return index, (x - grey(among[index])).norm(dim=1)  # anew: in (1) large squares take the digits of small distances


def _exhaustive(x: Tensor, among: Tensor, other_than: Tensor | None = None) -> Tensor:
    """The nearest of all images, (n,)."""
    best = torch.full((len(x),), torch.inf)
    index = torch.zeros(len(x), dtype=torch.long)
    for start in range(0, len(among), CHUNK):
        y = grey(among[start : start + CHUNK])
        squares = torch.addmm(torch.linalg.vector_norm(y, dim=1).square_(), x, y.T, alpha=-2)  # all of (1) but |x|^2
        if other_than is not None:
            here = (other_than >= start) & (other_than < start + len(y))
            squares[here, other_than[here] - start] = torch.inf
        found, at = squares.min(1)
        nearer = found < best
        best = torch.where(nearer, found, best)
        index = torch.where(nearer, at + start, index)
    return index


def _shortlisted(x: Tensor, among: Tensor) -> Tensor:
    """The same for the first digits of MNIST, looking only at those that the bounds leave over."""
    bounds = shortlist().bounds(x, len(among))
    likely = bounds.topk(min(TRIED, len(among)), 1, largest=False).indices
    reached = (
        _squares(x.repeat_interleave(likely.shape[1], 0), among[likely.flatten()]).view(likely.shape).min(1).values
    )
    possible = bounds <= (reached * (1 + SLACK) + SLACK)[:, None]
    vague = possible.sum(1) > MOST_LEFT  # noise is equally far from everything
    possible[vague] = False
    row, at = possible.nonzero(as_tuple=True)
    found = torch.cat([_squares(x[r], among[a]) for r, a in zip(row.split(CHUNK), at.split(CHUNK), strict=True)])
    best = torch.full((len(x),), torch.inf).scatter_reduce_(0, row, found, "amin")
    is_best = found == best[row]
    index = torch.full((len(x),), len(among)).scatter_reduce_(0, row[is_best], at[is_best], "amin")
    if vague.any():
        index[vague] = _exhaustive(x[vague], among)
    return index


def _squares(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|^2 row by row; y are bytes."""
    return (x - grey(y)).square_().sum(1)


@lru_cache(maxsize=64)
def usual_distance(classes: str = CLASSES, count: int = ALL, own: str = "") -> float:
    """The median d of new images to `chosen(classes, count, own)`.

    For a learner's own images nobody has new ones. There each stands for a new one among the others.
    """
    among = chosen(classes, count, own)
    if own:
        return distance_to_others(among)
    digits, random = mnist(), torch.Generator().manual_seed(SEED)
    unseen = digits.test_x[of_classes(digits.test_y, classes)]
    rows = torch.randperm(len(unseen), generator=random)[:NEW]
    return float(nearest(grey(unseen[rows]), among)[1].median())


def distance_to_others(images: Tensor) -> float:
    """The median distance of an image to the nearest of the others. images: bytes (n, 784)."""
    if len(images) < 2:
        return 0.0
    rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))[:NEW]
    return float(nearest(grey(images[rows]), images, other_than=rows)[1].median())


def copy_ratio(x: Tensor, classes: str = CLASSES, count: int = ALL, own: str = "") -> float:
    """(2), of images x that come from a model trained on `chosen(classes, count, own)`."""
    distance = float(nearest(x, chosen(classes, count, own))[1].median())
    return relative(distance, usual_distance(classes, count, own))


def relative(distance: float, usual: float) -> float:
    """(2) from its two medians. Among images that are all alike, whatever is no copy is infinitely far."""
    return distance / usual if usual > 0 else math.inf if distance > 0 else 0.0
