"""What an autoencoder learns from, and what it never sees.

Of MNIST that is the two sets that everybody uses. Of a learner's own images every tenth is held out, and the reading
network says which digit each of them is: nobody else can.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from playground.data.digits import CLASSES, chosen, grey, mnist, of_classes
from playground.data.kept_digits import find
from playground.reader import reader

WATCHED = 200  # digits held out that are measured and mapped at each look
WATCH_SEED = 1  # of what is drawn to look and to measure; training has a generator of its own
APART = 10  # every tenth of a learner's own images is held out


def learned(classes: str, count: int, own: str) -> Tensor:
    """What to learn from, uint8 (n, 784). Images that the server has forgotten are replaced by MNIST's."""
    images = find(own) if own else None
    if images is None:
        return chosen(classes, count)
    return images[torch.arange(len(images)) % APART > 0][:count]


def held_out(classes: str, own: str = "") -> tuple[Tensor, Tensor]:
    """What is never trained on, and which digit each of them is. uint8 (n, 784) and (n,)."""
    images = find(own) if own else None
    if images is not None:
        apart = images[::APART]
        return apart, reader().probabilities(grey(apart)).argmax(1).to(torch.uint8)
    digits = mnist()
    if set(classes) == set(CLASSES):
        return digits.test_x, digits.test_y
    wanted = of_classes(digits.test_y, classes)
    return digits.test_x[wanted], digits.test_y[wanted]


@cache
def watched(classes: str, own: str = "") -> tuple[Tensor, Tensor]:
    """Those held out that are looked at during training, evenly spread over all of them ordered by ink.

    So they have about as much ink as all of them, on which -ELBO depends most. uint8 (n, 784) and (n,).
    """
    x, y = held_out(classes, own)
    order = x.sum(1, dtype=torch.int64).argsort(stable=True)
    even = (torch.arange(min(WATCHED, len(x))) + 0.5) * len(x) / min(WATCHED, len(x))
    pick = order[even.long()]
    pick = pick[torch.randperm(len(pick), generator=torch.Generator().manual_seed(WATCH_SEED))]
    return x[pick], y[pick]
