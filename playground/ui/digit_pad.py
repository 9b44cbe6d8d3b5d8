"""The square on which a learner draws one digit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.ui.pad import Drawn, pad


def digit_pad(
    key: str, submit: str = "Use this digit", on_submit: Callable[[list[np.ndarray]], None] | None = None
) -> list[np.ndarray] | None:
    """Mount the square. Returns the strokes in the script run that handing them in causes, and None in all others.

    Each stroke is a row of points (k, 2) in the unit square, y upwards. on_submit: called with them before that run.
    """

    def handed_in(drawn: Drawn) -> None:
        if on_submit is not None:
            on_submit(list(drawn))

    drawn = pad("digit", key=key, submit=submit, window=0.5, on_submit=handed_in)
    return None if drawn is None else list(drawn)
