"""Runs on the server: what they remember, how they obey, and that nobody suffers from anybody else."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.core import Config, Diagnosis, Handle, Lab, Phase, Preset, Rule, Series, Snapshot, View, knob
from playground.labs.coin_gan import LAB as COIN
from playground.runtime import Limits, Registry, Run, ServerFull
from playground.runtime.frames import decode
from playground.runtime.history import History
from playground.runtime.run import HAND_FPS
from playground.training import StepwiseTrainer

torch.set_num_threads(1)

SMALL = Limits(slice_seconds=0.005, fps=50, lease_seconds=60, phase_seconds=0.01)
PATIENCE = 10.0  # seconds in which something must have happened at all


def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait for it, much longer than it should take."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never happened: {what}"
        time.sleep(0.002)


# A lab that goes wrong on request


@dataclass(frozen=True)
class WalkConfig(Config):
    speed: float = knob(1.0, "How far a step goes.", label="Speed", low=0.0, high=10.0, step=0.5, live=True)
    width: int = knob(4, "How many walk.", label="Width", low=1, high=64, step=1)
    nan_at: int = knob(0, "Where it leaves the numbers.", label="NaN at", low=0, high=10**9, step=1, live=True)
    fail_at: int = knob(0, "Where it raises.", label="Fail at", low=0, high=10**9, step=1, live=True)
    blind_at: int = knob(0, "Where it cannot be drawn.", label="Blind at", low=0, high=10**9, step=1, live=True)
    odd_at: int = knob(0, "Where it cannot be sent.", label="Odd at", low=0, high=10**9, step=1, live=True)
    seed: int = knob(0, "Where it begins.", label="Seed", low=0, high=999, step=1)


class Walk(StepwiseTrainer):
    """A random walk. Its D moves the first coordinate, its G the others."""

    config: WalkConfig

    def __init__(self, config: WalkConfig, device: str = "auto") -> None:
        super().__init__(config, device)
        self.at = torch.zeros(config.width)
        self.glass = np.zeros((1, 2))

    @property
    def data(self) -> np.ndarray:
        return np.zeros(1)

    @property
    def phase_count(self) -> int:
        return 2

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        step = self.step_count + 1
        for player in players:
            part = slice(0, 1) if player == "D" else slice(1, None)
            self.at[part] += self.config.speed * torch.randn(len(self.at[part]), generator=self.generator)
            yield Phase(f"{player} update", player, f"{player} has moved.")
        if step == self.config.fail_at:
            raise ZeroDivisionError("a fault in this lab")
        if step == self.config.nan_at:
            self.at[0] = float("nan")
        self.step_count = step

    def scalars(self) -> dict[str, float]:
        return {"first": float(self.at[0])}

    def snapshot(self) -> Snapshot:
        if self.config.blind_at and self.step_count >= self.config.blind_at:
            raise LookupError("a fault in this picture")
        odd = self.config.odd_at and self.step_count >= self.config.odd_at
        at = np.array(["here", "there"]) if odd else self.at.numpy().copy()
        return Snapshot(self.step_count, self.scalars(), {"at": at, "glass": self.glass})

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        return np.zeros(n)

    def place(self, name: str, x: float, y: float) -> None:
        self.glass = np.array([[x, y]])

    def memory(self) -> dict[str, Tensor]:
        return {"at": self.at}

    def finite(self) -> bool:
        return bool(torch.isfinite(self.at).all())

    def advice(self) -> str:
        return "Lower the speed."


PATH = View("path", "Path", "Follow it.", (Rule("zero", "theory", 0.0), Series("first", "real", "first")))
ROOM = View("room", "Room", "Move the glass.", (Handle("looking glass", "theory", "glass"),))
WALK = Lab(
    slug="walk",
    title="Walk",
    chapter="Tests",
    question="Where to?",
    summary="A walk.",
    lesson="",
    Config=WalkConfig,
    build=Walk,
    views=(PATH, ROOM),
    settings={"Plain": Preset(WalkConfig(), "A walk.")},
    diagnose=lambda trainer, now, history: Diagnosis(f"It is at {now['first']:.2f}."),
    players=("D", "G"),
    thumbnail=PATH,
    thumbnail_steps=1,
    code=lambda config: (Walk.phases,),
)


@pytest.fixture
def registry() -> Iterator[Registry]:
    runs = Registry(SMALL)
    yield runs
    runs.close()


def header(run: Run) -> dict[str, Any]:
    return decode(run.frame)[0]


def shows(run: Run, **expected: Any) -> Callable[[], bool]:
    """A condition on the newest frame."""

    def holds() -> bool:
        now = header(run)
        return all(now[name] == value for name, value in expected.items())

    return holds


def walk(registry: Registry, **config: Any) -> Run:
    return registry.make(WALK, WALK.config(**config), "someone")


def play_to(registry: Registry, run: Run, step: int) -> None:
    """Play until at least `step`, then pause."""
    registry.post(run, "play")
    until(lambda: run.step >= step or run.state == "stopped", f"step {step}")
    registry.post(run, "pause")
    until(lambda: not run.inbox and header(run)["step"] == run.step and header(run)["state"] != "running", "a pause")


def step_by(registry: Registry, run: Run, steps: int = 1, command: str = "step", value: Any = None) -> None:
    end = run.step + steps
    for _ in range(steps):
        registry.post(run, command, value)
    until(shows(run, step=end), f"{steps} {command}")


def alone(lab: Lab, config: Config, steps: int) -> StepwiseTrainer:
    trainer = lab.trainer(config)
    for _ in range(steps):
        trainer.step()
    return trainer


def flat(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: flat(part) for name, part in state.items()}
    return state.numpy().tobytes() if torch.is_tensor(state) else state


def assert_same(run: Run, trainer: StepwiseTrainer) -> None:
    assert run.step == trainer.step_count
    assert flat(run.trainer.state()) == flat(trainer.state())


# History


def test_history_of_a_million_steps_is_bounded_and_even():
    """Else a run that is left overnight would fill the server's memory, or its curve would be dense at one end."""
    history = History(400)
    for step in range(10**6):
        if history.wants(step):
            history.record(step, {"a": step / 2})
    steps = history.column("step")
    assert 200 <= len(history) == len(steps) <= 400
    assert set(np.diff(steps)) == {history.stride} and steps[0] == 0
    assert steps[-1] >= 10**6 - history.stride
    np.testing.assert_array_equal(history.column("a"), steps / 2)


