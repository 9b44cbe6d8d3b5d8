"""GANs in the plane: what is measured is what it says, presets do what they promise, challenges can be won and lost."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import ot
import pytest
import torch

from playground import manifold
from playground.data import plane
from playground.gan.distributions import PARTNERS
from playground.gan.plane import ARROWS, PlaneConfig, PlaneTrainer
from playground.labs.gan_2d import LAB
from playground.losses import GAMES
from playground.regions import Regions, landmarks, nearest
from playground.runtime.history import History
from playground.transport import SlicedW1
from playground.yardstick import MEASURED

SLOW, LONG = pytest.mark.slow, pytest.mark.long
FRESH = [pytest.param(seed, marks=SLOW if seed < 9002 else LONG) for seed in range(9001, 9006)]  # five of five


def trained(config: PlaneConfig, steps: int, seed: int | None = None, device: str = "cpu") -> PlaneTrainer:
    config = config if seed is None else dataclasses.replace(config, seed=seed)
    trainer = LAB.trainer(config, device)
    for _ in range(steps):
        trainer.step()
    return trainer


def followed(trainer: PlaneTrainer, steps: int, every: int = 50) -> History:
    """Train on, keeping what a run would keep."""
    history = History(stride=every)
    for _ in range(steps):
        trainer.step()
        if trainer.step_count % every == 0:
            history.record(trainer.step_count, trainer.scalars())
    return history


def preset(name: str, **changes: Any) -> PlaneConfig:
    return dataclasses.replace(LAB.presets[name], **changes)


# What is drawn


@pytest.mark.parametrize("loss", GAMES)
def test_arrows_are_minus_the_gradient_of_the_generators_loss(loss):
    """Else the arrows would point where nothing pulls."""
    trainer = trained(PlaneConfig(loss=loss, head_d="tanh", act_d="elu"), 3)
    points = torch.randn(7, 2).requires_grad_()
    partners = trainer.D(trainer.real[:PARTNERS]) if trainer.game.in_pairs else torch.zeros(1, 1)
    each = [
        torch.stack([trainer.game.g(score[None] - other) for other in partners]).mean() for score in trainer.D(points)
    ]
    (gradient,) = torch.autograd.grad(sum(each), points)
    torch.testing.assert_close(trainer.pulls(points.detach()), -gradient, rtol=1e-4, atol=1e-6)
    assert float(gradient.abs().max()) > 1e-4


def test_the_field_is_the_discriminator_where_it_is_drawn():
    """Else the map would be shifted, mirrored or of another moment."""
    trainer = trained(PlaneConfig(), 30)
    snapshot = trainer.snapshot()
    low, high = snapshot.scalars["low"], snapshot.scalars["high"]
    rows, columns = snapshot.arrays["field"].shape
    for row, column in ((0, 0), (3, 40), (40, 3), (47, 47)):
        x = low + (column + 0.5) * (high - low) / columns
        y = low + (row + 0.5) * (high - low) / rows
        there = torch.sigmoid(trainer.D(torch.tensor([[x, y]], dtype=torch.float32)))
        assert snapshot.arrays["field"][row, column] == pytest.approx(float(there), abs=1e-5)


def test_contours_enclose_what_they_say():
    """Else "95 %" would be any line."""
    shapes = [PlaneConfig(target=name) for name in ("ring8", "moons", "diagonal", "grid25")]
    shapes += [PlaneConfig(scale=0.1, shift=3.0), PlaneConfig(target="spiral", scale=0.1), PlaneConfig(noise=2.0)]
    for config in shapes:
        name, trainer = config.target, LAB.trainer(config, "cpu")
        snapshot = trainer.snapshot()
        share = snapshot.arrays["p"] / 255
        points = trainer.target.draw(20_000, torch.Generator().manual_seed(5)).numpy()
        low, high = snapshot.scalars["p_low"], snapshot.scalars["p_high"]
        cells = ((points - low) / (high - low) * len(share)).astype(int).clip(0, len(share) - 1)
        inside = share[cells[:, 1], cells[:, 0]]
        assert np.mean(inside >= 0.25) == pytest.approx(0.95, abs=0.03), name
        assert np.mean(inside >= 0.75) == pytest.approx(0.50, abs=0.12 if len(trainer.target.centres) else 0.05), name


@pytest.mark.parametrize(
    ("law", "latent", "bits"), [("normal", 1, 0), ("normal", 2, 0), ("uniform", 2, 0), ("normal", 3, 2)]
)
def test_the_lattice_holds_the_mass_of_its_noise(law, latent, bits):
    """Else the shading would not be a density."""
    z, mass = manifold.lattice(law, latent, bits)
    assert z.shape[2] == latent + bits and mass.shape == (z.shape[0] - 1, z.shape[1] - 1)
    covered = math.erf(manifold.REACH["normal"] / math.sqrt(2)) if law == "normal" else 1.0
    assert mass.sum() == pytest.approx(covered**2 if latent > 1 else 0, abs=1e-6)
    gaps = torch.isnan(z).all(2).all(1)
    assert int(gaps.sum()) == min(2**bits, manifold.SHEETS) - 1
    assert (mass[gaps[1:].numpy() | gaps[:-1].numpy()] == 0).all()


def test_the_shade_is_the_density_of_the_image():
    """Else a crowded fold of G could look empty: against a map whose density is known, x = (2 z1, z2 / 2 + 1)."""
    z, mass = manifold.lattice("normal", 2, 0)
    nodes = torch.stack((2 * z[..., 0], z[..., 1] / 2 + 1), -1).numpy()
    shade = manifold.shade(nodes, mass)
    middle = (nodes[1:, 1:] + nodes[:-1, :-1]) / 2
    q = np.exp(-(middle[..., 0] ** 2) / 8 - 2 * (middle[..., 1] - 1) ** 2)
    light = q < np.quantile(q, 0.9)
    np.testing.assert_allclose((shade[light] / shade.max()) ** 2, q[light] / np.quantile(q, 0.95), rtol=0.12, atol=0.01)


def test_contours_that_cannot_be_drawn_are_left_out():
    """Else lines through cells larger than a mode would enclose anything."""
    for config in (PlaneConfig(target="grid25", noise=0.25), PlaneConfig(target="own")):
        assert not LAB.trainer(config, "cpu").snapshot().arrays["p"].any()


def test_half_is_undecided_whatever_the_labels():
    """Else label smoothing would move the line "D undecided" away from where D is undecided."""
    trainer = LAB.trainer(PlaneConfig(smoothing=0.4), "cpu")
    resting = torch.logit(torch.tensor([[0.3]]))  # D* = alpha / 2 where p = q
    assert float(trainer.belief(resting)) == pytest.approx(0.5)


# What is measured


def test_the_distance_agrees_with_another_implementation():
    """Else SW1 would be a number of our own: POT computes it on the same samples."""
    trainer = trained(PlaneConfig(), 200)
    made = trainer.sample(MEASURED, seed=3)
    real = trainer.target.draw(MEASURED, torch.Generator().manual_seed(4)).numpy()
    angles = np.arange(64) * np.pi / 64
    theirs = ot.sliced_wasserstein_distance(
        real.astype(float), made.astype(float), projections=np.stack((np.cos(angles), np.sin(angles))), p=1
    )
    assert SlicedW1(real, MEASURED, 64)(made) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("name", ["ring8", "grid25", "moons", "spiral", "checkerboard", "own"])
def test_a_perfect_generator_sits_on_the_noise_floor(name):
    """Else the band would promise too much or too little: 9 of 10 perfect generators are in it, and none far off."""
    trainer = LAB.trainer(PlaneConfig(target=name), "cpu")
    low, median, high = trainer.yardstick.floor
    seeds = range(500, 600)
    measured = [
        trainer.yardstick.distance(trainer.target.draw(MEASURED, torch.Generator().manual_seed(s))) for s in seeds
    ]
    assert 80 <= sum(low <= m <= high for m in measured) <= 98
    assert np.median(measured) == pytest.approx(median, rel=0.12)
    assert max(measured) < 2 * high


def test_a_perfect_generator_covers_everything():
    """Else "covered" could not reach its line."""
    for name in plane.TARGETS:
        trainer = LAB.trainer(PlaneConfig(target=name), "cpu")
        found = trainer.yardstick.regions.covered(
            trainer.target.draw(MEASURED, torch.Generator().manual_seed(8)).numpy()
        )
        assert found.covered == len(trainer.yardstick.regions), name
        if trainer.yardstick.regions.are_modes:
            assert found.within > 0.97 and found.spread == pytest.approx(1, abs=0.1), name


def test_regions_find_a_gap():
    """Else a shape without modes could lose half of itself unseen."""
    target = plane.target("moons")
    points = target.draw(4000, torch.Generator().manual_seed(0)).numpy()
    regions = Regions(target, points)
    left = points[points[:, 0] < np.median(points[:, 0])]
    assert regions.covered(points).covered == len(regions) == 16
    assert 5 <= regions.covered(left).covered <= 11


def test_landmarks_are_points_far_apart():
    """Else regions would crowd in one place, or be left with a few outliers."""
    points = np.random.default_rng(0).normal(size=(2000, 2))
    found = landmarks(points, 9)
    gaps = np.linalg.norm(found[:, None] - found, axis=2) + np.eye(9) * 9
    assert gaps.min() > 0.5
    assert np.bincount(nearest(points, found), minlength=9).min() > 2000 / 9 / 4
    assert len(landmarks(points[:5], 9)) == 5


def test_stretch_keeps_weak_gradients_weak():
    """Else a vanished gradient would be blown up until it looks healthy."""
    trainer = LAB.trainer(PlaneConfig(), "cpu")
    trainer.D.flat.mul_(1e-4)
    snapshot = trainer.snapshot()
    lengths = np.linalg.norm(snapshot.arrays["pulls"], axis=1) * snapshot.scalars["stretch"]
    assert len(lengths) == ARROWS and lengths.max() < 1e-3
    trainer.D.flat.mul_(1e6)
    strong = trainer.snapshot()
    lengths = np.linalg.norm(strong.arrays["pulls"], axis=1) * strong.scalars["stretch"]
    assert 0.01 < np.quantile(lengths, 0.9) < 0.5


def test_own_points_and_words_are_what_is_learned():
    """Else a drawing would be accepted and something else be trained on."""
    points = np.array([[0.5, 0.5], [-0.5, -0.25], [1.0, -1.0]])
    trainer = LAB.trainer(PlaneConfig(target="own", own=plane.points_to_text(points)), "cpu")
    nearest = np.linalg.norm(trainer.data[:, None] - points, axis=2)
    assert nearest.min(1).max() < 0.08 and len(set(nearest.argmin(1))) == 3
    assert (LAB.trainer(PlaneConfig(target="own"), "cpu").data.std(0) > 0.3).all()  # something to begin with
    assert (LAB.trainer(PlaneConfig(target="own", own="ABCDE"), "cpu").data.std(0) < 0.1).all()  # a link cut off
    one, other = (LAB.trainer(PlaneConfig(target="letters", word=word), "cpu").data for word in ("AI", "GAN"))
    assert one.shape == other.shape and SlicedW1(one[:2000], 2000)(other[:2000]) > 0.05
    assert LAB.trainer(PlaneConfig(target="letters", word=""), "cpu").data.shape[1] == 2


# What is learned


@pytest.mark.parametrize("seed", FRESH)
def test_the_ring_is_covered_and_then_hit(seed):
    """The issue's bar: 8 of 8 at 1000 steps, SW1 at most .04 at 5000. A perfect generator gets .02 to .03."""
    trainer = trained(LAB.config(), 1000, seed)
    assert trainer.scalars()["covered"] == 8
    for _ in range(4000):
        trainer.step()
    assert trainer.scalars()["sw1"] <= 0.04
    assert trainer.scalars()["within"] >= 0.78


