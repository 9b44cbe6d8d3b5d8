"""The law over time as lines: what is drawn is the density, of one coordinate where there are two."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from playground import devices  # noqa: F401  (one thread, as on the server)
from playground.data import plane
from playground.data.line import NormalMixture
from playground.data.marginals import marginal
from playground.data.plane import TARGETS, Moved, Strokes, heart, letters, own, points_to_text
from playground.data.scaled import scaled
from playground.diffusion.exact import Exact
from playground.diffusion.ridge import counted, densities, moments, ridges, stairs, violins
from playground.diffusion.schedule import schedule

PLANE = {
    **{name: make(1.0) for name, make in TARGETS.items()},
    "letters": letters("HEL", 2.0),  # upright strokes
    "own": own(points_to_text(heart(60)), 3.0),
    "moved": Moved(plane.moons(2.0), 0.5, 0.7),
    "moved blobs": Moved(plane.blobs(), 2.0, -0.3),
}
COSINE = schedule("diffusion", "cosine", 40)
COIN = NormalMixture((0.7, 0.3), (-1.0, 1.0), (0.1, 0.1))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", PLANE)
def test_a_marginal_is_the_law_of_one_coordinate(name, axis):
    """Of samples, with Kolmogorov's and Smirnov's test; with other noise it would fail."""
    target = PLANE[name]
    x = target.draw(20_000, torch.Generator().manual_seed(2)).numpy()[:, axis].astype(float)
    assert stats.kstest(x, marginal(target, axis).cumulative).pvalue > 1e-3


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["ring", "spiral", "letters", "checkerboard", "diagonal", "moved"])
def test_a_marginal_is_the_integral_over_the_other_coordinate(name, axis):
    target = plane.target(name, 3.0) if name in TARGETS else PLANE[name]
    x, step = np.linspace(-1.5, 1.5, 15), 0.015
    other = np.arange(-4.5, 4.5, step)
    points = np.stack(np.meshgrid(x, other, indexing="ij"), -1)
    p = target.density((points if axis == 0 else points[:, :, ::-1]).reshape(-1, 2)).reshape(15, -1)
    by_hand = p.sum(1) * step
    np.testing.assert_allclose(marginal(target, axis).density(x), by_hand, rtol=1e-5, atol=1e-6 * by_hand.max())


def test_an_upright_stroke_is_a_bell_from_the_side():
    stroke = Strokes.along([np.array([[0.3, -1.0], [0.3, 1.0]])], 0.05)
    x = np.linspace(0, 0.6, 61)
    np.testing.assert_allclose(marginal(stroke).density(x), stats.norm.pdf(x, 0.3, 0.05), rtol=1e-5)


@pytest.mark.parametrize("unit", [1.0, 1.7])
def test_densities_are_those_of_noised_samples(unit):
    """x_t = a x_0 / r + s e, times r: in data units at every time, with mass 1."""
    x = np.linspace(-12, 12, 6001)
    at = moments(40, 5)
    q = densities(scaled(COIN, 1 / unit), COSINE, at, x, unit)
    assert q.shape == (5, 6001)
    np.testing.assert_allclose(np.trapezoid(q, x, axis=1), 1, atol=1e-6)
    draw = np.random.default_rng(0)
    x0 = np.where(draw.random(4000) < 0.3, 1, -1) + 0.1 * draw.standard_normal(4000)
    for row, t in zip(q, at, strict=True):
        x_t = COSINE.a[t] * x0 + unit * COSINE.s[t] * draw.standard_normal(4000)
        total = np.concatenate([[0], np.cumsum((row[1:] + row[:-1]) / 2 * np.diff(x))])
        assert stats.kstest(x_t, lambda v, total=total: np.interp(v, x, total)).pvalue > 1e-3


def test_in_the_plane_noise_does_not_mix_coordinates():
    """The noised law of x is the x of the noised law: at each time, of the spiral."""
    x, step = np.linspace(-2, 2, 9), 0.04
    target = plane.spiral(2.0)
    at = [0, 10, 25, 40]
    rows = densities(marginal(target), COSINE, at, x)
    y = np.arange(-6, 6, step)
    points = torch.from_numpy(np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2))
    for row, t in zip(rows, at, strict=True):
        p = Exact(target, COSINE).log_density(points, t).exp().numpy().reshape(9, -1)
        np.testing.assert_allclose(row, p.sum(1) * step, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("T", "count"), [(50, 9), (8, 9), (3, 9), (1000, 7)])
def test_moments_run_from_end_to_end(T, count):
    at = moments(T, count)
    assert at[0] == 0
    assert at[-1] == T
    assert len(at) == min(count, T + 1)
    assert (np.diff(at) > 0).all()


def test_counts_are_densities_of_what_is_inside():
    edges = np.array([0.0, 1.0, 3.0])
    rows = counted([np.array([0.5, 0.6, 2.0, 9.0]), np.empty(0)], edges)
    np.testing.assert_allclose(rows, [[0.5, 0.125], [0, 0]])
    x, heights = stairs(edges, rows)
    assert x.tolist() == [0, 0, 1, 1, 3, 3]
    assert heights[0].tolist() == [0, 0.5, 0.5, 0.125, 0.125, 0]


def test_a_ridge_stands_on_its_base_and_is_as_high_as_asked():
    x, rows, base = np.linspace(0, 1, 4), np.array([[0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]), np.array([5.0, 7.0])
    along, up = ridges(x, rows, base, 0.5)
    np.testing.assert_allclose(up, [5, 5.5, 5.25, 5, math.nan, 7, 7, 7, 7, math.nan])
    np.testing.assert_allclose(along[:4], x)
    _, half = ridges(x, rows, base, 0.5, peaks=np.array([4.0, 1.0]))
    assert np.nanmax(half[:5]) == 5.25, "with the peak of another row, areas can be compared"


def test_a_violin_is_closed_and_even_on_both_sides():
    x, rows, at = np.linspace(-1, 1, 5), np.array([[0.0, 1.0, 2.0, 1.0, 0.0]] * 2), np.array([3.0, 10.0])
    across, up = violins(at, x, rows, 0.4)
    assert len(across) == len(up) == 2 * (2 * 5 + 2)
    one = slice(0, 11)
    assert (across[one][0], up[one][0]) == (across[one][-1], up[one][-1])
    assert np.isnan(up[11])
    area = abs(np.sum(across[one][:-1] * up[one][1:] - across[one][1:] * up[one][:-1])) / 2  # the shoelace
    assert area == pytest.approx(2 * 0.4 * np.trapezoid(rows[0] / 2, x))
    assert across[one].max() - 3 == pytest.approx(3 - across[one].min())
    assert across[one].max() == pytest.approx(3.4)
