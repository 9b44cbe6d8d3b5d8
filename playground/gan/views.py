"""The pictures that several GAN labs show alike: losses, D's answers, gradients, and what goes on in the plane."""

from __future__ import annotations

from dataclasses import replace

from playground.core import Arrows, Axis, Band, Contour, Field, Layer, Points, Rule, Series, View
from playground.yardstick import INNER, OUTER

# How the two players stand

LOSSES = View(
    "losses",
    "Losses",
    "Dashed: where each loss rests when neither player can improve.",
    (
        Rule("D at rest", "theory", "d_rest"),
        Rule("G at rest", "theory", "g_rest"),
        Series("D", "discriminator", "d_loss"),
        Series("G", "generated", "g_loss"),
    ),
    x=Axis("step"),
    y=Axis("loss"),
)

EFFORT = View(
    "effort",
    "Right answers of D",
    "The share of the last batch that D tells rightly. At 1/2 it can only guess; at 1 G has lost, for now.",
    (Rule("guessing", "theory", 0.5), Series("D", "discriminator", "accuracy")),
    x=Axis("step"),
    y=Axis("", 0.4, 1, soft=True),
    wide=False,
)

GRADIENTS = View(
    "gradients",
    "Gradients",
    "How strongly each player is pulled. Where G's falls to nothing it cannot learn any more.",
    (Series("D", "discriminator", "d_norm"), Series("G", "generated", "g_norm")),
    x=Axis("step"),
    y=Axis("", log=True),
)

# Points in the plane, and what D believes of every place

REAL, GENERATED = Points("real", "real", "real"), Points("generated", "generated", "generated")
IN_BATCH = (
    Points("real in this batch", "real", "real batch", hollow=True, off=True),
    Points("generated in this batch", "generated", "fake batch", hollow=True, off=True),
)
PULL = Arrows("pull on G", "generated", "tails", "pulls", "stretch")
_FRAME = ("low", "high", "low", "high")
BELIEF = Field("what D believes", "discriminator", "field", _FRAME)
UNDECIDED = Contour("D undecided", "discriminator", "field", _FRAME, (0.5,))
DENSITY = Contour("p: 50 % and 95 %", "theory", "p", ("p_low", "p_high", "p_low", "p_high"), (OUTER, INNER))

_SEEN = "Blue points are real, orange ones are G's; the colour behind them is what D believes."


def plane(*layers: Layer) -> View:
    """The large picture of a lab in the plane; arrows are explained where there are any."""
    arrows = " Arrows show where G's loss pulls each point." if PULL in layers else ""
    return View(
        "plane",
        "Real and generated",
        _SEEN + arrows,
        layers,
        x=Axis("", "low", "high"),
        y=Axis("", "low", "high"),
        column="world",
        equal=True,
        switches=True,
    )


DISTANCE = View(
    "distance",
    "Distance to the real distribution",
    "SW1, the sliced Wasserstein distance: how far 1000 generated points must be carried to become real ones, looked at"
    " from 32 sides. In nine of ten cases 1000 real points fall into the band; to be below it is luck, not more truth.",
    (Band("a perfect generator", "noise", "sw1_low", "sw1_high"), Series("SW1", "generated", "sw1")),
    x=Axis("step"),
    y=Axis("SW1", 0.01, 1, log=True, soft=True),
)


def thumbnail(steps: int) -> View:
    """What stands for a preset of the plane on the map of labs, after so many steps."""
    still = plane(REAL, GENERATED)
    title = f"What G makes after {steps} steps"
    caption = "blue circles are real points, orange diamonds generated ones."
    return replace(still, name="thumbnail", title=title, caption=caption, column="side", switches=False)


# The layers that each part of an iteration is about

SPOTLIGHT = {
    "G samples": ("real", "generated", "real in this batch", "generated in this batch"),
    "D scores": ("what D believes", "D undecided", "real in this batch", "generated in this batch"),
    "D update": ("what D believes", "D undecided"),
    "G gradient": ("generated", "pull on G"),
    "G update": ("generated",),
}
