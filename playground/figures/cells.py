"""Few numbers as shaded squares: a small image, a kernel, a matrix, a table of chances."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType
from plotly.subplots import make_subplots

from playground.figures.palette import DARK, LIGHT, Theme
from playground.figures.template import template

MIDDLE, MIDDLE_SIGNED = 0.5, 0.35  # of the way from paper to ink: beyond it, paper is the easier to read
MARGIN = {"l": 4, "r": 4, "t": 4, "b": 4}


def cells(
    values: np.ndarray, *, dark: bool, numbers: str = "", height: int = 280, most: float | None = None
) -> go.Figure:
    """values: (rows, columns), row 0 on top; numbers: how each is written into its square, "" for not at all.

    Shades go from 0 to `most`, by default to the largest; where some are negative, 0 lies halfway.
    """
    theme = DARK if dark else LIGHT
    figure = go.Figure(_squares(values, theme, numbers, most))
    figure.update_layout(template=template(theme), height=height, margin=MARGIN, showlegend=False)
    _square_axes(figure)
    return figure


def _squares(values: np.ndarray, theme: Theme, numbers: str, most: float | None) -> list[BaseTraceType]:
    """The shades, and upon them the numbers."""
    signed = bool(values.min() < 0)
    most = most or float(np.abs(values).max()) or 1.0
    paper, ink = theme.digits
    scale = [[0.0, paper], [0.5, theme.muted], [1.0, ink]] if signed else [[0.0, paper], [1.0, ink]]
    shades = go.Heatmap(
        z=values,
        zmin=-most if signed else 0,
        zmax=most,
        colorscale=scale,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="row %{y}, column %{x}: %{z:.3g}<extra></extra>",
        x0=1,
        y0=1,
    )
    if not numbers:
        return [shades]
    share = (values / most + 1) / 2 if signed else values / most
    dim = share > (MIDDLE_SIGNED if signed else MIDDLE)
    rows, columns = np.indices(values.shape) + 1
    words = go.Scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        mode="text",
        text=[format(value, numbers).replace("-", "−") for value in values.ravel()],
        textfont={"color": np.where(dim, paper, ink).ravel().tolist(), "size": 13},
        hoverinfo="skip",
    )
    return [shades, words]


def _square_axes(figure: go.Figure, **where: int) -> None:
    figure.update_xaxes(visible=False, fixedrange=True, constrain="domain", **where)
    y = {"visible": False, "fixedrange": True, "autorange": "reversed", "constrain": "domain"}
    figure.update_yaxes(scaleanchor="x", **y, **where)


def learning(
    table: np.ndarray, ways: np.ndarray, floor: float, at: int, most: float, *, dark: bool, height: int = 190
) -> go.Figure:
    """A table of chances as it is at step `at`, beside its distance at every step, on a scale from 0 to `most`.

    floor: a distance to compare with, dashed.
    """
    theme = DARK if dark else LIGHT
    figure = make_subplots(1, 2, column_widths=[0.36, 0.64], horizontal_spacing=0.16)
    for trace in _squares(table, theme, ".3f", most=1.0):
        figure.add_trace(trace, row=1, col=1)
    generated, theory = theme.roles["generated"], theme.roles["theory"]
    steps = np.arange(len(ways))
    line = {"color": generated, "width": 2.5}
    hover = "%{y:.3f} at step %{x}<extra></extra>"
    figure.add_scatter(x=steps, y=ways, mode="lines", line=line, hovertemplate=hover, row=1, col=2)
    outline = {"color": theme.paper, "width": 1}
    mark = {"color": generated, "symbol": "diamond", "size": 11, "line": outline}
    figure.add_scatter(x=[at], y=[ways[at]], mode="markers", marker=mark, hovertemplate=hover, row=1, col=2)
    figure.add_hline(floor, line={"color": theory, "width": 1.5, "dash": "dash"}, row=1, col=2)
    figure.update_layout(template=template(theme), height=height, margin=MARGIN, showlegend=False)
    _square_axes(figure, row=1, col=1)
    figure.update_xaxes(title="step", range=[-8, len(ways) + 8], fixedrange=True, row=1, col=2)
    figure.update_yaxes(title="KL(p ‖ q), nats", range=[-0.04 * most, most], fixedrange=True, row=1, col=2)
    return figure
