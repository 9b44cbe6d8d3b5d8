"""The Dirac GAN: its matrix is that of its moves, and the eigenvalues foretell how the game ends."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
import torch

from playground import dirac
from playground.dirac import AHEAD, SMOOTH, DiracTrainer, Rules
from playground.labs.dirac_gan import LAB
from playground.losses import GAMES
from playground.runtime.history import History

torch.set_num_threads(1)

NEAR = 1e-5  # a deviation at which the losses do not bend yet

RULES = [
    Rules(loss, lr_g, lr_d, momentum, r1, noise, simultaneous=simultaneous)
    for loss, (lr_g, lr_d), momentum, r1, noise, simultaneous in itertools.product(
        ("wgan", "non-saturating", "minimax"),
        ((0.1, 0.1), (0.3, 0.05)),
        (0.0, 0.5, -0.5),
        (0.0, 0.3),
        (0.0, 1.0),
        (True, False),
    )
]


def numeric_jacobian(rules, h=1e-5):
    """Central differences of one iteration at the balance."""
    deviations = torch.eye(4, dtype=torch.float64) * h
    return ((dirac.moved(deviations, rules) - dirac.moved(-deviations, rules)) / (2 * h)).T.numpy()


def test_the_matrix_is_the_derivative_of_the_iteration():
    """Else the eigenvalues on the page would be those of another game."""
    for rules in RULES:
        np.testing.assert_allclose(dirac.jacobian(rules), numeric_jacobian(rules), atol=1e-9, err_msg=str(rules))


def test_eigenvalues_are_those_of_the_numeric_matrix():
    """Else leaving out the momentum would leave out an eigenvalue that counts."""
    for rules in RULES:
        sizes = np.sort(np.abs(np.linalg.eigvals(numeric_jacobian(rules))))[::-1]
        found = np.abs(dirac.eigenvalues(rules))
        assert len(found) == (4 if rules.momentum else 2)
        np.testing.assert_allclose(found, sizes[: len(found)], atol=1e-6, err_msg=str(rules))


def test_the_measured_growth_is_the_eigenvalue():
    """Else a run would spiral at another rate than the one that is promised."""
    steps = 150
    for rules in (rules for rules in RULES if rules.lr_g == rules.lr_d):
        first, *others = np.abs(dirac.eigenvalues(rules))
        if any(0.97 < other / first < 1 - 1e-9 for other in others):
            continue  # two rates so alike that these iterations would not part them
        w, grown = torch.eye(4, dtype=torch.float64)[:2] * NEAR, []
        for _ in range(2 * steps):
            w = dirac.moved(w, rules)
            grown.append(float(w.norm().log()) - math.log(NEAR))
            w = w * (NEAR / w.norm())  # it stays where the game is straight
        # an ellipse may be cut where it is long at first and where it is short at the end
        assert np.mean(grown[steps:]) == pytest.approx(math.log(first), abs=1 / steps), rules


def test_the_penalty_rests_between_its_two_bounds():
    """Else the lesson would promise rest to penalties that leap over the goal: (6), at and beyond both ends."""
    for h, gamma in itertools.product((0.05, 0.1, 0.5, 1.0), (0.01, 0.3, 0.9, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 25.0)):
        both = 1 - gamma * h + np.array((1, -1)) * h * np.emath.sqrt(gamma**2 - 1)
        found = dirac.eigenvalues(Rules(lr_g=h, lr_d=h, r1=gamma, simultaneous=True))
        np.testing.assert_allclose(np.sort(np.abs(found)), np.sort(np.abs(both)), atol=1e-7)
        if gamma < 1:
            np.testing.assert_allclose(np.abs(found), math.sqrt(1 - 2 * gamma * h + h * h), atol=1e-12)
    for h, simultaneous in itertools.product((0.05, 0.1, 0.2, 0.5, 1.0), (True, False)):
        low, high = (h / 2, 1 / h + h / 4) if simultaneous else (0.0, 1 / h - h / 4)
        for gamma, rests in ((low - 0.01, False), (low + 0.01, True), (high - 0.01, True), (high + 0.01, False)):
            rules = Rules(lr_g=h, lr_d=h, r1=gamma, simultaneous=simultaneous)
            assert (abs(dirac.eigenvalues(rules)[0]) < 1) == rests, rules
            assert (np.abs(dirac.path(1.0, 0.0, 20_000, rules)[-1]).max() < 1) == rests, rules
    assert "$h/2<\\gamma<1/h+h/4$" in LAB.lesson


@pytest.mark.parametrize("knobs", [{}, {"r1": 10.0, "lr_d": 0.2}, {"r1": 10.0, "lr_d": 1.0, "lr_g": 1.0}])
def test_eigenvalues_are_within_their_panel(knobs):
    """Else a penalty that throws the players apart would show an empty circle."""
    trainer = LAB.trainer(LAB.config(**knobs), "cpu")
    seen = trainer.snapshot()
    [panel] = [view for view in LAB.views if view.name == "eigenvalues"]
    for axis, values in zip((panel.x, panel.y), seen.arrays["eigenvalues"].T, strict=True):
        assert seen.scalars[axis.low] < min(-1, np.nanmin(values))
        assert max(1, np.nanmax(values)) < seen.scalars[axis.high]
    assert seen.scalars["ring high"] < 2 * max(1, np.nanmax(np.abs(seen.arrays["eigenvalues"])))


def test_slopes_are_the_derivatives_of_the_losses():
    """Else this game would be another than the one whose name it carries: both are held to `losses.GAMES`."""
    theta = torch.tensor([0.7, -1.3, 0.2], dtype=torch.float64)
    psi = torch.tensor([-0.4, 0.9, 2.1], dtype=torch.float64)
    names = {"wgan": "wgan-clip", "wgan-clip": "wgan-clip", "wgan-gp": "wgan-gp"}
    for loss, noise in itertools.product(dirac.PULLS, (0.0, 0.8)):
        game, rules = GAMES[names.get(loss, loss)], Rules(loss, noise=noise, r1=0.3, gp=0.2)
        blur, weights = dirac.gauss(noise)
        for t, p in zip(theta, psi, strict=True):
            t, p = t.clone().requires_grad_(), p.clone().requires_grad_()
            scores = [torch.stack((p * n, p * (t + n)))[:, None] for n in blur]
            label = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
            d = sum(w * game.d(s, label) for w, s in zip(weights, scores, strict=True))
            d = d + rules.r1 * p**2 + rules.gp * (p.abs() - 1) ** 2
            g = sum(w * game.g(s[1:]) for w, s in zip(weights, scores, strict=True))
            (d_exact,) = torch.autograd.grad(d, p, retain_graph=True)
            (g_exact,) = torch.autograd.grad(g, t)
            assert float(dirac.d_slope(t[None].detach(), p[None].detach(), rules)) == pytest.approx(float(d_exact))
            assert float(dirac.g_slope(t[None].detach(), p[None].detach(), rules)) == pytest.approx(float(g_exact))


def test_instance_noise_does_nothing_for_a_critic():
    """Else the knob, which is greyed out there, would hide something: a straight loss has no curvature."""
    still, blurred = (dirac.path(1.0, 0.0, 100, Rules("wgan", noise=noise)) for noise in (0.0, 1.0))
    np.testing.assert_allclose(still, blurred, atol=1e-12)


def test_the_gauss_sums_are_exact_enough():
    """Else the noise would be that of 32 points and not normal: against 200 000 even slices of the normal law."""
    even = torch.special.ndtri((torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000)
    theta, psi = torch.tensor([0.8], dtype=torch.float64), torch.tensor([1.5], dtype=torch.float64)
    rules = Rules("non-saturating", noise=1.0)
    x = theta + even
    fine = (-torch.sigmoid(-psi * even) * even).mean() + (torch.sigmoid(psi * x) * x).mean()
    assert float(dirac.d_slope(theta, psi, rules)) == pytest.approx(float(fine), abs=1e-4)


def distances(name, steps):
    config = LAB.presets[name]
    return np.hypot(*dirac.path(config.theta, config.psi, steps, config.rules).T)


def test_the_presets_end_as_they_say():
    """Else the page would foretell another end: 1 to 12, 1 for ever, 1 to 3e-6, and a fast spiral with momentum."""
    assert distances("Spiral", 500)[-1] == pytest.approx(12.03, abs=0.01)
    assert distances("Spiral", 500) == pytest.approx(1.01 ** (np.arange(501) / 2))
    orbit = distances("Orbit", 4000)
    assert orbit.min() > 0.97 and orbit.max() < 1.03
    assert distances("Slope penalty", 500)[-1] == pytest.approx(2.7e-6, rel=0.01)
    assert distances("Instance noise", 500)[-1] < 1e-4
    assert distances("Momentum", 300)[-1] > 1000
    assert distances("Negative momentum", 1200)[-1] < 0.2


def test_the_standard_gan_winds_in_ever_slower():
    """Else "the nearer it comes, the slower" would be wrong: near the balance it is an orbit."""
    way = distances("The standard GAN", 4000)
    turns = [way[i : i + 126].mean() for i in range(0, 3900, 1260)]
    assert all(later < earlier for earlier, later in itertools.pairwise(turns))
    shrink = [later / earlier for earlier, later in itertools.pairwise(turns)]
    assert all(later > earlier for earlier, later in itertools.pairwise(shrink))
    assert abs(dirac.eigenvalues(LAB.presets["The standard GAN"].rules)[0]) == pytest.approx(1, abs=1e-12)


def test_clipping_bounds_the_chase_and_does_not_end_it():
    """Else the preset would promise what the clip does not do: theta swings on, as far as psi is let."""
    way = dirac.path(1.0, 0.0, 6000, LAB.presets["Clipped weights"].rules)[3000:]
    assert np.abs(way[:, 1]).max() == 0.5
    assert np.abs(way).max() < 1 and np.hypot(*way.T).min() > 0.3


def test_wgan_gp_never_rests():
    """Else "whatever the learning rates" would be wrong; and there is no matrix to ask."""
    config = LAB.presets["WGAN-GP"]
    assert dirac.jacobian(config.rules) is None and len(dirac.eigenvalues(config.rules)) == 0
    for lr in (0.05, 0.2):
        rules = LAB.config(r1=0.0, loss="wgan-gp", lr_g=lr, lr_d=lr).rules
        w = torch.tensor([[1.0, 0, 0, 0], [0.05, 0, 0, 0], [0, 1.5, 0, 0]], dtype=torch.float64)
        far = []
        for _ in range(2000):
            w = dirac.moved(w, rules)
            far.append(w[:, :2].norm(dim=1))
        assert float(torch.stack(far[1500:]).amax(0).min()) > 0.3


def test_only_the_balance_itself_rests_with_wgan_gp():
    """Else a start at (0, 0), which the knobs allow, would stay there under a sentence that says it cannot."""
    rules = LAB.presets["WGAN-GP"].rules
    assert not dirac.path(0.0, 0.0, 500, rules).any()
    for theta, psi in ((0.0, 1e-12), (0.0, -1e-12), (1e-12, 0.0), (-1e-12, 0.0)):
        assert np.hypot(*dirac.path(theta, psi, 500, rules)[300:].T).min() > 0.1
    still = LAB.trainer(LAB.config(loss="wgan-gp", r1=0.0, theta=0.0, psi=0.0), "cpu")
    for _ in range(5):
        still.step()
    assert still.scalars()["distance"] == 0
    assert "nothing moves" in LAB.diagnose(still, still.scalars(), History()).sentence
    beside = LAB.trainer(LAB.config(loss="wgan-gp", r1=0.0, theta=0.0, psi=0.1), "cpu")
    assert "no place to rest" in LAB.diagnose(beside, beside.scalars(), History()).sentence


def test_a_path_is_the_game_of_one():
    """Else the dashed path from the mark would be of another game than the one that is played."""
    others = [Rules("wgan-gp", gp=gp, simultaneous=simultaneous) for gp in (0.1, 2.0) for simultaneous in (True, False)]
    others += [Rules("wgan-clip", clip=0.3, momentum=momentum) for momentum in (0.0, 0.5, -0.5)]
    for rules in (*RULES, *others, Rules("wgan", noise=1.0)):
        w = torch.tensor([[0.7, -0.4, 0.0, 0.0]], dtype=torch.float64)
        way = dirac.path(0.7, -0.4, 25, rules)
        for theta, psi in way:
            size = 1 + float(w[0, :2].norm())
            assert abs(theta - w[0, 0]) < 1e-12 * size and abs(psi - w[0, 1]) < 1e-12 * size, rules
            w = dirac.moved(w, rules)


def test_a_hand_on_the_mark_takes_little_of_everybodys_turn():
    """Else dragging it would cost the other learners half of their time: 40 paths a second, the best of some tries."""
    for changes in ({}, {"loss": "minimax", "instance_noise": 1.0, "updates": "alternating"}):
        rules, took = LAB.config(**changes).rules, []
        for _ in range(10):
            begun = time.thread_time()
            dirac.path(0.4, 0.3, AHEAD, rules)
            took.append(time.thread_time() - begun)
        assert min(took) < 0.004, changes


@pytest.mark.parametrize("preset", LAB.presets)
def test_the_trainer_plays_the_game_of_the_theory(preset):
    """Else what is drawn and what is computed would be two games: phase by phase is `dirac.moved`."""
    trainer = LAB.trainer(LAB.presets[preset], "cpu")
    assert isinstance(trainer, DiracTrainer)
    w = trainer.w.clone()
    for _ in range(50):
        trainer.step()
        w = dirac.moved(w, trainer.config.rules)
    assert torch.equal(trainer.w, w)


def test_the_foreseen_distance_is_that_of_the_run():
    """Else the dashed line would be drawn and not computed: in a straight game of equal rates it is exact."""
    for changes in ({"r1": 0.0}, {"r1": 0.0, "lr_g": 0.05, "lr_d": 0.05}):
        trainer = LAB.trainer(LAB.config(**changes), "cpu")
        for _ in range(300):
            trainer.step()
        now = trainer.scalars()
        assert now["foreseen"] == pytest.approx(now["distance"], rel=1e-9)


def test_a_changed_knob_bends_the_foreseen_line_from_there_on():
    """Else turning a live knob would rewrite the past of the dashed line."""
    trainer = LAB.trainer(LAB.config(r1=0.0), "cpu")
    for _ in range(100):
        trainer.step()
    before = trainer.scalars()["foreseen"]
    trainer.tune(LAB.config())
    assert trainer.scalars()["foreseen"] == before
    trainer.step()
    assert trainer.scalars()["foreseen"] == pytest.approx(before * 0.95**0.5)


def test_the_mark_shows_the_way_and_moves_nothing():
    """Else looking would change the run."""
    trainer = LAB.trainer(LAB.config(), "cpu")
    before = trainer.w.clone()
    trainer.place("from", 0.5, -0.25)
    seen = trainer.snapshot().arrays
    assert torch.equal(trainer.w, before)
    assert (seen["way x"][0], seen["way y"][0]) == (0.5, -0.25) and len(seen["way x"]) == AHEAD + 1
    np.testing.assert_allclose(
        np.stack((seen["way x"], seen["way y"]), 1), dirac.path(0.5, -0.25, AHEAD, trainer.config.rules)
    )


@pytest.mark.parametrize(
    ("preset", "words"), [("Spiral", "1.00499"), ("Orbit", "1.00000"), ("Slope penalty", "0.97468")]
)
def test_the_sentence_says_the_eigenvalue(preset, words):
    """Else the sentence under the picture would foretell another end than the circle shows."""
    trainer = LAB.trainer(LAB.presets[preset], "cpu")
    assert words in LAB.diagnose(trainer, trainer.scalars(), History()).sentence


def test_one_turn_of_the_spiral_is_as_long_as_the_sentence_says():
    """Else "each turn of 63 iterations" would be a number of its own."""
    rules = LAB.presets["Spiral"].rules
    way = dirac.path(1.0, 0.0, 700, rules)
    angle = np.unwrap(np.arctan2(way[:, 1], way[:, 0]))
    assert 2 * math.pi / abs(np.diff(angle).mean()) == pytest.approx(dirac.turn(dirac.eigenvalues(rules)[0]), rel=1e-6)


def test_only_smooth_losses_have_eigenvalue_panels():
    """Else WGAN-GP would show an empty circle, or another loss none."""
    for loss in dirac.PULLS:
        names = {view.name for view in LAB.seen(LAB.config(loss=loss))}
        assert ("eigenvalues" in names) == (loss in SMOOTH) and ("distance of wgan-gp" in names) == (loss not in SMOOTH)
