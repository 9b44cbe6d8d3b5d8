"""Autoencoders, variational and not, on handwritten digits. The equations are in `playground.vae`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from playground.core import (
    Axis,
    Diagnosis,
    Digits,
    Handle,
    Histogram,
    History,
    Lab,
    Numerals,
    Preset,
    Rule,
    Series,
    View,
)
from playground.data.kept_digits import FORGOTTEN
from playground.nets import MLP
from playground.optim import OPTIMISERS
from playground.paths import lerp, slerp
from playground.vae import VaeConfig, VaeTrainer, estimators, looking, objective
from playground.vae.challenges import CHALLENGES
from playground.vae.likelihoods import LIKELIHOODS
from playground.vae.looking import COLUMNS, GRID, STEPS
from playground.vae.paths import fitted

DIGITS, MAP, RANDOM = "Digits", "Map of codes", "Random codes"  # what is looked at, one after another

VIEWS = (
    View(
        "rows",
        "In, out, and out of nothing",
        "Test digits, what comes back of them through the code, and digits decoded from random codes of the prior.",
        (
            Digits("test digits", "real", "input", COLUMNS),
            Digits("reconstruction", "encoder", "reconstruction", COLUMNS),
            Digits("sample: z from N(0, 1)", "generated", "prior", COLUMNS),
        ),
        column="world",
        scene=DIGITS,
    ),
    View(
        "terms",
        "The two terms and their sum",
        "Nats (natural units of information, 1.44 bits each) a test digit: what the decoder did not expect of the"
        " picture, plus what the code cost. Of a VAE the sum is -ELBO; an autoencoder's code costs nothing. Test digits"
        " are never trained on.",
        (
            Rule("floor of the reconstruction", "theory", "floor"),
            Series("sum", "real", "test_loss"),
            Series("in training", "generated", "loss"),
            Series("picture", "discriminator", "test_reconstruction"),
            Series("code (KL)", "encoder", "test_kl"),
        ),
        x=Axis("step"),
        y=Axis("nats a digit"),
        scene=DIGITS,
    ),
    View(
        "used",
        "Which latent dimensions are used",
        "KL of each dimension in nats, the largest first. One at 0 says the same of every digit: it is asleep.",
        (Histogram("mean KL", "encoder", "kl edges", "kl"),),
        x=Axis("latent dimension, by rank"),
        y=Axis("nats", 0),
        scene=DIGITS,
    ),
    View(
        "check",
        "KL, exact and counted",
        "The formula for two normal distributions beside log q - log p of the codes that were drawn: running means over"
        " the last batches.",
        (
            Series("closed form", "encoder", "kl"),
            Series("drawn codes", "noise", "kl_drawn"),
        ),
        x=Axis("step"),
        y=Axis("nats a digit"),
        scene=DIGITS,
    ),
    View(
        "map",
        "The map of codes",
        "Each numeral is the mean code of a test digit. Move over the map to decode the place under the pointer, with a"
        " finger tap or go sideways; drag A and B to walk between them. With more than two dimensions this is the plane"
        " of the two widest.",
        (
            Numerals("test digits", "real", "map", "digits"),
            Handle("A", "generated", "A"),
            Handle("B", "generated", "B"),
            Handle("decode here", "encoder", "pointer", follows=True),
        ),
        x=Axis("first direction of the code", -3, 3, soft=True),
        y=Axis("second", -3, 3, soft=True),
        equal=True,
        column="world",
        scene=MAP,
    ),
    View(
        "under",
        "Under the pointer",
        "What the place under the pointer decodes to, and beside it the test digit that is nearest on the map.",
        (Digits("decoded, and the nearest test digit", "generated", "under", 2),),
        wide=False,
        scene=MAP,
    ),
    View(
        "grid",
        "The map, decoded",
        "The plane of the map, decoded place by place: neighbours should look alike, and everything like a digit.",
        (Digits("decoded plane", "generated", "grid", GRID),),
        wide=False,
        scene=MAP,
    ),
    View(
        "walk",
        "From A to B",
        "Two ways between the same codes: straight, through the sparse middle, and round the origin, at the distance"
        " that codes have from it.",
        (
            Digits("straight (lerp)", "generated", "lerp", STEPS),
            Digits("along a sphere (slerp)", "generated", "slerp", STEPS),
        ),
        scene=MAP,
    ),
    View(
        "random",
        "Random codes",
        "Above, codes from N(0, 1): the mean picture of each, and pixels drawn as the decoder's law says. Below, codes"
        " from a normal distribution fitted to those of test digits: an autoencoder needs it, a VAE should not.",
        (
            Digits("N(0, 1): means", "generated", "prior", COLUMNS),
            Digits("N(0, 1): drawn pixels", "noise", "drawn", COLUMNS),
            Digits("fitted to codes: means", "encoder", "fitted", COLUMNS),
        ),
        column="world",
        scene=RANDOM,
    ),
    View(
        "prior",
        "Good copies, good inventions",
        "A low reconstruction term means good copies. Random codes need more: that those of digits lie where they do,"
        " which the KL term pays for. An autoencoder has none.",
        (
            Series("reconstruction, test digits", "discriminator", "test_reconstruction"),
            Series("KL of test digits", "encoder", "test_kl"),
        ),
        x=Axis("step"),
        y=Axis("nats a digit"),
        scene=RANDOM,
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "Digits in and out",
    "test digits above what comes back through the code, and samples.",
    (
        Digits("test digits", "real", "input", COLUMNS),
        Digits("reconstruction", "encoder", "reconstruction", COLUMNS),
        Digits("sample", "generated", "prior", COLUMNS),
    ),
)

SPOTLIGHT = {
    "encode": ("test digits", "mean KL"),
    "sample z": ("test digits",),
    "decode": ("reconstruction", "sample: z from N(0, 1)"),
    "gradient": ("sum, training", "KL, test", "reconstruction, test"),
    "update": ("sum, training", "sum, test"),
}

FEW = 0.25  # share of the latent dimensions in use, below which the posterior counts as collapsed
YOUNG = 200  # steps before which nothing is called a failure
APART = 0.25  # of the spread of nats from digit to digit, by which test digits are dearer once it learns by heart


def diagnose(trainer: VaeTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """What is going on, and first whether it learns from what was asked for."""
    found = _state(trainer, now)
    if trainer.forgotten:
        return Diagnosis(f"{FORGOTTEN} {found.sentence}", "warn")
    return found


def _state(trainer: VaeTrainer, now: Mapping[str, float]) -> Diagnosis:
    """One sentence on what is going on; every number in it is on the page."""
    step, latent, active = trainer.step_count, trainer.config.latent, int(now["active"])
    loss, test = now["loss"], now["test_loss"]
    if step == 0:
        return Diagnosis(
            f"Nothing is learned yet: a test digit costs {test:.0f} nats. Press Play; the first shapes come within"
            " seconds."
        )
    if step < YOUNG:
        return Diagnosis(f"The networks find the common shape of all digits first: {test:.0f} nats a test digit.")
    if trainer.config.kind == "autoencoder":
        return _of_autoencoder(trainer, now)
    if active <= FEW * latent and now["test_kl"] < FEW * latent:
        return Diagnosis(
            f"Posterior collapse: {active} of {latent} latent dimensions are in use, and the code tells"
            f" {now['test_kl']:.1f} nats of a digit. The decoder goes on without it, so every digit comes back alike.",
            "warn",
        )
    if by_heart(trainer, now):
        return Diagnosis(
            f"It learns by heart: {loss:.1f} nats for digits it trains on, {test:.1f} for test digits.", "warn"
        )
    if trainer.price < trainer.config.beta:
        return Diagnosis(
            f"Warming up: a nat in the code costs {trainer.price:.2f} so far, and {trainer.config.beta:g} in the end."
        )
    if trainer.config.beta >= 2:
        return Diagnosis(
            f"Dear codes: at beta {trainer.config.beta:g} a code tells only {now['test_kl']:.1f} nats, in {active} of"
            f" {latent} dimensions, and the reconstructions are blurred for it."
        )
    words = "a cross-entropy on grey pixels" if trainer.config.likelihood == "grey" else "a bound on -log p(x)"
    return Diagnosis(
        f"{test:.1f} nats a test digit ({words}): {now['test_reconstruction']:.1f} for the picture,"
        f" {now['test_kl']:.1f} for the code, which uses {active} of {latent} dimensions.",
        "good" if active > latent / 2 else "calm",
    )


def by_heart(trainer: VaeTrainer, now: Mapping[str, float]) -> bool:
    """Whether test digits cost more than those of training: more for their spread, and more than chance explains.

    Nats are measured against their own spread, since their size depends on the likelihood: those of a Gaussian of
    small sigma are thousands.
    """
    chance = 2 / math.sqrt(len(trainer.digits))  # two standard errors of the mean
    return now["test_loss"] - now["loss"] > max(APART, chance) * now["test_spread"]


def _of_autoencoder(trainer: VaeTrainer, now: Mapping[str, float]) -> Diagnosis:
    if by_heart(trainer, now):
        return Diagnosis(
            f"It learns by heart: {now['loss']:.1f} nats for digits it trains on, {now['test_loss']:.1f} for test"
            " digits.",
            "warn",
        )
    return Diagnosis(
        f"{now['test_reconstruction']:.1f} nats for the picture, and nothing is paid for the code: compare the random"
        " codes with those that are fitted.",
        "good",
    )


SETTINGS = {
    "Reference": Preset(
        VaeConfig(),
        "784-400-20 on grey digits, the textbook's VAE. After 15 epochs, 7000 steps, a test digit costs about 103 nats;"
        " 45 of them are the floor of grey pixels.",
    ),
    "Two-dimensional map": Preset(
        VaeConfig(latent=2),
        "A code of two numbers: what you see of the map is all there is. Digits that look alike become neighbours, and"
        " pictures are blurred because two numbers cannot tell them apart.",
    ),
    "Autoencoder": Preset(
        VaeConfig(kind="autoencoder", latent=8),
        "No noise and no price on the code: sharper copies, but random codes from N(0, 1) miss the places where codes"
        " lie. See the rows of random codes.",
    ),
    "Posterior collapse": Preset(
        VaeConfig(likelihood="gaussian", sigma=3.0),
        "The decoder grants each pixel a spread of 3, so no detail is worth a nat: every dimension falls asleep, and"
        " each digit comes back as the mean one. Cure it with one knob: free nats 0.5, or a smaller sigma.",
    ),
    "Blocked gradient": Preset(
        VaeConfig(sampling="blocked"),
        "Sampling stands outside the graph: the decoder's wishes never reach the encoder, which only hears the price"
        " and stops telling digits apart. Choose reparametrised while it runs, and it wakes up.",
    ),
    "Binarised": Preset(
        VaeConfig(likelihood="binarised"),
        "Pixels are drawn black or white anew each time, so the Bernoulli is a true likelihood and -ELBO a true bound:"
        " its floor is 0 and not 45.",
    ),
    "Beta 4": Preset(
        VaeConfig(beta=4.0),
        "A nat in the code costs four: fewer dimensions stay in use, the code tells less, and pictures are blurred.",
    ),
    "By heart": Preset(
        VaeConfig(count=500, decay="none"),
        "Only 500 digits to learn from. Soon the two curves of the sum part: training falls, test rises again.",
    ),
}

LESSON = r"""
**Question.** An autoencoder squeezes a digit through a few numbers and makes a digit of them again. When is a code a
place one can also *start* from?

