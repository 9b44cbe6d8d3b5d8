"""The knobs of an autoencoder and of a variational one. The numbers are the equations of `playground.vae`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.core import knob
from playground.data.digits import CLASSES
from playground.data.kept_digits import KeptDigitsConfig
from playground.optim import OPTIMISERS
from playground.vae.estimators import SAMPLINGS
from playground.vae.likelihoods import LIKELIHOODS

MOST_DIGITS = 60_000
VARIATIONAL: dict[str, Any] = {"needs": ("kind", ("vae",))}


@dataclass(frozen=True)
class VaeConfig(KeptDigitsConfig):
    kind: str = knob(
        "vae",
        "A VAE encodes a digit as a cloud, and pays for each nat that the cloud tells. An autoencoder encodes it as a"
        " point and pays nothing, so nobody knows where its codes lie.",
        label="Kind",
        options=("vae", "autoencoder"),
    )
    latent: int = knob(
        20,
        "How many numbers a code has: the bottleneck. With two of them the whole map can be seen.",
        label="Latent dimensions",
        low=2,
        high=64,
        step=1,
    )
    likelihood: str = knob(
        "grey",
        "What the decoder says of a pixel. Grey: binary cross-entropy on grey values, common and no likelihood."
        " Binarised: black or white, drawn anew each time. Gaussian, continuous Bernoulli: densities of grey values.",
        label="Likelihood",
        options=tuple(LIKELIHOODS),
    )
    beta: float = knob(
        1.0,
        "The price of a nat in the code. 1 is the bound on log p(x). More makes codes plainer and pictures blurred,"
        " less makes sharp pictures and codes that random ones do not meet.",
        label="Beta",
        low=0.0,
        high=100.0,
        step=0.01,
        log=True,
        live=True,
        **VARIATIONAL,
    )
    lr: float = knob(
        3e-3,
        "How far one step goes. Too far, and the units of the encoder die or the loss jumps.",
        label="Learning rate",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
    )
    warmup: int = knob(
        0,
        "Over how many steps beta rises from 0 to its value. The decoder then learns to use the code before the code"
        " costs anything.",
        label="Beta warm-up",
        low=0,
        high=20_000,
        step=100,
        group="Objective",
        live=True,
        **VARIATIONAL,
    )
    free_bits: float = knob(
        0.0,
        "So many nats of each latent dimension are free, counted on the mean of a batch. A dimension that would fall"
        " asleep is then not pushed to.",
        label="Free nats",
        low=0.0,
        high=2.0,
        step=0.05,
        group="Objective",
        live=True,
        **VARIATIONAL,
    )
    sampling: str = knob(
        "reparametrised",
        "How the encoder hears through the sampling of z. Reparametrised: z = mu + sigma eps lets the gradient"
        " pass. Score function: it is estimated from how good each drawn z was. Blocked: nothing comes through.",
        label="Gradient through sampling",
        options=SAMPLINGS,
        group="Objective",
        live=True,
        **VARIATIONAL,
    )
    sigma: float = knob(
        0.3,
        "The standard deviation that the Gaussian decoder grants each pixel. A large one forgives every mistake, and"
        " then the code is not worth its price.",
        label="Sigma of a pixel",
        low=0.02,
        high=5.0,
        log=True,
        group="Objective",
        needs=("likelihood", ("gaussian",)),
    )
    width: int = knob(
        400,
        "Hidden units of a layer, in the encoder and in the decoder. Twice as many take about twice as long.",
        label="Width",
        low=16,
        high=1024,
        log=True,
        group="Networks",
    )
    layers: int = knob(
        1,
        "Hidden layers of the encoder, and as many of the decoder.",
        label="Hidden layers",
        low=1,
        high=4,
        step=1,
        group="Networks",
    )
    activation: str = knob(
        "relu",
        "What bends the hidden layers.",
        label="Activation",
        options=("relu", "leaky-relu", "elu", "tanh"),
        group="Networks",
    )
    batch: int = knob(
        128,
        "Digits that one step learns from. An epoch shows each digit at most once, in an order of its own.",
        label="Batch",
        low=8,
        high=512,
        log=True,
        group="Training",
    )
    optimiser: str = knob(
        "adam",
        "How a gradient becomes a step. Adam measures each step by the usual size of its gradient.",
        label="Optimiser",
        options=tuple(OPTIMISERS),
        group="Training",
    )
    beta1: float = knob(
        0.9,
        "Momentum: how much of the last steps goes on. Of no effect on RMSprop.",
        label="Momentum",
        low=0.0,
        high=0.99,
        step=0.01,
        group="Training",
        live=True,
        needs=("optimiser", ("adam", "sgd")),
    )
    beta2: float = knob(
        0.99,
        "How long Adam and RMSprop remember the size of gradients.",
        label="Memory of gradient sizes",
        low=0.9,
        high=0.9999,
        step=0.0001,
        group="Training",
        live=True,
        needs=("optimiser", ("adam", "rmsprop")),
    )
    decay: str = knob(
        "cosine",
        "How the learning rate falls until the horizon. Without decay the last steps keep jumping about.",
        label="Decay",
        options=("none", "linear", "cosine"),
        group="Training",
        live=True,
    )
    horizon: int = knob(
        7000,
        "When the decay ends, in steps. With 60 000 digits in batches of 128 an epoch has 468.",
        label="Horizon",
        low=100,
        high=100_000,
        log=True,
        group="Training",
        live=True,
        needs=("decay", ("linear", "cosine")),
    )
    classes: str = knob(
        CLASSES,
        "Which digits there are to learn: 17 is ones and sevens.",
        label="Digits",
        letters=CLASSES,
        longest=10,
        group="Data",
    )
    count: int = knob(
        MOST_DIGITS,
        "How many training digits. From few, the decoder learns them by heart: watch the test curve leave the other.",
        label="Training digits",
        low=100,
        high=MOST_DIGITS,
        log=True,
        group="Data",
    )
    seed: int = knob(
        0,
        "Where the random numbers begin. The same seed gives the same run.",
        label="Seed",
        low=0,
        high=10_000,
        step=1,
        group="Data",
    )
