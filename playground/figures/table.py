"""The numbers of a run as a table."""

from __future__ import annotations

import io
from collections.abc import Sequence
from csv import writer

from playground.core import Snapshot

# A spreadsheet takes a cell that begins with one of these for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv(snapshots: Snapshot | Sequence[Snapshot]) -> str:
    """The scalars over the steps as CSV (RFC 4180): one row a snapshot, the step first.

    Floats keep every digit, so that reading gives the same number back; a scalar that a snapshot
    lacks is an empty cell, while one that is not a number says `nan`. A name that a spreadsheet would
    run as a formula gets an apostrophe in front.
    """
    rows = [snapshots] if isinstance(snapshots, Snapshot) else list(snapshots)
    names = list(dict.fromkeys(name for row in rows for name in row.scalars if name != "step"))
    text = io.StringIO(newline="")
    table = writer(text)
    table.writerow(["step", *(_inert(name) for name in names)])
    for row in rows:
        cells = (repr(float(row.scalars[name])) if name in row.scalars else "" for name in names)
        table.writerow([row.step, *cells])
    return text.getvalue()


def _inert(name: str) -> str:
    return "'" + name if name.startswith(FORMULA) else name
