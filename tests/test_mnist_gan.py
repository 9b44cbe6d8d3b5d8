"""The GAN on digits: what it measures and shows is so, and its presets show what they promise."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time

import numpy as np
import pytest
import torch

from playground.core import Digits
from playground.data.digits import chosen, grey, mnist
from playground.data.kept_digits import keep
from playground.flat import FlatModule
from playground.frechet import Frechet, digit_yardstick
from playground.gan.image_gauge import gauge
from playground.gan.image_knobs import ImageConfig
from playground.gan.images import KEPT, MEASURED, SHOWN, ImageTrainer, lerp, slerp
from playground.labs.mnist_gan import CHALLENGES, LAB, SETTINGS
from playground.neighbours import copy_ratio
from playground.nets import MLP
from playground.runtime.history import History
from playground.ui.digit_neighbours import COLUMNS, ROWS, Comparison, picture, sentence

torch.set_num_threads(1)

TINY = ImageConfig(width_g=8, width_d=16, batch=8, latent=4)


def trained(config: ImageConfig, steps: int) -> tuple[ImageTrainer, History]:
    trainer, history = LAB.trainer(config, "cpu"), History(stride=100)
    train(trainer, steps, history)
    return trainer, history


def train(trainer: ImageTrainer, steps: int, history: History) -> None:
    for _ in range(steps):
        trainer.step()
        if history.wants(trainer.step_count):
            history.record(trainer.step_count, trainer.scalars())


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def with_images(trainer: ImageTrainer, images: torch.Tensor) -> ImageTrainer:
    """As if G had made these, pixels from 0 to 1."""
    calls = itertools.count()
    trainer.pictures = lambda z: images[(next(calls) * len(z) + torch.arange(len(z))) % len(images)]
    trainer.measure()
    return trainer


# --- what is measured


def test_real_digits_measure_as_perfect():
    """Else a perfect generator would look like a bad one: FD in its band, all classes, the spread of real images."""
    pick = torch.randperm(10_000, generator=torch.Generator().manual_seed(5))[:MEASURED]
    now = with_images(LAB.trainer(TINY, "cpu"), grey(mnist().test_x[pick])).scalars()
    assert now["fd"] < 1.3 * now["fd_high"]
    assert now["entropy"] > 2.28 and now["rarest"] > 0.07 and now["missing"] == 0
    assert now["spread"] == pytest.approx(1, abs=0.03)


def test_a_perfect_one_of_each_kind_is_noticed():
    """Else a G that makes one flawless image would be praised for it."""
    one = grey(mnist().test_x[:1]).repeat(MEASURED, 1)
    now = with_images(LAB.trainer(TINY, "cpu"), one).scalars()
    assert now["spread"] == pytest.approx(0, abs=1e-6) and now["entropy"] == 0 and now["missing"] == 9
    assert now["fd"] > 60


def test_classes_are_counted_rightly():
    """Else the bars would not be what the reader says: nine of ten images are 7s here."""
    digits = mnist()
    sevens, ones = digits.test_x[digits.test_y == 7][:900], digits.test_x[digits.test_y == 1][:100]
    trainer = with_images(LAB.trainer(TINY, "cpu"), grey(torch.cat((sevens, ones))))
    shares = trainer.found[2:].numpy()
    assert shares.sum() == pytest.approx(1)
    assert shares[7] == pytest.approx(0.9, abs=0.03) and shares[1] == pytest.approx(0.1, abs=0.02)
    expected = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert trainer.scalars()["entropy"] == pytest.approx(expected, abs=0.15)


def test_some_classes_have_a_yardstick_of_their_own():
    """Else a G that writes perfect 1s and 7s would be far from what it was asked for."""
    trainer = LAB.trainer(dataclasses.replace(TINY, classes="71"), "cpu")
    unseen = mnist().test_x[(mnist().test_y == 1) | (mnist().test_y == 7)]
    now = with_images(trainer, grey(unseen[torch.randperm(len(unseen), generator=seeded(5))])).scalars()
    assert now["fd_low"] / 1.3 < now["fd"] < 1.3 * now["fd_high"] and now["fd_high"] < 2
    assert trainer.gauge is gauge("17", "") and set(np.flatnonzero(trainer.gauge.shares > 0.1)) == {1, 7}
    assert torch.equal(trainer.real, chosen("17", 60_000))


@pytest.mark.parametrize("own", [False, True])
def test_the_page_shows_one_frechet_distance(own):
    """Else the curve and the tab on pixels would give the same images two numbers, and the band fit neither."""
    key = keep(chosen("38", 300).numpy()) if own else ""
    trainer = LAB.trainer(dataclasses.replace(TINY, classes="83", own=key), "cpu")
    images, yardstick = grey(chosen("3", MEASURED)), digit_yardstick("83", key)
    now = with_images(trainer, images).scalars()
    low, _, high = yardstick.floor(MEASURED)
    assert now["fd"] == pytest.approx(yardstick.distance(images), rel=1e-3)
    assert (now["fd_low"], now["fd_high"]) == (low, high)
    trainer.step_count = 1
    words = LAB.diagnose(trainer, now | {"g_norm": 1.0, "spread": 1.0, "fd": 50.0}, History()).sentence
    assert (f"as many of your images get {high:.1f}" in words) == own and ("1000 real digits" in words) != own


def test_gauges_do_not_drive_out_each_others_bands(monkeypatch):
    """Else five learners with digits of their own would each wait for a band at every frame."""
    gauges = [gauge(each, "") for each in ("01", "12", "23", "34", "45")]
    bands = [each.floor(100) for each in gauges]
    monkeypatch.setattr(Frechet, "distance", None)  # nothing is measured again
    assert [each.floor(100) for each in gauges] == bands and len(set(bands)) == 5


def test_a_gauge_does_not_keep_what_was_uploaded():
    """Else the server would hold images that it says it has forgotten."""
    images = np.random.default_rng(4).integers(0, 255, (40, 784)).astype(np.uint8)
    held = gauge("", keep(images))
    tensors = [x for thing in (held, held.yardstick) for x in vars(thing).values() if isinstance(x, torch.Tensor)]
    assert all(x.shape[-1] != 784 for x in tensors) and not hasattr(held, "images")


def test_own_images_are_learned_from():
    """Else an upload would be accepted and ignored; and one that the server has forgotten would break the page."""
    images = np.random.default_rng(3).integers(0, 255, (40, 784)).astype(np.uint8)
    trainer = LAB.trainer(dataclasses.replace(TINY, own=keep(images)), "cpu")
    assert np.array_equal(trainer.real.numpy(), images)
    lost = LAB.trainer(dataclasses.replace(TINY, own="0" * 16), "cpu")
    lost.step()
    assert lost.real.max() == 0 and "no longer keeps" in LAB.diagnose(lost, lost.scalars(), History()).sentence


def test_it_is_measured_every_hundredth_step():
    """Else FD would cost more than learning, or stand still."""
    trainer = LAB.trainer(TINY, "cpu")
    before = trainer.found.clone()
    for _ in range(trainer.measure_every - 1):
        trainer.step()
    assert torch.equal(trainer.found, before)
    trainer.step()
    assert not torch.equal(trainer.found, before)


# --- the algorithm


def test_g_learns_from_the_images_that_d_has_judged():
    """Else half of G's work in D's turn would be thrown away; and on its own G would learn from stale images."""
    trainer = LAB.trainer(TINY, "cpu")
    judged, improved = [], []
    to_judge, to_improve = trainer.to_judge, trainer.to_improve
    trainer.to_judge = lambda: judged.append(to_judge()) or judged[-1]
    trainer.to_improve = lambda: improved.append(to_improve()) or improved[-1]
    trainer.step()
    assert torch.equal(judged[0], improved[0])
    trainer.step("D")
    trainer.step("G")
    assert not torch.equal(judged[1], improved[1])
    two = LAB.trainer(dataclasses.replace(TINY, g_steps=2), "cpu")
    found = [two.to_judge(), two.to_improve(), two.to_improve()]
    assert torch.equal(found[0], found[1]) and not torch.equal(found[1], found[2])


@pytest.mark.parametrize("every", [1, 4, 8])
def test_the_slope_penalty_has_the_same_mean_however_rarely_it_is_taken(every):
    """Else taking it once in a while would also weaken it."""
    trainer = LAB.trainer(dataclasses.replace(TINY, r1=0.3, r1_every=every), "cpu")
    weights = []
    for trainer.step_count in range(64):
        weights.append(trainer.slope_penalty())
    assert np.mean(weights) == pytest.approx(0.3) and sum(w > 0 for w in weights) == 64 // every


def test_batches_of_both_networks_are_in_the_range_of_the_pixels():
    """Else D could tell real from generated by their range."""
    for scaling, low in (("-1 to 1", -1), ("0 to 1", 0)):
        trainer = LAB.trainer(dataclasses.replace(TINY, scaling=scaling), "cpu")
        real, fake = trainer.batch(), trainer.to_judge()
        for x in (real, fake):
            assert low <= x.min() < low + 0.5 and x.max() <= 1
        assert real.min() == low and real.max() == 1
        pictures = trainer.pictures(trainer.fixed_noise(9, 0))
        assert pictures.min() >= 0 and pictures.max() <= 1


def test_the_average_is_that_of_the_parameters_and_of_the_statistics():
    """Else what is shown would not be the network that is said to be shown."""
    trainer = LAB.trainer(dataclasses.replace(TINY, ema=0.9), "cpu")
    weights, statistics = trainer.average.flat.clone(), trainer.average.statistics.clone()
    for t in range(1, 31):
        trainer.step()
        memory = min(0.9, (1 + t) / (4 + t))
        weights.lerp_(trainer.G.flat, 1 - memory)
        statistics.lerp_(trainer.G.statistics, 1 - max(memory, 0.9))
    torch.testing.assert_close(trainer.average.flat, weights)
    torch.testing.assert_close(trainer.average.statistics, statistics)
    plain = LAB.trainer(dataclasses.replace(TINY, ema=0.0), "cpu")
    plain.step()
    assert torch.equal(plain.shown.flat, plain.G.flat)


def test_what_is_shown_of_one_noise_does_not_depend_on_the_others():
    """Else a digit of the grid would change because another one did."""
    trainer, _ = trained(TINY, 5)
    z = trainer.fixed_noise(20, 3)
    torch.testing.assert_close(trainer.pictures(z)[:3], trainer.pictures(z[:3]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("knobs", "kind"), [({}, MLP), ({"norm_d": "batch"}, FlatModule), ({"dropout": 0.3}, FlatModule)]
)
def test_d_is_what_the_knobs_say(knobs, kind):
    """Else dropout or a norm would be switched on and do nothing, or a plain D would be slow for nothing."""
    trainer = LAB.trainer(ImageConfig(**knobs), "cpu")
    assert type(trainer.D) is kind
    assert [tuple(sorted(w.shape)) for w, _ in trainer.D.layers] == [(256, 784), (128, 256), (1, 128)]


# --- what is seen


def test_walks_end_where_they_should():
    """Else the pictures on the way would not lead from one digit to the other; (4) and (5) at their middles."""
    a, b = torch.randn(2, 4000, generator=torch.Generator().manual_seed(1))
    t = torch.linspace(0, 1, 3)[:, None]
    for way in (lerp, slerp):
        torch.testing.assert_close(way(a, b, t)[[0, 2]], torch.stack((a, b)), rtol=1e-4, atol=1e-4)
    usual = math.sqrt(4000)
    assert float(lerp(a, b, t)[1].norm()) / usual == pytest.approx(math.sqrt(0.5), abs=0.02)
    assert float(slerp(a, b, t)[1].norm()) / usual == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(slerp(a, a, t), a.repeat(3, 1))


def test_the_explorer_shows_the_noise_under_its_handle():
    """Else a learner would explore something else; the ring is where noise has its usual length."""
    trainer, _ = trained(TINY, 3)
    trainer.place("z at", 0.6, -0.8)
    snapshot = trainer.snapshot()
    z = 0.6 * trainer.plane[0] - 0.8 * trainer.plane[1]
    assert float(z.norm()) == pytest.approx(math.sqrt(TINY.latent), rel=1e-4)
    expected = trainer.pictures(z[None]).mul(255).round().byte().reshape(1, 28, 28)
    assert np.abs(snapshot.arrays["explored"].astype(int) - expected.numpy()).max() <= 1
    before = trainer.state()
    trainer.place("z at", 99, -99)
    trainer.place("something else", 1, 1)
    assert np.array_equal(trainer.snapshot().arrays["z at"], [[2, -2]])
    assert all(torch.equal(before[name], x) for name, x in trainer.memory().items())


def test_histograms_hold_every_score():
    """Else part of what D says would be left out; and before its first move D has said nothing."""
    trainer = LAB.trainer(TINY, "cpu")
    assert trainer.snapshot().arrays["real scores"].sum() == 0
    for step in range(1, KEPT + 4):
        trainer.step()
        arrays = trainer.snapshot().arrays
        assert arrays["real scores"].sum() == pytest.approx(1) and arrays["fake scores"].sum() == pytest.approx(1)
        assert torch.equal(trainer.recent[0], trainer.d_scores[:, 0])
        assert trainer.given == min(step, KEPT) == trainer.recent.any(1).sum()
    critic = LAB.trainer(dataclasses.replace(TINY, loss="wgan-gp"), "cpu")
    critic.step()
    ends = trainer.snapshot().scalars
    assert (ends["score_low"], ends["score_high"]) == (0, 1)  # of a probability, and the axis ends there
    seen = critic.snapshot()
    edges = seen.arrays["score edges"]
    assert (seen.scalars["score_low"], seen.scalars["score_high"]) == (edges[0], edges[-1])
    assert edges[0] == pytest.approx(float(critic.d_scores.min())) and edges[-1] == pytest.approx(
        float(critic.d_scores.max())
    )


@pytest.mark.parametrize(("loss", "norm"), [("non-saturating", "none"), ("relativistic", "batch")])
def test_a_frozen_d_goes_on_saying_what_it_thinks(loss, norm):
    """Else its loss, its right answers and its histogram would stand still while G runs away from them."""
    trainer = LAB.trainer(dataclasses.replace(TINY, loss=loss, norm_d=norm, frozen="D"), "cpu")
    weights, seen = trainer.D.flat.clone(), set()
    for step in range(1, 4):
        trainer.step()
        assert torch.equal(trainer.recent[0], trainer.d_scores[:, 0]) and trainer.d_scores.isfinite().all()
        seen.add(trainer.scalars()["d_loss"])
        assert trainer.snapshot().arrays["real scores"].sum() == pytest.approx(1)
        assert trainer.given == step == trainer.recent.any(1).sum()
    assert torch.equal(trainer.D.flat, weights) and len(seen) == 3 and all(map(math.isfinite, seen))


def test_one_number_of_noise_has_no_ring():
    """Else the page would say that noise of one dimension usually has the length 1."""
    for latent, drawn in ((1, False), (2, True)):
        arrays = LAB.trainer(dataclasses.replace(TINY, latent=latent), "cpu").snapshot().arrays
        assert np.isfinite(arrays["ring y"]).all() == drawn and np.isnan(arrays["ring y"]).all() != drawn


def test_digits_travel_as_bytes():
    """Else a frame would be four times as large."""
    arrays = LAB.trainer(TINY, "cpu").snapshot().arrays
    images = [arrays[layer.images] for view in LAB.views for layer in view.layers if isinstance(layer, Digits)]
    assert len(images) == 4 and all(image.dtype == np.uint8 for image in images)
    assert arrays["samples"].shape == (SHOWN, 28, 28)
    assert sum(array.nbytes for array in arrays.values()) < 90_000


# --- the words


def test_the_diagnosis_says_what_is_so():
    """Else the sentence would contradict the page."""
    trainer = LAB.trainer(TINY, "cpu")
    trainer.step_count = 1000
    fine = trainer.scalars() | {
        "fd": 22.0, "entropy": 2.28, "rarest": 0.06, "missing": 0.0, "spread": 0.9, "d_loss": 1.1, "g_norm": 0.5
    }  # fmt: skip
    cases = (
        ("good", "all ten digits are there, the rarest with 6%", {}),
        ("warn", "Mode collapse: whatever the noise", {"spread": 0.1}),
        ("warn", "Mode collapse: 7 of ten digits", {"entropy": 0.9, "missing": 7.0, "fd": 90.0}),
        ("calm", "7 of ten digits have less than 3 %", {"entropy": 0.9, "missing": 7.0, "fd": 150.0}),  # blurs, so far
        ("warn", "D wins", {"d_loss": 0.01}),
        ("warn", "cannot feel", {"g_norm": 1e-5}),
        ("calm", "no digit yet", {"fd": 255.0, "entropy": 0.0, "missing": 9.0}),
        ("calm", "2 of ten digits have less than 3 %", {"missing": 2.0, "fd": 80.0}),
    )
    for tone, words, numbers in cases:
        now = fine | numbers
        diagnosis = LAB.diagnose(trainer, now, History())
        assert words in diagnosis.sentence
        assert diagnosis.tone == tone
    trainer.step_count = 2000
    blurs = LAB.diagnose(trainer, fine | {"entropy": 0.9, "missing": 7.0, "fd": 150.0}, History())
    assert "Mode collapse: 7 of ten digits" in blurs.sentence


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda challenge: challenge.name)
def test_challenges_are_open_at_first_and_keep_their_data(challenge):
    """Else a challenge would be met by doing nothing, or by learning another thing."""
    trainer = LAB.trainer(challenge.config, "cpu")
    assert challenge.check(trainer, trainer.scalars(), History()).state == "open"
    other = LAB.trainer(dataclasses.replace(challenge.config, classes="17"), "cpu")
    assert "choose it again" in challenge.check(other, other.scalars(), History()).says


def test_challenges_are_decided_by_what_is_measured():
    """Else a challenge could not be met, or be met too late."""
    repair, collapse = CHALLENGES[0], CHALLENGES[2]
    trainer = LAB.trainer(repair.config, "cpu")
    now = trainer.scalars()
    good = now | {"fd": 50.0, "rarest": 0.04}
    for step, numbers, state in ((1000, good, "met"), (1201, good, "missed"), (900, good | {"rarest": 0.02}, "open")):
        trainer.step_count = step
        assert repair.check(trainer, numbers, History()).state == state
    history = History()
    history.record(1100, good)
    trainer.step_count = 1300
    assert repair.check(trainer, now, history).state == "met"
    for entropy, state in ((0.5, "met"), (1.6, "open")):
        trainer, history = LAB.trainer(collapse.config, "cpu"), History()
        for trainer.step_count in range(100, 1001, 100):
            history.record(trainer.step_count, now | {"entropy": 0.5 if trainer.step_count != 900 else entropy})
        assert collapse.check(trainer, now | {"entropy": 0.5, "g_norm": 1.0}, history).state == state


# --- does it copy?


def test_the_tab_says_whether_it_copies():
    """Else a generator that hands out its training set would pass."""
    assert copy_ratio(grey(chosen("0123456789", 200)[:20]), count=200) == 0
    pairs = np.zeros((COLUMNS * ROWS, 2, 784), np.uint8)
    pairs[0, 1] = 255
    sheet = picture(pairs)
    made, real, gap = sheet[:56, :56], sheet[60:116, :56], sheet[:, 56:64]
    assert (made == [0, 0, 0, 255]).all() and (real == 255).all()  # white on black, as on the stage
    assert (gap == 0).all()  # clear: whatever the page is
    for distance, words in ((0.0, "copies"), (5.0, "nearer"), (6.6, "does not copy"), (9.0, "It does not copy; nor")):
        assert words in sentence(Comparison(3, pairs, distance, 6.7))


# --- what is promised


@pytest.mark.slow
def test_it_learns_to_write_in_little_time():
    """Else nobody would stay to watch: in 800 steps FD falls from 217 to 113, and most of the ten digits are there."""
    trainer, history = trained(ImageConfig(seed=31), 800)
    now = trainer.scalars()
    assert now["fd"] < 125 and now["entropy"] > 1.9 and now["spread"] > 0.5
    assert history.column("fd")[-1] < history.column("fd")[0]


@pytest.mark.long
def test_mixed_batches_leak_and_separate_ones_do_not():
    """Else the preset would not show what it says: G's loss falls, D tells every image, and nothing is learned."""
    mixed = SETTINGS["Mixed batches"].config
    leaking, _ = trained(dataclasses.replace(mixed, seed=32), 600)
    cured, _ = trained(dataclasses.replace(mixed, seed=32, batches="separate"), 600)
    now, later = leaking.scalars(), cured.scalars()
    assert now["fd"] > 220 and now["accuracy"] > 0.95 and now["g_loss"] < later["g_loss"]
    assert later["fd"] < 150