def test_history_depends_on_the_steps_alone():
    """Else the same run would have another curve on a slower machine."""
    columns = []
    for pause in (0.0, 1e-4):
        history = History(50)
        for step in range(1000):
            if history.wants(step):
                history.record(step, {"a": time.monotonic()})
                time.sleep(pause)
        columns.append(history.column("step").tolist())
    assert columns[0] == columns[1]


def test_history_takes_rows_between_its_strides_while_there_is_room():
    """Else single steps would leave no trace on a curve that is thinned; or they would grow it without end."""
    history = History(20, stride=8)
    for step in range(5):
        history.record(step, {"a": step})
    assert history.column("step").tolist() == [0, 1, 2, 3, 4]
    assert not history.wants(5) and history.wants(8)
    for step in range(5, 10_000):
        history.record(step, {"a": step})
        assert len(history) <= 20
    steps = history.column("step")
    assert steps[0] == 0 and (np.diff(steps) > 0).all() and steps[-1] > 9000
    np.testing.assert_array_equal(history.column("a"), steps)


def test_history_keeps_every_step_while_there_is_room():
    """Else the first steps, where most happens, would be thinned for nothing."""
    history = History(10)
    for step in range(10):
        assert history.wants(step)
        history.record(step, {"a": step})
    assert history.column("step").tolist() == list(range(10))
    history.record(10, {"a": 10})
    assert history.column("step").tolist() == [0, 2, 4, 6, 8, 10] and history.stride == 2
    assert not history.wants(11) and history.wants(12)
    dense = History(10, stride=16)  # steps taken by hand are thinned like the others, not thrown away at once
    for step in range(11):
        dense.record(step, {"a": step})
    assert dense.column("step").tolist() == [0, 2, 4, 6, 8, 10] and dense.stride == 16


def test_history_has_gaps_where_nothing_was_measured():
    """Else a scalar that only some losses have would be drawn with another one's values."""
    history = History(10)
    history.record(0, {"a": 1.0})
    history.record(1, {"b": 2.0, "a": 3.0})
    history.record(2, {"c": 4.0})
    assert set(history.table()[0]) == {"step", "a", "b", "c"}
    np.testing.assert_array_equal(history.column("a"), [1, 3, np.nan])
    np.testing.assert_array_equal(history.column("b"), [np.nan, 2, np.nan])
    np.testing.assert_array_equal(history.column("c"), [np.nan, np.nan, 4])
    np.testing.assert_array_equal(history.column("never"), [np.nan] * 3)


def test_history_that_was_rewound_has_one_past():
    """Else a curve would go on from two futures at once."""
    history = History(100)
    for step in range(20):
        history.record(step, {"a": step})
    history.truncate(12)
    assert history.column("step")[-1] == 12
    history.record(5, {"a": -5})
    assert history.column("step").tolist() == [0, 1, 2, 3, 4, 5]
    assert history.column("a").tolist() == [0, 1, 2, 3, 4, -5]
    history.truncate(-1)
    assert len(history) == 0 and history.column("a").tolist() == []


def test_history_hands_out_copies():
    """Else drawing would alter the past."""
    history = History(5)
    history.record(0, {"a": 1.0})
    history.column("a")[:] = 7
    history.column("step")[:] = 7
    assert history.column("a").tolist() == [1] and history.column("step").tolist() == [0]


# The buttons


def test_a_new_run_waits(registry):
    """Else a page would begin to train before anybody has pressed Play, or show an empty stage."""
    run = walk(registry)
    said, arrays = decode(run.frame)
    assert said["step"] == 0 and said["state"] == "paused" and said["notice"] is None
    assert said["sentence"]["text"] == "It is at 0.00." and said["rewinds"] == [0]
    assert arrays["at"].shape == (4,) and arrays["history/first"].tolist() == [0]
    assert registry.find(run.token) is run and registry.find("x" + run.token) is None
    assert len(run.token) >= 22  # 128 bits
    assert run.public_state == "paused"


