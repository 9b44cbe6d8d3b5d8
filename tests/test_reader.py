"""The reader that ships, the distance in its features, and the neighbours of an image."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from playground.data.digits import Digits, chosen, grey, mnist
from playground.data.kept_digits import keep
from playground.frechet import Frechet, digit_yardstick, moments
from playground.neighbours import SLACK, copy_ratio, nearest, relative, usual_distance
from playground.reader import FEATURES, reader
from playground.reader.network import FILE, INDEPENDENT, SIZES, load
from playground.reader.train import accuracy, independent, lesson, main, otherwise_written, strangers, train
from playground.shortlist import shortlist

torch.set_num_threads(1)
DIGITS = mnist()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def new_digits(n: int, seed: int = 0) -> torch.Tensor:
    return grey(DIGITS.test_x[torch.randperm(10_000, generator=seeded(seed))[:n]])


# The reader


def test_the_reader_reads():
    assert accuracy(reader(), grey(DIGITS.test_x), DIGITS.test_y) >= 0.99
    assert FILE.stat().st_size < 1_000_000


def test_the_reader_is_what_its_equation_says():
    judge, x = reader(), new_digits(50)
    (w1, b1), (w2, b2), (w3, b3) = judge.net.layers
    before = x.clone()
    f = ((x @ w1 + b1).relu() @ w2 + b2).relu()
    assert torch.allclose(judge.features(x), f, atol=1e-4) and f.shape == (50, FEATURES)
    assert torch.allclose(judge.probabilities(x), (f @ w3 + b3).softmax(1), atol=1e-5)
    assert torch.equal(x, before)  # measuring must not write into what is measured
    assert judge is reader()


def test_the_reader_does_not_know_what_is_no_digit():
    probabilities = reader().probabilities(strangers(new_digits(900), seeded(1)))
    assert probabilities.max(1).values.mean() < 0.2
    assert reader().probabilities(torch.zeros(1, 784)).max() < 0.2
    assert reader().probabilities(new_digits(900)).max(1).values.mean() > 0.9


def test_reading_a_thousand_digits_is_quick():
    x, times = new_digits(1000), []
    for _ in range(20):
        start = time.process_time()
        reader().features(x)
        times.append(time.process_time() - start)
    assert min(times) < 0.015


def test_lessons_hold_digits_and_some_that_are_none():
    x, y = grey(DIGITS.train_x[:240]), DIGITS.train_y[:240]
    images, t = lesson(x, y, seeded())
    assert images.shape == x.shape and images.min() >= 0 and images.max() <= 1
    assert torch.allclose(t.sum(1), torch.ones(240))
    assert torch.allclose(t[:30], torch.tensor(0.1))
    assert torch.equal(t[30:].argmax(1), y[30:].long()) and torch.allclose(t[30:].max(1).values, torch.tensor(0.955))
    again, _ = lesson(x, y, seeded())
    assert torch.equal(images, again)


def test_a_digit_written_otherwise_is_another_picture_of_it():
    x = grey(DIGITS.test_x[:500])
    other = otherwise_written(x, seeded())
    assert ((other - x).norm(dim=1) > 1).all()
    assert accuracy(reader(), other, DIGITS.test_y[:500]) > 0.95


def test_independent_pixels_keep_their_brightness_and_lose_each_other():
    x = grey(DIGITS.train_x[:2000])
    mixed = independent(x, seeded())
    assert torch.equal(mixed.sort(0).values, x.sort(0).values)
    pair = [14 * 28 + 14, 14 * 28 + 15]
    assert torch.corrcoef(x[:, pair].T)[0, 1] > 0.7
    assert abs(torch.corrcoef(mixed[:, pair].T)[0, 1]) < 0.1


def test_training_learns_and_repeats_itself():
    few = Digits(DIGITS.train_x[:4800], DIGITS.train_y[:4800], DIGITS.test_x, DIGITS.test_y)
    one, other = train(few, epochs=4), train(few, epochs=4)
    assert torch.equal(one.net.flat, other.net.flat)
    assert accuracy(one, grey(DIGITS.test_x), DIGITS.test_y) > 0.85


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_script_makes_the_reader_that_ships(tmp_path):
    threads = torch.get_num_threads()
    main(tmp_path / "weights.safetensors")
    torch.set_num_threads(threads)
    made = load(tmp_path / "weights.safetensors")
    assert accuracy(made, grey(DIGITS.test_x), DIGITS.test_y) >= 0.99
    said, ships = made.probabilities(grey(DIGITS.test_x)), reader().probabilities(grey(DIGITS.test_x))
    assert (said.argmax(1) == ships.argmax(1)).float().mean() > 0.99  # bit for bit on the machine that made it
    assert made.net.sizes == SIZES


# The Frechet distance


def gaussian(mean: np.ndarray, cov: np.ndarray, n: int = 400, seed: int = 0) -> torch.Tensor:
    """Points whose mean and unbiased covariance are exactly these."""
    points = np.random.default_rng(seed).normal(size=(n, len(mean)))
    points -= points.mean(0)
    points = points @ np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(points.T)))).T
    return torch.from_numpy(points @ np.linalg.cholesky(cov).T + mean)


def covariance(d: int, seed: int) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


@pytest.mark.parametrize("d", [1, 2, 7, 64])
def test_the_distance_is_that_of_the_matrix_square_root(d):
    m1, m2 = np.random.default_rng(d).normal(size=(2, d))
    c1, c2 = covariance(d, 1), covariance(d, 2)
    expected = (m1 - m2) @ (m1 - m2) + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
    one, other = gaussian(m1, c1), gaussian(m2, c2, n=300, seed=1)
    assert Frechet(one).distance(other) == pytest.approx(expected, rel=1e-8)
    assert Frechet(other).distance(one) == pytest.approx(expected, rel=1e-8)  # symmetric


def test_the_distance_of_equal_gaussians_is_0_and_a_shift_counts_squared():
    c = covariance(5, 3)
    f = gaussian(np.zeros(5), c)
    shift = np.array([3.0, 0, -4, 0, 0])
    assert Frechet(f).distance(f) == pytest.approx(0, abs=1e-9)
    assert Frechet(f).distance(gaussian(shift, c, seed=2)) == pytest.approx(25, rel=1e-9)


def test_covariances_that_commute_differ_by_their_standard_deviations():
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))
    sd1, sd2 = np.array([1.0, 2, 3, 0.5]), np.array([2.0, 2, 1, 0.1])
    one, other = (gaussian(np.zeros(4), turn * sd**2 @ turn.T) for sd in (sd1, sd2))
    assert Frechet(one).distance(other) == pytest.approx(((sd1 - sd2) ** 2).sum(), rel=1e-9)


def test_features_that_never_change_are_no_trouble():
    f = torch.zeros(10, 3)
    f[:, 0] = torch.arange(10.0)
    assert Frechet(f).distance(f) == pytest.approx(0, abs=1e-12)
    assert Frechet(f).distance(torch.zeros(5, 3)) == pytest.approx(4.5**2 + np.var(range(10), ddof=1))
    with pytest.raises(ValueError, match="two samples"):
        Frechet(f[:1])


def test_moments_are_those_of_numpy():
    f = torch.randn(30, 4, generator=seeded())
    mean, cov = moments(f)
    assert np.allclose(mean, f.numpy().mean(0), atol=1e-6) and np.allclose(cov, np.cov(f.numpy().T), atol=1e-6)


# The yardstick of digits


def test_the_scale_has_its_two_marks():
    yardstick = digit_yardstick()
    mixed = independent(grey(DIGITS.train_x[:10_000]), seeded(5))
    assert yardstick.distance(mixed) == pytest.approx(INDEPENDENT, rel=0.02)
    low, median, high = yardstick.floor(1000)
    assert 0.3 < low < median < high < 3
    assert digit_yardstick() is yardstick and yardstick.floor(1000) == (low, median, high)


def test_the_floor_holds_what_random_test_digits_get_and_falls_with_more_of_them():
    yardstick = digit_yardstick()
    low, _, high = yardstick.floor(1000)
    inside = [low <= yardstick.distance(new_digits(1000, seed)) <= high for seed in range(100, 120)]
    assert sum(inside) >= 14  # 18 expected; fewer than 14 is less likely than 1 in 100
    assert yardstick.floor(2000)[2] < yardstick.floor(1000)[1] < yardstick.floor(500)[0]
    first = yardstick.distance(grey(DIGITS.test_x[:1000]))
    assert first > high  # the first thousand are not like the others


def test_worse_images_are_farther():
    x = new_digits(1000)
    pictures = x.view(-1, 1, 28, 28)
    blurred, smeared = (torch.nn.functional.avg_pool2d(pictures, k, 1, k // 2).flatten(1) for k in (3, 5))
    distances = [digit_yardstick().distance(each) for each in (x, blurred, smeared, torch.rand(1000, 784))]
    assert distances == sorted(distances) and all(b > 2 * a for a, b in itertools.pairwise(distances))
    only_ones = grey(DIGITS.test_x[DIGITS.test_y == 1][:1000])
    assert digit_yardstick().distance(only_ones) > 100  # beautiful, and all the same


def test_what_is_perfect_depends_on_the_classes_that_are_learned():
    ones = grey(DIGITS.test_x[DIGITS.test_y == 1])
    low, median, high = digit_yardstick("1").floor(500)
    assert low < median < high < 5
    assert low <= digit_yardstick("1").distance(ones[torch.randperm(len(ones), generator=seeded(1))[:500]]) <= 2 * high
    assert digit_yardstick("1").distance(new_digits(500)) > 100


def test_a_learners_own_images_are_their_own_yardstick():
    own = keep(DIGITS.train_x[:1200].numpy())
    yardstick = digit_yardstick("", own)
    low, median, high = yardstick.floor(500)
    assert low < median < high < 8
    assert yardstick.distance(new_digits(500)) < 10 < yardstick.distance(torch.rand(500, 784))


# Neighbours


def test_nearest_is_what_brute_force_finds():
    x, among = new_digits(20), DIGITS.train_x[:7000]  # three chunks, the last one shorter
    apart = torch.cdist(x.double(), grey(among).double())
    index, distance = nearest(x, among)
    assert torch.equal(index, apart.argmin(1))
    assert torch.allclose(distance.double(), apart.min(1).values, atol=1e-5)
    copies = grey(among[[5, 6999, 3000]])
    index, distance = nearest(copies, among)
    assert index.tolist() == [5, 6999, 3000] and torch.equal(distance, torch.zeros(3))
    index, distance = nearest(copies, among, other_than=torch.tensor([5, 6999, 3000]))
    assert all(at not in (5, 6999, 3000) for at in index.tolist()) and (distance > 0).all()


def test_the_bound_is_one_and_rules_out_almost_everything():
    x, among = new_digits(40), DIGITS.train_x[:5000]
    true = torch.cdist(x.double(), grey(among).double()) ** 2
    bounds = shortlist().bounds(x, 5000)
    assert (bounds <= true + SLACK).all()
    assert (bounds <= true.min(1, keepdim=True).values).sum(1).double().mean() < 100


@pytest.mark.parametrize("m", [5, 7000])
def test_a_shortlist_does_not_change_the_answer(m):
    x = torch.cat([new_digits(90), torch.rand(5, 784, generator=seeded()), torch.zeros(1, 784)])
    among = DIGITS.train_x[:m]
    apart = torch.cdist(x.double(), grey(among).double())
    index, distance = nearest(x, among)  # the first digits of MNIST: with the shortlist
    assert torch.equal(index, apart.argmin(1))
    assert torch.allclose(distance.double(), apart.min(1).values, atol=1e-5)
    same, as_far = nearest(x, among.clone())  # anybody's images: without
    assert torch.equal(index, same) and torch.equal(distance, as_far)


def test_copies_are_flagged_and_new_digits_are_not():
    copied = grey(DIGITS.train_x[torch.randperm(60_000, generator=seeded())[:100]])
    assert copy_ratio(copied) == 0
    assert copy_ratio(new_digits(200, seed=9)) == pytest.approx(1, abs=0.08)
    assert copy_ratio((copied + 0.02 * torch.randn(copied.shape, generator=seeded())).clamp(0, 1)) < 0.2
    assert copy_ratio(torch.rand(20, 784, generator=seeded())) > 2


def test_the_ratio_is_that_of_the_classes_that_are_learned():
    ones = grey(DIGITS.test_x[DIGITS.test_y == 1][::5])
    assert copy_ratio(ones, classes="1") == pytest.approx(1, abs=0.15)
    assert usual_distance("1") < 0.6 * usual_distance()  # ones are all alike
    assert usual_distance("38", 500) > usual_distance("38")  # among fewer the nearest is farther


def test_a_learners_own_images_are_new_to_each_other():
    own = keep(chosen("2", 400).numpy())
    assert copy_ratio(grey(chosen("", 100, own)), count=400, own=own) == 0
    assert copy_ratio(grey(DIGITS.test_x[DIGITS.test_y == 2][:200]), count=400, own=own) == pytest.approx(1, abs=0.1)
    alike = keep(np.full((3, 784), 7, np.uint8))
    assert copy_ratio(torch.ones(2, 784), own=alike) == math.inf
    assert relative(0.0, 0.0) == 0


def test_looking_for_neighbours_is_quick():
    x, times = new_digits(64), []
    for _ in range(3):
        start = time.process_time()
        nearest(x)
        times.append(time.process_time() - start)
    assert min(times) < 0.3
