"""Sampling and density: what n samples know of the p that they come from.

A known p is sampled, on the line and in the plane. From the samples alone three estimates grow:

    histogram        p_hat(x) = c_k / (n w_k)   for x in bin k of width w_k with c_k samples        (1)
    kernel density   p_h(x) = 1/n sum_i phi((x - x_i) / h) / h                                      (2)
    mean             m = 1/n sum_i x_i                                                              (3)

As p is known, so is every error. The distance of the counts from their probabilities p_k is the total variation

    TV = 1/2 sum_k |c_k / n - p_k|                                                                  (4)

and its expectation is known exactly (`playground.counting`): it falls as n^-1/2, on the line as in the plane. The
distance of a density q from p is

    TV = 1/2 integral |q(x) - p(x)| dx                                                              (5)

and for (1) and (2) it has two parts. One is luck. The other is what the estimate would do to p itself: bins make it
flat between their edges, and a bump of width h blurs it. More samples do not mend that; more bins or a smaller h do.
The mean strays from that of p by sigma / sqrt(n), root mean square, for every p that has a standard deviation sigma.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import (
    Axis,
    Config,
    Contour,
    Curve,
    Diagnosis,
    Histogram,
    History,
    Lab,
    Mesh,
    Phase,
    Points,
    Preset,
    Rule,
    Snapshot,
    View,
    knob,
)
from playground.counting import blur, expected_variation, silverman, total_variation
from playground.data import line
from playground.data import plane as planes
from playground.estimates import CELLS, Cells, Estimate
from playground.quadrature import OUTER, Known, integrals
from playground.training import StepwiseTrainer

START = 10  # samples that are there before the first step: with fewer there is no spread to speak of
SHARE = 2000  # a growing step draws one sample for so many that there are ...
MOST_A_STEP = 5000  # ... but never more than so many
CURVE = 257  # points of a drawn density
HALF = 1.6  # the plane is shown, and counted, on [-HALF, HALF]^2 ...
SIDE = 24  # ... in so many bins each way
FINE = 96  # points of the contours' grid, each way
KEPT = 2000  # samples on the line that can be had as data
SHOWN = 300  # points of the plane that are drawn: the first ones, so that they stay where they are
LATEST = 40  # samples shown as the newest
PER_DECADE = 40  # measurements kept for the curves, evenly over log n ...
ROWS = 360  # ... up to 10^10 samples
LAW_POINTS = 91  # at which the laws are computed
LAW_TO = 1e6  # the laws are drawn to here, and further once n is
SKYLINE = line.heights_to_text(np.repeat([0, 2, 5, 3, 8, 1, 0, 4, 6, 2, 7, 0], 4))  # until the learner draws
CLICKED = planes.points_to_text(np.array([[-1, 0.6], [-0.4, 0.9], [0.3, 0.7], [1, 0.5], [0.6, -0.3], [-0.5, -0.8]]))

COURSE = ("n", "counts", "plane", "histogram", "kernel", "mean", "bins", "width")  # columns of what is kept


@dataclass(frozen=True)
class SamplingConfig(Config):
    target: str = knob(
        "normal",
        "The density p on the line that the samples come from. Own is the one that you draw.",
        label="On the line",
        options=("normal", "uniform", "exponential", "two bumps", "own"),
    )
    mu: float = knob(
        0.0,
        "The centre of the normal density.",
        label="Centre mu",
        low=-3,
        high=3,
        step=0.1,
        needs=("target", ("normal",)),
    )
    sigma: float = knob(
        1.0,
        "How broad the normal density is. The picture follows it; the errors do not change.",
        label="Spread sigma",
        low=0.1,
        high=3,
        step=0.1,
        needs=("target", ("normal",)),
    )
    plane: str = knob(
        "ring8",
        "The density in the plane. Own points draws from your points, each as likely as the others.",
        label="In the plane",
        options=(*planes.TARGETS, "own points"),
    )
    bins: int = knob(
        32,
        "Bins of the histogram on the line. Few hide the shape; many hold few samples each, so each strays more.",
        label="Bins",
        low=4,
        high=256,
        log=True,
        live=True,
    )
    width: float = knob(
        1.0,
        "Width of the kernel, in units of Silverman's rule. Wide kernels blur, narrow ones show the luck of the draw.",
        label="Kernel width",
        low=0.1,
        high=10,
        log=True,
        live=True,
    )
    growth: str = knob(
        "growing",
        f"Growing: a step draws one sample, and one more for every {SHARE} that there are, so that log n moves evenly."
        " Steady: always the same number.",
        label="Samples a step",
        options=("growing", "steady"),
        group="Samples",
    )
    per_step: int = knob(
        10,
        "How many samples a steady step draws.",
        label="Steady number",
        low=1,
        high=1000,
        log=True,
        live=True,
        needs=("growth", ("steady",)),
        group="Samples",
    )
    seed: int = knob(
        1,
        "Another seed, other samples of the same p.",
        label="Seed",
        low=0,
        high=9999,
        step=1,
        group="Samples",
    )
    own: str = knob(
        SKYLINE,
        "The density that you have drawn, a letter a column.",
        label="Your density",
        letters=line.ALPHABET,
        longest=line.BINS,
        hidden=True,
        needs=("target", ("own",)),
        group="Samples",
    )
    own_points: str = knob(
        CLICKED,
        "The points that you have drawn, four letters a point.",
        label="Your points",
        letters=line.ALPHABET,
        longest=4 * planes.MOST_POINTS,
        hidden=True,
        needs=("plane", ("own points",)),
        group="Samples",
    )


@lru_cache(maxsize=32)  # the integrals of the plane's densities take a while, and are the same for everybody
def known(name: str) -> Known:
    return integrals(planes.target(name).density, HALF, SIDE, FINE)


class SamplingTrainer(StepwiseTrainer):
    """Draws samples and counts them. Its memory does not grow with n."""

    config: SamplingConfig
    measure_every = 64
    phase_count = 2

    def __init__(self, config: SamplingConfig, device: str = "auto") -> None:
        super().__init__(config, device)
        self.unread = ""  # why a drawing in the settings could not be taken
        self.target = self._line()
        self.plane = self._plane()
        self.n = self.rows = 0
        wide: dict[str, Any] = {"dtype": torch.float64, "device": self.device}
        self.counts = torch.zeros(CELLS + 2, **wide)  # below the cells, in each of them, above
        self.plane_counts = torch.zeros(SIDE * SIDE + 1, **wide)  # row by row; the last one is outside
        self.sums = torch.zeros(2, **wide)  # of x - mean of p, and of its square
        self.course = torch.full((ROWS, len(COURSE)), math.nan, **wide)
        self.draws = torch.full((KEPT,), math.nan, device=self.device)
        self.points = torch.full((SHOWN, 2), math.nan, device=self.device)
        self.latest = torch.full((LATEST, 3), math.nan, device=self.device)  # x on the line; x, y in the plane
        self._laws: dict[tuple[str, float], tuple[np.ndarray, np.ndarray]] = {}
        self.count(*self.draw(START))

    def _line(self) -> line.LineTarget:
        c = self.config
        if c.target == "own":
            try:
                return line.drawn(c.own)
            except ValueError as error:
                self.unread = str(error)
                return line.drawn(SKYLINE)
        named = {"uniform": line.uniform(), "exponential": line.exponential(), "two bumps": line.bumps(2, 0.1)}
        return named.get(c.target) or line.normal(c.mu, c.sigma)

    def _plane(self) -> planes.PlaneTarget:
        c = self.config
        if c.plane != "own points":
            return planes.target(c.plane)
        try:
            return planes.target("own", own=c.own_points)
        except ValueError as error:
            self.unread = str(error)
            return planes.target("own", own=CLICKED)

    # --- one iteration ---------------------------------------------------------------------------------

    @property
    def batch(self) -> int:
        """How many samples the next step draws."""
        if self.config.growth == "steady":
            return self.config.per_step
        return min(1 + self.n // SHARE, MOST_A_STEP)

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        size = self.batch
        x, points = self.draw(size)
        many = "One new sample" if size == 1 else f"{size} new samples"
        yield Phase(
            "Draw",
            "G",
            f"{many} of p on the line, and {'one' if size == 1 else 'as many'} in the plane.",
            equation="xᵢ ~ p",
            code="x = self.target.draw(size, self.generator)",
        )
        self.count(x, points)
        yield Phase(
            "Count",
            "G",
            f"Each sample goes into its bin: the heights now stand for {_plain(self.n)} samples.",
            equation="p̂(x) = cₖ / (n wₖ)",
            code="self.counts += torch.bincount(cell + 1, minlength=CELLS + 2)",
        )
        self.step_count += 1

    def draw(self, size: int) -> tuple[Tensor, Tensor]:
        """New samples on the line, (size,), and in the plane, (size, 2)."""
        x = self.target.draw(size, self.generator)
        points = self.plane.draw(size, self.generator)
        newest = torch.cat((x[:, None], points), dim=1)[-LATEST:]
        self.latest = torch.cat((self.latest[len(newest) :], newest))
        return x, points

    def count(self, x: Tensor, points: Tensor) -> None:
        """Put every sample into its cell. All that is estimated follows from the counts and two sums."""
        for kept, new in ((self.draws, x), (self.points, points)):
            kept[self.n : self.n + len(new)] = new[: max(0, len(kept) - self.n)]
        x = x.double()
        cell = ((x - self.cells.domain[0]) / self.cells.size).floor().clamp(-1, CELLS).long()
        self.counts += torch.bincount(cell + 1, minlength=CELLS + 2)
        away = x - self.target.mean
        self.sums += torch.stack((away.sum(), away.square().sum()))
        column, row = ((points + HALF) * (SIDE / (2 * HALF))).floor().long().unbind(1)
        inside = (column >= 0) & (column < SIDE) & (row >= 0) & (row < SIDE)
        square = torch.where(inside, row * SIDE + column, SIDE * SIDE)
        self.plane_counts += torch.bincount(square, minlength=SIDE * SIDE + 1)
        before, self.n = self.n, self.n + len(x)
        if _rung(self.n) > _rung(before) and self.rows < ROWS:
            self.course[self.rows] = torch.tensor(self._row(self.estimate()))
            self.rows += 1

    # --- what is exactly known -------------------------------------------------------------------------

    @property
    def cells(self) -> Cells:
        """The line in cells, under the present knobs."""
        cells: Cells | None = getattr(self, "_cells", None)
        if cells is None or (cells.bins, cells.width) != (self.config.bins, self.config.width):
            cells = self._cells = Cells(self.target, self.config.bins, self.config.width)
        return cells

    @cached_property
    def plane_mass(self) -> np.ndarray | None:
        """The exact probability of each bin of the plane, the outside last; None for one's own points."""
        if self.config.plane == "own points":
            return None
        inside = known(self.config.plane).mass.ravel()
        return np.append(inside, max(0.0, 1 - inside.sum()))

    def law(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(n, what theory says of an error at n), to well beyond the present n."""
        key = name, self.config.width if name == "blur" else self.config.bins
        if key not in self._laws:
            n = np.unique(np.rint(np.geomspace(START, 10 ** (ROWS / PER_DECADE + 1), LAW_POINTS)))
            self._laws[key] = n, self._law(name, n)
        n, values = self._laws[key]
        shown = n <= max(LAW_TO, self.n)
        return n[shown], values[shown]

    def _law(self, name: str, n: np.ndarray) -> np.ndarray:
        if name == "flat":
            return np.full(len(n), self.cells.flattened)
        if name == "blur":
            return np.array([self.cells.blurred(float(many)) for many in n])
        mass = self.cells.bin_mass if name == "counts" else self.plane_mass
        return np.full(len(n), math.nan) if mass is None else expected_variation(mass, n)

    # --- what the samples say --------------------------------------------------------------------------

    @property
    def away(self) -> float:
        """By how much the mean of the samples misses that of p."""
        return float(self.sums[0]) / self.n

    def estimate(self) -> Estimate:
        away, squares = (self.sums / self.n).tolist()
        sd = math.sqrt(max(squares - away**2, 0.0) * self.n / (self.n - 1))
        return self.cells.estimate(self.counts.numpy(force=True), sd)

    def errors(self, found: Estimate) -> dict[str, float]:
        errors = self.cells.errors(found)
        if self.plane_mass is not None:
            shares = self.plane_counts.numpy(force=True) / self.n
            errors["plane"] = total_variation(shares, self.plane_mass)
        return errors

    def _row(self, found: Estimate) -> list[float]:
        """What `COURSE` names, as it is now."""
        c = self.config
        knobs = {"n": float(self.n), "bins": float(c.bins), "width": c.width, "mean": self.away + self.target.mean}
        now = self.errors(found) | knobs
        return [now.get(name, math.nan) for name in COURSE]

    def scalars(self) -> dict[str, float]:
        return self._scalars(self.estimate())

    def _scalars(self, found: Estimate) -> dict[str, float]:
        numbers = {f"{name}_error": error for name, error in self.errors(found).items()}
        n, cells = np.array([self.n]), self.cells
        if self.plane_mass is not None:
            numbers["plane_expected"] = float(expected_variation(self.plane_mass, n)[0])
        return numbers | {
            "n": float(self.n),
            "counts_expected": float(expected_variation(cells.bin_mass, n)[0]),
            "histogram_flat": cells.flattened,
            "kernel_blur": cells.blurred(self.n),
            "kernel_width": found.h,
            "mean": self.away + self.target.mean,
            "mean_of_p": self.target.mean,
            "mean_error": abs(self.away),
            "standard_error": self.target.sd / math.sqrt(self.n),
        }

    # --- what is shown ---------------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """The first samples on the line. (at most KEPT,)"""
        return self.draws[: self.n].numpy(force=True).copy()

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """The kernel density as a model that makes samples: a cell by its count, and a bump's noise. Returns (n,)."""
        own = torch.Generator(self.device).manual_seed(seed)
        cell = torch.multinomial(self.counts[1:-1], n, replacement=True, generator=own)
        wide: dict[str, Any] = {"generator": own, "device": self.device, "dtype": torch.float64}
        within, noise = torch.rand(n, **wide), torch.randn(n, **wide)
        x = self.cells.domain[0] + self.cells.size * (cell + within) + self.estimate().h * noise
        return x.float().numpy(force=True)

    def snapshot(self) -> Snapshot:
        found, cells = self.estimate(), self.cells
        shown = cells.shown(CURVE)
        x = ((cells.edges[1:] + cells.edges[:-1]) / 2)[shown]
        latest = self.latest[self.latest[:, 0].isfinite()].numpy(force=True)
        lines = NOWHERE if self.plane_mass is None else known(self.config.plane).lines
        arrays = {
            "edges": cells.bin_edges.copy(),
            "histogram": found.shares[1:-1] / np.diff(cells.bin_edges),
            "x": x,
            "kernel density": found.kernel[shown] / cells.size,
            "p": self.target.density(x),
            "newest": np.column_stack((latest[:, 0], np.zeros(len(latest)))),
            "newest points": latest[:, 1:].copy(),
            "points": self.points[: self.n].numpy(force=True).copy(),
            "lattice": LATTICE.copy(),
            "shade": self._shade(),
            "mass lines": lines.copy(),
        }
        return Snapshot(self.step_count, self._scalars(found), arrays | self._course(found))

    def _shade(self) -> np.ndarray:
        """The histogram of the plane, the fullest bin at 1. (SIDE, SIDE)"""
        counts = self.plane_counts[:-1].numpy(force=True).reshape(SIDE, SIDE)
        return np.rint(255 * counts / max(counts.max(), 1)).astype(np.uint8)

    def _course(self, found: Estimate) -> dict[str, np.ndarray]:
        """The errors over n so far, as far as they are of the present knobs, and what theory says of them."""
        rows = np.vstack((self.course[: self.rows].numpy(force=True), self._row(found)))
        column = dict(zip(COURSE, rows.T, strict=True))
        for name, knob_name in (("counts", "bins"), ("histogram", "bins"), ("kernel", "width")):
            column[name] = np.where(column[knob_name] == getattr(self.config, knob_name), column[name], math.nan)
        arrays = {f"course/{name}": column[name] for name in COURSE if name not in ("bins", "width")}
        for name in ("counts", "plane", "flat", "blur"):
            arrays["law/n"], arrays[f"law/{name}"] = self.law(name)
        strays = TWO_SIDED * self.target.sd / np.sqrt(arrays["law/n"])
        return arrays | {"law/mean low": self.target.mean - strays, "law/mean high": self.target.mean + strays}

    # --- what a run needs ------------------------------------------------------------------------------

    def memory(self) -> dict[str, Tensor]:
        return {
            "counts": self.counts,
            "plane counts": self.plane_counts,
            "sums": self.sums,
            "course": self.course,
            "draws": self.draws,
            "points": self.points,
            "latest": self.latest,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "n": self.n, "rows": self.rows}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        self.step_count, self.n, self.rows = counters["step"], counters["n"], counters["rows"]

    def finite(self) -> bool:
        return bool(torch.isfinite(self.counts.sum() + self.plane_counts.sum() + self.sums.sum()))

    def advice(self) -> str:
        return "Reset to begin with new samples."


TWO_SIDED = 1.96  # standard deviations of a normal within which 95 of 100 fall
LATTICE = np.stack(np.meshgrid(*2 * (np.linspace(-HALF, HALF, SIDE + 1),)), -1)
NOWHERE = np.zeros((FINE, FINE), np.uint8)  # one's own points have no density, hence no lines


def _rung(n: int) -> int:
    """How many measurements there should be once there are n samples."""
    return int(PER_DECADE * math.log10(max(n, 1)) + 1e-9)


def _plain(n: int) -> str:
    return f"{n:,}".replace(",", " ")


EXTENT = (-HALF, HALF, -HALF, HALF)
SAMPLES = Axis("samples n", START, LAW_TO, log=True, soft=True)

LINE = View(
    "line",
    "On the line",
    "The histogram and the kernel density of all samples so far, and the density p that they come from. The dots on the"
    " axis are the newest samples.",
    (
        Histogram("histogram", "real", "edges", "histogram"),
        Curve("p", "theory", "x", "p", dashed=True),
        Curve("kernel density", "generated", "x", "kernel density"),
        Points("newest", "real", "newest"),
    ),
    y=Axis("density", 0),
    column="world",
)

VIEWS = (
    LINE,
    View(
        "plane",
        "In the plane",
        f"A histogram of {SIDE} x {SIDE} bins, darker where more samples are, under the first {SHOWN} samples. Nine"
        " tenths of the exact mass lie inside the dashed line.",
        (
            Mesh("histogram", "real", "lattice", "shade"),
            Points("samples", "real", "points"),
            Points("newest", "real", "newest points", hollow=True, off=True),
            Contour("p", "theory", "mass lines", EXTENT, (OUTER,)),
        ),
        x=Axis("", -HALF, HALF),
        y=Axis("", -HALF, HALF),
        column="world",
        equal=True,
        switches=True,
    ),
    View(
        "counts",
        "Counts: how far from their probabilities",
        "The total variation between the shares in the bins and the probabilities of the bins, on the line and in the"
        " plane. Dashed: its exact expectation. Ten times less error takes a hundred times as many samples.",
        (
            Curve("plane, expected", "theory", "law/n", "law/plane", dashed=True),
            Curve("line, expected", "theory", "law/n", "law/counts", dashed=True),
            Curve("plane", "encoder", "course/n", "course/plane"),
            Curve("line", "real", "course/n", "course/counts"),
        ),
        x=SAMPLES,
        y=Axis("total variation", 5e-4, 1, log=True, soft=True),
    ),
    View(
        "densities",
        "Densities: how far from p",
        "The total variation between the drawn densities and p on the line. Dashed: the part that is not luck, because"
        " p itself is made flat by the bins, and blurred by the kernel.",
        (
            Curve("bins alone", "theory", "law/n", "law/flat", dashed=True),
            Curve("blur alone", "theory", "law/n", "law/blur", dashed=True),
            Curve("histogram", "real", "course/n", "course/histogram"),
            Curve("kernel", "generated", "course/n", "course/kernel"),
        ),
        x=SAMPLES,
        y=Axis("total variation", 5e-4, 1, log=True, soft=True),
    ),
    View(
        "mean",
        "The mean of the samples",
        "At any one n, about 95 of 100 runs have their mean between the dashed edges, 1.96 sigma / sqrt(n) to either"
        " side of the mean of p.",
        (
            Curve("upper edge", "theory", "law/n", "law/mean high", dashed=True),
            Curve("lower edge", "theory", "law/n", "law/mean low", dashed=True),
            Rule("mean of p", "theory", "mean_of_p"),
            Curve("mean", "real", "course/n", "course/mean"),
        ),
        x=SAMPLES,
        y=Axis("mean"),
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "The line after 2000 steps",
    "histogram and kernel density of the samples; dashed: the density p that they come from.",
    LINE.layers[:3],
    y=Axis("", 0),
)


def diagnose(trainer: SamplingTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on how well p is known by now."""
    if trainer.unread:
        return Diagnosis(f"What was drawn could not be read, and an example is shown instead. {trainer.unread}", "warn")
    n, bins = _plain(trainer.n), trainer.config.bins
    if trainer.step_count == 0:
        return Diagnosis(
            f"There are {n} samples, and p hardly shows through: the kernel density is {now['kernel_error']:.2f} away"
            f" from it, the histogram {now['histogram_error']:.2f}. Press Play and watch both come nearer."
        )
    error, blurred = now["kernel_error"], now["kernel_blur"]
    if blurred > MOSTLY * error and error > now["histogram_error"]:
        return Diagnosis(
            f"After {n} samples the kernel density is {error:.3f} away from p and further than the histogram, with"
            f" {now['histogram_error']:.3f}: its bumps of width {now['kernel_width']:.2g} blur p, which alone makes"
            f" {blurred:.3f}.",
            "warn",
        )
    return Diagnosis(
        f"After {n} samples the shares in the {bins} bins are off by {now['counts_error']:.3f}; luck makes"
        f" {now['counts_expected']:.3f} on average. The kernel density is {error:.3f} away from p, the histogram"
        f" {now['histogram_error']:.3f}. The mean is {now['mean_error']:.3f} off.",
        "good" if error < NEAR else "calm",
    )


MOSTLY = 0.75  # of an error: then the rest does not matter
NEAR = 0.02  # a total variation that the eye does not see

SETTINGS = {
    "Normal": Preset(
        SamplingConfig(),
        "The plainest case. The counts follow their dashed law. The kernel density trusts p to be smooth, and so is"
        " nearer to p than the histogram, which never gets below what its bins alone cost.",
    ),
    "Kernel too wide": Preset(
        SamplingConfig(target="two bumps", plane="moons", width=5.0),
        "Bumps five times as wide as the rule says fill the valley between two peaks. The error of the kernel density"
        " is all blur and no luck, from ten samples on. Turn the kernel width while it runs.",
    ),
    "Many bins": Preset(
        SamplingConfig(bins=256, plane="grid25", seed=3),
        "Eight times as many bins share the same samples: luck costs almost three times as much, the bins themselves"
        " eight times less. That begins to pay at some 30 000 samples.",
    ),
    "Sharp edges": Preset(
        SamplingConfig(target="uniform", plane="checkerboard", bins=26, seed=4),
        "At an edge of p the kernel puts mass where p has none. The kernel density begins ahead of the histogram, whose"
        " bins happen to end at the edges, and is overtaken by it.",
    ),
    "A steady stream": Preset(
        SamplingConfig(target="exponential", plane="diagonal", growth="steady", seed=5),
        "Ten samples a step, always. The first hundred steps teach most; every further halving of the luck takes four"
        " times as many samples, so that progress seems to stop.",
    ),
    "A skyline of your own": Preset(
        SamplingConfig(target="own", plane="spiral", seed=6),
        "Any density can be sampled, also one that somebody has drawn. The kernel density rounds every roof, and needs"
        " far more samples than for one smooth hill.",
    ),
}

LESSON = r"""
**Question.** You may draw as many samples of $p$ as you like, but $p$ itself you do not get. How well can you know it?

**Watch** the histogram and the kernel density close in on the dashed $p$, and on the right how fast. On these axes,
both logarithmic, a power of $n$ is a straight line: $n^{-1/2}$ falls by ten while $n$ grows by a hundred.

**Why.** Bin $k$ gets each sample with probability $p_k$, so its count is binomial and its share strays by about
$\sqrt{p_k(1-p_k)/n}$. Summed over the bins,

$$\mathbb{E}\,\tfrac12\sum_k\Bigl|\tfrac{c_k}{n}-p_k\Bigr|\approx\tfrac12\sum_k\sqrt{\tfrac{2\,p_k(1-p_k)}{\pi n}},$$

the dashed line (there the exact sum). The exponent $-\tfrac12$ is the same for every $p$, on the line and in the plane.
The factor is not: it grows like the root of the number of bins, and each dimension multiplies that number. What $p$
does inside a bin, a histogram never learns: *bins alone*.

The kernel density has no bins, but it blurs: its average is $p$ convolved with the kernel. A width $h\propto n^{-1/5}$
balances blur and luck for smooth $p$, and the error falls about as $n^{-2/5}$, from a lower start. At an edge of $p$
the blur alone falls only as $h$ does.

Both are models with an **explicit** density, and both can make new samples. *Which model can do what?* below sorts the
other models by these two abilities.

**Try next.** Turn bins and kernel width while it runs. Load *Sharp edges* and wait until the histogram wins. In *Maps*,
see how a density changes when its samples are moved.
"""


def code(config: SamplingConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    step = (SamplingTrainer.phases, SamplingTrainer.draw, SamplingTrainer.count)
    return (*step, Cells.estimate, Cells.gather, Cells.level, blur, silverman, total_variation, expected_variation)


LAB = Lab(
    slug="sampling",
    title="Sampling and density",
    chapter="Distributions",
    question="How well do samples tell the density they come from?",
    summary="Draw from a known density and watch histogram, kernel density and mean converge, each by its own law.",
    lesson=LESSON,
    Config=SamplingConfig,
    build=SamplingTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    spotlight={"Draw": ("newest",), "Count": ("histogram", "kernel density")},
)
