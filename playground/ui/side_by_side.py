"""The part of the sidebar that puts runs beside each other."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from playground.core import Lab
from playground.core.words import plain
from playground.race import LETTERS, Lanes
from playground.runtime import registry
from playground.ui import controls, lanes

PRESET = "Preset: "


def side_by_side(lab: Lab, all_lanes: Lanes) -> None:
    """A button that opens a second lane; with lanes, what each of them has of its own."""
    others = lanes.differences(lab)
    if not others:
        _offer(lab)
        return
    race = lanes.run_of(lab, race=True)
    branch = race.branch if race else lanes.branch_of(lab)
    if branch and branch.fits(all_lanes):
        st.caption(f"All lanes go on from step {plain(branch.step)} of the single run; Reset leads back there.")
    else:
        st.caption("All lanes begin at step 0, together. Close leads back to the single run as it was.")
    st.caption("**A** has the settings below. What you turn there changes every lane that has no value of its own.")
    for letter, changes in zip(LETTERS[1:], others, strict=False):
        with st.container(border=True, key=f"{lab.slug}/lane {letter}"):
            _lane(lab, all_lanes, letter, changes)
    with st.container(horizontal=True):
        if len(others) < len(LETTERS) - 1:
            st.button(
                "Add a lane",
                icon=":material/add:",
                help="All lanes begin again, together.",
                on_click=partial(lanes.put, lab, [*others, {}]),
            )
        st.button("Close", icon=":material/close:", help="Back to one run.", on_click=partial(lanes.close, lab))


def _offer(lab: Lab) -> None:
    with st.container(horizontal=True):
        st.button(
            "Side by side",
            key=f"{lab.slug}/lanes open",
            icon=":material/view_column_2:",
            help="Two runs from the first step, of the same seed and on the same axes; you choose what differs. Close"
            " leads back to this run.",
            on_click=partial(lanes.begin, lab),
        )
        st.button(
            "Branch",
            key=f"{lab.slug}/lanes branch",
            icon=":material/call_split:",
            help="The same, but both go on from where the run is now. What needs a restart cannot differ then.",
            on_click=partial(branch_here, lab),
        )


def branch_here(lab: Lab) -> None:
    """Two lanes from where the single run stands, with the settings that it has there."""
    run = lanes.run_of(lab)
    branch = registry().branch(run) if run else None
    if branch is None:
        _say_busy()
        return
    controls.put(lab, branch.config)
    lanes.begin(lab, branch)


def _say_busy() -> None:
    st.toast("The run did not come to rest in time. It is paused now: try again.", icon=":material/hourglass:")


def _lane(lab: Lab, all_lanes: Lanes, letter: str, changes: lanes.Differences) -> None:
    specs, config = lab.Config.knobs(), dict(all_lanes)[letter]
    st.markdown(f"**{letter}** differs in" if changes else f"**{letter}** is the same as A. Let something differ:")
    for name in changes:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            spec = specs[name]
            controls.widget(spec, lanes.key(lab, letter, name), config.value(name))
            st.button(
                "",
                key=f"{lanes.key(lab, letter, name)} same",
                icon=":material/close:",
                help=f"{spec.label}: the same as in A",
                on_click=partial(_drop, lab, letter, name),
                type="tertiary",
            )
    free = [name for name in specs if name not in changes and lanes.can_differ(lab, name)]
    presets = [f"{PRESET}{name}" for name in lab.presets]
    choice = f"{lab.slug}/lane {letter} choice"
    st.selectbox(
        "Something that differs",
        [*presets, *free],
        index=None,
        format_func=lambda name: specs[name].label if name in specs else name,
        placeholder="a preset, or a knob",
        label_visibility="collapsed",
        key=choice,
        on_change=partial(_let_differ, lab, letter, choice),
    )
    with st.container(horizontal=True):
        st.button(
            f"Use {letter}",
            help=f"One run again: that of {letter}, which goes on from where it stands, with its curves so far.",
            on_click=partial(_use, lab, letter, config),
        )
        st.button(
            f"Remove {letter}",
            help="The others begin again, together.",
            on_click=partial(_remove, lab, letter),
            type="tertiary",
        )


def _let_differ(lab: Lab, letter: str, choice: str) -> None:
    """The knob that was chosen, beginning with its value in A; or everything in which a preset differs from A."""
    config, chosen = st.session_state[f"{lab.slug}/config"], st.session_state[choice]
    st.session_state[choice] = None
    if chosen is None:
        return
    others = lanes.differences(lab)
    mine = others[_place(letter)]
    if chosen in lab.Config.knobs():
        mine[chosen] = config.value(chosen)
    else:
        changes = lab.presets[chosen.removeprefix(PRESET)].changes(config)
        others[_place(letter)] = {name: value for name, value in changes.items() if lanes.can_differ(lab, name)}
    lanes.put(lab, others)


def _drop(lab: Lab, letter: str, name: str) -> None:
    others = lanes.differences(lab)
    del others[_place(letter)][name]
    lanes.put(lab, others)


def _remove(lab: Lab, letter: str) -> None:
    others = lanes.differences(lab)
    del others[_place(letter)]
    if others:
        lanes.put(lab, others)
    else:
        lanes.close(lab)


def _use(lab: Lab, letter: str, config: Any) -> None:
    """The single run becomes this lane. A lane's knob that waits for a restart goes on waiting."""
    race = lanes.run_of(lab, race=True)
    moment = registry().branch(race, letter) if race else None
    if race and moment is None:
        _say_busy()
        return
    lanes.close(lab, moment)
    controls.put(lab, config)


def _place(letter: str) -> int:
    return LETTERS.index(letter) - 1
