"""The critic lab: what a critic says, what is true, and why the two differ."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from scipy import optimize, special, stats

from playground import assignment
from playground.core import Rule, Series
from playground.critic import (
    BOUNDS,
    LINE,
    PAIRS,
    PLANE,
    CriticConfig,
    CriticTrainer,
    LineSight,
    PlaneSight,
    add_steep_slope_penalty,
    leading,
    predicted,
    predicted_slope,
)
from playground.critic.pairs import exact, of_points
from playground.critic.sight import stretch
from playground.gan.moves import between
from playground.labs.critic import CHALLENGES, LAB
from playground.nets import MLP
from playground.race import Lanes, side_by_side
from playground.runtime.history import History

torch.set_num_threads(1)

PENALISED = {"bound": "gradient penalty", "side": "one-sided"}


def trained(steps: int, config: CriticConfig | None = None, **knobs: object) -> CriticTrainer:
    trainer = LAB.trainer(config or LAB.config(**knobs), "cpu")
    assert isinstance(trainer, CriticTrainer)
    for _ in range(steps):
        trainer.step()
    return trainer


def averaged(trainer: CriticTrainer, rounds: int = 10, apart: int = 20) -> Mapping[str, float]:
    """The scalars of the next steps, on average: a critic that is kept moving shakes."""
    rows = []
    for _ in range(rounds):
        for _ in range(apart):
            trainer.step()
        rows.append(trainer.scalars())
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def network(dim: int, seed: int = 3) -> MLP:
    return MLP((dim, 32, 32, 1), "tanh", "linear", torch.Generator().manual_seed(seed))


# What is true


@pytest.mark.parametrize("name", PAIRS)
def test_w1_lies_between_a_plan_and_a_critic(name: str):
    """Else the rule of the page would be wrong: a plan costs no less than W1, and a critic of slope 1 says no more."""
    pair, d, rng = PAIRS[name], 2.0, torch.Generator().manual_seed(1)
    if pair.laws:
        u = (np.arange(100_000) + 0.5) / 100_000
        p, q = (law.quantile(u) for law in pair.laws(d))
        assert exact(name, d) == pytest.approx(stats.wasserstein_distance(p, q), abs=1e-3)
        return
    assert pair.base and pair.carried
    x = pair.base(4000, rng)
    y = pair.carried(x, d)
    assert float((y - x).norm(dim=1).mean()) == pytest.approx(exact(name, d), rel=1e-5)
    best = (lambda at: -at.norm(dim=1)) if name == "rings" else (lambda at: -at[:, 0])
    assert float(best(x).mean() - best(y).mean()) == pytest.approx(exact(name, d), rel=1e-5)


@pytest.mark.parametrize("name", PAIRS)
def test_draws_are_independent_points_of_both_laws(name: str):
    """Else the critic would be shown another pair than the one that W1 is known of, or points that are paired."""
    x, y = (part.numpy() for part in PAIRS[name].draw(256, 2.0, torch.Generator().manual_seed(2)))
    assert x.shape == y.shape == (256, PAIRS[name].dim)
    assert assignment.w1_of_points(x, y) == pytest.approx(exact(name, 2.0), rel=0.15)
    assert np.linalg.norm(y - x, axis=1).std() > 0.1


def test_few_points_measure_another_w1():
    """Else the band would not be that of 48 points: a second program, other draws."""
    low, high = of_points("normals", 2.0)
    rng = np.random.default_rng(5)
    drawn = [stats.wasserstein_distance(rng.normal(size=48), 2 + rng.normal(size=48)) for _ in range(300)]
    assert 0.75 < np.mean([low <= w <= high for w in drawn]) < 0.99


# How it is measured


@pytest.mark.parametrize("name", LINE)
def test_the_estimate_on_the_line_is_the_difference_of_two_means(name: str):
    """Else equation (7) would measure something else than E_p f - E_q f: a network's means over 60 000 quantiles."""
    laws, D = PAIRS[name].laws, network(1)
    assert laws
    u = (np.arange(60_000) + 0.5) / 60_000
    means = [float(D(torch.from_numpy(law.quantile(u)).float()[:, None]).double().mean()) for law in laws(2.0)]
    found = LineSight(name, 2.0, torch.device("cpu")).measure(D)
    assert found.estimate == pytest.approx(means[0] - means[1], abs=1e-4)
    assert found.middle == pytest.approx(sum(means) / 2, abs=1e-4)


