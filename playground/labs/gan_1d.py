"""A GAN on the line, where nothing is hidden: the exact law of G, the exact best D, exact distances.

Real numbers come from a density p that neither player knows. The generator turns a number z of noise into a number
G(z). As z has a known law, so has G(z), and the page computes it from G's curve, without drawing a sample:

    q(x) = sum over all z with G(z) = x of  phi(z) / |G'(z)|                                        (1)

With q there is the best judge that this G can have, and what D can at most find out:

    D*(x) = p(x) / (p(x) + q(x)),   max_D V(D, G) = 2 JS(p, q) - log 4                              (2)

On the line there is also one best way to make p out of noise without two paths that cross,

    T(z) = F_p^-1(Phi(z))                                                                           (3)

so what G should look like is known, up to a mirror: T(-z) makes the same numbers.

References: Goodfellow et al. 2014 (2), Villani 2003 (3). The game itself stands in `playground.gan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.core import (
    Axis,
    Band,
    Challenge,
    Curve,
    Diagnosis,
    Histogram,
    History,
    Lab,
    Preset,
    Rule,
    Series,
    Verdict,
    View,
)
from playground.gan.code import iteration, perceptrons
from playground.gan.line import LineTrainer
from playground.gan.line_knobs import DRAWING, LineConfig
from playground.gan.views import LOSSES
from playground.line_theory import LineGauge
from playground.theory import d_star, jensen_shannon, kullback_leibler, pushforward
from playground.transport import w1_cumulative

VIEWS = (
    View(
        "distribution",
        "What is real, what G makes",
        "Columns: the real numbers, and 2000 that G makes of the same noise each time. Lines: both densities, computed"
        " and not sampled; with more noise G's is estimated from 4096 numbers. What is higher than four times p is cut"
        " off.",
        (
            Histogram("real", "real", "columns", "real"),
            Histogram("generated", "generated", "columns", "generated"),
            Curve("density p", "theory", "x", "p", dashed=True),
            Curve("density q", "generated", "x", "q"),
            Curve("q without averaging", "noise", "x", "q of G itself", off=True),
        ),
        x=Axis("x"),
        y=Axis("density", 0),
        column="world",
        switches=True,
    ),
    View(
        "generator",
        "G turns noise into numbers",
        "Dashed: the best curve there is, or its mirror image, which is as good: the one that G is nearer to. With more"
        " noise no curve is best, and G is shown along its first number, the others at 0.",
        (Curve("best map", "theory", "z", "T(z)", dashed=True), Curve("G(z)", "generated", "z", "G(z)")),
        x=Axis("z"),
        y=Axis("x"),
        column="world",
        wide=False,
    ),
    View(
        "discriminator",
        "What D believes, and what it should",
        "Dashed: the best D against the G of this moment (not against its moving average). Of several numbers at once"
        " D is shown where all of them are x, and the best D is only known for a perfect G, which leaves it undecided.",
        (
            Rule("if G were perfect", "theory", "d_even"),
            Curve("D*(x)", "theory", "x", "D*(x)", dashed=True),
            Curve("D(x)", "discriminator", "x", "D(x)"),
        ),
        x=Axis("x"),
        y=Axis("D(x)", 0, 1, soft=True),
        column="world",
        wide=False,
    ),
    LOSSES,
    View(
        "distance",
        "How far G's numbers must be carried",
        "W1, the mean distance between G's numbers and real ones in the best pairing, in standard deviations. The band:"
        " perfect generators that know no more than the real points seen, in 90 of 100 cases.",
        (Band("luck of the points", "noise", "w1_low", "w1_high"), Series("W1 / sd", "generated", "w1")),
        x=Axis("step"),
        y=Axis("W1 / sd", log=True),
    ),
    View(
        "divergences",
        "KL and JS",
        "Both in nats (natural units of information, 1.44 bits each), on bins. JS is all that D can find out. A bin"
        " that G never meets counts as if it met it once in 10^9: KL would be infinite. The bands are again perfect"
        " generators.",
        (
            Band("luck: KL", "noise", "kl_low", "kl_high"),
            Band("luck: JS", "noise", "js_low", "js_high"),
            Series("KL(p‖q)", "real", "kl"),
            Series("JS", "discriminator", "js"),
        ),
        x=Axis("step"),
        y=Axis("nats", log=True),
    ),
    View(
        "gap",
        "How far D is from D*",
        "The distance |D − D*|, on average over real and generated numbers, and the largest anywhere. Of several"
        " numbers at once: how much two of them correlate, and how much independent ones do by luck.",
        (
            Rule("independent numbers", "theory", "tie_floor"),
            Series("largest", "noise", "d_gap_max"),
            Series("mean", "discriminator", "d_gap"),
            Series("correlation", "generated", "tie"),
        ),
        x=Axis("step"),
        y=Axis("|D − D*|", log=True),
    ),
)

SPOTLIGHT = {
    "G samples": ("real", "generated", "density q", "G(z)"),
    "D scores": ("real", "generated", "D(x)", "D*(x)"),
    "D update": ("D(x)", "D*(x)", "D"),
    "G gradient": ("D(x)", "generated"),
    "G update": ("G(z)", "best map", "generated", "density q", "G"),
}

THUMBNAIL = View(
    "thumbnail",
    "After 2000 steps",
    "what is real and, as a line, what G makes of noise.",
    (Histogram("real", "real", "columns", "real"), Curve("density q", "generated", "x", "q")),
    x=Axis("x"),
    y=Axis("density", 0),
)

# --- what is going on ------------------------------------------------------------------------------------

RECENT = 1000  # steps in which swings are counted ...
START = 500  # ... but not the first ones, in which G may go to and fro on its way
SWING = 0.25  # standard deviations: how far G's mean must go to each side for a swing
RESTLESS = 0.2  # and how far off it must be in the root mean square
ENDS = {  # the values that a head cannot leave
    "selu": (-1.7581, np.inf),
    "elu": (-1.0, np.inf),
    "relu": (0.0, np.inf),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}


def diagnose(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on what is going on; every number in it is measured on the model."""
    if trainer.step_count == 0:
        return _before(trainer, now)
    for look in (_standing, _walled_in, _swinging, _silenced, _tied, _forgetful):
        found = look(trainer, now, history)
        if found:
            return found
    return _distance(trainer, now)


