"""Every target's samples follow its density, and what it says about itself is exact."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from playground.data.letters import GLYPHS, LETTERS, LONGEST, TALLEST, WIDEST, pen_strokes
from playground.data.line import (
    ALPHABET,
    BINS,
    REACH,
    Exponential,
    NormalMixture,
    Steps,
    bumps,
    drawn,
    exponential,
    far_apart,
    heights_to_text,
    normal,
    text_to_heights,
    uniform,
)
from playground.data.plane import (
    MOST_POINTS,
    TARGETS,
    Moved,
    PlaneTarget,
    Strokes,
    density_levels,
    points_to_text,
    target,
    text_to_points,
)
from playground.quadrature import cell_masses

ISLANDS = np.r_[np.zeros(5), np.arange(12.0), np.zeros(9), np.full(8, 5.0), np.zeros(14)]  # two, with nothing between
LINES = {
    "normal": normal(1.0, 0.4),
    "uniform": uniform(-2.0, 0.5),
    "exponential": exponential(1.5),
    "two bumps": bumps(2),
    "three bumps": bumps(3),
    "five bumps": bumps(5, 0.1),
    "far apart": far_apart(),
    "unequal": NormalMixture((1.0, 0.0, 5.0), (-1.0, 9.0, 2.0), (0.2, 1.0, 0.9)),
    "drawn": drawn(heights_to_text(ISLANDS)),
}
PLANES = {name: target(name) for name in TARGETS} | {
    "word": target("letters", word="Gan42"),
    "letter": target("letters", 0.5, word="R"),
    "noisy moons": target("moons", 3.0),
    "sharp grid": target("grid25", 2.0),
    "moved ring": Moved(target("ring8"), 0.3, 3.0),
    "moved spiral": Moved(target("spiral"), 1.5, -0.5),
}
every_line = pytest.mark.parametrize("line", LINES.values(), ids=LINES)
every_plane = pytest.mark.parametrize("plane", PLANES.values(), ids=PLANES)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# On the line


@every_line
def test_samples_on_the_line_follow_their_cumulative(line):
    """Else the histogram would converge to another curve than the one drawn."""
    chances = [stats.kstest(line.draw(20_000, seeded(seed)).numpy(), line.cumulative).pvalue for seed in range(5)]
    assert min(chances) > 1e-3 and max(chances) > 0.1


def test_another_distribution_would_be_noticed():
    """Else the test above could not fail: a shift by a thirtieth of sigma is enough."""
    samples = normal(0.0, 1.0).draw(20_000, seeded(0)).numpy()
    assert stats.kstest(samples, normal(0.033, 1.0).cumulative).pvalue < 1e-3


@every_line
def test_the_cumulative_is_the_integral_of_the_density(line):
    """Else p, F and the mass 1 would not belong together."""
    low, high = line.window
    x = np.linspace(low, high, 24)
    breaks = sorted({*getattr(line, "edges", ()), *(c for c, _ in line.modes), 0.0})
    for a, b in itertools.pairwise(x):
        inside = [at for at in breaks if a < at < b]
        area, _ = integrate.quad(lambda at: float(line.density(np.array(at))), a, b, points=inside or None)
        assert area == pytest.approx(float(np.diff(line.cumulative(np.array([a, b])))[0]), abs=1e-8)
    assert line.cumulative(np.array([-1e3, 1e3])).tolist() == pytest.approx([0, 1], abs=1e-12)


@every_line
def test_the_quantile_inverts_the_cumulative(line):
    """Else the optimal map would carry the noise elsewhere, most of all where there is no mass between two bumps."""
    u = np.linspace(0.001, 0.999, 997)
    x = line.quantile(u)
    np.testing.assert_allclose(line.cumulative(x), u, atol=1e-12)
    assert np.all(np.diff(x) > 0)
    assert np.all(line.cumulative(x - 1e-6) < u), "there is a smaller x"


def test_quantiles_at_the_ends():
    """Else the curve of the optimal map would leave the support of a drawn density."""
    ends = np.array([0.0, 1.0])
    assert LINES["drawn"].quantile(ends).tolist() == pytest.approx([-REACH + 6 / 8, -REACH + 34 / 8])
    assert LINES["uniform"].quantile(ends).tolist() == [-2, 0.5]
    assert exponential().quantile(ends).tolist() == [0, math.inf]
    assert bumps(2).quantile(ends).tolist() == [-math.inf, math.inf]


@every_line
def test_moments_are_those_of_the_density(line):
    """Else W1 / sigma would be in other units, and the mean's error would be measured from the wrong place."""
    t = (np.arange(10_000) + 0.5) / 10_000
    x, weight = line.quantile(t * t * (3 - 2 * t)), 6 * t * (1 - t) / len(t)  # densest at the ends, where x is steep
    mean = float(weight @ x)
    assert line.mean == pytest.approx(mean, abs=2e-4)
    assert line.sd == pytest.approx(float(weight @ (x - mean) ** 2) ** 0.5, rel=2e-4)


