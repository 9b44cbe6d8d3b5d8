"""Points are where their numbers say, however they get onto the canvas; and what rests looks as if drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from live_harness import data_for
from live_page import deliver, fresh, harness_page, mount, view_of, where
from playwright.sync_api import Browser, Page

from playground.core import Axis, Contour, Points, Series
from playground.runtime.frames import encode

ORANGE = "#D55E00"
LISTEN = """() => {
  const context = CanvasRenderingContext2D.prototype, copy = context.drawImage;
  window.copies = 0;
  context.drawImage = function (...of) { copies += 1; return copy.apply(this, of); };
}"""
PIXELS = """() => {
  const canvas = live.canvas("only");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from(data, (part, i) => (i % 4 < 3 ? (part * data[i | 3]) / 255 : part)); // as it is seen
}"""
# Where the ink of one mark lies, in pixels from where it should: the largest distance of many.
OFF = """async ([density, places]) => {
  const { Marker } = await import("/live/markers.js");
  const marker = new Marker(density, 4, (g) => { g.beginPath(); g.arc(0, 0, 3, 0, 7); g.fill(); });
  const size = 64;
  const canvas = new OffscreenCanvas(size, size), g = canvas.getContext("2d", { willReadFrequently: true });
  let most = 0;
  for (const [x, y] of places) {
    g.clearRect(0, 0, size, size);
    marker.stamp(g, x, y);
    const { data } = g.getImageData(0, 0, size, size);
    let [ink, across, down] = [0, 0, 0];
    for (let i = 0; i < size * size; i += 1) {
      ink += data[4 * i + 3];
      across += data[4 * i + 3] * ((i % size) + 0.5);
      down += data[4 * i + 3] * (Math.floor(i / size) + 0.5);
    }
    most = Math.max(most, Math.abs(across / ink - x * density), Math.abs(down / ink - y * density));
  }
  return most;
}"""
# The same marks put together on a sheet and stamped one by one: the largest difference of any part of any pixel.
APART = """async ([density, places]) => {
  const { Marker } = await import("/live/markers.js");
  const { Cloud } = await import("/live/clouds.js");
  const rect = { left: 10, top: 12, right: 90, bottom: 70 };
  const marker = new Marker(density, 6, (g) => {
    g.fillStyle = "#D55E00"; g.strokeStyle = "#fff"; g.lineWidth = 1.2;
    g.beginPath(); g.moveTo(0, -4); g.lineTo(4, 0); g.lineTo(0, 4); g.lineTo(-4, 0); g.closePath();
    g.fill(); g.stroke();
  });
  const sheets = [0, 1].map(() => new OffscreenCanvas(120 * density, 90 * density).getContext("2d"));
  for (const g of sheets) { g.fillStyle = "#B9D7EC"; g.fillRect(0, 0, 120 * density, 90 * density); }
  const cloud = new Cloud({ rect, density }, marker);
  cloud.clear();
  for (const [x, y] of places) { cloud.put(x, y); marker.stamp(sheets[1], x, y); }
  cloud.draw(sheets[0]);
  const [one, other] = sheets.map((g) => g.getImageData(0, 0, 120 * density, 90 * density).data);
  return one.reduce((most, part, i) => Math.max(most, Math.abs(part - other[i])), 0);
}"""


@pytest.fixture(scope="module")
def harness(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    with harness_page(chromium) as opened:
        yield opened


@pytest.fixture
def page(harness: tuple[Page, list[str]]) -> Iterator[Page]:
    page, errors = harness
    errors.clear()
    yield fresh(page)
    assert errors == []


def frame(step: int, arrays: dict[str, Any], **scalars: float) -> bytes:
    header = {"step": step, "state": "running", "scalars": scalars}
    return encode(header, {name: np.asarray(array, np.float32) for name, array in arrays.items()})


@pytest.mark.parametrize("density", [1, 1.25, 2])
def test_a_mark_is_off_its_place_by_an_eighth_of_a_pixel_at_most(page: Page, density: float) -> None:
    places = np.random.default_rng(1).uniform(10, 22, (200, 2)).tolist()
    assert 0.09 < page.evaluate(OFF, [density, places]) < 1 / 8 + 0.02  # soft edges have 256 steps


@pytest.mark.parametrize("density", [1, 2])
def test_marks_put_together_on_a_sheet_look_as_if_stamped_one_by_one(page: Page, density: float) -> None:
    rng = np.random.default_rng(2)
    crowd = rng.normal((50, 40), 6, (300, 2)).clip((8, 10), (92, 72))
    edges = [(8.0, 10.0), (92.0, 72.0), (8.0, 72.0), (92.0, 10.0)]  # as far out as a mark may be
    assert page.evaluate(APART, [density, [*crowd.tolist(), *edges]]) <= 6


def test_what_rests_is_copied_from_a_sheet_and_looks_the_same(page: Page) -> None:
    rng = np.random.default_rng(3)
    arrays = {"p": rng.uniform(0.1, 0.9, (300, 2)), "f": np.add.outer(np.linspace(0, 1, 12), np.linspace(0, 1, 12)) / 2}
    layers = (Points("l", "real", "p"), Contour("c", "theory", "f", (0, 1, 0, 1), (0.5,)))
    mount(page, data_for((view_of(*layers),)))
    page.evaluate(LISTEN)
    pictures, copies = [], []
    for step in (1, 2, 3):
        page.evaluate("() => { copies = 0 }")
        deliver(page, frame(step, arrays))
        pictures.append(np.array(page.evaluate(PIXELS)))
        copies.append(page.evaluate("() => copies"))
    assert copies[0] >= 300 and copies[2] == 2  # each point by itself; then a sheet for each layer
    assert np.abs(pictures[0] - pictures[2]).max() <= 2
    moved = arrays | {"p": arrays["p"] + [0.05, 0]}
    deliver(page, frame(4, moved))
    assert np.abs(np.array(page.evaluate(PIXELS)) - pictures[0]).max() > 50


def test_a_long_curve_has_no_gaps_but_those_that_its_values_have(page: Page) -> None:
    """It is stroked in pieces."""
    steps = np.arange(0, 1010, 10)
    level = np.where(abs(steps - 500) < 45, np.nan, 0.5)
    arrays = {"history/step": steps, "history/a": level}
    mount(page, data_for((view_of(Series("a", "generated", "a"), x=Axis("step")),)))
    deliver(page, frame(1000, arrays, a=0.5))
    seen = where(page, ORANGE)
    row = np.median(seen[:, 1])
    columns = np.unique(seen[(abs(seen[:, 1] - row) < 1) & (seen[:, 0] < 1000), 0])  # beyond stands the curve's name
    gaps = np.diff(columns)[np.diff(columns) > 1]
    assert len(gaps) == 1 and gaps[0] == pytest.approx(0.1 * 998, abs=5)  # the axis is 998 pixels long
