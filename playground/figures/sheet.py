"""What the layers of one figure share: the snapshots they read and the figure they draw on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.core import Axis, Contour, Field, Layer, Series, Snapshot, View
from playground.core.views import Number
from playground.figures.palette import Theme

AIR = 0.04  # of the data's range, between them and a bound that they have moved


@dataclass(frozen=True)
class End:
    """Where a line ends, in data units, and which layer it belongs to. None: at the edge of the view."""

    layer: Layer
    x: float | None
    y: float | None


@dataclass
class Sheet:
    """A figure in the making. ends: lines that bear their names; depth: rows of pixels taken by Digits."""

    view: View
    snapshots: Sequence[Snapshot]
    theme: Theme
    figure: go.Figure = field(default_factory=go.Figure)
    ends: list[End] = field(default_factory=list)
    depth: int = 0
    _keyed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def labels(self) -> set[str]:
        """With fewer than two of them there is nothing to tell apart."""
        return {layer.label for layer in self.view.layers if layer.label}

    @property
    def x(self) -> Axis:
        """The view's x axis; where a series runs along it and it has no label, it counts steps."""
        counts = not self.view.x.label and any(isinstance(layer, Series) for layer in self.view.layers)
        return replace(self.view.x, label="step") if counts else self.view.x

    @property
    def steps(self) -> np.ndarray:
        return np.array([snapshot.step for snapshot in self.snapshots], dtype=float)

    def arrays(self, layer: Layer, **shapes: tuple[int | str, ...]) -> list[np.ndarray]:
        """Copies of a layer's arrays as numbers; bytes stand for values in [0, 1], as in the frames."""
        return [np.array(raw, dtype=float) / (255 if raw.dtype == np.uint8 else 1) for raw in self.raw(layer, **shapes)]

    def raw(self, layer: Layer, **shapes: tuple[int | str, ...]) -> list[np.ndarray]:
        """A layer's arrays as they are, all from the last snapshot that holds them all.

        shapes: field of the layer -> shape; a letter stands for any size, but for one size throughout,
        and "n + 1" for one more than that (or for none, where there is nothing at all).
        """
        home = self._home(layer)
        sizes: dict[str, int] = {}
        found = []
        for part, shape in shapes.items():
            name = getattr(layer, part)
            raw = np.asarray(home.arrays[name])
            if not _fits(raw.shape, shape, sizes):
                wanted = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
                known = "".join(f", {letter} = {size}" for letter, size in sizes.items())
                raise ValueError(f"{self._who(layer)} needs {name!r} of shape {wanted}{known}, not {raw.shape}.")
            found.append(raw)
        return found

    def _home(self, layer: Layer) -> Snapshot:
        names = layer.names()
        for snapshot in reversed(self.snapshots):
            if all(name in snapshot.arrays for name in names):
                return snapshot
        known = set().union(*(snapshot.arrays for snapshot in self.snapshots))
        lost = [name for name in names if name not in known]
        alone = [name for name in names if name not in self.snapshots[-1].arrays]
        why = "which no snapshot holds" if lost else "which no snapshot holds together with its other arrays"
        there = ", ".join(map(repr, sorted(known))) or "none"
        raise ValueError(f"{self._who(layer)} needs the array {(lost or alone)[0]!r}, {why}; there are: {there}.")

    def _who(self, layer: Layer) -> str:
        return f"View {self.view.name!r}: layer {layer.label or type(layer).__name__!r}"

    def column(self, name: str) -> np.ndarray:
        """A scalar over the snapshots; NaN where one lacks it."""
        return np.array([snapshot.scalars.get(name, np.nan) for snapshot in self.snapshots], dtype=float)

    def number(self, value: Number) -> float:
        """A constant, or the last known value of a scalar; NaN if there is none yet."""
        if not isinstance(value, str):
            return float(value)
        held = (snapshot.scalars[value] for snapshot in reversed(self.snapshots) if value in snapshot.scalars)
        return float(next(held, np.nan))

    def bounds(self, axis: Axis) -> tuple[float | None, float | None]:
        """Where an axis begins and ends; None where it follows the data, or its bound is not known yet."""
        low, high = (np.nan if bound is None else self.number(bound) for bound in (axis.low, axis.high))
        if axis.soft:
            low, high = self._given_way(axis, low, high)
        return (low if np.isfinite(low) else None, high if np.isfinite(high) else None)

    def _given_way(self, axis: Axis, low: float, high: float) -> tuple[float, float]:
        """Soft bounds, moved just beyond the data that cross them. NaN stays NaN."""
        letter = "x" if axis is self.view.x else "y"
        drawn = [
            np.ravel(np.asarray(part[letter], dtype=float)) for part in self.figure.data if part[letter] is not None
        ]
        values = np.concatenate(drawn or [np.zeros(0)])
        values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
        if not len(values):
            return low, high
        least, most = float(values.min()), float(values.max())
        air = AIR * (most - least)
        below = least if axis.log else least - air
        return (below if least < low else low), (most + air if most > high else high)

    def cells(self, layer: Field | Contour, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the centres of the (rows, columns) equal cells that fill a layer's extent."""
        left, right, bottom, top = map(self.number, layer.extent)
        rows, columns = shape
        across, up = (right - left) / max(columns, 1), (top - bottom) / max(rows, 1)
        return left + across * (np.arange(columns) + 0.5), bottom + up * (np.arange(rows) + 0.5)

    def key(self, layer: Layer, *, ends: bool = False) -> dict[str, Any]:
        """Name and legend of what a layer draws. ends: the name stands at the line's end instead.

        Where layers can be switched, all of them stand in the legend: a click on its entry is the switch.
        """
        who, switches = (layer.label, layer.role), self.view.switches
        told_apart = switches or (not ends and len(self.labels) > 1)
        shown = told_apart and bool(layer.label) and who not in self._keyed
        if shown:
            self._keyed.add(who)
        name = escape(layer.label, quote=False)
        group = {"name": name, "showlegend": shown, "legendgroup": f"{layer.role} {name}"}
        return group | {"visible": "legendonly"} if switches and layer.off else group

    def hover(self, layer: Layer, *lines: str) -> str:
        """The read-out: who, and then either the lines given or where."""
        lines = lines or (_value("x", self.x), _value("y", self.view.y))
        return "<br>".join((escape(layer.label, quote=False), *lines)) + "<extra></extra>"


def _value(letter: str, axis: Axis) -> str:
    name, unit = escape(axis.label, quote=False) or letter, escape(axis.unit, quote=False)
    digits = ":,d" if name == "step" else ":.4~g"
    return f"{name} %{{{letter}{digits}}} {unit}".rstrip()


def _fits(shape: tuple[int, ...], wanted: tuple[int | str, ...], sizes: dict[str, int]) -> bool:
    """Whether an array has the wanted shape; notes the size that each new letter stands for."""
    if len(shape) != len(wanted):
        return False
    for size, want in zip(shape, wanted, strict=True):
        if isinstance(want, int):
            fits = size == want
        else:
            letter, _, more = want.partition(" + ")
            less = max(size - int(more or 0), 0)
            fits = less == sizes.setdefault(letter, less)
        if not fits:
            return False
    return True
