"""A GAN on the line, where everything can be checked: the law of what G makes, the best D, and every distance.

G turns noise z into a number x (or into several at once), and D sees real and generated ones. Both work in
units of the target, (x - mean) / sd, unless that is switched off. Of one number made from one number of noise
the law q is known by a change of variables (`line_theory`), and so are

    D*(x) = alpha ((1 - f) p(x) + f q(x)) / (p(x) + q(x))                                           (1)
    gap   = integral |D - D*| (p + q) / 2                                                           (2)

with alpha the label of real points and f the share of flipped labels; behind instance noise p and q are both
blurred. D* belongs to the G that D plays against, not to the moving average of it that is shown and measured.
Of more noise q is known from `PROBES` numbers made from fixed noise; of several numbers made at once, q is the
law of all of them together, and the best judge of whole vectors is not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.core import Snapshot
from playground.data import line
from playground.flat import Network
from playground.gan.distributions import DistributionTrainer
from playground.gan.line_knobs import LineConfig
from playground.line_theory import Law, LineGauge, Noise, noise_cells
from playground.theory import d_star

CELLS = 1024  # of one number of noise, for the law of what G makes
PROBES = 4096  # numbers that stand for that law where it is not known exactly
SHOWN = 2000  # numbers in the histogram of generated ones
JUDGED = 128  # places of equal mass of p, and as many of q, where D is held against D*
COLUMN = 8  # bins of the gauge in a column of the histograms
CURVE_TO = 3.0  # G's curve is drawn for noise between minus this and this
CURVE_EVERY = 4  # cells of noise between two points of it
TOP = 4.0  # what is higher than so many times the highest p is cut off
YOUNG = (-1.0, 1.0)  # where an untrained G is, in the units of the networks
SEEN = 0.01  # the largest gap is looked for where (p + q) / 2 is higher, in units of the target
DRAWN = 1e-4  # D* is not drawn where it is lower than this
MIDDLES = (np.arange(JUDGED) + 0.5) / JUDGED


@dataclass(frozen=True)
class Made:
    """What a generator makes: numbers with their masses, and their law on the bins."""

    x: np.ndarray
    mass: np.ndarray
    law: Law
    places: np.ndarray  # some of the numbers, of equal mass: (JUDGED,)

    @property
    def mean(self) -> float:
        return float(self.mass @ self.x)

    @property
    def sd(self) -> float:
        return math.sqrt(max(float(self.mass @ self.x**2) - self.mean**2, 0))


class LineTrainer(DistributionTrainer):
    config: LineConfig

    def __init__(self, config: LineConfig, device: str | torch.device = "auto", heavy: bool = False) -> None:
        self.dim = config.numbers
        super().__init__(config, device, heavy)
        self.measure_every = 50 if self.exact else 200  # what is not exact takes longer to measure

    @cached_property
    def target(self) -> line.LineTarget:
        return self.config.law_wanted()

    @cached_property
    def gauge(self) -> LineGauge:
        return LineGauge(self.target, also=None if self.config.standardise else YOUNG)

    @cached_property
    def bumps(self) -> tuple[np.ndarray, np.ndarray]:
        """Where one bump ends and the next begins, and what each of them holds; of one bump alone if there are none."""
        centres = np.array([centre for centre, _ in self.target.modes])
        between = (centres[1:] + centres[:-1]) / 2
        return between, np.diff(self.target.cumulative(between), prepend=0, append=1)

    @cached_property
    def units(self) -> tuple[float, float]:
        """Where the networks' 0 lies in data units, and how long their 1 is."""
        return (self.target.mean, self.target.sd) if self.config.standardise else (0.0, 1.0)

    @property
    def exact(self) -> bool:
        """Whether G is a curve over one number of noise."""
        return self.G.sizes[0] == self.dim == 1

    def draw_data(self) -> Tensor:
        middle, unit = self.units
        drawn = self.target.draw(self.config.points * self.dim, self.generator)
        return ((drawn - middle) / unit).view(-1, self.dim)

    def in_data_units(self, x: Tensor) -> np.ndarray:
        middle, unit = self.units
        return x.numpy(force=True).astype(float) * unit + middle

    @property
    def data(self) -> np.ndarray:
        x = self.in_data_units(self.real)
        return x[:, 0].copy() if self.dim == 1 else x

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n numbers (or vectors of them) by G. Returns (n,) or (n, numbers)."""
        x = self.in_data_units(self.shown(self.fixed_noise(n, seed)))
        return x[:, 0].copy() if self.dim == 1 else x

    # --- what G makes ----------------------------------------------------------------------------------

    @cached_property
    def cells(self) -> Noise:
        return noise_cells(self.config.law, CELLS)

    @cached_property
    def probes(self) -> Tensor:
        """The nodes of the cells of noise, (CELLS + 1, 1), or fixed noise."""
        if self.exact:
            return torch.from_numpy(self.cells.nodes).float()[:, None].to(self.device)
        return self.fixed_noise(PROBES // self.dim, seed=1)

    def made(self, G: Network) -> tuple[Made, np.ndarray]:
        """What this generator makes, and what it makes of each probe, (probes, numbers)."""
        x = self.in_data_units(G(self.probes))
        if self.exact:
            nodes = x[:, 0]
            law = self.gauge.of_curve(self.cells.mass, nodes)
            places = np.interp(self.noise_places, self.cells.nodes, nodes)
            return Made((nodes[1:] + nodes[:-1]) / 2, self.cells.mass, law, places), x
        flat = x.ravel()
        return Made(flat, np.full(flat.size, 1 / flat.size), self.gauge.of_sample(flat), flat[:JUDGED]), x

    @cached_property
    def noise_places(self) -> np.ndarray:
        """Noise in the middles of parts of equal mass, (JUDGED,)."""
        return np.interp(MIDDLES, self.cells.below, self.cells.nodes)

    def players(self) -> tuple[Made, np.ndarray, Made]:
        """What is shown, with what it makes of each probe, and what D plays against."""
        shown, x = self.made(self.shown)
        return shown, x, (self.made(self.G)[0] if self.config.ema else shown)

    # --- what D believes -------------------------------------------------------------------------------

    def beliefs(self, x: np.ndarray) -> np.ndarray:
        """D(x) for x in data units, (n,): of vectors, where each of their numbers is x."""
        middle, unit = self.units
        seen = torch.from_numpy((x - middle) / unit).float()
        seen = seen[:, None].expand(-1, self.dim).contiguous().to(self.device)
        return self.game.shown(self.D(seen))[:, 0].numpy(force=True).astype(float)

    @property
    def has_optimum(self) -> bool:
        return self.game.has_optimum and self.dim == 1

    def densities(self, q: Law, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """p(x) and q(x), behind the instance noise if there is any."""
        gauge, size = self.gauge, self.config.instance_noise * self.units[1]
        if not size:
            return self.target.density(x), gauge.density(q, x)
        p_bins, q_bins = (gauge.blur(law.mass[1:-1], size) / gauge.width for law in (gauge.p, q))
        return np.interp(x, gauge.centres, p_bins), np.interp(x, gauge.centres, q_bins)

    def optimum(self, q: Law, x: np.ndarray) -> np.ndarray:
        """(1), NaN where it is not known. (n,)"""
        if not self.has_optimum:
            return np.full(len(x), np.nan)
        return d_star(*self.densities(q, x), self.alpha, self.config.flipping)

    @cached_property
    def real_places(self) -> np.ndarray:
        """The middles of parts of p of equal mass, (JUDGED,)."""
        return self.target.quantile(MIDDLES)

    def gap(self, rival: Made) -> tuple[float, float]:
        """(2), at places of equal mass of p and of q, and the largest |D - D*| where there is something to see."""
        x = np.concatenate((self.real_places, rival.places))
        p, q = self.densities(rival.law, x)
        off = np.abs(self.beliefs(x) - d_star(p, q, self.alpha, self.config.flipping))
        known = np.isfinite(off)  # not on atoms of q, which have no density
        seen = known & ((p + q) / 2 * self.gauge.sd > SEEN)
        return float(off[known].mean()), float(off[seen].max(initial=0))

    # --- what is shown ---------------------------------------------------------------------------------

    def scalars(self) -> dict[str, float]:
        return self._scalars(*self.players())

    def _scalars(self, shown: Made, x: np.ndarray, rival: Made) -> dict[str, float]:
        numbers = self._game_scalars() | self.gauge.measure(shown.law)
        for name, (low, high) in self.floor.items():
            numbers |= {f"{name}_low": low, f"{name}_high": high}
        numbers["d_gap"], numbers["d_gap_max"] = self.gap(rival) if self.has_optimum else (math.nan, math.nan)
        numbers |= {
            "centre": (shown.mean - self.gauge.mean) / self.gauge.sd,
            "spread": shown.sd / self.gauge.sd,
            "lost": float(shown.law.mass[0] + shown.law.mass[-1]),
        }
        if self.bumps[0].size:
            numbers["least_bump"] = self.least_bump(shown.law)
        numbers["tie"] = tie(x)
        # what independent numbers would measure: E |r|
        numbers["tie_floor"] = math.sqrt(2 / (math.pi * len(x))) if self.dim > 1 else 0.0
        return numbers

    def _game_scalars(self) -> dict[str, float]:
        d_loss, g_loss = self.losses()
        numbers = {
            "d_loss": d_loss,
            "g_loss": g_loss,
            "g_norm": self.G.grad_norm(),
            "g_moves": float(self.g_optimiser.t),
        }
        if self.game.has_optimum:
            numbers |= {"d_rest": self.game.d_rest(self.alpha), "d_even": self.alpha / 2}  # (1) where p = q
        if self.game.g_rest is not None:
            numbers["g_rest"] = self.game.g_rest(self.alpha)
        return numbers

    @cached_property
    def floor(self) -> dict[str, tuple[float, float]]:
        """What perfect generators measure that know the points to learn from, and are measured in the same way."""
        n = float(self.config.points * self.dim)
        return dict(self.gauge.floor(round(n if self.exact else 1 / (1 / n + 1 / PROBES))))

    def least_bump(self, q: Law) -> float:
        """The share of G's numbers at the bump that has the fewest, as a share of what it should have."""
        between, due = self.bumps
        held = np.diff(np.interp(between, self.gauge.edges, q.F), prepend=0, append=1)
        return float((held / due).min())

    def snapshot(self) -> Snapshot:
        shown, x, rival = self.players()
        gauge = self.gauge
        arrays = {
            "x": gauge.centres.copy(),
            "p": gauge.p_density.copy(),
            "q": self._height(shown.law),
            "q of G itself": self._height(rival.law),
            "columns": self.columns.copy(),
            "real": self.real_columns.copy(),
            "generated": self._heights(self._some(x)),
            "D(x)": self.beliefs(gauge.centres),
            "D*(x)": self._drawn_optimum(rival.law),
        }
        return Snapshot(self.step_count, self._scalars(shown, x, rival), arrays | self._curves(x))

    def _height(self, q: Law) -> np.ndarray:
        """q on the bins. Their masses miss no peak, however thin; a sample's would be ragged."""
        gauge = self.gauge
        height = q.mass[1:-1] / gauge.width if q.curve else gauge.density(q, gauge.centres)
        return np.minimum(height, self.top)

    def _drawn_optimum(self, q: Law) -> np.ndarray:
        """(1) on the bins, where there is anything to judge."""
        x = self.gauge.centres
        p_x, q_x = self.densities(q, x)
        return np.where((p_x + q_x) / 2 * self.gauge.sd > DRAWN, self.optimum(q, x), np.nan)

    @cached_property
    def top(self) -> float:
        return TOP * float(self.gauge.p_density.max())

    @cached_property
    def columns(self) -> np.ndarray:
        return self.gauge.edges[::COLUMN]

    @cached_property
    def real_columns(self) -> np.ndarray:
        return self._heights(self.data.ravel())

    def _heights(self, x: np.ndarray) -> np.ndarray:
        """A histogram of x as a density."""
        counts, _ = np.histogram(x, self.columns)
        return np.minimum(counts / (x.size * np.diff(self.columns)), self.top)

    @cached_property
    def _some_noise(self) -> np.ndarray:
        return self.fixed_noise(SHOWN, seed=2)[:, 0].numpy(force=True).astype(float)

    def _some(self, x: np.ndarray) -> np.ndarray:
        """Numbers made from fixed noise. x: what was made of the probes; between its nodes G is straight."""
        return np.interp(self._some_noise, self.cells.nodes, x[:, 0]) if self.exact else x.ravel()[:SHOWN]

    def _curves(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """G along its first number of noise, the others at 0, and the nearer of the two best curves, if G is one.

        They are mirror images: F_p^-1 of the share of noise below z, and of the share above it.
        """
        z, best = self.curve_noise
        if not self.exact:
            along = torch.zeros(len(z), self.G.sizes[0], device=self.device)
            along[:, 0] = torch.from_numpy(z).float()
            return {"z": z.copy(), "G(z)": self.in_data_units(self.shown(along))[:, 0].copy(), "T(z)": z * np.nan}
        made = x[self._drawn_nodes, 0]
        nearer = best if np.abs(made - best).sum() <= np.abs(made - best[::-1]).sum() else best[::-1]
        return {"z": z.copy(), "G(z)": made.copy(), "T(z)": nearer.copy()}

    @property
    def _drawn_nodes(self) -> np.ndarray:
        inside = np.abs(self.cells.nodes) <= CURVE_TO + 1e-9
        return np.flatnonzero(inside)[::CURVE_EVERY]

    @cached_property
    def curve_noise(self) -> tuple[np.ndarray, np.ndarray]:
        at = self._drawn_nodes
        below = np.clip(self.cells.below[at], 0.5 / CELLS, 1 - 0.5 / CELLS)  # uniform noise has ends, p may have none
        return self.cells.nodes[at], self.target.quantile(below)


def tie(x: np.ndarray) -> float:
    """How much the numbers of a vector hang together: the mean |correlation| of two; 0 of one. x: (n, numbers)."""
    moving = x[:, x.std(0) > 0]
    if moving.shape[1] < 2:
        return 0.0
    r = np.corrcoef(moving.T)
    return float(np.abs(r[np.triu_indices(len(r), 1)]).mean())
