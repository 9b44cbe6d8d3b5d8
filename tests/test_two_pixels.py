"""Two pixels: the total correlation is what independent generators cannot get below, and who gets there does."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground.two_pixels import (
    DECAY,
    GAMES,
    NOISES,
    Game,
    chances,
    climb,
    descend,
    generated,
    joint,
    kl,
    play,
    product,
    total_correlation,
)

ALONE, BOTH_SEEN, BOTH_HEARD, WHOLE = GAMES
CORRELATIONS = (-0.6, 0.3, 0.8, 0.9)


def test_the_known_example():
    p = joint(0.8)
    np.testing.assert_allclose(p, [[0.45, 0.05], [0.05, 0.45]])
    exact = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)
    assert total_correlation(p) == pytest.approx(exact, abs=1e-14) == pytest.approx(0.368, abs=5e-4)


@pytest.mark.parametrize("p", [joint(0.8), np.array([[0.5, 0.1], [0.15, 0.25]])])
def test_no_product_is_nearer_than_the_marginals(p):
    floor = total_correlation(p)
    share = np.linspace(0.01, 0.99, 99)
    found = [kl(p, np.outer([1 - a, a], [1 - b, b])) for a in share for b in share]
    assert min(found) >= floor
    assert min(found) == pytest.approx(floor, abs=1e-12)  # the grid holds the marginals


def test_an_image_that_never_comes_costs_nothing():
    assert total_correlation(joint(1.0)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_slopes_are_those_that_autograd_finds(game: Game):
    rng = np.random.default_rng(3)
    G, cost = rng.normal(size=(2, NOISES)), rng.normal(size=(2, 2))
    leaf = torch.from_numpy(G).requires_grad_()
    on = torch.sigmoid(leaf)
    A, B = (torch.stack((1 - row, row)) for row in on)
    q = A @ B.T / NOISES if game.shared else torch.outer(A.mean(1), B.mean(1))
    np.testing.assert_allclose(generated(*chances(G), game), q.detach().numpy(), atol=1e-15)
    (q * torch.from_numpy(cost)).sum().backward()
    np.testing.assert_allclose(descend(*chances(G), game, cost), leaf.grad.numpy(), atol=1e-15)


def test_a_discriminator_climbs_its_own_objective():
    p, q = joint(0.8), joint(-0.2)
    s = torch.tensor([[0.3, -1.0], [2.0, 0.1]], dtype=torch.float64, requires_grad=True)
    real, made = torch.from_numpy(p), torch.from_numpy(q)
    log_sigma = torch.nn.functional.logsigmoid
    (real * log_sigma(s) + made * log_sigma(-s) - DECAY / 2 * s**2).sum().backward()
    np.testing.assert_allclose(climb(s.detach().numpy(), p, q), s.grad.numpy(), atol=1e-15)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("seed", range(5))
def test_only_one_noise_and_one_view_reach_the_joint(correlation, seed):
    p = joint(correlation)
    floor = total_correlation(p)
    ends = {game: play(p, game, seed)[-1] for game in GAMES}
    for q in ends.values():
        assert q.sum() == pytest.approx(1) and (q > 0).all()
    np.testing.assert_allclose(ends[ALONE], product(p), atol=1e-3)  # each pixel is right
    assert kl(p, ends[ALONE]) == pytest.approx(floor, abs=1e-3)
    np.testing.assert_allclose(ends[BOTH_SEEN], product(ends[BOTH_SEEN]), atol=1e-12)
    assert kl(p, ends[BOTH_SEEN]) >= floor - 1e-12
    np.testing.assert_allclose(product(ends[BOTH_HEARD]), product(p), atol=2e-3)
    assert kl(p, ends[WHOLE]) < (0.01 if abs(correlation) > 0.8 else 1e-3)  # of a floor of .495, or of at most .368


def test_without_a_view_of_both_the_correlation_is_the_one_it_began_with():
    p = joint(0.8)
    found = [kl(p, play(p, BOTH_HEARD, seed)[-1]) for seed in range(8)]
    assert np.ptp(found) > 0.05 and min(found) > 0.1  # luck, and never p
