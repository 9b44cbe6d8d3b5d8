"""The knobs of a GAN on the line: its target, and the settings that suit all targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.core import knob, with_default
from playground.data import line
from playground.gan.distributions import DistributionConfig

BUMP = 0.2  # spread of each bump, in units of the gap between two
DRAWING = line.heights_to_text(np.interp(np.arange(line.BINS), [0, 8, 16, 20, 30, 38, 47], [0, 0, 9, 3, 3, 7, 0]))


@dataclass(frozen=True)
class LineConfig(DistributionConfig):
    target: str = knob(
        "bumps",
        "Where real numbers come from. G never sees them; it only hears what D says of its own.",
        label="Target",
        options=("normal", "uniform", "exponential", "bumps", "far apart", "own"),
    )
    bumps: int = knob(
        2,
        "How many bumps there are, all equally high. G has to be everywhere, and almost nowhere between them.",
        label="Number of bumps",
        low=2,
        high=5,
        step=1,
        needs=("target", ("bumps",)),
    )
    mu: float = knob(
        0.0,
        "The middle of the normal and the uniform target. The networks do not notice it unless you switch off"
        " Standardise.",
        label="Middle mu",
        low=-20.0,
        high=20.0,
        step=0.5,
        needs=("target", ("normal", "uniform")),
    )
    sigma: float = knob(
        1.0,
        "The standard deviation of the normal, the uniform and the exponential target. All distances are told in"
        " units of it.",
        label="Spread sigma",
        low=0.1,
        high=10.0,
        step=0.1,
        needs=("target", ("normal", "uniform", "exponential")),
    )
    gap: float = knob(
        6.0,
        "How far apart the two far bumps are; each has a spread of 0.25. The wider the gap, the steeper G must be.",
        label="Gap between far bumps",
        low=2.0,
        high=12.0,
        step=0.5,
        needs=("target", ("far apart",)),
        group="Data",
    )
    standardise: bool = knob(
        True,
        "The networks work with (x - mean) / sd. Without it G starts near 0 and has to travel to far targets.",
        label="Standardise",
        group="Data",
    )
    numbers: int = knob(
        1,
        "G makes so many numbers at once and D sees all of them. The real ones know nothing of each other; G's"
        " must not either.",
        label="Numbers at once",
        low=1,
        high=8,
        step=1,
        group="Data",
    )
    own: str = knob(
        DRAWING,
        "The density that you have drawn, a letter a column.",
        label="Your density",
        letters=line.ALPHABET,
        longest=line.BINS,
        hidden=True,
        needs=("target", ("own",)),
        group="Data",
    )
    instance_noise: float = with_default(DistributionConfig, "instance_noise", 0.0, group="Discriminator")
    latent: int = with_default(
        DistributionConfig,
        "latent",
        1,
        help="How many numbers of noise G starts from. From one, G is a curve, and all about it is known exactly.",
    )
    scale_d: float = with_default(DistributionConfig, "scale_d", 2.0)
    lr_g: float = with_default(DistributionConfig, "lr_g", 1e-3)
    lr_d: float = with_default(DistributionConfig, "lr_d", 1e-3)
    r1: float = with_default(DistributionConfig, "r1", 0.2)
    batch: int = with_default(DistributionConfig, "batch", 256)
    beta1: float = with_default(DistributionConfig, "beta1", 0.0)
    ema: float = with_default(DistributionConfig, "ema", 0.995)
    decay: str = with_default(DistributionConfig, "decay", "cosine")

    def law_wanted(self) -> line.LineTarget:
        """The target, in data units."""
        if self.target == "own":
            return self.own_law() or line.drawn(DRAWING)
        builders: dict[str, Callable[[], line.LineTarget]] = {
            "normal": lambda: line.normal(self.mu, self.sigma),
            "uniform": lambda: line.uniform(self.mu - 3**0.5 * self.sigma, self.mu + 3**0.5 * self.sigma),
            "exponential": lambda: line.exponential(self.sigma),
            "bumps": lambda: line.bumps(self.bumps, BUMP),
            "far apart": lambda: line.far_apart(self.gap),
        }
        return builders[self.target]()

    def own_law(self) -> line.LineTarget | None:
        """What the learner has drawn; None if it is no drawing, or an empty one."""
        try:
            return line.drawn(self.own)
        except ValueError:
            return None
