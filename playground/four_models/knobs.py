"""The settings of four models on the same data: what they share, and the settings of each that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.core import Config, knob, with_default
from playground.diffusion.points_knobs import PointsConfig
from playground.gan.plane import PlaneConfig
from playground.vae.plane import PlaneVaeConfig

NAMES = {"A": "GAN", "B": "WGAN", "C": "VAE", "D": "diffusion"}
TIME, ITERATIONS = "processor time", "iterations"
# Iterations of each model in a round. Those of equal time follow from what an iteration takes with networks of 32, 64
# and 128 units; `python -m benchmarks four-models` measures it again.
ROUNDS: Mapping[str, Mapping[str, int]] = {
    TIME: {"A": 4, "B": 1, "C": 4, "D": 7},
    ITERATIONS: {"A": 4, "B": 4, "C": 4, "D": 4},
}
MODES = ("ring8", "grid25", "blobs", "blob")  # shapes that have some


@dataclass(frozen=True)
class FourModelsConfig(Config):
    target: str = with_default(
        PlaneConfig, "target", "ring8", help="The shape that all four learn, from the same real points."
    )
    word: str = with_default(PlaneConfig, "word", "GAN")
    own: str = with_default(PlaneConfig, "own", "")
    share: str = knob(
        TIME,
        "What a round gives each model. Iterations of equal processor time: 4 of the GAN, 1 of the WGAN, whose critic"
        " moves five times in it, 4 of the VAE and 7 of the diffusion model. Or 4 of each.",
        label="The same for all",
        options=tuple(ROUNDS),
    )
    width: int = knob(
        64,
        "Units in each hidden layer of all networks: two layers in the GANs' and the diffusion model's, three in"
        " the VAE's.",
        label="Width",
        low=8,
        high=128,
        log=True,
    )
    sampler: str = with_default(
        PointsConfig, "sampler", "dpm++", help="How the diffusion model takes noise back to points."
    )
    steps: int = with_default(
        PointsConfig,
        "steps",
        20,
        help="Steps in which the diffusion model makes a point. Each asks its network once, with Heun twice. The other"
        " models ask theirs once and are done.",
    )
    noise: float = with_default(PlaneConfig, "noise", 1.0)
    points: int = with_default(
        PlaneConfig,
        "points",
        16_384,
        help="How many real points there are to learn from, the same for all.",
    )
    bits: int = with_default(
        PlaneConfig,
        "bits",
        0,
        help="Extra noise of both GANs that is -1 or 1. It cuts G's cloud into pieces, so that no bridges join far"
        " modes.",
        group="GAN and WGAN",
    )
    latent: int = with_default(PlaneVaeConfig, "latent", 2, label="Latent dimensions of the VAE", group="VAE")
    horizon: int = with_default(
        PlaneConfig,
        "horizon",
        1000,
        label="Decay ends at round",
        low=50,
        high=20_000,
        needs=None,
        help="The round at which the learning rates of all four have fallen to 2 %.",
    )
    seed: int = with_default(PlaneConfig, "seed", 0)

    @property
    def per_round(self) -> Mapping[str, int]:
        return ROUNDS[self.share]

    @property
    def shape(self) -> dict[str, Any]:
        """What is learned; a word and own points only where they are."""
        written = {"letters": {"word": self.word}, "own": {"own": self.own}}
        return {"target": self.target, "noise": self.noise} | written.get(self.target, {})

    def models(self) -> dict[str, Any]:
        """The settings of each model: those that its own lab recommends, on these data."""
        data = self.shape | {"points": self.points, "seed": self.seed}
        ends = {letter: self.horizon * n for letter, n in self.per_round.items()}
        gan = data | {"width_g": self.width, "width_d": self.width, "bits": self.bits}
        return {
            "A": PlaneConfig(**gan, horizon=ends["A"]),
            "B": PlaneConfig(**gan, **WGAN, horizon=ends["B"]),
            "C": PlaneVaeConfig(**data, width=self.width, latent=self.latent, horizon=ends["C"]),
            "D": PointsConfig(**data, width=self.width, sampler=self.sampler, steps=self.steps, horizon=ends["D"]),
        }


# measured on ring, moons and spiral at equal processor time: half of these learning rates is behind by a third
WGAN: Mapping[str, Any] = {
    "loss": "wgan-gp",
    "d_steps": 5,
    "gp": 0.1,
    "r1": 0.0,
    "lr_g": 2e-3,
    "lr_d": 4e-3,
    "beta2": 0.9,
}
