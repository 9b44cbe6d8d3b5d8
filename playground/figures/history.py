"""Layers that follow the run, and the rules and bands that say what it should reach."""

from __future__ import annotations

import numpy as np

from playground.core import Band, Rule, Series, Trail
from playground.figures.layers import line, paint, placed
from playground.figures.palette import SYMBOLS
from playground.figures.sheet import End, Sheet


@paint.register
def series(layer: Series, sheet: Sheet) -> None:
    line(layer, sheet, sheet.steps, sheet.column(layer.y))


@paint.register
def trail(layer: Trail, sheet: Sheet) -> None:
    x, y = placed(sheet.view.x, sheet.column(layer.x)), placed(sheet.view.y, sheet.column(layer.y))
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    head = np.zeros(len(x))
    head[known[-1:]] = 1  # where the run is now
    colour = sheet.theme.roles[layer.role]
    sheet.figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": colour, "width": 1.5},
        marker={
            "color": colour,
            "symbol": SYMBOLS[layer.role],
            "size": 11 * head,
            "opacity": 1,
            "line": {"color": sheet.theme.paper, "width": head},
        },
        customdata=sheet.steps,
        hovertemplate=sheet.hover(layer, "step %{customdata:,d}: (%{x:.3~g}, %{y:.3~g})"),
        **sheet.key(layer),
    )


@paint.register
def rule(layer: Rule, sheet: Sheet) -> None:
    at = sheet.number(layer.at)
    axis = sheet.view.x if layer.axis == "x" else sheet.view.y
    if not np.isfinite(at) or (axis.log and at <= 0):
        return  # not known yet, or nowhere on this axis
    stroke = {"color": sheet.theme.roles[layer.role], "width": 1.5, "dash": "dash"}
    _across(sheet, layer.axis, at, at, line=stroke, layer="above", **sheet.key(layer, ends=True))
    sheet.ends.append(End(layer, at, None) if layer.axis == "x" else End(layer, None, at))


@paint.register
def band(layer: Band, sheet: Sheet) -> None:
    low, high = sorted((sheet.number(layer.low), sheet.number(layer.high)))
    axis = sheet.view.x if layer.axis == "x" else sheet.view.y
    if not np.isfinite([low, high]).all() or (axis.log and low <= 0):
        return
    pale = sheet.theme.pale(layer.role, sheet.theme.band)
    _across(sheet, layer.axis, low, high, fillcolor=pale, line={"width": 0}, layer="below", **sheet.key(layer))


def _across(sheet: Sheet, axis: str, low: float, high: float, **style: object) -> None:
    """From edge to edge of the view, however it is zoomed."""
    kind = "line" if low == high else "rect"
    if axis == "x":
        sheet.figure.add_shape(type=kind, x0=low, x1=high, y0=0, y1=1, yref="y domain", **style)
    else:
        sheet.figure.add_shape(type=kind, y0=low, y1=high, x0=0, x1=1, xref="x domain", **style)
