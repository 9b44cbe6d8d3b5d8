"""The further tabs of the sampling lab: maps that move samples, densities as surfaces, and what each model can do."""

from __future__ import annotations

from functools import cache

import numpy as np
import streamlit as st

from playground import maps
from playground.data import plane
from playground.data.line import normal_quantile
from playground.labs import LABS
from playground.runtime import Run
from playground.taxonomy import TREE, Card
from playground.ui.home import page

HERE = "sampling"
GRID = (2.6, 14, 61)  # half the width, lines each way, nodes a line
MOMENTS = 26  # between doing nothing and the ring map, both included
CLOUD = 300  # points drawn on the bent grid
COUNTED = 20_000  # points whose radius is measured
DECILES = np.linspace(0.1, 0.9, 9)
NORMAL_AXIS = np.linspace(-2.5, 2.5, 61)  # where the surfaces are computed, each way
TARGET_AXIS = np.linspace(-1.7, 1.7, 97)
CORRELATIONS = np.round(np.linspace(-0.9, 0.9, 19), 1)
CORRELATED = "correlated normal"
BROADER = 2.0  # times the targets' own noise: their ridges would be thinner than the picture's grid


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")


# Maps


def moved(run: Run) -> None:
    """Two maps that carry samples of one distribution into another."""
    with st.container(width=820):
        _reparametrisation()
        _ring()


@st.fragment
def _reparametrisation() -> None:
    from playground.figures.bent import stretched  # Plotly takes half a second to import

    st.subheader("Stretch and shift: x = mu + sigma z")
    st.markdown(
        "To sample a normal with any centre and spread, take a standard one and move its samples. Every strip below"
        " holds a tenth of the mass, before and after: where the map stretches, the density falls by as much."
    )
    left, right = st.columns(2)
    mu = left.slider("mu", -3.0, 3.0, 1.0, 0.1, key="sampling/maps/mu")
    sigma = right.slider("sigma", 0.2, 2.5, 2.0, 0.1, key="sampling/maps/sigma")
    z = np.linspace(-3.2, 3.2, 161)
    cuts = normal_quantile(DECILES)
    x = maps.affine(z, mu, sigma)
    figure = stretched(
        (z, maps.normal_density(z[:, None])),
        (x, maps.affine_density(x, mu, sigma)),
        (cuts, maps.affine(cuts, mu, sigma)),
        dark=_dark(),
    )
    alt = "A standard normal density above, the moved one below; lines join the ends of strips of equal mass."
    st.plotly_chart(figure, key="sampling/maps/line", theme=None, alt=alt, config={"displayModeBar": False})
    before, after = maps.normal_density(np.array([1.0])), maps.affine_density(np.array([mu + sigma]), mu, sigma)[0]
    st.latex(r"p_x(x)=p_z\Bigl(\frac{x-\mu}{\sigma}\Bigr)\Big/\sigma")
    st.markdown(
        f"At z = 1 the density is {before:.3f}. The map takes that point to x = {mu + sigma:.1f} and stretches by"
        f" {sigma:.1f}, so there it is {before:.3f} / {sigma:.1f} = **{after:.3f}**."
    )
    st.caption(
        "This is also how a variational autoencoder lets gradients through its sampling: mu and sigma come from a"
        " network, and x depends on them smoothly for every z."
    )


@st.fragment
def _ring() -> None:
    from playground.figures.bent import bent

    st.subheader("Bend: a normal cloud becomes a ring")
    st.latex(r"g(z)=\frac{z}{10}+\frac{z}{|z|}")
    st.markdown(
        "The map keeps each point's direction and moves its radius to 1 + |z| / 10. Press Bend and follow the grid."
        " What lies between the cloud and the ring are the maps (1 - t) z + t g(z): at t = 0 nothing has moved, at"
        " t = 1 all is done."
    )
    seed = st.session_state.setdefault("sampling/maps/seed", 1)
    z = np.random.default_rng(seed).normal(size=(COUNTED, 2))
    moments = np.linspace(0, 1, MOMENTS)
    lattice = maps.lattice(*GRID)
    figure = bent(
        {f"{t:.2f}": maps.ring(lattice, t) for t in moments},
        {f"{t:.2f}": maps.ring(z[:CLOUD], t) for t in moments},
        half=2.7,
        dark=_dark(),
    )
    alt = "A square grid and a cloud of points, which the map bends into a ring as t goes from 0 to 1."
    st.plotly_chart(figure, key="sampling/maps/ring", theme=None, alt=alt, config={"displayModeBar": False})
    radius = np.linalg.norm(maps.ring(z), axis=1)
    st.markdown(
        f"| radius of the ring | exact | {COUNTED:,} samples |\n|---|---|---|\n".replace(",", " ")
        + f"| mean | {maps.RING_MEAN:.4f} | {radius.mean():.4f} |\n"
        + f"| standard deviation | {maps.RING_SD:.4f} | {radius.std():.4f} |"
    )
    st.button("Draw others", key="sampling/maps/again", icon=":material/refresh:", on_click=_next_seed)
    st.caption(
        "Exact, because |z| follows Rayleigh's law with mean √(π/2) and variance 2 - π/2. A generator network is such a"
        " map with thousands of numbers to turn: it samples with ease, but nobody can undo it to ask for p(x)."
    )


