"""The coin lab as a learner has it: a real browser, a real server, real training."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from conftest import OpenPage
from driver import canvas, frame, settled
from playwright.sync_api import Page, WebSocketRoute, expect

from playground.labs import LABS
from playground.ui.thumbnails import presets

LAB = "coin-gan"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def in_state(page: Page, state: str) -> None:
    expect(canvas(page)).to_have_attribute("data-state", state, timeout=10_000)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def first_frame(page: Page) -> Page:
    expect(canvas(page)).to_have_attribute("data-painted", re.compile(r"[1-9]\d*"), timeout=15_000)
    return page


@pytest.fixture
def lab(open_page: OpenPage) -> Page:
    return first_frame(open_page(LAB))


def play_until(page: Page, step: int) -> None:
    press(page, "Play")
    in_state(page, "running")
    until(lambda: frame(page) >= step)


def test_the_first_paint_is_the_untrained_model(lab: Page, errors: list[str]) -> None:
    assert frame(lab) == 0
    in_state(lab, "paused")
    expect(lab.get_by_role("status").filter(has_text="Nobody has learned anything yet")).to_be_visible()
    assert errors == []


def test_play_paints_frame_after_frame_and_pause_stands_still(lab: Page, errors: list[str]) -> None:
    play_until(lab, 200)
    painted = int(canvas(lab).get_attribute("data-painted") or 0)
    lab.wait_for_timeout(1000)
    assert int(canvas(lab).get_attribute("data-painted") or 0) >= painted + 5
    press(lab, "Pause")
    in_state(lab, "paused")
    step = frame(lab)
    lab.wait_for_timeout(500)
    assert frame(lab) == step
    assert errors == []


def test_playing_never_replaces_or_blanks_the_canvas(lab: Page) -> None:
    canvas(lab).evaluate("node => { node.mine = true }")
    play_until(lab, 100)
    for _ in range(5):
        blank = canvas(lab).evaluate(
            "c => !c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v)"
        )
        assert not blank
        lab.wait_for_timeout(120)
    press(lab, "Pause")
    in_state(lab, "paused")
    settled(lab)
    assert canvas(lab).evaluate("node => node.mine === true")


def test_step_d_step_and_g_step_move_one_iteration(lab: Page) -> None:
    for count, name in enumerate(("Step", "D step", "G step"), start=1):
        press(lab, name)
        until(lambda count=count: frame(lab) == count)
    in_state(lab, "paused")


def test_reset_goes_back_to_the_beginning(lab: Page) -> None:
    play_until(lab, 100)
    press(lab, "Reset")
    until(lambda: frame(lab) == 0)
    in_state(lab, "paused")


def test_the_keyboard_plays_pauses_and_steps(lab: Page) -> None:
    lab.locator("h1").click()
    lab.keyboard.press("s")
    until(lambda: frame(lab) == 1)
    lab.keyboard.press("Space")
    in_state(lab, "running")
    lab.keyboard.press("Space")
    in_state(lab, "paused")
    lab.keyboard.press("r")
    until(lambda: frame(lab) == 0)


def test_slow_motion_names_the_phases(lab: Page) -> None:
    press(lab, "Slow")
    press(lab, "Step")
    expect(lab.get_by_text("G samples:")).to_be_visible()
    press(lab, "Step")
    expect(lab.get_by_text("D scores:")).to_be_visible()
    assert frame(lab) == 0


def test_the_timeline_goes_back(lab: Page) -> None:
    play_until(lab, 300)
    press(lab, "Pause")
    in_state(lab, "paused")
    later = frame(lab)
    timeline = lab.get_by_role("slider", name="Rewind")
    timeline.focus()
    timeline.press("Home")
    until(lambda: frame(lab) == 0)
    press(lab, "Step")
    until(lambda: frame(lab) == 1)
    assert later > 1


def test_a_live_knob_acts_without_a_restart(lab: Page) -> None:
    play_until(lab, 100)
    slider = lab.get_by_test_id("stSidebar").get_by_role("slider", name=re.compile("Slope penalty"))
    slider.focus()
    slider.press("ArrowRight")
    expect(lab).to_have_url(re.compile(r"r1=0\.15"))
    settled(lab)
    step = frame(lab)
    until(lambda: frame(lab) > step + 50)
    expect(lab.get_by_test_id("stSidebar").get_by_text("Restart to apply")).to_have_count(0)


def test_live_knobs_are_marked_for_the_eye_and_read_out_by_their_names(lab: Page) -> None:
    """Else a screen reader would spell the code of an icon before each of them."""
    sidebar = lab.get_by_test_id("stSidebar")
    names = sidebar.aria_snapshot()
    assert "Slope penalty" in names and ":material" not in names
    mark = "label => getComputedStyle(label, '::before').content"
    for name, live in (("Slope penalty", True), ("P(heads)", False)):
        label = sidebar.locator("label p").get_by_text(name, exact=True)
        assert ("bolt" in label.evaluate(mark)) == live


def test_quick_turns_of_a_knob_leave_a_preset_and_keep_the_run(open_page: OpenPage) -> None:
    """The first turn changes what the preset box says; that must neither fire it nor take the slider away."""
    bare = "r1=0.0&ema=0.0&decay=none&lr_g=0.001&lr_d=0.001&beta1=0.9&batch=32&seed=2&head=linear"
    page = first_frame(open_page(f"{LAB}?{bare}"))
    expect(page.get_by_test_id("stSidebar").get_by_text("The textbook loop")).to_be_visible()
    play_until(page, 200)
    slider = page.get_by_test_id("stSidebar").get_by_role("slider", name=re.compile("Slope penalty"))
    slider.focus()
    for _ in range(6):
        slider.press("ArrowRight")
    page.wait_for_timeout(50)
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(re.compile("r1="))  # .1 is the recommended value
    page.wait_for_timeout(700)
    page.keyboard.press("ArrowRight")  # the slider still has the focus
    expect(page).to_have_url(re.compile(r"r1=0\.15"))
    expect(page.get_by_test_id("stSidebar").get_by_text("As in Bare-bones, but")).to_be_visible()
    assert frame(page) >= 200


def test_another_knob_asks_before_it_restarts(lab: Page) -> None:
    play_until(lab, 100)
    slider = lab.get_by_test_id("stSidebar").get_by_role("slider", name=re.compile(r"P\(heads\)"))
    slider.focus()
    slider.press("ArrowRight")
    expect(lab.get_by_text("Restart to apply: P(heads).")).to_be_visible()
    assert frame(lab) >= 100
    press(lab, "Pause")
    in_state(lab, "paused")
    press(lab, "Restart")
    until(lambda: frame(lab) == 0)
    expect(lab.get_by_text("Restart to apply: P(heads).")).to_have_count(0)


def test_leaving_and_coming_back_finds_the_run(lab: Page) -> None:
    play_until(lab, 100)
    press(lab, "Pause")
    in_state(lab, "paused")
    step = frame(lab)
    lab.get_by_role("link", name="Home").first.click()
    expect(lab.get_by_role("heading", name="Watch generative models learn")).to_be_visible()
    press(lab, "Open the Coin GAN")
    expect(lab.get_by_role("heading", name="Can two networks learn")).to_be_visible()
    first_frame(lab)
    assert frame(lab) == step


def test_a_reload_keeps_the_settings(open_page: OpenPage) -> None:
    page = first_frame(open_page(f"{LAB}?p=0.7&seed=5"))
    press(page, "Step")
    until(lambda: frame(page) == 1)
    page.reload()
    first_frame(settled(page))
    assert "p=0.7" in page.url and "seed=5" in page.url
    assert page.get_by_role("slider", name=re.compile(r"P\(heads\)")).input_value() == "0.7"


def test_two_tabs_train_two_runs(open_page: OpenPage) -> None:
    one, two = first_frame(open_page(LAB)), first_frame(open_page(LAB))
    play_until(one, 50)
    assert frame(two) == 0
    in_state(two, "paused")


def test_where_the_socket_is_refused_the_page_polls(open_page: OpenPage) -> None:
    page = open_page(LAB, alone=True)
    page.route_web_socket(re.compile(r"/frames/"), lambda socket: socket.close(code=1011))
    page.reload()
    first_frame(settled(page))
    play_until(page, 30)
    step = frame(page)
    until(lambda: frame(page) > step)
    press(page, "Pause")
    in_state(page, "paused")
    step = frame(page)
    press(page, "Step")
    until(lambda: frame(page) == step + 1)


def test_a_socket_that_breaks_is_opened_again(open_page: OpenPage) -> None:
    page = open_page(LAB, alone=True)
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.context.route_web_socket(re.compile(r"/frames/"), pass_on)
    page.reload()
    first_frame(settled(page))
    play_until(page, 50)
    sockets[0].close(code=1012)
    for _ in range(100):  # waiting in the page, so that Playwright hears of the new socket
        page.wait_for_timeout(100)
        if len(sockets) == 2:
            break
    assert len(sockets) == 2
    step = frame(page)
    until(lambda: frame(page) > step)


@pytest.mark.parametrize("dark", [False, True])
def test_everything_above_the_tabs_fits_a_laptop(open_page: OpenPage, dark: bool) -> None:
    page = first_frame(open_page(LAB, dark=dark))
    status = page.get_by_role("status").filter(has_text="What is happening").bounding_box()
    assert status is not None and status["y"] + status["height"] <= 900
    shade = page.get_by_test_id("stApp").evaluate("node => getComputedStyle(node).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", shade)[:3])) < 200) == dark


def test_a_phone_has_one_calm_column(open_page: OpenPage, errors: list[str]) -> None:
    page = first_frame(open_page(LAB, width=390, height=844))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("Play", "Step", "D step", "G step", "Slow", "Reset"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None and box["width"] >= 44 and box["height"] >= 44
    play_until(page, 50)
    assert errors == []


def test_a_shared_url_gives_the_same_run_to_the_last_bit(open_page: OpenPage) -> None:
    words = []
    for _ in range(2):
        page = first_frame(open_page(f"{LAB}?seed=11&p=0.6"))
        for step in range(1, 6):
            press(page, "Step")
            until(lambda page=page, step=step: frame(page) == step)
        page.wait_for_timeout(2200)  # the text alternative is renewed every two seconds
        words.append(canvas(page).get_attribute("aria-label"))
    assert words[0] == words[1]


def test_a_bad_url_says_what_was_used_instead(open_page: OpenPage) -> None:
    page = first_frame(open_page(f"{LAB}?p=7&nonsense=1"))
    expect(page.get_by_text("P(heads) (p) is '7'; allowed: 0.02 to 0.98; used instead: 0.98.")).to_be_visible()
    expect(page.get_by_text("There is no setting named 'nonsense'")).to_be_visible()


def test_inspect_shows_figures_when_paused(lab: Page, errors: list[str]) -> None:
    play_until(lab, 100)
    lab.get_by_role("tab", name="Inspect").click()
    expect(lab.get_by_text("Pause the run to inspect it")).to_be_visible()
    press(lab, "Pause")
    expect(lab.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=15_000)
    expect(lab.get_by_test_id("stPlotlyChart")).to_have_count(6)
    with lab.expect_download() as download:
        press(lab, "Download the numbers (CSV)")
    rows = download.value.path().read_text().splitlines()
    assert rows[0].startswith("step,") and len(rows) > 10
    assert errors == []


def test_a_strange_origin_is_refused(server: str, lab: Page) -> None:
    import websockets.sync.client as client
    from websockets.exceptions import ConnectionClosedError, InvalidStatus

    with pytest.raises(InvalidStatus):
        client.connect(f"{server.replace('http', 'ws')}/frames/whatever", origin="https://elsewhere.example")
    ours = client.connect(f"{server.replace('http', 'ws')}/frames/whatever", origin=server)
    with ours, pytest.raises(ConnectionClosedError, match="4404"):
        ours.recv(timeout=5)


def test_home_leads_to_presets(open_page: OpenPage, errors: list[str]) -> None:
    page = open_page()
    expect(page.locator("canvas")).to_have_count(sum(len(presets(lab)) for lab in LABS.values()))
    page.get_by_role("link", name="Bare-bones").click()
    first_frame(page)
    assert "head=linear" in page.url
    assert errors == []