def test_frames_hold_what_the_views_draw(registry):
    """Else a panel would stay empty: every array of each view, and every scalar that is followed, with its steps."""
    run = registry.make(COIN, COIN.config(), "someone")
    play_to(registry, run, 120)
    said, arrays = decode(run.frame)
    for view in (*COIN.views, COIN.thumbnail):
        assert view.names() <= arrays.keys()
        assert view.scalars() <= said["scalars"].keys()
        for name in view.followed():
            assert arrays[f"history/{name}"].shape == arrays["history/step"].shape
    steps = arrays["history/step"]
    assert steps[0] == 0 and steps[-1] == run.step and (np.diff(steps) > 0).all() and len(steps) > 3
    assert arrays["history/gap"][-1] == pytest.approx(said["scalars"]["gap"], rel=1e-6)


def test_play_and_pause(registry):
    """Else the two most used buttons would not do what they say."""
    run = walk(registry)
    registry.post(run, "play")
    until(shows(run, state="running"), "running")
    until(lambda: header(run)["step"] > 10, "frames while it runs")
    assert run.public_state == "running"
    registry.post(run, "pause")
    until(shows(run, state="paused"), "paused")
    assert header(run)["step"] == run.step
    stood = run.step
    time.sleep(0.1)
    assert run.step == stood and run.public_state == "paused"
    assert_same(run, alone(WALK, run.config, stood))


def test_step_is_one_iteration(registry):
    """Else Step would skip what the learner wants to see."""
    run = walk(registry)
    for n in (1, 2, 3):
        step_by(registry, run)
        assert_same(run, alone(WALK, run.config, n))
    assert header(run)["state"] == "paused"
    registry.post(run, "play")
    until(shows(run, state="running"))
    registry.post(run, "step")
    until(shows(run, state="paused"), "Step pauses")


@pytest.mark.parametrize("player", ["D", "G"])
def test_player_steps_move_one_player(registry, player):
    """Else "D step" would move G."""
    run = registry.make(COIN, COIN.config(), "someone")
    step_by(registry, run, 3, "player", player)
    twin = COIN.trainer(COIN.config())
    for _ in range(3):
        twin.step(player)
    assert_same(run, twin)


@pytest.mark.parametrize("d_steps", [1, 3])
def test_slow_motion_shows_the_parts_of_the_same_run(registry, d_steps):
    """Else slow motion would skip parts, count them wrongly, or train another model."""
    run = registry.make(COIN, COIN.config(d_steps=d_steps), "someone")
    registry.post(run, "slow", True)
    parts = [phase.name for phase in COIN.trainer(run.config).phases()]
    for step in range(2):
        for index, name in enumerate(parts):
            registry.post(run, "step")
            until(lambda i=index, s=step: (header(run)["phase"] or {}).get("index") == i and run.step == s, name)
            shown = header(run)["phase"]
            assert shown["name"] == name and shown["of"] == len(parts) and shown["player"] in "DG"
    registry.post(run, "slow", False)  # finishes the iteration that it is in
    until(shows(run, slow=False, phase=None, step=2), "the end of slow motion")
    assert_same(run, alone(COIN, run.config, 2))
    step_by(registry, run, 3)
    assert_same(run, alone(COIN, run.config, 5))


def test_slow_motion_plays_by_itself(registry):
    """Else Play in slow motion would stand still, or run at full speed."""
    run = walk(registry)
    registry.post(run, "slow", True)
    registry.post(run, "play")
    until(lambda: run.step >= 3, "three slow iterations")
    registry.post(run, "slow", False)
    play_to(registry, run, 5)
    assert_same(run, alone(WALK, run.config, run.step))


def test_a_player_step_in_the_middle_of_an_iteration_finishes_it(registry):
    """Else half an iteration would be lost or repeated."""
    run = registry.make(COIN, COIN.config(), "someone")
    registry.post(run, "slow", True)
    step_by(registry, run, 0)
    registry.post(run, "step")
    registry.post(run, "step")
    until(lambda: (header(run)["phase"] or {}).get("index") == 1, "the second part")
    registry.post(run, "player", "D")
    until(shows(run, step=2), "a whole iteration and a D step")
    twin = alone(COIN, run.config, 1)
    twin.step("D")
    assert_same(run, twin)


def test_speed_is_kept(registry):
    """Else the speed slider would do nothing. Within a factor of two, on a machine that may be busy."""
    run = walk(registry)
    registry.post(run, "speed", 50.0)
    registry.post(run, "play")
    until(lambda: run.step >= 5)
    first, began = run.step, time.monotonic()
    until(lambda: run.step >= first + 60)
    rate = (run.step - first) / (time.monotonic() - began)
    assert 25 < rate < 100
    assert header(run)["speed"] == 50
    registry.post(run, "speed", None)
    until(lambda: run.step >= first + 2000, "full speed")


