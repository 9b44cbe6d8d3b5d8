"""How the weights to begin with were made: `python -m playground.diffusion.digits.train`, some five minutes.

The same trainer as on the page, with the settings of `pretrained.py`: a larger batch and a longer horizon. What is kept
is the average of the networks, as everywhere. The file says how good the digits are, by the sampler that is
recommended, and which settings it was made with.
"""

from __future__ import annotations

import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from playground.diffusion.digits.measuring import NUMBERS
from playground.diffusion.digits.pretrained import FILE, SETTINGS, STEPS, fingerprint
from playground.diffusion.digits.trainer import DigitDiffusionTrainer

TOLD = 1000  # steps between two lines of news


def train(steps: int = STEPS) -> DigitDiffusionTrainer:
    trainer = DigitDiffusionTrainer(SETTINGS, "cpu")
    for _ in range(steps):
        trainer.step()
        if trainer.step_count % TOLD == 0:
            print(f"step {trainer.step_count}: FD {trainer.found[0]:.2f}, loss {trainer.loss:.4f}", flush=True)
    return trainer


def tensors(trainer: DigitDiffusionTrainer) -> dict[str, Tensor]:
    """What `Pretrained` needs."""
    axes = trainer.axes
    return {
        "mean": axes.mean.contiguous(),
        "directions": axes.directions.contiguous(),
        "scale": torch.tensor(axes.scale, dtype=torch.float64),
        "network": trainer.average.flat,
        "decoder": trainer.decoder.net.flat,
    }


def main(file: Path = FILE) -> None:
    torch.set_num_threads(1)  # more threads add in another order, and give other weights
    start, trainer = time.process_time(), train()
    notes = {name: f"{value:.4f}" for name, value in zip(NUMBERS, trainer.found.tolist(), strict=False)}
    save_file(tensors(trainer), file, notes | {"settings": fingerprint()})
    print(f"FD {notes['fd']} after {time.process_time() - start:.0f} s: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
