"""The coin GAN against what is known exactly, and each preset against what it says."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from playground.core import Diverged
from playground.labs.coin_gan import LAB, CoinConfig, CoinTrainer
from playground.theory import noisy_atoms

torch.set_num_threads(1)

SLOPE, NOISE, BARE, STRONG = "Cured by a slope penalty", "Cured by instance noise", "Bare-bones", "D too strong"


def trained(config: CoinConfig, steps: int, players: str = "DG") -> CoinTrainer:
    trainer = CoinTrainer(config, "cpu")
    for _ in range(steps):
        trainer.step(players)
    return trainer


def course(trainer: CoinTrainer, steps: int, every: int = 10) -> dict[str, np.ndarray]:
    """Train on; the scalars after every 10th step."""
    rows = []
    for i in range(1, steps + 1):
        trainer.step()
        if i % every == 0:
            rows.append({"step": trainer.step_count, **trainer.scalars()})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def preset(name: str, **changes: Any) -> CoinConfig:
    return dataclasses.replace(LAB.presets[name], **changes)


# The data and what is measured


@pytest.mark.parametrize("p", [0.02, 0.3, 0.98])
def test_data_are_tosses_of_the_coin(p):
    """Else G would be taught another coin than the slider says."""
    trainer = CoinTrainer(LAB.config(p=p, tosses=65_536), "cpu")
    assert trainer.data.shape == (65_536,) and set(np.unique(trainer.data)) == {0, 1}
    assert trainer.data.mean() == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 65_536))
    assert trainer.seen_heads == pytest.approx(trainer.data.mean(), abs=1e-6)
    assert trainer.scalars()["p_data"] == trainer.seen_heads and trainer.scalars()["p_true"] == p


def test_seeds_are_equally_lucky():
    """Else small seeds would draw biased tosses: over 200 seeds the share of heads is p, and strays as it should."""
    shares = np.array([CoinTrainer(LAB.config(seed=seed), "cpu").seen_heads for seed in range(200)])
    expected = math.sqrt(0.3 * 0.7 / 1024)
    assert shares.mean() == pytest.approx(0.3, abs=4 * expected / math.sqrt(200))
    assert shares.std() == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize("latent", [1, 5])
def test_probes_measure_what_sampling_gives(latent):
    """Else the bar "generated" would show the luck of its probes instead of P_G = P(G(z) >= 1/2).

    Measured over sixteen seeds against two million samples: with one dimension of noise within .001, with five
    within .005 (with 1024 Sobol points instead of 4096 within .013, half of the band that the page draws). The
    samples drawn here stray by another .0005.
    """
    for seed in (101, 102, 103, 104):
        trainer = trained(LAB.config(latent=latent, seed=seed), 300)
        sampled = np.mean([trainer.sample(200_000, seed=part).mean() for part in range(4)])
        assert trainer.scalars()["p_generated"] == pytest.approx(sampled, abs=0.006)


@pytest.mark.parametrize("latent", [1, 5])
def test_probes_are_normal(latent):
    """Else P_G would be measured under other noise than G is trained and sampled with."""
    probes = CoinTrainer(LAB.config(latent=latent), "cpu").probes.numpy()
    assert probes.shape[0] >= 1024 and probes.shape[1] == latent
    for axis in probes.T:
        assert stats.kstest(axis, stats.norm.cdf).statistic < 0.005
    assert np.abs(np.corrcoef(probes.T) - np.eye(latent)).max() < 0.02 or latent == 1


def test_a_sample_is_finished_tosses():
    """Else "generated" would be heights of G(z) instead of heads and tails."""
    trainer = trained(LAB.config(), 300)
    tosses = trainer.sample(2000, seed=3)
    assert tosses.shape == (2000,) and set(np.unique(tosses)) == {0, 1}


def test_what_is_shown_is_the_average_where_there_is_one():
    """Else the knob "Averaging of G" would do nothing, or 0 would not show G itself."""
    kept, plain = trained(LAB.config(ema=0.9), 50), trained(LAB.config(ema=0.0), 50)
    assert torch.equal(kept.G.flat, plain.G.flat)  # averaging never acts back on training
    assert kept.shown is kept.average and plain.shown is plain.G
    slow, twin = CoinTrainer(LAB.config(ema=0.9), "cpu"), CoinTrainer(LAB.config(ema=0.9), "cpu").G.flat.clone()
    for _ in range(50):
        slow.step()
        twin = 0.9 * twin + 0.1 * slow.G.flat
    torch.testing.assert_close(slow.average.flat, twin, rtol=1e-5, atol=1e-6)


def test_views_show_the_numbers_they_name():
    """Else the curves would be drawn from other networks than the ones that train."""
    trainer = trained(LAB.config(seed=3), 200)
    snapshot = trainer.snapshot()
    z, x = snapshot.arrays["z"], snapshot.arrays["x"]
    np.testing.assert_allclose(snapshot.arrays["G(z)"], trainer.average(torch.tensor(z)[:, None])[:, 0], atol=1e-6)
    d = torch.sigmoid(trainer.D(torch.tensor(x)[:, None]))[:, 0]
    np.testing.assert_allclose(snapshot.arrays["D(x)"], d, atol=1e-6)
    at_tosses = torch.sigmoid(trainer.D(torch.tensor([[0.0], [1.0]])))[:, 0]
    np.testing.assert_allclose(snapshot.arrays["D at tosses"], np.column_stack(([0, 1], at_tosses)), atol=1e-6)
    assert snapshot.scalars["d_tails"] == pytest.approx(float(at_tosses[0]), abs=1e-6)
    assert snapshot.scalars["lead"] == pytest.approx(float(at_tosses[1] - at_tosses[0]), abs=1e-6)
    assert snapshot.scalars["gap"] == abs(snapshot.scalars["p_generated"] - 0.3)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_best_judge_of_finished_tosses(smoothing):
    """Else the hollow marks would not be equation (2): alpha p_n / (p_n + P_G) for heads, the same for tails."""
    snapshot = trained(LAB.config(smoothing=smoothing, seed=4), 100).snapshot()
    n, made = snapshot.scalars["p_data"], snapshot.scalars["p_generated"]
    expected = [[0, (1 - smoothing) * (1 - n) / (2 - n - made)], [1, (1 - smoothing) * n / (n + made)]]
    np.testing.assert_allclose(snapshot.arrays["D* at tosses"], expected, atol=1e-6)


def test_losses_are_those_of_the_last_step(monkeypatch):
    """Else the curves of the losses would be of other scores than the players have just had."""
    trainer = trained(LAB.config(seed=3), 20)
    drawn: dict[str, list[torch.Tensor]] = {"real": [], "z": []}
    batch, randn = trainer.batch, trainer.randn
    monkeypatch.setattr(trainer, "batch", lambda: drawn["real"].append(batch()) or drawn["real"][-1])
    monkeypatch.setattr(trainer, "randn", lambda *shape: drawn["z"].append(randn(*shape)) or drawn["z"][-1])
    D, G = trainer.D.copy(), trainer.G.copy()
    trainer.step()
    (real,), (first, second) = drawn["real"], drawn["z"]
    now, softplus = trainer.scalars(), torch.nn.functional.softplus
    assert now["d_loss"] == pytest.approx(float(softplus(-D(real)).mean() + softplus(D(G(first))).mean()), rel=1e-5)
    assert now["g_loss"] == pytest.approx(float(softplus(-trainer.D(G(second))).mean()), rel=1e-5)  # D has moved


# The equilibrium, exactly


def densities(trainer: CoinTrainer, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p(x) and q(x) behind the instance noise, q by quadrature over G's own noise (not over the probes)."""
    sigma = trainer.config.instance_noise
    z = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000)[:, None].float()
    share, edges = np.histogram(trainer.G(z)[:, 0].double().numpy(), 400)
    q = noisy_atoms(x, (edges[1:] + edges[:-1]) / 2, share / share.sum(), sigma)
    n = trainer.seen_heads
    return noisy_atoms(x, np.array([0.0, 1.0]), np.array([1 - n, n]), sigma), q


