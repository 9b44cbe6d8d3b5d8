"""A learner's own data: drawn on the pad or uploaded, then trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.core import Lab
from playground.data.line import REACH, heights_to_text, text_to_heights
from playground.data.own import LEAST_ROWS, MOST_POINTS, OwnData, OwnDataError, read_csv
from playground.data.plane import points_to_text, text_to_points
from playground.ui import controls
from playground.ui.pad import Drawn, pad

LABEL = "Draw or upload your own"
TRAIN = "Train on it"
ROOM = 1.5  # half the window for drawing points: filling it gives about the size of the other targets


def draw_points_button(lab: Lab) -> None:
    """In the sidebar: points of the learner's own, for a lab with the fields `target` and `own`."""
    if st.button(LABEL, icon=":material/draw:", width="stretch", key=f"{lab.slug}/own points"):
        _points(lab)


def draw_density_button(lab: Lab, target: str = "own") -> None:
    """In the sidebar: a density of the learner's own, for a lab with fields `target` and, named like it, its text."""
    if st.button("Draw your own", icon=":material/draw:", width="stretch", key=f"{lab.slug}/own density"):
        _density(lab, target)


def apply(lab: Lab, **fields: Any) -> list[str]:
    """Set knobs from the program and start a fresh run with them. To be called from a callback.

    Returns what is wrong with them, and then changes nothing.
    """
    config, complaints = lab.Config.parse(fields, base=st.session_state[f"{lab.slug}/config"])
    if not complaints:
        controls.put(lab, config)
        st.session_state[f"{lab.slug}/fresh"] = True
    return complaints


@st.dialog("Your own points", width="large")
def _points(lab: Lab) -> None:
    sheet, side = st.columns([3, 2], gap="large")
    with side:
        given = _uploaded(lab)
    start, version = given or _trained_on(lab, text_to_points)
    with sheet:
        _hand_in(
            lab,
            "points",
            points_to_text,
            window=_window(lab, start),
            start=start,
            version=version,
            most=MOST_POINTS,
            least=LEAST_ROWS,
        )
    with side:
        _way_out(lab)


@st.dialog("Your own density", width="large")
def _density(lab: Lab, target: str) -> None:
    start, version = _trained_on(lab, text_to_heights, target)
    _hand_in(lab, "density", heights_to_text, target, window=REACH, start=start, version=version)
    st.caption(f"The area under your curve becomes 1. There is none beyond ±{REACH:g}.")
    _way_out(lab)


def _hand_in(lab: Lab, tool: Any, text: Any, target: str = "own", **sheet: Any) -> None:
    """The pad, whose button trains on what is drawn and closes the dialog."""
    problems = f"{lab.slug}/own problems"

    def train(drawn: Drawn) -> None:
        st.session_state[problems] = apply(lab, **{"target": target, target: text(drawn)})

    drawn = pad(tool, key=f"{lab.slug}/pad {tool}", submit=TRAIN, on_submit=train, **sheet)
    complaints = st.session_state.pop(problems, [])
    for complaint in complaints:
        st.error(complaint, icon=":material/error:")
    if drawn is not None and not complaints:
        st.rerun()


def _uploaded(lab: Lab) -> tuple[np.ndarray, str] | None:
    """Points of a file, and a name for this upload; None without a file or if there is nothing in it to train on."""
    file = st.file_uploader(
        "Or upload a CSV file with two columns of numbers, x and y (at most 1 MB)",
        type="csv",
        max_upload_size=1,
        key=f"{lab.slug}/csv",
    )
    if file is None:
        return None
    data = _read_once(lab, file.file_id, file.getvalue())
    if isinstance(data, OwnDataError):
        for complaint in data.complaints:
            st.error(complaint, icon=":material/error:")
        return None
    _tell(data)
    return data.points, file.file_id


def _read_once(lab: Lab, name: str, raw: bytes) -> OwnData | OwnDataError:
    """What is in the file. A megabyte takes seconds, and the dialog is drawn again at every press."""
    memory = f"{lab.slug}/csv read"
    read, outcome = st.session_state.get(memory, ("", None))
    if read != name or outcome is None:
        try:
            outcome = read_csv(raw)
        except OwnDataError as error:
            outcome = error
        st.session_state[memory] = name, outcome
    return outcome


def _tell(data: OwnData) -> None:
    st.markdown(f"**{len(data.points)} points are on the sheet.** You can add to them.")
    for note in data.notes:
        st.caption(note)


def _trained_on(lab: Lab, points: Any, field: str = "own") -> tuple[np.ndarray | None, str]:
    """What this learner's settings hold as their own, so that it can be drawn on; and a name for it."""
    own = getattr(st.session_state[f"{lab.slug}/config"], field, "")
    try:
        return (points(own), own) if own else (None, "")
    except ValueError:  # a damaged address: the lab itself says so
        return None, ""


def _window(lab: Lab, start: np.ndarray | None) -> float:
    """Half the width of the sheet: wide for the rest of the visit once points have needed it."""
    wide = f"{lab.slug}/wide sheet"
    if start is not None and np.abs(start).max(initial=0) > ROOM:
        st.session_state[wide] = True
    return REACH if st.session_state.get(wide) else ROOM


def _way_out(lab: Lab) -> None:
    if st.button("Cancel", key=f"{lab.slug}/own cancel"):
        st.rerun()
    st.caption("Cancel changes nothing, and your drawing is still here when you come back.")
