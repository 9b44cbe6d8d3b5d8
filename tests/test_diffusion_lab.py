"""The lab of diffusion: its presets show what they say, its sentences are true, its challenges can be met."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from playground.diffusion.points import PointsTrainer
from playground.diffusion.points_knobs import IN_PLANE, ON_LINE, PointsConfig
from playground.diffusion.start import MATTERS, start_gap
from playground.labs import LABS
from playground.runtime.history import History

torch.set_num_threads(1)
LAB = LABS["diffusion"]
PRESETS: Any = LAB.presets


@cache
def trained(config: PointsConfig, steps: int) -> PointsTrainer:
    """Shared between tests, which may turn its live knobs and have to put them back."""
    trainer: Any = LAB.trainer(config, "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


def asked(config: PointsConfig, **changes: Any) -> dict[str, float]:
    """What sampling gives with the exact denoiser: nothing has to be trained."""
    return LAB.trainer(dataclasses.replace(config, denoiser="exact", **changes), "cpu").scalars()


def told(trainer: PointsTrainer) -> str:
    return LAB.diagnose(trainer, trainer.scalars(), History(stride=50)).sentence


def history(trainer: PointsTrainer, rows: int = 3) -> History:
    """As if the last looks had all found what this one does."""
    past = History(stride=1)
    for i in range(3 * rows):  # a look is repeated until the next one
        past.record(i, trainer.scalars() | {"looked": i // 3})
    return past


def verdict(name: str, trainer: PointsTrainer, rows: int = 3) -> Any:
    challenge = next(c for c in LAB.challenges if c.name == name)
    return challenge.check(trainer, trainer.scalars(), history(trainer, rows))


# Presets


def test_the_ring_is_covered_after_the_first_hundred_steps():
    assert trained(PRESETS["Ring of eight"], 150).scalars()["covered"] == 8


@pytest.mark.slow
def test_the_grid_is_covered_soon_and_sharp_later():
    early, late = (trained(PRESETS["Twenty-five modes"], steps).scalars() for steps in (500, 2000))
    assert early["covered"] == late["covered"] == 25
    assert late["within"] > early["within"] + 0.1


@pytest.mark.slow
def test_more_sampling_steps_give_the_grid_its_width():
    config = PRESETS["Twenty-five modes"]
    trainer = trained(config, 2000)
    few = trainer.scalars()["spread"]
    trainer.tune(dataclasses.replace(config, steps=50))
    many = trainer.scalars()["spread"]
    trainer.tune(config)
    assert few < 0.9 < many < 1.1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_chain_that_ends_too_early_makes_heads_too_often_whoever_is_asked(seed: int):
    config = dataclasses.replace(PRESETS["Ends too early"], seed=seed)
    assert LAB.trainer(config, "cpu").schedule.left == pytest.approx(0.603, abs=5e-4)
    assert 0.39 < asked(config)["heads"] < 0.46
    assert 0.39 < trained(config, 400).scalars()["heads"] < 0.46


def test_its_cure_is_one_knob():
    """Within two standard errors of a thousand draws."""
    assert asked(PRESETS["Ends too early"], beta_last=0.3)["heads"] == pytest.approx(0.3, abs=0.03)


def test_few_even_steps_cut_corners_and_finer_or_more_ones_do_not():
    config = PRESETS["Too few steps"]
    four, finer, twenty = asked(config), asked(config, spacing="finer"), asked(config, steps=20)
    assert four["sw1"] > 1.5 * four["sw1_high"]
    assert four["within"] < 0.6
    assert finer["within"] > four["within"] + 0.2
    assert twenty["within"] > 0.95
    assert twenty["sw1"] < twenty["sw1_high"]


@pytest.mark.slow
def test_without_the_time_the_score_stays_wrong_near_the_data():
    """And hardly where there is much noise, which can be told from the place."""
    blind, told_the_time = (trained(c, 1000).snapshot() for c in (PRESETS["No sense of time"], LAB.config()))
    assert blind.scalars["score_error"] > 2.5 * told_the_time.scalars["score_error"]
    error, reached = blind.arrays["error by t"], told_the_time.arrays["error by t"]
    assert error[:4].min() > 0.4 and error[:4].min() > 2.5 * reached[:4].max()
    assert error[-3:].max() < 0.1


@pytest.mark.parametrize("steps", [4, 8])
def test_even_steps_of_flow_matching_cut_corners_less(steps: int):
    flow = dataclasses.replace(PRESETS["Flow matching"], steps=steps)
    assert asked(flow)["within"] > asked(flow, model="diffusion", sampler="ddim")["within"] + 0.02


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Two moons", "Spiral", "Flow matching"])
def test_what_is_made_comes_close(name: str):
    found = trained(PRESETS[name], 2000).scalars()
    assert found["sw1"] < found["sw1_high"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["The coin", "Three bumps"])
def test_on_the_line_nearly_everything_lies_in_a_mode(name: str):
    found = trained(PRESETS[name], 1000).scalars()
    assert found["within"] > 0.95
    assert found["score_error"] < 0.08


# Sentences


def test_before_the_first_step_nothing_is_claimed():
    assert told(trained(LAB.config(), 0)).startswith("The network knows nothing yet")


def test_a_chain_that_ends_too_early_is_said_to_with_what_it_costs_at_most():
    trainer = trained(PRESETS["Ends too early"], 400)
    now = trainer.scalars()
    most = start_gap(trainer.still.exact.target, trainer.schedule).tv
    assert abs(now["heads"] - now["p"]) < most
    words = told(trainer)
    assert "60.3% of the data are left" in words
    assert f"Up to {most:.0%}" in words
    assert f"heads in {now['heads']:.1%}" in words


@pytest.mark.parametrize(("changes", "cure"), [({}, "last beta"), ({"schedule": "own", "curve": "9" * 48}, "Draw")])
def test_the_cure_of_a_chain_is_one_that_it_has(changes: dict[str, Any], cure: str):
    assert cure in told(trained(dataclasses.replace(PRESETS["Ends too early"], **changes), 1))


def test_wide_data_are_warned_of_although_little_is_left():
    """alpha-bar at T says how much is left of data as wide as the noise."""
    config = PointsConfig(target="far apart", gap=12.0, standardise=False, schedule="linear", beta_last=0.1)
    trainer = trained(config, 1)
    assert trainer.schedule.ends_in_noise
    assert "does not end in noise" in told(trainer)


def test_what_is_left_is_no_fault_where_nothing_is_lost_by_it():
    """Else a good network would be warned of for ever, and the tab on the end of the chain would say the opposite."""
    config = PointsConfig(schedule="linear", T=50, beta_last=0.1, denoiser="exact", sampler="heun", steps=40)
    trainer = trained(config, 1)
    assert not trainer.schedule.ends_in_noise and trainer.still.gap.tv < MATTERS
    words = told(trainer)
    assert "does not end in noise" not in words
    assert f"{trainer.schedule.left:.1%} of the data are left at T, which makes no difference" in words


def test_steps_are_blamed_only_if_the_network_is_not():
    config = dataclasses.replace(PRESETS["Too few steps"])
    assert "cut corners" in told(trained(config, 800))
    assert "cut corners" not in told(trained(config, 50))


def test_who_is_not_told_the_time_is_said_to_guess():
    assert "not told the time" in told(trained(PRESETS["No sense of time"], 400))


def test_the_exact_denoiser_is_not_taken_for_the_network():
    trainer = trained(dataclasses.replace(LAB.config(), denoiser="exact"), 0)
    assert told(trainer).startswith("The exact denoiser is asked")


# Challenges


def test_the_textbook_chain_does_not_make_a_fair_coin_and_one_that_ends_in_noise_does():
    start = LAB.challenges[0].config
    assert verdict("An honest coin in fifty steps", trained(start, 400)).state == "open"
    cured = trained(dataclasses.replace(start, schedule="cosine", sampler="dpm++"), 800)
    assert verdict("An honest coin in fifty steps", cured).state == "met"
    assert verdict("An honest coin in fifty steps", cured, rows=2).state == "open"  # not by luck of one measurement


@pytest.mark.parametrize("changes", [{"p": 0.5}, {"T": 100}, {"denoiser": "exact"}])
def test_a_challenge_is_not_met_by_changing_it(changes: dict[str, Any]):
    """All of these make heads as often as the coin that they have."""
    base = dataclasses.replace(LAB.challenges[0].config, schedule="cosine", sampler="dpm++")
    changed = trained(dataclasses.replace(base, **changes), 800)
    assert abs(changed.scalars()["heads"] - changed.config.p) < 0.03
    assert verdict("An honest coin in fifty steps", changed).state == "open"


@pytest.mark.slow
def test_ten_calls_are_enough():
    start = LAB.challenges[1].config
    quick = dataclasses.replace(start, sampler="dpm++", steps=10, spacing="finer")
    trainer = trained(quick, 1500)
    assert verdict("Ten calls", trainer).state == "met"
    trainer.tune(start)
    assert verdict("Ten calls", trainer).state == "open"
    trainer.tune(quick)


@pytest.mark.long
def test_the_grid_can_be_sharp_and_not_narrow():
    name = "Sharp, and not too narrow"
    start = LAB.challenges[2].config
    assert verdict(name, trained(start, 3000)).state == "open"
    found = trained(dataclasses.replace(start, T=400, width=128, octaves=4, steps=50), 4000)
    assert verdict(name, found).state == "met"
    for _ in range(1100):
        found.step()
    assert verdict(name, found).state == "missed"


# What is looked at


@pytest.mark.parametrize("target", [*ON_LINE, *IN_PLANE])
def test_every_kind_of_data_has_a_picture_and_a_sentence(target: str):
    trainer = trained(PointsConfig(target=target, T=20, steps=5), 1)
    snapshot = trainer.snapshot()
    seen = LAB.seen(trainer.config)
    needed = set().union(*(view.names() for view in seen))
    assert needed <= snapshot.arrays.keys()
    assert told(trainer).endswith(".")
    assert np.isfinite(snapshot.arrays["ends"]).all()


# What many learners share


def test_what_is_known_is_found_out_once_a_run(monkeypatch: pytest.MonkeyPatch):
    """However many other settings there are on the server."""
    runs = [LAB.trainer(PointsConfig(T=10 + i), "cpu") for i in range(20)]
    for run in runs:
        run.snapshot()
    monkeypatch.setattr("playground.diffusion.exact.look", None)
    for run in runs:
        run.snapshot()


def test_the_exact_way_is_gone_once(monkeypatch: pytest.MonkeyPatch):
    """Its end does not depend on training, so a look costs nothing; and the page goes it before the worker needs it."""
    config = PointsConfig(denoiser="exact", T=37)
    LAB.prepare(config)
    monkeypatch.setattr("playground.diffusion.exact.look", None)
    trainer = LAB.trainer(config, "cpu")
    for _ in range(3):
        trainer.step()
        trainer.snapshot()
