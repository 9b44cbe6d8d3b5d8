"""The sampling lab: what is exactly known of samples, maps and models holds, and each preset shows what it says."""

from __future__ import annotations

import inspect
import time
import tracemalloc
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from streamlit.testing.v1 import AppTest

from playground import maps
from playground.core import Snapshot
from playground.counting import blur, expected_variation, quartiles, silverman, silverman_plane
from playground.data import line, plane
from playground.estimates import CELLS, Cells, apart, gathered, smeared
from playground.labs import LABS
from playground.labs.sampling import LAB
from playground.quadrature import OUTER, cell_masses, integrals
from playground.runtime import registry
from playground.sampler import CELL, FINE, HALF, SIDE, START, SamplingTrainer, known
from playground.sampling_knobs import CLICKED, CLICKED_LINE, SKYLINE
from playground.taxonomy import TREE

torch.set_num_threads(1)

ROOT = Path(__file__).parents[1]
SHELL = ROOT / "playground" / "ui" / "shell.py"

TARGETS = {
    "normal": line.normal(),
    "uniform": line.uniform(),
    "exponential": line.exponential(),
    "two bumps": line.bumps(2, 0.1),
    "skyline": line.drawn(SKYLINE),
    "clicked": line.clicked(CLICKED_LINE),
}
BY_TARGET = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


def grown(config: object, n: int) -> SamplingTrainer:
    trainer = SamplingTrainer(config, "cpu")  # type: ignore[arg-type]
    while trainer.n < n:
        trainer.step()
    return trainer


@cache
def shown(name: str, n: int) -> Snapshot:
    """What a preset shows then. Tests that ask for the same share it, and change nothing in it."""
    return grown(LAB.presets[name], n).snapshot()


def at(snapshot: Snapshot, name: str, n: float) -> float:
    """A measured error when there were about n samples."""
    row = np.abs(np.log(snapshot.arrays["course/n"] / n)).argmin()
    return float(snapshot.arrays[f"course/{name}"][row])


# The law of the counts


@pytest.mark.parametrize("n", [1, 2, 7, 40])
@pytest.mark.parametrize("p", [0.003, 0.2, 0.5, 0.91])
def test_de_moivre_agrees_with_the_sum_over_all_counts(n, p):
    """Else the dashed line would not be the expectation that the page calls exact."""
    counts = np.arange(n + 1)
    strays = (np.abs(counts - n * p) * stats.binom.pmf(counts, n, p)).sum() / n
    assert expected_variation(np.array([p, 1 - p]), np.array([n]))[0] == pytest.approx(strays, rel=1e-9)


def test_a_certain_count_does_not_stray():
    assert expected_variation(np.array([0.0, 1.0]), np.array([5, 5000])).tolist() == [0.0, 0.0]


@BY_TARGET
def test_many_histograms_stray_as_much_as_expected(target):
    """Else "luck makes .029" would be wrong for some p."""
    mass = Cells(target, 32, 1.0).bin_mass
    rng = np.random.default_rng(1)
    for n in (10, 300, 20_000):
        found = np.abs(rng.multinomial(n, mass, size=1500) / n - mass).sum(1) / 2
        error = found.std() / np.sqrt(len(found))
        assert abs(found.mean() - expected_variation(mass, np.array([n]))[0]) < 4 * error


def test_the_law_falls_as_one_over_the_root_of_n():
    """Equation (3), and the factor: eight times the bins cost about the root of eight."""
    n = np.array([1e4, 1e6])
    for bins in (32, 256):
        mass = Cells(line.normal(), bins, 1.0).bin_mass
        exact = expected_variation(mass, n)
        assert exact[0] / exact[1] == pytest.approx(10, rel=0.01)
        assert exact[1] == pytest.approx(np.sqrt(2 * mass * (1 - mass) / (np.pi * n[1])).sum() / 2, rel=0.01)
    ratio = expected_variation(mass, n)[1] / expected_variation(Cells(line.normal(), 32, 1.0).bin_mass, n)[1]
    assert ratio == pytest.approx(np.sqrt(8), rel=0.05)


