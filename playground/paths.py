"""Ways from one code to another.

    lerp(a, b; t) = (1 - t) a + t b                                                                 (1)
    slerp(a, b; t) = sin((1 - t) w) / sin w * a + sin(t w) / sin w * b,   w the angle from a to b   (2)

Normal codes in d dimensions lie near the sphere of radius sqrt(d), and two of them are nearly at right angles. So (1)
passes at .71 of that radius, where hardly any code lies, while (2) stays on the sphere. Reference: White 2016.
"""

from __future__ import annotations

import torch
from torch import Tensor

STRAIGHT = 1e-3  # sin w below which (2) is (1): the same direction or the opposite one, and no sphere says which way


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(1). a, b: (latent,), t: n numbers, in a row or in a column. Returns (n, latent)."""
    return a + t.reshape(-1, 1) * (b - a)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(2). a, b: (latent,), t: n numbers, in a row or in a column. Returns (n, latent)."""
    cosine = torch.dot(a, b) / (a.norm() * b.norm()).clamp_min(1e-12)
    w = torch.acos(cosine.clamp(-1, 1))
    if float(torch.sin(w)) < STRAIGHT:
        return lerp(a, b, t)
    t = t.reshape(-1, 1)
    return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)
