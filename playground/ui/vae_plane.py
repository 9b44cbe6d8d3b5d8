"""The plane of rate and distortion: the path of a run, and where runs and sweeps have come to."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from playground.core import Axis, Snapshot, Trail, View
from playground.vae.ends import End, told_apart

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = "Rate and distortion"
YOUNG = 50  # steps whose nats would leave no room for the rest
ROOM = 1.15  # of the widest rate, so that the last end keeps its name on a phone
SYMBOLS = ("triangle-up", "square", "diamond", "circle", "cross", "x")  # one for each of the networks
PATH = View(
    "path",
    TITLE,
    "Right: the code tells more. Down: the copies are better. Dashed: where the sum is the lowest of these ends.",
    (Trail("this run", "encoder", "test_kl", "test_reconstruction"),),
    x=Axis("rate: KL, nats a test digit"),
    y=Axis("distortion: reconstruction, nats"),
    column="world",
)


def picture(story: list[Snapshot], ends: list[End], *, dark: bool) -> go.Figure:
    """The path of a run without its first steps, and the ends of all that can be compared with it."""
    from playground.figures import draw  # Plotly takes half a second to import
    from playground.figures.palette import DARK, LIGHT

    theme = DARK if dark else LIGHT
    grown = [snapshot for snapshot in story if snapshot.step >= YOUNG]
    figure = draw(PATH, grown or story[-1:], dark=dark)
    names = told_apart(ends)
    models = list(dict.fromkeys(names.values()))
    for line, model in names.items():
        own, swept = sorted((end for end in ends if end.line == line), key=lambda end: end.rate), line[-1]
        symbol = SYMBOLS[models.index(model) % len(SYMBOLS)]
        figure.add_scatter(
            x=[end.rate for end in own],
            y=[end.distortion for end in own],
            text=[f"\u03b2 {end.price}" for end in own],
            customdata=[end.step for end in own],
            name=f"{html.escape(model)}, swept" if swept else f"{html.escape(model)}, ends of runs",
            mode="lines+markers+text" if swept else "markers+text",
            textposition="top right",
            line={"color": theme.roles["encoder"], "width": 1, "dash": "dot"},
            marker={
                "color": theme.roles["encoder"],
                "symbol": f"{symbol}-open" if swept else symbol,
                "size": 10,
                "line": {"width": 2 if swept else 1, "color": theme.roles["encoder"] if swept else theme.paper},
            },
            hovertemplate="%{text}, step %{customdata:,d}: (%{x:.3~g}, %{y:.3~g})",
            showlegend=True,
        )
    if ends:
        best = min(ends, key=lambda end: end.rate + end.distortion)
        total, reach = best.rate + best.distortion, max(end.rate for end in ends)
        figure.add_scatter(
            x=[0, reach],
            y=[total, total - reach],
            name=f"-ELBO {total:.1f}",
            mode="lines",
            line={"color": theme.roles["theory"], "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
            showlegend=True,
        )
    rates = [end.rate for end in ends] + [snapshot.scalars["test_kl"] for snapshot in grown or story[-1:]]
    figure.update_xaxes(range=[0, ROOM * max(*rates, 1.0)])
    return figure.update_layout(showlegend=True)
