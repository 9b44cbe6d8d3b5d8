"""Forger and police: every score against what is exactly known, and what the browser hands in."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import norm

from playground import judging
from playground.data.plane import TARGETS
from playground.gan.plane import PlaneConfig, PlaneTrainer
from playground.judging import (
    ForgerScore,
    Forgery,
    PoliceScore,
    accuracy,
    forger_score,
    gradient_step,
    inside,
    loss,
    nearest_neighbours,
    police_score,
    slope,
    spread,
    winding,
)
from playground.losses import GAMES
from playground.nets import MLP
from playground.ui.forger import answers_sentence, forger_sentence, police_sentence, sameness_sentence, vivid
from playground.ui.pad import Background, NotADrawingError, component, read

torch.set_num_threads(1)
RNG = np.random.default_rng


def circle(radius: float, corners: int = 400, centre: tuple[float, float] = (0, 0), turns: int = 1) -> np.ndarray:
    angle = np.linspace(0, 2 * math.pi * turns, corners, endpoint=False)
    return np.stack((np.cos(angle), np.sin(angle)), 1) * radius + centre


def logistic(points: np.ndarray) -> np.ndarray:
    """D(x) = sigma(2 x_1 - x_2): its loss and slope are known."""
    return 1 / (1 + np.exp(-points @ np.array([2.0, -1.0])))


# --- the learner as D ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_inside_a_circle_is_within_its_radius(seed: int) -> None:
    points = RNG(seed).uniform(-2, 2, (4000, 2))
    radius = np.linalg.norm(points - (0.3, -0.2), axis=1)
    clear = np.abs(radius - 0.9) > 1e-4  # a polygon of 400 corners is no circle
    for loop in (circle(0.9, centre=(0.3, -0.2)), circle(0.9, centre=(0.3, -0.2))[::-1]):
        assert np.array_equal(inside(points, [loop])[clear], (radius < 0.9)[clear])


def test_a_loop_is_closed_by_a_straight_line() -> None:
    horseshoe = np.array([[-1.0, 0.0], [-1, 1], [1, 1], [1, 0]])
    assert inside(np.array([[0, 0.1], [0, -0.1], [0, 0.99], [1.01, 0.5]]), [horseshoe]).tolist() == [1, 0, 1, 0]


def test_several_loops_add_up_whichever_way_they_run() -> None:
    loops = [circle(1), circle(1, centre=(1, 0))[::-1], circle(0.3, centre=(-5, 0))]
    points = np.array([[0.5, 0], [-0.5, 0], [1.5, 0], [-5, 0.1], [3, 0], [-3, 0]])
    assert inside(points, loops).tolist() == [True, True, True, True, False, False]
    assert not inside(points, []).any()
    assert not inside(points, [np.zeros((0, 2)), np.array([[-9.0, 0], [9, 0]])]).any()


def test_a_loop_that_crosses_itself_holds_what_it_goes_around() -> None:
    eight = np.array([[-1.0, -1], [1, 1], [1, -1], [-1, 1]])
    assert inside(np.array([[-0.8, 0], [0.8, 0], [0, 0.8], [0, -0.8]]), [eight]).tolist() == [1, 1, 0, 0]
    assert winding(np.array([[0.0, 0.0], [3, 0]]), circle(1, turns=2)).tolist() == [2, 0]
    assert winding(np.zeros((1, 2)), circle(1)[::-1]).tolist() == [-1]


def test_winding_agrees_with_the_angle_that_the_loop_sweeps() -> None:
    rng = RNG(4)
    for _ in range(20):
        loop, points = rng.normal(size=(rng.integers(3, 30), 2)), rng.normal(size=(200, 2))
        to = loop[None] - points[:, None]
        angle = np.arctan2(to[..., 1], to[..., 0])
        turn = np.diff(np.concatenate((angle, angle[:, :1]), 1))
        swept = ((turn + math.pi) % (2 * math.pi) - math.pi).sum(1) / (2 * math.pi)
        assert np.array_equal(winding(points, loop), np.round(swept))


def test_accuracy_weighs_both_kinds_alike() -> None:
    assert accuracy(np.array([1, 1, 1, 0]), np.zeros(10)) == pytest.approx((0.75 + 1) / 2)
    assert accuracy(np.ones(5), np.ones(500)) == accuracy(np.zeros(5), np.zeros(500)) == 0.5


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 2.0])
def test_neighbours_come_close_to_the_best_judge_from_below(gap: float) -> None:
    """Two normals a distance apart: TV = 2 Phi(gap / 2) - 1, so the best accuracy is Phi(gap / 2)."""
    best = float(norm.cdf(gap / 2))
    found = []
    for seed in range(3):
        rng = RNG(seed)
        real, fake = rng.normal(size=(5000, 2)), rng.normal((gap, 0), 1, (5000, 2))
        says = [nearest_neighbours(real[1000:], fake[1000:], x[:1000]) for x in (real, fake)]
        found.append(accuracy(*says))
    noise = 3 * math.sqrt(best * (1 - best) / 6000)
    assert best - 0.02 - noise < np.mean(found) < best + noise


def test_neighbours_agree_with_a_search_one_by_one() -> None:
    rng = RNG(8)
    real, fake, points = rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + 0.7, rng.normal(size=(700, 2))
    known = np.concatenate((real, fake))
    by_hand = [(np.argsort(np.linalg.norm(known - x, axis=1))[: judging.K] < 300).mean() > 0.5 for x in points]
    assert np.array_equal(nearest_neighbours(real, fake, points), by_hand)


def test_a_learner_who_draws_the_best_boundary_gets_the_best_score() -> None:
    """Two normals: D* says real left of the middle, and so does a large rectangle."""
    rng = RNG(2)
    real, fake = (rng.normal((x, 0), 1, (6000, 2)) for x in (-0.7, 0.7))
    best = np.array([[-9.0, -9], [0, -9], [0, 9], [-9, 9]])
    score = police_score(
        [best], lambda x: logistic(-x * (1, 0)), 0.5, real[:2000], fake[:2000], (real[2000:], fake[2000:])
    )
    assert score.yours == score.network  # the same boundary
    assert score.luck == 0
    assert score.yours == pytest.approx(norm.cdf(0.7), abs=0.02)
    assert score.neighbours == pytest.approx(norm.cdf(0.7), abs=0.025)


def test_luck_is_two_standard_errors_of_the_difference() -> None:
    loops, apart, lucks = [circle(1.0)], [], []
    for seed in range(200):
        rng = RNG(seed)
        real, fake = rng.normal(size=(400, 2)), rng.normal(size=(400, 2)) + 0.5
        few = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
        score = police_score(loops, lambda x: logistic(-x), 0.5, real, fake, few)
        apart.append(score.yours - score.network)
        lucks.append(score.luck)
    assert np.mean(lucks) == pytest.approx(2 * np.std(apart), rel=0.12)


def test_d_is_judged_at_its_own_balance() -> None:
    """With labels smoothed to alpha, D* = alpha p / (p + q) crosses alpha / 2 where p = q."""
    rng = RNG(3)
    real, fake = (rng.normal((x, 0), 1, (3000, 2)) for x in (0.5, -0.5))

    def smoothed(points: np.ndarray) -> np.ndarray:
        return 0.6 * logistic(points * (0.5, 0))

    few = real[:30], fake[:30]
    at_balance = police_score([circle(1)], smoothed, 0.3, real, fake, few).network
    assert at_balance == pytest.approx(norm.cdf(0.5), abs=0.02)
    assert at_balance > police_score([circle(1)], smoothed, 0.5, real, fake, few).network + 0.05


# --- the learner as G ------------------------------------------------------------------------------------


def test_the_loss_is_the_one_that_g_is_trained_with() -> None:
    points = RNG(1).normal(size=(12, 2))
    scores = torch.from_numpy(points @ np.array([2.0, -1.0])).reshape(-1, 1)
    assert loss(logistic, points) == pytest.approx(float(GAMES["non-saturating"].g(scores)))
    assert math.isfinite(loss(lambda x: np.zeros(len(x)), points))


def test_the_slope_is_that_of_backpropagation_through_a_network() -> None:
    D = MLP((2, 32, 32, 1), "leaky-relu", "linear", torch.Generator().manual_seed(3))

    def judge(points: np.ndarray) -> np.ndarray:
        return torch.sigmoid(D(torch.from_numpy(points).float())).numpy().ravel().astype(float)

    points = RNG(6).normal(size=(40, 2))
    x = torch.from_numpy(points).float()
    scores = D.forward(x)
    exact = D.to_input(D.signals(GAMES["non-saturating"].g_slope(scores))).numpy()
    found = slope(judge, points)
    near = np.linalg.norm(found - exact, axis=1) < 0.01 * np.linalg.norm(exact, axis=1)
    assert near.mean() >= 0.9  # a few points may lie within the nudge of a bend of the network
    assert np.linalg.norm(found - exact) < 0.05 * np.linalg.norm(exact)


def test_a_gradient_step_is_as_long_as_asked_and_goes_downhill() -> None:
    points = RNG(2).normal(size=(12, 2))
    stepped = gradient_step(logistic, points, 1.5)
    moved = stepped - points
    assert np.linalg.norm(moved, axis=1).sum() == pytest.approx(1.5)
    assert np.allclose(moved[:, 0], -2 * moved[:, 1], rtol=1e-5)  # along (2, -1)
    pull = 1 - logistic(points)  # |d log D| up to a factor: D moves those most that it believes least
    assert np.allclose(moved[:, 0] / pull, (moved[:, 0] / pull).mean(), rtol=1e-5)
    assert loss(logistic, stepped) < loss(logistic, points)
    still = gradient_step(lambda x: np.full(len(x), 0.3), points, 1.5)
    assert np.array_equal(still, points)


def test_the_score_counts_the_points_as_they_were_moved() -> None:
    rng = RNG(9)
    real = rng.normal(size=(500, 2))
    before = rng.normal((-2, 0), 1, (12, 2))
    after = before + np.array([0.5, 0])
    score = forger_score(logistic, before, after, real)
    assert score.length == pytest.approx(0.5)
    assert score.before.loss == pytest.approx(loss(logistic, before))
    assert score.yours.loss == pytest.approx(loss(logistic, after))
    assert score.gradient.loss < score.yours.loss  # the slope is steeper along (2, -1)
    nearest = [min(math.dist(x, r) for r in real) for x in after]
    assert score.yours.to_real == pytest.approx(np.mean(nearest))
    assert spread(real) == pytest.approx(math.sqrt(((real - real.mean(0)) ** 2).sum(1).mean()))


@pytest.mark.parametrize("name", TARGETS)
def test_twelve_real_points_are_never_taken_for_the_same(name: str) -> None:
    target = TARGETS[name](1.0)
    generator = torch.Generator().manual_seed(0)
    real = target.draw(2000, generator).numpy()
    shares = []
    for _ in range(200):
        forgeries = target.draw(12, generator).numpy().astype(float)
        shares.append(judging.forgery(logistic, forgeries, real).spread)
    assert min(shares) > judging.SAME


def test_points_on_one_spot_are_the_same_and_the_warning_says_so() -> None:
    real = TARGETS["ring"](1.0).draw(1000, torch.Generator().manual_seed(0)).numpy()
    before = real[:12].astype(float)
    after = np.array([[1.0, 0.0]]) + RNG(0).normal(size=(12, 2)) * 0.05
    score = forger_score(lambda x: logistic(x * (3, 0)), before, after, real)
    assert score.yours.all_the_same and not score.before.all_the_same
    assert sameness_sentence(score).startswith("D likes them, but all your forgeries are the same")


# --- words -----------------------------------------------------------------------------------------------


def police(yours: float, network: float, neighbours: float = 0.9, luck: float = 0.02) -> PoliceScore:
    return PoliceScore(yours, network, neighbours, luck)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (police(0.8, 0.7), "You beat D by 10.0 percentage points"),
        (police(0.7, 0.8), "D beats you by 10.0 percentage points"),
        (police(0.71, 0.7), "equally good"),
        (police(0.5, 0.5, 0.51), "little to see"),
        (police(0.7, 0.7, 0.9), "Neither of you"),
    ],
)
def test_the_police_sentence_says_who_won_and_what_there_was_to_see(score: PoliceScore, words: str) -> None:
    assert words in police_sentence(score)


def forged(before: float, yours: float, gradient: float) -> ForgerScore:
    return ForgerScore(*(Forgery(value, 0.1, 1.0) for value in (before, yours, gradient)), length=0.2)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (forged(2, 0.5, 1), "You beat the gradient"),
        (forged(2, 1, 0.5), "The gradient beats you"),
        (forged(2, 1, 1.01), "equally good"),
        (forged(2, 2.5, 1), "the loss rose from 2.00 to 2.50"),
    ],
)
def test_the_forger_sentence_compares_with_the_gradient(score: ForgerScore, words: str) -> None:
    assert words in forger_sentence(score)


# --- what the browser hands in ---------------------------------------------------------------------------


def test_samples_of_the_line_are_read_and_counted() -> None:
    assert np.array_equal(read("samples", [0.5, -9, 1], 2, 3, 3), [0.5, -2, 1])
    for value in ([0.5, 1], [0.5, 1, 1, 1], [[0.5, 1]] * 3, 0.5, ["0.5"] * 3):
        with pytest.raises(NotADrawingError):
            read("samples", value, 2, 3, 3)


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e300, math.nan, math.inf])
def test_a_number_that_no_sheet_holds_is_no_drawing(number: float) -> None:
    """Else a crafted message would end in a traceback in the server's log."""
    for tool, value in (("points", [[number, 1]]), ("move", [[1, number]]), ("boundary", [[[number, 1]]])):
        with pytest.raises(NotADrawingError):
            read(tool, value, 2, 10)
    with pytest.raises(NotADrawingError):
        read("density", [0.5] * 47 + [number], 3, 10)


