"""A run of a tab's own, beside the one on the stage: trained by the same worker, begun and stopped in the tab.

key: what the session keeps of it begins with this.
"""

from __future__ import annotations

import uuid
from typing import Any

import streamlit as st

from playground.core import Lab
from playground.runtime import Run, ServerFull, registry


def run_of(key: str) -> Run | None:
    return registry().find(st.session_state.get(f"{key}/run", ""))


def training(key: str) -> bool:
    """Whether it is asked to train."""
    return bool(st.session_state.get(f"{key}/training"))


def begin(key: str, lab: Lab, config: Any) -> None:
    """From nothing, playing; where there is no place for it, `complain` says so.

    A new run, not the old one begun again: until that has heard of it, it would still look finished.
    """
    if (before := run_of(key)) is not None:
        registry().discard(before)
    try:
        run = registry().make(lab, config, st.session_state.setdefault("owner", uuid.uuid4().hex))
    except (ServerFull, ValueError) as problem:  # ValueError: the learner's own images have been forgotten
        st.session_state[f"{key}/complaint"] = str(problem)
        return
    st.session_state[f"{key}/run"] = run.token
    play(key, run)


def play(key: str, run: Run) -> None:
    registry().post(run, "play")
    st.session_state[f"{key}/training"] = True


def pause(key: str, run: Run | None) -> None:
    if run is not None and training(key):
        registry().post(run, "pause")
    st.session_state[f"{key}/training"] = False


def complain(key: str) -> None:
    """Say once why it has not begun."""
    if complaint := st.session_state.pop(f"{key}/complaint", None):
        st.warning(complaint, icon=":material/error:")
