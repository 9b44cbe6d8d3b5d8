"""Layers that show how the plane is moved: arrows, and a grid carried through a map."""

from __future__ import annotations

import numpy as np

from playground.core import Arrows, Mesh
from playground.figures.layers import paint
from playground.figures.sheet import Sheet

SHADES = 16  # steps from an empty cell to the densest
DENSEST = 0.45  # opacity of a cell of shade 1


@paint.register
def arrows(layer: Arrows, sheet: Sheet) -> None:
    at, by = sheet.arrays(layer, at=("n", 2), by=("n", 2))
    stretch = sheet.number(layer.stretch)
    path = _lifted(np.stack([at, at + by * stretch], axis=1))  # (3 n, 2): tail, head, pen up
    head = np.tile([0, 8, 0], len(at))
    colour = sheet.theme.roles[layer.role]
    key = sheet.key(layer)
    if stretch != 1 and np.isfinite(stretch):
        key["name"] += f", drawn {stretch:.3g} times as long"
    sheet.figure.add_scatter(
        x=path[:, 0],
        y=path[:, 1],
        mode="lines+markers",
        line={"color": colour, "width": 1.2},
        # Heads are measured in pixels and turn with the arrow, so that no axis can skew them.
        marker={
            "color": colour,
            "symbol": "arrow",
            "size": head,
            "angleref": "previous",
            "opacity": 1,
            "line": {"width": 0},
        },
        customdata=np.repeat(np.hstack([at, by]), 3, axis=0),
        hovertemplate=sheet.hover(
            layer,
            "from (%{customdata[0]:.3~g}, %{customdata[1]:.3~g})",
            "by (%{customdata[2]:.3~g}, %{customdata[3]:.3~g})",
        ),
        **key,
    )


@paint.register
def mesh(layer: Mesh, sheet: Sheet) -> None:
    key = sheet.key(layer)
    if layer.shade:
        nodes, shade = sheet.arrays(layer, nodes=("rows + 1", "columns + 1", 2), shade=("rows", "columns"))
        _fill(layer, sheet, nodes, shade, key | {"showlegend": False})
    else:
        (nodes,) = sheet.arrays(layer, nodes=("rows", "columns", 2))
    path = np.concatenate([_lifted(nodes), _lifted(nodes.swapaxes(0, 1))])
    sheet.figure.add_scatter(
        x=path[:, 0],
        y=path[:, 1],
        mode="lines",
        line={"color": sheet.theme.roles[layer.role], "width": 0.6 if layer.shade else 1},
        opacity=0.55,
        hovertemplate=sheet.hover(layer),
        **key,
    )


def _fill(layer: Mesh, sheet: Sheet, nodes: np.ndarray, shade: np.ndarray, key: dict[str, object]) -> None:
    """Cells of about equal shade in one trace. nodes: (rows + 1, columns + 1, 2); shade: (rows, columns)."""
    cells = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2).reshape(-1, 4, 2)
    across, up = cells[:, 2] - cells[:, 0], cells[:, 3] - cells[:, 1]
    folded = across[:, 0] * up[:, 1] < across[:, 1] * up[:, 0]
    cells[folded] = cells[folded, ::-1]  # all turn the same way: opposite ones in one path would cut holes
    known = np.isfinite(cells).all((1, 2)) & np.isfinite(shade).ravel()
    level = np.where(known, np.rint(np.clip(np.nan_to_num(shade), 0, 1) * SHADES).ravel(), 0)
    for step in np.unique(level[level > 0]):
        path = _lifted(cells[level == step])
        sheet.figure.add_scatter(
            x=path[:, 0],
            y=path[:, 1],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=sheet.theme.pale(layer.role, step / SHADES * DENSEST),
            hoverinfo="skip",
            **key,
        )


def _lifted(lines: np.ndarray) -> np.ndarray:
    """Many lines as one path with the pen lifted after each. (lines, n, 2) -> (lines (n + 1), 2)."""
    return np.pad(lines, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
