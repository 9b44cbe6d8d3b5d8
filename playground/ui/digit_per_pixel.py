"""A lesson that trains: one GAN for each pixel beside the generator of this page, which makes all pixels at once."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
import torch
from PIL import Image  # Streamlit brings it along

from playground.core import Diagnosis, Lab, Preset, View
from playground.data.digits import CLASSES, PIXELS, SIDE, grey, mnist, of_classes
from playground.frechet import digit_yardstick
from playground.gan.crowd import Crowd
from playground.gan.per_pixel import STEPS, PerPixelConfig, PerPixelTrainer, neighbourly
from playground.runtime import Run, registry
from playground.ui import background
from playground.ui.digit_code import code_of
from playground.ui.own_digits import HALVED

KEY = "mnist-gan/per-pixel"
POLL_SECONDS = 0.7
SHOWN, COLUMNS = 20, 5  # images of each kind, and in a row
MEAN_WIDTH = 112  # pixels on the page
JUDGED = 1000  # images behind a number
FEW = 500  # steps after which the page's own GAN has hardly begun
SEED = 11  # of the images shown and judged

_QUIET = View("pixels", "Pixels", "The pixels.", ())
TRAINED = Lab(  # trained by the server like any other run, but shown by this tab alone
    slug="per-pixel",
    title="One GAN per pixel",
    chapter="",
    question="",
    summary="",
    lesson="",
    Config=PerPixelConfig,
    build=lambda config, device: PerPixelTrainer(config, config.images()),
    views=(_QUIET,),
    settings={"All digits": Preset(PerPixelConfig(), "Each pixel by itself.")},
    diagnose=lambda trainer, now, history: Diagnosis(""),
    players=(),
    thumbnail=_QUIET,
    thumbnail_steps=0,
    code=lambda config: (),
)


def per_pixel(run: Run) -> None:
    """784 small GANs against the one of this page."""
    with st.container(width=980):
        st.subheader("Is a digit more than its pixels?")
        st.markdown(
            "Give every pixel a GAN of its own: 784 small generators, each with its own noise, and 784 discriminators"
            " that see one pixel each. All of them can win, so every pixel is as bright as it should be, as often as it"
            " should be. What do they make together? Beside them stands the generator of this page: one network, one"
            " noise, all pixels, and a D that sees the whole image."
        )
        training = background.training(KEY)
        st.fragment(run_every=POLL_SECONDS if training else None)(_contest)(run, training)
        code_of(PerPixelTrainer.phases, PerPixelTrainer.judge, PerPixelTrainer.improve, Crowd.forward, Crowd.backward)


def _contest(run: Run, training: bool) -> None:
    """Where the small GANs stand. Only this part of the page is drawn again while they train."""
    mine = background.run_of(KEY)
    if mine is None or mine.state == "stopped" or _done(mine):
        background.pause(KEY, mine)
    if training != background.training(KEY):
        st.rerun()  # the whole page, for polling begins or ends
    config = _config(run)
    _buttons(mine, config, training=training)
    if mine is None:
        return
    registry().touch(mine)  # someone is looking
    if mine.step == 0:
        return
    if mine.config != config:
        st.info("Your run now learns other digits than these. Press Begin again.", icon=":material/info:")
    if training:
        _pictures(run, mine)
        off = mine.snapshot.scalars["brightness off"]
        st.caption(
            f"A pixel's mean brightness is off by {off:.3f} on average. More numbers follow when training stops."
        )
    else:
        _numbers(run, mine)


def _done(mine: Run) -> bool:
    """Whether all steps are taken, by the trainer that was last asked for."""
    return mine.step >= STEPS and mine.trainer.config is mine.asked


def _config(run: Run) -> PerPixelConfig:
    """The same digits as the run of the page."""
    c = run.config
    return PerPixelConfig(seed=c.seed, classes=c.classes, count=c.count, own=c.own)


def _buttons(mine: Run | None, config: PerPixelConfig, *, training: bool) -> None:
    background.complain(KEY)
    if mine is None:
        label = f"Train {PIXELS} small GANs"
        st.button(label, type="primary", key=f"{KEY}/begin", on_click=background.begin, args=(KEY, TRAINED, config))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if training:
            st.button("Stop", key=f"{KEY}/stop", icon=":material/stop:", on_click=background.pause, args=(KEY, mine))
        elif mine.step < STEPS:
            st.button(
                "Go on", key=f"{KEY}/on", icon=":material/play_arrow:", on_click=background.play, args=(KEY, mine)
            )
        st.button(
            "Begin again",
            key=f"{KEY}/again",
            icon=":material/refresh:",
            on_click=background.begin,
            args=(KEY, TRAINED, config),
        )
    st.progress(min(mine.step / STEPS, 1.0), f"Step {min(mine.step, STEPS)} of {STEPS}")


def _pictures(run: Run, mine: Run, judged: Sequence[np.ndarray] = ()) -> None:
    """Some images of each kind; and the mean of those that are judged, in the same order."""
    from playground.figures.palette import DARK, LIGHT  # Plotly comes along, which takes half a second

    paper, ink = (DARK if st.context.theme.type == "dark" else LIGHT).digits
    kinds = {
        "Real digits": grey(_trainer(mine).images[:SHOWN]).numpy(),
        f"Your run, step {run.step}: all pixels at once": run.trainer.sample(SHOWN, SEED),
        f"{PIXELS} small GANs: each pixel alone": mine.trainer.sample(SHOWN, SEED),
    }
    columns = st.columns(3, gap="medium")
    for column, (name, images) in zip(columns, kinds.items(), strict=True):
        with column:
            st.markdown(f"**{name}**")
            st.html(_embedded(sheet(images, COLUMNS, paper, ink), name))
    for column, images in zip(columns, judged, strict=False):
        with column:
            st.html(_embedded(sheet(images.mean(0), 1, paper, ink), "The mean image", MEAN_WIDTH))
            st.caption(f"The mean of {JUDGED}")


def sheet(images: np.ndarray, columns: int, paper: str, ink: str) -> np.ndarray:
    """Images in rows, the last one filled with paper. images: (n, 784) in [0, 1] -> (height, width, 3) bytes"""
    images = images.reshape(-1, SIDE * SIDE)
    images = np.concatenate((images, np.zeros((-len(images) % columns, SIDE * SIDE))))
    rows = images.reshape(-1, columns, SIDE, SIDE).swapaxes(1, 2).reshape(-1, columns * SIDE)[..., None].clip(0, 1)
    low, high = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (paper, ink))
    picture: np.ndarray = (low + rows * (high - low)).round().astype(np.uint8)
    return picture


def _embedded(picture: np.ndarray, alt: str, width: int | None = None) -> str:
    """The picture within the page: a file of its own may be gone, replaced by the next one, before a browser asks."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    style = (
        f"width: {f'{width}px' if width else '100%'}; image-rendering: pixelated; border-radius: 8px; display: block"
    )
    return f'<img alt="{alt}" src="data:image/png;base64,{data}" style="{style}">'


