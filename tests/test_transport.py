"""Distances are those of SciPy and POT, and a perfect generator sits on the noise floor."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from scipy import stats

from playground.data.line import bumps, exponential, far_apart, normal, uniform
from playground.data.plane import target
from playground.transport import SlicedW1, w1_cumulative


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def directions(k: int) -> np.ndarray:
    """(2, k), as POT wants its projections."""
    angle = np.arange(k) * math.pi / k
    return np.stack((np.cos(angle), np.sin(angle)))


# On the line


def test_w1_of_cumulatives_has_its_exact_value():
    """Else "W1 = how far it has to be carried" would not hold for the plainest cases."""
    x = np.linspace(-12, 16, 20_001)
    start = normal(0, 1).cumulative(x)
    assert w1_cumulative(x, start, normal(3, 1).cumulative(x)) == pytest.approx(3, abs=1e-6)
    # N(0, 1) to N(0, 4): T(z) = 2 z, so W1 = E |z|
    assert w1_cumulative(x, start, normal(0, 2).cumulative(x)) == pytest.approx(math.sqrt(2 / math.pi), abs=1e-5)
    assert w1_cumulative(x, start, start) == 0


@pytest.mark.parametrize("line", [bumps(3), exponential(1.5), far_apart(), uniform(-1, 3)])
def test_both_integrals_agree_with_samples(line):
    """Else equations (1) and (2) would not be the same distance."""
    other = normal(0.3, 0.8)
    x, u = np.linspace(-25, 25, 50_001), (np.arange(100_000) + 0.5) / 100_000
    area = w1_cumulative(x, line.cumulative(x), other.cumulative(x))
    assert area == pytest.approx(np.abs(line.quantile(u) - other.quantile(u)).mean(), abs=2e-4)
    a, b = line.draw(100_000, seeded(0)).double().numpy(), other.draw(100_000, seeded(1)).double().numpy()
    assert area == pytest.approx(stats.wasserstein_distance(a, b), abs=0.02)


# In the plane


@pytest.mark.parametrize("k", [1, 2, 32])
def test_the_distance_equals_that_of_pot(k):
    """Else "sliced W1" would not be what the papers call so."""
    for seed in range(5):
        a = target("spiral").draw(500, seeded(seed)).requires_grad_()
        b = target("spiral").draw(500, seeded(seed + 9)) * 1.2
        before = a.detach().clone()
        ours = SlicedW1(b, 500, k)(a)
        a, b = a.detach().double().numpy(), b.double().numpy()
        theirs = float(ot.sliced_wasserstein_distance(a, b, projections=directions(k), p=1))
        assert ours == pytest.approx(theirs, abs=1e-6)
        assert np.array_equal(before.double().numpy(), a), "measuring has moved the points"


@pytest.mark.parametrize("noise", [0.5, 4.0])
def test_a_shift_is_seen_from_every_direction(noise):
    """Else the distance would depend on which way the generator is off: the mean of |cos| is 2 / pi."""
    x = target("ring", noise).draw(1000, seeded(0)).numpy()
    distance = SlicedW1(x, 1000, 64)
    for angle in (0.0, 0.4, 2.0, 5.0):
        away = 3 * np.array([math.cos(angle), math.sin(angle)], dtype=np.float32)
        assert distance(x + away) == pytest.approx(3 * 2 / math.pi, rel=2e-3)
        assert distance(x) < 1e-6


def test_a_large_reference_stands_for_the_distribution():
    """Else n mid-ranks of many points would not be the quantiles of the target."""
    blob = SlicedW1(target("blob").draw(200_000, seeded(0)), 999, 4)
    exact = 0.3 * stats.norm.ppf((np.arange(999) + 0.5) / 999)
    np.testing.assert_allclose(blob.quantiles[:, 20:-20], np.tile(exact, (4, 1))[:, 20:-20], atol=0.01)


def test_another_number_of_points_is_an_error():
    """Else the wrong quantiles would be paired, and nobody would know."""
    with pytest.raises(ValueError, match="broadcast"):
        SlicedW1(np.zeros((50, 2)), 50)(np.zeros((49, 2)))


# The noise floor


@pytest.mark.parametrize("name", ["ring8", "line", "blob", "checkerboard"])
def test_a_perfect_generator_sits_on_the_floor(name):
    """Else "on the noise floor" would mean nothing: 90 of 100 fresh real samples should lie in the band."""
    plane, n = target(name), 500
    distance = SlicedW1(plane.draw(20_000, seeded(1)), n)
    generator = seeded(2)
    low, median, high = distance.floor(lambda n: plane.draw(n, generator), trials=200)
    assert 0 < low < median < high
    fresh = np.array([distance(plane.draw(n, generator)) for _ in range(200)])
    assert 0.85 <= np.mean((low <= fresh) & (fresh <= high)) <= 0.95
    assert np.median(fresh) == pytest.approx(median, rel=0.15)
    assert distance(plane.draw(n, generator) * 0.9) > median and distance(plane.draw(n, generator) + 0.15) > high


@pytest.mark.parametrize("name", ["ring8", "moons", "grid25"])
def test_the_default_floor_holds_most_fresh_samples(name):
    """Else 64 trials would be too few for the band on the page, also when the reference is the run's own data."""
    plane = target(name)
    distance = SlicedW1(plane.draw(1000, seeded(3)), 500)
    generator = seeded(4)
    low, _, high = distance.floor(lambda n: plane.draw(n, generator))
    fresh = [distance(plane.draw(500, generator)) for _ in range(100)]
    assert sum(low <= value <= high for value in fresh) >= 85
