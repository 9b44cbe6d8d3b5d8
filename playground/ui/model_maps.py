"""The tab that draws p(x) of those of the four models that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.core import Axis, Field, Role, Snapshot, View
from playground.four_models import FourModelsTrainer
from playground.four_models.maps import CODES, Maps
from playground.four_models.nats import STEPS
from playground.runtime import Run
from playground.ui.slices import in_slices
from playground.ui.tab import standing

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Maps of p(x)"
KEY = "four-models/maps"
HEIGHT = 340  # pixels


@standing
def model_maps(run: Run) -> None:
    st.markdown(
        "A and B only make points: nobody can ask them how likely a place is. C and D can be asked everywhere. See what"
        " C puts between the modes."
    )
    in_slices(KEY, run, lambda: _begin(run), _show, "Draw the maps")


def _begin(run: Run) -> Maps:
    trainer = run.trainer
    assert isinstance(trainer, FourModelsTrainer)
    return Maps(trainer)


def _show(work: Maps) -> None:
    dark = bool(st.context.theme.type == "dark")
    for column, (title, figure) in zip(st.columns(3), maps(work, dark=dark).items(), strict=True):
        alt = f"{title}, its density in the plane as a heat map."
        column.plotly_chart(figure, key=f"{KEY}/{title}", theme=None, alt=alt, config={"displayModeBar": False})
    if work.share == 1:
        st.markdown(verdict(work))
    codes = f"{CODES:,}".replace(",", "\u202f")
    st.caption(
        f"Of round {work.held.step}. All maps have one scale: the root of the density, from 0 to where the data are"
        f" densest. C: a mean over {codes} codes from the prior. D: by its flow, in {STEPS} steps."
    )


def maps(work: Maps, *, dark: bool) -> dict[str, go.Figure]:
    """By title; all on one scale."""
    from playground.figures import draw  # Plotly takes half a second to import

    data = work.data.reshape(work.cells, work.cells)
    top = float(data.max())
    kinds: dict[str, tuple[Role, np.ndarray]] = {
        "The data": ("theory", data),
        "C: VAE": ("generated", work.density("C")),
        "D: diffusion": ("generated", work.density("D")),
    }
    found = {}
    for title, (role, p) in kinds.items():
        square = (work.low, work.high, work.low, work.high)
        axis = Axis("", work.low, work.high)
        view = View(title, title, "", (Field("root of density", role, "p", square),), x=axis, y=axis, equal=True)
        shown = Snapshot(work.held.step, {}, {"p": np.sqrt(np.clip(p / top, 0, 1))})  # its root: bridges are faint
        found[title] = draw(view, shown, dark=dark).update_layout(height=HEIGHT)
    return found


def verdict(work: Maps) -> str:
    shared = {letter: work.overlap(letter) for letter in "CD"}
    return (
        f"With the data C shares **{shared['C']:.0%}** of its mass and D **{shared['D']:.0%}**; two equal densities"
        f" share all of it. In the picture lie {work.mass('C'):.1%} of C and {work.mass('D'):.1%} of D, as far as its"
        " cells can tell."
    )