@pytest.mark.parametrize("seed", FRESH)
def test_bits_leave_no_bridges(seed):
    """What the preset says: nearly every point in a mode at 2000 steps."""
    numbers = trained(preset("No bridges"), 2000, seed).scalars()
    assert numbers["covered"] == 8 and numbers["within"] >= 0.93 and numbers["sw1"] <= 0.05


@pytest.mark.parametrize("seed", FRESH)
@pytest.mark.parametrize("name", ["moons", *(pytest.param(name, marks=LONG) for name in ("spiral", "ring", "line"))])
def test_thin_shapes_come_near_their_floor(name, seed):
    """The issue's bar: within 1.3 x the noise floor (the median of perfect generators) + .01 at 2000 steps.

    The mean of sixteen measurements, for one alone is as lucky as its thousand points.
    """
    trainer = trained(preset("Two moons", target=name), 2000, seed)
    yardstick = trainer.yardstick
    measured = [yardstick.distance(trainer.sample(MEASURED, seed=draw)) for draw in range(16)]
    assert np.mean(measured) <= 1.3 * yardstick.floor[1] + 0.01


@pytest.mark.parametrize("seed", FRESH)
def test_selu_head_fails_and_a_linear_one_does_not(seed):
    """science.md: SELU cannot go below -1.758, so a line that reaches further cannot be made: SW1 >= .4."""
    failed = trained(preset("SELU head"), 2000, seed)
    cured = trained(preset("SELU head", head_g="linear"), 1500, seed)
    assert failed.sample(4000).min() >= -1.7582
    assert failed.scalars()["sw1"] >= 0.4
    assert cured.scalars()["sw1"] <= 0.2


