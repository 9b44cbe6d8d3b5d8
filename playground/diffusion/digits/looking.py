"""What is seen of the network that is shown: the digits that it makes, their ways out of noise, and its errors by time.

Codes are decoded to be seen, noisy ones, too: far out of the codes of digits the decoder draws scribbles.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import SIDE
from playground.diffusion.digits.measuring import NOISE_SEED
from playground.diffusion.objective import squares
from playground.diffusion.predictions import read, wanted
from playground.diffusion.samplers import Moment

if TYPE_CHECKING:
    from playground.diffusion.digits.trainer import DigitDiffusionTrainer

COLUMNS = 10
MADE = 8 * COLUMNS  # digits that are shown
FOLLOWED = 3  # of them, whose way is shown
BINS, PROBES = 20, 64  # parts of the path, and digits that are held out whose errors are measured in each
PROBE_SEED = 4


class Look:
    """Of one network and one sampler; found out when it is asked for. key: what it belongs to."""

    def __init__(self, trainer: DigitDiffusionTrainer, key: tuple[float, ...]) -> None:
        self.trainer, self.key = trainer, key
        self._at: tuple[int, dict[str, np.ndarray]] | None = None

    @cached_property
    def moments(self) -> list[Moment]:
        sampling = self.trainer.sampling
        return list(sampling.way(sampling.noise(MADE, NOISE_SEED), sampling.labels(MADE, COLUMNS), NOISE_SEED))

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """What does not depend on the time that is shown."""
        schedule = self.trainer.schedule
        which = np.linspace(0, len(self.moments) - 1, COLUMNS).round().astype(int)
        seen = [self.moments[i] for i in which]
        pictures = self._pictures(
            {
                "samples": self.moments[-1].x,
                "on the way": torch.stack([m.x[:FOLLOWED] for m in seen], 1).flatten(0, 1),
                "believed on the way": torch.stack([m.x0[:FOLLOWED] for m in seen], 1).flatten(0, 1),
                "dissolving": self._dissolving(),
            }
        )
        return pictures | {
            "share of T": np.linspace(0, 1, schedule.T + 1, dtype=np.float32),
            "alpha-bar": schedule.alpha_bar.astype(np.float32),
            "t of bins": self.times.astype(np.float32),
            "test loss by t": self.errors,
        }

    def _pictures(self, codes: dict[str, Tensor]) -> dict[str, np.ndarray]:
        """All codes decoded in one pass, as bytes (n, 28, 28)."""
        ink = self.trainer.sampling.decoded(torch.cat(list(codes.values()))).mul_(255).round_()
        images = torch.nan_to_num(ink).to(torch.uint8).view(-1, SIDE, SIDE).numpy(force=True)
        ends = np.cumsum([len(part) for part in codes.values()])[:-1]
        return dict(zip(codes, np.split(images, ends), strict=True))

    # --- real digits and noise ---------------------------------------------------------------------------

    @cached_property
    def real(self) -> tuple[Tensor, Tensor, Tensor]:
        """Codes of digits that are held out, one of each kind in turn as far as there are, their noise and labels."""
        z, y = self.trainer.material.unseen
        turn = torch.zeros(len(y))
        for kind in y.unique():
            turn[y == kind] = torch.arange(int((y == kind).sum())).float()
        first = (turn * 11 + y).argsort(stable=True)
        pick = first[torch.arange(COLUMNS) % len(first)]
        z, y = z[pick].to(self.trainer.device), y[pick].to(self.trainer.device)
        return z, self.trainer.sampling.noise(COLUMNS, PROBE_SEED), y

    def _dissolving(self) -> Tensor:
        """The first digits at even times from 0 to T, a row each. (FOLLOWED * COLUMNS, d)"""
        z, e, _ = (part[:FOLLOWED] for part in self.real)
        times = np.linspace(0, self.trainer.config.T, COLUMNS).round().astype(int)
        levels = [self.trainer.schedule.level(int(t)) for t in times]
        return torch.stack([level.a * z + level.s * e for level in levels], 1).flatten(0, 1)

    def at(self, t: int) -> dict[str, np.ndarray]:
        """Real digits with the noise of time t, and what the network sees in them."""
        if self._at is None or self._at[0] != t:
            self._at = t, self._seen(t)
        return self._at[1]

    def _seen(self, t: int) -> dict[str, np.ndarray]:
        trainer, (z, e, y) = self.trainer, self.real
        level = trainer.schedule.level(t)
        x = level.a * z + level.s * e
        believed = x
        if t > 0:
            said = trainer.shown(trainer.rows(x, t, y))
            believed, _ = read(trainer.config.prediction, x, said, level)
        found = self._pictures({"real": z, "noisy": x, "believed": believed})
        return found | {"time": np.array([[t / trainer.config.T, trainer.schedule.alpha_bar[t]]])}

    # --- its errors on digits that are held out ----------------------------------------------------------

    @cached_property
    def times(self) -> np.ndarray:
        """The middle time of each part of the path. (at most BINS,)"""
        T = self.trainer.config.T
        return np.array([part[len(part) // 2] for part in np.array_split(np.arange(1, T + 1), min(BINS, T))])

    @cached_property
    def errors(self) -> np.ndarray:
        """|f - y|^2 / d by time, with as many labels withheld as in training. (len(times),)"""
        trainer = self.trainer
        own = torch.Generator().manual_seed(PROBE_SEED)
        z, y = trainer.material.unseen
        pick = torch.randint(len(z), (PROBES * len(self.times),), generator=own)
        e = torch.randn(len(pick), z.shape[1], generator=own).to(trainer.device)
        told = trainer.withhold(y[pick], own).to(trainer.device)
        x0, t = z[pick].to(trainer.device), torch.from_numpy(self.times).repeat_interleave(PROBES).to(trainer.device)
        level = trainer.schedule.levels(t, x0)
        said = trainer.shown(trainer.rows(level.a * x0 + level.s * e, t, told))
        gap = squares(said - wanted(trainer.config.prediction, x0, e, level))
        return gap.view(len(self.times), PROBES).cpu().double().mean(1).numpy()  # not every device has doubles

    @property
    def test_loss(self) -> float:
        return float(self.errors.mean())
