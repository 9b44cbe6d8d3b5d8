"""The tabs of the diffusion of points: their numbers against direct computation, and the tabs by themselves."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import math
import time
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground.core import Config
from playground.data.scores import log_density
from playground.diffusion import density_path as density_path_module
from playground.diffusion import held as held_module
from playground.diffusion import learned_density, quality
from playground.diffusion.density_path import coordinate, density_path
from playground.diffusion.end_of_chain import BETAS, Chain, at_the_end, chain, limits, shares
from playground.diffusion.held import Held, asked, held
from playground.diffusion.learned_density import HELD_OUT, LearnedDensity, thinned
from playground.diffusion.points import PointsTrainer
from playground.diffusion.points_knobs import PointsConfig
from playground.diffusion.quality import BUDGETS, EXACT, NETWORK, Quality, steps_for
from playground.diffusion.ridge import densities
from playground.diffusion.same_noise import DRAWING, REFERENCE, STRAIGHT, WAYS, SameNoise
from playground.diffusion.samplers import SAMPLERS, reverse, stops
from playground.diffusion.schedule import schedule
from playground.diffusion.start import shares_above, start_gap
from playground.nets import MLP
from playground.runtime import ServerFull, registry
from playground.ui import diffusion_cost, diffusion_density, diffusion_end, diffusion_ridge, diffusion_ways, slices

torch.set_num_threads(1)

COIN = PointsConfig(target="coin", points=512, steps=10)
PLANE = PointsConfig(width=8, layers=1, points=512, steps=10)
EARLY = PointsConfig(
    target="coin", schedule="linear", T=50, beta_last=0.02, sampler="ddpm", steps=50, spacing="even", points=512
)


def still(config: PointsConfig, steps: int = 0) -> Held:
    return held(trained(config, steps))


def trained(config: PointsConfig, steps: int) -> PointsTrainer:
    trainer = PointsTrainer(config, "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


def finished(work: Any) -> Any:
    while work.go_on():
        pass
    assert work.share == 1
    return work


# What is held


def test_what_is_held_stays_as_it_was_while_the_run_goes_on():
    """Else a curve would be that of many networks."""
    trainer = trained(PLANE, 5)
    kept, x = held(trainer), trainer.start
    before, t = kept.network(x, 50)[0].clone(), kept.step
    for _ in range(5):
        trainer.step()
    assert trainer.looked > t == 5
    assert torch.equal(kept.network(x, 50)[0], before)
    assert not torch.equal(trainer.denoiser()(x, 50)[0], before)


def test_a_network_that_is_written_meanwhile_is_copied_again(monkeypatch):
    """The worker looks while a tab copies: neither a torn copy, nor one with the step of another."""
    trainer = trained(PLANE, 5)
    trainer.looks += 1  # the worker has begun to write
    written, copy = [], MLP.copy

    def end(_: float) -> None:
        trainer.looks += trainer.looks % 2

    def copied(network: MLP) -> MLP:
        found = copy(network)
        if not written:  # while it is copied, another network comes
            written.append(trainer.looks)
            network.flat.zero_()
            trainer.looked, trainer.looks = 99, trainer.looks + 2
        return found

    monkeypatch.setattr(held_module, "time", SimpleNamespace(sleep=end))
    monkeypatch.setattr(MLP, "copy", copied)
    found = held(trainer)
    assert written[0] % 2 == 0 and found.step == 99
    x0, e = found.network(trainer.start, 50)
    level = trainer.schedule.level(50)
    assert float((level.a * e - level.s * x0).abs().max()) < 1e-5  # v of a network of zeros


def test_what_is_kept_keeps_no_trainer_alive():
    trainer = trained(COIN, 2)
    kept, key, gone = held(trainer), asked(trainer), weakref.ref(trainer)
    del trainer
    gc.collect()
    assert gone() is None
    assert kept.network(kept.start, 5)[0].shape == kept.start.shape and key != asked(trained(COIN, 2))


def test_a_network_of_the_same_step_is_another_after_going_back():
    trainer = trained(COIN, 4)
    state, key = trainer.state(), asked(trainer)
    assert key == asked(trainer)
    trainer.step()
    trainer.load(state)
    assert trainer.looked == 4 and asked(trainer) != key
    trainer.tune(trainer.config.altered({"denoiser": "exact"}))
    key = asked(trainer)
    trainer.step()
    assert asked(trainer) == key


# Steps and quality


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    for module in (quality, diffusion_cost):
        monkeypatch.setattr(module, "BUDGETS", (2, 8, 20))
    return 2, 8, 20


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_no_sampler_gets_more_calls_than_the_others(sampler):
    for budget in BUDGETS:
        found = quality.calls(sampler, steps_for(sampler, budget))
        assert budget - 1 <= found <= budget


def test_the_costs_are_those_of_sampling(few):
    """Each number against a chain that is run here, with the calls counted."""
    work = finished(Quality(still(PLANE, 30)))
    assert len(work.found) == len(few) * len(SAMPLERS) * 2
    for cost in work.found:
        asked, count = (work.held.network if cost.asked == NETWORK else work.held.exact), itertools.count()

        def counted(x, t, asked=asked, count=count):
            next(count)
            return asked(x, t)

        own = torch.Generator().manual_seed(0)
        at = stops(100, cost.steps, "finer")
        *_, last = reverse(counted, work.held.schedule, work.held.start, cost.sampler, at, 0.0, own)
        assert next(count) == cost.calls
        assert work.held.ground.measure(last.x.numpy() * work.held.ground.unit, 300.0)["sw1"] == pytest.approx(cost.off)


@pytest.mark.parametrize("kind", [Quality, lambda held: SameNoise(held, 4)], ids=["quality", "same noise"])
def test_all_is_there_when_it_is_said_to_be_done(few, kind):
    """Tabs look from another thread, between any two lines."""
    work = kind(still(COIN))
    kept = work.found if isinstance(work, Quality) else work.ways
    whole = len(work.jobs) if isinstance(work, Quality) else 5
    shares = [work.share]
    while work.go_on():
        shares.append(work.share)
        assert len(kept) < whole and work.share < 1
    assert work.share == 1 and len(kept) == whole and (np.diff(shares) >= 0).all()


def test_a_panel_says_in_words_what_it_shows(few):
    work = finished(Quality(still(COIN)))
    words = diffusion_cost.into(work, "heun")
    assert f"up to {work.band[1]:.3f}" in words and "the network not yet and the exact with 7 calls" in words


def test_the_knobs_have_the_distance_of_the_stage():
    trainer = trained(COIN, 60)
    work = Quality(held(trainer))
    here = work.of(trainer.config)
    assert (here.off, here.calls) == (pytest.approx(trainer.scalars()["w1"]), trainer.scalars()["calls"])


def test_steps_beyond_T_are_not_taken():
    work = Quality(still(COIN.altered({"T": 8})))
    assert max(steps for _, _, steps in work.jobs) == 8


def test_the_exact_denoiser_comes_into_the_band_and_noise_does_not(few):
    work = finished(Quality(still(COIN)))
    assert not work.enough(NETWORK) and work.enough(EXACT)["heun"] == 7
    assert list(work.enough(EXACT).values()) == sorted(work.enough(EXACT).values())
    words = diffusion_cost.verdict(work)
    assert words.startswith("**No sampler brings this network into the band.**") and "the network's fault." in words


def test_who_comes_first_is_said_with_all_that_come_with_it(few):
    work = finished(Quality(still(COIN)))
    low = work.band[1] / 2
    work.found = [
        cost._replace(asked=NETWORK, off=low if cost.sampler in ("heun", "ddim") and cost.calls > 5 else 1.0)
        for cost in work.found
        if cost.asked == EXACT
    ]
    assert work.enough(NETWORK) == {"heun": 7, "ddim": 8}
    words = diffusion_cost.verdict(work)
    assert words == (
        "**Into the band with the fewest calls, 7: Heun**; then DDIM (8). Not with up to 20 calls: DDPM, Euler, DPM++."
    )


def test_a_path_that_ends_too_early_is_not_the_networks_fault(few):
    words = diffusion_cost.verdict(finished(Quality(still(EARLY))))
    assert "Nor does any bring the exact denoiser there" in words and "does not end in noise" in words


# Same noise


@pytest.mark.parametrize("config", [COIN, PLANE], ids=["line", "plane"])
def test_only_those_that_draw_nothing_end_at_the_same_points(config):
    """With the exact denoiser in many steps; the distances by hand."""
    work = finished(SameNoise(still(config.altered({"denoiser": "exact"})), 50))
    for name in STRAIGHT:
        assert np.array_equal(work.ways[name][0], work.ways["DDPM"][0])
        assert work.apart(name, REFERENCE).mean < 0.02
    one, other = (work.ways[name][-1] for name in DRAWING)
    found, away = work.apart(*DRAWING), np.sqrt(((one - other) ** 2).sum(1))
    assert found.mean == pytest.approx(away.mean()) and found.error == pytest.approx(away.std(ddof=1) / math.sqrt(200))
    assert found.mean > 20 * work.apart("DPM++", REFERENCE).mean
    assert work.strangers().mean > found.mean / 2
    assert work.times == stops(100, 50, "finer")


def test_the_ways_are_drawn_until_the_time_that_is_chosen():
    trainer = PointsTrainer(COIN, "cpu")
    work = finished(SameNoise(held(trainer), 10))
    figure = diffusion_ways.picture(work, "Heun", 4, trainer.still, dark=False)
    now = next(trace for trace in figure.data if trace.name == "now")
    assert list(now.x) == [work.times[4]] * WAYS
    np.testing.assert_allclose(now.y, work.ways["Heun"][4, :WAYS, 0])


# Density path


@pytest.mark.parametrize(("target", "axis"), [("ring8", 0), ("ring8", 1), ("moons", 1), ("grid25", 0)])
def test_a_density_of_one_coordinate_is_that_of_its_points(target, axis):
    """Against the cumulative shares of many points, far out of their luck's reach if it were another."""
    found = still(PLANE.altered({"target": target}))
    for t in (0, 30):
        level, own = found.schedule.level(t), torch.Generator().manual_seed(3)
        x0 = found.ground.target.draw(20_000, own).double().numpy()
        x = level.a * x0 + level.s * found.ground.unit * torch.randn(20_000, 2, generator=own).double().numpy()
        places = np.linspace(-4, 4, 401)
        (q,) = densities(coordinate(found.exact.target, axis), found.schedule, [t], places, found.ground.unit)
        below = np.cumsum(q) * (places[1] - places[0])
        assert below[-1] == pytest.approx(1, abs=1e-6)
        shares = np.searchsorted(np.sort(x[:, axis]), places + (places[1] - places[0]) / 2) / len(x)
        assert np.abs(shares - below).max() < 0.014  # 2 / sqrt(20 000), once in 3000 tests by luck


