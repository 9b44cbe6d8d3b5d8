"""The lab of the plane as a learner uses it: draw a shape, train on it, switch layers, go slowly, freeze, win."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from conftest import OpenPage
from driver import canvas, frame, settled
from playwright.sync_api import Locator, Page, expect

BLUE, ORANGE, PURPLE = (0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0x8E, 0x4A, 0x97)
REACHED = """(step) => {
  const find = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches("canvas[data-frame]")) return node;
      const inside = node.shadowRoot && find(node.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return Number(find(document).dataset.frame) >= step;
}"""
PIXELS = """(canvas, rgb) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const found = [];
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3] > 200 && rgb.every((part, k) => Math.abs(part - pixels[i + k]) < 40))
      found.push([(i / 4) % width, Math.floor(i / 4 / width)]);
  return found;
}"""


def pixels(page: Page, rgb: tuple[int, int, int]) -> np.ndarray:
    """Where the world's picture has this colour, (n, 2)."""
    return np.array(canvas(page).evaluate(PIXELS, list(rgb)), float).reshape(-1, 2)


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def stray(page: Page) -> float:
    """How far generated points lie from real ones: the mean distance in pixels to the nearest blue pixel."""
    made, real = pixels(page, ORANGE)[::2], pixels(page, BLUE)  # few of them stay in sight under what is made
    assert len(made) > 20 and len(real) > 20, (len(made), len(real))
    return float(np.linalg.norm(made[:, None] - real, axis=2).min(1).mean())


def play_until(page: Page, step: int) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(REACHED, arg=step, timeout=90_000)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-state", "paused")


def draw_corner(page: Page, *, finger: bool = False) -> None:
    """An L in the upper right of the sheet."""
    page.get_by_role("button", name="Draw or upload your own").click()
    sheet = page.locator("canvas.front")
    expect(sheet).to_be_visible()
    page.wait_for_timeout(400)  # the dialog slides in
    box: Any = sheet.bounding_box()
    path = [(0.6, 0.12), (0.6, 0.28), (0.6, 0.44), (0.72, 0.44), (0.88, 0.44)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    if finger:
        session = page.context.new_cdp_session(page)
        for kind, spot in [("touchStart", spots[0]), *(("touchMove", s) for s in spots[1:])]:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": spot[0], "y": spot[1]}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot, steps=12)
        page.mouse.up()
    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)


@pytest.mark.slow
def test_a_drawn_shape_is_learned(open_page: OpenPage, errors: list[str]) -> None:
    """The whole way: draw with the mouse, train on it, see the samples follow; and the address carries the drawing."""
    page = open_page("gan-2d")
    switch(page, "pull on G").click()
    draw_corner(page)
    page.wait_for_url("**target=own**")
    expect(canvas(page)).to_have_attribute("data-frame", "0")
    page.wait_for_timeout(500)
    before = stray(page)
    play_until(page, 2000)
    page.wait_for_timeout(300)
    after = stray(page)
    assert after < 0.6 * before, (before, after)  # pixels; what the pen sprays is different each time
    assert errors == []


def test_drawing_with_a_finger_on_a_phone(open_page: OpenPage, errors: list[str]) -> None:
    """Else half of a class could only watch."""
    page = open_page("gan-2d", width=390, has_touch=True)
    page.get_by_test_id("stExpandSidebarButton").click()
    draw_corner(page, finger=True)
    page.wait_for_url("**target=own**")
    assert errors == []


def test_on_a_phone_the_buttons_stay_in_reach(open_page: OpenPage, errors: list[str]) -> None:
    """Else whoever reads what is happening would have to scroll back for each step."""
    page = open_page("gan-2d", width=390, height=844, has_touch=True)
    expect(canvas(page)).to_have_attribute("data-frame", "0")
    told = page.locator(".sentence").first
    told.evaluate("node => node.scrollIntoView({ block: 'center' })")
    step: Any = page.get_by_role("button", name="Step", exact=True)
    expect(step).to_be_in_viewport(ratio=1)
    bar: Any = page.get_by_test_id("stHeader").bounding_box()
    assert step.bounding_box()["y"] >= bar["y"] + bar["height"]
    step.click()
    expect(canvas(page)).to_have_attribute("data-frame", "1")
    expect(told).to_be_in_viewport()
    assert errors == []


def test_layers_go_and_come_back(open_page: OpenPage, errors: list[str]) -> None:
    """Else nobody could see the field for the points."""
    page = open_page("gan-2d")
    assert len(pixels(page, BLUE)) > 200
    real = switch(page, "real")
    real.click()
    expect(real).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(200)
    assert len(pixels(page, BLUE)) == 0 and len(pixels(page, ORANGE)) > 200
    page.get_by_role("button", name="Step", exact=True).click()
    expect(canvas(page)).to_have_attribute("data-frame", "1")
    assert len(pixels(page, BLUE)) == 0  # it stays off
    real.click()
    page.wait_for_timeout(200)
    assert len(pixels(page, BLUE)) > 200
    assert errors == []


