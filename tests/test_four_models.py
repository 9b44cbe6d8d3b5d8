"""Four models on one data set: the comparison is fair, what is measured is right, and the page says no more."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from playground.data.plane import TARGETS
from playground.data.scaled import scaled
from playground.data.scores import log_density
from playground.diffusion.exact import Exact
from playground.diffusion.schedule import schedule
from playground.four_models import NAMES, FourModelsConfig, FourModelsTrainer, maps
from playground.four_models.card import Account, accounts, table, what_it_shows
from playground.four_models.knobs import ITERATIONS, ROUNDS, TIME
from playground.four_models.maps import Maps
from playground.four_models.nats import CODES, flow_log_p, judged
from playground.four_models.quality import MEASURED, Quality, ruler
from playground.four_models.record import Record, is_due, tells
from playground.gan.plane import PlaneTrainer
from playground.labs.four_models import LAB
from playground.runtime.history import History
from playground.transport import SlicedW1
from playground.ui import model_maps
from playground.ui.score_card import about_numbers

torch.set_num_threads(1)

SLOW, LONG = pytest.mark.slow, pytest.mark.long
PATIENT = pytest.mark.timeout(3000)
FRESH = range(7101, 7106)
SMALL = FourModelsConfig(width=8, points=512)


def trained(config: FourModelsConfig, rounds: int) -> FourModelsTrainer:
    trainer = FourModelsTrainer(config, "cpu")
    for _ in range(rounds):
        trainer.step()
    return trainer


@cache
def small() -> FourModelsTrainer:
    """Tests only look at it."""
    return trained(SMALL, 12)


def flat(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part.numpy().tobytes() if torch.is_tensor(part) else part for name, part in state.items()}


# A fair comparison


def test_all_learn_from_the_same_points():
    """Else one model would have the luckier data; D keeps them in other units."""
    lanes = FourModelsTrainer(SMALL, "cpu").lanes
    data = [lane.data for lane in lanes.values()]
    assert np.array_equal(data[0], data[1]) and np.array_equal(data[0], data[2])
    np.testing.assert_allclose(data[3], data[0], atol=1e-6)


def test_minibatches_are_the_same_where_they_can_be():
    """Else luck in the order of the data would be taken for a better model."""
    lanes = FourModelsTrainer(SMALL, "cpu").lanes
    batches = [[lanes[letter].batch() for _ in range(5)] for letter in "ABC"]
    assert all(torch.equal(a, b) and torch.equal(a, c) for a, b, c in zip(*batches, strict=True))


@pytest.mark.parametrize("share", ROUNDS)
def test_a_round_gives_each_what_it_says(share):
    trainer = trained(dataclasses.replace(SMALL, share=share), 3)
    assert {letter: lane.step_count for letter, lane in trainer.lanes.items()} == {
        letter: 3 * n for letter, n in ROUNDS[share].items()
    }
    ends = {letter: own.horizon for letter, own in trainer.config.models().items()}
    assert ends == {letter: SMALL.horizon * n for letter, n in ROUNDS[share].items()}


@SLOW
def test_a_round_costs_each_about_the_same():
    """Else "equal processor time" would be wrong; measured in turns, and generous, for others use this machine, too."""
    trainer = FourModelsTrainer(FourModelsConfig(), "cpu")
    for _ in range(40):
        trainer.step()
    shares = {letter: trainer.ms(letter) * n for letter, n in ROUNDS[TIME].items()}
    assert max(shares.values()) < 2 * min(shares.values()), shares
    assert trainer.ms("B") * ROUNDS[ITERATIONS]["B"] > 2 * trainer.ms("A") * ROUNDS[ITERATIONS]["A"]


def test_a_lane_is_the_run_that_it_would_be_alone():
    """Else what a model learns would depend on who learns beside it."""
    alone = PlaneTrainer(SMALL.models()["B"], "cpu")
    alone.draw_batches_apart()
    for _ in range(12 * SMALL.per_round["B"]):
        alone.step()
    assert flat(small().lanes["B"].state()) == flat(alone.state())


def test_each_has_the_settings_of_its_own_lab():
    """Else three models would have been tuned and one had not."""
    models = FourModelsConfig().models()
    for letter in "ACD":
        config = models[letter]
        assert set(config.changes(type(config)())) <= {"horizon"}, letter
    assert models["B"].loss == "wgan-gp" and models["B"].d_steps == 5


# What is measured


def test_what_is_written_down_depends_on_the_rounds_alone():
    """Else the card would be another one for a run that is watched, slowed down, rewound or resumed."""
    alone, watched = trained(SMALL, 12), FourModelsTrainer(SMALL, "cpu")
    for step in range(12):
        if step == 7:
            state = watched.state()
            watched = FourModelsTrainer(SMALL, "cpu")
            watched.load(state)
        if step % 3 == 0:
            watched.snapshot()
            for _ in watched.phases():
                watched.scalars()
        else:
            watched.step()
    assert flat(alone.state()) == flat(watched.state())
    assert alone.scalars() == watched.scalars()


def test_all_are_measured_alike():
    """The same distance on as many points of each, and what is drawn of D is what is measured."""
    trainer = small()
    for letter in NAMES:
        points = trainer.made(letter, MEASURED)
        assert points.shape == (MEASURED, 2)
        if letter == "D":  # the others have moved on since round 10
            assert trainer.quality("D") == pytest.approx(trainer.ruler.measured(points), nan_ok=True)
            assert np.array_equal(trainer.snapshot().arrays["D/generated"], points[:500])
    assert trainer.scalars()["looked"] == 10
    at_once = trained(SMALL, 10)
    for letter in NAMES:
        found = at_once.ruler.measured(at_once.made(letter, MEASURED))
        assert at_once.quality(letter) == pytest.approx(found, nan_ok=True)
        assert trainer.quality(letter) == pytest.approx(found, nan_ok=True)


def test_when_it_is_measured():
    """Often while all is new, then every 25 rounds; log p every 200."""
    assert [step for step in range(131) if is_due(step)] == [0, 1, 2, 5, *range(10, 101, 10), 125]
    assert [step for step in range(801) if tells(step)] == [10, 30, 100, 200, 400, 600, 800]


def test_near_takes_two_measurements():
    """Else the luck of one would be a time on the card."""
    record = Record(1)
    for iterations, sw1 in enumerate((0.5, 0.02, 0.5, 0.02, 0.01, 0.5, 0.01, 0.01)):
        record.add(0, Quality(sw1, 8.0, 0.9, 1.0), 0.03, iterations)
        assert math.isnan(record.near_since(0)) == (iterations < 4)
    assert record.near_since(0) == 4 and record.of(0).sw1 == 0.01


def test_a_perfect_generator_is_within_its_band():
    """Else a model could look better or worse than luck allows: of fresh real points about nine in ten fall into it."""
    known, source = ruler("moons", 1.0), torch.Generator().manual_seed(77)
    law = known.yardstick.target
    found = np.array([known.distance(law.draw(MEASURED, source)) for _ in range(60)])
    inside = np.mean((found >= known.floor[0]) & (found <= known.floor[2]))
    assert 0.75 <= inside <= 1 and known.near == 2 * known.floor[1]
    assert known.floor[2] < SlicedW1(law.draw(20_000, source), 1000).floor(lambda n: law.draw(n, source), 20)[2]


def test_turning_the_sampler_acts_at_once_and_on_d_alone():
    """Else a paused page would show points of one sampler and numbers of another; and nothing is learned from it."""
    trainer = trained(SMALL, 2)
    before, state = trainer.snapshot(), flat(trainer.state())
    trainer.tune(dataclasses.replace(SMALL, steps=2))
    after = trainer.snapshot()
    assert after.scalars["D/sw1"] != before.scalars["D/sw1"]
    assert not np.array_equal(after.arrays["D/generated"], before.arrays["D/generated"])
    assert all(after.scalars[f"{letter}/sw1"] == before.scalars[f"{letter}/sw1"] for letter in "ABC")
    assert flat(trainer.state()) == state


# Who says what of p(x)


def test_kl_by_hand():
    """Equations (1) and (2): means, and the standard error of a mean of differences."""
    log_p, log_model = np.array([1.0, 2.0, 4.0]), np.array([0.5, 2.5, 1.0])
    found = judged(log_model, log_p, 0.25)
    assert found.mean == pytest.approx(4 / 3) and found.kl == pytest.approx(1.0) and found.off == 0.25
    assert found.error == pytest.approx(math.sqrt(((0.5) ** 2 + 1.5**2 + 2**2) / 2 / 3))


@pytest.mark.parametrize("name", ["ring8", "grid25", "moons", "spiral"])
def test_the_flow_of_the_exact_denoiser_gives_the_real_density(name):
    """Else KL would hold the error of our steps: with the best denoiser there is, nothing is left of it."""
    law, path, unit = TARGETS[name](1.0), schedule("diffusion", "cosine", 100, 0.1, ""), 0.7
    x = law.draw(60, torch.Generator().manual_seed(3)).double()
    found, off = flow_log_p(Exact(scaled(law, 1 / unit), path), path, x, unit)
    gap = log_density(law, x).numpy() - found
    assert abs(gap.mean()) < 0.015 and np.abs(gap).max() < 0.2 and off < 0.05


def test_what_is_said_is_what_the_models_say():
    """Else the card would show numbers of another network: C's as of this round, D's of its averaged network."""
    trainer = trained(SMALL, 10)
    held_out, log_p = trainer.ruler.held_out, trainer.ruler.log_p
    now, found = trainer.scalars(), trainer.lanes["C"].evidence(held_out, CODES)
    assert now["C/nats"] == pytest.approx(float(found.nats.mean()), rel=1e-5)
    assert now["C/elbo"] == pytest.approx(float(found.elbo.mean()), rel=1e-5)
    D = trainer.lanes["D"]
    log_model, _ = flow_log_p(D.denoiser(D.average), D.schedule, held_out, D.ground.unit)
    assert now["D/nats"] == pytest.approx(log_model.mean())
    assert now["D/nats kl"] == pytest.approx((log_p - log_model).mean())
    assert now["truth"] == pytest.approx(np.log(trainer.ruler.yardstick.target.density(held_out.numpy())).mean())
    assert not {"A/nats", "B/nats"} & now.keys()


def test_maps(monkeypatch):
    """Else a map would show another model: mass 1, C's density as a sum over the prior, D's by its flow, TV by hand."""
    monkeypatch.setattr(maps, "FEWEST", 20)  # coarse, and the moons are thick
    config, wide = dataclasses.replace(SMALL, target="moons", noise=4.0), math.log(0.3)
    trainer, still = trained(config, 12), trained(config, 12)
    trainer.lanes["C"].shown_log_sigma.fill_(wide)
    still.lanes["C"].shown_log_sigma.fill_(wide)
    work = Maps(trainer)
    assert work.share == 0 and np.isnan(work.density("C")).all()
    for lane in trainer.lanes.values():  # what is copied stays
        lane.step()
    while work.go_on():
        pass
    assert work.share == 1 and work.held.step == 12
    assert work.mass("C") == pytest.approx(1, abs=0.02) and work.mass("D") == pytest.approx(1, abs=0.05)
    p, cell = work.density("C").ravel(), work.cell
    assert work.overlap("C") == pytest.approx(1 - np.abs(p / p.sum() - work.data / work.data.sum()).sum() / 2, abs=0.02)
    assert cell * work.data.sum() == pytest.approx(1, abs=0.01)
    shown = {title: figure.data[0].z for title, figure in model_maps.maps(work, dark=False).items()}
    assert np.max(shown["The data"]) == 1 and np.max(shown["C: VAE"]) <= 1  # one scale, the root of the density
    np.testing.assert_allclose(shown["C: VAE"].ravel() ** 2, np.minimum(p / work.data.max(), 1), atol=1e-6)
    assert f"**{work.overlap('C'):.0%}** of its mass and D **{work.overlap('D'):.0%}**" in model_maps.verdict(work)
    C, D = still.lanes["C"], still.lanes["D"]
    at = np.argsort(p)[-60::10]  # where C has most
    z = torch.randn(400_000, 2, generator=torch.Generator().manual_seed(8))
    off = torch.cdist(work.grid[at].float(), C.shown_decoder(z)) / C.sigma
    expected = torch.exp(-off.square() / 2).mean(1) / (2 * math.pi * C.sigma**2)
    np.testing.assert_allclose(p[at], expected, rtol=0.25)
    log_p, _ = flow_log_p(D.denoiser(D.average), D.schedule, work.grid[at].float(), D.ground.unit)
    np.testing.assert_allclose(work.density("D").ravel()[at], np.exp(log_p), rtol=1e-3)


# The card


def test_parameters_calls_and_time():
    """Counted by hand from the widths; seconds are those of an iteration, times the iterations."""
    trainer = small()
    found = {account.letter: account for account in accounts(trainer, trainer.snapshot().scalars)}
    w = SMALL.width

    def mlp(*sizes: int) -> int:
        return sum((a + 1) * b for a, b in itertools.pairwise(sizes))

    assert found["A"].makes == mlp(2, w, w, 2) and found["A"].trained == mlp(2, w, w, 2) + mlp(2, w, w, 1)
    assert found["C"].makes == mlp(2, w, w, w, 2) + 1
    assert found["C"].trained == found["C"].makes + mlp(2, w, w, w, 4)
    assert found["D"].makes == found["D"].trained == trainer.lanes["D"].network.flat.numel()
    assert [found[letter].calls for letter in NAMES] == [1, 1, 1, 20]
    for letter, account in found.items():
        assert account.iterations == 12 * SMALL.per_round[letter]
        assert account.seconds == pytest.approx(trainer.seconds[letter]) and account.seconds > 0
        assert account.ms > 0
    assert found["D"].ms > found["A"].ms
    heun = trained(dataclasses.replace(SMALL, sampler="heun", steps=7), 0)
    assert accounts(heun, heun.scalars())[3].calls == 13


def test_the_time_of_a_point_is_that_of_the_sampler_that_is_set():
    """Else the lesson's own experiment would say three calls and the time of two hundred."""
    trainer = trained(dataclasses.replace(SMALL, steps=100), 1)
    slow = accounts(trainer, trainer.snapshot().scalars)[3].ms
    now = trainer.scalars()
    trainer.tune(dataclasses.replace(trainer.config, steps=1))
    assert "nan" not in what_it_shows(accounts(trainer, now), now, trainer.ruler)["The price of a point"]
    assert accounts(trainer, trainer.snapshot().scalars)[3].ms < slow / 3


