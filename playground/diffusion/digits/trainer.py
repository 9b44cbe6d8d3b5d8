"""A diffusion model of digits: of their codes (`code.py`), by the algorithm of `playground.diffusion`.

A label is withheld from the network with probability `withheld`, so that it knows both the noise in a digit and the
noise in a 7, as guidance needs (`sampling.py`). The decoder learns beside the network for the first steps, each with a
batch of its own: what one of them learns does not depend on the other.

Measuring asks the network for a thousand digits. So it is done every so many steps, and in parts, between which others
have their turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.data.digits import CLASSES, grey
from playground.diffusion.digits.code import BLUR, Decoder
from playground.diffusion.digits.knobs import ANY, DigitDiffusionConfig
from playground.diffusion.digits.looking import Look
from playground.diffusion.digits.material import coded
from playground.diffusion.digits.measuring import MEASURED, NUMBERS, SHARES, at_once, is_quick, measuring
from playground.diffusion.digits.network import NONE, CodeNet, See
from playground.diffusion.digits.pretrained import begun_with
from playground.diffusion.digits.sampling import Sampling
from playground.diffusion.samplers import SAMPLERS, SPACINGS
from playground.diffusion.trainer import MOMENTUM, SIZES, DiffusionTrainer
from playground.fused import FusedAdam
from playground.gan.image_gauge import Gauge, gauge

DECODER_STEPS, DECODER_BATCH, DECODER_LR = 1000, 128, 4e-3
MEASURES = (200, 500, 1000)  # steps from one measurement to the next: a fifth of those done
ASKED = (ANY, *CLASSES)
RECOMMENDED = {n: DigitDiffusionConfig.default(n) for n in ("sampler", "steps", "spacing", "eta", "guidance")}

UNPACKED = Phase(
    "decoder",
    "",
    "The decoder makes digits of codes that are a little noisy, and learns what it has missed.",
    equation="-\u03a3 x log x(z') + (1 \u2212 x) log(1 \u2212 x(z'))",
    code="self.decoder.learn(x, z + BLUR * e)",
)


def prepare(config: DigitDiffusionConfig) -> None:
    """What all runs on these digits share: it takes a second or two the first time."""
    begun = begun_with(config)
    found = coded(config.classes, config.count, config.own, config.code, begun.axes if begun else None)
    gauge(config.asked, "" if found.forgotten else config.own).floor(MEASURED)


class DigitDiffusionTrainer(DiffusionTrainer):
    config: DigitDiffusionConfig

    def __init__(self, config: DigitDiffusionConfig, device: str | torch.device = "auto") -> None:
        self.begun = begun_with(config)
        self._gauges: dict[str, Gauge] = {}  # by the digits that are asked for
        self.placed: float | None = None  # the time that the learner has chosen to see, of T; not part of the run
        self._look: Look | None = None
        self._other: tuple[tuple[float, ...], Tensor] | None = None  # a measurement that is not part of the run
        super().__init__(config, device, heavy=True)
        self.codes, self.real = self.real, self.material.images
        self.decoder = Decoder(self.axes, self.generator, self.device)
        self.decoder_optimiser = FusedAdam(self.decoder.net.flat, self.decoder.net.grad)
        if self.begun:
            self.begun.copy_into(self.network, self.decoder)
            self.average.flat.copy_(self.network.flat)
            self.shown.flat.copy_(self.network.flat)
        self.shown_decoder = self.decoder.copy()
        self.measured = 0  # the step of the last measurement
        first = config if self.is_quick or not self.begun else config.altered(RECOMMENDED)
        self.found, self.found_with = self._measure_shown(first), way_of(first)

    # --- what is trained ---------------------------------------------------------------------------------

    def draw_data(self) -> Tensor:
        c = self.config
        self.material = coded(c.classes, c.count, c.own, c.code, self.begun.axes if self.begun else None)
        self.own = "" if self.material.forgotten else c.own
        self.axes = self.material.axes.to(self.device)
        self.labels = self.material.labels.to(self.device)
        self.rows = See(c.T, self.device)
        return self.material.codes.to(self.device)

    def networks(self) -> tuple[CodeNet, CodeNet, CodeNet]:
        network = CodeNet(self.config.shape, self.generator, self.device)
        return network, network.copy(), network.copy()

    @property
    def forgotten(self) -> bool:
        """Whether MNIST's digits took the place of own images that are no longer kept."""
        return self.material.forgotten

    @property
    def decoder_learns(self) -> bool:
        learns = self.begun is None and self.config.decoder == "learned"
        return learns and self.step_count < DECODER_STEPS

    def batch(self) -> Tensor:
        """Codes, (B, d); and in `told` what the network hears of each."""
        pick = torch.randint(len(self.codes), (self.config.batch,), generator=self.batches, device=self.device)
        self.told = self.withhold(self.labels[pick], self.batches)
        return self.codes[pick]

    def withhold(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Labels, some of them replaced by "none"."""
        chance = torch.rand(len(y), generator=generator, device=generator.device)
        return torch.where(chance < self.config.withheld, NONE, y)

    def see(self, x: Tensor, t: Tensor | int) -> Tensor:
        return self.rows(x, t, self.told)

    @property
    def phase_count(self) -> int:
        return super().phase_count + self.decoder_learns

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration; at the due ones the digits are measured."""
        yield from self.iteration(players)
        if self.due:
            self.measure()

    def parts(self, players: str = "DG") -> Iterator[None]:
        """The same, with pauses while the digits are measured."""
        for _ in self.iteration(players):
            pass
        if self.due:
            yield from self.measuring()

    def iteration(self, players: str = "DG") -> Iterator[Phase]:
        """As of every diffusion model; at first the decoder learns before it."""
        if self.decoder_learns:
            self.move_decoder()
            yield UNPACKED
        yield from super().phases(players)

    def move_decoder(self) -> None:
        """One step of the decoder."""
        pick = torch.randint(len(self.codes), (DECODER_BATCH,), generator=self.generator, device=self.device)
        x, z = grey(self.real[pick.cpu()]).to(self.device), self.codes[pick]
        e = torch.randn(z.shape, generator=self.generator, device=self.device)
        self.decoder.learn(x, z + BLUR * e)
        left = 1 - self.step_count / DECODER_STEPS
        self.decoder_optimiser.step(DECODER_LR * min(1.0, 2 * left), MOMENTUM, SIZES)

    def look(self) -> None:
        """The decoder, too, while `looks` is odd."""
        self.looks += 1
        self.shown.flat.copy_(self.average.flat)
        self.shown_decoder.net.flat.copy_(self.decoder.net.flat)
        self.looked = self.step_count
        self.looks += 1

    # --- what it remembers -------------------------------------------------------------------------------

    def memory(self) -> dict[str, Tensor]:
        return super().memory() | {
            "decoder": self.decoder.net.flat,
            "decoder optimiser m": self.decoder_optimiser.m,
            "decoder optimiser v": self.decoder_optimiser.v,
            "shown decoder": self.shown_decoder.net.flat,
            "found": self.found,
            "found with": self.found_with,
        }

    def counters(self) -> dict[str, int]:
        return super().counters() | {"decoder moves": self.decoder_optimiser.t, "measured": self.measured}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        self.decoder_optimiser.t, self.measured = counters["decoder moves"], counters["measured"]

    def load(self, state: Mapping[str, Any]) -> None:
        super().load(state)
        self._look = self._other = None

    # --- generating and measuring ------------------------------------------------------------------------

    def sampling_of(self, network: Callable[[Tensor], Tensor], decoder: Decoder) -> Sampling:
        return Sampling(network, decoder, self.rows, self.config, "" if self.own else self.config.asked)

    @property
    def sampling(self) -> Sampling:
        """By the network and the decoder that are shown."""
        return self.sampling_of(self.shown, self.shown_decoder)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n generated digits, (n, 784), pixels in [0, 1]."""
        return self.sampling.sample(n, seed).numpy(force=True)

    @property
    def data(self) -> np.ndarray:
        """(N, 784), pixels in [0, 1]: a copy."""
        return grey(self.real).numpy()

    @property
    def gauge(self) -> Gauge:
        """Who says how far digits lie from those that are asked for; kept, for own images may be forgotten."""
        asked = "" if self.own else self.config.asked
        if asked not in self._gauges:
            self._gauges[asked] = gauge(asked, self.own)
        return self._gauges[asked]

    @property
    def perfect(self) -> Tensor:
        """Codes of real digits like those that are asked for."""
        return self.material.perfect(self.config.asked).to(self.device)

    @property
    def is_turned(self) -> bool:
        """Whether a knob of sampling is no longer as it was when the digits were measured."""
        return not torch.equal(self.found_with, way_of(self.config))

    @property
    def is_quick(self) -> bool:
        """Whether what a knob of sampling has changed can be measured while nobody trains."""
        return is_quick(self.sampling)

    @property
    def due(self) -> bool:
        """Every so often, and when a knob of sampling was turned."""
        return self.step_count % apart(self.step_count) == 0 or self.is_turned

    def measuring(self) -> Iterator[None]:
        """The averaged network as it is now, into `found`, with pauses."""
        found = yield from measuring(self.sampling_of(self.average, self.decoder), self.perfect, self.gauge)
        self.found.copy_(found)
        self.found_with.copy_(way_of(self.config))
        self.measured = self.step_count

    def measure(self) -> None:
        for _ in self.measuring():
            pass

    def _measure_shown(self, config: DigitDiffusionConfig) -> Tensor:
        """The network that is shown, with these knobs of sampling."""
        network = self.shown if self.begun or self.looked else self._says_nothing
        sampling = replace(self.sampling_of(network, self.shown_decoder), config=config)
        return at_once(measuring(sampling, self.perfect, self.gauge))

    def _says_nothing(self, x: Tensor) -> Tensor:
        """What the network says before it has learned anything, found sooner."""
        return x.new_zeros(len(x), self.config.code)

    @property
    def quality(self) -> Tensor:
        """What was measured last; once a knob was turned, of the network that is shown, if that is quick."""
        if not self.is_turned or not self.is_quick:
            return self.found
        key = (float(self.looked), *way_of(self.config).tolist())
        if self._other is None or self._other[0] != key:
            self._other = key, self._measure_shown(self.config)
        return self._other[1]

    def scalars(self) -> dict[str, float]:
        """What of the quality is not known, because something that was made is no number, is left out."""
        low, high = self.gauge.floor(MEASURED)
        quality = dict(zip(NUMBERS, self.quality.tolist(), strict=False))
        return {
            "loss": self.loss,
            "test_loss": self.seen.test_loss,
            **{name: value for name, value in quality.items() if math.isfinite(value)},
            "fd_low": low,
            "fd_high": high,
            "real_certainty": self.gauge.certainty,
            "measured": float(self.measured),
        }

    # --- looking -----------------------------------------------------------------------------------------

    def place(self, name: str, x: float, y: float) -> None:
        """The handle on the curve of alpha-bar chooses the time that is shown."""
        if name == "time" and np.isfinite(x):
            self.placed = min(max(float(x), 0.0), 1.0)

    @property
    def t(self) -> int:
        """The time that is shown: at first the one that is half noise."""
        if self.placed is None:
            return int(np.abs(self.schedule.s - self.schedule.a).argmin())
        return round(self.placed * self.config.T)

    @property
    def seen(self) -> Look:
        """What the network that is shown makes with the sampler that is set; found out once."""
        key = (float(self.looked), self.config.withheld, *way_of(self.config).tolist())
        if self._look is None or self._look.key != key:
            self._look = Look(self, key)
        return self._look

    def snapshot(self) -> Snapshot:
        t = self.t
        numbers = self.scalars() | {
            "t": float(t),
            "T": float(self.config.T),
            "abar": float(self.schedule.alpha_bar[t]),
            "left": self.schedule.left,
            "questions": float(self.sampling.questions),
            "looked": float(self.looked),
        }
        arrays = self.seen.arrays | self.seen.at(t)
        arrays["loss by t"] = self.loss_by_t(len(self.seen.times))
        arrays["real classes"], arrays["made classes"] = self.gauge.shares, self.quality[SHARES].numpy()
        return Snapshot(self.step_count, numbers, {name: array.copy() for name, array in arrays.items()})


def way_of(config: DigitDiffusionConfig) -> Tensor:
    """All knobs on which it depends what is made of noise, as numbers."""
    chosen = SAMPLERS.index(config.sampler), tuple(SPACINGS).index(config.spacing), ASKED.index(config.digit)
    eta = config.eta if config.sampler == "ddim" else 0.0
    return torch.tensor([*chosen, config.steps, eta, config.guidance], dtype=torch.float64)


def apart(step: int) -> int:
    """How many steps lie between two measurements."""
    return max(gap for gap in MEASURES if gap <= max(MEASURES[0], step // 5))
