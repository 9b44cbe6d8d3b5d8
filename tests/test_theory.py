"""What is drawn as exact must be exact."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.spatial.distance import jensenshannon

from playground.games import TOSSES, toss_round
from playground.theory import (
    best_judge,
    binomial,
    bins,
    d_star,
    jensen_shannon,
    kullback_leibler,
    noisy_atoms,
    pushforward,
    toss_error,
    total_variation,
)

LN2 = math.log(2)


# The best discriminator


@pytest.mark.parametrize("alpha", [1.0, 0.9, 0.6])
@pytest.mark.parametrize(("p", "q"), [(0.5, 0.5), (0.7, 0.2), (0.01, 2.0), (1.5, 0.3)])
def test_d_star_minimises_both_losses_point_by_point(p, q, alpha):
    """Else the dashed curve would not be the best D, and a learner would chase a wrong target."""
    grid = np.linspace(1e-4, 1 - 1e-4, 100_001)
    entropy = -p * (alpha * np.log(grid) + (1 - alpha) * np.log(1 - grid)) - q * np.log(1 - grid)
    squares = p * (grid - alpha) ** 2 + q * grid**2
    best = float(d_star(np.array([p]), np.array([q]), alpha)[0])
    assert grid[np.argmin(entropy)] == pytest.approx(best, abs=2e-5)
    assert grid[np.argmin(squares)] == pytest.approx(best, abs=2e-5)


def test_d_star_where_only_one_side_has_anything():
    """Else D* would be wrong where it matters most, or warn in the middle of a lesson."""
    found = d_star(np.array([1, 0, 0, 3]), np.array([0, 1, 0, 3]), 0.9)
    np.testing.assert_allclose(found, [0.9, 0, np.nan, 0.45])


@pytest.mark.parametrize("flipped", [0.0, 0.1, 0.4])
@pytest.mark.parametrize(("p", "q"), [(0.5, 0.5), (0.7, 0.2), (0.01, 2.0)])
def test_d_star_for_labels_that_are_sometimes_flipped(p, q, flipped):
    """Else the dashed curve would be out of reach as soon as labels are swapped."""
    grid, alpha = np.linspace(1e-4, 1 - 1e-4, 100_001), 0.9
    one = p * (1 - flipped) + q * flipped  # how often the label alpha is seen at this x, and how often 0
    zero = p * flipped + q * (1 - flipped)
    entropy = -one * (alpha * np.log(grid) + (1 - alpha) * np.log(1 - grid)) - zero * np.log(1 - grid)
    best = float(d_star(np.array([p]), np.array([q]), alpha, flipped)[0])
    assert grid[np.argmin(entropy)] == pytest.approx(best, abs=2e-5)
    assert float(d_star(np.array([p]), np.array([p]), alpha, flipped)[0]) == pytest.approx(alpha / 2)


# Divergences


def test_kullback_leibler_equals_scipy():
    """Else KL would be the other way round, or in bits."""
    rng = np.random.default_rng(0)
    for k in (2, 10, 200):
        for _ in range(30):
            p, q = rng.dirichlet(np.full(k, 0.5), 2)
            assert kullback_leibler(p, q) == pytest.approx(stats.entropy(p, q), abs=1e-12)
            assert total_variation(p, q) == pytest.approx(max(p[p > q].sum() - q[p > q].sum(), 0), abs=1e-12)
            assert total_variation(p, q) ** 2 <= kullback_leibler(p, q) / 2, "Pinsker"


def test_divergences_at_their_ends():
    """Else a mode that G lacks would not show: KL is infinite one way and finite the other."""
    p, q = np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])
    assert kullback_leibler(p, q) == math.inf
    assert kullback_leibler(q, p) == pytest.approx(LN2)
    assert kullback_leibler(p, p) == total_variation(p, p) == 0
    assert total_variation(q, np.array([0, 0, 1.0])) == 1


# What a generator makes of noise


CURVES = {
    "affine": lambda z: 2 * z + 1,
    "falling": lambda z: -0.5 * z,
    "folded": np.abs,
    "wavy": lambda z: np.sin(3 * z) + 0.1 * z,
    "with a flat part": lambda z: np.maximum(z, 0),
    "three values": lambda z: np.sign(np.round(z)),
    "saturated": lambda z: np.tanh(40 * z),
    "constant": lambda z: 0 * z + 3,
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("m", [1, 7, 400])
def test_pushforward_equals_the_sum_over_cells(curve, m):
    """Else q, and with it D* and every divergence, would be that of another generator."""
    rng = np.random.default_rng(m)
    mass, nodes = rng.dirichlet(np.ones(m)), curve(np.sort(rng.normal(size=m + 1)))
    edges, F = pushforward(mass, nodes)
    x = np.concatenate((rng.uniform(nodes.min() - 1, nodes.max() + 1, 300), [nodes.min() - 9, nodes.max() + 9]))
    low, high = np.minimum(nodes[:-1], nodes[1:]), np.maximum(nodes[:-1], nodes[1:])
    flat = high - low <= 1e-9 * np.ptp(nodes)
    x = x[np.abs(x[:, None] - nodes).min(1) > 1e-6]  # at a jump both sides are right
    share = np.clip((x[:, None] - low) / np.where(flat, 1, high - low), 0, 1)
    exact = np.where(flat, x[:, None] > high, share) @ mass
    np.testing.assert_allclose(np.interp(x, edges, F, left=0, right=1), exact, atol=1e-9)
    assert (np.diff(F) >= 0).all() and (np.diff(edges) >= 0).all() and F[0] == 0 and F[-1] == pytest.approx(1)


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_pushforward_equals_what_samples_do(curve):
    """Else the exact curve would run beside the histogram of the generator's own samples."""
    z = np.linspace(-5, 5, 2049)
    edges, F = pushforward(np.diff(stats.norm.cdf(z)), curve(z))
    made = np.sort(curve(np.random.default_rng(0).normal(size=100_000)))
    x = np.linspace(edges[0] - 0.5, edges[-1] + 0.5, 777)
    seen = np.searchsorted(made, x, side="right") / len(made)
    cell = 5 * (z[1] - z[0])  # around a jump of the curve the straight pieces are between both sides
    below, above = (np.interp(x + side, edges, F, left=0, right=1) for side in (-cell, cell))
    assert (below - 0.006 <= seen).all() and (seen <= above + 0.006).all()


