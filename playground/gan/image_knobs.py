"""The knobs of a GAN on digits: which digits, which networks, and what is known to help or to hurt."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core import knob, with_default
from playground.data.digits import CLASSES
from playground.data.kept_digits import KeptDigitsConfig
from playground.gan.architectures import ARCHITECTURES, HEADS, NORMS
from playground.gan.knobs import GanConfig


@dataclass(frozen=True)
class ImageConfig(KeptDigitsConfig, GanConfig):
    architecture: str = knob(
        "mlp",
        "Multi-layer perceptrons, or convolutions. Convolutions need fewer numbers, and on a processor several times as"
        " long for a step.",
        label="Architecture",
        options=ARCHITECTURES,
    )
    classes: str = knob(
        CLASSES,
        "The digits to learn, such as 017. Few classes are learned sooner. Empty means all.",
        label="Digits",
        letters=CLASSES,
        longest=10,
        group="Data",
    )
    count: int = knob(
        60_000,
        "How many real images there are to learn from. From few, D learns them by heart.",
        label="Number of real images",
        low=16,
        high=60_000,
        log=True,
        group="Data",
    )
    scaling: str = knob(
        "-1 to 1",
        "The range of the pixels. G ends in what fits it: tanh, or the sigmoid for 0 to 1.",
        label="Range of the pixels",
        options=tuple(HEADS),
        group="Data",
    )
    latent: int = knob(
        64,
        "How many numbers of noise G starts from. With few, neighbouring noise has to hold different digits.",
        label="Noise dimensions",
        low=1,
        high=128,
        log=True,
        group="Generator",
    )
    width_g: int = knob(
        128,
        "Units in the first hidden layer of G. The next two have twice and four times as many; a convolutional G has"
        " half as many channels at first.",
        label="Width of G",
        low=8,
        high=256,
        log=True,
        group="Generator",
    )
    norm_g: str = knob(
        "batch",
        "Batch: each unit is brought to mean 0 and variance 1 over the batch, which keeps a deep G alive. Instance:"
        " over each image by itself.",
        label="Norm of G",
        options=NORMS,
        group="Generator",
    )
    width_d: int = knob(
        256,
        "Units in the first hidden layer of D, with half as many in the second; a convolutional D has an eighth and a"
        " quarter as many channels.",
        label="Width of D",
        low=16,
        high=512,
        log=True,
        group="Discriminator",
    )
    norm_d: str = knob(
        "none",
        "As for G. WGAN-GP asks for the slope at one image, which a batch norm makes depend on the others: choose"
        " instance there.",
        label="Norm of D",
        options=NORMS,
        group="Discriminator",
    )
    batches: str = knob(
        "separate",
        "Separate: D's batch norm sees real and generated images apart. Mixed: it sees them together, so that what it"
        " makes of one depends on the others.",
        label="Batches of D",
        options=("separate", "mixed"),
        needs=("norm_d", ("batch",)),
        group="Discriminator",
    )
    dropout: float = knob(
        0.0,
        "The share of D's hidden units that is lost at random in each pass. It keeps D from learning by heart.",
        label="Dropout in D",
        low=0.0,
        high=0.7,
        step=0.05,
        group="Discriminator",
    )
    r1_every: int = knob(
        8,
        "The slope penalty is a derivative of a derivative, and dear. It is taken once in so many steps, and counts as"
        " many times then.",
        label="Slope penalty every",
        low=1,
        high=64,
        log=True,
        live=True,
        group="Discriminator",
    )
    lr_g: float = with_default(GanConfig, "lr_g", 5e-4)
    lr_d: float = with_default(GanConfig, "lr_d", 5e-4)
    r1: float = with_default(GanConfig, "r1", 0.02)
    clip: float = with_default(GanConfig, "clip", 0.01)
    batch: int = with_default(GanConfig, "batch", 64, high=512)
    ema: float = with_default(GanConfig, "ema", 0.998)
    decay: str = with_default(GanConfig, "decay", "cosine")
    horizon: int = with_default(GanConfig, "horizon", 6000)