def test_slow_motion_walks_through_one_iteration(open_page: OpenPage, errors: list[str]) -> None:
    """Noise, samples, scores, D moves, gradient, G moves: each with its equation and its line of code."""
    page = open_page("gan-2d")
    page.get_by_role("button", name="Slow", exact=True).click()
    told = page.locator(".sentence").first
    for name, code in (
        ("G samples", "self.seen(self.batch())"),
        ("D scores", "D.forward(torch.cat((real, fake)))"),
        ("D update", "self.d_optimiser.step("),
        ("G gradient", "G.backward(D.to_input(D.signals(game.g_slope(score))))"),
        ("G update", "self.g_optimiser.step("),
    ):
        page.get_by_role("button", name="Step", exact=True).click()
        expect(told).to_contain_text(name)
        expect(told).to_contain_text(code)
    assert frame(page) == 0 or frame(page) == 1
    assert errors == []


def test_freezing_g_leaves_its_points_where_they_are(open_page: OpenPage, errors: list[str]) -> None:
    """Freeze acts on the running model: D goes on, G does not."""
    page = open_page("gan-2d?frozen=G&ema=0")
    switch(page, "pull on G").click()
    switch(page, "D undecided").click()
    switch(page, "what D believes").click()
    page.wait_for_timeout(300)
    before = pixels(page, ORANGE)
    play_until(page, 150)
    page.wait_for_timeout(300)
    assert np.array_equal(before, pixels(page, ORANGE))
    assert errors == []


def drag(page: Page, sheet: Locator, *path: tuple[float, float]) -> None:
    """Along points of the sheet, given as shares of its width and height."""
    box: Any = sheet.bounding_box()
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=8)
    page.mouse.up()


def test_forger_and_police(open_page: OpenPage, errors: list[str]) -> None:
    """The learner draws D's line and drags G's points, and gets the score that they would get."""
    page = open_page("gan-2d", height=1900)
    play_until(page, 300)
    page.get_by_role("tab", name="Forger and police").click()
    sheet = page.locator("canvas.front")
    expect(sheet).to_be_visible()
    page.wait_for_timeout(300)
    drag(page, sheet, (0.15, 0.15), (0.85, 0.15), (0.85, 0.85), (0.15, 0.85), (0.15, 0.2))
    page.get_by_role("button", name="Judge").click()
    expect(page.get_by_text("Your score appears here.")).to_have_count(0, timeout=20_000)
    expect(page.get_by_test_id("stMetric").first).to_contain_text("%")
    page.get_by_text("the forger (G)").click()
    expect(page.get_by_role("button", name="Show them to D")).to_be_visible()
    page.wait_for_timeout(300)
    sheet = page.locator("canvas.front")
    box: Any = sheet.bounding_box()
    forgery = np.array(sheet.evaluate(PIXELS, list(ORANGE)), float)[0] + [0, 3]  # below the tip of a diamond
    share = forgery / [box["width"], box["height"]]
    drag(page, sheet, tuple(share), (0.5, 0.5))
    page.get_by_role("button", name="Show them to D").click()
    expect(page.get_by_text("Your score appears here.")).to_have_count(0, timeout=20_000)
    assert errors == []


def test_a_challenge_is_told_above_the_sentence(open_page: OpenPage, errors: list[str]) -> None:
    """Taken up in its tab, it loads its settings, says how it stands, and can be dropped."""
    page = open_page("gan-2d")
    page.get_by_role("tab", name="Challenges").click()
    page.get_by_role("button", name="Take it up").nth(2).click()
    page.wait_for_url("**target=line**")
    expect(page.locator(".challenge").first).to_contain_text("Bring SW1 of the line below 0.06")
    page.get_by_role("button", name="Drop it").click()
    expect(page.locator(".challenge").first).to_be_hidden()
    assert errors == []


def test_a_challenge_can_be_won(open_page: OpenPage, errors: list[str]) -> None:
    """The program says so by itself, and the tab remembers it."""
    page = open_page("gan-2d")
    page.get_by_role("tab", name="Challenges").click()
    page.get_by_role("button", name="Take it up").first.click()
    page.wait_for_url("**r1=0**")
    page.wait_for_timeout(500)  # as long as a hand needs: what comes sooner may be an echo, and is not taken
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="Ring of eight").click()
    expect(page).not_to_have_url(re.compile("r1="))
    play_until(page, 1500)
    expect(page.locator(".challenge").first).to_contain_text("8 of 8 modes covered")
    expect(page.get_by_text("Eight of eight (solved)")).to_be_visible()
    assert errors == []
