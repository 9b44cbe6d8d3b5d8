"""Runs side by side: each lane is the run it would be alone, and all of them start from the same place."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
import torch

from playground.core import Lab
from playground.export import script
from playground.labs import LABS
from playground.race import Lanes, Race, side_by_side
from playground.runtime import Limits, Run
from playground.runtime.history import History

torch.set_num_threads(1)

PLANE = LABS["gan-2d"]
SMALL = {"width_g": 8, "width_d": 8, "batch": 16, "points": 256}
COMPARED = [lab for lab in LABS.values() if lab.compared]


def lanes(*changes: dict[str, Any], lab: Lab = PLANE, **shared: Any) -> Lanes:
    base = lab.config(**(SMALL if lab is PLANE else {}), **shared)
    return Lanes((base, *(dataclasses.replace(base, **part) for part in changes)))


def race(*changes: dict[str, Any], steps: int = 0) -> Race:
    trainer = Race(PLANE.build, lanes(*changes), "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


def flat(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.numpy().tobytes() if torch.is_tensor(value) else value for name, value in state.items()}


def test_lanes_with_the_same_settings_are_the_same_run() -> None:
    two = race({}, steps=5)
    a, b = two.lanes.values()
    assert flat(a.state()) == flat(b.state())


def test_a_lane_is_the_run_that_it_would_be_alone() -> None:
    """Else what happens in one lane would depend on who runs beside it."""
    beside = race({"loss": "wgan-gp", "d_steps": 3}, steps=4).lanes["A"]
    alone = PLANE.trainer(lanes().configs[0], "cpu")
    alone.draw_batches_apart()
    for _ in range(4):
        alone.step()
    assert flat(beside.state()) == flat(alone.state())


def test_a_lane_that_pauses_lets_others_have_their_turn() -> None:
    """Else a race of digits would hold the server's one worker for all that its lanes measure."""
    lab = LABS["diffusion-digits"]
    trainer = Race(lab.build, lanes({"guidance": 2.0}, lab=lab, width=32, blocks=1), "cpu")
    trainer.step()
    for lane in trainer.lanes.values():
        lane.step_count = 199  # type: ignore[misc]  # measures at the next one
    assert sum(1 for _ in trainer.parts()) == 1 + 2 * 11
    assert trainer.step_count == 2 and trainer.scalars()["B/measured"] == 200


NOISY = {"d_steps": 3, "instance_noise": 0.5}
OTHERWISE = {  # of each lab with minibatches: settings under which a run asks for more of them, or draws other things
    "coin-gan": {"d_steps": 3},
    "gan-1d": NOISY,
    "gan-2d": NOISY,
    "clinic": NOISY,
    "mnist-gan": {"d_steps": 3},
    "critic": {"bound": "gradient penalty"},
    "vae": {"kind": "autoencoder"},
    "diffusion": {"T": 50},
    "diffusion-digits": {"T": 50},
}


@pytest.mark.parametrize("lab", COMPARED, ids=[lab.slug for lab in COMPARED])
def test_lanes_see_the_same_minibatches_whatever_else_they_draw(lab: Lab) -> None:
    """The second lane draws more than the first; from one row with everything else, they would soon differ."""
    two = Race(lab.build, lanes(OTHERWISE.get(lab.slug, {}), lab=lab), "cpu")
    assert callable(getattr(two.first, "batch", None)) == (lab.slug in OTHERWISE)
    seen: dict[str, list[bytes]] = {letter: [] for letter in two.lanes}
    for letter, trainer in two.lanes.items() if lab.slug in OTHERWISE else ():
        plain = trainer.batch

        def noted(plain: Any = plain, letter: str = letter) -> Any:
            batch = plain()
            parts = batch if isinstance(batch, tuple) else (batch,)
            seen[letter].append(b"".join(part.numpy(force=True).tobytes() for part in parts))
            return batch

        trainer.batch = noted
    for _ in range(3):
        two.step()
    assert len(set(seen["A"])) == len(seen["A"]) == (3 if lab.slug in OTHERWISE else 0)
    assert len(seen["B"]) == 3 * OTHERWISE.get(lab.slug, {}).get("d_steps", 1) or lab.slug not in OTHERWISE
    assert seen["B"][: len(seen["A"])] == seen["A"]


def test_they_begin_with_the_same_networks_and_points() -> None:
    a, b = race({"loss": "wgan-gp", "d_steps": 5}).lanes.values()
    assert torch.equal(a.G.flat, b.G.flat) and torch.equal(a.D.flat, b.D.flat) and torch.equal(a.real, b.real)


