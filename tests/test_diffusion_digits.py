"""Diffusion of digits: code, network, guidance and measures are right, and each preset shows what it promises."""

from __future__ import annotations

import dataclasses
import time
from collections import OrderedDict
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from playground.core import Verdict
from playground.data import kept_digits
from playground.data.digits import CLASSES, chosen, grey, mnist
from playground.data.kept_digits import keep
from playground.diffusion.digits.code import Decoder, find_axes
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.looking import COLUMNS, FOLLOWED, MADE
from playground.diffusion.digits.material import MARK, coded
from playground.diffusion.digits.measuring import MEASURED, NUMBERS, at_once, is_quick, measuring, pauses
from playground.diffusion.digits.network import EPS, LABELS, NONE, CodeNet, See, Shape
from playground.diffusion.digits.pretrained import FILE, SETTINGS, STEPS, fingerprint, fits, pretrained
from playground.diffusion.digits.sampling import Sampling
from playground.diffusion.digits.survey import Survey, by_guidance, by_sampler, held
from playground.diffusion.digits.train import tensors, train
from playground.diffusion.digits.trainer import DigitDiffusionTrainer
from playground.diffusion.samplers import SAMPLERS
from playground.diffusion.schedule import posterior
from playground.gan.image_gauge import gauge, variety
from playground.labs.diffusion_digits import LAB
from playground.neighbours import copy_ratio
from playground.reader import reader
from playground.runtime.history import History
from playground.ui import digit_guidance, digit_samplers

torch.set_num_threads(1)

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(iterations: int = 0, /, **knobs: Any) -> DigitDiffusionTrainer:
    trainer = DigitDiffusionTrainer(DigitDiffusionConfig(**knobs), "cpu")
    for _ in range(iterations):
        trainer.step()
    return trainer


@cache
def ready() -> DigitDiffusionTrainer:
    """One that has learned, for who does not turn or move it."""
    return made(start="pretrained")


# The code


@cache
def axes():
    return find_axes(mnist().train_x, 48)


def test_the_axes_are_principal_directions():
    """Else the numbers would hold less of a digit than they could: against a decomposition of the digits themselves."""
    some = grey(mnist().train_x[:500])
    found = find_axes(mnist().train_x[:500], 12)
    centred = (some - some.mean(0)).double()
    _, singular, rows = torch.linalg.svd(centred, full_matrices=False)
    agree = (rows[:12] @ found.directions.double()).abs()
    torch.testing.assert_close(agree, torch.eye(12, dtype=torch.float64), rtol=0, atol=1e-3)
    torch.testing.assert_close(found.mean, some.mean(0), rtol=1e-4, atol=1e-6)
    assert found.scale == pytest.approx(float(singular[:12].square().mean() / 500) ** 0.5, rel=1e-4)


def test_codes_have_variance_one_and_their_signs_are_fixed():
    """Else noise of variance 1 would be too much or too little of it; or the same weights would mean another digit
    on another machine."""
    codes = axes().encode(grey(mnist().train_x[:20_000]))
    assert float(codes.var(0).mean()) == pytest.approx(1, abs=0.02)
    spread = codes.var(0)
    assert (spread[:-1] > spread[1:] * 0.97).all() and spread[0] > 20 * spread[-1]
    assert (axes().directions.sum(0) > 0).all()
    assert float((axes().directions.T @ axes().directions - torch.eye(48)).abs().max()) < 1e-4


def test_images_that_are_all_alike_have_a_code():
    """Else a learner who uploads one image many times would stop the run with a division by 0."""
    same = find_axes(torch.full((20, 784), 200, dtype=torch.uint8), 48)
    assert torch.isfinite(same.encode(torch.full((3, 784), 200 / 255))).all() and same.scale > 0


def test_the_decoder_descends_in_its_cross_entropy():
    """Else it would learn something else than (3): its gradient against autograd."""
    decoder = Decoder(axes(), generator())
    decoder.net.flat.normal_(0, 0.1, generator=generator(1))
    x = grey(mnist().test_x[:9])
    z = axes().encode(x) + 0.1 * torch.randn(9, 48, generator=generator(2))
    decoder.learn(x, z)
    found = decoder.net.grad.clone()
    leaf = decoder.net.flat.clone().requires_grad_()
    decoder.net.layers = decoder.net._layers(leaf)
    y = torch.sigmoid(decoder.net(z) + decoder.straight(z))
    (F.binary_cross_entropy(y, x, reduction="sum") / 9).backward()
    torch.testing.assert_close(found, leaf.grad, rtol=1e-4, atol=1e-5)


def test_ink_and_paper_are_brought_apart():
    """Else the digits would be as blurred as a linear code leaves them: the distance with and without."""
    trainer = made()
    x = grey(mnist().test_x[torch.randperm(10_000, generator=generator(1))[:MEASURED]])
    z = trainer.axes.encode(x)
    blurred = trainer.gauge.yardstick.distance(trainer.axes.flat(z).clamp(0, 1))
    sharp = trainer.gauge.yardstick.distance(trainer.decoder(z))
    assert blurred > 20 and sharp < 7


# The network