def test_the_measured_error_of_the_counts_follows_the_law():
    """Slope -1/2 within .1, and the level, over ten seeds: else the lesson would be refuted by its own picture."""
    slopes, ratios = {"counts": [], "plane": []}, {"counts": [], "plane": []}
    for seed in range(10):
        arrays = grown(LAB.config(seed=seed, growth="steady", per_step=500), 60_000).snapshot().arrays
        n = arrays["course/n"]
        late = n >= 400  # below, a grid of many empty bins has not begun to fall as its law does for large n
        for name in slopes:
            error = arrays[f"course/{name}"][late]
            slopes[name].append(np.polyfit(np.log(n[late]), np.log(error), 1)[0])
            law = np.exp(np.interp(np.log(n[late]), np.log(arrays["law/n"]), np.log(arrays[f"law/{name}"])))
            ratios[name].append(np.exp(np.log(error / law).mean()))
    for name in slopes:
        assert np.mean(slopes[name]) == pytest.approx(-0.5, abs=0.1), name
        assert np.mean(ratios[name]) == pytest.approx(1, abs=0.08), name


# Estimates


@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
@BY_TARGET
def test_the_kernel_density_is_that_of_scipy(target, width):
    """Else what is computed from fine counts would be another curve than equation (2)."""
    x = target.draw(700, torch.Generator().manual_seed(3)).double().numpy()
    cells = Cells(target, 32, width)
    counts = np.histogram(x, np.concatenate(([-np.inf], cells.edges, [np.inf])))[0]
    found = cells.estimate(counts.astype(float), x.std(ddof=1))
    middles = (cells.edges[1:] + cells.edges[:-1])[:: CELLS // 128] / 2
    theirs = stats.gaussian_kde(x, found.h / x.std(ddof=1))(middles)
    assert np.abs(found.kernel[:: CELLS // 128] / cells.size - theirs).max() < 2e-3 * theirs.max()
    exact = silverman(x.std(ddof=1), stats.iqr(x), len(x)) * width
    assert found.h == pytest.approx(exact, rel=0.01)


def test_a_blur_keeps_the_mass_and_adds_the_variances():
    mass = np.zeros(2000)
    mass[[900, 1000, 1100]] = 0.25, 0.5, 0.25
    spread = blur(mass, 40.0)
    at = np.arange(2000)
    assert spread.sum() == pytest.approx(1, abs=1e-9)
    assert (spread * at).sum() == pytest.approx(1000, abs=1e-6)
    assert (spread * (at - 1000) ** 2).sum() == pytest.approx(5000 + 1600, rel=1e-6)


def test_what_is_blurred_over_the_end_does_not_come_round():
    mass = np.zeros(500)
    mass[499] = 1.0
    spread = blur(mass, 20.0)
    assert spread[:300].max() < 1e-12 and spread.sum() == pytest.approx(0.5, abs=0.02)


def test_quartiles_of_even_counts():
    assert quartiles(np.ones(8), np.linspace(0, 8, 9)) == (2.0, 6.0)


@pytest.mark.parametrize("bins", [4, 7, 32, 100, 256])
@BY_TARGET
def test_bins_hold_all_the_mass_and_are_flat(target, bins):
    """Else a number of bins that does not divide the cells would lose samples or misplace an edge."""
    cells = Cells(target, bins, 1.0)
    assert cells.bin_mass.sum() == pytest.approx(1, abs=1e-12) and len(cells.bin_mass) == bins + 2
    inner = np.diff(target.cumulative(cells.bin_edges))
    assert cells.bin_mass[1:-1] == pytest.approx(inner, abs=1e-12)
    assert np.ptp(np.diff(cells.bin_edges)) <= 1.01 * cells.size
    level = cells.level(cells.bin_mass)
    assert cells.gather(level) == pytest.approx(cells.bin_mass, abs=1e-12)


def test_flattening_a_straight_slope_costs_what_geometry_says():
    """On a bin over which p changes by d, the flat piece is off by d w / 4, whatever else p does."""
    heights = tuple(np.linspace(0.0, 2.0, 2001)[:-1] + 0.0005)  # p(x) = 2 x on [0, 1], in fine steps
    target = line.Steps(tuple(np.linspace(0, 1, 2001)), heights)
    cells = Cells(target, 16, 1.0)
    low, high = cells.bin_edges[:-1], cells.bin_edges[1:]
    whole = (low >= 0) & (high <= 1)
    off = np.abs(cells.level(cells.bin_mass) - cells.mass)[1:-1]
    middles = (cells.edges[1:] + cells.edges[:-1]) / 2
    for a, b in zip(low[whole], high[whole], strict=True):
        mine = off[(middles > a) & (middles < b)].sum()
        assert mine == pytest.approx(2 * (b - a) * (b - a) / 4, rel=0.01)


@pytest.mark.parametrize("name", plane.TARGETS)
def test_the_masses_in_the_plane_are_the_frequencies_of_samples(name):
    """Chi square of 200 000 samples: else the error in the plane would not fall to zero."""
    mass = gathered(known(name).mass, SIDE).ravel()
    exact = np.append(mass, max(0.0, 1 - mass.sum()))
    points = plane.target(name).draw(200_000, torch.Generator().manual_seed(5)).numpy()
    edges = np.linspace(-HALF, HALF, SIDE + 1)
    counts = np.histogram2d(points[:, 1], points[:, 0], [edges, edges])[0].ravel()
    counts = np.append(counts, len(points) - counts.sum())
    often = exact * len(points) >= 10
    rest = np.array([counts[~often].sum()]), np.array([exact[~often].sum() * len(points)])
    seen, wanted = np.append(counts[often], rest[0]), np.append(exact[often] * len(points), rest[1])
    keep = wanted > 1
    chi = ((seen[keep] - wanted[keep]) ** 2 / wanted[keep]).sum()
    assert stats.chi2.sf(chi, keep.sum() - 1) > 1e-4


def test_the_line_around_nine_tenths_of_a_normal_is_the_right_circle():
    """In the plane P(|x| < r) = 1 - exp(-r^2 / 2), so the line for .9 has the radius sqrt(2 ln 10)."""
    sigma = 0.3
    drawn = integrals(plane.blob().density, HALF, 400, 2).lines / 255
    inside = (drawn >= OUTER).sum() * (2 * HALF / 400) ** 2
    assert inside == pytest.approx(np.pi * sigma**2 * 2 * np.log(10), rel=0.02)


@pytest.mark.parametrize("name", ["ring8", "grid25", "blobs"])
def test_the_masses_in_the_plane_are_those_of_normals(name):
    """Else the error of the kernel density would be measured against the wrong masses, or mirrored."""
    blobs, edges = plane.target(name), np.linspace(-HALF, HALF, FINE + 1)
    exact = np.zeros((FINE, FINE))
    for share, (x, y) in zip(blobs.weights, blobs.centres, strict=True):
        along, across = (np.diff(stats.norm.cdf(edges, centre, blobs.sigma)) for centre in (x, y))
        exact += share * np.outer(across, along)
    assert np.abs(known(name).mass - exact).sum() / 2 < 1e-5
    assert cell_masses(blobs.density, edges, nodes=8) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize("name", ["moons", "spiral", "swiss roll", "checkerboard", "grid25"])
def test_a_first_look_at_a_shape_is_quick_and_small(name):
    """Else one learner's preset would hold up everybody: no array holds every point times every piece.

    The bar on time is loose, because other tests may run beside this one; that on memory is not.
    """
    density = plane.target(name).density
    begun = time.thread_time()
    integrals(density, HALF, FINE)
    assert time.thread_time() - begun < 0.6
    tracemalloc.start()
    integrals(density, HALF, FINE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


# The trainer


def test_counts_are_the_histogram_of_the_samples():
    """Else the heights would not be those of the dots."""
    trainer = grown(LAB.config(seed=7), 1500)
    arrays = trainer.snapshot().arrays
    heights = np.histogram(trainer.data, arrays["edges"])[0] / len(trainer.data) / np.diff(arrays["edges"])
    assert len(trainer.data) == trainer.n
    assert arrays["histogram"] == pytest.approx(heights, abs=1e-12)
    assert trainer.scalars()["mean"] == pytest.approx(trainer.data.mean(dtype=float), abs=1e-6)
    sd = trainer.data.std(ddof=1, dtype=float)
    low, high = np.quantile(trainer.data, [0.25, 0.75])
    assert trainer.scalars()["kernel_width"] == pytest.approx(silverman(sd, high - low, trainer.n), rel=0.01)


@pytest.mark.parametrize(
    "target",
    [
        "exponential",
        "own",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("normal", "uniform", "two bumps")),
    ],
)
def test_the_mean_strays_as_its_edges_say(target):
    """Of 200 runs about 95 % are inside: else the dashed edges would be decoration."""
    inside = 0
    for seed in range(200):
        trainer = SamplingTrainer(LAB.config(target=target, growth="steady", per_step=90, seed=seed), "cpu")
        trainer.step()  # 100 samples
        now = trainer.scalars()
        inside += now["mean_error"] <= 1.96 * now["standard_error"]
    assert 180 <= inside <= 199


def test_slow_motion_shows_lines_that_run():
    """Else the code beside a phase would be a story."""
    source = inspect.getsource(SamplingTrainer)
    assert all(phase.code in source for phase in SamplingTrainer(LAB.config(), "cpu").phases())


def test_new_samples_come_from_the_kernel_density():
    trainer = grown(LAB.config(target="two bumps", width=2.0), 3000)
    made = np.sort(trainer.sample(4000, seed=2))
    cells, found = trainer.cells, trainer.estimate()
    cumulative = np.interp(made, cells.edges[1:], np.cumsum(found.kernel))
    assert stats.kstest(cumulative, "uniform").pvalue > 1e-3


def test_memory_does_not_grow_with_the_number_of_samples():
    """Else an evening in a lecture hall would fill the server."""
    young, old = (grown(LAB.config(), n).state() for n in (20, 20_000))
    size = [sum(t.nbytes for t in state.values() if isinstance(t, torch.Tensor)) for state in (young, old)]
    assert size[0] == size[1] < 200_000


def test_turning_the_bins_begins_their_curve_anew():
    """Else errors of 32 bins would stand beside the law of 128."""
    trainer = grown(LAB.config(), 2000)
    trainer.tune(LAB.config(bins=128))
    arrays = trainer.snapshot().arrays
    assert np.isnan(arrays["course/counts"][:-1]).all() and np.isfinite(arrays["course/kernel"]).all()
    trainer.tune(LAB.config())
    assert np.isfinite(trainer.snapshot().arrays["course/counts"]).all()


def test_the_error_of_the_mean_grows_with_sigma_and_the_others_do_not():
    """As the help of the knob says."""
    one, three = (grown(LAB.config(sigma=sigma), 3000).scalars() for sigma in (1.0, 3.0))
    assert three["mean_error"] == pytest.approx(3 * one["mean_error"], rel=1e-3)
    assert "mean grows" in LAB.Config.knobs()["sigma"].help
    for name in ("counts_error", "histogram_error", "kernel_error", "plane_error"):
        assert three[name] == pytest.approx(one[name], abs=2e-3)


@pytest.mark.parametrize(
    "broken",
    [
        {"target": "own", "own": "AAAA"},
        {"target": "own samples", "own_samples": "AAA"},
        {"plane": "own points", "own_points": "AAA"},
    ],
)
def test_a_damaged_drawing_is_replaced_and_said(broken):
    trainer = SamplingTrainer(LAB.config(**broken), "cpu")
    said = LAB.diagnose(trainer, trainer.scalars(), None)
    assert said.tone == "warn" and "could not be read" in said.sentence
    whole = SamplingTrainer(
        LAB.config(**{**broken, "own": SKYLINE, "own_samples": CLICKED_LINE, "own_points": CLICKED}), "cpu"
    )
    assert np.array_equal(trainer.data, whole.data)


def test_own_points_are_sampled_and_have_no_law():
    points = np.array([[0.5, 0.5], [-0.5, 0.25]])
    trainer = grown(LAB.config(plane="own points", own_points=plane.points_to_text(points)), 500)
    arrays = trainer.snapshot().arrays
    away = np.linalg.norm(arrays["points"][:, None] - points, axis=-1).min(1)
    assert away.max() < 0.1 and arrays["mass lines"].max() == 0
    assert np.isnan(arrays["course/plane"]).all() and np.isnan(arrays["law/plane"]).all()


# The kernel density in the plane


@pytest.mark.parametrize("width", [0.4, 1.0, 3.0])
def test_the_kernel_density_in_the_plane_is_that_of_scipy(width):
    """Else what is computed from fine counts would be another surface than equation (4)."""
    trainer = grown(LAB.config(plane="moons", width=width, seed=3), 280)
    found, points = trainer.plane_estimate(), trainer.snapshot().arrays["points"].astype(float)
    assert len(points) == trainer.n and np.abs(points).max() < HALF
    assert found.h == pytest.approx(width * silverman_plane(np.sqrt(points.var(0, ddof=1).mean()), len(points)))
    middles = (np.arange(FINE) + 0.5) * CELL - HALF
    at = np.stack(np.meshgrid(middles, middles), -1)
    away = ((at[:, :, None] - points) ** 2).sum(-1)
    exact = np.exp(-away / (2 * found.h**2)).mean(2) / (2 * np.pi * found.h**2)
    assert apart(found.kernel, exact * CELL**2) < 0.02  # where in its cell a sample lies is not kept
    theirs = stats.gaussian_kde(points.T, "silverman")
    assert theirs.silverman_factor() == pytest.approx(silverman_plane(1.0, len(points)))


def test_the_error_in_the_plane_counts_what_is_outside():
    p, q = np.zeros((4, 4)), np.zeros((4, 4))
    p[0, 0], q[0, 0], q[3, 3] = 0.5, 0.2, 0.1  # .5 of p and .7 of q are outside
    assert apart(q, p) == apart(p, q) == pytest.approx((0.3 + 0.1 + 0.2) / 2)
    assert apart(p, p) == 0


def test_a_round_bump_keeps_the_mass_and_adds_the_variances():
    mass = np.zeros((FINE, FINE))
    mass[40, 60] = 1.0
    spread = smeared(mass, CELL, 5 * CELL)
    rows, columns = np.indices(mass.shape)
    assert spread.sum() == pytest.approx(1, abs=1e-6) and spread[40, 60] == spread.max()
    for at, middle in ((rows, 40), (columns, 60)):
        assert (spread * at).sum() == pytest.approx(middle, abs=1e-6)
        assert (spread * (at - middle) ** 2).sum() == pytest.approx(25, rel=1e-4)


def test_the_error_of_the_kernel_in_the_plane_comes_down_to_its_blur():
    """As the lesson says of thin shapes: what twenty thousand samples leave of it is not luck."""
    trainer = grown(LAB.config(growth="steady", per_step=1000), 20_000)
    error, mass = trainer.snapshot().arrays["course/plane_kernel"], known("ring8").mass
    assert error[-1] == pytest.approx(apart(smeared(mass, CELL, trainer.plane_estimate().h), mass), rel=0.01)
    assert error[-1] < 0.9 * error[0]


@pytest.mark.parametrize("width", [0.25, 1.0])
def test_the_line_of_the_kernel_density_holds_nine_tenths_of_it(width):
    trainer = grown(LAB.config(plane="blobs", width=width), 2000)
    mass, drawn = trainer.plane_estimate().kernel, trainer.snapshot().arrays["kernel lines"] / 255
    assert mass[drawn >= OUTER].sum() == pytest.approx(0.9 * mass.sum(), abs=0.01)


def test_points_of_ones_own_have_a_kernel_density():
    arrays = grown(LAB.config(plane="own points", width=0.3), 400).snapshot().arrays
    assert arrays["kernel lines"].max() == 255 and np.isnan(arrays["course/plane_kernel"]).all()


# Samples and points of the learner's own


def test_ones_own_samples_are_the_first_and_all_there_are_at_first():
    """Else a learner would not see what histogram and kernel density make of the very samples that were clicked."""
    mine = np.linspace(-2, 2.5, 17)
    trainer = SamplingTrainer(LAB.config(target="own samples", own_samples=line.numbers_to_text(mine)), "cpu")
    assert trainer.n == 17 and trainer.data == pytest.approx(mine, abs=1e-3)
    assert "These are your 17 samples." in LAB.diagnose(trainer, trainer.scalars(), None).sentence
    trainer = grown(trainer.config, 400)
    assert trainer.data[:17] == pytest.approx(mine, abs=1e-3)
    away = np.abs(trainer.data[17:, None] - mine).min(1)
    assert 0.5 * line.CLICK < away.mean() < line.CLICK  # a normal is .8 of its sigma from its middle


def test_whoever_has_more_of_their_own_begins_with_them_all():
    points = plane.points_to_text(np.random.default_rng(0).uniform(-1, 1, (40, 2)))
    own = {"plane": "own points", "own_points": points, "target": "own samples"}
    trainer = SamplingTrainer(LAB.config(**own), "cpu")
    assert trainer.n == 40
    assert trainer.points[:40].numpy() == pytest.approx(plane.text_to_points(points), abs=1e-6)
    assert trainer.data[:10] == pytest.approx(line.text_to_numbers(CLICKED_LINE), abs=1e-6)
    assert "your" not in LAB.diagnose(trainer, trainer.scalars(), None).sentence
    assert SamplingTrainer(LAB.config(), "cpu").n == START


@pytest.mark.parametrize("text", ["A", "A!", "", "AA" * (line.MOST_SAMPLES + 1)])
def test_samples_that_cannot_be_read_are_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"\.$"):
        line.clicked(text)


def test_samples_survive_their_text():
    numbers = np.random.default_rng(3).uniform(-3, 3, 50)
    text = line.numbers_to_text(np.append(numbers, [-9.0, 9.0]))
    assert line.text_to_numbers(text) == pytest.approx(np.append(numbers, [-3, 3]), abs=6 / 4095 / 2 + 1e-9)
    with pytest.raises(ValueError, match="Only numbers"):
        line.numbers_to_text(np.array([np.nan]))


# What the presets say


def test_normal_the_kernel_density_is_nearer_and_the_bins_have_their_price():
    snapshot = shown("Normal", 100_000)
    for n in (30, 100, 1000, 10_000, 100_000):
        assert at(snapshot, "kernel", n) < at(snapshot, "histogram", n)
    assert at(snapshot, "histogram", 1e5) == pytest.approx(snapshot.scalars["histogram_flat"], rel=0.1)


def test_kernel_too_wide_all_of_the_error_is_blur():
    snapshot = shown("Kernel too wide", 20_000)
    arrays = snapshot.arrays
    law = np.interp(np.log(arrays["course/n"]), np.log(arrays["law/n"]), arrays["law/blur"])
    assert np.abs(arrays["course/kernel"] / law - 1).max() < 0.1
    assert snapshot.scalars["kernel_error"] > 0.5
    valley = arrays["kernel density"][np.abs(arrays["x"]).argmin()], arrays["p"][np.abs(arrays["x"]).argmin()]
    assert valley[0] > 100 * valley[1]


def test_many_bins_cost_luck_and_pay_late():
    many, few = shown("Many bins", 100_000), shown("Normal", 100_000)
    ratio = many.scalars["counts_expected"] / few.scalars["counts_expected"]
    assert 2.6 < ratio < 3
    assert few.scalars["histogram_flat"] / many.scalars["histogram_flat"] == pytest.approx(8, rel=0.05)
    assert at(many, "histogram", 8000) > at(few, "histogram", 8000)
    assert at(many, "histogram", 100_000) < at(few, "histogram", 100_000)


def test_sharp_edges_the_histogram_overtakes():
    snapshot = shown("Sharp edges", 100_000)
    assert all(at(snapshot, "kernel", n) < 0.8 * at(snapshot, "histogram", n) for n in (10, 20, 30))
    assert at(snapshot, "kernel", 100_000) > 2 * at(snapshot, "histogram", 100_000)
    blurred = snapshot.arrays["law/blur"]
    slope = np.log(blurred[-1] / blurred[20]) / np.log(snapshot.arrays["law/n"][-1] / snapshot.arrays["law/n"][20])
    assert slope == pytest.approx(-0.2, abs=0.01)  # at an edge the blur falls only as h


def test_a_steady_stream_is_steady_and_slows_down():
    trainer = SamplingTrainer(LAB.presets["A steady stream"], "cpu")
    for _ in range(100):
        trainer.step()
    assert trainer.n == 1010
    n, law = trainer.law("counts")
    errors = np.exp(np.interp(np.log([10, 1010, 2010]), np.log(n), np.log(law)))
    assert errors[0] - errors[1] > 20 * (errors[1] - errors[2])


def test_a_skyline_needs_more_samples_than_a_hill():
    sky, hill = shown("A skyline of your own", 10_000), shown("Normal", 100_000)
    assert at(sky, "kernel", 10_000) > 5 * at(hill, "kernel", 10_000)


# Maps


def test_the_ring_has_the_radius_that_rayleigh_gives():
    """science.md: mean 1.1253 and standard deviation .0655, each within .002."""
    assert (round(maps.RING_MEAN, 4), round(maps.RING_SD, 4)) == (1.1253, 0.0655)
    for seed in range(5):
        radius = np.linalg.norm(maps.ring(np.random.default_rng(seed).normal(size=(20_000, 2))), axis=1)
        assert radius.mean() == pytest.approx(maps.RING_MEAN, abs=0.002)
        assert radius.std() == pytest.approx(maps.RING_SD, abs=0.002)


@pytest.mark.parametrize("t", [0.0, 0.3, 0.8, 1.0])
def test_the_ring_map_stretches_as_its_determinant_says(t):
    """Equation (5) against finite differences."""
    z = np.random.default_rng(2).normal(size=(50, 2))
    step = 1e-6
    columns = [(maps.ring(z + step * e, t) - maps.ring(z - step * e, t)) / (2 * step) for e in np.eye(2)]
    determinant = columns[0][:, 0] * columns[1][:, 1] - columns[0][:, 1] * columns[1][:, 0]
    assert maps.ring_stretch(z, t) == pytest.approx(np.abs(determinant), rel=1e-6)


@pytest.mark.parametrize("t", [0.0, 0.5, 1.0])
def test_the_density_of_the_ring_is_that_of_its_samples(t):
    """Equation (1): its radial mass against the frequencies of 100 000 moved points."""
    radius = np.linalg.norm(maps.ring(np.random.default_rng(4).normal(size=(100_000, 2)), t), axis=1)
    edges = np.linspace(0, radius.max(), 26)
    fine = np.linspace(0, radius.max(), 25 * 400 + 1)
    middles = (fine[1:] + fine[:-1]) / 2
    p = maps.ring_density(middles[:, None] * np.array([0.6, 0.8]), t) * 2 * np.pi * middles
    mass = (p * np.diff(fine)).reshape(25, 400).sum(1)
    shares = np.histogram(radius, edges)[0] / len(radius)
    assert mass.sum() == pytest.approx(1, abs=1e-3)
    assert np.abs(shares - mass).max() < 5 * np.sqrt(mass.max() / len(radius))


def test_an_affine_map_divides_the_density_by_its_stretch():
    x = np.linspace(-4, 6, 11)
    assert maps.affine_density(x, 1.0, 2.0) == pytest.approx(stats.norm(1, 2).pdf(x), rel=1e-12)


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.6])
def test_the_correlated_normal_is_that_of_scipy(rho):
    points = np.random.default_rng(1).normal(size=(20, 2))
    theirs = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).pdf(points)
    assert maps.correlated_density(points, rho) == pytest.approx(theirs, rel=1e-9)


