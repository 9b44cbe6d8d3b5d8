"""The sampling lab in a real browser: it grows, its figures move without the server, and a drawing is sampled."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import OpenPage
from driver import canvas, frame, settled
from playwright.sync_api import Locator, Page, expect

from playground.data.line import text_to_numbers


@pytest.fixture
def lab(open_page: OpenPage) -> Page:
    page = open_page("sampling")
    expect(canvas(page)).to_have_attribute("data-painted", re.compile(r"[1-9]\d*"))
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    settled(page)


def said(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="samples")


def test_samples_are_drawn_and_the_sentence_counts_them(lab: Page, errors: list[str]) -> None:
    expect(said(lab)).to_contain_text("There are 10 samples")
    press(lab, "Play")
    expect(canvas(lab)).to_have_attribute("data-state", "running")
    expect(canvas(lab)).to_have_attribute("data-frame", re.compile(r"\d{3,}"))
    press(lab, "Pause")
    expect(canvas(lab)).to_have_attribute("data-state", "paused")
    expect(said(lab)).to_contain_text(re.compile(r"After [\d ]+ samples the shares in the 32 bins are off by 0\.\d+"))
    assert errors == []


def test_there_is_one_player_and_two_phases(lab: Page) -> None:
    expect(lab.get_by_role("button", name="D step", exact=True)).to_have_count(0)
    press(lab, "Slow")
    press(lab, "Step")
    expect(lab.get_by_text("One new sample of p on the line")).to_be_visible()
    press(lab, "Step")
    expect(lab.get_by_text("Each sample goes into its bin")).to_be_visible()


def test_bins_are_turned_while_it_runs(lab: Page) -> None:
    press(lab, "Step")
    expect(canvas(lab)).to_have_attribute("data-frame", "1")
    slider = lab.get_by_test_id("stSidebar").get_by_role("slider", name=re.compile("Bins"))
    slider.focus()
    slider.press("ArrowRight")
    expect(said(lab)).to_contain_text("the 64 bins")
    assert frame(lab) == 1


def radius(page: Page) -> float:
    """The largest distance from the origin of the points that the ring's figure draws, in data units."""
    return page.evaluate(
        """() => {
            const plot = document.querySelector('.st-key-sampling-maps-ring .js-plotly-plot');
            return Math.max(...plot.calcdata[1].map(({ x, y }) => Math.hypot(x, y)));
        }"""
    )


def test_the_grid_is_bent_in_the_browser_alone(lab: Page, errors: list[str]) -> None:
    open_tab(lab, "Maps")
    figure = lab.locator(".st-key-sampling-maps-ring")
    figure.scroll_into_view_if_needed()
    expect(figure.get_by_text("t = 0.00")).to_be_visible()
    assert radius(lab) > 2  # a normal cloud of 300 points reaches that far
    figure.locator(".updatemenu-button").filter(has_text="Bend").click()
    expect(figure.get_by_text("t = 1.00")).to_be_visible()
    assert 1.2 < radius(lab) < 1.5  # 1 + |z| / 10
    expect(lab.locator("[data-test-script-state=notRunning]")).to_have_count(1)
    assert errors == []


def test_a_surface_is_drawn_and_its_correlation_slides(lab: Page, errors: list[str]) -> None:
    open_tab(lab, "Surface")
    figure = lab.locator(".st-key-sampling-surface-figure")
    figure.scroll_into_view_if_needed()
    expect(figure.locator("canvas").first).to_be_visible()
    expect(figure.get_by_text("correlation rho = 0.6")).to_be_visible()
    rail = figure.locator(".slider-rail-touch-rect").bounding_box()
    assert rail is not None
    lab.mouse.click(rail["x"] + rail["width"] * 0.02, rail["y"] + rail["height"] / 2)
    expect(figure.get_by_text("correlation rho = -0.9")).to_be_visible()
    assert errors == []


def test_a_card_opens_its_lab(lab: Page, errors: list[str]) -> None:
    open_tab(lab, "Which model can do what?")
    expect(lab.get_by_text("Moment matching network")).to_be_visible()
    settled(lab)
    gan = lab.get_by_test_id("stExpander").filter(has=lab.locator("summary").get_by_text("GAN", exact=True))
    gan.locator("summary").click()
    expect(gan.get_by_text("Can it answer p(x)?")).to_be_visible()
    settled(lab)
    lab.wait_for_timeout(500)  # the card unfolds: a click may miss a link that moves
    gan.get_by_role("link", name="Open the lab: Coin GAN").click()
    expect(lab).to_have_url(re.compile("/coin-gan$"))
    settled(lab)
    assert errors == []


def test_clicked_points_are_sampled(lab: Page, errors: list[str]) -> None:
    press(lab, "Click your own points")
    sheet = lab.get_by_role("dialog").locator("canvas").first
    box = sheet.bounding_box()
    assert box is not None
    for x, y in ((0.3, 0.3), (0.6, 0.5), (0.5, 0.7)):
        lab.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    lab.get_by_role("dialog").get_by_role("button", name="Sample from them").click()
    expect(lab.get_by_role("dialog")).to_have_count(0)
    expect(lab).to_have_url(re.compile(r"plane=own\+points&own_points=[\w-]{12}$"))
    press(lab, "Step")
    expect(canvas(lab)).to_have_attribute("data-frame", "1")
    assert errors == []


def test_clicked_samples_are_counted_first(lab: Page, errors: list[str]) -> None:
    """Where on the sheet from bottom to top they are clicked does not matter."""
    press(lab, "Click samples on the line")
    dialog = lab.get_by_role("dialog")
    sheet = dialog.locator("canvas").nth(1)
    box = sheet.bounding_box()
    assert box is not None
    hand_in = dialog.get_by_role("button", name="Sample from them")
    expect(hand_in).to_be_disabled()
    for i in range(10):
        lab.mouse.click(box["x"] + (0.2 + 0.06 * i) * box["width"], box["y"] + (0.2 + 0.05 * i) * box["height"])
    expect(dialog.get_by_text("10 of 100 samples").first).to_be_attached()
    hand_in.click()
    expect(dialog).to_have_count(0)
    expect(lab).to_have_url(re.compile(r"target=own\+samples&own_samples=[\w-]{20}$"))
    expect(said(lab)).to_contain_text("These are your 10 samples.")
    text = lab.url.rpartition("=")[2]
    apart = np.diff(text_to_numbers(text))
    assert apart.min() > 0.9 * apart.mean() and apart.max() < 1.1 * apart.mean()
    press(lab, "Step")
    expect(canvas(lab)).to_have_attribute("data-frame", "1")
    assert errors == []


def test_a_drag_leaves_several_samples(lab: Page, errors: list[str]) -> None:
    press(lab, "Click samples on the line")
    dialog = lab.get_by_role("dialog")
    box = dialog.locator("canvas").nth(1).bounding_box()
    assert box is not None
    lab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    lab.mouse.down()
    lab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"], steps=8)
    lab.mouse.up()
    expect(dialog.get_by_text(re.compile(r"\b[2-9]\d of 100 samples")).first).to_be_attached()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("0 of 100 samples").first).to_be_attached()
    assert errors == []


def test_nothing_is_cut_off_on_a_phone(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("sampling", width=390, height=844, dark=True)
    expect(canvas(page)).to_have_attribute("data-painted", re.compile(r"[1-9]\d*"))
    for name in ("Maps", "Surface", "Which model can do what?"):
        open_tab(page, name)
        spare = page.get_by_test_id("stMain").evaluate("e => e.clientWidth - e.scrollWidth")
        assert spare >= 0, f"{name} scrolls sideways"
    assert errors == []