def test_reset_begins_again(registry):
    """Else Reset would keep something of the old model, or forget what the knobs say by now."""
    run = walk(registry)
    play_to(registry, run, 20)
    registry.post(run, "reset")
    until(shows(run, step=0, state="paused", rewinds=[0]), "a reset")
    assert_same(run, alone(WALK, WALK.config(), 0))
    assert decode(run.frame)[1]["history/step"].tolist() == [0]

    registry.post(run, "want", WALK.config(width=7))
    step_by(registry, run)
    assert run.config == WALK.config() and run.trainer.at.shape == (4,)  # wanting is not having
    registry.post(run, "reset")
    until(shows(run, step=0), "a reset")
    assert run.config == WALK.config(width=7) and run.trainer.at.shape == (7,)


def test_restart_takes_other_knobs_and_plays_on(registry):
    """Else a new preset would wait for another press of Play, or Reset would bring the old one back."""
    run = walk(registry)
    registry.post(run, "play")
    until(lambda: run.step >= 20)
    registry.post(run, "restart", WALK.config(width=9, speed=2.0))
    until(lambda: run.trainer.at.shape == (9,) and run.step >= 5 and header(run)["state"] == "running", "playing on")
    play_to(registry, run, 30)
    assert_same(run, alone(WALK, WALK.config(width=9, speed=2.0), run.step))
    registry.post(run, "reset")
    until(shows(run, step=0))
    assert run.config == WALK.config(width=9, speed=2.0)


def test_a_live_knob_acts_and_leaves_a_mark(registry):
    """Else a learner could not tell where on the curve the knob was turned, or the knob would start afresh."""
    run = walk(registry)
    step_by(registry, run, 5)
    registry.post(run, "tune", WALK.config(speed=3.0))
    until(lambda: header(run)["marks"], "a mark")
    assert header(run)["marks"] == [{"step": 5, "text": "Speed: 1 to 3"}]
    assert run.config == WALK.config(speed=3.0)
    step_by(registry, run, 5)
    twin = alone(WALK, WALK.config(), 5)
    twin.tune(WALK.config(speed=3.0))
    for _ in range(5):
        twin.step()
    assert_same(run, twin)


def test_marks_are_bounded(registry):
    """Else a learner who drags a slider for an hour would make every frame larger."""
    run = walk(registry)
    for i in range(200):
        registry.post(run, "tune", WALK.config(speed=1.0 + (i % 2)))
    until(lambda: not run.inbox and run.config.speed == 2.0 and len(header(run)["marks"]) >= 40, "marks")
    assert len(header(run)["marks"]) <= 40


# Rewinding


def test_rewinding_leads_to_the_same_future(registry):
    """Else "go back and look again" would show something that did not happen."""
    run = registry.make(COIN, COIN.config(), "someone")
    play_to(registry, run, 120)
    end = run.step
    steps = run.rewinds.steps()
    assert steps[0] == 0 and len(steps) > 5 and steps[-1] > 100
    back = max(step for step in steps if step <= 57)
    registry.post(run, "rewind", 57)
    until(shows(run, step=back, state="paused"), "the state before step 57")
    assert_same(run, alone(COIN, run.config, back))
    past = decode(run.frame)[1]["history/step"]
    assert past[0] == 0 and past[-1] == back and (np.diff(past) > 0).all()  # the curve ends where the run is
    assert run.rewinds.steps() == steps  # what came after stays in reach until training goes on
    registry.post(run, "rewind", steps[-1])
    until(shows(run, step=steps[-1]), "forward again")
    assert_same(run, alone(COIN, run.config, steps[-1]))
    registry.post(run, "rewind", 0)
    until(shows(run, step=0), "the beginning")
    step_by(registry, run, end)
    assert_same(run, alone(COIN, run.config, end))
    assert run.history.column("step").tolist() == list(range(end + 1))


def test_another_future_replaces_the_old_one(registry):
    """Else the curve, the marks and the states of a future that was left behind would mix with the new one."""
    run = walk(registry)
    step_by(registry, run, 40)
    registry.post(run, "tune", WALK.config(speed=2.0))
    step_by(registry, run, 20)
    kept = run.rewinds.steps()
    back = kept[1]
    registry.post(run, "rewind", back)
    until(shows(run, step=back))
    step_by(registry, run, 5)
    assert back < 40 < kept[-1]
    assert run.history.column("step").tolist() == list(range(back + 6))
    assert run.rewinds.steps() == [0, back]
    assert header(run)["marks"] == []
    twin = alone(WALK, WALK.config(), back)
    twin.tune(WALK.config(speed=2.0))  # knobs stay as they are: rewinding moves the model only
    for _ in range(5):
        twin.step()
    assert_same(run, twin)


def test_story_is_the_history_as_snapshots(registry):
    """Else the figures of a paused run would show another past than the live view."""
    run = walk(registry)
    step_by(registry, run, 12)
    story = run.story()
    assert [snapshot.step for snapshot in story] == list(range(13))
    assert [snapshot.scalars["first"] for snapshot in story[:-1]] == run.history.column("first")[:-1].tolist()
    assert "at" in story[-1].arrays and story[-1].scalars == run.trainer.scalars()


# The same run whoever watches


