"""Handles on the live canvas: the mark is where the hand is, and the run hears of it as often as it can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import live_harness
import numpy as np
import pytest
from conftest import OpenPage
from driver import frame as stage_frame
from live_harness import data_for
from live_page import deliver, fresh, harness_page, mount, near, sent, where
from playwright.sync_api import Browser, Page, expect

from playground.core import Axis, Handle, Points, View
from playground.labs import LABS
from playground.runtime.frames import encode

PAINTS = """() => {
  const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
  return Number(roots.map((root) => root.querySelector("canvas[data-painted]")).find(Boolean).dataset.painted);
}"""
ORANGE = "#D55E00"
AXES: Any = {"x": Axis("z", -2, 2), "y": Axis("w", -1, 1)}
DRAGGED = Handle("looking glass", "generated", "glass")
FOLLOWING = Handle("pointer", "generated", "glass", follows=True)


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


def room(*layers: Any, **more: Any) -> View:
    return View("only", "Title", "Caption.", layers, **AXES, **more)


def frame(x: float = 0.0, y: float = 0.0, step: int = 3) -> bytes:
    return encode({"step": step, "state": "paused"}, {"glass": np.array([[x, y]]), "p": np.array([[-1.0, -0.5]])})


def connect(page: Page, view: View) -> None:
    mount(page, data_for((view,)))
    deliver(page, frame())


def places(page: Page) -> list[list[float]]:
    return [words["to"] for words in sent(page) if words.get("do") == "place"]


def mark(page: Page) -> tuple[float, float]:
    """The middle of what is painted in the handle's colour, in pixels of the canvas."""
    found = where(page, ORANGE)
    return float(found[:, 0].mean()), float(found[:, 1].mean())


def grip(page: Page, name: str = "looking glass") -> Any:
    return page.get_by_role("slider", name=name)


def paints(page: Page) -> int:
    """How many frames the stage of a lab has painted."""
    return int(page.evaluate(PAINTS))


def middle(page: Page) -> tuple[float, float]:
    box = grip(page).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settle(page: Page) -> None:
    page.evaluate("() => live.painted()")


def test_a_handle_is_painted_where_the_frame_says_and_can_be_taken_there(page: Page) -> None:
    connect(page, room(DRAGGED))
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box
    for x, y in ((0.0, 0.0), (1.5, 0.5)):
        deliver(page, frame(x, y))
        across, down = mark(page)
        assert middle(page) == pytest.approx((box["x"] + across, box["y"] + down), abs=1.5)
    deliver(page, frame(9.0, 9.0))  # beyond the axes it waits at their corner
    assert mark(page)[0] > across and mark(page)[1] < down and grip(page).is_visible()


def test_the_mark_is_under_the_hand_whatever_the_frames_say(page: Page) -> None:
    connect(page, room(DRAGGED))
    x, y = middle(page)
    start = mark(page)
    page.mouse.move(x + 5, y + 3)
    page.mouse.down()
    page.mouse.move(x + 105, y - 37)
    settle(page)
    assert mark(page) == pytest.approx(
        (start[0] + 100, start[1] - 40), abs=1
    )  # grasped off its middle, it does not jump
    deliver(page, frame(-1.5, -0.5))  # drawn before the run has heard of the hand
    assert mark(page) == pytest.approx((start[0] + 100, start[1] - 40), abs=1)
    page.mouse.up()
    deliver(page, frame(*places(page)[-1]))
    assert mark(page) == pytest.approx((start[0] + 100, start[1] - 40), abs=1)


def test_frames_are_believed_again_when_the_hand_has_let_go(page: Page) -> None:
    """Else a trainer that keeps its handle within bounds would not be heard."""
    connect(page, room(DRAGGED))
    x, y = middle(page)
    start = mark(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y)
    page.mouse.up()
    deliver(page, frame(0.0, 0.0))
    assert mark(page)[0] > start[0] + 100
    page.wait_for_timeout(1000)
    assert mark(page) == pytest.approx(start, abs=1)


