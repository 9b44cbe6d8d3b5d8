"""Still pictures of a run: a View and its Snapshots become one Plotly figure or one CSV table.

    from playground.figures import draw
    draw(view, snapshots).show()

The live canvas draws the same views while a model trains; these are for notebooks, for zooming into a
paused run, and for export. Colours and marks follow from the role of a layer alone (`palette`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from playground.core import Snapshot, View
from playground.figures.table import csv

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["csv", "draw"]


def draw(view: View, snapshots: Snapshot | Sequence[Snapshot], dark: bool = False) -> go.Figure:
    """The figure of `view`. snapshots: oldest first, at least one; a single one will do.

    A layer's arrays come from the last snapshot that holds them; Series and Trail run over all
    snapshots, and a scalar that one of them lacks leaves a gap. The figure holds copies, never the
    snapshots' own arrays. ValueError if an array is missing or has the wrong shape.
    """
    # Plotly takes longer to import than all the rest: only who draws waits for it.
    from playground.figures.drawing import figure

    return figure(view, snapshots, dark=dark)
