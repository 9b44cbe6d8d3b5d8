"""What G has made before, kept so that D does not forget it.

At each of D's turns a few of G's new points go into a store, first into empty places and then in the place of others
at random. So a point stays for CAPACITY / PER_TURN turns on average. A share of what D is shown as generated is drawn
from the store (Shrivastava et al. 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor

CAPACITY = 4096
PER_TURN = 8  # a point stays for 512 turns on average


class Replay:
    """store: (CAPACITY, dim); filled: how many places are taken, (1,). Both are part of a run's state."""

    def __init__(self, dim: int, device: torch.device) -> None:
        self.store = torch.zeros(CAPACITY, dim, device=device)
        self.filled = torch.zeros(1, dtype=torch.int64, device=device)

    def mixed(self, new: Tensor, share: float, generator: torch.Generator) -> Tensor:
        """The new points, a share of them replaced by kept ones; some of the new go in. new: (B, dim)."""
        filled = int(self.filled)
        old = round(share * len(new)) if filled else 0
        pick = torch.randint(max(filled, 1), (old,), generator=generator, device=new.device)
        mixed = torch.cat((self.store[pick], new[old:]))
        self._take(new[:PER_TURN], filled, generator)
        return mixed

    def _take(self, new: Tensor, filled: int, generator: torch.Generator) -> None:
        if filled + len(new) <= CAPACITY:
            self.store[filled : filled + len(new)] = new
            self.filled += len(new)
        else:
            self.store[torch.randint(CAPACITY, (len(new),), generator=generator, device=new.device)] = new
