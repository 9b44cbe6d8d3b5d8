"""A learner's own images, read from a file: NumPy's .npz, a .csv of pixels, or a .zip of PNGs.

A file is a stranger's. It is looked at before it is unpacked: how many bytes it will become, and what they are said to
be. Nothing in it can run, because pickled objects are refused. Every fault is one sentence that names the place.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.data import own_pictures
from playground.data.digits import PIXELS, SIDE
from playground.data.kept_digits import find as find
from playground.data.kept_digits import keep as keep
from playground.data.packed import MOST_IMAGES, check_size, members, opened
from playground.data.packed import OwnDigitsError as OwnDigitsError
from playground.data.raster import raster as raster

MOST_BYTES = 20_000_000
LEAST_IMAGES = 10
ARRAYS = ("x", "images", "x_train")  # the first that there is
SHAPES = {(PIXELS,), (SIDE, SIDE), (SIDE, SIDE, 1), (1, SIDE, SIDE)}  # of one image
DELIMITERS = ",;\t "
LABELLED = PIXELS + 1  # columns of a row that begins with its label


def read(name: str, raw: bytes) -> np.ndarray:
    """The images of a file of this name; OwnDigitsError if there are none to learn from. uint8 (n, 784)."""
    if len(raw) > MOST_BYTES:
        raise OwnDigitsError(f"The file has {len(raw) / 1e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB can be read.")
    if not raw:
        raise OwnDigitsError("The file is empty.")
    readers = {"npz": _npz, "csv": _csv, "zip": own_pictures.read}
    ending = name.rpartition(".")[2].lower()
    if ending not in readers:
        raise OwnDigitsError(f"{name} is none of .npz, .csv and .zip.")
    images = readers[ending](raw)
    if len(images) < LEAST_IMAGES:
        raise OwnDigitsError(f"There are {len(images)} images in the file; at least {LEAST_IMAGES} are needed.")
    return images


# NumPy


def _npz(raw: bytes) -> np.ndarray:
    archive, found = members(raw, "an .npz file")
    name = next((name for name in ARRAYS if f"{name}.npy" in found), None)
    if name is None:
        raise OwnDigitsError(f"The file has no array called {', '.join(ARRAYS[:-1])} or {ARRAYS[-1]}.")
    member = found[f"{name}.npy"]
    check_size([member])
    shape, dtype = _declared(archive, member, name)
    if dtype.kind not in "buif":
        raise OwnDigitsError(f"The array {name} holds {dtype}, not numbers.")
    if len(shape) < 2 or shape[1:] not in SHAPES:
        raise OwnDigitsError(f"The array {name} has the shape {shape}, not (n, {SIDE}, {SIDE}) or (n, {PIXELS}).")
    if not 0 < shape[0] <= MOST_IMAGES:
        raise OwnDigitsError(f"The array {name} has {shape[0]} images; between 1 and {MOST_IMAGES} can be read.")
    if shape[0] * PIXELS * dtype.itemsize > member.file_size:
        raise OwnDigitsError(f"The array {name} is damaged: it ends before its last image.")
    with opened(archive, member) as stream:
        try:
            images = np.lib.format.read_array(stream, allow_pickle=False)
        except Exception as error:  # whatever a stranger's bytes can do to NumPy
            raise OwnDigitsError(f"The array {name} is damaged.") from error
    return as_bytes(images.reshape(len(images), PIXELS))


def _declared(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array as its first bytes say, before room is made for it."""
    with opened(archive, member) as stream:
        try:
            version = np.lib.format.read_magic(stream)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = header(stream)
        except Exception as error:  # whatever a stranger's bytes can do to NumPy
            raise OwnDigitsError(f"The array {name} is not one that NumPy has written.") from error
    return shape, dtype


# Text


def _csv(raw: bytes) -> np.ndarray:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OwnDigitsError("This is not a text file in UTF-8. Save it as CSV (UTF-8) and try again.") from error
    rows: list[np.ndarray] = []
    places: list[str] = []
    for line, content in enumerate(text.splitlines(), 1):
        if content.strip():
            pixels = _pixels(content.strip(), line)
            if pixels is not None:
                rows.append(pixels)
                places.append(f"row {line}")
    return as_bytes(np.array(rows, dtype=np.float32).reshape(-1, PIXELS), places)


def _pixels(content: str, line: int) -> np.ndarray | None:
    """The image in a line, without its label if it has one; None if the line is a header."""
    delimiter = max(DELIMITERS, key=content.count)
    columns = content.count(delimiter) + 1  # counted before the line is cut: a line may be as long as the file
    if columns not in (PIXELS, LABELLED):
        raise OwnDigitsError(f"Row {line} has {columns} columns, not {PIXELS}, or {LABELLED} with a label in front.")
    fields = [field.strip().strip('"') for field in content.split(delimiter)]
    if line == 1 and not any(map(_is_number, fields[-PIXELS:])):
        return None
    try:
        return np.array([float(field) for field in fields[-PIXELS:]], dtype=np.float32)
    except ValueError as error:
        wrong = next(at for at, field in enumerate(fields, 1) if at > columns - PIXELS and not _is_number(field))
        raise OwnDigitsError(f"Row {line}, column {wrong}: {fields[wrong - 1][:20]!r} is not a number.") from error


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


# Brightness


def as_bytes(images: np.ndarray, places: Sequence[str] = ()) -> np.ndarray:
    """Pixels from 0 to 1 or from 0 to 255 as bytes, (n, 784). places: what each image is called in a complaint."""
    if not len(images):
        return np.zeros((0, PIXELS), np.uint8)
    low, high = images.min(1), images.max(1)  # (n,); nan where an image has one
    wrong = ~((low >= 0) & (high <= 255))
    if wrong.any():
        at = int(wrong.argmax())
        place, between = places[at] if places else f"image {at + 1}", f"{low[at]:g} to {high[at]:g}"
        raise OwnDigitsError(f"The pixels of {place} go from {between}; they must lie in 0 to 255, or in 0 to 1.")
    brightest = float(high.max())
    if brightest == 0:
        raise OwnDigitsError("All images are empty: every pixel is 0.")
    if brightest > 1 and images.dtype == np.uint8:
        return images
    scaled = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), 1000):  # a few at a time: in double precision all would take 400 MB
        part = images[start : start + 1000].astype(np.float64)
        scaled[start : start + 1000] = np.rint(part * (255 if brightest <= 1 else 1))
    return scaled
