"""A grid carried through a map."""

from __future__ import annotations

import numpy as np

from playground.core import Mesh
from playground.figures.layers import lifted, paint
from playground.figures.sheet import Sheet

SHADES = 16  # steps from an empty cell to the densest
DENSEST = 0.45  # opacity of a cell of shade 1


@paint.register
def mesh(layer: Mesh, sheet: Sheet) -> None:
    key = sheet.key(layer)
    if layer.shade:
        nodes, shade = sheet.arrays(layer, nodes=("rows + 1", "columns + 1", 2), shade=("rows", "columns"))
        _fill(layer, sheet, nodes, shade, key | {"showlegend": False})
    else:
        (nodes,) = sheet.arrays(layer, nodes=("rows", "columns", 2))
    path = np.concatenate([lifted(nodes), lifted(nodes.swapaxes(0, 1))])
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
        path = lifted(cells[level == step])
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
