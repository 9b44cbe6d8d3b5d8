"""The standard GAN against the WGAN: the same networks, seed and minibatches, and two claims put to the test.

What is trained and measured is `playground.contest`; here is how it is shown, what it is good for, and what can go
wrong with it. The claims: the critic's loss tells how good G is, and the WGAN learns where a weak architecture makes
the standard GAN fail. Both are measured, with what chance alone would reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from playground.contest import ContestConfig, ContestTrainer, agreement
from playground.contest.digits import DigitTrainer, constant_width
from playground.contest.knobs import DIGITS, SHAPES
from playground.contest.record import Record
from playground.core import (
    Axis,
    Band,
    Challenge,
    Diagnosis,
    Digits,
    History,
    Lab,
    Layer,
    Preset,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.gan.code import iteration
from playground.gan.views import BELIEF, DENSITY, GENERATED, REAL, plane
from playground.nets import MLP
from playground.transport import SlicedW1

NAMES = {"A": "standard GAN", "B": "WGAN"}
_ON_PLANE, _ON_DIGITS = ("data", SHAPES), ("data", (DIGITS,))


def _in_lane(letter: str, view: View) -> View:
    return view.prefixed(f"{letter}/")


def _plane(letter: str) -> View:
    view = plane(BELIEF, DENSITY, REAL, GENERATED)
    named = replace(view, title=f"{letter}: {NAMES[letter]}", column=letter, switches=False, link="plane")
    return _in_lane(letter, named)


def _samples(letter: str) -> View:
    return _in_lane(
        letter,
        View(
            "samples",
            f"{letter}: {NAMES[letter]}",
            "What G makes of the same 64 noise vectors.",
            (Digits("G's images", "generated", "samples", columns=8),),
            column=letter,
        ),
    )


def _losses(letter: str) -> View:
    said: tuple[str, tuple[Layer, ...]]
    if letter == "A":
        said = (
            "What each player minimises, the median of the steps since the last measurement. Dashed: where it rests"
            " when neither can improve.",
            (
                Rule("D at rest", "theory", "d_rest"),
                Rule("G at rest", "theory", "g_rest"),
                Series("D", "discriminator", "d_filtered"),
                Series("G", "generated", "g_filtered"),
            ),
        )
    else:
        said = (
            "Minus the critic's loss, its estimate of the distance in units of its own, filtered as in A; at 0 it sees"
            " no difference. G's loss is left out: it may drift with any constant that the critic adds to all scores.",
            (Rule("no difference", "theory", 0.0), Series("critic", "discriminator", "estimate")),
        )
    caption, layers = said
    title = f"{letter}: " + ("losses" if letter == "A" else "minus the critic's loss")
    return _in_lane(letter, View("losses", title, caption, layers, x=Axis("step"), y=Axis("loss"), column=letter))


def _quality(letter: str, unit: str) -> View:
    digits = unit == "FD"
    measure = (
        "FD, the Frechet distance of 1000 of G's images to real ones in the features of a network that reads digits"
        if digits
        else "SW1, the sliced Wasserstein distance: how far 1000 of G's points must be carried to become real ones"
    )
    view = View(
        f"quality in {unit}",
        f"{letter}: distance",
        f"{measure}; on the same axes in both lanes. In nine of ten cases as many real ones fall into the band.",
        (
            Band("a perfect generator", "noise", f"{unit.lower()}_low", f"{unit.lower()}_high"),
            Series(unit, "generated", "quality"),
        ),
        x=Axis("step"),
        y=Axis(
            "FD (independent pixels: 250)" if digits else unit,
            1 if digits else 0.02,
            300 if digits else 1,
            log=True,
            soft=True,
        ),
        column=letter,
        wide=False,
        link=unit,
    )
    return _in_lane(letter, view)


def _agreement(letter: str) -> View:
    return _in_lane(
        letter,
        View(
            "agreement",
            f"{letter}: does the loss tell?",
            "Rank correlation of minus D's loss with the distance, over the last 200 measurements: at 1 the loss falls"
            " exactly when G gets better. Within the band, chance alone would do.",
            (
                Band("chance", "noise", "rho_low", "rho_high"),
                Rule("says nothing", "theory", 0.0),
                Series("rho", "encoder", "rho"),
            ),
            x=Axis("step"),
            y=Axis("", -1, 1),
            column=letter,
            wide=False,
            link="agreement",
        ),
    )


def _views(letter: str) -> tuple[View, ...]:
    return (
        replace(_plane(letter), when=_ON_PLANE),
        replace(_samples(letter), when=_ON_DIGITS),
        _losses(letter),
        replace(_quality(letter, "SW1"), when=_ON_PLANE),
        replace(_quality(letter, "FD"), when=_ON_DIGITS),
        _agreement(letter),
    )


VIEWS = (*_views("A"), *_views("B"))

THUMBNAIL = View(
    "thumbnail",
    "Distance to the real ones",
    "How far the standard GAN and the WGAN are from the real points, on the same data.",
    (Series("standard GAN", "generated", "A/quality"), Series("WGAN", "encoder", "B/quality")),
    x=Axis("step"),
    y=Axis("", log=True),
)


def diagnose(trainer: ContestTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """How both lanes stand, and whether their losses tell it."""
    if trainer.step_count == 0:
        n = trainer.config.critic_steps
        return Diagnosis(
            "The same networks, the same noise, the same minibatches; but B's critic moves"
            f" {'once' if n == 1 else f'{n} times'} for each step of G. Press Play, and look at the losses before you"
            " look at what G makes."
        )
    stand = f"{_stands(trainer, now, 'A')}; {_stands(trainer, now, 'B')}."
    if any(math.isnan(now.get(f"{letter}/rho", math.nan)) for letter in NAMES):
        return Diagnosis(f"{stand} Too few measurements yet to say whether a loss follows them.")
    told = {letter: _tells(letter, now) for letter in NAMES}
    numbers = ", ".join(
        f"{now[f'{letter}/rho']:.2f} in {letter} (chance reaches {now[f'{letter}/rho_high']:.2f})" for letter in NAMES
    )
    good = told["B"] and not told["A"] and _complete(trainer, now, "B")
    return Diagnosis(
        f"{stand} Rank correlation of loss and distance: {numbers}. {_VERDICTS[told['A'], told['B']]}",
        "good" if good else "calm",
    )


_VERDICTS = {
    (False, False): "So far neither loss tells more than chance.",
    (False, True): "Only the critic's loss tells.",
    (True, False): "Only the GAN's loss tells.",
    (True, True): "Both losses tell.",
}


def _tells(letter: str, now: Mapping[str, float]) -> bool:
    return now[f"{letter}/rho"] > now[f"{letter}/rho_high"]


def _complete(trainer: ContestTrainer, now: Mapping[str, float], letter: str) -> bool:
    return now[f"{letter}/missing"] == 0 if trainer.config.on_digits else now[f"{letter}/covered_share"] == 1


def _stands(trainer: ContestTrainer, now: Mapping[str, float], letter: str) -> str:
    """How far a lane is, in the numbers of its panels: the distance is that of the last measurement, if any."""
    distance = now.get(f"{letter}/quality", math.nan)
    if trainer.config.on_digits:
        distance = now[f"{letter}/fd"] if math.isnan(distance) else distance
        return f"{letter}: FD {distance:.0f}, {10 - now[f'{letter}/missing']:.0f} of ten digits there"
    distance = now[f"{letter}/sw1"] if math.isnan(distance) else distance
    regions, covered = trainer.lanes[letter].yardstick.regions, now[f"{letter}/covered"]
    what = "modes" if regions.are_modes else "regions"
    return f"{letter} covers {covered:.0f} of {len(regions)} {what} (SW1 {distance:.3f})"


# Presets

_WEAK: dict[str, Any] = {"width": 16, "layers": 4}

SETTINGS = {
    "Ring of eight": Preset(
        ContestConfig(),
        "Two hidden layers of 64 units. The WGAN covers all eight modes, and its loss falls with the distance. The GAN"
        " covers all of them in some seeds only, and its loss does not tell in which.",
    ),
    "Weak networks": Preset(
        ContestConfig(**_WEAK),
        "Four hidden layers of 16 units, no batch norm. The standard GAN ends on a few modes at most; the WGAN covers"
        " all eight.",
    ),
    "Weak networks, batch norm": Preset(
        ContestConfig(**_WEAK, batch_norm=True),
        "The same with batch norm in both generators, and the standard GAN is as good as the WGAN at a fraction of the"
        " price. Only do not ask its loss: it points the wrong way.",
    ),
    "The same optimiser": Preset(
        ContestConfig(beta1_gan=0.0, beta2_gan=0.9, lr_d=1e-3),
        "The GAN on the ring with the optimiser of the WGAN, no momentum and a D twice as fast: now it covers all"
        " eight. What failed was not its loss alone.",
    ),
    "A GAN with a slope penalty": Preset(
        ContestConfig(**_WEAK, r1=0.1, lr_gan=1e-3, lr_d=1e-3, beta1_gan=0.0),
        "The standard loss with a penalty on D's slope and no momentum, on the weak networks: it covers the ring, too,"
        " and now its loss tells. A D that may not be steep is most of what the WGAN brings.",
    ),
    "A penalty too strict": Preset(
        ContestConfig(**_WEAK, gp=10.0, lr_wgan=1e-3),
        "The weak networks, ten times the penalty and a faster G: the critic cannot keep up. Now the WGAN fails, and"
        " its loss tells nothing of it.",
    ),
    "Weight clipping": Preset(
        ContestConfig(critic="clipping", lr_critic=5e-4),
        "The first WGAN: all weights of the critic within 0.1. It covers the ring, and its loss is in other units than"
        " with the penalty.",
    ),
    "Digits": Preset(
        ContestConfig(data=DIGITS, width=128, layers=3, batch=64, gp=10.0),
        "Perceptrons of constant width without batch norm, as in the original figures. After 1500 steps the WGAN is far"
        " ahead of the GAN; a step of it costs four to five times as much.",
    ),
}

# Challenges

_NETWORKS = ("data", "width", "layers", "batch_norm")
LASTING = 3  # measurements in a row, so that the luck of one does not decide
EARLY = 1000  # steps: before, nobody has failed
FEW = 4  # modes

Modes = np.ndarray


def _on_the_same_networks(
    start: ContestConfig, letter: str, good: Callable[[Modes], Modes], since: int, until: int
) -> Any:
    """Whether the modes that a lane covers are as wanted, in a row of measurements between two steps."""

    def check(trainer: ContestTrainer, now: Mapping[str, float], history: History) -> Verdict:
        if any(getattr(trainer.config, name) != getattr(start, name) for name in _NETWORKS):
            return Verdict("open", "This challenge keeps its data and its networks: choose it again and Reset.")
        step, says = trainer.step_count, f"{letter} covers {now[f'{letter}/covered']:.0f} of 8 modes"
        steps = history.column("step")
        row = good(history.column(f"{letter}/covered")[(steps >= since) & (steps <= until)])
        if len(row) >= LASTING and np.lib.stride_tricks.sliding_window_view(row, LASTING).all(1).any():
            return Verdict("met", f"{says}: {LASTING} measurements in a row were as wanted.")
        if step > until:
            return Verdict("missed", f"{says} after {until} steps. Turn a knob and Reset.")
        return Verdict("open", f"{says} at step {step} of {until}.")

    return check


_WEAK_START = ContestConfig(**_WEAK)

CHALLENGES = (
    Challenge(
        "Rescue the GAN",
        "With the weak networks, let the standard GAN (A) cover all eight modes within 2000 steps. Width, depth and"
        " batch norm stay as they are.",
        _WEAK_START,
        _on_the_same_networks(_WEAK_START, "A", lambda covered: covered == 8, 0, 2000),
    ),
    Challenge(
        "Break the WGAN",
        f"With the same weak networks, let the WGAN (B) cover at most {FEW} modes at some time between steps {EARLY}"
        " and 2000.",
        _WEAK_START,
        _on_the_same_networks(_WEAK_START, "B", lambda covered: covered <= FEW, EARLY, 2000),
    ),
)

LESSON = r"""
**Question.** You train a GAN and see two losses. Is it getting better? When would you stop?

