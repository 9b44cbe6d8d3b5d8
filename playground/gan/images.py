"""GANs on images of digits: what they are trained on, what is measured and what is seen of them.

G carries noise z of many dimensions to 784 pixels. Nobody can write down the density of digits, so what is measured
asks a small network that has learned to read them (`playground.reader`). On n = 1000 generated images, with p_k the
share of them that the reader takes for class k,

    FD       the Frechet distance of its features from those of real digits (frechet.py)            (1)
    classes  H(p) = -sum_k p_k log p_k, at most log 10 = 2.303 nats                                 (2)
    rarest   min_k p_k                                                                              (3)
    spread   the sd of a pixel over the images, root mean square over pixels, as a share of the real one

Normal noise of many dimensions has nearly the length sqrt(d). The straight way from z to z' passes nearer to the
origin, where G has hardly been; the way along the sphere does not:

    lerp   (1 - t) z + t z'                                                                         (4)
    slerp  (sin((1 - t) w) z + sin(t w) z') / sin w,   w the angle between z and z'                 (5)

What is shown is a moving average of G, with weight `ema` on the past (less at first, so that something is to be seen
soon). The batch norms' statistics are averaged, too, with a weight on the past of at least `SMOOTHED`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.data.digits import CLASSES, PIXELS, SIDE, grey
from playground.flat import FlatModule, Network
from playground.fused import FusedAdam
from playground.gan import architectures
from playground.gan.image_gauge import Gauge, class_shares, gauge, real_images, spread
from playground.gan.image_knobs import ImageConfig
from playground.gan.trainer import GanTrainer
from playground.metrics import accuracy
from playground.nets import MLP
from playground.paths import lerp as lerp
from playground.paths import slerp as slerp
from playground.reader import reader

SHOWN = 64
MEASURED = 1000
WALK = 8  # images on the way from one digit to another
AT_ONCE = 250  # of the images that are measured
KEPT = 8  # batches whose scores are shown
BINS = 24  # of D's scores
CHUNK = 500  # images that G makes at a time
REACH = 2.0  # of the explorer, in usual lengths of noise
NARROWEST = 1e-6  # range of scores that can be divided into bins
RING = np.stack([f(np.linspace(0, 2 * np.pi, 97)) for f in (np.cos, np.sin)]).astype(np.float32)
NOISE_SEED, WALK_SEED, PLANE_SEED = 1, 2, 3  # of what is drawn to look and to measure
MISSED = 0.03  # of all images: a class with less is missing
SMOOTHED = 0.9  # at least so much of the old statistics of a batch norm is kept


def prepare(config: ImageConfig) -> None:
    """What all runs on these digits share: it takes a good part of a second the first time."""
    gauge(config.classes or CLASSES, config.own).floor(MEASURED)


class ImageTrainer(GanTrainer):
    config: ImageConfig
    average: FlatModule
    G: FlatModule
    measure_every = 100

    def __init__(self, config: ImageConfig, device: str | torch.device = "auto", heavy: bool = True) -> None:
        super().__init__(config, device, heavy)
        self.average.resting = True
        if config.optimiser == "adam":  # vectors as long as these take a third of the time in one pass
            self.g_optimiser = FusedAdam(self.G.flat, self.G.grad)
            self.d_optimiser = FusedAdam(self.D.flat, self.D.grad)
        self.recent = torch.zeros(KEPT, 2 * config.batch, device=self.device)  # scores, the latest batch first
        self.given = torch.zeros(1, device=self.device)  # how many batches these are
        self.d_norm, self.g_norm = torch.full((2, 1), float("nan"), device=self.device).unbind()
        self.pending: Tensor | None = None  # what G has made in D's turn, and still remembers
        self.at = np.array([[0.7, 0.7]], np.float32)  # of the explorer's handle
        self.G.forward(self.fixed_noise(config.batch, NOISE_SEED))
        self.average.statistics.copy_(self.G.statistics)
        self.found = torch.zeros(2 + len(CLASSES), dtype=torch.float64)  # FD, spread, the shares; on the CPU
        self.measure()

    # --- what is trained ---------------------------------------------------------------------------------

    def draw_data(self) -> Tensor:
        """Bytes, (N, 784): shared by all who learn from the same digits."""
        c = self.config
        return real_images(c.classes or CLASSES, c.count, c.own).to(self.device)

    def networks(self) -> tuple[Network, Network]:
        c = self.config
        G = FlatModule(
            lambda: architectures.generator(c.architecture, c.latent, c.width_g, c.norm_g, c.scaling),
            (c.latent, PIXELS),
            self.generator,
            self.device,
        )
        if c.architecture == "mlp" and c.norm_d == "none" and not c.dropout:  # gradients written out are faster
            return G, MLP((PIXELS, c.width_d, c.width_d // 2, 1), "leaky-relu", "linear", self.generator, self.device)
        group = c.batch if c.batches == "separate" else 0
        D = FlatModule(
            lambda: architectures.discriminator(c.architecture, c.width_d, c.norm_d, group, c.dropout, self.generator),
            (PIXELS, 1),
            self.generator,
            self.device,
        )
        return G, D

    def batch(self) -> Tensor:
        """(B, 784), drawn with replacement, in the range that D sees."""
        x = super().batch().to(torch.float32)
        return x.mul_(2 / 255).sub_(1) if self.config.scaling == "-1 to 1" else x.div_(255)

    def to_judge(self) -> Tensor:
        """G makes them once: in its own turn it learns from the very images that D has judged."""
        self.pending = self.G.forward(self.noise(self.config.batch))
        return self.pending

    def to_improve(self) -> Tensor:
        made, self.pending = self.pending, None
        return super().to_improve() if made is None else made

    def slope_penalty(self) -> float:
        """Once in `r1_every` steps, and as many times as strong."""
        every = self.config.r1_every
        return super().slope_penalty() * every if self.step_count % every == every // 2 else 0.0

    def move_d(self, factor: float) -> None:
        self.d_norm[0] = self.D.grad_norm()
        super().move_d(factor)
        self.remember_scores()

    def remember_scores(self) -> None:
        self.recent = torch.cat((self.d_scores.T, self.recent[:-1]))
        self.given.add_(1).clamp_(max=KEPT)

    def ask_d(self) -> None:
        """What a frozen D says of a new batch: G goes on, and so do the scores."""
        self.d_scores = self.D(torch.cat((self.seen(self.batch()), self.seen(super().to_judge()))))
        self.told.copy_(self.label)
        self.remember_scores()

    def move_g(self, factor: float) -> None:
        self.g_norm[0] = self.G.grad_norm()
        self.g_optimiser.step(self.config.lr_g * factor, self.config.beta1, self.config.beta2)
        t = self.g_optimiser.t
        memory = min(self.config.ema, (1 + t) / (4 + t))
        self.average.flat.lerp_(self.G.flat, 1 - memory)
        self.average.statistics.lerp_(self.G.statistics, 1 - max(memory, SMOOTHED))

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, as in every GAN; every so many of them end with a measurement."""
        self.pending = None
        yield from super().phases(players)
        if "D" in players and "D" not in self.movers(players):
            self.ask_d()
        if self.step_count % self.measure_every == 0:
            self.measure()

    def memory(self) -> dict[str, Tensor]:
        memory = super().memory()
        for name in ("G gradient", "D gradient", "D real batch", "D fake batch"):  # large, and nothing depends on them
            del memory[name]
        return memory | {
            "G average statistics": self.average.statistics,
            "D recent scores": self.recent,
            "D recent batches": self.given,
            "D gradient norm": self.d_norm,
            "G gradient norm": self.g_norm,
            "found": self.found,
        }

    # --- what is measured --------------------------------------------------------------------------------

    @property
    def shown(self) -> Network:
        return self.average

    @cached_property
    def gauge(self) -> Gauge:
        return gauge(self.config.classes or CLASSES, self.config.own)

    def fixed_noise(self, n: int, seed: int) -> Tensor:
        """The same noise each time, so that what becomes of it can be followed."""
        own = torch.Generator(self.device).manual_seed(seed)
        return torch.randn(n, self.config.latent, generator=own, device=self.device)

    def pictures(self, z: Tensor) -> Tensor:
        """What the shown generator makes of z, pixels in [0, 1]: (n, 784)."""
        made = torch.cat([self.average(part) for part in z.split(CHUNK)])
        return made.add_(1).div_(2) if self.config.scaling == "-1 to 1" else made

    def measure(self) -> None:
        """What (1) to (3) need, into `found`. A generator that has left the numbers is left to `finite`."""
        noise = self.fixed_noise(MEASURED, NOISE_SEED)
        images = torch.cat([self.pictures(part).cpu() for part in noise.split(AT_ONCE)])
        if bool(torch.isfinite(images).all()):
            features = reader().features(images)
            self.found[0] = self.gauge.frechet.distance(features)
            self.found[1] = spread(images) / self.gauge.spread
            self.found[2:] = class_shares(features)

    def scalars(self) -> dict[str, float]:
        distance, width, *shares = self.found.tolist()
        low, high = self.gauge.floor(MEASURED)
        return self._standing() | {
            "fd": distance,
            "fd_low": low,
            "fd_high": high,
            "entropy": -sum(p * math.log(p) for p in shares if p > 0),
            "rarest": min(shares),
            "spread": width,
            "missing": float(sum(p < MISSED for p in shares)),
        }

    def _standing(self) -> dict[str, float]:
        """How the players stand after the last iteration."""
        game, half = self.game, self.config.batch
        d_loss, g_loss = self.losses()
        real, fake = self.d_scores[:half].numpy(force=True), self.d_scores[half:].numpy(force=True)
        middle = game.middle(self.alpha) if game.middle else (real.mean() + fake.mean()) / 2
        numbers = {
            "d_loss": d_loss,
            "g_loss": g_loss,
            "d_norm": float(self.d_norm),
            "g_norm": float(self.g_norm),
            "accuracy": accuracy(real, fake, middle),
            "d_rest": game.d_rest(self.alpha),
        }
        return numbers | {"g_rest": game.g_rest(self.alpha) if game.g_rest else math.nan}

    # --- what is seen ------------------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """(N, 784), pixels in [0, 1]: a copy."""
        return grey(self.real.cpu()).numpy()

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """(n, 784), pixels in [0, 1]."""
        return self.pictures(self.fixed_noise(n, seed)).numpy(force=True)

    @cached_property
    def probes(self) -> Tensor:
        """The noise of all that is drawn at each frame but the explorer."""
        a, b = self.fixed_noise(2, WALK_SEED)
        way = torch.linspace(0, 1, WALK, device=self.device)[:, None]
        return torch.cat((self.fixed_noise(SHOWN, NOISE_SEED), slerp(a, b, way), lerp(a, b, way)))

    @cached_property
    def plane(self) -> Tensor:
        """Two directions of noise, at a right angle and as long as noise usually is: (2, latent)."""
        u, v = self.fixed_noise(2, PLANE_SEED)
        if self.config.latent > 1:
            v = v - u * (torch.dot(u, v) / torch.dot(u, u))
        return torch.stack([w * (math.sqrt(len(w)) / w.norm().clamp_min(1e-6)) for w in (u, v)])

    def place(self, name: str, x: float, y: float) -> None:
        if name == "z at":
            self.at = np.array([[x, y]], np.float32).clip(-REACH, REACH)

    def snapshot(self) -> Snapshot:
        here = torch.as_tensor(self.at, device=self.device) @ self.plane  # (1, latent)
        ink = self.pictures(torch.cat((self.probes, here))).mul_(255).round_().clamp_(0, 255)
        images = torch.nan_to_num(ink).to(torch.uint8).numpy(force=True).reshape(-1, SIDE, SIDE)
        edges, real, fake = self._score_histograms()
        arrays = {
            "samples": images[:SHOWN],
            "slerp": images[SHOWN : SHOWN + WALK],
            "lerp": images[SHOWN + WALK : SHOWN + 2 * WALK],
            "explored": images[-1:],
            "z at": self.at.copy(),
            "ring x": RING[0].copy(),
            "ring y": RING[1] * (1 if self.config.latent > 1 else np.nan),  # one number has no usual length to go round
            "score edges": edges,
            "real scores": real,
            "fake scores": fake,
            "real classes": self.gauge.shares.copy(),
            "fake classes": self.found[2:].numpy(force=True).copy(),
        }
        seen = {
            "length": float(np.hypot(*self.at[0])),
            "score_low": float(edges[0]),
            "score_high": float(edges[-1]),
        }
        return Snapshot(self.step_count, self.scalars() | seen, arrays)

    def _score_histograms(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The shares of real and of generated images that D gave each score, over the last batches."""
        given = int(self.given)
        seen = torch.nan_to_num(self.game.shown(self.recent[: max(given, 1)])).numpy(force=True)
        if self.game.has_optimum and self.game.shown is torch.sigmoid:
            low, high = 0.0, 1.0
        else:
            low, high = float(seen.min()), float(seen.max())
            low, high = (low, high) if high - low > NARROWEST else (low - 1, high + 1)
        edges = np.linspace(low, high, BINS + 1)
        counts = [np.histogram(part, edges)[0] * (given > 0) for part in np.split(seen, 2, axis=1)]
        real, fake = (count / seen.size * 2 for count in counts)  # nothing before D has been asked
        return edges, real, fake