@pytest.mark.parametrize("name", PLANE)
def test_the_estimate_in_the_plane_is_the_difference_of_two_means(name: str):
    D = network(2)
    means = [float(D(x).mean()) for x in PAIRS[name].draw(100_000, 2.0, torch.Generator().manual_seed(8))]
    found = PlaneSight(name, 2.0, torch.device("cpu")).measure(D)
    assert found.estimate == pytest.approx(means[0] - means[1], abs=0.01)


@pytest.mark.parametrize("name", ["normals", "rings"])
def test_the_largest_slope_is_that_of_autograd(name: str):
    """Else the estimate would be divided by a slope that the critic does not have."""
    pair, D = PAIRS[name], network(PAIRS[name].dim)
    sight = (LineSight if pair.dim == 1 else PlaneSight)(name, 2.0, torch.device("cpu"))
    x = torch.cat(pair.draw(20_000, 2.0, torch.Generator().manual_seed(4))).requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    assert sight.measure(D).steepest == pytest.approx(float(slope.norm(dim=1).max()), rel=0.05)


def test_a_best_critic_says_w1():
    """Else the dashed line would be the critic of nothing."""
    for name in LINE:
        sight = LineSight(name, 2.0, torch.device("cpu"))
        assert float(np.diff(sight.best) @ sight.apart) == pytest.approx(exact(name, 2.0), abs=2e-3)
        assert np.abs(np.diff(sight.best) / np.diff(sight.x)).max() == pytest.approx(1)


# The penalty


@pytest.mark.parametrize("gain", [0.3, 1.0, 3.0])
def test_the_one_sided_penalty_is_that_of_autograd(gain: float):
    """Else the critic would be pulled another way than its equation says."""
    D = network(2)
    D.flat.mul_(1 + gain)
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(6))
    D.grad.zero_()
    add_steep_slope_penalty(D, x, 2.5)
    ours = D.grad.clone()

    leaf, at = D.flat.clone().requires_grad_(), x.clone().requires_grad_()
    h, start = at, 0
    for i, (fan_in, fan_out) in enumerate(zip(D.sizes, D.sizes[1:], strict=False)):
        w = leaf[start : start + fan_in * fan_out].view(fan_in, fan_out)
        b = leaf[start + fan_in * fan_out : start + (fan_in + 1) * fan_out]
        h, start = h @ w + b, start + (fan_in + 1) * fan_out
        h = torch.tanh(h) if i < len(D.sizes) - 2 else h
    (slope,) = torch.autograd.grad(h.sum(), at, create_graph=True)
    penalty = 2.5 * (slope.norm(dim=1) - 1).clamp_min(0).square().mean()
    (theirs,) = torch.autograd.grad(penalty, leaf, allow_unused=True)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert gain < 1 or bool(ours.any())


@pytest.mark.parametrize(("w1", "weight"), [(1.0, 10.0), (8.0, 10.0), (3.0, 1.5)])
def test_the_expected_estimate_is_a_maximum(w1: float, weight: float):
    """Else equations (2) and (3) would be a rule of thumb: the sup is found by a program."""
    found = optimize.minimize_scalar(lambda c: weight * (c - 1) ** 2 - c * w1, bounds=(0, 50), method="bounded")
    assert predicted_slope(w1, weight) == pytest.approx(found.x, rel=1e-5)
    assert predicted(w1, weight) == pytest.approx(found.x * w1, rel=1e-5)


def penalised_points(x: np.ndarray, d: float) -> np.ndarray:
    """The density of points u of the way from N(0, 1) to N(d, 1), for u uniform: each is normal itself."""
    t, weight = special.roots_legendre(120)
    u = (t + 1) / 2
    return stats.norm.pdf(x[:, None], u * d, np.sqrt((1 - u) ** 2 + u**2)) @ weight / 2


