"""The losses against their closed forms, their gradients where D is sure, and where they rest."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from playground import gan
from playground.losses import (
    GAMES,
    d_cross_entropy,
    d_least_squares,
    d_wasserstein,
    g_least_squares,
    g_minimax,
    g_non_saturating,
    g_wasserstein,
    slope_penalty,
    slope_penalty_slope,
    unit_slope_penalty,
    unit_slope_penalty_slope,
)
from playground.nets import MLP

OPTIMAL = [name for name, game in GAMES.items() if game.has_optimum]
B = 64


def sigma(s: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-s))


def column(values: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.float64)[:, None]


def as_leaves(net: MLP) -> tuple[list[torch.Tensor], Callable[[torch.Tensor], torch.Tensor]]:
    """Copies of a network's parameters for autograd, and the network as a function of them."""
    leaves = [tensor.clone().requires_grad_() for layer in net.layers for tensor in layer]

    def function(x: torch.Tensor) -> torch.Tensor:
        for i in range(0, len(leaves), 2):
            x = x @ leaves[i] + leaves[i + 1]
            act = net.acts[i // 2]
            x = act.value(x) if act else x
        return x

    return leaves, function


def assert_gradient(net: MLP, loss: torch.Tensor, leaves: list[torch.Tensor]) -> None:
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
    expected = torch.cat([gradient.reshape(-1) for gradient in gradients])
    assert float(expected.abs().max()) > 1e-4
    torch.testing.assert_close(net.grad, expected, rtol=1e-4, atol=1e-6)


@pytest.fixture
def scores() -> tuple[np.ndarray, np.ndarray]:
    """Scores of real and of generated points, moderate enough for plain sigmoids and logarithms."""
    rng = np.random.default_rng(0)
    return rng.normal(1, 2, B), rng.normal(-1, 2, B)


def labels(alpha: float) -> torch.Tensor:
    return column(np.repeat([alpha, 0.0], B))


@pytest.mark.parametrize("alpha", [1.0, 0.9, 0.6])
def test_losses_of_d_are_their_closed_forms(scores, alpha):
    """Else the formula on the page would not be the one that runs."""
    real, fake = scores
    both = column(np.concatenate(scores))
    entropy = -(alpha * np.log(sigma(real)) + (1 - alpha) * np.log(1 - sigma(real))).mean()
    entropy -= np.log(1 - sigma(fake)).mean()
    squares = ((real - alpha) ** 2 / 2).mean() + (fake**2 / 2).mean()
    assert float(d_cross_entropy(both, labels(alpha))) == pytest.approx(entropy, rel=1e-12)
    assert float(d_least_squares(both, labels(alpha))) == pytest.approx(squares, rel=1e-12)


def test_loss_of_the_critic_is_the_negative_difference_of_means(scores):
    """Else minus the critic's loss would not estimate a distance."""
    real, fake = scores
    both = column(np.concatenate(scores))
    assert float(d_wasserstein(both, labels(1.0))) == pytest.approx(fake.mean() - real.mean(), rel=1e-12)


def test_losses_of_g_are_their_closed_forms(scores):
    """Else the formula on the page would not be the one that runs."""
    fake = scores[1]
    s = column(fake)
    assert float(g_minimax(s)) == pytest.approx(np.log(1 - sigma(fake)).mean(), rel=1e-12)
    assert float(g_non_saturating(s)) == pytest.approx(-np.log(sigma(fake)).mean(), rel=1e-12)
    assert float(g_least_squares(s)) == pytest.approx(((fake - 1) ** 2 / 2).mean(), rel=1e-12)
    assert float(g_wasserstein(s)) == pytest.approx(-fake.mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "d", "g"),
    [
        ("non-saturating", d_cross_entropy, g_non_saturating),
        ("minimax", d_cross_entropy, g_minimax),
        ("least-squares", d_least_squares, g_least_squares),
        ("wgan-gp", d_wasserstein, g_wasserstein),
    ],
)
def test_each_game_has_the_losses_of_its_name(name, d, g):
    """Else the knob would say one loss and run another."""
    assert GAMES[name].d is d and GAMES[name].g is g


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("alpha", [1.0, 0.9])
@pytest.mark.parametrize("name", GAMES)
def test_slopes_are_the_derivatives_of_their_losses(name, alpha, dtype, scores):
    """Else the loss on the page would not be what the players descend in."""
    game = GAMES[name]
    both = column(np.concatenate((*scores, [-100, 100, -20, 20]))).to(dtype)
    label = torch.cat((labels(alpha), column(np.array([alpha, 0.0, alpha, 0.0])))).to(dtype)
    kept = both.clone(), label.clone()
    for loss, slope, arguments in ((game.d, game.d_slope, (both, label)), (game.g, game.g_slope, (both,))):
        s = both.clone().requires_grad_()
        loss(s, *arguments[1:]).backward()
        torch.testing.assert_close(slope(*arguments), s.grad, rtol=1e-5, atol=1e-9)
    assert torch.equal(both, kept[0]) and torch.equal(label, kept[1])  # in-place arithmetic stays inside


