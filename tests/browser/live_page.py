"""The harness page in a test's hands: mount views, deliver frames, count pixels."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import live_harness
import numpy as np
from live_harness import data_for
from playwright.sync_api import Browser, Page

from playground.core import Axis, View
from playground.runtime.frames import encode

LAPTOP: Any = {"width": 1142, "height": 800}
PAINTED = """name => {
  const canvas = live.canvas(name);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, i) => i % 4 === 3 && value);
}"""
WHERE = """([name, rgb]) => {
  const canvas = live.canvas(name), { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const found = [];
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3] > 200 && rgb.every((part, k) => Math.abs(part - pixels[i + k]) < 6))
      found.push((i / 4) % width, Math.floor(i / 4 / width));
  let bytes = "";  // a list of many thousand numbers would take seconds on its way
  for (const byte of new Uint8Array(new Int16Array(found).buffer)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}"""


@contextmanager
def harness_page(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """One page for all tests of a module, and the errors that nobody caught in it."""
    with live_harness.served() as address:
        page = chromium.new_page(viewport=LAPTOP)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_function("window.ready")
        yield page, errors
        page.close()


def fresh(page: Page) -> Page:
    """As after loading."""
    page.evaluate("() => live.restart()")
    if page.viewport_size != LAPTOP:
        page.set_viewport_size(LAPTOP)
    page.mouse.move(1, 799)
    return page


def text(frame: bytes) -> str:
    return base64.b64encode(frame).decode()


def mount(page: Page, data: dict[str, Any]) -> None:
    page.evaluate("async data => { live.mount(data); await live.painted() }", data)


def draw(page: Page, view: View, arrays: dict[str, Any], scalars: dict[str, float] | None = None) -> None:
    """One view alone, with these values."""
    header = {"step": 100, "state": "paused", "scalars": scalars or {}}
    frame = encode(header, {name: np.asarray(array) for name, array in arrays.items()})
    mount(page, data_for((view,), frame))


def view_of(*layers: Any, **more: Any) -> View:
    x, y = more.pop("x", Axis("x", 0, 1)), more.pop("y", Axis("y", 0, 1))
    return View("only", "Title", "Caption.", layers, x=x, y=y, **more)


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def near(page: Page, colour: str, view: str = "only") -> int:
    """How many pixels have about this colour."""
    return len(where(page, colour, view))


def where(page: Page, colour: str, view: str = "only") -> np.ndarray:
    """The middles of the pixels of about this colour, at a density of one: (n, 2)."""
    found = base64.b64decode(page.evaluate(WHERE, [view, rgb(colour)]))
    return np.frombuffer(found, "<i2").astype(float).reshape(-1, 2) + 0.5


def sent(page: Page, socket: int = 0) -> list[dict[str, Any]]:
    return page.evaluate("i => live.sockets[i].sent", socket)


def deliver(page: Page, *frames: bytes, socket: int = 0) -> None:
    """Frames that all arrive before the next paint."""
    page.evaluate(
        """async ([i, frames]) => {
          const socket = live.sockets[i];
          if (socket.readyState === 0) socket.open();
          for (const frame of frames) socket.deliver(frame);
          await live.painted();
        }""",
        [socket, [text(frame) for frame in frames]],
    )


def point_at(page: Page, name: str, x: float, y: float) -> str:
    """Hover at a share of the canvas; the read-out's text, one line a row."""
    box = page.locator(f'[data-view="{name}"] canvas').bounding_box()
    assert box
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.evaluate("() => live.painted()")
    return page.locator(f'[data-view="{name}"] .readout').inner_text()