@pytest.mark.parametrize("seed", FRESH)
def test_the_line_is_learned_in_full(seed):
    """science.md: SW1 at most .06, and the range from 1 % to 99 % covers 85 % of the real one."""
    trainer = trained(preset("Two moons", target="line"), 2000, seed)
    made, real = (np.quantile(points, (0.01, 0.99), axis=0) for points in (trainer.sample(4000), trainer.data))
    assert trainer.scalars()["sw1"] <= 0.06
    assert (np.ptp(made, axis=0) >= 0.85 * np.ptp(real, axis=0)).all()


# What goes wrong, and its cure: one knob


@pytest.mark.parametrize("seed", FRESH)
def test_collapse_and_its_cure(seed):
    """At most one mode at every check from 500 to 2500 steps; only D's learning rate raised, and there are eight."""
    trainer = trained(preset("Mode collapse"), 450, seed)
    history = followed(trainer, 2050)
    assert history.column("covered").max() <= 1
    assert "Mode collapse" in LAB.diagnose(trainer, trainer.scalars(), history).sentence
    cured = trained(preset("Mode collapse", lr_d=3e-3), 3000, seed).scalars()
    assert cured["covered"] == 8 and cured["within"] >= 0.8


@pytest.mark.parametrize("seed", FRESH)
def test_vanishing_gradient_and_its_cure(seed):
    """The minimax loss: a gradient of less than 1e-3, and G where it was. Only the loss changed: it gets there."""
    trainer = trained(preset("Vanishing gradient"), 500, seed)
    stuck = trainer.scalars()
    before = trainer.sample(500)
    for _ in range(500):
        trainer.step()
    assert stuck["g_norm"] < 1e-3 and stuck["sw1"] > 1.5
    assert np.abs(trainer.sample(500) - before).max() < 0.05
    assert "cannot feel" in LAB.diagnose(trainer, trainer.scalars(), History()).sentence
    cured = trained(preset("Vanishing gradient", loss="non-saturating"), 2000, seed).scalars()
    assert cured["sw1"] < 0.25 and cured["g_norm"] > 1e-2


