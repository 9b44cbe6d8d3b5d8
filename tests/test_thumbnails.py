"""The pictures of the home page are those of the models as they are now."""

from __future__ import annotations

import numpy as np
import pytest

from playground.core import Digits, Lab
from playground.labs import LABS
from playground.runtime.frames import decode
from playground.ui import thumbnails

PRESETS = [(lab, name) for lab in LABS.values() for name in thumbnails.presets(lab)]


@pytest.mark.parametrize(("lab", "preset"), PRESETS, ids=[f"{lab.slug} {name}" for lab, name in PRESETS])
def test_every_card_has_a_picture_that_holds_what_its_view_draws(lab, preset):
    """Else a card of the home page would be empty: `make thumbnails` was forgotten."""
    header, arrays = decode(thumbnails.frame(lab.slug, preset))
    assert header["step"] == lab.thumbnail_steps
    assert lab.thumbnail.names() | {f"history/{name}" for name in lab.thumbnail.followed()} <= arrays.keys()
    assert lab.thumbnail.scalars() <= header["scalars"].keys() | {"g_rest"}


def dear(lab: Lab) -> bool:
    """Training networks on images takes ten times as long as on points."""
    return any(isinstance(layer, Digits) for layer in lab.thumbnail.layers)


@pytest.mark.parametrize(
    "lab",
    [pytest.param(lab, id=slug, marks=[pytest.mark.long] * dear(lab)) for slug, lab in LABS.items()],
)
def test_a_picture_is_what_training_gives(lab):
    """Else the home page would promise what the lab no longer does.

    Another processor may round differently, and then points part ways: what they look like together must stay.
    """
    preset = next(iter(lab.presets))
    _, kept = decode(thumbnails.frame(lab.slug, preset))
    _, now = decode(thumbnails.record(lab, preset))
    assert kept.keys() == now.keys()
    for name in kept:
        whole = 255 if kept[name].dtype == np.uint8 else 1  # bytes stand for values in [0, 1]
        np.testing.assert_allclose(np.sort(kept[name], axis=0), np.sort(now[name], axis=0), atol=0.1 * whole)


def test_no_picture_is_left_over():
    """Else a renamed preset would leave its old picture behind."""
    there = set(thumbnails.FOLDER.rglob("*.frame"))
    assert there == {thumbnails.path(lab, name) for lab, name in PRESETS}
