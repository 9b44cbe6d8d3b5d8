"""One data set, four models: a GAN, a WGAN, a VAE and a diffusion model on the same points, with the same score card.

What is trained and measured is `playground.four_models`; here is how it is shown, what it is good for, and what can be
found out with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from playground.core import (
    Axis,
    Band,
    Challenge,
    Diagnosis,
    History,
    Lab,
    Points,
    Preset,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.diffusion import samplers
from playground.diffusion.likelihood import log_likelihood
from playground.diffusion.points import PointsTrainer
from playground.four_models import NAMES, FourModelsConfig, FourModelsTrainer
from playground.four_models.card import listed
from playground.four_models.knobs import ITERATIONS, MODES
from playground.four_models.quality import MEASURED, Ruler, ruler
from playground.gan.code import iteration
from playground.gan.views import REAL
from playground.gan.views import plane as gan_plane
from playground.vae.evidence import evidence, log_weights
from playground.vae.objective import gradient
from playground.vae.plane import PlaneVaeTrainer

Check = Callable[[FourModelsTrainer, Mapping[str, float], History], Verdict]


def _plane(letter: str) -> View:
    made = Points("generated", "generated", f"{letter}/generated")
    late = " It is seen as it was when it was last measured: a point takes many calls." if letter == "D" else ""
    return replace(
        gan_plane(REAL, made),
        name=f"plane {letter}",
        title=f"{letter}: {NAMES[letter]}",
        caption=f"Blue points are real, orange ones are made by the {NAMES[letter]}, always of the same noise.{late}",
        switches=False,
        wide=False,
        link="plane",
    )


def _curves(measure: str) -> tuple[Series, ...]:
    """One of each model, in the colour of what it has that the others lack."""
    return (
        Series("A GAN", "generated", f"A/{measure}"),
        Series("B WGAN", "discriminator", f"B/{measure}"),
        Series("C VAE", "encoder", f"C/{measure}"),
        Series("D diffusion", "noise", f"D/{measure}"),
    )


DISTANCE = View(
    "distance",
    "Distance to the real distribution",
    f"SW1, how far {MEASURED} generated points of each model must be carried to become real ones. In nine of ten cases"
    " as many real ones fall into the band.",
    (Band("a perfect generator", "noise", "sw1_low", "sw1_high"), *_curves("sw1")),
    x=Axis("round"),
    y=Axis("SW1", 0.01, 0.6, log=True, soft=True),
)

VIEWS = (
    *(_plane(letter) for letter in NAMES),
    DISTANCE,
    View(
        "log p",
        "log p of new points",
        "What C and D give to 256 new real points, on average; the GANs give none. Dashed: what the real density gives,"
        " and no model exceeds it but by luck. Both of C's are bounds: what it gives lies above them.",
        (
            Rule("real density", "theory", "truth"),
            Series("D diffusion", "noise", "D/nats"),
            Series("C VAE", "encoder", "C/nats"),
            Series("C ELBO", "encoder", "C/elbo"),
        ),
        x=Axis("round"),
        y=Axis("nats", "nats_low", "nats_high"),
    ),
    View(
        "within",
        "Points within 3 sigma of a mode",
        "The others lie between the modes, where real points hardly ever are: of a perfect generator 1.1 %.",
        (Rule("perfect", "theory", 0.989), *_curves("within")),
        x=Axis("round"),
        y=Axis("", 0, 1),
        when=("target", MODES),
    ),
)
THUMBNAIL_ROUNDS = 200

THUMBNAIL = replace(
    DISTANCE,
    name="thumbnail",
    title=f"Distances over {THUMBNAIL_ROUNDS} rounds",
    caption="how far the points of the GAN, the WGAN, the VAE and the diffusion model are from the real ones.",
    layers=_curves("sw1"),
    y=Axis("", log=True),
)

# When a sentence is due

YOUNG = 50  # rounds: before, nobody but the diffusion model makes more than a cloud
VISIBLE = 0.08  # of the points outside of every mode, of a model that is near: worth a word
ASTRAY = 0.25  # of the points outside of every mode: worth a word


def diagnose(trainer: FourModelsTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """Who is near and who is not; every number in it is on the page."""
    if trainer.step_count == 0:
        c = trainer.config
        given = ", ".join(f"{n} of {letter}" for letter, n in c.per_round.items())
        fair = "as many for all" if c.share == ITERATIONS else "about the same processor time for each"
        return Diagnosis(
            f"Nobody has learned anything yet. A round is so many iterations: {given}, {fair}. Press Play."
        )
    order = sorted(NAMES, key=lambda letter: now[f"{letter}/sw1"])
    perfect = [letter for letter in order if now[f"{letter}/sw1"] <= now["sw1_high"]]
    density = _density(now) if trainer.step_count >= YOUNG else ""
    if len(perfect) == len(NAMES):
        return Diagnosis(
            f"All four are as near as {MEASURED} points of a perfect generator come: a distance up to"
            f" {now['sw1_high']:.3f}." + density,
            "good",
        )
    best, far = order[0], order[-1]
    if perfect:
        who, verb = listed([_named(letter) for letter in perfect]), "is" if len(perfect) == 1 else "are"
        lead = f"By distance {who} {verb} as near as a perfect generator{_but_astray(now, perfect)}"
    else:
        lead = f"Nearest is {_named(best)}, at {now[f'{best}/sw1']:.3f}"
    rest = f"{_named(far)} is the farthest, at a distance of {now[f'{far}/sw1']:.3f}{_why(trainer, now, far)}"
    return Diagnosis(f"{lead}; {rest}.{density}")


def _named(letter: str) -> str:
    return f"{letter} ({NAMES[letter]})"


def _but_astray(now: Mapping[str, float], letters: list[str]) -> str:
    """Distance forgives a few points between the modes, which every eye sees."""
    worst = min(letters, key=lambda letter: now.get(f"{letter}/within", 1.0))
    astray = 1 - now.get(f"{worst}/within", 1.0)
    return f", though {astray:.0%} of {worst}'s points lie between the modes" if astray > VISIBLE else ""


def _why(trainer: FourModelsTrainer, now: Mapping[str, float], letter: str) -> str:
    """What is wrong with the farthest, if it can be seen."""
    covered, parts = now[f"{letter}/covered"], trainer.ruler.parts
    astray = 1 - now.get(f"{letter}/within", 1.0)
    what = "modes" if trainer.ruler.has_modes else "regions"
    if covered < parts:
        return f", on {covered:.0f} of {parts} {what}"
    return f": {astray:.0%} of its points lie between the modes" if astray > ASTRAY else ""


def _density(now: Mapping[str, float]) -> str:
    """What is known of KL; nothing before it has been asked for."""
    if math.isnan(now.get("D/nats kl", math.nan)):
        return ""
    return f" Of log p, C misses {now['C/nats kl']:.2f} nats a point at most, D {now['D/nats kl']:.2f}."


# Presets

SETTINGS = {
    "Ring of eight": Preset(
        FourModelsConfig(),
        "After 1000 rounds the diffusion model is as near as a perfect generator, the GAN not far behind. A third of"
        " the VAE's points lie between the modes.",
    ),
    "Noise bits": Preset(
        FourModelsConfig(bits=5),
        "Five bits of noise cut the cloud of both GANs: no bridges. Their modes come out too narrow by a third or more,"
        " and no p(x) is there to tell.",
    ),
    "Twenty-five modes": Preset(
        FourModelsConfig(target="grid25"),
        "The diffusion model has all 25 modes within 200 rounds. After 1000 the VAE has most, with bridges, and both"
        " GANs still wander between a few.",
    ),
    "Two moons": Preset(
        FourModelsConfig(target="moons"),
        "After 1000 rounds all are as near as luck allows, or nearly: distance can hardly choose between them."
        " KL still can, between the two that have one.",
    ),
    "Spiral": Preset(
        FourModelsConfig(target="spiral"),
        "By distance the VAE is hardly behind. By log p it is: its arms are too wide and joined, which costs most of a"
        " nat a point, and the diffusion model a quarter of that at most.",
    ),
    "A word": Preset(
        FourModelsConfig(target="letters"),
        "Thin strokes: in distance the VAE is not far from the diffusion model, in log p by more than half a nat. Spell"
        " a word of your own.",
    ),
    "Three calls": Preset(
        FourModelsConfig(steps=3),
        "A diffusion model in three steps instead of twenty, the same network: now the GAN is nearer, and asks once."
        " Raise the sampling steps: it takes no training.",
    ),
    "The same iterations": Preset(
        FourModelsConfig(share=ITERATIONS),
        "Four iterations of each in a round. The WGAN, whose critic moves five times in each, catches up with the GAN,"
        " at nearly four times its price.",
    ),
}

# Challenges

FEW_CALLS, SHARP = 5, 0.85  # of the network for a point; of the points within 3 sigma
TRAINED = 300  # rounds: before, it is the network that is not good enough
BRIDGELESS, LASTING, SOON = 0.95, 60, 1000  # of the points within 3 sigma; rounds that this lasts; rounds
TIGHT = 0.05  # nats


def _keeping(*names: str) -> Callable[[Check], Check]:
    """The check, as long as the learner keeps what the challenge is about."""

    def guard(check: Check) -> Check:
        def guarded(trainer: FourModelsTrainer, now: Mapping[str, float], history: History) -> Verdict:
            c = trainer.config
            changed = [c.label(name) for name in names if c.value(name) != c.default(name)]
            if changed:
                return Verdict("open", f"This challenge keeps {', '.join(changed)}: choose it again and Reset.")
            return check(trainer, now, history)

        return guarded

    return guard


@_keeping("target", "noise", "width")
def _five_calls(trainer: FourModelsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    c, within = trainer.config, now["D/within"]
    asked = samplers.calls(c.sampler, c.steps)
    says = f"With {asked} calls a point, {within:.0%} of D's points are within 3 sigma"
    if trainer.step_count < TRAINED:
        return Verdict("open", f"{says} at round {trainer.step_count}; it counts from round {TRAINED} on.")
    return Verdict("met" if asked <= FEW_CALLS and within >= SHARP else "open", f"{says}.")


@_keeping("target", "noise", "share")
def _no_bridges(trainer: FourModelsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    step, within = trainer.step_count, now["A/within"]
    rounds = history.column("step")
    recent = history.column("A/within")[(rounds > min(step, SOON) - LASTING) & (rounds <= SOON)]
    says = f"{within:.0%} of A's points are within 3 sigma of a mode"
    if min(step, SOON) >= LASTING and len(recent) and recent.min() >= BRIDGELESS:
        return Verdict("met", f"{says}, and have been for {LASTING} rounds.")
    if step > SOON:
        return Verdict("missed", f"{says} after {SOON} rounds. Turn a knob and Reset.")
    return Verdict("open", f"{says} at round {step} of {SOON}.")


@_keeping("noise")
def _home_ground(trainer: FourModelsTrainer, now: Mapping[str, float], history: History) -> Verdict:
    short = now.get("C/elbo kl", math.nan)
    if math.isnan(short):
        return Verdict("open", "Nobody has asked the VAE for log p yet: that is first done at round 10.")
    return Verdict("met" if short <= TIGHT else "open", f"C's ELBO is {short:.2f} nats a point short of log p.")


CHALLENGES = (
    Challenge(
        "Five calls",
        f"Let the diffusion model put {SHARP:.0%} of its points within 3 sigma of the ring's modes with at most"
        f" {FEW_CALLS} calls of its network for a point.",
        FourModelsConfig(),
        _five_calls,
    ),
    Challenge(
        "Away with the bridges",
        f"Within {SOON} rounds, let the GAN keep {BRIDGELESS:.0%} of its points within 3 sigma of the ring's modes for"
        f" {LASTING} rounds.",
        FourModelsConfig(),
        _no_bridges,
    ),
    Challenge(
        "Home ground",
        "Find a shape, as thick as it comes, on which the simple bound of the VAE, its ELBO, is at most"
        f" {TIGHT:g} nats short of log p. What do such shapes have in common?",
        FourModelsConfig(),
        _home_ground,
    ),
)

LESSON = r"""
**Question.** Four ways to learn the same points. Which is the best? That depends on whether you ask for points, for
time or for $p(x)$.

