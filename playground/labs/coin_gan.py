"""The coin GAN: the smallest game in which two networks teach each other.

Nature tosses a coin, x = 1 (heads) with probability p. The generator G: z -> x turns normal noise z into
a toss and never sees the coin; it only hears what the discriminator D says of its tosses. A finished
toss is heads if G(z) >= 1/2, so what G has learned is one number,

    P_G = P(G(z) >= 1/2)                                                                            (1)

and of finished tosses the best possible judge says, with p_n the share of heads in the n tosses seen,

    D*(1) = p_n / (p_n + P_G),   D*(0) = (1 - p_n) / ((1 - p_n) + (1 - P_G))                        (2)

which is 1/2 for both exactly when P_G = p_n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import (
    Axis,
    Band,
    Bars,
    Curve,
    Diagnosis,
    History,
    Lab,
    Points,
    Preset,
    Rule,
    Series,
    Snapshot,
    Trail,
    View,
    knob,
)
from playground.data import coin
from playground.gan import GanConfig, GanTrainer
from playground.gan.code import iteration, perceptrons
from playground.gan.views import LOSSES
from playground.nets import MLP
from playground.theory import d_star, noisy_atoms, toss_error

EVEN_PROBES = 1024  # noise values with which P_G is measured, exact to .001; in more dimensions no grid is
SOBOL_PROBES = 4096  # as even, and low-discrepancy points are exact to .005
CURVE = 129  # points of a drawn curve


@dataclass(frozen=True)
class CoinConfig(GanConfig):
    p: float = knob(
        0.3,
        "How often nature's coin shows heads. G has to find this number without being told.",
        label="P(heads)",
        low=0.02,
        high=0.98,
        step=0.01,
    )
    tosses: int = knob(
        1024,
        "How many tosses of nature there are to learn from. From few, nobody can know p well.",
        label="Tosses of nature",
        low=16,
        high=65_536,
        log=True,
    )
    latent: int = knob(
        1,
        "How many numbers of noise G starts from. One is enough for a coin.",
        label="Noise dimensions",
        low=1,
        high=16,
        step=1,
        group="Generator",
    )
    width_g: int = knob(
        64,
        "Hidden units of G. Few can only make simple curves.",
        label="Width of G",
        low=1,
        high=256,
        log=True,
        group="Generator",
    )
    head: str = knob(
        "sigmoid",
        "What ends G: sigmoid keeps its values between 0 and 1; linear lets them run anywhere.",
        label="Output of G",
        options=("sigmoid", "linear"),
        group="Generator",
    )
    width_d: int = knob(
        32,
        "Hidden units of D. A narrow D cannot bend enough to judge.",
        label="Width of D",
        low=1,
        high=256,
        log=True,
        group="Discriminator",
    )


class CoinTrainer(GanTrainer):
    config: CoinConfig

    def draw_data(self) -> Tensor:
        return coin.tosses(self.config.tosses, self.config.p, self.generator)

    def networks(self) -> tuple[MLP, MLP]:
        c = self.config
        G = MLP((c.latent, c.width_g, 1), "relu", c.head, self.generator, self.device)
        D = MLP((1, c.width_d, 1), "relu", "linear", self.generator, self.device)
        return G, D

    @property
    def data(self) -> np.ndarray:
        return self.real.numpy(force=True)[:, 0].copy()

    @cached_property
    def seen_heads(self) -> float:
        """p_n: the share of heads among the tosses that there are to learn from."""
        return float(self.real.mean())

    @cached_property
    def probes(self) -> Tensor:
        """Noise spread evenly over the normal distribution, so that P_G carries little luck. (probes, latent)"""
        latent = self.config.latent
        if latent == 1:
            even = (torch.arange(EVEN_PROBES) + 0.5)[:, None] / EVEN_PROBES
        else:
            even = torch.quasirandom.SobolEngine(latent, scramble=True, seed=1).draw(SOBOL_PROBES)
        return torch.special.ndtri(even.double().clamp(1e-6, 1 - 1e-6)).float().to(self.device)

    @cached_property
    def axes(self) -> tuple[Tensor, Tensor]:
        """z along the first direction of noise, (CURVE, latent), and x for D's curve, (CURVE + 2, 1): 0 and 1 last."""
        z = torch.zeros(CURVE, self.config.latent)
        z[:, 0] = torch.linspace(-3, 3, CURVE)
        x = torch.linspace(*X_RANGE, CURVE)
        return z.to(self.device), torch.cat((x, torch.tensor([0.0, 1.0])))[:, None].to(self.device)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n tosses by G, as 0 and 1. Returns (n,)."""
        own = torch.Generator(self.device).manual_seed(seed)
        z = torch.randn(n, self.config.latent, generator=own, device=self.device)
        return (self.shown(z)[:, 0] >= 0.5).float().numpy(force=True)

    def scalars(self) -> dict[str, float]:
        made = float((self.shown(self.probes) >= 0.5).float().mean())  # (1)
        d_tails, d_heads = self.game.shown(self.D(self.axes[1][-2:]))[:, 0].tolist()
        return self._scalars(made, d_tails, d_heads)

    def _scalars(self, made: float, d_tails: float, d_heads: float) -> dict[str, float]:
        c, game = self.config, self.game
        error = toss_error(c.p, c.tosses)
        d_loss, g_loss = self.losses()
        numbers = {
            "d_loss": d_loss,
            "g_loss": g_loss,
            "p_true": c.p,
            "p_low": c.p - error,
            "p_high": c.p + error,
            "p_data": self.seen_heads,
            "p_generated": made,
            "gap": abs(made - c.p),
            "luck": error,
            "zero": 0.0,
            "d_tails": d_tails,
            "d_heads": d_heads,
            "lead": d_heads - d_tails,
        }
        if game.has_optimum:
            numbers["d_rest"] = game.d_rest(1 - c.smoothing)
        if game.g_rest is not None:
            numbers["g_rest"] = game.g_rest(1 - c.smoothing)
        return numbers

    def snapshot(self) -> Snapshot:
        z, x = self.axes
        shown = self.shown(torch.cat((self.probes, z)))[:, 0]  # one pass for both
        outputs = shown[: len(self.probes)].numpy(force=True)
        d = self.game.shown(self.D(x))[:, 0].numpy(force=True)
        scalars = self._scalars(float((outputs >= 0.5).mean()), float(d[-2]), float(d[-1]))
        x_axis = x[:CURVE, 0].numpy(force=True)
        arrays = {
            "coin/true": np.array([scalars["p_true"]]),
            "coin/data": np.array([scalars["p_data"]]),
            "coin/generated": np.array([scalars["p_generated"]]),
            "z": z[:, 0].numpy(force=True).copy(),
            "G(z)": shown[len(self.probes) :].numpy(force=True).copy(),
            "x": x_axis.copy(),
            "D(x)": d[:CURVE].copy(),
            "D at tosses": np.array([[0.0, d[-2]], [1.0, d[-1]]]),
        }
        return Snapshot(self.step_count, scalars, arrays | self._optimum(x_axis, outputs, scalars["p_generated"]))

    def _optimum(self, x: np.ndarray, outputs: np.ndarray, made: float) -> dict[str, np.ndarray]:
        """D*: at finished tosses (2), and, where instance noise gives both a density, along the whole axis."""
        c, n = self.config, self.seen_heads
        if not self.game.has_optimum:
            return {"D* at tosses": np.full((2, 2), np.nan), "D*(x)": np.full(CURVE, np.nan)}
        alpha = 1 - c.smoothing
        faces = d_star(np.array([1 - n, n]), np.array([1 - made, made]), alpha)
        curve = np.full(CURVE, np.nan)
        if c.instance_noise:
            nature = noisy_atoms(x, np.array([0.0, 1.0]), np.array([1 - n, n]), c.instance_noise)
            some = outputs[:: len(outputs) // CURVE]
            ours = noisy_atoms(x, some, np.full(len(some), 1 / len(some)), c.instance_noise)
            curve = d_star(nature, ours, alpha)
        return {"D* at tosses": np.column_stack(([0.0, 1.0], faces)), "D*(x)": curve}


X_RANGE = (-0.25, 1.25)

VIEWS = (
    View(
        "coin",
        "The coin",
        "How often heads come up: for the coin itself, in the tosses seen, and for G. The band is the luck of that"
        " many tosses: in 95 of 100 cases their share of heads falls into it.",
        (
            Band("luck of the tosses", "noise", "p_low", "p_high"),
            Bars("nature's coin", "theory", "coin/true", ("heads",)),
            Bars("tosses seen", "real", "coin/data", ("heads",)),
            Bars("generated", "generated", "coin/generated", ("heads",)),
        ),
        y=Axis("P(heads)", 0, 1),
        column="world",
    ),
    View(
        "generator",
        "G turns noise into tosses",
        "Where the curve lies above 1/2 the toss is heads; z near 0 is common, z near 3 is rare.",
        (Rule("heads above", "theory", 0.5), Curve("G(z)", "generated", "z", "G(z)")),
        x=Axis("z", -3, 3),
        y=Axis("G(z)", 0, 1, soft=True),
        column="world",
        wide=False,
    ),
    View(
        "discriminator",
        "What D believes",
        "High where D thinks that a toss is nature's. The grey marks are the best possible judge of finished tosses.",
        (
            Curve("D*(x)", "theory", "x", "D*(x)", dashed=True),
            Curve("D(x)", "discriminator", "x", "D(x)"),
            Points("best judge", "theory", "D* at tosses"),
            Points("of tosses", "discriminator", "D at tosses"),
        ),
        x=Axis("x: 0 tails, 1 heads", *X_RANGE),
        y=Axis("D(x)", 0, 1, soft=True),
        column="world",
        wide=False,
    ),
    LOSSES,
    View(
        "gap",
        "Distance to the coin",
        "How far P_G is from p. Inside the band it is as close as the tosses allow.",
        (Band("luck of the tosses", "noise", "zero", "luck"), Series("|P_G - p|", "generated", "gap")),
        x=Axis("step"),
        y=Axis("|P_G - p|", 0, 0.1, soft=True),
    ),
    View(
        "phase",
        "The chase",
        "Each player answers the other: a path that comes to rest is peace, one that goes round and round a chase.",
        (
            Rule("p", "theory", "p_true", "x"),
            Rule("no preference", "theory", 0.0),
            Trail("path", "discriminator", "p_generated", "lead"),
        ),
        x=Axis("P_G", 0, 1),
        y=Axis("D(1) - D(0)", -0.1, 0.1, soft=True),
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "P_G over the first 2000 steps",
    "how often G gives heads; dashed: how often the coin does.",
    (Rule("p", "theory", "p_true"), Series("P_G", "generated", "p_generated")),
    x=Axis("step"),
    y=Axis("P_G", 0, 1),
)


def diagnose(trainer: CoinTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on what is going on; every number in it is on the page."""
    made, tails, heads = now["p_generated"], now["d_tails"], now["d_heads"]
    if trainer.step_count == 0:
        return Diagnosis(
            f"Nobody has learned anything yet: G gives heads in {made:.0%} of its tosses, the coin in"
            f" {now['p_true']:.0%}. Press Play; pull the speed down to follow each move."
        )
    recent = history.column("step") > trainer.step_count - RECENT
    flips = _flips(history.column("p_generated")[recent])
    if flips >= 2:
        return Diagnosis(
            f"The players chase each other: G has gone from one face to the other {flips} times in the last"
            f" {RECENT} steps. As soon as D has learned to distrust one face, G shows the other.",
            "warn",
        )
    if trainer.game.has_optimum and now["d_loss"] < 0.1:
        return Diagnosis(
            f"D wins: its loss is {now['d_loss']:.3f}, it tells every generated value from a real toss."
            + (" With the minimax loss G feels almost nothing now." if trainer.config.loss == "minimax" else ""),
            "warn",
        )
    rest = (1 - trainer.config.smoothing) / 2
    if made in (0.0, 1.0):
        face, score, other = ("tails", tails, heads) if made == 0 else ("heads", heads, tails)
        scores = f"it scores {face} {score:.2f}, the other face {other:.2f}"
        notice = f"D would reward the other face: {scores}." if score < other - 0.02 else f"D does not mind: {scores}."
        return Diagnosis(f"G shows nothing but {face}. {notice}", "warn")
    gaps = history.column("gap")[history.column("step") > trainer.step_count - SETTLED]
    near = max(now["gap"], *gaps, 0) <= now["luck"]
    if not trainer.game.has_optimum:
        return _diagnose_critic(now, near)
    undecided = abs(tails - rest) < 0.05 and abs(heads - rest) < 0.05
    if undecided and near:
        c = trainer.config
        tired = " The learning rates have decayed to 2 %, so that knobs do little now: Reset to try others."
        return Diagnosis(
            f"D can no longer tell them apart (D = {tails:.2f} and {heads:.2f}), and P_G = {made:.3f} is within the"
            f" luck of {c.tosses} tosses ({now['luck']:.3f}) of p = {c.p:g}: this is the equilibrium."
            + (tired if c.decay != "none" and trainer.step_count >= c.horizon else ""),
            "good",
        )
    if undecided and now["gap"] > now["luck"]:
        return Diagnosis(
            f"D says {rest:.2f} to everything, but P_G = {made:.3f} is {now['gap']:.3f} off, and luck reaches"
            f" {now['luck']:.3f}:"
            " an undecided D is not yet a perfect G."
        )
    face, more = ("heads", heads) if heads > tails else ("tails", tails)
    return Diagnosis(
        f"D trusts {face} more (D({int(heads > tails)}) = {more:.2f}), so G is drawn to {face};"
        f" now P_G = {made:.2f}, and the coin has {now['p_true']:g}."
    )