def test_the_exact_densities_are_found_once(monkeypatch):
    """The tab asks again at each look of a run; they do not depend on it."""
    trainer, found = trained(PLANE.altered({"target": "spiral"}), 1), []
    monkeypatch.setattr(density_path_module, "densities", lambda *a: found.append(1) or densities(*a))
    first = density_path(held(trainer), 1)
    trainer.step()
    later = density_path(held(trainer), 1)
    assert found == [1] and all(np.array_equal(one.q, other.q) for one, other in zip(first, later, strict=True))
    assert any((one.heights != other.heights).any() for one, other in zip(first, later, strict=True))
    density_path(held(trainer), 0)
    assert found == [1, 1]


def test_rows_go_from_noise_to_data_and_say_how_far_they_are_off():
    found = still(COIN.altered({"denoiser": "exact", "sampler": "heun", "steps": 40}))
    rows = density_path(found)
    assert (rows[0].t, rows[-1].t, len(rows)) == (100, 0, 9)
    assert all(one.t > other.t for one, other in itertools.pairwise(rows))
    for row in rows:
        np.testing.assert_allclose(row.q, found.density(row.x[:, None], row.t))
        assert row.off < row.luck  # the noise is spread evenly
    early = density_path(still(EARLY.altered({"denoiser": "exact"})))[0]
    gap = start_gap(found.ground.target, still(EARLY).schedule)
    assert early.off == pytest.approx(gap.tv, abs=0.02)


