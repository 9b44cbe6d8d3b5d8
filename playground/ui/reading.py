"""What stands below the stage: the lesson, the code that runs, and the figures to look at closely."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from playground.core import Lab
from playground.export import script
from playground.runtime import Run
from playground.ui.challenges import challenges
from playground.ui.tab import Extra, is_standing

INSPECT, CHALLENGES = "Inspect", "Challenges"


def inspecting(lab: Lab, extras: Mapping[str, Extra]) -> bool:
    """Whether the open tab shows where the run stands."""
    title = st.session_state.get(_key(lab)) or ""
    return title in (INSPECT, CHALLENGES) or is_standing(extras.get(title))


def _key(lab: Lab) -> str:
    return f"{lab.slug}/tab"


def tabs(lab: Lab, run: Run, extras: Mapping[str, Extra]) -> None:
    """Only the open one is computed: drawing figures takes longer than everything else on the page."""
    contents: dict[str, Callable[[], None]] = {
        "Lesson": lambda: _lesson(lab),
        "Code that runs": lambda: _code(lab, run),
        INSPECT: lambda: _inspect(lab, run),
    }
    if lab.challenges:
        contents[CHALLENGES] = lambda: challenges(lab, run)
    contents |= {title: partial(extra, run) for title, extra in extras.items()}
    for tab, content in zip(st.tabs(list(contents), key=_key(lab), on_change="rerun"), contents.values(), strict=True):
        if tab.open:
            with tab:
                content()


def _lesson(lab: Lab) -> None:
    with st.container(width=760):
        st.markdown(lab.lesson)


def _code(lab: Lab, run: Run) -> None:
    st.caption("The very functions that train this run, read from the program itself. They follow your settings.")
    st.download_button(
        "Download a script that repeats this run",
        lambda: script(lab, run.config, run.step, run.legs),
        f"{lab.slug}.py",
        "text/x-python",
        icon=":material/download:",
        on_click="ignore",
    )
    for function in lab.code(run.config):
        st.code(source(function), language="python")


def source(function: Any) -> str:
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def _inspect(lab: Lab, run: Run) -> None:
    if run.state == "running":
        st.info("Pause the run to inspect it: the same views, to zoom, hover and download.", icon=":material/pause:")
        return
    from playground.figures import draw  # Plotly takes half a second to import, and only this tab needs it
    from playground.figures.table import csv

    story = run.story()
    dark = st.context.theme.type == "dark"
    columns = st.columns(2)
    for index, view in enumerate(lab.seen(run.config)):
        figure = draw(view, story, dark=dark)
        columns[index % 2].plotly_chart(figure, key=f"{lab.slug}/figure/{view.name}", theme=None, alt=view.caption)
    st.download_button(
        "Download the numbers (CSV)",
        lambda: csv(story),
        f"{lab.slug}-step-{run.step}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
