"""Which training digits can be the nearest one: a bound that rules out almost all of them.

With P the first `DIRECTIONS` principal directions of the digits (orthonormal), m their mean and

    e(x) = (P^T (x - m), |x - m - P P^T (x - m)|),        |e(x) - e(y)| <= |x - y|,                 (1)

because within P distances are kept, and outside of it two vectors differ at least by their lengths. So whoever has a
bound above the true distance of some other image is not the nearest one. About thirty of 60 000 digits remain to be
looked at, which takes a sixth of the time for sixteen images and half of it for 64; the answer is the same.
"""

from __future__ import annotations

import threading
from functools import cache

import torch
from torch import Tensor

from playground.data.digits import grey, mnist

DIRECTIONS = 64
LEARNED_FROM = 10_000  # digits; (1) holds for any directions, good ones only make it tighter
CHUNK = 3000
_lock = threading.Lock()


class Shortlist:
    """The e(y) of images in bytes, (m, 784): 16 MB for all of MNIST."""

    def __init__(self, images: Tensor) -> None:
        some = grey(images[:LEARNED_FROM])
        self.mean = some.mean(0)
        some -= self.mean
        self.directions = torch.linalg.eigh(some.T @ some).eigenvectors[:, -DIRECTIONS:].contiguous()  # P
        self.codes = torch.cat([self._code(grey(part)) for part in images.split(CHUNK)])  # e(y), (m, DIRECTIONS + 1)
        self.squares = (self.codes * self.codes).sum(1)

    def _code(self, x: Tensor) -> Tensor:
        centred = x - self.mean
        inside = centred @ self.directions
        outside = (centred * centred).sum(1) - (inside * inside).sum(1)
        return torch.cat([inside, outside.clamp_(min=0).sqrt_()[:, None]], 1)

    def bounds(self, x: Tensor, m: int) -> Tensor:
        """The square of the left side of (1) for each x and the first m images, (n, m)."""
        code = self._code(x)
        mixed = torch.addmm(self.squares[:m], code, self.codes[:m].T, alpha=-2)
        return mixed.add_((code * code).sum(1, keepdim=True))


def shortlist() -> Shortlist:
    """Of the training digits of MNIST; one for the whole process."""
    with _lock:
        return _load()


@cache
def _load() -> Shortlist:
    return Shortlist(mnist().train_x)
