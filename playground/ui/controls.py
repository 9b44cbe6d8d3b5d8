"""A Config as widgets: presets on top, a few knobs, the others in closed groups named for what they change."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.core import Knob, Lab
from playground.core.words import plain
from playground.ui import lanes

OWN = "Your own settings"
LIVE = "live"  # in the key of what stands around the widget of a knob that acts at once: style.py marks it
AT_ONCE = "Acts at once."
ECHO_SECONDS = 1.5  # by then the browser knows what has been put into the widgets
HAND_SECONDS = 0.5  # nobody opens a list and chooses from it in less
MOST_STOPS = 2000  # of a slider; beyond, a number is typed
PER_DECADE = (1, 1.5, 2, 3, 5, 7)


def wanted(lab: Lab) -> tuple[Any, list[str]]:
    """The settings that this learner asks for: from the URL on arrival, from the widgets, from memory on return.

    Also returns a sentence for each setting in the URL that could not be taken.
    """
    memory, state = f"{lab.slug}/config", st.session_state
    # only on arrival: later the browser's URL may lag behind what was written into it
    asked = dict(st.query_params) if arrived(lab.slug) else {}
    if memory not in state or asked:
        complaints = lanes.read(lab, asked.pop(lanes.PARAMETER, None))
        config, wrong = lab.Config.parse(asked)
        complaints = wrong + complaints
        state[f"{lab.slug}/fresh"] = config != state.get(memory)  # the stage starts a new run with it
        put(lab, config)
    else:
        _put_again(lab)
        config, wrong = _turned(lab)
        # what was wrong with the URL is said until the learner moves on
        complaints = state[f"{lab.slug}/complaints"] if config == state[memory] else []
        _remember(lab, config)
        state[f"{lab.slug}/complaints"] = complaints
        return config, complaints + wrong
    state[f"{lab.slug}/complaints"] = complaints
    return config, complaints


def _turned(lab: Lab) -> tuple[Any, list[str]]:
    """The remembered settings with what the widgets say now, and a sentence for each value that cannot be taken."""
    state = st.session_state
    turned = {name: state[_key(lab, name)] for name in lab.Config.knobs() if _key(lab, name) in state}
    return lab.Config.parse(turned, base=state[f"{lab.slug}/config"])


def arrived(page: str) -> bool:
    """Whether this script run is the first on this page since the learner was elsewhere."""
    before = st.session_state.get("page")
    st.session_state["page"] = page
    return before != page


def knobs(
    lab: Lab, config: Any, more: Callable[[Lab], None] | None = None, above: Callable[[], None] | None = None
) -> DeltaGenerator:
    """Draw the widgets in the sidebar, showing `config`. Returns a place under them for a notice.

    above: draws what stands between the preset and the knobs; more: what the lab has between the open knobs and the
    groups.
    """
    knobs = lab.Config.knobs()
    with st.sidebar:
        _preset(lab, config)
        if above:
            above()
        for group in dict.fromkeys(["", *(spec.group for spec in knobs.values())]):
            with st.expander(group, key=_key(lab, f"group {group}")) if group else st.container():
                for name, spec in knobs.items():
                    if spec.group == group and not spec.hidden:
                        _widget(lab, name, config)
            if not group and more:
                more(lab)
        notice = st.container()
        st.caption(":material/bolt: acts on the running model at once. The others need a restart.")
    return notice


def _preset(lab: Lab, config: Any) -> None:
    names = list(lab.presets)
    now = next((name for name, preset in lab.presets.items() if preset == config), OWN)
    before = st.session_state.get(_key(lab, "preset"), now)
    if before != now:  # the browser may not know it yet when the next knob is turned
        st.session_state[f"{lab.slug}/preset left"] = (before, time.monotonic())
    st.session_state[_key(lab, "preset")] = now
    st.selectbox(
        "Preset",
        [*names, OWN],  # always the same ones: with others it would be another widget, which forgets and misfires
        key=_key(lab, "preset"),
        on_change=_take_preset,
        args=(lab,),
        help="Settings worth starting from. Choosing one starts a fresh run.",
    )
    with st.container(key="preset-story"):  # of one height, so that the knobs below stay under the hand
        st.caption(lab.settings[now].shows if now in lab.settings else _changed(lab, config))


def _changed(lab: Lab, config: Any) -> str:
    """How one's own settings differ from the preset that is nearest to them."""
    nearest = min(lab.presets, key=lambda name: len(config.changes(lab.presets[name])))
    changes = config.changes(lab.presets[nearest])
    specs = lab.Config.knobs()
    words = ", ".join(specs[n].label + ("" if specs[n].hidden else f" {plain(v)}") for n, v in changes.items())
    return f"As in *{nearest}*, but: {words}."


def _take_preset(lab: Lab) -> None:
    name = st.session_state[_key(lab, "preset")]
    if name in lab.presets and not _is_echo(lab, name):
        put(lab, lab.presets[name])
        st.session_state[f"{lab.slug}/fresh"] = True


