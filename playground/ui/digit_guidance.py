"""The tab on guidance: the same noise at nine weights, how far from real the digits are, and what they are read as."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Band, Curve, Points, Rule, Snapshot, View
from playground.core.words import plain
from playground.diffusion.digits.survey import WEIGHTS, Found, Survey, by_guidance, held
from playground.runtime import Run
from playground.ui.slices import in_slices
from playground.ui.tab import standing
from playground.ui.vae_tabs import row

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Guidance"
KEY = "diffusion-digits/guidance"
HEIGHT = 300  # pixels
AIR = 1.15  # above and below what is drawn, as a factor
READ, HEARD = 0.98, 0.5  # shares that are read as asked for: nearly all; and so few that labels are hardly heard
FAR = 2.0  # times the best FD
ALIKE = 0.9  # of the variety of real digits


@standing
def guidance(run: Run) -> None:
    st.markdown(
        "At weight 0 the network does not hear which digit it is asked for; at 1 it says what it has learned; beyond,"
        " the difference is exaggerated. The same noise at each weight: what is gained, and what is lost?"
    )
    trainer: Any = run.trainer
    if trainer.own:
        st.info("Nobody says which digit your images show, so there is nothing to lean on.")
        return
    in_slices(KEY, run, lambda: Survey(held(trainer), by_guidance()), _show)


def _show(work: Survey) -> None:
    dark = bool(st.context.theme.type == "dark")
    left, right = st.columns(2)
    words = "Frechet distance against the weight of guidance."
    left.plotly_chart(distance(work, dark=dark), key=f"{KEY}/fd", theme=None, alt=words)
    words = "Share read as asked for and certainty of the reader against the weight of guidance."
    right.plotly_chart(reading(work, dark=dark), key=f"{KEY}/read", theme=None, alt=words)
    if work.share == 1:
        st.markdown(verdict(work))
    for found in work.found:
        st.image(row(found.digits), caption=caption(found))
    c = work.held.config
    st.caption(
        f"1000 digits at each weight, {plain(c.sampler)} in {c.steps} steps, by the network of step {work.held.step}."
    )


def caption(found: Found) -> str:
    fd, read = found.numbers["fd"], found.numbers["agreement"]
    said = f"FD {fd:.1f}, {read:.1%} read as asked for" if math.isfinite(fd) else "not made of finite numbers"
    return f"Guidance {found.config.guidance:g}: {said}"


def curve(work: Survey, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights, and what was found at each of them."""
    known = [(found.config.guidance, found.numbers[name]) for found in work.known]
    at = np.array(known, float).reshape(-1, 2)
    return at[:, 0], at[:, 1]


def distance(work: Survey, *, dark: bool) -> go.Figure:
    from playground.figures import draw  # Plotly takes half a second to import

    low, high = work.band
    x, y = curve(work, "fd")
    view = View(
        "fd",
        "Frechet distance to real digits",
        "",
        (
            Band("as many real digits", "noise", "low", "high"),
            Curve("FD", "generated", "x", "y"),
            Points("FD", "generated", "at"),
        ),
        x=Axis("guidance", 0, WEIGHTS[-1]),
        y=Axis("FD", low / AIR, max([high, *y]) * AIR, log=True),
        switches=True,
    )
    arrays = {"x": x, "y": y, "at": np.stack((x, y), 1)}
    figure = draw(view, Snapshot(work.held.step, {"low": low, "high": high}, arrays), dark=dark)
    return figure.update_layout(showlegend=False, height=HEIGHT)


def reading(work: Survey, *, dark: bool) -> go.Figure:
    from playground.figures import draw

    x, agreement = curve(work, "agreement")
    _, certainty = curve(work, "certainty")
    scalars = {"real": work.held.judge.certainty}
    view = View(
        "read",
        "What the reader says",
        "",
        (
            Rule("certainty, real", "theory", "real"),
            Curve("as asked for", "generated", "x", "agreement"),
            Curve("certainty", "encoder", "x", "certainty"),
        ),
        x=Axis("guidance", 0, WEIGHTS[-1]),
        y=Axis("", 0, 1),
    )
    arrays = {"x": x, "agreement": agreement, "certainty": certainty}
    return draw(view, Snapshot(work.held.step, scalars, arrays), dark=dark).update_layout(height=HEIGHT)


def verdict(work: Survey) -> str:
    """Where FD is lowest, and what the strongest guidance does."""
    learned = next((found for found in work.known if found.config.guidance == 1), None)
    if learned is None:
        return "Some of the digits are not made of finite numbers: there is nothing to compare."
    best, most = min(work.known, key=lambda found: found.numbers["fd"]), work.known[-1]
    return (
        f"FD is lowest at guidance **{best.config.guidance:g}**: {best.numbers['fd']:.1f}, against"
        f" {learned.numbers['fd']:.1f} at 1. At {most.config.guidance:g}, {most.numbers['agreement']:.1%} are read as"
        f" asked for ({learned.numbers['agreement']:.1%} at 1), and FD is {most.numbers['fd']:.1f}"
        f"{_why(most.numbers, best.numbers['fd'])}"
    )


def _why(most: dict[str, float], best: float) -> str:
    """What the numbers at the strongest guidance mean, if they say it."""
    if most["agreement"] < HEARD:
        return ". The network has hardly learned yet what a label means: train on, and measure again."
    if most["agreement"] >= READ and most["fd"] > FAR * best and most["variety"] < ALIKE:
        return (
            ": each digit is clear, but to the reader those of a kind differ only"
            f" {most['variety']:.0%} as much as real ones do."
        )
    return "."