def test_second_opinions_on_the_line():
    """Else a mistake could be the same in p, F and Q."""
    x, u = np.linspace(-4, 9, 301), np.linspace(0.01, 0.99, 99)
    pairs = [
        (normal(1.0, 0.4), stats.norm(1.0, 0.4)),
        (uniform(-2.0, 0.5), stats.uniform(-2.0, 2.5)),
        (exponential(1.5), stats.expon(scale=1.5)),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours.density(x), theirs.pdf(x), atol=1e-12)
        np.testing.assert_allclose(ours.cumulative(x), theirs.cdf(x), atol=1e-12)
        np.testing.assert_allclose(ours.quantile(u), theirs.ppf(u), atol=1e-9)
        assert (ours.mean, ours.sd) == pytest.approx((theirs.mean(), theirs.std()))


@every_line
def test_the_window_shows_nearly_everything(line):
    """Else a tail would be cut off, or the target would be a needle in an empty picture."""
    low, high = line.window
    below, above = line.cumulative(np.array([low, high]))
    assert below + 1 - above <= 1e-3
    assert high - low <= 1.31 * float(np.ptp(line.quantile(np.array([0.0005, 0.9995]))))


def test_bumps_are_bumps():
    """Else modes would be counted where the density has none, or missed where it has one."""
    for k in (2, 3, 4, 5):
        line = bumps(k)
        x = np.linspace(-4, 4, 8001)
        p = line.density(x)
        peaks = x[1:-1][(p[1:-1] > p[:-2]) & (p[1:-1] > p[2:])]
        assert len(line.modes) == len(peaks) == k
        np.testing.assert_allclose(peaks, [centre for centre, _ in line.modes], atol=0.01)
    assert [centre for centre, _ in bumps(5).modes] == [-2, -1, 0, 1, 2]
    assert bumps(3).modes[0] == pytest.approx((-2, 0.5))
    assert far_apart(6.0, 0.25).modes == ((-3, 0.25), (3, 0.25))
    assert NormalMixture((1, 1), (0, 1), (0.6, 0.6)).modes == ()  # they merge
    assert uniform().modes == exponential().modes == ()


@pytest.mark.parametrize("make", [lambda: NormalMixture((1,), (0, 1), (1,)), lambda: NormalMixture((1,), (0,), (0,)),
                                  lambda: Steps((0, 1, 1), (1, 1)), lambda: Steps((0, 1), (0,)),
                                  lambda: Steps((0, 1, 2), (1, -1)), lambda: Steps((0, 1), (math.nan,))])  # fmt: skip
def test_what_is_no_distribution_is_refused(make):
    """Else NaN would reach the screen instead of a sentence."""
    with pytest.raises(ValueError, match=r"^A .*\.$"):
        make()


# A drawn density as text


