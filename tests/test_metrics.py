"""What is measured on samples agrees with other people's code, and a perfect generator measures as perfect."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from playground.data.line import normal
from playground.data.plane import Moved, target
from playground.metrics import (
    TRUNCATED_SD,
    accuracy,
    coverage,
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Coverage


@pytest.mark.parametrize("name", ["ring8", "grid25", "blobs", "blob"])
def test_a_perfect_generator_covers_all_modes(name):
    """Else the best possible generator would seem to miss something, or to be too narrow."""
    for plane in (target(name), Moved(target(name), 0.3, 3.0)):
        for seed in range(10):
            found = coverage(plane.draw(2000, seeded(seed)), plane.centres, plane.sigma)
            assert found.covered == len(plane.centres)
            assert found.within == pytest.approx(1 - math.exp(-4.5), abs=0.01)
            assert found.spread == pytest.approx(1, abs=0.06)


def test_spread_is_measured_against_a_cut_off_normal():
    """Else a perfect generator would have another spread than 1: the exact sd within 3 sigmas, by quadrature."""
    square, _ = integrate.quad(lambda r: r**2 * r * math.exp(-(r**2) / 2), 0, 3)
    mass, _ = integrate.quad(lambda r: r * math.exp(-(r**2) / 2), 0, 3)
    assert math.sqrt(square / mass / 2) == pytest.approx(TRUNCATED_SD, abs=1e-12)


@pytest.mark.parametrize("width", [0.05, 0.6, 1.5])
def test_narrow_modes_are_seen_as_narrow(width):
    """Else 25 single points would pass for the grid."""
    plane = target("grid25")
    x = target("grid25", width).draw(20_000, seeded(0))
    spread = coverage(x, plane.centres, plane.sigma).spread
    assert spread == pytest.approx(width / TRUNCATED_SD, rel=0.03) if width < 1 else spread > 1.2


def test_coverage_equals_a_plain_count():
    """Else the quick way would count other samples than the definition."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        centres, sigma = rng.uniform(-1, 1, (rng.integers(1, 12), 2)), 0.1
        x = np.concatenate(
            (centres[rng.integers(0, len(centres), 150)] + rng.normal(0, 0.08, (150, 2)), rng.normal(size=(50, 2)))
        )
        found = coverage(x, centres, sigma)
        homes: dict[int, list[np.ndarray]] = {}
        for point in x:
            away = np.linalg.norm(centres - point, axis=1)
            if away.min() <= 3 * sigma:
                homes.setdefault(int(away.argmin()), []).append(point)
        least = min(0.02, 1 / (4 * len(centres))) * len(x)
        covered = [np.array(points) for points in homes.values() if len(points) >= least]
        spreads = [np.sqrt(points.var(0, ddof=1).mean()) / (sigma * TRUNCATED_SD) for points in covered]
        assert found.covered == len(covered)
        assert found.within == pytest.approx(sum(map(len, homes.values())) / len(x))
        assert found.spread == pytest.approx(np.median(spreads))
        assert coverage(torch.tensor(x), centres, sigma) == found


def test_a_mode_counts_from_a_fiftieth_on():
    """Else one stray point would make a mode, or 2 of 100 would not."""
    centres = np.array([[0.0, 0.0], [5.0, 0.0]])
    for few, covered in ((0, 1), (1, 1), (2, 2), (3, 2)):
        x = np.repeat(centres, (100 - few, few), axis=0)
        assert coverage(x, centres, 0.1).covered == covered
    many = np.stack((np.arange(25.0), np.zeros(25)), 1)  # a quarter of the fair share where that is less: 1 of 100
    x = np.repeat(many[:2], (99, 1), axis=0)
    assert coverage(x, many, 0.1).covered == 2


def test_coverage_of_generators_that_fail():
    """Else collapse would not look like collapse, or a young generator would break the page."""
    plane = target("ring8")
    point = coverage(np.tile(plane.centres[3], (500, 1)), plane.centres, plane.sigma)
    assert (point.covered, point.within, point.spread) == (1, 1.0, 0.0)
    nowhere = coverage(np.zeros((500, 2)), plane.centres, plane.sigma)
    assert (nowhere.covered, nowhere.within) == (0, 0.0) and math.isnan(nowhere.spread)


# The discriminator's answers


def test_accuracy_counts_both_sides_alike():
    """Else a D that always says "real" would seem better than guessing where there are more real points."""
    assert accuracy(np.ones(90), np.ones(10)) == accuracy(np.ones(9), -np.ones(9)) / 2 == 0.5
    assert accuracy(np.full(5, 0.5), np.full(7, 0.5), 0.5) == 0.5
    assert accuracy([0.6, 0.4, 0.9, 0.8], [0.3, 0.7], 0.5) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert accuracy([-1, -2], [3]) == 0


def test_the_best_threshold_reaches_the_best_accuracy():
    """Else D would seem worse than it is: (1 + TV) / 2 is what the best D gets, here with log p / q as its score."""
    p, q = normal(0.0, 1.0), normal(1.0, 1.0)
    real, fake = p.draw(200_000, seeded(0)), q.draw(100_000, seeded(1))
    right = accuracy(0.5 - real.double().numpy(), 0.5 - fake.double().numpy())
    assert right == pytest.approx(stats.norm.cdf(0.5), abs=0.003)
