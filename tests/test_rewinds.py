"""Going back: what is kept of a run, and that training leads to the rest of it again, bit for bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from playground.labs import LABS
from playground.labs.coin_gan import LAB as COIN
from playground.race import Lanes, side_by_side
from playground.runtime import Limits, Run
from playground.runtime.course import MOST, Course
from playground.runtime.frames import decode
from playground.runtime.rewinds import WORTHWHILE, Rewinds

torch.set_num_threads(1)

HEAVY = Limits(rewind_bytes=1)  # nothing fits: two states
SMALL: dict[str, dict[str, Any]] = {
    "coin-gan": {},
    "mnist-gan": {"latent": 8, "width_g": 16, "width_d": 32, "batch": 16, "count": 200},
    "vae": {"width": 32, "batch": 16, "count": 200},
}
TURNED: dict[str, dict[str, Any]] = {  # live knobs, so that the same steps would lead elsewhere
    "coin-gan": {"lr_d": 0.05},
    "mnist-gan": {"lr_d": 0.002, "loss": "wgan-sn"},
    "vae": {"lr": 0.003, "beta": 4.0},
}


def state_of(size: int) -> Mapping[str, Any]:
    return {"at": torch.zeros(size // 4), "counters": {"step": 0}}


def rewinds_of(budget: int, stride: int = 20, capacity: int = 60) -> Rewinds:
    return Rewinds(Course(COIN.config()), budget, stride, capacity)


def kept(rewinds: Rewinds) -> list[int]:
    """The stops of which there is a state."""
    return [step for step in rewinds.steps() if rewinds.before(step)[0] == step]


def flat(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: flat(part) for name, part in state.items()}
    return state.contiguous().numpy().tobytes() if torch.is_tensor(state) else state


# What is kept


@pytest.mark.parametrize(("budget", "capacity"), [(10**6, 60), (10**6, 7), (8000, 60), (3500, 60)])
def test_states_keep_within_their_limits(budget, capacity):
    """Else one run would take the memory of all, or lose its beginning."""
    rewinds = rewinds_of(budget, 10, capacity)
    most = min(capacity, budget // 1000)
    for step in range(5001):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(1000))
            assert len(kept(rewinds)) <= most and len(rewinds.steps()) <= capacity
            assert rewinds.steps()[-1] == step
    states, stops = kept(rewinds), rewinds.steps()
    assert states[0] == stops[0] == 0
    assert stops[-1] >= 5000 - rewinds.stride
    assert len(stops) > capacity // 2 and len(states) >= most // 2
    assert set(np.diff(stops)[:-1]) == {rewinds.stride}  # evenly spaced, the newest apart
    assert len(set(np.diff(states)[:-1])) <= 1 and states[-1] >= 2500


def test_small_states_are_all_kept():
    """Else going back in a small model would take time, for nothing."""
    rewinds = rewinds_of(10**6)
    for step in range(0, 5001, 20):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(1000))
        assert kept(rewinds) == rewinds.steps()


def test_of_a_large_model_the_first_and_the_last_are_kept():
    """Else a model that is larger than the budget could be neither reset nor put back after NaN."""
    rewinds = rewinds_of(100, stride=1)
    for step in range(1000):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(10_000))
            states = kept(rewinds)
            assert states[0] == 0 and len(states) <= 2 and states[-1] > step / 2 - 1
            assert rewinds.steps()[-1] == step


def test_no_state_is_taken_that_is_not_kept():
    """Else a large model would be copied at every stop."""
    taken = []
    rewinds = rewinds_of(100, stride=1)
    for step in range(1000):
        if rewinds.wants(step):
            rewinds.keep(step, lambda now=step: taken.append(now) or state_of(10_000))
            assert step not in taken or rewinds.before(step)[0] == step
    assert taken == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_a_state_makes_room_before_it_comes():
    """Else three large states would be there at once, and the memory of a run a third larger than it says."""
    rewinds, seen = rewinds_of(100, stride=1), []

    def take() -> Mapping[str, Any]:
        seen.append(len(rewinds._states))
        return state_of(10_000)

    for step in range(40):
        if rewinds.wants(step):
            rewinds.keep(step, take)
    assert len(seen) > 4 and max(seen) == 1


def test_the_stop_before_is_found():
    """Else rewinding would land after the place that was asked for, or on another state."""
    rewinds = rewinds_of(10**6, stride=10)
    for step in range(0, 100, 10):
        rewinds.keep(step, lambda now=step: {"counters": {"step": now}})
    for asked, found in ((0, 0), (9, 0), (10, 10), (55, 50), (90, 90), (10**9, 90), (-5, 0)):
        assert rewinds.stop(asked) == found
        assert rewinds.before(asked) == (found, {"counters": {"step": found}})
    rewinds.truncate(55)
    assert rewinds.steps() == [0, 10, 20, 30, 40, 50] and rewinds.before(90)[0] == rewinds.stop(90) == 50
    assert rewinds.wants(60) and not rewinds.wants(50) and not rewinds.wants(55)


def test_another_future_is_kept_from_its_beginning():
    """Else someone who has gone back far would have to train from the start for every stop of the new future."""
    rewinds = rewinds_of(100, stride=10)
    for step in range(0, 1001, 10):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(10_000))
    assert kept(rewinds) == [0, 640]
    rewinds.truncate(320)
    for step in range(330, 400):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(10_000))
    assert kept(rewinds)[0] == 0 and kept(rewinds)[1] >= 320


def test_a_state_is_packed_without_a_loss():
    """Else the start, of which most is zero or there twice, would weigh four times what it says."""
    n = WORTHWHILE // 4
    drawn = torch.randn(n, generator=torch.Generator().manual_seed(0))
    drawn[100] = 0
    odd = drawn.clone()
    odd[100] = -0.0
    state = {
        "drawn": drawn,
        "average": drawn.clone(),
        "odd": odd,
        "square": drawn.view(2, -1).clone(),
        "zero": torch.zeros(n),
        "minus zero": torch.full((n,), -0.0),
        "mixed zeros": torch.cat([torch.zeros(n - 1), torch.tensor([-0.0])]),
        "nan": torch.full((n,), float("nan")),
        "short": torch.zeros(3),
        "counters": {"step": 7},
    }
    rewinds = rewinds_of(10**7)
    rewinds.keep(0, lambda: state)
    _, found = rewinds.before(0)
    assert flat(found) == flat(state)
    assert (
        rewinds._sizes[0] == 4 * WORTHWHILE + 3 * 4 + 3 * 4
    )  # drawn, odd, square, mixed; three numbers; the short one


def test_a_state_at_the_start_weighs_a_third():
    """Else the first run of the GAN on digits would begin with two full states."""
    trainer = LABS["mnist-gan"].trainer(device="cpu")
    rewinds = rewinds_of(10**9)
    rewinds.keep(0, trainer.state)
    full = sum(x.nbytes for x in trainer.state().values() if torch.is_tensor(x))
    assert rewinds._sizes[0] < full / 3
    before = flat(trainer.state())
    trainer.step()
    trainer.load(rewinds.before(0)[1])
    assert flat(trainer.state()) == before


# What is known of the way


def test_a_course_is_bounded_and_knows_what_it_has_forgotten():
    """Else a slider that is dragged for an hour would fill the memory, or stops lead elsewhere."""
    course = Course(COIN.config())
    rewinds = Rewinds(course, 100, stride=10)
    configs = [COIN.config(lr_d=0.0001 * (1 + i)) for i in range(MOST + 20)]
    for step in range(MOST + 20):
        if rewinds.wants(step):
            rewinds.keep(step, lambda: state_of(1000))
        course.add(step, configs[step])
    assert course.known_from == 20
    assert course.at(19) == [] and course.at(20) == [configs[20]]
    assert course.knobs(20) == configs[19] and course.knobs(21) == configs[20]
    states = kept(rewinds)
    assert states[0] == 0 and 160 <= states[1] < MOST
    assert all(step == 0 or step >= states[1] for step in rewinds.steps())  # not those that only the start leads to
    assert rewinds.stop(states[1] - 1) == 0


def test_a_course_keeps_its_past_until_training_goes_on():
    """Else a knob that is turned while looking at an earlier step would change what the later ones were."""
    a, b, c, d = (COIN.config(lr_d=rate) for rate in (0.001, 0.002, 0.003, 0.004))
    course = Course(a)
    course.add(10, b)
    course.add(20, "D")
    course.add(30, c)
    course.put_back(c)
    assert course.untouched
    course.add(15, d)
    assert not course.untouched
    assert [course.at(step) for step in (10, 15, 20, 30)] == [[b], [], ["D"], [c]]
    course.put_back(d)  # to yet another step: what was turned there belongs to no future
    assert course.untouched
    course.add(15, a)
    course.go_on(15)
    assert [course.at(step) for step in (10, 15, 20, 30)] == [[b], [d, a], [], []]
    assert [course.knobs(step) for step in (10, 11, 15, 16)] == [a, b, b, a]


def test_what_was_turned_too_often_while_standing_back_is_noticed():
    """Else the first of these changes would be missing, and nobody would know."""
    course = Course(COIN.config())
    course.put_back(COIN.config())
    for i in range(2 * MOST):
        course.add(40, COIN.config(lr_d=0.001 * (1 + i % 2)))
    course.go_on(40)
    assert course.known_from == 41


# The same again


def heavy(slug: str, limits: Limits = HEAVY) -> Run:
    return Run(LABS[slug], LABS[slug].config(**SMALL[slug]), limits)


def obey(run: Run, command: str = "wake", value: Any = None) -> None:
    """One command, and all that follows from it while there is something to do at once."""
    run.post(command, value)
    for _ in range(10_000):
        run.touched = float("inf")
        run.advance(0.0, lambda: False)
        if run.goal is None and not run.inbox:
            return
    raise AssertionError(f"{command} does not end")


def on_the_way(run: Run, to: int, steps: int) -> None:
    """So many steps of going back."""
    run.post("rewind", to)
    for _ in range(steps + 2):
        run.touched = float("inf")
        run.advance(0.0, lambda: False)
        if run.goal == to and run.step >= steps:
            return
    raise AssertionError(f"step {steps} is not on the way to {to}")


def recorded(run: Run, steps: int, deeds: Mapping[int, Callable[[Run], None]]) -> dict[int, Any]:
    """Train, and note what the state was at each step."""
    states = {0: flat(run.trainer.state())}
    while run.step < steps:
        deeds.get(run.step, lambda run: obey(run, "step"))(run)
        states[run.step] = flat(run.trainer.state())
    return states


def tuned(**changes: Any) -> Callable[[Run], None]:
    """A live knob is turned, and an iteration follows."""

    def deed(run: Run) -> None:
        obey(run, "tune", dataclasses.replace(run.config, **changes))
        obey(run, "step")

    return deed


def in_slow_motion(run: Run) -> None:
    obey(run, "slow", True)
    obey(run, "step")
    obey(run, "slow", False)


@pytest.mark.parametrize("slug", SMALL)
def test_stops_are_reached_bit_for_bit(slug):
    """Else "go back and look again" would show something that did not happen."""
    run = heavy(slug)
    other = TURNED[slug]
    player: dict[int, Any] = {}
    if run.lab.players:
        player = {33: lambda run: obey(run, "player", "D"), 58: lambda run: obey(run, "player", "G")}
    back = {name: getattr(run.config, name) for name in other}
    deeds = {20: tuned(**other), 47: tuned(**back), 70: in_slow_motion, 75: tuned(**other)} | player
    states = recorded(run, 83, deeds)
    assert run.rewinds.steps() == [0, 20, 40, 60, 80] and kept(run.rewinds) == [0, 80]
    rows = run.history.column("step").tolist()
    for to in (40, 60, 20, 80, 60, 0, 40):
        obey(run, "rewind", to + 7)
        assert run.step == to and flat(run.trainer.state()) == states[to]
        assert run.state == "paused" and run.notice is None and run.trainer.config == run.config
        assert run.history.column("step").tolist() == rows and run.rewinds.steps() == [0, 20, 40, 60, 80]
    assert run.config == dataclasses.replace(run.config, **other)


def test_the_new_future_is_known_as_well():
    """Else after going back twice the run would be led through what was given up."""
    run = heavy("coin-gan")
    recorded(run, 65, {20: tuned(lr_d=0.05)})
    obey(run, "rewind", 40)
    obey(run, "tune", dataclasses.replace(run.config, lr_g=0.04))
    states = recorded(run, 90, {55: tuned(lr_d=0.01), 62: lambda run: obey(run, "player", "D")})
    assert run.rewinds.steps() == [0, 20, 40, 60, 80]
    for to in (60, 80):
        obey(run, "rewind", to)
        assert run.step == to and flat(run.trainer.state()) == states[to]
    obey(run, "rewind", 60)
    obey(run, "step")
    assert run.rewinds.steps() == [0, 20, 40, 60] and run.history.column("step")[-1] == 61


def test_going_back_says_so_and_draws():
    """Else a learner would look at a picture that moves, and not know what it does."""
    run = heavy("coin-gan")
    recorded(run, 91, {})
    on_the_way(run, 40, 17)
    run.draw()
    said = decode(run.frame)[0]
    assert said["notice"] == f"Going back: step {run.step} of 40." and 17 <= said["step"] == run.step < 40
    assert said["state"] == "running" and said["rewinds"] == [0, 20, 40, 60, 80]  # so that Pause is what ends it
    obey(run)
    said = decode(run.frame)[0]
    assert (said["step"], said["state"], said["notice"]) == (40, "paused", None)


@pytest.mark.parametrize("command", ["pause", "play", "step", "player", "tune", "reset", "rewind", "restart"])
def test_whatever_is_pressed_ends_going_back(command):
    """Else a learner would have to wait for what is no longer wanted, or get both."""
    run = heavy("coin-gan")
    states = recorded(run, 91, {3: tuned(lr_d=0.05), 30: tuned(lr_d=0.01)})
    on_the_way(run, 40, 17)
    at, now = run.step, run.config
    value = {
        "player": "D",
        "tune": dataclasses.replace(now, lr_g=0.03),
        "rewind": 0,
        "restart": dataclasses.replace(now, seed=5),
    }
    run.post(command, value.get(command))
    run.advance(0.0, lambda: False)
    assert run.goal is None and run.notice is None and run.trainer.config == run.config
    where = {"rewind": 0, "reset": 0, "restart": 0, "step": at + 1, "player": at + 1, "play": at + 1}
    assert run.step == where.get(command, at)
    assert run.state == ("running" if command == "play" else "paused")
    if command in ("pause", "tune"):
        assert flat(run.trainer.state()) == states[at]
        assert run.rewinds.steps() == [0, 20, 40, 60, 80]  # still in reach
    if command == "play":
        assert run.rewinds.steps() == [0] and run.history.column("step")[-1] <= at + 1


@pytest.mark.parametrize("command", ["fps", "speed", "slow", "challenge", "place", "wake"])
def test_what_does_not_move_the_run_leaves_it_on_its_way(command):
    """Else a slower speed, or looking elsewhere, would end it half way."""
    run = heavy("coin-gan")
    states = recorded(run, 91, {3: tuned(lr_d=0.05)})
    on_the_way(run, 40, 17)
    obey(run, command, {"fps": 5.0, "speed": 0.2, "slow": True, "place": ("nothing", 0.0, 0.0)}.get(command))
    assert run.step == 40 and flat(run.trainer.state()) == states[40]


def test_another_stop_ahead_is_reached_from_here():
    """Else dragging the handle would begin at the start again with each stop that it passes."""
    run = heavy("coin-gan")
    states = recorded(run, 91, {3: tuned(lr_d=0.05), 44: tuned(lr_d=0.01)})
    assert kept(run.rewinds) == [0, 80]
    on_the_way(run, 40, 33)
    steps: list[int] = []
    step = run.trainer.step
    run.trainer.step = lambda players="DG": steps.append(run.step) or step(players)  # type: ignore[method-assign]
    run.post("pause")  # as the timeline sends it
    obey(run, "rewind", 60)
    assert run.step == 60 and flat(run.trainer.state()) == states[60]
    assert min(steps) >= 33
    obey(run, "rewind", 20)  # not ahead
    assert run.step == 20 and flat(run.trainer.state()) == states[20] and min(steps) == 0
    obey(run, "tune", dataclasses.replace(run.config, lr_g=0.03))  # what was turned here has not been so
    steps.clear()
    obey(run, "rewind", 40)
    assert run.step == 40 and flat(run.trainer.state()) == states[40] and min(steps) == 0


def test_going_back_takes_turns():
    """Else a learner who goes back far would hold up all the others."""
    run = heavy("coin-gan")
    recorded(run, 91, {})
    run.post("rewind", 40)
    run.advance(0.0, lambda: False)
    assert run.goal == 40 and run.step <= 2  # an iteration a turn of no length
    seen = run.step
    run.advance(float("inf"), lambda: True)  # someone else has pressed a button
    assert run.step == seen + 1


def test_going_back_waits_for_someone_who_looks():
    """Else a learner who has left would go on taking the others' time."""
    run = heavy("coin-gan", dataclasses.replace(HEAVY, lease_seconds=1))
    recorded(run, 91, {})
    on_the_way(run, 40, 17)
    at = run.step
    run.touched = float("-inf")
    assert run.advance(0.0, lambda: False) is None and run.parked and run.step <= at + 1
    obey(run)
    assert run.step == 40


