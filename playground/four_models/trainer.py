"""A GAN, a WGAN, a VAE and a diffusion model as one trainer, which takes a round with each of them.

All draw their real points from the same seed, and each picks its minibatches with a generator of its own that begins
alike: A and C see the same batches in the same order, B, who needs five in an iteration, the same ones sooner. D adds
times and noise to its draws, so its batches are others from the first on.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.diffusion.points import PointsTrainer
from playground.four_models.knobs import FourModelsConfig
from playground.four_models.nats import CODES, Nats, flow_log_p, judged
from playground.four_models.quality import MEASURED, Quality, Ruler, ruler
from playground.four_models.record import Record, is_due, tells
from playground.gan.plane import NOISE_SEED, PlaneTrainer
from playground.race.joined import JoinedTrainer
from playground.vae.plane import PlaneVaeTrainer
from playground.yardstick import SHOWN

ELBO, BOUND, FLOW = range(3)  # rows of what is said of log p
TIMED = 9  # measurements whose median is what points take
WORTH_SEEING = 3.0  # nats below the real density; a young model is a hundred below it
SAID = {ELBO: "C/elbo", BOUND: "C/nats", FLOW: "D/nats"}


class FourModelsTrainer(JoinedTrainer):
    config: FourModelsConfig
    measure_every = 10

    def __init__(self, config: FourModelsConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        kinds = {"A": PlaneTrainer, "B": PlaneTrainer, "C": PlaneVaeTrainer, "D": PointsTrainer}
        self.join({letter: kinds[letter](own, self.device) for letter, own in config.models().items()})
        for lane in self.lanes.values():
            lane.draw_batches_apart()
        self.measured_network = self.lanes["D"].network.copy()  # of D, as it was when it was last measured
        self.record = Record(len(self.lanes))
        self._making = {letter: deque[float](maxlen=TIMED) for letter in self.lanes}  # seconds: not part of the state
        self._made: tuple[Any, np.ndarray, Quality] | None = None  # points of D, and what they were made with
        for _ in self.look():
            pass

    @cached_property
    def ruler(self) -> Ruler:
        return ruler(**self.config.shape)

    @property
    def data(self) -> np.ndarray:
        data: np.ndarray = self.lanes["A"].data
        return data

    # --- one round ---------------------------------------------------------------------------------------

    @property
    def phase_count(self) -> int:
        return sum(n * self.lanes[letter].phase_count for letter, n in self.config.per_round.items())

    def step(self, players: str = "DG") -> None:
        for _ in self.parts(players):
            pass

    def parts(self, players: str = "DG") -> Iterator[None]:
        """A round, with pauses between the models: others have their turn."""
        for letter, n in self.config.per_round.items():
            with self.clock(letter, n):
                for _ in range(n):
                    self.lanes[letter].step()
            yield
        self.step_count += 1
        yield from self.look()

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """The same, pausing after each part of each iteration."""
        for letter, n in self.config.per_round.items():
            for _ in range(n):
                for phase in self.lanes[letter].phases():
                    yield dataclasses.replace(phase, player="", says=f"{letter}. {phase.says}")
        self.step_count += 1
        for _ in self.look():
            pass

    def tune(self, config: Any) -> None:
        before = self._with
        super().tune(config)
        if self._with != before:
            self._making["D"].clear()
        for letter, own in config.models().items():
            self.lanes[letter].tune(own)

    # --- measuring ---------------------------------------------------------------------------------------

    def look(self) -> Iterator[None]:
        """At due rounds: measure the points of all, and ask C and D for log p. With pauses in between."""
        if is_due(self.step_count):
            self.measured_network.flat.copy_(self.lanes["D"].average.flat)
            self.record.looked.fill_(self.step_count)
            self._made = None
            for i, (letter, lane) in enumerate(self.lanes.items()):
                self.record.add(i, self._measured(letter), self.ruler.near, lane.step_count)
                yield
        if tells(self.step_count):
            self.record.asked.fill_(self.step_count)
            self._ask_c()
            yield
            self._ask_d()

    def _measured(self, letter: str) -> Quality:
        """Of MEASURED points, with a look at the clock while they are made."""
        started = time.thread_time()
        points = self.made(letter, MEASURED)
        self._making[letter].append(time.thread_time() - started)
        found = self.ruler.measured(points)
        if letter == "D":
            self._made = self._with, points, found
        return found

    def making(self, letter: str) -> float:
        """Seconds for MEASURED points, the median of the last times; NaN before."""
        return statistics.median(self._making[letter]) if self._making[letter] else math.nan

    def made(self, letter: str, n: int, seed: int = NOISE_SEED) -> np.ndarray:
        """n points of one model, (n, 2): the same noise each time. Of D, by the network that was last measured."""
        if letter != "D":
            points: np.ndarray = self.lanes[letter].sample(n, seed)
            return points
        D = self.lanes["D"]
        noise = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed)).to(self.device)
        made: np.ndarray = D.in_data_units(D.generate(noise, D.denoiser(self.measured_network), seed)[-1].x)
        return made

    @property
    def _with(self) -> tuple[Any, ...]:
        """What the points of D depend on, besides the network that was last measured."""
        return self.config.sampler, self.config.steps

    def _of_d(self) -> tuple[np.ndarray, Quality]:
        """The points of D and what is measured on them; found out anew where the sampler is another one."""
        if self._made is None or self._made[0] != self._with:
            self._measured("D")
        assert self._made is not None
        return self._made[1], self._made[2]

    def quality(self, letter: str) -> Quality:
        """As last measured."""
        return self._of_d()[1] if letter == "D" else self.record.of("ABCD".index(letter))

    def _ask_c(self) -> None:
        held_out, log_p = self.ruler.held_out.to(self.device), self.ruler.log_p
        found = self.lanes["C"].evidence(held_out, CODES)
        self.record.add_nats(ELBO, judged(found.elbo.numpy(force=True).astype(float), log_p, 0.0))
        self.record.add_nats(
            BOUND, judged(found.nats.numpy(force=True).astype(float), log_p, float(found.missing.mean()))
        )

    def _ask_d(self) -> None:
        D, held_out = self.lanes["D"], self.ruler.held_out.to(self.device)
        found, off = flow_log_p(D.denoiser(D.average), D.schedule, held_out, D.ground.unit)
        self.record.add_nats(FLOW, judged(found, self.ruler.log_p, off))

    def said(self, row: int) -> Nats:
        """What was last said of log p; NaN before."""
        return self.record.said(row)

    # --- what is remembered ------------------------------------------------------------------------------

    def memory(self) -> dict[str, Tensor]:
        return super().memory() | self.record.memory() | {"D measured": self.measured_network.flat}

    def load(self, state: Mapping[str, Any]) -> None:
        super().load(state)
        self._made = None

    # --- what is seen ------------------------------------------------------------------------------------

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n points of the diffusion model, (n, 2)."""
        return self.made("D", n, seed)

    def scalars(self) -> dict[str, float]:
        """NaN is what is not known, and is left out."""
        return {name: value for name, value in self._numbers().items() if not math.isnan(value)}

    def _numbers(self) -> dict[str, float]:
        numbers = {f"{letter}/{name}": v for letter in self.lanes for name, v in self._lane(letter).items()}
        for row, name in SAID.items():
            said = self.said(row)
            numbers |= {name: said.mean, f"{name} kl": said.kl, f"{name} error": said.error, f"{name} off": said.off}
        frame, box = self.ruler.yardstick.target.frame, self.ruler.yardstick.target.box
        return numbers | {
            "sw1_low": self.ruler.floor[0],
            "sw1_high": self.ruler.floor[2],
            "truth": self.ruler.truth,
            "nats_low": self.ruler.truth - WORTH_SEEING,
            "nats_high": self.ruler.truth + WORTH_SEEING / 10,
            "looked": float(self.record.looked),
            "asked": float(self.record.asked),
            "low": frame[0],
            "high": frame[1],
            "p_low": box[0],
            "p_high": box[1],
        }

    def _lane(self, letter: str) -> dict[str, float]:
        found = self.quality(letter)
        return {
            "sw1": found.sw1,
            "covered": found.covered,
            "covered_share": found.covered / self.ruler.parts,
            "within": found.within,
            "spread": found.spread,
        }

    def snapshot(self) -> Snapshot:
        arrays = {"real": self.ruler.yardstick.real.copy(), "p": self.ruler.yardstick.p.copy()}
        for letter in "ABC":
            arrays[f"{letter}/generated"] = self.made(letter, SHOWN).copy()
        arrays["D/generated"] = self._of_d()[0][:SHOWN].copy()
        return Snapshot(self.step_count, self._numbers(), arrays)