@pytest.mark.parametrize("seed", [101, 102])
def test_d_alone_becomes_the_best_judge(seed):
    """Else "freeze G and train D: it becomes D* = p / (p + q)" would not be true of this D.

    3000 steps of D, learning rate falling linearly, batch 512. Measured for seeds 101 and 102: mean error .001
    and .002, largest .003 and .006 where (p + q) / 2 > .01; (V + log 4) / 2 within .0001 of JS = .132 and .147.
    """
    config = LAB.config(
        instance_noise=0.3, r1=0.0, batch=512, width_d=64, lr_d=5e-3, decay="linear", horizon=3000, seed=seed
    )
    trainer = trained(config, 3000, "D")
    x = np.linspace(-1.5, 2.5, 2001)
    p, q = densities(trainer, x)
    mean, dx = (p + q) / 2, x[1] - x[0]
    assert mean.sum() * dx == pytest.approx(1, abs=1e-3)
    d = torch.sigmoid(trainer.D(torch.tensor(x, dtype=torch.float32)[:, None]))[:, 0].double().numpy()
    error = np.abs(d - p / (p + q))
    assert (error * mean).sum() * dx <= 0.01
    assert error[mean > 0.01].max() <= 0.03
    divergence = (p * np.log(p / mean) + q * np.log(q / mean)).sum() * dx / 2
    value = (p * np.log(d) + q * np.log(1 - d)).sum() * dx
    assert divergence > 0.05
    assert (value + math.log(4)) / 2 == pytest.approx(divergence, abs=0.005)

    shown = trainer.snapshot().arrays["D*(x)"]  # the dashed curve, from the probes
    p, q = densities(trainer, trainer.snapshot().arrays["x"].astype(float))
    np.testing.assert_allclose(shown, p / (p + q), atol=0.01)