def _before(trainer: LineTrainer, now: Mapping[str, float]) -> Diagnosis:
    c = trainer.config
    if c.target == "own" and c.own_law() is None:
        return Diagnosis("This drawing cannot be read, so a shape of ours stands in for it: draw yours again.", "warn")
    if c.target == "own" and c.own == DRAWING:
        return Diagnosis("This shape is ours until you draw your own, with the button beside the knobs. Press Play.")
    return Diagnosis(
        f"Nobody has learned anything yet: G's numbers spread over {now['spread']:.2f} of the real standard deviation."
        f" To make real ones of them, each has to move by {now['w1']:.2f} of it on average. Press Play."
    )


def _standing(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    if trainer.config.frozen == "D":
        return Diagnosis(
            f"D stands still, and G goes where this D is high, whether or not anything real is there: W1 is"
            f" {now['w1']:.3f} standard deviations."
        )
    if trainer.config.frozen == "G" and trainer.has_optimum:
        near = now["d_gap"] <= 0.01
        return Diagnosis(
            f"G stands still and D becomes the best judge of it: D is {now['d_gap']:.4f} from D* on average,"
            f" {now['d_gap_max']:.3f} at most" + (". There is nothing more to find out." if near else "."),
            "good" if near else "calm",
        )
    if trainer.config.frozen == "G":
        return Diagnosis("G stands still, and D learns all there is to know about it.")
    return None


def _walled_in(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    """Where the head of G ends before the real numbers do."""
    low, high = ENDS.get(trainer.config.head_g, (-np.inf, np.inf))
    middle, unit = trainer.units
    below, above = trainer.target.cumulative(np.array([low, high]) * unit + middle)
    beyond = float(below + 1 - above)
    if beyond < 0.02:
        return None
    ends = " and ".join(f"{end * unit + middle:.2f}" for end in (low, high) if np.isfinite(end))
    return Diagnosis(
        f"G's {trainer.config.head_g} head ends at {ends}, and {beyond:.0%} of the real numbers lie beyond: no training"
        f" can reach them. W1 is {now['w1']:.3f} standard deviations.",
        "warn",
    )


def _swinging(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    since = max(trainer.step_count - RECENT, START)
    centre = history.column("centre")[history.column("step") > since]
    count = swings(centre)
    if count < 2 or np.sqrt(np.mean(centre**2)) < RESTLESS:
        return None
    return Diagnosis(
        f"The players chase each other: G's mean has swung from side to side {count} times since step {since},"
        f" by up to {np.abs(centre).max():.2f} standard deviations.",
        "warn",
    )


def swings(centre: np.ndarray) -> int:
    """How often G's mean has gone from well below the real one to well above it, or back."""
    far = np.sign(centre)[np.abs(centre) > SWING]
    return int(np.count_nonzero(np.diff(far)))


def _silenced(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    if not trainer.game.has_optimum or now["w1"] < 0.3 or now["d_loss"] > 0.1:
        return None
    silent = trainer.config.loss == "minimax"
    return Diagnosis(
        f"D wins: its loss is {now['d_loss']:.1e}, it tells every number of G from a real one. G's gradient has the"
        f" length {now['g_norm']:.1e}"
        + (": the minimax loss is flat where D is sure. Try the non-saturating one." if silent else "."),
        "warn",
    )


def _tied(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    if trainer.dim == 1:
        return None
    c, tied = trainer.config, now["tie"] > 3 * now["tie_floor"]
    words = (
        f"Two of the {c.numbers} numbers of a sample correlate by {now['tie']:.3f} on average; independent ones would"
        f" by {now['tie_floor']:.3f}. One by one they are {now['w1']:.3f} standard deviations from real."
    )
    more = f" {c.numbers} numbers cannot be independent if G starts from {c.latent}."
    return Diagnosis(words + (more if tied and c.latent + c.bits < c.numbers else ""), "calm" if tied else "good")


def _forgetful(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Diagnosis | None:
    least = now.get("least_bump", 1.0)
    if least > 0.5 or now["w1"] < 0.05:
        return None
    best = ""
    if trainer.has_optimum and not trainer.config.flipping:
        best = (
            f" The best D says {trainer.alpha / (1 + least):.2f} there, so that G will be drawn to it."  # p / (p + q)
        )
    return Diagnosis(
        f"The bump that G serves least gets {least:.0%} of what it should.{best} W1 is {now['w1']:.3f} standard"
        " deviations."
    )


def _distance(trainer: LineTrainer, now: Mapping[str, float]) -> Diagnosis:
    c, w1, luck = trainer.config, now["w1"], now["w1_high"]
    judge = f", and D is {now['d_gap']:.3f} from D*" if trainer.has_optimum else ""
    tired = " The learning rates have decayed, so that knobs do little now: Reset to try others."
    if w1 <= luck:
        return Diagnosis(
            f"G's numbers are {w1:.3f} standard deviations from real ones, no more than the luck of {c.points} points"
            f" ({luck:.3f}){judge}." + (tired if c.decay != "none" and trainer.step_count >= c.horizon else ""),
            "good",
        )
    where = ""
    if abs(now["centre"]) >= 0.1:
        where = f" Their mean is {abs(now['centre']):.2f} too far {'right' if now['centre'] > 0 else 'left'}."
    elif abs(now["spread"] - 1) >= 0.05:
        where = f" They are {now['spread']:.2f} times as wide as the real ones."
    return Diagnosis(
        f"G's numbers are {w1:.3f} standard deviations from real ones; luck reaches {luck:.3f}{judge}.{where}"
    )


# --- challenges ------------------------------------------------------------------------------------------

NEAR, FAR_FROM, CLOSE_TO, MOVES = 0.03, 0.3, 0.1, 500
FAR_GOAL = 0.03


def check_follow(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """D within NEAR of D* at every measurement while G comes from FAR_FROM to CLOSE_TO, in at least MOVES moves."""
    if not trainer.has_optimum:
        return Verdict("open", "With these settings there is no D* to keep to.")
    if (trainer.config.target, trainer.config.numbers) != ("normal", 1):
        return Verdict("open", "The target must stay: one number from a normal distribution.")
    gap, w1, moves = (np.append(history.column(name), now[name]) for name in ("d_gap", "w1", "g_moves"))
    lost = np.flatnonzero(gap > NEAR)
    first = int(lost[-1]) + 1 if lost.size else 0  # from here on D has kept to D*
    far = first + np.flatnonzero(w1[first:] >= FAR_FROM)
    home = w1[-1] <= CLOSE_TO
    if far.size:
        start = int(far[0])
        made = int(moves[-1] - moves[start])
        if home and made >= MOVES:
            words = f"In {made} steps G came from W1 = {w1[start]:.2f} to {w1[-1]:.2f}, D never {NEAR} away."
            return Verdict("met", words)
        return Verdict(
            "open", f"D has kept within {NEAR} for {made} steps of G; W1 from {w1[start]:.2f} to {w1[-1]:.2f}."
        )
    if home:
        return Verdict(
            "missed", f"G is there, W1 = {w1[-1]:.2f}, but D was up to {gap.max():.2f} away. Reset to try again."
        )
    return Verdict("open", f"D is {gap[-1]:.3f} from D*, and W1 is {w1[-1]:.2f}: let D learn before G comes too close.")


def check_far(trainer: LineTrainer, now: Mapping[str, float], history: History) -> Verdict:
    """W1 / sd at most FAR_GOAL on bumps that are at least as far apart as at the start."""
    c = trainer.config
    if c.target != "far apart" or c.gap < FAR_START.gap or not trainer.exact:
        return Verdict("open", f"The target must stay: bumps {FAR_START.gap:g} apart, one number from one of noise.")
    recent = history.column("w1")[history.column("step") > trainer.step_count - SETTLED]
    worst = max(now["w1"], *recent, 0.0)
    if trainer.step_count > FAR_STEPS:
        return Verdict(
            "missed", f"After {FAR_STEPS} steps W1 was still above {FAR_GOAL} at times. Turn a knob and Reset."
        )
    if trainer.step_count >= SETTLED and worst <= FAR_GOAL:
        return Verdict("met", f"For {SETTLED} steps W1 has stayed below {worst:.4f} standard deviations.")
    return Verdict("open", f"Now {now['w1']:.3f}; in the last {SETTLED} steps up to {worst:.3f}.")


SETTLED, FAR_STEPS = 500, 4000
FAR_START = LineConfig(target="far apart")

CHALLENGES = (
    Challenge(
        "A judge who keeps up",
        f"Bring G from W1 / sd of {FAR_FROM} to {CLOSE_TO} in {MOVES} of its steps or more, with D within {NEAR} of"
        " D* on average all the way.",
        LineConfig(target="normal", ema=0.0, decay="none"),
        check_follow,
    ),
    Challenge(
        "Two far bumps",
        f"Get W1 / sd of the far bumps to {FAR_GOAL} and keep it there for {SETTLED} steps, within {FAR_STEPS} steps.",
        FAR_START,
        check_far,
    ),
)

# --- presets, lesson, code -------------------------------------------------------------------------------

_BARE: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none"}

SETTINGS = {
    "Two bumps": Preset(
        LineConfig(),
        "G has to tear its noise in two: half of it goes left, half right. Within 2000 steps W1 falls below a twentieth"
        " of the standard deviation.",
    ),
    "A normal distribution": Preset(
        LineConfig(target="normal"),
        "Noise and target have the same shape, so the best map is a straight line. G finds it, or its mirror image.",
    ),
    "Three bumps": Preset(
        LineConfig(bumps=3),
        "Two steep steps with a flat stair between them. The bump in the middle has neighbours on both sides.",
    ),
    "Far apart": Preset(
        FAR_START,
        "The bumps are 24 of their own spreads away from each other. A continuous G cannot jump: what it leaves in"
        " between is never quite empty, and after 4000 steps W1 is still above the band.",
    ),
    "Freeze G: D becomes D*": Preset(
        LineConfig(
            target="normal", frozen="G", r1=0.0, ema=0.0, instance_noise=0.3, batch=512, decay="cosine", horizon=3000
        ),
        "G stands still, untrained, and D learns all there is to know of it: its curve lies down on the dashed one"
        " within 3000 steps. Noise on all that D sees keeps p and q from ending abruptly.",
    ),
    "Vanishing gradient": Preset(
        LineConfig(
            target="normal",
            mu=10.0,
            sigma=0.3,
            standardise=False,
            loss="minimax",
            d_steps=5,
            lr_g=1e-4,
            r1=0.0,
            ema=0.0,
            decay="none",
        ),
        "The real numbers are far away and D knows it. Where D is sure the minimax loss is flat: G's gradient dies, and"
        " G stays where it is. Now choose the non-saturating loss.",
    ),
    "A long chase": Preset(
        LineConfig(target="normal", act_g="tanh", width_g=16, width_d=16, lr_g=5e-3, lr_d=5e-3, beta1=0.9, **_BARE),
        "Momentum carries both players past their goal: for thousands of steps G's mean swings from side to side, until"
        " G is stuck. Set the momentum to 0 and Reset.",
    ),
    "A head that cannot": Preset(
        LineConfig(target="normal", mu=-4.0, standardise=False, head_g="selu"),
        "G ends in SELU, which stops at −1.76, and the real numbers are about −4. No loss and no patience can help;"
        " a linear head does.",
    ),
    "Not standardised": Preset(
        LineConfig(target="normal", mu=20.0, standardise=False),
        "The real numbers are about 20, and the networks start near 0 and see them as they are. G overshoots, and for"
        " thousands of steps it does not find the right width; with Standardise it takes some hundreds.",
    ),
    "Four numbers at once": Preset(
        LineConfig(target="normal", numbers=4, latent=4),
        "A vector of four independent numbers, made from four numbers of noise, and D sees all of them. Now let G start"
        " from one number of noise: can the four still know nothing of each other?",
    ),
}

LESSON = r"""
**Question.** G bends noise into numbers that should look real. On the line we can compute everything that G and D are
looking for. How close do they come?

**Watch** the orange line $q$ find the dashed $p$, and G's curve find the dashed map. Its slope is the reason: where G
is steep, it spreads its noise thinly,

$$q(x)=\sum_{z:\,G(z)=x}\frac{\varphi(z)}{|G'(z)|}.$$

Between two bumps G should be infinitely steep. It cannot be: the little that is left there is what a G without
jumps has to pay.

**Why.** For the G of this moment the best judge is known,

$$D^*(x)=\frac{p(x)}{p(x)+q(x)}.$$

With it the value of the game is $2\,\mathrm{JS}(p,q)-\ln 4$, and no D has more. G follows the slope of D, so all that
it can learn is in D's curve: where D is far from $D^*$, G is told wrong things.

W1 counts how far numbers must be carried, so it falls while G comes nearer. JS only asks how much they overlap: far
apart it stands at $\ln 2$ and does not say whether G is getting closer.

**Try next.** Load *Freeze G*: D lies down on $D^*$. Load *Vanishing gradient*, wait until G's gradient is dead, and
change the loss. In *Four numbers at once* start G from 1 number of noise: can four numbers made from one be
independent? Draw a density that is hard for G, and look for the reason in the dashed map.
"""


def code(config: LineConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    exact = (LineTrainer.made, pushforward, LineTrainer.optimum, d_star, LineTrainer.gap)
    distances = (LineGauge.w1, w1_cumulative, kullback_leibler, jensen_shannon)
    return (*iteration(config), *perceptrons(config), *exact, *distances)


LAB = Lab(
    slug="gan-1d",
    title="GAN on the line",
    chapter="Adversarial games",
    question="How close do two networks come to what can be computed exactly?",
    summary="A GAN on the line: its exact law, its best judge and its best map, beside what the networks find.",
    lesson=LESSON,
    Config=LineConfig,
    build=LineTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    challenges=CHALLENGES,
    spotlight=SPOTLIGHT,
    compared=("distribution", "losses", "distance"),
)