def test_the_card_says_of_which_round_its_numbers_are():
    trainer = trained(SMALL, 12)
    words = about_numbers(trainer.snapshot().scalars)
    assert "points of each at round 10," in words and "new points at round 10," in words


def test_the_table_has_no_holes():
    """Else it would say nan: before the first round, without modes, and once everything is known."""
    for trainer in (FourModelsTrainer(SMALL, "cpu"), trained(dataclasses.replace(SMALL, target="moons"), 1), small()):
        now = trainer.snapshot().scalars
        words = table(accounts(trainer, now), now, trainer.ruler)
        rows = words.splitlines()
        assert len({row.count("|") for row in rows}) == 1 and "nan" not in words
        assert ("Within 3 sigma" in words) == trainer.ruler.has_modes
        assert "nan" not in about_numbers(now)
    assert "KL(p" in words and "\u2264 " in words and "\u00b1" in words


def account(letter: str, **known: float) -> Account:
    numbers = {"sw1": 0.02, "covered": 8.0, "within": 0.98, "spread": 1.0, "nats": math.nan, "kl": math.nan}
    numbers |= {"error": math.nan, "seconds": 2.0, "near_seconds": math.nan, "ms": 0.5} | known
    return Account(letter=letter, iterations=100, makes=100, trained=200, calls=20 if letter == "D" else 1, **numbers)


