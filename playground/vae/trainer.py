"""The algorithm, part by part, and what it remembers. The numbers are the equations of `playground.vae`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from playground.core import Phase, Snapshot
from playground.data.digits import CLASSES, PIXELS, SIDE, grey
from playground.fused import FusedAdam
from playground.nets import MLP
from playground.optim import OPTIMISERS, decayed
from playground.training import StepwiseTrainer
from playground.vae import looking
from playground.vae.knobs import VaeConfig
from playground.vae.likelihoods import LIKELIHOODS, Likelihood
from playground.vae.material import WATCH_SEED, material
from playground.vae.objective import Passage, draw_code, gradient, pass_through, split
from playground.vae.paths import fitted, spectrum

RECENT = 0.95  # how much of the running mean of the training terms stays at each step
CHUNK = 1000  # test digits that are passed through at once
ACTIVE = 0.01  # variance of the mean code over digits, from which a dimension counts as used (Burda et al. 2016)
EPOCHS_APART = 10_007  # orders that a seed has for itself; later epochs have them again

ENCODED = Phase(
    "encode",
    "",
    "The encoder says of each digit of the batch where its code lies, and how surely.",
    equation="\u03bc, log \u03c3\u00b2 = encoder(x)",
    code="mu, log_variance = split(self.encoder.forward(x), c.latent)",
)
SAMPLED = Phase(
    "sample z",
    "",
    "A code is drawn for each digit: noise, stretched and moved.",
    equation="z = \u03bc + \u03c3 \u03b5,  \u03b5 normal",
    code="z = draw_code(mu, log_variance, eps)",
)
DECODED = Phase(
    "decode",
    "",
    "The decoder says what digit it expects of each code, and pays for what it did not expect.",
    equation="R = \u2212log p(x | z)",
    code="nats = likelihood.nats(a, x, c.sigma)",
)
LEARNED = Phase(
    "gradient",
    "",
    "Each weight of both networks learns how the sum of the two terms changes with it.",
    equation="L = R + \u03b2 KL(q(z | x) || p(z))",
    code="gradient(self.encoder, self.decoder, likelihood, c.sigma, batch, self.price, c.free_bits, c.sampling)",
)
MOVED = Phase(
    "update",
    "",
    "Both networks have moved a little down.",
    equation="\u03b8 \u2190 \u03b8 \u2212 lr \u00b7 step(\u2207L)",
    code="optimiser.step(c.lr * factor, c.beta1, c.beta2)",
)


class VaeTrainer(StepwiseTrainer):
    """An autoencoder, variational or not, and one batch of digits after another."""

    config: VaeConfig
    measure_every = 32

    def __init__(self, config: VaeConfig, device: str | torch.device = "auto") -> None:
        super().__init__(config, device, heavy=True)
        c = config
        self.classes = "".join(sorted(set(c.classes))) or CLASSES
        self.material = material(self.classes, c.count, c.own)
        self.real = self.material.learned.to(self.device)  # uint8 (N, 784), shared by all who train on it
        hidden = [c.width] * c.layers
        told = c.latent if c.kind == "autoencoder" else 2 * c.latent
        self.encoder = MLP((PIXELS, *hidden, told), c.activation, "linear", self.generator, self.device)
        self.decoder = MLP((c.latent, *hidden, PIXELS), c.activation, "linear", self.generator, self.device)
        kind = FusedAdam if c.optimiser == "adam" else OPTIMISERS[c.optimiser]
        self.optimisers = [kind(net.flat, net.grad) for net in (self.encoder, self.decoder)]
        self.recent = torch.zeros(4, device=self.device)  # running sums of R, KL, KL by draws; and of their weights
        self.places: dict[str, tuple[float, float]] = {}  # handles that the learner has moved; not part of the run
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))

    # --- training ----------------------------------------------------------------------------------------

    @property
    def likelihood(self) -> Likelihood:
        return LIKELIHOODS[self.config.likelihood]

    @property
    def price(self) -> float:
        """beta of this step: it rises through the warm-up."""
        c = self.config
        return c.beta * min(1.0, (self.step_count + 1) / c.warmup) if c.warmup else c.beta

    @property
    def epoch_steps(self) -> int:
        """Steps in which no digit is seen twice; what does not fill a last batch waits for the next order."""
        return max(1, len(self.real) // self.config.batch)

    def batch(self) -> Tensor:
        """The digits of this step, (B, 784) in [0, 1]. Their order follows from the seed and the epoch alone."""
        epoch, turn = divmod(self.step_count, self.epoch_steps)
        if self._order[0] != epoch:
            own = torch.Generator().manual_seed(self.config.seed * EPOCHS_APART + epoch % EPOCHS_APART)
            self._order = epoch, torch.randperm(len(self.real), generator=own).to(self.device)
        pick = self._order[1][turn * self.config.batch : (turn + 1) * self.config.batch]
        return self.shown_as(grey(self.real[pick]), self.generator)

    def shown_as(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels as the likelihood wants them."""
        if not self.likelihood.binarised:
            return x
        return (torch.rand(x.shape, generator=generator, device=x.device) < x).float()

    @property
    def phase_count(self) -> int:
        return 5

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """One iteration, part by part: (1) to (4)."""
        c, likelihood = self.config, self.likelihood
        factor = decayed(c.decay, self.step_count, c.horizon)
        x = self.batch()
        mu, log_variance = split(self.encoder.forward(x), c.latent)
        yield ENCODED
        eps = None
        if c.kind == "vae":
            eps = torch.randn(mu.shape, generator=self.generator, device=self.device)
        z = draw_code(mu, log_variance, eps)
        yield SAMPLED
        a = self.decoder.forward(z)
        batch = Passage(x, mu, log_variance, eps, z, a, likelihood.nats(a, x, c.sigma))
        yield DECODED
        gradient(self.encoder, self.decoder, likelihood, c.sigma, batch, self.price, c.free_bits, c.sampling)
        yield LEARNED
        for optimiser in self.optimisers:
            optimiser.step(c.lr * factor, c.beta1, c.beta2)
        self.recent.mul_(RECENT).add_(torch.cat((batch.terms(), self.one)))
        yield MOVED
        self.step_count += 1

    @cached_property
    def one(self) -> Tensor:
        return torch.ones(1, device=self.device)

    def memory(self) -> dict[str, Tensor]:
        encoder, decoder = self.optimisers
        return {
            "encoder": self.encoder.flat,
            "encoder optimiser m": encoder.m,
            "encoder optimiser v": encoder.v,
            "decoder": self.decoder.flat,
            "decoder optimiser m": decoder.m,
            "decoder optimiser v": decoder.v,
            "recent terms": self.recent,
        }

    def counters(self) -> dict[str, int]:
        return {"step": self.step_count, "moves": self.optimisers[0].t}

    def set_counters(self, counters: Mapping[str, int]) -> None:
        super().set_counters(counters)
        for optimiser in self.optimisers:
            optimiser.t = counters["moves"]

    def finite(self) -> bool:
        """One dot product a network: infinite or NaN as soon as any parameter is."""
        e, d = self.encoder.flat, self.decoder.flat
        return bool(torch.isfinite(torch.dot(e, e) + torch.dot(d, d)))

    def advice(self) -> str:
        if self.config.sampling == "score function":
            return "Lower the learning rate, or let the gradient through by reparametrisation."
        return "Lower the learning rate and start again."

    # --- measuring ---------------------------------------------------------------------------------------

    @property
    def data(self) -> np.ndarray:
        """(N, 28, 28) in [0, 1]."""
        return grey(self.real).view(-1, SIDE, SIDE).numpy(force=True)

    def noise(self, *shape: int, seed: int = WATCH_SEED) -> Tensor:
        """Normal noise that is the same whenever it is asked for."""
        return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(self.device)

    @cached_property
    def watched(self) -> tuple[Tensor, Tensor]:
        """The test digits that are measured, as the likelihood wants them, (n, 784); and the noise of their codes."""
        own = torch.Generator().manual_seed(WATCH_SEED)
        apart = self.material.held_out
        x = self.shown_as(grey(apart.x[apart.watched]), own).to(self.device)
        return x, self.noise(len(x), self.config.latent)

    @cached_property
    def digits(self) -> np.ndarray:
        """Which digit each of them is."""
        apart = self.material.held_out
        return apart.y[apart.watched].numpy()

    @property
    def forgotten(self) -> bool:
        """Whether MNIST's digits took the place of own images that are no longer kept."""
        return self.material.forgotten

    def passage(self) -> Passage:
        """The watched test digits through both networks as they are now."""
        x, eps = self.watched
        c = self.config
        return pass_through(self.encoder, self.decoder, self.likelihood, c.sigma, x, eps if c.kind == "vae" else None)

    def scalars(self) -> dict[str, float]:
        return self.numbers(self.passage())

    def numbers(self, test: Passage) -> dict[str, float]:
        """The numbers that are followed, with those of the test digits from their passage."""
        *terms, weight = self.recent.tolist()
        nats, kl, drawn = (term / weight if weight else float("nan") for term in terms)
        used = test.mu.var(0, correction=0) > ACTIVE
        numbers = {
            "reconstruction": nats,
            "kl": kl,
            "kl_drawn": drawn,
            "loss": nats + kl,
            "active": float(used.sum()),
            "price": self.price,
        }
        test_nats, test_kl, _ = test.terms().tolist()
        numbers |= {"test_reconstruction": test_nats, "test_kl": test_kl, "test_loss": test_nats + test_kl}
        numbers["test_spread"] = float((test.nats + test.kl().sum(1)).std(correction=0))  # from digit to digit
        if self.floor is not None:
            numbers["floor"] = self.floor
        return numbers

    @cached_property
    def floor(self) -> float | None:
        """What no decoder can bring the reconstruction of the watched digits below."""
        least = self.likelihood.floor
        return None if least is None else float(least(self.watched[0], self.config.sigma).mean())

    def test_elbo(self, seed: int = WATCH_SEED) -> dict[str, float]:
        """The terms over all test digits of these classes, with one drawn code each."""
        own = torch.Generator().manual_seed(seed)
        c, total = self.config, torch.zeros(3, dtype=torch.float64)
        x_all = self.material.held_out.x
        for part in x_all.split(CHUNK):
            x = self.shown_as(grey(part), own).to(self.device)
            eps = torch.randn(len(part), c.latent, generator=own).to(self.device) if c.kind == "vae" else None
            passage = pass_through(self.encoder, self.decoder, self.likelihood, c.sigma, x, eps)
            total += passage.terms().cpu().double() * len(part)
        nats, kl, drawn = (total / len(x_all)).tolist()
        return {"loss": nats + kl, "reconstruction": nats, "kl": kl, "kl_drawn": drawn}

    # --- looking -----------------------------------------------------------------------------------------

    def place(self, name: str, x: float, y: float) -> None:
        """A handle of the map was moved there. What is drawn follows, what is learned does not."""
        if name in looking.HANDLES:
            self.places[name] = (x, y)

    def random_codes(self, n: int, seed: int = 0) -> Tensor:
        """Codes to make digits of: from the prior of a VAE; for an autoencoder, which has none, as spread as codes of
        digits are. (n, latent)"""
        noise = self.noise(n, self.config.latent, seed=seed)
        if self.config.kind == "vae":
            return noise
        return fitted(spectrum(self.encoder(self.watched[0])), noise)

    def decode(self, z: Tensor) -> Tensor:
        """The mean image of each code, (n, 784) in [0, 1]."""
        return self.likelihood.mean(self.decoder(z)).clamp_(0, 1)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n generated digits: the means of p(x | z), (n, 28, 28)."""
        return self.decode(self.random_codes(n, seed)).view(-1, SIDE, SIDE).numpy(force=True)

    def snapshot(self) -> Snapshot:
        test = self.passage()
        return Snapshot(self.step_count, self.numbers(test), looking.arrays(self, test))
