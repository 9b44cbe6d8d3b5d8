"""Blurred targets: their densities against brute force, their scores against the slopes of the densities."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from playground import devices  # noqa: F401  (one thread, as on the server)
from playground.data import line
from playground.data.blurred import blurred
from playground.data.line import LineTarget, NormalMixture
from playground.data.plane import TARGETS, Blobs, Moved, Strokes, heart, letters, moons, own, points_to_text, spiral
from playground.data.scores import log_density, look, score
from playground.data.softened import Softened
from playground.data.stretches import SHORT, mills, seen, surplus

PLANE = {
    **{name: make(2.0) for name, make in TARGETS.items()},
    "letters": letters("Go", 2.0),
    "moved": Moved(moons(2.0), 0.5, 0.7),
}
DRAWN = line.drawn("A" * 10 + "zK9-" * 6 + "A" * 4 + "Q" * 10)
LINE = {
    "normal": line.normal(0.5, 0.3),
    "three bumps": NormalMixture((0.5, 0.3, 0.2), (-1.0, 0.4, 2.0), (0.1, 0.3, 0.05)),
    "uniform": line.uniform(),
    "exponential": line.exponential(0.8),
    "drawn": DRAWN,
    "clicked": line.clicked(line.numbers_to_text(np.array([-1.0, 0.0, 0.1, 2.0]))),
}
OWN = own(points_to_text(heart(60)), 2.0)


def doubles(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def scattered(n: int, reach: float, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-reach, reach, (n, 2)))


# The densities


@pytest.mark.parametrize("name", PLANE)
def test_without_noise_the_density_is_the_targets_own(name):
    """Else the exact score would belong to another distribution than the one that is drawn."""
    target = PLANE[name]
    points = torch.cat([target.draw(300, torch.Generator().manual_seed(1)).double(), scattered(100, 1.5)])
    known = target.density(points.numpy())
    np.testing.assert_allclose(log_density(target, points).exp(), known, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(log_density(blurred(target, 0.0), points).exp(), known, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("s", [0.05, 0.7])
@pytest.mark.parametrize("name", PLANE)
def test_in_the_plane_noise_is_a_convolution(name, s):
    """Against a sum over a fine grid: as exact as it is fine, since all that is summed is smooth."""
    target = PLANE[name]
    step = min(s, target.spread if name == "checkerboard" else target.detail) / 1.6
    side = np.arange(-target.reach - 3 * step, target.reach + 4 * step, step)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    p = target.density(grid)
    grid, p = grid[p > 1e-14], p[p > 1e-14]
    points = scattered(24, 1.3, 2)
    square = ((points.numpy()[:, None] - grid) ** 2).sum(2)
    by_hand = np.exp(-square / (2 * s * s)) @ p * step**2 / (2 * math.pi * s * s)
    found = np.exp(log_density(blurred(target, s), points).numpy())
    np.testing.assert_allclose(found, by_hand, rtol=2e-3, atol=2e-3 * by_hand.max())


@pytest.mark.parametrize("s", [0.05, 0.4, 3.0])
@pytest.mark.parametrize("name", LINE)
def test_on_the_line_noise_is_a_convolution(name, s):
    """Against an integral over the quantiles, (u -> phi((x - Q(u)) / s)), by fine Gauss-Legendre pieces."""
    target, x = LINE[name], np.linspace(-4, 5, 37)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    cuts = _cuts(target)
    left, width = cuts[:-1, None], np.diff(cuts)[:, None]
    y = (left + width * (nodes + 1) / 2).ravel()
    held = (width / 2 * weights).ravel() * target.density(y)
    by_hand = stats.norm.pdf(x[:, None], y, s) @ held
    noisy = blurred(target, s)
    assert isinstance(noisy, LineTarget)
    np.testing.assert_allclose(log_density(noisy, torch.from_numpy(x)).exp(), by_hand, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(noisy.density(x), by_hand, rtol=1e-9, atol=1e-13)
    assert noisy.mean == pytest.approx(target.mean)
    assert noisy.sd == pytest.approx(math.hypot(target.sd, s), rel=1e-6)


def _cuts(target: LineTarget) -> np.ndarray:
    """Where a density may jump, and fine pieces between."""
    ends = [float(end) for end in target.quantile(np.array([1e-18, 1 - 1e-16]))]
    edges = target.edges if isinstance(target, line.Steps) else ()
    return np.unique(np.concatenate([np.linspace(max(ends[0], -20), ends[1], 600), edges]))


def test_an_exponential_with_noise_is_scipys():
    noisy, x = blurred(line.exponential(0.5), 0.3), np.linspace(-1, 6, 50)
    theirs = stats.exponnorm(K=0.5 / 0.3, scale=0.3)
    np.testing.assert_allclose(noisy.density(x), theirs.pdf(x), rtol=1e-9)
    np.testing.assert_allclose(noisy.cumulative(x), theirs.cdf(x), atol=1e-12)


@pytest.mark.parametrize(
    "sharp", [line.uniform(-0.4, 1.0), line.exponential(0.7), DRAWN], ids=["uniform", "exp", "drawn"]
)
def test_a_softened_density_is_a_target_of_its_own(sharp):
    """Samples, cumulative and quantile are those of one law."""
    soft = Softened(sharp, 0.2)
    x = soft.draw(4000, torch.Generator().manual_seed(3)).numpy()
    assert stats.kstest(x, soft.cumulative).pvalue > 0.01
    u = np.array([1e-6, 0.01, 0.3, 0.5, 0.99, 1 - 1e-6])
    np.testing.assert_allclose(soft.cumulative(soft.quantile(u)), u, atol=1e-12)
    assert soft.quantile(np.array([0.0, 1.0])).tolist() == [-math.inf, math.inf]
    ends = soft.quantile(np.array([0.1, 0.8]))
    assert integrate.quad(soft.density, *ends, epsabs=1e-11, limit=200)[0] == pytest.approx(0.7, abs=1e-9)


def test_own_points_are_the_mixture_that_is_drawn_from():
    """A learner's points have no density that anybody knows; what the network is trained on has one."""
    points = scattered(50, 1.2)
    away = ((points.numpy()[:, None] - OWN.points) ** 2).sum(2)
    sigma = math.hypot(0.02, 0.1)
    by_hand = np.exp(-away / (2 * sigma**2)).mean(1) / (2 * math.pi * sigma**2)
    np.testing.assert_allclose(log_density(blurred(OWN, 0.1), points).exp(), by_hand, rtol=1e-10)
    assert torch.equal(log_density(OWN, points), log_density(blurred(OWN, 0.0), points))