def test_no_line_of_the_grid_runs_through_the_origin():
    lines = maps.lattice(3.0, 14, 61)
    assert lines.shape == (28, 61, 2)
    assert np.isfinite(maps.ring(lines)).all()
    with pytest.raises(ValueError, match=r"must be even\.$"):
        maps.lattice(3.0, 13, 61)


# The map of models


def test_every_card_says_what_science_says():
    """The statements that are commonly wrong: a VAE bounds p(x), an autoregressive model has it, a GAN has none."""
    cards = {card.name: (family.name, card) for family in TREE for card in family.cards}
    assert len(cards) == sum(len(family.cards) for family in TREE) == 9
    assert {name for name, (family, _) in cards.items() if family == "Implicit"} == {
        name for name, (_, card) in cards.items() if card.density == "no"
    }
    assert {name for name, (family, _) in cards.items() if family == "Explicit, tractable"} == {
        name for name, (_, card) in cards.items() if card.density == "exactly"
    }
    assert cards["Variational autoencoder"][1].density == "a bound"
    assert "From below only" in cards["Variational autoencoder"][1].answers
    assert r"2\,\mathrm{JS}-\log4" in cards["GAN"][1].objective
    assert r"\mathrm{KL}(p_G\,\|\,p)-2\,\mathrm{JS}" in cards["GAN"][1].objective
    for _, card in cards.values():
        words = (card.samples, card.answers, card.representation, card.objective, card.optimiser)
        assert all(text.rstrip().endswith(".") for text in words) and card.sampling