@pytest.mark.parametrize(("d", "weight", "says"), [(1.0, 0.5, 2.089), (3.0, 10.0, 3.463)])
def test_the_optimum_of_the_penalty_says_more_than_any_multiple(d: float, weight: float, says: float):
    """Equations (4) and (5): a program that knows neither climbs in what is earned less what is paid."""
    edges = np.linspace(-4.5, 4.5 + d, 301)
    x, dx = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    apart, rho = stats.norm.cdf(x) - stats.norm.cdf(x - d), penalised_points(x, d)

    def lost(s: np.ndarray) -> tuple[float, np.ndarray]:
        value = weight * rho @ (s - 1) ** 2 - s @ apart
        return float(value * dx), (2 * weight * rho * (s - 1) - apart) * dx

    scale = 1 / np.sqrt(rho)  # so that every slope is as easy to find
    found = optimize.minimize(
        lambda t: (lost(1 + t * scale)[0], lost(1 + t * scale)[1] * scale),
        np.zeros(300),
        jac=True,
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-9},
    )
    slope = 1 + found.x * scale
    np.testing.assert_allclose(slope, 1 + apart / (2 * weight * rho), rtol=1e-3)
    formula = d + float((apart**2 / rho).sum() * dx) / (2 * weight)
    assert float(slope @ apart * dx) == pytest.approx(formula, rel=1e-3) == pytest.approx(says, abs=4e-3)
    assert formula > predicted(d, weight) * 1.002

    fair = apart / apart.sum() / dx  # were the penalty's points where F and G differ, a multiple would be best
    assert d + float((apart**2 / fair).sum() * dx) / (2 * weight) == pytest.approx(predicted(d, weight), rel=1e-3)


def test_the_points_of_the_penalty_have_the_density_of_equation_5():
    rng = torch.Generator().manual_seed(9)
    drawn = between(*PAIRS["normals"].draw(40_000, 3.0, rng), rng)[:, 0].numpy()
    edges = np.linspace(-3, 6, 19)
    fine = (np.arange(1800) + 0.5) / 200 - 3
    expected = penalised_points(fine, 3.0).reshape(18, 100).mean(1) / 2
    np.testing.assert_allclose(np.histogram(drawn, edges)[0] / 40_000, expected, atol=0.006)


# What critics come to


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (3, 16), (16, 3), (24, 24)])
def test_the_norm_of_a_layer_is_its_largest_singular_value(shape: tuple[int, int]):
    """Else W / sigma would be longer than 1; by NumPy's decomposition."""
    w = torch.randn(shape, generator=torch.Generator().manual_seed(12))
    assert float((w @ leading(w)).norm()) == pytest.approx(np.linalg.svd(w.numpy())[1][0], rel=1e-6)


@pytest.mark.parametrize(
    ("steps", "knobs"),
    [
        (150, {"lr": 0.1, "seed": 1}),
        (150, {"lr": 0.02, "pair": "segments"}),
        (60, {"lr": 0.1, "batch": 8, "layers": 6, "width": 16, "activation": "elu"}),
        (60, {"lr": 0.1, "distance": 0.25, "width": 2, "activation": "relu"}),
        (60, {"lr": 0.1, "distance": 8.0, "pair": "uniforms", "activation": "tanh"}),
        (10, {"lr": 0.1, "width": 256, "layers": 3, "pair": "rings"}),
        (20, {"lr": 1e-5}),
    ],
)
def test_a_normed_critic_never_says_more_than_w1(steps: int, knobs: dict[str, object]):
    """Else the page would promise a bound that a large step breaks: up to the rounding of single precision."""
    trainer = trained(0, **knobs)
    for step in range(steps):
        trainer.step()
        if step % 5 == 0:
            assert trainer.scalars()["estimate"] <= trainer.w1 * (1 + 1e-5)
            assert np.prod([float(torch.linalg.matrix_norm(w, 2)) for w, _ in trainer.D.layers]) <= 1 + 1e-5


