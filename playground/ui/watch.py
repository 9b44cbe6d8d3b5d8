"""The live view: the canvas component on the page, fed by the frame socket or, where that is refused, by polling."""

from __future__ import annotations

import base64
import time
from typing import Any

import streamlit as st

from playground.core import Lab, View
from playground.race import Splits
from playground.runtime import Run, registry
from playground.ui import lanes, socket
from playground.ui.live import javascript, stylesheet

_live = st.components.v2.component(
    "playground_live", html='<div class="live"></div>', css=stylesheet(), js=javascript()
)
POLLING = "frames are polled"  # in the session: the socket was refused
POLL_SECONDS = 1 / 3
TRY_AGAIN = 300  # seconds of polling after which the next rerun tries the socket once more


def watch(lab: Lab, run: Run, waiting: bool, tell: bool) -> None:
    """Mount the stage of `run`. The component redraws by itself; this script has no part in it.

    waiting: some knobs wait for a restart, so Reset concerns this script; tell: so does every start and stop.
    """
    data = {
        "token": run.token,
        "views": [view.declaration() for view in lab.seen(run.asked)],
        "fps": registry().limits.fps,
        "players": lab.players,
        "waiting": waiting,
        "told": _word(run) if tell else None,
        "lanes": lanes.headings(lab, run.asked.lanes()) if isinstance(run.asked, Splits) else None,
    }
    if time.monotonic() - st.session_state.get(POLLING, float("-inf")) > TRY_AGAIN:
        _live(
            key=f"{lab.slug}/live",
            data=data,
            on_transport_change=_use_polling,
            on_state_change=_nothing,
            on_reset_change=_nothing,
            on_gone_change=_nothing,
        )
        return

    asked, told = run.asked, data["told"]

    @st.fragment(run_every=POLL_SECONDS)
    def poll() -> None:
        if run.asked is not asked or (told and _word(run) != told):
            st.rerun()  # the rest of the page shows something that is no longer so
        frame = base64.b64encode(registry().touch(run)).decode()
        key = f"{lab.slug}/polled"
        _live(
            key=key,
            data=data | {"polling": True, "frame": frame},
            on_command_change=lambda: _obey(run, st.session_state[key].command),
        )

    poll()


def still(view: View, frame: bytes, key: str) -> None:
    """One view of a recorded frame, as a small picture."""
    picture = base64.b64encode(frame).decode()
    _live(key=key, data={"views": [view.declaration()], "frame": picture, "still": True})


def _use_polling() -> None:
    st.session_state[POLLING] = time.monotonic()


def _word(run: Run) -> str:
    """Where the run stands, as `live.js` reports it."""
    return "running" if run.state == "running" else f"{run.public_state} {run.snapshot.step}"


def _nothing() -> None:
    """The rerun that follows is all that is wanted."""


def _obey(run: Run, message: Any) -> None:
    asked = socket.read(message) if isinstance(message, str) else None
    if asked and asked[0] != "drawn":
        registry().post(run, *asked)
