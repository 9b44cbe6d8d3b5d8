"""Further tabs of the autoencoders: noise of gradients, arithmetic with codes, a digit drawn, all test digits."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import streamlit as st
import torch

from playground.data.digits import SIDE, grey
from playground.data.raster import raster
from playground.neighbours import nearest
from playground.runtime import Run
from playground.ui import vae_path, vae_plane
from playground.ui.digit_pad import digit_pad
from playground.ui.tab import Extra
from playground.vae.lessons import ATTRIBUTES, DIGITS, DRAWS, directions, gradient_spread
from playground.vae.material import WATCH_SEED, WATCHED
from playground.vae.objective import split

ZOOM, GAP = 3, 2  # pixels
FAR = 2.0  # times the way between the quarters with most and least of an attribute
ALIKE = 6  # training digits beside a drawn one
MOST_BARS = 20  # dimensions of a code that are told in words


def row(images: torch.Tensor) -> np.ndarray:
    """Images side by side, white on black. (n, 784) in [0, 1] -> bytes."""
    walls = np.pad(
        images.clamp(0, 1).mul(255).round().to(torch.uint8).view(-1, SIDE, SIDE).numpy(force=True),
        ((0, 0), (0, 0), (0, GAP)),
        constant_values=128,
    )
    return np.concatenate(list(walls), 1)[:, :-GAP].repeat(ZOOM, 0).repeat(ZOOM, 1)


def _standing(run: Run) -> bool:
    """Whether the model holds still; says what to do if it does not."""
    if run.state == "running":
        st.info("Pause the run: this needs a model that stands still.", icon=":material/pause:")
    return run.state != "running"


def _key(name: str) -> str:
    return f"vae/{name}"


def drawn(run: Run) -> None:
    """A digit by the learner's own hand: q(z | x), what it comes back as, and what it is like."""
    st.markdown(
        "Draw a digit. The encoder says where its code lies and how surely; the decoder makes a digit of it again. Then"
        " draw something that is no digit: the model can only answer in digits."
    )
    left, right = st.columns([1, 2])
    with left:
        strokes = digit_pad(_key("pad"))
    if strokes:
        st.session_state[_key("drawn")] = raster(strokes)
    image = st.session_state.get(_key("drawn"))
    if image is not None and _standing(run):
        with right:
            _passed(run.trainer, torch.from_numpy(image.copy())[None])


