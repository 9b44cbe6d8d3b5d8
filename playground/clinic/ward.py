"""Where patients are watched: the game of the tricks, with the numbers that a diagnosis takes.

Besides what every run in the plane measures (`gan/plane.py`), of the points x = G(z) that are shown:

    unmoved   the share of them whose own gradient -dL_G/dx is exactly 0                            (1)
    alone     the share of real and generated points that D tells rightly when it is asked of each alone   (2)
    nearness  the median distance of G's points to the nearest point of training, as a multiple of that
              of fresh real points: 1 for new points, 0 for copies                                  (3)
    beyond    the share of real points left of, right of, below or above all of G's by more than a
              fifth of the real width, on the side with the most; edge: where G's points end there   (4)

With a batch norm, D's answers in training depend on the company that a point is in; (2) asks the D of kept statistics.
The nearest is looked for among at most 2048 points of training, for both kinds alike.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.core import Snapshot
from playground.gan.tricks import ClinicConfig, ClinicTrainer
from playground.metrics import accuracy
from playground.yardstick import SHOWN

ASKED = 200  # generated points of which (1) and (3) are counted
TRAINED = 2048  # points of training that are looked at
MARGIN = 0.2  # real widths by which a point lies beyond all others


class WardTrainer(ClinicTrainer):
    """ClinicTrainer that also measures (1) to (4)."""

    config: ClinicConfig

    @cached_property
    def trained(self) -> Tensor:
        return self.real[:TRAINED]

    @cached_property
    def fresh(self) -> Tensor:
        """Real points that nobody trains on, (SHOWN, 2)."""
        return torch.as_tensor(self.yardstick.real, dtype=torch.float32, device=self.device)

    @cached_property
    def apart(self) -> float:
        """The median distance of fresh real points to the nearest of training."""
        return self._nearest(self.fresh)

    def _nearest(self, points: Tensor) -> float:
        """The median distance of the first ASKED points to the nearest of training."""
        exact = "donot_use_mm_for_euclid_dist"  # the quick way loses the distance of a copy in rounding
        apart = torch.cdist(points[:ASKED], self.trained, compute_mode=exact)
        return float(np.median(apart.amin(1).numpy(force=True)))

    def _beyond(self, made: Tensor) -> dict[str, float]:
        """(4). made: (n, 2)."""
        margin = MARGIN * self.yardstick.width
        edges = torch.cat((-made.amin(0), made.amax(0)))  # how far G reaches to the left, below, right and above
        outside = torch.cat((-self.fresh, self.fresh), 1) > edges + margin  # (SHOWN, 4)
        shares = outside.float().mean(0)
        side = int(shares.argmax())
        return {"beyond": float(shares[side]), "edge": float(edges[side]) * (-1 if side < 2 else 1)}

    def scalars(self) -> dict[str, float]:
        return super().scalars() | self.findings()

    def snapshot(self) -> Snapshot:
        plain = super().snapshot()
        return Snapshot(plain.step, {**plain.scalars, **self.findings()}, plain.arrays)

    def findings(self) -> dict[str, float]:
        """(1) to (4), and the width of the real points, with which distances are compared."""
        made = self.shown(self.probes[:SHOWN])
        fresh, fake = self.D(self.fresh), self.D(made)
        middle = self.game.middle(self.alpha) if self.game.middle else float((fresh.mean() + fake.mean()) / 2)
        scores = (fresh.numpy(force=True), fake.numpy(force=True))
        pulls = self.pulls(made[:ASKED])
        return {
            "unmoved": float((pulls == 0).all(1).float().mean()),
            "alone": accuracy(*scores, middle),
            "nearness": self._nearest(made) / max(self.apart, 1e-12),
            "real_width": self.yardstick.width,
            **self._beyond(made),
        }