**Watch** the three rows: digits, what comes back, and what the decoder makes of random codes. Then move over the map.

**Why.** A VAE encodes $x$ as a cloud $q(z|x)=\mathcal N(\mu,\sigma^2)$ and draws $z=\mu+\sigma\varepsilon$ from it,
with the noise outside the networks, so that gradients pass. It descends in

$$
\underbrace{\mathbb E_q[-\log p(x|z)]}_{\text{reconstruction}}
+\beta\,\underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{price of the code}},
\qquad \mathrm{KL}=\sum_j\tfrac12(\mu_j^2+\sigma_j^2-1-\ln\sigma_j^2)
$$

The second term pulls all clouds together around the origin, so that random codes from $\mathcal N(0,1)$ meet them. An
autoencoder pays nothing: its codes lie anywhere. With $\beta=1$ this is $-\mathrm{ELBO}$, and
$\log p(x)\ge\mathrm{ELBO}$: a VAE bounds $p(x)$ from below, it does not tell it. The bound falls short by
$\mathrm{KL}(q(z|x)\,\|\,p(z|x))$.

Cross-entropy on grey pixels is no likelihood. Even a perfect decoder pays the entropy of each grey value, about 45.5
nats a digit: the dashed floor. Binarise, or say so.

A dimension whose detail saves less than it costs falls asleep; all asleep is *posterior collapse*.

