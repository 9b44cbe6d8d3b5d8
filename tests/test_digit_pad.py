"""What the black square hands in is checked as a stranger's input."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from playground.ui.digit_pad import digit_pad
from playground.ui.pad import NotADrawingError, component, read

SEVEN = [[[0.2, 0.8], [0.8, 0.8], [0.4, 0.1]], [[0.5, 0.5]]]


def test_strokes_are_read_as_they_were_drawn_and_held_inside_the_square() -> None:
    assert [stroke.tolist() for stroke in read("digit", SEVEN, 0.5, 10)] == SEVEN
    assert read("digit", [[[-3, 0.5], [0.5, 7]]], 0.5, 10)[0].tolist() == [[0, 0.5], [0.5, 1]]


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, "7", [[]], [[[0.5]]], [[[0.5, 0.5, 0.5]]], [[0.5, 0.5]], [[["0", "1"]]], [[[math.nan, 0.5]]],
        [[[math.inf, 0.5]]], [[[True, 0.5]]], [[[10**400, 0.5]]], [[[0.5, 0.5]]] * 31, [[[0.5, 0.5]] * 2001],
        [[[0.5, 0.5]] * 1001] * 2, [[[0.5, 0.5]], []],
    ],
)  # fmt: skip
def test_what_is_no_digit_is_refused(value: Any) -> None:
    """Else a crafted message would end in a traceback, or in a drawing without end."""
    with pytest.raises(NotADrawingError):
        read("digit", value, 0.5, 10)


@pytest.mark.parametrize(
    ("came", "expected"), [(None, None), ({"n": 1, "value": SEVEN}, SEVEN), ({"n": 1, "value": [[]]}, None)]
)
def test_the_square_returns_strokes_or_nothing(came: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "_sheet", lambda **mount: SimpleNamespace(get=lambda name: came))
    drawn = digit_pad("key")
    assert (drawn and [np.asarray(stroke).tolist() for stroke in drawn]) == expected


def test_strokes_are_handed_over_before_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a page could not change its settings from a drawing: widgets take values only before they are drawn."""
    mounts: list[dict[str, Any]] = []
    monkeypatch.setattr(
        component, "_sheet", lambda **mount: mounts.append(mount) or SimpleNamespace(get=lambda _: None)
    )
    monkeypatch.setattr(component.st, "session_state", {"key": {"drawn": {"n": 1, "value": SEVEN}}})
    heard: list[list[np.ndarray]] = []
    digit_pad("key", on_submit=heard.append)
    mounts[0]["on_drawn_change"]()
    assert [stroke.tolist() for stroke in heard[0]] == SEVEN
