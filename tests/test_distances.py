"""The distance lab: what is pulled apart, what walks back, and what is said of it."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

import numpy as np
import pytest
import torch

from playground import assignment
from playground.core import Points, View
from playground.distances import COPIES, FAR, HANDLE, LINE, PLANE, SHAPES, DistanceConfig, DistanceTrainer
from playground.distances.picture import moved
from playground.labs.distances import CHALLENGES, HOME, LAB
from playground.runtime.frames import decode
from playground.runtime.history import History
from playground.runtime.limits import Limits
from playground.runtime.registry import Registry
from playground.runtime.run import Run
from playground.ui.distance_table import table

torch.set_num_threads(1)


def trained(steps: int, config: DistanceConfig | None = None, **knobs: object) -> DistanceTrainer:
    trainer = LAB.trainer(config or LAB.config(**knobs), "cpu")
    assert isinstance(trainer, DistanceTrainer)
    for _ in range(steps):
        trainer.step()
    return trainer


def thetas(trainer: DistanceTrainer) -> dict[str, float]:
    return dict(zip(COPIES, trainer.thetas.tolist(), strict=True))


# The copies


@pytest.mark.parametrize("shape", ["uniforms", "segments", "points", "discs"])
def test_without_overlap_only_w1_walks(shape: str):
    """Else the lab would not show what it is there for: JS, TV and KL never move, W1 comes by lr a step."""
    trainer = trained(200, shape=shape, start=3.0, lr=0.01)
    at = thetas(trainer)
    assert at["kl"] == at["js"] == at["tv"] == 3.0
    assert at["w1"] == pytest.approx(1.0, abs=1e-4)


def test_normal_laws_all_arrive_at_their_own_speed():
    """Else it would look as if only W1 could ever lead home."""
    trainer = trained(0, shape="normals", start=3.0, lr=0.02)
    arrived: dict[str, int] = {}
    for step in range(1, 1200):
        trainer.step()
        for name, theta in thetas(trainer).items():
            if abs(theta) < HOME:
                arrived.setdefault(name, step)
    assert arrived.keys() == set(COPIES)
    assert arrived["w1"] == pytest.approx(3 / 0.02, abs=4)  # constant speed
    assert arrived["kl"] == pytest.approx(math.log(3 / HOME) / -math.log(1 - 0.02), abs=4)  # (1 - lr) a step
    assert arrived["tv"] > 2 * arrived["w1"] and arrived["js"] > 2 * arrived["w1"]


def test_copies_that_part_from_a_wider_law_end_where_it_holds_p():
    """Else q would seem to come home although JS is flat once p lies within q."""
    trainer = trained(2000, shape="uniforms", width=2.0, start=2.5, lr=0.01)
    at = thetas(trainer)
    assert at["js"] == pytest.approx(1.0, abs=0.01) and at["tv"] == pytest.approx(1.0, abs=0.01)
    assert at["w1"] < 0.05  # on to the middle, ever slower
    assert at["kl"] == 2.5


# The picture


@pytest.mark.parametrize("shape", SHAPES)
def test_holding_q_is_looking(shape: str):
    """Else moving the handle would change the run; and q has to stay where theta can be."""
    trainer = trained(3, shape=shape)
    before = trainer.thetas.clone()
    for x, wanted in ((2.25, 2.25), (-3.0, 0.0), (99.0, FAR)):
        trainer.place(HANDLE, x, 0.7)
        seen = trainer.snapshot()
        assert seen.scalars["theta"] == wanted and seen.arrays[HANDLE][0, 0] == pytest.approx(wanted)
        assert seen.scalars["w1"] == pytest.approx(wanted)  # of two laws of one shape
    trainer.place("p", 1.0, 0.0)
    assert LAB.handles == {HANDLE}
    assert trainer.theta == FAR
    assert torch.equal(trainer.thetas, before) and "theta" not in trainer.state()


@pytest.mark.parametrize("shape", ["uniforms", "blobs"])
def test_where_q_is_held_is_in_no_history(shape: str):
    """Else the curves and the table of a run would tell where its learner looked."""
    run = Run(LAB, LAB.config(shape=shape), Limits())
    for theta in (1.0, 3.0):
        run.post("place", (HANDLE, theta, 0.0))
        run.post("step")
        run.advance(time.monotonic() + 1, lambda: False)
        assert run.snapshot.scalars["theta"] == theta  # what is seen follows the hand
    names, rows = run.history.table()
    assert set(names) == {"step", *(f"theta_{name}" for name in COPIES)} and len(rows) == 3
    other = trained(2, shape=shape)
    other.place(HANDLE, 1.5, 0.0)
    assert other.scalars() == run.trainer.scalars()


def test_the_luck_of_samples_is_measured_before_the_run_is_built(monkeypatch: pytest.MonkeyPatch):
    """Else all learners would wait for a fifth of a second in the turn of one."""
    config = LAB.config(shape="discs", points=13)
    LAB.prepare(config)
    monkeypatch.setattr(assignment, "floor", lambda draw: pytest.fail("measured in the run"))
    assert LAB.trainer(config, "cpu").snapshot().scalars["floor_low"] > 0


@pytest.mark.parametrize("shape", PLANE)
def test_a_dragged_plan_is_the_best_one(shape: str, monkeypatch: pytest.MonkeyPatch):
    """Else beginning at the prices of the last plan would save time by being wrong, or would not save any."""
    trainer = trained(0, shape=shape, points=64)
    cold: list[int] = []
    warm: list[int] = []
    counted = warm
    searched = np.argmin

    def argmin(*given: Any) -> Any:
        counted.append(1)
        return searched(*given)

    monkeypatch.setattr(np, "argmin", argmin)  # once a column that is looked at
    for theta in np.linspace(2.0, 1.0, 21):
        trainer.place(HANDLE, float(theta), 0.0)
        found = trainer.w1_points()
        counted = cold
        assert found == pytest.approx(assignment.w1_of_points(trainer.x, moved(trainer.y, trainer.theta)), abs=1e-12)
        counted = warm
    assert len(warm) < 0.4 * len(cold)


@pytest.mark.parametrize(("shape", "width"), [("uniforms", 1.0), ("uniforms", 2.0), ("normals", 0.5), ("points", 1.0)])
def test_the_plan_on_the_line_is_as_long_as_w1(shape: str, width: float):
    """Else the arrows would be another plan than the best one, or their mean length not be what is said of it."""
    trainer = trained(0, shape=shape, width=width, points=4)
    for theta in (0.0, 4.9):  # with four shares none goes both ways
        trainer.place(HANDLE, theta, 0)
        seen = trainer.snapshot()
        assert np.abs(seen.arrays["plan"][:, 0]).mean() == pytest.approx(seen.scalars["w1"], rel=2e-3, abs=1e-6)
    trainer = trained(0, shape=shape, width=width, points=64)
    trainer.place(HANDLE, 1.5, 0)
    seen = trainer.snapshot()
    ways = seen.arrays["plan"][:, 0]
    assert 0.998 * seen.scalars["w1"] < np.abs(ways).mean() < 1.0001 * seen.scalars["w1"]  # or a little less
    tips = seen.arrays["tails"][:, 0] + ways
    assert np.all(np.diff(tips) >= -1e-6) and np.all(np.diff(seen.arrays["tails"][:, 0]) >= -1e-6)  # none cross


@pytest.mark.parametrize("shape", ["uniforms", "normals"])
def test_densities_hold_all_mass(shape: str):
    """Else p and q would be drawn as something that they are not."""
    trainer = trained(0, shape=shape, width=0.5, start=2.0)
    arrays = trainer.snapshot().arrays
    for axis, density, sign in (("p x", "p", 1), ("q x", "q", -1)):
        assert sign * np.trapezoid(arrays[density], arrays[axis]) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("shape", PLANE)
def test_the_plan_in_the_plane_pairs_the_drawn_points(shape: str):
    """Else the mean length would not be W1 of these points, or would miss what two samples of p measure."""
    trainer = trained(0, shape=shape, points=32)
    trainer.place(HANDLE, 0.0, 0)
    seen = trainer.snapshot()
    lengths = np.linalg.norm(seen.arrays["plan"], axis=1)
    assert lengths.mean() == pytest.approx(seen.scalars["w1_points"], rel=1e-5)
    assert seen.scalars["w1"] == 0 and 0.5 * seen.scalars["floor_low"] < lengths.mean() < 2 * seen.scalars["floor_high"]
    trainer.place(HANDLE, 4.0, 0)
    assert trainer.snapshot().scalars["w1_points"] == pytest.approx(4, abs=seen.scalars["floor_high"])


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_infinite_is_never_a_number(shape: str):
    """Else a learner would read a large number where there is none."""
    trainer = trained(0, shape=shape)
    seen = trainer.snapshot()
    ends = np.isnan(seen.arrays["D kl"])
    assert ends[-1] == (shape not in ("normals", "blobs"))
    assert ends.any() == (seen.scalars["infinite_from"] < FAR)
    assert len(seen.arrays["copy kl"]) == (0 if ends[-1] else 1)
    sentence = LAB.diagnose(trainer, seen.scalars, History()).sentence
    assert ("KL(p||q) infinite" in sentence) == bool(ends[-1])


@pytest.mark.parametrize("shape", SHAPES)
def test_views_follow_the_shape(shape: str):
    """Else a line would be drawn as a plane: each setting has one picture of p and q for each scene."""
    seen = LAB.seen(LAB.config(shape=shape))
    world = {view.scene: view.name for view in seen if view.column == "world"}
    assert world == {
        "Pull apart": "line" if shape in LINE else "plane",
        "Walk back": f"tracks {'on the line' if shape in LINE else 'in the plane'}",
    }
    assert len(seen) == 6
    assert set(LAB.views) - set(seen) == {view for view in LAB.views if view.when and shape not in view.when[1]}


def test_balls_lie_on_their_curves():
    """Else a copy would be drawn beside the hill that it goes down."""
    arrays = trained(300, shape="normals", lr=0.002).snapshot().arrays
    view: View
    for view in LAB.views:
        for layer in view.layers:
            if isinstance(layer, Points) and layer.at.startswith("copy") and len(arrays[layer.at]):
                name = layer.at.split()[-1]
                curve = arrays[f"slope {name}" if "slope" in layer.at else f"D {name}"]
                (x, y) = arrays[layer.at][0]
                assert y == pytest.approx(np.interp(x, arrays["theta"], curve), abs=2e-3), layer.label


@pytest.mark.parametrize("shape", SHAPES)
def test_each_copy_is_drawn_on_its_own_track_where_it_is(shape: str):
    """Else the large picture would stand still while the copies walk, or one would be taken for another."""
    wide = {"width": 2.0} if SHAPES[shape].law else {}
    for steps in (0, 60):
        trainer = trained(steps, shape=shape, lr=0.01, start=3.0, **wide)
        seen = trainer.snapshot()
        goal = np.stack((seen.arrays["goal x"], seen.arrays["goal y"]), 1)
        goals = np.split(goal, np.flatnonzero(np.isnan(goal[:, 1])) + 1)
        tracks = [seen.scalars[f"track {name}"] for name in COPIES]
        assert tracks == sorted(tracks, reverse=True)
        for name, track, p, theta in zip(COPIES, tracks, goals, thetas(trainer).values(), strict=False):
            p, walker = p[:-1], np.stack((seen.arrays[f"walk x {name}"], seen.arrays[f"walk y {name}"]), 1)
            assert (p[:, 0].min() + p[:, 0].max()) / 2 == pytest.approx(0, abs=1e-6)
            assert (walker[:, 0].min() + walker[:, 0].max()) / 2 == pytest.approx(theta, abs=1e-5)
            assert np.ptp(walker[:, 0]) == pytest.approx(np.ptp(p[:, 0]) * trainer.width, abs=1e-5)
            for part in (p, walker):
                middle = part[:, 1].min() if SHAPES[shape].dim == 1 else (part[:, 1].min() + part[:, 1].max()) / 2
                assert middle == pytest.approx(track, abs=0.02)
                assert seen.scalars["tracks low"] < part[:, 1].min()
                assert part[:, 1].max() < seen.scalars["tracks high"]
        gaps = -np.diff(tracks)
        assert (gaps >= np.ptp(goals[0][:-1, 1])).all()  # no two overlap
    assert thetas(trainer)["w1"] < 3


# Words


def test_the_sentence_tells_who_is_stuck():
    """Else the learner would have to guess why three of four do not move."""
    trainer = trained(100, lr=0.05)
    diagnosis = LAB.diagnose(trainer, trainer.scalars(), History())
    assert diagnosis.tone == "warn" and diagnosis.sentence.endswith(
        "Copies: W1 at p; KL, JS, TV stuck, without a slope."
    )
    trainer = trained(400, shape="normals", start=1.0, lr=0.05)
    assert LAB.diagnose(trainer, trainer.scalars(), History()).tone == "good"


def test_the_sentence_is_about_where_q_was_let_go():
    """Else it would stay behind the hand: nobody draws another frame of a run that is paused."""
    registry = Registry(Limits(slice_seconds=0.005, fps=50))
    run = registry.make(LAB, LAB.config(), "a")
    try:
        for x in np.linspace(4, 1.25, 40):
            registry.post(run, "place", (HANDLE, float(x), 0.0))
            time.sleep(0.005)
        end = time.monotonic() + 10
        while "theta 1.25:" not in decode(run.frame)[0]["sentence"]["text"]:
            assert time.monotonic() < end, run.sentence
            time.sleep(0.01)
        assert run.step == 0 and run.state == "paused"
    finally:
        registry.close()


def test_the_table_has_the_digits():
    """Else the tab would say another value than the page, or a number where there is none."""
    trainer = trained(0, shape="uniforms")
    rows = {row.split(" | ")[0]: row.split(" | ")[1:] for row in table(trainer).splitlines()[2:]}
    assert rows["| KL(p&#124;&#124;q)"] == ["infinite", "nats", "none", "closed form |"]
    assert rows["| W1"] == ["4.000000", "units of x", "1.000000", "closed form |"]
    trainer = trained(0, shape="normals", start=1.0)
    assert "| JS | 0.111421 |" in table(trainer) and "| quadrature |" in table(trainer)


def test_a_lesson_is_as_long_as_lessons_are():
    assert 150 <= len(LAB.lesson.split()) <= 320


def test_challenges_begin_open_and_can_be_met():
    """Else one would be won by doing nothing, or by nobody."""
    home, half = CHALLENGES
    trainer = trained(500, home.config)
    assert home.check(trainer, trainer.scalars(), History()).state == "open"
    trainer.step_count = 3001  # only the count decides
    assert home.check(trainer, trainer.scalars(), History()).state == "missed"
    trainer = trained(1500, dataclasses.replace(home.config, lr=0.05))
    assert home.check(trainer, trainer.scalars(), History()).state == "met"
    for easy in ({"start": 0.1}, {"width": 2.0}, {"shape": "points", "start": 0.1, "lr": 0.1}):
        other = trained(5, dataclasses.replace(home.config, **easy))
        assert home.check(other, other.scalars(), History()).state == "open"
    trainer = trained(0, half.config)
    assert half.check(trainer, trainer.scalars(), History()).state == "open"
    trainer.snapshot()
    trainer.place(HANDLE, 1.0, 0.0)  # half of the overlap
    assert half.check(trainer, trainer.scalars(), History()).state == "met"


def test_half_of_ln_2_is_met_by_hand_alone():
    """Else it would be won without dragging: by the knob of the start, by another law, or where q was left before."""
    half = CHALLENGES[1]
    for change in ({"start": 1.0}, {"start": 1.2, "shape": "normals"}, {"start": 1.0, "width": 2.0}):
        other = trained(0, dataclasses.replace(half.config, **change))
        for theta in (1.5, *np.linspace(0.95, 1.05, 11)):
            other.snapshot()
            other.place(HANDLE, float(theta), 0.0)
            verdict = half.check(other, other.scalars(), History())
            assert verdict.state == "open" and "keeps its two laws" in verdict.says
    run = Run(LAB, half.config, Limits())

    def stands(*commands: tuple[Any, ...]) -> str:
        for command in commands:
            run.post(*command)
        run.advance(time.monotonic() + 1, lambda: False)
        assert run.verdict is not None
        return run.verdict.state

    run.post("place", (HANDLE, 1.0, 0.0))  # held there before the challenge is taken up
    assert stands(("want", half.config), ("reset",), ("challenge", half.name)) == "open"
    assert stands(("step",)) == "open"
    assert (
        stands(
            ("place", (HANDLE, 1.5, 0.0)),
        )
        == "open"
    )
    time.sleep(0.03)  # until the next frame
    assert (
        stands(
            ("place", (HANDLE, 1.0, 0.0)),
        )
        == "met"
    )


# Presets


@pytest.mark.parametrize("preset", ["Two uniform laws", "Parallel segments", "Two points"])
def test_only_the_copy_of_w1_walks_home(preset: str):
    """Else these presets would promise what they do not show: at constant speed, and nobody else at all."""
    config = LAB.presets[preset]
    half = round(config.start / config.lr / 2)
    trainer = trained(half, config)
    assert thetas(trainer)["w1"] == pytest.approx(config.start / 2, abs=2e-3)
    for _ in range(half):
        trainer.step()
    at = thetas(trainer)
    assert abs(at["w1"]) < HOME and at["kl"] == at["js"] == at["tv"] == config.start


@pytest.mark.slow
def test_all_copies_of_two_normal_laws_arrive_when_they_say():
    """Else "every copy arrives" would be true of steps that nobody waits for."""
    trainer, arrived = trained(0, LAB.presets["Two normal laws"]), {}
    for step in range(1, 6500):
        trainer.step()
        for name, theta in thetas(trainer).items():
            if abs(theta) < HOME:
                arrived.setdefault(name, step)
    assert max(arrived["w1"], arrived["kl"]) < 900
    assert arrived["tv"] == pytest.approx(4700, abs=50) and arrived["js"] == pytest.approx(6400, abs=50)
    said = LAB.settings["Two normal laws"].shows
    assert "within 900 steps, TV after 4700 and JS after 6400" in said


def test_two_discs_feel_more_the_nearer_they_come():
    """Else its preset would promise what it does not show: KL stays, JS and TV gain speed, W1 is home."""
    config = LAB.presets["Two discs"]
    trainer = trained(0, config)
    before = trainer.of_copies()
    for _ in range(4000):
        trainer.step()
    at, after = thetas(trainer), trainer.of_copies()
    assert at["kl"] == np.float32(config.start) and math.isinf(before["kl"].value) and abs(at["w1"]) < HOME
    for name in ("js", "tv"):
        assert HOME < at[name] < config.start - 0.1
        assert float(after[name].slope) > 1.1 * float(before[name].slope) > 0


def test_few_points_of_round_blobs_measure_too_much():
    """Else the ring of its preset would lie on the line of W1."""
    trainer = trained(0, LAB.presets["Round blobs"])
    trainer.place(HANDLE, 0.1, 0.0)
    seen = trainer.snapshot().scalars
    assert (
        seen["w1"] == pytest.approx(0.1) and seen["w1_points"] > 2 * seen["w1"] and seen["floor_low"] > 2 * seen["w1"]
    )


def test_a_wider_q_is_never_p():
    """Its preset says that no distance is 0 at theta 0."""
    here = trained(0, LAB.presets["A wider q"])
    here.place(HANDLE, 0.0, 0.0)
    assert all(float(known.value) > 0.05 for known in here.here().values())
    assert all(np.argmin(curve.value) == 0 for curve in here.curves.values())
