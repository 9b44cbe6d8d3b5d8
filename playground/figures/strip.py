"""What many pairs differ by, as rows of dots about no difference: a trick a row, a seed a dot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from playground.core import Role
from playground.figures.palette import DARK, LIGHT, SYMBOLS
from playground.figures.template import template

ROW = 30  # pixels
LANES = (0.0, 0.17, -0.17, 0.3, -0.3)  # of a row, for dots that would lie on one another
NEAR = 0.012  # of the width: dots that are nearer than this take different lanes
EDGE = 1.06  # of the farthest dot
TIMES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
TENS = (0.01, 0.1, 1, 10, 100)
NARROW = 0.7  # powers of ten to each side: within them a phone has room for all numbers, beyond for the tens


@dataclass(frozen=True)
class Row:
    """values: (n,), a difference or a ratio for each seed; clear: whether they are more than luck."""

    name: str
    values: np.ndarray
    clear: bool
    seeds: Sequence[int]

    @property
    def median(self) -> float:
        return float(np.median(self.values))


def strip(rows: Sequence[Row], title: str, *, dark: bool, ends: Mapping[str, str], ratios: bool = False) -> go.Figure:
    """The first row on top. title: of the axis; ends: what it means to lie "left" and "right".

    ratios: values are above 0 and lie about 1 on a logarithmic axis; otherwise they lie about 0. Dots of a row that is
    no more than luck are hollow and grey; a bar marks the median.
    """
    theme = DARK if dark else LIGHT
    places = [np.log10(row.values) if ratios else row.values for row in rows]
    most = EDGE * max((float(np.abs(place).max()) for place in places), default=1.0) or 1.0
    digits = ".2f" if ratios else "+.3g"
    figure = go.Figure()
    for i, (row, place) in enumerate(zip(rows, places, strict=True)):
        role: Role = "generated" if row.clear else "noise"
        colour = theme.roles[role]
        symbol = SYMBOLS[role] + ("" if row.clear else "-open")
        figure.add_scatter(
            x=row.values,
            y=i + lanes(place, 2 * most * NEAR),
            mode="markers",
            marker={"symbol": symbol, "size": 7, "color": colour, "line": {"width": 1, "color": colour}},
            customdata=list(row.seeds),
            hovertemplate=f"{row.name}, seed %{{customdata}}: %{{x:{digits}}}<extra></extra>",
        )
        figure.add_scatter(
            x=[row.median, row.median],
            y=[i - 0.38, i + 0.38],
            mode="lines",
            line={"color": theme.ink, "width": 2.5},
            hovertemplate=f"{row.name}, median: %{{x:{digits}}}<extra></extra>",
        )
    figure.add_vline(
        1 if ratios else 0, line={"color": theme.roles["theory"], "width": 1.5, "dash": "dash"}, layer="below"
    )
    for side, anchor in (("left", "right"), ("right", "left")):
        shift = -8 if side == "left" else 8
        where = {"x": 0, "y": 1, "yref": "paper", "xanchor": anchor, "yanchor": "bottom", "xshift": shift}
        figure.add_annotation(where, text=ends[side], font={"color": theme.muted})
    names = {"tickmode": "array", "tickvals": list(range(len(rows))), "ticktext": [row.name for row in rows]}
    figure.update_yaxes(names, range=[len(rows) - 0.4, -0.6], showgrid=False, fixedrange=True)
    figure.update_xaxes(title=title, range=[-most, most], fixedrange=True, showgrid=True)
    if ratios:
        words = [f"\u00d7 {value:g}" if most < NARROW or value in TENS else "" for value in TIMES]
        figure.update_xaxes(type="log", tickvals=TIMES, ticktext=words, tickangle=0)
    figure.update_layout(
        template=template(theme),
        height=ROW * len(rows) + 80,
        margin={"l": 4, "r": 8, "t": 26, "b": 4},
        showlegend=False,
    )
    return figure


def lanes(x: np.ndarray, near: float) -> np.ndarray:
    """How far each dot stands from the middle of its row, so that near ones do not hide each other. (n,)"""
    last = [-np.inf] * len(LANES)  # where the last dot of each lane is
    found = np.zeros(len(x))
    for i in np.argsort(x, kind="stable"):
        free = [lane for lane, at in enumerate(last) if x[i] - at >= near]
        lane = free[0] if free else int(np.argmin(last))
        found[i], last[lane] = LANES[lane], x[i]
    return found
