"""The score card of four models on the same data: what each is worth, what it costs, and what that shows."""

from __future__ import annotations

import streamlit as st

from playground.four_models import FourModelsTrainer
from playground.four_models.card import accounts, table, what_it_shows
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
            st.markdown("**What this shows.** " + " ".join(says))
    st.markdown(table(found, now, trainer.ruler))
    st.caption("Seconds are of this server.")