@pytest.mark.parametrize("mu", [1.0, 3.0, 8.0])
def test_a_normed_critic_says_w1(mu: float):
    """Else the lab's claim would fail: within 3 % of W1, never above it."""
    trainer = trained(0, distance=mu)
    for _ in range(8):
        for _ in range(50):
            trainer.step()
        assert trainer.scalars()["estimate"] <= mu * (1 + 1e-5)
    now = averaged(trainer, rounds=3)
    assert now["estimate"] == pytest.approx(mu, rel=0.03) and now["steepest"] == pytest.approx(1, abs=0.03)


@pytest.mark.slow
def test_a_penalised_critic_says_too_much_and_divided_it_is_right():
    """Equations (2) and (3); five seeds at three distances take longer, below."""
    mu, preset = 3.0, LAB.settings["Gradient penalty"]
    assert preset.config == LAB.config(distance=mu, **PENALISED)
    (promised,) = re.findall(r"From step (\d+) on it is right within 5 %", preset.shows)
    trainer = trained(int(promised), preset.config)
    while trainer.step_count < 2000:
        assert trainer.scalars()["divided"] == pytest.approx(mu, rel=0.05)  # each, and not their mean
        trainer.step()
    now = averaged(trainer)
    assert now["predicted"] == pytest.approx(mu + mu**2 / 20)
    assert now["estimate"] == pytest.approx(now["predicted"], rel=0.05)
    assert now["steepest"] == pytest.approx(predicted_slope(mu, 10.0), rel=0.08)
    assert now["divided"] == pytest.approx(mu, rel=0.05) and now["divided"] < 1.005 * mu


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 106))
def test_five_fresh_seeds_of_five(seed: int):
    """The same for fresh seeds, normed and penalised."""
    for mu in (1.0, 3.0, 8.0):
        assert averaged(trained(500, distance=mu, seed=seed), 3)["estimate"] == pytest.approx(mu, rel=0.03)
        now = averaged(trained(2400, distance=mu, seed=seed, **PENALISED))
        assert now["divided"] == pytest.approx(mu, rel=0.05)
        assert now["estimate"] == pytest.approx(predicted(mu, 10.0), rel=0.05)


@pytest.mark.slow
def test_the_wrong_way_round_and_back():
    """Equation (6): with a two-sided penalty the sign stays wrong; with a one-sided one it turns."""
    trainer = trained(600, LAB.presets["Wrong way round"])
    now = averaged(trainer)
    assert now["estimate"] == pytest.approx(-3 + 9 / 20, rel=0.1)
    said = LAB.diagnose(trainer, trainer.scalars(), History())
    assert said.tone == "warn" and said.sentence.startswith("The wrong way round.")
    trainer.tune(dataclasses.replace(trainer.config, side="one-sided"))
    for _ in range(800):
        trainer.step()
    assert averaged(trainer)["estimate"] == pytest.approx(3.45, rel=0.08)


@pytest.mark.parametrize("clip", [0.01, 0.3])
def test_a_clipped_critic_has_no_unit(clip: float):
    """Else its estimate would pass for a distance: it follows from the clip, with the cube of it."""
    trainer = trained(300, bound="clipping", clip=clip)
    assert float(trainer.D.flat.abs().max()) <= clip * (1 + 1e-6)
    now = trainer.scalars()
    assert now["steepest"] == pytest.approx(clip**3 * 64 * 64, rel=0.05)
    assert abs(now["estimate"] / now["w1"] - 1) > 0.9
    assert 0 < now["divided"] < now["w1"]
    assert LAB.diagnose(trainer, now, History()).sentence.startswith("Unscaled")


def test_what_is_unscaled_never_stands_beside_w1():
    """Else a learner would read the estimate of a clipped critic in units of x."""
    for view in LAB.seen(LAB.config(bound="clipping")):
        says = any(isinstance(layer, Series) and layer.y == "estimate" for layer in view.layers)
        exactly = any(isinstance(layer, Rule) and layer.at == "w1" for layer in view.layers)
        assert not (says and exactly)
        assert not says or ("unscaled" in view.title and view.y.label == "unscaled")