@pytest.mark.parametrize("seed", FRESH)
def test_oscillation_and_its_cure(seed):
    """With momentum .9 the centre of G's points strays by more than .12; without it, by less than half of that."""

    def stray(config: PlaneConfig) -> float:
        history = followed(trained(config, 1000, seed), 2000, 25)
        return float(np.hypot(history.column("centre_x").std(), history.column("centre_y").std()))

    swinging, calm = stray(preset("Oscillation")), stray(preset("Oscillation", beta1=0.0))
    assert swinging > 0.12
    assert calm < swinging / 2


def test_a_healthy_run_is_not_called_ill():
    """Else the page would cry wolf: not at the start, not on the way, not while G walks to a shape far off."""
    for config, steps in ((LAB.config(), 1200), (preset("Vanishing gradient", loss="non-saturating"), 1500)):
        trainer, history = LAB.trainer(config, "cpu"), History(stride=50)
        for step in range(1, steps + 1):
            trainer.step()
            if step % 50 == 0 or step in (1, 20):
                history.record(step, trainer.scalars())
                found = LAB.diagnose(trainer, trainer.scalars(), history)
                assert found.tone != "warn", (step, found.sentence)


def test_a_head_that_ends_is_named():
    """Else a learner would turn every knob but the one that counts."""
    trainer = LAB.trainer(preset("SELU head"), "cpu")
    history = followed(trainer, 550)
    assert "selu head ends at -1.76" in LAB.diagnose(trainer, trainer.scalars(), history).sentence
    linear = LAB.trainer(preset("SELU head", head_g="linear"), "cpu")
    history = followed(linear, 550)
    assert "head" not in LAB.diagnose(linear, linear.scalars(), history).sentence