def small(dtype: torch.dtype = torch.float64) -> tuple[CodeNet, See]:
    net = CodeNet(Shape(5, 8, 3))
    net.flat.normal_(0, 0.5, generator=generator(3))
    net.flat, net.grad = net.flat.to(dtype), net.grad.to(dtype)
    net.p, net.g = net._views(net.flat), net._views(net.grad)
    return net, See(20, CPU)


def in_words(p: dict[str, Tensor], x: Tensor, phi: Tensor, y: Tensor) -> Tensor:
    """(1) to (3) of the network, line by line."""
    c = F.silu(phi @ p["W_t"] + p["b_t"]) + p["E"][y]
    h = x @ p["W_in"] + p["b_in"]
    width = h.shape[1]
    for i in range(len(p["A"])):
        push = (c @ p["C"] + p["b"])[:, i * width : (i + 1) * width]
        h = h + F.silu(F.layer_norm(h, (width,), eps=EPS) @ p["A"][i] + push) @ p["B"][i] + p["b'"][i]
    return F.layer_norm(h, (width,), eps=EPS) @ p["W_out"] + p["b_out"]


def test_the_network_is_what_its_equations_say():
    """Else the docstring would be about another network; and learning and asking would be about two."""
    net, see = small()
    x, t = torch.randn(7, 5, generator=generator(4)).double(), torch.arange(7) * 3
    y = torch.tensor([0, 3, 9, NONE, NONE, 1, 2])
    rows = see(x, t, y).double()
    torch.testing.assert_close(net(rows), in_words(net.p, x, see.phi[t].double(), y), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(net.forward(rows), net(rows), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(net.copy()(rows.float()), net(rows).float(), rtol=1e-4, atol=1e-5)


def test_the_gradient_of_the_network_is_right():
    """Else it would descend in something else: against autograd, every parameter."""
    net, see = small()
    x, t = torch.randn(7, 5, generator=generator(4)).double(), torch.arange(7) * 3
    y, slope = torch.tensor([0, 3, 9, NONE, NONE, 1, 2]), torch.randn(7, 5, generator=generator(5)).double()
    net.grad.fill_(7)  # what was there before is no part of it
    net.forward(see(x, t, y).double())
    net.backward(slope)
    leaf = net.flat.clone().requires_grad_()
    (in_words(net._views(leaf), x, see.phi[t].double(), y) * slope).sum().backward()
    torch.testing.assert_close(net.grad, leaf.grad, rtol=1e-9, atol=1e-11)


def test_the_network_says_nothing_at_first():
    """Else the first measurement, which takes this for granted, would be that of another network."""
    trainer = made()
    rows = trainer.rows(torch.randn(20, 48), 150, torch.arange(20) % LABELS)
    assert not trainer.network(rows).any() and trainer.network.p["A"].any()
    asked = at_once(measuring(trainer.sampling, trainer.perfect, trainer.gauge))
    torch.testing.assert_close(trainer.found, asked)


# Guidance and sampling


def test_guidance_exaggerates_the_difference_that_a_label_makes():
    """Else w would be another knob: f_w is linear in w, between what is said of any digit and of this one."""
    trainer = ready()
    x, y = torch.randn(20, 48, generator=generator(6)), torch.arange(20) % 10

    def believed(w: float, labels: Tensor = y) -> Tensor:
        config = dataclasses.replace(trainer.config, guidance=w)
        return dataclasses.replace(trainer.sampling, config=config).denoiser(labels)(x, 120)[0]

    nobody, learned = believed(0.0), believed(1.0)
    torch.testing.assert_close(nobody, believed(1.0, torch.full_like(y, NONE)))
    torch.testing.assert_close(believed(2.5), nobody + 2.5 * (learned - nobody), rtol=1e-4, atol=1e-4)
    assert float((learned - nobody).norm(dim=1).min()) > 0.1


def test_columns_ask_for_one_digit_each():
    """Else the caption of the grid would be wrong; for some digits, and for one."""
    for asks_for, first in (("0123456789", range(10)), ("17", [1, 7] * 5), ("3", [3] * 10)):
        labels = Sampling(None, None, None, DigitDiffusionConfig(), asks_for).labels(MADE, COLUMNS)  # type: ignore[arg-type]
        assert labels.view(-1, COLUMNS).tolist() == [list(first)] * (MADE // COLUMNS)
    assert Sampling(None, None, None, DigitDiffusionConfig(), "").labels(3).tolist() == [NONE] * 3  # type: ignore[arg-type]


def test_what_a_sampler_draws_is_not_the_noise_it_begins_with():
    """Else the first step of DDPM would not be the one of its equation: the n in it, found from what it has made."""
    sampling = made(sampler="ddpm", steps=3).sampling
    x = sampling.noise(MEASURED, 1)
    first, second, *_ = sampling.way(x, sampling.labels(MEASURED), 1)
    law = posterior(sampling.config.path(), first.t, second.t)
    n = (second.x - law.x_weight * x - law.x0_weight * first.x0) / law.sd
    assert float(n.std()) == pytest.approx(1, abs=0.02) and abs(float((n * x).mean())) < 0.02


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_makes_digits_of_the_same_network(sampler):
    """Else the comparison of samplers would compare one that is broken."""
    trainer = made(start="pretrained", sampler=sampler)
    now = trainer.scalars()
    assert now["fd"] < 4 and now["agreement"] > 0.97
    assert now["certainty"] == pytest.approx(now["real_certainty"], abs=0.03)


# What is measured and shown


def test_what_the_code_costs_is_measured_on_digits_that_are_held_out():
    """Else the green curve would be a better one than any generator could reach."""
    found = coded("", 60_000, "", 48)
    assert len(found.perfect(CLASSES)) == MARK and len(found.unseen[0]) == 10_000 and len(found.codes) == 60_000
    assert not (found.perfect(CLASSES)[:, None, :] == found.codes[None, :2000, :]).all(2).any()
    torch.testing.assert_close(found.codes[:50], found.axes.encode(grey(found.images[:50])), rtol=1e-4, atol=1e-4)
    assert torch.equal(found.labels, mnist().train_y.long())


def test_labels_follow_the_digits_that_are_chosen():
    """Else a network of ones and sevens would be told wrong names."""
    found = coded("71", 500, "", 16)
    assert torch.equal(found.images, chosen("17", 500))
    of_all = mnist().train_y[(mnist().train_y == 1) | (mnist().train_y == 7)][:500]
    assert torch.equal(found.labels, of_all.long()) and set(found.unseen[1].tolist()) == {1, 7}


def test_a_knob_of_sampling_is_measured_at_once_and_before_the_next_step():
    """Else FD of one guidance would stand beside digits of another."""
    trainer = made(3, start="pretrained")
    before, found = trainer.scalars(), trainer.found.clone()
    trainer.tune(dataclasses.replace(trainer.config, guidance=4.0))
    paused = trainer.scalars()
    assert paused["fd"] > 3 * before["fd"] and torch.equal(trainer.found, found)
    trainer.step()
    assert trainer.scalars()["fd"] == pytest.approx(paused["fd"], rel=0.1) and trainer.measured == 4


def test_what_takes_long_to_measure_waits_for_the_next_step():
    """Else a learner who asks for many steps would stop everybody's training for seconds, while nothing is said."""
    slow = made(start="pretrained", sampler="heun", steps=100, width=128)
    begun = slow.scalars()["fd"]
    assert slow.is_turned and begun == pytest.approx(ready().scalars()["fd"])  # by the recommended sampler
    assert "398 questions" in says(slow, slow.scalars())
    slow.tune(dataclasses.replace(slow.config, steps=2, guidance=1.0))
    quick = slow.scalars()["fd"]
    assert slow.is_turned and abs(quick - begun) > 0.1 and "questions" not in says(slow, slow.scalars())
    slow.tune(dataclasses.replace(slow.config, steps=60))
    assert slow.scalars()["fd"] == begun and len(slow.snapshot().arrays["samples"]) == MADE


def test_measuring_comes_in_parts_and_is_the_same():
    """Else Pause would wait for a thousand digits, or a run at full speed would be another one than step by step."""
    whole, parts = (made(1, width=256, blocks=2, sampler="ddpm") for _ in range(2))
    whole.step_count = parts.step_count = 199
    whole.step()
    assert sum(1 for _ in parts.parts()) == pauses(parts.sampling) == 2 * 11
    assert whole.measured == parts.measured == 200 and whole.found[0] > 0
    assert torch.equal(whole.found, parts.found)


@pytest.mark.parametrize(("width", "blocks", "sampler"), [(32, 1, "dpm++"), (128, 3, "dpm++"), (512, 6, "heun")])
def test_no_part_of_measuring_is_long(width, blocks, sampler):
    """Else all others who learn would stand still for a second at each part: questions are counted."""
    config = DigitDiffusionConfig(width=width, blocks=blocks, sampler=sampler, steps=3)
    net, asked = CodeNet(config.shape), 0

    def counted(rows: Tensor) -> Tensor:
        nonlocal asked
        asked += len(rows)
        return rows.new_zeros(len(rows), config.code)

    sampling = Sampling(counted, lambda z: z.new_zeros(len(z), 784), See(config.T, CPU), config, "0123456789")  # type: ignore[arg-type]
    parts, most, all_of_them = measuring(sampling, torch.zeros(3, config.code), gauge("0123456789", "")), 0, 0
    for _ in parts:
        most, all_of_them, asked = max(most, asked), all_of_them + asked, 0
    all_of_them += asked
    assert all_of_them == sampling.questions * MEASURED
    assert most * net.flat.numel() <= 560_000_000


def test_what_could_not_be_measured_is_not_told():
    """Else FD 0 of digits that are no numbers would be better than that of real ones, and meet a challenge."""
    trainer = made(start="pretrained")
    trainer.average.flat.fill_(torch.inf)
    trainer.look()
    trainer.measure()
    now = trainer.snapshot().scalars
    assert not {"fd", "agreement", "certainty"} & now.keys() and now["code_fd"] > 0
    assert "cannot be told" in says(trainer, now)
    for name in ("Repair it", "Six questions"):
        assert verdict(name, begun(name), now | {"questions": 3.0}).state == "open"


def test_own_images_may_be_forgotten_while_it_learns(monkeypatch):
    """Else its digits would suddenly be compared with blank sheets, without a word."""
    trainer = made(1, own=keep(chosen("38", 60).numpy()), width=32, blocks=1)
    before = trainer.scalars()
    monkeypatch.setattr(kept_digits, "_kept", OrderedDict())
    trainer.measure()
    now = trainer.scalars()
    assert not trainer.forgotten and not trainer.gauge.forgotten and now["fd_low"] > 0
    assert all(now[name] == before[name] for name in ("fd_low", "fd_high", "real_certainty"))


def test_a_wide_network_is_not_measured_while_nobody_trains():
    """Else a knob that is turned would stop everybody for many seconds, with no more questions than usual."""
    assert is_quick(made().sampling) and not is_quick(made(width=512, blocks=6).sampling)
    wide = made(width=512, blocks=6)
    wide.tune(dataclasses.replace(wide.config, guidance=2.0))
    assert wide.quality is wide.found and "waits for the next step" in says(wide, wide.scalars())


def test_asking_for_one_digit_compares_with_that_digit():
    """Else a network that draws perfect threes would be far from all ten."""
    trainer = made(start="pretrained", digit="3")
    now = trainer.scalars()
    assert now["agreement"] > 0.97 and now["fd"] < 8
    assert now["code_fd"] < 1.5 * now["fd_high"]  # threes through the code, not all digits
    shares = trainer.snapshot().arrays["made classes"]
    assert shares[3] == pytest.approx(now["agreement"])


def test_the_time_handle_chooses_what_is_looked_through():
    """Else dragging would show another time than it says: x_t as the path has it, clean at 0 and noise at T."""
    trainer = made(start="pretrained")
    for at, t in ((0.0, 0), (0.502, 100), (4.5, 200)):
        trainer.place("time", at, 0.3)
        snapshot = trainer.snapshot()
        assert snapshot.scalars["t"] == t and snapshot.arrays["time"][0, 0] == pytest.approx(t / 200)
        assert snapshot.arrays["time"][0, 1] == pytest.approx(trainer.schedule.alpha_bar[t])
        z, e, y = trainer.seen.real
        level = trainer.schedule.level(t)
        expected = trainer.sampling.decoded(level.a * z + level.s * e).mul(255).round().byte()
        assert np.array_equal(snapshot.arrays["noisy"].reshape(10, -1), expected.numpy())
        assert y.tolist() == list(range(10))
    trainer.place("time", 0, 0)
    now = trainer.snapshot().arrays
    assert np.array_equal(now["noisy"], now["believed"]) and np.array_equal(now["noisy"], now["real"])


def test_ways_begin_with_noise_and_end_in_the_grid():
    """Else the rows would show other digits than the grid does."""
    trainer = ready()
    now = trainer.snapshot().arrays
    ways = now["on the way"].reshape(FOLLOWED, COLUMNS, 28, 28)
    assert np.array_equal(ways[:, -1], now["samples"][:FOLLOWED])
    start = trainer.sampling.decoded(trainer.sampling.noise(MADE, 1)[:FOLLOWED]).mul(255).round().byte()
    assert np.array_equal(ways[:, 0].reshape(FOLLOWED, -1), start.numpy())
    rows = now["dissolving"].reshape(FOLLOWED, COLUMNS, 28, 28)
    assert np.array_equal(rows[:, 0], now["real"][:FOLLOWED])


def test_digits_that_are_held_out_cost_what_the_network_says_of_them():
    """Else the two curves of the loss could not be compared: an untrained network that says 0 pays |v|^2."""
    trainer = made()
    z = trainer.material.unseen[0]
    expected = [
        a * a + s * s * float(z.square().mean()) for a, s in zip(trainer.schedule.a, trainer.schedule.s, strict=True)
    ]
    assert trainer.scalars()["test_loss"] == pytest.approx(float(np.mean(expected)), rel=0.03)


def test_own_images_have_no_labels():
    """Else guidance would lean on names that nobody has given; images that are forgotten are MNIST's again."""
    images = chosen("38", 60).numpy()
    trainer = made(3, own=keep(images))
    assert np.array_equal(trainer.real.numpy(), images[np.arange(60) % 10 != 0])
    assert (trainer.labels == NONE).all() and (trainer.told == NONE).all()
    assert (trainer.sampling.labels(20) == NONE).all()
    lost = made(own="0" * 16)
    assert lost.forgotten and "no longer kept" in LAB.diagnose(lost, lost.scalars(), History()).sentence
    assert len(lost.real) == 60_000 and (lost.labels < NONE).all()


# Weights to begin with


def test_the_weights_are_those_of_the_settings():
    """Else the file would be of some other training: it says which settings it was made with, and is small enough."""
    assert pretrained().notes["settings"] == fingerprint()
    assert fingerprint(SETTINGS, STEPS + 1) != fingerprint()
    assert fingerprint(dataclasses.replace(SETTINGS, lr=2e-3)) != fingerprint()
    assert FILE.stat().st_size < 3_000_000


def test_the_weights_are_as_good_as_they_say():
    """Else the page would open with other digits than promised: FD near what real ones get, and no copies."""
    trainer, notes = ready(), pretrained().notes
    now = trainer.scalars()
    for name in NUMBERS:
        assert now[name] == pytest.approx(float(notes[name]), rel=0.05)
    assert now["fd"] < now["fd_high"] + 0.5 and now["agreement"] > 0.98
    assert copy_ratio(torch.from_numpy(trainer.sample(100, seed=5))) > 0.8


def test_the_script_makes_what_can_be_begun_with():
    """Else nobody could make the weights again: a short training, written and read."""
    trainer = train(steps=2)
    parts = tensors(trainer)
    assert parts.keys() == tensors(made()).keys() and trainer.config == SETTINGS
    begun = pretrained()
    assert parts["network"].shape == begun.network.shape and parts["decoder"].shape == begun.decoder.shape
    torch.testing.assert_close(parts["directions"], begun.axes.directions, rtol=0, atol=1e-3)


def test_training_goes_on_from_the_weights():
    """Else Play would first undo what was learned."""
    trainer = made(start="pretrained", **BEGUN)
    before = trainer.scalars()["fd"]
    weights = trainer.network.flat.clone()
    for _ in range(200):
        trainer.step()
    assert trainer.measured == 200 and trainer.scalars()["fd"] < before + 0.5
    assert not torch.equal(trainer.network.flat, weights) and trainer.decoder_optimiser.t == 0


def test_weights_of_another_network_are_not_used():
    """Else a wider network would begin with rubbish, or the run would stop."""
    assert fits(DigitDiffusionConfig(classes="17", count=100, lr=1e-2))
    for knobs in ({"width": 64}, {"prediction": "x0"}, {"model": "flow"}, {"T": 50}, {"schedule": "linear"}):
        trainer = made(start="pretrained", **knobs)
        assert trainer.begun is None and not fits(trainer.config)
        assert "begins with nothing" in LAB.diagnose(trainer, trainer.scalars(), History()).sentence


# Presets


@cache
def trained(name: str, iterations: int, /, **knobs: Any) -> tuple[DigitDiffusionTrainer, dict[str, float]]:
    """The trainer of a preset after so many steps, measured."""
    trainer = DigitDiffusionTrainer(dataclasses.replace(LAB.presets[name], **knobs), "cpu")
    for _ in range(iterations):
        trainer.step()
    trainer.measure()
    return trainer, trainer.scalars()


def says(trainer: DigitDiffusionTrainer, now: dict[str, float]) -> str:
    return LAB.diagnose(trainer, now, History()).sentence


@pytest.mark.slow
def test_digits_come_soon():
    """Else the page would be dull for a minute: by far most can be read, and are what was asked for, within seconds."""
    trainer, now = trained("From nothing", 1000)
    assert now["fd"] < 30 and now["agreement"] > 0.83
    assert now["code_fd"] < now["fd_high"] and now["test_loss"] == pytest.approx(now["loss"], rel=0.1)
    assert f"FD is {now['fd']:.1f}" in says(trainer, now)


def test_the_pretrained_digits_are_as_good_as_real_ones_by_this_measure():
    """Else the sentence on them would be wrong."""
    trainer, now = trained("Pretrained", 0)
    assert now["fd"] < now["fd_high"] and "as good as real digits" in says(trainer, now)


def test_much_guidance_leaves_only_plain_digits():
    """Else the preset would show nothing: all are read as asked for, FD is several times as large, and what the reader
    finds in sevens and eights varies less than in real ones."""
    (much, strong), (_, usual) = trained("Too much guidance", 0), trained("Pretrained", 0)
    assert strong["agreement"] > 0.998 and strong["fd"] > 4 * usual["fd"]
    assert "vary too little" in says(much, strong)

    def spread(images: Tensor) -> float:
        return float(reader().features(images).var(0).sum())

    for name in "78":
        plain, mild = (
            spread(dataclasses.replace(trained(preset, 0)[0].sampling, asks_for=name).sample(200, 3))
            for preset in ("Too much guidance", "Pretrained")
        )
        assert plain < 0.7 * mild
        assert plain < 0.6 * spread(grey(mnist().test_x[mnist().test_y == int(name)][:200]))


def test_without_guidance_some_are_not_what_was_asked_for():
    """Else guidance would be for nothing."""
    (_, plain), (_, usual) = trained("No guidance", 0), trained("Pretrained", 0)
    assert 0.90 < plain["agreement"] < 0.96 and usual["agreement"] > 0.98
    assert plain["fd"] > usual["fd"] + 0.3


def test_two_steps_cut_corners():
    """Else few steps would cost nothing: FD, and what Heun in two steps and DPM++ in ten make of the same noise."""
    (few, now), (_, usual) = trained("Two steps", 0), trained("Pretrained", 0)
    assert now["fd"] > 3 * usual["fd"] and now["agreement"] > 0.98 and "cut corners" in says(few, now)
    _, heun = trained("Two steps", 0, sampler="heun")
    assert heun["fd"] < 0.6 * now["fd"]


def test_a_young_network_is_not_told_to_take_more_steps():
    """Else the advice would make it worse: FD of 4, 10, 20 steps is 28, 36, 38 after 700 steps of training."""
    for step, sampler, steps, told in (
        (700, "dpm++", 3, False),
        (2000, "ddim", 3, False),
        (3000, "ddim", 3, True),
        (3000, "dpm++", 4, False),
        (3000, "heun", 2, False),
        (3000, "heun", 1, True),
    ):
        trainer = made(width=32, blocks=1, sampler=sampler, steps=steps)
        trainer.step_count = step
        assert ("cut corners" in says(trainer, trainer.scalars() | {"fd": 28.4})) == told


@pytest.mark.long
def test_more_steps_help_where_they_are_advised():
    """Else the sentence on corners would be wrong at some time in training: in all of them, ten steps are better."""
    trainer, told = made(seed=1), 0
    for until in (700, 1500, 3000, 5000):
        while trainer.step_count < until:
            trainer.step()
        for sampler in SAMPLERS:
            found = {}
            for steps in (10, 4, 3, 2, 1):
                trainer.tune(dataclasses.replace(trainer.config, sampler=sampler, steps=steps))
                trainer.measure()
                now = trainer.scalars()
                found[steps] = now["fd"]
                if "cut corners" in says(trainer, now):
                    told += 1
                    assert found[10] < found[steps]
    assert told > 10


def test_a_digit_that_was_never_seen_is_named():
    """Else a learner would look for the fault in the network, and not in what it was given."""
    trainer = made(1, classes="17", digit="3", width=32, blocks=1)
    assert "has never seen one" in says(trainer, trainer.scalars())
    for knobs in ({"classes": "173"}, {"start": "pretrained", "classes": "17"}, {"classes": ""}):
        known = made(digit="3", **knobs)
        assert "never seen" not in says(known, known.scalars())


@pytest.mark.long
def test_flow_matching_is_as_good():
    """Else the other path would be a worse one here."""
    (_, flow), (_, usual) = trained("Flow matching", 2000), trained("From nothing", 2000)
    assert flow["fd"] < 1.5 * usual["fd"] and flow["agreement"] > 0.92


@pytest.mark.long
def test_a_chain_that_ends_too_early_makes_no_digits():
    """Else the schedule would not matter; with the cure that the preset names it does."""
    trainer, now = trained("Ends too early", 500)
    assert now["fd"] > 80 and now["agreement"] < 0.4 and "does not end in noise" in says(trainer, now)
    _, cured = trained("Ends too early", 500, beta_last=0.2)
    assert cured["fd"] < 0.6 * now["fd"] and cured["agreement"] > 0.6


@pytest.mark.long
def test_a_network_asked_for_the_noise_lags_behind():
    """Else the preset would warn of nothing."""
    (trainer, now), (_, usual) = trained("Asked for the noise", 2000), trained("From nothing", 2000)
    assert now["agreement"] == pytest.approx(0.75, abs=0.05) and usual["agreement"] == pytest.approx(0.95, abs=0.03)
    assert now["fd"] > 1.3 * usual["fd"]
    assert "dividing by almost 0" in says(trainer, now)


@pytest.mark.long
def test_few_digits_are_learned_by_heart():
    """Else the two curves of the loss would stay together."""
    trainer, now = trained("By heart", 1000)
    assert now["test_loss"] > 1.25 * now["loss"] and "by heart" in says(trainer, now)


@pytest.mark.long
def test_what_is_learned_by_heart_is_made_again():
    """Else "Does it copy?" would find nothing to show; and of all digits, none is copied."""
    trainer, _ = trained("By heart", 2000)
    assert copy_ratio(torch.from_numpy(trainer.sample(64, seed=3)), count=200) < 0.8
    fresh, _ = trained("From nothing", 2000)
    assert copy_ratio(torch.from_numpy(fresh.sample(64, seed=3))) > 0.9


@pytest.mark.long
@pytest.mark.parametrize("seed", [6101, 6102, 6103, 6104, 6105])
def test_digits_of_fresh_seeds(seed):
    """Else one lucky seed would speak for all: about 30 CPU seconds, within 3 of what real digits get."""
    _, now = trained("From nothing", 12_000, seed=seed)
    usual = LAB.trainer(LAB.config(), "cpu").gauge.yardstick.floor(MEASURED)[1]
    assert now["fd"] < usual + 3 and now["agreement"] > 0.97
    assert now["certainty"] > 0.96 * now["real_certainty"]


# Challenges


def verdict(name: str, trainer: DigitDiffusionTrainer, now: dict[str, float] | None = None) -> Verdict:
    check = next(challenge.check for challenge in LAB.challenges if challenge.name == name)
    return check(trainer, trainer.snapshot().scalars if now is None else now, History())


def begun(name: str, **knobs: Any) -> DigitDiffusionTrainer:
    config = next(challenge.config for challenge in LAB.challenges if challenge.name == name)
    return DigitDiffusionTrainer(dataclasses.replace(config, **knobs), "cpu")


def test_the_broken_settings_are_not_good_enough():
    """Else the challenge would be met as it stands, with other digits, or after its end."""
    ill = begun("Repair it")
    now = ill.snapshot().scalars
    assert verdict("Repair it", ill, now).state == "open"
    ill.step_count = 2000
    assert (
        verdict("Repair it", ill, now).state == "open" and verdict("Repair it", ill, now | {"fd": 9.9}).state == "met"
    )
    ill.step_count = 2001
    assert verdict("Repair it", ill, now | {"fd": 9.9}).state == "missed"
    assert verdict("Repair it", begun("Repair it", classes="17"), now | {"fd": 9.9}).state == "open"


@pytest.mark.long
def test_the_broken_settings_can_be_repaired():
    """Else the challenge could not be met; and it is not met by waiting."""
    ill = begun("Repair it")
    for _ in range(2000):
        ill.step()
    assert ill.scalars()["fd"] > 50
    assert verdict("Repair it", *trained("From nothing", 2000)).state == "met"


def test_six_questions_are_enough():
    """Else the challenge could not be met, or would be met as it stands: three steps of Heun without guidance do."""
    start = begun("Six questions", steps=20)  # a hundred would only take longer
    assert verdict("Six questions", start).state == "open"
    assert verdict("Six questions", begun("Six questions", sampler="dpm++", steps=5)).state == "open"
    found = verdict("Six questions", begun("Six questions", sampler="heun", steps=3, guidance=1.0))
    assert found.state == "met" and "5 questions" in found.says
    assert verdict("Six questions", made(sampler="heun", steps=3, guidance=1.0)).state == "open"


def test_learning_by_heart_is_not_met_by_waiting():
    """Else the challenge would be won by every run, or after its end."""
    name, trainer = "Make it learn by heart", made()
    assert verdict(name, trainer).state == "open"
    now = trainer.snapshot().scalars | {"loss": 0.4}
    trainer.step_count = 3000
    assert verdict(name, trainer, now | {"test_loss": 0.59}).state == "open"
    assert verdict(name, trainer, now | {"test_loss": 0.61}).state == "met"
    trainer.step_count = 3001
    assert verdict(name, trainer, now | {"test_loss": 0.61}).state == "missed"


@pytest.mark.long
def test_it_can_be_made_to_learn_by_heart():
    """Else the challenge could not be met."""
    assert verdict("Make it learn by heart", *trained("By heart", 2000)).state == "met"
    assert verdict("Make it learn by heart", *trained("From nothing", 2000)).state == "open"


# The tabs


@cache
def survey(kind: str) -> Survey:
    """Some of the cells of a tab."""
    cells = by_guidance()[::2] if kind == "guidance" else by_sampler()
    few = [cell for cell in cells if cell.get("sampler") in (None, "heun", "ddim") and cell.get("steps", 0) <= 5]
    work = Survey(held(ready()), few)
    while work.go_on():
        assert 0 <= work.share < 1
    return work


def test_a_survey_finds_what_the_stage_finds():
    """Else the curves of the tabs would be of another network or another noise."""
    work = survey("sampler")
    assert work.share == 1 and len(work.found) == 4
    trainer = made(start="pretrained", sampler="heun", steps=5)
    found = work.found[-1]
    assert (found.config.sampler, found.config.steps) == ("heun", 5)
    assert found.numbers["fd"] == pytest.approx(trainer.scalars()["fd"], rel=1e-6)
    assert found.questions == trainer.snapshot().scalars["questions"] == 18
    shown = trainer.snapshot().arrays["samples"][:COLUMNS].reshape(COLUMNS, -1)
    assert np.abs(found.digits.numpy() * 255 - shown).max() <= 1


def test_what_is_held_stays_as_it_was():
    """Else a survey of a run that plays would be of many networks."""
    trainer = made(2, width=32)
    work = Survey(held(trainer), [{"guidance": 1.0}])
    rows = trainer.see(trainer.batch(), 50)
    before = work.held.sampling.network(rows).clone()
    for _ in range(3):
        trainer.step()
    assert torch.equal(work.held.sampling.network(rows), before) and not torch.equal(trainer.shown(rows), before)


def test_what_is_held_is_of_one_moment(monkeypatch):
    """Else the network of one look would be asked with the decoder of another: the worker goes on meanwhile."""
    trainer = made(width=32)
    copy, copies = CodeNet.copy, []

    def late(net: CodeNet) -> CodeNet:
        copies.append(net)
        twin = copy(net)
        if len(copies) == 1:
            trainer.step()
            trainer.look()
        return twin

    monkeypatch.setattr(CodeNet, "copy", late)
    now = held(trainer)
    assert now.step == 1 and torch.equal(now.sampling.network.flat, trainer.shown.flat)
    assert torch.equal(now.sampling.decoder.net.flat, trainer.shown_decoder.net.flat)
    trainer.looks, seen = 10, []
    flat = SimpleNamespace(copy_=lambda _: seen.append(trainer.looks))
    trainer.shown_decoder = SimpleNamespace(net=SimpleNamespace(flat=flat))
    trainer.look()
    assert seen == [11] and trainer.looks == 12


def test_doubles_are_asked_of_the_processor_only():
    """Else no digit would be seen on a Mac, whose accelerator does not have them."""
    trainer, moved, asked = made(width=32), [], []

    class Watched(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is Tensor.double:
                asked.append(any(args[0] is tensor for tensor in moved))
            made = func(*args, **(kwargs or {}))
            if func is Tensor.cpu:
                moved.append(made)
            return made

    with Watched():
        assert np.isfinite(trainer.seen.errors).all()
    assert asked == [True]


def test_the_words_on_samplers_are_those_of_the_numbers():
    """Else the tab would praise the wrong one."""
    work = survey("sampler")
    best = min(work.found, key=lambda found: found.numbers["fd"])
    words = digit_samplers.verdict(work)
    assert f"**{best.numbers['fd']:.1f}**" in words and "Not in up to 5 steps: DDIM." in words
    near = [found for found in work.found if found.numbers["fd"] <= 1.2 * best.numbers["fd"]]
    assert f"**Heun** ({min(found.questions for found in near)})" in words
    assert digit_samplers.curve(work, "ddpm").shape == (0, 2) and len(digit_samplers.curve(work, "heun")) == 2
    figure = digit_samplers.panel(work, "heun", dark=False)
    assert [len(trace.x) for trace in figure.data if trace.name == "FD"] == [2, 2]


def test_the_words_on_guidance_are_those_of_the_numbers():
    """Else the tab would advise another weight than it has found."""
    work = survey("guidance")
    words = digit_guidance.verdict(work)
    assert [found.config.guidance for found in work.found] == [0, 1, 1.4, 2, 5]
    assert "guidance **1.4**" in words and f"{work.found[-1].numbers['fd']:.1f}" in words
    assert work.found[0].numbers["agreement"] == pytest.approx(0.1, abs=0.05)
    assert f"differ only {work.found[-1].numbers['variety']:.0%} as much" in words
    for figure in (digit_guidance.distance(work, dark=True), digit_guidance.reading(work, dark=False)):
        assert any(len(trace.x) == 5 for trace in figure.data if trace.x is not None)


def test_guidance_is_praised_for_what_it_does_only():
    """Else 15 % read as asked for would be called clear digits that vary too little."""
    young = Survey(held(made(20, width=32, blocks=1)), [{"guidance": 1.0, "steps": 1}, {"guidance": 5.0, "steps": 1}])
    while young.go_on():
        pass
    words = digit_guidance.verdict(young)
    assert young.found[-1].numbers["agreement"] < 0.5 and "clear" not in words and "train on" in words
    young.found = [found._replace(numbers=found.numbers | {"agreement": 0.9}) for found in young.found]
    assert "clear" not in digit_guidance.verdict(young) and "train on" not in digit_guidance.verdict(young)
    young.found = [found._replace(numbers=dict.fromkeys(found.numbers, np.nan)) for found in young.found]
    for words in (digit_guidance.verdict(young), digit_samplers.verdict(young), digit_guidance.caption(young.found[0])):
        assert "nan" not in words and "not made of finite numbers" in words
    assert digit_guidance.distance(young, dark=False).data


def test_variety_is_that_of_real_digits_where_they_are_real():
    """Else "as much as real ones" would have another mark: of other real digits, and of few kinds of plain ones."""
    judge = ready().gauge
    real = reader().features(grey(mnist().test_x[:1000]))
    assert variety(real) == pytest.approx(judge.variety, rel=0.03)
    centres = torch.stack([real[mnist().test_y[:1000] == kind].mean(0) for kind in range(10)])
    closer = centres[mnist().test_y[:1000].long()].lerp(real, 0.5)
    assert variety(closer) == pytest.approx(0.5 * variety(real), rel=0.1)


BEGUN: dict[str, Any] = {"lr": 1e-4, "decay": "none"}


# The tabs by themselves

TAB = """
import streamlit as st
from playground.ui import digit_guidance, digit_samplers

tabs = {"samplers": digit_samplers.samplers, "guidance": digit_guidance.guidance}
tabs[st.session_state["tab"]](st.session_state["run"])
"""


def opened(tab: str, trainer: DigitDiffusionTrainer) -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    app.session_state["tab"] = tab
    run = SimpleNamespace(trainer=trainer, config=trainer.config, state="paused", snapshot=trainer.snapshot())
    app.session_state["run"] = run
    return looked_at(app)


def looked_at(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("tab", ["samplers", "guidance"])
def test_a_tab_measures_and_says_what_it_found(tab, monkeypatch):
    """Else the button would do nothing, or the page would break when the numbers are there."""
    few = [{"guidance": 1.0, "sampler": sampler, "steps": 3, "eta": 0.0} for sampler in ("ddim", "heun")]
    monkeypatch.setattr(digit_samplers, "by_sampler", lambda: few)
    monkeypatch.setattr(digit_guidance, "by_guidance", lambda: few)
    app = opened(tab, ready())
    assert [button.label for button in app.button] == ["Measure"]
    app.button[0].click()
    end = time.monotonic() + 60
    while "Measure again" not in [button.label for button in looked_at(app).button]:
        assert time.monotonic() < end
        time.sleep(0.02)
    words = " ".join(element.value for element in (*app.markdown, *app.caption))
    module = digit_samplers if tab == "samplers" else digit_guidance
    work = app.session_state[f"{module.KEY}/work"]
    assert len(work.found) == 2 and module.verdict(work) in words


def test_guidance_of_own_images_is_not_measured():
    """Else there would be nine times the same: nobody knows what they show."""
    app = opened("guidance", made(own=keep(chosen("38", 60).numpy())))
    assert not app.button and "nothing to lean on" in app.info[0].value
