"""What keeps a critic from being steep: clipped weights and spectral norms.

The critic's loss estimates a distance only if D is Lipschitz, |D(x) - D(y)| <= K |x - y|.

    clipping         every weight and bias into [-c, c] after each step                             (1)
    spectral norm    every W divided by its largest singular value sigma(W)                         (2)

(1) bounds the slope by a K that nobody knows, so its estimate has no units. (2) makes every layer at most
1-Lipschitz, and the whole network, too, with activations no steeper than 1 (all of ours but SELU): its estimate is
in the units of the data. The first layer makes up for the scale k of the input: its sigma becomes 1 / k.

sigma comes from power iteration, v = W^T u / |W^T u|, u = W v / |W v|, sigma = u^T W v, with u kept from step
to step. It comes up to sigma from below: one round a step follows slow steps, and after large ones a norm stays above
its goal for a while (`playground.critic.norms` finds sigma itself). A multiple of W gives the same W / sigma(W), so a
step along the scale of W changes nothing: we take it out of the gradient,

    dL/dW <- dL/dW - <dL/dW, W> u v^T / sigma(W)                                                    (3)

and store W / sigma(W) itself, not W. References: Arjovsky et al. 2017 (1), Miyato et al. 2018 (2).
"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.flat import Network

ITERATIONS = 30  # of power iteration from an arbitrary start; from the last u one is enough
DRIFT = 0.05  # a sigma so far from its goal was left alone for a while, under another loss


def clip(D: Network, c: float) -> None:
    """(1), in place."""
    D.flat.clamp_(-c, c)


class SpectralNorm:
    """(2) and (3) for all layers of D. `u` holds their left singular vectors, one after another."""

    def __init__(self, D: Network) -> None:
        self.D = D
        sizes = [len(w) for w, _ in D.layers]
        self.u = torch.zeros(sum(sizes), device=D.flat.device)  # all 0: not started
        self.parts = self.u.split(sizes)
        self.goals = [1 / D.scale, *(1.0 for _ in sizes[1:])]

    def start(self) -> None:
        """Find the singular vectors from nothing, and bring every sigma to its goal."""
        self.u.fill_(1.0)
        for _ in range(ITERATIONS):
            self.improve()
        self.normalise()

    def improve(self) -> list[tuple[Tensor, Tensor]]:
        """One round of power iteration for each layer. Returns (v, sigma)."""
        found = []
        for (w, _), u in zip(self.D.layers, self.parts, strict=True):
            v = torch.nn.functional.normalize(w.T @ u, dim=0)
            along = w @ v
            sigma = along.norm().clamp_min(1e-12)
            u.copy_(along / sigma)
            found.append((v, sigma))
        return found

    def normalise(self) -> None:
        """(2), in place. Call it after each step of D."""
        for (w, _), (_, sigma), goal in zip(self.D.layers, self.improve(), self.goals, strict=True):
            w.mul_(goal / sigma)

    def project(self) -> None:
        """(3), in place, in D.grad. Call it before each step of D."""
        along = [w.T @ u for (w, _), u in zip(self.D.layers, self.parts, strict=True)]  # sigma v
        if any(abs(float(a.norm()) / goal - 1) > DRIFT for a, goal in zip(along, self.goals, strict=True)):
            self.start()
            along = [w.T @ u for (w, _), u in zip(self.D.layers, self.parts, strict=True)]
        for (w, _), (g, _), u, a in zip(self.D.layers, self.D.grads, self.parts, along, strict=True):
            g.sub_(torch.outer(u, a) * ((g * w).sum() / a.square().sum()))
