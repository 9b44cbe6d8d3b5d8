"""The tab on what quality costs: how far each sampler comes with how many calls of the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Band, Curve, Points, Snapshot, View
from playground.core.words import plain
from playground.diffusion.held import held
from playground.diffusion.points_knobs import PointsConfig
from playground.diffusion.quality import BUDGETS, EXACT, NETWORK, Cost, Quality
from playground.diffusion.samplers import SAMPLERS
from playground.diffusion.start import MATTERS, start_gap
from playground.runtime import Run
from playground.ui.slices import in_slices
from playground.ui.tab import standing

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Steps and quality"
KEY = "diffusion/cost"
AIR = 1.25  # above and below what is drawn, as a factor
HEIGHT = 240  # pixels
COLUMNS = 3


@standing
def steps_and_quality(run: Run) -> None:
    st.markdown(
        "Sampling asks the network over and over; that is its price. Here is what each sampler makes of a number of"
        " calls. The network is held still while it is measured, and the run may go on."
    )
    trainer: Any = run.trainer
    in_slices(KEY, run, lambda: Quality(held(trainer)), partial(_show, run))


def _show(run: Run, work: Quality) -> None:
    here = _here(run.asked, work) if work.share == 1 else None
    dark = bool(st.context.theme.type == "dark")
    drawing = [partial(_panel, work, sampler, here, dark=dark) for sampler in SAMPLERS]
    _in_rows([*drawing, partial(_legend, work, here)])
    if work.share == 1:
        st.markdown(verdict(work))
    st.caption(
        f"Measured on the network of step {work.held.step} with {len(work.held.start)} points; times spaced"
        f" {work.held.config.spacing}, DDIM with eta 0, Heun with half as many steps, for it asks twice. All begin at"
        " the same noise, so their luck is mostly the same, too: what differs between two curves is the sampler."
    )


def _in_rows(drawing: Sequence[Callable[[], None]]) -> None:
    for first in range(0, len(drawing), COLUMNS):
        for column, draw in zip(st.columns(COLUMNS), drawing[first : first + COLUMNS], strict=False):
            with column:
                draw()


def _here(config: PointsConfig, work: Quality) -> Cost:
    """Where the knobs stand; found out again only when they have been turned."""
    knobs = (config.sampler, config.steps, config.spacing, config.eta, config.denoiser)
    kept: Any = st.session_state.get(f"{KEY}/here", (None, None, None))
    if kept[0] is not work or kept[1] != knobs:
        with st.spinner("Where your knobs stand"):
            kept = work, knobs, work.of(config)
        st.session_state[f"{KEY}/here"] = kept
    cost: Cost = kept[2]
    return cost


def _panel(work: Quality, sampler: str, here: Cost | None, *, dark: bool) -> None:
    figure = panel(work, sampler, here if here and here.sampler == sampler else None, dark=dark)
    words = (
        f"{plain(sampler)}: distance to the real distribution against calls of the network, both axes logarithmic."
        f" {into(work, sampler)}"
    )
    st.plotly_chart(figure, key=f"{KEY}/{sampler}", theme=None, alt=words, config={"displayModeBar": False})


def into(work: Quality, sampler: str) -> str:
    """The number that a panel shows, for those who do not see it."""
    first = {asked: work.enough(asked).get(sampler) for asked in (NETWORK, EXACT)}
    words = [f"the {asked} {f'with {n} calls' if n else 'not yet'}" for asked, n in first.items()]
    return f"Into the band of a perfect generator, up to {work.band[1]:.3f}, come {' and '.join(words)}."


def panel(work: Quality, sampler: str, here: Cost | None, *, dark: bool) -> go.Figure:
    """One sampler: its curves of network and exact denoiser, the others' in pale, and the band."""
    from playground.figures import draw  # Plotly takes half a second to import

    low, high = work.band
    offs = [low, high, *(cost.off for cost in work.found), *([here.off] if here else [])]
    others = [_points(work, NETWORK, other) for other in SAMPLERS if other != sampler]
    arrays = {
        "others": np.concatenate([np.concatenate((points, [[1, np.nan]])) for points in others]),
        NETWORK: _points(work, NETWORK, sampler),
        EXACT: _points(work, EXACT, sampler),
        "here": np.array([[here.calls, here.off]]) if here else np.zeros((0, 2)),
    }
    parts = {f"{name} {letter}": at[:, i] for name, at in arrays.items() for i, letter in enumerate("xy")}
    unit = "SW1" if work.name == "sw1" else "W1 / sd"
    view = View(
        sampler,
        plain(sampler),
        "",
        (
            Band("a perfect generator", "noise", "low", "high"),
            Curve("other samplers", "generated", "others x", "others y", thin=True),
            Curve("exact denoiser", "theory", "exact x", "exact y", dashed=True),
            Curve("network", "generated", "network x", "network y"),
            Points("network", "generated", NETWORK),
            Points("your knobs", "generated", "here", hollow=True),
        ),
        x=Axis("calls", 0.9, 1.1 * BUDGETS[-1], log=True),
        y=Axis(unit, min(offs) / AIR, max(offs) * AIR, log=True),
        switches=True,  # the words stand beside the panels
    )
    figure = draw(view, Snapshot(work.held.step, {"low": low, "high": high}, arrays | parts), dark=dark)
    figure.update_traces(opacity=0.3, selector={"name": "other samplers"})
    figure.update_traces(marker={"size": 14}, selector={"name": "your knobs"})
    return figure.update_layout(showlegend=False, height=HEIGHT, margin={"b": 42})


