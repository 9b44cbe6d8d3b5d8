"""What a network sees of a place and of a time: waves of several lengths beside the number itself.

    time     2 t/T - 1,   sin and cos of  pi/2 2^k t/T,   k = 0 ... 3                                   (1)
    place    x,           sin and cos of  pi/2 2^k x_j,   k = 0 ... octaves - 1, of each coordinate j   (2)

A perceptron of few units bends slowly: alone with x it learns coarse shapes long before fine ones. (2) hands it bends
that are half, a quarter and an eighth as long as the data are wide, and grows with them into detail (Tancik et al.
2020). (1) is the usual embedding of time (Ho et al. 2020), or the number t/T alone, or nothing: then one answer has to
do for all levels of noise.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

EMBEDDINGS = ("waves", "number", "none")
OCTAVES = 4  # of time


def times(kind: str, T: int) -> Tensor:
    """(1) of each t = 0, ..., T, a row each."""
    share = torch.arange(T + 1)[:, None] / T  # (T + 1, 1)
    if kind == "none":
        return share[:, :0]
    if kind == "number":
        return 2 * share - 1
    return torch.cat((2 * share - 1, *waves(share, OCTAVES)), 1)


def waves(x: Tensor, octaves: int) -> tuple[Tensor, Tensor]:
    """sin and cos of (2). x: (n, d). Returns two of (n, d octaves)."""
    angle = (x[:, :, None] * _lengths(octaves, x.dtype, x.device)).flatten(1)
    return torch.sin(angle), torch.cos(angle)


@lru_cache(maxsize=16)
def _lengths(octaves: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return math.pi / 2 * 2.0 ** torch.arange(octaves, dtype=dtype, device=device)


class Embedding:
    """x and t as the input of a perceptron: (n, d) and a time each, or one for all, -> (n, width)."""

    def __init__(self, dim: int, octaves: int, kind: str, T: int, device: torch.device) -> None:
        self.octaves = octaves
        self.table = times(kind, T).to(device)
        self.width = dim * (1 + 2 * octaves) + self.table.shape[1]

    def __call__(self, x: Tensor, t: Tensor | int) -> Tensor:
        when = self.table[t].to(x.dtype)
        if when.ndim == 1:
            when = when.expand(len(x), -1)
        return torch.cat((x, *waves(x, self.octaves), when), 1) if self.octaves else torch.cat((x, when), 1)
