"""Which model can do what: a map of generative models, and the same card for each of them.

Two questions sort them. Can the model **sample**: hand out a new x? And can it **answer p(x)**: say how likely a
given x is? A model with an explicit density writes p(x; theta) down; if its integral can be computed the answer is
exact, else it is a bound or lacks a constant. An implicit model only samples.

Every card has the same lines, because every model is the same three choices: a representation f(z; theta) that
turns noise z into x, an objective that says how far the model is from the data, and an optimiser that turns theta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["exactly", "a bound", "up to a constant", "no"]


@dataclass(frozen=True)
class Card:
    """One model. `sampling` and `density` answer the two questions briefly, `samples` and `answers` explain."""

    name: str
    sampling: str
    samples: str
    density: Answer
    answers: str
    representation: str
    objective: str
    optimiser: str
    labs: tuple[str, ...] = ()  # slugs of the labs in which it can be watched, where there are such labs


@dataclass(frozen=True)
class Family:
    """A branch of the map."""

    name: str
    says: str
    cards: tuple[Card, ...]


HISTOGRAM = Card(
    "Histogram and kernel density",
    "at once",
    "Yes, at once: pick a bin by its count, or pick one of the data and add kernel noise.",
    "exactly",
    "Exactly: the height of the curve at x. In more than a few dimensions nearly every bin is empty, so the answer is"
    " exact for the model and useless for the data.",
    r"$x=x_I+h\,z$ with $I$ one of the $n$ data, picked at random, and $z$ normal. There is no network:"
    r" the data themselves are $\theta$.",
    "The counts of a histogram are its maximum-likelihood heights: for the given bins they minimise"
    r" $\mathrm{KL}(p_\text{data}\,\|\,p_\theta)$. A kernel density minimises nothing; its width follows a rule.",
    "None. Counting is the whole solution.",
    ("sampling",),
)
AUTOREGRESSIVE = Card(
    "Autoregressive model",
    "one number after the other",
    "Yes, one component after the other: an image of 784 pixels takes 784 turns.",
    "exactly",
    r"Exactly, and quickly: $\log p(x)=\sum_i\log p(x_i\mid x_{<i})$, all terms in one pass.",
    r"$x_i=F_i^{-1}(z_i\mid x_{<i};\theta)$ with $z_i$ uniform: each component is drawn from what the network says of"
    " it, given those before.",
    r"Maximum likelihood, which is minimising $\mathrm{KL}(p_\text{data}\,\|\,p_\theta)$.",
    "Gradient steps (Adam) on minibatches: the gradient is unbiased.",
    ("autoregressive",),
)
FLOW = Card(
    "Normalising flow",
    "in one pass",
    "Yes, in one pass through the map; in some designs this direction is the slow one.",
    "exactly",
    r"Exactly: $p(x)=p_z(z)\,/\,|\det f'(z)|$ at $z=f^{-1}(x)$. The tab *Maps* does this with two maps.",
    r"$x=f(z;\theta)$ with $f$ invertible, so that $z$ has as many dimensions as $x$.",
    r"Maximum likelihood, which is minimising $\mathrm{KL}(p_\text{data}\,\|\,p_\theta)$.",
    "Gradient steps (Adam) on minibatches.",
)
VAE = Card(
    "Variational autoencoder",
    "in one pass",
    r"Yes, in one pass: $z$ from the prior, then $x$ from $p(x\mid z)$.",
    "a bound",
    r"From below only: the ELBO is $\log p(x)-\mathrm{KL}(q(z\mid x)\,\|\,p(z\mid x))$. Averaging over many $z$ comes"
    " closer to $p(x)$, at a price.",
    r"$x\sim p(x\mid f(z;\theta))$ with $z$ normal and of few dimensions.",
    r"The ELBO: up to a constant of the data, its negative is an upper bound on"
    r" $\mathrm{KL}(p_\text{data}\,\|\,p_\theta)$.",
    r"Adam on encoder and decoder together; $z=\mu+\sigma\varepsilon$ lets the gradient through the sampling.",
    ("vae",),
)
DIFFUSION = Card(
    "Diffusion model",
    "in many passes",
    "Yes, in tens to hundreds of passes: noise is taken away a little at a time.",
    "a bound",
    "From below, by a variational bound over all noise levels. Its deterministic twin, a differential equation with the"
    " same network, has a density that can be computed by integrating along the path.",
    r"$x=x_0$ at the end of a chain $x_{t-1}=f_t(x_t,z_t;\theta)$ that begins with pure noise $x_T$.",
    "Squared error of the predicted noise, at random noise levels. With one particular weighting of the levels this is"
    " the variational bound; the usual, even weighting is not, and looks better.",
    "Adam on minibatches, one random level for each example.",
    ("diffusion",),
)
ENERGY = Card(
    "Boltzmann machine, energy model",
    "by a long chain",
    "Only by a Markov chain that has to run long enough; nobody knows exactly how long.",
    "up to a constant",
    r"Ratios $p(x)/p(x')$ exactly, $p(x)$ itself not: the constant $Z=\int e^{-E}$ is out of reach.",
    r"$p(x;\theta)=e^{-E(x;\theta)}/Z(\theta)$: no map from noise; the chain plays its part.",
    r"$\mathrm{KL}(p_\text{data}\,\|\,p_\theta)$, with a gradient that needs samples of the model: short chains make it"
    " approximate (contrastive divergence).",
    "Stochastic gradient steps with an estimated gradient.",
)
GAN = Card(
    "GAN",
    "in one pass",
    "Yes, in one pass.",
    "no",
    "No. G makes tosses but cannot say how likely heads are: in the coin lab P_G is counted from what G makes."
    r" An optimal D knows the ratio to the data, $p/p_G=D/(1-D)$.",
    r"$x=G(z;\theta)$, any network, with $z$ of any dimension.",
    r"Set by a second network. At the optimal D the minimax loss is $2\,\mathrm{JS}-\log4$; the non-saturating loss has"
    r" another gradient, that of $\mathrm{KL}(p_G\,\|\,p)-2\,\mathrm{JS}$.",
    "Two Adams in turn, one a player: a game that need not settle, not the descent of one function.",
    ("coin-gan", "gan-1d", "gan-2d", "mnist-gan"),
)
WGAN = Card(
    "Wasserstein GAN",
    "in one pass",
    "Yes, in one pass.",
    "no",
    "No. The critic's values have no scale and no zero of their own.",
    r"$x=G(z;\theta)$, any network.",
    r"$W_1(p,p_G)$, the least work that moves one into the other, as the best critic of slope at most 1 measures it."
    " Another critic measures something else.",
    "Several critic steps for each step of G; weight clipping, a slope penalty or spectral norms keep the slope in"
    " bounds.",
    ("wgan-vs-gan",),
)
MATCHING = Card(
    "Moment matching network",
    "in one pass",
    "Yes, in one pass.",
    "no",
    "No.",
    r"$x=G(z;\theta)$, any network.",
    "The maximum mean discrepancy: how far apart the averages of a kernel's features are in data and samples.",
    "Adam on G alone; no second network, no game.",
)

TREE = (
    Family(
        "Explicit, tractable",
        "They write p(x) down, and can compute it.",
        (HISTOGRAM, AUTOREGRESSIVE, FLOW),
    ),
    Family(
        "Explicit, approximate",
        "They write p(x) down, but it holds a sum that nobody can compute.",
        (VAE, DIFFUSION, ENERGY),
    ),
    Family(
        "Implicit",
        "They only make samples; p(x) is nowhere written down.",
        (GAN, WGAN, MATCHING),
    ),
)
