"""What a learner does with the panels: switch layers, read what to look for, enlarge the letters, follow the phases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from live_harness import CHALLENGE, COIN, FIGHT, PHASE, coin_frame, data_for, fight_frame
from live_page import LAPTOP, deliver, fresh, harness_page, mount, near, point_at, view_of, where
from playwright.sync_api import Browser, Locator, Page, expect

from playground.core import Axis, Curve, Points, View
from playground.runtime.frames import encode

BLUE, ORANGE, PURPLE = "#0072B2", "#D55E00", "#8E4A97"
PHONE: Any = {"width": 392, "height": 800}
LABELS = [layer.label for layer in FIGHT[0].layers]
GRID = LABELS[1]  # the one that is off at first


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


def switch(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def flip(page: Page, name: str) -> None:
    switch(page, name).click()
    page.mouse.move(1, 799)


def on(page: Page) -> list[str]:
    """The layers that are switched on."""
    return [label for label in LABELS if switch(page, label).get_attribute("aria-pressed") == "true"]


def height(page: Page, css: str) -> float:
    box = page.locator(css).first.bounding_box()
    assert box
    return box["height"]


# Switches


def switched(**more: Any) -> View:
    real, far = Points("real", "real", "p"), Points("far", "generated", "q", **more)
    axes = {"x": Axis("x"), "y": Axis("y")}
    return view_of(real, far, Curve("path", "discriminator", "x", "y"), **axes, switches=True)


def moment(step: int = 1) -> bytes:
    arrays = {"p": [[0.2, 0.2], [0.8, 0.8]], "q": [[9.0, 9.0]], "x": [0, 1], "y": [0.1, 0.5]}
    header = {"step": step, "state": "paused", "scalars": {}}
    return encode(header, {name: np.asarray(array) for name, array in arrays.items()})


def test_each_layer_has_a_switch_and_a_layer_may_start_switched_off(page: Page) -> None:
    mount(page, data_for(FIGHT, fight_frame()))
    assert page.get_by_role("group", name="Layers of Can G cover the ring?").get_by_role("button").count() == len(
        LABELS
    )
    assert on(page) == [label for label in LABELS if label != GRID]
    assert page.locator('[data-view="losses"] .switch').count() == 0


def test_a_switch_acts_at_once_on_the_picture_and_its_axes(page: Page) -> None:
    mount(page, data_for((switched(),), moment()))
    crowded = np.ptp(where(page, BLUE)[:, 0])
    assert near(page, ORANGE) > 20
    flip(page, "far")
    assert near(page, ORANGE) == 0
    assert np.ptp(where(page, BLUE)[:, 0]) > 5 * crowded  # the axis has closed in on what is left
    flip(page, "path")
    assert near(page, PURPLE) == 0
    flip(page, "far")
    assert near(page, ORANGE) > 20
    assert np.ptp(where(page, BLUE)[:, 0]) == pytest.approx(crowded, abs=1)  # the path no longer hides a point's edge


def test_a_layer_switched_off_is_neither_hovered_over_nor_spoken_of(page: Page) -> None:
    mount(page, data_for((switched(),), moment()))
    assert "path" in point_at(page, "only", 0.5, 0.5)
    flip(page, "path")
    box = page.locator('[data-view="only"] canvas').bounding_box()
    assert box
    for share in np.linspace(0.05, 0.95, 19):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.9 * box["height"])
        page.evaluate("() => live.painted()")
        assert "path" not in page.locator(".readout").inner_text()


def test_the_text_alternative_leaves_out_what_is_switched_off(page: Page) -> None:
    view = View("only", "Title", "Caption.", FIGHT[2].layers, switches=True)
    mount(page, data_for((view,), fight_frame()))
    image = page.get_by_role("img", name="Title")
    expect(image).to_have_attribute("aria-label", re.compile("Now: D 1.* G "))
    flip(page, "D")
    expect(image).to_have_attribute("aria-label", re.compile(r"Now: G [\d.]+\.$"))


def test_switches_work_by_keyboard_and_leave_shortcuts_alone(page: Page) -> None:
    mount(page, data_for(FIGHT))
    deliver(page, fight_frame())
    switch(page, "real").focus()
    page.keyboard.press(" ")
    assert switch(page, "real").get_attribute("aria-pressed") == "false"
    page.keyboard.press("Enter")
    assert switch(page, "real").get_attribute("aria-pressed") == "true"
    assert not any("do" in message for message in page.evaluate("live.sockets[0].sent"))


def test_the_choice_outlasts_frames_themes_runs_and_mounts(page: Page) -> None:
    mount(page, data_for(FIGHT))
    deliver(page, fight_frame(8))
    flip(page, "real")
    flip(page, GRID)
    wanted = [label for label in LABELS if label != "real"]
    deliver(page, fight_frame(16))
    page.evaluate("() => live.theme('dark')")
    assert on(page) == wanted
    mount(page, data_for(FIGHT, token="run-2"))
    deliver(page, fight_frame(0), socket=1)
    assert on(page) == wanted
    page.evaluate("() => { live.leave(); live.theme('light') }")
    mount(page, data_for(FIGHT))
    deliver(page, fight_frame(8), socket=2)
    assert on(page) == wanted
    flip(page, "minibatch")
    assert near(page, BLUE, "fight") == 0  # the real points have stayed away


@pytest.mark.parametrize("size", [LAPTOP, {"width": 732, "height": 800}, PHONE], ids=["laptop", "tablet", "phone"])
def test_switching_moves_nothing(page: Page, size: Any) -> None:
    page.set_viewport_size(size)
    mount(page, data_for(FIGHT, fight_frame()))
    boxes = """() => [...live.shadow.querySelectorAll(".panel, .switch, canvas")].map((node) => {
      const { left, top, width, height } = node.getBoundingClientRect();
      return [left, top, width, height];
    })"""
    page.evaluate("() => { live.shadow.querySelector('.legend').scrollLeft = 0 }")
    before = page.evaluate(boxes)
    for label in LABELS:
        switch(page, label).evaluate("node => node.click()")
    page.evaluate("() => live.painted()")
    assert page.evaluate(boxes) == before
    assert on(page) == [GRID]


def test_switches_are_large_enough_and_stay_inside(page: Page) -> None:
    mount(page, data_for(FIGHT, fight_frame()))
    for label in LABELS:
        box, panel = switch(page, label).bounding_box(), page.locator('[data-view="fight"]').bounding_box()
        assert box and panel
        assert box["height"] >= 32
        assert panel["x"] <= box["x"] and box["x"] + box["width"] <= panel["x"] + panel["width"]


def test_a_still_shows_what_is_on_at_first(page: Page) -> None:
    for off in (True, False):
        data = data_for((switched(off=off),), moment())
        mount(page, {"views": data["views"], "frame": data["frame"], "still": True})
        assert (near(page, ORANGE) == 0) is off
        assert page.get_by_role("button").count() == 0


# Slow motion


def slowly(labels: list[str] | None = None, **more: Any) -> bytes:
    return fight_frame(slow=True, phase={**PHASE, "layers": PHASE["layers"] if labels is None else labels, **more})


def test_a_phase_fades_all_that_it_is_not_about_but_leaves_switches_alone(page: Page) -> None:
    mount(page, data_for(FIGHT, slowly(["real", "D"])))
    assert near(page, BLUE, "fight") > 500
    assert near(page, ORANGE, "fight") == 0
    assert near(page, PURPLE, "losses") > 100 and near(page, ORANGE, "losses") == 0
    assert near(page, BLUE, "share") > 100  # its label is real as well
    faint = page.locator('[data-view="fight"] .entry.faint').all_inner_texts()
    assert faint == [label for label in LABELS if label != "real"]
    flip(page, "real")
    flip(page, "minibatch")
    assert near(page, BLUE, "fight") == 0
    mount(page, data_for(FIGHT, fight_frame(slow=True)))
    assert page.locator(".entry.faint").count() == 0
    assert near(page, ORANGE, "fight") > 500


def test_a_phase_shows_its_player_its_equation_and_its_code(page: Page) -> None:
    mount(page, data_for(FIGHT, slowly()))
    assert page.locator(".badge").inner_text() == "D"
    assert page.locator(".equation").inner_text().startswith("∇θ")
    assert page.locator(".code").inner_text() == PHASE["code"]
    family = page.locator(".equation").evaluate("node => getComputedStyle(node).fontFamily")
    assert family.endswith("serif") and not family.endswith("sans-serif")
    assert page.locator(".code").evaluate("node => getComputedStyle(node).fontFamily").endswith("monospace")
    status = page.get_by_role("status").inner_text()
    assert status.startswith("D update: D has moved one step") and "∇θ" in status


def test_an_equation_has_its_indices_below_the_line(page: Page) -> None:
    mount(page, data_for(FIGHT, slowly(equation="L_D = log x_{t-1} <b>")))
    assert page.locator(".equation sub").all_inner_texts() == ["D", "t-1"]
    assert page.locator(".equation").inner_text() == "LD = log xt-1 <b>"


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_stepping_through_the_phases_moves_nothing(page: Page, size: Any) -> None:
    page.set_viewport_size(size)
    mount(page, data_for(FIGHT))
    heights, shown = [], page.locator(".says")
    for says, rest in (
        ("G has drawn.", {"equation": "", "code": ""}),
        ("D has scored real and generated points.", {"code": "scores = D(both)"}),
        (PHASE["says"], {}),
        ("G has moved.", {"equation": "", "code": ""}),
    ):
        deliver(page, slowly(says=says, **rest))
        expect(shown).to_have_text(says)
        heights.append((height(page, ".root"), height(page, ".sentence"), height(page, ".panel")))
    assert len(set(heights)) == 1
    deliver(page, fight_frame(648))
    expect(shown).not_to_have_text("G has moved.")
    assert height(page, ".sentence") < heights[0][1]


# The challenge


def test_a_challenge_stands_above_the_sentence_and_says_how_it_stands(page: Page) -> None:
    mount(page, data_for(FIGHT))
    deliver(page, fight_frame())
    assert page.locator(".challenge").is_hidden()
    for state, word in (("open", ""), ("met", "Met. "), ("missed", "Missed. ")):
        deliver(page, fight_frame(challenge={**CHALLENGE, "state": state}))
        expect(page.locator(".challenge")).to_have_text(f"{CHALLENGE['goal']} {word}{CHALLENGE['says']}")
    bar, below = page.locator(".challenge").bounding_box(), page.locator(".sentence").bounding_box()
    assert bar and below and bar["y"] + bar["height"] <= below["y"] < bar["y"] + bar["height"] + 20
    spoken = page.locator(".challenge-place [aria-live=polite]")
    expect(spoken).to_have_text(f"All eight: {CHALLENGE['goal']} Missed. {CHALLENGE['says']}")
    deliver(page, fight_frame())
    expect(page.locator(".challenge")).to_be_hidden()


# Larger text


FONTS = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  const sizes = {};
  CanvasRenderingContext2D.prototype.fillText = function (text) {
    sizes[text] = parseFloat(this.font.match(/([\\d.]+)px/)[1]);
  };
  live.shadow.querySelector("canvas").dispatchEvent(new PointerEvent("pointermove"));
  return live.painted().then(() => {
    CanvasRenderingContext2D.prototype.fillText = write;
    return sizes;
  });
}"""
LEVEL = view_of(Curve("level", "discriminator", "x", "y"))