@pytest.mark.parametrize("name", [*PLANE, *LINE])
def test_noise_twice_is_noise_once(name):
    target = (PLANE | LINE)[name]
    points = scattered(40, 1.5) if name in PLANE else torch.linspace(-2, 3, 40, dtype=torch.float64)
    twice, once = blurred(blurred(target, 0.3), 0.4), blurred(target, 0.5)
    for one, other in zip(look(twice, points), look(once, points), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


# The scores


@pytest.mark.parametrize("s", [0.0, 0.1, 2.0])
@pytest.mark.parametrize("name", [*PLANE, "own"])
def test_in_the_plane_the_score_is_the_slope_of_the_log_density(name, s):
    """By autograd, and autograd by finite differences."""
    target = blurred((PLANE | {"own": OWN})[name], s)
    points = torch.cat([scattered(60, 1.5, 4), doubles(0, 0)[None], doubles(0.25, 0)[None]]).requires_grad_()
    logs = log_density(target, points)
    (slope,) = torch.autograd.grad(logs.sum(), points)
    found = score(target, points.detach())
    np.testing.assert_allclose(found, slope, rtol=1e-8, atol=1e-7)
    h = 1e-5 * max(s, 0.1)
    for axis in torch.eye(2, dtype=torch.float64) * h:
        rise = (log_density(target, points + axis) - log_density(target, points - axis)) / (2 * h)
        np.testing.assert_allclose(found @ axis / h, rise.detach(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("s", [0.05, 0.4, 3.0, 100.0])
@pytest.mark.parametrize("name", LINE)
def test_on_the_line_the_score_is_the_slope_of_the_log_density(name, s):
    x = torch.linspace(-6, 6, 49, dtype=torch.float64).requires_grad_()
    noisy = blurred(LINE[name], s)
    (slope,) = torch.autograd.grad(log_density(noisy, x).sum(), x)
    np.testing.assert_allclose(score(noisy, x.detach()), slope, rtol=1e-8, atol=1e-9)


def test_a_sharp_density_has_no_score_where_there_is_nothing():
    """Within a step the density is flat, an exponential falls evenly; outside there is no logarithm to have a slope."""
    x = doubles(-0.5, 0.5)
    assert torch.equal(torch.isnan(score(line.exponential(), x)), torch.tensor([True, False]))
    assert score(line.exponential(0.5), x)[1] == -2
    assert torch.isnan(score(line.uniform(0, 1), x))[0]
    assert score(line.uniform(0, 1), x)[1] == 0


@pytest.mark.parametrize("s", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("name", [*PLANE, "own"])
def test_far_out_everything_is_finite_and_points_home(name, s):
    """Where no density can be told from 0 the score still leads back: else samples and arrows would be lost there."""
    target = (PLANE | {"own": OWN})[name]
    points = scattered(200, 1.0, 5) * torch.logspace(0.7, 6, 200, dtype=torch.float64)[:, None]
    logs, slope = look(blurred(target, s), points)
    assert torch.isfinite(logs).all()
    assert torch.isfinite(slope).all()
    middle = 0.7 if name == "moved" else 0.0
    far = points.norm(dim=1) > 5
    inwards = (slope * (middle - points)).sum(1) / (slope.norm(dim=1) * (middle - points).norm(dim=1))
    assert (inwards[far] > 0.2 if name == "diagonal" else inwards[far] > 0.8).all()
    assert (target.density(points.numpy()[far]) == 0).any() or name in ("diagonal", "blob", "own")


@pytest.mark.parametrize("name", LINE)
def test_far_out_on_the_line_everything_is_finite_and_points_home(name):
    x = torch.cat([-torch.logspace(1, 6, 30), torch.logspace(1.5, 6, 30)]).double()
    logs, slope = look(blurred(LINE[name], 0.1), x)
    assert torch.isfinite(logs).all()
    assert (slope * x < 0).all()


@pytest.mark.parametrize("name", [*PLANE, *LINE])
def test_under_endless_noise_the_mean_is_all_that_is_left(name):
    """Tweedie's formula at s = 1e6: x + s^2 score is the mean of the target. A score right to 1e-9 would miss it."""
    target, s = (PLANE | LINE)[name], 1e6
    zero = torch.zeros(1, 2 if name in PLANE else 1, dtype=torch.float64)
    mean = zero + s**2 * score(blurred(target, s), zero)
    if name in LINE:
        assert float(mean) == pytest.approx(target.mean, abs=1e-6)
    else:
        drawn = target.draw(40_000, torch.Generator().manual_seed(0))
        np.testing.assert_allclose(mean[0], drawn.mean(0), atol=5 * float(drawn.std()) / 200)


def test_single_precision_comes_back_as_it_went_in():
    points = scattered(5, 1).float()
    assert score(spiral(), points).dtype == torch.float32
    np.testing.assert_allclose(score(spiral(), points), score(spiral(), points.double()), rtol=1e-5)


# Stretches


@pytest.mark.parametrize("length", [0.02, 0.3, 3.0, 40.0])
def test_a_stretch_is_a_difference_of_normal_cumulatives(length):
    """Against scipy's, where they can be told apart, and against the integral over the stretch everywhere."""
    u = torch.linspace(-60, 60 + length, 241, dtype=torch.float64)
    logs, slope = seen(u, length)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    at = length * (nodes + 1) / 2
    pieces = np.linspace(0, 1, 81)
    at = (pieces[:-1, None] * length + at / 80).ravel()
    held = np.log(np.tile(weights, 80) * length / 160)
    by_hand = special.logsumexp(held - (u.numpy()[:, None] - at) ** 2 / 2, axis=1) - math.log(2 * math.pi) / 2
    np.testing.assert_allclose(logs, by_hand, rtol=1e-12, atol=1e-12)
    share = special.softmax(held - (u.numpy()[:, None] - at) ** 2 / 2, axis=1)
    np.testing.assert_allclose(slope, share @ at - u.numpy(), rtol=1e-9, atol=1e-11)


def test_mills_ratio_across_the_seam_of_its_two_ways():
    h = torch.linspace(0, 60, 601, dtype=torch.float64)
    theirs = special.erfcx(h.numpy() / math.sqrt(2)) * math.sqrt(math.pi / 2)
    np.testing.assert_allclose(mills(h), theirs, rtol=1e-12)
    np.testing.assert_allclose(surplus(h), 1 / theirs - h.numpy(), rtol=1e-8)


def test_short_strokes_are_as_good_as_points():
    """At the seam: noise so large that the longest piece has just become three points, and just not yet."""
    target = spiral()
    longest = float(np.hypot(*(target.end - target.start).T).max())
    points = scattered(60, 1.0, 6) * 10 * longest / SHORT
    above, below = blurred(target, longest / SHORT * 1.001), blurred(target, longest / SHORT * 0.998)
    assert isinstance(above, Blobs)
    assert isinstance(below, Strokes)
    same = Strokes(target.start, target.end, target.weights, above.spread)
    for one, other in zip(look(above, points), look(same, points), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_the_score_of_a_spiral_is_quick():
    """A learner drags the time, and arrows follow: 48 x 48 points, 96 pieces. 12 ms measured, more beside others."""
    side = torch.linspace(-1.7, 1.7, 48, dtype=torch.float64)
    grid, target = torch.cartesian_prod(side, side), blurred(spiral(), 0.3)
    score(target, grid)
    best = math.inf
    for _ in range(5):
        start = time.process_time()
        score(target, grid)
        best = min(best, time.process_time() - start)
    assert best < 0.05
