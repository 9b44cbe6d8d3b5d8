"""What is said of tricks is what was measured, and what was measured can be measured again."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from benchmarks import tricks as benchmark
from playground.core.knobs import Config
from playground.effects import MEASURES, SURE, Effect, measured, run_key, sign_test
from playground.figures.strip import LANES, Row, lanes, strip
from playground.gan.ensemble import Ensemble
from playground.gan.tricks import ClinicConfig
from playground.tricks import BASES, TRICKS, games, plain_p, verdict

torch.set_num_threads(1)

EACH = pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)


def effect(differences: list[float], less: bool = True) -> Effect:
    return Effect(np.array(differences), np.zeros(len(differences)), less)


# Luck


def test_the_sign_test_is_that_of_coins():
    """By hand, and against every outcome of ten tosses."""
    assert sign_test(8, 8) == 1 and sign_test(0, 0) == 1
    assert sign_test(16, 0) == pytest.approx(2 / 2**16)
    assert sign_test(13, 3) > SURE > sign_test(14, 2)
    for won in range(11):
        at_least_as_odd = [w for w in range(11) if abs(w - 5) >= abs(won - 5)]
        assert sign_test(won, 10 - won) == pytest.approx(sum(math.comb(10, w) for w in at_least_as_odd) / 2**10)


def test_what_luck_alone_gives_is_seldom_called_an_effect():
    """Else a page of twelve tricks would find some of them by chance: of 4000 tricks that do nothing."""
    source = np.random.default_rng(0)
    said = [effect(list(row)).says for row in source.normal(size=(4000, 16))]
    expected = sum(math.comb(16, k) for k in (0, 1, 2, 14, 15, 16)) / 2**16
    assert 1 / expected == pytest.approx(240, abs=2)  # as the page says
    assert 1 - said.count("luck") / 4000 == pytest.approx(expected, abs=0.004)
    assert said.count("helps") > 0 and said.count("hurts") > 0


def test_an_effect_knows_which_way_is_better():
    """Else a trick that ruins a game would be recommended."""
    down = effect([-0.1] * 15 + [0.2])
    assert (down.won, down.lost, down.says) == (15, 1, "helps")
    assert effect([-0.1] * 15 + [0.2], less=False).says == "hurts"
    ties = effect([0.0] * 10 + [-1.0] * 6)
    assert (ties.won, ties.lost, ties.says) == (6, 0, "luck")
    assert ties.quartiles == (-1.0, 0.0, 0.0)
    both = Effect(np.array([1.0, 2.0, 6.0]), np.array([0.0, 5.0, 7.0]), less=True)
    assert both.medians == (5.0, 2.0) and both.differences.tolist() == [1.0, -3.0, -1.0]


# What ships


def test_the_file_holds_every_game_and_nothing_else():
    """Else a trick would have no numbers, or numbers of another game."""
    found = measured()
    assert found["runs"].keys() == games().keys()
    assert tuple(found["seeds"]) == benchmark.SEEDS and len(set(found["seeds"])) == 16
    assert found["steps"] == benchmark.STEPS and tuple(found["measured at"]) == benchmark.AT
    for numbers in found["runs"].values():
        assert numbers.keys() == set(MEASURES)
        assert all(len(row) == 16 and np.isfinite(row).all() for row in numbers.values())
        assert 0 <= min(numbers["within"]) <= max(numbers["within"]) <= 1 and max(numbers["covered"]) <= 8


@EACH
def test_a_trick_is_two_settings_and_its_words(trick):
    """Else its switch would do nothing, or both sides of the comparison would be the same game."""
    assert trick.on.keys() == trick.off.keys() <= ClinicConfig.knobs().keys()
    assert trick.on != trick.off
    for base in BASES:
        on, off = (trick.config(base, on=side) for side in (True, False))
        assert isinstance(on, Config) and trick.is_on(on) and not trick.is_on(off)
        assert trick.key(base, on=True) != trick.key(base, on=False)
        assert f"In the {base} game" in verdict(trick, base)
    assert all(len(words) > 40 and words.endswith(".") for words in (trick.helps, trick.fails))
    assert trick.source[-4:].isdigit()


def test_a_game_has_one_name():
    """Else it would be played twice, or confused with another."""
    assert run_key("bare", {"b": 1, "a": 2}) == run_key("bare", {"a": 2, "b": 1}) == "bare a=2 b=1"
    assert TRICKS["penalty"].key("healthy", on=True) == "healthy"
    assert len(set(games().values())) == len(games())


@EACH
def test_a_verdict_has_the_numbers_that_decide(trick):
    """Else the page would say what folklore says."""
    for base in BASES:
        found, words = trick.effect(base, "sw1"), verdict(trick, base)
        assert f"in {found.won} of {found.won + found.lost} seeds" in words
        if found.says == "luck":
            assert "cannot be told from luck" in words and plain_p(found.p) in words
        else:
            assert f"it {found.says}" in words and f"{found.medians[1]:.3f} with it" in words


def test_what_is_said_of_batch_norms_was_measured():
    """Apart, half of the seeds drift away; together, nobody finds a mode; without any, D does better than both."""
    found = measured()["runs"]
    for base in BASES:
        apart, mixed, none = (found[f"{base}{norm}"] for norm in (" norm_d=batch", " norm_d=batch, mixed", ""))
        assert max(mixed["covered"]) == 0
        assert 4 <= sum(sw1 > 1 for sw1 in apart["sw1"]) <= 12 and sum(k > 7.5 for k in apart["covered"]) >= 4
        assert np.median(none["sw1"]) < min(np.median(apart["sw1"]), np.median(mixed["sw1"]))


@pytest.mark.long
def test_what_is_said_of_a_ring_far_away_holds():
    """Normalised, D and G find it soon: four of the seeds, after 600 steps."""
    for normalised, low, high in ((True, 6, 8), (False, 0, 4)):
        ensemble = Ensemble(ClinicConfig(shift=3.0, normalised=normalised), (711, 712, 713, 714))
        for _ in range(600):
            ensemble.step()
        assert all(low <= k <= high for k in ensemble.measure("covered")["covered"])


def test_what_is_said_of_averaging_was_measured():
    """It helps a healthy G, and makes nothing good of one that still jumps."""
    assert TRICKS["average"].effect("healthy", "sw1").says == "helps"
    assert TRICKS["average"].effect("bare", "within").says == "hurts"


@pytest.mark.long
def test_a_game_played_again_ends_the_same_way():
    """Else the file would be of another program. A healthy game forgets rounding as it settles, but not all of it."""
    seeds = benchmark.SEEDS[:4]
    for key in ("healthy", "healthy lr_d=0.004"):
        again = benchmark.play(games()[key], seeds)
        for name, allowed in (("sw1", 0.02), ("covered", 0.5), ("within", 0.1)):
            assert np.median(again[name]) == pytest.approx(np.median(measured()["runs"][key][name][:4]), abs=allowed)


# The picture


def test_dots_of_a_row_do_not_hide_each_other():
    """Else sixteen seeds could look like nine."""
    x = np.array([0.0, 0.001, 0.002, 0.5, 0.0])
    up = lanes(x, 0.01)
    assert len(set(up[[0, 1, 2, 4]])) == 4 and up[3] == LANES[0]


def test_the_strip_shows_every_pair_where_it_is():
    """Else a trick would look better than it is."""
    one, two = np.array([-1.0, 2.0, 0.5]), np.array([0.1, 0.2, -0.1])
    rows = [Row("one", one, True, (7, 8, 9)), Row("two", two, False, (7, 8, 9))]
    figure = strip(rows, "difference", dark=False, ends={"left": "nearer", "right": "farther"})
    dots, bar, pale, _ = figure.data
    assert list(dots.x) == [-1, 2, 0.5] and list(dots.customdata) == [7, 8, 9]
    assert list(bar.x) == [0.5, 0.5]
    assert dots.marker.color != pale.marker.color and pale.marker.symbol.endswith("-open")
    assert figure.layout.xaxis.range[0] == -figure.layout.xaxis.range[1] < -2
    times = strip([Row("one", 10**one, True, (7, 8, 9))], "", dark=True, ends={"left": "", "right": ""}, ratios=True)
    np.testing.assert_array_equal(times.data[0].y, dots.y)


def test_far_ratios_are_told_in_tens_and_near_ones_in_full():
    """Else a phone would turn the numbers upright, or leave a narrow axis without any."""

    def words(*ratios: float) -> list[str]:
        rows = [Row("one", np.array(ratios), True, (7, 8))]
        axis = strip(rows, "", dark=True, ends={"left": "", "right": ""}, ratios=True).layout.xaxis
        return [word.removeprefix("\u00d7 ") for word in axis.ticktext if word]

    assert words(0.1, 20) == ["0.01", "0.1", "1", "10", "100"]
    assert {"0.5", "1", "2"} <= set(words(0.6, 3.0))