def as_read(trainer: Any, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """A drawing as the encoder wants it, and the digit nearest to it among those that this model has learned from.

    image: bytes (1, 784). Returns pixels in [0, 1], (1, 784) each, and how far they are apart.
    """
    x, among = grey(image), trainer.real.cpu()
    index, distance = nearest(x, among)
    own = torch.Generator().manual_seed(WATCH_SEED)  # the same drawing is read the same way at each look
    fed, near = trainer.shown_as(x, own), grey(among[index])
    return fed.to(trainer.device), near.to(trainer.device), float(distance[0])


def _passed(trainer: Any, image: torch.Tensor) -> None:
    fed, near, distance = as_read(trainer, image)
    mu, log_variance = split(trainer.encoder(fed), trainer.config.latent)
    st.image(
        row(torch.cat((fed, trainer.decode(mu), near))),
        caption="Your digit as it is read, its reconstruction, and the training digit that looks most like it"
        f" ({distance:.1f} away).",
    )
    codes = split(trainer.encoder(trainer.watched[0]), trainer.config.latent)[0]
    alike = (codes - mu).square().sum(1).argsort()[:ALIKE]
    st.image(row(trainer.watched[0][alike]), caption="Test digits whose codes lie nearest to its code.")
    if log_variance is None:
        st.caption("An autoencoder's code is a point: it has no spread.")
        return
    sigma = torch.exp(log_variance / 2)[0].tolist()
    pairs = sorted(zip(mu[0].tolist(), sigma, strict=True), key=lambda pair: pair[1])[:MOST_BARS]
    st.markdown("**q(z | x)**, surest dimensions first: " + ", ".join(f"{m:+.2f} ± {s:.2f}" for m, s in pairs))


def arithmetic(run: Run) -> None:
    """This stroke weight and that slant: directions among the codes, measured on what is decoded."""
    st.markdown(
        "Take the mean code of heavy digits, less that of light ones, kind by kind: that is a direction for stroke"
        " weight. The same for slant. Added to the code of a digit, it should change that and leave the digit itself."
    )
    if not _standing(run):
        return
    trainer: Any = run.trainer
    x = trainer.watched[0]
    chosen = st.slider("Test digit", 0, len(x) - 1, 0, key=_key(f"which of {len(x)}")) if len(x) > 1 else 0
    ways = directions(trainer)
    amounts = [
        st.slider(name.capitalize(), -FAR, FAR, 0.0, 0.1, key=_key(name)) for name in ways
    ]  # in units of the way from the quarter with least to that with most
    z = split(trainer.encoder(x[chosen : chosen + 1]), trainer.config.latent)[0]
    moved = z + sum(amount * way for amount, way in zip(amounts, ways.values(), strict=True))
    images = trainer.decode(torch.cat((z, moved)))
    st.image(row(torch.cat((x[chosen : chosen + 1], images))), caption="The digit, its copy, and the copy moved.")
    lines = [
        f"| {html.escape(name)} | {before:.2f} | {after:.2f} |"
        for name, measure in ATTRIBUTES.items()
        for before, after in [measure(images).tolist()]
    ]
    st.markdown("\n".join(("| measured | copy | moved |", "|---|---|---|", *lines)))


def spread(run: Run) -> None:
    """The same gradient, estimated in four ways."""
    st.markdown(
        "The decoder's wishes have to reach the encoder through a drawn code. Here is the gradient that arrives at the"
        f" encoder's output, for the same test digits, {DIGITS} if there are so many, and {DRAWS} draws of noise."
    )
    if not _standing(run):
        return
    if run.config.kind == "autoencoder":
        st.info("An autoencoder draws no code, so there is nothing to estimate.")
        return
    if st.button("Measure", type="primary", key=_key("measure")):
        trainer: Any = run.trainer
        st.session_state[_key("spread")] = (run.token, run.step, gradient_spread(trainer))
    token, step, found = st.session_state.get(_key("spread"), ("", 0, {}))
    if token != run.token:
        return
    lines = [f"| {name} | {s.spread:.1f} | {s.off:.2f} |" for name, s in found.items()]
    st.markdown("\n".join(("| gradient | noise of one draw | mean of all draws is off by |", "|---|---|---|", *lines)))
    st.caption(
        f"Step {step}. The reference is the reparametrised mean of {DRAWS} other draws, and its length is the unit;"
        " so the reparametrised mean is off by chance alone. The score function is right on average, too, but"
        f" its noise is so large that {DRAWS} draws do not show it; blocked is quiet and wrong: it lacks the whole"
        " gradient."
    )


def all_test(run: Run) -> None:
    """Both terms on every test digit."""
    st.markdown(
        f"The curves follow at most {WATCHED} test digits, so that measuring stays cheap. This measures all of them."
    )
    if not _standing(run):
        return
    if st.button("Measure all test digits", type="primary", key=_key("all")):
        trainer: Any = run.trainer
        st.session_state[_key("all found")] = (run.token, run.step, trainer.test_elbo())
    token, step, found = st.session_state.get(_key("all found"), ("", 0, {}))
    if token == run.token:
        words = "all of them for the picture: an autoencoder's code costs nothing."
        if run.config.kind == "vae":
            words = (
                f"of which {found['reconstruction']:.2f} for the picture and {found['kl']:.2f} for the code"
                f" ({found['kl_drawn']:.2f} by drawing)."
            )
        st.markdown(f"Step {step}: **{found['loss']:.2f}** nats a digit, {words}")


EXTRAS: dict[str, Extra] = {
    "Draw a digit": drawn,
    "Arithmetic": arithmetic,
    "Gradient noise": spread,
    vae_plane.TITLE: vae_path.rate_distortion,
    "All test digits": all_test,
}
