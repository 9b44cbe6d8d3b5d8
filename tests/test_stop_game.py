"""When would you stop? A choice is worth what it is, and the learner sees no more than the losses before it."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground.contest import ContestConfig
from playground.contest.stopping import RecordedContest, Stop, stopped, stopped_in
from playground.runtime import Run, registry
from playground.ui import stop_game

torch.set_num_threads(1)

SMALL = {"width": 8, "layers": 1, "batch": 8, "critic_steps": 1}


def test_the_score_by_hand():
    """Equation (1): 1 at the best step, 0 for what a random step gets on average, below 0 for worse."""
    steps, q = [50, 100, 150, 200], [0.8, 0.2, 0.4, 0.6]
    assert stopped(steps, q, 100, 0.01) == Stop(100, 0.2, 100, 0.2, 0.5, 1.0, 0.01)
    assert stopped(steps, q, 150, 0.01).score == pytest.approx(1 - 0.2 / 0.3)
    assert stopped(steps, q, 50, 0.01).score == pytest.approx(-1)
    picked_blindly = [stopped(steps, q, step, 0.01).score for step in steps]
    assert np.mean(picked_blindly) == pytest.approx(0)


def test_luck_is_not_scored():
    """Where all steps are as good there is nothing to choose."""
    stop = stopped([50, 100], [0.030, 0.032], 100, luck=0.02)
    assert math.isnan(stop.score)
    assert "nothing to choose" in stop_game.sentence("WGAN", stop, "SW1")


def test_the_album_holds_what_was_measured():
    """Else the samples that are revealed would be of another step, or the album would make the run another one."""
    recorded, samples = RecordedContest(ContestConfig(**SMALL), "cpu"), {}
    for _ in range(150):
        recorded.step()
        if recorded.step_count % 50 == 0:
            samples[recorded.step_count] = recorded.lanes["B"].sample(10), recorded.quality("B")
    assert [seen.step for seen in recorded.album] == [50, 100, 150]
    for seen in recorded.album:
        assert seen.scalars["B/quality"] == samples[seen.step][1]
        assert seen.scalars["B/sw1"] == pytest.approx(samples[seen.step][1])
    one, other = (recorded.album[i].arrays["A/generated"] for i in (0, 2))
    assert np.abs(one - other).max() > 1e-3
    qualities = [seen.scalars["A/quality"] for seen in recorded.album]
    best = recorded.album[int(np.argmin(qualities))].step
    assert stopped_in(recorded.album, "A", best).quality == min(qualities)


def test_words():
    """The sentence says what the score is made of, and the card counts rounds that could be scored."""
    stop = Stop(step=100, quality=0.25, best_step=50, best=0.1, random=0.4, score=0.5, luck=0.02)
    words = stop_game.sentence("standard GAN", stop, "SW1")
    assert words.startswith("**Standard GAN: +50%.**") and "0.250" in words and "0.100" in words and "0.400" in words
    assert "luck" not in words
    near = Stop(step=100, quality=0.11, best_step=50, best=0.1, random=0.4, score=0.97, luck=0.02)
    assert "within the luck of one measurement (0.020)" in stop_game.sentence("WGAN", near, "SW1")
    best = Stop(step=50, quality=0.1, best_step=50, best=0.1, random=0.4, score=1.0, luck=0.02)
    assert "luck" not in stop_game.sentence("WGAN", best, "SW1")
    card = stop_game.score_card([{"A": 0.5, "B": math.nan}, {"A": -1.0, "B": math.nan}])
    assert card == "Your mean score in 2 rounds: standard GAN -25% in 2, WGAN nothing yet."


def tab() -> None:
    """The tab alone, on a run of the page."""
    import streamlit as st

    from playground.contest import ContestConfig
    from playground.labs.wgan_vs_gan import LAB
    from playground.runtime import registry
    from playground.ui import stop_game

    if "page" not in st.session_state:
        config = ContestConfig(width=8, layers=1, batch=8, critic_steps=1)
        st.session_state["page"] = registry().make(LAB, config, "owner").token
    stop_game.stop_game(registry().find(st.session_state["page"]))


@pytest.fixture
def app(monkeypatch):
    """Whose races take 450 steps."""
    monkeypatch.setattr(stop_game, "STEPS", 450)
    yield AppTest.from_function(tab, default_timeout=60).run()
    for run in tuple(registry()._runs.values()):
        registry()._discard(run)


def finish(app: AppTest) -> Run:
    """Look on until the race is over."""
    race = registry().find(app.session_state["wgan-vs-gan/stop/run"])
    end = time.monotonic() + 60
    while race.step < 450:
        assert time.monotonic() < end, "the race does not end"
        registry().touch(race)
        time.sleep(0.01)
    app.run()  # the fragment notices, and asks for the whole page
    app.run()
    return race


def test_a_round(app):
    """Nothing but losses before the choice; then a score, which is kept, of the very step that was marked."""
    app.button(key="wgan-vs-gan/stop/deal").click().run()
    race = finish(app)
    assert not app.exception
    assert not app.session_state[f"{stop_game.KEY}/training"] and race.config.width == 8
    assert not any("SW1 is" in text.value for text in app.markdown)
    app.select_slider(key="wgan-vs-gan/stop/A").set_value(50).run()
    app.button(key="wgan-vs-gan/stop/show").click().run()
    assert not app.exception
    said = [text.value for text in app.markdown if "SW1 is" in text.value]
    album = [seen for seen in race.trainer.album if seen.step <= 450]
    expected = stopped_in(album, "A", 50)
    assert len(said) == 2 and f"{expected.quality:.3f} at your step" in said[0]
    (scores,) = app.session_state[stop_game.ROUNDS]
    assert scores["A"] == pytest.approx(expected.score, nan_ok=True)
    assert app.select_slider(key="wgan-vs-gan/stop/A").disabled

    app.button(key="wgan-vs-gan/stop/deal").click().run()  # another race, and the score stays
    assert stop_game.REVEALED not in app.session_state and len(app.session_state[stop_game.ROUNDS]) == 1
    assert race.asked.width == 8


def test_another_race_is_not_taken_for_the_one_that_is_over(app, monkeypatch):
    """Else it would be stopped before it has begun, where the server is too busy to begin it at once."""
    app.button(key="wgan-vs-gan/stop/deal").click().run()
    finish(app)
    monkeypatch.setattr(Run, "advance", lambda *_: None)
    app.button(key="wgan-vs-gan/stop/deal").click().run()
    assert app.session_state[f"{stop_game.KEY}/training"]
    assert [button.label for button in app.button] == ["Stop the race"] and not app.select_slider


def test_a_race_can_be_stopped(app):
    """Else a learner would have to wait for the end, and the server to train on."""
    app.button(key="wgan-vs-gan/stop/deal").click().run()
    race = registry().find(app.session_state["wgan-vs-gan/stop/run"])
    end = time.monotonic() + 10
    while race.step == 0 and time.monotonic() < end:  # a race that has not begun is dealt again, not gone on with
        time.sleep(0.01)
    app.button(key="wgan-vs-gan/stop/stop").click().run()
    while race.state == "running" and time.monotonic() < end:
        time.sleep(0.01)
    assert race.state == "paused" and race.step < 450
    assert not app.session_state[f"{stop_game.KEY}/training"]
    assert app.button(key="wgan-vs-gan/stop/on").label == "Go on"