def _next_seed() -> None:
    st.session_state["sampling/maps/seed"] += 1


# Surface


def surfaced(run: Run) -> None:
    """A density over the plane, to turn by hand."""
    with st.container(width=820):
        _surface()


@st.fragment
def _surface() -> None:
    from playground.figures.surface import surface

    st.subheader("A density is a landscape")
    st.markdown(
        "Its height is p(x, y), and the volume under it is 1. Drag to turn it; on the floor lie its lines of equal"
        " height."
    )
    name = st.selectbox("Density", (CORRELATED, *plane.TARGETS), key="sampling/surface")
    axis, densities, slides = _densities(name)
    alt = f"The density of {name} over the plane as a surface, with its contours below."
    figure = surface(axis, densities, slides=slides, dark=_dark())
    st.plotly_chart(figure, key="sampling/surface/figure", theme=None, alt=alt, config={"displayModeBar": False})
    if name == CORRELATED:
        st.latex(r"p(x,y)=\frac{1}{2\pi s}\,e^{-(x^2-2\rho xy+y^2)/2s^2}")
        st.caption(
            "Here s² = 1 - rho². Both coordinates stay standard normal, whatever the correlation rho: looked at one at"
            " a time they do not show it. A model of each coordinate alone would miss the diagonal ridge."
        )
    else:
        st.caption("Narrow ridges need a fine grid, and most of the floor is empty: that is why histograms give up.")


@cache
def _densities(name: str) -> tuple[np.ndarray, dict[str, np.ndarray], str]:
    """The axis of the grid, the heights on it by the slider's name for them, and what that is a name of."""
    axis = NORMAL_AXIS if name == CORRELATED else TARGET_AXIS
    points = np.stack(np.meshgrid(axis, axis), -1)
    if name == CORRELATED:
        return axis, {f"{rho:.1f}": maps.correlated_density(points, rho) for rho in CORRELATIONS}, "correlation rho ="
    heights = plane.TARGETS[name](BROADER).density(points.reshape(-1, 2)).reshape(points.shape[:2])
    return axis, {name: heights}, ""


# Which model can do what


def sorted_models(run: Run) -> None:
    """A map of generative models by what they can do, and the same card for each of them."""
    st.markdown(
        "Two questions sort generative models. Can it **sample**, that is make a new x? And can it **answer p(x)**,"
        " that is say how likely a given x is? Open two models to compare them: every card has the same lines, because"
        " every model is the same three choices."
    )
    for column, family in zip(st.columns(3, gap="medium"), TREE, strict=True):
        with column:
            st.subheader(family.name, anchor=False)
            st.caption(family.says)
            for card in family.cards:
                with st.expander(f"**{card.name}**"):
                    _card(card)
                st.caption(f"Samples: {card.sampling}. p(x): {card.density}.")


def _card(card: Card) -> None:
    for question, answer in (
        ("Can it sample?", card.samples),
        ("Can it answer p(x)?", card.answers),
        ("Representation f(z; θ)", card.representation),
        ("Objective", card.objective),
        ("Optimiser", card.optimiser),
    ):
        st.markdown(f"**{question}**  \n{answer}")
    for slug in card.labs:
        if slug == HERE:
            st.markdown("*You are in its lab: both are in the first picture above.*")
        elif slug in LABS:
            st.page_link(page(LABS[slug]), label=f"Open the lab: {LABS[slug].title}", icon=":material/arrow_forward:")
