"""Pictures follow every frame; curves over a run that plays may take their time, but not once it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_harness import FIGHT, data_for, fight_frame
from live_page import deliver, fresh, harness_page, mount
from playwright.sync_api import Browser, Page

DRAWN = """name => {
  const canvas = live.canvas(name), { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, part, i) => (sum * 31 + part * ((i % 7) + 1)) % 1000003, 7);
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
    page.evaluate("() => { delete performance.now }")
    assert errors == []


def clock(page: Page, milliseconds: int) -> None:
    page.evaluate("now => { performance.now = () => now }", milliseconds)


def drawn(page: Page) -> list[int]:
    """What the picture and the curves look like."""
    return [page.evaluate(DRAWN, name) for name in ("fight", "losses")]


def begin(page: Page) -> list[int]:
    """A run that plays, at a moment of the clock that stands still."""
    mount(page, data_for(FIGHT))
    clock(page, 1000)
    deliver(page, fight_frame(640, state="running"))
    return drawn(page)


def test_pictures_follow_each_frame_and_curves_some(page: Page) -> None:
    picture, curves = begin(page)
    clock(page, 1060)
    deliver(page, fight_frame(800, state="running"))
    after = drawn(page)
    assert after[0] != picture and after[1] == curves
    clock(page, 1120)
    deliver(page, fight_frame(960, state="running"))
    assert drawn(page)[0] != after[0] and drawn(page)[1] != curves


@pytest.mark.parametrize("change", [{"state": "paused"}, {"state": "running", "slow": True}])
def test_a_run_that_stands_or_goes_slowly_is_at_one_moment_everywhere(page: Page, change: dict[str, object]) -> None:
    picture, curves = begin(page)
    deliver(page, fight_frame(800, **change))
    assert drawn(page)[0] != picture and drawn(page)[1] != curves


def test_curves_follow_when_no_other_frame_comes(page: Page) -> None:
    _, curves = begin(page)
    deliver(page, fight_frame(800, state="running"))
    assert drawn(page)[1] == curves
    page.wait_for_function(f"([name, then]) => ({DRAWN})(name) !== then", arg=["losses", curves])


def test_another_run_is_seen_at_once(page: Page) -> None:
    _, curves = begin(page)
    mount(page, data_for(FIGHT, token="run-2"))
    deliver(page, fight_frame(800, state="running"), socket=1)
    assert drawn(page)[1] != curves
