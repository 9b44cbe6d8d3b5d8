"""What the live canvas paints, says and sends."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import live_harness
import numpy as np
import pytest
from live_harness import COIN, PLANE, coin_frame, data_for, plane_frame
from live_page import PAINTED, deliver, draw, fresh, harness_page, mount, near, point_at, rgb, sent, view_of
from playwright.sync_api import Browser, Page

from playground.core import (
    Arrows,
    Axis,
    Band,
    Bars,
    Contour,
    Curve,
    Digits,
    Field,
    Handle,
    Histogram,
    Mesh,
    Numerals,
    Points,
    Role,
    Rule,
    Series,
    Trail,
)
from playground.runtime.frames import encode
from playground.ui.live import javascript
from playground.ui.live.assemble import AssemblyError

ROLES = {
    "light": {
        "real": "#0072B2", "generated": "#D55E00", "discriminator": "#8E4A97", "encoder": "#009E73",
        "theory": "#6B7280",
    },
    "dark": {
        "real": "#56B4E9", "generated": "#FF9455", "discriminator": "#C9A0DC", "encoder": "#4CC9A0",
        "theory": "#9CA3AF",
    },
}  # fmt: skip


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


def connect(page: Page, **more: Any) -> None:
    """A live mount whose socket is open and has brought one frame."""
    mount(page, data_for(COIN, **more))
    deliver(page, coin_frame())


# Whether the marker also fills the corners halfway between up and right: a diamond does not.
SHOULDER = """rgb => {
  const canvas = live.canvas("only"), { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const is = (x, y) => rgb.every((part, k) => Math.abs(part - pixels[4 * (y * width + x) + k]) < 30);
  const found = [];
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) if (is(x, y)) found.push([x, y]);
  const middle = [0, 1].map((k) => found.reduce((sum, at) => sum + at[k], 0) / found.length);
  const wide = Math.max(...found.map(([x]) => x)) - middle[0];
  return is(Math.round(middle[0] + wide * 0.62), Math.round(middle[1] - wide * 0.62));
}"""
LINE = {"x": [0, 0.5, 1], "y": [0.2, 0.8, 0.4]}
HISTORY = {"history/step": [0, 50, 100], "history/a": [0.1, 0.9, 0.5], "history/b": [0.5, 0.2, 0.6]}
LAYERS = {
    "Points": (Points("l", "real", "p"), {"p": [[0.5, 0.5]]}),
    "Curve": (Curve("l", "discriminator", "x", "y"), LINE),
    "Bars": (Bars("l", "generated", "h", ("a",)), {"h": [0.6]}),
    "Arrows": (Arrows("l", "generated", "p", "q"), {"p": [[0.2, 0.2]], "q": [[0.5, 0.5]]}),
    "Mesh": (Mesh("l", "encoder", "m"), {"m": np.stack(np.meshgrid([0.1, 0.9], [0.1, 0.9]), -1)}),
    "Series": (Series("l", "generated", "a"), HISTORY),
    "Trail": (Trail("l", "discriminator", "a", "b"), HISTORY),
    "Rule": (Rule("l", "theory", 0.5), {}),
    "Contour": (Contour("l", "discriminator", "f", (0, 1, 0, 1), (0.5,)), {"f": [[0, 0], [1, 1]]}),
    "Histogram": (Histogram("l", "generated", "e", "h"), {"e": [0.2, 0.5, 0.8], "h": [0.3, 0.7]}),
    "hollow Points": (Points("l", "real", "p", hollow=True), {"p": [[0.5, 0.5]]}),
    "Handle": (Handle("l", "generated", "p"), {"p": [[0.5, 0.5]]}),
    "shaded Mesh": (
        Mesh("l", "encoder", "m", "s"),
        {"m": np.stack(np.meshgrid([0.1, 0.9], [0.1, 0.9]), -1), "s": [[1.0]]},
    ),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_has_its_owners_colour(page: Page, kind: str, theme: str) -> None:
    layer, arrays = LAYERS[kind]
    page.evaluate("theme => live.theme(theme)", theme)
    draw(page, view_of(layer), arrays)
    found = near(page, ROLES[theme][layer.role])
    assert found > 20 if "Mesh" not in kind else page.evaluate(PAINTED, "only")


def test_real_points_are_circles_and_generated_ones_diamonds(page: Page) -> None:
    for role, shown in (("real", True), ("generated", False), ("encoder", True)):
        draw(page, view_of(Points("l", role, "p"), x=Axis(), y=Axis("", 0, 1)), {"p": [[0.5, 0.5]]})
        assert near(page, ROLES["light"][role]) > 60
        assert page.evaluate(SHOULDER, rgb(ROLES["light"][role])) is shown


def test_a_field_goes_from_generated_to_real_with_row_0_at_the_bottom(page: Page) -> None:
    draw(page, view_of(Field("l", "discriminator", "f", (0, 1, 0, 1))), {"f": [[0.0, 0.0], [1.0, 1.0]]})
    corner = """share => { const c = live.canvas("only"), g = c.getContext("2d");
      return [...g.getImageData(c.width / 2, c.height * share, 1, 1).data].slice(0, 3); }"""
    assert page.evaluate(corner, 0.12) == pytest.approx(rgb("#B9D7EC"), abs=3)
    assert page.evaluate(corner, 0.88) == pytest.approx(rgb("#F3C6AC"), abs=3)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", ["real", "generated", "encoder", "theory"])
def test_an_amount_runs_from_nothing_to_its_owners_colour(page: Page, role: Role, theme: str) -> None:
    """Else the map of a density would have D's two ends, and blue at its emptiest would mean real."""
    page.evaluate("theme => live.theme(theme)", theme)
    draw(page, view_of(Field("l", role, "f", (0, 1, 0, 1))), {"f": [[0.0, 0.0], [1.0, 1.0]]})
    pixel = """share => { const c = live.canvas("only"), g = c.getContext("2d");
      return [...g.getImageData(c.width / 2, c.height * share, 1, 1).data].slice(0, 3); }"""
    full, empty = (np.array(page.evaluate(pixel, share), float) for share in (0.12, 0.88))
    assert np.ptp(empty) < 12  # no colour of anybody
    way, owner = full - empty, np.array(rgb(ROLES[theme][role]), float) - empty
    assert np.linalg.norm(way) == pytest.approx(0.6 * np.linalg.norm(owner), rel=0.05)
    assert way @ owner / np.linalg.norm(way) / np.linalg.norm(owner) > 0.999


