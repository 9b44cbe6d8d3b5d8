"""The GAN on the line as a learner has it: switches, frozen players, and a density drawn with the mouse."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from conftest import OpenPage
from driver import canvas, frame, settled
from playwright.sync_api import Page, expect

from playground.data.line import text_to_heights

LAB = "gan-1d"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def opened(open_page: OpenPage, query: str = "", **screen: int | bool) -> Page:
    page = open_page(f"{LAB}{query}", **screen)
    expect(canvas(page)).to_have_attribute("data-painted", re.compile(r"[1-9]\d*"))
    return page


def played(page: Page, steps: int) -> Page:
    press(page, "Play")
    page.wait_for_function(
        "([node, steps]) => Number(node.dataset.frame) >= steps", arg=[canvas(page).element_handle(), steps]
    )
    press(page, "Pause")
    expect(canvas(page)).to_have_attribute("data-state", "paused")
    return page


def sentence(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def test_all_of_the_stage_fits_a_screen_and_trains(open_page: OpenPage, errors: list[str]) -> None:
    page = opened(open_page)
    sentence(page, "Nobody has learned anything yet")
    views = page.locator("[data-view]")
    expect(views).to_have_count(7)
    played(page, 300)
    sentence(page, "standard deviations from real ones")
    boxes = [box for box in (view.bounding_box() for view in views.all()) if box]
    assert len(boxes) == 7 and max(box["y"] + box["height"] for box in boxes) < 900
    assert errors == []


def test_layers_can_be_switched(open_page: OpenPage, errors: list[str]) -> None:
    page = opened(open_page)
    for label, on in (("generated", True), ("q without averaging", False)):
        button = page.get_by_role("button", name=label, exact=True)
        expect(button).to_have_attribute("aria-pressed", str(on).lower())
        button.click()
        expect(button).to_have_attribute("aria-pressed", str(not on).lower())
    assert errors == []


def test_g_can_be_frozen_from_the_address(open_page: OpenPage, errors: list[str]) -> None:
    page = played(opened(open_page, "?target=normal&frozen=G"), 100)
    sentence(page, re.compile(r"G stands still and D becomes the best judge of it: D is 0\.\d{4} from D\*"))
    assert errors == []


def test_a_density_drawn_with_the_mouse_is_trained_on(open_page: OpenPage, errors: list[str]) -> None:
    page = opened(open_page)
    press(page, "Draw your own")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Train on it")).to_be_visible()
    page.wait_for_function("() => document.getAnimations().every(each => each.playState !== 'running')")
    press(page, "Clear")
    sheet = dialog.locator("canvas").last.bounding_box()
    assert sheet
    across, down = sheet["width"], sheet["height"]
    page.mouse.move(sheet["x"] + 0.6 * across, sheet["y"] + 0.3 * down)
    page.mouse.down()
    page.mouse.move(sheet["x"] + 0.85 * across, sheet["y"] + 0.3 * down, steps=12)
    page.mouse.up()
    press(page, "Train on it")
    expect(dialog).to_be_hidden()
    page.wait_for_url(re.compile("own="))
    asked = parse_qs(urlsplit(settled(page).url).query)
    heights = text_to_heights(asked["own"][0])
    assert asked["target"] == ["own"]
    assert (heights[:24] == 0).all() and heights[32:38].min() > 0.9  # to the right of the middle, of one height
    assert frame(page) == 0
    played(page, 200)
    sentence(page, "standard deviations from real ones")
    assert errors == []


def test_a_phone_shows_one_column(open_page: OpenPage, errors: list[str]) -> None:
    page = opened(open_page, width=390, height=844, dark=True)
    played(page, 50)
    boxes = [box for box in (view.bounding_box() for view in page.locator("[data-view]").all()) if box]
    assert len({round(box["x"]) for box in boxes}) == 1 and max(box["width"] for box in boxes) <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []
