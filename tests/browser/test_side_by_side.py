"""Runs side by side in a real browser: columns, common axes, one transport."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from driver import canvas, frame, settled
from live_harness import data_for
from live_page import fresh, harness_page, mount, view_of, where
from playwright.sync_api import Browser, Page, expect

from playground.core import Axis, Curve, Points
from playground.runtime.frames import encode

FREE = {"x": Axis("x"), "y": Axis("y")}
CURVE = replace(view_of(Curve("line", "generated", "x", "y"), **FREE), name="curve", link="curve")
POINTS = replace(view_of(Points("points", "real", "at"), **FREE), name="points", link="points", equal=True)
VIEWS = tuple(
    replace(view.prefixed(f"{letter}/"), column=letter, wide=True, title=f"{letter}: {view.name}")
    for letter in "AB"
    for view in (POINTS, CURVE)
)
ORANGE = "#D55E00"


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


def lanes_frame(a: float, b: float) -> bytes:
    """In each lane a level line at this height."""
    arrays = {}
    for letter, height in (("A", a), ("B", b)):
        arrays |= {f"{letter}/at": [[0, 0], [height, height]], f"{letter}/x": [0, 1, 2], f"{letter}/y": [height] * 3}
    header = {"step": 1, "state": "paused", "scalars": {}}
    return encode(header, {name: np.asarray(array, np.float32) for name, array in arrays.items()})


def test_each_lane_is_a_column_under_its_name(page: Page) -> None:
    mount(page, data_for(VIEWS, lanes_frame(1, 2)) | {"lanes": {"A": "Loss minimax", "B": "Loss wgan-gp"}})
    columns = page.locator(".column").evaluate_all(
        "all => all.map((column) => [...column.querySelectorAll('.panel')].map((panel) => panel.dataset.view))"
    )
    assert columns == [["A/points", "A/curve"], ["B/points", "B/curve"]]
    assert page.locator(".lane").all_inner_texts() == ["A\nLoss minimax", "B\nLoss wgan-gp"]


def test_the_same_view_of_two_lanes_has_the_same_axes(page: Page) -> None:
    """Drawn each on axes of its own, a line at 1 and a line at 10 would stand at the same height."""
    mount(page, data_for(VIEWS, lanes_frame(1, 10)))
    low, high = (float(np.median(where(page, ORANGE, f"{letter}/curve")[:, 1])) for letter in "AB")
    box = page.locator('[data-view="A/curve"] canvas').bounding_box()
    assert box is not None and low - high > 0.5 * box["height"]


def test_with_many_lanes_the_switches_leave_the_picture_room(page: Page) -> None:
    many = tuple(
        replace(POINTS.prefixed(f"{letter}/"), column=letter, wide=True, switches=True, link="points")
        for letter in "ABCD"
    )
    arrays = {f"{letter}/at": np.zeros((2, 2), np.float32) for letter in "ABCD"}
    mount(page, data_for(many, encode({"step": 1, "state": "paused", "scalars": {}}, arrays)))
    panel = page.locator('.panel[data-view="D/points"]').bounding_box()
    body = page.locator('.panel[data-view="D/points"] canvas').bounding_box()
    assert panel and body and body["width"] > 0.9 * panel["width"]


def test_a_race_opens_from_the_sidebar_and_both_lanes_train(open_page, errors) -> None:  # type: ignore[no-untyped-def]
    page = open_page("coin-gan")
    page.get_by_role("button", name="Side by side").click()
    settled(page)
    expect(page.locator(".lane")).to_have_count(2)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-frame", re.compile(r"[1-9]\d+"))
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-state", "paused")
    assert frame(page) >= 10
    expect(page.locator(".says")).to_contain_text("B: ")
    page.get_by_role("button", name="Close").click()
    settled(page)
    expect(page.locator(".lane")).to_have_count(0)
    expect(canvas(page)).to_have_attribute("data-frame", "0")  # the single run has not begun
    assert errors == []


def test_on_a_phone_the_same_views_follow_each_other(open_page, errors) -> None:  # type: ignore[no-untyped-def]
    page = open_page("coin-gan?beside=loss:minimax", width=390, height=844)
    tops = [
        box["y"]
        for name in ("A/coin", "B/coin", "A/losses", "B/losses")
        if (box := page.locator(f'.panel[data-view="{name}"]').bounding_box())
    ]
    assert len(tops) == 4 and tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []


@pytest.mark.parametrize("path", ["diffusion?beside=lr:0.05", "diffusion?beside=model:flow,sampler:euler,spacing:even"])
def test_a_lane_is_taken_over_while_it_trains(open_page, errors, path) -> None:  # type: ignore[no-untyped-def]
    """The race ends under the browser, which then sends the widgets as it still has them."""
    page = open_page(path)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-frame", re.compile(r"[1-9]\d+"))
    page.get_by_role("button", name="Use B", exact=True).click()
    expect(page.locator(".lane")).to_have_count(0)
    for setting in path.partition("=")[2].split(","):
        page.wait_for_url(re.compile(f"[?&]{setting.replace(':', '=')}(&|$)"))
    page.wait_for_timeout(1500)  # messages that were on their way have come
    for setting in path.partition("=")[2].split(","):
        assert re.search(f"[?&]{setting.replace(':', '=')}(&|$)", page.url), page.url
    assert page.get_by_text("Restart to apply").count() == 0
    assert errors == []
