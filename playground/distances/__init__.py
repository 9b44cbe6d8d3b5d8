"""The distance lab: two distributions that the learner pulls apart, and four copies of one that walk back.

Each copy of q stands at its own theta and descends in its own distance to p,

    theta <- theta - lr dD(p, q_theta) / dtheta,    D = KL(p||q), JS, TV, W1                        (1)

with the exact slope of `playground.divergences`. Nothing else differs: same start, same step size. A copy whose slope
is 0, or does not exist because its distance is infinite, stays where it is.
"""

from playground.distances.knobs import DistanceConfig
from playground.distances.picture import FAR, HANDLE
from playground.distances.shapes import LINE, PLANE, SHAPES
from playground.distances.trainer import COPIES, DistanceTrainer, prepare, slopes

__all__ = [
    "COPIES",
    "FAR",
    "HANDLE",
    "LINE",
    "PLANE",
    "SHAPES",
    "DistanceConfig",
    "DistanceTrainer",
    "prepare",
    "slopes",
]
