"""MNIST as it was published, shared by all, and images that learners bring along."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import digits as module
from playground.data import kept_digits, own_digits, own_pictures, packed
from playground.data.digits import PIXELS, SIDE, chosen, grey, mnist
from playground.data.kept_digits import find, keep
from playground.data.letters import pen_strokes
from playground.data.own_digits import LEAST_IMAGES, read
from playground.data.packed import MOST_IMAGES, OwnDigitsError
from playground.data.raster import BOX, raster
from playground.reader import reader

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


# Images in files: what is read


SOME = DIGITS.test_x[:20].numpy()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def png(grey: np.ndarray, mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).convert(mode).save(file, "PNG")
    return file.getvalue()


def archive(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as packed_files:
        for name, content in files.items():
            packed_files.writestr(name, content)
    return file.getvalue()


def csv(rows: np.ndarray, header: str = "", delimiter: str = ",") -> bytes:
    lines = [delimiter.join(f"{number:g}" for number in row) for row in rows]
    return "\n".join([*([header] if header else []), *lines, ""]).encode()


@pytest.mark.parametrize("name", ["x", "images", "x_train"])
@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1), (1, 28, 28)])
def test_arrays_of_bytes_are_read_as_they_are(name, shape):
    images = read("mine.NPZ", npz(**{name: SOME.reshape(-1, *shape), "y": np.arange(20)}))
    assert images.dtype == np.uint8 and np.array_equal(images, SOME)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int64", "uint16"])
def test_arrays_of_other_numbers_become_the_same_bytes(dtype):
    assert np.array_equal(read("a.npz", npz(x=SOME.astype(dtype))), SOME)
    if "f" in dtype:
        assert np.array_equal(read("a.npz", npz(x=(SOME / 255).astype(dtype))), SOME)
    assert np.array_equal(read("a.npz", npz(x=np.asfortranarray(SOME.astype(dtype)))), SOME)


def test_black_and_white_arrays_are_not_almost_black():
    for dtype in (bool, np.uint8, float):
        images = read("a.npz", npz(x=(SOME > 127).astype(dtype)))
        assert np.array_equal(images, (SOME > 127) * 255)


def test_rows_of_numbers_may_have_labels_and_a_header():
    labels = DIGITS.test_y[:20, None].numpy()
    names = ",".join(f"pixel{at}" for at in range(PIXELS))
    assert np.array_equal(read("a.csv", csv(SOME)), SOME)
    assert np.array_equal(read("a.csv", csv(SOME, names)), SOME)
    assert np.array_equal(read("a.csv", csv(np.hstack([labels, SOME]), "label," + names)), SOME)
    assert np.array_equal(read("a.csv", csv(np.hstack([labels, SOME]))), SOME)
    assert np.array_equal(read("a.csv", csv(SOME / 255, delimiter=";")), SOME)
    assert np.array_equal(read("a.csv", b"\xef\xbb\xbf" + csv(SOME, delimiter="\t").replace(b"\n", b"\r\n\r\n")), SOME)


def test_pictures_of_28_by_28_are_read_as_they_are_in_the_order_of_their_names():
    files = {f"digits/{at:02}.PNG": png(image.reshape(SIDE, SIDE)) for at, image in enumerate(SOME)}
    others = {"__MACOSX/digits/00.png": b"?", "digits/.hidden.png": b"?", "readme.txt": b"?"}
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert np.array_equal(read("mine.zip", archive(others | dict(reversed(files.items())), packing)), SOME)


def test_dark_ink_on_bright_paper_is_turned_over():
    for mode in ("L", "RGB", "P", "RGBA"):
        files = {f"{at:02}.png": png(255 - image.reshape(SIDE, SIDE), mode) for at, image in enumerate(SOME)}
        assert np.abs(read("a.zip", archive(files)).astype(int) - SOME).max() <= 1


def pictures(image: Image.Image) -> np.ndarray:
    """What becomes of this picture."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return own_pictures.read(archive({"a.png": file.getvalue()}))[0].reshape(SIDE, SIDE)


def test_large_pictures_are_averaged_and_keep_their_proportions():
    large = np.kron(SOME[0].reshape(SIDE, SIDE), np.ones((10, 10), np.uint8))
    assert np.abs(pictures(Image.fromarray(large)) - SOME[0].reshape(SIDE, SIDE).astype(int)).mean() < 8
    bar = np.zeros((40, 400), np.uint8)
    bar[10:30, 20:380] = 255
    ink = pictures(Image.fromarray(bar)) > 127
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    assert 1 <= np.ptp(rows) + 1 <= 2 and 24 <= np.ptp(columns) + 1 <= 26 and abs(rows.mean() - 13.5) <= 0.5


def test_transparent_paper_is_paper_whatever_the_ink():
    cover = Image.fromarray(SOME[0].reshape(SIDE, SIDE))
    for ink in (0, 255):
        image = Image.new("LA", (SIDE, SIDE), (ink, 0))
        image.putalpha(cover)
        assert np.abs(pictures(image).astype(int) - SOME[0].reshape(SIDE, SIDE)).max() <= 1
    deep = Image.fromarray(SOME[0].reshape(SIDE, SIDE).astype(np.uint16) * 257)
    assert np.array_equal(pictures(deep), SOME[0].reshape(SIDE, SIDE))


