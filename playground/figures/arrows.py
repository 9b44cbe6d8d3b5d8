"""Arrows: where something moves, and how far."""

from __future__ import annotations

import numpy as np

from playground.core import Arrows
from playground.figures.layers import lifted, paint
from playground.figures.sheet import Sheet


@paint.register
def arrows(layer: Arrows, sheet: Sheet) -> None:
    at, by = sheet.arrays(layer, at=("n", 2), by=("n", 2))
    stretch = sheet.number(layer.stretch)
    path = lifted(np.stack([at, at + by * stretch], axis=1))  # (3 n, 2): tail, head, pen up
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
