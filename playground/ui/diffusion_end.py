"""The tab on the end of the chain: what it costs if something of the data is left where sampling begins."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Curve, Points, Rule, Snapshot, View
from playground.data.line import NormalMixture
from playground.diffusion.end_of_chain import STEPS, TOSSES, Chain, at_the_end, chain, limits, shares
from playground.diffusion.ground import OnLine
from playground.diffusion.held import Held, without_network
from playground.diffusion.schedule import NOISE
from playground.diffusion.start import Gap, start_gap
from playground.runtime import Run

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "The end of the chain"
KEY = "diffusion/end"
HEIGHT = 340  # pixels
PLAIN = {"displayModeBar": False}
UNSEEN = 0.005  # of the mass at T: what lies elsewhere and does not matter
FLOW, DRAWN = "none drawn", "noise drawn"


def the_end(run: Run) -> None:
    """Nothing here depends on the network: all of it is true of the best denoiser there is."""
    trainer: Any = run.trainer
    still = without_network(trainer)
    st.markdown(
        "Sampling begins at pure noise, as if nothing of the data were left at T. If something is, every sampler begins"
        " at the wrong place, and even the exact denoiser leads it to a wrong end."
    )
    dark = bool(st.context.theme.type == "dark")
    missed = start_gap(still.exact.target, still.schedule)
    if isinstance(still.ground, OnLine) and still.ground.p is not None:
        left, right = st.columns(2)
        made = _chain(trainer, still)
        words = (
            "The share of heads that the exact denoiser makes, against what is left of the data at T. Your settings:"
            f" {made.heads:.1%} with {still.schedule.left:.1%} left; true is {still.ground.p:.0%}."
        )
        left.plotly_chart(heads(still, made, dark=dark), key=f"{KEY}/heads", theme=None, alt=words, config=PLAIN)
        with right:
            _law(still, dark=dark)
        st.markdown(coin_verdict(still, made))
    else:
        with st.container(width=620):
            _law(still, dark=dark)
    st.markdown(verdict(still, missed))
    _why(still)


def _law(still: Held, *, dark: bool) -> None:
    words = f"Two densities: that of the noised data at T = {still.schedule.T}, dashed, and that of N(0, 1)."
    st.plotly_chart(law(still, dark=dark), key=f"{KEY}/law", theme=None, alt=words, config=PLAIN)


def _chain(trainer: Any, still: Held) -> Chain:
    """Run again only when a knob has changed."""
    c = still.config
    key = (weakref.ref(trainer), c.sampler, c.steps, c.spacing, c.eta)
    kept: Any = st.session_state.get(f"{KEY}/chain", (None, None))
    if kept[0] != key:
        kept = key, chain(still)
        st.session_state[f"{KEY}/chain"] = kept
    made: Chain = kept[1]
    return made


def heads(still: Held, made: Chain, *, dark: bool) -> go.Figure:
    """The curves over the schedules, and the chain that has been run as a point."""
    from playground.figures import draw  # Plotly takes half a second to import

    assert isinstance(still.ground, OnLine) and isinstance(still.ground.target, NormalMixture)
    found = shares(still.ground.target)
    arrays = {
        "left": found.left,
        "flow": found.flow,
        "drawn": found.drawn,
        "made": np.array([[still.schedule.left, made.heads]]),
    }
    view = View(
        "heads",
        "Share of heads",
        "",
        (
            Rule("true", "real", still.ground.p or 0.0),
            Curve(FLOW, "theory", "left", "flow"),
            Curve(DRAWN, "theory", "left", "drawn", dashed=True),
            Points("the exact chain", "generated", "made"),
        ),
        x=Axis("alpha-bar at T", 0, 1),
        y=Axis(""),
        column="world",
    )
    figure = draw(view, Snapshot(still.step, {}, arrays), dark=dark)
    figure.update_traces(marker={"size": 11}, selector={"name": "the exact chain"})
    return figure.update_layout(height=HEIGHT)


def law(still: Held, *, dark: bool) -> go.Figure:
    """Where the path ends, and where sampling begins."""
    from playground.figures import draw  # Plotly takes half a second to import

    x, q, n = at_the_end(still)
    view = View(
        "law",
        f"At T = {still.schedule.T}",
        "",
        (
            Curve("sampling begins here", "generated", "x", "n"),
            Curve("the path ends here", "theory", "x", "q", dashed=True),
        ),
        x=Axis("x at T"),
        y=Axis("density", 0),
        column="world",
        switches=True,
    )
    return draw(view, Snapshot(still.step, {}, {"x": x, "q": q, "n": n}), dark=dark).update_layout(height=HEIGHT)


def coin_verdict(still: Held, made: Chain) -> str:
    assert isinstance(still.ground, OnLine) and isinstance(still.ground.target, NormalMixture)
    p, (low, high) = still.ground.p or 0.0, limits(still)
    due = f"{low:.1%}" if low == high else f"something from {low:.1%} to {high:.1%}"
    return (
        f"With {still.schedule.left:.1%} of the data left, the exact chain makes heads in **{made.heads:.1%} ±"
        f" {made.error:.1%}** of {TOSSES} tosses with your sampler and steps; in very many steps it would be"
        f" {due}. True is **{p:.0%}**."
    )


def verdict(still: Held, missed: Gap) -> str:
    """How far the law at T is from pure noise, and what that allows."""
    if missed.tv < UNSEEN:
        return (
            f"With {still.schedule.left:.2%} of the data left, less than {UNSEEN:.1%} of the mass at T lies elsewhere"
            f" than in N(0, I), and KL is {max(missed.kl, 0.0):.4f} nats: **nothing is lost at this end**."
        )
    cure = "" if still.schedule.left < NOISE else " Raise the last beta or T, or choose another schedule."
    return (
        f"KL(law at T, N(0, I)) is **{missed.kl:.3f} nats**, and {missed.tv:.1%} of the mass lies elsewhere. So even"
        " with the exact denoiser and very many steps the share of anything among what is made can be off by as much,"
        f" though by no more.{cure}"
    )


def _why(still: Held) -> None:
    """The formula with its numbers."""
    if isinstance(still.ground, OnLine) and still.ground.p is not None:
        st.latex(
            r"\begin{aligned}q(x_T)&=(1-p)\,\mathcal N(-m,\,s^2)+p\,\mathcal N(m,\,s^2)\\"
            r"m&=\sqrt{\bar\alpha_T},\quad s^2=1-0.99\,\bar\alpha_T\end{aligned}"
        )
        lean = (2 * still.ground.p - 1) * float(still.schedule.a[-1])
        side = "tails" if lean < 0 else "heads"
        st.caption(
            f"Its mean is {lean:+.3f}: the noised coin still leans to {side}, and pure noise does not. Both curves are"
            " what the exact denoiser makes in very many steps, one without noise on the way and one with all that DDPM"
            " draws; DDIM with an eta between 0 and 1 comes to lie between them. They are of linear schedules of"
            f" {STEPS} steps with a last beta of 0.001 to 0.4, and depend on alpha-bar at T only."
        )
        return
    st.caption(
        "Whatever is done to two laws alike, they come no further apart, but need not come closer. Computed from the"
        " exact density at T by a sum over a grid. Of points in the plane the picture shows the first coordinate."
    )
