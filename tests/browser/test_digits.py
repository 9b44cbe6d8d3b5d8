"""How images of digits are laid out on the live canvas, and points that are drawn as digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from live_harness import data_for
from live_page import draw, fresh, harness_page, mount, near, point_at, view_of, where
from playwright.sync_api import Browser, Page

from playground.core import Axis, Digits, Numerals, Points, View
from playground.figures.palette import DARK, LIGHT
from playground.runtime.frames import encode

BANDS = (Digits("input", "real", "a", 4), Digits("out", "encoder", "b", 4))


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


def images(n: int, side: int = 2) -> np.ndarray:
    """White, with a black line at the right and below, so that each can be told from the next."""
    image = np.full((side, side), 255, np.uint8)
    image[-1] = image[:, -1] = 0
    return np.repeat(image[None], n, 0)


def blocks(page: Page) -> list[tuple[int, int, int, int]]:
    """The white rectangles: left, top, width, height, row by row."""
    found = where(page, "#FFFFFF").astype(int)
    tops = np.unique(found[:, 1])
    rows = np.split(tops, np.flatnonzero(np.diff(tops) > 1) + 1)
    out = []
    for row in rows:
        xs = np.unique(found[found[:, 1] == row[0], 0])
        out += [
            (int(run[0]), int(row[0]), len(run), len(row)) for run in np.split(xs, np.flatnonzero(np.diff(xs) > 1) + 1)
        ]
    return out


def test_several_layers_of_digits_stand_below_one_another_under_their_names(page: Page) -> None:
    draw(page, view_of(*BANDS), {"a": images(4), "b": images(7)})
    found = blocks(page)
    tops = sorted({top for _, top, _, _ in found})
    assert [sum(top == block[1] for block in found) for top in tops] == [4, 4, 3]
    assert len({(width, height) for _, _, width, height in found}) == 1  # all of one size
    assert [left for left, top, *_ in found if top == tops[0]] == [left for left, top, *_ in found if top == tops[1]]
    for colour, below in (("#0072B2", tops[0]), ("#009E73", tops[1])):
        marks = where(page, colour)
        assert len(marks) > 40
        assert below - 30 < marks[:, 1].min() and marks[:, 1].max() < below
        assert marks[:, 0].min() == pytest.approx(found[0][0], abs=2)
    assert page.locator('[data-view="only"] .legend').inner_text() == ""  # they are named on the picture


def test_a_layer_alone_has_no_band_and_fills_the_panel(page: Page) -> None:
    draw(page, view_of(BANDS[0]), {"a": images(4)})
    assert near(page, "#0072B2") == 0
    left, _, width, _ = blocks(page)[0]
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box and left < 3 and 4 * 2 * width > box["width"] * 0.9


@pytest.mark.parametrize("side", [8, 28])
def test_every_pixel_of_an_image_is_as_large_as_any_other(page: Page, side: int) -> None:
    """Else strokes would look thick and thin by chance."""
    checks = np.zeros((8, side, side), np.uint8)
    checks[:, :, ::2] = 255
    draw(page, view_of(Digits("l", "generated", "i", 8)), {"i": checks})
    row = where(page, "#FFFFFF")
    xs = np.unique(row[row[:, 1] == row[0, 1], 0])
    stripes = {len(run) for run in np.split(xs, np.flatnonzero(np.diff(xs) > 1) + 1)}
    assert len(stripes) == 1


def test_each_digit_has_a_border_on_a_page_of_its_own_colour(page: Page) -> None:
    page.evaluate('() => live.theme("dark")')
    draw(page, view_of(Digits("l", "generated", "i", 2)), {"i": np.zeros((2, 4, 4), np.uint8)})
    axis = page.evaluate("""() => getComputedStyle(live.shadow.querySelector(".root")).getPropertyValue("--axis")""")
    left, top = where(page, "#000000").min(0)
    assert near(page, axis) > 200
    assert (where(page, axis) == [left - 1, top + 5]).all(1).any()


def test_a_long_row_is_folded_where_the_panel_is_narrow(page: Page) -> None:
    row = Digits("input", "real", "a", 16), Digits("out", "encoder", "b", 16)
    lattice = Digits("input", "real", "a", 16), Digits("out", "encoder", "c", 16)
    arrays = {"a": images(16, 28), "b": images(16, 28), "c": images(32, 28)}
    draw(page, view_of(*row), arrays)
    assert len({top for _, top, *_ in blocks(page)}) == 2
    wide = blocks(page)[0][2]
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("() => live.painted()")
    rows = {top for _, top, *_ in blocks(page)}
    assert len(rows) in (4, 8) and wide > 20 and blocks(page)[0][2] >= 27  # a digit of 28 by 28 keeps all its pixels
    draw(page, view_of(*lattice), arrays)
    assert [top for _, top, *_ in blocks(page)][-16:] == 16 * [blocks(page)[-1][1]]  # a lattice is never folded


def test_rows_of_several_layers_keep_their_pixels_on_a_phone(page: Page) -> None:
    """Else two rows of ten, three times, would shrink until nobody could read them; enlarged, they have more room."""
    bands = tuple(Digits(f"band {name}", "real", name, 10) for name in "abc")
    page.set_viewport_size({"width": 390, "height": 844})
    view = replace(view_of(*bands), column="world")
    draw(page, view, {name: images(20, 28) for name in "abc"})
    found = blocks(page)
    assert len({top for _, top, *_ in found}) == 6 and len(found) == 60
    assert min(found[0][2:]) >= 27  # a digit of 28 by 28 keeps all its pixels
    low = page.locator(".panel").bounding_box()
    page.get_by_role("button", name="Enlarge").click()
    page.evaluate("() => live.painted()")
    tall = page.locator(".panel").bounding_box()
    assert low and tall and tall["height"] > low["height"]


def test_names_stand_beside_their_bands_where_the_panel_is_low(page: Page) -> None:
    """Else they would take the height that the images need."""
    view = replace(view_of(*BANDS), name="low", column="world")
    others = [replace(view_of(Points("p", "real", "p")), name=str(k), column="world") for k in range(4)]
    frame = encode({"step": 3, "state": "paused"}, {"a": images(4, 28), "b": images(4, 28), "p": np.zeros((1, 2))})
    mount(page, data_for((view, *others), frame))
    marks = [where(page, colour, "low") for colour in ("#0072B2", "#009E73")]
    white = where(page, "#FFFFFF", "low")
    assert all(len(mark) > 40 and mark[:, 0].max() < white[:, 0].min() - 20 for mark in marks)
    assert marks[0][:, 1].max() < marks[1][:, 1].min()
    box = page.locator('[data-view="low"] canvas').bounding_box()
    assert box and len(np.unique(white[:, 1])) > 0.7 * box["height"]


def test_the_pointer_outlines_a_digit_and_says_which_it_is(page: Page) -> None:
    draw(page, view_of(*BANDS), {"a": images(4), "b": images(7)})
    last = blocks(page)[-1]
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box
    plain = near(page, "#009E73")
    at = ((last[0] + last[2] / 2) / box["width"], (last[1] + last[3] / 2) / box["height"])
    assert point_at(page, "only", *at).split() == ["out", "7", "of", "7"]
    ring = where(page, "#009E73")
    assert near(page, "#009E73") > plain + 100
    assert ((ring[:, 0] > last[0] - 3) & (ring[:, 1] > last[1] - 3)).sum() > 100
    point_at(page, "only", 0.999, at[1])
    assert page.locator('[data-view="only"] .readout').is_hidden() and near(page, "#009E73") == plain


def test_names_give_way_in_a_thumbnail(page: Page) -> None:
    frame = encode({"step": 3, "state": "paused"}, {"a": images(4), "b": images(4)})
    mount(page, data_for((view_of(*BANDS),), frame, still=True))
    assert len(blocks(page)) == 8
    assert near(page, "#0072B2") == near(page, "#009E73") == 0


PLACES = np.stack([np.linspace(0.05, 0.95, 10), np.full(10, 0.5)], 1)


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_each_numeral_has_the_colour_of_its_digit(page: Page, name: str, theme: Any) -> None:
    page.evaluate("theme => live.theme(theme)", name)
    for kind in (np.uint8, np.float32):
        draw(page, view_of(Numerals("l", "encoder", "p", "d")), {"p": PLACES, "d": np.arange(10, dtype=kind)})
        box = page.locator('[data-view="only"] canvas').bounding_box()
        assert box
        for digit, colour in enumerate(theme.numerals("encoder")):
            found = where(page, colour)
            assert len(found) > 3, digit
            across = np.median(found[:, 0]) / box["width"]
            assert across == pytest.approx(0.07 + digit * 0.1, abs=0.07)


def test_numerals_are_the_digits_they_say(page: Page) -> None:
    """A 1 is narrower than an 8, and what is no digit is not drawn."""
    widths = []
    for digit in (1, 8):
        draw(page, view_of(Numerals("l", "theory", "p", "d")), {"p": [[0.5, 0.5]], "d": [float(digit)]})
        body = where(page, LIGHT.numerals("theory")[digit])
        widths.append(len(np.unique(body[:, 0])) / len(np.unique(body[:, 1])))
    assert widths[0] < widths[1]
    draw(page, view_of(Numerals("l", "theory", "p", "d")), {"p": [[0.5, 0.5]] * 3, "d": [12, np.nan, -1]})
    assert [near(page, colour) for colour in LIGHT.numerals("theory")] == [0] * 10


def test_the_pointer_reads_the_digit_of_a_numeral(page: Page) -> None:
    draw(page, view_of(Numerals("code", "encoder", "p", "d")), {"p": [[0.5, 0.5]], "d": np.array([7], np.uint8)})
    assert [point_at(page, "only", x, 0.47).split("\n")[-1] for x in (0.52,)] == ["7 at (.500, .500)"]


def test_a_thousand_numerals_and_sixty_four_digits_cost_little(page: Page) -> None:
    """Fifteen frames a second leave 67 ms for each; the stage shares them with the rest of the page."""
    rng = np.random.default_rng(0)
    plane = Numerals("code", "encoder", "p", "d"), Points("prior", "noise", "q")
    views = (
        View("z", "Latent", "See.", plane, column="world"),
        View("g", "Digits", "See.", (Digits("samples", "generated", "i", 8),), x=Axis()),
        View("h", "Bands", "See.", (Digits("input", "real", "j", 8), Digits("out", "encoder", "k", 8))),
    )  # fmt: skip
    frames = []
    for step in range(24):
        arrays = {
            "p": rng.normal(size=(1000, 2)), "d": rng.integers(0, 10, 1000).astype(np.uint8),
            "q": rng.normal(size=(300, 2)), "i": rng.integers(0, 255, (64, 28, 28)).astype(np.uint8),
            "j": rng.random((8, 28, 28)), "k": rng.random((8, 28, 28)),
        }  # fmt: skip
        frames.append(data_for(views, encode({"step": step, "state": "running"}, arrays)))
    costs = page.evaluate(
        """async mounts => {
          const costs = [];
          for (const data of mounts) {
            live.mount(data);
            await live.painted();
            costs.push(Number(live.shadow.querySelector(".root").dataset.ms));
          }
          return costs;
        }""",
        frames,
    )
    assert np.median(costs) < 20, costs