def test_a_thin_curve_is_thinner(page: Page) -> None:
    inked = []
    for thin in (False, True):
        draw(page, view_of(Curve("l", "generated", "x", "y", thin=thin)), LINE)
        inked.append(near(page, ROLES["light"]["generated"]))
    assert 20 < inked[1] < 0.7 * inked[0]


def test_a_band_is_pale_and_digits_stay_white_on_black(page: Page) -> None:
    draw(page, view_of(Band("l", "noise", 0.25, 0.75)), {})
    inside = 'live.canvas("only").getContext("2d").getImageData(300, 200, 1, 1).data[3]'
    assert page.evaluate(inside) == pytest.approx(0.15 * 255, abs=3)
    images = np.zeros((2, 4, 4), np.uint8)
    images[:, 1] = 255
    draw(page, view_of(Digits("l", "generated", "i", 2)), {"i": images})
    assert near(page, "#FFFFFF") > 1000
    assert near(page, "#000000") > 3000


def test_roles_differ_in_lightness() -> None:
    """On paper, in grey, the players can be told apart; on a dark screen shapes and labels do that."""

    def lightness(colour: str) -> float:
        linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
        return 116 * float(np.dot(linear, [0.2126, 0.7152, 0.0722])) ** (1 / 3) - 16

    real, made, critic = (lightness(ROLES["light"][role]) for role in ("real", "generated", "discriminator"))
    assert abs(real - made) > 7
    assert abs(made - critic) > 7
    assert abs(real - critic) > 3