def test_a_drawn_density_survives_as_text():
    """Else a shared link would show another drawing."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        heights = np.maximum(rng.normal(0.5, 1, BINS), 0) * rng.uniform(0.01, 100)
        text = heights_to_text(heights)
        back = text_to_heights(text)
        assert len(text) == BINS and set(text) <= set(ALPHABET)
        assert np.abs(back - heights / heights.max()).max() <= 0.5 / 63 + 1e-12
        assert heights_to_text(back) == text
    assert len(set(ALPHABET)) == 64
    assert heights_to_text(np.full(BINS, -3.0)) == heights_to_text(np.zeros(BINS)) == ALPHABET[0] * BINS


def test_a_drawn_density_stands_where_it_was_drawn():
    """Else the mass would be mirrored or moved by a column."""
    heights = np.zeros(BINS)
    heights[10] = 1
    line = drawn(heights_to_text(heights))
    left = -REACH + 10 * 2 * REACH / BINS
    assert line.quantile(np.array([0.0, 1.0])).tolist() == pytest.approx([left, left + 2 * REACH / BINS])
    assert float(line.density(np.array(left + 0.01))) == pytest.approx(BINS / (2 * REACH))


@pytest.mark.parametrize("text", ["", "A" * 47, "B" * 49, "A" * 47 + " ", "A" * 47 + "é", "A" * 48])
def test_a_damaged_drawing_is_refused_in_one_sentence(text):
    """Else a broken link would break the page."""
    with pytest.raises(ValueError, match=r"^A drawn density [^.]*\.$"):
        drawn(text)


@pytest.mark.parametrize("heights", [np.ones(BINS - 1), np.full(BINS, math.inf), np.full(BINS, math.nan)])
def test_what_is_no_drawing_has_no_text(heights):
    with pytest.raises(ValueError, match=r"^A drawn density [^.]*\.$"):
        heights_to_text(heights)


# In the plane


@every_plane
def test_samples_in_the_plane_follow_their_density(plane):
    """Else the contours would be those of another distribution."""
    edges = np.linspace(*plane.frame, 25)
    expected = cell_masses(plane.density, edges, nodes=12).ravel()
    n, chances = 20_000, []
    for seed in range(3):
        x, y = plane.draw(n, seeded(seed)).numpy().T
        counts = np.histogram2d(y, x, bins=(edges, edges))[0].ravel()
        chances.append(chi_square(counts, expected, n))
    assert min(chances) > 1e-3 and max(chances) > 0.03


def chi_square(counts: np.ndarray, expected: np.ndarray, n: int) -> float:
    """The chance of counts as odd as these. Cells that expect less than 8 are one cell with all that is outside."""
    big = expected * n >= 8
    seen = np.append(counts[big], n - counts[big].sum())
    hoped = np.append(expected[big], max(1 - expected[big].sum(), 0)) * n
    if hoped[-1] < 8:  # next to nothing is left: a neighbour takes it
        seen, hoped = np.append(seen[:-2], seen[-2:].sum()), np.append(hoped[:-2], hoped[-2:].sum())
    return float(stats.chisquare(seen, hoped * n / hoped.sum()).pvalue)


@pytest.mark.parametrize("name", TARGETS)
def test_other_noise_would_be_noticed(name):
    """Else the test above could not fail: half as much noise again does not pass for the density."""
    other, plane = target(name, 1.5), target(name)
    edges = np.linspace(*plane.frame, 25 if name != "checkerboard" else 151)
    x, y = other.draw(60_000, seeded(0)).numpy().T
    counts = np.histogram2d(y, x, bins=(edges, edges))[0].ravel()
    assert chi_square(counts, cell_masses(plane.density, edges, nodes=6).ravel(), 60_000) < 1e-4


@every_plane
def test_mass_mean_and_spread_are_those_of_the_density(plane):
    """Else a density would be too high, or samples and density could be shifted within the cells of the test above."""
    low, high = plane.frame
    at, weights = np.polynomial.legendre.leggauss(400)
    x, weights = (at * (high - low) + high + low) / 2, weights * (high - low) / 2
    p = np.stack([plane.density(np.stack((x, np.full(400, y)), 1)) for y in x]) * np.outer(weights, weights)
    assert p.sum() == pytest.approx(1, abs=2e-4)
    p /= p.sum()
    n = 200_000
    samples = plane.draw(n, seeded(2)).double().numpy()
    for axis, share in ((0, p.sum(0)), (1, p.sum(1))):
        mean = share @ x
        sd = math.sqrt(share @ (x - mean) ** 2)
        assert samples[:, axis].mean() == pytest.approx(mean, abs=5 * sd / math.sqrt(n))
        assert samples[:, axis].std() == pytest.approx(sd, rel=0.01)


@every_plane
def test_the_frame_shows_the_target_and_a_young_generator(plane):
    """Else the picture would cut off what it is about."""
    low, high = plane.frame
    assert -plane.window <= low < -0.5 and 0.5 < high <= plane.window
    samples = plane.draw(50_000, seeded(1)).numpy()
    assert np.mean((samples < low).any(1) | (samples > high).any(1)) < 5e-4


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "blob"])
def test_targets_are_about_as_large_as_each_other(name):
    """Else one set of settings would not suit them all."""
    sd = target(name).draw(20_000, seeded(0)).std(0)
    assert sd.min() > 0.3 and 0.55 < sd.max() < 0.8


@pytest.mark.parametrize("name", ["ring8", "grid25", "blobs", "blob"])
def test_blobs_are_a_mixture_of_normals(name):
    """Else the density of the targets whose modes are counted would be unchecked by others."""
    plane = target(name, 1.3)
    points = plane.draw(200, seeded(0)).double().numpy()
    shares = zip(plane.weights, plane.centres, strict=True)
    other = sum(w * stats.multivariate_normal(c, plane.sigma**2).pdf(points) for w, c in shares)
    np.testing.assert_allclose(plane.density(points), other, rtol=1e-9)
    assert plane.weights.sum() == pytest.approx(1)


def test_the_diagonal_is_a_correlated_normal():
    """Else the ellipse would lie along the other diagonal, or be as long as its variance."""
    plane = target("diagonal", 1.2)
    turn = np.array([[1, -1], [1, 1]]) / math.sqrt(2)
    covariance = turn @ np.diag([0.9**2, 0.3**2]) @ turn.T
    points = np.random.default_rng(0).normal(size=(200, 2))
    other = stats.multivariate_normal((0, 0), covariance).pdf(points)
    np.testing.assert_allclose(plane.density(points), other, rtol=1e-9)
    np.testing.assert_allclose(np.cov(plane.draw(200_000, seeded(0)).numpy().T), covariance, atol=0.01)


@pytest.mark.parametrize("noise", [0.2, 1.0, 8.0])
def test_the_ring_is_a_circle_of_blobs(noise):
    """Else the Bessel function in equation (2) would be the wrong one, or overflow for a thin ring."""
    plane, angle = target("ring", noise), np.arange(20_000) * (2 * math.pi / 20_000)
    circle = np.stack((np.cos(angle), np.sin(angle)), 1)
    points = np.array([[0, 0], [0.5, 0.5], [1, 0], [0, -1.03], [0.7, 0.72], [-1.2, 0.4]])
    square = ((points[:, None] - circle) ** 2).sum(-1)
    other = np.exp(-square / (2 * plane.spread**2)).mean(1) / (2 * math.pi * plane.spread**2)
    np.testing.assert_allclose(plane.density(points), other, rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize("name", ["line", "moons", "spiral", "swiss roll"])
def test_a_curve_is_a_chain_of_blobs(name):
    """Else equation (3) would not be the density of points along straight pieces with round noise."""
    plane = target(name, 1.7)
    along = (np.arange(4000) + 0.5) / 4000
    points = plane.draw(40, seeded(0)).double().numpy()
    other = np.zeros(40)
    for start, end, weight in zip(plane.start, plane.end, plane.weights, strict=True):
        nodes = start + (end - start) * along[:, None]
        square = ((points[:, None] - nodes) ** 2).sum(-1)
        other += weight * np.exp(-square / (2 * plane.spread**2)).mean(1) / (2 * math.pi * plane.spread**2)
    np.testing.assert_allclose(plane.density(points), other, rtol=1e-5)


def test_mass_along_a_curve_goes_by_length_or_by_parameter():
    """Else short pieces would be as bright as long ones, or the roll would not be uniform in t."""
    bent = np.array([[0, 0], [3, 0], [3, 1]])
    assert Strokes.along([bent], 0.1).weights.tolist() == [0.75, 0.25]
    assert Strokes.along([bent], 0.1, even=False).weights.tolist() == [0.5, 0.5]
    roll = target("swiss roll", 0.01).draw(100_000, seeded(0)).double().numpy()
    radius = np.hypot(*roll.T) / 1.2 * 4.5 * math.pi
    chance = stats.kstest(radius, stats.uniform(1.5 * math.pi, 3 * math.pi).cdf)
    assert chance.statistic < 0.01


def test_modes_know_their_centres_and_sigma():
    """Else coverage would look for modes elsewhere, or at another width."""
    for name, k in (("ring8", 8), ("grid25", 25), ("blobs", 3), ("blob", 1)):
        for plane in (target(name, 0.7), Moved(target(name, 0.7), 0.4, 2.0)):
            samples = plane.draw(50_000, seeded(0)).double().numpy()
            away = np.sqrt(((samples[:, None] - plane.centres) ** 2).sum(-1).min(1))
            assert plane.centres.shape == (k, 2)
            assert np.mean(away <= 3 * plane.sigma) == pytest.approx(1 - math.exp(-4.5), abs=2e-3)
            assert np.mean(away <= plane.sigma) == pytest.approx(1 - math.exp(-0.5), abs=1e-2)
    assert all(target(name).centres.shape == (0, 2) for name in ("ring", "line", "moons", "checkerboard", "diagonal"))


def test_a_moved_target_is_where_it_was_sent():
    """Else the preset of the vanishing gradient would look for it where it is not."""
    plane = Moved(target("ring8"), 0.3, 3.0)
    assert plane.sigma == pytest.approx(0.015)
    np.testing.assert_allclose(plane.centres[0], [3.3, 3.0])
    np.testing.assert_allclose(plane.centres.mean(0), [3, 3], atol=1e-12)
    low, high = plane.frame
    assert low <= -1 and high > 3.4 and plane.window == high
    assert Moved(target("ring8"), 1.0, 0.0).frame == target("ring8").frame


def test_the_checkerboard_alternates():
    """Else it would be a square."""
    at = np.array([-0.75, -0.25, 0.25, 0.75])
    heights = target("checkerboard").density(np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)).reshape(4, 4)
    np.testing.assert_allclose(heights, (np.indices((4, 4)).sum(0) % 2 == 0) * 0.5, atol=1e-6)


@pytest.mark.parametrize("name", ["blob", "moons", "ring8", "grid25"])
def test_contours_enclose_their_share(name):
    """Else "half of the points lie inside this line" would be wrong."""
    plane, shares = target(name), (0.95, 0.5, 0.2)
    levels = density_levels(plane, shares)
    heights = plane.density(plane.draw(20_000, seeded(9)).double().numpy())
    np.testing.assert_allclose([(heights >= level).mean() for level in levels], shares, atol=0.025)
    if name == "blob":  # the share s lies within r with 1 - exp(-r^2 / 2 sigma^2) = s, so p(r) = (1 - s) p(0)
        np.testing.assert_allclose(levels, (1 - np.array(shares)) / (2 * math.pi * 0.09), atol=0.06)


# Letters


def test_every_letter_can_be_typed_and_is_itself():
    """Else a learner's name would come out with holes, or two letters would look the same."""
    assert set(GLYPHS) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert set(LETTERS) == set(GLYPHS) | {letter.lower() for letter in GLYPHS}
    pictures = set()
    for letter in GLYPHS:
        glyph, small = pen_strokes(letter), pen_strokes(letter.lower())
        assert all((a == b).all() for a, b in zip(glyph, small, strict=True))
        edges = np.linspace(-1, 1, 7)
        plane = target("letters", word=letter)
        cells = cell_masses(plane.density, edges, nodes=4)
        pictures.add((cells > 0.01).tobytes())
        assert all(len(stroke) > 1 and (np.hypot(*np.diff(stroke, axis=0).T) > 0).all() for stroke in glyph)
    assert len(pictures) >= len(GLYPHS) - 1  # on so coarse a grid one pair may fall together


