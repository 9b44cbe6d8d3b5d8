"""The knobs of the algorithm itself; a lab adds its data and its networks."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core import Config, knob
from playground.losses import GAMES
from playground.optim import OPTIMISERS


@dataclass(frozen=True)
class GanConfig(Config):
    loss: str = knob(
        "non-saturating",
        "What the players minimise. Minimax saturates: where D is sure, G learns nothing. WGAN's D is a critic"
        " that must not be steep: its weights are clipped, its slope is pulled to 1, or its layers are normed.",
        label="Loss",
        options=tuple(GAMES),
        live=True,
    )
    lr_g: float = knob(
        2e-3,
        "How far G moves in one step. Too much and it overshoots what D has just shown it.",
        label="Learning rate of G",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
        group="Generator",
    )
    lr_d: float = knob(
        2e-3,
        "How far D moves in one step. Much more than G's, and D wins before G has learned.",
        label="Learning rate of D",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
        group="Discriminator",
    )
    r1: float = knob(
        0.1,
        "Penalty on D's slope at real and at generated points (R1 and R2). It calms the chase; too much"
        " and D can no longer tell the two apart. With WGAN-GP set it to 0: that loss has a penalty of its own.",
        label="Slope penalty",
        low=0.0,
        high=10.0,
        step=0.01,
        log=True,
        live=True,
    )
    instance_noise: float = knob(
        0.0,
        "Noise added to everything D sees. It gives D's curve a slope everywhere; too much blurs what D should learn.",
        label="Instance noise",
        low=0.0,
        high=1.0,
        step=0.05,
        live=True,
    )
    gp: float = knob(
        1.0,
        "Pull on the critic's slope towards 1. Only the WGAN-GP loss uses it.",
        label="Gradient penalty",
        low=0.0,
        high=20.0,
        step=0.1,
        live=True,
        needs=("loss", ("wgan-gp",)),
        group="Discriminator",
    )
    clip: float = knob(
        0.1,
        "All weights of the critic are kept between minus this and this. It bounds the slope, but nobody knows by"
        " how much.",
        label="Clip weights at",
        low=0.001,
        high=1.0,
        log=True,
        live=True,
        needs=("loss", ("wgan-clip",)),
        group="Discriminator",
    )
    d_steps: int = knob(
        1,
        "How often D moves before G moves once. More make D a better judge; they also cost time.",
        label="D steps per G step",
        low=1,
        high=20,
        step=1,
        live=True,
        group="Discriminator",
    )
    g_steps: int = knob(
        1,
        "How often G moves in one iteration. More than D, and G runs after a judge who is out of date.",
        label="G steps",
        low=1,
        high=20,
        step=1,
        live=True,
        group="Generator",
    )
    frozen: str = knob(
        "nobody",
        "Who stands still while the run plays. With G frozen, D becomes the best judge of what G makes now.",
        label="Freeze",
        options=("nobody", "G", "D"),
        live=True,
    )
    smoothing: float = knob(
        0.0,
        "Real points get the label 1 minus this; generated ones stay at 0. D is never quite sure; its"
        " balance moves from 1/2 to half the label.",
        label="Label smoothing",
        low=0.0,
        high=0.4,
        step=0.05,
        live=True,
        needs=("loss", ("non-saturating", "minimax", "least-squares")),
        group="Discriminator",
    )
    flipping: float = knob(
        0.0,
        "The share of labels that D is told wrongly, on purpose. It keeps D from being sure.",
        label="Label flipping",
        low=0.0,
        high=0.4,
        step=0.05,
        live=True,
        group="Discriminator",
    )
    updates: str = knob(
        "alternating",
        "Alternating: G answers the D that has just moved. Simultaneous: both move from where they stood.",
        label="Updates",
        options=("alternating", "simultaneous"),
        live=True,
        group="Training",
    )
    optimiser: str = knob(
        "adam",
        "How a gradient becomes a move. Adam and RMSprop rescale each parameter; SGD goes straight down and"
        " needs larger learning rates.",
        label="Optimiser",
        options=tuple(OPTIMISERS),
        group="Training",
    )
    beta1: float = knob(
        0.5,
        "Memory of past gradients: Adam's beta1, and the momentum of SGD. High values carry a player past its"
        " goal, so that it swings.",
        label="Momentum",
        needs=("optimiser", ("adam", "sgd")),
        low=0.0,
        high=0.99,
        step=0.05,
        live=True,
        group="Training",
    )
    beta2: float = knob(
        0.999,
        "How long Adam (as beta2) and RMSprop remember how large gradients were, by which they divide each step. Low"
        " values make the steps uneven.",
        label="Memory of gradient sizes",
        needs=("optimiser", ("adam", "rmsprop")),
        low=0.8,
        high=0.9999,
        step=0.0001,
        live=True,
        group="Training",
    )
    batch: int = knob(
        128,
        "How many real and how many generated points each step sees. Few are fast and noisy.",
        label="Batch size",
        low=8,
        high=1024,
        log=True,
        group="Training",
    )
    ema: float = knob(
        0.99,
        "What is shown and sampled is a moving average of G with this memory; 0 shows G itself.",
        label="Averaging of G",
        low=0.0,
        high=0.999,
        step=0.001,
        group="Training",
    )
    decay: str = knob(
        "linear",
        "How the learning rates fall over the run, so that the players come to rest.",
        label="Decay",
        options=("none", "linear", "cosine"),
        live=True,
        group="Training",
    )
    horizon: int = knob(
        4000,
        "The step at which the decay is complete; 2 % of the learning rate remains.",
        label="Decay ends at step",
        low=100,
        high=100_000,
        log=True,
        live=True,
        needs=("decay", ("linear", "cosine")),
        group="Training",
    )
    seed: int = knob(
        0,
        "Everything random follows from it: the same seed gives the same run.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
        group="Training",
    )
