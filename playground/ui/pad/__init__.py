"""A sheet on which a learner draws: points, a density, a boundary, points to move, or a digit."""

from playground.ui.pad.component import Background, Tool, pad
from playground.ui.pad.reading import Drawn, NotADrawingError, read

__all__ = ["Background", "Drawn", "NotADrawingError", "Tool", "pad", "read"]
