"""The gradients of one move of D and of G. The numbers are the equations of `playground.gan`."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.flat import Network
from playground.losses import Game, slope_penalty_slope, unit_slope_penalty_slope


def d_gradient(D: Network, real: Tensor, fake: Tensor, label: Tensor, game: Game, gamma: float) -> Tensor:
    """Gradient of (1) and (3) in D, into D.grad. real, fake: (B, dim), label: (2B, 1). Returns the scores (2B, 1)."""
    score = D.forward(torch.cat((real, fake)))  # one pass for both
    D.grad.zero_()
    D.backward(game.d_slope(score, label))
    if gamma:
        signals = D.signals(torch.ones_like(score))
        slope = D.to_input(signals)  # dD/dx: (2B, dim)
        D.backward_penalty(signals, gamma * slope_penalty_slope(slope))
    return score


def add_unit_slope_penalty(D: Network, x: Tensor, weight: float) -> None:
    """Gradient of (4) in D, added to D.grad. x: (B, dim), points between real and generated ones."""
    signals = D.unit_signals(x)
    D.backward_penalty(signals, weight * unit_slope_penalty_slope(D.to_input(signals)))


def between(real: Tensor, fake: Tensor, generator: torch.Generator) -> Tensor:
    """A random point on each line from a real point to a generated one. real, fake: (B, dim)."""
    share = torch.rand(len(real), 1, generator=generator, device=real.device)
    return torch.lerp(real, fake, share)


def g_gradient(
    G: Network, D: Network, made: Tensor, game: Game, noise: Tensor | float = 0.0, partners: Tensor | None = None
) -> Tensor:
    """Gradient of (2) in G, into G.grad; D is only asked, not changed. Returns the scores (B, 1).

    made: what G.forward has returned, (B, dim); partners: the real points (B, dim) that these are compared with, if
    they are.
    """
    reference = 0.0 if partners is None else D.forward(partners)  # as in its own turn, should it have batch norms
    score = D.forward(made + noise) - reference
    G.grad.zero_()
    G.backward(D.to_input(D.signals(game.g_slope(score))))  # how the loss changes with each generated point
    return score