def test_pushforward_of_a_normal_is_exact_where_it_is_known():
    """Else a straight generator would not make a normal, nor |z| half of one."""
    z = np.linspace(-6, 6, 2049)
    mass = np.diff(stats.norm.cdf(z))
    edges, F = pushforward(mass, 2 * z + 1)
    np.testing.assert_allclose(F, stats.norm(1, 2).cdf(edges), atol=1e-8)
    edges, F = pushforward(mass, 1 - 2 * z)
    np.testing.assert_allclose(F, stats.norm(1, 2).cdf(edges), atol=1e-8)
    edges, F = pushforward(mass, np.abs(z))
    np.testing.assert_allclose(F, 2 * stats.norm.cdf(edges) - 1, atol=1e-8)


def test_pushforward_knows_atoms():
    """Else a generator that makes one number half of the time would be spread over a bin."""
    edges, F = pushforward(np.full(4, 0.25), np.array([0.0, 0.0, 0.0, 1.0, 2.0]))
    assert np.interp([-1e-9, 1e-9, 1.0, 2.0], edges, F, left=0).tolist() == pytest.approx([0, 0.5, 0.75, 1])


def test_bins_hold_all_the_mass():
    """Else a generator outside of the picture would have no divergence to speak of."""
    edges = np.array([-1.0, 0.0, 2.0])
    whole, inside = bins(stats.norm.cdf(edges)), bins(stats.norm.cdf(edges), tails=False)
    assert whole.sum() == pytest.approx(1) and len(whole) == 4
    assert whole[0] == pytest.approx(stats.norm.cdf(-1)) and whole[-1] == pytest.approx(stats.norm.sf(2))
    assert whole[1:-1].tolist() == inside.tolist() == pytest.approx([0.3413447, 0.4772499])


# Jensen and Shannon


def test_jensen_shannon_equals_scipy():
    """Else the divergence in the lesson would be another one, or in bits."""
    rng = np.random.default_rng(0)
    for k in (2, 3, 10, 100):
        for _ in range(50):
            p, q = rng.dirichlet(np.full(k, 0.3), 2)
            assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-12)
            assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-15)
            assert 0 < jensen_shannon(p, q) < LN2


def test_jensen_shannon_at_its_ends():
    """Else it would not be 0 exactly for equal and ln 2 exactly for disjoint distributions, zeros included."""
    p = np.array([0.25, 0.75, 0.0, 0.0])
    assert jensen_shannon(p, p) == 0
    assert jensen_shannon(p, np.array([0.0, 0.0, 0.4, 0.6])) == pytest.approx(LN2, abs=1e-15)
    assert jensen_shannon(p, np.array([0.2500001, 0.7499999, 0.0, 0.0])) > 0


def test_value_at_the_best_d_is_twice_the_divergence():
    """Else "minimax at the optimal D is 2 JS - log 4" would be wrong for what we compute."""
    p, q = np.array([0.3, 0.7]), np.array([0.8, 0.2])
    d = d_star(p, q)
    value = (p * np.log(d) + q * np.log(1 - d)).sum()
    assert value == pytest.approx(2 * jensen_shannon(p, q) - math.log(4), abs=1e-12)


# Tosses