def check_found(name: str, p: float, seed: int, steps: int) -> None:
    trainer = trained(preset(name, p=p, seed=seed), steps)
    now = trainer.scalars()
    assert abs(now["p_generated"] - trainer.seen_heads) <= 0.03
    assert 0.45 <= now["d_tails"] <= 0.55 and 0.45 <= now["d_heads"] <= 0.55


@pytest.mark.parametrize("seed", [pytest.param(101, marks=pytest.mark.long), 102])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("name", [SLOPE, NOISE])
def test_both_cures_find_the_coin(name, p, seed):
    """Else the lab's claim would not hold on seeds that nobody has picked: P_G within .03 of the tosses, D at 1/2.

    After 3000 steps. Measured: P_G within .006, D within .011 of 1/2. From p itself it can be .045 off: seed 102
    draws .342 heads for p = .3, and the tosses are all that G can know.
    """
    check_found(name, p, seed, 3000)


@pytest.mark.long
@pytest.mark.parametrize("seed", [201, 202, 203, 204, 205])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("name", [SLOPE, NOISE])
def test_both_cures_find_the_coin_from_every_seed(name, p, seed):
    """Else "five of five" would be luck."""
    check_found(name, p, seed, 4000)


@pytest.mark.parametrize(("name", "p"), [("Unfair coin, .7", 0.7), ("Fair coin", 0.5), (SLOPE, 0.3)])
def test_presets_of_the_cure_do_what_they_say(name, p):
    """Else a preset's sentence would be wrong: P_G settles within a few hundred steps and stays in the band."""
    config = preset(name)
    assert config == LAB.config(p=p)
    seen = course(CoinTrainer(config, "cpu"), 3000)
    late = slice(99, None)  # from step 1000 on
    assert (seen["gap"] <= seen["luck"])[late].mean() > 0.99
    assert seen["gap"][-1] <= 0.03
    assert LAB.diagnose(trained(config, 3000), {k: float(v[-1]) for k, v in seen.items()}, Past(seen)).tone == "good"


