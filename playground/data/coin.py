"""A coin: x = 1 (heads) with probability p, x = 0 (tails) otherwise."""

from __future__ import annotations

import torch
from torch import Tensor


def tosses(n: int, p: float, generator: torch.Generator) -> Tensor:
    """n independent tosses, as 0 and 1. Returns (n, 1)."""
    return (torch.rand(n, 1, generator=generator, device=generator.device) < p).float()
