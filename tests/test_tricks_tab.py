"""The panel of tricks: a switch sets the knobs that it says, and follows them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from playground.gan.tricks import ClinicConfig
from playground.tricks import BASES, TRICKS

TAB = """
import streamlit as st
from playground.ui.tricks_tab import tricks

tricks(st.session_state["run"])
"""


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    lab = SimpleNamespace(slug="ward", Config=ClinicConfig)
    app.session_state["run"] = SimpleNamespace(lab=lab, config=ClinicConfig(seed=9))
    app.run()
    assert not app.exception
    return app


def settings(app: AppTest) -> ClinicConfig:
    return app.session_state["ward/config"]


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def test_every_trick_has_a_switch_that_shows_where_the_knobs_are(app):
    switches = {toggle.label: toggle.value for toggle in app.toggle}
    assert switches == {trick.name: trick.is_on(ClinicConfig()) for trick in TRICKS.values()}
    assert 0 < sum(switches.values()) < len(switches)


@pytest.mark.parametrize("key", ["replay", "penalty", "separate"])
def test_a_switch_sets_the_knobs_and_tells_of_the_trick(app, key):
    """Else the learner would compare something else than what was measured."""
    trick, start = TRICKS[key], ClinicConfig(seed=9)
    for _ in range(2):
        on = not app.toggle(key=f"ward/trick/{key}").value
        app.toggle(key=f"ward/trick/{key}").set_value(on).run()
        wanted = trick.on if on else trick.off
        assert not app.exception
        assert {name: getattr(settings(app), name) for name in wanted} == wanted
        others = set(settings(app).changes(start)) - wanted.keys()
        assert not others
        assert app.toggle(key=f"ward/trick/{key}").value == on
        assert trick.helps in words(app) and trick.after in " ".join(latex.value for latex in app.latex)


def test_the_measured_games_can_be_taken(app):
    """Else nobody could look at the game that the numbers are about. The seed stays the learner's."""
    app.button(key="ward/trick/bare").click().run()
    assert not app.exception
    assert settings(app).changes(BASES["bare"]) == {"seed": 9}
    assert not app.toggle(key="ward/trick/average").value


def test_a_trick_is_compared_side_by_side_with_what_it_was_measured_against(app):
    trick = next(iter(TRICKS.values()))
    app.button(key="ward/trick/beside").click().run()
    assert not app.exception
    assert {name: getattr(settings(app), name) for name in trick.off} == dict(trick.off)
    assert app.session_state["ward/lanes"] == [dict(trick.on)]