@pytest.mark.parametrize("word", ["I", "A", "GAN", "Ian", "MWMWMWMW", "IIIIIIII", "a1B2"])
def test_a_word_fits(word):
    """Else a long word would leave the picture, or a short one fill it to the edge."""
    points = np.concatenate(pen_strokes(word))
    assert np.ptp(points[:, 0]) <= WIDEST + 1e-9 and np.ptp(points[:, 1]) <= TALLEST + 1e-9
    np.testing.assert_allclose(points.min(0) + points.max(0), 0, atol=1e-9)
    assert np.isclose(np.ptp(points[:, 0]), WIDEST, rtol=0.15) or np.isclose(np.ptp(points[:, 1]), TALLEST)


def test_letters_are_read_from_left_to_right():
    """Else the word would be mirrored."""
    first, second = pen_strokes("LT")[0], pen_strokes("LT")[1]
    assert first[:, 0].max() < second[:, 0].min()
    (upright,) = pen_strokes("L")
    np.testing.assert_allclose(upright, [[-0.6, 0.9], [-0.6, -0.9], [0.6, -0.9]])


@pytest.mark.parametrize("word", ["", "A" * (LONGEST + 1), "Ä", "A B", "<b>"])
def test_what_is_no_word_is_refused_in_one_sentence(word):
    with pytest.raises(ValueError, match=r"^A word has [^.]*\.$"):
        target("letters", word=word)