def _trainer(mine: Run) -> PerPixelTrainer:
    trainer = mine.trainer
    assert isinstance(trainer, PerPixelTrainer)
    return trainer


def _real(mine: Run) -> np.ndarray:
    """Random test digits, which nobody has trained on; of own images all are trained on. (JUDGED, 784) in [0, 1]"""
    random = np.random.default_rng(SEED)
    c, digits = mine.config, mnist()
    if c.own:
        pool = _trainer(mine).images
    else:
        pool = digits.test_x[of_classes(digits.test_y, c.classes or CLASSES)]
    return grey(pool[torch.from_numpy(random.integers(len(pool), size=JUDGED))]).numpy()


def _numbers(run: Run, mine: Run) -> None:
    """The same measurements of everybody's images, as many of each."""
    judge = digit_yardstick(mine.config.classes or CLASSES, mine.config.own)
    mean = _trainer(mine).mean.numpy()
    real = "your own images, trained on" if mine.config.own else "real, never trained on"
    names = (real, f"your run, step {run.step}", f"{PIXELS} small GANs")
    judged = (_real(mine), run.trainer.sample(JUDGED, SEED), mine.trainer.sample(JUDGED, SEED))
    _pictures(run, mine, judged)
    rows = []
    for name, images in zip(names, judged, strict=True):
        off = float(np.abs(images.mean(0) - mean).mean())
        far = judge.distance(torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32)))
        rows.append(f"| {name} | {off:.3f} | {neighbourly(images):.2f} | {far:.0f} |")
    st.markdown(
        f"| {JUDGED} images | a pixel's mean brightness is off by | neighbours go together | Frechet distance |\n"
        "|---|---|---|---|\n" + "\n".join(rows)
    )
    st.caption(
        "Off by: the mean over all pixels. Neighbours: the correlation of a pixel with the one to its right, weighted"
        " by how much they vary." + (f" {HALVED}" if mine.config.own else "")
    )
    if mine.step < STEPS:
        st.markdown("The small GANs have not finished. Press Go on.")
    else:
        st.markdown(
            "The small GANs have learned every pixel and no neighbour: what they sample is the product of the"
            " marginals. For a digit, all parts of G have to hear the same noise, and D has to see the parts together."
        )
    if run.step < FEW:
        st.caption(f"Your run has trained for only {run.step} steps. Press Play above, and come back.")
