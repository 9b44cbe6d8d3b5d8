"""The tab that asks a diffusion for p(x): it has one, by the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Curve, Field, Role, Snapshot, View
from playground.diffusion.held import held
from playground.diffusion.learned_density import HELD_OUT, LONGEST, LearnedDensity
from playground.diffusion.likelihood import FEWEST
from playground.runtime import Run
from playground.ui.slices import in_slices
from playground.ui.tab import standing

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "p(x)"
KEY = "diffusion/density"
HEIGHT = 380  # pixels
PLAIN = {"displayModeBar": False}
MODEL, DATA = "The model's density", "The density of the data"


@standing
def density(run: Run) -> None:
    st.markdown(
        "A GAN cannot say how likely a given x is, a VAE only bounds it. A diffusion can: without noise on the way its"
        " sampling is a flow, and along a flow a density can be followed from x to the noise, whose density is known."
    )
    st.latex(r"\log p(x_0)=\log\mathcal N(x_C)+\int_0^C\operatorname{div}v\,dc")
    st.caption(
        "$v$ is how fast $x$ flows as the clock $c$ of the path runs to its end $C$; $x_C$ is the noise it ends as."
    )
    if run.config.T < FEWEST:
        st.info(
            f"With T = {run.config.T} the integral would be a sum over {run.config.T} times, and nothing would tell how"
            f" far it is off. It is computed from T = {FEWEST} on.",
            icon=":material/info:",
        )
        return
    trainer: Any = run.trainer
    in_slices(KEY, run, lambda: LearnedDensity(held(trainer)), _show)


def _show(work: LearnedDensity) -> None:
    dark = bool(st.context.theme.type == "dark")
    if work.held.ground.dim == 1:
        words = f"Two curves over x: the density of the model, and dashed that of the data. {numbers(work)}"
        st.plotly_chart(curves(work, dark=dark), key=f"{KEY}/curves", theme=None, alt=words, config=PLAIN)
    else:
        for column, figure, words in zip(st.columns(2), maps(work, dark=dark), (MODEL, DATA), strict=True):
            alt = f"{words} in the plane, as a heat map. {numbers(work)}"
            column.plotly_chart(figure, key=f"{KEY}/{words}", theme=None, alt=alt, config=PLAIN)
    if work.measured:
        st.markdown(verdict(work))
    _how(work)


def curves(work: LearnedDensity, *, dark: bool) -> go.Figure:
    from playground.figures import draw  # Plotly takes half a second to import

    arrays = {"x": work.grid[:, 0], "model": work.density, "data": work.exact}
    view = View(
        "density",
        "p(x)",
        "",
        (
            Curve("model", "generated", "x", "model"),
            Curve("data", "theory", "x", "data", dashed=True),
        ),
        x=Axis("x", work.low, work.high),
        y=Axis("density", 0),
        column="world",
        switches=True,
    )
    return draw(view, Snapshot(work.held.step, {}, arrays), dark=dark).update_layout(height=HEIGHT)


def maps(work: LearnedDensity, *, dark: bool) -> tuple[go.Figure, go.Figure]:
    """The model's and the data's, on one scale: from 0 to where the data's is highest."""
    from playground.figures import draw  # Plotly takes half a second to import

    top = float(work.exact.max())
    figures = []
    pairs: tuple[tuple[str, Role, np.ndarray], ...] = (
        (MODEL, "generated", work.density),
        (DATA, "theory", work.exact),
    )
    for title, role, p in pairs:
        square = (work.low, work.high, work.low, work.high)
        share = np.clip(p / top, 0, 1).reshape(work.cells, work.cells)
        layers = (Field(f"density / {top:.3g}", role, "p", square),)
        view = View(
            title, title, "", layers, x=Axis("", work.low, work.high), y=Axis("", work.low, work.high), equal=True
        )
        figure = draw(view, Snapshot(work.held.step, {}, {"p": share}), dark=dark)
        figures.append(figure.update_layout(height=HEIGHT))
    return figures[0], figures[1]


def numbers(work: LearnedDensity) -> str:
    """What the pictures show, for those who do not see them."""
    known = [f"What has been found of the model's density adds up to {work.mass:.3f}."]
    if work.measured and not work.lost:
        known.append(
            f"Mean log p of held-out points: {work.model.value:.3f} nats, {work.gap.value:.3f} below the data's."
        )
    return " ".join(known)


def verdict(work: LearnedDensity) -> str:
    if work.lost:
        return (
            f"**At {work.lost} of {HELD_OUT} held-out points there is no log p:** on their way from data to noise the"
            " network's answers grow beyond all numbers. It has not learned enough there, or its learning rate is too"
            " high. So no mean can be given."
        )
    model, data, gap = work.model, work.data, work.gap
    mass = f" Over the picture the model's density adds up to **{work.mass:.3f}**." if work.done else ""
    return (
        f"At {HELD_OUT} points that were held out the model's mean log p is **{model.value:.3f} ± {model.error:.3f}"
        f" nats**, the data's own {data.value:.3f} ± {data.error:.3f}. The difference point by point,"
        f" **{gap.value:.3f} ± {gap.error:.3f}**, estimates KL(data, model), which is 0 only where both are the same."
        f"{mass}"
    )


def _how(work: LearnedDensity) -> None:
    whose = "the exact denoiser" if work.held.config.denoiser == "exact" else f"the network of step {work.held.step}"
    short = f", at {LONGEST} of its {work.held.schedule.T} times" if work.path is not work.held.schedule else ""
    size = (
        f" (half as many of them say that it is off by {work.discretised:.4f} nats on average; most of that has been"
        " taken out)"
        if work.measured and not work.lost
        else ""
    )
    scale = " Both maps have one scale, and above its end nothing gets deeper." if work.held.ground.dim == 2 else ""
    st.caption(
        f"Asked is {whose}. Exact: the divergence, and the density of the data. Discretised: the integral, a sum over"
        f" the times{short}{size}, and the piece before the first time, solved as if the data there were normal. A"
        " network's density has kinks that fall between the places where it is computed, so its sum can miss 1 by some"
        f" percent; what lies outside of the picture is missing, too.{scale}"
    )