def test_a_hand_is_told_once_a_frame_and_the_last_place_is_never_lost(page: Page) -> None:
    connect(page, room(DRAGGED))
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y)
    page.mouse.move(x + 120, y, steps=8)
    assert len(places(page)) == 1  # not answered yet
    deliver(page, frame())
    assert len(places(page)) == 2
    page.mouse.up()
    deliver(page, frame())
    across = [to[0] for to in places(page)]
    assert len(across) == 2 and across[0] < across[1]
    assert across[1] == pytest.approx(4 * 120 / plot_width(page), abs=0.02)  # four units from side to side


def plot_width(page: Page) -> float:
    """Pixels between the ends of the x axis: from a handle put beyond its left end to one beyond its right."""
    ends = []
    for x in (-9.0, 9.0):
        page.wait_for_timeout(900)
        deliver(page, frame(x, 0.0))
        ends.append(mark(page)[0])
    return ends[1] - ends[0]


def test_a_run_that_does_not_answer_is_told_again_after_a_while(page: Page) -> None:
    connect(page, room(DRAGGED))
    grip(page).focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    page.keyboard.press("ArrowRight")
    settle(page)
    assert len(places(page)) == 1
    page.wait_for_timeout(700)
    assert len(places(page)) == 2


def test_a_hand_stays_within_the_axes(page: Page) -> None:
    connect(page, room(DRAGGED))
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2000, y - 2000)
    settle(page)
    page.mouse.up()
    assert places(page)[-1] == pytest.approx([2, 1], abs=0.01)


def test_a_hand_at_the_edge_does_not_push_the_axes_apart(page: Page) -> None:
    """Else each step towards the edge would make room for the next."""
    view = View("only", "Title", "Caption.", (Points("data", "real", "p"), DRAGGED), x=Axis("z", -2, 2, soft=True))
    connect(page, view)
    data = where(page, "#0072B2").mean(0)
    for x in (2.0, 3.0, 40.0):
        deliver(page, frame(x, 0.0))
        assert where(page, "#0072B2").mean(0) == pytest.approx(data)


def test_arrow_keys_move_a_handle_and_leave_the_shortcuts_alone(page: Page) -> None:
    connect(page, room(DRAGGED))
    grip(page).focus()
    moved = []
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        settle(page)
        deliver(page, frame())
        moved.append(places(page)[-1])
    assert moved == pytest.approx(np.array([[0.08, 0], [0.08, 0.04], [-0.32, 0.04], [-0.32, 0]]), abs=0.01)
    assert grip(page).get_attribute("aria-valuetext") == "z \N{MINUS SIGN}.320, w .000"
    deliver(page, frame(2e-8, -3e-9))
    page.wait_for_timeout(900)
    assert grip(page).get_attribute("aria-valuetext") == "z .000, w .000"
    page.keyboard.press("Space")
    page.keyboard.press("s")
    assert [words["do"] for words in sent(page) if "do" in words and words["do"] != "place"] == ["play", "step"]


def test_a_handle_that_follows_goes_with_the_pointer_inside_the_axes(page: Page) -> None:
    connect(page, room(FOLLOWING))
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box
    start = mark(page)
    page.mouse.move(box["x"] + start[0] + 60, box["y"] + start[1] - 30)
    settle(page)
    assert mark(page) == pytest.approx((start[0] + 60, start[1] - 30), abs=1)
    assert len(places(page)) == 1
    deliver(page, frame(*places(page)[-1]))
    page.mouse.move(box["x"] + 4, box["y"] + 4)  # beside the axes
    settle(page)
    assert len(places(page)) == 1
    assert mark(page) == pytest.approx((start[0] + 60, start[1] - 30), abs=1)
    grip(page, "pointer").focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert len(places(page)) == 2