@pytest.mark.long
def test_collapse_and_its_cure():
    """Else the preset would work, or its cure would not."""
    collapse = dataclasses.replace(SETTINGS["Collapse"].config, seed=33)
    broken, history = trained(collapse, 900)
    cured, _ = trained(dataclasses.replace(collapse, beta1=0.5, lr_g=5e-4, lr_d=5e-4), 700)
    assert broken.scalars()["entropy"] < 1.7 and cured.scalars()["entropy"] > 1.8
    assert LAB.diagnose(broken, broken.scalars(), History()).tone == "warn"
    assert CHALLENGES[2].check(broken, broken.scalars(), history).state == "met"
    assert cured.scalars()["fd"] < broken.scalars()["fd"]


@pytest.mark.long
@pytest.mark.parametrize("seed", [41, 42])
def test_a_minute_is_enough_for_readable_digits(seed):
    """FD <= 35, entropy >= 2.2 nats and no class below 3 % after 4000 steps, which take less than 60 CPU seconds.

    And the challenge to come below 25 can be met.
    """
    trainer, history = trained(ImageConfig(seed=seed), 4000)
    now = trainer.scalars()
    assert now["fd"] <= 35 and now["entropy"] >= 2.2 and now["rarest"] >= 0.03
    assert copy_ratio(torch.from_numpy(trainer.sample(200, seed=1))) >= 0.9
    train(trainer, 1000, history)
    assert CHALLENGES[1].check(trainer, trainer.scalars(), history).state == "met"


