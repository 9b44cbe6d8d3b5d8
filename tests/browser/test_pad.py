"""Drawing, as a learner's hand does it: mouse, finger and keys on the pad and on what stands on it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pad_harness
import pytest
from conftest import OpenPage
from driver import settled
from playwright.sync_api import Locator, Page, expect

from playground.data.line import text_to_heights
from playground.data.own import read_csv
from playground.data.plane import text_to_points

LEFT, RIGHT, TOP, BOTTOM = 36, 10, 10, 26  # the sheet's margins
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot) at = at.shadowRoot.activeElement;
  return at.textContent;
}"""
OpenSheet = Callable[..., Page]
SHADE = """(canvas, [x, y]) => {
  const density = canvas.width / canvas.clientWidth;
  return [...canvas.getContext("2d").getImageData(Math.round(x * density), Math.round(y * density), 1, 1).data];
}"""
COUNT = """(canvas, rgb) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3] > 200 && rgb.every((part, k) => Math.abs(part - pixels[i + k]) < 6)) count += 1;
  return count;
}"""


@pytest.fixture(scope="module")
def harness() -> Iterator[str]:
    with pad_harness.served() as url:
        yield url


@pytest.fixture
def open_sheet(open_page: OpenPage, harness: str) -> OpenSheet:
    def open_sheet(show: str, **options: Any) -> Page:
        page = open_page(f"?show={show}", base=harness, **options)
        if not show.startswith("own"):
            drawn(page)
        return page

    return open_sheet


def sheet(page: Page) -> Locator:
    return page.locator("canvas.front")


def drawn(page: Page) -> Page:
    """Wait for the sheet to be there and at rest, and for the one before it to be gone."""
    expect(page.locator(".root[data-words]")).to_have_count(1)
    expect(page.locator(".root[data-words]")).to_be_visible()
    sheet(page).scroll_into_view_if_needed()
    return settled(page)


class Place:
    """Data units to pixels of the page, by the margins of the sheet."""

    def __init__(self, page: Page, window: float, flat: bool = False) -> None:
        box = sheet(page).bounding_box()
        assert box
        self.box, self.window, self.flat = box, window, flat
        self.across, self.down = box["width"] - LEFT - RIGHT, box["height"] - TOP - BOTTOM
        if not flat:
            self.across = self.down = min(self.across, self.down)

    def on_sheet(self, x: float, y: float) -> tuple[float, float]:
        share = y if self.flat else (y + self.window) / (2 * self.window)
        return LEFT + (x + self.window) / (2 * self.window) * self.across, TOP + (1 - share) * self.down

    def at(self, x: float, y: float) -> tuple[float, float]:
        px, py = self.on_sheet(x, y)
        return self.box["x"] + px, self.box["y"] + py

    @property
    def unit(self) -> float:
        """Data units a pixel."""
        return 2 * self.window / self.across


def stroke(page: Page, path: list[tuple[float, float]], steps: int = 1) -> None:
    page.mouse.move(*path[0])
    page.mouse.down()
    for spot in path[1:]:
        page.mouse.move(*spot, steps=steps)
    page.mouse.up()


