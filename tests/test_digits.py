"""MNIST as it was published, shared by all, and images that learners bring along."""

from __future__ import annotations

import hashlib
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.data import digits as module
from playground.data import kept_digits
from playground.data.digits import PIXELS, SIDE, chosen, grey, mnist
from playground.data.kept_digits import find, keep

DIGITS = mnist()
PUBLISHED = dict(
    re.findall(r"`([\w-]+-ubyte)` \| `(\w{32})`", Path(module.__file__).with_name("MNIST.md").read_text("utf-8"))
)


# MNIST


@pytest.mark.parametrize(
    ("file", "images", "labels"),
    [
        ("train-images-idx3-ubyte", DIGITS.train_x, None),
        ("train-labels-idx1-ubyte", None, DIGITS.train_y),
        ("t10k-images-idx3-ubyte", DIGITS.test_x, None),
        ("t10k-labels-idx1-ubyte", None, DIGITS.test_y),
    ],
)
def test_these_are_the_digits_that_were_published(file, images, labels):
    """The IDX files: a magic number, the sizes, then the bytes, all big-endian."""
    if images is not None:
        content = struct.pack(">4I", 2051, len(images), SIDE, SIDE) + images.numpy().tobytes()
    else:
        content = struct.pack(">2I", 2049, len(labels)) + labels.numpy().tobytes()
    assert hashlib.md5(content).hexdigest() == PUBLISHED[file]


def test_the_digits_are_read_once_and_fit_into_60_mb(monkeypatch):
    reads = []
    load = np.load
    monkeypatch.setattr(np, "load", lambda file: (reads.append(file), load(file))[1])
    module._load.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda _: mnist(), range(16)))
    assert len(reads) == 1 and all(one is many[0] for one in many)
    tensors = vars(many[0]).values()
    assert all(tensor.dtype == torch.uint8 and tensor.is_contiguous() for tensor in tensors)
    assert sum(tensor.untyped_storage().nbytes() for tensor in tensors) < 60e6


def test_chosen_digits_are_the_first_of_their_classes():
    digits = mnist()
    all_of_them = chosen("0123456789", 60_000)
    assert all_of_them.data_ptr() == digits.train_x.data_ptr() and len(all_of_them) == 60_000  # no copy
    assert torch.equal(chosen("9876543210", 100), digits.train_x[:100])
    where = [at for at, label in enumerate(digits.train_y[:2000].tolist()) if label in (0, 7)]
    assert torch.equal(chosen("70", 200), digits.train_x[where[:200]])
    assert len(chosen("1", 60_000)) == 6742  # as many ones as MNIST has


def test_equal_choices_share_their_memory_while_they_are_in_use():
    one, other = chosen("38", 5000), chosen("833", 5000)
    assert one.data_ptr() == other.data_ptr()
    assert ("38", 5000) in module._shared
    del one, other
    assert ("38", 5000) not in module._shared


@pytest.mark.parametrize(("classes", "count"), [("", 10), ("x", 10), ("0", 0)])
def test_what_cannot_be_chosen_is_refused(classes, count):
    with pytest.raises(ValueError, match="digit"):
        chosen(classes, count)


def test_grey_is_brightness_and_leaves_the_bytes_alone():
    before = DIGITS.test_x[:3].clone()
    x = grey(DIGITS.test_x[:3])
    assert x.dtype == torch.float32 and x.shape == (3, PIXELS)
    assert x.min() == 0 and x.max() == 1
    assert torch.equal((x * 255).round().to(torch.uint8), before) and torch.equal(DIGITS.test_x[:3], before)


# Images that are kept


@pytest.fixture
def nothing_kept(monkeypatch):
    monkeypatch.setattr(kept_digits, "_kept", type(kept_digits._kept)())


@pytest.mark.usefixtures("nothing_kept")
def test_kept_images_are_found_by_what_they_show():
    images = np.arange(2 * PIXELS, dtype=np.uint8).reshape(2, PIXELS)
    key = keep(images)
    assert re.fullmatch("[0-9a-f]{16}", key) and keep(images.copy()) == key
    assert keep(images[::-1]) != key
    before = images.copy()
    images[:] = 0  # what the learner does with the array afterwards is none of our business
    assert np.array_equal(find(key).numpy(), before)
    assert torch.equal(chosen("0", 1, own=key), find(key)[:1])
    assert find("0" * 16) is None
    with pytest.raises(ValueError, match="Upload the file again"):
        chosen("0", 1, own="0" * 16)


@pytest.mark.usefixtures("nothing_kept")
def test_what_nobody_asks_for_is_forgotten_first(monkeypatch):
    monkeypatch.setattr(kept_digits, "MOST_BYTES", 3 * PIXELS)
    a, b, c, d = (keep(np.full((1, PIXELS), ink, np.uint8)) for ink in (1, 2, 3, 4))
    assert find(a) is None
    find(b)
    e = keep(np.full((1, PIXELS), 5, np.uint8))
    assert [find(key) is not None for key in (b, c, d, e)] == [True, False, True, True]
    with pytest.raises(ValueError, match="can be kept"):
        keep(np.zeros((4, PIXELS), np.uint8))
    with pytest.raises(ValueError, match="rows of bytes"):
        keep(np.zeros((4, PIXELS)))
    assert find(b) is not None