def test_luck_is_what_real_points_are_off():
    """(1) against points of the law itself."""
    found = still(COIN)
    row = density_path(found)[-1]
    width, own = row.edges[1] - row.edges[0], torch.Generator().manual_seed(1)
    offs = []
    for _ in range(20):
        x = found.ground.target.draw(1000, own).double().numpy().ravel()
        mass = np.diff(found.ground.target.cumulative(row.edges))
        offs.append(np.abs(np.histogram(x, row.edges)[0] / 1000 - mass).sum() / 2)
    assert np.mean(offs) == pytest.approx(row.luck, rel=0.15) and width > 0


@pytest.mark.parametrize("shape", [diffusion_ridge.RIDGES, diffusion_ridge.VIOLINS])
def test_the_highest_place_of_a_row_is_as_high_as_that_of_any_other(shape):
    rows = density_path(still(COIN))
    figure = diffusion_ridge.picture(rows, shape, axis="x", dark=False)
    exact = next(trace for trace in figure.data if trace.name == "exact density")
    heights = np.array(exact.y if shape == diffusion_ridge.RIDGES else exact.x, float)
    lifted = np.flatnonzero(np.isnan(np.array(exact.y, float)))
    parts = [heights[p] for p in np.split(np.arange(len(heights)), lifted + 1)[:-1]]
    assert len(parts) == len(rows)
    tops = [np.nanmax(part) for part in parts]
    np.testing.assert_allclose(np.diff(tops), -1)
    labels = figure.layout.yaxis if shape == diffusion_ridge.RIDGES else figure.layout.xaxis
    assert list(labels.tickvals) == list(range(len(rows)))[::-1] and labels.ticktext[-1].endswith("0")