@pytest.mark.slow
def test_a_kink_costs_normed_layers_slope_and_a_penalty_none():
    """What the two presets about bumps say."""
    normed = averaged(trained(600, LAB.presets["What normed layers cannot bend"]))
    assert normed["estimate"] < 0.75 * normed["w1"]
    penalised = averaged(trained(1200, LAB.presets["The same with a penalty"]))
    assert penalised["divided"] == pytest.approx(penalised["w1"], rel=0.06)


@pytest.mark.slow
def test_in_the_plane_it_points_the_way():
    """What the presets in the plane say: the estimate, and arrows along the plan."""
    segments = trained(400, LAB.presets["Parallel segments"])
    assert segments.scalars()["estimate"] == pytest.approx(3, rel=0.03)
    seen = segments.snapshot().arrays
    between = (seen["tails"][:, 0] > 0.2) & (seen["tails"][:, 0] < 2.8) & (abs(seen["tails"][:, 1]) < 1)
    np.testing.assert_allclose(seen["pulls"][between], [[-1, 0]] * between.sum(), atol=0.05)
    rings = trained(600, LAB.presets["Rings"])
    assert rings.scalars()["divided"] == pytest.approx(2, rel=0.08)
    seen = rings.snapshot().arrays
    radius = np.linalg.norm(seen["tails"], axis=1)
    between = (radius > 1.3) & (radius < 2.7)
    inwards = -(seen["pulls"] * seen["tails"]).sum(1) / radius
    assert np.all(inwards[between] > 0.8)


def test_the_first_presets_say_what_they_promise():
    within = trained(400, LAB.presets["Spectral norm"]).scalars()
    assert abs(within["estimate"] / 3 - 1) < 0.01
    clipped = trained(300, LAB.presets["Weight clipping"]).scalars()
    assert 0 < clipped["estimate"] < 0.01
    assert trained(300, LAB.presets["Clip too large"]).scalars()["estimate"] > 100


def test_every_preset_has_its_test():
    penalised = {"Gradient penalty": LAB.config(distance=3.0, **PENALISED)}
    tested = {"Spectral norm", "Weight clipping", "Clip too large", "Parallel segments", "Rings", "Wrong way round"}
    tested |= {"What normed layers cannot bend", "The same with a penalty", *penalised}
    assert tested == set(LAB.presets) and LAB.presets["Gradient penalty"] == penalised["Gradient penalty"]


# The page


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("pair", PAIRS)
def test_views_follow_the_settings(pair: str, bound: str):
    """Else a line would be drawn as a plane, or a panel would be missing."""
    seen = LAB.seen(LAB.config(pair=pair, bound=bound))
    assert [view.name for view in seen if view.column == "world"] == ["line" if pair in LINE else "plane"]
    assert len([view for view in seen if view.column == "side"]) == (4 if bound == "clipping" else 3)


@pytest.mark.parametrize(("steep", "shorter"), [(0.01, 1), (1.4, 1), (1.6, 2), (7.0, 5), (300.0, 200), (1e4, 10_000)])
def test_arrows_stay_apart(steep: float, shorter: int):
    """Else a steep critic would cover the picture with arrows; a flat one has short ones."""
    slope = steep * np.array([[0.6, 0.8], [0.1, 0.0]])
    assert stretch(slope, 2.0) == pytest.approx(0.7 * 2.0 / shorter)


def test_the_sentence_has_the_three_numbers():
    trainer = trained(60)
    now = trainer.scalars()
    sentence = LAB.diagnose(trainer, now, History()).sentence
    for number in (f"{now['estimate']:.3f}", f"{now['w1']:.3f}", f"{now['steepest']:.2f}"):
        assert number in sentence
    penalised = trained(60, **PENALISED)
    assert f"{predicted(3.0, 10.0):.3f}" in LAB.diagnose(penalised, penalised.scalars(), History()).sentence


def said(steepest: float, estimate: float, before: list[float], **knobs: object) -> str:
    """What the diagnosis says of a critic that has trained for a while."""
    trainer, history = trained(0, **knobs), History()
    trainer.step_count = 320
    now = trainer.scalars() | {"estimate": estimate, "steepest": steepest, "divided": estimate / steepest}
    for row, value in enumerate(before):
        history.record(row + 1, {"estimate": value})
    return LAB.diagnose(trainer, now, history).sentence