def told(now: Mapping[str, float] | None = None, **changed: dict[str, float]) -> dict[str, str]:
    found = [account(letter, **changed.get(letter, {})) for letter in NAMES]
    return what_it_shows(found, now or {}, ruler("ring8", 1.0))


def test_bridges_are_seen_only_where_there_are_some():
    others = {letter: {"within": 0.99} for letter in "ABD"}
    for covered, within, bridges in ((8.0, 0.7, True), (8.0, 0.97, False), (1.0, 0.7, False)):
        words = told(**others, C={"covered": covered, "within": within, "sw1": 0.2})["Points"]
        assert ("bridges" in words) == bridges


def test_what_it_shows_follows_from_the_numbers():
    """Else the sentences would be the same whatever has been measured."""
    high = ruler("ring8", 1.0).floor[2]
    assert told()["Points"].startswith("All four are as near")
    far = told(B={"sw1": 0.2, "covered": 5.0, "within": 0.4})["Points"]
    assert far.startswith("C (VAE)") is False and "the farthest is B (WGAN)" in far
    assert "B (WGAN) does not cover all 8 modes" in far and "B (WGAN)'s points 60%" in far and "bridges" not in far
    bridges = told(C={"within": 0.6})["Points"]
    assert "C (VAE)'s points 40%" in bridges and "bridges" in bridges
    nobody = told(**{letter: {"sw1": 2 * high + i / 10} for i, letter in enumerate(NAMES)})["Points"]
    assert nobody.startswith("Nearest is A (GAN), farthest D (diffusion), and nobody")
    even = told(**{letter: {"sw1": 2 * high + i * 1e-3} for i, letter in enumerate(NAMES)})["Points"]
    assert "no more than luck allows" in even


