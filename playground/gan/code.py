"""The functions that a GAN with given settings runs; the pages show their source."""

from __future__ import annotations

from typing import Any

from playground.bounds import SpectralNorm, clip
from playground.gan.knobs import GanConfig
from playground.gan.moves import add_unit_slope_penalty, between, d_gradient, g_gradient
from playground.gan.trainer import GanTrainer
from playground.losses import GAMES, Game, slope_penalty_slope, unit_slope_penalty_slope
from playground.nets import MLP
from playground.optim import OPTIMISERS


def iteration(config: GanConfig, game: Game | None = None) -> tuple[Any, ...]:
    """Of one iteration: the algorithm, the losses, and what keeps D from being steep. game: if not the usual one."""
    game = game or GAMES[config.loss]
    losses = (game.d, game.d_slope, game.g, game.g_slope)
    slope = (slope_penalty_slope,) if config.r1 else ()
    bound: tuple[Any, ...] = {
        "clipping": (clip,),
        "spectral norm": (SpectralNorm,),
        "gradient penalty": (add_unit_slope_penalty, between, unit_slope_penalty_slope) if config.gp else (),
    }.get(game.bound, ())
    return (GanTrainer.phases, d_gradient, g_gradient, *losses, *slope, *bound)


def perceptrons(config: GanConfig) -> tuple[Any, ...]:
    """Of two multi-layer perceptrons, and of how gradients move them."""
    return (MLP.forward, MLP.backward, MLP.signals, OPTIMISERS[config.optimiser].step)
