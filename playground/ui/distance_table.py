"""The tab of the distance lab that has every value in digits, and says how each is known."""

from __future__ import annotations

import math

import streamlit as st

from playground.distances import DistanceTrainer
from playground.divergences import NAMES
from playground.labs.distances import WORDS
from playground.runtime import Run

TITLE = "Values"
POLL_SECONDS = 0.5  # q is dragged without the page being told
UNITS = {"kl": "nats", "reverse": "nats", "js": "nats", "tv": "share of the mass", "w1": "units of x"}


def values(run: Run) -> None:
    """All distances and slopes where q is held."""
    st.fragment(run_every=POLL_SECONDS)(_values)(run)


def _values(run: Run) -> None:
    trainer = run.trainer
    assert isinstance(trainer, DistanceTrainer)
    st.markdown(f"q is held at theta = {trainer.theta:.4f}.")
    st.markdown(table(trainer))
    st.caption(
        "Nothing here is estimated. The quadrature is right to eleven digits. Where a distance is infinite, or jumps,"
        " it has no slope; at a kink the slope is given as 0."
    )


def table(trainer: DistanceTrainer) -> str:
    """Markdown: one row a distance."""
    here = trainer.here()
    rows = [
        f"| {WORDS[name].replace('|', '&#124;')} | {_text(float(here[name].value))} | {UNITS[name]}"
        f" | {_text(float(here[name].slope))} | {trainer.moved.how(name)} |"
        for name in NAMES
    ]
    head = ["| distance | value | in | slope in theta | known by |", "|:--|--:|:--|--:|:--|"]
    return "\n".join([*head, *rows])


def _text(value: float) -> str:
    if math.isnan(value):
        return "none"
    return "infinite" if math.isinf(value) else f"{round(value, 6) + 0.0:.6f}".replace("-", "\u2212")
