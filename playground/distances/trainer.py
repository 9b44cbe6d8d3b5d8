"""Four copies of q on their way to p, and what the learner sees of p, q and the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from playground import assignment
from playground.core import Phase, Snapshot
from playground.distances import picture, tracks
from playground.distances.knobs import DistanceConfig
from playground.distances.picture import FAR, HANDLE
from playground.distances.shapes import SHAPES, Shape
from playground.divergences import Distances, Measured, Moved
from playground.training import StepwiseTrainer

COPIES = ("kl", "js", "tv", "w1")  # what each copy descends in, in the order of `thetas`
CURVE = 251  # points of a curve over theta
SHOWN = 512  # points of p that stand for it as data

ASKED = Phase(
    "slopes",
    "",
    "Each copy of q asks its own distance which way is down. Where that is infinite, or flat, there is no answer.",
    equation="g = dD(p, q_theta) / dtheta",
    code="found = slopes(self.moved, self.thetas)",
)
MOVED = Phase(
    "moves",
    "",
    "Each copy has gone against its slope, all with the same learning rate.",
    equation="theta \u2190 theta \u2212 lr \u00b7 g",
    code="self.thetas.sub_(self.config.lr * found)",
)


def slopes(moved: Moved, thetas: Tensor) -> Tensor:
    """dD/dtheta of each copy in its own distance; 0 where there is none. thetas: (4,), in the order of COPIES."""
    found = moved.measure(thetas.numpy(force=True).astype(float))
    own = [found[name].slope[i] for i, name in enumerate(COPIES)]
    return torch.tensor(np.nan_to_num(own), dtype=thetas.dtype, device=thetas.device)


class DistanceTrainer(StepwiseTrainer):
    config: DistanceConfig
    measure_every = 50

    def __init__(self, config: DistanceConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device)
        self.thetas = torch.full((len(COPIES),), config.start, device=self.device)
        self.theta = config.start  # where the learner holds q; not part of the run
        self.x = self.shape.draw(config.points, self.generator)  # (n, dim), of p
        self.y = self.width * self.shape.draw(config.points, self.generator)  # of q, before it is moved
        self.roamed: tuple[float, float] | None = None  # where it has been held since it was first seen
        self._pairs: tuple[float, np.ndarray] = (float("nan"), self.x)
        self._prices = np.zeros(config.points)  # of that pairing: where the next one begins

    @property
    def shape(self) -> Shape:
        return SHAPES[self.config.shape]

    @property
    def width(self) -> float:
        """Of q, p being 1."""
        return self.config.width if self.shape.law else 1.0

    @cached_property
    def moved(self) -> Moved:
        return self.shape.moved(self.config.width)

    # --- training ----------------------------------------------------------------------------------------

    @property
    def phase_count(self) -> int:
        return 2

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One step down for each copy, equation (1) of `playground.distances`."""
        found = slopes(self.moved, self.thetas)
        yield ASKED
        self.thetas.sub_(self.config.lr * found)
        yield MOVED
        self.step_count += 1

    def memory(self) -> dict[str, Tensor]:
        return {"thetas": self.thetas}

    def finite(self) -> bool:
        return bool(torch.isfinite(self.thetas).all())

    def advice(self) -> str:
        return "Lower the learning rate and start again."

    @property
    def data(self) -> np.ndarray:
        return self._points(self.shape.draw(SHOWN, self._own(0)))

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n points of the copy that descends in W1. Returns (n,) or (n, 2)."""
        at = float(self.thetas[COPIES.index("w1")])
        return self._points(picture.moved(self.width * self.shape.draw(n, self._own(seed)), at))

    def _points(self, x: np.ndarray) -> np.ndarray:
        return x[:, 0].copy() if self.shape.dim == 1 else x

    def _own(self, seed: int) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(seed)

    # --- what is seen ------------------------------------------------------------------------------------

    def place(self, name: str, x: float, y: float) -> None:
        """Only how far q is from p counts: it moves along x."""
        if name == HANDLE:
            self.theta = min(max(x, 0.0), FAR)
            if self.roamed:
                self.roamed = min(self.roamed[0], self.theta), max(self.roamed[1], self.theta)

    @property
    def dragged(self) -> float:
        """How far the learner has dragged q since it was first seen."""
        return self.roamed[1] - self.roamed[0] if self.roamed else 0.0

    @cached_property
    def axis(self) -> np.ndarray:
        return np.linspace(0, FAR, CURVE)

    @cached_property
    def curves(self) -> Distances:
        """Over the axis."""
        return self.moved.measure(self.axis)

    def here(self) -> Distances:
        """Where the learner holds q."""
        return self.moved.measure(self.theta)

    def of_copies(self) -> dict[str, Measured]:
        """What each copy knows of its own distance."""
        at = self.thetas.numpy(force=True).astype(float)
        found = self.moved.measure(at)
        return {name: Measured(found[name].value[i], found[name].slope[i]) for i, name in enumerate(COPIES)}

    @cached_property
    def infinite_from(self) -> float:
        """The least theta on the axis beyond which KL(p||q) is infinite; FAR if none is."""
        gone = np.flatnonzero(np.isinf(self.curves["kl"].value))
        return float(self.axis[max(gone[0] - 1, 0)]) if len(gone) else FAR

    def paired(self) -> np.ndarray:
        """The points of q that each of `x` is carried to, (n, dim). One plan is kept until q is moved."""
        if self._pairs[0] != self.theta:
            self._pairs = self.theta, self._paired(picture.moved(self.y, self.theta))
        return self._pairs[1]

    def _paired(self, y: np.ndarray) -> np.ndarray:
        """By order on the line; in the plane from the prices of the last plan: a tenth of the work in a drag."""
        if self.shape.dim == 1:
            return assignment.pairing(self.x, y)
        columns, self._prices = assignment.priced(assignment.lengths(self.x, y), self._prices)
        return y[columns]

    def w1_points(self) -> float:
        """W1 between the drawn points."""
        return float(np.linalg.norm(self.paired() - self.x, axis=1).mean())

    def scalars(self) -> dict[str, float]:
        """Where the copies are. What depends on where q is held is no part of the run: it is in the snapshot alone."""
        return {f"theta_{name}": float(theta) for name, theta in zip(COPIES, self.thetas.tolist(), strict=True)}

    def snapshot(self) -> Snapshot:
        self.roamed = self.roamed or (self.theta, self.theta)
        here = self.here()
        low, high = _floor(self.config.shape, self.config.points)
        held = {"theta": self.theta, "w1_points": self.w1_points()}
        held |= {name: float(here[name].value) for name in ("js", "tv", "w1")}
        band = {"floor_low": low, "floor_high": high, "infinite_from": self.infinite_from}
        ends = picture.frame(self) | tracks.rows(self, COPIES)
        arrays = picture.arrays(self) | tracks.walkers(self, COPIES)
        return Snapshot(self.step_count, self.scalars() | held | band | ends, arrays)


def prepare(config: DistanceConfig) -> None:
    """What all runs with these points share: with many in the plane it takes a fifth of a second the first time."""
    _floor(config.shape, config.points)


@lru_cache(maxsize=512)  # all that there are
def _floor(shape: str, n: int) -> tuple[float, float]:
    """What W1 between two samples of p measures, in nine of ten cases."""
    own = torch.Generator().manual_seed(0)
    return assignment.floor(lambda: SHAPES[shape].draw(n, own))
