"""What a step of each lane of the contest costs: moves of D, moves of G, and processor time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.contest import Cost
from playground.labs.wgan_vs_gan import NAMES
from playground.runtime import Run

TITLE = "What it costs"


def race_cost(run: Run) -> None:
    """The tab's body."""
    trainer: Any = run.trainer
    costs = {letter: trainer.cost(letter) for letter in NAMES}
    st.markdown(cost_table(costs, run.snapshot.scalars))
    st.caption(
        "Processor time is that of this server since the run was built, of whole iterations only; it is no part of"
        " what the seed repeats. Distance: as last measured."
    )
    if words := cost_sentence(costs):
        st.markdown(words)


def cost_table(costs: Mapping[str, Cost], now: Mapping[str, float]) -> str:
    """One row a lane, in Markdown."""
    head = "| | updates of D | updates of G | processor time an iteration | distance |\n|---|---:|---:|---:|---:|\n"
    return head + "\n".join(
        f"| {letter}: {NAMES[letter]} | {cost.d_updates:,} | {cost.g_updates:,} | {_ms(cost.ms)}"
        f" | {_number(now.get(f'{letter}/quality', math.nan))} |"
        for letter, cost in costs.items()
    )


def cost_sentence(costs: Mapping[str, Cost]) -> str:
    """The price of the critic; empty before there is one."""
    ratio = costs["B"].ms / costs["A"].ms
    if math.isnan(ratio):
        return ""
    return (
        f"One iteration of the WGAN costs **{ratio:.1f} times** one of the standard GAN: in the time of this race, the"
        " standard GAN alone could have taken as many times the steps. Side by side after the same steps is not side by"
        " side after the same time."
    )


def _ms(value: float) -> str:
    return "not measured yet" if math.isnan(value) else f"{value:.2f} ms"


def _number(value: float) -> str:
    return "not measured yet" if math.isnan(value) else f"{value:.3g}"
