"""What an autoencoder learns from, and what it never sees.

Of MNIST that is the two sets that everybody uses. Of a learner's own images some are held out, every fifth of few and
every tenth of many, and the reading network says which digit each of them is: nobody else can.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from playground.data.digits import CLASSES, chosen, grey, mnist, of_classes
from playground.data.kept_digits import find
from playground.reader import reader

WATCHED = 200  # digits held out that are measured and mapped at each look
WATCH_SEED = 1  # of what is drawn to look and to measure; training has a generator of its own
FEW, APART_OF_FEW, APART = 50, 5, 10  # up to so many own images every fifth is held out, of more every tenth


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What is never trained on: uint8 (n, 784), which digit each is (n,), and those watched during training (k,).

    rest: a learner's own images but for these, uint8 (m, 784); None if they are of MNIST.
    """

    x: Tensor
    y: Tensor
    watched: Tensor
    rest: Tensor | None


@dataclass(frozen=True, eq=False)
class Material:
    """learned: uint8 (n, 784); forgotten: own images were asked for that are no longer kept, so all of it is MNIST."""

    learned: Tensor
    held_out: HeldOut
    forgotten: bool


_lock = threading.Lock()  # two learners who come at once must not make two copies
_shared: WeakValueDictionary[tuple[str, str], HeldOut] = WeakValueDictionary()  # by classes or key, while in use


def material(classes: str, count: int, own: str = "") -> Material:
    """All that one run needs, from one look at what is kept: so what it learns and what it is tested on match.

    Runs on the same images share their memory.
    """
    images = find(own) if own else None
    with _lock:
        key = (classes, "") if images is None else ("", own)
        apart = _shared.get(key)
        if apart is None:
            apart = _shared[key] = _of_mnist(classes) if images is None else _of_own(images)
    learned = chosen(classes, count) if apart.rest is None else apart.rest[:count]
    return Material(learned, apart, forgotten=bool(own) and images is None)


def _of_mnist(classes: str) -> HeldOut:
    digits = mnist()
    x, y = digits.test_x, digits.test_y
    if set(classes) != set(CLASSES):
        wanted = of_classes(y, classes)
        x, y = x[wanted], y[wanted]
    return HeldOut(x, y, _watched(x), None)


def _of_own(images: Tensor) -> HeldOut:
    apart = torch.arange(len(images)) % (APART_OF_FEW if len(images) <= FEW else APART) == 0
    x = images[apart]
    return HeldOut(x, reader().probabilities(grey(x)).argmax(1).to(torch.uint8), _watched(x), images[~apart])


def _watched(x: Tensor) -> Tensor:
    """Which of x are looked at during training, evenly spread over all of them ordered by ink.

    So they have about as much ink as all of them, on which -ELBO depends most. (n, 784) -> (k,)
    """
    order = x.sum(1, dtype=torch.int64).argsort(stable=True)
    even = (torch.arange(min(WATCHED, len(x))) + 0.5) * len(x) / min(WATCHED, len(x))
    pick = order[even.long()]
    return pick[torch.randperm(len(pick), generator=torch.Generator().manual_seed(WATCH_SEED))]
