"""A small sheet of squares that a learner paints: images of a few pixels, kernels of nine numbers."""

from playground.ui.cells.component import cells, put

__all__ = ["cells", "put"]
