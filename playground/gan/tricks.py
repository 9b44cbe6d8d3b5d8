"""Tricks for training GANs that are no part of the algorithm: what surrounds the two players, as knobs.

    noise on a sphere     z <- sqrt(d) z / |z|,   z normal, of d numbers                            (1)
    normalised            u = (x - c) / r in [-1, 1] is what D sees; G says c + r tanh(...)         (2)
    batch norms           of G, and of D in separate batches or in mixed ones (normed.py)           (3)
    optimiser of D        another than G's (optim.py)                                               (4)
    replay                a share of D's generated points are earlier ones (replay.py)              (5)
    rounded sigmoid       cross-entropy as a textbook writes it (underflow.py)                      (6)

In (2) c is the middle of the real points' bounding box and r half its longer side, so that the shape is not distorted.
All that is shown and measured stays in the units of the data.

References: (1) White 2016, (2, 3) Radford et al. 2016, (3) Ioffe and Szegedy 2015, (4, 5) Shrivastava et al. 2017 for
the second. The other well-known tricks are knobs of every GAN here: see `playground.gan.knobs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.core import knob, with_default
from playground.flat import Network
from playground.gan.distributions import DistributionConfig
from playground.gan.moves import d_gradient
from playground.gan.normed import SMOOTHED, Normed
from playground.gan.plane import NOISE_SEED, PlaneConfig, PlaneTrainer
from playground.gan.replay import Replay
from playground.gan.rescaled import Rescaled
from playground.gan.underflow import ROUNDED
from playground.losses import Game
from playground.nets import MLP
from playground.optim import OPTIMISERS

AS_G = "as G's"
MIXED = "batch, mixed"


@dataclass(frozen=True)
class ClinicConfig(PlaneConfig):
    normalised: bool = knob(
        False,
        "Real points are scaled to lie between -1 and 1, and G ends in tanh, so that it cannot leave that range.",
        label="Normalised inputs and tanh",
        group="Data",
    )
    norm_g: str = knob(
        "none",
        "Batch: each hidden unit is brought to mean 0 and variance 1 over the batch. It keeps a deep G alive.",
        label="Norm of G",
        options=("none", "batch"),
        group="Generator",
    )
    norm_d: str = knob(
        "none",
        "Batch: real and generated points are normed apart. Mixed: together, so that each score tells of the company"
        " that a point is in. D's first hidden layer is left as it is.",
        label="Norm of D",
        options=("none", "batch", MIXED),
        group="Discriminator",
    )
    optimiser_d: str = knob(
        AS_G,
        "How D turns its gradient into a move, if not as G does. SGD has a learning rate of its own.",
        label="Optimiser of D",
        options=(AS_G, *OPTIMISERS),
        group="Discriminator",
    )
    lr_sgd: float = knob(
        0.1,
        "How far D moves in one step under SGD, which does not rescale gradients: it takes larger numbers than Adam.",
        label="Learning rate of D under SGD",
        low=1e-3,
        high=1.0,
        log=True,
        live=True,
        needs=("optimiser_d", ("sgd",)),
        group="Discriminator",
    )
    replay: float = knob(
        0.0,
        "The share of generated points in D's turn that G made earlier, some 500 steps ago on average. D then cannot"
        " forget what it has found out; too much, and it judges a G that is gone.",
        label="Replay",
        low=0.0,
        high=0.9,
        step=0.05,
        live=True,
        group="Discriminator",
    )
    rounded: bool = knob(
        False,
        "The loss is computed from a sigmoid in 32 bits and not from the score. Where the sigmoid is rounded to 1,"
        " nobody hears anything any more.",
        label="Sigmoid before the logarithm",
        live=True,
        needs=("loss", tuple(ROUNDED)),
        group="Discriminator",
    )
    law: str = with_default(
        DistributionConfig,
        "law",
        "normal",
        options=("normal", "uniform", "sphere"),
        help="How the noise is distributed. Uniform noise has edges, and what G makes of it has them, too. The sphere"
        " keeps the direction of normal noise and gives all the same length: with two numbers it is only a circle.",
    )
    head_g: str = with_default(DistributionConfig, "head_g", "linear", needs=("normalised", (False,)))
    lr_d: float = with_default(PlaneConfig, "lr_d", 1e-3, needs=("optimiser_d", (AS_G, "adam", "rmsprop")))


class ClinicTrainer(PlaneTrainer):
    config: ClinicConfig

    def __init__(self, config: ClinicConfig, device: str | torch.device = "auto", heavy: bool = False) -> None:
        super().__init__(config, device, heavy)
        if config.optimiser_d != AS_G:
            self.d_optimiser = OPTIMISERS[config.optimiser_d](self.D.flat, self.D.grad)
        self.earlier = Replay(self.dim, self.device)
        self._first_statistics()

    # --- the players -------------------------------------------------------------------------------------

    def networks(self) -> tuple[Network, Network]:
        c, source, device = self.config, self.generator, self.device
        sizes_g = (c.latent + c.bits, *[c.width_g] * c.layers_g, self.dim)
        sizes_d = (self.dim, *[c.width_d] * c.layers_d, 1)
        head = "tanh" if c.normalised else c.head_g
        group = 0 if c.norm_d == MIXED else c.batch
        G: Network
        D: Network
        if c.norm_g == "none":
            G = MLP(sizes_g, c.act_g, head, source, device)
        else:
            G = Normed(sizes_g, c.act_g, head, source, device)
        if c.norm_d == "none":
            D = MLP(sizes_d, c.act_d, c.head_d, source, device, c.scale_d)
        else:
            D = Normed(sizes_d, c.act_d, c.head_d, source, device, c.scale_d, first=1, group=group)
        if not c.normalised:
            return G, D
        box = middle_and_reach(self.real)
        return Rescaled(G, says=box), Rescaled(D, sees=box)

    def noise_from(self, n: int, generator: torch.Generator) -> Tensor:
        z = super().noise_from(n, generator)
        return on_sphere(z, self.config.latent) if self.config.law == "sphere" else z

    @property
    def game(self) -> Game:
        return ROUNDED[self.config.loss] if self.config.rounded and self.config.loss in ROUNDED else super().game

    @property
    def shown(self) -> Network:
        """With a batch norm it is always the average, which has kept statistics of its own; with no memory it is G."""
        return self.average if self.normed_g else super().shown

    # --- batch norms -------------------------------------------------------------------------------------

    @property
    def normed_g(self) -> Normed | None:
        return _normed(self.G)

    @property
    def normed_d(self) -> Normed | None:
        return _normed(self.D)

    def _first_statistics(self) -> None:
        """So that what is shown before the first step is what the batch norms make of a batch."""
        made = self.G.forward(self.fixed_noise(self.config.batch, NOISE_SEED))
        self.D.forward(torch.cat((self.real[: self.config.batch], made)))
        for network in (self.normed_g, self.normed_d):
            if network:
                network.keep(past=0.0)
        average = _normed(self.average)
        if average and self.normed_g:
            average.kept.copy_(self.normed_g.kept)

    def d_feels(self, real: Tensor, fake: Tensor, gamma: float) -> Tensor:
        D = self.D
        if isinstance(D, Rescaled):  # in D's own units, so that its slope counts in them
            scores = d_gradient(D.inner, D.u(real), D.u(fake), self.told, self.game, gamma)
        else:
            scores = super().d_feels(real, fake, gamma)
        if self.normed_d:
            self.normed_d.keep()
        return scores

    def move_g(self, factor: float) -> None:
        super().move_g(factor)
        average, G = _normed(self.average), self.normed_g
        if average and G:
            G.keep()
            average.kept.lerp_(G.statistics, 1 - max(self.config.ema, SMOOTHED))

    # --- what D is shown, and how it moves ---------------------------------------------------------------

    def to_judge(self) -> Tensor:
        z = self.noise(self.config.batch)
        made = self.G.forward(z) if self.normed_g else self.G(z)  # a batch norm is asked as in G's own turn
        return self.replayed(made) if self.config.replay else made

    def replayed(self, made: Tensor) -> Tensor:
        """(5)"""
        return self.earlier.mixed(made, self.config.replay, self.generator)

    def move_d(self, factor: float) -> None:
        c = self.config
        super().move_d(factor * c.lr_sgd / c.lr_d if c.optimiser_d == "sgd" else factor)

    def memory(self) -> dict[str, Tensor]:
        memory = super().memory() | {"D replay": self.earlier.store, "D replayed": self.earlier.filled}
        networks = {"G": self.normed_g, "G average": _normed(self.average), "D": self.normed_d}
        return memory | {f"{name} statistics": network.kept for name, network in networks.items() if network}


def _normed(network: Network) -> Normed | None:
    """The batch norms inside, if there are any."""
    inner = network.inner if isinstance(network, Rescaled) else network
    return inner if isinstance(inner, Normed) else None


def on_sphere(z: Tensor, latent: int) -> Tensor:
    """(1) in the first `latent` numbers; noise bits stay. z: (n, latent + bits)."""
    normal = z[:, :latent]
    length = normal.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return torch.cat((normal * (latent**0.5 / length), z[:, latent:]), 1)


def middle_and_reach(real: Tensor) -> tuple[Tensor, float]:
    """c and r of (2). real: (N, dim)."""
    low, high = real.amin(0), real.amax(0)
    return (low + high) / 2, float((high - low).max()) / 2
