"""A learner's own digits: drawn one after another or uploaded, then trained on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.core import Lab
from playground.data.digits import SIDE
from playground.data.own_digits import LEAST_IMAGES, MOST_BYTES, OwnDigitsError, keep, raster, read
from playground.ui.digit_pad import digit_pad
from playground.ui.own_data import apply
from playground.vae.material import FEW

ACROSS = 12  # digits in a row of the collection
SEEN = 60  # of the collection, the last ones
HELD_OUT = (
    f"Every tenth of them, of {FEW} or fewer every fifth, is held out: these are the test digits, and the reading"
    " network says which digit each is."
)
HALVED = (
    "The Frechet distance compares with one half of them, drawn at random; the other half stands for perfect images."
)


def own_digits_button(lab: Lab, measured: str = "") -> None:
    """In the sidebar: digits of the learner's own, for a lab with the field `own`. measured: how, by these images."""
    if st.button("Draw or upload digits", icon=":material/draw:", width="stretch", key=f"{lab.slug}/own digits"):
        _own_digits(lab)
    if st.session_state[f"{lab.slug}/config"].own:
        st.caption(f"It learns from your own images. {measured}".strip())
        st.button("Back to MNIST", width="stretch", key=f"{lab.slug}/own leave", on_click=_learn, args=(lab, ""))


def _learn(lab: Lab, own: str) -> None:
    apply(lab, own=own)


@st.dialog("Your own digits", width="large")
def _own_digits(lab: Lab) -> None:
    sheet, side = st.columns([2, 3], gap="large")
    with sheet:
        _draw(lab)
    with side:
        uploaded = _upload(lab)
    collected = _collected(lab)
    images = np.concatenate((uploaded, collected)) if len(uploaded) else collected
    with side:
        _show(images)
        _ways_out(lab, images)


def _collected(lab: Lab) -> np.ndarray:
    """The digits drawn so far, uint8 (n, 784)."""
    return np.asarray(st.session_state.get(f"{lab.slug}/drawn digits", np.zeros((0, SIDE * SIDE), np.uint8)))


def _draw(lab: Lab) -> None:
    """The square; each digit handed in joins the collection, and the next square is empty."""
    problem = f"{lab.slug}/drawn problem"

    def add(strokes: list[np.ndarray]) -> None:
        try:
            digit = raster(strokes)
        except ValueError as fault:
            st.session_state[problem] = str(fault)
            return
        st.session_state[f"{lab.slug}/drawn digits"] = np.concatenate((_collected(lab), digit[None]))

    digit_pad(f"{lab.slug}/digit {len(_collected(lab))}", submit="Add this digit", on_submit=add)
    if problem in st.session_state:
        st.error(st.session_state.pop(problem), icon=":material/error:")
    st.caption("It is scaled and centred as the digits of MNIST are.")


def _upload(lab: Lab) -> np.ndarray:
    """The images of a file; none without a file or if they cannot be taken."""
    file = st.file_uploader(
        f"Or upload images: .npz, .csv of 784 numbers a row, or .zip of PNGs (at most {MOST_BYTES // 10**6} MB)",
        type=["npz", "csv", "zip"],
        max_upload_size=MOST_BYTES // 10**6,
        key=f"{lab.slug}/digit file",
    )
    nothing = np.zeros((0, SIDE * SIDE), np.uint8)
    if file is None:
        return nothing
    memory = f"{lab.slug}/digit file read"
    known, outcome = st.session_state.get(memory, ("", None))
    if known != file.file_id:  # reading takes seconds, and the dialog is drawn again at every press
        with st.spinner("Reading the file"):
            try:
                outcome = read(file.name, file.getvalue())
            except OwnDigitsError as fault:
                outcome = fault
        st.session_state[memory] = file.file_id, outcome
    if isinstance(outcome, OwnDigitsError):
        st.error(str(outcome), icon=":material/error:")
        return nothing
    return np.asarray(outcome)


def _show(images: np.ndarray) -> None:
    """What there is to learn from, as the model will see it."""
    if not len(images):
        st.info(
            f"Nothing yet. At least {LEAST_IMAGES} digits are needed; the more, the better.", icon=":material/draw:"
        )
        return
    last = images[-SEEN:].reshape(-1, SIDE, SIDE)
    rows = -(-len(last) // ACROSS)
    sheet = np.zeros((rows * ACROSS, SIDE, SIDE), np.uint8)
    sheet[: len(last)] = last
    picture = sheet.reshape(rows, ACROSS, SIDE, SIDE).swapaxes(1, 2).reshape(rows * SIDE, ACROSS * SIDE)
    st.image(picture, width="stretch", caption=_counted(len(images)))


def _counted(n: int) -> str:
    if n < LEAST_IMAGES:
        return f"{n} of the {LEAST_IMAGES} digits that are needed at least."
    return f"{n:,} digits".replace(",", " ") + (f", the last {SEEN} of them above." if n > SEEN else ".")


def _ways_out(lab: Lab, images: np.ndarray) -> None:
    train, clear, cancel = st.columns(3)
    few = len(images) < LEAST_IMAGES
    key = f"{lab.slug}/own train"

    def learn() -> None:
        _learn(lab, keep(images))

    if train.button("Train on them", type="primary", width="stretch", disabled=few, key=key, on_click=learn):
        st.rerun()
    if clear.button("Start over", width="stretch", disabled=not len(_collected(lab)), key=f"{lab.slug}/own clear"):
        del st.session_state[f"{lab.slug}/drawn digits"]
        st.rerun(scope="fragment")
    if cancel.button("Cancel", width="stretch", key=f"{lab.slug}/digits cancel"):
        st.rerun()
    st.caption("Cancel changes nothing, and your drawings are still here when you come back.")
