"""Does it copy? Generated digits above the real ones that are nearest to them.

Needs a run whose trainer has `sample(n, seed)` in pixels from 0 to 1 and `real`, the bytes that it has learned from;
its config says which they are: `classes`, `count` and `own`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch

from playground.data.digits import CLASSES, SIDE
from playground.neighbours import NEW, distance_to_others, nearest, relative, usual_distance
from playground.runtime import Run
from playground.ui.tab import standing

TITLE = "Does it copy?"
ASKED = 64  # generated images
COLUMNS, ROWS = 8, 3  # pairs that are shown
ZOOM, GAP = 2, 4  # pixels
COPIED, TOLERANCE = 0.5, 0.1  # of the usual distance


@dataclass(frozen=True)
class Comparison:
    """step: when it was made; pairs: bytes, (COLUMNS * ROWS, 2, 784), generated and nearest real; ratio: (2) there."""

    step: int
    pairs: np.ndarray
    distance: float
    usual: float
    own: bool = False  # learned from the learner's own images

    @property
    def ratio(self) -> float:
        return relative(self.distance, self.usual)


@standing
def does_it_copy(run: Run) -> None:
    """The tab's body."""
    st.markdown(
        "A model could hand out what it was trained on. So each generated image is compared with every image that it"
        f" has learned from, and the nearest is shown below it. How near is near? {_usual(run)}"
    )
    if run.state == "running":
        st.info("Pause the run to compare: it needs a model that stands still.", icon=":material/pause:")
    elif st.button("Compare", type="primary", key=_key(run, "go")):
        try:
            st.session_state[_key(run, "found")] = (run.token, compare(run))
        except ValueError as forgotten:
            st.warning(str(forgotten), icon=":material/error:")
    token, found = st.session_state.get(_key(run, "found"), (None, None))
    if token == run.token and found is not None:
        _show(found)


def compare(run: Run) -> Comparison:
    """Ask for every image; a bar says how far it is."""
    trainer: Any = run.trainer
    c, bar = run.config, st.progress(0.0, "Generated images ...")
    among, own = trainer.real.cpu(), _own(run)
    x = torch.from_numpy(np.array(trainer.sample(ASKED, seed=secrets.randbits(31)), np.float32)).reshape(ASKED, -1)
    bar.progress(0.2, "Digits by hands that it has not seen ...")
    usual = distance_to_others(among) if own else usual_distance(c.classes or CLASSES, c.count)
    bar.progress(0.7, "The nearest real ones ...")
    index, distance = nearest(x, among)
    bar.empty()
    few = COLUMNS * ROWS
    made = x[:few].mul(255).round().to(torch.uint8)
    pairs = torch.stack((made, among[index[:few]]), 1).numpy()
    return Comparison(run.step, pairs, float(distance.median()), usual, own=bool(own))


def picture(pairs: np.ndarray) -> np.ndarray:
    """All pairs as one image, RGBA with clear gaps: generated above real, white on black as on the stage.

    pairs: (rows * columns, 2, 784), bytes.
    """
    cell = SIDE + GAP
    sheet = np.zeros((ROWS * (2 * SIDE + 3 * GAP), COLUMNS * cell, 4), np.uint8)
    for place, pair in enumerate(pairs):
        top, left = place // COLUMNS * (2 * SIDE + 3 * GAP), place % COLUMNS * cell
        for which, image in enumerate(pair.reshape(2, SIDE, SIDE)):
            start = top + which * (SIDE + GAP // 2)
            sheet[start : start + SIDE, left : left + SIDE, :3] = image[..., None]
            sheet[start : start + SIDE, left : left + SIDE, 3] = 255
    return sheet.repeat(ZOOM, 0).repeat(ZOOM, 1)


def sentence(found: Comparison) -> str:
    """What the ratio says, and what it does not say."""
    ratio = found.ratio
    usual, one = ("Each of your images to the others", "one of yours from the others")
    if not found.own:
        usual, one = "By unseen hands", "a new hand"
    words = f"Generated: {found.distance:.2f}. {usual}: {found.usual:.2f}. The ratio is **{ratio:.2f}**"
    if ratio < COPIED:
        return f"{words}: these images are copies, or nearly. With few real images they are learned by heart."
    if ratio < 1 - TOLERANCE:
        return f"{words}: nearer to the training images than {one}."
    if ratio <= 1 + TOLERANCE:
        return f"{words}: about as far as {one}. It does not copy."
    return f"{words}: farther than {one}. It does not copy; nor is it as clean as one."


def _show(found: Comparison) -> None:
    st.image(picture(found.pairs), caption=f"Step {found.step}: generated above, the nearest real image below.")
    st.markdown(sentence(found))
    st.caption(
        f"Median Euclidean distance to the nearest real image, of {ASKED} fresh generated images and of"
        f" {_measured(found)}. Pixels run from 0 to 1."
    )


def _own(run: Run) -> str:
    """The key of the own images that it has learned from; none if they were forgotten, and MNIST took their place."""
    return "" if getattr(run.trainer, "forgotten", False) else str(run.config.own)


def _usual(run: Run) -> str:
    """What a generated image is compared with."""
    if _own(run):
        return "Each of your own images has a nearest one among the others, too, at a usual distance."
    return "A digit by a hand that the model has never seen also has a nearest neighbour, at a usual distance."


def _measured(found: Comparison) -> str:
    """What the usual distance is that of."""
    if found.own:
        return (
            f"your own images that it has learned from, at most {NEW}, each of them among the others: one image fewer"
            " than a generated one is compared with, which matters if there are only a few"
        )
    return f"{NEW} test digits"


def _key(run: Run, name: str) -> str:
    return f"{run.lab.slug}/neighbours/{name}"