def thickness(page: Page) -> float:
    """How many pixels the line in the middle covers from top to bottom, its soft edges in part."""
    return page.evaluate("""() => { const c = live.canvas("only"), g = c.getContext("2d");
      const column = g.getImageData(Math.round(c.width / 2), 0, 1, c.height).data;
      const opacities = column.filter((value, i) => i % 4 === 3 && column[i - 3] > column[i - 2] + 40);
      return opacities.reduce((a, b) => a + b, 0) / 255;
    }""")


def test_larger_text_enlarges_letters_and_lines_and_is_remembered(page: Page) -> None:
    frame = encode(
        {"step": 1, "state": "paused", "scalars": {}}, {"x": np.array([0.0, 1]), "y": np.array([0.53, 0.53])}
    )
    data = data_for((LEVEL,), frame)
    mount(page, data)
    small, fine = page.evaluate(FONTS), thickness(page)
    button = page.get_by_role("button", name="Larger text")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    large, bold = page.evaluate(FONTS), thickness(page)
    common = set(small) & set(large)
    assert len(common) >= 3
    for text in common:
        assert large[text] == pytest.approx(1.35 * small[text])
    assert bold == pytest.approx(1.25 * fine, abs=0.2)  # coverage comes in quarters of a pixel
    page.evaluate("() => live.leave()")
    mount(page, data)
    assert page.get_by_role("button", name="Larger text").get_attribute("aria-pressed") == "true"
    assert thickness(page) == pytest.approx(bold)


