"""The shell as Streamlit runs it, without a browser: what is on the page and what the controls do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from torch import Tensor

from playground.frechet import DRAWS, Frechet
from playground.labs import LABS
from playground.runtime import Limits, Run, registry
from playground.ui import controls, socket, thumbnails

ROOT = Path(__file__).parents[1]
SHELL = ROOT / "playground" / "ui" / "shell.py"
LAB = LABS["coin-gan"]
FIRST = next(iter(LAB.presets))


def key(name: str) -> str:
    return f"coin-gan/knob/{name}"


def run_of(app: AppTest) -> Run:
    run = registry().find(app.session_state["coin-gan/run"])
    assert run is not None
    return run


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@pytest.fixture
def home() -> Iterator[AppTest]:
    app = AppTest.from_file(str(SHELL), default_timeout=60).run()
    assert not app.exception
    yield app
    for run in tuple(registry()._runs.values()):
        registry()._discard(run)


def open_lab(app: AppTest, **query: str) -> AppTest:
    app.switch_page(str(ROOT / "pages" / "coin_gan.py"))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def lab(home: AppTest) -> AppTest:
    return open_lab(home)


def test_home_names_every_lab_and_its_first_presets(home: AppTest) -> None:
    words = " ".join(str(element.value) for element in (*home.markdown, *home.caption))
    links = [link.proto.label for link in home.get("page_link")]
    for lab in LABS.values():
        assert f"**{lab.title}**" in links and lab.summary in words
        for name in thumbnails.presets(lab):
            assert lab.settings[name].shows in words


def blocks(block: Any) -> Iterator[Any]:
    """All containers within one."""
    for part in block.children.values():
        if hasattr(part, "children"):
            yield part
            yield from blocks(part)


def test_each_knob_has_one_widget_with_its_help(lab: AppTest) -> None:
    widgets = [*lab.sidebar.slider, *lab.sidebar.select_slider, *lab.sidebar.selectbox, *lab.sidebar.number_input]
    found = {widget.key: widget for widget in widgets}
    marked = {block.proto.id.partition("-live/")[2] for block in blocks(lab.sidebar)}
    for name, knob in LAB.Config.knobs().items():
        assert found[key(name)].label == knob.label  # and nothing else: it is read out as it stands
        assert found[key(name)].help == knob.help + (" Acts at once." if knob.live else "")
        assert (key(name) in marked) == knob.live


def test_at_most_seven_knobs_are_visible_at_first() -> None:
    for lab in LABS.values():
        assert sum(not knob.group for knob in lab.Config.knobs().values()) <= 7


def test_a_knob_that_needs_a_restart_is_applied_at_once_to_an_untouched_run(lab: AppTest) -> None:
    lab.sidebar.slider(key=key("p")).set_value(0.7).run()
    until(lambda: run_of(lab).config.p == 0.7)
    assert dict(lab.query_params) == {"p": ["0.7"]} or dict(lab.query_params) == {"p": "0.7"}


def test_a_run_that_has_begun_is_not_thrown_away(lab: AppTest) -> None:
    run = run_of(lab)
    registry().post(run, "step")
    until(lambda: run.step == 1)
    lab.sidebar.slider(key=key("p")).set_value(0.7).run()
    assert run.config.p == 0.3 and run.step == 1
    assert any("P(heads)" in info.value for info in lab.sidebar.info)
    next(button for button in lab.sidebar.button if button.label == "Restart").click().run()
    until(lambda: run.config.p == 0.7 and run.step == 0)
    lab.run()
    assert not lab.sidebar.info


def test_reset_also_takes_what_waits_for_a_restart(lab: AppTest) -> None:
    run = run_of(lab)
    registry().post(run, "step")
    until(lambda: run.step == 1)
    lab.sidebar.slider(key=key("p")).set_value(0.6).run()
    registry().post(run, "reset")
    until(lambda: run.step == 0 and run.config.p == 0.6)


def test_a_live_knob_acts_on_the_running_model_and_leaves_a_mark(lab: AppTest) -> None:
    run = run_of(lab)
    registry().post(run, "step")
    until(lambda: run.step == 1)
    lab.sidebar.selectbox(key=key("loss")).set_value("minimax").run()
    until(lambda: run.trainer.config.loss == "minimax")
    assert run.step == 1 and [mark["text"] for mark in run.marks] == ["Loss: non-saturating to minimax"]
    assert not lab.sidebar.info


def test_a_preset_starts_a_fresh_run_and_shows_its_story(lab: AppTest) -> None:
    run = run_of(lab)
    registry().post(run, "step")
    until(lambda: run.step == 1)
    lab.sidebar.selectbox(key=key("preset")).set_value("Bare-bones").run()
    until(lambda: run.step == 0 and run.config == LAB.presets["Bare-bones"])
    assert LAB.settings["Bare-bones"].shows in [caption.value for caption in lab.sidebar.caption]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the controls read from the clock."""
    now = [1000.0]
    monkeypatch.setattr(controls.time, "monotonic", lambda: now[0])
    return now


