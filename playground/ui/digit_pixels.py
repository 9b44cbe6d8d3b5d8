"""Two lessons on why an image is more than its pixels: two of them, and one GAN for each of 784."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from playground.runtime import Run
from playground.two_pixels import GAMES, STEPS, climb, descend, generated, joint, kl, play, total_correlation
from playground.ui.digit_code import code_of

KEY = "mnist-gan/two-pixels"
MOST = 0.9  # correlation on the slider
INDEPENDENT = 0.005  # nats of total correlation below which there is nothing to miss
SAYS = (
    "Each pixel learns how often it is on. Nothing in this game knows how they go together, so G ends on the floor.",
    "D sees that the pairs are wrong, but two generators with noise of their own can only make products.",
    "Shared noise lets G make any pairs. But each D sees one pixel and asks for none: how the pixels go together is"
    " left to chance. Press Begin elsewhere.",
    "Shared noise lets G make the pairs, and a D that sees both asks for them. Only here does q become p.",
)
BENT = " To please D they give up the single pixels, too: q is further from p than the floor."


def two_pixels(run: Run) -> None:
    """Four games about an image of two pixels, with the floor that some of them cannot get below."""
    with st.container(width=900):
        _two_pixels()
        code_of(play, generated, climb, descend, total_correlation)


@st.fragment
def _two_pixels() -> None:
    from playground.figures.cells import cells, learning  # Plotly takes half a second to import

    st.subheader("The smallest image has two pixels")
    st.markdown(
        "Each pixel is on half of the time; the correlation says how they go together: above 0 mostly both or neither"
        " are on, below 0 mostly one of them. Four games try to learn that. KL tells how far what G makes, q, still is"
        " from p. Independent pixels get no nearer than the total correlation of p: the dashed line, a floor."
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
        figure = cells(p, dark=dark, numbers=".3f", height=130, most=1.0)
        st.plotly_chart(figure, key=f"{KEY}/p", theme=None, alt=f"{alt} {p[1, 1]:.3f}.", config=_STILL)
    st.latex(r"\min_{q_a,\,q_b}\mathrm{KL}(p\,\|\,q_a q_b)=\sum_{a,b}p(a,b)\log\frac{p(a,b)}{p(a)\,p(b)}")
    st.markdown(
        f"With these numbers the total correlation is **{floor:.3f} nats**, exactly. To learn the pairs it is"
        " not enough that one generator has several outputs: they have to share their noise, and D has to see them"
        " together."
    )
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
                if floor >= INDEPENDENT:
                    st.caption(SAYS[index] + (BENT if index == 1 and distances[-1] > floor + INDEPENDENT else ""))
    if floor < INDEPENDENT:
        st.markdown("These pixels are independent: there is nothing to miss, and every game can be won.")
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