def _points(work: Quality, asked: str, sampler: str) -> np.ndarray:
    return np.array([[cost.calls, cost.off] for cost in work.curve(asked, sampler)], float).reshape(-1, 2)


def _legend(work: Quality, here: Cost | None) -> None:
    """What the panels show, in words: five legends would say the same five times."""
    unit = "sliced W1" if work.name == "sw1" else "W1 in standard deviations"
    own = f" The outline: your knobs, {here.off:.3f} with {here.calls} calls." if here else ""
    low, high = work.band
    st.markdown(
        f"Down is better: {unit} to the real distribution. **Orange:** the network, pale the other samplers."
        f" **Dashed:** the exact denoiser in its place. **Band:** where nine of ten samples of perfect points fall,"
        f" {low:.3f} to {high:.3f}.{own}"
    )


def verdict(work: Quality) -> str:
    """Who needs the fewest calls; said only of what has been measured."""
    network, exact, high = work.enough(NETWORK), work.enough(EXACT), work.band[1]
    if network:
        calls = min(network.values())
        first = " and ".join(plain(s) for s, n in network.items() if n == calls)
        rest = [f"{plain(s)} ({n})" for s, n in network.items() if n > calls]
        then = f"; then {', '.join(rest)}" if rest else ""
        never = [plain(s) for s in SAMPLERS if s not in network]
        out = f" Not with up to {work.most} calls: {', '.join(never)}." if never else ""
        return f"**Into the band with the fewest calls, {calls}: {first}**{then}.{out}"
    best = min((cost for cost in work.found if cost.asked == NETWORK), key=lambda cost: cost.off)
    words = (
        f"**No sampler brings this network into the band.** The best is {best.off:.3f}, by {plain(best.sampler)} with"
        f" {best.calls} calls; the band ends at {high:.3f}."
    )
    if exact:
        sampler, calls = next(iter(exact.items()))
        return (
            f"{words} The exact denoiser is there after {calls} calls by {plain(sampler)}: it is the network's fault."
        )
    early = start_gap(work.held.exact.target, work.held.schedule).tv > MATTERS
    why = " The chain does not end in noise." if early else ""
    return f"{words} Nor does any bring the exact denoiser there: it is not the network's fault alone.{why}"
