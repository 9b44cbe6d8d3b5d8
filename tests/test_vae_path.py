"""Rate and distortion: the sweep trains what it says, and ends of runs are those of their betas."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground.core import Snapshot
from playground.labs.vae import LAB
from playground.runtime import Run, ServerFull, registry
from playground.runtime.history import History
from playground.runtime.limits import Limits
from playground.ui import vae_path, vae_plane
from playground.vae import VaeConfig, VaeTrainer, sweep
from playground.vae.ends import SETTLED, End, end_of, ends_of, measured_in, model_of, note, settings_of, told_apart
from playground.vae.sweep import BETAS, SweepTrainer, swept

torch.set_num_threads(1)

SMALL: dict[str, Any] = {"width": 16, "count": 300, "batch": 16}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> int:
    """A sweep of a hundred steps a beta."""
    for module in (sweep, vae_path):
        monkeypatch.setattr(module, "STEPS", 100)
    return 100


def trained(trainer: Any, steps: int) -> Any:
    for _ in range(steps):
        trainer.step()
    return trainer


# The sweep


def test_a_sweep_is_one_vae_after_another(short: int) -> None:
    """Else its ends would be those of other models: against VAEs trained by themselves, to the last bit."""
    config = VaeConfig(warmup=500, decay="none", **SMALL)
    whole = trained(SweepTrainer(config, "cpu"), short * len(BETAS))
    for beta, (rate, distortion) in zip(BETAS, whole.snapshot().arrays["found"], strict=True):
        alone = trained(VaeTrainer(swept(config, beta), "cpu"), short)
        assert alone.config.beta == alone.price == beta and alone.config.horizon == short
        now = alone.scalars()
        assert (rate, distortion) == (np.float32(now["test_kl"]), np.float32(now["test_reconstruction"]))
    found = whole.found.clone()
    assert whole.done and torch.equal(trained(whole, 4).found, found)  # and then nothing more is kept


@pytest.mark.parametrize("at", [60, 200])
def test_a_sweep_goes_on_from_any_state(short: int, at: int) -> None:
    """Else a sweep that is put back would train one beta's networks at the price of another."""
    config = VaeConfig(**SMALL)
    state = trained(SweepTrainer(config, "cpu"), at).state()
    other = trained(SweepTrainer(config, "cpu"), 130)
    other.load(state)
    assert other.step_count == at and other.turn == at // short
    assert math.isnan(float(other.found[at // short, 0]))
    rest = short * len(BETAS) - at
    assert torch.equal(trained(other, rest).found, trained(SweepTrainer(config, "cpu"), rest + at).found)


def test_a_state_that_does_not_fit_changes_nothing(short: int) -> None:
    """Else a sweep that refuses a state would stand at another beta, with new networks."""
    config = VaeConfig(**SMALL)
    good = trained(SweepTrainer(config, "cpu"), 230).state()
    weights = next(name for name in good if name.startswith("encoder"))
    wrong: list[dict[str, Any]] = [
        {"counters": good["counters"]},
        {**good, weights: torch.zeros(3)},
        {**good, "generator": torch.zeros(3)},
        *({**good, "counters": counters} for counters in (5, {"step": 230, "moves": -1}, {"step": "230", "moves": 0})),
    ]
    whole = trained(SweepTrainer(config, "cpu"), 130)
    before, turn, now = whole.state(), whole.turn, whole.now
    for state in wrong:
        with pytest.raises(ValueError, match="does not fit"):
            whole.load(state)
        assert whole.turn == turn and whole.now is now and whole.step_count == 130
        for name, value in whole.state().items():
            alike = value == before[name] if name == "counters" else torch.allclose(value, before[name], 0, 0, True)
            assert alike, name
    other = trained(SweepTrainer(config, "cpu"), 130)
    assert torch.equal(trained(whole, 90).now.encoder.flat, trained(other, 90).now.encoder.flat)


@pytest.mark.slow
def test_a_dearer_code_tells_less_and_shows_worse() -> None:
    """Else the path would not be one: along the sweep rate falls and distortion rises, by more than 2 nats each."""
    found = trained(SweepTrainer(VaeConfig(width=64), "cpu"), sweep.STEPS * len(BETAS)).found.numpy()
    assert (np.diff(found[:, 0]) < -2).all() and (np.diff(found[:, 1]) > 2).all()


# Ends of runs


def test_each_beta_at_which_a_run_has_stayed_leaves_its_end() -> None:
    """Else a slider on its way would leave ends that nobody trained, or the last value of a beta would be lost."""
    history = History(stride=20)
    prices = [1.0] * 8 + [2.0] * 2 + [4.0] * 7
    for k, price in enumerate(prices):
        history.record(20 * k, {"price": price, "test_kl": 30.0 - k, "test_reconstruction": 90.0 + k})
    config = VaeConfig(beta=4.0, width=100, layers=2)
    found = ends_of(lambda step: config, *history.table())
    model, settings = (measured_in(config), "784-100-100-20"), settings_of(config)
    assert found == [
        End(*model, 1.0, 23.0, 97.0, 140, settings=settings),
        End(*model, 4.0, 14.0, 106.0, 320, settings=settings),
    ]
    assert SETTLED == 100
    assert ends_of(lambda step: VaeConfig(kind="autoencoder"), *history.table()) == []
    assert ends_of(lambda step: config, *History().table()) == []


def test_an_end_belongs_to_the_knobs_of_its_own_stretch() -> None:
    """Else a knob that is turned on the way would rewrite whose ends the ones before it are."""
    history = History(stride=20)
    for k in range(17):
        history.record(20 * k, {"price": 1.0, "test_kl": 30.0 - k, "test_reconstruction": 90.0 + k})
    before, after = VaeConfig(), VaeConfig(free_bits=0.5)
    first, second = ends_of(lambda step: before if step <= 160 else after, *history.table())
    assert (first.step, first.settings) == (160, settings_of(before))
    assert (second.step, second.settings) == (320, settings_of(after))


STORY = [Snapshot(step, {"test_kl": step / 10, "test_reconstruction": 500.0 - step}) for step in (0, 100, 200)]
CHANGES: list[dict[str, Any]] = [
    {"activation": "tanh"},
    {"optimiser": "rmsprop"},
    {"lr": 1e-4},
    {"batch": 32},
    {"free_bits": 0.5},
    {"sampling": "blocked"},
    {"seed": 1},
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_line_of_ends_joins_one_model(change: dict[str, Any]) -> None:
    """Else the path of a sweep would lead from the networks of one to those of another."""
    known: dict[Any, End] = {}
    for config, betas in ((VaeConfig(), (0.25, 1.0)), (VaeConfig(**change), (1.0, 4.0))):
        note(known, [end_of(swept(config, beta), beta, (20 / beta, 80.0), 400, swept=True) for beta in betas])
    ends = list(known.values())
    assert len(ends) == 4 and len({end.model for end in ends}) == 1
    names = told_apart(ends)
    assert len(names) == len(set(names.values())) == 2
    label = VaeConfig.knobs()[next(iter(change))].label.lower()
    assert all(label in name for name in names.values())
    lines = [trace for trace in vae_plane.picture(STORY, ends, dark=False).data if trace.mode == "lines+markers+text"]
    assert [len(line.x) for line in lines] == [2, 2] and len({line.marker.symbol for line in lines}) == 2


def test_settings_are_those_that_act() -> None:
    """Else a knob that does nothing would part the ends of one model; and beta and the nats stand in other fields."""
    base = VaeConfig()
    assert settings_of(base) == settings_of(VaeConfig(beta=3.0)) == settings_of(VaeConfig(sigma=0.1, classes="71"))
    still = VaeConfig(decay="none")
    assert settings_of(still) == settings_of(VaeConfig(decay="none", horizon=300)) != settings_of(base)
    assert told_apart([end_of(base, 1.0, (20.0, 80.0), 400)]) == {
        ("784-400-20", settings_of(base), False): "784-400-20"
    }


def test_an_end_with_free_nats_says_so() -> None:
    """Else it would be labelled as if the best path had the slope -beta there."""
    free, plain = (end_of(VaeConfig(free_bits=nats), 4.0, (20.0, 80.0), 400) for nats in (0.5, 0.0))
    assert (free.price, plain.price) == ("4, 0.5 nats free", "4")
    figure = vae_plane.picture(STORY, [free, plain], dark=False)
    assert [trace.text[0] for trace in figure.data if trace.text] == ["β 4, 0.5 nats free", "β 4"]


def test_the_end_that_was_trained_longest_stays() -> None:
    """Else a young run would take the place of an old one; a sweep and a run do not compete."""
    known: dict[Any, End] = {}
    old, young = End("grey", "net", 1.0, 20.0, 90.0, 5000), End("grey", "net", 1.0, 15.0, 120.0, 200)
    same, by_sweep = End("grey", "net", 1.0, 21.0, 89.0, 5000), End("grey", "net", 1.0, 18.0, 99.0, 400, swept=True)
    note(known, [old, young, by_sweep])
    assert set(known.values()) == {old, by_sweep}
    note(known, [same])
    assert set(known.values()) == {same, by_sweep}


def test_only_what_changes_the_nats_keeps_ends_apart() -> None:
    """Else nats of two likelihoods would share a picture, or two orders of the same digits would not."""
    base = VaeConfig()
    others: list[dict[str, Any]] = [{"likelihood": "gaussian"}, {"likelihood": "binarised"}, {"classes": "17"}]
    for change in others:
        assert measured_in(VaeConfig(**change)) != measured_in(base)
    assert measured_in(VaeConfig(likelihood="gaussian", sigma=0.1)) != measured_in(VaeConfig(likelihood="gaussian"))
    alike: list[dict[str, Any]] = [{"classes": "9876543210"}, {"width": 50}, {"sigma": 0.1}, {"beta": 3.0}]
    for change in alike:
        assert measured_in(VaeConfig(**change)) == measured_in(base)
    assert model_of(VaeConfig(count=500)) == "784-400-20, 500 digits" != model_of(base)


# The tab

TAB = """
import streamlit as st
from playground.ui.vae_path import rate_distortion

rate_distortion(st.session_state["run"])
"""


@pytest.fixture
def run() -> Iterator[Run]:
    yield Run(LAB, LAB.config(**SMALL), Limits(fps=1000.0))
    for other in tuple(registry()._runs.values()):
        if other.lab is vae_path.SWEEP:
            registry()._discard(other)


def advance(run: Run, steps: int) -> None:
    """Train it by hand, in this thread, as the worker would."""
    run.advance(0.0, lambda: False)  # first what has been asked for
    goal = run.step + steps
    run.post("play")
    while run.step < goal:
        run.touched = float("inf")
        run.advance(0.0, lambda: False)
    run.post("pause")
    run.advance(0.0, lambda: False)


def opened(run: Run) -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    app.session_state["run"] = run
    return look(app)


def look(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def ends(app: AppTest) -> dict[tuple[float, bool], End]:
    return {(end.beta, end.swept): end for end in app.session_state[vae_path.ENDS].values()}


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def test_the_tab_keeps_the_ends_of_the_runs_of_this_visit(run: Run) -> None:
    app = opened(run)
    assert "no path yet" in app.info[0].value
    advance(run, 130)
    run.post("tune", LAB.config(beta=4.0, **SMALL))
    advance(run, 150)
    look(app)
    now = run.snapshot.scalars
    assert set(ends(app)) == {(1.0, False), (4.0, False)}
    assert ends(app)[4.0, False].rate == now["test_kl"] and ends(app)[4.0, False].step == 280
    assert "| 280 | 784-16-20, 300 digits, a run |" in words(app)
    run.post("restart", LAB.config(latent=2, **SMALL))
    advance(run, 110)
    look(app)
    assert len(app.session_state[vae_path.ENDS]) == 3 and "784-16-2, 300 digits, a run |" in words(app)
    run.post("restart", LAB.config(likelihood="binarised", **SMALL))
    advance(run, 10)
    look(app)
    assert "a run |" not in words(app) and len(app.session_state[vae_path.ENDS]) == 3  # other nats
    app.button(key=f"{vae_path.KEY}/clear").click().run()
    assert not app.session_state[vae_path.ENDS]


def test_a_picture_of_the_last_trainer_is_not_taken_for_one_of_the_next(run: Run) -> None:
    """Else the ends of a run would be written down under the settings of the one that follows."""
    advance(run, 130)
    app = look(opened(run))
    noted = ends(app)
    run.trainer = VaeTrainer(LAB.config(latent=7, **SMALL), "cpu")  # built, and not yet shown
    look(app)
    assert ends(app) == noted


def until(app: AppTest, done: Any) -> AppTest:
    end = time.monotonic() + 60
    while not done():
        look(app)
        assert time.monotonic() < end, words(app)
        time.sleep(0.1)
    return look(app)


def test_a_sweep_stops_goes_on_and_leaves_its_ends(run: Run, short: int) -> None:
    app = opened(run)
    app.button(key=f"{vae_path.KEY}/begin").click().run()
    mine = registry().find(app.session_state[f"{vae_path.KEY}/run"])
    assert mine is not None and mine.config == run.config
    until(app, lambda: mine.step > 0)
    app.button(key=f"{vae_path.KEY}/stop").click().run()
    until(app, lambda: mine.state == "paused")
    stood = mine.step
    assert look(app) and mine.step == stood < short * len(BETAS) and not app.session_state[f"{vae_path.KEY}/training"]
    app.button(key=f"{vae_path.KEY}/on").click().run()
    until(app, lambda: not app.session_state[f"{vae_path.KEY}/training"])
    assert set(ends(app)) == {(beta, True) for beta in BETAS}
    found = mine.snapshot.arrays["found"]
    assert [end.rate for end in ends(app).values()] == pytest.approx(found[:, 0].tolist())
    assert "| 784-16-20, 300 digits, swept |" in words(app)
    app.button(key=f"{vae_path.KEY}/clear").click().run()
    assert not look(app).session_state[vae_path.ENDS]  # the sweep does not bring its own back


def test_an_autoencoder_has_no_rate(run: Run) -> None:
    run.post("restart", LAB.config(kind="autoencoder", **SMALL))
    advance(run, 1)
    assert "no rate and no path" in opened(run).info[0].value


def test_a_full_server_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise ServerFull("All places are taken.")

    monkeypatch.setattr(registry(), "make", refuse)
    app = opened(run)
    app.button(key=f"{vae_path.KEY}/begin").click().run()
    assert app.warning[0].value == "All places are taken." and not app.session_state[f"{vae_path.KEY}/training"]


def test_the_picture_has_each_end_once_and_the_line_of_the_lowest_sum() -> None:
    """Else an end would be drawn at another place than it was measured."""
    ends = [End("grey", "a", beta, rate, 100 - rate, 400, swept=True) for beta, rate in ((1.0, 20.0), (4.0, 8.0))]
    ends.append(End("grey", "<b>", 1.0, 10.0, 80.0, 900))
    figure = vae_plane.picture(STORY, ends, dark=False)
    path, by_sweep, by_run, line = figure.data
    assert list(path.x) == [10, 20]  # without its first steps
    assert figure.layout.xaxis.range[0] == 0 and figure.layout.xaxis.range[1] > 20
    assert list(by_sweep.x) == [8, 20] and list(by_sweep.y) == [92, 80] and by_sweep.text == ("β 4", "β 1")
    assert list(by_run.y) == [80] and "<b>" not in by_run.name
    assert [x + y for x, y in zip(line.x, line.y, strict=True)] == [90, 90]
