"""The well-known tricks of training GANs: what each changes, when it should help, and the knobs that it sets.

What it does to a game is not said here but measured: `effects.py` reads what `benchmarks/tricks.py` has found, in two
games on the ring of eight. The bare one has nothing that keeps it calm, and fails for about every third seed. The
healthy one is what the page recommends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.core.knobs import Value
from playground.effects import Effect, effect, run_key
from playground.gan.tricks import AS_G, MIXED, ClinicConfig

BASES: dict[str, ClinicConfig] = {
    "bare": ClinicConfig(r1=0.0, ema=0.0, decay="none", scale_d=1.0, beta1=0.5),
    "healthy": ClinicConfig(),
}


@dataclass(frozen=True)
class Trick:
    """before, after: what it changes, as LaTeX; on, off: the knobs with and without it; why: what it is for."""

    name: str
    before: str
    after: str
    on: Mapping[str, Value]
    off: Mapping[str, Value]
    helps: str  # when it should, and why
    fails: str  # when it does not
    source: str

    def config(self, base: str, *, on: bool) -> ClinicConfig:
        changes: Mapping[str, Any] = self.on if on else self.off
        return dataclasses.replace(BASES[base], **changes)

    def key(self, base: str, *, on: bool) -> str:
        """Of the run in `effects.measured`. A knob that has its value already is no change."""
        return run_key(base, self.config(base, on=on).changes(BASES[base]))

    def effect(self, base: str, measure: str) -> Effect:
        return effect(measure, self.key(base, on=True), self.key(base, on=False))

    def is_on(self, config: Any) -> bool:
        return all(getattr(config, name) == value for name, value in self.on.items())


TRICKS: dict[str, Trick] = {
    "normalised": Trick(
        "Normalised inputs and tanh",
        r"D(x), \quad G(z)",
        r"D\left(\tfrac{x - c}{r}\right), \quad G(z) = c + r \tanh(\ldots)",
        {"normalised": True},
        {"normalised": False},
        "Where the data lie far from zero, or are much larger or smaller than 1: both networks are drawn for inputs"
        " of about that size, and a young G then begins in the middle of the data. Set *Shift* to 3 in the healthy"
        " game: after 600 steps it has found 6 to 8 modes with the trick, and 1 to 4 without (sixteen seeds).",
        "The ring is about as large as [-1, 1] from the start, so there is nothing to normalise. And tanh reaches the"
        " ends of its range only with large scores: what lies at the edge of the data is the hardest to make.",
        "LeCun et al. 1998, Radford et al. 2016",
    ),
    "log-d": Trick(
        "Maximise log D",
        r"L_G = \mathbb{E} \log(1 - \sigma(D(G(z))))",
        r"L_G = -\mathbb{E} \log \sigma(D(G(z)))",
        {"loss": "non-saturating"},
        {"loss": "minimax"},
        "Where D is sure that a point is generated, sigma is near 0 and the first loss is flat: G hears nothing."
        " The second pulls with full strength there. Both rest at the same point.",
        "Where D is unsure, both pull about alike: a young G begins inside the ring, and D is never quite sure of"
        " it. And a strong pull towards what D likes best just now brings no lost mode back.",
        "Goodfellow et al. 2014",
    ),
    "sphere": Trick(
        "Noise on a sphere",
        r"z \sim U(-\sqrt{3}, \sqrt{3})^8",
        r"z = \sqrt{8}\, n / |n|, \quad n \sim N(0, I)",
        {"law": "sphere", "latent": 8},
        {"law": "uniform", "latent": 8},
        "Uniform noise has corners, where little of it lies and G learns late. On the sphere no direction is special,"
        " and a way along it passes only through noise that G has met.",
        "With few numbers of noise: in two dimensions the sphere is a circle, and G draws a closed curve. That is why"
        " both sides here have eight.",
        "White 2016",
    ),
    "separate": Trick(
        "Separate batches",
        r"\mu, \sigma^2 \text{ over } \{x_i\} \cup \{G(z_i)\}",
        r"\mu, \sigma^2 \text{ over } \{x_i\}, \text{ and over } \{G(z_i)\}",
        {"norm_d": "batch"},
        {"norm_d": MIXED},
        "Only with batch norms in D. Normed together, each score tells of the company that a point is in. D lives"
        " on that in its own turn; in G's turn there is no company, and what D has learned does not hold: G finds"
        " no mode at all.",
        "Normed apart, D cannot see where a batch as a whole lies, and for many seeds G's points drift away"
        " without end. On the ring a D without any norm does better than both: choose *none*.",
        "Ioffe and Szegedy 2015, Chintala et al. 2016",
    ),
    "sparse": Trick(
        "No sparse gradients",
        r"\max(0, a) \text{ in } D",
        r"\max(0.2\, a, a) \text{ in } D",
        {"act_d": "leaky-relu"},
        {"act_d": "relu"},
        "Where a ReLU of D is off its slope is 0, and where many are off G hears next to nothing. The leaky one keeps"
        " a fifth of the slope everywhere.",
        "In a wide and shallow D enough units are on at every point, so that little is lost. It counts more in deep"
        " and narrow ones.",
        "Maas et al. 2013, Radford et al. 2016",
    ),
    "labels": Trick(
        "Soft and noisy labels",
        r"y_{\text{real}} = 1",
        r"y_{\text{real}} = 0.9, \quad \text{and } 5\,\% \text{ of all labels swapped}",
        {"smoothing": 0.1, "flipping": 0.05},
        {"smoothing": 0.0, "flipping": 0.0},
        "Where D is too sure. With a label of 0.9 its best answer stays finite, and wrong labels keep it from"
        " learning points by heart.",
        "Where D is not too sure there is nothing to cure. Softening the labels of generated points, too, would move"
        " the equilibrium: here only the real ones are soft.",
        "Salimans et al. 2016",
    ),
    "sgd": Trick(
        "Adam for G, SGD for D",
        r"\theta_D \leftarrow \theta_D - \eta\, \hat m / \sqrt{\hat v}",
        r"\theta_D \leftarrow \theta_D - 0.1\, m",
        {"optimiser_d": "sgd", "lr_sgd": 0.1},
        {"optimiser_d": AS_G, "lr_sgd": 0.1},
        "Where Adam carries D away: it makes steps of full length even of gradients that are next to nothing, SGD"
        " does not.",
        "Where gradients are small, SGD hardly moves, and its learning rate has to be found anew for every game: 0.1"
        " fits this one.",
        "Chintala et al. 2016",
    ),
    "replay": Trick(
        "Replay buffer",
        r"D \text{ sees } G_t(z)",
        r"D \text{ sees half } G_t(z), \text{ half } G_s(z),\ s < t",
        {"replay": 0.5},
        {"replay": 0.0},
        "Where the players chase each other: a D that also sees what G made before cannot forget it, so that G gains"
        " nothing by coming back to it.",
        "Where G only gets better: then what is replayed is worse than what G makes now, and D spends half of its"
        " attention on it.",
        "Shrivastava et al. 2017",
    ),
    "noise": Trick(
        "Instance noise",
        r"D(x), \quad D(G(z))",
        r"D(x + 0.1\, n), \quad D(G(z) + 0.1\, n')",
        {"instance_noise": 0.1},
        {"instance_noise": 0.0},
        "With normal n and n'. Where real and generated points hardly overlap, so that D can separate them perfectly:"
        " blurred, they overlap, and D has a slope between them.",
        "Noise of 0.1 is twice as wide as the modes. D then cannot see how wide they are, and G gets no finer than"
        " the blur lets D see.",
        "Sonderby et al. 2017",
    ),
    "scales": Trick(
        "Two time scales",
        r"\eta_D = \eta_G",
        r"\eta_D = 4\, \eta_G",
        {"lr_g": 1e-3, "lr_d": 4e-3},
        {"lr_g": 1e-3, "lr_d": 1e-3},
        "Where D lags behind G: G's direction is right only for the D that answers best to it.",
        "Where D keeps up already there is little to gain.",
        "Heusel et al. 2017",
    ),
    "penalty": Trick(
        "Gradient penalty",
        r"L_D",
        r"L_D + \tfrac{0.1}{2} \left(\mathbb{E} |\nabla D(x)|^2 + \mathbb{E} |\nabla D(G(z))|^2\right)",
        {"r1": 0.1},
        {"r1": 0.0},
        "Where the game turns around its equilibrium instead of reaching it: a D that is flat where it should be"
        " flat lets both come to rest.",
        "Too much of it makes D too flat to tell a mode from its surroundings. It also costs time: one more pass"
        " through D.",
        "Roth et al. 2017, Mescheder et al. 2018",
    ),
    "average": Trick(
        "Moving average of G",
        r"\text{show } \theta_G",
        r"\text{show } \bar\theta \leftarrow 0.995\, \bar\theta + 0.005\, \theta_G",
        {"ema": 0.995},
        {"ema": 0.0},
        "Where G circles around something good: the average is nearer to it than any single G. Training is not"
        " changed, only what is shown.",
        "Where G still jumps from mode to mode, the average of its weights makes no good generator, but something in"
        " between.",
        "Polyak and Juditsky 1992, Yazici et al. 2019",
    ),
}


def games() -> dict[str, ClinicConfig]:
    """All games that have to be played, by key."""
    wanted = {}
    for trick in TRICKS.values():
        for base in BASES:
            for on in (True, False):
                wanted[trick.key(base, on=on)] = trick.config(base, on=on)
    return wanted


def verdict(trick: Trick, base: str) -> str:
    """What was found in one of the games, in sentences with the numbers that decide."""
    found = trick.effect(base, "sw1")
    before, after = found.medians
    pairs = f"{found.won} of {found.won + found.lost}"
    if found.says == "luck":
        words = f"its effect on SW1 cannot be told from luck: nearer in {pairs} seeds (p = {plain_p(found.p)})"
    else:
        words = f"it {found.says}: SW1 is nearer in {pairs} seeds, {before:.3f} without and {after:.3f} with it"
    also = [part for measure in ("covered", "within") if (part := _also(trick.effect(base, measure), measure))]
    return " ".join((f"In the {base} game {words}.", *also))


def _also(found: Effect, measure: str) -> str:
    """A sentence on another measure, if more than luck is to be seen in it."""
    if found.says == "luck":
        return ""
    what, digits = {"covered": ("modes covered", ".1f"), "within": ("share within 3 sigma", ".0%")}[measure]
    (before, after), n = found.medians, len(found.with_it)
    seeds = f"better in {found.won} of {n} seeds and worse in {found.lost}"
    return f"The {what}: {before:{digits}} without, {after:{digits}} with it, {seeds}."


def plain_p(p: float) -> str:
    return f"{p:.2f}" if p >= 0.1 else f"{p:.1g}"