def test_a_race_goes_on_from_its_state_bit_for_bit() -> None:
    first = race({"loss": "wgan-gp"}, steps=3)
    middle = first.state()
    for _ in range(3):
        first.step()
    second = race({"loss": "wgan-gp"})
    second.load(middle)
    for _ in range(3):
        second.step()
    assert flat(first.state()) == flat(second.state())


def test_an_iteration_is_over_when_the_last_lane_has_moved() -> None:
    """Else slow motion would count it while lane B is still at it."""
    two = race({})
    counts = [two.step_count for _ in two.phases()]
    assert set(counts) == {0} and two.step_count == 1 == two.lanes["B"].step_count


THREE = lanes({"lr_d": 0.01}, {"loss": "wgan-gp"})


def three_lanes(**limits: Any) -> Run:
    """Its turns end after the first piece."""
    return Run(side_by_side(PLANE, 3), THREE, dataclasses.replace(Limits(), slice_seconds=1e-9, **limits))


def turns(run: Run, n: int) -> list[tuple[int, ...]]:
    """How far each lane is after each of n turns."""
    counts = []
    for _ in range(n):
        run.touched = time.monotonic()
        run.advance(0.0, lambda: False)
        counts.append(tuple(trainer.step_count for trainer in run.trainer.lanes.values()))
    return counts


def assert_is_alone(run: Run, *steps: Lanes) -> None:
    """The state and the rows of a race that nobody interrupted, with these settings at each step."""
    alone = Race(PLANE.build, THREE, "cpu")
    for config in steps:
        alone.tune(config)
        alone.step()
    assert run.step == len(steps) and flat(alone.state()) == flat(run.trainer.state())


def test_others_have_their_turn_between_two_lanes() -> None:
    """Else four lanes on digits would keep everybody waiting for a quarter of a second."""
    run = three_lanes()
    run.post("play")
    assert turns(run, 6) == [(1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2)]
    turns(run, 1)
    run.post("pause")
    assert turns(run, 2) == [(3, 3, 2), (3, 3, 3)] and run.state == "paused"
    assert_is_alone(run, *3 * [THREE])


def test_a_step_that_is_asked_for_lets_others_have_their_turn() -> None:
    """Else everybody would wait for all lanes, and for all that they measure, whenever someone presses Step."""
    run = three_lanes()
    for _ in range(2):
        run.post("step")
    assert turns(run, 3) == [(1, 0, 0), (1, 1, 0), (1, 1, 1)]
    assert turns(run, 4) == [(2, 1, 1), (2, 2, 1), (2, 2, 2), (2, 2, 2)] and run.state == "paused"
    assert run.history.column("step").tolist() == [0, 1, 2]
    assert_is_alone(run, THREE, THREE)


def test_what_would_change_an_iteration_waits_for_its_end() -> None:
    """Else one lane would take a step with the old settings and the next with new ones; and the order is kept."""
    other = lanes({"lr_d": 0.02}, {"loss": "wgan-gp"})
    run = three_lanes()
    run.post("play")
    turns(run, 1)
    for command, value in (("tune", other), ("fps", 7.0), ("pause", None), ("step", None)):
        run.post(command, value)
    assert turns(run, 1) == [(1, 1, 0)] and run.config == THREE and run.fps == 7
    assert turns(run, 1) == [(1, 1, 1)]
    turns(run, 5)
    assert run.state == "paused" and run.config == other
    assert_is_alone(run, THREE, other)
    assert run.history.column("step").tolist() == [0, 1, 2] and run.marks[0]["step"] == 1


@pytest.mark.parametrize("command", ["restart", "reset", "rewind"])
def test_what_throws_an_iteration_away_does_not_wait(command: str) -> None:
    """Else a learner could not leave an iteration that takes long; a step that was asked for does not become Play."""
    run = three_lanes()
    run.post("step")
    turns(run, 2)
    run.post(command, {"restart": THREE, "rewind": 0}.get(command))
    assert turns(run, 3) == 3 * [(0, 0, 0)] and run.state == "paused"
    assert_is_alone(run)


def test_the_way_back_lets_others_have_their_turn() -> None:
    """Else everybody would wait while a run that was put back trains again; it stops between two iterations only."""
    run = three_lanes(rewind_bytes=1)
    run.post("until", 60)
    turns(run, 180)
    assert run.state == "paused" and run.step == 60
    run.post("rewind", 20)
    assert turns(run, 4)[-1] == (2, 1, 1)
    run.post("pause")
    assert turns(run, 3)[-1] == (2, 2, 2) and run.state == "paused"
    assert_is_alone(run, THREE, THREE)
    run.post("rewind", 20)
    turns(run, 60)
    assert run.state == "paused"
    assert_is_alone(run, *20 * [THREE])