# p(x)


def test_the_density_of_the_exact_denoiser_is_that_of_the_data():
    """In data units, too: the scale of the path must not be left in it."""
    config = PointsConfig(target="bumps", denoiser="exact", T=60, points=512)
    work = finished(LearnedDensity(still(config)))
    assert work.held.ground.unit > 1.05
    assert work.mass == pytest.approx(1, abs=0.003)
    np.testing.assert_allclose(work.density, work.exact, atol=0.01)
    assert abs(work.gap.value) < 0.005 and work.discretised < 0.005
    own = log_density(work.held.ground.target, torch.from_numpy(work.points)).view(-1).numpy()
    assert work.data.value == pytest.approx(own.mean()) and len(own) == HELD_OUT
    assert work.gap.value == pytest.approx(work.data.value - work.model.value)


@pytest.mark.slow
def test_a_network_in_the_plane_has_a_density_that_adds_up(monkeypatch):
    monkeypatch.setattr(learned_density, "MOST", 64)
    work = finished(LearnedDensity(still(PLANE.altered({"target": "blob", "T": 30}), 300)))
    assert work.mass == pytest.approx(1, abs=0.02)
    assert 0 < work.gap.value < 1


def test_few_places_at_once_where_each_takes_long():
    assert [learned_density.fitting(64, seconds) for seconds in (0.001, 0.01, 0.03)] == [128, 64, 32]
    assert learned_density.fitting(16, 9.0) == 16 and learned_density.fitting(256, 0.0) == 256
    work = LearnedDensity(still(COIN.altered({"T": 20})))
    shares = [work.share]
    while work.go_on():
        shares.append(work.share)
    assert (np.diff(shares) > 0).all() and 0.9 < shares[-1] < 1 == work.share and work.at_once > 32


