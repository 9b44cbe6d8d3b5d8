"""A learner's own points, read from a CSV file of two columns.

A file is a stranger's, so it is read as text and nothing else: the csv module splits it, one pattern says what a
number is, and whatever is not one is named by its row. The points are then moved to the plane that the labs share,

    x' = s (x - m),        s = min(SD / sd, REACH / max |x - m|),                                   (1)

with m the mean, sd the root of the mean variance of the two coordinates, and one s for both, so that shapes keep
their proportions.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from playground.data.plane import MOST_POINTS as MOST_POINTS

MOST_BYTES = 1_000_000
LEAST_ROWS = 8
MOST_COMPLAINTS = 5  # rows that are named; a hundred wrong rows are not a hundred sentences
SD = 0.7  # of each coordinate, about that of the targets that come with the labs
REACH = 2.8  # nothing lies farther from the middle
LOOKED_AT = 200  # rows that decide what separates the columns
LARGEST = 1e100
LONGEST = 40  # signs of a number; a double needs no more than 24
DELIMITERS = {";": "semicolons", "\t": "tabs", ",": "commas"}  # where two fit as well, the first
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)  # each digit in one way only

Row = tuple[int, list[str]]  # the line it begins on, its fields


@dataclass(frozen=True)
class OwnData:
    """Points that can be trained on, and what had to be done to get them."""

    points: np.ndarray  # (n, 2)
    notes: list[str]


class OwnDataError(ValueError):
    """There are no points in this file that can be trained on. complaints: one sentence for each reason."""

    def __init__(self, *complaints: str) -> None:
        super().__init__(" ".join(complaints))
        self.complaints = complaints


def read_csv(raw: bytes) -> OwnData:
    """The points of a CSV file; OwnDataError if there are none to train on.

    Columns may be separated by commas, semicolons or tabs; a first row of names is left out, and so are rows that
    hold no point, each with a note. With other separators than commas, a number may have a decimal comma.
    """
    text = _decoded(raw)
    delimiter = _delimiter(text)
    rows = list(_rows(text, delimiter))
    if len(rows) > 1 and _is_header(rows[0], delimiter):
        del rows[0]
    points, complaints = _points(rows, delimiter)
    if len(points) < LEAST_ROWS:
        raise OwnDataError(*_too_few(len(points), rows, complaints, delimiter))
    notes = [f"{complaint} It is left out." for complaint in complaints[:MOST_COMPLAINTS]]
    if len(complaints) > MOST_COMPLAINTS:
        notes.append(f"{len(complaints) - MOST_COMPLAINTS} more rows hold no point and are left out.")
    taken, more = _fewer(np.array(points))
    fitted, scale = _fit(taken)
    return OwnData(fitted, [*notes, *more, scale])


def _decoded(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise OwnDataError(f"The file has {len(raw) / 1e6:.1f} MB; at most 1 MB can be read.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OwnDataError("This is not a text file in UTF-8. Save it as CSV (UTF-8) and try again.") from error
    if not text.strip():
        raise OwnDataError("The file is empty.")
    return text


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """Rows with anything in them, with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise OwnDataError(f"Row {line} cannot be read as CSV.") from error
        if any(field.strip() for field in fields):
            yield line, [field.strip() for field in fields]
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    """The one that cuts most rows into two numbers, or else into two fields, or else into most fields."""

    def success(delimiter: str) -> tuple[int, int, int]:
        numbers = pairs = fields = 0
        for (_, row), _ in zip(_rows(text, delimiter), range(LOOKED_AT), strict=False):
            pairs += len(row) == 2
            numbers += len(row) == 2 and all(_number(field, delimiter) is not None for field in row)
            fields += len(row)
        return numbers, pairs, fields

    return max(DELIMITERS, key=success)


def _number(field: str, delimiter: str) -> float | None:
    """The number that a field holds, or None. Only plain digits count: no names, no formulas, no nan."""
    if len(field) > LONGEST:
        return None
    plain = field.replace(",", ".", 1) if delimiter != "," else field
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _is_header(row: Row, delimiter: str) -> bool:
    _, fields = row
    return all(field and _number(field, delimiter) is None for field in fields)


def _points(rows: list[Row], delimiter: str) -> tuple[list[tuple[float, float]], list[str]]:
    """The points, and a sentence for each row that holds none."""
    points, complaints = [], []
    for line, fields in rows:
        numbers = [_number(field, delimiter) for field in fields]
        complaint = _complaint(fields, numbers)
        if complaint:
            complaints.append(f"Row {line}{complaint}")
        elif numbers[0] is not None and numbers[1] is not None:
            points.append((numbers[0], numbers[1]))
    return points, complaints


def _complaint(fields: list[str], numbers: list[float | None]) -> str:
    """What is wrong with a row, to stand behind its number; nothing if nothing is."""
    if len(fields) != 2:
        return f" has {len(fields)} column{'s' * (len(fields) != 1)}; two are needed."
    for name, field, number in zip(("first", "second"), fields, numbers, strict=True):
        if not field:
            return f": the {name} column is empty."
        if len(field) > LONGEST:
            return f": {_shown(field)} is too long for a number."
        if number is None:
            return f": {_shown(field)} is not a number."
        if abs(number) > LARGEST:
            return f": {_shown(field)} is too large."
    return ""


def _too_few(valid: int, rows: list[Row], complaints: list[str], delimiter: str) -> list[str]:
    """Why there is nothing to train on; where all rows have the same fault, once for all of them."""
    (columns, count), *_ = Counter(len(fields) for _, fields in rows).most_common(1)
    if columns != 2 and count == len(rows):
        found = f"are {columns} columns separated by {DELIMITERS[delimiter]}" if columns > 1 else "is one column"
        return [f"There {found}; two are needed, x and y."]
    more = len(complaints) - MOST_COMPLAINTS
    named = complaints[:MOST_COMPLAINTS] + ([f"{more} more rows hold no point."] if more > 0 else [])
    return [*named, f"Rows with two numbers: {valid}. At least {LEAST_ROWS} are needed."]


def _fewer(points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """At most MOST_POINTS of them, the same ones every time."""
    if len(points) <= MOST_POINTS:
        return points, []
    chosen = np.sort(np.random.default_rng(0).choice(len(points), MOST_POINTS, replace=False))
    return points[chosen], [f"{MOST_POINTS} of the {len(points)} points were drawn at random."]


def _fit(points: np.ndarray) -> tuple[np.ndarray, str]:
    """(1), and a sentence that says which m and s were used."""
    middle = points.mean(0)
    centred = points - middle
    farthest = float(np.abs(centred).max())
    if farthest <= 1e-12 * max(float(np.abs(middle).max()), 1e-88):  # what is left is rounding
        raise OwnDataError("Every point is the same. There is nothing to learn but that one spot.")
    unit = centred / farthest  # squares of it neither overflow nor vanish
    shrink = min(SD / float(np.sqrt((unit**2).mean())), REACH)
    x, y = middle
    return unit * shrink, f"Moved by ({-x:.4g}, {-y:.4g}) and scaled by {shrink / farthest:.4g}, both axes alike."


def _shown(field: str) -> str:
    """A stranger's text, short, and without what Markdown would take for a command."""
    plain = "".join(c if c.isprintable() and c not in "`<>[]()$*_:~\\!#|" else " " for c in field[:41])
    return f"'{plain if len(plain) <= 40 else plain[:40] + '...'}'"
