"""The pad on the page. Nothing reruns while a learner draws; the drawing is sent once, when it is handed in.

The browser keeps each drawing by its key, so that neither a rerun nor a dialog that is closed and opened again
loses a stroke.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from playground.ui.live import javascript
from playground.ui.pad.reading import Drawn, NotADrawingError, read

HERE = Path(__file__).parent
Tool = Literal["points", "samples", "density", "schedule", "boundary", "move", "digit"]

_sheet = st.components.v2.component(
    "playground_pad",
    html='<div class="pad"></div>',
    css=(HERE / "pad.css").read_text(encoding="utf-8"),
    js=javascript("pad.js", HERE),
)


@dataclass(frozen=True)
class Background:
    """What a drawing is made upon. The field's values are those of equal cells, row 0 at the bottom."""

    real: np.ndarray | None = None  # (n, 2)
    generated: np.ndarray | None = None  # (m, 2)
    field: np.ndarray | None = None  # (rows, columns), D(x) in [0, 1]
    extent: tuple[float, float, float, float] | None = None  # left, right, bottom, top; None is the whole window

    def plain(self, window: float) -> dict[str, Any]:
        """As JSON for the browser."""
        field = None
        if self.field is not None:
            rows, columns = self.field.shape
            shades = np.clip(np.nan_to_num(self.field, nan=0.5) * 255, 0, 255).round().astype(int)
            extent = list(self.extent or (-window, window, -window, window))
            field = {"rows": rows, "columns": columns, "values": shades.ravel().tolist(), "extent": extent}
        return {"real": _rounded(self.real), "generated": _rounded(self.generated), "field": field}


def pad(
    tool: Tool,
    *,
    key: str,
    submit: str,
    window: float = 3.0,
    background: Background | None = None,
    start: np.ndarray | None = None,
    version: str = "",
    most: int = 2000,
    least: int = 1,
    on_submit: Callable[[Drawn], None] | None = None,
) -> Drawn | None:
    """Mount a pad. Returns what was drawn in the script run that handing it in causes, and None in all others.

    points    press for a point, drag for a spray: (n, 2), least <= n <= most
    samples   press for a number on the line, drag for several: (n,), least <= n <= most
    density   drag heights over 48 bins of [-window, window]: (48,), each in [0, 1]
    schedule  drag what is left of the data over 48 bins of the time: (48,), each in [0, 1], never rising
    boundary  draw around what is real: a list of loops (k, 2); what is inside any of them is real
    move      drag the points of `start`: (n, 2), as many as there are
    digit     draw thick strokes on a black square: a list of strokes (k, 2) from (0, 0), lower left, to (1, 1)

    submit: the button's label; window: half the width of the square shown; start: what is on the sheet at first,
    put there again whenever `version` is a new one; on_submit: called with the drawing before the script runs.
    """
    if tool == "move":
        least = most = 0 if start is None else len(start)
    data = {
        "id": key,
        "tool": tool,
        "submit": submit,
        "window": window,
        "most": most,
        "least": least,
        "background": (background or Background()).plain(window),
        "start": None if start is None else {"value": _rounded(start), "version": version},
    }

    def handed_in() -> None:
        drawn = _drawing(st.session_state[key].get("drawn"), tool, window, most, least)
        if drawn is not None and on_submit is not None:
            on_submit(drawn)

    result = _sheet(key=key, data=data, on_drawn_change=handed_in)
    return _drawing(result.get("drawn"), tool, window, most, least)


def _drawing(message: Any, tool: Tool, window: float, most: int, least: int) -> Drawn | None:
    """The drawing that the browser has handed in, if it has."""
    if message is None:
        return None
    try:
        return read(tool, message["value"], window, most, least)
    except (NotADrawingError, KeyError, TypeError):  # not from our pad: as if nothing had come
        return None


def _rounded(array: np.ndarray | None) -> list[Any] | None:
    return None if array is None else np.round(array, 3).tolist()
