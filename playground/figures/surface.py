"""A density over the plane as a surface to turn, with its contours on the floor below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.figures.moving import slider
from playground.figures.palette import DARK, LIGHT, Theme
from playground.figures.template import template

HEIGHT = 520  # pixels
EYE = {"x": 1.1, "y": -1.3, "z": 0.75}  # from where one looks at first
CONTOURS = 8
FLOOR = 0.7  # how far below the surface, in units of its top
CLEAR = [[0, 0], [0.01, 0], [0.08, 1], [1, 1]]  # (height, opacity): what is almost 0 would only hide the floor
BEGIN = 0.85  # how far along the slider stands at first


def surface(x: np.ndarray, densities: Mapping[str, np.ndarray], *, slides: str = "", dark: bool = False) -> go.Figure:
    """The surface of a density over the square that x spans. x: (n,); densities: (n, n) each, rows along y.

    With several densities a slider changes from one to the next without a server; slides: what their names say.
    It begins in the upper part of them, where there is something to see.
    """
    theme = DARK if dark else LIGHT
    top = max(float(np.max(p)) for p in densities.values())
    first = int(BEGIN * (len(densities) - 1))
    figure = go.Figure(_surface(x, list(densities.values())[first], top, theme))
    figure.frames = [
        go.Frame(name=name, data=[{"type": "surface", "z": np.asarray(p, np.float32)}], traces=[0])
        for name, p in densities.items()
    ]
    wall = {"showbackground": False, "gridcolor": theme.grid, "zerolinecolor": theme.grid, "color": theme.muted}
    wall["showspikes"] = False  # lines to the walls under the pointer, which hide what it points at
    figure.update_layout(
        template=template(theme),
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        scene={
            "xaxis": wall | {"title": "x"},
            "yaxis": wall | {"title": "y"},
            "zaxis": wall | {"title": "p(x, y)", "range": [-FLOOR * top, top], "tickvals": _ticks(top)},
            "aspectmode": "manual",
            "aspectratio": {"x": 1, "y": 1, "z": 0.8},
            "camera": {"eye": EYE},
            "dragmode": "turntable",
        },
        sliders=[slider(list(densities), f"{slides} ", theme, first)] if len(densities) > 1 else [],
    )
    return figure


def _surface(x: np.ndarray, p: np.ndarray, top: float, theme: Theme) -> dict[str, Any]:
    """The surface at its height, and its lines of equal height again on the floor."""
    step = top / CONTOURS
    lines = {"show": True, "start": step / 2, "end": top, "size": step, "color": theme.muted, "width": 1}
    return {
        "type": "surface",
        "x": np.asarray(x, np.float32),
        "y": np.asarray(x, np.float32),
        "z": np.asarray(p, np.float32),
        "cmin": 0,
        "cmax": top,
        "colorscale": [[0, theme.field[1]], [0.35, theme.field[2]], [1, theme.roles["real"]]],
        "showscale": False,
        "opacityscale": CLEAR,
        "contours": {"z": lines | {"project": {"z": True}}},
        "lighting": {"ambient": 0.75, "diffuse": 0.45, "specular": 0.05, "roughness": 0.9},
        "hovertemplate": "p(%{x:.2f}, %{y:.2f}) = %{z:.3f}<extra></extra>",
    }


def _ticks(top: float) -> list[float]:
    """Round heights; none below 0, where only the floor is."""
    step = float(10 ** np.floor(np.log10(top)))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if top / s <= 6)
    return [round(float(i * step), 6) for i in range(int(top / step) + 1)]
