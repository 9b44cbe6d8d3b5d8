"""What a learner may draw for the sampling lab: a density on the line, and points in the plane."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.core import Lab
from playground.data.plane import MOST_POINTS, points_to_text, text_to_points
from playground.ui.own_data import apply, draw_density_button
from playground.ui.pad import Drawn, pad

WINDOW = 1.5  # half the width of the sheet: inside what the lab shows


def draw_own(lab: Lab) -> None:
    """In the sidebar: a button for each."""
    draw_density_button(lab)
    if st.button("Click your own points", icon=":material/ads_click:", width="stretch", key=_key(lab, "open")):
        _points(lab)


@st.dialog("Your own points", width="large")
def _points(lab: Lab) -> None:
    problems = _key(lab, "problems")

    def take(drawn: Drawn) -> None:
        assert isinstance(drawn, np.ndarray)  # what this tool hands in
        st.session_state[problems] = apply(lab, plane="own points", own_points=points_to_text(drawn))

    start, version = _present(lab)
    drawn = pad(
        "points",
        key=_key(lab, "pad"),
        submit="Sample from them",
        window=WINDOW,
        start=start,
        version=version,
        most=MOST_POINTS,
        on_submit=take,
    )
    complaints = st.session_state.pop(problems, [])
    for complaint in complaints:
        st.error(complaint, icon=":material/error:")
    if drawn is not None and not complaints:
        st.rerun()
    st.caption("Each sample is one of your points, picked at random, with a little jitter. Their density is not known.")


def _present(lab: Lab) -> tuple[np.ndarray | None, str]:
    """The points that the settings hold, to go on from, and a name for them."""
    config = st.session_state[f"{lab.slug}/config"]
    if config.plane != "own points":
        return None, ""
    try:
        return text_to_points(config.own_points), config.own_points
    except ValueError:  # a damaged address: the lab itself says so
        return None, ""


def _key(lab: Lab, name: str) -> str:
    return f"{lab.slug}/clicked {name}"
