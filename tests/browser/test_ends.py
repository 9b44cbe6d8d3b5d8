"""Lines are named where they end, arrows beside one another can be told apart, and lanes have one scale of arrows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from live_harness import data_for
from live_page import draw, fresh, harness_page, mount, view_of, where
from playwright.sync_api import Browser, Page

from playground.core import Arrows, Axis, Curve, Points, Series, View
from playground.runtime.frames import encode

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
LISTEN = """() => {
  if (window.told) return;
  const context = CanvasRenderingContext2D.prototype, write = context.fillText;
  window.told = [];
  context.fillText = function (text, ...at) {
    told.push(text);
    return write.call(this, text, ...at);
  };
}"""


@pytest.fixture(scope="module")
def harness(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    with harness_page(chromium) as opened:
        yield opened


@pytest.fixture
def page(harness: tuple[Page, list[str]]) -> Iterator[Page]:
    page, errors = harness
    errors.clear()
    fresh(page).evaluate(LISTEN)
    page.evaluate("() => { told.length = 0 }")
    yield page
    assert errors == []


def named(page: Page) -> tuple[set[str], set[str]]:
    """The names on the picture, and those in the legend."""
    return set(page.evaluate("told")), set(page.locator('[data-view="only"] .legend .entry').all_inner_texts())


TURN = np.linspace(0, 2 * np.pi, 60)
LINES = {
    "to the edge": ([0.0, 1.0 + 1e-7], [0.2, 0.3]),
    "nearly": ([0.0, 0.85], [0.5, 0.6]),
    "half": ([0.0, 0.5], [0.8, 0.8]),
    "one point": ([0.0, 1.0], [0.1, np.nan]),
    "out of sight": ([0.0, 0.3, 1.0], [0.4, 2.0, 9.0]),
    "closed": (0.9 + 0.08 * np.cos(TURN), 0.8 + 0.08 * np.sin(TURN)),
}


def test_a_line_is_named_at_its_end_or_in_the_legend(page: Page) -> None:
    """Else a leader would point to nothing, where a line stops early, is one point, or goes round."""
    layers = [Curve(name, "generated", f"{name} x", f"{name} y") for name in LINES]
    arrays = {f"{name} {axis}": values for name, line in LINES.items() for axis, values in zip("xy", line, strict=True)}
    arrays["closed x"][-1], arrays["closed y"][-1] = arrays["closed x"][0], arrays["closed y"][0]
    draw(page, view_of(*layers), arrays)
    drawn, legend = named(page)
    ended = {"to the edge", "nearly"}
    assert drawn & set(LINES) == ended and legend == set(LINES) - ended


def test_a_leader_bridges_what_is_missing_to_the_edge(page: Page) -> None:
    """Else the name of a line that stops before the edge would hang in the air."""
    ends = {}
    for stop in (1.0, 0.8):
        draw(page, view_of(Curve("line", "generated", "x", "y")), {"x": [0.0, stop], "y": [0.5, 0.5]})
        pixels = where(page, ORANGE)
        row = np.unique(pixels[np.abs(pixels[:, 1] - np.median(pixels[:, 1])) < 1.1, 0])
        ends[stop] = row[np.append(np.diff(row) > 1.5, True).argmax()]  # of the solid part
    dots = row[(row > ends[0.8]) & (row < ends[1.0])]
    assert ends[0.8] < 0.85 * ends[1.0] and len(dots) > 20
    assert np.diff([ends[0.8], *dots, ends[1.0]]).max() <= 8


def test_a_run_that_has_just_begun_has_no_leader(page: Page) -> None:
    """Else a dotted line would cross a picture in which nothing has happened yet."""
    series = view_of(Series("loss", "generated", "loss"), x=Axis("step"), y=Axis("", 0, 1))
    header = {"step": 0, "state": "paused", "scalars": {"loss": 0.5}}
    arrays = {"history/step": np.zeros(1, np.float32), "history/loss": np.full(1, 0.5, np.float32)}
    mount(page, data_for((series,), encode(header, arrays)))
    xs = np.unique(where(page, ORANGE)[:, 0])
    assert np.diff(xs).max() > 300 and "loss .500" in named(page)[0]


def test_switches_name_what_can_be_switched(page: Page) -> None:
    """Else each line would be named twice."""
    draw(page, view_of(Curve("line", "generated", "x", "y"), switches=True), {"x": [0.0, 1.0], "y": [0.5, 0.5]})
    drawn, legend = named(page)
    assert "line" not in drawn and "line" in legend


def runs(page: Page, across: float) -> int:
    """How many separate pieces of green lie on a row of the picture."""
    pixels = where(page, GREEN)
    row = np.sort(pixels[np.abs(pixels[:, 1] - across) < 0.6, 0])
    return int((np.diff(row) > 1.5).sum()) + 1 if len(row) else 0


def test_arrows_side_by_side_on_the_line_do_not_run_into_one_another(page: Page) -> None:
    """Else a plan of many shares would be one green area. Arrows in the plane are all drawn: each is a place."""
    plan = Arrows("plan", "encoder", "at", "by")
    corners = Points("corners", "real", "c")

    def drawn(n: int, width: float, *, equal: bool = False) -> int:
        at = np.stack((np.linspace(0.2, 0.2 + width, n), np.full(n, 0.9)), 1)
        draw(
            page,
            view_of(corners, plan, equal=equal),
            {"c": [[0.0, 0.0], [1.0, 1.0]], "at": at, "by": np.tile([0.02, -0.8], (n, 1))},
        )
        blue = where(page, BLUE)
        return runs(page, round(float(blue[:, 1].mean())) + 0.5)

    assert drawn(10, 0.6) == 10
    few = drawn(64, 0.1)
    assert 4 <= few < 32
    assert drawn(64, 0.0005) <= 4
    assert drawn(8, 0.6, equal=True) == 8
    assert drawn(64, 0.1, equal=True) <= 2  # one area: none is left out


LANE = View(
    "plane",
    "Plane",
    "Arrows.",
    (Points("corners", "real", "c"), Arrows("pull", "generated", "at", "by", "stretch")),
    x=Axis("", 0, 1),
    y=Axis("", 0, 1),
    equal=True,
    link="plane",
)


def lanes(a: float, b: float) -> dict[str, Any]:
    """The same arrow in both lanes, where each would stretch it by its own measure."""
    views = tuple(replace(LANE.prefixed(f"{letter}/"), column=letter) for letter in "AB")
    arrays, scalars = {}, {"A/stretch": a, "B/stretch": b}
    for letter in "AB":
        arrays |= {f"{letter}/c": [[0, 0], [1, 1]], f"{letter}/at": [[0.2, 0.8]], f"{letter}/by": [[0.01, 0.0]]}
    header = {"step": 1, "state": "paused", "scalars": scalars}
    return data_for(views, encode(header, {name: np.asarray(array, np.float32) for name, array in arrays.items()}))


def test_arrows_of_all_lanes_have_one_scale(page: Page) -> None:
    """Else the longer arrow of two lanes could be the weaker pull. It is that of the lane that needs the smallest."""
    found = {}
    for a, b in ((60.0, 60.0), (60.0, 20.0), (20.0, 60.0)):
        page.evaluate("() => { told.length = 0 }")
        mount(page, lanes(a, b))
        spans = []
        for letter in "AB":
            pixels = where(page, ORANGE, f"{letter}/plane")
            top = pixels[pixels[:, 1] < np.median(pixels[:, 1])]
            spans.append(np.ptp(top[:, 0]))
        assert spans[0] == pytest.approx(spans[1], abs=1)
        keys = [text for text in page.evaluate("told") if text.startswith(".0")]
        assert len(set(keys)) == 1 and len(keys) == 2
        found[a, b] = spans[0]
    assert found[60.0, 20.0] == found[20.0, 60.0] == pytest.approx(found[60.0, 60.0] / 3, abs=4)