def _diagnose_critic(now: Mapping[str, float], near: bool) -> Diagnosis:
    if near:
        return Diagnosis(
            f"P_G = {now['p_generated']:.3f} is within the luck of the tosses ({now['luck']:.3f})"
            f" of p = {now['p_true']:g}.",
            "good",
        )
    face = "heads" if now["lead"] > 0 else "tails"
    return Diagnosis(
        f"The critic values {face} higher, by {abs(now['lead']):.2f}, and draws G there:"
        f" P_G = {now['p_generated']:.2f}, and the coin has {now['p_true']:g}."
        " A critic's values have no scale of their own."
    )


RECENT = 1500  # steps in which flips are counted
SETTLED = 300  # steps that P_G must have been near the coin: passing by is no equilibrium


def _flips(made: np.ndarray) -> int:
    """How often P_G has gone from below .1 to above .9 or back."""
    ends = np.sign(made - 0.5)[np.abs(made - 0.5) > 0.4]
    return int(np.count_nonzero(np.diff(ends)))


_BARE: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none", "lr_g": 1e-3, "lr_d": 1e-3, "beta1": 0.9}

SETTINGS = {
    "Cured by a slope penalty": Preset(
        CoinConfig(),
        "D may not be steep, so it cannot chase G from one face to the other. P_G settles within a few hundred"
        " steps and stays inside the band.",
    ),
    "Cured by instance noise": Preset(
        CoinConfig(r1=0.0, instance_noise=0.3, batch=256),
        "Everything D sees is blurred, so its curve has a slope everywhere and G always knows where to go."
        " Compare D's curve with the dashed best one.",
    ),
    "Bare-bones": Preset(
        CoinConfig(**_BARE, batch=32, head="linear", seed=2),
        "The textbook loop and nothing else. P_G swings between 0 and 1 for thousands of steps: a chase, not an"
        " equilibrium.",
    ),
    "D too strong": Preset(
        CoinConfig(
            loss="minimax",
            r1=0.0,
            ema=0.0,
            decay="none",
            lr_g=1e-4,
            lr_d=1e-2,
            d_steps=10,
            width_d=128,
            seed=10,
        ),
        "D moves ten times for each move of G and soon knows every generated value. The minimax loss is flat there:"
        " G feels nothing and stands still, far from the coin. Now raise the slope penalty to 0.1 while it runs.",
    ),
    "Unfair coin, .7": Preset(
        CoinConfig(p=0.7), "The same cure for the opposite coin: nothing in G or D knows which face is favoured."
    ),
    "Fair coin": Preset(
        CoinConfig(p=0.5),
        "Neither face is commoner than the other, so a favourite face is always wrong. P_G goes to 1/2.",
    ),
}