def _is_echo(lab: Lab, name: str) -> bool:
    """Whether the browser only still showed this preset, which has just been left, and nobody has chosen it.

    Its messages carry all widgets and one act of the learner's. So a knob that has been turned in the same message
    was the act; where none has been, the preset was chosen, unless it comes sooner than any hand.
    """
    left, when = st.session_state.get(f"{lab.slug}/preset left", ("", 0.0))
    since = time.monotonic() - when
    if name != left or since > ECHO_SECONDS:
        return False
    return since < HAND_SECONDS or bool(_turned(lab)[0] != st.session_state[f"{lab.slug}/config"])


def put(lab: Lab, config: Any) -> None:
    """Show these settings in all widgets."""
    state, keys = st.session_state, {name: _key(lab, name) for name in lab.Config.knobs()}
    state[f"{lab.slug}/put"] = _Put(config, {name: state.get(key) for name, key in keys.items()})
    for name, key in keys.items():
        state[key] = getattr(config, name)
    _remember(lab, config)


def drawn(lab: Lab) -> None:
    """A whole page has been drawn."""
    if (now := st.session_state.get(f"{lab.slug}/put")) and now.drawn is None:
        now.drawn = time.monotonic()


@dataclass
class _Put:
    """Settings that a button has put into the widgets. before: what they said; drawn: when the browser heard of it."""

    config: Any
    before: dict[str, Any]
    drawn: float | None = None


def _put_again(lab: Lab) -> None:
    """A message that the browser sent before it heard of them brings the widgets as they were: it is not believed."""
    state = st.session_state
    now: _Put | None = state.get(f"{lab.slug}/put")
    if now is None:
        return
    if now.drawn is not None and time.monotonic() - now.drawn > ECHO_SECONDS:
        del state[f"{lab.slug}/put"]
        return
    for name, spec in lab.Config.knobs().items():
        said = state.get(_key(lab, name))
        lost = spec.log and said == spec.low  # what a slider makes of a value that it does not have
        if now.drawn is None or lost or said == now.before[name]:
            state[_key(lab, name)] = now.config.value(name)


def _remember(lab: Lab, config: Any) -> None:
    """Keep the settings for a return to this page, and in the URL for a friend."""
    st.session_state[f"{lab.slug}/config"] = config
    query = config.query() | lanes.query(lab)
    if dict(st.query_params) != query:
        st.query_params.from_dict(query)


def _widget(lab: Lab, name: str, config: Any) -> None:
    spec = lab.Config.knobs()[name]
    widget(spec, _key(lab, name), config.value(name), disabled=not spec.matters(config))


def widget(spec: Knob, key: str, value: Any, **rest: Any) -> None:
    """What a knob is turned with; `key` holds what it is turned to.

    That it is live is no part of its label: Streamlit has icons there read out by their code.
    """
    if key not in st.session_state:  # Streamlit forgets widgets that were not on the last page
        st.session_state[key] = value
    if not spec.live:
        _turn(spec, value, key=key, help=spec.help, **rest)
        return
    with st.container(key=f"{LIVE}/{key}"):
        _turn(spec, value, key=key, help=f"{spec.help} {AT_ONCE}", **rest)


def _turn(spec: Knob, value: Any, **shared: Any) -> None:
    label = spec.label
    if isinstance(value, bool):
        st.toggle(label, **shared)
    elif spec.options:
        st.selectbox(label, spec.options, format_func=plain, **shared)
    elif spec.longest:
        st.text_input(label, max_chars=spec.longest, **shared)
    elif spec.log:
        st.select_slider(label, _ladder(spec, value), format_func=plain, **shared)
    else:
        assert spec.low is not None and spec.high is not None  # `knob` has seen to it
        kind, step = type(value), spec.step or 1
        low, high, step = kind(spec.low), kind(spec.high), kind(step)
        digits = max(0, -math.floor(math.log10(step)))
        turn = st.slider if (high - low) / step <= MOST_STOPS else st.number_input
        turn(label, low, high, step=step, format=f"%.{digits}f" if kind is float else "%d", **shared)


def _ladder(spec: Knob, value: float) -> list[Any]:
    """Round values in about equal ratios between the bounds, and the present one wherever it lies."""
    assert spec.low is not None and spec.high is not None
    kind, least = type(value), spec.low or spec.step or 1  # 0 is one stop more, below the first
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(spec.high)) + 1)
    if kind is int:
        rungs = {2**i for i in range(20)}
    else:
        rungs = {float(f"{m}e{p}") for p in powers for m in PER_DECADE}
    inside = {kind(rung) for rung in rungs if least <= rung <= spec.high}
    return sorted(inside | {kind(spec.low), kind(spec.high), value})


def _key(lab: Lab, name: str) -> str:
    return f"{lab.slug}/knob/{name}"