# What to look for


def test_a_panel_says_what_to_look_for(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    note, other = (
        page.get_by_text("the generated share should end", exact=False),
        page.get_by_role("button", name="About Losses"),
    )
    button = page.get_by_role("button", name="About How often does each coin show heads?")
    assert note.is_hidden() and button.get_attribute("aria-expanded") == "false"
    button.focus()
    page.keyboard.press("Enter")
    assert note.is_visible() and button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert note.is_hidden()
    button.click()
    other.click()
    assert note.is_hidden() and page.get_by_text("At the equilibrium D's loss").is_visible()
    page.mouse.click(600, 780)
    assert page.get_by_text("At the equilibrium D's loss").is_hidden()


def test_escape_closes_a_note_before_it_shrinks_a_panel(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    page.get_by_role("button", name="Enlarge Losses").click()
    page.get_by_role("button", name="About Losses").click()
    page.keyboard.press("Escape")
    assert page.locator(".note:visible").count() == 0 and page.locator("canvas:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("canvas:visible").count() == len(COIN)


# A phone


def test_on_a_phone_the_words_stand_between_the_world_and_the_rest(page: Page) -> None:
    page.set_viewport_size(PHONE)
    mount(page, data_for(FIGHT, fight_frame(challenge=CHALLENGE)))
    order = ['[data-view="fight"]', ".challenge", ".sentence", '[data-view="share"]', '[data-view="losses"]']
    boxes = [page.locator(css).bounding_box() for css in order]
    for above, below in pairwise(boxes):
        assert above and below and above["y"] + above["height"] <= below["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_every_target_is_large_and_the_last_switch_can_be_reached(page: Page) -> None:
    page.set_viewport_size(PHONE)
    mount(page, data_for(FIGHT, fight_frame()))
    for target in page.locator("button:visible, input:visible").all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44, target.inner_text()
    flip(page, LABELS[-1])
    box = switch(page, LABELS[-1]).bounding_box()
    assert box and box["x"] + box["width"] < PHONE["width"] - 30  # clear of the fading edge
    assert LABELS[-1] not in on(page)


def test_enlarged_on_a_phone_a_panel_is_alone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    mount(page, data_for(FIGHT, fight_frame()))
    page.get_by_role("button", name="Enlarge Losses").click()
    assert page.locator("canvas:visible").count() == 1
    assert height(page, ".panel.big") > 400
    page.keyboard.press("Escape")
    assert page.locator("canvas:visible").count() == len(FIGHT)


# What it costs


def test_a_frame_with_all_layers_on_costs_little(page: Page) -> None:
    """1064 points, a 50 x 50 field with contours, 200 arrows and a shaded 24 x 24 grid; quiet, about 2 ms."""
    mount(page, data_for(FIGHT))
    deliver(page, fight_frame(0))
    flip(page, GRID)
    costs = []
    for step in range(8, 168, 8):
        deliver(page, fight_frame(step, state="running"))
        costs.append(float(page.locator(".root").get_attribute("data-ms") or "nan"))
    assert len(on(page)) == len(LABELS)
    assert np.median(costs) < 15
