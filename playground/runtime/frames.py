"""The frame: what crosses the wire each time something is drawn.

Little-endian, in this order:

    offset  bytes     what
    0       4         the magic "GPF1"
    4       4         n, the header's length (uint32), a multiple of 4
    8       n         the header: JSON in UTF-8, padded with spaces
    8 + n   ...       the arrays, one after another, each padded to a multiple of 4 bytes

The header holds whatever the sender says (step, state, rate, sentence, scalars, ...) and

    "arrays": {name: [dtype, shape, offset]}

where dtype is "f4" (float32) or "u1" (uint8, for values in [0, 1] as 0..255) and offset counts from
8 + n. `ui/live/frame.js` reads the same format; a test in the browser holds the two together.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAGIC = b"GPF1"


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """One frame. Booleans and uint8 travel as u1, everything else as float32; NaN is allowed in arrays only."""
    table: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        dtype = "u1" if array.dtype in (np.uint8, np.bool_) else "f4"
        raw = np.ascontiguousarray(array, dtype="<" + dtype).tobytes()
        table[name] = [dtype, list(array.shape), offset]
        parts.append(_padded(raw, b"\0"))
        offset += len(parts[-1])
    words = json.dumps({**header, "arrays": table}, allow_nan=False, separators=(",", ":"))
    head = _padded(words.encode(), b" ")
    return b"".join((MAGIC, struct.pack("<I", len(head)), head, *parts))


def decode(frame: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header (without its table of arrays) and the arrays of a frame."""
    if frame[:4] != MAGIC:
        raise ValueError("This is not a frame: it does not begin with GPF1.")
    try:
        (length,) = struct.unpack_from("<I", frame, 4)
        header = json.loads(frame[8 : 8 + length])
        table = header.pop("arrays").items()
        arrays = {name: _array(frame, 8 + length, *entry) for name, entry in table}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"This frame is damaged: {error}.") from error
    return header, arrays


def _array(frame: bytes, start: int, dtype: str, shape: list[int], offset: int) -> np.ndarray:
    if dtype not in ("f4", "u1") or offset < 0 or any(size < 0 for size in shape):
        raise ValueError(f"no array is {dtype} of shape {shape} at {offset}")
    return np.frombuffer(frame, "<" + dtype, math.prod(shape), start + offset).reshape(shape)


def _padded(raw: bytes, filler: bytes) -> bytes:
    return raw + filler * (-len(raw) % 4)
