"""The lab of diffusion on digits as a learner uses it: turn guidance at rest, look at another time, play, go back."""

from __future__ import annotations

import re

from conftest import OpenPage
from driver import canvas, frame
from playwright.sync_api import expect
from test_digit_labs import CHANGED, SAME, at_rest, expect_scene, panel, picture, play_until, press, wait

BEGUN = "diffusion-digits?start=pretrained&lr=0.0001&decay=none"


def test_guidance_and_time_act_on_a_model_that_rests(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page(BEGUN, height=1200)
    said = page.locator("p.line").filter(has_text="What is happening")
    expect(said).to_contain_text("as good as real digits")
    grid = panel(page, "samples")
    before = at_rest(page, grid)
    slider = page.get_by_role("slider", name=re.compile("Guidance"))
    slider.press("End")
    wait(page, CHANGED, grid, before)
    expect(said).to_contain_text("only plain digits are left", timeout=20_000)

    press(page, "There and back")
    now, handle = panel(page, "now"), page.get_by_role("slider", name="time looked at")
    before = at_rest(page, now)
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    wait(page, CHANGED, now, before)
    assert picture(now) != before
    for _ in range(5):
        handle.press("ArrowLeft")
    wait(page, SAME, now, before)  # a time has one picture
    assert frame(page) == 0 and errors == []


def test_it_learns_and_goes_back(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("diffusion-digits", height=1200)
    grid = panel(page, "samples")
    before = at_rest(page, grid)
    play_until(page, 45)
    wait(page, CHANGED, grid, before)
    for scene in ("There and back", "What is measured", "Digits out of noise"):
        expect_scene(page, "diffusion-digits", scene)
    page.get_by_label("Rewind", exact=True).fill("0")
    expect(canvas(page)).to_have_attribute("data-frame", "0")
    wait(page, SAME, panel(page, "samples"), before)
    assert errors == []