def left_behind(lab: AppTest) -> None:
    """A knob is turned: the settings are no preset any more."""
    lab.sidebar.slider(key=key("p")).set_value(0.42).run()
    assert lab.sidebar.selectbox(key=key("preset")).value == controls.OWN


def test_a_preset_that_the_browser_still_showed_is_not_taken_for_a_choice(lab: AppTest, clock: list[float]) -> None:
    """Else the second of two quick turns would undo the first."""
    left_behind(lab)
    clock[0] += 1.0
    lab.sidebar.slider(key=key("p")).set_value(0.44)
    lab.sidebar.selectbox(key=key("preset")).set_value(FIRST).run()
    assert lab.sidebar.slider(key=key("p")).value == 0.44
    assert lab.sidebar.selectbox(key=key("preset")).value == controls.OWN


def test_a_preset_sent_sooner_than_by_any_hand_is_no_choice(lab: AppTest, clock: list[float]) -> None:
    left_behind(lab)
    clock[0] += 0.2
    lab.sidebar.selectbox(key=key("preset")).set_value(FIRST).run()
    assert lab.sidebar.slider(key=key("p")).value == 0.42


def test_a_preset_can_be_chosen_again_at_once(lab: AppTest, clock: list[float]) -> None:
    left_behind(lab)
    clock[0] += 0.7
    lab.sidebar.selectbox(key=key("preset")).set_value(FIRST).run()
    assert lab.sidebar.slider(key=key("p")).value == LAB.presets[FIRST].p
    assert lab.sidebar.selectbox(key=key("preset")).value == FIRST


def test_own_settings_are_called_so(lab: AppTest) -> None:
    lab.sidebar.slider(key=key("p")).set_value(0.42).run()
    assert lab.sidebar.selectbox(key=key("preset")).value == controls.OWN


def test_a_shared_url_gives_its_settings(home: AppTest) -> None:
    lab = open_lab(home, p="0.7", lr_g="0.00123", loss="minimax", seed="17")
    wanted = LAB.config(p=0.7, lr_g=0.00123, loss="minimax", seed=17)
    until(lambda: run_of(lab).config == wanted)
    assert not lab.warning


def test_a_bad_url_gets_sentences_and_the_rest_of_it_still_counts(home: AppTest) -> None:
    lab = open_lab(home, p="7", lr_g="nan", who="<b>me</b>", tosses="64")
    (warning,) = lab.warning
    assert "P(heads) (p) is '7'; allowed: 0.02 to 0.98; used instead: 0.98." in warning.value
    assert "Learning rate of G" in warning.value and "no setting named" in warning.value
    assert "<b>" not in warning.value
    until(lambda: run_of(lab).config == LAB.config(p=0.98, tosses=64))
    lab.sidebar.slider(key=key("p")).set_value(0.5).run()
    assert not lab.warning


def test_leaving_the_page_and_coming_back_finds_the_same_run_and_knobs(lab: AppTest) -> None:
    run = run_of(lab)
    lab.sidebar.slider(key=key("p")).set_value(0.7).run()
    registry().post(run, "step")
    until(lambda: run.step == 1)
    lab.switch_page(str(ROOT / "pages" / "home.py")).run()
    open_lab(lab)
    assert run_of(lab) is run and run.step == 1
    assert lab.sidebar.slider(key=key("p")).value == 0.7


def test_a_full_server_says_so_and_keeps_the_settings(home: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry(), "limits", Limits(runs_per_server=1))
    taken = registry().make(LAB, LAB.config(), "somebody else")
    taken.viewers = 1
    lab = open_lab(home, p="0.7")
    assert "places" in lab.info[-1].value
    taken.viewers, taken.touched = 0, -1e9
    next(button for button in lab.button if button.label == "Try again").click().run()
    assert not lab.exception
    assert run_of(lab).config.p == 0.7