def test_the_script_and_this_test_agree_on_the_colours() -> None:
    source = (Path(live_harness.LIVE) / "theme.js").read_text()
    for roles in ROLES.values():
        for role, colour in roles.items():
            assert re.search(rf'{role}: "{colour}"', source)


DRAW_AND_POINT = """async mounts => {
  const drawn = [];
  for (const data of mounts) {
    live.mount(data);
    await live.painted();
    const canvas = live.canvas("only"), box = canvas.getBoundingClientRect();
    const middle = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    canvas.dispatchEvent(new PointerEvent("pointermove", middle));
    await live.painted();
    drawn.push(canvas.dataset.frame);
  }
  return drawn;
}"""
BLUE_AT = """share => { const c = live.canvas("only"), g = c.getContext("2d");
  const pixels = g.getImageData(Math.round(c.width * share), 0, 1, c.height).data;
  let blue = 0;
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i] < 40 && pixels[i + 2] > 150 && pixels[i + 3] > 200)
    blue += 1;
  return blue;
}"""
NOTHING = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("filling", ["empty", "not finite", "missing"])
def test_nothing_to_draw_does_no_harm(page: Page, filling: str) -> None:
    arrays: dict[str, Any] = {
        "empty": {name: np.zeros((0, 2)) for name in "pqxyhfmised"} | {"history/step": [], "history/a": []},
        "not finite": {
            **dict.fromkeys("xyhed", NOTHING), "s": [[math.nan]], "p": [NOTHING[:2]], "q": [NOTHING[:2]],
            "f": [NOTHING], "m": [[NOTHING[:2]]], "i": [[NOTHING]], "history/step": [0, 1, 2],
            "history/a": NOTHING, "history/b": NOTHING,
        },
        "missing": {},
    }[filling]  # fmt: skip
    field, digits = Field("l", "real", "f", (0, 1, 0, 1)), Digits("l", "real", "i", 8)
    unset = Rule("r", "theory", "no"), Band("b", "noise", "no", 1)
    layers = (*(layer for layer, _ in LAYERS.values()), *unset, field, digits, Numerals("l", "encoder", "p", "d"))
    frame = encode({"step": 100, "state": "paused"}, {name: np.asarray(array) for name, array in arrays.items()})
    axes = (Axis("x"), Axis("x", log=True))
    mounts = [data_for((view_of(layer, x=axis, y=axis),), frame) for layer in layers for axis in axes]
    assert page.evaluate(DRAW_AND_POINT, mounts) == ["100"] * len(mounts)


def test_a_soft_bound_gives_way_and_a_hard_one_does_not(page: Page) -> None:
    beyond = {"x": [0, 0.5, 1], "y": [0.5, 3, 3]}
    for soft in (True, False):
        draw(page, view_of(Curve("l", "real", "x", "y"), y=Axis("y", 0, 1, soft=soft)), beyond)
        assert (page.evaluate(BLUE_AT, 0.7) > 0) is soft
    draw(page, view_of(Curve("l", "real", "x", "y"), y=Axis("y", 0, 1, soft=True)), {"x": [0, 1], "y": [0, 1]})
    assert page.evaluate(BLUE_AT, 0.5) > 0


def test_nan_lifts_the_pen(page: Page) -> None:
    draw(page, view_of(Curve("l", "real", "x", "y")), {"x": [0, 0.3, 0.5, 0.7, 1], "y": [0.5, 0.5, math.nan, 0.5, 0.5]})
    assert page.evaluate(BLUE_AT, 0.2) >= 1
    assert page.evaluate(BLUE_AT, 0.5) == 0


