"""Something that takes seconds, done in slices: the page stays awake, shows how far it has come, and can stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import streamlit as st

from playground.diffusion.held import Held, held
from playground.diffusion.points import PointsTrainer
from playground.runtime import Run

SLICE = 0.4  # seconds of work at each look
POLL_SECONDS = 0.1  # from one look to the next


class Work(Protocol):
    """held: what it is done on; share: how much of it is done; go_on: does one piece, False if there is none."""

    held: Held

    @property
    def share(self) -> float: ...

    def go_on(self) -> bool: ...


W = TypeVar("W", bound=Work)


def held_in(run: Run) -> Held:
    """What it shows now."""
    trainer = run.trainer
    assert isinstance(trainer, PointsTrainer)
    return held(trainer)


def in_slices(key: str, run: Run, begin: Callable[[], W], show: Callable[[W], None], label: str = "Measure") -> None:
    """A button that begins it, then progress and what is known so far. show: draws that."""
    busy = bool(st.session_state.get(f"{key}/busy"))
    st.fragment(run_every=POLL_SECONDS if busy else None)(_panel)(key, run, begin, show, label, busy=busy)


def _panel(key: str, run: Run, begin: Callable[[], W], show: Callable[[W], None], label: str, *, busy: bool) -> None:
    """Only this part of the page is drawn again while it works."""
    work = _kept(key, run)
    if st.session_state.get(f"{key}/busy") and (work is None or not _slice(work)):
        st.session_state[f"{key}/busy"] = False
    if busy != bool(st.session_state.get(f"{key}/busy")):
        st.rerun()  # the whole page, for polling begins or ends
    with st.container(horizontal=True, vertical_alignment="center"):
        if busy:
            st.button("Stop", key=f"{key}/stop", icon=":material/stop:", on_click=_go, args=(key, False))
        else:
            if work is not None and work.share < 1:
                st.button("Go on", key=f"{key}/on", icon=":material/play_arrow:", on_click=_go, args=(key, True))
            words = label if work is None else f"{label} again"
            st.button(words, key=f"{key}/begin", type="primary", on_click=_begin, args=(key, begin))
    if work is None:
        return
    if work.share < 1:
        st.progress(work.share, f"{work.share:.0%} of the network of step {work.held.step}")
    show(work)


def _kept(key: str, run: Run) -> Any:
    """What has been done for settings like those of the run; live knobs may have been turned since."""
    work = st.session_state.get(f"{key}/work")
    return None if work is None or run.config.needs_restart(work.held.config) else work


def _slice(work: Work) -> bool:
    """Whether there is more to do."""
    end = time.monotonic() + SLICE
    while more := work.go_on():
        if time.monotonic() > end:
            break
    return more and work.share < 1


def _begin(key: str, begin: Callable[[], Work]) -> None:
    st.session_state[f"{key}/work"] = begin()
    _go(key, busy=True)


def _go(key: str, busy: bool) -> None:
    st.session_state[f"{key}/busy"] = busy
