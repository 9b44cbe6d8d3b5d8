"""The knobs of a diffusion model of digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.core import knob, with_default
from playground.data.digits import ALL, CLASSES
from playground.data.kept_digits import KeptDigitsConfig
from playground.diffusion.digits.network import Shape
from playground.diffusion.knobs import DiffusionConfig

STARTS = ("nothing", "pretrained")
ANY = "any"
DECODERS = ("learned", "straight")
LABELLED: dict[str, Any] = {"needs": ("own", ("",))}


@dataclass(frozen=True)
class DigitDiffusionConfig(KeptDigitsConfig, DiffusionConfig):
    start: str = knob(
        "nothing",
        "Begin with a network that knows nothing, or with one that has learned all digits beforehand. That one fits its"
        " own path and its own network only.",
        label="Begin with",
        options=STARTS,
    )
    digit: str = knob(
        ANY,
        "Which digit the network is asked for. Any: one after another, a column of the grid each.",
        label="Ask for",
        options=(ANY, *CLASSES),
        live=True,
        **LABELLED,
    )
    guidance: float = knob(
        1.3,
        "How much being asked for a digit counts. 1 is what was learned. More makes each digit plainer and all of them"
        " more alike; at 0 nobody listens.",
        label="Guidance",
        low=0.0,
        high=5.0,
        step=0.1,
        live=True,
        **LABELLED,
    )
    schedule: str = with_default(DiffusionConfig, "schedule", "cosine", group="Path")
    T: int = with_default(DiffusionConfig, "T", 200, group="Path")
    prediction: str = with_default(DiffusionConfig, "prediction", "v", group="Path")
    sampler: str = with_default(DiffusionConfig, "sampler", "dpm++")
    steps: int = with_default(DiffusionConfig, "steps", 10, high=100)
    spacing: str = with_default(DiffusionConfig, "spacing", "even")
    lr: float = with_default(DiffusionConfig, "lr", 1e-3)
    batch: int = with_default(DiffusionConfig, "batch", 64, high=512)
    ema: float = with_default(DiffusionConfig, "ema", 0.995)
    horizon: int = with_default(DiffusionConfig, "horizon", 12_000)
    withheld: float = knob(
        0.1,
        "The share of digits that the network sees without being told which they are. Without any, it never learns what"
        " guidance compares with; at 1 it never hears a label.",
        label="Labels withheld",
        low=0.0,
        high=1.0,
        step=0.05,
        group="Training",
        live=True,
        **LABELLED,
    )
    width: int = knob(
        128,
        "Numbers that flow through the network. Twice as many take about three times as long.",
        label="Width",
        low=32,
        high=512,
        log=True,
        group="Network",
    )
    blocks: int = knob(
        3,
        "Blocks of the network, each of which adds something to what flows through.",
        label="Blocks",
        low=1,
        high=6,
        step=1,
        group="Network",
    )
    code: int = knob(
        48,
        "How many numbers stand for a digit. Noise is added to these numbers and not to pixels; a decoder makes a digit"
        " of them again.",
        label="Numbers in a code",
        low=8,
        high=96,
        step=8,
        group="Network",
    )
    decoder: str = knob(
        "learned",
        "What makes a digit of a code again. Straight: the principal directions, with ink and paper brought apart."
        " Learned: a small network beside it, trained for the first 1000 steps, that adds what is missing.",
        label="Decoder",
        options=DECODERS,
        group="Network",
    )
    classes: str = knob(
        CLASSES,
        "Which digits there are to learn: 17 is ones and sevens. Empty means all.",
        label="Digits",
        letters=CLASSES,
        longest=10,
        group="Data",
        **LABELLED,
    )
    count: int = knob(
        ALL,
        "How many digits there are to learn from. Few are learned by heart, and made again.",
        label="Number of digits",
        low=16,
        high=ALL,
        log=True,
        group="Data",
    )

    @property
    def shape(self) -> Shape:
        """Of the network."""
        return Shape(self.code, self.width, self.blocks)

    @property
    def kinds(self) -> str:
        """The digits that there are, each once."""
        return "".join(sorted(set(self.classes))) or CLASSES

    @property
    def asked(self) -> str:
        """The digits that are asked for."""
        return self.kinds if self.digit == ANY else self.digit
