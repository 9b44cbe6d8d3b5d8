"""What is seen of two distributions and the plan that carries one to the other.

On the line the plan goes from quantile to quantile, F^-1(u) to Q^-1(u): nothing is gained by letting two paths cross.
It is drawn for n equal shares of the mass, from the mean of each in p to its mean in q, so that the mean length is

    1/n sum_i |mean of Q^-1 - F^-1 over share i|  <=  W1                                            (1)

and equal wherever no share has to go both ways. In the plane it is the best
pairing of n points that were drawn from p with n that were drawn from q.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from playground.distances.shapes import SHAPES

if TYPE_CHECKING:
    from playground.distances.trainer import DistanceTrainer

LINE_POINTS = 241  # of a density
AIR = 1.3  # of the highest density, up and down
SQUARE = 0.72  # height of the plane's picture, its width being 1
FINE = 64  # places of a share of the mass, for its mean
FAR = 5.0  # theta goes from 0 to this
HANDLE = "held"  # where the learner holds q
EDGE = 1e-9  # beside a jump


def moved(x: np.ndarray, theta: float) -> np.ndarray:
    """x moved along the first axis. x: (n, dim)."""
    return x + np.eye(1, x.shape[1]) * theta


def frame(trainer: DistanceTrainer) -> dict[str, float]:
    """The stretch of the line or the plane that is shown."""
    shape = trainer.shape
    left, right = -shape.reach * 1.3, FAR + shape.reach * 1.3 * trainer.width
    if shape.dim == 2:
        half = SQUARE * (right - left) / 2
        return {"left": left, "right": right, "bottom": -half, "top": half}
    top = AIR * _peak(trainer, 1.0)
    return {"left": left, "right": right, "bottom": -AIR * _peak(trainer, trainer.width), "top": top}


def _peak(trainer: DistanceTrainer, width: float) -> float:
    law = trainer.shape.law
    return float(law.density(np.zeros(1))[0]) / width if law else 1.0


def arrays(trainer: DistanceTrainer) -> dict[str, np.ndarray]:
    """All that the views show, as copies."""
    none = np.zeros((0, 2))
    found = dict.fromkeys(("points p", "points q"), none) | dict.fromkeys(("p x", "p", "q x", "q"), np.zeros(0))
    found |= _on_the_line(trainer) if trainer.shape.dim == 1 else _in_the_plane(trainer)
    found |= _over_theta(trainer)
    return {name: np.array(array, dtype=np.float32) for name, array in found.items()}


def _on_the_line(trainer: DistanceTrainer) -> dict[str, np.ndarray]:
    bounds = frame(trainer)
    x, p = _density(trainer, 0.0, 1.0, bounds["left"], bounds["right"])
    y, q = _density(trainer, trainer.theta, trainer.width, bounds["left"], bounds["right"])
    tails = _shares(trainer.config.shape, trainer.config.points)
    source, tall = tails.T
    tips = np.stack((trainer.theta + trainer.width * source, -tall / trainer.width), 1)
    handle = np.array([[trainer.theta, -_peak(trainer, trainer.width)]])
    return {"p x": x, "p": p, "q x": y, "q": -q, "tails": tails, "plan": tips - tails, HANDLE: handle}


@lru_cache(maxsize=32)
def _shares(shape: str, n: int) -> np.ndarray:
    """Where the plan begins on the line: the means of n equal shares of p, at half of p's height there."""
    law = SHAPES[shape].law
    if law is None:
        return np.tile([0.0, 0.5], (n, 1))
    at = law.quantile((np.arange(n * FINE) + 0.5) / (n * FINE)).reshape(n, FINE).mean(1)
    return np.stack((at, law.density(at) / 2), 1)


def _density(
    trainer: DistanceTrainer, at: float, width: float, low: float, high: float
) -> tuple[np.ndarray, np.ndarray]:
    """Of p's shape moved and widened, with both sides of every jump. One point is drawn as a line of height 1."""
    law = trainer.shape.law
    if law is None:
        return np.array([low, at, at, at, high]), np.array([0.0, 0, 1, 0, 0])
    jumps = at + width * np.array([-1 - EDGE, -1 + EDGE, 1 - EDGE, 1 + EDGE])
    x = np.sort(np.concatenate((np.linspace(low, high, LINE_POINTS), jumps)))
    return x, law.density((x - at) / width) / width


def _in_the_plane(trainer: DistanceTrainer) -> dict[str, np.ndarray]:
    outline = trainer.shape.outline
    assert outline is not None
    x, goal = trainer.x, trainer.paired()
    around = moved(outline, trainer.theta)
    return {
        "points p": x,
        "points q": goal,
        "p x": outline[:, 0],
        "p": outline[:, 1],
        "q x": around[:, 0],
        "q": around[:, 1],
        "tails": x,
        "plan": goal - x,
        HANDLE: np.array([[trainer.theta, 0.0]]),
    }


def _over_theta(trainer: DistanceTrainer) -> dict[str, np.ndarray]:
    """Each distance and its slope over theta, NaN where it is infinite, and the copies on their own curves."""
    found: dict[str, np.ndarray] = {"theta": trainer.axis}
    for name, curve in trainer.curves.items():
        found[f"D {name}"] = np.where(np.isfinite(curve.value), curve.value, np.nan)
        found[f"slope {name}"] = curve.slope
    for theta, (name, own) in zip(trainer.thetas.tolist(), trainer.of_copies().items(), strict=True):
        known = np.isfinite(own.value)
        found[f"copy {name}"] = np.array([[theta, float(own.value)]]) if known else np.zeros((0, 2))
        found[f"copy slope {name}"] = (
            np.array([[theta, float(own.slope)]]) if np.isfinite(own.slope) else np.zeros((0, 2))
        )
    found["measured"] = np.array([[trainer.theta, trainer.w1_points()]])
    return found
