"""Two lessons on why an image is more than its pixels: two of them, and one GAN for each of 784."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from playground.runtime import Run
from playground.two_pixels import GAMES, STEPS, joint, kl, play, total_correlation

KEY = "mnist-gan/two-pixels"
MOST = 0.9  # correlation on the slider
SAYS = (
    "Each pixel learns how often it is on. No part of this game knows how they go together, so G ends on the floor.",
    "D now sees that the pairs are wrong, but two generators with noise of their own can only make products. To please"
    " D they bend the single pixels instead.",
    "The noise is shared, so G could make any pairs. But each D sees one pixel and asks for no pair: the correlation"
    " stays about what it was at the beginning, by chance. Press Begin elsewhere.",
    "Shared noise lets G make the pairs, and a D that sees both asks for them. Only here does q become p.",
)


def two_pixels(run: Run) -> None:
    """Four games about an image of two pixels, with the floor that some of them cannot get below."""
    with st.container(width=900):
        _two_pixels()


@st.fragment
def _two_pixels() -> None:
    from playground.figures.cells import cells, learning  # Plotly takes half a second to import

    st.subheader("The smallest image has two pixels")
    st.markdown(
        "Each pixel is on half of the time, and mostly both are or neither is. How far is what G makes, q, from p?"
        " Independent pixels can get no nearer than the total correlation of p, which is the dashed line."
    )
    dark = st.context.theme.type == "dark"
    left, right = st.columns([2, 1], vertical_alignment="center")
    with left:
        correlation = st.slider("Correlation of the two pixels", -MOST, MOST, 0.8, 0.1, key=f"{KEY}/correlation")
        at = st.slider("Show the games at step", 0, STEPS, STEPS, 10, key=f"{KEY}/step")
        seed = st.session_state.setdefault(f"{KEY}/seed", 0)
        st.button("Begin elsewhere", key=f"{KEY}/again", icon=":material/refresh:", on_click=_elsewhere)
    p = joint(correlation)
    floor = total_correlation(p)
    with right:
        st.markdown("**p**, what there is to learn")
        alt = f"p: both off {p[0, 0]:.3f}, only the second on {p[0, 1]:.3f}, only the first {p[1, 0]:.3f}, both on"
        figure = cells(p, dark=dark, numbers=".3f", height=130)
        st.plotly_chart(figure, key=f"{KEY}/p", theme=None, alt=f"{alt} {p[1, 1]:.3f}.", config=_STILL)
    st.latex(r"\min_{q_a,\,q_b}\mathrm{KL}(p\,\|\,q_a q_b)=\sum_{a,b}p(a,b)\log\frac{p(a,b)}{p(a)\,p(b)}")
    st.markdown(f"With these numbers the total correlation is **{floor:.3f} nats**, exactly.")
    ways = [_played(correlation, index, seed) for index in range(len(GAMES))]
    most = 1.08 * max(floor, *(distances.max() for _, distances in ways), 0.1)
    for pair in (0, 2):
        for column, index in zip(st.columns(2, gap="medium"), (pair, pair + 1), strict=True):
            q, distances = ways[index]
            with column:
                st.markdown(f"**{GAMES[index].name}**: KL = {distances[at]:.3f}")
                figure = learning(q[at], distances, floor, at, most, dark=dark)
                alt = f"q at step {at} as a table, and KL(p, q) at every step with the total correlation dashed."
                st.plotly_chart(figure, key=f"{KEY}/{index}", theme=None, alt=alt, config=_STILL)
                st.caption(SAYS[index])
    st.caption(
        "The tables read: first pixel off, on from top to bottom; second pixel off, on from left to right. There are"
        " only four images, so every expectation is summed instead of sampled: this is the game without luck."
    )


_STILL = {"displayModeBar": False}


@lru_cache(maxsize=64)  # a slider goes through few of them, and all learners share them
def _played(correlation: float, index: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """q at every step, and its distance from p."""
    p = joint(correlation)
    q = play(p, GAMES[index], seed)
    return q, np.array([kl(p, at) for at in q])


def _elsewhere() -> None:
    st.session_state[f"{KEY}/seed"] += 1