class Past:
    """A history of what `course` has seen."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self.columns = columns

    def column(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


# The failures


def swings(made: np.ndarray) -> int:
    """How often P_G has gone from below .05 to above .95 or back."""
    ends = np.sign(made - 0.5)[np.abs(made - 0.5) > 0.45]
    return int(np.count_nonzero(np.diff(ends)))


@pytest.mark.parametrize("seed", [None, 101, pytest.param(102, marks=pytest.mark.long)])
def test_bare_bones_swings(seed):
    """Else the chase that the preset promises would not be there to be seen.

    Six thousand steps. Measured: 22 swings for the preset's own seed, 22 and 28 for seeds 101 and 102. Seed 0
    swings four times only (4 to 28 over the seeds tried), and some settle after 5000 steps.
    """
    config = preset(BARE) if seed is None else preset(BARE, seed=seed)
    made = course(CoinTrainer(config, "cpu"), 6000)["p_generated"]
    assert swings(made) >= 6
    assert (made < 0.05).any() and (made > 0.95).any()
    assert np.abs(made[:300] - 0.3).mean() > 0.1  # of the first 3000 steps


def test_a_slope_penalty_cures_bare_bones_while_it_runs():
    """Else "then raise the slope penalty to 0.1 while it runs", in the lesson, would disappoint.

    Raised at step 2000. Measured: the preset's own seed swings ten times more and settles 4000 steps later;
    seeds 101 to 103 swing once to three times and settle within 2000 steps.
    """
    trainer = CoinTrainer(preset(BARE), "cpu")
    assert swings(course(trainer, 2000)["p_generated"]) >= 3
    trainer.tune(dataclasses.replace(trainer.config, r1=0.1))
    made = course(trainer, 5000)["p_generated"]
    assert np.abs(made - trainer.seen_heads)[-50:].max() < 0.03


@pytest.fixture(scope="module")
def strong() -> tuple[CoinTrainer, dict[str, np.ndarray], dict[str, Any]]:
    """The preset after 1000 steps, what was seen on the way, and its state at step 500."""
    trainer = CoinTrainer(preset(STRONG), "cpu")
    first = course(trainer, 500)
    state = trainer.state()
    second = course(trainer, 500)
    return trainer, {name: np.append(first[name], second[name]) for name in first}, state


def test_a_d_that_is_too_strong_stops_g(strong):
    """Else the minimax loss would not be seen to saturate: D certain, G far from the coin and standing still.

    Measured for the preset's seed 4, steps 300 to 1000: D's loss below .003, P_G moves by .004 at .91. Other
    seeds stand still as well (moving by up to .08), but wherever they began: seed 104 at .36, close to the coin.
    """
    trainer, seen, _ = strong
    late = {name: column[29:] for name, column in seen.items()}
    assert (late["d_loss"] < 0.05).all()
    assert np.ptp(late["p_generated"]) < 0.06
    assert (late["gap"] > 0.3).all()
    now = {name: float(column[-1]) for name, column in seen.items()}
    assert LAB.diagnose(trainer, now, Past(seen)).sentence.startswith("D wins")


def test_the_non_saturating_loss_moves_g_again(strong):
    """Else "choose the non-saturating loss: G moves again" would not be seen: the same D, the other loss.

    Measured over the 500 steps after the switch: P_G moves by .19, against .004. It moves away from the coin, to
    all heads, and stays there: the loss brings the gradient back, not the equilibrium.
    """
    _, seen, state = strong
    trainer = CoinTrainer(preset(STRONG), "cpu")
    trainer.load(state)
    trainer.tune(dataclasses.replace(trainer.config, loss="non-saturating"))
    moved = np.ptp(course(trainer, 500)["p_generated"])
    assert moved > 0.1 > 10 * np.ptp(seen["p_generated"][50:])


def test_the_slope_penalty_cures_a_d_that_is_too_strong(strong):
    """Else "raise the slope penalty to 0.1" would not bring G home. Measured: P_G from .91 to .31 in 1500 steps."""
    _, _, state = strong
    trainer = CoinTrainer(preset(STRONG), "cpu")
    trainer.load(state)
    trainer.tune(dataclasses.replace(trainer.config, r1=0.1))
    gap = course(trainer, 1500)["gap"]
    assert gap[0] > 0.3 and gap[-1] < 0.05


def test_gradient_of_g_vanishes_with_the_minimax_loss_only(strong):
    """Else "D too strong" would be explained wrongly: same networks, same noise, a gradient 100 times smaller."""
    lengths = {}
    for loss in ("minimax", "non-saturating"):
        trainer = CoinTrainer(preset(STRONG), "cpu")
        trainer.load(strong[2])
        trainer.tune(dataclasses.replace(trainer.config, loss=loss))
        phases = trainer.phases("G")
        assert next(phases).name == "G gradient"
        lengths[loss] = float(trainer.G.grad.norm())
    assert lengths["minimax"] < lengths["non-saturating"] / 100


# Leaving the numbers


@pytest.mark.parametrize(("name", "words"), [("lr_g", "learning rate of G"), ("lr_d", "learning rate of D")])
def test_an_absurd_learning_rate_ends_in_advice(name, words):
    """Else the learner would see NaN, or be told to turn the wrong knob."""
    config = LAB.config(head="linear")
    object.__setattr__(config, name, 1e38)  # beyond what a knob allows
    trainer = CoinTrainer(config, "cpu")
    with pytest.raises(Diverged, match=rf"Lower the {words}\.$"):
        for _, _ in zip(range(200), trainer.run(), strict=False):
            pass
    assert trainer.finite() and trainer.step_count == 0


@pytest.mark.parametrize("loss", ["non-saturating", "minimax", "least-squares", "wgan-gp"])
def test_learning_rates_at_their_upper_bound_stay_finite(loss):
    """Else a slider at its end would end the run within seconds."""
    trainer = trained(LAB.config(loss=loss, lr_g=0.1, lr_d=0.1, decay="none", beta1=0.9, batch=8), 300)
    assert trainer.finite()


# The other losses


@pytest.mark.parametrize("loss", ["least-squares", "minimax", "wgan-gp"])
def test_every_loss_can_find_the_coin(loss):
    """Else an option of the knob would be a dead end."""
    trainer = trained(LAB.config(loss=loss, seed=103), 3000)
    assert abs(trainer.scalars()["p_generated"] - trainer.seen_heads) <= 0.05


def test_smoothing_moves_the_balance_to_half_the_label():
    """Else the resting lines under smoothing would be where D never is."""
    trainer = trained(LAB.config(smoothing=0.2, seed=103), 3000)
    now = trainer.scalars()
    assert now["d_tails"] == pytest.approx(0.4, abs=0.03) and now["d_heads"] == pytest.approx(0.4, abs=0.03)
    assert now["d_loss"] == pytest.approx(now["d_rest"], abs=0.05)
    assert now["g_loss"] == pytest.approx(now["g_rest"], abs=0.05)