def test_a_device_that_repeats_nothing_offers_no_such_stops():
    """Else the numbers there would differ in the last digits, and soon in the first."""
    rewinds = rewinds_of(100, stride=10)
    for step in range(0, 101, 10):
        rewinds.keep(step, lambda: {"at": torch.zeros(10_000, device="meta"), "counters": {"step": 0}})
    assert rewinds.steps() == kept(rewinds) == [0, 80]


def test_a_small_lab_goes_back_at_once():
    """Else what takes no time today would."""
    run = heavy("coin-gan", Limits())
    states = recorded(run, 130, {25: tuned(lr_d=0.05)})
    for to in run.rewinds.steps():
        run.post("rewind", to)
        run.advance(0.0, lambda: False)
        assert run.step == to and run.goal is None and run.state == "paused" and flat(run.trainer.state()) == states[to]


def test_what_is_turned_while_the_run_stands_back_is_marked_where_it_acts():
    """Else a mark would stand at a step where nothing was changed."""
    run = Run(COIN, COIN.config(), Limits())
    for _ in range(60):
        obey(run, "step")
    obey(run, "rewind", 20)
    obey(run, "tune", COIN.config(lr_d=0.01))
    assert [mark["step"] for mark in run.marks] == [20]
    obey(run, "rewind", 40)
    obey(run, "step")
    assert run.step == 41 and [mark["step"] for mark in run.marks] == [40]
    obey(run, "tune", COIN.config(lr_d=0.02))
    obey(run, "rewind", 20)
    assert [mark["step"] for mark in run.marks] == [40, 41]


def test_after_a_reset_a_handle_is_where_it_was_last_put():
    """In a race a handle that is moved in one lane is moved in all: the last move counts, in whichever lane it was."""
    lab = side_by_side(LABS["dirac-gan"], 2)
    run = Run(lab, Lanes((lab.config(), lab.config())), Limits())
    (a, b), x = sorted(lab.handles)[:2], [1.0, 0.5, -1.0]
    for name, at in zip((a, b, a), x, strict=True):
        obey(run, "place", (name, at, at))
    before = run.trainer.snapshot().arrays
    obey(run, "reset")
    after = run.trainer.snapshot().arrays
    assert all(np.array_equal(before[name], after[name]) for name in (a, b))
    assert np.allclose(after[a], -1) and np.allclose(after[b], -1)