@pytest.mark.long
def test_convolutions_gain_more_by_a_step_but_a_step_costs_more():
    """Else the page would say the contrary of what a learner sees."""
    spent, distance = {}, {}
    for name, steps in (("Perceptrons", 350), ("Convolutions", 350), ("Perceptrons", 1600)):
        start = time.process_time()
        trainer, _ = trained(dataclasses.replace(SETTINGS[name].config, seed=43), steps)
        trainer.measure()
        spent[name, steps], distance[name, steps] = time.process_time() - start, trainer.scalars()["fd"]
    lead = distance["Perceptrons", 350] - distance["Convolutions", 350]
    assert lead > distance["Perceptrons", 350] / 3
    assert spent["Convolutions", 350] > 3 * spent["Perceptrons", 350]
    assert spent["Perceptrons", 1600] < 1.1 * spent["Convolutions", 350]  # as much time, and most of the lead is gone
    assert distance["Perceptrons", 1600] - distance["Convolutions", 350] < lead / 3


@pytest.mark.long
def test_the_textbook_can_be_repaired():
    """Else the challenge could not be met, or would be by doing nothing."""
    repair = CHALLENGES[0]
    begun, history = trained(repair.config, 1201)
    assert repair.check(begun, begun.scalars(), history).state == "missed"
    critic, history = trained(SETTINGS["Critic with a gradient penalty"].config, 1200)
    assert repair.check(critic, critic.scalars(), history).state == "met"