def test_the_other_count_of_right_answers_is_explained_by_what_is_in_it() -> None:
    """Two numbers for D on one page look like a fault, unless each says what it counts."""
    plain = answers_sentence(PlaneConfig(batch=64, ema=0.0, instance_noise=0.0))
    assert "128 points" in plain and "noise" not in plain and "averaged" not in plain
    both = answers_sentence(PlaneConfig(ema=0.99, instance_noise=0.1))
    assert "instance noise" in both and "averaged G" in both


def test_colours_are_deepened_about_one_half_and_only_where_they_are_pale() -> None:
    """Else the game's ground is white as long as D is young; and undecided must stay undecided."""
    young = 0.5 + 0.04 * np.linspace(-1, 1, 101)
    shown, reach = vivid(young)
    assert reach == pytest.approx(0.0304) and shown[50] == 0.5
    assert shown[[0, 100]] == pytest.approx([0, 1]) and np.all(np.diff(shown) >= 0)
    assert shown[60] - 0.5 == pytest.approx((young[60] - 0.5) * 0.5 / 0.0304)
    sure = np.array([0.0, 1.0, 0.0, 1.0, 0.3])
    assert vivid(sure)[1] == 0.5 and np.array_equal(vivid(sure)[0], sure)
    assert vivid(np.full(4, 0.5))[0] == pytest.approx(0.5)


