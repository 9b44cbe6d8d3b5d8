"""Squares to paint, on the page. The page holds what is painted; the browser sends it after each stroke."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from playground.ui.live import javascript

HERE = Path(__file__).parent
WORDS = {-1: "minus", 0: "empty", 1: "ink"}

_sheet = st.components.v2.component(
    "playground_cells",
    html='<div class="cells"></div>',
    css=(HERE / "cells.css").read_text(encoding="utf-8"),
    js=javascript("cells.js", HERE),
)


def cells(key: str, label: str, start: np.ndarray, levels: tuple[int, ...] = (0, 1)) -> np.ndarray:
    """What is painted. start: at first, (rows, columns); levels: what a square goes through as it is pressed."""
    values = st.session_state.setdefault(_values(key), start.astype(int))

    def painted() -> None:
        message = st.session_state[key].get("painted")
        if message is not None:
            new = read(message, start.shape, levels)
            if new is not None:
                st.session_state[_values(key)] = new
                st.session_state[_count(key)] = message["n"]

    data = {
        "label": label,
        "values": values.tolist(),
        "levels": list(levels),
        "words": [WORDS[level] for level in levels],
        "n": st.session_state.get(_count(key), 0),
    }
    _sheet(key=key, data=data, on_painted_change=painted)
    return values


def put(key: str, values: np.ndarray) -> None:
    """Have other values painted from the next run of the script on; for a callback."""
    st.session_state[_values(key)] = values.astype(int)


def read(message: Any, shape: tuple[int, ...], levels: tuple[int, ...]) -> np.ndarray | None:
    """What came from a browser, if it is a sheet of ours: nothing about it is believed."""
    if not isinstance(message, dict) or type(message.get("n")) is not int:
        return None
    rows = message.get("values")
    if not isinstance(rows, list) or len(rows) != shape[0]:
        return None
    if not all(isinstance(row, list) and len(row) == shape[1] for row in rows):
        return None
    if not all(type(value) is int and value in levels for row in rows for value in row):
        return None
    return np.array(rows)


def _values(key: str) -> str:
    return f"{key}/values"


def _count(key: str) -> str:
    return f"{key}/count"
