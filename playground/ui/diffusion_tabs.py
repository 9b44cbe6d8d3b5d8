"""Further tabs of the diffusion of points."""

from __future__ import annotations

from collections.abc import Callable

from playground.runtime import Run
from playground.ui import diffusion_cost, diffusion_density, diffusion_end, diffusion_ridge, diffusion_ways

EXTRAS: dict[str, Callable[[Run], None]] = {
    diffusion_cost.TITLE: diffusion_cost.steps_and_quality,
    diffusion_ways.TITLE: diffusion_ways.same_noise,
    diffusion_ridge.TITLE: diffusion_ridge.the_path,
    diffusion_density.TITLE: diffusion_density.density,
    diffusion_end.TITLE: diffusion_end.the_end,
}