def test_a_density_that_is_lost_is_said_to_be():
    """A network that has gone astray answers with what is no number; no mean of it is given, and the reason is."""
    found = still(COIN.altered({"T": 10}))

    def astray(x, t):
        x0, e = found.exact(x, t)
        return torch.where(x > 0.5, math.nan, x0), e

    work = finished(LearnedDensity(dataclasses.replace(found, network=astray)))
    assert 0 < work.lost < HELD_OUT
    said = diffusion_density.verdict(work)
    assert f"At {work.lost} of 500" in said and "nan" not in said + diffusion_density.numbers(work)


def test_the_pictures_of_p_of_x_have_their_numbers_in_words():
    work = finished(LearnedDensity(still(COIN.altered({"T": 20, "denoiser": "exact"}))))
    said = diffusion_density.numbers(work)
    assert f"{work.mass:.3f}" in said and f"{work.gap.value:.3f} below" in said


def test_too_short_a_path_has_a_sentence_instead_of_a_number():
    app = opened("p(x)", learner(COIN.altered({"T": 3, "steps": 3})))
    assert not app.button and "from T = 4 on" in app.info[0].value


def test_a_long_path_is_followed_at_fewer_times():
    found = still(COIN.altered({"T": 400, "denoiser": "exact"}))
    ask, path = thinned(found.exact, found.schedule)
    assert path.T == learned_density.LONGEST and path.alpha_bar[-1] == found.schedule.alpha_bar[-1]
    assert path.a[1] == found.schedule.a[1]
    index = 57
    t = int(np.flatnonzero(found.schedule.a == path.a[index])[0])
    assert torch.equal(ask(found.start, index)[0], found.exact(found.start, t)[0])


# The end of the chain


def test_the_curve_and_the_chain_that_is_run_agree():
    found = still(EARLY)
    curve, run, law = shares(found.ground.target), chain(found), shares_above(found.ground.target, found.schedule, 0.0)
    for name in ("flow", "drawn"):
        assert np.interp(found.schedule.left, curve.left, getattr(curve, name)) == pytest.approx(
            getattr(law, name), abs=2e-3
        )
    assert limits(found) == (law.drawn, law.drawn) and run.heads == pytest.approx(law.drawn, abs=4 * run.error)
    flow = still(EARLY.altered({"sampler": "heun"}))
    assert limits(flow) == (law.flow, law.flow) and chain(flow).heads == pytest.approx(law.flow, abs=4 * run.error)
    assert (np.diff(curve.left) > 0).all() and curve.flow[0] == pytest.approx(0.3, abs=1e-3)


def test_with_a_little_noise_the_chain_ends_between_the_two():
    found = still(EARLY.altered({"sampler": "ddim", "eta": 0.5}))
    law, run = shares_above(found.ground.target, found.schedule, 0.0), chain(found)
    low, high = limits(found)
    assert (low, high) == tuple(sorted(law)) and low < high
    assert low - 3 * run.error < run.heads < high + 3 * run.error
    assert f"from {low:.1%} to {high:.1%}" in diffusion_end.coin_verdict(found, run)
    for eta, share in ((0.0, law.flow), (1.0, law.drawn)):
        assert limits(still(EARLY.altered({"sampler": "ddim", "eta": eta}))) == (share, share)


def test_the_curve_pushes_no_path_out_of_those_that_are_kept():
    shares.cache_clear()
    before = schedule.cache_info()
    assert len(shares(still(EARLY).ground.target).left) == len(BETAS) == 40
    assert schedule.cache_info().misses - before.misses <= 1


