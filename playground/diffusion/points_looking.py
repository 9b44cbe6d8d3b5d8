"""What is seen of the network that is shown: the points that it makes, the ways they took, and its scores.

The error of the score at time t is relative, and measured where noised data are,

    error(t)^2 = E |e' - e*|^2 / E |e*|^2,   e' = -s x learned score, e* = -s x exact score             (1)

over x_t ~ q_t. The error over all times is the root of the ratio of the two means over t and x_t: that of the score in
L2, with weight s_t^2 at time t (the weight of (4) in `playground.diffusion` for epsilon).
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.data.line import normal_quantile
from playground.diffusion.points_still import CELLS, Still, Then, arrows
from playground.diffusion.predictions import read
from playground.diffusion.samplers import Moment, calls, reverse, stops
from playground.yardstick import SHOWN

if TYPE_CHECKING:
    from playground.diffusion.points import PointsTrainer

MADE = 1000  # points that are generated to be looked at and measured
LOOK_SEED, WAY_SEED = 1, 0  # of their noise, and of what is drawn on their way; training has a generator of its own
PATHS = 24  # points that are followed on their way
COLUMNS = 64  # of the histogram on the line
LONGEST = 0.1  # of the frame, for most arrows


class Seen(NamedTuple):
    """Numbers and arrays of one time."""

    numbers: dict[str, float]
    arrays: dict[str, np.ndarray]


@cache
def start(dim: int) -> Tensor:
    """The noise of these points, (MADE, dim): the same each time; on the line spread evenly."""
    own = torch.Generator().manual_seed(LOOK_SEED)
    if dim == 2:
        return torch.randn(MADE, 2, generator=own)
    even = torch.from_numpy(normal_quantile((np.arange(MADE) + 0.5) / MADE)).float()
    return even[torch.randperm(MADE, generator=own), None]


@lru_cache(maxsize=8)
def exact_moments(known: Still, sampler: str, steps: int, spacing: str, eta: float) -> list[Moment]:
    """The way of these points with the exact denoiser, which no training changes."""
    path, own = known.schedule, torch.Generator().manual_seed(WAY_SEED)
    at = stops(path.T, steps, spacing)
    return list(reverse(known.exact, path, start(known.ground.dim), sampler, at, eta, own))


class Look:
    """Of one network and one sampler; found out when it is asked for. key: what it belongs to."""

    def __init__(self, trainer: PointsTrainer, key: tuple[object, ...]) -> None:
        self.trainer, self.key, self.step = trainer, key, trainer.looked
        self._seen: tuple[int, Seen] | None = None

    @cached_property
    def moments(self) -> list[Moment]:
        trainer, c = self.trainer, self.trainer.config
        if c.denoiser == "exact":
            return trainer.exact_way
        return trainer.generate(trainer.start, trainer.denoiser(), seed=WAY_SEED)

    @property
    def calls(self) -> int:
        """How often the network is asked for one point."""
        c = self.trainer.config
        return calls(c.sampler, min(c.steps, c.T))

    def points(self, index: int) -> np.ndarray:
        """x at a stop, in data units, (MADE, dim)."""
        return self.trainer.in_data_units(self.moments[index].x)

    @cached_property
    def numbers(self) -> dict[str, float]:
        found = self.trainer.ground.measure(self.points(-1), self.trainer.fair)
        return {**found, "score_error": self.errors[1], "looked": float(self.step), "calls": float(self.calls)}

    @cached_property
    def errors(self) -> tuple[np.ndarray, float]:
        """(1) at each of the times, and over all."""
        trainer, still = self.trainer, self.trainer.still
        x, t, exact = (part.to(trainer.device) for part in still.probes)
        level = trainer.schedule.levels(t, x)
        _, e = read(trainer.config.prediction, x, trainer.shown(trainer.see(x, t)), level)
        parts = len(still.times)
        off, whole = (part.square().view(parts, -1).mean(1).cpu().double() for part in (e - exact, exact))
        by_t = (off / whole.clamp_min(1e-12)).sqrt()
        return by_t.numpy(force=True), float((off.mean() / whole.mean()).sqrt())

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """What does not depend on the time that is shown."""
        final = self.points(-1)
        found = {"error by t": self.errors[0]}
        ways = np.stack([self.points(i)[:PATHS] for i in range(len(self.moments))], 1)  # (PATHS, stops, dim)
        lifted = np.concatenate((ways, ways[:, -1:]), 1).astype(float)
        lifted[:, -1, -1] = np.nan  # the pen goes up in y
        if self.trainer.dim == 2:
            x, y = lifted[:, :, 0].ravel(), lifted[:, :, 1].ravel()
            return found | {"path x": x, "path y": y, "sketch x": x, "ends": final[:SHOWN]}
        times = [float(moment.t) for moment in self.moments]
        t, x = np.tile([*times, times[-1]], PATHS), lifted[:, :, 0].ravel()
        low, high = self.trainer.ground.frame
        across = low + (high - low) * t / times[0]  # the time, as wide as the numbers are high
        return found | {
            "path x": t,
            "path y": x,
            "sketch x": across,
            "ends": np.stack((across[-1:].repeat(SHOWN), final[:SHOWN, 0]), 1),
        }

    # --- at one time -------------------------------------------------------------------------------------

    def at(self, then: Then) -> Seen:
        if self._seen is None or self._seen[0] != then.t:
            self._seen = then.t, self._at(then)
        return self._seen[1]

    def _at(self, then: Then) -> Seen:
        trainer, still, t = self.trainer, self.trainer.still, then.t
        index = min(range(len(self.moments)), key=lambda i: abs(self.moments[i].t - t))
        made, believed = self.points(index), trainer.in_data_units(self.moments[index].x0)
        e = trainer.denoiser()(then.at.to(trainer.real), max(t, 1))[1].numpy(force=True).astype(float)
        learned = still.slope(e, t, then.seldom)
        numbers = {"t": float(t), "stop": self.moments[index].t / trainer.config.T}
        if trainer.dim == 1:
            return Seen(numbers, self._on_line(made, believed) | {"learned score": learned[:, 0]})
        gap = np.clip(np.linalg.norm(e - then.e, axis=1), 0, 1)
        gap[then.seldom] = 0
        chosen = arrows()
        low, high = still.ground.frame
        arrays = {
            "generated": made[:SHOWN],
            "x0 believed": believed[:SHOWN],
            "learned score": learned[chosen],
            "score gap": gap.reshape(CELLS, CELLS).astype(np.float32),
        }
        return Seen(numbers | {"stretch": stretch(then.arrays["exact score"], high - low)}, arrays)

    def _on_line(self, made: np.ndarray, believed: np.ndarray) -> dict[str, np.ndarray]:
        """Histograms of what is made, and of where it is believed to end."""
        low, high = self.trainer.ground.frame
        edges = np.linspace(low, high, COLUMNS + 1)
        width = edges[1] - edges[0]
        heights = {
            name: np.histogram(x[:, 0], edges)[0] / (len(x) * width)
            for name, x in (("generated", made), ("x0 believed", believed))
        }
        return {"edges": edges, **heights}


def stretch(arrows: np.ndarray, width: float) -> float:
    """How long an arrow of length 1 is drawn: a round number that keeps most arrows within LONGEST of the width."""
    lengths = np.linalg.norm(arrows[np.isfinite(arrows).all(1)], axis=1)
    most = float(np.quantile(lengths, 0.9)) if len(lengths) else 0.0
    wanted = LONGEST * width / max(most, 1e-9)
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(m * power for m in (1, 2, 5) if m * power <= wanted))
