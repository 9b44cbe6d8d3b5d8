"""Points that are more than points: digits that stand for themselves, and the handle that a learner moves."""

from __future__ import annotations

from html import escape

import numpy as np

from playground.core import Handle, Numerals
from playground.figures.layers import paint
from playground.figures.sheet import Sheet


@paint.register
def numerals(layer: Numerals, sheet: Sheet) -> None:
    at, digits = sheet.raw(layer, at=("n", 2), digits=("n",))
    shown = np.isin(digits, range(10)) & np.isfinite(at).all(1)
    colours = sheet.theme.numerals(layer.role)
    whole = digits[shown].astype(int)
    sheet.figure.add_scatter(
        x=at[shown, 0].astype(float),
        y=at[shown, 1].astype(float),
        mode="text",
        text=whole.astype(str),
        textfont={"color": [colours[digit] for digit in whole], "size": 12},
        hovertemplate=sheet.hover(layer, "%{text} at (%{x:.3~g}, %{y:.3~g})"),
        **sheet.key(layer),
    )


@paint.register
def handle(layer: Handle, sheet: Sheet) -> None:
    (at,) = sheet.arrays(layer, at=(1, 2))
    colour = sheet.theme.roles[layer.role]
    lettered = len(layer.label) == 1  # several handles of one owner are told apart by their letters
    sheet.figure.add_scatter(
        x=at[:, 0],
        y=at[:, 1],
        mode="markers+text" if lettered else "markers",
        text=[escape(layer.label)] if lettered else None,
        textfont={"color": colour, "size": 11, "weight": 700},
        marker={
            "color": sheet.theme.paper if lettered else colour,
            "symbol": "circle" if lettered else "circle-open-dot",
            "size": 17 if lettered else 14,
            "line": {"width": 2.5, "color": colour},
        },
        hovertemplate=sheet.hover(layer),
        **sheet.key(layer),
    )