def test_hover_tells_the_values_under_the_pointer(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    bars = point_at(page, "coin", 0.5, 0.5)
    assert re.findall(r"\.\d{3}", bars)[:2] == [".300", ".296"]
    curve = point_at(page, "G", 0.5, 0.5)
    z = float(re.findall(r"z = (\S+)", curve)[0].replace("\N{MINUS SIGN}", "-"))
    value = 1 / (1 + math.exp(-4 * (z - 0.52)))
    assert float(re.findall(r"G\(z\)\s+([\d.]+)", curve)[0]) == pytest.approx(value, abs=0.02)
    losses = point_at(page, "losses", 0.4, 0.5)
    assert losses.startswith("step ")
    assert {"D", "G", "2 ln 2", "ln 2"} <= set(losses.split("\n"))
    mount(page, data_for(PLANE, plane_frame()))
    assert "D: generated … real" in point_at(page, "plane", 0.5, 0.5)
    page.mouse.move(2, 2)
    page.evaluate("() => live.painted()")
    assert page.locator('[data-view="plane"] .readout').is_hidden()


def test_a_mark_is_told_where_it_stands(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame(step=600, marks=[{"step": 300, "text": "Learning rate of G: .001 to .003"}])))
    told = [point_at(page, "losses", share / 100, 0.5) for share in range(40, 54)]
    assert any("Learning rate of G: .001 to .003" in words for words in told)


def test_only_the_newest_frame_is_drawn_and_acknowledged(page: Page) -> None:
    mount(page, data_for(COIN))
    deliver(page, *(coin_frame(step) for step in (10, 20, 30)))
    first = page.locator("canvas").first
    assert first.get_attribute("data-frame") == "30"
    assert first.get_attribute("data-painted") == "1"
    assert sent(page) == [{"fps": 15}, {"drawn": 30}]


def test_keys_and_buttons_send_the_same_commands(page: Page) -> None:
    connect(page)
    before = len(sent(page))
    for key in (" ", " ", "s", "d", "g", "l", "l", "r"):
        page.keyboard.press(key)
    by_keys = sent(page)[before:]
    for name in ("Play", "Pause", "Step", "D step", "G step", "Slow", "Slow", "Reset"):
        page.get_by_role("button", name=name, exact=True).click()
    assert by_keys == sent(page)[before + len(by_keys) :]
    does = [command["do"] for command in by_keys]
    assert does == ["play", "pause", "step", "d", "g", "slow", "slow", "reset"]
    assert [command.get("on") for command in by_keys if command["do"] == "slow"] == [True, False]


def test_keys_are_left_alone_where_someone_types(page: Page) -> None:
    connect(page)
    before = len(sent(page))
    page.evaluate("() => document.body.append(Object.assign(document.createElement('input'), { id: 'name' }))")
    page.locator("#name").focus()
    page.keyboard.type("srd g")
    assert page.locator("#name").input_value() == "srd g"
    page.evaluate("() => document.querySelector('#name').remove()")
    page.keyboard.press("Control+s")
    assert len(sent(page)) == before


def test_space_on_a_focused_button_presses_that_button_only(page: Page) -> None:
    connect(page)
    before = len(sent(page))
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press(" ")
    assert sent(page)[before:] == [{"do": "step"}]


def test_without_players_there_are_no_player_buttons(page: Page) -> None:
    connect(page, players=[])
    before = len(sent(page))
    assert page.get_by_role("button", name="D step").count() == 0
    page.keyboard.press("d")
    assert len(sent(page)) == before


def test_speed_and_rewind(page: Page) -> None:
    connect(page)
    before = len(sent(page))
    page.get_by_label("Speed").fill("0")
    page.get_by_label("Speed").fill("60")
    page.get_by_label("Rewind").fill("7")
    page.wait_for_function("live.sockets[0].sent.at(-1).do === 'rewind'")
    assert sent(page)[before:] == [
        {"do": "speed", "value": 1},
        {"do": "speed", "value": None},
        {"do": "rewind", "to": 350},
    ]
    assert page.get_by_text("back to step 350").is_visible()


