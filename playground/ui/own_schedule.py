"""What a learner may draw for a diffusion: how much of the data is left at each time, and the data themselves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.core import Lab
from playground.data.line import BINS
from playground.diffusion.schedule import NOISE, curve_to_text, schedule
from playground.ui.own_data import apply, draw_density_button, draw_points_button
from playground.ui.pad import Drawn, pad


def own_data_and_schedule(lab: Lab) -> None:
    """In the sidebar of the lab of points: a button for data like those that are chosen, and one for the schedule."""
    if st.session_state[f"{lab.slug}/config"].on_line:
        draw_density_button(lab, target="drawn")
    else:
        draw_points_button(lab)
    draw_schedule_button(lab)


def draw_schedule_button(lab: Lab) -> None:
    """In the sidebar, for a lab with the fields of `diffusion.knobs.DiffusionConfig`."""
    if st.button("Draw a schedule", icon=":material/draw:", width="stretch", key=f"{lab.slug}/own schedule"):
        _dialog(lab)


@st.dialog("Your own schedule", width="large")
def _dialog(lab: Lab) -> None:
    problems = f"{lab.slug}/schedule problems"

    def take(drawn: Drawn) -> None:
        assert isinstance(drawn, np.ndarray)  # what this tool hands in
        fields = {"model": "diffusion", "schedule": "own", "curve": curve_to_text(drawn)}
        st.session_state[problems] = apply(lab, **fields)

    start, version = _present(lab)
    key = f"{lab.slug}/pad schedule"
    drawn = pad("schedule", key=key, submit="Train with it", start=start, version=version, on_submit=take)
    complaints = st.session_state.pop(problems, [])
    for complaint in complaints:
        st.error(complaint, icon=":material/error:")
    if drawn is not None and not complaints:
        st.rerun()
    st.caption(
        "From left to right: alpha-bar, the share of the data's variance that is left, from time 0 to T."
        f" Sampling begins with pure noise, so let it end below {NOISE:.0%}; or see what happens if you do not."
    )
    if st.button("Cancel", key=f"{lab.slug}/schedule cancel"):
        st.rerun()


def _present(lab: Lab) -> tuple[np.ndarray, str]:
    """The schedule that the settings have, in columns, to be drawn on; and a name for it."""
    c = st.session_state[f"{lab.slug}/config"]
    left = schedule("diffusion", c.schedule, c.T, c.beta_last, c.curve).alpha_bar
    middles = (np.arange(BINS) + 0.5) / BINS
    return np.interp(middles, np.linspace(0, 1, len(left)), left), f"{c.schedule} {c.T} {c.beta_last} {c.curve}"
