"""The knobs of the critic lab."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core import Config, knob, with_default
from playground.critic.pairs import PAIRS
from playground.gan import GanConfig

BOUNDS = {"spectral norm": "wgan-sn", "gradient penalty": "wgan-gp", "clipping": "wgan-clip"}  # and its game


@dataclass(frozen=True)
class CriticConfig(Config):
    pair: str = knob(
        "normals",
        "The two laws that the critic tells apart. Three on the line, three in the plane; W1 of each is known.",
        label="Pair of laws",
        options=tuple(PAIRS),
    )
    distance: float = knob(
        3.0,
        "How far q is moved from p, or how much larger its ring is. W1 is this, or a little less with bumps.",
        label="Distance",
        low=0.25,
        high=8.0,
        step=0.25,
    )
    bound: str = knob(
        "spectral norm",
        "What keeps the critic from being steep: normed layers, a penalty on slopes, or clipped weights.",
        label="Bound",
        options=tuple(BOUNDS),
    )
    penalty: float = knob(
        10.0,
        "Lambda: what a slope other than 1 costs. A small one lets the critic exaggerate; a large one slows it.",
        label="Gradient penalty",
        low=0.5,
        high=100.0,
        log=True,
        live=True,
        needs=("bound", ("gradient penalty",)),
    )
    side: str = knob(
        "two-sided",
        "Two-sided: every slope but 1 pays, and on the line a critic with the wrong sign cannot turn round. One-sided:"
        " only slopes above 1 pay.",
        label="Side of the penalty",
        options=("two-sided", "one-sided"),
        live=True,
        needs=("bound", ("gradient penalty",)),
    )
    clip: float = knob(
        0.01,
        "All weights stay between minus this and this. It bounds the slope, but nobody knows by how much.",
        label="Clip weights at",
        low=0.001,
        high=1.0,
        log=True,
        live=True,
        needs=("bound", ("clipping",)),
    )
    lr: float = knob(
        2e-3,
        "How far the critic moves in one step. Too much and its estimate shakes.",
        label="Learning rate",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
    )
    width: int = knob(
        64,
        "Units in each hidden layer. Few cannot bend where the best critic does.",
        label="Width",
        low=2,
        high=256,
        log=True,
        group="Critic",
    )
    layers: int = knob(
        2,
        "Hidden layers. With clipped weights every further one multiplies the slope by a small or a large number.",
        label="Layers",
        low=1,
        high=6,
        step=1,
        group="Critic",
    )
    activation: str = knob(
        "leaky-relu",
        "What bends the critic. None of these is steeper than 1, as the spectral norm needs it.",
        label="Activation",
        options=("relu", "leaky-relu", "elu", "tanh"),
        group="Critic",
    )
    batch: int = with_default(
        GanConfig, "batch", 128, help="How many fresh points of p and of q each step sees. Few are fast and noisy."
    )
    seed: int = with_default(GanConfig, "seed", 0)