LESSON = r"""
**Question.** G turns noise into tosses of a coin that it never sees. D sees tosses and says how likely each is to be
nature's. Can G find the coin from D's answers alone?

**Watch**, at a low speed, how the orange bar finds the blue one, and how D's curve bends and goes flat again. Where D
scores heads higher than tails, G makes more heads; then heads are no longer special, and D turns. *The chase* draws
this: to the right G makes more heads, upwards D prefers heads.

G makes numbers between 0 and 1, and D sees those; only we round them to tosses. So D can also tell a .7 from a toss.

**Why.** Both play for the same value,

$$V(D,G)=\mathbb{E}_{x\sim p}\,\log D(x)+\mathbb{E}_{z}\,\log\bigl(1-D(G(z))\bigr).$$

For a fixed G the best judge of finished tosses is

$$D^*(x)=\frac{p(x)}{p(x)+P_G(x)},$$

the grey marks. It is ½ for both faces only when $P_G=p$, the share of heads in the tosses seen; then D's loss is
$2\ln 2\approx1.386$ and G's $\ln 2\approx0.693$, the dashed lines. But ½ alone proves nothing: a D too weak to judge
says ½ as well, so look at the distance, too.

With the non-saturating loss, the recommended one, G does not minimise $V$. It maximises $\log D(G(z))$: the same
resting point, with a gradient that does not vanish where D is sure.

**Try next.** Load *Bare-bones*, press Play, and wait for the swings. Then raise the slope penalty to 1 while it runs.
Load *D too strong*, play, and choose the non-saturating loss: G moves again, but where to? Reset, and raise the slope
penalty to 0.1 instead. Take 32 tosses: how far from p may a perfect G end?
"""


def code(config: CoinConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    return (*iteration(config), *perceptrons(config))


LAB = Lab(
    slug="coin-gan",
    title="Coin GAN",
    chapter="Adversarial games",
    question="Can two networks learn a coin that one of them has never seen?",
    summary="Two tiny networks fight over a coin: the whole of adversarial training in one number.",
    lesson=LESSON,
    Config=CoinConfig,
    build=CoinTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=("D", "G"),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    compared=("coin", "losses", "gap"),
)