def test_the_worker_changes_nothing(registry):
    """Else a run on the server would be another one than in a notebook: watched, beside others, in slices."""
    run, other = (registry.make(COIN, COIN.config(seed=seed), "someone") for seed in (0, 7))
    frames: set[bytes] = set()
    run.listeners.add(lambda: frames.add(run.frame))
    leaving = threading.Event()

    def watch() -> None:
        while not leaving.is_set():
            frames.add(registry.touch(run))
            torch.rand(5)  # a page of the same process that uses the global generator
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        registry.post(other, "play")
        registry.post(run, "play")
        for fps in (5.0, 60.0):
            registry.post(run, "fps", fps)
            until(lambda seen=run.step: run.step >= seen + 100)
        registry.post(other, "pause")
        play_to(registry, run, 250)
        until(shows(other, state="paused"))
    finally:
        leaving.set()
        watcher.join()
    assert len(frames) > 3
    assert_same(run, alone(COIN, COIN.config(), run.step))
    assert_same(other, alone(COIN, COIN.config(seed=7), other.step))
    assert other.step > 20


# What goes wrong


def test_a_run_that_leaves_the_numbers_is_put_back(registry):
    """Else NaN would be drawn as nothing, with nobody told; or everybody's training would end."""
    run, other = walk(registry, nan_at=75), walk(registry, seed=3)
    registry.post(other, "play")
    registry.post(run, "play")
    until(shows(run, state="stopped"), "a stop")
    said, back = header(run), run.rewinds.steps()[-1]
    assert 50 <= said["step"] == back < 75 and run.trainer.finite()
    assert said["notice"].startswith("At step ") and f"Step {back} is restored." in said["notice"]
    assert said["notice"].endswith("Lower the speed.")
    assert_same(run, alone(WALK, run.config, back))
    seen = other.step
    until(lambda: other.step > seen + 50, "the other goes on")
    registry.post(run, "tune", WALK.config(nan_at=0))
    registry.post(run, "play")  # the knob is turned: on we go
    until(lambda: run.step > 100 and shows(run, notice=None, state="running")(), "another life")


@pytest.mark.parametrize("command", ["restart", "rewind", "step"])
def test_a_run_that_was_stopped_lives_again(registry, command):
    """Else a model that is sound again would be shown as stopped, with no notice that says why."""
    run = walk(registry, nan_at=25)
    registry.post(run, "play")
    until(shows(run, state="stopped"), "a stop")
    registry.post(run, "tune", WALK.config(nan_at=0))
    back = run.step
    registry.post(run, command, {"restart": WALK.config(speed=2.0), "rewind": back}.get(command))
    step = {"restart": 0, "rewind": back, "step": back + 1}[command]
    until(lambda: not run.inbox and shows(run, step=step)(), command)
    until(shows(run, state="paused"), "a run that is paused, not stopped")


def test_nan_is_noticed_in_slow_motion(registry):
    """Else a run that is watched phase by phase would show NaN for ever: there is always an iteration under way."""
    run = walk(registry, nan_at=3)
    registry.post(run, "slow", True)
    registry.post(run, "play")
    until(lambda: run.step >= 3 or run.state == "stopped", "NaN")
    until(shows(run, state="stopped"), "a stop")
    assert run.trainer.finite()


@pytest.mark.parametrize("loss", ["non-saturating", "wgan-gp"])
def test_the_notice_names_the_knob(registry, loss):
    """Else the learner of the coin GAN would be told that something broke, and not what to turn."""
    run = registry.make(COIN, COIN.config(loss=loss, lr_g=0.02), "someone")
    play_to(registry, run, 25)
    paused_at = run.step
    run.trainer.G.flat.fill_(float("nan"))  # nobody else touches it while it is paused
    registry.post(run, "play")
    until(shows(run, state="stopped"), "a stop")
    notice = header(run)["notice"]
    assert COIN.Config.knobs()["lr_g"].label.lower() in notice.lower()
    assert 0 < header(run)["step"] <= paused_at and run.trainer.finite()
    assert_same(run, alone(COIN, run.config, run.step))


def test_a_fault_in_one_lab_stops_that_run_only(registry, caplog):
    """Else an exception in one learner's model would end everybody's training."""
    run, other = walk(registry, fail_at=40), walk(registry, seed=3)
    with caplog.at_level(logging.ERROR):
        registry.post(other, "play")
        registry.post(run, "play")
        until(shows(run, state="stopped"), "a stop")
    assert header(run)["notice"] == "This run stopped at step 39: ZeroDivisionError. Reset starts it afresh."
    (entry,) = [record for record in caplog.records if record.exc_info]
    assert "walk" in entry.getMessage() and "39" in entry.getMessage()
    assert run.token not in caplog.text  # who has the token may press the buttons
    seen = other.step
    until(lambda: other.step > seen + 50, "the other goes on")
    registry.post(run, "want", WALK.config())
    registry.post(run, "reset")
    until(shows(run, step=0, state="paused", notice=None), "a fresh start")
    step_by(registry, run, 2)