def test_a_clipped_critic_is_not_called_sure():
    """Else a loss of 0, which is where a critic begins, would be taken for certainty."""
    trainer = LAB.trainer(PlaneConfig(loss="wgan-clip", clip=0.001, r1=0.0), "cpu")
    history = followed(trainer, 200)
    sentence = LAB.diagnose(trainer, trainer.scalars(), history).sentence
    assert "sure" not in sentence and "clip" in sentence


@pytest.mark.parametrize("seed", range(3))
def test_what_overflows_is_noticed(seed):
    """Else a run that has blown up would end in an error instead of its last good state."""
    wild = {"optimiser": "sgd", "lr_g": 0.1, "lr_d": 0.1, "beta1": 0.99, "r1": 10.0, "scale_d": 8.0, "act_g": "selu"}
    config = PlaneConfig(
        **wild, loss="relativistic", layers_g=1, layers_d=1, ema=0.0, decay="none", batch=32, seed=seed
    )
    trainer = LAB.trainer(config, "cpu")
    for _ in range(60):
        trainer.step()
        if not trainer.finite():
            return
        numbers = trainer.snapshot().scalars
        assert math.isfinite(numbers["sw1"]) and math.isfinite(numbers["stretch"])
    raise AssertionError("it should have blown up")


# Challenges


def verdict(name: str, config: PlaneConfig, steps: int) -> str:
    challenge = next(c for c in LAB.challenges if c.name == name)
    trainer = LAB.trainer(config, "cpu")
    history = followed(trainer, steps)
    return challenge.check(trainer, trainer.scalars(), history).state


def test_a_challenge_begins_open():
    """Else it would be won or lost before anyone has moved."""
    for challenge in LAB.challenges:
        trainer = LAB.trainer(challenge.config, "cpu")
        assert challenge.check(trainer, trainer.scalars(), History()).state == "open", challenge.name


