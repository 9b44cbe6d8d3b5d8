"""Names at the ends of lines: no reader has to match a colour with a legend."""

from __future__ import annotations

from html import escape
from textwrap import wrap

import numpy as np

from playground.core import Axis
from playground.figures.sheet import End, Sheet

LETTER = 6.6  # pixels a letter of the labels' font takes, about
ROW = 15.0  # pixels a line of text takes
LONGEST = 18  # letters in a row


def room(sheet: Sheet) -> float:
    """Pixels that the names need to the right of the view."""
    rows = [row for end in _named(sheet) if end.y is not None for row in _rows(end)]
    return LETTER * (max(map(len, rows)) + 2) + 8 if rows else 0


def label_ends(sheet: Sheet, height: float) -> None:
    """Write each line's name at its end. height: of the view, in pixels, to keep the names apart."""
    beside = [(end, end.y) for end in _named(sheet) if end.y is not None]
    low, high = _span(sheet)
    scale = height / (high - low)
    ys = [min(max(_on(sheet.view.y, y), low), high) for _, y in beside]
    tall = [ROW * len(_rows(end)) for end, _ in beside]
    spread = apart([(y - low) * scale for y in ys], tall, height)
    for (end, _), y, to in zip(beside, ys, spread, strict=True):
        text, shift = _text(sheet, end), round(to - (y - low) * scale)
        place = _across(sheet, end) | {"y": y, "yshift": shift, "yanchor": "middle", "xshift": 5}
        sheet.figure.add_annotation(place, text=text, hovertext=_value(end, end.y), align="left", xanchor="left")
    for end in _named(sheet):
        if end.x is not None and end.y is None:  # an upright rule
            place = {"x": _on(sheet.view.x, end.x), "y": 1, "yref": "y domain", "yanchor": "top", "xshift": 3}
            sheet.figure.add_annotation(place, text=_text(sheet, end), hovertext=_value(end, end.x), xanchor="left")


def _across(sheet: Sheet, end: End) -> dict[str, float | str]:
    """Where a name stands from left to right.

    Beside the view, if the line runs to its right edge: a text placed at the last point itself would
    count as data, and the axis would make room for it.
    """
    if end.x is None or (sheet.bounds(sheet.view.x)[1] is None and end.x >= _rightmost(sheet)):
        return {"x": 1, "xref": "x domain"}
    return {"x": _on(sheet.view.x, end.x), "xref": "x"}


def _rightmost(sheet: Sheet) -> float:
    return max((other.x for other in sheet.ends if other.x is not None and other.y is not None), default=np.inf)


def apart(centres: list[float], sizes: list[float], height: float) -> list[float]:
    """The nearest places, in the sense of least squares, at which things of these sizes do not overlap.

    Subtract what the things below take up and the places must not decrease: that is isotonic
    regression, and pooling adjacent violators solves it.
    """
    order = np.argsort(centres, kind="stable")
    size = np.array(sizes, dtype=float)[order]
    below = np.concatenate(([0.0], np.cumsum((size[1:] + size[:-1]) / 2))) if len(size) else size
    pools: list[tuple[float, int]] = []  # (mean, count)
    for wish in np.array(centres, dtype=float)[order] - below:
        mean, count = float(wish), 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    fitted = np.repeat([mean for mean, _ in pools], [count for _, count in pools])
    if len(below):
        fitted = np.clip(fitted, 0, max(height - below[-1], 0))
    placed = np.empty(len(size))
    placed[order] = fitted + below
    return placed.tolist()


def _named(sheet: Sheet) -> list[End]:
    """The lines that bear their names. Where layers can be switched, a name would outlast its line."""
    if sheet.view.switches or len(sheet.labels) < 2:
        return []
    return [end for end in sheet.ends if end.layer.label]


def _rows(end: End) -> list[str]:
    return wrap(end.layer.label, LONGEST)


def _text(sheet: Sheet, end: End) -> str:
    """The name in ink, which reads well, after a stroke in the line's colour."""
    colour = sheet.theme.roles[end.layer.role]
    rows = "<br>".join(escape(row, quote=False) for row in _rows(end))
    return f'<span style="color:{colour}">━</span> {rows}'


def _value(end: End, value: float | None) -> str:
    return f"{escape(end.layer.label, quote=False)}: {value:.4g}"


def _on(axis: Axis, value: float) -> float:
    return float(np.log10(value)) if axis.log and value > 0 else value


def _span(sheet: Sheet) -> tuple[float, float]:
    """About the range that the y axis will show, in its own units (powers of ten where it is logarithmic)."""
    axis = sheet.view.y
    drawn = [np.ravel(np.asarray(trace.y, dtype=float)) for trace in sheet.figure.data if trace.y is not None]
    drawn += [np.array([s.y0, s.y1], dtype=float) for s in sheet.figure.layout.shapes if s.yref in (None, "y")]
    values = np.concatenate(drawn or [np.zeros(0)])
    values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
    if axis.log:
        values = np.log10(values)
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    margin = 0.05 * (high - low)
    least, most = sheet.bounds(axis)
    low = _on(axis, least) if least is not None and (least > 0 or not axis.log) else low - margin
    high = _on(axis, most) if most is not None and (most > 0 or not axis.log) else high + margin
    return (float(low), float(high)) if high > low else (float(low) - 1, float(low) + 1)