def test_the_end_of_the_chain_asks_no_network(monkeypatch):
    run = learner(EARLY)
    monkeypatch.setattr(MLP, "copy", lambda network: pytest.fail("the network is copied"))
    assert "tosses" in words(opened(diffusion_end.TITLE, run))


@pytest.mark.parametrize("config", [EARLY, PLANE.altered({"schedule": "linear", "beta_last": 0.01})], ids=["1", "2"])
def test_the_law_at_the_end_is_drawn_in_the_units_of_the_path(config):
    found = still(config)
    x, q, n = at_the_end(found)
    step = x[1] - x[0]
    assert q.sum() * step == pytest.approx(1, abs=2e-3) and n.sum() * step == pytest.approx(1, abs=2e-3)
    level = found.schedule.level(found.schedule.T)
    drawn = found.ground.target.draw(50_000, torch.Generator().manual_seed(0)).double().view(50_000, -1)[:, 0].numpy()
    second = level.a**2 * np.mean((drawn / found.ground.unit) ** 2) + level.s**2
    assert (q * x * x).sum() * step == pytest.approx(second, rel=0.02)


def test_what_is_said_of_the_end_follows_from_the_gap():
    found = still(EARLY)
    words = diffusion_end.verdict(found, start_gap(found.exact.target, found.schedule))
    assert "**0.082 nats**" in words and "17.9% of the mass" in words and "Raise the last beta" in words
    assert "42.1%" in diffusion_end.coin_verdict(found, Chain(0.4, 0.01))
    fine = still(COIN)
    assert "nothing is lost" in diffusion_end.verdict(fine, start_gap(fine.exact.target, fine.schedule))


# The tabs

TAB = """
import streamlit as st
from playground.ui.diffusion_tabs import EXTRAS

EXTRAS[st.session_state["title"]](st.session_state["run"])
"""


def learner(config: Config) -> Any:
    trainer = trained(config, 20)
    shown = SimpleNamespace(step=trainer.step_count, scalars={"looked": float(trainer.looked)})
    return SimpleNamespace(trainer=trainer, config=config, asked=config, state="paused", snapshot=shown)


def opened(title: str, run: Any) -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    app.session_state["title"], app.session_state["run"] = title, run
    return look(app)


