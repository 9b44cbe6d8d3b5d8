"""What the VAE and the diffusion model say of new points, in nats, and how sure that is: (1) and (2) of the package.

The flow of the diffusion model is followed in 40 steps that are finer towards the data, where it bends most. With the
exact denoiser in place of the learned one, KL is then off by less than .01 nats on every shape of the presets, which is
less than its standard error from 256 points.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from torch import Tensor

from playground.diffusion.likelihood import log_likelihood
from playground.diffusion.samplers import Denoiser, stops
from playground.diffusion.schedule import Schedule

CODES = 200  # of the VAE, for each point
STEPS = 40  # of the flow


class Nats(NamedTuple):
    """L and KL, the standard error of KL, and what L may be short of or off by for want of codes or of steps."""

    mean: float
    kl: float
    error: float
    off: float


def judged(log_model: np.ndarray, log_p: np.ndarray, off: float) -> Nats:
    """(1) and (2). log_model, log_p: (n,)."""
    gap = log_p - log_model
    return Nats(float(log_model.mean()), float(gap.mean()), float(gap.std(ddof=1)) / math.sqrt(len(gap)), off)


def flow_log_p(denoise: Denoiser, schedule: Schedule, x: Tensor, unit: float) -> tuple[np.ndarray, float]:
    """log p of a diffusion model at x (n, 2), in the units of the data, and the mean of what its steps leave open.

    unit: the size of the data, by which the path divides them.
    """
    times = sorted({0, 1, *stops(schedule.T, STEPS, "finer")})

    def at(x: Tensor, step: int) -> tuple[Tensor, Tensor]:
        return denoise(x, times[step])

    found = log_likelihood(at, schedule.thinned(times), x / unit)
    log_p = found.log_p - x.shape[1] * math.log(unit)
    return log_p.numpy(force=True), float(found.error.mean())