def words(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".count")).to_have_text(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def told(page: Page) -> dict[str, Any]:
    """What the harness says below the sheet."""
    return json.loads(page.locator("code").inner_text())


def hand_in(page: Page) -> Any:
    before = told(page)["runs"]
    press(page, "Hand in")
    expect(page.locator("code")).to_contain_text(f'"runs": {before + 1}')
    return told(page)["taken"]


# Points


def test_a_press_is_a_point_where_it_was_pressed(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("points")
    place = Place(page, 1.5)
    wanted = [(-1.0, -1.0), (0.5, 0.25), (1.2, 1.4), (0, 0), (0.1, 0), (0.2, 0), (0.3, 0), (0.4, 0)]
    for spot in wanted:
        page.mouse.click(*place.at(*spot))
    words(page, "8 of 2000 points")
    assert told(page)["runs"] == 1  # nothing reran meanwhile
    taken = hand_in(page)
    assert np.allclose(taken, wanted, atol=place.unit)
    assert np.array_equal(taken, np.round(taken, 3))
    page.mouse.click(page.viewport_size["width"] / 2 + 500, 100)  # beside the sheet: nothing
    words(page, "8 of 2000 points")
    assert told(page)["runs"] == 2 and errors == []


def test_a_drag_is_a_spray_along_the_way_however_fast(open_sheet: OpenSheet) -> None:
    page = open_sheet("points")
    place = Place(page, 1.5)
    counts = []
    for steps in (1, 25):
        stroke(page, [place.at(-1.2, -0.6), place.at(1.2, 0.6)], steps)
        words(page, re.compile(r"\d+ of 2000"))
        points = np.array(hand_in(page))
        across = np.abs(points @ [-0.6, 1.2]) / math.hypot(0.6, 1.2) / place.unit
        along = points @ [1.2, 0.6] / math.hypot(1.2, 0.6)
        assert across.max() < 30 and across.mean() > 1  # pixels: near the way, not on a line
        assert np.diff(np.sort(along)).max() < 0.25  # no gap
        counts.append(len(points))
        press(page, "Clear")
    assert abs(counts[0] - counts[1]) <= 0.1 * counts[0]  # as many, whatever the browser hands over at once


def test_too_few_points_cannot_be_handed_in_and_a_full_sheet_says_so(open_sheet: OpenSheet) -> None:
    page = open_sheet("points")
    button = page.get_by_role("button", name="Hand in")
    expect(button).to_be_disabled()
    page.mouse.click(*Place(page, 1.5).at(0, 0))
    words(page, "1 of at least 8 points")
    expect(button).to_be_disabled()
    page = open_sheet("few")
    place = Place(page, 1.5)
    stroke(page, [place.at(-1.4, -1), place.at(1.4, -1), place.at(1.4, 1)])
    words(page, "30 of 30 points: the sheet is full")
    assert len(hand_in(page)) == 30


def test_undo_and_clear_and_what_is_drawn_outlives_a_rerun(open_sheet: OpenSheet) -> None:
    page = open_sheet("points")
    place = Place(page, 1.5)
    undo, clear = (page.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    expect(undo).to_be_disabled()
    expect(clear).to_be_disabled()
    stroke(page, [place.at(-1, 0), place.at(0, 0)])
    words(page, re.compile(r"[2-9]\d of 2000"))
    sprayed = page.locator(".count").inner_text()
    page.mouse.click(*place.at(1, 1))
    clear.click()
    words(page, "0 of 2000 points")
    undo.click()
    undo.click()
    words(page, sprayed)
    press(page, "Rerun")
    expect(page.locator("code")).to_contain_text('"runs": 2')
    words(page, sprayed)
    undo.click()
    words(page, "0 of 2000 points")


def test_the_hand_may_leave_the_sheet(open_sheet: OpenSheet) -> None:
    page = open_sheet("points")
    place = Place(page, 1.5)
    x, y = place.at(1.4, 0)
    stroke(page, [place.at(1, 0), (x + 300, y), (x + 300, y + 400), place.at(1, -1)], 20)
    assert (np.abs(hand_in(page)) <= 1.5).all()
    page.mouse.move(*place.at(-1, 0))  # the pen is up: nothing more is drawn
    page.mouse.move(*place.at(-1, 1), steps=10)
    assert (np.array(hand_in(page))[:, 0] > 0.5).all()


# Keys


def test_keys_draw_and_reach_every_button(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("few")
    sheet(page).focus()
    for key in ("ArrowRight", "ArrowUp", "Enter", "Enter"):
        page.keyboard.press(key)
    words(page, "1 of 30 points")
    page.keyboard.press("Enter")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    words(page, re.compile(r"(1\d|2\d|30) of 30"))
    seen = []
    for _ in range(3):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    assert seen == ["Undo", "Clear", "Hand in"]
    page.keyboard.press("Enter")
    expect(page.locator("code")).to_contain_text('"runs": 2')
    first = told(page)["taken"][0]
    assert np.allclose(first, [0.05, 0.05], atol=2e-3)  # a sixtieth of the sheet each way
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    words(page, "1 of 30 points")
    assert errors == []


# A density


def test_heights_follow_the_hand_and_a_fast_stroke_leaves_no_gap(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("density")
    place = Place(page, 3, flat=True)
    stroke(page, [place.at(-2, 0.2), place.at(1, 0.8), place.at(2, 0.1)])
    heights = np.array(hand_in(page))
    centres = (np.arange(48) + 0.5) / 8 - 3
    inside = (centres > -2) & (centres < 2)
    wanted = np.interp(centres, [-2, 1, 2], [0.2, 0.8, 0.1])
    near = np.abs(heights - wanted) < 0.05
    near |= np.abs(centres - 1) < 0.15  # the bin in which the hand turns
    near |= np.abs(np.abs(centres) - 2) < 0.15
    assert near[inside].all()
    assert (heights[np.abs(centres) > 2.2] == 0).all()
    stroke(page, [place.at(1.5, 0.9), place.at(-1.5, 0.9)])  # backwards, over what was there
    again = np.array(hand_in(page))
    assert np.abs(again[np.abs(centres) < 1.4] - 0.9).max() < 0.02
    press(page, "Undo")
    assert np.array_equal(hand_in(page), heights)
    assert errors == []


def test_a_schedule_only_falls(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("schedule")
    place = Place(page, 3, flat=True)  # in its units the time runs from -3 to 3
    stroke(page, [place.at(-2.99, 0.9), place.at(0, 0.2), place.at(2.99, 0.8)])
    words(page, re.compile(r"(19|20|21|22) % left at the end"))
    heights = np.array(hand_in(page))
    times = (np.arange(48) + 0.5) / 48
    assert np.abs(heights - np.interp(times, [0, 0.5, 1], [0.9, 0.2, 0.2])).max() < 0.05
    assert (np.diff(heights) <= 0).all()
    assert errors == []


# A boundary


def test_an_open_line_is_closed_and_regions_add_up(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("boundary")
    place = Place(page, 2)
    expect(page.get_by_role("button", name="Hand in")).to_be_disabled()
    page.mouse.click(*place.at(0, 0))  # a slip of the hand is no region
    words(page, "no region yet")
    stroke(page, [place.at(*spot) for spot in ((-1, -1), (-1, 1), (0.5, 1), (0.5, -1))], 10)
    words(page, "1 region: inside is real")
    stroke(page, [place.at(*spot) for spot in ((0, -0.5), (0, 0.5), (1.5, 0.5), (1.5, -0.5))], 10)
    words(page, "2 regions: inside is real")
    pixel = {
        name: sheet(page).evaluate(SHADE, list(place.on_sheet(x, 0)))
        for name, x in {"first": -0.5, "both": 0.25, "second": 1.1, "outside": 1.8}.items()
    }
    assert pixel["first"] == pixel["both"] == pixel["second"]  # where two overlap, it is no darker
    assert pixel["first"][3] > 20 and pixel["outside"][3] == 0
    loops = [np.array(loop) for loop in hand_in_loops(page)]
    assert len(loops) == 2
    for loop, corners in zip(loops, ([-1, -1, 0.5, 1], [0, -0.5, 1.5, 0.5]), strict=True):
        assert np.allclose([*loop.min(0), *loop.max(0)], corners, atol=0.05)
    assert errors == []


def hand_in_loops(page: Page) -> list[list[list[float]]]:
    return hand_in(page)


# Points to move


def test_points_are_dragged_and_the_others_stay(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("move")
    place = Place(page, 2)
    words(page, "0 of 3 moved")
    expect(page.get_by_role("button", name="Hand in")).to_be_disabled()
    stroke(page, [place.at(-0.5, 0.5), place.at(-0.9, 0.5)], 5)  # nothing there to drag
    words(page, "0 of 3 moved")
    x, y = place.at(0, 0)
    stroke(page, [(x + 6, y - 4), (x + 6 + 80, y - 4 - 40)], 5)  # it does not jump under the hand
    words(page, "1 of 3 moved")
    taken = np.array(hand_in(page))
    assert np.allclose(taken, [[-1, -1], [80 * place.unit, 40 * place.unit], [1, 1]], atol=2e-3)
    stroke(page, [place.at(1, 1), place.at(5, 1)], 5)  # not out of the window
    assert np.array(hand_in(page))[2] == pytest.approx([2, 1], abs=2e-3)
    press(page, "Undo")
    press(page, "Undo")
    words(page, "0 of 3 moved")
    assert errors == []


# Fingers, screens, themes


def fingers(page: Page) -> Callable[..., None]:
    """touch("touchStart", spot, ...): where the fingers are now."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *spots: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(spots)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def test_a_finger_draws_and_the_page_stays_where_it_is(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("points", width=390, height=844, has_touch=True, is_mobile=True)
    place, touch = Place(page, 1.5), fingers(page)
    touch("touchStart", place.at(0, 1))
    for i in range(1, 21):
        touch("touchMove", place.at(0, 1 - i * 0.1))
    touch("touchEnd")
    words(page, re.compile(r"[2-9]\d of 2000"))
    taken = np.array(hand_in(page))
    assert np.abs(taken[:, 0]).max() < 0.3 and taken[:, 1].min() < -0.8  # all the way down
    assert Place(page, 1.5).box == place.box  # nothing has scrolled
    touch("touchStart", place.at(1, 1))
    touch("touchStart", place.at(1, 1), place.at(-1, 1))  # a second finger draws nothing
    touch("touchMove", place.at(1, 0.9), place.at(-1, -1))
    touch("touchEnd")
    assert (np.array(hand_in(page))[len(taken) :, 0] > 0.5).all()
    assert errors == []


@pytest.mark.parametrize("show", ["points", "density", "schedule", "boundary", "move"])
def test_on_a_phone_everything_fits_and_can_be_hit(open_sheet: OpenSheet, show: str) -> None:
    page = open_sheet(show, width=390, height=844, has_touch=True, is_mobile=True)
    for button in page.locator(".control").all():
        box = button.bounding_box()
        assert box and box["width"] >= 44 and box["height"] >= 44
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    box = sheet(page).bounding_box()
    assert box and box["x"] + box["width"] <= 390 and box["height"] <= 844 * 0.66
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("dark", "rgb"), [(False, (0x00, 0x72, 0xB2)), (True, (0x56, 0xB4, 0xE9))])
def test_what_is_drawn_has_the_colour_of_what_is_real(open_sheet: OpenSheet, dark: bool, rgb: tuple[int, ...]) -> None:
    page = open_sheet("points", dark=dark)
    place = Place(page, 1.5)
    assert sheet(page).evaluate(COUNT, list(rgb)) == 0
    stroke(page, [place.at(-1, 0), place.at(1, 0)], 5)
    words(page, re.compile(r"\d\d of 2000"))
    assert sheet(page).evaluate(COUNT, list(rgb)) > 500


# Data of one's own


def open_own(page: Page, label: str) -> Page:
    press(page, label)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_function("() => document.getAnimations().every(each => each.playState !== 'running')")
    return drawn(page)


def settings(page: Page) -> dict[str, Any]:
    expect(page.locator("code")).to_contain_text('"target": "own"')
    return told(page)


def test_own_points_are_drawn_kept_and_trained_on(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_own(open_sheet("own-points"), "Draw or upload your own")
    place = Place(page, 1.5)
    stroke(page, [place.at(-1, -0.5), place.at(1, 0.5)], 10)
    words(page, re.compile(r"\d\d of 2000"))
    count = page.locator(".count").inner_text()
    press(page, "Cancel")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert told(page)["target"] == "ring"
    open_own(page, "Draw or upload your own")
    words(page, count)  # nothing is lost
    press(page, "Train on it")
    expect(page.get_by_role("dialog")).to_be_hidden()
    taken = settings(page)
    points = text_to_points(taken["own"])
    assert f"{len(points)} of 2000 points" == count and taken["fresh"]
    assert np.abs(points @ [-0.5, 1]).max() < 0.2 and points[:, 0].min() < -0.8 < 0.8 < points[:, 0].max()
    assert "own=" in page.url and errors == []
    friend = open_own(open_sheet(f"own-points&target=own&own={taken['own']}"), "Draw or upload your own")
    words(friend, count)  # the address of the page holds them


def test_a_file_is_shown_on_the_sheet_before_it_is_trained_on(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_own(open_sheet("own-points"), "Draw or upload your own")
    page.mouse.click(*Place(page, 1.5).at(1, 1))
    words(page, "1 of at least 8 points")

    def upload(text: str) -> None:
        page.locator("input[type=file]").set_input_files(
            {"name": "my.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )

    upload("x,y\n1,2\n=cmd|' /C calc'!A0,3\n")
    expect(page.get_by_text("Row 3: '=cmd ' /C calc' A0' is not a number.")).to_be_visible()
    expect(page.get_by_text("Rows with two numbers: 1. At least 8 are needed.")).to_be_visible()
    words(page, "1 of at least 8 points")  # the drawing stays
    angle = np.linspace(0, 6, 300)
    text = "x;y\n" + "\n".join(f"{100 + 9 * math.cos(a):.4f};{5 * math.sin(a):.4f}" for a in angle).replace(".", ",")
    upload(text)
    words(page, "300 of 2000 points")
    expect(page.get_by_text("both axes alike")).to_be_visible()
    press(page, "Undo")
    words(page, "1 of at least 8 points")  # even the file can be taken back
    press(page, "Clear")
    press(page, "Undo")
    page.locator("input[type=file]").set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": text.encode()})
    words(page, "300 of 2000 points")
    press(page, "Train on it")
    assert np.abs(text_to_points(settings(page)["own"]) - read_csv(text.encode()).points).max() < 2e-3
    assert errors == []


def test_an_own_density_is_drawn_and_trained_on(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_own(open_sheet("own-density"), "Draw your own")
    place = Place(page, 3, flat=True)
    expect(page.get_by_role("button", name="Train on it")).to_be_disabled()
    stroke(page, [place.at(-2.5, 0.4), place.at(-1, 0.4)])
    stroke(page, [place.at(1, 0.8), place.at(2.5, 0.8)])
    press(page, "Train on it")
    expect(page.get_by_role("dialog")).to_be_hidden()
    heights = text_to_heights(settings(page)["own"])
    centres = (np.arange(48) + 0.5) / 8 - 3
    assert np.allclose(heights[(centres > -2.4) & (centres < -1.1)], 0.5, atol=0.03)  # half of the highest
    assert np.allclose(heights[(centres > 1.1) & (centres < 2.4)], 1, atol=0.02)
    assert (heights[np.abs(centres) < 0.8] == 0).all()
    open_own(page, "Draw your own")
    words(page, f"{(heights > 0).sum()} of 48 bins above zero")
    assert errors == []


# Forger and police


def metric(page: Page, name: str) -> float:
    box = page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True))
    return float(box.get_by_test_id("stMetricValue").inner_text().strip("%")) / 100


def test_the_learner_plays_d_and_is_scored_on_fresh_points(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("forger")
    place = Place(page, 2)
    stroke(page, [place.at(*spot) for spot in ((0.2, -1.5), (0.2, 1.5), (-1.9, 1.5), (-1.9, -1.5))], 5)
    press(page, "Judge")
    expect(page.get_by_test_id("stMetric")).to_have_count(3)
    trainer = pad_harness.StillTrainer()
    made = trainer.sample(20_000, seed=99)
    angle = np.arccos(0.2)  # of a circle, the share left of x = .2
    wanted = (1 - angle / math.pi + (made[:, 0] > 0.2).mean()) / 2
    assert metric(page, "You") == pytest.approx(wanted, abs=0.03)
    ring = np.stack((np.cos(np.linspace(0, 6.28, 20_000)), np.sin(np.linspace(0, 6.28, 20_000))), 1)
    ring += np.random.default_rng(0).normal(0, 0.05, ring.shape)
    theirs = ((trainer.judge(ring) > 0.5).mean() + (trainer.judge(made) <= 0.5).mean()) / 2
    assert metric(page, "D") == pytest.approx(theirs, abs=0.03)
    assert metric(page, "Neighbours") > 0.85
    expect(page.get_by_text(re.compile("D beats you by .* percentage points"))).to_be_visible()
    assert errors == []


def test_the_learner_plays_g_and_is_warned_of_one_spot(open_sheet: OpenSheet, errors: list[str]) -> None:
    page = open_sheet("forger", dark=True)
    page.get_by_text("the forger (G)").click()
    expect(page.get_by_role("button", name="Show them to D")).to_be_visible()
    drawn(page)
    place = Place(page, 2)
    start = pad_harness.StillTrainer().snapshot(0).arrays["generated"][:12]
    order = np.argsort(start[:, 0])  # the leftmost first: what has moved lies where no other is reached
    for index in order:
        stroke(page, [place.at(*start[index]), place.at(-1.0, 0.0)], 3)
    words(page, "12 of 12 moved")
    press(page, "Show them to D")
    expect(page.get_by_text("all your forgeries are the same")).to_be_visible()
    table = page.locator("table")
    rows = [row.inner_text().split("\t") for row in table.locator("tbody tr").all()]
    assert [row[0] for row in rows] == ["As G made them", "After your move", "After one gradient step"]
    before, yours, _ = (float(row[1]) for row in rows)
    judge = pad_harness.StillTrainer().judge
    assert before == pytest.approx(-np.log(judge(start)).mean(), abs=0.01)
    assert yours == pytest.approx(-math.log(judge(np.array([[-1.0, 0.0]]))[0]), abs=0.03)
    press(page, "Let it train")
    expect(page.get_by_text("The run has moved on since you began")).to_be_visible()
    words(page, "0 of 12 moved")
    expect(table).to_have_count(0)  # a score of another moment is no longer shown
    assert errors == []


def test_the_game_waits_for_a_run_that_stands_still(open_sheet: OpenSheet) -> None:
    page = open_sheet("forger")
    press(page, "Play")
    expect(page.get_by_text("Pause the run to play")).to_be_visible()
    expect(sheet(page)).to_have_count(0)
    press(page, "Pause the run")
    expect(sheet(page)).to_be_visible()


def square(page: Page) -> Callable[[float, float], tuple[float, float]]:
    """Shares of the black square, from its lower left corner, to pixels of the page."""
    box = sheet(page).bounding_box()
    assert box
    return lambda x, y: (box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"])


def taken(page: Page) -> Any:
    expect(page.locator("code")).not_to_contain_text('"taken": null')  # the page may rest before it hears of it
    return json.loads(page.locator("code").inner_text())["taken"]


def test_a_digit_is_drawn_in_thick_strokes_and_handed_in_as_points(open_sheet: OpenSheet) -> None:
    page = open_sheet("digit")
    at = square(page)
    expect(page.get_by_role("button", name="Use this digit")).to_be_disabled()
    stroke(page, [at(0.2, 0.8), at(0.8, 0.8), at(0.4, 0.1)], steps=20)
    stroke(page, [at(0.35, 0.45), at(0.75, 0.45)], steps=20)
    page.mouse.click(*at(0.9, 0.05))
    words(page, "3 strokes")
    box = sheet(page).bounding_box()
    assert box
    across = [sheet(page).evaluate(SHADE, [box["width"] * 0.5, box["height"] * (0.2 + d)])[0] for d in (0, 0.03, 0.08)]
    assert across == [255, 255, 0]  # a stroke is a twelfth of the square wide
    press(page, "Use this digit")
    drawn = taken(page)
    assert [len(part) > 15 for part in drawn] == [True, True, False]
    assert drawn[0][0] == pytest.approx([0.2, 0.8], abs=0.01) and drawn[0][-1] == pytest.approx([0.4, 0.1], abs=0.02)
    assert drawn[2] == [pytest.approx([0.9, 0.05], abs=0.01)]
    press(page, "Rerun")
    words(page, "3 strokes")
    press(page, "Undo")
    words(page, "2 strokes")
    press(page, "Clear")
    words(page, "nothing drawn yet")


def test_a_stroke_that_leaves_the_square_stays_on_its_edge(open_sheet: OpenSheet) -> None:
    page = open_sheet("digit")
    at = square(page)
    stroke(page, [at(0.5, 0.5), at(1.4, 0.5)], steps=10)
    press(page, "Use this digit")
    numbers = np.array(taken(page)[0])
    assert numbers.min() >= 0 and numbers[-1] == pytest.approx([1, 0.5], abs=0.01)


def test_a_finger_draws_a_digit_on_a_phone(open_sheet: OpenSheet) -> None:
    page = open_sheet("digit", width=390, height=844, has_touch=True, is_mobile=True)
    at, touch = square(page), fingers(page)
    touch("touchStart", at(0.5, 0.9))
    for i in range(1, 16):
        touch("touchMove", at(0.5, 0.9 - i * 0.05))
    touch("touchEnd")
    words(page, "1 stroke")
    press(page, "Use this digit")
    assert np.array(taken(page)[0])[:, 1].min() < 0.2
    assert page.evaluate("scrollX") == 0


def test_a_digit_can_be_drawn_with_the_keys(open_sheet: OpenSheet) -> None:
    page = open_sheet("digit")
    sheet(page).focus()
    for key in ("Enter", *["Shift+ArrowUp"] * 3, "Enter"):
        page.keyboard.press(key)
    words(page, "1 stroke")
    press(page, "Use this digit")
    assert taken(page)[0][-1] == pytest.approx([0.5, 0.75], abs=0.01)