def test_cards_open_labs_that_exist_and_name_their_slugs_well():
    slugs = [slug for family in TREE for card in family.cards for slug in card.labs]
    assert "sampling" in slugs and "coin-gan" in slugs
    planned = {"autoregressive", "vae", "diffusion", "gan-1d", "gan-2d", "mnist-gan", "wgan-vs-gan"}
    assert set(slugs) <= planned | set(LABS)


# The page


@pytest.fixture
def page():
    app = AppTest.from_file(str(SHELL), default_timeout=60).run()
    app.switch_page(str(ROOT / "pages" / "sampling.py")).run()
    assert not app.exception
    yield app
    for run in tuple(registry()._runs.values()):
        registry()._discard(run)


def tab(app: AppTest, title: str) -> AppTest:
    app.session_state["sampling/tab"] = title
    app.run()
    assert not app.exception
    return app


def test_the_page_shows_its_question_and_hides_what_has_no_widget(page):
    assert page.title[0].value == LAB.question
    keys = {widget.key for widget in (*page.sidebar.text_input, *page.sidebar.selectbox, *page.sidebar.slider)}
    assert "sampling/knob/target" in keys and "sampling/knob/own" not in keys
    assert {"Draw your own", "Click samples on the line", "Click your own points"} <= {
        button.label for button in page.sidebar.button
    }


