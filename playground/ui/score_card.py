"""The score card of four models on the same data: what each is worth, what it costs, and what that shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from playground.four_models import FourModelsTrainer
from playground.four_models.card import accounts, table, what_it_shows
from playground.four_models.nats import CODES, STEPS
from playground.four_models.quality import HELD_OUT, MEASURED
from playground.runtime import Run

TITLE = "Score card"
POLL_SECONDS = 1.0


def score_card(run: Run) -> None:
    """The tab's body, which keeps up with the run."""
    st.fragment(run_every=POLL_SECONDS)(_score_card)(run)


def _score_card(run: Run) -> None:
    trainer, now = run.trainer, run.snapshot.scalars
    assert isinstance(trainer, FourModelsTrainer)
    found = accounts(trainer, now)
    says = what_it_shows(found, now, trainer.ruler)
    if says:
        with st.container(width=820):
            st.markdown("\n".join(f"- **{about}.** {words}" for about, words in says.items()))
    with st.container(key="score-card"):
        st.markdown(table(found, now, trainer.ruler))
    st.caption(about_numbers(now))


def about_numbers(now: Mapping[str, float]) -> str:
    """How sure they are."""
    words = (
        f"Distance, coverage and width: {MEASURED} points of each at round {now['looked']:.0f}, measured every 25."
        " Seconds: processor time of this server. All other numbers repeat with the seed."
    )
    codes, steps = now.get("C/nats off", math.nan), now.get("D/nats off", math.nan)
    if math.isnan(codes):
        return words
    flow = "" if math.isnan(steps) else f"; D's is off by at most {steps:.2f} or so for the {STEPS} steps of its flow"
    return (
        f"{words} log p: {HELD_OUT} new points at round {now['asked']:.0f}, asked for every 200. C's bound, from"
        f" {CODES} codes a point, would rise by about {codes:.2f} with endlessly many{flow}."
    )
