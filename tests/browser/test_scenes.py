"""A lab with much to see shows one set of panels at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from live_harness import COIN, coin_frame, data_for
from live_page import deliver, fresh, harness_page, mount, view_of
from playwright.sync_api import Browser, Page, expect

from playground.core import Curve, Points
from playground.runtime.frames import encode

ALWAYS = replace(view_of(Points("points", "real", "at")), name="always", column="world")
FIRST = replace(view_of(Curve("line", "encoder", "x", "y")), name="first", scene="Early")
SECOND = replace(view_of(Curve("line", "generated", "x", "y")), name="second", scene="Late")
VIEWS = (ALWAYS, FIRST, SECOND)


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


def frame(step: int) -> bytes:
    arrays = {"at": [[0.5, 0.5]], "x": [0, 1], "y": [0, step / 100]}
    header = {"step": step, "state": "paused", "scalars": {}}
    return encode(header, {name: np.asarray(array, np.float32) for name, array in arrays.items()})


def panels(page: Page) -> list[str]:
    return page.locator(".panel").evaluate_all("panels => panels.map((panel) => panel.dataset.view)")


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.evaluate("() => live.painted()")


def test_a_scene_shows_its_panels_and_those_of_all(page: Page) -> None:
    mount(page, data_for(VIEWS, frame(10)))
    assert panels(page) == ["always", "first"]
    choose(page, "Late")
    assert panels(page) == ["always", "second"]
    expect(page.get_by_role("button", name="Late", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Early", exact=True)).to_have_attribute("aria-pressed", "false")


def test_a_scene_shows_the_latest_frame_also_one_that_came_while_it_was_hidden(page: Page) -> None:
    mount(page, data_for(VIEWS))
    for step in (20, 90):
        deliver(page, frame(step))
    choose(page, "Late")
    late = page.evaluate("() => live.canvas('second').toDataURL()")
    choose(page, "Early")
    deliver(page, frame(30))
    choose(page, "Late")
    assert page.evaluate("() => live.canvas('second').toDataURL()") != late
    assert page.locator("canvas[data-frame='30']").count() == 1


def test_the_choice_is_remembered_and_leaves_an_enlarged_panel(page: Page) -> None:
    mount(page, data_for(VIEWS, frame(10)))
    page.locator("[data-view=first] .enlarge").click()
    choose(page, "Late")
    assert page.locator(".enlarged, .big").count() == 0
    mount(page, data_for(COIN, coin_frame()))
    mount(page, data_for(VIEWS, frame(10)))
    assert panels(page) == ["always", "second"]
    choose(page, "Early")


def test_labs_without_scenes_have_no_choice(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    assert page.locator(".scenes").is_hidden() and len(panels(page)) == len(COIN)
