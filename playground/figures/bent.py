"""Two maps at work: the line stretched and shifted, and the plane's grid bent."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from playground.core import Role
from playground.figures.moving import player, slider
from playground.figures.palette import DARK, LIGHT, Theme
from playground.figures.template import template

PLAYED = 70  # milliseconds a frame


def bent(lines: Mapping[str, np.ndarray], points: Mapping[str, np.ndarray], half: float, *, dark: bool) -> go.Figure:
    """A grid and points of the plane on their way through a map, to play and to slide.

    lines: name of a moment -> (k, nodes, 2), points: -> (n, 2), at the same moments; the view is [-half, half]^2.
    """
    theme = DARK if dark else LIGHT
    moments = {name: [_grid(lines[name], theme), _cloud(points[name], theme)] for name in lines}
    first = next(iter(moments))
    figure = go.Figure(moments[first], frames=[go.Frame(name=name, data=data) for name, data in moments.items()])
    figure.update_layout(
        template=template(theme),
        height=620,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        sliders=[slider(list(moments), "t = ", theme) | {"y": 0, "yanchor": "top", "pad": {"t": 74, "b": 8}}],
        updatemenus=[player(PLAYED, theme) | {"x": 0.0, "xanchor": "left", "y": 0, "yanchor": "top", "pad": {"t": 26}}],
    )
    figure.update_xaxes(range=[-half, half], constrain="domain", fixedrange=True)
    figure.update_yaxes(range=[-half, half], scaleanchor="x", constrain="domain", fixedrange=True)
    return figure


def _grid(lines: np.ndarray, theme: Theme) -> go.Scatter:
    """All lines as one, with a gap after each."""
    gaps = np.full((len(lines), 1, 2), np.nan)
    at = np.concatenate((lines, gaps), axis=1).reshape(-1, 2).astype(np.float32)
    return go.Scatter(
        x=at[:, 0], y=at[:, 1], mode="lines", line={"color": theme.muted, "width": 1}, opacity=0.55, hoverinfo="skip"
    )


def _cloud(points: np.ndarray, theme: Theme) -> go.Scatter:
    at = points.astype(np.float32)
    outline = {"color": theme.paper, "width": 0.8}
    marker = {"color": theme.roles["generated"], "symbol": "diamond", "size": 7, "line": outline}
    return go.Scatter(x=at[:, 0], y=at[:, 1], mode="markers", marker=marker, hoverinfo="skip")


def stretched(
    z: tuple[np.ndarray, np.ndarray],
    x: tuple[np.ndarray, np.ndarray],
    cuts: tuple[np.ndarray, np.ndarray],
    *,
    dark: bool,
) -> go.Figure:
    """A density before and after a map of the line, cut into strips of equal mass that correspond.

    z, x: (where, density) before and after, point by point; cuts: where the strips meet, before and after.
    """
    theme = DARK if dark else LIGHT
    figure = make_subplots(3, 1, shared_xaxes=True, vertical_spacing=0, row_heights=[0.4, 0.2, 0.4])
    _strips(figure, 1, *z, cuts[0], "noise", theme)
    _strips(figure, 3, *x, cuts[1], "generated", theme)
    joins = np.stack((*cuts, np.full(len(cuts[0]), np.nan)), 1).ravel()
    levels = np.tile([1.0, 0.0, np.nan], len(cuts[0]))
    figure.add_scatter(
        x=joins, y=levels, mode="lines", line={"color": theme.muted, "width": 1}, hoverinfo="skip", row=2, col=1
    )
    reach = 1.02 * max(np.abs(z[0]).max(), np.abs(x[0]).max())
    figure.update_layout(
        template=template(theme), height=430, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False
    )
    figure.update_xaxes(range=[-reach, reach], fixedrange=True, showgrid=False, matches="x", showline=False)
    figure.update_xaxes(showline=True, showticklabels=True, row=3, col=1)
    high = 1.08 * max(z[1].max(), x[1].max())  # one scale for both: the same area is the same mass
    figure.update_yaxes(fixedrange=True)
    figure.update_yaxes(range=[0, high], title="density of z", row=1, col=1)
    figure.update_yaxes(range=[0, 1], visible=False, row=2, col=1)
    figure.update_yaxes(range=[0, high], title="density of x", row=3, col=1)
    return figure


def _strips(
    figure: go.Figure, row: int, at: np.ndarray, p: np.ndarray, cuts: np.ndarray, role: Role, theme: Theme
) -> None:
    """The area under a density, every other strip darker, and the density itself."""
    edges = np.concatenate(([at.min()], np.sort(cuts), [at.max()]))
    for index, (low, high) in enumerate(pairwise(edges)):
        x = np.concatenate(([low], at[(at > low) & (at < high)], [high]))
        figure.add_scatter(
            x=x,
            y=np.interp(x, at, p),
            mode="lines",
            line={"width": 0},
            fill="tozeroy",
            fillcolor=theme.pale(role, 0.14 if index % 2 else 0.38),
            hoverinfo="skip",
            row=row,
            col=1,
        )
    colour = theme.roles[role]
    figure.add_scatter(
        x=at,
        y=p,
        mode="lines",
        line={"color": colour, "width": 2.5},
        hovertemplate="%{y:.3f} at %{x:.2f}<extra></extra>",
        row=row,
        col=1,
    )
