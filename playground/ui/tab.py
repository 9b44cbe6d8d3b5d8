"""What a lab's further tabs are."""

from __future__ import annotations

from collections.abc import Callable

from playground.runtime import Run

Extra = Callable[[Run], None]  # draws the tab's body

_STANDING: set[Extra] = set()


def standing(tab: Extra) -> Extra:
    """A tab that shows where the run stands: while it is open the page is drawn again as the run pauses or plays."""
    _STANDING.add(tab)
    return tab


def is_standing(tab: Extra | None) -> bool:
    return tab in _STANDING