**Watch** the four planes, then the curves. A step of this page is a round: about the same processor time for each
model. Then open the *Score card*.

**Why.** *Explicit or implicit.* The VAE and the diffusion model have a density $p_\theta(x)$ and are trained to give
much of it to real points. What they lose is

$$\mathrm{KL}(p\,\|\,p_\theta)=\mathbb E_p\left[\log p(x)-\log p_\theta(x)\right],$$

and to leave a mode out costs without bound. The GANs only make points. Nobody can ask them for $p(x)$, and modes that
come out too narrow go unpunished.

*Why a VAE blurs.* Its codes are one cloud and its decoder is continuous: between modes it builds bridges, and one width
has to do for all. And what it is trained on is only a bound, which its encoder leaves loose. See both gaps in the
panel of $\log p$.

*Why the WGAN keeps its modes.* $W_1$ grows with the way to a forgotten mode, so the critic always points there. It
pays with five critic steps in each iteration. On these shapes the slope penalty of the GAN does as well for less.

*What diffusion pays.* It never has to make a point in one go, and has no opponent: it solves a regression, and does so
steadily. The bill comes with each point: twenty calls of the network instead of one.

**Try next.** Pause, and lower the sampling steps to 3. Load *Noise bits* and look at the width of the modes. Load *Two
moons*: which measure still tells the models apart?
"""


def code(config: FourModelsConfig) -> tuple[Any, ...]:
    """The functions that these settings run: a round, an iteration of each model, and what is measured."""
    models = config.models()
    gans = dict.fromkeys(function for letter in "AB" for function in iteration(models[letter]))
    return (
        FourModelsTrainer.parts,
        *gans,
        PlaneVaeTrainer.phases,
        gradient,
        PointsTrainer.phases,
        samplers.STEPS[config.sampler],
        Ruler.measured,
        log_weights,
        evidence,
        log_likelihood,
    )


def prepare(config: FourModelsConfig) -> None:
    """What a perfect generator gets on this shape: a third of a second, and kept."""
    ruler(**config.shape)


LAB = Lab(
    slug="four-models",
    title="One data set, four models",
    chapter="Diffusion",
    question="Which of four models is the best, and at what?",
    summary="A GAN, a WGAN, a VAE and a diffusion model on the same points: quality, cost, and who can say p(x).",
    lesson=LESSON,
    Config=FourModelsConfig,
    build=FourModelsTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=THUMBNAIL_ROUNDS,
    code=code,
    challenges=CHALLENGES,
    prepare=prepare,
    place=3,
)
