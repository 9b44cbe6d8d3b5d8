"""The settings of a contest: what both games share, what each has of its own, and the two lanes that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.contest.digits import DigitConfig
from playground.core import Config, knob, with_default
from playground.gan import GanConfig
from playground.gan.tricks import ClinicConfig
from playground.losses import GAMES
from playground.race import Lanes

SHAPES = ("ring8", "grid25", "moons")
DIGITS = "digits"
CRITICS = {"gradient penalty": "wgan-gp", "clipping": "wgan-clip", "spectral norm": "wgan-sn"}


@dataclass(frozen=True)
class ContestConfig(Config):
    data: str = knob(
        "ring8",
        "What both games learn. Quality is the sliced Wasserstein distance in the plane, and the Frechet distance of"
        " digits.",
        label="Data",
        options=(*SHAPES, DIGITS),
    )
    width: int = knob(
        64,
        "Units in each hidden layer of all four networks. Few make them weak.",
        label="Width",
        low=4,
        high=256,
        log=True,
    )
    layers: int = knob(
        2,
        "Hidden layers of all four networks, all of the same width. Many narrow ones are hard to train.",
        label="Depth",
        low=1,
        high=6,
        step=1,
    )
    batch_norm: bool = knob(
        False,
        "Both generators bring each hidden unit to mean 0 and variance 1 over the batch. The critic has none: its"
        " penalty asks for the slope at single points.",
        label="Batch norm in G",
    )
    critic: str = knob(
        "gradient penalty",
        "What keeps the critic of the WGAN from being steep.",
        label="Critic held by",
        options=tuple(CRITICS),
        live=True,
    )
    critic_steps: int = knob(
        5,
        "How often the critic moves before G moves once. Its loss means something near its optimum only, and it takes"
        " steps to stay there.",
        label="Critic steps per G step",
        low=1,
        high=20,
        step=1,
        live=True,
    )
    loss: str = knob(
        "non-saturating",
        "What the players of the standard GAN minimise.",
        label="Loss of the GAN",
        options=tuple(name for name, game in GAMES.items() if game.bound == "nothing"),
        live=True,
        group="Standard GAN",
    )
    lr_gan: float = with_default(
        GanConfig,
        "lr_g",
        5e-4,
        help="How far G of the standard GAN moves in one step.",
        label="Learning rate of the GAN's G",
        group="Standard GAN",
    )
    lr_d: float = with_default(
        GanConfig,
        "lr_d",
        5e-4,
        help="How far D of the standard GAN moves in one step.",
        label="Learning rate of the GAN's D",
        group="Standard GAN",
    )
    beta1_gan: float = with_default(
        GanConfig, "beta1", 0.5, label="Momentum of the GAN", needs=None, group="Standard GAN"
    )
    beta2_gan: float = with_default(
        GanConfig, "beta2", 0.999, label="The GAN's memory of gradient sizes", needs=None, group="Standard GAN"
    )
    d_steps: int = with_default(GanConfig, "d_steps", 1, group="Standard GAN")
    r1: float = with_default(
        GanConfig,
        "r1",
        0.0,
        help="Penalty on D's slope at real and at generated points (R1 and R2). It calms the chase; the GAN of the"
        " original figures has none.",
        label="Slope penalty of the GAN",
        high=2.0,
        log=False,
        group="Standard GAN",
    )
    lr_wgan: float = with_default(
        GanConfig,
        "lr_g",
        5e-4,
        help="How far G of the WGAN moves in one step. A G that runs leaves the critic behind.",
        label="Learning rate of the WGAN's G",
        group="WGAN",
    )
    lr_critic: float = with_default(
        GanConfig,
        "lr_d",
        1e-3,
        help="How far the critic moves in one step. Twice as far as G lets it keep up.",
        label="Learning rate of the critic",
        group="WGAN",
    )
    beta1_wgan: float = with_default(GanConfig, "beta1", 0.0, label="Momentum of the WGAN", needs=None, group="WGAN")
    beta2_wgan: float = with_default(
        GanConfig, "beta2", 0.9, label="The WGAN's memory of gradient sizes", needs=None, group="WGAN"
    )
    gp: float = with_default(GanConfig, "gp", 1.0, needs=("critic", ("gradient penalty",)), group="WGAN")
    clip: float = with_default(GanConfig, "clip", 0.1, needs=("critic", ("clipping",)), group="WGAN")
    batch: int = with_default(GanConfig, "batch", 128, high=512)
    decay: str = with_default(GanConfig, "decay", "none")
    horizon: int = with_default(GanConfig, "horizon", 1500)
    seed: int = with_default(GanConfig, "seed", 0)

    @property
    def on_digits(self) -> bool:
        return self.data == DIGITS

    def lanes(self) -> Lanes:
        """A: the standard GAN, B: the WGAN."""
        gan: dict[str, Any] = {"loss": self.loss, "d_steps": self.d_steps, "r1": self.r1}
        critic: dict[str, Any] = {
            "loss": CRITICS[self.critic],
            "d_steps": self.critic_steps,
            "gp": self.gp,
            "clip": self.clip,
            "r1": 0.0,
        }
        gan |= {"lr_g": self.lr_gan, "lr_d": self.lr_d, "beta1": self.beta1_gan, "beta2": self.beta2_gan}
        critic |= {"lr_g": self.lr_wgan, "lr_d": self.lr_critic, "beta1": self.beta1_wgan, "beta2": self.beta2_wgan}
        lane = self._digits if self.on_digits else self._plane
        return Lanes((lane(**gan), lane(**critic)))

    def _shared(self) -> dict[str, Any]:
        """What is shown and measured is G itself: a moving average would lag behind the loss."""
        same = {name: getattr(self, name) for name in ("batch", "decay", "horizon", "seed")}
        norm = "batch" if self.batch_norm else "none"
        return same | {"width_g": self.width, "width_d": self.width, "norm_g": norm, "ema": 0.0}

    def _plane(self, **own: Any) -> ClinicConfig:
        depth = self._shared() | {"layers_g": self.layers, "layers_d": self.layers, "scale_d": 1.0}
        return ClinicConfig(target=self.data, **depth, **own)

    def _digits(self, **own: Any) -> DigitConfig:
        return DigitConfig(depth=self.layers, **self._shared(), **own)