@pytest.mark.parametrize("fault", ["blind_at", "odd_at"])
def test_a_fault_in_one_picture_stops_that_run_only(registry, caplog, fault):
    """Else a snapshot that raises, or that no frame can hold, would end the thread that trains for everybody."""
    run, other = walk(registry, **{fault: 30}), walk(registry, seed=3)
    registry.post(other, "play")
    registry.post(run, "play")
    until(shows(run, state="stopped"), "a stop")
    assert header(run)["notice"].endswith("Error. Reset starts it afresh.")
    seen = other.step
    until(lambda: other.step > seen + 50, "the other goes on")


def test_a_knob_that_needs_a_restart_cannot_be_tuned(registry, caplog):
    """Else the running model would claim settings that it was not built with."""
    run = walk(registry)
    registry.post(run, "tune", WALK.config(width=9))
    until(lambda: not run.inbox and header(run)["notice"], "a notice")
    assert run.config == WALK.config() and run.trainer.at.shape == (4,) and not header(run)["marks"]


# Who may have what


def test_a_run_that_nobody_watches_is_parked():
    """Else closed tabs would train for ever. Whoever looks again wakes it."""
    runs = Registry(dataclasses.replace(SMALL, lease_seconds=0.2))
    try:
        run, watched = walk(runs), walk(runs, seed=2)
        runs.post(run, "play")
        runs.post(watched, "play")
        until(lambda: runs.touch(watched) and shows(run, state="parked")(), "parked")
        stood = run.step
        assert (run.public_state, watched.public_state) == ("parked", "running")
        for _ in range(50):
            runs.touch(watched)
            time.sleep(0.002)
        assert run.step == stood == header(run)["step"]
        assert header(watched)["state"] == "running"
        runs.touch(run)
        until(lambda: runs.touch(run) and run.step > stood, "awake")
        until(lambda: runs.touch(run) and shows(run, state="running")(), "awake")
        runs.post(run, "pause")
        until(shows(run, state="paused"))
        time.sleep(0.3)
        assert header(run)["state"] == "paused"  # what does not run need not be parked
        assert_same(run, alone(WALK, run.config, run.step))
    finally:
        runs.close()


def test_a_session_may_have_a_few_runs():
    """Else one learner could take all places; the oldest that nobody watches goes first, never someone else's."""
    runs = Registry(dataclasses.replace(SMALL, runs_per_session=3))
    try:
        theirs = runs.make(WALK, WALK.config(), "another")
        first, second, third = (walk(runs) for _ in range(3))
        first.viewers = 1
        fourth = walk(runs)
        assert second.closed and runs.find(second.token) is None
        assert [runs.find(run.token) for run in (theirs, first, third, fourth)] == [theirs, first, third, fourth]
        runs.touch(third)
        fifth = walk(runs)
        assert runs.find(fourth.token) is None and runs.find(third.token) is third and runs.find(fifth.token) is fifth
        assert len(runs) == 4
    finally:
        runs.close()


def test_a_full_server_says_so():
    """Else a lecture hall would bring the server down, or throw out people who are watching."""
    limits = dataclasses.replace(SMALL, runs_per_server=3, lease_seconds=0.1)
    runs = Registry(limits)
    try:
        seats = [runs.make(WALK, WALK.config(), f"learner {i}") for i in range(3)]
        for seat in seats:
            seat.viewers = 1
        time.sleep(0.15)
        with pytest.raises(ServerFull, match=r"^All 3 places .*\.$"):
            runs.make(WALK, WALK.config(), "late")
        seats[1].viewers = 0
        newcomer = runs.make(WALK, WALK.config(), "late")
        assert seats[1].closed and len(runs) == 3
        assert runs.find(newcomer.token) is newcomer and runs.find(seats[0].token) is seats[0]
        with pytest.raises(ServerFull):  # the newcomer has only just looked
            runs.make(WALK, WALK.config(), "later")
    finally:
        runs.close()


def test_a_run_without_viewers_is_forgotten():
    """Else every visit would stay in memory."""
    runs = Registry(dataclasses.replace(SMALL, forget_seconds=0.1))
    try:
        left, watched = (runs.make(WALK, WALK.config(), owner) for owner in ("a", "b"))
        watched.viewers = 1
        runs.post(left, "play")
        time.sleep(0.2)
        runs.make(WALK, WALK.config(), "c")
        assert runs.find(left.token) is None and left.closed
        assert runs.find(watched.token) is watched
        until(lambda: left.state == "paused", "a thrown-away run that stops training")
    finally:
        runs.close()


def test_the_worker_is_fair(registry):
    """Else one learner's model would train at the expense of another's: Jain's index of five equal runs."""
    crowd = [registry.make(COIN, COIN.config(seed=seed), f"learner {seed}") for seed in range(5)]
    for run in crowd:
        registry.post(run, "play")
    until(lambda: sum(run.step for run in crowd) > 1500, "some training")
    steps = np.array([run.step for run in crowd], float)
    assert steps.sum() ** 2 / (len(steps) * (steps**2).sum()) >= 0.9
    until(lambda: all(decode(run.frame)[0]["sharing"] == 5 for run in crowd), "a page that says with how many")
    for run in crowd[1:]:
        registry.post(run, "pause")
    until(lambda: decode(crowd[0].frame)[0]["sharing"] == 1, "a run that is alone again")