@pytest.mark.parametrize("n", [0, 1, 7, TOSSES, 400])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.3, 0.5, 0.98, 1.0])
def test_binomial_equals_scipy(n, p):
    """Else the best judge would count with other coins."""
    np.testing.assert_allclose(binomial(n, p), stats.binom(n, p).pmf(np.arange(n + 1)), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize(("p", "n"), [(0.3, 1024), (0.5, 200), (0.7, 64)])
def test_the_luck_of_tosses_covers_95_of_100(p, n):
    """Else the band "as close as the tosses allow" would promise too much or too little."""
    error, coin = toss_error(p, n), stats.binom(n, p)
    heads = np.arange(n + 1)
    inside = coin.pmf(heads)[np.abs(heads / n - p) <= error].sum()
    assert inside == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.3), (0.3, 0.5), (0.1, 0.9), (0.5, 0.55), (1.0, 0.0)])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_best_judge_equals_enumeration_of_all_sequences(p, q, n):
    """Else the learner's score would be held against a judge that does not exist."""
    sequences = list(itertools.product((0, 1), repeat=n))

    def chance(row: tuple[int, ...], heads: float) -> float:
        return math.prod(heads if x else 1 - heads for x in row)

    right = 0.0  # the best answer to each pair of rows, nature's first or second with equal chances
    for first, second in itertools.product(sequences, repeat=2):
        right += max(chance(first, p) * chance(second, q), chance(first, q) * chance(second, p)) / 2
    assert best_judge(p, q, n) == pytest.approx(right, abs=1e-12)


def test_best_judge_equals_play():
    """Else the bound would be right for two tosses and wrong for the game's twenty."""
    rng = np.random.default_rng(1)
    p, q, rounds = 0.3, 0.45, 200_000
    nature, made = rng.binomial(TOSSES, p, rounds), rng.binomial(TOSSES, q, rounds)
    # whoever names the row with fewer heads as nature's (p < q) plays best; equal rows are a coin toss
    right = (nature < made).mean() + (nature == made).mean() / 2
    assert best_judge(p, q, TOSSES) == pytest.approx(right, abs=0.004)


def test_best_judge_guesses_when_there_is_nothing_to_see():
    """Else a perfect G would seem to be told apart."""
    assert best_judge(0.3, 0.3, TOSSES) == pytest.approx(0.5, abs=1e-12)
    assert best_judge(0.3, 0.6, TOSSES) == pytest.approx(best_judge(0.6, 0.3, TOSSES), abs=1e-12)
    assert best_judge(0.3, 0.6, 40) > best_judge(0.3, 0.6, 20) > best_judge(0.3, 0.4, 20) > 0.5


# The coin behind noise


def test_noisy_atoms_equal_a_mixture_of_normals():
    """Else D*(x) would be drawn for other densities than the ones D sees."""
    atoms, weights, sigma = np.array([-0.2, 0.5, 1.0]), np.array([0.5, 0.2, 0.3]), 0.3
    x = np.linspace(-2, 3, 201)
    mixture = sum(w * stats.norm(a, sigma).pdf(x) for a, w in zip(atoms, weights, strict=True))
    np.testing.assert_allclose(noisy_atoms(x, atoms, weights, sigma), mixture, rtol=1e-12)
    whole, _ = integrate.quad(lambda at: noisy_atoms(np.array([at]), atoms, weights, sigma)[0], -5, 6)
    assert whole == pytest.approx(1, abs=1e-8)


# The learner in D's place


def rounds(n: int, p: float, made: np.ndarray, q: float) -> list:
    rng = np.random.default_rng(2)
    return [toss_round(p, made, q, rng) for _ in range(n)]


def test_a_round_is_fair():
    """Else a learner who always presses the same button would beat chance."""
    first = np.mean([one.natural == 0 for one in rounds(4000, 0.3, np.zeros(TOSSES), 0.0)])
    assert first == pytest.approx(0.5, abs=0.03)


def test_rows_come_from_their_sources():
    """Else the answer would be about the wrong row: G's row is exactly what G made, nature's is fresh."""
    made = np.tile([1.0, 1.0, 0.0, 1.0], TOSSES // 4)
    played = rounds(2000, 0.3, made, 0.75)
    assert {one.natural for one in played} == {0, 1}
    assert all(one.rows[1 - one.natural] == tuple(made.astype(int)) for one in played)
    nature = np.array([one.rows[one.natural] for one in played])
    assert set(np.unique(nature)) == {0, 1} and nature.shape == (2000, TOSSES)
    assert nature.mean() == pytest.approx(0.3, abs=0.01)
    assert len(np.unique(nature, axis=0)) > 1900
    assert {type(toss) for one in played for row in one.rows for toss in row} == {int}


def test_a_round_knows_how_good_the_best_judge_is():
    """Else the score would be compared with the best judge of another game."""
    (one,) = rounds(1, 0.3, np.ones(10), 0.8)
    assert one.best == best_judge(0.3, 0.8, 10)
