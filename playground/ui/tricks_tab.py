"""The panel of tricks: each can be switched on in the running game, with its equation and what was measured of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.core import Knob
from playground.effects import SURE, measured
from playground.runtime import Run
from playground.tricks import BASES, TRICKS, Trick, plain_p, verdict
from playground.ui import controls, lanes

MEASURES = {
    "SW1": ("sw1", "SW1 with the trick, in multiples of SW1 without", {"left": "nearer", "right": "farther"}),
    "Modes": ("covered", "difference of the modes covered, of 8", {"left": "fewer", "right": "more"}),
    "Within 3 sigma": ("within", "difference of the share within 3 sigma", {"left": "less", "right": "more"}),
}
TITLE = "Tricks"
GAMES = {"bare": "Bare game", "healthy": "Healthy game"}
STILL = {"displayModeBar": False}


def tricks(run: Run) -> None:
    """All tricks as switches; one of them in full; what was measured of all."""
    with st.container(width=1000):
        st.markdown(
            "Each switch sets knobs in the sidebar, and off sets what the trick is compared with. Try one, then look at"
            " what sixteen seeds say: a trick that is known to everyone is not one that always helps."
        )
        left, right = st.columns([2, 3], gap="large")
        with left:
            for key in TRICKS:
                _switch(run, key)
            _games(run)
        with right:
            _in_full(run)
        _all(run)


def _key(run: Run, name: str) -> str:
    return f"{run.lab.slug}/trick/{name}"


def _asked(run: Run) -> Any:
    """The settings that the sidebar shows."""
    return st.session_state.get(f"{run.lab.slug}/config", run.config)


def _switch(run: Run, key: str) -> None:
    trick, widget = TRICKS[key], _key(run, key)
    st.session_state[widget] = trick.is_on(_asked(run))  # the sidebar may have been turned since
    st.toggle(trick.name, key=widget, on_change=_turned, args=(run, key))


def _turned(run: Run, key: str) -> None:
    trick, on = TRICKS[key], st.session_state[_key(run, key)]
    st.session_state[_key(run, "shown")] = key
    controls.put(run.lab, dataclasses.replace(_asked(run), **(trick.on if on else trick.off)))


def _games(run: Run) -> None:
    """The two games in which the tricks were measured."""
    for column, (base, name) in zip(st.columns(2), GAMES.items(), strict=True):
        column.button(name, key=_key(run, base), on_click=_take, args=(run, base), width="stretch")
    st.caption("These set the two games in which all of this was measured.")


def _take(run: Run, base: str) -> None:
    seed = _asked(run).seed
    controls.put(run.lab, run.lab.Config(**dataclasses.asdict(BASES[base]) | {"seed": seed}))


def _in_full(run: Run) -> None:
    """One trick: equation, words, numbers."""
    st.session_state.setdefault(_key(run, "shown"), next(iter(TRICKS)))
    key = st.selectbox("What it does", list(TRICKS), format_func=_name, key=_key(run, "shown"))
    trick = TRICKS[key]
    st.latex(trick.before)
    st.latex(r"\downarrow")
    st.latex(trick.after)
    st.button(
        "Without and with it, side by side",
        key=_key(run, "beside"),
        icon=":material/view_column_2:",
        on_click=_compare,
        args=(run, trick),
    )
    st.markdown(f"**When it helps.** {trick.helps}")
    st.markdown(f"**When it does not.** {trick.fails}")
    st.markdown("**Measured.** " + " ".join(verdict(trick, base) for base in BASES))
    st.markdown(_table(trick))
    st.caption(f"Sets {_sets(trick, run.lab.Config.knobs())}. {trick.source}.")


def _compare(run: Run, trick: Trick) -> None:
    """Two lanes from the same beginning: A without the trick, B with it."""
    controls.put(run.lab, dataclasses.replace(_asked(run), **trick.off))
    lanes.begin(run.lab, changes=dict(trick.on))


def _name(key: str) -> str:
    return TRICKS[key].name


def _table(trick: Trick) -> str:
    """Median with and without, and how many seeds gained, in both games."""
    lines = ["| medians | without | with | better | p |", "|---|---|---|---|---|"]
    for base, game in (("bare", "Bare"), ("healthy", "Healthy")):
        for name, (measure, _, _) in MEASURES.items():
            found = trick.effect(base, measure)
            digits = ".0%" if measure == "within" else ".3f" if measure == "sw1" else ".1f"
            before, after = (format(value, digits) for value in found.medians)
            pairs = found.won + found.lost
            won, p = (f"{found.won} of {pairs}", plain_p(found.p)) if pairs else ("all equal", "")
            lines.append(f"| {game}: {name} | {before} | {after} | {won} | {p} |")
    return "\n".join(lines)


def _sets(trick: Trick, knobs: Mapping[str, Knob]) -> str:
    parts = []
    for name, value in trick.on.items():
        was, now = (("on" if v else "off") if isinstance(v, bool) else f"{v}" for v in (trick.off[name], value))
        parts.append(f"*{knobs[name].label}* to {now}" + (f" (without: {was})" if was != now else ""))
    return ", ".join(parts)


def _all(run: Run) -> None:
    """Every trick, all its seeds."""
    from playground.figures.strip import Row, strip  # Plotly takes half a second to import

    about = measured()
    st.subheader("Sixteen seeds with each trick, compared with the same seeds without", anchor=False)
    one, two = st.columns(2)
    base = one.segmented_control(
        "Game", list(GAMES), format_func=lambda base: GAMES[base], default="bare", required=True, key=_key(run, "game")
    )
    name = two.segmented_control("Measure", list(MEASURES), default="SW1", required=True, key=_key(run, "measure"))
    measure, title, ends = MEASURES[name]
    ratios = measure == "sw1"
    rows = []
    for trick in TRICKS.values():
        found = trick.effect(base, measure)
        values = found.ratios if ratios else found.differences
        rows.append(Row(trick.name, values, found.says != "luck", about["seeds"]))
    alt = " ".join(f"{row.name}: median {row.median:.3f}{'' if row.clear else ', no more than luck'}." for row in rows)
    figure = strip(rows, title, dark=st.context.theme.type == "dark", ends=ends, ratios=ratios)
    st.plotly_chart(figure, key=_key(run, "strip"), theme=None, alt=alt, config=STILL)
    low, _, high = about["floor"]
    when = ", ".join(str(step) for step in about["measured at"])
    st.caption(
        "A dot is a seed, the bar their median. Diamonds: more than luck, by an exact sign test with"
        f" p < {SURE:g}; luck alone makes diamonds of one row in 240. Both games are the ring of eight after"
        f" {about['steps']} steps, the mean of the measurements at steps {when}. A perfect generator gets SW1 {low:.3f}"
        f" to {high:.3f}, 8 modes, and 99 % within 3 sigma. The bare game has no slope penalty, averaging or decay; the"
        " healthy one is what is recommended."
    )
