"""Images that learners brought along, kept for a while in the memory of the server.

They are too large for an address. So the settings hold a key, made from the images themselves: the same images have
the same key, whoever brings them. All together take at most `MOST_BYTES`; those that nobody has asked for the longest
go first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import numpy as np
import torch
from torch import Tensor

from playground.core import Config, knob

MOST_BYTES = 200_000_000
KEY_LENGTH = 16  # hexadecimal digits
FORGOTTEN = "These images are no longer kept on the server: MNIST's digits take their place."

_lock = threading.Lock()
_kept: OrderedDict[str, Tensor] = OrderedDict()  # the one that was asked for last stands last


def keep(images: np.ndarray) -> str:
    """Keeps a copy of these images, uint8 (n, 784). Returns the key that `find` wants."""
    if images.dtype != np.uint8 or images.ndim != 2:
        raise ValueError("Images are rows of bytes.")
    if images.nbytes > MOST_BYTES:
        raise ValueError(f"{images.nbytes / 1e6:.0f} MB of images; {MOST_BYTES / 1e6:.0f} MB can be kept.")
    rows = np.array(images, order="C")
    key = sha256(rows.tobytes()).hexdigest()[:KEY_LENGTH]
    with _lock:
        _kept.setdefault(key, torch.from_numpy(rows))
        _kept.move_to_end(key)
        while sum(kept.numel() for kept in _kept.values()) > MOST_BYTES:
            _kept.popitem(last=False)
    return key


def find(key: str) -> Tensor | None:
    """The images of this key, or None if they are unknown or have been forgotten. Nobody writes into them."""
    with _lock:
        images = _kept.get(key)
        if images is not None:
            _kept.move_to_end(key)
        return images


@dataclass(frozen=True)
class KeptDigitsConfig(Config):
    """Settings that may ask for images that are kept here."""

    own: str = knob(
        "",
        "The learner's own images, as the key under which the server keeps them.",
        label="Own images",
        letters="0123456789abcdef",
        longest=KEY_LENGTH,
        hidden=True,
    )

    @classmethod
    def parse(cls, values: Mapping[str, object], base: Self | None = None) -> tuple[Self, list[str]]:
        """As of every Config; and images that nobody keeps any more are not asked for."""
        config, complaints = super().parse(values, base)
        if config.own and find(config.own) is None:
            config, _ = super().parse({"own": ""}, config)
            complaints.append(FORGOTTEN)
        return config, complaints