# A learner's own points


def test_own_points_survive_as_text():
    """Else a shared link would train on other points."""
    rng = np.random.default_rng(0)
    step = 2 * REACH / 4095
    for n in (0, 1, 7, MOST_POINTS):
        points = rng.uniform(-REACH, REACH, (n, 2))
        text = points_to_text(points)
        back = text_to_points(text)
        assert len(text) == 4 * n and set(text) <= set(ALPHABET) and back.shape == (n, 2)
        assert np.abs(back - points).max(initial=0) <= step / 2 + 1e-12
        assert points_to_text(back) == text
    beyond = text_to_points(points_to_text(np.array([[9, -9], [REACH, -REACH], [0, 1e300]])))
    np.testing.assert_allclose(beyond, [[3, -3], [3, -3], [0, 3]], atol=step / 2 + 1e-12)


@pytest.mark.parametrize("text", ["A", "AAA", "AAAAA", "AAA ", "AAAé", "AAAA" * (MOST_POINTS + 1)])
def test_damaged_points_are_refused_in_one_sentence(text):
    with pytest.raises(ValueError, match=r"^Points are written [^.]*\.$"):
        text_to_points(text)


@pytest.mark.parametrize("points", [np.zeros((MOST_POINTS + 1, 2)), np.array([[0, math.nan]])])
def test_what_are_no_points_have_no_text(points):
    with pytest.raises(ValueError, match=r"^At most [^.]*\.$"):
        points_to_text(points)


