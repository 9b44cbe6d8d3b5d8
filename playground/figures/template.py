"""The look of a figure, from nothing: no default of Plotly's is left to shine through."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

from playground.core import Axis
from playground.figures.palette import Theme

# The app's own font, else the reader's. Plotly's style sheet stands between a figure and the page, so
# that "inherit" would give Plotly's font.
FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", system-ui, sans-serif'


def template(theme: Theme) -> go.layout.Template:
    """Transparent, in the page's own font, with as few lines as reading a value needs."""
    lines = {
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "zeroline": False,
        "ticks": "",
        "nticks": 6,
        "automargin": True,
        "tickfont": {"color": theme.muted, "size": 11},
        "title": {"font": {"color": theme.muted, "size": 12}, "standoff": 6},
        "exponentformat": "power",
    }
    layout = go.Layout(
        font={"family": FONT, "size": 12, "color": theme.ink},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        title={
            "font": {"size": 14, "weight": 600},
            "x": 0,
            "xanchor": "left",
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 10, "l": 8},
        },
        legend={
            "orientation": "h",
            "yanchor": "top",  # below the view, where it can grow on a narrow page
            "bgcolor": "rgba(0, 0, 0, 0)",
            "itemsizing": "trace",
        },
        hoverlabel={
            "bgcolor": theme.paper,
            "bordercolor": theme.grid,
            "font": {"family": FONT, "color": theme.ink},
            "align": "left",
        },
        hovermode="closest",
        uniformtext={"mode": "show", "minsize": 8},
        bargap=0.35,
        bargroupgap=0.08,
        annotationdefaults={"showarrow": False},
        xaxis=lines | {"showgrid": False, "showline": True},
        yaxis=lines,
    )
    return go.layout.Template(layout=layout)


def axis(spec: Axis, low: float | None, high: float | None) -> dict[str, Any]:
    """Plotly's words for one axis from low to high. A bound left out, or one with no logarithm, follows the data."""
    low, high = (_bound(bound, log=spec.log) for bound in (low, high))
    words: dict[str, Any] = {"title": {"text": title(spec)}, "type": "log" if spec.log else "linear"}
    if spec.log:
        words |= {"tickformat": "~g", "nticks": 4}
    if not spec.numbers:
        words |= {"showticklabels": False, "showgrid": False}
    if low is not None and high is not None:
        words["range"] = [low, high]
    elif low is not None or high is not None:
        # A range with one end open would do, but Plotly forgets it as soon as the page is resized.
        words["autorangeoptions"] = {"minallowed": low, "maxallowed": high}
    return words


def title(spec: Axis) -> str:
    """The label, and the unit in parentheses."""
    label, unit = escape(spec.label, quote=False), escape(spec.unit, quote=False)
    return f"{label} ({unit})".strip() if unit else label


def _bound(bound: float | None, *, log: bool) -> float | None:
    """Plotly counts a logarithmic axis in powers of ten."""
    if bound is None or not log:
        return bound
    return log10(bound) if bound > 0 else None
