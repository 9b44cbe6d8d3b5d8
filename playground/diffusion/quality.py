"""What quality costs: the distance to the real distribution against the number of times that the denoiser is asked.

All samplers begin at the same noise, that of the points on the stage, and DDIM draws none. Heun asks twice a step, so
it gets half as many steps: what is compared is the work. The distance is that of the stage, sliced W1 in the plane and
W1 in standard deviations on the line. The band is what a sampler that draws noise would get from a perfect denoiser; on
the line those that draw none can end below it, for there the noise that they begin with is spread evenly.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from playground.diffusion.held import Held
from playground.diffusion.points_knobs import PointsConfig
from playground.diffusion.samplers import SAMPLERS, calls

BUDGETS = (2, 3, 5, 8, 12, 20, 35, 50, 100)  # calls
NETWORK, EXACT = "network", "exact"
ASKED = (NETWORK, EXACT)


class Cost(NamedTuple):
    """One point of a curve. off: the distance."""

    asked: str
    sampler: str
    steps: int
    calls: int
    off: float


class Quality:
    """Measures the curves of one network and of the exact denoiser, one step of one sampler at a time."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.name = "sw1" if held.ground.dim == 2 else "w1"
        self.found: list[Cost] = []
        self.jobs = [
            (asked, sampler, steps)
            for budget in BUDGETS
            for sampler in SAMPLERS
            for asked in ASKED
            if (steps := steps_for(sampler, budget)) <= held.schedule.T
        ]
        self._whole, self._done = sum(steps for _, _, steps in self.jobs), 0
        self._work = self._measure()

    @property
    def share(self) -> float:
        """Of all steps, those done."""
        return self._done / self._whole

    def go_on(self) -> bool:
        """One step more; False if there is none."""
        return next(self._work, False)

    def _measure(self) -> Iterator[bool]:
        for asked, sampler, steps in self.jobs:
            before, denoise = self._done, self.held.exact if asked == EXACT else self.held.network
            for index, moment in enumerate(self.held.moments(denoise, self.held.start, sampler, steps)):
                if moment.t:
                    self._done = before + index
                    yield True
            off = self._numbers(self.held.in_data_units(moment.x))[self.name]
            self.found.append(Cost(asked, sampler, steps, calls(sampler, steps), off))
            self._done = before + steps  # only now: others look meanwhile

    def _numbers(self, made: np.ndarray) -> dict[str, float]:
        points = self.held.config.points
        return self.held.ground.measure(made, 1 / (1 / points + 1 / len(self.held.start)))

    @cached_property
    def band(self) -> tuple[float, float]:
        """From 5 to 95 of 100 perfect generators."""
        numbers = self._numbers(self.held.in_data_units(self.held.start))
        return numbers[f"{self.name}_low"], numbers[f"{self.name}_high"]

    def of(self, config: PointsConfig) -> Cost:
        """Where the knobs of sampling stand, with the network that is held."""
        held, steps = self.held.turned(config), min(config.steps, self.held.schedule.T)
        *_, last = held.moments(held.chosen, held.start, config.sampler, steps, config.eta)
        off = self._numbers(held.in_data_units(last.x))[self.name]
        return Cost(config.denoiser, config.sampler, steps, calls(config.sampler, steps), off)

    @property
    def most(self) -> int:
        """Calls of the longest chain that has been measured."""
        return max(cost.calls for cost in self.found)

    def curve(self, asked: str, sampler: str) -> list[Cost]:
        return [cost for cost in self.found if (cost.asked, cost.sampler) == (asked, sampler)]

    def enough(self, asked: str) -> dict[str, int]:
        """The fewest calls of each sampler that came into the band, fewest first. Who did not is left out."""
        first = {
            sampler: next((cost.calls for cost in self.curve(asked, sampler) if cost.off <= self.band[1]), 0)
            for sampler in SAMPLERS
        }
        return dict(sorted(((s, n) for s, n in first.items() if n), key=lambda pair: pair[1]))


def steps_for(sampler: str, budget: int) -> int:
    """How many steps cost that many calls, or one less."""
    return (budget + 1) // 2 if sampler == "heun" else budget