def test_polling_sends_commands_as_triggers_each_different(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    page.keyboard.press("s")
    page.keyboard.press("s")
    assert page.evaluate("live.told") == [
        ["trigger", "command", '{"do":"step","n":1}'],
        ["trigger", "command", '{"do":"step","n":2}'],
    ]
    assert page.evaluate("live.sockets.length") == 0


def test_a_refused_socket_asks_for_polling_once(page: Page) -> None:
    mount(page, data_for(COIN))
    page.evaluate("() => live.sockets[0].drop(1006)")
    assert page.evaluate("live.told") == []  # once may be an accident
    page.wait_for_function("live.sockets.length === 2")
    page.evaluate("() => { live.sockets[1].drop(1006); live.mount(live.data) }")
    assert page.evaluate("live.told") == [["state", "transport", "poll"]]
    assert page.evaluate("live.sockets.length") == 2


def test_a_lost_socket_is_opened_again_and_a_gone_run_told_once(page: Page) -> None:
    connect(page)
    page.evaluate("() => live.sockets[0].drop(1006)")
    assert page.get_by_text("reconnecting").is_visible()
    page.wait_for_function("live.sockets.length === 2")
    deliver(page, coin_frame(1300), socket=1)
    assert page.get_by_text("reconnecting").is_hidden()
    assert page.locator("canvas").first.get_attribute("data-frame") == "1300"
    page.evaluate("() => { live.sockets[1].drop(4404); live.mount(live.data) }")
    assert page.evaluate("live.told") == [["trigger", "gone", "run-1"]]


def test_another_token_keeps_the_picture_until_its_first_frame(page: Page) -> None:
    connect(page)
    page.evaluate("() => { window.kept = live.canvas('coin') }")
    mount(page, data_for(COIN, token="run-2"))
    assert page.evaluate("live.sockets[0].closed && kept === live.canvas('coin')")
    assert page.evaluate(PAINTED, "coin")
    deliver(page, coin_frame(5), socket=1)
    assert page.locator("canvas").first.get_attribute("data-frame") == "5"


def test_the_state_is_told_where_the_page_asks_for_it_and_when_it_changes(page: Page) -> None:
    connect(page)
    deliver(page, coin_frame(1240, state="running"))
    page.wait_for_timeout(400)
    assert page.evaluate("live.told") == []
    mount(page, data_for(COIN, told="paused"))
    deliver(page, coin_frame(1250, state="running"))
    page.wait_for_function("live.told.length === 1")
    deliver(page, coin_frame(1260, state="running"), coin_frame(1270, state="paused"))
    page.wait_for_function("live.told.length === 2")
    assert page.evaluate("live.told") == [["state", "state", "running"], ["state", "state", "paused 1270"]]


def test_clean_up_of_an_older_call_leaves_the_newer_one_alone(page: Page) -> None:
    connect(page)
    page.evaluate("() => { const old = live.cleanup; live.mount(live.data); old() }")
    assert page.locator("canvas").count() == len(COIN)
    assert not page.evaluate("live.sockets[0].closed")
    page.evaluate("() => live.leave()")
    assert page.locator("canvas").count() == 0
    assert page.evaluate("live.sockets[0].closed")
    page.keyboard.press("s")
    assert {"do": "step"} not in sent(page)


def test_a_call_that_comes_after_the_one_that_overtook_it_changes_nothing(page: Page) -> None:
    """While the module loads, Streamlit's calls may come in the wrong order; else the stage stays empty for good."""
    newer, older = data_for(COIN, token="run-2"), data_for(COIN, token="run-1")
    page.evaluate("([newer, older]) => { live.mount(newer); live.mount(older); live.cleanup() }", [newer, older])
    sockets = page.evaluate("live.sockets.map(({ url, closed }) => [url.split('/').at(-1), closed])")
    assert [name for name, closed in sockets if not closed] == ["run-2"]
    deliver(page, coin_frame(5), socket=len(sockets) - 1)
    assert page.locator("canvas").first.get_attribute("data-frame") == "5"
    page.evaluate("() => live.leave()")
    assert page.evaluate("live.sockets.every(({ closed }) => closed)")


def test_a_phase_of_slow_motion_takes_the_sentences_place(page: Page) -> None:
    phase = {"name": "D update", "player": "D", "says": "D has moved its curve.", "index": 2, "of": 5}
    mount(page, data_for(COIN, coin_frame(slow=True, phase=phase)))
    assert page.get_by_role("status").inner_text() == "D update: D has moved its curve."
    assert page.locator(".dots i").count() == 5
    assert page.get_by_role("button", name="Slow").get_attribute("aria-pressed") == "true"


def test_enlarge_and_escape(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    before = page.locator(".stage").bounding_box()
    page.get_by_role("button", name="Enlarge Losses").click()
    assert page.locator("canvas:visible").count() == 1
    assert page.locator(".stage").bounding_box() == before
    page.keyboard.press("Escape")
    assert page.locator("canvas:visible").count() == len(COIN)


def test_a_canvas_says_in_words_what_it_shows(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    label = page.get_by_role("img", name="Losses").get_attribute("aria-label")
    assert label
    assert re.fullmatch(r"Losses\. At the equilibrium .* Now: D 1\.\d\d; G \.\d{3}\.", label)


def test_a_still_is_the_drawing_alone(page: Page) -> None:
    data = data_for(COIN[:1], coin_frame())
    mount(page, {"views": data["views"], "frame": data["frame"], "still": True})
    assert page.evaluate(PAINTED, "coin")
    assert page.get_by_role("button").count() == 0
    assert page.locator("[role=status]").count() == 0


def test_everything_fits_a_laptop(page: Page) -> None:
    mount(page, data_for(COIN, coin_frame()))
    box = page.locator(".root").bounding_box()
    assert box
    assert box["width"] == pytest.approx(1110, abs=2)
    assert box["height"] <= 690


def test_on_a_phone_targets_are_large_and_nothing_sticks_out(page: Page) -> None:
    page.set_viewport_size({"width": 392, "height": 800})
    mount(page, data_for(COIN, coin_frame()))
    for target in page.locator("button:visible, input:visible").all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44, target.get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tops = page.evaluate("[...live.shadow.querySelectorAll('canvas')].map(c => c.getBoundingClientRect().top)")
    assert tops == sorted(tops)


def test_a_frame_costs_little(page: Page) -> None:
    """A bound with room for a busy machine; quiet, two cores need about 2 ms."""
    mount(page, data_for(COIN))
    costs = []
    for step in range(1000, 1400, 20):
        deliver(page, coin_frame(step))
        costs.append(float(page.locator(".root").get_attribute("data-ms") or "nan"))
    assert np.median(costs) < 15


def test_the_joined_script_is_the_modules(page: Page) -> None:
    script = javascript()
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert len(re.findall(r"^export ", script, re.MULTILINE)) == 1
    kind = page.evaluate(
        """async code => {
          const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
          return typeof (await import(url)).default;
        }""",
        script,
    )
    assert kind == "function"


IMPORT_A = 'import { a } from "./a.js";\n'
ENTRY = "export default function f() {}\n"
A = "export const a = 1;\n"


@pytest.mark.parametrize(
    ("live", "a", "complaint"),
    [
        (IMPORT_A + ENTRY, A + "const f = 1;\n", "f is declared at top level in both a.js and live.js"),
        (IMPORT_A + ENTRY, A + "export default function b() {}\n", "a.js has a default export; only live.js may"),
        ('import { c } from "./c.js";\n' + ENTRY, A, "live.js asks for c.js, which is not in"),
        ('import { a as b } from "./a.js";\n' + ENTRY, A, "a name cannot change"),
        ('import { b } from "./a.js";\n' + ENTRY, A, "live.js imports b from a.js, which does not export it"),
        ('import { a } from "elsewhere";\n' + ENTRY, A, "only modules of the same folder"),
        (IMPORT_A + ENTRY, 'import "./live.js";\n' + A, "in a circle: live.js -> a.js -> live.js"),
        (IMPORT_A, A, "exactly one default export"),
    ],
)
def test_modules_that_cannot_be_joined_are_refused(tmp_path: Path, live: str, a: str, complaint: str) -> None:
    (tmp_path / "live.js").write_text(live)
    (tmp_path / "a.js").write_text(a)
    with pytest.raises(AssemblyError, match=complaint):
        javascript(folder=tmp_path)
