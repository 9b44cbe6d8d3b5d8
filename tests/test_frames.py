"""What crosses the wire arrives as it was sent, and rubbish is refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from playground.runtime.frames import MAGIC, decode, encode

HEADER = {
    "v": 1,
    "step": 12_345,
    "state": "running",
    "rate": 812.5,
    "notice": None,
    "slow": False,
    "sentence": {"text": "G gives heads in 30 % — „so“ \u2028 \U0001f3b2", "tone": "calm"},
    "marks": [{"step": 3, "text": "Loss: <b>"}],
}


def check_round_trip(arrays: dict[str, np.ndarray], expected: dict[str, np.ndarray] | None = None) -> None:
    header, found = decode(encode(HEADER, arrays))
    assert header == HEADER
    assert list(found) == list(arrays)
    for name, array in (expected or arrays).items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)


def test_floats_arrive_bit_for_bit():
    """Else what is drawn would not be what was measured; NaN lifts the pen and must stay NaN."""
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38, 1 / 3], dtype=np.float32)
    found = decode(encode({}, {"a": special}))[1]["a"]
    assert found.tobytes() == special.tobytes()


def test_bytes_and_booleans_arrive():
    """Else pictures would lose their grey values or grow fourfold."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 7), dtype=np.uint8)
    mask = pixels[0] > 100
    check_round_trip({"pixels": pixels, "mask": mask}, {"pixels": pixels, "mask": mask.astype(np.uint8)})


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, np.int32, np.int8, ">f4", ">f8"])
def test_everything_else_travels_as_float32(dtype):
    """Else the browser, which knows two types only, would read rubbish."""
    array = np.array([[0, 1, -2], [100, 5, 7]], dtype=dtype)
    check_round_trip({"a": array}, {"a": array.astype(np.float32)})


@pytest.mark.parametrize(
    "shape", [(0,), (0, 2), (3, 0), (), (1,), (7,), (2, 3), (2, 3, 4, 5)], ids=lambda shape: "x".join(map(str, shape))
)
def test_every_shape_arrives(shape):
    """Else a view without points yet, or a single number, would break the frame."""
    for dtype in (np.float32, np.uint8):
        array = np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)
        check_round_trip({"before": np.ones(1, np.float32), "a": array, "after": np.ones(3, np.uint8)})
        check_round_trip({"a": array})  # also as the last one, where nothing follows


def test_any_memory_layout_arrives():
    """Else a transposed or strided array would arrive scrambled."""
    grid = np.arange(24, dtype=np.float32).reshape(4, 6)
    check_round_trip({"transposed": grid.T, "strided": grid[::2, ::-1], "fortran": np.asfortranarray(grid)})


def test_names_arrive_in_any_script():
    """Else an array called D*(x), θ or "quoted" could not be drawn."""
    names = ["G(z)", "history/|P_G - p|", "θ", '"', "\\", "数", "\U0001f3b2", ""]
    check_round_trip({name: np.full(i + 1, i, np.float32) for i, name in enumerate(names)})


def test_no_arrays_at_all():
    """Else the first frame of a lab that draws nothing yet would be unreadable."""
    check_round_trip({})


@pytest.mark.parametrize("sizes", [(1, 1), (3, 2), (5, 7), (4, 9)])
def test_every_array_begins_at_a_multiple_of_four(sizes):
    """Else the browser cannot lay a Float32Array over it."""
    for extra in range(6):
        frame = encode(
            {"pad": "x" * extra},
            {"u": np.ones(sizes[0], np.uint8), "f": np.ones(sizes[1], np.float32), "w": np.ones(3, np.uint8)},
        )
        length = struct.unpack_from("<I", frame, 4)[0]
        table = json.loads(frame[8 : 8 + length])["arrays"]
        assert length % 4 == 0 and len(frame) % 4 == 0
        assert all(offset % 4 == 0 for _, _, offset in table.values())
        assert [dtype for dtype, _, _ in table.values()] == ["u1", "f4", "u1"]


def test_layout_is_the_documented_one():
    """Else the browser, which reads the bytes by the module's docstring, would read something else."""
    frame = encode({"step": 1}, {"a": np.array([1.0, 2.0])})
    assert frame[:4] == b"GPF1"
    length = int.from_bytes(frame[4:8], "little")
    words = frame[8 : 8 + length].decode()
    assert json.loads(words) == {"step": 1, "arrays": {"a": ["f4", [2], 0]}}
    assert words.rstrip(" ").endswith("}")
    assert frame[8 + length :] == struct.pack("<2f", 1.0, 2.0)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_header_holds_numbers_only(number):
    """Else JSON.parse in the browser would fail on NaN, and the picture would freeze without a word."""
    with pytest.raises(ValueError, match="JSON"):
        encode({"rate": number}, {})


def test_a_frame_is_a_copy():
    """Else training would alter a frame on its way."""
    array = np.ones(4, np.float32)
    frame = encode({}, {"a": array})
    array[:] = 7
    assert decode(frame)[1]["a"].tolist() == [1, 1, 1, 1]


GOOD = encode(HEADER, {"a": np.arange(6.0).reshape(2, 3), "b": np.ones(5, np.uint8)})


def with_header(header: object) -> bytes:
    words = json.dumps(header).encode()
    words += b" " * (-len(words) % 4)
    return MAGIC + struct.pack("<I", len(words)) + words + b"\0" * 8


RUBBISH = {
    "empty": b"",
    "other-magic": b"GPF2" + GOOD[4:],
    "text": b"<html>not found</html>",
    "magic-alone": MAGIC,
    "no-length": MAGIC + b"\x01\x00",
    "no-header": MAGIC + struct.pack("<I", 40),
    "endless-header": MAGIC + struct.pack("<I", 2**32 - 1) + GOOD[8:],
    "half-a-header": GOOD[:30],
    "no-arrays-behind": GOOD[: -4 * 4],
    "not-json": MAGIC + struct.pack("<I", 4) + b"{]  ",
    "not-utf8": MAGIC + struct.pack("<I", 4) + b'"\xff" ',
    "a-list": with_header([1, 2]),
    "a-number": with_header(5),
    "no-table": with_header({"step": 1}),
    "table-of-nothing": with_header({"arrays": None}),
    "short-entry": with_header({"arrays": {"a": ["f4"]}}),
    "strange-type": with_header({"arrays": {"a": ["x9", [1], 0]}}),
    "objects": with_header({"arrays": {"a": ["O", [1], 0]}}),
    "negative-shape": with_header({"arrays": {"a": ["f4", [-5], 0]}}),
    "shape-of-words": with_header({"arrays": {"a": ["f4", ["many"], 0]}}),
    "beyond-the-end": with_header({"arrays": {"a": ["f4", [1], 4000]}}),
    "before-the-start": with_header({"arrays": {"a": ["f4", [1], -4000]}}),
    "deep": MAGIC + struct.pack("<I", 100_000) + b"[" * 100_000,
    "astronomic": with_header({"arrays": {"a": ["f4", [10**30], 0]}}),
    "far-away": with_header({"arrays": {"a": ["f4", [1], 10**30]}}),
    "half-a-number": with_header({"arrays": {"a": ["f4", [1.5], 0]}}),
    "too-large": with_header({"arrays": {"a": ["f4", [10**12], 0]}}),
}


@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_is_refused(kind):
    """Else a reader would have to know every way in which bytes can be wrong; ValueError says that they are."""
    with pytest.raises(ValueError, match=r"."):
        decode(RUBBISH[kind])
