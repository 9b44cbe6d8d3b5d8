"""The exact distances, against sums and derivatives that know nothing of their formulas."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import ot
import pytest
from scipy import optimize, stats

from playground import assignment
from playground.divergences import (
    CLOSED,
    LN2,
    NAMES,
    QUADRATURE,
    Discs,
    Moved,
    Normals,
    Singular,
    Uniforms,
)
from playground.theory import jensen_shannon, kullback_leibler, total_variation

SHIFTS = (0.3, 1.1, 2.5, 4.0)
NORMAL = [Normals(a, b) for a, b in ((1, 1), (1, 2), (1, 0.5), (0.7, 0.7))]
UNIFORM = [Uniforms(a, b) for a, b in ((1, 1), (1, 2), (1, 0.5))]


def laws(moved: Normals | Uniforms, theta: float) -> tuple[stats.rv_continuous, stats.rv_continuous]:
    """p and q_theta as SciPy has them."""
    if isinstance(moved, Normals):
        return stats.norm(0, moved.a), stats.norm(theta, moved.b)
    return stats.uniform(-moved.a, 2 * moved.a), stats.uniform(theta - moved.b, 2 * moved.b)


def cells(law: stats.rv_continuous, edges: np.ndarray) -> np.ndarray:
    return np.diff(law.cdf(edges))


@pytest.mark.parametrize("theta", [0.0, *SHIFTS, -1.7])
@pytest.mark.parametrize("moved", [*NORMAL, *UNIFORM], ids=str)
def test_distances_are_those_of_many_small_cells(moved: Normals | Uniforms, theta: float):
    """Else the lab would show wrong numbers: 30 000 cells of both laws, by their cumulatives alone."""
    edges = np.linspace(-24, 24, 30_001) + 1e-4
    (law_p, law_q), found = laws(moved, theta), moved.measure(theta)
    p, q = cells(law_p, edges), cells(law_q, edges)
    at = {name: float(found[name].value) for name in NAMES}
    tolerance = 1e-5 if isinstance(moved, Normals) else 2e-3  # a jump of a uniform density cuts a cell in two
    assert at["js"] == pytest.approx(jensen_shannon(p, q), abs=tolerance)
    assert at["tv"] == pytest.approx(total_variation(p, q), abs=tolerance)
    assert at["w1"] == pytest.approx(np.trapezoid(np.abs(law_p.cdf(edges) - law_q.cdf(edges)), edges), abs=1e-5)
    if isinstance(moved, Normals):
        ratio, step = law_p.logpdf(edges) - law_q.logpdf(edges), edges[1] - edges[0]
        assert at["kl"] == pytest.approx(law_p.pdf(edges) @ ratio * step, abs=1e-9)
        assert at["reverse"] == pytest.approx(-law_q.pdf(edges) @ ratio * step, abs=1e-9)
    else:  # finite only where the one lies within the other
        held = abs(theta) <= moved.b - moved.a, abs(theta) <= moved.a - moved.b
        wanted = [math.log(moved.b / moved.a), math.log(moved.a / moved.b)]
        assert [at["kl"], at["reverse"]] == [
            pytest.approx(value) if inside else math.inf for value, inside in zip(wanted, held, strict=True)
        ]


@pytest.mark.parametrize("moved", [*NORMAL, *UNIFORM, Discs(1.0), Discs(0.6), Singular()], ids=str)
def test_slopes_are_the_derivatives(moved: Moved):
    """Else the copies would go downhill on another hill than the one that is drawn."""
    for theta in (-2.3, -0.4, 0.3, 0.8, 1.3, 2.2, 4.0):
        step = 1e-5
        found, low, high = (moved.measure(theta + offset) for offset in (0, -step, step))
        for name in NAMES:
            slope = float(found[name].slope)
            if math.isinf(found[name].value):
                assert math.isnan(slope), (theta, name)
                continue
            numeric = (high[name].value - low[name].value) / (2 * step)
            assert slope == pytest.approx(float(numeric), abs=2e-6), (theta, name)


def test_the_quadrature_is_as_exact_as_it_says():
    """Else "exact to 1e-6" would be a hope: against adaptive quadrature, and against itself with the laws swapped."""
    from scipy import integrate

    for a, b, theta in ((1, 1, 0.01), (1, 1, 2), (1, 2, 3), (1, 0.5, 5)):
        p, q = stats.norm(0, a), stats.norm(theta, b)

        def middle(x: float, one: stats.rv_continuous = p, other: stats.rv_continuous = q) -> float:
            m = np.log((one.pdf(x) + other.pdf(x)) / 2)
            return 0.5 * (one.pdf(x) * (one.logpdf(x) - m) + other.pdf(x) * (other.logpdf(x) - m))

        wanted, _ = integrate.quad(middle, -15, 20, epsabs=1e-13, epsrel=1e-13, limit=400, points=[0, theta])
        assert float(Normals(a, b).measure(theta)["js"].value) == pytest.approx(wanted, abs=1e-11)
        assert float(Normals(b, a).measure(theta)["js"].value) == pytest.approx(wanted, abs=1e-11)


def test_it_is_said_how_each_is_known():
    """Else a learner could not tell a closed form from a quadrature."""
    assert {name: Normals().how(name) for name in NAMES} == dict.fromkeys(NAMES, CLOSED) | {"js": QUADRATURE}
    assert all(moved.how(name) == CLOSED for moved in (Uniforms(), Discs(), Singular()) for name in NAMES)


@pytest.mark.parametrize(("moved", "apart"), [(Uniforms(), 2.0), (Discs(), 2.0), (Singular(), 0.05)], ids=str)
def test_disjoint_supports_leave_only_w1(moved: Moved, apart: float):
    """Else the claim that WGAN rests on would not be what the page shows."""
    theta = np.linspace(0.1, 4, 40)
    theta = theta[theta >= apart]
    found = moved.measure(theta)
    assert np.all(np.isinf(found["kl"].value)) and np.all(np.isinf(found["reverse"].value))
    assert np.all(np.isnan(found["kl"].slope)) and np.all(np.isnan(found["reverse"].slope))
    np.testing.assert_allclose(found["js"].value, LN2, atol=1e-12)
    np.testing.assert_allclose(found["tv"].value, 1, atol=1e-12)
    np.testing.assert_allclose(found["w1"].value, theta, atol=1e-12)
    assert np.all(found["js"].slope == 0) and np.all(found["tv"].slope == 0) and np.all(found["w1"].slope == 1)


def test_the_lens_of_two_discs_is_counted():
    """Else two discs would overlap by a formula and not by area: counted on a fine grid."""
    x, y = np.meshgrid(np.linspace(-1, 1, 2001), np.linspace(-1, 1, 2001))
    disc = x * x + y * y <= 1
    for theta in (0.0, 0.4, 1.0, 1.7):
        share = (disc & ((x - theta) ** 2 + y * y <= 1)).sum() / disc.sum()
        assert float(Discs().measure(theta)["tv"].value) == pytest.approx(1 - share, abs=1e-3)


def test_nothing_lies_between_equal_laws():
    """Else theta 0 would not be the bottom, where all descents end."""
    for moved in (Normals(), Normals(0.7, 0.7), Uniforms(), Singular(), Discs()):
        found = moved.measure(0.0)
        assert all(float(found[name].value) == pytest.approx(0, abs=1e-12) for name in NAMES)
        assert float(found["w1"].slope) == 0
    p = np.array([0.2, 0.8])
    assert kullback_leibler(p, p) == 0  # what the sums above are compared with


# The assignment


def test_the_best_pairing_of_a_few_points_is_the_best_of_all():
    """Else the plan that is drawn would not be optimal: every pairing of up to six points is tried."""
    rng = np.random.default_rng(1)
    for n in (1, 2, 3, 5, 6):
        cost = rng.random((n, n))
        cost[rng.random((n, n)) < 0.3] = 0.5  # ties
        found = assignment.assign(cost)
        assert sorted(found) == list(range(n))
        rows = np.arange(n)
        best = min(cost[rows, list(order)].sum() for order in permutations(range(n)))
        assert cost[rows, found].sum() == pytest.approx(best, abs=1e-12)


def test_larger_pairings_agree_with_two_other_programs():
    """Else the exchanges would break down where there are many points."""
    rng = np.random.default_rng(2)
    for n in (20, 64):
        x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + 0.5
        cost = np.linalg.norm(x[:, None] - y[None], axis=2)
        total = cost[np.arange(n), assignment.assign(cost)].sum()
        assert total == pytest.approx(cost[optimize.linear_sum_assignment(cost)].sum(), abs=1e-10)
        assert assignment.w1_of_points(x, y) == pytest.approx(
            ot.emd2(np.full(n, 1 / n), np.full(n, 1 / n), cost), abs=1e-10
        )


def test_on_the_line_the_pairing_keeps_the_order():
    """Else two ways would cross where none has to."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(40, 1)), rng.normal(size=(40, 1))
    goal = assignment.pairing(x, y)
    assert np.array_equal(np.argsort(goal[:, 0]), np.argsort(x[:, 0])) and sorted(goal[:, 0]) == sorted(y[:, 0])
    assert assignment.w1_of_points(x, y) == pytest.approx(stats.wasserstein_distance(x[:, 0], y[:, 0]))


def test_the_floor_is_what_two_samples_measure():
    """Else a sample statistic would be shown without what chance alone gives."""
    rng = np.random.default_rng(4)
    low, high = assignment.floor(lambda: rng.normal(size=(30, 1)), trials=200)
    measured = [stats.wasserstein_distance(rng.normal(size=30), rng.normal(size=30)) for _ in range(400)]
    assert 0.82 < np.mean([(low <= w <= high) for w in measured]) < 0.97