def test_a_healthy_run_shows_the_forger_colour_early() -> None:
    """The default run at 300 steps: D is within a tenth of 1/2 mostly, and the ground is not white."""
    trainer = PlaneTrainer(PlaneConfig(), "cpu")
    for _ in range(300):
        trainer.step()
    field = trainer.snapshot().arrays["field"]
    shown, reach = vivid(field)
    assert np.quantile(np.abs(field - 0.5), 0.75) < 0.1 and reach < 0.1
    assert shown.min() == 0 or shown.max() == 1
    assert np.median(np.abs(shown - 0.5)) > 5 * np.median(np.abs(field - 0.5))


@pytest.mark.parametrize("count", [0, 1, 11, 13])
def test_as_many_points_come_back_as_were_given(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one point would be scored against twelve, and the score be nonsense."""
    given, came = np.zeros((12, 2)), [[0.5, 0.5]] * count
    monkeypatch.setattr(component, "_sheet", lambda **mount: SimpleNamespace(get=lambda name: {"n": 1, "value": came}))
    assert component.pad("move", key="k", submit="Hand in", start=given, version="1") is None
    came[:] = [[0.5, 0.5]] * 12
    moved = component.pad("move", key="k", submit="Hand in", start=given, version="1")
    assert moved is not None and np.array_equal(moved, np.full((12, 2), 0.5))


def test_too_few_points_are_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what the button forbids could be sent around it."""
    came = [[0.5, 0.5]] * 7
    monkeypatch.setattr(component, "_sheet", lambda **mount: SimpleNamespace(get=lambda name: {"n": 1, "value": came}))
    assert component.pad("points", key="k", submit="Hand in", least=8) is None
    came.append([0.0, 0.0])
    assert component.pad("points", key="k", submit="Hand in", least=8) is not None


def test_a_drawing_is_read_as_it_was_drawn_and_held_inside_the_window() -> None:
    assert np.array_equal(read("points", [[0.5, -1], [9, -9]], 2, 10), [[0.5, -1], [2, -2]])
    assert np.array_equal(read("density", [0.25] * 47 + [7], 3, 10), [0.25] * 47 + [1])
    loops = read("boundary", [[[0, 0], [1, 0], [1, 1]], [[3, 3]]], 2, 10)
    assert [loop.tolist() for loop in loops] == [[[0, 0], [1, 0], [1, 1]], [[2, 2]]]
    assert read("points", [], 2, 10).shape == (0, 2)


NO_DRAWING: list[Any] = [
    None, 3, "points", {}, [1, 2], [[1]], [[1, 2, 3]], [[1, "2"]], [[1, None]], [[1, math.nan]], [[math.inf, 0]],
    [[True, 0]], [[1, 2]] * 11, [[[1, 2]]],
]  # fmt: skip


@pytest.mark.parametrize("value", NO_DRAWING)
def test_what_no_pad_sends_is_refused(value: Any) -> None:
    with pytest.raises(NotADrawingError):
        read("points", value, 2, 10)
    with pytest.raises(NotADrawingError):
        read("density", value, 3, 10)
    if value != [[1, 2]] * 11:  # a loop may have more corners than there may be points
        with pytest.raises(NotADrawingError):
            read("boundary", [value], 2, 10)


def test_a_boundary_has_so_many_loops_and_corners_and_no_more() -> None:
    triangle = [[0, 0], [1, 0], [1, 1]]
    assert len(read("boundary", [triangle] * 40, 2, 10)) == 40
    for value in ([triangle] * 41, [[[0, 0]] * 601], triangle, {"0": triangle}):
        with pytest.raises(NotADrawingError):
            read("boundary", value, 2, 10)


def test_a_background_travels_as_plain_numbers() -> None:
    plain = Background(real=np.array([[0.12345, 1]]), field=np.array([[0, 0.5], [1, np.nan]])).plain(2.0)
    assert plain["real"] == [[0.123, 1]] and plain["generated"] is None
    assert plain["field"] == {"rows": 2, "columns": 2, "values": [0, 128, 255, 128], "extent": [-2.0, 2.0, -2.0, 2.0]}