def test_bends_are_blamed_only_of_a_critic_that_is_steep():
    """Else one that has merely not learned yet would be told to bend less, or one with the wrong sign to turn."""
    rising, shaking = list(np.linspace(0.05, 0.2, 12)), [1.2, 1.6] * 6
    assert "each bend costs" in said(0.97, 1.5, [1.5] * 12)
    for history in ([], rising):
        assert said(0.07, 0.2, history).endswith("still climbing: its slope may grow to 1.")
    assert "stopped climbing" in said(0.5, 1.4, shaking) and "stopped climbing" in said(0.93, 2.68, shaking)
    young = trained(320, lr=1e-5)
    assert "still climbing" in LAB.diagnose(young, young.scalars(), played(young, 200)).sentence


def test_only_a_two_sided_penalty_holds_the_wrong_sign():
    wrong = {"steepest": 0.9, "estimate": -2.5, "before": []}
    assert said(**wrong, bound="gradient penalty").startswith("The wrong way round.")
    assert not said(**wrong, **PENALISED).startswith("The wrong way round.")
    assert not said(**wrong).startswith("The wrong way round.")


def test_the_band_is_ready_before_the_first_measurement(monkeypatch: pytest.MonkeyPatch):
    """Else every learner would wait while it is computed in the turn of one."""
    config = LAB.config(pair="blobs", distance=6.75)
    LAB.prepare(config)
    monkeypatch.setattr(assignment, "w1_of_points", lambda x, y: pytest.fail("computed in the run"))
    trained(0, config).scalars()


def test_estimates_in_the_same_unit_share_their_axes_in_a_race():
    """Else lanes with different bounds would show one unit on two scales; what has no unit stands apart."""
    bounds = ("spectral norm", "gradient penalty", "clipping")
    settings = Lanes(tuple(LAB.config(bound=bound) for bound in bounds))
    seen = side_by_side(LAB, 3).seen(settings)
    link = {view.name: view.link for view in seen}
    assert link["A/estimate"] == link["B/penalised"] != link["C/unscaled"]
    assert link["A/slope"] == link["B/slope"] == link["C/slope"]
    axes: dict[str, set[object]] = {}
    for view in seen:
        axes.setdefault(view.link, set()).add((view.x, view.y, view.equal))
    assert all(len(same) == 1 for same in axes.values())


def test_a_lesson_is_as_long_as_lessons_are():
    assert 150 <= len(LAB.lesson.split()) <= 320


def played(trainer: CriticTrainer, steps: int) -> History:
    history = History(stride=trainer.measure_every)
    for _ in range(steps):
        trainer.step()
        if history.wants(trainer.step_count):
            history.record(trainer.step_count, trainer.scalars())
    return history


@pytest.mark.slow
def test_challenges_begin_open_stay_open_and_can_be_met():
    """Else one would be won by waiting, or by nobody."""
    one_percent, twice = CHALLENGES
    trainer = trained(0, one_percent.config)
    for challenge in CHALLENGES:
        assert challenge.check(trainer, trainer.scalars(), History()).state == "open"
    history = played(trainer, 1200)
    for challenge in CHALLENGES:
        assert challenge.check(trainer, trainer.scalars(), history).state == "open"
    trainer = trained(0, dataclasses.replace(one_percent.config, bound="spectral norm"))
    history = played(trainer, 500)
    assert one_percent.check(trainer, trainer.scalars(), history).state == "met"
    assert twice.check(trainer, trainer.scalars(), history).state == "open"

    near = trained(0, dataclasses.replace(one_percent.config, bound="spectral norm", distance=1.0))
    history = played(near, 400)
    assert one_percent.check(near, near.scalars(), history).state == "open"

    trainer, met = trained(0, dataclasses.replace(twice.config, penalty=1.5)), False
    history = History(stride=trainer.measure_every)
    for _ in range(2000):
        trainer.step()
        if history.wants(trainer.step_count):
            history.record(trainer.step_count, trainer.scalars())
            met = twice.check(trainer, trainer.scalars(), history).state == "met"
            if met:
                break
    assert met
