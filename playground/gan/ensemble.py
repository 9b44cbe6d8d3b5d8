"""The same GAN with many seeds at once, as batched products.

Every member is a `ClinicTrainer` with its own seed: it makes its own data, networks and random numbers, in the same
order as if it ran alone. The ensemble stacks what the members draw along a second axis, (B, n, dim), and runs the
algorithm of `GanTrainer` on it, line by line the same code; only the networks are batched (parallel.py). So a member is
the run with its seed, up to rounding. Rounding grows in a game that has no rest: after some thousand steps of such a
game a member and its run are two of a kind, not the same.

It trains and it measures. It is no run: nothing can be shown of it or put back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from playground.flat import Network
from playground.gan.normed import Normed
from playground.gan.parallel import Parallel, ParallelNormed, give
from playground.gan.rescaled import Rescaled
from playground.gan.tricks import ClinicConfig, ClinicTrainer
from playground.losses import GAMES
from playground.nets import MLP


class Ensemble(ClinicTrainer):
    """seeds: one for each member. Spectral norms are not batched: ValueError for a loss that needs them."""

    def __init__(self, config: ClinicConfig, seeds: Sequence[int], device: str | torch.device = "cpu") -> None:
        if GAMES[config.loss].bound == "spectral norm":
            raise ValueError("An ensemble has no spectral norms.")
        self.members = [ClinicTrainer(dataclasses.replace(config, seed=seed), device) for seed in seeds]
        super().__init__(config, device)
        self.told = torch.zeros(2 * config.batch, len(self.members), 1, device=self.device)

    # --- the players -------------------------------------------------------------------------------------

    def draw_data(self) -> Tensor:
        return self.members[0].real  # only its shape is asked for: each member draws its own batches

    def networks(self) -> tuple[Network, Network]:
        return _parallel([member.G for member in self.members]), _parallel([member.D for member in self.members])

    def _first_statistics(self) -> None:
        """The members have them, and the networks were made from theirs."""

    # --- what the members draw ---------------------------------------------------------------------------

    def randn(self, *shape: int) -> Tensor:
        return torch.stack([member.randn(shape[0], shape[-1]) for member in self.members], 1)

    def noise(self, n: int) -> Tensor:
        return torch.stack([member.noise(n) for member in self.members], 1)

    def batch(self) -> Tensor:
        return torch.stack([member.batch() for member in self.members], 1)

    def labels(self) -> Tensor:
        return torch.stack([member.labels() for member in self.members], 1)

    def between(self, real: Tensor, fake: Tensor) -> Tensor:
        ends = zip(self.members, real.unbind(1), fake.unbind(1), strict=True)
        return torch.stack([member.between(x, y) for member, x, y in ends], 1)

    def replayed(self, made: Tensor) -> Tensor:
        own = zip(self.members, made.unbind(1), strict=True)
        return torch.stack([member.replayed(part) for member, part in own], 1)

    # --- what comes of it --------------------------------------------------------------------------------

    def hand_back(self) -> None:
        """Give the members what they have learnt, so that they can be asked."""
        players = (
            (self.G, [member.G for member in self.members]),
            (self.average, [member.average for member in self.members]),
            (self.D, [member.D for member in self.members]),
        )
        for network, parts in players:
            _hand_back(network, parts)

    def measure(self, *names: str) -> dict[str, np.ndarray]:
        """Scalars of all members, by name: (n,) each. NaN for a member whose points have left the numbers."""
        self.hand_back()
        found = [member.scalars() if member.finite() else {} for member in self.members]
        return {name: np.array([scalars.get(name, np.nan) for scalars in found]) for name in names}


def _parallel(players: Sequence[Network]) -> Network:
    if isinstance(players[0], Rescaled):
        wrapped = cast(list[Rescaled], players)
        boxes = [(_boxed([w.sees for w in wrapped])), _boxed([w.says for w in wrapped])]
        return Rescaled(_parallel([w.inner for w in wrapped]), sees=boxes[0], says=boxes[1])
    if isinstance(players[0], Normed):
        return ParallelNormed(cast(list[Normed], players))
    return Parallel(cast(list[MLP], players))


def _boxed(boxes: Sequence[tuple[Tensor, float | Tensor] | None]) -> tuple[Tensor, Tensor] | None:
    """(n, dim) and (n, 1)."""
    if boxes[0] is None:
        return None
    middles, reaches = zip(*(box for box in boxes if box is not None), strict=True)
    return torch.stack(middles), torch.tensor(reaches, device=middles[0].device)[:, None]


def _hand_back(network: Network, parts: Sequence[Network]) -> None:
    if isinstance(network, Rescaled):
        _hand_back(network.inner, [cast(Rescaled, part).inner for part in parts])
    elif isinstance(network, ParallelNormed):
        network.give(cast(list[Normed], parts))
    else:
        give(network.flat, [part.flat for part in parts], cast(Parallel, network).counts)
