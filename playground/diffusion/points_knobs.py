"""The knobs of a diffusion model of points: the coin, numbers on the line, shapes in the plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.core import knob, with_default
from playground.data import line, plane
from playground.diffusion.embedding import EMBEDDINGS
from playground.diffusion.knobs import DiffusionConfig
from playground.gan.distributions import INSIDE
from playground.gan.line_knobs import BUMP, DRAWING
from playground.gan.plane import PlaneConfig

TAILS, HEADS, BLUR = -1.0, 1.0, 0.1  # where the coin's sides lie on the line, and the noise around them

ON_LINE = ("coin", "bumps", "far apart", "uniform", "exponential", "drawn")
IN_PLANE = (*plane.TARGETS, *plane.WRITTEN)

DENOISERS = ("network", "exact")


@dataclass(frozen=True)
class PointsConfig(DiffusionConfig):
    target: str = knob(
        "ring8",
        "Where the data come from. The coin and the next five are numbers on the line, the others points in the plane.",
        label="Data",
        options=(*ON_LINE, *IN_PLANE),
    )
    p: float = knob(
        0.3,
        "How often the coin shows heads. Tails lie at -1 and heads at 1, both a little blurred.",
        label="Probability of heads",
        low=0.0,
        high=1.0,
        step=0.05,
        needs=("target", ("coin",)),
        group="Data",
    )
    bumps: int = knob(
        3,
        "How many bumps there are, all equally high.",
        label="Number of bumps",
        low=2,
        high=5,
        step=1,
        needs=("target", ("bumps",)),
        group="Data",
    )
    gap: float = knob(
        6.0,
        "How far apart the two far bumps are; each has a spread of 0.25.",
        label="Gap between far bumps",
        low=2.0,
        high=12.0,
        step=0.5,
        needs=("target", ("far apart",)),
        group="Data",
    )
    drawn: str = knob(
        DRAWING,
        "The density that you have drawn, a letter a column.",
        label="Your density",
        letters=line.ALPHABET,
        longest=line.BINS,
        hidden=True,
        needs=("target", ("drawn",)),
        group="Data",
    )
    word: str = with_default(PlaneConfig, "word", "GAN", group="Data")
    own: str = with_default(PlaneConfig, "own", "", group="Data")
    noise: float = with_default(
        PlaneConfig,
        "noise",
        1.0,
        help="How thick the shape is, as a multiple of its own thickness. Fine detail is learned last.",
        needs=("target", IN_PLANE),
    )
    points: int = knob(
        16_384,
        "How many real points there are to learn from. Few of them the network learns by heart, and makes again.",
        label="Number of real points",
        low=16,
        high=65_536,
        log=True,
        group="Data",
    )
    standardise: bool = knob(
        True,
        "The path begins at x divided by its root mean square, so that its noise is as wide as the data. The coin"
        " stays as it is.",
        label="Standardise",
        needs=("target", (*ON_LINE[1:], *IN_PLANE)),
        group="Data",
    )
    denoiser: str = knob(
        "network",
        "Who is asked on the way from noise to data: the network, or the exact answer, which is known of these data."
        " What goes wrong even then is not the network's fault.",
        label="Denoiser",
        options=DENOISERS,
        live=True,
        group="Sampling",
    )
    layers: int = knob(
        2,
        "Hidden layers. One alone has to tell time and place apart and put them together.",
        label="Hidden layers",
        low=1,
        high=5,
        step=1,
        group="Network",
    )
    width: int = knob(
        64,
        "Units in each hidden layer. Few cannot hold all levels of noise at once; many cost time.",
        label="Width",
        low=2,
        high=128,
        log=True,
        group="Network",
    )
    activation: str = knob(
        "relu",
        "What bends the hidden layers.",
        label="Activation",
        options=INSIDE,
        group="Network",
    )
    embedding: str = knob(
        "waves",
        "How the network is told the time: as waves of four lengths, as one number, or not at all. Without it one"
        " answer has to do for all levels of noise.",
        label="Time embedding",
        options=EMBEDDINGS,
        group="Network",
    )
    octaves: int = knob(
        3,
        "Waves over the place, each half as long as the one before: they make fine detail easy. 0 shows the network the"
        " bare numbers.",
        label="Octaves of detail",
        low=0,
        high=6,
        step=1,
        group="Network",
    )

    @property
    def on_line(self) -> bool:
        return self.target in ON_LINE

    def law_on_line(self) -> line.LineTarget:
        """The target on the line, in data units."""
        builders: dict[str, Callable[[], line.LineTarget]] = {
            "coin": lambda: coin(self.p),
            "bumps": lambda: line.bumps(self.bumps, BUMP),
            "far apart": lambda: line.far_apart(self.gap),
            "uniform": line.uniform,
            "exponential": line.exponential,
            "drawn": lambda: self.drawn_law() or line.drawn(DRAWING),
        }
        return builders[self.target]()

    def drawn_law(self) -> line.LineTarget | None:
        """What the learner has drawn; None if it is no drawing, or an empty one."""
        try:
            return line.drawn(self.drawn)
        except ValueError:
            return None


def coin(p: float) -> line.NormalMixture:
    """Tails and heads as numbers: two bumps with weights 1 - p and p."""
    return line.NormalMixture((1 - p, p), (TAILS, HEADS), (BLUR, BLUR))
