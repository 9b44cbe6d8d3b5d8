"""What a chain that does not end in noise costs, whoever is asked.

Sampling begins at N(0, I), as if q_T were that. How far it is from that, and what becomes of the coin, says `start.py`;
here are its curve over the schedules, and the exact chain itself, step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from playground.data.line import NormalMixture
from playground.diffusion.density_path import coordinate
from playground.diffusion.ground import TOSSED
from playground.diffusion.held import Held
from playground.diffusion.ridge import densities
from playground.diffusion.schedule import schedule
from playground.diffusion.start import shares_above

STEPS = 50  # of the schedules of the curve
BETAS = np.geomspace(0.001, 0.4, 40)  # their last ones
TOSSES = 4000  # of the chain that is run
SEED = 8
PLACES, WIDTH = 241, 4.0  # of the picture of q_T: noises to each side


@dataclass(frozen=True)
class Curve:
    """Share of heads against what is left of the data at T: without noise on the way, and with it. (n,) each."""

    left: np.ndarray
    flow: np.ndarray
    drawn: np.ndarray


class Chain(NamedTuple):
    """Share of heads that the exact denoiser makes in the steps that are set, and its standard error."""

    heads: float
    error: float


@lru_cache(maxsize=16)
def shares(coin: NormalMixture) -> Curve:
    """Of linear schedules of `STEPS` steps, one for each last beta."""
    # not by way of what is kept: there these would push out the paths of learners
    paths = [schedule.__wrapped__("diffusion", "linear", STEPS, float(beta)) for beta in BETAS]
    found = [shares_above(coin, path, TOSSED) for path in paths]
    parts = ([path.left for path in paths], [f.flow for f in found], [f.drawn for f in found])
    return Curve(*(np.array(part)[::-1] for part in parts))


def chain(held: Held) -> Chain:
    """Run it, with the sampler that is set."""
    c = held.config
    noise = torch.randn(TOSSES, 1, generator=torch.Generator().manual_seed(SEED)).to(held.start)
    *_, last = held.moments(held.exact, noise, c.sampler, c.steps, c.eta)
    heads = float((held.in_data_units(last.x) > TOSSED).mean())
    return Chain(heads, float(np.sqrt(heads * (1 - heads) / TOSSES)))


def limits(held: Held) -> tuple[float, float]:
    """The share of heads in very many steps by the sampler that is set, of a coin: from and to.

    It is known of those that draw nothing, and of those that draw as DDPM does; DDIM with less ends between them.
    """
    assert isinstance(held.exact.target, NormalMixture)
    c, found = held.config, shares_above(held.exact.target, held.schedule, TOSSED)
    share = {"ddpm": 1.0, "ddim": c.eta}.get(c.sampler, 0.0)  # of the noise that DDPM draws
    low, high = sorted(found)
    if 0 < share < 1:
        return low, high
    due = found.drawn if share else found.flow
    return due, due


def at_the_end(held: Held) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places x_T in the units of the path, the density of the noised data there, in the plane of their first
    coordinate, and that of N(0, 1). (n,) each."""
    x = np.linspace(-WIDTH, WIDTH, PLACES)
    (q,) = densities(coordinate(held.exact.target), held.schedule, [held.schedule.T], x)
    return x, q, np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
