"""The two readers of a frame, Python's and the browser's, see the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import live_harness
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from playground.runtime.frames import decode, encode

# JSON knows no NaN, so numbers travel back as the bits of their float32.
READ = """async text => {
  const { bytesOfBase64, decodeFrame } = await import("/live/frame.js");
  const { header, arrays } = decodeFrame(bytesOfBase64(text));
  const plain = Object.entries(arrays).map(([name, { data, shape, unit }]) => [name, {
    kind: data.constructor.name, shape, unit,
    bits: [...(data instanceof Float32Array ? new Uint32Array(data.slice().buffer) : data)],
  }]);
  return { header, arrays: Object.fromEntries(plain) };
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    with live_harness.served() as address:
        page = chromium.new_page()
        page.goto(address)
        yield page
        page.close()


def read(page: Page, frame: bytes) -> dict:
    return page.evaluate(READ, base64.b64encode(frame).decode())


def test_every_number_arrives_with_all_its_bits(page: Page) -> None:
    numbers = np.array([0, -0.0, 1 / 3, 1e-40, 3.4e38, np.nan, np.inf, -np.inf], "f4")
    seen = read(page, encode({"step": 7}, {"numbers": numbers}))["arrays"]["numbers"]
    assert seen["kind"] == "Float32Array"
    assert seen["bits"] == numbers.view("u4").tolist()


@pytest.mark.parametrize("length", range(6))
def test_bytes_of_any_length_leave_the_next_array_in_place(page: Page, length: int) -> None:
    arrays = {"bytes": np.arange(length, dtype=np.uint8) * 50, "after": np.array([1.5, 2.5])}
    seen = read(page, encode({}, arrays))["arrays"]
    assert seen["bytes"]["bits"] == arrays["bytes"].tolist()
    assert seen["bytes"]["unit"] == pytest.approx(1 / 255)
    assert seen["after"]["bits"] == np.array([1.5, 2.5], "f4").view("u4").tolist()


def test_names_and_words_of_any_script_and_length(page: Page) -> None:
    for word in ("", "a", "ab", "abc", "Münze", "硬币 🪙", 'x"\\\n'):
        frame = encode({"word": word, "none": None, "big": 2**40}, {word: np.ones((2, 1, 3), bool)})
        seen = read(page, frame)
        assert seen["header"] == {"word": word, "none": None, "big": 2**40}
        assert seen["arrays"][word]["shape"] == [2, 1, 3]
        assert seen["arrays"][word]["bits"] == [1] * 6


def test_empty_arrays_keep_their_shape(page: Page) -> None:
    seen = read(page, encode({}, {"none": np.zeros((0, 2)), "images": np.zeros((0, 28, 28), np.uint8)}))
    assert [(a["shape"], a["bits"]) for a in seen["arrays"].values()] == [([0, 2], []), ([0, 28, 28], [])]


def test_a_whole_frame_reads_as_python_reads_it(page: Page) -> None:
    frame = live_harness.coin_frame()
    header, arrays = decode(frame)
    seen = read(page, frame)
    assert seen["header"] == json.loads(json.dumps(header))
    assert {name: array["bits"] for name, array in seen["arrays"].items()} == {
        name: array.view("u4").ravel().tolist() for name, array in arrays.items()
    }


def test_what_is_no_frame_is_refused(page: Page) -> None:
    for wrong in (b"", b"GPF", b"GPF2\0\0\0\0{}  "):
        with pytest.raises(Exception, match="not a frame"):
            read(page, wrong)
