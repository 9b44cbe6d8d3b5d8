"""A lab page: the question, the knobs, the live stage, and what can be read below it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.core import Lab
from playground.race import Lanes
from playground.race import side_by_side as abreast
from playground.runtime import Run, ServerFull, registry
from playground.ui import controls, lanes, reading, side_by_side
from playground.ui.style import tidy
from playground.ui.tab import Extra
from playground.ui.watch import watch


def stage(lab: Lab, extras: Mapping[str, Extra] | None = None, sidebar: Callable[[Lab], None] | None = None) -> None:
    """Draw the page of a lab. extras: further tabs, by title; sidebar: what stands below the open knobs."""
    tidy()
    config, complaints = controls.wanted(lab)
    race, wrong = lanes.settings(lab, config)
    complaints += wrong
    beside = partial(side_by_side.side_by_side, lab, race) if lab.compared else None
    notice = controls.knobs(lab, config, sidebar, beside)
    st.title(lab.question)
    if complaints:
        st.warning("  \n".join(complaints), icon=":material/error:")
    if len(race.configs) > 1 and lab.compared:
        lab, config, extras = abreast(lab, len(race.configs)), race, {}
    lab.prepare(config)  # here, and not in the turn of all learners when the run is built
    try:
        run = _seat(lab, config)
    except ServerFull as full:
        controls.drawn(lab)
        _server_full(full)
        return
    waiting = _settle(lab, run, config, notice)
    watch(lab, run, waiting, tell=reading.inspecting(lab, extras or {}))
    reading.tabs(lab, run, extras or {})
    controls.drawn(lab)


def _seat(lab: Lab, config: Any) -> Run:
    """This learner's run of this lab: the one they left, or a new one."""
    race = isinstance(config, Lanes)
    run = lanes.run_of(lab, race=race)
    if race and run and len(run.asked.configs) != len(config.configs):  # lanes were added or removed
        registry().discard(run)
        run = None
    if race and (single := lanes.run_of(lab)):
        registry().spare(single)
    if run is None:
        owner = st.session_state.setdefault("owner", uuid.uuid4().hex)
        run = registry().make(lab, config, owner, branch=lanes.branch_of(lab) if race else None)
        st.session_state[lanes.seat(lab, race=race)] = run.token
        st.session_state.pop(f"{lab.slug}/fresh", None)
    return run


def _settle(lab: Lab, run: Run, config: Any, notice: DeltaGenerator) -> bool:
    """Bring the run to the settings: live knobs at once, the others when the learner says so.

    Returns whether some are waiting for that.
    """
    fresh = st.session_state.pop(f"{lab.slug}/fresh", False)
    if moment := lanes.taken_over(lab):
        registry().post(run, "become", moment)
    waiting = config.needs_restart(run.asked)
    untouched = run.step == 0 and run.state == "paused" and not moment
    registry().post(run, "want", config)  # what Reset will build
    if fresh or (waiting and untouched):
        registry().post(run, "reset")
        return False
    live = config.live_part(run.asked)
    if live != run.asked:
        lab.prepare(live)  # with what waits it is not `config`
        registry().post(run, "tune", live)
    if waiting:
        names = ", ".join(config.label(name) for name in waiting)
        notice.info(f"Restart to apply: {names}.", icon=":material/restart_alt:")
        if notice.button("Restart", type="primary", width="stretch"):
            registry().post(run, "restart", config)
            st.rerun()
    return bool(waiting)


def _server_full(full: ServerFull) -> None:
    st.info(
        f"{full} Yours is free as soon as one of them leaves; nothing you have set is lost.",
        icon=":material/hourglass:",
    )
    if st.button("Try again"):
        st.rerun()
