"""What an error of the network costs: (4) of `playground.diffusion`.

What is said of e, x_0 or v, read by `predictions.py`, is off by amounts that are tied together,

    error of e = a |error of v|,   error of x_0 = s |error of v|                                        (1)

so that the same mistake counts differently as a mistake in one or in the other: k_t^2 = a^2, s^2 or 1 times that of v.
A weighting says what mistakes in v are to count, W_t, whatever the network is asked for; the weight in (4) is

    w_t = W_t / k_t^2,   at most MOST                                                                   (2)

    simple    W = k^2: all mistakes in what is asked for count the same, w = 1 (Ho et al. 2020)
    epsilon   W = a^2,      x0   W = s^2,      v   W = 1
    min-snr   W = min(a^2, 5 s^2): as in x_0, times min(a^2 / s^2, 5) (Hang et al. 2023)
"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.diffusion.schedule import Schedule

WEIGHTINGS = ("simple", "epsilon", "x0", "v", "min-snr")
MOST = 100.0  # or a few times near the ends of the path would outweigh all others
SNR = 5.0


def weights(weighting: str, prediction: str, schedule: Schedule) -> Tensor:
    """(2) at each time, (T + 1,); at t = 0, which is never drawn, 1."""
    a2, s2 = torch.from_numpy(schedule.a**2), torch.from_numpy(schedule.s**2)
    counted = {"epsilon": a2, "x0": s2, "v": torch.ones_like(a2), "min-snr": torch.minimum(a2, SNR * s2)}
    own = counted[prediction]
    wanted = own if weighting == "simple" else counted[weighting]
    w = torch.where(wanted == own, 1.0, (wanted / own).clamp(max=MOST))
    w[0] = 1.0
    return w.float()


def squares(gap: Tensor) -> Tensor:
    """|f - y|^2 / d of each. gap: f - y, (B, d). Returns (B,)."""
    return gap.square().mean(1)


def slope(gap: Tensor, w: Tensor) -> Tensor:
    """dL/df of (4). gap: (B, d), w: (B,)."""
    return gap * (w[:, None] * (2 / gap.numel()))