def test_a_button_comes_before_the_crowd(registry):
    """Else Step would wait for everybody else's turn."""
    crowd = [walk(registry, seed=seed) for seed in range(3)]
    run = walk(registry, seed=9)
    for other in crowd:
        registry.post(other, "play")
    until(lambda: all(other.step for other in crowd))
    before = [other.step for other in crowd]
    for n in range(1, 21):
        registry.post(run, "step")
        until(shows(run, step=n), "a step")
    assert_same(run, alone(WALK, run.config, 20))
    until(lambda: all(other.step > seen for other, seen in zip(crowd, before, strict=True)), "nobody starves")


def test_close_ends_the_thread():
    """Else a server that goes down would hang, or train on without a page."""
    before = set(threading.enumerate())
    runs = Registry(SMALL)
    run = walk(runs)
    assert set(threading.enumerate()) == before  # the thread starts with the first press of a button
    runs.post(run, "play")
    until(lambda: run.step > 5)
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon
    runs.close()
    assert not thread.is_alive()
    stood = run.step
    runs.post(run, "step")
    runs.close()
    assert run.step == stood and set(threading.enumerate()) == before


def test_commands_from_many_threads_all_arrive(registry):
    """Else a press would be lost when several pages press at once."""
    run = walk(registry)
    threads = [threading.Thread(target=lambda: [registry.post(run, "step") for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(shows(run, step=200), "two hundred steps")
    assert_same(run, alone(WALK, run.config, 200))


def test_a_press_while_a_frame_is_drawn_is_not_lost(registry):
    """Else a button would now and then do nothing until the next one: the run has obeyed, but is not yet put back."""
    run = walk(registry)
    presses = iter(range(5))
    run.listeners.add(lambda: next(presses, None) is not None and registry.post(run, "step"))
    registry.post(run, "step")
    until(shows(run, step=6), "five presses, each from within the drawing of the frame before")


def test_tokens_are_secrets(registry):
    """Else a learner could guess the way into another one's run."""
    tokens = {walk(registry).token for _ in range(50)}
    assert len(tokens) == 50
    assert len({token[:4] for token in tokens}) > 45


def test_there_is_one_registry_a_process():
    """Else after a hot reload the page would start runs that the frame socket, with the old modules, cannot find."""
    script = """
import sys
from playground.runtime import registry
first = registry()
for name in [name for name in sys.modules if name.startswith("playground.")]:
    del sys.modules[name]
import playground.runtime
assert playground.runtime.registry is not registry
assert playground.runtime.registry() is first
print("one")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "one", done.stderr


# Limits


def test_limits_come_from_the_environment():
    """Else a lecturer could not fit the server to the machine."""
    assert Limits.from_environment({}) == Limits()
    given = {
        "PLAYGROUND_RUNS_PER_SERVER": "7",
        "PLAYGROUND_SLICE_SECONDS": "0.5",
        "PLAYGROUND_FPS": "24",
        "PATH": "nothing",
    }
    assert Limits.from_environment(given) == Limits(runs_per_server=7, slice_seconds=0.5, fps=24)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Limits) if "int" not in str(field.type)])
def test_seconds_and_rates_may_be_fractions(name):
    """Else PLAYGROUND_LEASE_SECONDS=2.5 would keep the server from starting, with "which is not a number"."""
    limits = Limits.from_environment({f"PLAYGROUND_{name.upper()}": "2.5"})
    assert getattr(limits, name) == 2.5


@pytest.mark.parametrize("text", ["many", "", "nan", "inf", "-inf", "0", "-3", "1e999", "9" * 5000, "0x10"])
@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Limits)])
def test_a_wrong_limit_is_named(name, text):
    """Else a typing error in the environment would show as a server that does nothing, or a traceback from int()."""
    if text == "9" * 5000:  # a whole number may be as large as one likes, as long as Python reads it
        text = "9" * 5000 + "!"
    variable = f"PLAYGROUND_{name.upper()}"
    with pytest.raises(ValueError, match=rf"^{variable} is .*\.$") as caught:
        Limits.from_environment({variable: text})
    assert len(str(caught.value)) < 150


def glass(run: Run) -> list[list[float]]:
    return decode(run.frame)[1]["glass"].tolist()


def test_a_handle_is_shown_where_it_was_put_also_when_paused(registry):
    """Else a learner who drags a handle over a paused picture would see nothing move."""
    run = walk(registry)
    registry.post(run, "place", ("glass", 1.5, -2.0))
    until(lambda: glass(run) == [[1.5, -2.0]], "the paused run's glass")
    registry.post(run, "play")
    registry.post(run, "place", ("glass", 0.5, 0.25))
    until(lambda: glass(run) == [[0.5, 0.25]] and run.step > 0, "the running one's")
    assert header(run)["state"] == "running"


def test_a_handle_changes_nothing_that_is_learnt_or_remembered(registry):
    """Else looking about in a latent space would count as training, or change what the model becomes."""
    run = walk(registry, seed=3)
    step_by(registry, run, 2)
    rows, kept, sentence = len(run.history), run.rewinds.steps(), header(run)["sentence"]
    for k in range(20):
        registry.post(run, "place", ("glass", float(k), 1.0))
    until(lambda: glass(run) == [[19, 1]], "the glass")
    assert (run.step, run.state, len(run.history), run.rewinds.steps()) == (2, "paused", rows, kept)
    assert header(run)["sentence"] == sentence and "glass" not in run.trainer.state()
    step_by(registry, run, 2)
    assert_same(run, alone(WALK, WALK.config(seed=3), 4))


def test_a_handle_stays_where_it_is_when_the_model_begins_again(registry):
    """Else Reset and Restart would snatch it from the learner's hand."""
    run = walk(registry)
    registry.post(run, "place", ("glass", 0.5, 0.5))
    registry.post(run, "step")
    registry.post(run, "reset")
    until(lambda: run.step == 0 and glass(run) == [[0.5, 0.5]], "the glass after Reset")
    registry.post(run, "restart", WALK.config(width=8))
    until(lambda: run.config.width == 8 and glass(run) == [[0.5, 0.5]], "the glass after Restart")


def test_a_handle_that_no_view_has_is_not_placed(registry):
    """Else a stranger's message could reach into a trainer, and fill the memory with names."""
    run = walk(registry)
    registry.post(run, "place", ("at", 7.0, 7.0))
    registry.post(run, "place", ("glass", 1.0, 1.0))
    until(lambda: glass(run) == [[1, 1]], "the glass")
    assert run.placed == {"glass": (1.0, 1.0)}


@pytest.mark.parametrize(("step", "drawing", "least"), [(0.001, 0.003, 88), (0.008, 0.005, 88), (0.012, 0.0, 84)])
def test_as_many_frames_are_drawn_as_are_asked_for(monkeypatch, step, drawing, least):
    """Else each would be late by what is left of a step and by the drawing, and 30 a second would be 24."""
    clock, frames = [1000.0], []
    monkeypatch.setattr("playground.runtime.run.time", SimpleNamespace(monotonic=lambda: clock[0]))
    run = Run(WALK, WALK.Config(), dataclasses.replace(SMALL, fps=30))
    train, draw = run.trainer.step, run.draw

    def trained(players: str = "DG") -> None:
        clock[0] += step
        train(players)

    def drawn() -> None:
        frames.append(clock[0])
        clock[0] += drawing
        draw()

    monkeypatch.setattr(run.trainer, "step", trained)
    monkeypatch.setattr(run, "draw", drawn)
    run.post("play")
    while clock[0] < 1003:
        run.advance(clock[0] + 0.02, lambda: False)
    assert least <= len(frames) <= 92
    clock[0] += 1.0  # others had their turn for long: no burst makes up for that
    frames.clear()
    while clock[0] < 1005:
        run.advance(clock[0] + 0.02, lambda: False)
    assert np.diff(frames).min() > 0.5 / 30


def test_a_hand_gets_more_frames_than_are_asked_for_but_not_a_frame_a_message(registry):
    """Else a mouse of 1000 Hz would take the worker's time with pictures that nobody sees."""
    run = walk(registry)
    registry.post(run, "fps", 1.0)
    seen: list[bytes] = []
    run.listeners.add(lambda: seen.append(run.frame))
    began = time.monotonic()
    for k in range(300):
        registry.post(run, "place", ("glass", float(k), 0.0))
        time.sleep(0.002)
    until(lambda: glass(run) == [[299, 0]], "the last place")
    took = time.monotonic() - began
    assert 4 * took < len(seen) <= HAND_FPS * took + 2


@pytest.mark.parametrize("command", ["reset", "step"])
def test_a_flood_of_commands_holds_up_nobody(command):
    """Else one learner's script could stop everybody's training, and the server could not be shut down."""
    runs = Registry(SMALL)
    flooder, other = runs.make(COIN, COIN.config(), "a"), runs.make(COIN, COIN.config(), "b")
    runs.post(other, "play")
    until(shows(other, state="running"), "play")
    for _ in range(3000):
        flooder.post(command)
    runs.post(flooder, command)
    seen = other.step
    until(lambda: other.step > seen + 20, "the other goes on")
    runs.post(other, "pause")
    until(shows(other, state="paused"), "the other's Pause")
    assert flooder.inbox  # it was not simply faster
    start = time.monotonic()
    runs.close()
    assert time.monotonic() - start < 5


def test_a_page_may_read_the_story_while_the_worker_writes(registry):
    """Else Inspect would now and then end in an IndexError, when Step is pressed while it draws."""
    run = registry.make(COIN, COIN.config(), "someone")
    registry.post(run, "speed", 90.0)  # every row is kept
    registry.post(run, "play")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            registry.touch(run)
            steps = [snapshot.step for snapshot in run.story()]
            assert steps == sorted(set(steps))
    finally:
        sys.setswitchinterval(before)


def test_a_run_can_play_to_a_step_and_pause_there(registry):
    """Else a patient would be treated long after what was tried of its treatments."""
    run = walk(registry)
    registry.post(run, "until", 30)
    until(lambda: run.step == 30 and run.state == "paused")
    registry.post(run, "play")
    until(lambda: run.step > 60)
    registry.post(run, "until", 10_000)
    registry.post(run, "pause")
    until(lambda: run.state == "paused")
    assert run.halt is None
