"""MNIST: 70 000 handwritten digits of 28 x 28 grey pixels (MNIST.md says whose they are).

They are read once a process and shared by all who learn from them, so nobody writes into them: 55 MB however many
learners there are. Whoever needs floats turns one batch into them (`grey`), never the whole set.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor

from playground.data.kept_digits import find

SIDE = 28
PIXELS = SIDE * SIDE
CLASSES = "0123456789"
ALL = 60_000  # digits to train on
FILE = Path(__file__).with_name("mnist.npz")

_lock = threading.Lock()  # two learners who come at once must not read the file twice
_shared: WeakValueDictionary[tuple[str, int], Tensor] = WeakValueDictionary()  # a copy of some classes, while in use


@dataclass(frozen=True)
class Digits:
    """Images as rows of bytes, 0 for paper and 255 for ink, and which digit each of them is."""

    train_x: Tensor  # (60000, 784)
    train_y: Tensor  # (60000,)
    test_x: Tensor  # (10000, 784)
    test_y: Tensor  # (10000,)


def mnist() -> Digits:
    """The digits, the same tensors for everybody in this process. Nobody writes into them."""
    with _lock:
        return _load()


@cache
def _load() -> Digits:
    with np.load(FILE) as file:
        return Digits(
            torch.from_numpy(file["x_train"]).view(-1, PIXELS),
            torch.from_numpy(file["y_train"]),
            torch.from_numpy(file["x_test"]).view(-1, PIXELS),
            torch.from_numpy(file["y_test"]),
        )


def chosen(classes: str, count: int, own: str = "") -> Tensor:
    """What to learn from: the first `count` training digits of these classes, in the order of the file. uint8 (n, 784).

    own: the key of a learner's own images (`kept_digits.keep`), which then take the place of MNIST's. ValueError if
    they have been forgotten. Equal choices share their memory.
    """
    if count < 1:
        raise ValueError("There must be at least one digit to learn from.")
    if own:
        images = find(own)
        if images is None:
            raise ValueError("These images are no longer kept on the server. Upload the file again.")
        return images[:count]
    if not classes or not set(classes) <= set(CLASSES):
        raise ValueError(f"Classes are digits such as 017, not {classes!r}.")
    if set(classes) == set(CLASSES):
        return mnist().train_x[:count]
    return _of_classes("".join(sorted(set(classes))), count)


def _of_classes(classes: str, count: int) -> Tensor:
    digits = mnist()
    with _lock:
        images = _shared.get((classes, count))
        if images is None:
            images = digits.train_x[of_classes(digits.train_y, classes)[:count]]
            _shared[classes, count] = images
        return images


def of_classes(labels: Tensor, classes: str) -> Tensor:
    """The rows whose label is one of these classes."""
    return torch.isin(labels, torch.tensor([int(name) for name in classes], dtype=torch.uint8)).nonzero()[:, 0]


def grey(x: Tensor) -> Tensor:
    """Bytes as brightness between 0 and 1. float32."""
    return x.to(torch.float32).div_(255)
