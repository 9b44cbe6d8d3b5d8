"""The labs on digits as a learner uses them: watch, explore, walk from code to code, bring digits of one's own."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from conftest import OpenPage
from driver import canvas, frame, settled
from playwright.sync_api import Locator, Page, expect

from playground.data.digits import SIDE, mnist
from playground.labs import LABS

PICTURE = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let hash = 2166136261;  // FNV-1a
  for (const pixel of new Uint32Array(data.buffer)) hash = Math.imul(hash ^ pixel, 16777619) >>> 0;
  return `${width} x ${height}: ${hash}`;
}"""
# None of these may be async: Playwright takes the promise itself for a yes.
CHANGED = f"([canvas, before]) => ({PICTURE})(canvas) !== before"
SAME = f"([canvas, before]) => ({PICTURE})(canvas) === before"
REACHED = "([canvas, step]) => Number(canvas.dataset.frame) >= step"
RESTS = f"""([canvas, shades]) => {{
  const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  if (new Set(data.filter((_, i) => i % 4 === 0)).size < shades) return false;
  const now = ({PICTURE})(canvas);
  canvas.alike = now === canvas.seen ? (canvas.alike ?? 0) + 1 : 0;
  canvas.seen = now;
  return canvas.alike >= 10;  // frames of the browser, which asks once in each
}}"""
PATIENCE = 60_000


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def panel(page: Page, name: str) -> Locator:
    """The canvas of a panel."""
    return page.locator(f'[data-view="{name}"] canvas')


def picture(sheet: Locator) -> str:
    """A fingerprint of what is painted."""
    return str(sheet.evaluate(PICTURE))


def wait(page: Page, condition: str, sheet: Locator, value: Any) -> None:
    page.wait_for_function(condition, arg=[sheet.element_handle(), value], timeout=PATIENCE)


def at_rest(page: Page, sheet: Locator, shades: int = 8) -> str:
    """The fingerprint of a digit or more, when it is painted and laid out: at least so many greys."""
    wait(page, RESTS, sheet, shades)
    return picture(sheet)


def play_until(page: Page, step: int) -> None:
    settled(page)  # a new run is there, where there is one
    press(page, "Play")
    wait(page, REACHED, canvas(page), step)
    press(page, "Pause")
    expect(canvas(page)).to_have_attribute("data-state", "paused")


def spot(sheet: Locator, across: float, down: float) -> tuple[float, float]:
    """A place of the page, by shares of a canvas."""
    box = sheet.bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def shown(page: Page) -> list[str]:
    names: list[str] = page.locator("[data-view]").evaluate_all("panels => panels.map((panel) => panel.dataset.view)")
    return names


def expect_scene(page: Page, slug: str, scene: str) -> None:
    """The panels of this scene are there, and no others."""
    press(page, scene)
    expect(page.get_by_role("button", name=scene, exact=True)).to_have_attribute("aria-pressed", "true")
    assert sorted(shown(page)) == sorted(view.name for view in LABS[slug].views if view.scene in ("", scene))


# Two labs


def test_the_first_samples_come_at_once_and_the_noise_can_be_explored(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("mnist-gan", height=1400)
    samples = panel(page, "samples")
    before = at_rest(page, samples)  # what an untrained G makes
    press(page, "Step")
    expect(canvas(page)).to_have_attribute("data-frame", "1")
    wait(page, CHANGED, samples, before)
    before = picture(samples)
    play_until(page, 45)
    wait(page, CHANGED, samples, before)

    page.get_by_label("Rewind", exact=True).fill("1")  # between two states that are kept: it is trained again
    expect(canvas(page)).to_have_attribute("data-frame", "20")
    expect(canvas(page)).to_have_attribute("data-state", "paused")

    press(page, "Explore the noise")
    plane, made = panel(page, "plane"), panel(page, "explored")
    plane.scroll_into_view_if_needed()
    stood, pictures = frame(page), [at_rest(page, made)]
    for place in ((0.3, 0.3), (0.7, 0.6)):
        page.mouse.move(*spot(plane, *place))
        wait(page, CHANGED, made, pictures[-1])
        pictures.append(picture(made))
    page.mouse.move(*spot(plane, 0.3, 0.3))
    wait(page, SAME, made, pictures[1])  # a place has one digit
    assert frame(page) == stood and errors == []


def test_the_autoencoder_plays_and_walks_from_a_to_b(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page("vae", height=1400)
    rows = panel(page, "rows")
    before = at_rest(page, rows)
    play_until(page, 30)
    wait(page, CHANGED, rows, before)
    for scene in ("Random codes", "Digits", "Map of codes"):
        expect_scene(page, "vae", scene)
    stood, walk = frame(page), panel(page, "walk")
    before = at_rest(page, walk)
    grip = page.get_by_role("slider", name="A", exact=True)
    grip.hover()  # waits until it stands still
    x, y = spot(grip, 0.5, 0.5)
    page.mouse.down()
    page.mouse.move(x + 50, y - 40, steps=5)
    page.mouse.up()
    wait(page, CHANGED, walk, before)
    assert frame(page) == stood and errors == []


# Digits of one's own


def seven(page: Page, dialog: Locator) -> None:
    """Draw a 7 on the pad."""
    sheet = dialog.locator("canvas.front")
    box = sheet.bounding_box()
    assert box
    sheet.hover(position={"x": 0.3 * box["width"], "y": 0.25 * box["height"]})  # waits until the dialog stands still
    page.mouse.down()
    for place in ((0.7, 0.25), (0.45, 0.75)):
        page.mouse.move(*spot(sheet, *place), steps=8)
    page.mouse.up()


def npz(images: np.ndarray) -> Any:
    """A file with these images, as the browser hands it over."""
    file = io.BytesIO()
    np.savez(file, x=images)
    return {"name": "mine.npz", "mimeType": "application/octet-stream", "buffer": file.getvalue()}


@pytest.mark.parametrize("slug", ["mnist-gan", "vae", "diffusion-digits"])
def test_own_digits_are_drawn_uploaded_and_learned(open_page: OpenPage, errors: list[str], slug: str) -> None:
    page = open_page(slug, height=1200)
    press(page, "Draw or upload digits")
    dialog = page.get_by_role("dialog")
    seven(page, dialog)
    press(page, "Add this digit")
    expect(dialog.get_by_text("1 of the 10 digits that are needed at least.")).to_be_visible()
    train = dialog.get_by_role("button", name="Train on them")
    expect(train).to_be_disabled()

    images = mnist().test_x[:20].view(-1, SIDE, SIDE).numpy()
    dialog.locator("input[type=file]").set_input_files(npz(images))
    expect(dialog.get_by_text("21 digits.", exact=True)).to_be_visible()
    train.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("It learns from your own images.")).to_be_visible()
    page.wait_for_url(re.compile("own=[0-9a-f]{16}"))
    expect(canvas(page)).to_have_attribute("data-frame", "0")
    play_until(page, 5)

    press(page, "Back to MNIST")
    expect(page.get_by_text("It learns from your own images.")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("own="))
    expect(canvas(page)).to_have_attribute("data-frame", "0")
    play_until(page, 5)
    assert errors == []