def look(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return look(app)


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How many pieces may be measured; no run of a tab is left behind."""
    allowed, go_on = {"pieces": 10**9}, Quality.go_on

    def gated(work: Quality) -> bool:
        if allowed["pieces"] <= 0:
            return True
        allowed["pieces"] -= 1
        return go_on(work)

    monkeypatch.setattr(Quality, "go_on", gated)
    yield allowed
    for other in tuple(registry()._runs.values()):
        if other.lab.slug == slices.LAB:
            registry().discard(other)


def until(app: AppTest, done: Callable[[], bool]) -> AppTest:
    end = time.monotonic() + 60
    while not done():
        look(app)
        assert time.monotonic() < end, words(app)
        time.sleep(0.02)
    return look(app)


def test_measuring_stops_goes_on_and_is_kept_with_its_step(few, gate):
    gate["pieces"] = 10
    run = learner(COIN)
    app = opened(diffusion_cost.TITLE, run)
    assert labels(app) == {"Measure"}
    press(app, "Measure")
    work = app.session_state[f"{diffusion_cost.KEY}/work"]
    until(app, lambda: gate["pieces"] == 0)
    assert labels(app) == {"Stop"} and "Into the band" not in words(app)
    press(app, "Stop")
    assert not measuring(), "it keeps no place"
    gate["pieces"] = 10**9
    stood = work.share
    assert 0 < stood < 1 and labels(look(app)) == {"Go on", "Measure again"} and work.share == stood
    press(app, "Go on")
    until(app, lambda: "Stop" not in labels(app))
    assert work.share == 1 and labels(app) == {"Measure again"}
    assert "network of step 20 with" in words(app) and diffusion_cost.verdict(work) in words(app)
    assert "Measured at step" not in words(app)
    run.snapshot.scalars["looked"] = 30.0
    assert "Measured at step 20. What is seen above is of step 30 by now." in words(look(app))
    here = work.of(run.config)
    assert f"{here.off:.3f} with {here.calls} calls" in words(app)
    run.asked = COIN.altered({"sampler": "ddim", "steps": 5})
    assert "with 5 calls" in words(look(app))
    run.config = run.asked = COIN.altered({"p": 0.5})
    assert "Into the band" not in words(look(app)) and "network of step" not in words(app)


def measuring() -> list[Any]:
    return [run for run in tuple(registry()._runs.values()) if run.lab.slug == slices.LAB]


def test_a_work_that_is_done_takes_no_turn_and_no_place(few, gate):
    """Also when nobody looks at the tab any longer."""
    app = press(opened(diffusion_cost.TITLE, learner(COIN)), "Measure")
    work, end = app.session_state[f"{diffusion_cost.KEY}/work"], time.monotonic() + 60
    while measuring():
        assert time.monotonic() < end, work.share
        time.sleep(0.02)
    left = gate["pieces"]
    assert work.share == 1
    time.sleep(0.1)
    assert gate["pieces"] == left
    assert labels(look(app)) == {"Measure again"} and not measuring()


def test_a_full_server_is_a_sentence(monkeypatch):
    def refuse(*_: Any) -> None:
        raise ServerFull("All places are taken.")

    monkeypatch.setattr(registry(), "make", refuse)
    app = press(opened(diffusion_cost.TITLE, learner(COIN)), "Measure")
    assert app.warning[0].value == "All places are taken." and "Stop" not in labels(app)


def test_a_fault_is_a_sentence_and_loses_nothing(few, gate, monkeypatch):
    """Else the tab would look as if nobody had pressed its button."""
    gate["pieces"] = 10
    app = press(opened(diffusion_cost.TITLE, learner(COIN)), "Measure")
    work = app.session_state[f"{diffusion_cost.KEY}/work"]
    until(app, lambda: gate["pieces"] == 0)
    said: list[str] = []

    def faulty(work: Quality) -> bool:
        raise RuntimeError("a fault")

    def told() -> bool:
        said.extend(warning.value for warning in app.warning)
        return bool(said)

    with monkeypatch.context() as patched:
        patched.setattr(Quality, "go_on", faulty)
        until(app, told)
    assert said == ["The measurement met a fault and has stopped; what it knew is below."]
    assert not measuring() and 0 < work.share < 1
    assert labels(look(app)) == {"Measure again"}  # what has failed in the middle cannot go on
    gate["pieces"] = 10**9
    press(app, "Measure again")
    until(app, lambda: "Stop" not in labels(app))
    assert app.session_state[f"{diffusion_cost.KEY}/work"].share == 1


@pytest.mark.parametrize("config", [COIN, PLANE], ids=["line", "plane"])
def test_the_other_tabs_say_their_numbers(config):
    run = learner(config)
    app = opened(diffusion_ways.TITLE, run)
    work = finished(SameNoise(held(run.trainer), 20))
    assert diffusion_ways.verdict(work) in words(app) and "network of step 20" in words(app)
    rows = density_path(held(run.trainer))
    assert diffusion_ridge.verdict(rows) in words(opened(diffusion_ridge.TITLE, run))
    end = words(opened(diffusion_end.TITLE, run))
    assert "nothing is lost" in end and ("tosses" in end) == (config is COIN)


def test_p_of_x_says_how_far_it_is_from_the_data(gate):
    app = press(opened("p(x)", learner(COIN.altered({"T": 20}))), "Measure")
    until(app, lambda: "Stop" not in labels(app))
    assert "estimates KL(data, model)" in words(app) and "adds up to" in words(app) and "step 20" in words(app)