def test_pull_on_g_where_d_is_sure():
    """Else the lesson on saturation would be wrong: at D = .01 the slopes are .01 and .99."""
    s = torch.tensor([[math.log(0.01 / 0.99)]], dtype=torch.float64)
    assert float(GAMES["minimax"].g_slope(s)) == pytest.approx(-0.01, rel=1e-9)
    assert float(GAMES["non-saturating"].g_slope(s)) == pytest.approx(-0.99, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "at", "value", "slope"),
    [
        ("minimax", -100.0, 0.0, 0.0),
        ("minimax", 100.0, -100.0, -1.0),
        ("non-saturating", -100.0, 100.0, -1.0),
        ("non-saturating", 100.0, 0.0, 0.0),
    ],
)
def test_g_survives_extreme_scores(name, at, value, slope):
    """Else sigma before the logarithm would underflow, and G would see infinity or a gradient of nothing."""
    s = torch.tensor([[at]])  # float32, as the app runs it
    assert float(GAMES[name].g(s)) == pytest.approx(value, abs=1e-6)
    assert float(GAMES[name].g_slope(s)) == pytest.approx(slope, abs=1e-6)


def test_a_small_pull_is_not_rounded_away():
    """Else G would stand still where the non-saturating loss still has a slope of e^-20, as sigma(s) - 1 would give."""
    s = torch.tensor([[20.0]])
    assert float(GAMES["non-saturating"].g_slope(s)) == pytest.approx(-math.exp(-20), rel=1e-5)
    assert float(GAMES["minimax"].g_slope(-s)) == pytest.approx(-math.exp(-20), rel=1e-5)


@pytest.mark.parametrize(
    ("real", "fake", "value", "slopes"),
    [
        (-100.0, 100.0, 200.0, (-1.0, 1.0)),  # wrong about both
        (100.0, -100.0, 0.0, (0.0, 0.0)),
        (-100.0, -100.0, 100.0, (-1.0, 0.0)),
    ],
)
def test_d_survives_extreme_scores(real, fake, value, slopes):
    """Else a D that is wrong and sure of it would get no gradient to change its mind."""
    s, y = torch.tensor([[real], [fake]]), torch.tensor([[1.0], [0.0]])
    assert float(GAMES["minimax"].d(s, y)) == pytest.approx(value, abs=1e-5)
    assert GAMES["minimax"].d_slope(s, y)[:, 0].tolist() == pytest.approx(slopes, abs=1e-6)


@pytest.mark.parametrize("alpha", [1.0, 0.9, 0.6])
@pytest.mark.parametrize("name", OPTIMAL)
def test_losses_rest_where_the_page_draws_the_dashed_lines(name, alpha):
    """Else learners would wait for the losses to reach lines that no equilibrium reaches."""
    game = GAMES[name]
    label = column(np.array([alpha, 0.0]))

    def loss_of_d(score: float) -> float:  # p = q: D can only give one score to everything
        return float(game.d(column(np.array([score, score])), label))

    best = minimize_scalar(loss_of_d, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10})
    score = column(np.array([best.x]))
    assert best.fun == pytest.approx(game.d_rest(alpha), abs=1e-9)
    assert float(game.shown(score)) == pytest.approx(alpha / 2, abs=1e-6)
    assert float(game.g(score)) == pytest.approx(game.g_rest(alpha), abs=1e-6)


def test_resting_losses_without_smoothing_are_the_known_numbers():
    """Else the lesson's 2 ln 2 and ln 2 would not be what is drawn."""
    assert GAMES["non-saturating"].d_rest(1.0) == pytest.approx(2 * math.log(2), abs=1e-12)
    assert GAMES["non-saturating"].g_rest(1.0) == pytest.approx(math.log(2), abs=1e-12)
    assert GAMES["minimax"].g_rest(1.0) == pytest.approx(-math.log(2), abs=1e-12)
    assert GAMES["wgan-gp"].d_rest(1.0) == 0
    assert GAMES["wgan-gp"].g_rest is None and not GAMES["wgan-gp"].has_optimum


@pytest.mark.parametrize("name", OPTIMAL)
def test_best_score_between_unequal_densities(name):
    """Else D* = alpha p / (p + q) would not be what this loss leads to."""
    p, q, alpha = 0.7, 0.2, 0.9
    game = GAMES[name]

    def loss_of_d(score: float) -> float:
        s, none = column(np.array([score])), column(np.array([0.0]))
        one, other = (column(np.array([y])) for y in (alpha, 0.0))
        real = (
            float(game.d(torch.cat((s, none)), torch.cat((one, other))))
            - float(game.d(torch.cat((none, none)), torch.cat((other, other)))) / 2
        )
        fake = float(game.d(torch.cat((s, s)), torch.cat((other, other)))) / 2
        return p * real + q * fake

    best = minimize_scalar(loss_of_d, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10})
    assert float(game.shown(column(np.array([best.x])))) == pytest.approx(alpha * p / (p + q), abs=1e-6)


