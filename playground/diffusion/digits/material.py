"""What is learned: digits, which digit each of them is, and their codes; and digits that are held out.

Of a learner's own images nobody knows which digit they show, so all of them have the label "none". Which of them are
held out, and what happens to images that the server has forgotten, is as for autoencoders (`vae/material.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from playground.data.digits import CLASSES, mnist, of_classes
from playground.diffusion.digits.code import Axes, encode_all, find_axes
from playground.diffusion.digits.network import NONE
from playground.vae.material import material

MARK = 1000
SEED = 6
KEPT = 4  # choices of MNIST's digits whose codes are kept, 12 MB each at most


@dataclass(frozen=True, eq=False)
class Coded:
    """images: uint8 (n, 784); labels: (n,); codes: (n, d).

    unseen: codes and labels of digits that are held out.
    """

    images: Tensor
    labels: Tensor
    axes: Axes
    codes: Tensor
    unseen: tuple[Tensor, Tensor]
    forgotten: bool

    def perfect(self, asked: str) -> Tensor:
        """Codes of MARK digits, drawn at random from those of `asked` that are held out; of own few from all.

        None if there are none of these.
        """
        codes, which = self.unseen
        if bool((which == NONE).all()):
            good = self.codes
        else:
            good = codes[torch.isin(which, torch.tensor([int(digit) for digit in asked]))]
        if not len(good):
            return good
        return good[torch.randint(len(good), (MARK,), generator=torch.Generator().manual_seed(SEED))]


def coded(classes: str, count: int, own: str, dim: int, axes: Axes | None = None) -> Coded:
    """axes: those of a decoder that has learned already; else the ones of these digits, `dim` of them."""
    if own or axes is not None:
        return _coded(classes, count, own, dim, axes)
    return _of_mnist("".join(sorted(set(classes))) or CLASSES, count, dim)


@lru_cache(maxsize=KEPT)
def _of_mnist(classes: str, count: int, dim: int) -> Coded:
    return _coded(classes, count, "", dim, None)


def _coded(classes: str, count: int, own: str, dim: int, axes: Axes | None) -> Coded:
    classes = "".join(sorted(set(classes))) or CLASSES
    found = material(classes, count, own)
    known = not own or found.forgotten
    labels = mnist().train_y
    labels = labels[of_classes(labels, classes)[: len(found.learned)]].long()
    seen, which = found.held_out.x, found.held_out.y.long()
    if not known:
        labels, which = torch.full((len(found.learned),), NONE), torch.full((len(seen),), NONE)
    axes = find_axes(found.learned, dim) if axes is None else axes
    codes, unseen = encode_all(axes, found.learned), encode_all(axes, seen)
    return Coded(found.learned, labels, axes, codes, (unseen, which), found.forgotten)