def test_what_it_shows_of_time_and_density():
    assert told()["Time"].startswith("None has come")
    some = told(D={"near_seconds": 0.3}, A={"near_seconds": 2.5})["Time"]
    assert "D after 0.3 s and A after 2.5 s" in some and "B and C have not yet." in some
    assert (
        "20 times for a point" in told()["The price of a point"]
        and "4 times as long" in told(D={"ms": 2.0})["The price of a point"]
    )
    assert "p(x)" not in told()
    knows = told({"C/elbo kl": 1.3}, C={"kl": 0.6, "error": 0.03}, D={"kl": 0.1, "error": 0.02})["p(x)"]
    assert "C misses 0.60 nats" in knows and "another 0.70" in knows and "knows the distribution better" in knows
    close = told({"C/elbo kl": 0.2}, C={"kl": 0.12, "error": 0.03}, D={"kl": 0.1, "error": 0.02})["p(x)"]
    assert "no clear difference" in close


# Challenges


def followed(trainer: FourModelsTrainer, step: int, name: str, value: float) -> History:
    """A row every ten rounds with the same value."""
    history = History(stride=10)
    for row in range(10, step + 1, 10):
        history.record(row, {name: value})
    trainer.step_count = step
    return history


def verdict(name: str, step: int, now: Mapping[str, float], kept: tuple[str, float], **knobs: Any) -> str:
    challenge = next(c for c in LAB.challenges if c.name == name)
    trainer = FourModelsTrainer(dataclasses.replace(challenge.config, **knobs), "cpu")
    history = followed(trainer, step, *kept)
    return challenge.check(trainer, trainer.scalars() | dict(now), history).state


