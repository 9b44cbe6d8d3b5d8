"""Draws samples of a known p, on the line and in the plane, and counts them: the trainer of the sampling lab.

What the counts say of p is in `playground.estimates`, how far they may be from it in `playground.counting`. Nothing
here grows with the number of samples: counts of fine cells and a few sums stand for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.counting import expected_variation, silverman_plane
from playground.data import line
from playground.data import plane as planes
from playground.estimates import CELLS, Cells, Estimate, PlaneEstimate, apart, gathered, plane_estimate
from playground.quadrature import Known, enclosing, integrals, lines
from playground.sampling_knobs import CLICKED, CLICKED_LINE, SHARE, SKYLINE, SamplingConfig
from playground.theory import total_variation
from playground.training import StepwiseTrainer

START = 10  # samples that are there before the first step: with fewer there is no spread to speak of
MOST_A_STEP = 5000  # ... but never more than so many
CURVE = 257  # points of a drawn density
HALF = 1.6  # the plane is shown, and counted, on [-HALF, HALF]^2 ...
SIDE = 24  # ... in so many bins each way
FINE = 96  # cells each way: for the kernel density, and for the contours
CELL = 2 * HALF / FINE
KEPT = 2000  # samples on the line that can be had as data
SHOWN = 300  # points of the plane that are drawn: the first ones, so that they stay where they are
LATEST = 40  # samples shown as the newest
PER_DECADE = 40  # measurements kept for the curves, evenly over log n ...
ROWS = 360  # ... up to 10^10 samples
LAW_POINTS = 91  # at which the laws are computed
LAW_TO = 1e6  # the laws are drawn to here, and further once n is

# Columns of what is kept:
COURSE = ("n", "counts", "plane", "histogram", "kernel", "plane_kernel", "mean", "bins", "width")


@lru_cache(maxsize=32)  # the integrals of the plane's densities take a while, and are the same for everybody
def known(name: str) -> Known:
    return integrals(planes.target(name).density, HALF, FINE)


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
        self.plane_counts = torch.zeros(FINE * FINE + 1, **wide)  # row by row; the last one is outside
        self.sums = torch.zeros(2, **wide)  # of x - mean of p, and of its square
        self.plane_sums = torch.zeros(4, **wide)  # of both coordinates, and of their squares
        self.course = torch.full((ROWS, len(COURSE)), math.nan, **wide)
        self.draws = torch.full((KEPT,), math.nan, device=self.device)
        self.points = torch.full((SHOWN, 2), math.nan, device=self.device)
        self.latest = torch.full((LATEST, 3), math.nan, device=self.device)  # x on the line; x, y in the plane
        self._laws: dict[tuple[str, float], tuple[np.ndarray, np.ndarray]] = {}
        self.count(*self.draw(max(START, *map(len, self.given()))))

    def _line(self) -> line.LineTarget:
        c = self.config
        try:
            if c.target == "own":
                return line.drawn(c.own)
            if c.target == "own samples":
                return line.clicked(c.own_samples)
        except ValueError as error:
            self.unread = str(error)
            return line.drawn(SKYLINE) if c.target == "own" else line.clicked(CLICKED_LINE)
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

    def given(self) -> tuple[Tensor, Tensor]:
        """The learner's own samples on the line, (k,), and points in the plane, (m, 2): they come first."""
        x: tuple[float, ...] = ()
        if self.config.target == "own samples" and isinstance(self.target, line.NormalMixture):
            x = self.target.centres
        points = self.plane.points if isinstance(self.plane, planes.Own) else np.empty((0, 2))
        return torch.tensor(x, device=self.device), torch.tensor(points, dtype=torch.float32, device=self.device)

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
            "",
            f"{many} of p on the line, and {'one' if size == 1 else 'as many'} in the plane.",
            equation="xᵢ ~ p",
            code="x = self.target.draw(size, self.generator)",
        )
        self.count(x, points)
        yield Phase(
            "Count",
            "",
            f"Each sample goes into its bin: the heights now stand for {plain(self.n)} samples.",
            equation="p̂(x) = cₖ / (n wₖ)",
            code="self.counts += torch.bincount(cell + 1, minlength=CELLS + 2)",
        )
        self.step_count += 1

    def draw(self, size: int) -> tuple[Tensor, Tensor]:
        """New samples on the line, (size,), and in the plane, (size, 2)."""
        x = self.target.draw(size, self.generator)
        points = self.plane.draw(size, self.generator)
        if self.n == 0:
            for new, given in zip((x, points), self.given(), strict=True):
                new[: len(given)] = given
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
        column, row = ((points + HALF) / CELL).floor().long().unbind(1)
        inside = (column >= 0) & (column < FINE) & (row >= 0) & (row < FINE)
        square = torch.where(inside, row * FINE + column, FINE * FINE)
        self.plane_counts += torch.bincount(square, minlength=FINE * FINE + 1)
        points = points.double()
        self.plane_sums += torch.cat((points.sum(0), points.square().sum(0)))
        before, self.n = self.n, self.n + len(x)
        if _rung(self.n) > _rung(before) and self.rows < ROWS:
            self.course[self.rows] = torch.tensor(self._row(self.errors(self.estimate(), self.plane_estimate())))
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
        inside = gathered(known(self.config.plane).mass, SIDE).ravel()
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

    def plane_estimate(self) -> PlaneEstimate:
        along, across, *squares = (self.plane_sums / self.n).tolist()
        variance = max(sum(squares) - along**2 - across**2, 0.0) / 2 * self.n / (self.n - 1)
        h = self.config.width * silverman_plane(math.sqrt(variance), self.n)
        shares = self.plane_counts[:-1].numpy(force=True).reshape(FINE, FINE) / self.n
        return plane_estimate(shares, SIDE, CELL, h)

    def errors(self, found: Estimate, plane: PlaneEstimate) -> dict[str, float]:
        errors = self.cells.errors(found)
        if self.plane_mass is not None:
            shares = np.append(plane.bins, float(self.plane_counts[-1]) / self.n)
            errors["plane"] = total_variation(shares, self.plane_mass)
            errors["plane_kernel"] = apart(plane.kernel, known(self.config.plane).mass)
        return errors

    def _row(self, errors: Mapping[str, float]) -> list[float]:
        """What `COURSE` names, as it is now."""
        c = self.config
        knobs = {"n": float(self.n), "bins": float(c.bins), "width": c.width, "mean": self.away + self.target.mean}
        now = {**errors, **knobs}
        return [now.get(name, math.nan) for name in COURSE]

    def scalars(self) -> dict[str, float]:
        found, plane = self.estimate(), self.plane_estimate()
        return self._scalars(found, plane, self.errors(found, plane))

    def _scalars(self, found: Estimate, plane: PlaneEstimate, errors: Mapping[str, float]) -> dict[str, float]:
        numbers = {f"{name}_error": error for name, error in errors.items()}
        n, cells = np.array([self.n]), self.cells
        if self.plane_mass is not None:
            numbers["plane_expected"] = float(expected_variation(self.plane_mass, n)[0])
        return numbers | {
            "n": float(self.n),
            "counts_expected": float(expected_variation(cells.bin_mass, n)[0]),
            "histogram_flat": cells.flattened,
            "kernel_blur": cells.blurred(self.n),
            "kernel_width": found.h,
            "plane_kernel_width": plane.h,
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
        found, plane, cells = self.estimate(), self.plane_estimate(), self.cells
        errors = self.errors(found, plane)
        shown = cells.shown(CURVE)
        x = ((cells.edges[1:] + cells.edges[:-1]) / 2)[shown]
        latest = self.latest[self.latest[:, 0].isfinite()].numpy(force=True)
        exact = NOWHERE if self.plane_mass is None else known(self.config.plane).lines
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
            "shade": _shade(plane.bins),
            "mass lines": exact.copy(),
            "kernel lines": _kernel_lines(plane.kernel),
        }
        return Snapshot(self.step_count, self._scalars(found, plane, errors), arrays | self._course(errors))

    def _course(self, errors: Mapping[str, float]) -> dict[str, np.ndarray]:
        """The errors over n so far, as far as they are of the present knobs, and what theory says of them."""
        rows = np.vstack((self.course[: self.rows].numpy(force=True), self._row(errors)))
        column = dict(zip(COURSE, rows.T, strict=True))
        for name, knob_name in DEPENDS:
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
            "plane sums": self.plane_sums,
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
        kept = (self.counts, self.plane_counts, self.sums, self.plane_sums)
        return all(bool(torch.isfinite(each.sum())) for each in kept)

    def advice(self) -> str:
        return "Reset to begin with new samples."


DEPENDS = (("counts", "bins"), ("histogram", "bins"), ("kernel", "width"), ("plane_kernel", "width"))  # error, knob
TWO_SIDED = 1.96  # standard deviations of a normal within which 95 of 100 fall
LATTICE = np.stack(np.meshgrid(*2 * (np.linspace(-HALF, HALF, SIDE + 1),)), -1)
NOWHERE = np.zeros((FINE, FINE), np.uint8)  # one's own points have no density, hence no lines


def _shade(bins: np.ndarray) -> np.ndarray:
    """The histogram of the plane, the fullest bin at 1. (SIDE, SIDE)"""
    return np.rint(255 * bins / (bins.max() or 1)).astype(np.uint8)


def _kernel_lines(mass: np.ndarray) -> np.ndarray:
    """The lines that enclose the shares of a kernel density's mass, as those of `known`. (FINE, FINE)"""
    return lines(mass, *enclosing(mass, mass)) if mass.any() else NOWHERE.copy()


def _rung(n: int) -> int:
    """How many measurements there should be once there are n samples."""
    return int(PER_DECADE * math.log10(max(n, 1)) + 1e-9)


def plain(n: int) -> str:
    """A number as the page writes it: 12 345."""
    return f"{n:,}".replace(",", " ")