def test_another_shape_does_not_win():
    """Else the easiest way to cover 8 of 8 would be to choose one blob."""
    trainer = trained(PlaneConfig(target="blob"), 20)
    for challenge in LAB.challenges:
        found = challenge.check(trainer, {"covered": 25.0, "sw1": 0.0}, History())
        assert found.state == "open" and "shape" in found.says, challenge.name


@pytest.mark.slow
def test_challenges_can_be_won():
    """Else nobody could meet them; the line has its own test, for it takes 5000 steps."""
    assert verdict("Eight of eight", LAB.config(), 1500) == "met"
    assert verdict("Make it collapse", LAB.config(frozen="G"), 1100) == "open"
    assert verdict("Make it collapse", preset("Mode collapse"), 1500) == "met"


@pytest.mark.long
def test_challenges_are_lost_where_they_begin():
    """Else they would be trivial, or won by doing nothing; with a linear head the line can be straightened."""
    start = {challenge.name: challenge.config for challenge in LAB.challenges}
    assert verdict("Eight of eight", start["Eight of eight"], 2100) == "missed"
    assert verdict("Straighten the line", start["Straighten the line"], 2000) == "open"
    straight = dataclasses.replace(start["Straighten the line"], head_g="linear", r1=0.1, ema=0.995, decay="cosine")
    assert verdict("Straighten the line", straight, 5000) == "met"
    assert verdict("Make it collapse", start["Make it collapse"], 1500) == "open"
    for nothing in ({"frozen": "D", "lr_g": 1e-5}, {"lr_g": 1e-5}, {"lr_g": 1e-5, "lr_d": 1e-5}):
        assert verdict("Make it collapse", LAB.config(**nothing), 1100) == "open", nothing


@pytest.mark.long
@pytest.mark.parametrize("seed", range(9001, 9006))
def test_all_of_the_grid(seed):
    """The issue's bar: 25 of 25 and 90 % within 3 sigma at 10 000 steps (a perfect generator: 98.9 %)."""
    numbers = trained(preset("Twenty-five modes"), 10_000, seed).scalars()
    assert numbers["covered"] == 25 and numbers["within"] >= 0.90 and 0.3 < numbers["spread"] < 1.2


@pytest.mark.long
def test_the_challenge_of_the_grid():
    """It is lost with the default settings, and won with the preset's."""
    name = "Twenty-five of twenty-five"
    start = next(challenge.config for challenge in LAB.challenges if challenge.name == name)
    assert verdict(name, start, 10_050) == "missed"
    assert verdict(name, preset("Twenty-five modes"), 10_000) == "met"


def test_slow_motion_says_what_the_knobs_add_to_a_step():
    """Else the equation would not be the one that is computed: penalty, labels, and who moves how often."""
    plain = {p.name: p for p in PlaneTrainer(PlaneConfig(r1=0.0), "cpu").phases()}
    assert "\u03b3" not in plain["D scores"].equation and "penalty" not in plain["D scores"].says
    assert not any("Move" in phase.says for phase in plain.values())
    config = PlaneConfig(r1=0.1, smoothing=0.1, flipping=0.05, d_steps=2)
    phases = list(PlaneTrainer(config, "cpu").phases())
    scored = next(p for p in phases if p.name == "D scores")
    assert scored.equation.endswith("+ ½ \u03b3 (mean |∇D(x)|² + mean |∇D(G(z))|²)")
    assert "0.9 for real samples" in scored.says and "5% are told wrongly" in scored.says
    moved = [p.says for p in phases if p.name == "D update"]
    assert ["Move 1 of the 2" in moved[0], "Move 2 of the 2" in moved[1]] == [True, True]
    wgan = [p for p in PlaneTrainer(PlaneConfig(loss="wgan-gp", r1=0.0), "cpu").phases() if p.name == "D scores"]
    assert all(p.equation.endswith("+ λ mean (|∇D| − 1)²") for p in wgan)
