"""The tab that sends the same noise through several samplers, and asks whether they end at the same points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from playground.core import Axis, Contour, Curve, Field, Points, Snapshot, View
from playground.diffusion.held import asked, held
from playground.diffusion.points import PointsTrainer
from playground.diffusion.points_still import Still
from playground.diffusion.same_noise import COUNTED, DRAWING, REFERENCE, STRAIGHT, WAYS, SameNoise
from playground.runtime import Run
from playground.ui.tab import standing
from playground.yardstick import OUTER

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Same noise"
KEY = "diffusion/ways"
POLL_SECONDS = 2.0
STEPS = (5, 10, 20, 50)
HEIGHT = 280  # pixels
COLUMNS = 3


@standing
def same_noise(run: Run) -> None:
    st.markdown(
        f"The same {WAYS} noises through five samplers. Does what comes out depend only on the noise that goes in?"
        " Slide from T to 0 and follow the ways."
    )
    st.fragment(run_every=POLL_SECONDS if run.state == "running" else None)(_ways)(run)


def _ways(run: Run) -> None:
    trainer: Any = run.trainer
    left, right = st.columns([1, 2])
    with left:
        steps = st.segmented_control("Steps", STEPS, default=20, key=f"{KEY}/steps", required=True)
    work = _measured(trainer, int(steps))
    with right:
        t = st.select_slider("Time", work.times, 0, key=f"{KEY}/time {work.times[0]} {len(work.times)}")
    dark = bool(st.context.theme.type == "dark")
    for names in (DRAWING, STRAIGHT):
        columns = st.columns(COLUMNS)
        for name, column in zip(names, columns, strict=False):
            figure = picture(work, name, work.times.index(t), trainer.still, dark=dark)
            words = f"The ways of {WAYS} noises through {name} from T to t = {t}."
            column.plotly_chart(figure, key=f"{KEY}/{name}", theme=None, alt=words, config={"displayModeBar": False})
        if names is DRAWING:
            with columns[-1]:
                _legend(work, t)
    st.markdown(verdict(work))
    who = "the exact denoiser" if work.held.config.denoiser == "exact" else f"the network of step {work.held.step}"
    st.caption(
        f"Asked is {who}. Distances are means over {COUNTED} noises, with their standard errors. DDIM with eta 1 is"
        " DDPM: from the same start it ends elsewhere because it is given other noise on the way, and with the same it"
        " would go the same way."
    )


def _measured(trainer: PointsTrainer, steps: int) -> SameNoise:
    """Found out again only when the network that is shown, or a knob, has changed."""
    c = trainer.config
    key = (asked(trainer), c.denoiser, c.spacing, steps)
    kept: Any = st.session_state.get(f"{KEY}/work", (None, None))
    if kept[0] != key:
        work = SameNoise(held(trainer), steps)
        with st.spinner("Following the noise"):
            while work.go_on():
                pass
        kept = key, work
        st.session_state[f"{KEY}/work"] = kept
    found: SameNoise = kept[1]
    return found


def picture(work: SameNoise, name: str, index: int, still: Still, *, dark: bool) -> go.Figure:
    """The ways until the stop of that index, and the exact density: of that time in the plane, of all on the line."""
    from playground.figures import draw  # Plotly takes half a second to import

    ways = work.ways[name][: index + 1, :WAYS]  # (stops, WAYS, d)
    times = np.array(work.times[: index + 1], float)
    low, high = still.ground.frame
    scalars: dict[str, float] = {"low": low, "high": high, "T": float(still.schedule.T)}
    if still.ground.dim == 1:
        at = np.stack((np.broadcast_to(times[:, None], ways.shape[:2]), ways[:, :, 0]), -1)
        behind: Any = Field("true law", "real", "behind", (0, "T", "low", "high"))
        arrays = {"behind": still.lasting["laws"]}
        x, y = Axis("time t", 0, "T"), Axis("", "low", "high")
    else:
        at, then = ways, still.then(work.times[index])
        behind = Contour("exact", "theory", "behind", ("p_low", "p_high", "p_low", "p_high"), (OUTER,))
        arrays, scalars = {"behind": then.arrays["p"]}, scalars | then.numbers
        x, y = Axis("", "low", "high"), Axis("", "low", "high")
    lifted = np.concatenate((at, np.full((1, *at.shape[1:]), np.nan))).swapaxes(0, 1).reshape(-1, 2)
    arrays |= {"x": lifted[:, 0], "y": lifted[:, 1], "now": at[-1].astype(float)}
    layers = (behind, Curve("ways", "generated", "x", "y", thin=True), Points("now", "generated", "now"))
    view = View(name, name, "", layers, x=x, y=y, equal=still.ground.dim == 2, switches=True)
    figure = draw(view, Snapshot(work.held.step, scalars, arrays), dark=dark)
    figure.update_traces(line={"width": 1, "dash": "dot"}, selector={"type": "contour"})  # small panels
    figure.update_traces(opacity=0.7, selector={"name": "ways"})
    figure.update_traces(cliponaxis=False, selector={"name": "now"})
    return figure.update_layout(showlegend=False, height=HEIGHT, margin={"b": 42 if still.ground.dim == 1 else 26})


def _legend(work: SameNoise, t: int) -> None:
    plane = work.held.ground.dim == 2
    behind = (
        f"**Dashed:** the exact law at t = {t}, with 95 % of the points inside."
        if plane
        else "**Blue:** the true law at each time. Noise enters on the right and leaves as data on the left."
    )
    st.markdown(
        f"**Orange:** the ways, and where they are at t = {t}. {behind} In this row noise is drawn at each step; in the"
        " next one none is."
    )


def verdict(work: SameNoise) -> str:
    """What the ends say."""
    others = {name: work.apart(name, REFERENCE) for name in STRAIGHT if name != REFERENCE}
    drawn, strangers = work.apart(*DRAWING), work.strangers()
    near = "; ".join(f"{name}: {a.mean:.4f} ± {a.error:.4f}" for name, a in others.items())
    return (
        f"In {work.steps} steps, the ends are this far from those of {REFERENCE}: **{near}**. Two chains that draw"
        f" noise end **{drawn.mean:.2f} ± {drawn.error:.2f}** apart from the same start, and two real points that have"
        f" nothing to do with each other lie {strangers.mean:.2f} ± {strangers.error:.2f} apart."
    )
