"""Layers that show one moment: each becomes one trace, drawn from the arrays of the last snapshot."""

from __future__ import annotations

from functools import singledispatch

import numpy as np
import plotly.graph_objects as go

from playground.core import Axis, Bars, Curve, Digits, Field, Layer, Points
from playground.figures.palette import HATCHES, SYMBOLS
from playground.figures.sheet import End, Sheet

LINE = 2.0  # pixels
THIN = 1.0  # of one line among many


@singledispatch
def paint(layer: Layer, sheet: Sheet) -> None:
    """Draw one layer on the sheet."""
    raise TypeError(f"View {sheet.view.name!r}: no figure knows how to draw {type(layer).__name__}.")


@paint.register
def points(layer: Points, sheet: Sheet) -> None:
    (at,) = sheet.arrays(layer, at=("n", 2))
    colour, symbol = sheet.theme.roles[layer.role], SYMBOLS[layer.role]
    # Hollow marks and thin crosses have nothing but their outline; the others are set off from the field by theirs.
    bare = layer.hollow or "thin" in symbol
    outline = {"width": 1.5, "color": colour} if bare else {"width": 0.8, "color": sheet.theme.paper}
    marker = {
        "color": colour,
        "symbol": f"{symbol}-open" if layer.hollow else symbol,
        "size": (8.5 if "triangle" in symbol else 7) * (1.6 if layer.hollow else 1),
        "line": outline,
        "opacity": 0.9,
    }
    sheet.figure.add_scatter(
        x=at[:, 0],
        y=at[:, 1],
        mode="markers",
        marker=marker,
        hovertemplate=sheet.hover(layer),
        **sheet.key(layer),
    )


@paint.register
def field(layer: Field, sheet: Sheet) -> None:
    (values,) = sheet.arrays(layer, values=("rows", "columns"))
    x, y = sheet.cells(layer, values.shape)
    key = sheet.key(layer)
    # Its swatch in the legend is its scale, and so stands there even alone.
    key |= {"name": f"{key['name']}, 0 to 1", "showlegend": bool(layer.label)}
    sheet.figure.add_heatmap(
        x=x,
        y=y,
        z=values,
        zmin=0,
        zmax=1,
        zsmooth="best",  # D is smooth; the cells are only where it was asked
        colorscale=[[i / 2, stop] for i, stop in enumerate(sheet.theme.field_of(layer.role))],
        showscale=False,
        hovertemplate=sheet.hover(layer, "%{z:.3f} at (%{x:.3~g}, %{y:.3~g})"),
        **key,
    )


@paint.register
def curve(layer: Curve, sheet: Sheet) -> None:
    x, y = sheet.arrays(layer, x=("n",), y=("n",))
    line(layer, sheet, x, y, dashed=layer.dashed, thin=layer.thin)


def line(layer: Layer, sheet: Sheet, x: np.ndarray, y: np.ndarray, *, dashed: bool = False, thin: bool = False) -> None:
    """A line that bears its name at its end, unless it is thin. NaN lifts the pen; a point alone becomes a dot."""
    x, y = placed(sheet.view.x, x), placed(sheet.view.y, y)
    known = np.isfinite(x) & np.isfinite(y)
    edges = np.concatenate(([False], known, [False]))
    alone = known & ~edges[:-2] & ~edges[2:]
    ends = bool(known.any()) and not thin
    if ends:
        last = np.flatnonzero(known)[-1]
        sheet.ends.append(End(layer, float(x[last]), float(y[last])))
    dash = "dash" if dashed or layer.role == "theory" else "solid"
    sheet.figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers" if alone.any() else "lines",
        line={"color": sheet.theme.roles[layer.role], "width": THIN if thin else LINE, "dash": dash},
        marker={"size": np.where(alone, 3 * LINE, 0), "opacity": 1, "line": {"width": 0}},
        hovertemplate=sheet.hover(layer),
        **sheet.key(layer, ends=ends),
    )


def placed(axis: Axis, values: np.ndarray) -> np.ndarray:
    """NaN for what has no place on the axis: Plotly draws a line to a logarithm of nought far below the picture."""
    return np.where(values > 0, values, np.nan) if axis.log else values


@paint.register
def bars(layer: Bars, sheet: Sheet) -> None:
    (heights,) = sheet.arrays(layer, heights=(len(layer.categories),))
    colour = sheet.theme.roles[layer.role]
    hollow = layer.role == "theory"
    place = sum(isinstance(trace, go.Bar) for trace in sheet.figure.data)
    hatch = {
        "shape": HATCHES[layer.role],
        "size": 6,
        "solidity": 0.15,
        "fgopacity": 0.5,
        "fgcolor": sheet.theme.paper,
    }
    sheet.figure.add_bar(
        x=list(layer.categories),
        y=heights,
        offsetgroup=str(place),
        marker={
            "color": "rgba(0, 0, 0, 0)" if hollow else colour,
            "line": {"color": colour, "width": 1.5 if hollow else 0},
            "pattern": {} if hollow else hatch | {"fillmode": "overlay", "bgcolor": colour},
        },
        texttemplate="%{y:.3~g}",
        textposition="outside",
        cliponaxis=False,  # a bar that reaches the top keeps its number
        hovertemplate=sheet.hover(layer, "%{x}: %{y:.4~g}"),
        **sheet.key(layer),
    )


@paint.register
def digits(layer: Digits, sheet: Sheet) -> None:
    (images,) = sheet.arrays(layer, images=("n", "height", "width"))
    count, height, width = images.shape
    rows = -(-count // layer.columns)
    # One pixel of nothing around each image keeps them apart.
    wall = np.full((rows * layer.columns, height + 1, width + 1), np.nan)
    wall[:count, :height, :width] = images
    wall = wall.reshape(rows, layer.columns, height + 1, width + 1).swapaxes(1, 2)
    wall = wall.reshape(rows * (height + 1), layer.columns * (width + 1))
    empty, ink = sheet.theme.digits
    sheet.figure.add_heatmap(
        y0=sheet.depth,
        z=wall,
        zmin=0,
        zmax=1,
        colorscale=[[0, empty], [1, ink]],
        showscale=False,
        hoverongaps=False,
        hovertemplate=sheet.hover(layer, "%{z:.2f}"),
        **(sheet.key(layer) | {"showlegend": False}),
    )
    if len(sheet.labels) > 1:
        colour, name = sheet.theme.roles[layer.role], sheet.key(layer)["name"]
        sheet.figure.add_annotation(
            x=-0.5,
            y=sheet.depth - 0.5,
            text=f'<span style="color:{colour}">■</span> {name}',
            xanchor="left",
            yanchor="bottom",
        )
    sheet.depth += wall.shape[0] + height // 2  # a second wall stands below the first


def lifted(lines: np.ndarray) -> np.ndarray:
    """Many lines as one path with the pen lifted after each. (lines, n, 2) -> (lines (n + 1), 2)."""
    return np.pad(lines, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
