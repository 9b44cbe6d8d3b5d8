"""The tabs of the GAN on digits in a real browser: painting with hand and keys, and the small GANs as they train."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from conftest import OpenPage
from driver import settled
from playwright.sync_api import Locator, Page, expect
from tabs import Tabs

from playground.convolution import convolve, transposed

SUM = np.ones((3, 3))
SMALL = "784 small GANs: each pixel alone"


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    settled(page)


def square(page: Page, sheet: str, row: int, column: int) -> Locator:
    return page.get_by_role("grid", name=sheet).get_by_label(f"row {row}, column {column}:")


def expect_image(page: Page, ink: list[tuple[int, int]], kernel: np.ndarray = SUM) -> None:
    """The image has just these pixels (counted from 1), and the page has computed with them."""
    x = np.zeros((8, 8))
    for row, column in ink:
        x[row - 1, column - 1] = 1
        expect(square(page, "Image x", row, column)).to_have_attribute("data-level", "1")
    expect(page.get_by_role("grid", name="Image x").locator("[data-level='1']")).to_have_count(len(ink))
    apart = np.abs(transposed(convolve(x, kernel, 1, 1), kernel, (8, 8), 1, 1) - x).max()
    expect(page.get_by_text("differs from x by up to")).to_contain_text(f"up to {apart:.0f}.")


def cleared(page: Page) -> Page:
    page.get_by_role("button", name="Clear").click()
    expect_image(page, [])
    return page


@pytest.fixture(scope="module")
def easel(tabs: Tabs, server: str) -> Iterator[tuple[Page, list[str]]]:
    """The painter in one tab for all tests that paint with its first kernel, and what goes wrong in it."""
    errors: list[str] = []
    with tabs.lent(errors, 1440, 900, dark=False, alone=False) as page:
        page.goto(f"{server}/mnist-gan")
        open_tab(settled(page), "Convolution")
        yield page, errors


@pytest.fixture
def painter(easel: tuple[Page, list[str]]) -> Iterator[Page]:
    """The painter with nothing on it."""
    page, errors = easel
    yield cleared(page)
    assert errors == []


def test_clicks_and_strokes_paint(painter: Page) -> None:
    square(painter, "Image x", 5, 5).click()
    expect_image(painter, [(5, 5)])
    square(painter, "Image x", 5, 5).click()  # and take away
    expect_image(painter, [])
    square(painter, "Image x", 3, 2).scroll_into_view_if_needed()
    start, end = (square(painter, "Image x", 3, column).bounding_box() for column in (2, 6))
    assert start and end
    painter.mouse.move(start["x"] + 10, start["y"] + 10)
    painter.mouse.down()
    painter.mouse.move(end["x"] + 10, end["y"] + 10, steps=12)
    painter.mouse.up()
    expect_image(painter, [(3, column) for column in range(2, 7)])


def test_quick_strokes_are_not_lost(painter: Page) -> None:
    ink = [(2, 2), (2, 4), (4, 2), (4, 4), (6, 6), (7, 3)]
    for row, column in ink:  # each is sent before the page has answered the one before
        square(painter, "Image x", row, column).click(no_wait_after=True)
    expect_image(painter, ink)


def test_the_keys_paint_and_do_not_play(painter: Page) -> None:
    square(painter, "Image x", 1, 1).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Space", "ArrowDown", "Enter"):
        painter.keyboard.press(key)
    expect_image(painter, [(2, 3), (3, 3)])
    expect(painter.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_kernel_goes_round_and_comes_from_the_list(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("mnist-gan")
    open_tab(page, "Convolution")
    cleared(page)
    square(page, "Image x", 4, 4).click()
    kernel = SUM.copy()
    kernel[1, 1] = 0
    square(page, "Kernel k", 2, 2).click()
    expect(square(page, "Kernel k", 2, 2)).to_have_text("0")
    expect_image(page, [(4, 4)], kernel)
    kernel[1, 1] = -1
    square(page, "Kernel k", 2, 2).click()
    expect(square(page, "Kernel k", 2, 2)).to_have_text("−1")
    expect_image(page, [(4, 4)], kernel)
    page.get_by_role("combobox", name=re.compile("Or take")).click()
    page.get_by_role("option", name="level edges").click()
    expect(square(page, "Kernel k", 1, 2)).to_have_attribute("data-level", "-1")
    expect_image(page, [(4, 4)], np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]]))
    assert errors == []


def test_a_phone_shows_them_without_scrolling_sideways(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("mnist-gan", width=390, dark=True)
    main = page.get_by_test_id("stMain")
    for tab in ("Two pixels", "Convolution", "One GAN per pixel"):
        open_tab(page, tab)
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth"), tab
        if tab == "Convolution":
            box = square(page, "Image x", 1, 1).bounding_box()
            assert box and box["width"] >= 34  # fit for a finger
    assert errors == []


def test_the_small_gans_can_be_watched_and_stopped(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("mnist-gan")
    open_tab(page, "One GAN per pixel")
    page.get_by_role("button", name="Train 784 small GANs").click()
    step = page.get_by_text(re.compile(r"^Step \d+ of 800$"))
    expect(step).to_contain_text(re.compile(r"Step [1-9]\d* "), timeout=30_000)
    first = int(re.findall(r"\d+", step.inner_text())[0])
    expect(step).not_to_contain_text(f"Step {first} ", timeout=30_000)  # nobody has pressed anything
    made = page.get_by_role("img", name=SMALL)
    assert made.evaluate("image => image.decode().then(() => image.naturalWidth)") == 5 * 28
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    table = page.get_by_role("table").filter(has_text="Frechet distance")
    expect(table).to_contain_text("784 small GANs", timeout=60_000)
    stood = step.inner_text()
    settled(page)
    assert step.inner_text() == stood
    assert errors == []