def test_the_maps_tab_computes_what_it_says(page):
    words = " ".join(element.value for element in tab(page, "Maps").markdown)
    assert "0.242 / 2.0 = **0.121**" in words
    assert "| mean | 1.1253 |" in words and "| standard deviation | 0.0655 |" in words
    page.slider(key="sampling/maps/sigma").set_value(0.5).run()
    assert "0.242 / 0.5 = **0.484**" in " ".join(element.value for element in page.markdown)


def test_the_surface_tab_draws_every_density(page):
    tab(page, "Surface")
    for name in ("ring8", "checkerboard", "correlated normal"):
        page.selectbox(key="sampling/surface").set_value(name).run()
        assert not page.exception


def test_every_model_has_its_card(page):
    tab(page, "Which model can do what?")
    assert [e.label for e in page.main.expander] == [f"**{card.name}**" for family in TREE for card in family.cards]
    words = " ".join(element.value for element in page.markdown)
    assert words.count("**Can it answer p(x)?**") == 9 and "You are in its lab" in words


def test_a_density_in_the_address_is_drawn(page):
    text = line.heights_to_text(np.eye(line.BINS)[5])
    page.switch_page(str(ROOT / "pages" / "home.py")).run()
    page.switch_page(str(ROOT / "pages" / "sampling.py"))
    page.query_params["target"], page.query_params["own"] = "own", text
    page.run()
    run = registry().find(page.session_state["sampling/run"])
    assert run is not None and run.asked.own == text
    assert np.ptp(SamplingTrainer(run.asked, "cpu").data) < 6 / line.BINS
