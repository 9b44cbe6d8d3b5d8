"""The tab that sends the same noise through four samplers: what comes out, and what each question buys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Band, Curve, Points, Snapshot, View
from playground.core.words import plain
from playground.diffusion.digits.survey import SAMPLERS, STEPS, Found, Survey, by_sampler, held
from playground.runtime import Run
from playground.ui.slices import in_slices
from playground.ui.tab import standing
from playground.ui.vae_tabs import row

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Samplers"
KEY = "diffusion-digits/samplers"
AIR = 1.15  # above and below what is drawn, as a factor
HEIGHT = 250  # pixels
NEAR = 1.2  # times the best FD of all: as good, but for luck


@standing
def samplers(run: Run) -> None:
    st.markdown(
        "The same noise, four samplers, more and more steps. How many questions does the network have to answer until"
        " the digits are as good as they get? With guidance each question is asked twice, once without the label."
    )
    trainer: Any = run.trainer
    in_slices(KEY, run, lambda: Survey(held(trainer), by_sampler()), _show)


def _show(work: Survey) -> None:
    dark = bool(st.context.theme.type == "dark")
    columns = st.columns(len(SAMPLERS))
    for sampler, column in zip(SAMPLERS, columns, strict=True):
        figure = panel(work, sampler, dark=dark)
        words = f"{plain(sampler)}: Frechet distance against questions to the network, both axes logarithmic."
        column.plotly_chart(figure, key=f"{KEY}/{sampler}", theme=None, alt=words, config={"displayModeBar": False})
    if work.share == 1:
        st.markdown(verdict(work))
    measured = [steps for steps in STEPS if any(found.config.steps == steps for found in work.found)]
    if measured:
        steps = st.segmented_control("Steps", measured, default=measured[0], key=f"{KEY}/steps", required=True)
        for found in work.found:
            if found.config.steps == steps:
                st.image(row(found.digits), caption=_caption(found))
    st.caption(
        f"1000 digits in each point, guidance {work.held.config.guidance:g}, times spaced {work.held.config.spacing};"
        " DDIM draws no noise of its own. Heun asks twice a step. The band is what as many real digits get."
    )


def _caption(found: Found) -> str:
    fd = found.numbers["fd"]
    said = f"FD {fd:.1f}" if math.isfinite(fd) else "not made of finite numbers"
    return f"{plain(found.config.sampler)}: {found.questions} questions, {said}"


def curve(work: Survey, sampler: str) -> np.ndarray:
    """(questions, FD) of what is known, (n, 2)."""
    known = [(f.questions, f.numbers["fd"]) for f in work.known if f.config.sampler == sampler]
    return np.array(known, float).reshape(-1, 2)


def panel(work: Survey, sampler: str, *, dark: bool) -> go.Figure:
    """One sampler, the others in pale, and the band."""
    from playground.figures import draw  # Plotly takes half a second to import

    low, high = work.band
    lifted = [np.concatenate((curve(work, other), [[1, np.nan]])) for other in SAMPLERS if other != sampler]
    others, own = np.concatenate(lifted), curve(work, sampler)
    most = max(cell.questions for cell in work.cells)
    least = min(cell.questions for cell in work.cells)
    top = max([high, *(found.numbers["fd"] for found in work.known)])
    arrays = {"own": own, "own x": own[:, 0], "own y": own[:, 1], "others x": others[:, 0], "others y": others[:, 1]}
    view = View(
        sampler,
        plain(sampler),
        "",
        (
            Band("as many real digits", "noise", "low", "high"),
            Curve("other samplers", "generated", "others x", "others y", thin=True),
            Curve("FD", "generated", "own x", "own y"),
            Points("FD", "generated", "own"),
        ),
        x=Axis("questions", least / AIR, most * AIR, log=True),
        y=Axis("FD", low / AIR, top * AIR, log=True),
        switches=True,  # the words stand below the panels
    )
    figure = draw(view, Snapshot(work.held.step, {"low": low, "high": high}, arrays), dark=dark)
    figure.update_traces(opacity=0.3, selector={"name": "other samplers"})
    return figure.update_layout(showlegend=False, height=HEIGHT, margin={"b": 42})


def verdict(work: Survey) -> str:
    """Who comes near the best with the fewest questions; said only of what has been measured."""
    if not work.known:
        return "Some of the digits are not made of finite numbers: there is nothing to compare."
    best = min(work.known, key=lambda found: found.numbers["fd"])
    there = [found for found in work.known if found.numbers["fd"] <= NEAR * best.numbers["fd"]]
    fewest = {found.config.sampler: found.questions for found in sorted(there, key=lambda f: -f.questions)}
    named = ", ".join(f"**{plain(name)}** ({n})" for name, n in sorted(fewest.items(), key=lambda pair: pair[1]))
    never = dict.fromkeys(plain(f.config.sampler) for f in work.found if f.config.sampler not in fewest)
    most = max(found.config.steps for found in work.found)
    out = f" Not in up to {most} steps: {', '.join(never)}." if never else ""
    return (
        f"The best FD is **{best.numbers['fd']:.1f}**, by {plain(best.config.sampler)} with {best.questions} questions."
        f" Within {NEAR - 1:.0%} of it come, with the fewest questions: {named}.{out}"
    )
