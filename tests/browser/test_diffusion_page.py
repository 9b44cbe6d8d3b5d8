"""The lab of diffusion as a learner uses it: play, look at another time, ask the exact denoiser, draw a schedule."""

from __future__ import annotations

import re
from typing import Any

from conftest import OpenPage
from driver import canvas, settled
from playwright.sync_api import Page, expect
from test_plane import play_until


def time_handle(page: Page) -> Any:
    return page.get_by_role("slider", name="time looked at")


def said(page: Page) -> Any:
    return page.locator("p.line").filter(has_text="What is happening")


def test_the_time_can_be_dragged_while_it_trains_and_when_it_rests(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("diffusion")
    play_until(page, 60)
    handle = time_handle(page)
    before = float(handle.get_attribute("aria-valuenow"))  # of T
    handle.focus()
    for _ in range(10):
        handle.press("ArrowRight")
    page.wait_for_function(
        "([handle, least]) => Number(handle.getAttribute('aria-valuenow')) > least",
        arg=[handle.element_handle(), before + 0.05],
    )
    step = canvas(page).get_attribute("data-frame")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(canvas(page)).not_to_have_attribute("data-frame", str(step))
    assert errors == []


def test_the_exact_denoiser_can_be_asked_before_anything_is_learned(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("diffusion?denoiser=exact")
    expect(said(page)).to_contain_text("The exact denoiser is asked")
    assert errors == []


def test_a_chain_that_ends_too_early_is_warned_of(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("diffusion?target=coin&schedule=linear&T=50&beta_last=0.02")
    play_until(page, 20)
    expect(said(page)).to_contain_text("60.3% of the data are left")
    assert errors == []


def test_a_schedule_is_drawn_and_trained_with(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("diffusion")
    page.get_by_role("button", name="Draw a schedule").click()
    sheet = page.locator("canvas.front")
    expect(sheet).to_be_visible()
    page.wait_for_timeout(400)  # the dialog slides in
    box: Any = sheet.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + 0.5 * box["height"], steps=20)  # into the last column
    page.mouse.up()
    page.get_by_role("button", name="Train with it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)
    page.wait_for_url(re.compile("schedule=own"))
    play_until(page, 20)
    expect(said(page)).to_contain_text("does not end in noise")
    assert errors == []