**Watch** both lanes. They have the same networks, the same noise and the same minibatches; only the game differs. Look
at the losses first, then at the distance below them, which no loss has seen: SW1 is how far points must be carried to
become real ones, FD how different digits look to a third network. The last panel asks how well the two agree: the rank
correlation of minus D's loss with the distance, and how much chance alone would reach. Neighbouring measurements
resemble each other, so thirty of them count as few, and the band of chance is wide.

**Why.** With the best D, the standard GAN's loss says
$\log 2-\tfrac12 L_D=\mathrm{JS}(p,q)$, and the critic's

$$-L_D=\mathbb E_p D-\mathbb E_q D=K\,W_1(p,q),$$

$K$ being its slope. JS is nearly flat where the two hardly overlap, and a D that is not the best says something else
altogether. $W_1$ grows with the distance. So the WGAN's loss tracks quality, but **only near the optimal critic, and up
to a scale**: with another penalty, the same distance has another loss. That is what its extra steps buy, at several
times the price. See *What it costs*.

The usual story ends: where the architecture is weak, the standard GAN fails and the WGAN does not. Here that is half of
it. With four layers of 16 units, sixteen of sixteen seeds of the GAN ended on at most 3 modes. But batch norm in G
brought it to 7 or 8 in six of six, and a slope penalty on D to 8 in four of four, and then its loss told, too.

**Try next.** Load those presets one after another; then *A penalty too strict*, where the WGAN is the one that fails.
Play *When would you stop?* with each.
"""


def code(config: ContestConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    algorithm = dict.fromkeys(function for lane in config.lanes().configs for function in iteration(lane))
    nets = (DigitTrainer.networks, constant_width) if config.on_digits else (MLP.forward, MLP.backward, MLP.signals)
    judged = (Record.add_quality, agreement, *(() if config.on_digits else (SlicedW1.__call__,)))
    return (ContestTrainer.phases, *algorithm, *nets, *judged)


LAB = Lab(
    slug="wgan-vs-gan",
    title="The race",
    chapter="GAN against WGAN",
    question="Whose loss tells you when to stop?",
    summary="A standard GAN and a WGAN side by side, on the same data: who learns, and whose loss can be believed.",
    lesson=LESSON,
    Config=ContestConfig,
    build=ContestTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=THUMBNAIL,
    thumbnail_steps=1500,
    code=code,
    challenges=CHALLENGES,
    place=3,
)
