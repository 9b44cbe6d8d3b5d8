"""Weights to begin with: what `train.py` made, with the settings that stand here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from safetensors import safe_open
from torch import Tensor

from playground.diffusion.digits.code import Axes, Decoder
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.trainer import Net

FILE = Path(__file__).with_name("weights.safetensors")
SETTINGS = DigitDiffusionConfig(batch=128, horizon=60_000, ema=0.9995)
STEPS = 60_000
SAMPLING = ("digit", "guidance", "sampler", "steps", "spacing", "eta")  # knobs that do not act on training


def fingerprint(config: DigitDiffusionConfig = SETTINGS, steps: int = STEPS) -> str:
    """Of all that the weights depend on: a file that was made with other settings has another one."""
    settings = {name: value for name, value in asdict(config).items() if name not in SAMPLING}
    return sha256(json.dumps([settings, steps], sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Pretrained:
    """Nobody writes into these tensors. notes: what `train.py` found at the end, and the fingerprint."""

    axes: Axes
    network: Tensor
    decoder: Tensor
    notes: dict[str, str]

    def copy_into(self, network: Net, decoder: Decoder) -> None:
        network.flat.copy_(self.network)
        decoder.net.flat.copy_(self.decoder)


@cache
def pretrained() -> Pretrained:
    """One for the whole process, on the CPU."""
    with safe_open(FILE, "pt") as file:
        parts = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
        notes = file.metadata()
    axes = Axes(parts["mean"], parts["directions"], float(parts["scale"]))
    return Pretrained(axes, parts["network"], parts["decoder"], notes)


def fits(config: DigitDiffusionConfig) -> bool:
    """Whether the weights mean something in a network of these settings, on this path."""
    same = config.shape == SETTINGS.shape and config.prediction == SETTINGS.prediction
    ours, theirs = config.path(), SETTINGS.path()
    return same and np.array_equal(ours.a, theirs.a) and np.array_equal(ours.s, theirs.s)


def begun_with(config: DigitDiffusionConfig) -> Pretrained | None:
    """What a run of these settings begins with; None if that is nothing."""
    return pretrained() if config.start == "pretrained" and fits(config) else None
