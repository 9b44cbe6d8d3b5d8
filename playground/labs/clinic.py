"""The clinic: GANs that fall ill, what their curves show, and which knob cures them.

The patients are in `playground.clinic.patients`, the alarms in `playground.clinic.alarms`, and what is measured of a
patient beside the usual numbers in `playground.clinic.ward`. The sentence under the stage names what is to be seen,
with numbers; to say why is left to the learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from playground.clinic.alarms import WINDOW, sounding
from playground.clinic.patients import PATIENTS
from playground.clinic.ward import WardTrainer
from playground.core import (
    Axis,
    Diagnosis,
    History,
    Lab,
    Preset,
    Rule,
    Series,
    View,
)
from playground.gan.code import iteration, perceptrons
from playground.gan.tricks import ClinicConfig
from playground.gan.underflow import ROUNDED
from playground.gan.views import (
    BELIEF,
    DISTANCE,
    GENERATED,
    IN_BATCH,
    LOSSES,
    PULL,
    REAL,
    SPOTLIGHT,
    UNDECIDED,
    plane,
    thumbnail,
)
from playground.losses import GAMES

RESTING = tuple(name for name, game in GAMES.items() if game.g_rest is not None)  # losses with a place to rest

VIEWS = (
    plane(BELIEF, UNDECIDED, REAL, GENERATED, PULL, *IN_BATCH),
    replace(LOSSES, wide=False, when=("loss", RESTING)),
    View(
        "losses of a critic",
        "Losses",
        "A critic's losses have no place to rest: only their change and their size say something.",
        (Series("D", "discriminator", "d_loss"), Series("G", "generated", "g_loss")),
        x=Axis("step"),
        y=Axis("loss"),
        wide=False,
        when=("loss", tuple(loss for loss in GAMES if loss not in RESTING)),
    ),
    View(
        "gradients",
        "Gradients",
        "How strongly each player is pulled. Above 100 is a rule of thumb for trouble; what is exactly 0 is not drawn.",
        (
            Rule("100", "theory", 100.0),
            Series("D", "discriminator", "d_norm"),
            Series("G", "generated", "g_norm"),
        ),
        x=Axis("step"),
        y=Axis("length", 1e-3, 1, log=True, soft=True),
        wide=False,
    ),
    DISTANCE,
    View(
        "answers",
        "Right answers of D",
        "The share that D tells rightly: in its last batch of training, and of new points asked one by one.",
        (
            Rule("guessing", "theory", 0.5),
            Series("in training", "discriminator", "accuracy"),
            Series("alone", "encoder", "alone"),
        ),
        x=Axis("step"),
        y=Axis("", 0.4, 1, soft=True),
        wide=False,
    ),
    View(
        "modes",
        "What G makes",
        "Covered: the share of modes, or of 16 regions. Nearness: how far G's points lie from training points, new real"
        " ones being 1, copies 0; it is cut at 2.",
        (
            Rule("all, and as new", "theory", 1.0),
            Series("covered", "generated", "covered_share"),
            Series("nearness", "encoder", "nearness"),
        ),
        x=Axis("step"),
        y=Axis("", 0, 2),
        wide=False,
    ),
)

THUMBNAIL_STEPS = 1000


def diagnose(trainer: WardTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """The first alarm that sounds, in numbers, and no word on why."""
    if trainer.step_count == 0:
        return Diagnosis(
            f"Nobody has learned anything yet: G's points are {now['sw1']:.2f} away from the real ones (SW1); a perfect"
            " generator would measure"
            f" {now['sw1_high']:.3f} or less. Press Play and wait for an alarm."
        )
    found = sounding(now, history)
    if found:
        name, says = next(iter(found.items()))
        others = [other for other in found if other != name]
        more = f" Also: {', '.join(others)}." if others else ""
        return Diagnosis(f"Alarm: {name}. {says}{more}", "warn")
    if trainer.step_count < WINDOW:
        return Diagnosis(f"SW1 is {now['sw1']:.3f}. The alarms look at {WINDOW} steps at a time: none has sounded yet.")
    if now["sw1"] <= now["sw1_high"]:
        return Diagnosis(
            f"No alarm. SW1 is {now['sw1']:.3f}, as near as 1000 points of a perfect generator come (up to"
            f" {now['sw1_high']:.3f}).",
            "good",
        )
    return Diagnosis(f"No alarm. SW1 is {now['sw1']:.3f}; a perfect generator gets {now['sw1_high']:.3f} or less.")


HEALTHY = "Healthy"

SETTINGS = {
    HEALTHY: Preset(
        ClinicConfig(),
        "The recommended settings, to compare with: no alarm sounds, and all eight modes are covered.",
    ),
    **{patient.name: Preset(patient.sick, patient.complaint) for patient in PATIENTS},
}

LESSON = r"""
**Question.** A GAN does not say what it lacks. Its losses do not fall as those of other networks do, for two players
pull at them. What do the curves of an ill one look like, and which knob cures it?

**Watch** a patient until an alarm sounds. The alarm says what is to be seen, never why. Choose a diagnosis in
*Consultation*; each wrong one is answered with a number that speaks against it. Then treat: the buttons turn the very
knobs in the sidebar, and you are told whether it has helped.

**Why curves tell so much.** In balance D's loss is $2\ln 2\approx1.386$ and G's $\ln 2\approx0.693$. A loss of D at 0
means that G's gradient comes from a D that is sure. What then reaches G is

$$
\frac{\partial}{\partial s}\log(1-\sigma(s))=-\sigma(s),\qquad
\frac{\partial}{\partial s}\bigl(-\log\sigma(s)\bigr)=\sigma(s)-1.
$$

At $D=\sigma(s)=0.01$ that is 0.01 for the minimax loss and 0.99 for the other: the same D, a hundred times the pull.
But losses in balance prove little: a D too weak to judge gives them, too. So look at SW1 as well, the sliced
Wasserstein distance: how far G's points must be carried to become real ones, looked at from many sides. And at what a
perfect generator would get.

The thresholds are rules of thumb. They keep silent on healthy runs of this page; that is all they promise.

**Try next.** Cure all eleven. Then make *Healthy* ill with one knob, and let somebody else find out which.
"""


def code(config: ClinicConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    rounded = config.rounded and config.loss in ROUNDED
    game = ROUNDED[config.loss] if rounded else None
    return (*iteration(config, game), *perceptrons(config), WardTrainer.findings, sounding)


LAB = Lab(
    slug="clinic",
    title="GAN clinic",
    chapter="Clinic",
    question="What ails this GAN?",
    summary="Eleven ways in which GANs fall ill: read the curves, name the disease, turn the knob that cures it.",
    lesson=LESSON,
    Config=ClinicConfig,
    build=WardTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=thumbnail(THUMBNAIL_STEPS),
    thumbnail_steps=THUMBNAIL_STEPS,
    code=code,
    spotlight=SPOTLIGHT,
    compared=("plane", "gradients", "distance"),
    pace=300.0,
)
