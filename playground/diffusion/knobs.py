"""The knobs that all diffusion models share. The numbers are the equations of `playground.diffusion`."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core import Config, knob
from playground.data.line import ALPHABET, BINS
from playground.diffusion.objective import WEIGHTINGS
from playground.diffusion.predictions import PREDICTIONS
from playground.diffusion.samplers import SAMPLERS, SPACINGS
from playground.diffusion.schedule import FALLING, MODELS, SCHEDULES, Schedule, schedule


@dataclass(frozen=True)
class DiffusionConfig(Config):
    model: str = knob(
        "diffusion",
        "How data become noise. Diffusion keeps the variance: data fade as noise grows. Flow matching goes straight"
        " from a point to its noise.",
        label="Model",
        options=MODELS,
    )
    schedule: str = knob(
        "cosine",
        "How fast diffusion fades the data: the curve of alpha-bar. It has to end near 0, or sampling begins with noise"
        " that the network has never seen.",
        label="Schedule",
        options=SCHEDULES,
        needs=("model", ("diffusion",)),
    )
    T: int = knob(
        100,
        "Steps from data to noise. The network learns all of them; sampling may leave some out.",
        label="Times T",
        low=2,
        high=1000,
        log=True,
    )
    prediction: str = knob(
        "v",
        "What the network is asked for. Each tells the others: but near pure noise a small error in epsilon is a large"
        " one in x0, and near the data it is the other way round. v is good at both ends.",
        label="The network says",
        options=PREDICTIONS,
    )
    sampler: str = knob(
        "dpm++",
        "How noise is taken back to data. DDPM draws fresh noise in each step, as DDIM does with eta; the others follow"
        " a fixed path. Heun asks the network twice a step.",
        label="Sampler",
        options=SAMPLERS,
        live=True,
    )
    steps: int = knob(
        20,
        "Steps from noise to data. Few are quick and cut corners; more than T there are not.",
        label="Sampling steps",
        low=1,
        high=100,
        log=True,
        live=True,
    )
    spacing: str = knob(
        "finer",
        "Where the steps are. Finer: shorter and shorter towards the data, where the path bends most.",
        label="Spacing of steps",
        options=tuple(SPACINGS),
        live=True,
        group="Sampling",
    )
    eta: float = knob(
        0.0,
        "How much fresh noise DDIM draws in each step: none at 0, as much as DDPM at 1.",
        label="Eta of DDIM",
        low=0.0,
        high=1.0,
        step=0.05,
        live=True,
        needs=("sampler", ("ddim",)),
        group="Sampling",
    )
    beta_last: float = knob(
        0.1,
        "The noise that the last step of a linear schedule adds; the first adds 0.0001. Too little, and the chain does"
        " not end in noise.",
        label="Last beta",
        low=0.001,
        high=0.9,
        log=True,
        needs=("schedule", ("linear",)),
        group="Path",
    )
    curve: str = knob(
        FALLING,
        "The curve of alpha-bar that you have drawn, a letter a column.",
        label="Your curve",
        letters=ALPHABET,
        longest=BINS,
        hidden=True,
        needs=("schedule", ("own",)),
        group="Path",
    )
    weighting: str = knob(
        "simple",
        "Which errors count. Simple: all the same, in what the network says. The others count them as errors in"
        " epsilon, x0 or v, whatever it says; min-SNR forgives errors in x0 where the noise is faint.",
        label="Weighting",
        options=WEIGHTINGS,
        live=True,
        group="Training",
    )
    lr: float = knob(
        4e-3,
        "How far one step goes. Too far, and the loss jumps.",
        label="Learning rate",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
        group="Training",
    )
    batch: int = knob(
        256,
        "Pieces of data that one step noises and learns from. Few make the gradient noisy; many cost time.",
        label="Batch",
        low=8,
        high=2048,
        log=True,
        group="Training",
    )
    ema: float = knob(
        0.995,
        "What is shown and sampled is a mean of the networks so far, with this memory; 0 shows the last one itself.",
        label="Averaging",
        low=0.0,
        high=0.9999,
        step=0.0001,
        group="Training",
    )
    decay: str = knob(
        "cosine",
        "How the learning rate falls until the horizon. Without decay the last steps keep jumping about.",
        label="Decay",
        options=("none", "linear", "cosine"),
        live=True,
        group="Training",
    )
    horizon: int = knob(
        5000,
        "The step at which the decay is complete; 2 % of the learning rate remains.",
        label="Decay ends at step",
        low=100,
        high=100_000,
        log=True,
        live=True,
        needs=("decay", ("linear", "cosine")),
        group="Training",
    )
    seed: int = knob(
        0,
        "Everything random follows from it: the same seed gives the same run.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
        group="Training",
    )

    def path(self) -> Schedule:
        """The schedule of these settings."""
        return schedule(self.model, self.schedule, self.T, self.beta_last, self.curve)