# Images in files: what is refused


def spoiled(at: tuple[int, int], value: float) -> np.ndarray:
    images = SOME / 255
    images[at] = value
    return images


def bomb() -> bytes:
    return npz(x=np.zeros((MOST_IMAGES, PIXELS), np.float64))


def understated(raw: bytes, size: int) -> bytes:
    """The archive, lying about the size of its first file, in both places where it says it."""
    changed = bytearray(raw)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = raw.index(signature)
        changed[start + offset : start + offset + 4] = struct.pack("<I", size)
    return bytes(changed)


def huge_png(width: int, height: int) -> bytes:
    start = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + start + b"rest"


def two_headed_png(side: int) -> bytes:
    """A PNG of so many pixels a side, behind a first header that promises few."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    headers = [chunk(b"IHDR", struct.pack(">II5B", n, n, 8, 0, 0, 0, 0)) for n in (SIDE, side)]
    pixels = zlib.compress(bytes(side * (side + 1)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(headers) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def short_array(n: int) -> bytes:
    """An array that promises n images, and holds none."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (n, PIXELS)})
    return archive({"x.npy": file.getvalue()})


FAULTS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "another ending": ("a.tar", lambda: b"?", "a.tar is none of"),
    "nothing": ("a.csv", lambda: b"", "is empty"),
    "too few": ("a.npz", lambda: npz(x=SOME[:3]), "There are 3 images in the file; at least 10"),
    "no archive": ("a.npz", lambda: b"PK not at all", "not an .npz file"),
    "cut off": ("a.npz", lambda: npz(x=SOME)[:-30], "damaged"),
    "another name": ("a.npz", lambda: npz(z=SOME), "no array called x, images or x_train"),
    "another shape": ("a.npz", lambda: npz(x=SOME.reshape(-1, 56, 14)), r"shape \(20, 56, 14\)"),
    "one image": ("a.npz", lambda: npz(x=SOME[0]), r"shape \(784,\)"),
    "objects": ("a.npz", lambda: npz(x=np.array([[None] * PIXELS] * 20)), "holds object, not numbers"),
    "words": ("a.npz", lambda: npz(x=np.full((20, PIXELS), "one")), "not numbers"),
    "complex": ("a.npz", lambda: npz(x=SOME * 1j), "not numbers"),
    "no array": ("a.npz", lambda: archive({"x.npy": b"hello"}), "not one that NumPy has written"),
    "an evil header": (
        "a.npz",
        lambda: archive({"x.npy": b"\x93NUMPY\x01\x00" + struct.pack("<H", 900) + b"(" * 900}),
        "not one that NumPy has written",
    ),
    "too many": ("a.npz", lambda: npz(x=np.zeros((MOST_IMAGES + 1, PIXELS), bool)), "60001 images"),
    "none of them": ("a.npz", lambda: npz(x=SOME[:0]), "0 images"),
    "a promise": ("a.npz", lambda: short_array(MOST_IMAGES), "ends before its last image"),
    "a negative promise": ("a.npz", lambda: short_array(-5), "-5 images"),
    "nan": ("a.npz", lambda: npz(x=spoiled((7, 3), np.nan)), "image 8 go from nan"),
    "below 0": ("a.npz", lambda: npz(x=spoiled((2, 700), -1)), "image 3 go from -1 to"),
    "above 255": ("a.npz", lambda: npz(x=spoiled((19, 0), 256)), "image 20 go from 0 to 256"),
    "all black": ("a.npz", lambda: npz(x=SOME * 0), "every pixel is 0"),
    "a bomb": ("a.npz", bomb, "Unpacked, the file has 376 MB; at most 200 MB"),
    "a bomb in disguise": ("a.npz", lambda: understated(bomb(), 100_000), "ends before its last image"),
    "encrypted": (
        "a.zip",
        lambda: archive({"1.png": b"?"}).replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"),
        "1.png is encrypted",
    ),
    "packed otherwise": ("a.zip", lambda: archive({"1.png": b"?"}, zipfile.ZIP_BZIP2), "packed in a way"),
    "no pictures": ("a.zip", lambda: archive({"1.txt": b"?"}), "no PNG files"),
    "no picture": ("a.zip", lambda: archive({"b/7.png": b"GIF89a" * 9}), "b/7.png is not a PNG"),
    "a picture bomb": ("a.zip", lambda: archive({"1.png": huge_png(50_000, 50_000)}), "1.png has 50000 x 50000 pixels"),
    "a thin bomb": ("a.zip", lambda: archive({"1.png": huge_png(1, 4_000_000)}), "1.png has 1 x 4000000 pixels"),
    "two headers": ("a.zip", lambda: archive({"1.png": two_headed_png(9000)}), "1.png states two sizes"),
    "half a picture": ("a.zip", lambda: archive({"1.png": png(np.eye(60) > 0)[:70]}), "1.png is damaged"),
    "a wrong checksum": ("a.zip", lambda: archive({"1.png": b"abcd"}, 0).replace(b"abcd", b"abce"), "1.png is damaged"),
    "no contrast": ("a.zip", lambda: archive({"1.png": png(np.full((9, 9), 255, np.uint8))}), "each has one colour"),
    "not text": ("a.csv", lambda: b"\xff\xfe\x00", "UTF-8"),
    "columns": ("a.csv", lambda: csv(SOME) + b"1,2,3\n", "Row 21 has 3 columns, not 784"),
    "one endless row": ("a.csv", lambda: b"1," * 9_000_000, "Row 1 has 9000001 columns"),
    "a word": ("a.csv", lambda: csv(SOME).replace(b"\n0,0,", b"\n0,ink,", 1), "Row 2, column 2: 'ink' is not a number"),
    "a large pixel": ("a.csv", lambda: csv(SOME, "x," * 783 + "x") + csv(SOME[:1] * 0 + 999.0), "row 22 go from 999"),
}


