"""GANs in the plane: what they are trained on, what is measured and what is seen of them.

Real points x come from a known density p. The generator carries noise z to points G(z), whose density q nobody
wrote down. What is measured on n generated points, beside what a perfect generator would get:

    SW1       the sliced Wasserstein distance to p (transport.py)                                   (1)
    covered   the modes, or regions, with a fair share of the points (regions.py)                   (2)
    within    the share of points within 3 sigma of their mode                                      (3)

and what is drawn at each point is D's belief D(x), and at each generated point the way that G's loss pulls it,

    -dL(x) / dx,   L the loss of G for one point x = G(z)                                           (4)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground import manifold
from playground.core import Snapshot, knob, with_default
from playground.data import letters, line, plane
from playground.gan.distributions import DistributionConfig, DistributionTrainer
from playground.yardstick import MEASURED, SHOWN, Yardstick, middles, yardstick

ARROWS = 120
CELLS = 48  # of D's field in each direction
NOISE_SEED = 1  # of what is drawn to look and to measure; training has a generator of its own
LONGEST_ARROW = 0.12  # of the frame, for most arrows


@dataclass(frozen=True)
class PlaneConfig(DistributionConfig):
    target: str = knob(
        "ring8",
        "The shape that real points come from. Separate blobs ask for several modes, thin curves for precision.",
        label="Shape",
        options=(*plane.TARGETS, "letters", "own"),
    )
    word: str = knob(
        "GAN",
        "The word that real points spell.",
        label="Word",
        letters=letters.LETTERS,
        longest=letters.LONGEST,
        needs=("target", ("letters",)),
    )
    own: str = knob(
        "",
        "The learner's own points, as text.",
        label="Own points",
        letters=line.ALPHABET,
        longest=4 * plane.MOST_POINTS,
        needs=("target", ("own",)),
        hidden=True,
    )
    noise: float = knob(
        1.0,
        "How thick the shape is, as a multiple of its own thickness. Thin shapes are hard to hit.",
        label="Thickness",
        low=0.25,
        high=4.0,
        log=True,
        group="Data",
    )
    scale: float = knob(
        1.0,
        "How large the shape is. D and G know nothing of its size in advance.",
        label="Size",
        low=0.1,
        high=2.0,
        step=0.05,
        group="Data",
    )
    shift: float = knob(
        0.0,
        "How far the shape is moved up and to the right. A young G starts at the middle and has to find it.",
        label="Shift",
        low=-4.0,
        high=4.0,
        step=0.1,
        group="Data",
    )
    lr_g: float = with_default(DistributionConfig, "lr_g", 1e-3)
    lr_d: float = with_default(DistributionConfig, "lr_d", 1e-3)
    beta1: float = with_default(DistributionConfig, "beta1", 0.0)
    scale_d: float = with_default(DistributionConfig, "scale_d", 2.0)
    ema: float = with_default(DistributionConfig, "ema", 0.995)
    decay: str = with_default(DistributionConfig, "decay", "cosine")
    horizon: int = with_default(DistributionConfig, "horizon", 5000)


class PlaneTrainer(DistributionTrainer):
    config: PlaneConfig
    dim = 2
    measure_every = 50

    def draw_data(self) -> Tensor:
        return self.target.draw(self.config.points, self.generator)

    @cached_property
    def yardstick(self) -> Yardstick:
        c = self.config
        return yardstick(c.target, c.noise, c.word, c.own, c.scale, c.shift)

    @property
    def target(self) -> plane.PlaneTarget:
        return self.yardstick.target

    @property
    def data(self) -> np.ndarray:
        return self.real.numpy(force=True).copy()

    @property
    def window(self) -> float:
        """Half the width of a square about the origin that shows everything."""
        return self.target.window

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n generated points, (n, 2)."""
        return self.shown(self.fixed_noise(n, seed)).numpy(force=True)

    def judge(self, points: np.ndarray) -> np.ndarray:
        """What D believes of each point, as a number in [0, 1]. points: (n, 2). Returns (n,)."""
        x = torch.as_tensor(np.asarray(points, np.float32), device=self.device)
        return self.belief(self.D(x))[:, 0].numpy(force=True)

    # --- what stands still -------------------------------------------------------------------------------

    @cached_property
    def probes(self) -> Tensor:
        """The noise of the points that are shown and measured, (MEASURED, latent + bits)."""
        return self.fixed_noise(MEASURED, NOISE_SEED)

    @cached_property
    def field_points(self) -> Tensor:
        """The middles of the cells of D's field, (CELLS^2, 2), row by row from below."""
        return torch.as_tensor(middles(*self.target.frame, CELLS), dtype=torch.float32, device=self.device)

    @cached_property
    def lattice(self) -> tuple[Tensor, np.ndarray]:
        c = self.config
        z, mass = manifold.lattice(c.law, c.latent, c.bits)
        return z.to(self.device), mass

    @cached_property
    def looked_at(self) -> Tensor:
        """The noise of all that a snapshot shows, for one pass through G: `probes`, then the nodes of the lattice."""
        nodes, _ = self.lattice
        return torch.cat((self.probes, nodes.reshape(-1, nodes.shape[2])))

    @cached_property
    def edges(self) -> dict[str, float]:
        """The scalars that stand still: where the picture ends, and p's, and what a perfect generator would get."""
        floor, frame, box = self.yardstick.floor, self.target.frame, self.target.box
        ends = {"low": frame[0], "high": frame[1], "p_low": box[0], "p_high": box[1]}
        return ends | {"sw1_low": floor[0], "sw1_high": floor[2]}

    # --- what is looked at -------------------------------------------------------------------------------

    def scalars(self) -> dict[str, float]:
        return self._scalars(self.shown(self.probes).numpy(force=True))

    def _scalars(self, made: np.ndarray) -> dict[str, float]:
        regions = self.yardstick.regions
        found = regions.covered(made)
        centre = made.mean(0)
        off = (made - centre).ravel()
        return {
            **self.standing(),
            "sw1": self.yardstick.distance(made),
            "covered": float(found.covered),
            "covered_share": found.covered / len(regions),
            "within": found.within,
            "spread": found.spread if found.covered or not regions.are_modes else 0.0,
            "centre_x": float(centre[0]),
            "centre_y": float(centre[1]),
            "width": math.sqrt(off @ off / len(made)),
            **self.edges,
        }

    def snapshot(self) -> Snapshot:
        nodes, mass = self.lattice
        both = self.shown(self.looked_at)
        made = both[:MEASURED].numpy(force=True)
        sheet = both[MEASURED:].reshape(*nodes.shape[:2], 2).numpy(force=True)
        pulls = self.pulls(both[:ARROWS]).numpy(force=True)
        scalars = self._scalars(made) | {"stretch": _stretch(pulls, self.edges["high"] - self.edges["low"])}
        belief = self.belief(self.D(self.field_points))
        arrays = {
            "real": self.yardstick.real.copy(),
            "p": self.yardstick.p.copy(),
            "generated": made[:SHOWN].copy(),
            "G now": self.G(self.probes[:SHOWN]).numpy(force=True),
            "field": belief.reshape(CELLS, CELLS).numpy(force=True),
            "tails": made[:ARROWS].copy(),
            "pulls": pulls,
            "nodes": sheet.copy(),
            "shade": manifold.shade(sheet, mass),
            "real batch": self.real_batch.numpy(force=True).copy(),
            "fake batch": self.fake_batch.numpy(force=True).copy(),
        }
        return Snapshot(self.step_count, scalars, arrays)

    def belief(self, score: Tensor) -> Tensor:
        """A score as a number in [0, 1], 1/2 where D is undecided.

        D(x) if there is one, with label smoothing undone: D* / alpha = p / (p + q). Else a critic's score, as far as
        it lies from the middle of the last batch's scores.
        """
        if self.game.has_optimum:
            return (self.game.shown(score) / self.alpha).clamp(0, 1)
        half = len(self.d_scores) // 2
        real, fake = self.d_scores[:half].mean(), self.d_scores[half:].mean()
        middle = 0.0 if self.game.middle else torch.nan_to_num((real + fake) / 2)
        spread = torch.nan_to_num(self.d_scores.std(), 1.0).clamp_min(1e-3)
        return torch.sigmoid(2 * (score - middle) / spread)


def _stretch(pulls: np.ndarray, width: float) -> float:
    """How long an arrow of length 1 is drawn: a round number that keeps most arrows short, and never above 1."""
    most = float(np.sort(np.hypot(pulls[:, 0], pulls[:, 1]))[int(0.9 * len(pulls))])
    wanted = LONGEST_ARROW * width / max(most, 1e-12)
    if not 0 < wanted < 1:
        return 1.0  # weak gradients look weak; those that are no numbers are not drawn at all
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(m * power for m in (1, 2, 5) if m * power <= wanted))
