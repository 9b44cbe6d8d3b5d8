"""A .zip of PNGs as images of 28 x 28 grey pixels, bright ink on dark paper as in MNIST.

A picture of another size is scaled as a whole, with paper added to make it square. Where the border is bright, paper
and ink change places. What is transparent is paper.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

from playground.data.digits import PIXELS, SIDE
from playground.data.packed import MOST_IMAGES, OwnDigitsError, check_size, members, opened

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = 24  # bytes until width and height are known
MOST_SIDE = 2000  # pixels; a picture is made square, so that one of its sides decides
MOST_PIXELS_IN_ALL = 200_000_000
BRIGHT = 127  # a border brighter than this is paper


def read(raw: bytes) -> np.ndarray:
    """The pictures of an archive in the order of their names. uint8 (n, 784)."""
    archive, found = members(raw, "a .zip file")
    pictures = [found[name] for name in sorted(found) if _is_picture(name)]
    if not pictures:
        raise OwnDigitsError("There are no PNG files in this archive.")
    if len(pictures) > MOST_IMAGES:
        raise OwnDigitsError(f"There are {len(pictures)} PNG files in the archive; at most {MOST_IMAGES} can be read.")
    check_size(pictures)
    images = np.zeros((len(pictures), PIXELS), np.uint8)
    looked_at = 0
    for at, member in enumerate(pictures):
        content = _content(archive, member)
        size = _size(content, member.filename)
        looked_at += max(size) ** 2  # it is made square
        if looked_at > MOST_PIXELS_IN_ALL:
            raise OwnDigitsError(f"The pictures have more than {MOST_PIXELS_IN_ALL / 1e6:.0f} megapixels in all.")
        images[at] = _digit(content, size, member.filename)
    if not images.any():
        raise OwnDigitsError("All pictures are empty: each has one colour.")
    return images


def _is_picture(name: str) -> bool:
    parts = name.split("/")
    return name.lower().endswith(".png") and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with opened(archive, member) as stream:
        try:
            return stream.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise OwnDigitsError(f"{member.filename} is damaged.") from error


def _size(content: bytes, name: str) -> tuple[int, int]:
    """Width and height as a PNG states them first, before room is made for its pixels."""
    if len(content) < HEADER or content[:8] != SIGNATURE or content[12:16] != b"IHDR":
        raise OwnDigitsError(f"{name} is not a PNG file.")
    width, height = struct.unpack(">II", content[16:HEADER])
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise OwnDigitsError(f"{name} has {width} x {height} pixels; at most {MOST_SIDE} x {MOST_SIDE} can be read.")
    return width, height


def _digit(content: bytes, size: tuple[int, int], name: str) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.size != size:  # a second header has taken the place of the one that was checked
                raise OwnDigitsError(f"{name} states two sizes.")
            grey = _grey(picture)
    except OwnDigitsError:
        raise
    except Exception as error:  # whatever a stranger's bytes can do to Pillow
        raise OwnDigitsError(f"{name} is damaged.") from error
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    ink = 255 - grey if border.mean() > BRIGHT else grey
    if ink.shape == (SIDE, SIDE):
        return ink.reshape(PIXELS)
    side = max(ink.shape)
    square = Image.new("L", (side, side))
    square.paste(Image.fromarray(ink), ((side - ink.shape[1]) // 2, (side - ink.shape[0]) // 2))
    small = square.resize((SIDE, SIDE), Image.Resampling.BILINEAR)  # averages over what becomes one pixel
    return np.asarray(small).reshape(PIXELS)


def _grey(picture: Image.Image) -> np.ndarray:
    """Brightness as bytes, (height, width)."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        return (np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8)
    if not picture.has_transparency_data:
        return np.array(picture.convert("L"))
    both = np.asarray(picture.convert("LA"), dtype=float)
    light, cover = both[..., 0], both[..., 1] / 255
    is_dark = (light * cover).sum() < BRIGHT * cover.sum()  # dark ink lies on white paper, bright ink on black
    return np.rint(light * cover + (255 * (1 - cover) if is_dark else 0)).astype(np.uint8)
