"""Contours, histograms, shaded grids, stretched arrows and hollow marks: that they are where their numbers say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from live_harness import data_for
from live_page import deliver, draw, fresh, harness_page, mount, near, point_at, view_of, where
from playwright.sync_api import Browser, Page

from playground.core import Arrows, Axis, Contour, Curve, Field, Histogram, Mesh, Points, View
from playground.runtime.frames import encode

BLUE, ORANGE, PURPLE, GREEN, GREY = "#0072B2", "#D55E00", "#8E4A97", "#009E73", "#6B7280"
UNIT = (0.0, 1.0, 0.0, 1.0)
CORNERS = Points("corners", "encoder", "corners")  # green squares at known places: they tell where the axes are
AT = {"corners": [[0.05, 0.95], [0.95, 0.05]]}
RGBA = """([x, y]) => [...live.canvas("only").getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data]"""
LISTEN = """() => {
  if (window.written) return;
  const context = CanvasRenderingContext2D.prototype, write = context.fillText;
  window.written = [];
  context.fillText = function (text, ...at) {
    written.push({ text, font: this.font, alpha: this.globalAlpha });
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
    yield fresh(page)
    assert errors == []


class Ruler:
    """From data to pixels and back, by the two green squares."""

    def __init__(self, page: Page) -> None:
        squares = where(page, GREEN)
        left = squares[:, 0] < squares[:, 0].mean()
        first, last = (squares[side].mean(0) for side in (left, ~left))
        self.per_unit = (last - first) / [0.9, -0.9]
        self.origin = first - self.per_unit * [0.05, 0.95]

    def pixels(self, at: Any) -> np.ndarray:
        return self.origin + np.asarray(at) * self.per_unit

    def data(self, pixels: np.ndarray) -> np.ndarray:
        return (pixels - self.origin) / self.per_unit


def cone(size: int, x: float = 0.5, y: float = 0.5) -> np.ndarray:
    """The distance from (x, y), at the centres of size x size equal cells of the unit square."""
    middles = (np.arange(size) + 0.5) / size
    return np.hypot(middles - x, (middles - y)[:, None])


def rings(*levels: float, role: Any = "discriminator") -> View:
    return view_of(CORNERS, Contour("ring", role, "f", UNIT, levels))


def test_a_contour_runs_where_the_field_has_its_value(page: Page) -> None:
    draw(page, rings(0.3), {**AT, "f": cone(41)})
    away = Ruler(page).data(where(page, PURPLE)) - 0.5
    assert np.abs(np.hypot(*away.T) - 0.3).max() < 0.01  # a line is two pixels wide, some .005
    around = np.degrees(np.arctan2(*away.T)).astype(int)
    assert len(set(around)) > 355  # closed


def test_a_contour_has_a_line_a_level_and_none_where_there_is_no_number(page: Page) -> None:
    field = cone(40)
    field[20:, 20:] = np.nan
    draw(page, rings(0.2, 0.4), {**AT, "f": field})
    away = Ruler(page).data(where(page, PURPLE)) - 0.5
    radius = np.hypot(*away.T)
    assert min((np.abs(radius - 0.2) < 0.02).sum(), (np.abs(radius - 0.4) < 0.02).sum()) > 100
    assert (np.abs(radius - 0.2) < 0.02).sum() + (np.abs(radius - 0.4) < 0.02).sum() == len(radius)
    assert not ((away > 0.02).all(1)).any()


def test_theory_is_dashed_all_along_a_contour(page: Page) -> None:
    draw(page, rings(0.35, role="theory"), {**AT, "f": cone(60)})
    away = Ruler(page).data(where(page, GREY)) - 0.5
    away = away[np.abs(np.hypot(*away.T) - 0.35) < 0.02]  # the axis is grey as well
    drawn = np.zeros(720, bool)
    drawn[(np.degrees(np.arctan2(*away.T)) * 2).astype(int)] = True
    changes = np.flatnonzero(drawn != np.roll(drawn, 1))
    assert len(changes) > 40  # dashes of seven pixels, not a line and not dots at each crossing
    assert 0.4 < drawn.mean() < 0.75


def test_a_saddle_joins_what_its_middle_says(page: Page) -> None:
    """Two opposite corners high: with a high middle they are connected, and the lines cut off the low corners."""
    for high, cut in ((0.9, True), (0.6, False)):
        draw(page, rings(0.5), {**AT, "f": [[high, 0.2], [0.2, high]]})
        away = Ruler(page).data(where(page, PURPLE)) - 0.5
        low_side = (away[:, 0] * away[:, 1] < 0).mean()
        assert low_side > 0.9 if cut else low_side < 0.1


def test_a_contour_follows_its_field_from_frame_to_frame(page: Page) -> None:
    view = rings(0.2)
    mount(page, data_for((view,)))
    for step, x in enumerate((0.3, 0.3, 0.7)):
        header = {"step": step, "state": "running", "scalars": {}}
        deliver(page, encode(header, {"corners": np.array(AT["corners"]), "f": cone(40, x)}))
        middle = Ruler(page).data(where(page, PURPLE)).mean(0)
        assert middle == pytest.approx([x, 0.5], abs=0.01)


EDGES = {"edges": [0.0, 0.25, 0.5, 0.75, 1.0], "h": [0.2, 0.8, 0.0, 0.4], "k": [0.4, 0.6, 0.0, 0.0]}
HEAP = Histogram("real", "real", "edges", "h")


def test_a_histogram_is_pale_below_its_outline(page: Page) -> None:
    draw(page, view_of(HEAP, CORNERS), {**AT, **EDGES})
    ruler = Ruler(page)
    outline = ruler.data(where(page, BLUE))
    for x, height in ((0.12, 0.2), (0.37, 0.8), (0.87, 0.4)):
        beside = outline[np.abs(outline[:, 0] - x) < 0.05]
        assert beside[:, 1] == pytest.approx(height, abs=0.01)
        inside = page.evaluate(RGBA, ruler.pixels([x + 0.02, height / 2 + 0.02]).tolist())
        assert inside[2] > inside[0] + 60 and inside[3] == pytest.approx(0.26 * 255, abs=4)
    assert not (np.abs(outline[:, 0] - 0.62) < 0.1).any()  # an empty bar has no line along the axis
    rise = outline[np.abs(outline[:, 0] - 0.25) < 0.005]
    assert rise[:, 1].max() > 0.78 and rise[:, 1].min() < 0.22


def test_two_histograms_can_be_read_through_each_other(page: Page) -> None:
    draw(page, view_of(HEAP, Histogram("made", "generated", "edges", "k"), CORNERS), {**AT, **EDGES})
    ruler = Ruler(page)
    one, other, both = (
        page.evaluate(RGBA, ruler.pixels(at).tolist()) for at in ((0.37, 0.68), (0.12, 0.33), (0.37, 0.32))
    )
    assert one[2] > one[0] + 60 and other[0] > other[2] + 60
    assert both[3] > max(one[3], other[3]) + 20
    for colour, height in ((BLUE, 0.8), (ORANGE, 0.6)):
        top = ruler.data(where(page, colour))
        assert (np.abs(top - [0.37, height]) < [0.1, 0.01]).all(1).sum() > 50


def test_the_readout_of_a_histogram_tells_the_bar_and_its_heights(page: Page) -> None:
    draw(page, view_of(HEAP, Histogram("made", "generated", "edges", "k")), EDGES)
    words = point_at(page, "only", 0.45, 0.5)
    assert words.split("\n") == ["x from .250 to .500", "real", ".800", "made", ".600"]


NODES = np.stack(np.meshgrid([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]), -1)


def test_the_cells_of_a_grid_are_as_dense_as_their_shade(page: Page) -> None:
    shade = [[1.0, 0.5], [0.0, np.nan]]
    draw(page, view_of(CORNERS, Mesh("grid", "generated", "m", "s")), {**AT, "m": NODES, "s": shade})
    ruler = Ruler(page)
    found = [page.evaluate(RGBA, ruler.pixels(at).tolist()) for at in ((0.33, 0.33), (0.73, 0.33))]
    for (red, _, blue, alpha), expected in zip(found, (1.0, 0.5), strict=True):
        assert alpha == pytest.approx(0.45 * expected * 255, abs=5) and red > blue + 100
    for at in ((0.33, 0.73), (0.73, 0.73)):
        assert page.evaluate(RGBA, ruler.pixels(at).tolist())[3] == 0


def test_a_grid_that_folds_over_has_no_holes(page: Page) -> None:
    folded = NODES.copy()
    folded[:, 2, 0] = 0.1  # the right half lies on the left one, turned over
    draw(page, view_of(CORNERS, Mesh("grid", "generated", "m", "s")), {**AT, "m": folded, "s": np.full((2, 2), 0.5)})
    for at in ((0.33, 0.33), (0.33, 0.73)):
        assert page.evaluate(RGBA, Ruler(page).pixels(at).tolist())[3] > 50


@pytest.mark.parametrize("stretch", [40.0, "zoom"])
def test_arrows_are_drawn_stretched_and_their_key_tells_the_true_length(page: Page, stretch: Any) -> None:
    page.evaluate(LISTEN)
    arrows = Arrows("pull", "generated", "at", "by", stretch)
    draw(page, view_of(CORNERS, arrows), {**AT, "at": [[0.3, 0.6]], "by": [[0.01, 0.0]]}, {"zoom": 40.0})
    ruler, drawn = Ruler(page), where(page, ORANGE)
    arrow = ruler.data(drawn[ruler.data(drawn)[:, 1] > 0.3])
    assert [arrow[:, 0].min(), arrow[:, 0].max()] == pytest.approx([0.3, 0.7], abs=0.01)
    key = drawn[ruler.data(drawn)[:, 1] < 0.3]
    told = page.evaluate("written.at(-1).text")
    length = (np.ptp(key[:, 0]) + 1) / ruler.per_unit[0] / 40
    assert float(told) == pytest.approx(length, rel=0.08)
    assert float(f"{float(told):.0e}") == float(told)  # a round number


def test_an_axis_without_numbers_has_none(page: Page) -> None:
    """Else a place that only has to be compared would be read as a value."""
    page.evaluate(LISTEN)
    for numbers in (True, False):
        page.evaluate("() => { written.length = 0 }")
        axes = {"x": Axis("x", 0, 1, numbers=False), "y": Axis("", 0, 1, numbers=numbers)}
        draw(page, view_of(CORNERS, **axes), AT)
        assert ("1" in page.evaluate("written.map(({ text }) => text)")) == numbers


def test_an_arrow_of_no_length_and_one_without_a_stretch_draw_nothing(page: Page) -> None:
    arrows = Arrows("pull", "generated", "at", "by", "zoom")
    for by, zoom in (([[0.0, 0.0]], {"zoom": 40.0}), ([[0.1, 0.0]], {})):
        draw(page, view_of(CORNERS, arrows), {**AT, "at": [[0.3, 0.6]], "by": by}, zoom)
        assert near(page, ORANGE) == 0


def test_hollow_points_stand_around_others(page: Page) -> None:
    crowd = np.random.default_rng(0).uniform(0.1, 0.3, (300, 2))
    at = {**AT, "p": np.vstack([crowd, [[0.6, 0.5]]]), "q": [[0.8, 0.5], [0.6, 0.5]]}
    draw(page, view_of(CORNERS, Points("p", "real", "p"), Points("q", "generated", "q", hollow=True)), at)
    ruler = Ruler(page)
    alone, around = ruler.pixels([0.8, 0.5]), ruler.pixels([0.6, 0.5])
    assert page.evaluate(RGBA, (alone + 1).tolist())[3] == 0
    mark = where(page, BLUE)
    mark = np.abs(mark - around).max(1)
    ring = np.abs(where(page, ORANGE) - around).sum(1)
    ring = ring[ring < 30]
    assert len(ring) > 10
    assert ring.min() > mark[mark < 20].max()


def test_what_slow_motion_is_not_about_is_faint(page: Page) -> None:
    page.evaluate(LISTEN)
    line = {"x": np.array([0.0, 1]), "y": np.array([0.2, 0.2]), "z": np.array([0.8, 0.8])}
    view = view_of(Curve("D", "discriminator", "x", "y"), Curve("G", "generated", "x", "z"), y=Axis("", 0, 1))
    phase = {"name": "D update", "player": "D", "says": "D has moved.", "index": 0, "of": 2, "layers": ["D"]}
    for labels, faint in ((["D"], True), ([], False)):
        header = {"step": 1, "state": "paused", "slow": True, "phase": {**phase, "layers": labels}, "scalars": {}}
        page.evaluate("() => { written.length = 0 }")
        mount(page, data_for((view,), encode(header, line)))
        assert near(page, PURPLE) > 300
        assert (near(page, ORANGE) == 0) is faint
        alphas = {entry["text"]: entry["alpha"] for entry in page.evaluate("written")}
        assert alphas["D"] == 1 and alphas["G"] == (0.25 if faint else 1)
        entry = page.locator(".entry.faint")
        assert entry.count() == 0  # both are named at their ends


def test_the_readout_names_a_field_and_the_lines_on_it_once(page: Page) -> None:
    field, line = Field("D", "discriminator", "f", UNIT), Contour("D = .5", "discriminator", "f", UNIT, (0.5,))
    draw(page, view_of(field, line), {"f": np.full((8, 8), 0.25)})
    assert point_at(page, "only", 0.5, 0.5).split("\n")[1:] == ["D", ".250"]


def test_bounds_and_extents_may_be_scalars_and_move_with_them(page: Page) -> None:
    window = ("low", "high", "low", "high")
    layers = Field("D", "discriminator", "f", window), Contour("ring", "discriminator", "f", window, (0.3,))
    corners = Points("corners", "encoder", "corners")
    view = view_of(*layers, corners, x=Axis("x", "low", "high"), y=Axis("y", "low", "high"))
    for low, high in ((0.0, 1.0), (-2.0, 6.0)):
        span = high - low
        at = {"corners": low + span * np.array(AT["corners"]), "f": cone(41)}
        draw(page, view, at, {"low": low, "high": high})
        ruler = Ruler(page)  # in shares of the window: the corners are at the same shares of both
        away = ruler.data(where(page, PURPLE)) - 0.5
        assert np.abs(np.hypot(*away.T) - 0.3).max() < 0.01
        words = point_at(page, "only", 0.5, 0.5)
        place = re.search(r"\((\S+), (\S+)\)", words)
        assert place
        x = float(place[1].replace("\N{MINUS SIGN}", "-"))
        assert low + 0.4 * span < x < low + 0.6 * span
    draw(page, view, {"f": cone(41)})
    assert near(page, PURPLE) == 0  # nobody knows where it is