def test_the_state_of_another_race_changes_nothing() -> None:
    two = race({}, steps=2)
    before = flat(two.state())
    other = race({"width_g": 16}, steps=1).state()
    with pytest.raises(ValueError, match="does not fit"):
        two.load(other)
    assert flat(two.state()) == before


def test_a_state_whose_minibatches_are_damaged_changes_nothing() -> None:
    trainer = race({}, steps=2).lanes["A"]
    before = trainer.state()
    trainer.step()
    now = flat(trainer.state())
    with pytest.raises(ValueError, match="does not fit"):
        trainer.load(before | {"batches": torch.zeros(3, dtype=torch.uint8)})
    assert flat(trainer.state()) == now


def test_all_lanes_go_on_from_one_run() -> None:
    alone = PLANE.trainer(lanes().configs[0], "cpu")
    for _ in range(3):
        alone.step()
    two = race({"lr_d": 0.01})
    two.load({f"{letter}/{name}": value for letter in two.lanes for name, value in alone.state().items()})
    assert two.step_count == 3
    a, b = two.lanes.values()
    assert torch.equal(a.G.flat, alone.G.flat) and torch.equal(b.D.flat, alone.D.flat)
    two.step()
    assert torch.equal(a.real_batch, b.real_batch)
    assert not torch.equal(a.D.flat, b.D.flat)


def test_a_single_run_can_go_on_from_a_lane() -> None:
    two = race({}, steps=3)
    alone = PLANE.trainer(lanes().configs[0], "cpu")
    alone.load(two.lanes["B"].state())
    alone.step()
    two.step()
    assert flat(alone.state()) == flat(two.lanes["B"].state())


def test_live_knobs_act_on_their_lane_and_others_ask_for_a_restart() -> None:
    two = race({}, steps=1)
    live, fixed = lanes({"lr_d": 0.05}), lanes({"width_g": 4})
    assert live.changes(two.config) == {"B/lr_d": 0.05}
    assert two.config.altered({"B/lr_d": 0.05}) == live
    two.tune(live)
    assert [trainer.config.lr_d for trainer in two.lanes.values()] == [lanes().configs[0].lr_d, 0.05]
    assert fixed.needs_restart(live) == ["B/width_g"] and fixed.live_part(live) == lanes({})
    assert fixed.label("B/width_g") == "B: Width of G" and fixed.value("B/width_g") == 4
    assert lanes({"seed": 3}, {"lr_d": 0.05}).differing() == ["lr_d", "seed"]
    with pytest.raises(ValueError, match="B/width_g"):
        two.tune(fixed)


def test_there_are_at_most_four_lanes_of_one_lab() -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        lanes({}, {}, {}, {})
    with pytest.raises(ValueError, match="same lab"):
        Lanes((PLANE.config(), LABS["coin-gan"].config()))


@pytest.mark.parametrize("lab", COMPARED, ids=[lab.slug for lab in COMPARED])
def test_every_lab_that_compares_can_be_raced(lab: Lab) -> None:
    """Each view of a lane finds what it draws, under its lane's name, on the axes of the same view of the other."""
    assert set(lab.compared) <= {view.name for view in lab.views}
    two = side_by_side(lab, 2)
    settings = lanes({"seed": 1}, lab=lab)
    trainer = two.trainer(settings, "cpu")
    trainer.step()
    snapshot, history = trainer.snapshot(), History()
    history.record(1, trainer.scalars())
    views = two.seen(settings)
    assert [view.link for view in views if view.column == "A"] == [view.link for view in views if view.column == "B"]
    assert views
    for view in views:
        assert view.names() <= snapshot.arrays.keys() and view.scalars() <= snapshot.scalars.keys()
        assert all(name.startswith(f"{view.column}/") for name in view.names() | view.scalars())
    said = two.diagnose(trainer, snapshot.scalars, history).sentence.split("\n")
    assert [line[:3] for line in said] == ["A: ", "B: "]


def test_a_prefix_renames_what_is_drawn_and_no_words() -> None:
    for lab in LABS.values():
        for view in lab.views:
            other = view.prefixed("B/")
            assert other.names() == {f"B/{name}" for name in view.names()}
            assert other.scalars() == {f"B/{name}" for name in view.scalars()}
            assert [layer.label for layer in other.layers] == [layer.label for layer in view.layers]


def test_the_exported_script_repeats_the_race(tmp_path: Any) -> None:
    settings = lanes({"loss": "wgan-gp", "lr_d": 0.003})
    source = script(side_by_side(PLANE, 2), settings, 2)
    found: dict[str, Any] = {}
    exec(compile(source, "race.py", "exec"), found)
    repeated = Race(PLANE.build, settings, "cpu")
    for _ in range(2):
        repeated.step()
    assert found["trainer"].scalars() == pytest.approx(repeated.scalars(), rel=0, nan_ok=True)