**Try next.** Load *Two-dimensional map* and drag A and B. Compare random codes of *Autoencoder* and *Reference*. Pull
beta from 0.1 to 10 while it runs. Load *Posterior collapse* and cure it with one knob.
"""


def code(config: VaeConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    likelihood = LIKELIHOODS[config.likelihood]
    variational: tuple[Any, ...] = (estimators.kl_per_dimension, estimators.through_sampling, estimators.monte_carlo_kl)
    if config.sampling == "score function":
        variational = (*variational, estimators.leave_one_out)
    net = (MLP.forward, MLP.signals, MLP.collect, OPTIMISERS[config.optimiser].step)
    return (
        VaeTrainer.phases,
        objective.split,
        objective.draw_code,
        likelihood.nats,
        type(likelihood).slope,
        objective.gradient,
        *(variational if config.kind == "vae" else (fitted,)),
        *net,
        looking.lifted,
        lerp,
        slerp,
    )


LAB = Lab(
    slug="vae",
    title="Autoencoder and VAE",
    chapter="Latent codes",
    question="Can a digit be squeezed into a few numbers, and made again from any of them?",
    summary="A network packs digits into codes, another unpacks them: watch the map of codes form, and walk on it.",
    lesson=LESSON,
    Config=VaeConfig,
    build=VaeTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=600,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    compared=("rows", "terms", "used"),
)