def test_a_place_does_not_wait_for_a_socket_that_is_opened_again(page: Page) -> None:
    """Else places would take the room of the commands that do wait, and arrive when the hand is elsewhere."""
    connect(page, room(DRAGGED))
    page.evaluate("() => live.sockets[0].drop(1006)")
    grip(page).focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    page.keyboard.press("s")
    page.wait_for_function("() => live.sockets.length === 2")
    page.evaluate("() => live.sockets[1].open()")
    assert [words["do"] for words in sent(page, 1) if "do" in words] == ["step"]


def test_a_handle_that_is_switched_off_cannot_be_taken(page: Page) -> None:
    connect(page, room(DRAGGED, Points("data", "real", "p"), switches=True))
    assert grip(page).is_visible()
    page.get_by_role("button", name="looking glass").click()
    assert grip(page).count() == 0 and near(page, ORANGE) == 0


def test_a_thumbnail_has_the_mark_only(page: Page) -> None:
    mount(page, data_for((room(DRAGGED),), frame(), still=True))
    assert near(page, ORANGE) > 5 and grip(page).count() == 0


def test_a_handle_keeps_its_place_when_its_panel_fills_the_stage(page: Page) -> None:
    connect(page, room(DRAGGED))
    deliver(page, frame(1.0, 0.5))
    page.get_by_role("button", name="Enlarge").click()
    settle(page)
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box
    across, down = mark(page)
    assert middle(page) == pytest.approx((box["x"] + across, box["y"] + down), abs=1.5)


def test_without_a_socket_places_go_the_way_of_the_other_commands(page: Page) -> None:
    mount(page, data_for((room(DRAGGED),), frame()))
    grip(page).focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    told = page.evaluate("() => live.told.map(([kind, name, value]) => [name, JSON.parse(value).do])")
    assert told == [["command", "place"]]


@pytest.mark.parametrize("follows", [False, True])
def test_a_finger_moves_it(chromium: Browser, follows: bool) -> None:
    context = chromium.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    with live_harness.served() as address:
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("window.ready")
        connect(page, room(FOLLOWING if follows else DRAGGED))
        handle = grip(page, "pointer" if follows else "looking glass")
        box = handle.bounding_box()
        assert box and min(box["width"], box["height"]) >= 44
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        start = mark(page)
        touch = context.new_cdp_session(page)
        for kind, dx, dy in (("touchStart", 0, 0), ("touchMove", 20, 30), ("touchMove", 40, 60), ("touchEnd", 0, 0)):
            points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y + dy}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            settle(page)
            deliver(page, frame())
        assert page.evaluate("scrollY") == 0  # the page did not take the finger's move for scrolling
        density = page.evaluate("devicePixelRatio")
        assert mark(page) == pytest.approx((start[0] + 40 * density, start[1] + 60 * density), abs=2)
        assert places(page)[-1][0] > 0.1 and places(page)[-1][1] < -0.1
    context.close()


Touch = Callable[..., None]


@pytest.fixture
def phone(chromium: Browser) -> Iterator[tuple[Page, Touch]]:
    """A panel with a follower on a page that is longer than the phone, and a finger.

    touch("touchStart", (x, y)): in pixels of the canvas as it lay at first; without a place it is lifted.
    """
    context = chromium.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    with live_harness.served() as address:
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("window.ready")
        connect(page, room(FOLLOWING))
        page.evaluate("document.body.style.paddingBottom = '3000px'")
        box = page.locator('[data-view="only"] canvas').bounding_box()
        assert box
        session = context.new_cdp_session(page)

        def touch(kind: str, *spots: tuple[float, float]) -> None:
            points = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in spots]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        yield page, touch
    context.close()


def beside(page: Page) -> tuple[float, float]:
    """A place of the canvas, in CSS pixels, that is well away from the mark in its middle."""
    density = page.evaluate("devicePixelRatio")
    x, y = (part / density for part in mark(page))
    return x - 100, y + 40


