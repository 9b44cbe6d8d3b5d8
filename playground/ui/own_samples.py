"""What a learner may draw for the sampling lab: a density or samples on the line, and points in the plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.core import Lab
from playground.data.line import MOST_SAMPLES, REACH, numbers_to_text, text_to_numbers
from playground.data.plane import MOST_POINTS, points_to_text, text_to_points
from playground.sampler import START
from playground.ui.own_data import apply, draw_density_button
from playground.ui.pad import Drawn, Tool, pad


@dataclass(frozen=True)
class Sheet:
    """What can be clicked, and the fields of the settings that hold it."""

    tool: Tool
    choice: tuple[str, str]  # a field and the value that makes the drawing count ...
    field: str  # ... and the field that holds it
    text: Callable[[np.ndarray], str]
    back: Callable[[str], np.ndarray]
    window: float
    most: int
    least: int
    caption: str


SAMPLES = Sheet(
    tool="samples",
    choice=("target", "own samples"),
    field="own_samples",
    text=numbers_to_text,
    back=text_to_numbers,
    window=REACH,
    most=MOST_SAMPLES,
    least=START,
    caption="Your samples are counted first: see what histogram and kernel density make of them. Every further sample"
    " is one of yours, picked at random, with a little noise.",
)
POINTS = Sheet(
    tool="points",
    choice=("plane", "own points"),
    field="own_points",
    text=points_to_text,
    back=text_to_points,
    window=1.5,  # inside what the lab shows
    most=MOST_POINTS,
    least=1,
    caption="Your points are counted first. Every further one is one of yours, picked at random, with a little jitter."
    " Their density is not known.",
)


def draw_own(lab: Lab) -> None:
    """In the sidebar: a button for each."""
    draw_density_button(lab)
    if st.button("Click samples on the line", icon=":material/touch_app:", width="stretch", key=_key(lab, "line")):
        _on_the_line(lab)
    if st.button("Click your own points", icon=":material/ads_click:", width="stretch", key=_key(lab, "open")):
        _in_the_plane(lab)


@st.dialog("Your own samples", width="large")
def _on_the_line(lab: Lab) -> None:
    _click(lab, SAMPLES)


@st.dialog("Your own points", width="large")
def _in_the_plane(lab: Lab) -> None:
    _click(lab, POINTS)


def _click(lab: Lab, sheet: Sheet) -> None:
    problems = _key(lab, f"problems {sheet.tool}")

    def take(drawn: Drawn) -> None:
        assert isinstance(drawn, np.ndarray)  # what these tools hand in
        name, value = sheet.choice
        st.session_state[problems] = apply(lab, **{name: value, sheet.field: sheet.text(drawn)})

    start, version = _present(lab, sheet)
    drawn = pad(
        sheet.tool,
        key=_key(lab, f"pad {sheet.tool}"),
        submit="Sample from them",
        window=sheet.window,
        start=start,
        version=version,
        most=sheet.most,
        least=sheet.least,
        on_submit=take,
    )
    complaints = st.session_state.pop(problems, [])
    for complaint in complaints:
        st.error(complaint, icon=":material/error:")
    if drawn is not None and not complaints:
        st.rerun()
    st.caption(sheet.caption)


def _present(lab: Lab, sheet: Sheet) -> tuple[np.ndarray | None, str]:
    """What the settings hold, to go on from, and a name for it."""
    config = st.session_state[f"{lab.slug}/config"]
    name, value = sheet.choice
    if getattr(config, name) != value:
        return None, ""
    text = getattr(config, sheet.field)
    try:
        return sheet.back(text), text
    except ValueError:  # a damaged address: the lab itself says so
        return None, ""


def _key(lab: Lab, name: str) -> str:
    return f"{lab.slug}/clicked {name}"
