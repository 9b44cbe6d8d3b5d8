"""Figures that move in the reader's browser: a slider through the frames, and a button that plays them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.figures.palette import Theme


def slider(names: Sequence[str], words: str, theme: Theme, at: int = 0) -> dict[str, Any]:
    """A slider with one stop for each frame. words: stand before the name of the present one."""
    return {
        "active": at,
        "steps": [{"label": name, "method": "animate", "args": [[name], _jump()], "value": name} for name in names],
        "currentvalue": {"prefix": words, "font": {"color": theme.ink, "size": 14}, "xanchor": "left"},
        "font": {"color": "rgba(0, 0, 0, 0)", "size": 1},  # the stops' names would overlap; the present one is above
        "ticklen": 0,
        "minorticklen": 0,
        "bgcolor": theme.grid,
        "bordercolor": theme.muted,
        "activebgcolor": theme.muted,
        "pad": {"t": 8, "b": 8},
        "x": 0.02,
        "len": 0.96,
        "transition": {"duration": 0},
    }


def player(milliseconds: int, theme: Theme) -> dict[str, Any]:
    """Buttons that play all frames, one each so many milliseconds, and stop."""
    play = {"frame": {"duration": milliseconds, "redraw": False}, "transition": {"duration": 0}, "fromcurrent": True}
    return {
        "type": "buttons",
        "direction": "right",
        "showactive": False,
        "buttons": [
            {"label": "Bend", "method": "animate", "args": [None, play]},
            {"label": "Stop", "method": "animate", "args": [[None], _jump()]},
        ],
        "bgcolor": theme.paper,
        "bordercolor": theme.muted,
        "font": {"color": theme.ink, "size": 14},
        "pad": {"t": 6, "b": 6, "l": 2},
    }


def _jump() -> dict[str, Any]:
    """At once, and nothing else goes on."""
    return {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
