"""Layers that show how something is distributed: lines of equal density, and histograms."""

from __future__ import annotations

import numpy as np

from playground.core import Contour, Histogram
from playground.figures.layers import LINE, paint
from playground.figures.sheet import Sheet

FILL = 0.26  # opacity of a histogram's bars, so that two can be seen through each other


@paint.register
def contour(layer: Contour, sheet: Sheet) -> None:
    """One trace a level: Plotly knows evenly spaced levels only."""
    (values,) = sheet.arrays(layer, values=("rows", "columns"))
    x, y = sheet.cells(layer, values.shape)
    stroke = {
        "color": sheet.theme.roles[layer.role],
        "width": LINE,
        "dash": "dash" if layer.role == "theory" else "solid",
        "smoothing": 0,  # straight from crossing to crossing, as on the live canvas
    }
    for level in layer.levels:
        sheet.figure.add_contour(
            x=x,
            y=y,
            z=values,
            autocontour=False,
            contours={"start": level, "end": level, "size": 1, "coloring": "none"},
            line=stroke,
            showscale=False,
            hoverinfo="skip",  # what lies beneath has more to say
            **sheet.key(layer),
        )


@paint.register
def histogram(layer: Histogram, sheet: Sheet) -> None:
    """Pale bars for the hand to hover over, and their outline, which stays readable where two overlap."""
    edges, heights = sheet.arrays(layer, edges=("n + 1",), heights=("n",))
    colour, theory = sheet.theme.roles[layer.role], layer.role == "theory"
    key = sheet.key(layer)
    sheet.figure.add_bar(
        x=np.minimum(edges[:-1], edges[1:]),
        y=heights,
        width=np.nan_to_num(np.abs(np.diff(edges))),
        offset=np.zeros(len(heights)),  # a bar that has an offset overlays others; without one they would stand aside
        marker={"color": sheet.theme.pale(layer.role, 0 if theory else FILL), "line": {"width": 0}},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate=sheet.hover(layer, "from %{customdata[0]:.3~g} to %{customdata[1]:.3~g}", "%{y:.4~g}"),
        **(key | {"showlegend": False}),
    )
    path = _outline(edges, heights)
    sheet.figure.add_scatter(
        x=path[:, 0],
        y=path[:, 1],
        mode="lines",
        line={"color": colour, "width": LINE, "dash": "dash" if theory else "solid"},
        hoverinfo="skip",
        **key,
    )


def _outline(edges: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Over the bars and down at the ends, with the pen lifted where a bar is empty. (n + 1,), (n,) -> (k, 2)."""
    tops = np.nan_to_num(heights, posinf=0, neginf=0)
    path = np.stack([np.repeat(edges, 2), np.pad(np.repeat(tops, 2), 1)[: 2 * len(edges)]], axis=1)
    return np.insert(path, 2 * np.flatnonzero(tops == 0) + 2, np.nan, axis=0)
