"""The tab of challenges: goals that the program checks while the run goes on."""

from __future__ import annotations

import streamlit as st

from playground.core import Challenge, Lab
from playground.runtime import Run, registry
from playground.ui import controls


def challenges(lab: Lab, run: Run) -> None:
    solved = st.session_state.setdefault(f"{lab.slug}/solved", set())
    solved |= run.solved
    st.caption(
        "Take one up, and a line above the sentence says how it stands while you play. Every knob is allowed, as long"
        " as the data stay what they are."
    )
    with st.grid(columns=2, min_column_width=320, gap="medium"):
        for challenge in lab.challenges:
            with st.container(border=True, height="stretch"):
                _card(lab, run, challenge, solved=challenge.name in solved)


def _card(lab: Lab, run: Run, challenge: Challenge, *, solved: bool) -> None:
    mark = ":material/check_circle: " if solved else ":material/flag: "
    st.markdown(f"{mark}**{challenge.name}**" + (" (solved)" if solved else ""))
    st.write(challenge.goal)
    taken, verdict = run.challenge, run.verdict  # read once: the worker may begin another run in between
    key = f"{lab.slug}/challenge {challenge.name}"
    if _asked(lab, run) == challenge.name:
        if verdict and taken and taken.name == challenge.name:
            st.caption(verdict.says)
        st.button("Drop it", key=f"{key} drop", on_click=_take, args=(lab, run, None))
    else:
        st.button("Take it up", key=key, on_click=_take, args=(lab, run, challenge))


def _asked(lab: Lab, run: Run) -> str | None:
    """The challenge that was last taken up or dropped: the run may not have come to it yet."""
    token, name = st.session_state.get(f"{lab.slug}/challenge", ("", None))
    if token != run.token:
        return run.challenge.name if run.challenge else None
    return name


def _take(lab: Lab, run: Run, challenge: Challenge | None) -> None:
    """Begin with the challenge's own settings; dropping one leaves everything else as it is."""
    if challenge:
        controls.put(lab, challenge.config)
        lab.prepare(challenge.config)
        registry().post(run, "want", challenge.config)
        registry().post(run, "reset")  # first: what the run has done before must not count
    name = challenge.name if challenge else None
    registry().post(run, "challenge", name)
    st.session_state[f"{lab.slug}/challenge"] = (run.token, name)