def test_the_toss_game_keeps_score(lab: AppTest) -> None:
    lab.session_state["coin-gan/tab"] = "Game: which tosses are real?"
    lab.run()
    rows = [button for button in lab.button if button.label.startswith("Row")]
    assert len(rows) == 2
    natural = lab.session_state["tosses/round"].natural
    rows[natural].click().run()
    assert any("You: 1 of 1 right." in text.value for text in lab.markdown)
    next(button for button in lab.button if button.label == "Next round").click().run()
    rows = [button for button in lab.button if button.label.startswith("Row")]
    rows[1 - lab.session_state["tosses/round"].natural].click().run()
    assert any("You: 1 of 2 right." in text.value for text in lab.markdown)


@pytest.mark.parametrize("name", ["Code that runs", "Inspect"])
def test_each_tab_draws(lab: AppTest, name: str) -> None:
    run = run_of(lab)
    for _ in range(3):
        registry().post(run, "step")
    until(lambda: run.step == 3)
    lab.session_state["coin-gan/tab"] = name
    lab.run()
    assert not lab.exception
    if name == "Code that runs":
        assert any("def phases" in code.value for code in lab.code)
    else:
        assert len(lab.get("plotly_chart")) == len(LAB.views)


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ('{"do":"play"}', ("play", None)),
        ('{"do":"d"}', ("player", "D")),
        ('{"do":"slow","on":true}', ("slow", True)),
        ('{"do":"speed","value":null}', ("speed", None)),
        ('{"do":"speed","value":1e99}', ("speed", 1e6)),
        ('{"do":"speed","value":"fast"}', None),
        ('{"do":"rewind","to":350}', ("rewind", 350)),
        ('{"do":"rewind","to":1e400}', None),
        ('{"do":"rewind"}', None),
        ('{"do":"place","name":"z","to":[0.5,-2]}', ("place", ("z", 0.5, -2.0))),
        ('{"do":"place","name":"z","to":[1e99,0]}', ("place", ("z", 1e6, 0.0))),
        ('{"do":"place","name":"z","to":[1e400,0]}', None),
        ('{"do":"place","name":"z","to":[true,0]}', None),
        ('{"do":"place","name":"z","to":[1]}', None),
        ('{"do":"place","name":"z","to":"12"}', None),
        ('{"do":"place","name":["z"],"to":[1,2]}', None),
        ('{"do":"place","name":"' + 41 * "z" + '","to":[1,2]}', None),
        ('{"do":"place"}', None),
        ('{"do":"_build"}', None),
        ('{"do":"tune","value":1}', None),
        ('{"do":["play"]}', None),
        ('{"fps":1e9}', ("fps", Limits().fps_most)),
        ('{"fps":true}', None),
        ("[]", None),
        ("play", None),
        ("{" * 500, None),
        ('{"drawn":3}', ("drawn", None)),
    ],
)
def test_the_socket_understands_its_commands_and_nothing_else(message: str, meant: Any) -> None:
    assert socket.read(message) == meant


def test_what_takes_long_once_is_no_part_of_a_turn(home: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every learner would wait for the one who is the first to choose some of the digits, and presses Reset."""
    by: list[str] = []

    class Asked(Frechet):
        def __init__(self, features: Tensor) -> None:
            super().__init__(features)
            by.append(threading.current_thread().name)

        def distance(self, features: Tensor) -> float:
            by.append(threading.current_thread().name)
            return super().distance(features)

    monkeypatch.setattr("playground.frechet.Frechet", Asked)
    home.switch_page(str(ROOT / "pages" / "mnist_gan.py")).run()
    run = registry().find(home.session_state["mnist-gan/run"])
    assert run is not None
    for classes in ("459", "1267"):
        before = len(by)
        home.text_input(key="mnist-gan/knob/classes").set_value(classes).run()
        assert not home.exception
        until(lambda wanted=classes: run.trainer.config.classes == wanted)  # type: ignore[misc]
        assert len(by) > before + DRAWS  # the yardstick was made, and its floor
        assert by[before:].count("trainer") == 1  # the distance of the new G: nothing else is left to the worker