def test_own_points_are_drawn_evenly_and_close_by():
    """Else the learner's drawing would not be what is trained on."""
    points = np.array([[-1.0, -1.0], [2.0, 0.0], [0.0, 1.5], [0.1, 1.5]])
    plane = target("own", 2.0, own=points_to_text(points))
    samples = plane.draw(8000, seeded(0)).double().numpy()
    away = np.sqrt(((samples[:, None] - points) ** 2).sum(-1))
    assert away.min(1).max() < 0.02 * 5
    assert np.mean(away.min(1) ** 2) == pytest.approx(2 * 0.02**2, rel=0.1)
    assert stats.chisquare(np.bincount(away.argmin(1), minlength=4)).pvalue > 1e-3
    assert np.isnan(plane.density(points)).all() and np.isnan(density_levels(plane)).all()
    assert plane.window > 2.0 and len(plane.centres) == 0


def test_without_own_points_there_is_a_sentence():
    with pytest.raises(ValueError, match=r"^There are no points of your own yet[^.]*\.$"):
        target("own")


@pytest.mark.parametrize("noise", [0.0, -1.0])
def test_a_target_without_noise_is_refused(noise):
    """Else its density would be infinite on the skeleton."""
    with pytest.raises(ValueError, match=r"^A target needs some noise[^.]*\.$"):
        target("ring8", noise)


# What all have in common


@pytest.mark.parametrize(
    "one",
    [*LINES.values(), *PLANES.values(), target("own", own="AAAABBBB")],
    ids=[*LINES, *PLANES, "own"],
)
def test_samples_depend_on_their_generator_alone(one):
    """Else two runs in one process would disturb each other, and the same seed would not give the same run."""
    before = torch.random.get_rng_state()
    first = one.draw(100, seeded(5))
    torch.rand(3)  # someone else draws
    torch.random.set_rng_state(before)
    again = one.draw(100, seeded(5))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first, again) and not torch.equal(first, one.draw(100, seeded(6)))
    assert first.dtype == torch.float32 and first.shape == ((100, 2) if isinstance(one, PlaneTarget) else (100,))


def test_the_generator_moves_on():
    """Else every minibatch would be the same."""
    generator = seeded(0)
    assert not torch.equal(Exponential(1.0).draw(50, generator), Exponential(1.0).draw(50, generator))