@pytest.mark.parametrize(("name", "make", "complaint"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_sentence_and_costs_little(name, make, complaint):
    raw = make()
    tracemalloc.start()
    with pytest.raises(OwnDigitsError, match=complaint) as refused:
        read(name, raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 70e6  # also when little is packed that would become much
    assert 10 < len(str(refused.value)) < 150 and str(refused.value).endswith((".", "label in front."))


def test_a_file_may_have_so_many_bytes_and_pictures(monkeypatch):
    with pytest.raises(OwnDigitsError, match=r"20.0 MB; at most 20 MB"):
        read("a.csv", bytes(own_digits.MOST_BYTES + 1))
    files = archive({f"{at}.png": png(SOME[at].reshape(SIDE, SIDE)) for at in range(LEAST_IMAGES)})
    assert len(read("a.zip", files)) == LEAST_IMAGES
    monkeypatch.setattr(own_pictures, "MOST_PIXELS_IN_ALL", LEAST_IMAGES * PIXELS - 1)
    with pytest.raises(OwnDigitsError, match="in all"):
        read("a.zip", files)
    monkeypatch.setattr(own_pictures, "MOST_IMAGES", LEAST_IMAGES - 1)
    with pytest.raises(OwnDigitsError, match="There are 10 PNG files"):
        read("a.zip", files)
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1000)
    monkeypatch.setattr(own_pictures, "MOST_IMAGES", LEAST_IMAGES)
    with pytest.raises(OwnDigitsError, match="Unpacked"):
        read("a.zip", files)


def test_a_file_that_lies_about_a_picture_gives_no_more_than_it_has_announced():
    content = png(np.zeros((1500, 1500), np.uint8)) + bytes(50_000_000)  # whatever follows a PNG is not looked at
    raw = understated(archive({"1.png": content}), 5000)
    tracemalloc.start()
    with pytest.raises(OwnDigitsError, match=r"1\.png is damaged"):
        own_pictures.read(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e6


# Drawings


def test_a_drawing_is_as_large_as_a_digit_and_lies_where_one_lies():
    for letter in "0123456789LJ":
        image = raster(pen_strokes(letter)).reshape(SIDE, SIDE).astype(float)
        ink = image > 127
        spans = [np.ptp(np.flatnonzero(ink.any(axis))) + 1 for axis in (0, 1)]
        assert BOX - 1 <= max(spans) <= BOX + 1
        centre = [image.sum(axis) @ np.arange(SIDE) / image.sum() for axis in (0, 1)]
        assert centre == pytest.approx([14, 14], abs=0.3)
    ink = np.mean([raster(pen_strokes(digit)).mean() for digit in "0123456789"])
    assert ink == pytest.approx(float(DIGITS.train_x.float().mean()), rel=0.1)


def test_where_and_how_large_a_drawing_was_does_not_matter():
    strokes = pen_strokes("5")
    assert np.array_equal(raster(strokes), raster([stroke * 70 + (300, -40) for stroke in strokes]))
    upside_down = raster([stroke * (1, -1) for stroke in strokes]).reshape(SIDE, SIDE)
    assert np.abs(upside_down[::-1][:-1].astype(int) - raster(strokes).reshape(SIDE, SIDE)[1:]).max() <= 2  # about 14


def test_the_reader_reads_what_is_drawn():
    drawn = torch.from_numpy(np.stack([raster(pen_strokes(digit)) for digit in "0123456789"]))
    read_as = reader().probabilities(grey(drawn)).argmax(1)
    assert (read_as == torch.arange(10)).sum() >= 9  # block letters; the six among them is a square one


def test_a_dot_is_a_dot_and_nothing_is_refused():
    dot = raster([np.array([[3.0, 4.0]])]).reshape(SIDE, SIDE)
    assert dot[14, 14] == 255 and 2 <= (dot > 127).sum() <= 9
    assert np.array_equal(dot, dot.T)
    for strokes in ([], [np.zeros((0, 2))], [np.full((2, 2), np.nan)], [np.zeros((99_999, 2))]):
        with pytest.raises(ValueError, match="draw"):
            raster(strokes)
