"""One network, many ways of sampling: what the reader finds in a thousand digits by each sampler, or at each guidance.

The network and the decoder are held as they are when it begins. All cells begin at the same noise, and samplers that
draw on their way draw the same, so what differs between two of them is not luck.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from playground.diffusion.digits.code import Decoder
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.looking import COLUMNS, MADE
from playground.diffusion.digits.measuring import MEASURED, NOISE_SEED, NUMBERS, measuring, pauses
from playground.diffusion.digits.network import CodeNet
from playground.diffusion.digits.sampling import Sampling
from playground.diffusion.digits.trainer import DigitDiffusionTrainer
from playground.gan.image_gauge import Gauge

SAMPLERS = ("ddpm", "ddim", "heun", "dpm++")
STEPS = (3, 5, 10, 20, 50)
ALMOST = 0.99  # done
MOMENT = 1e-3  # seconds: as long as it takes to write a network
WEIGHTS = (0.0, 0.5, 1.0, 1.2, 1.4, 1.7, 2.0, 3.0, 5.0)  # of guidance


@dataclass(frozen=True, eq=False)
class Held:
    """What a trainer shows, as it was at that step."""

    step: int
    config: DigitDiffusionConfig
    sampling: Sampling
    perfect: Tensor
    judge: Gauge


def held(trainer: DigitDiffusionTrainer) -> Held:
    step, network, decoder = _shown(trainer)
    return Held(step, trainer.config, trainer.sampling_of(network, decoder), trainer.perfect, trainer.gauge)


def _shown(trainer: DigitDiffusionTrainer) -> tuple[int, CodeNet, Decoder]:
    """Copies, and their step. The worker may put others there meanwhile: then again."""
    while True:
        looks = trainer.looks
        if looks % 2 == 0:
            assert isinstance(trainer.shown, CodeNet)
            step, network, decoder = trainer.looked, trainer.shown.copy(), trainer.shown_decoder.copy()
            if trainer.looks == looks:
                return step, network, decoder
        time.sleep(MOMENT)


class Found(NamedTuple):
    """One cell. questions: to the network, for one digit; numbers: NaN where some digit is not made of finite numbers;
    digits: a row of them, (COLUMNS, 784) in [0, 1]."""

    config: DigitDiffusionConfig
    questions: int
    numbers: dict[str, float]
    digits: Tensor


class Survey:
    """Measures the cells one after another, in parts."""

    def __init__(self, held: Held, cells: Sequence[dict[str, Any]]) -> None:
        """cells: what is turned in each of them."""
        self.held = held
        turned = (dataclasses.replace(held.config, **cell) for cell in cells)
        self.cells = [dataclasses.replace(held.sampling, config=config) for config in turned]
        self.found: list[Found] = []
        self._whole = sum(cell.questions for cell in self.cells)
        self._asked = 0.0
        self._work = self._measure()

    @property
    def share(self) -> float:
        """Of all questions, those that were asked; 1 only when all answers are read."""
        return 1.0 if len(self.found) == len(self.cells) else min(self._asked / self._whole, ALMOST)

    def go_on(self) -> bool:
        """One part more; False if there is none."""
        return next(self._work, False)

    @property
    def known(self) -> list[Found]:
        """The cells whose digits are made of finite numbers."""
        return [found for found in self.found if math.isfinite(found.numbers["fd"])]

    @property
    def band(self) -> tuple[float, float]:
        """FD of as many real digits."""
        return self.held.judge.floor(MEASURED)

    def _measure(self) -> Iterator[bool]:
        for cell in self.cells:
            numbers = yield from self._numbers(cell)
            found = dict(zip(NUMBERS, numbers.tolist(), strict=False)) | {"variety": float(numbers[-1])}
            digits = yield from _digits(cell)
            self.found.append(Found(cell.config, cell.questions, found, digits))

    def _numbers(self, cell: Sampling) -> Generator[bool, None, Tensor]:
        parts = measuring(cell, self.held.perfect, self.held.judge)
        share = cell.questions / pauses(cell)
        while True:
            try:
                next(parts)
            except StopIteration as end:
                return end.value
            self._asked += share
            yield True


def _digits(sampling: Sampling) -> Generator[bool, None, Tensor]:
    """The first row of the grid, the same noise in every cell."""
    x, y = sampling.noise(MADE, NOISE_SEED)[:COLUMNS], sampling.labels(COLUMNS, COLUMNS)
    for moment in sampling.way(x, y, NOISE_SEED):
        x = moment.x
        yield True
    return sampling.decoded(x).cpu()


def by_sampler() -> list[dict[str, Any]]:
    return [{"sampler": sampler, "steps": steps, "eta": 0.0} for sampler in SAMPLERS for steps in STEPS]


def by_guidance() -> list[dict[str, Any]]:
    return [{"guidance": weight} for weight in WEIGHTS]