def test_a_swipe_up_scrolls_the_page_and_leaves_what_follows_alone(phone: tuple[Page, Touch]) -> None:
    """Else a phone could not get past a panel with a follower: it fills the screen."""
    page, touch = phone
    start, (x, y) = mark(page), beside(page)
    touch("touchStart", (x, y))
    for i in range(1, 9):
        touch("touchMove", (x + i, y - 20 * i))
    touch("touchEnd")
    page.wait_for_function("() => scrollY > 80")
    assert places(page) == [] and mark(page) == pytest.approx(start, abs=1)


def test_a_tap_puts_what_follows_there(phone: tuple[Page, Touch]) -> None:
    page, touch = phone
    x, y = beside(page)
    touch("touchStart", (x, y))
    assert places(page) == []
    touch("touchEnd")
    settle(page)
    density = page.evaluate("devicePixelRatio")
    assert mark(page) == pytest.approx((x * density, y * density), abs=2) and len(places(page)) == 1


@pytest.mark.parametrize("rests", [False, True])
def test_a_finger_that_goes_sideways_or_rests_leads_wherever_it_goes_then(
    phone: tuple[Page, Touch], rests: bool
) -> None:
    """Else what follows could be put somewhere and not be led there, or the page would scroll away under it."""
    page, touch = phone
    x, y = beside(page)
    touch("touchStart", (x, y))
    if rests:
        page.wait_for_function("() => live.sockets[0].sent.some((words) => words.do === 'place')")
    else:
        touch("touchMove", (x + 30, y + 4))
    for i in range(1, 9):
        touch("touchMove", (x + 30, y - 10 * i))
        settle(page)
        deliver(page, frame())
    density = page.evaluate("devicePixelRatio")
    assert mark(page) == pytest.approx(((x + 30) * density, (y - 80) * density), abs=2)
    touch("touchEnd")
    assert page.evaluate("scrollY") == 0


def test_handles_of_one_colour_are_told_apart_by_their_letters(page: Page) -> None:
    """Else a learner would not know which of the two ends of a line is in the hand."""
    ink = []
    for label in ("I", "M", "looking glass"):
        connect(page, room(Handle(label, "generated", "glass")))
        found = where(page, ORANGE)
        ink.append(int((np.abs(found - found.mean(0)).max(1) < 6).sum()))
        fresh(page)
    assert ink[0] + 10 < ink[1] and len(set(ink)) == 3


# The app itself


@pytest.mark.parametrize("slug", [lab.slug for lab in LABS.values() if lab.handles])
def test_a_paused_lab_answers_a_hand_and_does_not_train(open_page: OpenPage, errors: list[str], slug: str) -> None:
    page = open_page(slug)
    view = next(view for view in LABS[slug].views if any(isinstance(layer, Handle) for layer in view.layers))
    if view.scene:
        page.get_by_role("button", name=view.scene, exact=True).click()
    panel = page.locator(f'[data-view="{view.name}"]').first
    panel.get_by_role("button", name="Enlarge").click()
    box = panel.locator("canvas").bounding_box()
    assert box
    for handle in [layer for layer in view.layers if isinstance(layer, Handle)]:
        taken = panel.get_by_role("slider", name=handle.label, exact=True)
        expect(taken).to_be_attached()
        before, painted = taken.get_attribute("aria-valuetext"), paints(page)
        if handle.follows:
            page.mouse.move(box["x"] + 0.42 * box["width"], box["y"] + 0.3 * box["height"])
        else:
            taken.focus()
            page.keyboard.press("Shift+ArrowLeft")
        expect(taken).not_to_have_attribute("aria-valuetext", before or "")
        page.wait_for_function(f"() => ({PAINTS})() > {painted}")
        page.wait_for_timeout(1200)  # the browser has let go: what is shown now is what the run says
        assert taken.get_attribute("aria-valuetext") != before
    assert (stage_frame(page), errors) == (0, [])
