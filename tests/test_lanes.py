"""The sidebar's lanes, as Streamlit runs them: what is opened, what differs, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground.export import script
from playground.labs import LABS
from playground.race import Lanes
from playground.runtime import Run, registry
from playground.ui import lanes

ROOT = Path(__file__).parents[1]
SHELL = ROOT / "playground" / "ui" / "shell.py"
LAB = LABS["coin-gan"]


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def race_of(app: AppTest, count: int = 2) -> Run:
    run = registry().find(app.session_state["coin-gan/race"])
    assert run is not None and len(run.asked.configs) == count
    return run


def settings(app: AppTest, count: int = 2) -> Lanes:
    config = race_of(app, count).asked
    assert isinstance(config, Lanes)
    return config


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(SHELL), default_timeout=60).run()
    app.switch_page(str(ROOT / "pages" / "coin_gan.py"))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def lab() -> Iterator[AppTest]:
    yield opened()
    for run in tuple(registry()._runs.values()):
        registry()._discard(run)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.sidebar.button if button.label == label).click().run()
    assert not app.exception


def choose(app: AppTest, what: str, letter: str = "B") -> None:
    app.sidebar.selectbox(key=f"coin-gan/lane {letter} choice").set_value(what).run()
    assert not app.exception


def steps(run: Run, to: int) -> None:
    for _ in range(to - run.step):
        registry().post(run, "step")
    until(lambda: run.step == to)


def single_of(app: AppTest) -> Run:
    run = registry().find(app.session_state["coin-gan/run"])
    assert run is not None
    return run


def same(state: dict[str, Any], other: dict[str, Any]) -> bool:
    return state.keys() == other.keys() and all(
        np.array_equal(value, other[name], equal_nan=True) if torch.is_tensor(value) else value == other[name]
        for name, value in state.items()
    )


def assert_repeated(run: Run) -> None:
    """The script that is offered of this run leads to the same numbers."""
    found: dict[str, Any] = {}
    exec(compile(script(run.lab, run.config, run.step, run.legs), "run.py", "exec"), found)
    assert found["trainer"].step_count == run.step
    assert found["trainer"].scalars() == pytest.approx(run.trainer.scalars(), rel=0, abs=0, nan_ok=True)


def url(app: AppTest) -> dict[str, str]:
    return {name: values[0] if isinstance(values, list) else values for name, values in app.query_params.items()}


def test_a_second_lane_begins_as_the_first_and_differs_in_what_is_chosen(lab: AppTest) -> None:
    press(lab, "Side by side")
    assert settings(lab) == Lanes((LAB.config(), LAB.config()))
    choose(lab, "loss")
    lab.sidebar.selectbox(key="coin-gan/lane B/loss").set_value("wgan-gp").run()
    assert settings(lab).configs == (LAB.config(), LAB.config(loss="wgan-gp"))
    assert url(lab) == {"beside": "loss:wgan-gp"}


def test_a_knob_of_the_sidebar_turns_all_lanes_but_those_with_a_value_of_their_own(lab: AppTest) -> None:
    press(lab, "Side by side")
    choose(lab, "p")
    lab.sidebar.slider(key="coin-gan/lane B/p").set_value(0.7).run()
    lab.sidebar.slider(key="coin-gan/knob/p").set_value(0.6).run()
    lab.sidebar.selectbox(key="coin-gan/knob/loss").set_value("minimax").run()
    assert settings(lab).configs == (LAB.config(p=0.6, loss="minimax"), LAB.config(p=0.7, loss="minimax"))


def test_a_preset_can_be_the_other_lane(lab: AppTest) -> None:
    press(lab, "Side by side")
    choose(lab, "Preset: Bare-bones")
    assert settings(lab).configs[1] == LAB.presets["Bare-bones"]


def test_a_live_difference_acts_on_its_lane_alone_and_a_fixed_one_asks_for_a_restart(lab: AppTest) -> None:
    press(lab, "Side by side")
    run = race_of(lab)
    registry().post(run, "step")
    until(lambda: run.step == 1)
    choose(lab, "loss")
    lab.sidebar.selectbox(key="coin-gan/lane B/loss").set_value("minimax").run()
    until(lambda: [t.config.loss for t in run.trainer.lanes.values()] == ["non-saturating", "minimax"])
    assert run.step == 1 and [mark["text"] for mark in run.marks] == ["B: Loss: non-saturating to minimax"]
    choose(lab, "seed")
    lab.sidebar.number_input(key="coin-gan/lane B/seed").set_value(5).run()
    assert run.step == 1 and any("B: Seed" in info.value for info in lab.sidebar.info)
    press(lab, "Restart")
    until(lambda: run.step == 0 and run.trainer.config.configs[1].seed == 5)


def test_a_difference_can_be_taken_back_and_lanes_added_and_removed(lab: AppTest) -> None:
    press(lab, "Side by side")
    choose(lab, "p")
    lab.sidebar.button(key="coin-gan/lane B/p same").click().run()
    assert url(lab) == {"beside": "same"} and settings(lab).differing() == []
    press(lab, "Add a lane")
    choose(lab, "p", "C")
    lab.sidebar.slider(key="coin-gan/lane C/p").set_value(0.8).run()
    assert [config.p for config in settings(lab, 3).configs] == [0.3, 0.3, 0.8]
    press(lab, "Remove B")
    assert [config.p for config in settings(lab).configs] == [0.3, 0.8]
    press(lab, "Add a lane")
    press(lab, "Add a lane")
    assert "Add a lane" not in [button.label for button in lab.sidebar.button]


def test_one_lane_can_be_kept_and_closing_returns_to_the_single_run(lab: AppTest) -> None:
    single = lab.session_state["coin-gan/run"]
    press(lab, "Side by side")
    choose(lab, "p")
    lab.sidebar.slider(key="coin-gan/lane B/p").set_value(0.8).run()
    press(lab, "Close")
    assert lab.session_state["coin-gan/run"] == single and url(lab) == {}
    press(lab, "Side by side")
    choose(lab, "p")
    lab.sidebar.slider(key="coin-gan/lane B/p").set_value(0.8).run()
    press(lab, "Use B")
    assert url(lab) == {"p": "0.8"} and lab.sidebar.slider(key="coin-gan/knob/p").value == 0.8


def test_the_lane_that_is_kept_goes_on_as_it_would_have_beside_the_others(lab: AppTest) -> None:
    """Else what was seen of B would be lost in the moment in which it is chosen."""
    press(lab, "Side by side")
    choose(lab, "loss")
    lab.sidebar.selectbox(key="coin-gan/lane B/loss").set_value("minimax").run()
    race = race_of(lab)
    until(lambda: race.trainer.config.configs[1].loss == "minimax")
    steps(race, 20)
    beside, past = race.trainer.lanes["B"], race.history
    press(lab, "Use B")
    single = single_of(lab)
    until(lambda: single.step == 20)
    assert race.closed and single.state == "paused"
    assert single.config == LAB.config(loss="minimax") and same(single.trainer.state(), beside.state())
    for name in ("step", "p_generated", "d_loss"):
        column = past.column(name if name == "step" else f"B/{name}")
        assert len(column) == 21
        np.testing.assert_array_equal(single.history.column(name), column)
    assert {name.partition("/")[0] for name in single.history.table()[0]}.isdisjoint("AB")
    steps(single, 23)
    for _ in range(3):
        beside.step()
    assert same(single.trainer.state(), beside.state())
    assert_repeated(single)
    registry().post(single, "reset")
    until(lambda: single.step == 0)
    assert same(single.trainer.state(), LAB.trainer(LAB.config(loss="minimax")).state())


def test_a_kept_lane_can_branch_off_again_and_its_script_tells_the_whole_way(lab: AppTest) -> None:
    steps(single_of(lab), 3)
    press(lab, "Branch")
    choose(lab, "loss")
    lab.sidebar.selectbox(key="coin-gan/lane B/loss").set_value("minimax").run()
    first = race_of(lab)
    until(lambda: first.trainer.config.configs[1].loss == "minimax")
    steps(first, 5)
    press(lab, "Use B")
    single = single_of(lab)
    steps(single, 6)
    press(lab, "Branch")
    choose(lab, "r1")
    lab.sidebar.select_slider(key="coin-gan/lane B/r1").set_value(1.0).run()
    second = race_of(lab)
    until(lambda: second.trainer.config.configs[1].r1 == 1)
    steps(second, 8)
    assert [leg.step for leg in second.legs] == [3, 5, 6] and [leg.apart for leg in second.legs] == [False, True, True]
    assert_repeated(second)


def test_a_knob_of_the_kept_lane_that_waits_for_a_restart_goes_on_waiting(lab: AppTest) -> None:
    press(lab, "Side by side")
    steps(race_of(lab), 2)
    choose(lab, "seed")
    lab.sidebar.number_input(key="coin-gan/lane B/seed").set_value(5).run()
    press(lab, "Use B")
    single = single_of(lab)
    until(lambda: single.step == 2)
    assert single.config.seed == 0 and any("Seed" in info.value for info in lab.sidebar.info)
    press(lab, "Restart")
    until(lambda: single.step == 0 and single.trainer.config.seed == 5)


def test_a_lane_is_kept_where_the_single_run_is_gone(lab: AppTest) -> None:
    press(lab, "Side by side")
    steps(race_of(lab), 2)
    registry().discard(single_of(lab))
    press(lab, "Use B")
    until(lambda: single_of(lab).step == 2)


def test_a_race_that_does_not_come_to_rest_keeps_its_lanes(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    press(lab, "Side by side")
    race = race_of(lab)
    monkeypatch.setattr(type(registry()), "branch", lambda *_: None)
    press(lab, "Use B")
    assert lab.toast and race_of(lab) is race and not race.closed


def test_lanes_branch_off_where_the_single_run_stands(lab: AppTest) -> None:
    single = registry().find(lab.session_state["coin-gan/run"])
    assert single is not None
    for _ in range(7):
        registry().post(single, "step")
    until(lambda: single.step == 7)
    press(lab, "Branch")
    run = race_of(lab)
    assert run.step == 7 and [t.step_count for t in run.trainer.lanes.values()] == [7, 7]
    past = single.trainer.state()
    for trainer in run.trainer.lanes.values():
        state = trainer.state()
        assert all(
            torch.equal(torch.as_tensor(state[name]), torch.as_tensor(past[name]))
            for name in past
            if name != "counters"
        )
        assert state["counters"] == past["counters"]
    assert run.rewinds.steps() == [7] and list(run.history.column("step")) == [0, *range(1, 8)]
    assert any("step 7" in caption.value for caption in lab.sidebar.caption)
    registry().post(run, "step")
    until(lambda: run.step == 8)
    assert_repeated(run)
    registry().post(run, "reset")
    until(lambda: run.step == 7)
    choose(lab, "seed")
    lab.sidebar.number_input(key="coin-gan/lane B/seed").set_value(5).run()
    press(lab, "Restart")
    until(lambda: run.step == 0)
    press(lab, "Close")
    press(lab, "Side by side")
    assert race_of(lab).step == 0 and race_of(lab) is not run


def test_a_shared_url_opens_the_same_lanes() -> None:
    app = opened(p="0.6", beside="loss:wgan-gp,d_steps:5;seed:3")
    base = {"p": 0.6}
    expected = (LAB.config(**base), LAB.config(**base, loss="wgan-gp", d_steps=5), LAB.config(**base, seed=3))
    assert settings(app, 3).configs == expected
    assert url(app) == {"p": "0.6", "beside": "loss:wgan-gp,d_steps:5;seed:3"}


@pytest.mark.parametrize(
    ("asked", "said", "left"),
    [
        ("loss:nonsense", "Lane B: Loss", {"beside": "loss:non-saturating"}),
        ("p:7", "Lane B: P(heads)", {"beside": "p:0.98"}),
        ("colour:red", "Lane B: There is no setting", {"beside": "same"}),
        ("a:1;b;c;d;e;f", "There can be 4 lanes", {"beside": "same;same;same"}),
        ("::::,,,;;;<script>", "Lane B", None),
        ("x" * 5000, "Lane B", {"beside": "same"}),
    ],
)
def test_a_bad_url_gets_sentences_and_the_page_comes_up(asked: str, said: str, left: dict[str, str] | None) -> None:
    app = opened(beside=asked)
    assert said in app.warning[0].value
    assert left is None or url(app) == left


@pytest.mark.parametrize("asked", ["same", "same;same", "loss:minimax;same", "same;d_steps:3;same", "seed:1;p:0.7"])
def test_what_stands_in_the_url_opens_the_lanes_that_wrote_it(asked: str) -> None:
    app = opened(beside=asked)
    assert url(app) == {"beside": asked} and settings(app, asked.count(";") + 2) and not app.warning


def test_a_lab_that_compares_nothing_has_no_lanes() -> None:
    app = AppTest.from_file(str(SHELL), default_timeout=60).run()
    app.switch_page(str(ROOT / "pages" / "distances.py"))
    app.query_params["beside"] = "shape:normals"
    app.run()
    assert not app.exception and "side by side" in app.warning[0].value
    assert "distances/race" not in app.session_state and url(app) == {}


def test_after_a_lane_is_removed_the_others_are_what_their_settings_say(lab: AppTest) -> None:
    """Else the race of as many lanes as before would come back, with the model of another lane under these settings."""
    press(lab, "Side by side")
    first = race_of(lab)
    registry().post(first, "step")
    until(lambda: first.step == 1)
    press(lab, "Add a lane")
    choose(lab, "seed", "C")
    lab.sidebar.number_input(key="coin-gan/lane C/seed").set_value(9).run()
    press(lab, "Remove B")
    now = race_of(lab)
    assert now is not first and first.closed and now.step == 0
    assert [config.seed for config in now.trainer.config.configs] == [0, 9]


def test_closing_returns_to_the_single_run_whatever_was_opened_in_between(lab: AppTest) -> None:
    single = registry().find(lab.session_state["coin-gan/run"])
    assert single is not None
    registry().post(single, "step")
    until(lambda: single.step == 1)
    press(lab, "Branch")
    press(lab, "Add a lane")
    press(lab, "Add a lane")
    for page in ("gan_1d.py", "gan_2d.py", "coin_gan.py"):
        lab.switch_page(str(ROOT / "pages" / page)).run()
        assert not lab.exception
    press(lab, "Close")
    assert lab.session_state["coin-gan/run"] == single.token and single.step == 1 and not single.closed
    assert lab.session_state["coin-gan/branch"] is None


def test_a_run_that_does_not_come_to_rest_is_not_branched(lab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(registry()), "branch", lambda *_: None)
    press(lab, "Branch")
    assert lab.toast and "coin-gan/race" not in lab.session_state


def test_headings_name_what_differs() -> None:
    three = Lanes((LAB.config(), LAB.config(d_steps=10), LAB.config(loss="minimax")))
    assert lanes.headings(LAB, three) == {
        "A": "Loss non-saturating · D steps per G step 1",
        "B": "D steps per G step 10",
        "C": "Loss minimax",
    }
    assert lanes.headings(LAB, Lanes((LAB.config(),) * 2)) == {"A": "the same", "B": "the same"}
    assert lanes.headings(LAB, Lanes((LAB.config(), LAB.presets["Bare-bones"])))["B"] == "Preset: Bare-bones"
    idle = Lanes((LAB.config(), LAB.config(clip=0.5)))  # the loss clips nothing
    assert lanes.headings(LAB, idle)["B"] == "the same"


def test_closing_leads_back_to_the_tab_that_was_open() -> None:
    """Else a consultation would have to be looked for again after each comparison."""
    app = AppTest.from_file(str(SHELL), default_timeout=60).run()
    app.switch_page(str(ROOT / "pages" / "clinic.py")).run()
    app.session_state["clinic/tab"] = "Tricks"
    app.run()
    app.sidebar.button(key="clinic/lanes open").click().run()
    assert not app.exception and "Tricks" not in [tab.label for tab in app.tabs]
    next(button for button in app.sidebar.button if button.label == "Close").click().run()
    assert not app.exception and app.session_state["clinic/tab"] == "Tricks"
    for run in tuple(registry()._runs.values()):
        registry()._discard(run)


def test_each_tab_of_a_race_draws(lab: AppTest) -> None:
    press(lab, "Side by side")
    for tab in ("Lesson", "Code that runs", "Inspect"):
        lab.session_state["coin-gan/tab"] = tab
        lab.run()
        assert not lab.exception