def test_five_calls():
    """Open before training and with too many calls, met with few, and not with thicker modes."""
    good, row = {"D/within": 0.9}, ("D/within", 0.9)
    assert verdict("Five calls", 400, good, row) == "open"
    assert verdict("Five calls", 100, good, row, steps=5) == "open"
    assert verdict("Five calls", 400, {"D/within": 0.8}, row, steps=5) == "open"
    assert verdict("Five calls", 400, good, row, sampler="heun", steps=4) == "open"  # seven calls
    assert verdict("Five calls", 400, good, row, steps=5) == "met"
    assert verdict("Five calls", 400, good, row, steps=5, noise=2.0) == "open"


def test_away_with_the_bridges():
    """Open on the way, met by what lasts, missed after a thousand rounds."""
    name, good = "Away with the bridges", {"A/within": 0.97}
    assert verdict(name, 0, {}, ("A/within", 0.97)) == "open"
    assert verdict(name, 30, good, ("A/within", 0.97)) == "open"
    assert verdict(name, 500, good, ("A/within", 0.97)) == "met"
    assert verdict(name, 1010, {"A/within": 0.8}, ("A/within", 0.8)) == "missed"
    assert verdict(name, 500, good, ("A/within", 0.97), share=ITERATIONS) == "open"


def test_home_ground_can_be_met():
    """By a shape that is one cloud; the ring is none."""
    challenge = next(c for c in LAB.challenges if c.name == "Home ground")
    trainer = FourModelsTrainer(dataclasses.replace(challenge.config, target="blob"), "cpu")
    assert challenge.check(trainer, trainer.scalars(), History()).state == "open"
    lane = trainer.lanes["C"]
    for _ in range(1400):
        lane.step()
    trainer._ask_c()
    assert challenge.check(trainer, trainer.scalars(), History()).state == "met"
    assert verdict("Home ground", 200, {"C/elbo kl": 1.3}, ("C/sw1", 0.1)) == "open"


# What the presets promise


def ended(name: str, seed: int, rounds: int = 1000) -> tuple[FourModelsTrainer, dict[str, float]]:
    trainer = trained(dataclasses.replace(LAB.presets[name], seed=seed), rounds)
    return trainer, trainer.scalars()


