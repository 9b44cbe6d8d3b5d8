"""A lesson to paint: convolution, its way back, the matrix behind both, and where checkerboards come from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.convolution import convolve, matrix, overlaps, shape_after, transposed
from playground.runtime import Run
from playground.ui.cells import cells as painted
from playground.ui.cells import put
from playground.ui.digit_code import code_of

KEY = "mnist-gan/convolution"
SHAPE = (8, 8)
SEVEN = np.array([[int(ink) for ink in row] for row in (
    "00000000", "01111110", "00000010", "00000100", "00001000", "00001000", "00010000", "00000000",
)])  # fmt: skip
KERNELS = {
    "sum": np.ones((3, 3), int),
    "upright edges": np.array([[-1, 0, 1]] * 3),
    "level edges": np.array([[-1, 0, 1]] * 3).T,
    "only the middle": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "strokes like /": np.array([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]]),
}
_STILL = {"displayModeBar": False}


def convolution(run: Run) -> None:
    """Paint an image and a kernel; see where convolution and its transpose take them."""
    with st.container(width=980):
        _painter()
        _checkerboard()
        code_of(convolve, transposed, matrix, overlaps)


@st.fragment
def _painter() -> None:
    from playground.figures.cells import cells  # Plotly takes half a second to import

    st.subheader("Paint: what does a convolution see?")
    st.markdown(
        "Click the squares, or drag. The kernel slides over the image x and adds up what lies under it, each pixel"
        " times the kernel's number there: that is one number of y. Transposed convolution goes the other way: each"
        " number of y stamps the kernel, as strongly as it is large. The first is for looking, the second for drawing."
    )
    dark = st.context.theme.type == "dark"
    first, second, third = st.columns([5, 4, 4], gap="large")
    with first:
        x = painted(f"{KEY}/x", "Image x, 8 x 8", SEVEN).astype(float)
        st.button("Clear", key=f"{KEY}/clear", on_click=put, args=(f"{KEY}/x", np.zeros(SHAPE)))
    with second:
        k = painted(f"{KEY}/k", "Kernel k: 1, 0 or −1", KERNELS["sum"], (1, 0, -1)).astype(float)
        st.selectbox("Or take", list(KERNELS), index=None, placeholder="a kernel", key=f"{KEY}/kernel", on_change=_take)
    with third:
        stride = st.radio("Stride", (1, 2), horizontal=True, key=f"{KEY}/stride", help="How far the kernel moves on.")
        words = "Rows and columns of zeros around x."
        padding = st.radio("Padding", (0, 1), index=1, horizontal=True, key=f"{KEY}/padding", help=words)
        st.latex(r"y_{ij}=\sum_{a,b}k_{ab}\,x_{si+a-p,\;sj+b-p}")
    y = convolve(x, k, stride, padding)
    back = transposed(y, k, SHAPE, stride, padding)
    are = "are, too" if np.array_equal(back, x) else "are not"
    left, right = st.columns(2, gap="large")
    for column, key, name, values in (
        (left, "y", "y = conv x", y),
        (right, "back", f"convᵀ y: the shape is back, the values {are}", back),
    ):
        with column:
            st.markdown(f"**{name}** ({values.shape[0]} x {values.shape[1]})")
            figure = cells(values, dark=dark, numbers=".0f", height=330)
            alt = f"{name}: {values.shape[0]} rows of {values.shape[1]} numbers, from {values.min():.0f} to"
            st.plotly_chart(figure, key=f"{KEY}/{key}", theme=None, alt=f"{alt} {values.max():.0f}.", config=_STILL)
    _adjoint(x, k, stride, padding, back, dark=dark)


def _adjoint(x: np.ndarray, k: np.ndarray, stride: int, padding: int, back: np.ndarray, *, dark: bool) -> None:
    from playground.figures.cells import cells

    st.subheader("One matrix, read both ways")
    rows, columns = shape_after(SHAPE, (3, 3), stride, padding)
    seed = st.session_state.setdefault(f"{KEY}/seed", 1)
    other = np.random.default_rng(seed).normal(size=(rows, columns))
    A = matrix(k, SHAPE, stride, padding)
    left = float(np.vdot(convolve(x, k, stride, padding), other))
    right = float(np.vdot(x, transposed(other, k, SHAPE, stride, padding)))
    words, picture = st.columns([3, 2], gap="large")
    with words:
        st.latex(
            r"\langle \operatorname{conv}x,\;v\rangle=\langle x,\;\operatorname{conv}^{\mathsf T}v\rangle"
            r"\quad\text{for all }x,v"
        )
        st.markdown(
            f"Both maps are linear. Convolution is a matrix A of {rows * columns} x {x.size} numbers, and transposed"
            f" convolution is A with rows and columns exchanged. Put to the test with an image v of random numbers:\n\n"
            f"| ⟨conv x, v⟩ | ⟨x, convᵀ v⟩ | difference |\n|---|---|---|\n"
            f"| {_minus(left)} | {_minus(right)} | {abs(left - right):.0e} |\n\n"
            f"{_undone(x, back, A)} The same pair runs in every training step: the gradient passes through a"
            " convolution as a transposed convolution."
        )
        st.button("Another v", key=f"{KEY}/again", icon=":material/refresh:", on_click=_another)
    with picture:
        figure = cells(A, dark=dark, height=330)
        figure.update_traces(xgap=0, ygap=0)
        st.plotly_chart(figure, key=f"{KEY}/matrix", theme=None, alt="The matrix of the convolution.", config=_STILL)
        st.caption("A: one row for each number of y, one column for each pixel of x. Its diagonals are the kernel.")


@st.fragment
def _checkerboard() -> None:
    from playground.figures.cells import cells

    st.subheader("Where checkerboards come from")
    st.markdown(
        "A generator doubles its image with stride 2. Count how many stamps fall on each pixel: where the stride does"
        " not divide the size of the kernel, neighbours get different numbers of them, and the network has to unlearn"
        " that pattern."
    )
    for column, side in zip(st.columns(2, gap="large"), (3, 4), strict=True):
        counts = overlaps((side, side), (4, 4), 2)
        inside = counts[side:-side, side:-side] if side < 4 else counts[2:-2, 2:-2]
        found = sorted({int(count) for count in inside.ravel()})
        with column:
            verdict = "even" if len(found) == 1 else "uneven"
            told = " and ".join(map(str, found)) if len(found) < 3 else f"{found[0]}, {found[1]} and {found[2]}"
            st.markdown(f"**Kernel {side} x {side}, stride 2**: {verdict} ({told} inside)")
            figure = cells(counts, dark=st.context.theme.type == "dark", numbers=".0f", height=300)
            alt = f"Stamps of a {side} by {side} kernel on each pixel."
            st.plotly_chart(figure, key=f"{KEY}/stamps-{side}", theme=None, alt=alt, config=_STILL)


def _undone(x: np.ndarray, back: np.ndarray, A: np.ndarray) -> str:
    """Whether transposed convolution has undone convolution. A: the matrix of the latter."""
    apart = f"convᵀ(conv x) differs from x by up to **{np.abs(back - x).max():.0f}**."
    if not np.array_equal(back, x):
        return f"Transposed is not inverse: {apart}"
    if np.array_equal(A.T @ A, np.eye(x.size)):
        return f"{apart} Here transposed is inverse, for every x: the columns of A have length 1 and are orthogonal."
    return f"{apart} That is luck with this x: of others, with this kernel, not all values would come back."


def _minus(value: float) -> str:
    return f"{value:.10f}".replace("-", "−")


def _take() -> None:
    name = st.session_state[f"{KEY}/kernel"]
    if name is not None:
        put(f"{KEY}/k", KERNELS[name])


def _another() -> None:
    st.session_state[f"{KEY}/seed"] += 1
