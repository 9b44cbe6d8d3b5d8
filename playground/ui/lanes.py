"""Which runs a learner sees side by side: lane A has the settings of the sidebar, each further lane says what differs.

It is remembered for a return to the page, and stands in the URL as `beside`, a lane after another:
"loss:wgan-gp,d_steps:5;seed:1;same".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.core import Lab
from playground.core.knobs import Value, text
from playground.core.words import plain
from playground.race import LETTERS, Lanes
from playground.runtime import Branch, Run, registry

PARAMETER = "beside"
A_FEW = 3  # settings that can be read above a lane
SAME = "same"  # in the URL: a lane that differs in nothing

Differences = dict[str, Value]


def differences(lab: Lab) -> list[Differences]:
    """What each lane beyond A has of its own; a change of them is remembered by `put`."""
    found: list[Differences] = st.session_state.setdefault(_memory(lab), [])
    return found


def put(lab: Lab, lanes: list[Differences]) -> None:
    for letter, changes in zip(LETTERS[1:], lanes, strict=False):
        for name, value in changes.items():
            st.session_state[key(lab, letter, name)] = value
    st.session_state[_memory(lab)] = lanes


def settings(lab: Lab, config: Any) -> tuple[Lanes, list[str]]:
    """The settings of all lanes, and a sentence for each value that cannot be taken."""
    _read_widgets(lab)
    configs, complaints = [config], []
    for letter, changes in zip(LETTERS[1:], differences(lab), strict=False):
        lane, wrong = lab.Config.parse(changes, base=config)
        changes |= {name: lane.value(name) for name in changes}
        configs.append(lane)
        complaints += [f"Lane {letter}: {sentence}" for sentence in wrong]
    return Lanes(tuple(configs)), complaints


def _read_widgets(lab: Lab) -> None:
    """What the learner has just turned."""
    for letter, changes in zip(LETTERS[1:], differences(lab), strict=False):
        for name, value in changes.items():
            changes[name] = st.session_state.get(key(lab, letter, name), value)


def query(lab: Lab) -> dict[str, str]:
    """The lanes as they stand in the URL."""
    _read_widgets(lab)
    if not differences(lab):
        return {}
    lanes = (",".join(f"{name}:{text(value)}" for name, value in changes.items()) for changes in differences(lab))
    return {PARAMETER: ";".join(lane or SAME for lane in lanes)}


def read(lab: Lab, words: str | None) -> list[str]:
    """Take the lanes from a URL. Returns a sentence for each thing that could not be taken."""
    st.session_state[f"{lab.slug}/branch"] = None  # a moment of a run does not fit into an address
    if words is None or not lab.compared:
        put(lab, [])
        return [] if words is None else ["This lab has no runs side by side: the other lanes were ignored."]
    asked, most = words.split(";"), len(LETTERS) - 1
    complaints, lanes = [], []
    for letter, lane in zip(LETTERS[1:], asked, strict=False):
        fields = dict(field.partition(":")[::2] for field in lane.split(",") if field and field != SAME)
        config, wrong = lab.Config.parse(fields)
        lanes.append({name: config.value(name) for name in fields if can_differ(lab, name)})
        complaints += [f"Lane {letter}: {sentence}" for sentence in wrong]
    put(lab, lanes)
    return complaints + [f"There can be {most + 1} lanes: the others were ignored."] * (len(asked) > most)


def can_differ(lab: Lab, name: str) -> bool:
    spec = lab.Config.knobs().get(name)
    return spec is not None and not spec.hidden


def key(lab: Lab, letter: str, name: str) -> str:
    """Of the widget for a lane's knob."""
    return f"{lab.slug}/lane {letter}/{name}"


def begin(lab: Lab, branch: Branch | None = None, changes: Differences | None = None) -> None:
    """Open a second lane with these changes, from the first step or where a run branches off.

    The single run pauses: it is what `close` returns to.
    """
    if single := run_of(lab):
        registry().post(single, "pause")
    st.session_state[f"{lab.slug}/tab left"] = st.session_state.get(f"{lab.slug}/tab")
    st.session_state[f"{lab.slug}/branch"] = branch
    _end_race(lab)
    put(lab, [changes or {}])


def close(lab: Lab, moment: Branch | None = None) -> None:
    """One run again, with the tab that was open: the single one, or what a lane was at this moment."""
    if tab := st.session_state.pop(f"{lab.slug}/tab left", None):  # a race may not have it
        st.session_state[f"{lab.slug}/tab"] = tab
    st.session_state[f"{lab.slug}/branch"] = None
    st.session_state[f"{lab.slug}/taken over"] = moment
    _end_race(lab)
    put(lab, [])


def taken_over(lab: Lab) -> Branch | None:
    """What the single run is to go on as, told once."""
    moment: Branch | None = st.session_state.pop(f"{lab.slug}/taken over", None)
    return moment


def _end_race(lab: Lab) -> None:
    if race := run_of(lab, race=True):
        registry().discard(race)


def branch_of(lab: Lab) -> Branch | None:
    """Where lanes that are about to begin go apart, if not at the first step."""
    branch: Branch | None = st.session_state.get(f"{lab.slug}/branch")
    return branch


def run_of(lab: Lab, *, race: bool = False) -> Run | None:
    """This learner's single run of the lab, or the race of its lanes."""
    return registry().find(st.session_state.get(seat(lab, race=race), ""))


def seat(lab: Lab, *, race: bool) -> str:
    """Where the session keeps it: a race does not take the place of the single run."""
    return f"{lab.slug}/race" if race else f"{lab.slug}/run"


def headings(lab: Lab, lanes: Lanes) -> Mapping[str, str]:
    """What stands above each lane: of A the settings that another lane has not, of the others what differs from A."""
    return {
        letter: _told(lab, config, lanes.differing() if letter == "A" else list(config.changes(lanes.configs[0])))
        for letter, config in lanes
    }


def _told(lab: Lab, config: Any, names: list[str]) -> str:
    """Those of these settings that matter; where they are many, the preset that they are."""
    specs = config.knobs()
    told = sorted((name for name in names if specs[name].matters(config)), key=lambda name: bool(specs[name].group))
    preset = next((name for name, preset in lab.presets.items() if preset == config), "")
    if preset and len(told) > A_FEW:
        return f"Preset: {preset}"
    return " · ".join(f"{config.label(name)} {plain(config.value(name))}" for name in told) or "the same"


def _memory(lab: Lab) -> str:
    return f"{lab.slug}/lanes"