@SLOW
def test_the_ring_on_the_way():
    """After 200 rounds D is near, the others are not, and D knows p(x) better than C."""
    trainer, now = ended("Ring of eight", 7101, 200)
    assert now["D/sw1"] <= trainer.ruler.near and now["D/within"] > 0.85
    assert min(now[f"{letter}/sw1"] for letter in "ABC") > trainer.ruler.near
    assert now["C/elbo kl"] > now["C/nats kl"] > now["D/nats kl"] + 3 * now["C/nats error"]
    assert trainer.record.near_since(3) < 200 * 7


@LONG
@PATIENT
def test_ring_of_eight():
    for seed in FRESH:
        trainer, now = ended("Ring of eight", seed)
        near = trainer.ruler.near
        assert now["D/sw1"] <= now["sw1_high"] < min(now[f"{letter}/sw1"] for letter in "BC")
        assert now["A/sw1"] <= 1.15 * near and now["C/sw1"] > near
        assert 0.2 < 1 - now["C/within"] < 0.45
        assert all(now[f"{letter}/covered"] == 8 for letter in NAMES)


@LONG
@PATIENT
def test_noise_bits():
    for seed in FRESH:
        _, now = ended("Noise bits", seed)
        assert now["A/within"] > 0.95 and now["B/within"] > 0.85
        assert max(now["A/spread"], now["B/spread"]) < 0.72


@LONG
@PATIENT
def test_twenty_five_modes():
    for seed in FRESH:
        config = dataclasses.replace(LAB.presets["Twenty-five modes"], seed=seed)
        trainer = trained(config, 200)
        assert trainer.scalars()["D/covered"] == 25
        for _ in range(800):
            trainer.step()
        now = trainer.scalars()
        assert now["C/covered"] >= 18 and now["C/within"] < 0.7
        assert max(now["A/covered"], now["B/covered"]) <= 13
        assert now["D/within"] > 0.9


@LONG
@PATIENT
def test_two_moons():
    for seed in FRESH:
        trainer, now = ended("Two moons", seed)
        assert max(now[f"{letter}/sw1"] for letter in NAMES) <= 1.2 * trainer.ruler.near
        assert now["C/nats kl"] > now["D/nats kl"] + 2 * math.hypot(now["C/nats error"], now["D/nats error"])


@LONG
@PATIENT
@pytest.mark.parametrize(("name", "times"), [("Spiral", 4.0), ("A word", 3.0)])
def test_thin_shapes(name, times):
    """Near by distance, far by log p."""
    for seed in FRESH:
        trainer, now = ended(name, seed)
        assert now["C/sw1"] <= 1.2 * trainer.ruler.near
        assert now["C/nats kl"] > 0.5 and now["C/nats kl"] > times * now["D/nats kl"]


@LONG
@PATIENT
def test_three_calls():
    for seed in FRESH:
        trainer, now = ended("Three calls", seed)
        assert now["D/sw1"] > 1.3 * now["A/sw1"]
        trainer.tune(dataclasses.replace(trainer.config, steps=20))
        assert trainer.scalars()["D/sw1"] <= now["sw1_high"]


@LONG
@PATIENT
def test_the_same_iterations():
    for seed in FRESH:
        trainer, now = ended("The same iterations", seed)
        assert now["B/sw1"] < 1.3 * now["A/sw1"]
        assert trainer.ms("B") > 3 * trainer.ms("A")


@LONG
@PATIENT
def test_challenges_can_be_met():
    """By turning the sampler of a trained run, and by noise bits."""
    five, bridges = (next(c for c in LAB.challenges if c.name == n) for n in ("Five calls", "Away with the bridges"))
    trainer = trained(five.config, 500)
    assert five.check(trainer, trainer.scalars(), History()).state == "open"
    trainer.tune(dataclasses.replace(five.config, steps=5))
    assert five.check(trainer, trainer.scalars(), History()).state == "met"
    history = History(stride=10)
    trainer = FourModelsTrainer(dataclasses.replace(bridges.config, bits=5), "cpu")
    for _ in range(1000):
        trainer.step()
        if trainer.step_count % 10 == 0:
            history.record(trainer.step_count, trainer.scalars())
    assert bridges.check(trainer, trainer.scalars(), history).state == "met"
