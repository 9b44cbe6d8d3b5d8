"""From a view to a figure: the layers in their order, then axes, names and margins."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from playground.core import Bars, Digits, Snapshot, View
from playground.figures import arrows, density, history, marks, mesh  # noqa: F401  (they register their layers)
from playground.figures.ends import label_ends, room
from playground.figures.layers import paint
from playground.figures.palette import DARK, LIGHT
from playground.figures.sheet import Sheet
from playground.figures.template import axis, template

HEIGHT = {"world": 440, "side": 260}  # pixels; the width is the page's


def figure(view: View, snapshots: Snapshot | Sequence[Snapshot], *, dark: bool) -> go.Figure:
    """Draw the layers in the order given, then what belongs to the view as a whole."""
    taken = [snapshots] if isinstance(snapshots, Snapshot) else list(snapshots)
    if not taken:
        raise ValueError(f"View {view.name!r}: there is no snapshot to draw.")
    sheet = Sheet(view, taken, DARK if dark else LIGHT)
    for layer in view.layers:
        paint(layer, sheet)
    _frame(sheet)
    _axes(sheet)
    return sheet.figure


def _frame(sheet: Sheet) -> None:
    """Title, margins, legend, and the names at the ends of the lines."""
    view = sheet.view
    keyed = any(part.showlegend for part in (*sheet.figure.data, *sheet.figure.layout.shapes))
    height = HEIGHT.get(view.column, HEIGHT["world" if view.equal else "side"])
    under = 42 if sheet.x.label else 26  # the axis: its numbers and its name
    top = 56 if sheet.depth and len(sheet.labels) > 1 else 42  # each wall of digits bears its name
    margin = {"l": 12, "r": 12 + room(sheet), "t": top, "b": under + (24 if keyed else 0)}
    inner = height - margin["t"] - margin["b"]
    middle = {"x": 0.5, "xanchor": "center"} if view.equal else {"x": 0, "xanchor": "left"}
    sheet.figure.update_layout(
        template=template(sheet.theme),
        title={"text": escape(view.title, quote=False)},
        meta={"caption": view.caption},
        height=height,
        margin=margin,
        showlegend=keyed,
        legend=middle | {"y": -under / inner},
        uirevision=view.name,  # a new snapshot does not undo the reader's zoom
    )
    label_ends(sheet, inner)


def _axes(sheet: Sheet) -> None:
    view, plot = sheet.view, sheet.figure
    if any(isinstance(layer, Digits) for layer in view.layers):
        plot.update_xaxes(visible=False, constrain="domain")
        plot.update_yaxes(
            visible=False, autorange="reversed", scaleanchor="x", constrain="domain", constraintoward="top"
        )
        return
    plot.update_xaxes(axis(sheet.x, *sheet.bounds(view.x)))
    plot.update_yaxes(axis(view.y, *sheet.bounds(view.y)))
    if any(isinstance(layer, Bars) for layer in view.layers):
        plot.update_xaxes(type="category", showgrid=False)
    if view.equal:
        plot.update_xaxes(constrain="domain", showgrid=True)
        plot.update_yaxes(scaleanchor="x", scaleratio=1, constrain="domain")