def test_slope_penalty_is_half_the_sum_of_two_means():
    """Else the knob's gamma would not be the gamma of the literature."""
    slope = np.random.default_rng(1).normal(size=(2 * B, 3))
    squares = (slope**2).sum(1)
    expected = squares[:B].mean() / 2 + squares[B:].mean() / 2
    assert float(slope_penalty(torch.as_tensor(slope))) == pytest.approx(expected, rel=1e-12)


def test_unit_slope_penalty_pulls_the_length_to_one():
    """Else the critic's slope would be pulled to another number, or each coordinate on its own."""
    slope = np.random.default_rng(2).normal(size=(B, 3))
    expected = ((np.linalg.norm(slope, axis=1) - 1) ** 2).mean()
    assert float(unit_slope_penalty(torch.as_tensor(slope))) == pytest.approx(expected, rel=1e-12)
    assert float(unit_slope_penalty(torch.tensor([[0.6, 0.8], [-1.0, 0.0]]))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("penalty", "derivative"),
    [(slope_penalty, slope_penalty_slope), (unit_slope_penalty, unit_slope_penalty_slope)],
)
def test_derivatives_of_the_penalties(penalty, derivative):
    """Else D's slope would be pulled elsewhere than where the penalty is least."""
    slope = torch.as_tensor(np.random.default_rng(3).normal(size=(2 * B, 3))).requires_grad_()
    penalty(slope).backward()
    torch.testing.assert_close(derivative(slope.detach()), slope.grad, rtol=1e-10, atol=1e-12)


def test_a_flat_critic_gets_a_number():
    """Else the first point at which the critic is flat (a dead ReLU) would end the run: 0 / 0."""
    assert torch.equal(unit_slope_penalty_slope(torch.zeros(4, 2)), torch.zeros(4, 2))


@pytest.mark.parametrize("gamma", [0.0, 0.1, 5.0])
@pytest.mark.parametrize("name", GAMES)
def test_what_d_descends_in(name, gamma):
    """Else D's step would not be equation (1) with the penalty (3), as double backward finds them."""
    generator = torch.Generator().manual_seed(3)
    D = MLP((2, 16, 16, 1), "leaky-relu", generator=generator)
    real, fake = (torch.randn(B, 2, generator=generator) for _ in range(2))
    D.grad.fill_(7.0)  # of an earlier step
    score = gan.d_gradient(D, real, fake, labels(0.9).float(), GAMES[name], gamma)
    leaves, judge = as_leaves(D)
    x = torch.cat((real, fake)).requires_grad_()
    expected = judge(x)
    torch.testing.assert_close(score, expected, rtol=1e-5, atol=1e-6)
    (slope,) = torch.autograd.grad(expected.sum(), x, create_graph=True)
    squares = slope.square().sum(1)
    loss = GAMES[name].d(expected, labels(0.9).float())
    loss = loss + gamma / 2 * (squares[:B].mean() + squares[B:].mean())
    assert_gradient(D, loss, leaves)


def test_what_the_critic_descends_in():
    """Else the pull on the critic's slope would not be equation (4)."""
    generator = torch.Generator().manual_seed(5)
    D = MLP((2, 16, 16, 1), "leaky-relu", generator=generator)
    x = torch.randn(B, 2, generator=generator)
    D.grad.fill_(0.5)
    gan.add_unit_slope_penalty(D, x, 3.0)
    D.grad.sub_(0.5)  # it adds to what is there
    leaves, judge = as_leaves(D)
    (slope,) = torch.autograd.grad(judge(x.requires_grad_()).sum(), x, create_graph=True)
    assert_gradient(D, 3 * (slope.norm(dim=1) - 1).square().mean(), leaves)


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("head", ["linear", "sigmoid"])
@pytest.mark.parametrize("name", GAMES)
def test_what_g_descends_in(name, head, noise):
    """Else G's step would not be equation (2), or would change D."""
    generator = torch.Generator().manual_seed(6)
    G = MLP((3, 16, 2), "relu", head, generator)
    D = MLP((2, 16, 16, 1), "leaky-relu", generator=generator)
    z, blur = torch.randn(B, 3, generator=generator), noise * torch.randn(B, 2, generator=generator)
    G.grad.fill_(7.0)
    D.grad.fill_(3.0)
    score = gan.g_gradient(G, D, G.forward(z), GAMES[name], blur)
    assert bool((D.grad == 3).all())
    leaves, maker = as_leaves(G)
    expected = as_leaves(D)[1](maker(z) + blur)
    torch.testing.assert_close(score, expected, rtol=1e-5, atol=1e-6)
    assert_gradient(G, GAMES[name].g(expected), leaves)


def test_points_between_lie_evenly_on_their_lines():
    """Else the gradient penalty would be measured elsewhere than between real and generated points."""
    generator = torch.Generator().manual_seed(4)
    real, fake = torch.zeros(20_000, 2), torch.tensor([2.0, -4.0]).expand(20_000, 2)
    share = gan.between(real, fake, generator) / fake
    torch.testing.assert_close(share[:, 0], share[:, 1])  # one share a point, not one a coordinate
    assert float(share.min()) >= 0 and float(share.max()) <= 1
    assert np.histogram(share[:, 0], 10, (0, 1))[0].tolist() == pytest.approx([2000] * 10, rel=0.1)
