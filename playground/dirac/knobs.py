"""The knobs of the Dirac GAN, and the game that they make."""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.core import Config, knob
from playground.dirac.game import PULLS, Rules

GP, CRITICS = "wgan-gp", ("wgan", "wgan-clip", "wgan-gp")
SMOOTH = tuple(loss for loss in PULLS if loss != GP)  # the losses that have eigenvalues


@dataclass(frozen=True)
class DiracConfig(Config):
    loss: str = knob(
        "wgan",
        "What the players minimise. WGAN pulls equally hard everywhere; the others pull less on what D is sure of.",
        label="Loss",
        options=tuple(PULLS),
        live=True,
    )
    updates: str = knob(
        "simultaneous",
        "Simultaneous: both move from where they stood. Alternating: G answers the D that has just moved.",
        label="Updates",
        options=("simultaneous", "alternating"),
        live=True,
    )
    r1: float = knob(
        0.3,
        "Penalty on D's slope at the real and at the generated point (R1 and R2). It pulls psi to 0, and too much"
        " of it leaves G without a guide.",
        label="Slope penalty",
        low=0.0,
        high=10.0,
        step=0.01,
        log=True,
        live=True,
    )
    instance_noise: float = knob(
        0.0,
        "How far both points are blurred before D sees them. It calms the losses that bend, and does nothing for WGAN.",
        label="Instance noise",
        low=0.0,
        high=2.0,
        step=0.05,
        live=True,
        needs=("loss", tuple(loss for loss in PULLS if loss not in CRITICS)),
    )
    momentum: float = knob(
        0.0,
        "How much of its last move each player repeats. It carries both past their goal; a negative one takes back"
        " part of each move.",
        label="Momentum",
        low=-0.9,
        high=0.9,
        step=0.05,
        live=True,
    )
    lr_g: float = knob(
        0.1,
        "How far G moves along its gradient. Large steps leave the circle that small ones would follow.",
        label="Learning rate of G",
        low=0.01,
        high=1.0,
        log=True,
        live=True,
    )
    lr_d: float = knob(
        0.1,
        "How far D moves along its gradient. Another rate than G's makes the circle an ellipse.",
        label="Learning rate of D",
        low=0.01,
        high=1.0,
        log=True,
        live=True,
    )
    theta: float = knob(
        1.0,
        "Where G's point is at first. The real one is at 0.",
        label="G starts at",
        low=-2.0,
        high=2.0,
        step=0.1,
        group="Start",
    )
    psi: float = knob(
        0.0,
        "D's slope at first. At 0 it says the same of every point.",
        label="D starts at",
        low=-2.0,
        high=2.0,
        step=0.1,
        group="Start",
    )
    clip: float = knob(
        0.5,
        "D's slope is kept between minus this and this. It bounds the chase and does not end it.",
        label="Clip the slope at",
        low=0.05,
        high=2.0,
        step=0.05,
        live=True,
        needs=("loss", ("wgan-clip",)),
        group="Critic",
    )
    gp: float = knob(
        0.1,
        "Pull on the size of D's slope towards 1. In balance that slope would have to be 0.",
        label="Gradient penalty",
        low=0.01,
        high=2.0,
        log=True,
        live=True,
        needs=("loss", (GP,)),
        group="Critic",
    )
    seed: int = knob(
        0,
        "The other starting points follow from it; the game itself has no luck.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
        group="Start",
    )

    @property
    def rules(self) -> Rules:
        """The game that is played. What a loss does not use is left out, so that equal games have equal rules."""
        return Rules(
            self.loss,
            self.lr_g,
            self.lr_d,
            self.momentum,
            self.r1,
            0.0 if self.loss in CRITICS else self.instance_noise,
            self.gp if self.loss == GP else 0.0,
            self.clip if self.loss == "wgan-clip" else math.inf,
            self.updates == "simultaneous",
        )
