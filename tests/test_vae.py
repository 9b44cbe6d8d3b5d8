"""Autoencoders: their terms are exact, their gradients right, and each preset shows what it says."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import math
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn
from torch.nn import functional

from playground.data.digits import grey, mnist
from playground.data.kept_digits import find, keep
from playground.fused import FusedAdam
from playground.labs.vae import LAB
from playground.neighbours import distance_to_others
from playground.nets import MLP
from playground.optim import Adam
from playground.paths import lerp, slerp
from playground.runtime.history import History
from playground.ui.digit_neighbours import Comparison, compare, sentence
from playground.ui.vae_tabs import as_read
from playground.vae import VaeConfig, VaeTrainer, looking
from playground.vae.estimators import kl_per_dimension, leave_one_out, monte_carlo_kl, through_sampling
from playground.vae.lessons import ATTRIBUTES, directions, gradient_spread, ink, slant
from playground.vae.likelihoods import LIKELIHOODS, entropy
from playground.vae.objective import Passage, draw_code, gradient, pass_through, split
from playground.vae.paths import fitted, plane, spectrum

torch.set_num_threads(1)

SMALL: dict[str, Any] = {"width": 64, "count": 2000, "batch": 64}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def trained(steps: int, **knobs: Any) -> VaeTrainer:
    trainer = VaeTrainer(VaeConfig(**knobs), "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


# KL


def normals(n: int = 5, latent: int = 3) -> tuple[Tensor, Tensor]:
    own = generator(4)
    return torch.randn(n, latent, generator=own, dtype=torch.float64), torch.randn(
        n, latent, generator=own, dtype=torch.float64
    )


def test_kl_is_that_of_two_normal_distributions():
    """Else the price of a code would be another: against torch.distributions, and by drawing from q."""
    mu, log_variance = normals()
    sigma = torch.exp(log_variance / 2)
    q, p = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(0.0, 1.0)
    exact = kl_per_dimension(mu, log_variance)
    torch.testing.assert_close(exact, torch.distributions.kl_divergence(q, p), rtol=1e-10, atol=1e-12)


def test_kl_by_drawing_agrees_within_its_noise():
    """Else the two curves of the page would never meet: 4 million draws, within .005 of each digit's KL."""
    mu, log_variance = normals(2, 2)
    eps = torch.randn(2_000_000, 2, generator=generator(1), dtype=torch.float64)
    for m, v in zip(mu, log_variance, strict=True):
        z = draw_code(m[None], v[None], eps)
        drawn = monte_carlo_kl(z, eps, v[None].expand_as(eps))
        q = torch.distributions.Normal(m, torch.exp(v / 2))
        by_density = (q.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).sum(1)
        torch.testing.assert_close(drawn, by_density, rtol=1e-8, atol=1e-8)
        assert float(drawn.mean()) == pytest.approx(float(kl_per_dimension(m[None], v[None]).sum()), abs=0.005)


def test_reading_sigma_as_a_variance_is_another_number():
    """Else the check above could not tell a common mistake: log sigma in place of log sigma^2."""
    mu, log_variance = normals()
    wrong = kl_per_dimension(mu, log_variance / 2)
    assert float((wrong - kl_per_dimension(mu, log_variance)).abs().max()) > 0.05


def test_a_linear_gaussian_model_has_an_exact_bound():
    """Else -ELBO could be something else than a bound on -log p(x).

    x = w z + b + s e with z one-dimensional: log p(x) and p(z | x) are known. At the exact posterior ELBO = log p(x);
    elsewhere it falls short by KL(q || posterior), to 1e-6. E_q over z is a Gauss-Hermite sum, exact for squares.
    """
    own = generator(3)
    w, b, x = (torch.randn(6, generator=own, dtype=torch.float64) for _ in range(3))
    s = 0.7
    covariance = torch.outer(w, w) + s**2 * torch.eye(6, dtype=torch.float64)
    log_p = torch.distributions.MultivariateNormal(b, covariance).log_prob(x)
    precision = 1 + (w @ w) / s**2
    best_mu, best_variance = (w @ (x - b)) / s**2 / precision, 1 / precision
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    eps, weight = torch.tensor(nodes), torch.tensor(weights / math.sqrt(2 * math.pi))

    def elbo(mu: Tensor, variance: Tensor) -> Tensor:
        z = draw_code(mu.expand(8, 1), variance.log().expand(8, 1), eps[:, None])
        nats = LIKELIHOODS["gaussian"].nats(z * w + b, x.expand(8, 6), s)
        return -(weight @ nats) - kl_per_dimension(mu.view(1, 1), variance.log().view(1, 1)).sum()

    torch.testing.assert_close(elbo(best_mu, best_variance), log_p, rtol=0, atol=1e-6)
    for mu, variance in (
        (best_mu + 0.3, best_variance),
        (best_mu, best_variance * 2),
        (best_mu * 0, best_variance / 3),
    ):
        q = torch.distributions.Normal(mu, variance.sqrt())
        gap = torch.distributions.kl_divergence(q, torch.distributions.Normal(best_mu, best_variance.sqrt()))
        torch.testing.assert_close(log_p - elbo(mu, variance), gap, rtol=0, atol=1e-6)
        assert float(gap) > 0.01


# Likelihoods


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_likelihood_is_one(name):
    """Else its nats could not be compared: over all x they sum, or integrate, to 1, and its mean is that of x."""
    likelihood, s = LIKELIHOODS[name], 0.4
    for a in (-9.0, -2.0, -0.11, -0.05, 0.0, 0.03, 0.2, 4.0, 12.0):
        if name in ("grey", "binarised"):
            x, cell = torch.tensor([0.0, 1.0], dtype=torch.float64), 1.0
        elif name == "gaussian":
            x, cell = torch.linspace(a - 5, a + 5, 200_001, dtype=torch.float64), 10 / 200_000
        else:
            x, cell = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000, 1 / 200_000
        weight = torch.exp(-likelihood.nats(torch.full((len(x), 1), a, dtype=torch.float64), x[:, None], s)) * cell
        assert float(weight.sum()) == pytest.approx(1, abs=1e-5)
        mean = float(likelihood.mean(torch.tensor(a, dtype=torch.float64)))
        assert float(weight @ x) == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_slope_of_a_likelihood_is_its_derivative(name):
    """Else the decoder would descend in something else than what is shown."""
    likelihood, s = LIKELIHOODS[name], 0.4
    a = torch.linspace(-6, 6, 97, dtype=torch.float64)[:, None].requires_grad_()
    x = torch.rand(97, 1, generator=generator(), dtype=torch.float64)
    likelihood.nats(a, x, s).sum().backward()
    torch.testing.assert_close(likelihood.slope(a.detach(), x, s), a.grad, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_drawn_pixels_have_the_mean_of_their_law(name):
    """Else drawn pixels beside means would be those of another model."""
    likelihood = LIKELIHOODS[name]
    a = torch.tensor([-3.0, -0.5, 0.0, 0.5, 8.0]).repeat(100_000, 1)
    drawn = likelihood.draw(a, generator(2), 0.4)
    torch.testing.assert_close(drawn.mean(0), likelihood.mean(a[0]), rtol=0, atol=0.006)
    if name != "gaussian":
        assert float(drawn.min()) >= 0 and float(drawn.max()) <= 1


def test_the_continuous_bernoulli_is_that_of_torch():
    """Else (2) would be a density of our own."""
    a = torch.linspace(-5, 5, 41, dtype=torch.float64)[:, None]
    x = torch.rand(41, 1, generator=generator(), dtype=torch.float64)
    theirs = torch.distributions.ContinuousBernoulli(logits=a).log_prob(x)[:, 0]
    torch.testing.assert_close(-LIKELIHOODS["continuous Bernoulli"].nats(a, x, 1.0), theirs, rtol=1e-5, atol=1e-5)


def test_no_decoder_comes_below_the_floor_of_grey_pixels():
    """Else the dashed line would not be a floor: the best a for each pixel reaches it, and it is about 45.5 nats."""
    x = grey(mnist().test_x)
    floor = entropy(x, 1.0)
    assert float(floor.mean()) == pytest.approx(45.5, abs=0.5)
    best = torch.logit(x[:50].double())
    reached = LIKELIHOODS["grey"].nats(best.clamp(-40, 40), x[:50].double(), 1.0)
    torch.testing.assert_close(reached, floor[:50].double(), rtol=1e-4, atol=1e-3)


# The objective and its gradient


class Example(nn.Module):
    """The VAE of PyTorch's published example, rebuilt from its formulas: 784-400-20-400-784."""

    def __init__(self, trainer: VaeTrainer) -> None:
        super().__init__()
        c = trainer.config
        self.hidden, self.told = (nn.Linear(784, c.width), nn.Linear(c.width, 2 * c.latent))
        self.back, self.out = nn.Linear(c.latent, c.width), nn.Linear(c.width, 784)
        pairs = zip((self.hidden, self.told), trainer.encoder.layers, strict=True)
        for layer, (w, b) in itertools.chain(pairs, zip((self.back, self.out), trainer.decoder.layers, strict=True)):
            layer.weight.data, layer.bias.data = w.T.clone(), b.clone()

    def loss(self, x: Tensor, eps: Tensor) -> Tensor:
        mu, log_variance = self.told(torch.relu(self.hidden(x))).chunk(2, 1)
        z = mu + eps * torch.exp(0.5 * log_variance)
        y = torch.sigmoid(self.out(torch.relu(self.back(z))))
        price = -0.5 * torch.sum(1 + log_variance - mu.pow(2) - log_variance.exp())
        return functional.binary_cross_entropy(y, x, reduction="sum") + price


def test_the_loss_is_that_of_pytorchs_example():
    """Else our nats would not be comparable with what everybody quotes: same weights, same batch, to 1e-5."""
    trainer = trained(30)
    x, eps = grey(mnist().test_x[:128]), torch.randn(128, 20, generator=generator(8))
    passage = pass_through(trainer.encoder, trainer.decoder, trainer.likelihood, 1.0, x, eps)
    ours = float((passage.nats + passage.kl().sum(1)).double().sum())
    theirs = float(Example(trainer).loss(x, eps).detach())
    assert ours == pytest.approx(theirs, rel=1e-5)


def networks(told: int, dtype: torch.dtype = torch.float64) -> tuple[MLP, MLP]:
    """Small ones in double precision."""
    nets = []
    for sizes in ((12, 9, 7, told), (4, 7, 9, 12)):
        net = MLP(sizes, "tanh", "linear", generator(sizes[0]))
        net.flat, net.grad = net.flat.to(dtype), net.grad.to(dtype)
        net.layers, net.grads = net._layers(net.flat), net._layers(net.grad)
        nets.append(net)
    return nets[0], nets[1]


def by_autograd(encoder: MLP, decoder: MLP, loss: Any) -> tuple[Tensor, Tensor]:
    """The gradients of loss() in all parameters, as two vectors."""
    found = []
    for net in (encoder, decoder):
        net.flat.requires_grad_()
        net.layers = net._layers(net.flat)
    loss().backward()
    for net in (encoder, decoder):
        found.append(net.flat.grad.clone())
        net.flat = net.flat.detach()
        net.layers = net._layers(net.flat)
    return found[0], found[1]


def forward(encoder: MLP, decoder: MLP, name: str, x: Tensor, eps: Tensor | None, s: float) -> Passage:
    mu, log_variance = split(encoder.forward(x), 4)
    z = draw_code(mu, log_variance, eps)
    a = decoder.forward(z)
    return Passage(x, mu, log_variance, eps, z, a, LIKELIHOODS[name].nats(a, x, s))


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("allowance", [False, True])
@pytest.mark.parametrize("kind", ["vae", "autoencoder"])
def test_the_gradient_is_that_of_the_objective(name, allowance, kind):
    """Else the networks would descend in something else than (4): against autograd, for every likelihood."""
    encoder, decoder = networks(8 if kind == "vae" else 4)
    own, s, beta = generator(5), 0.5, 0.7
    x = torch.rand(6, 12, generator=own, dtype=torch.float64)
    eps = torch.randn(6, 4, generator=own, dtype=torch.float64) if kind == "vae" else None

    likelihood, free = LIKELIHOODS[name], 0.0
    if allowance:  # between the KL of one dimension and another, else it would not be put to the test
        spread = pass_through(encoder, decoder, likelihood, s, x, eps).kl().mean(0).sort().values
        free = float(spread[1:3].mean())

    def objective() -> Tensor:
        p = pass_through(encoder, decoder, LIKELIHOODS[name], s, x, eps)
        return p.nats.mean() + beta * (p.kl().mean(0).clamp_min(free).sum() if kind == "vae" else 0)

    theirs = by_autograd(encoder, decoder, objective)
    batch = forward(encoder, decoder, name, x, eps, s)
    gradient(encoder, decoder, likelihood, s, batch, beta, free)
    torch.testing.assert_close(encoder.grad, theirs[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(decoder.grad, theirs[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sampling", ["score function", "blocked"])
def test_the_encoder_hears_through_the_sample_as_its_knob_says(sampling):
    """Else (5) would be right in the table and wrong in training: against autograd, with z held fixed.

    The score function is the gradient of (R - b) log q(z | x), b the mean R of the others; blocked has only the KL. The
    decoder learns as ever.
    """
    encoder, decoder = networks(8)
    own, s, beta = generator(5), 0.5, 0.7
    x = torch.rand(6, 12, generator=own, dtype=torch.float64)
    eps = torch.randn(6, 4, generator=own, dtype=torch.float64)

    def objective() -> Tensor:
        p = pass_through(encoder, decoder, LIKELIHOODS["gaussian"], s, x, eps)
        assert p.log_variance is not None
        z = p.z.detach()
        nats = LIKELIHOODS["gaussian"].nats(decoder(z), x, s)
        loss = nats.mean() + beta * p.kl().mean(0).sum()
        if sampling == "blocked":
            return loss
        r = nats.detach()
        others = torch.stack([torch.cat((r[:i], r[i + 1 :])).mean() for i in range(len(r))])
        log_q = torch.distributions.Normal(p.mu, torch.exp(p.log_variance / 2)).log_prob(z).sum(1)
        return loss + ((r - others) * log_q).mean()

    theirs = by_autograd(encoder, decoder, objective)
    batch = forward(encoder, decoder, "gaussian", x, eps, s)
    gradient(encoder, decoder, LIKELIHOODS["gaussian"], s, batch, beta, 0.0, sampling)
    torch.testing.assert_close(encoder.grad, theirs[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(decoder.grad, theirs[1], rtol=1e-5, atol=1e-6)


def test_the_score_function_is_right_on_average():
    """Else it would not be an estimator: its mean over draws is the exact gradient, that of reparametrisation too.

    R(z) = sum of (z - 1)^2 has dE[R]/dmu = 2 (mu - 1) and dE[R]/dl = sigma^2.
    """
    mu, log_variance = torch.tensor([[0.4, -1.0]]).double(), torch.tensor([[-0.6, 0.3]]).double()
    n = 1_000_000
    eps = torch.randn(n, 2, generator=generator(6), dtype=torch.float64)
    z = draw_code(mu, log_variance, eps)
    nats = (z - 1).square().sum(1)
    exact_mu, exact_l = 2 * (mu - 1), log_variance.exp()
    for kind in ("reparametrised", "score function"):
        for baseline in (None, 0.0):
            to_mu, to_l = through_sampling(kind, 2 * (z - 1), nats, eps, log_variance.expand(n, 2), baseline)
            torch.testing.assert_close(to_mu.mean(0), exact_mu[0], rtol=0, atol=0.03)
            torch.testing.assert_close(to_l.mean(0), exact_l[0], rtol=0, atol=0.03)
    blocked = through_sampling("blocked", 2 * (z - 1), nats, eps, log_variance.expand(n, 2))
    assert not any(part.any() for part in blocked)


def test_a_baseline_never_sees_its_own_draw():
    """Else the score function would be biased."""
    nats = torch.tensor([1.0, 2.0, 6.0])
    assert leave_one_out(nats).tolist() == [4.0, 3.5, 1.5]


def test_the_fused_adam_is_adam():
    """Else the speed would have been bought with another algorithm."""
    start, own = torch.randn(500, generator=generator(1)), generator(2)
    ours, theirs = (kind(start.clone(), torch.zeros(500)) for kind in (FusedAdam, Adam))
    for step in range(20):
        g = torch.randn(500, generator=own)
        for optimiser in (ours, theirs):
            optimiser.grad.copy_(g)
            optimiser.step(1e-2 / (step + 1), 0.8, 0.98)
    torch.testing.assert_close(ours.p, theirs.p, rtol=1e-5, atol=1e-6)
    assert ours.t == theirs.t == 20


# Ways and planes


def test_lerp_leaves_the_sphere_of_codes_and_slerp_stays():
    """Else the two rows would not show what the page says: the middle in 100 dimensions, at .707 and at 1."""
    own, ratios = generator(9), []
    middle = torch.tensor([0.5])
    for _ in range(400):
        a, b = torch.randn(2, 100, generator=own)
        length = float(a.norm() + b.norm()) / 2
        ratios.append([float(way(a, b, middle).norm()) / length for way in (lerp, slerp)])
    straight, round_ = np.mean(ratios, 0)
    assert straight == pytest.approx(0.707, abs=0.01)
    assert round_ == pytest.approx(1, abs=0.02)


def test_both_ways_begin_at_a_and_end_at_b():
    """Else a learner's two digits would not be the ends of the rows, or a way onto itself would be NaN."""
    a, b = torch.randn(2, 7, generator=generator(1))
    ends = torch.tensor([0.0, 1.0])
    for way in (lerp, slerp):
        torch.testing.assert_close(way(a, b, ends), torch.stack((a, b)))
        torch.testing.assert_close(way(a, a, ends), torch.stack((a, a)))
        assert torch.isfinite(way(a, a * 0, ends)).all()


@pytest.mark.parametrize("latent", [3, 20])
def test_the_map_is_the_plane_of_the_widest_spread(latent):
    """Else the map would hide what it could show: no other plane holds more variance. Against the SVD."""
    scales = torch.linspace(3, 0.2, latent)
    codes = torch.randn(400, latent, generator=generator(2)) * scales + 1
    digits = torch.arange(400) % 10
    found = plane(spectrum(codes), codes, digits)
    held = float(found.of(codes).var(0).sum())
    centred = codes - codes.mean(0)
    assert held == pytest.approx(float(torch.linalg.svdvals(centred)[:2].square().sum()) / 399, rel=1e-4)
    torch.testing.assert_close(found.axes.T @ found.axes, torch.eye(2), rtol=0, atol=1e-5)
    assert float(found.of(codes)[digits == 0].mean(0)[0]) > 0  # the least digit lies to the right
    assert float(found.of(codes)[digits == 0].mean(0)[1]) == pytest.approx(0, abs=1e-4)
    assert float(found.of(codes)[digits == 9].mean(0)[1]) > 0  # and the greatest above


def test_the_map_of_one_kind_of_digit_is_a_map():
    """Else all its numerals would lie on one point: the mean of that kind is the middle of the map."""
    codes = torch.randn(50, 6, generator=generator(2))
    found = plane(spectrum(codes), codes, torch.ones(50, dtype=torch.uint8))
    torch.testing.assert_close(found.axes.T @ found.axes, torch.eye(2), rtol=0, atol=1e-5)
    assert float(found.of(codes)[0, 0]) > 0 and float(found.of(codes)[-1, 1]) > 0


def test_codes_fitted_to_codes_have_their_mean_and_covariance():
    """Else random codes of an autoencoder would be from a distribution of nobody's."""
    codes = torch.randn(300, 5, generator=generator(3)) @ torch.randn(5, 5, generator=generator(4)) + 2
    drawn = fitted(spectrum(codes), torch.randn(400_000, 5, generator=generator(5)))
    torch.testing.assert_close(drawn.mean(0), codes.mean(0), rtol=0, atol=0.03)
    torch.testing.assert_close(drawn.T.cov(), codes.T.cov(), rtol=0.02, atol=0.05)


def test_random_codes_are_fitted_to_the_codes_that_are_decoded():
    """Else the row of a VAE would be drawn from the centres of its clouds: a young one's say next to nothing."""
    trainer = trained(20, **SMALL)
    test, noise = trainer.passage(), trainer.noise(looking.SHOWN, trainer.config.latent)
    shown = trainer.snapshot().arrays["fitted"].astype(int)
    by_draws, by_centres = (
        looking.bytes_of(trainer.decode(fitted(spectrum(codes), noise))).astype(int) for codes in (test.z, test.mu)
    )
    assert abs(shown - by_draws).max() <= 1 < abs(shown - by_centres).max()


@pytest.mark.parametrize("latent", [2, 12])
def test_a_handle_moves_what_is_seen_and_nothing_else(latent):
    """Else dragging would train, or show a code that is not at that place."""
    trainer = trained(5, latent=latent, **SMALL)
    before, state = trainer.snapshot().arrays, trainer.state()
    trainer.place("A", 0.7, -0.4)
    trainer.place("pointer", 1.0, 1.0)
    trainer.place("nobody", 1.0, 1.0)
    after = trainer.snapshot().arrays
    assert after["A"].tolist() == [[pytest.approx(0.7), pytest.approx(-0.4)]]
    changed = {name for name in after if not np.array_equal(before[name], after[name])}
    assert {"A", "pointer"} <= changed <= {"A", "pointer", "under", "lerp", "slerp"}
    assert all(torch.equal(state[name], tensor) for name, tensor in trainer.memory().items())
    test = trainer.passage()
    flat = plane(spectrum(test.mu), test.mu, torch.from_numpy(trainer.digits))
    at = flat.of(test.mu)
    place = torch.tensor([[0.7, -0.4]])
    code = looking.lifted(flat, test.mu, at, place)
    torch.testing.assert_close(flat.of(code), place, rtol=0, atol=1e-4)  # it lies above that place
    torch.testing.assert_close(looking.lifted(flat, test.mu, at, at[3:4]), test.mu[3:4], rtol=0, atol=1e-4)


def test_a_walk_has_two_ends_even_among_digits_of_one_kind():
    """Else A and B would lie on one another, and the rows between them would show one picture nine times."""
    for classes in ("0123456789", "7"):
        trainer = trained(3, classes=classes, **SMALL)
        arrays = trainer.snapshot().arrays
        at, (a, b) = arrays["map"], (arrays[name][0] for name in ("A", "B"))
        begins = [int(np.abs(at - place).sum(1).argmin()) for place in (a, b)]
        assert np.array_equal(at[begins], [a, b]) and begins[0] == 0
        x = trainer.watched[0]
        apart = (x - x[0]).square().sum(1)
        if classes == "7":
            assert float(apart[begins[1]]) == float(apart.max()) > 0
        else:
            assert trainer.digits[begins[1]] != trainer.digits[0]


# The trainer


@pytest.mark.parametrize("batch", [100, 96])
def test_an_epoch_shows_each_digit_at_most_once(batch):
    """Else some digits would be learned twice; each epoch has an order of its own, so none is left out for ever."""
    trainer = VaeTrainer(VaeConfig(count=1000, batch=batch, width=16), "cpu")
    shown = 10 * batch  # of 1000: what does not fill a last batch waits
    trainer.real = torch.arange(1000, dtype=torch.int64)[:, None].expand(1000, 784)
    seen = []
    for _ in range(30):
        seen.append((trainer.batch()[:, 0] * 255).round().long())
        trainer.step_count += 1
    epochs = [torch.cat(seen[i : i + 10]) for i in (0, 10, 20)]
    assert all(len(epoch) == len(epoch.unique()) == shown for epoch in epochs)
    assert len(torch.cat(epochs).unique()) > 990
    assert not torch.equal(epochs[0], epochs[1]) and not torch.equal(epochs[1], epochs[2])


def test_binarised_digits_are_drawn_anew_and_right_on_average():
    """Else the Bernoulli would be given grey pixels, or one drawing of each digit for ever."""
    trainer = VaeTrainer(VaeConfig(likelihood="binarised", width=16, count=100), "cpu")
    x = torch.linspace(0, 1, 50).repeat(20_000, 1)
    one, other = (trainer.shown_as(x, trainer.generator) for _ in range(2))
    assert set(one.unique().tolist()) == {0.0, 1.0} and not torch.equal(one, other)
    torch.testing.assert_close(one.mean(0), x[0], rtol=0, atol=0.02)


def test_the_price_rises_through_the_warm_up():
    """Else beta would act at once, and there would be no cure."""
    trainer = VaeTrainer(VaeConfig(beta=2.0, warmup=200, width=16), "cpu")
    prices = []
    for step in (0, 99, 199, 5000):
        trainer.step_count = step
        prices.append(trainer.price)
    assert prices == [pytest.approx(0.01), pytest.approx(1.0), 2.0, 2.0]


def test_the_watched_digits_stand_for_all():
    """Else the test curve would lie beside the truth: 200 of 10 000, within 2 nats of all of them."""
    trainer = trained(150)
    assert trainer.scalars()["test_loss"] == pytest.approx(trainer.test_elbo()["loss"], abs=2)
    assert set(trainer.digits.tolist()) == set(range(10))


def test_the_running_mean_is_one():
    """Else the training curve would lag behind, or begin at 0: against the terms of each step."""
    trainer = VaeTrainer(VaeConfig(lr=1e-5, **SMALL), "cpu")
    trainer.step()
    first = trainer.scalars()
    assert first["loss"] == pytest.approx(first["test_loss"], rel=0.1)
    assert first["loss"] == pytest.approx(first["reconstruction"] + first["kl"])
    for _ in range(3):
        trainer.step()
    assert trainer.scalars()["loss"] == pytest.approx(first["loss"], rel=0.1)


def test_only_the_chosen_digits_are_trained_on_and_measured():
    """Else "17" would also learn the others."""
    trainer = VaeTrainer(VaeConfig(classes="71", count=500, width=16), "cpu")
    assert set(trainer.digits.tolist()) == {1, 7} and trainer.data.shape == (500, 28, 28)
    digits = mnist()
    wanted = digits.train_x[(digits.train_y == 1) | (digits.train_y == 7)][:500]
    assert np.array_equal(np.round(trainer.data * 255).reshape(500, 784), wanted.numpy())


# Images of the learner's own


def own_images(n: int) -> str:
    """The key of n images of MNIST that nobody else has asked for."""
    return keep(mnist().train_x[500 : 500 + n].numpy())


@pytest.mark.parametrize(("n", "apart"), [(10, 2), (25, 5), (50, 10), (51, 6), (300, 30)])
def test_own_images_are_learned_from_or_held_out(n, apart):
    """Else some would be lost, or learned and tested on; and of one image held out nothing can be compared."""
    key = own_images(n)
    trainer = VaeTrainer(VaeConfig(own=key, width=16), "cpu")
    held_out = trainer.material.held_out
    assert len(held_out.x) == apart and len(trainer.real) == n - apart
    images = find(key)
    assert images is not None
    together = torch.cat((held_out.x, trainer.real))
    assert sorted(map(bytes, together.numpy())) == sorted(map(bytes, images.numpy()))
    assert all(math.isfinite(value) for name, value in trainer.numbers(trainer.passage()).items() if "test" in name)


def test_units_count_as_used_from_the_fewest_images_on():
    """Else an encoder that tells ten images apart would be called collapsed."""
    trainer = VaeTrainer(VaeConfig(own=own_images(10), width=16, kind="autoencoder"), "cpu")
    trainer.encoder.flat.mul_(20)
    assert trainer.scalars()["active"] > 10


def test_a_run_never_mixes_own_images_with_mnist(monkeypatch):
    """Else it would learn from MNIST and be tested on images that came back, or the other way round."""
    key = own_images(30)
    config = VaeConfig(own=key, width=16)
    images = find(key)
    monkeypatch.setattr("playground.vae.material.find", lambda key: None)
    forgotten = VaeTrainer(config, "cpu")
    assert torch.equal(forgotten.real, mnist().train_x)
    assert says(forgotten, forgotten.scalars(), History()).startswith("These images are no longer kept on the server")
    monkeypatch.setattr("playground.vae.material.find", lambda key: images)
    found = VaeTrainer(config, "cpu")
    monkeypatch.setattr("playground.vae.material.find", lambda key: None)  # it is on its way already
    own = set(map(bytes, images.numpy()))  # type: ignore[union-attr]
    for trainer, of_own in ((forgotten, False), (found, True)):
        looked_at = trainer.watched[0].mul(255).round().to(torch.uint8)
        assert (bytes(looked_at[0].numpy()) in own) == of_own
        assert len(trainer.digits) == len(looked_at) == (6 if of_own else 200)
        trainer.test_elbo(), directions(trainer)
    assert not says(found, found.scalars(), History()).startswith("These images")


def test_runs_on_the_same_images_share_them_and_leave_nothing_behind():
    """Else thirty learners on one upload would hold it thirty times, or the server would hold it for ever."""
    key = own_images(40)
    one, other = (VaeTrainer(VaeConfig(own=key, width=16, seed=seed), "cpu") for seed in (0, 1))
    assert one.real.data_ptr() == other.real.data_ptr()
    assert one.material.held_out is other.material.held_out
    held = weakref.ref(one.material.held_out)
    del one, other
    gc.collect()
    assert held() is None


def test_a_drawing_is_compared_with_what_the_model_has_learned_from():
    """Else a model of ones would be shown a seven of MNIST; and a model of black and white would be given grey."""
    digits = mnist()
    seven = digits.train_x[digits.train_y == 7][:1]
    trainer = VaeTrainer(VaeConfig(classes="1", count=300, width=16, likelihood="binarised"), "cpu")
    fed, near, distance = as_read(trainer, seven)
    assert bytes(near.mul(255).round().to(torch.uint8).numpy()) in set(map(bytes, trainer.real.numpy()))
    assert distance == pytest.approx(float((grey(seven) - near).norm()), rel=1e-4)
    assert set(fed.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(fed, as_read(trainer, seven)[0])


def test_what_is_compared_with_own_images_is_not_called_an_unseen_hand():
    """Else the sentence would claim test digits that do not exist."""
    pairs = np.zeros((24, 2, 784), np.uint8)
    for distance in (1.0, 5.0, 6.7, 9.0):
        words = sentence(Comparison(3, pairs, distance, 6.7, own=True))
        assert "hand" not in words and "Each of your images to the others: 6.70" in words
        assert "unseen hands: 6.70" in sentence(Comparison(3, pairs, distance, 6.7))


def test_own_images_are_measured_as_generated_ones_are():
    """Else "Does it copy?" would be biased: a generated image among 24, each of the learner's own among 29 others."""
    key = own_images(30)
    trainer = VaeTrainer(VaeConfig(own=key, width=16), "cpu")
    images = find(key)
    assert images is not None
    found = compare(SimpleNamespace(trainer=trainer, config=trainer.config, step=0))  # type: ignore[arg-type]
    assert found.usual == distance_to_others(trainer.real) > distance_to_others(images) > 0


# What the presets say


def measured(name: str, steps: int, **changes: Any) -> tuple[VaeTrainer, dict[str, float], History]:
    """A preset with a smaller network and fewer digits, and what is measured then."""
    config = dataclasses.replace(LAB.presets[name], **changes)
    trainer, history = VaeTrainer(config, "cpu"), History(stride=25)
    for step in range(steps):
        if history.wants(step):
            history.record(step, trainer.scalars())
        trainer.step()
    return trainer, trainer.scalars(), history


def says(trainer: VaeTrainer, now: dict[str, float], history: History) -> str:
    return LAB.diagnose(trainer, now, history).sentence


NARROW: dict[str, Any] = {"width": 100, "count": 6000, "horizon": 2000}


@pytest.fixture(scope="module")
def reference() -> dict[str, float]:
    """What is measured on the first preset after 600 steps: the others are held against it."""
    return measured("Reference", 600, **NARROW)[1]


@pytest.mark.slow
def test_reference_learns_within_an_epoch():
    """Else the first preset would not do what its caption says: full size, 468 steps, all dimensions in use."""
    trainer, now, history = measured("Reference", 468)
    assert trainer.test_elbo()["loss"] < 122  # measured 117.5 to 118.5
    assert now["kl"] > 15 and now["active"] >= 18
    assert now["kl_drawn"] == pytest.approx(now["kl"], abs=0.3)
    assert now["test_loss"] > now["floor"] + 40
    assert "for the code" in says(trainer, now, history)


@pytest.mark.slow
def test_two_dimensions_keep_like_digits_together_and_pictures_blurred(reference):
    """Else the map would not be one: most digits have a neighbour of their own kind, far more than by chance."""
    trainer, now, _ = measured("Two-dimensional map", 600, **NARROW)
    arrays = trainer.snapshot().arrays
    at, digits = arrays["map"], arrays["digits"]
    distance = np.linalg.norm(at[:, None] - at[None], axis=2) + np.eye(len(at)) * 1e9
    own_kind = (digits[distance.argmin(1)] == digits).mean()
    assert own_kind > 0.4  # by chance .1
    assert np.array_equal(at, trainer.passage().mu.numpy())  # the codes themselves
    assert now["test_reconstruction"] > reference["test_reconstruction"] + 15


@pytest.mark.slow
def test_codes_of_an_autoencoder_lie_where_the_prior_does_not():
    """Else its two rows of random codes would look alike: its codes are spread otherwise than N(0, 1), a VAE's are not.

    Measured as the KL from N(0, 1) of the normal distribution that is fitted to the drawn codes of test digits.
    """

    def off(trainer: VaeTrainer) -> float:
        spread = spectrum(trainer.passage().z)
        v = spread.variances
        return float((v + (spread.mean @ spread.directions) ** 2 - 1 - v.log()).sum() / 2)

    auto, now, history = measured("Autoencoder", 600, **NARROW)
    variational = measured("Reference", 600, latent=8, **NARROW)[0]
    assert off(auto) > 10 * off(variational)
    assert now["kl"] == now["test_kl"] == 0
    assert now["test_reconstruction"] < variational.scalars()["test_reconstruction"]  # nothing is paid for the code
    assert "nothing is paid" in says(auto, now, history)


@pytest.mark.slow
def test_a_forgiving_decoder_lets_every_dimension_sleep_and_one_knob_wakes_them():
    """Else "Posterior collapse" would show none, or its two cures would cure nothing."""
    ill, now, history = measured("Posterior collapse", 400, **NARROW)
    assert now["active"] == 0 and now["test_kl"] < 0.5
    assert says(ill, now, history).startswith("Posterior collapse: 0 of 20")
    images = ill.snapshot().arrays["reconstruction"].astype(float)
    assert images.std(0).mean() < 5  # of 255: every digit comes back alike
    for cure in ({"free_bits": 0.5}, {"sigma": 0.3}):
        healthy, now, history = measured("Posterior collapse", 400, **NARROW, **cure)
        assert now["active"] >= 8 and now["test_kl"] > 4, cure
        assert healthy.snapshot().arrays["reconstruction"].astype(float).std(0).mean() > 15
        assert "ollapse" not in says(healthy, now, history)


@pytest.mark.slow
def test_a_blocked_gradient_leaves_the_encoder_nothing_to_tell():
    """Else the lesson on sampling outside the graph would be wrong, or reparametrising would not wake it."""
    trainer, now, history = measured("Blocked gradient", 400, **NARROW)
    assert now["test_kl"] < 0.5 and says(trainer, now, history).startswith("Posterior collapse")
    trainer.tune(dataclasses.replace(trainer.config, sampling="reparametrised"))
    for _ in range(500):
        trainer.step()
    assert trainer.scalars()["test_kl"] > 4


@pytest.mark.slow
def test_binarised_digits_have_no_floor_and_other_nats(reference):
    """Else grey and binarised would be the same number under two names."""
    _, now, _ = measured("Binarised", 400, **NARROW)
    assert now["floor"] == 0 and reference["floor"] > 40
    assert now["test_kl"] > 5


@pytest.mark.slow
def test_beta_buys_plainness_with_blur(reference):
    """Else the price of a nat would not be one: at 4 the code tells less, in fewer dimensions, and copies are worse."""
    dear, now, history = measured("Beta 4", 600, **NARROW)
    assert now["test_kl"] < 0.6 * reference["test_kl"] and now["active"] < reference["active"]
    assert now["test_reconstruction"] > reference["test_reconstruction"] + 10
    assert says(dear, now, history).startswith("Dear codes")


@pytest.mark.slow
@pytest.mark.parametrize("width", [100, pytest.param(400, marks=pytest.mark.long)])
def test_few_digits_are_learned_by_heart(width):
    """Else the two curves would not part."""
    trainer, now, history = measured("By heart", 900, width=width)
    assert now["test_loss"] - now["loss"] > 10
    lowest = history.column("test_loss")[1:].min()
    assert now["test_loss"] > lowest + 1  # test rises again
    assert says(trainer, now, history).startswith("It learns by heart")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name == "gaussian" else pytest.param(name, marks=pytest.mark.long) for name in LIKELIHOODS]
)
def test_by_heart_is_said_of_those_who_do_and_of_no_others(name):
    """Else a Gaussian of small sigma, whose nats are thousands, would be told so whatever it does."""
    knobs: dict[str, Any] = {"width": 64, "batch": 64, "likelihood": name, "sigma": 0.05, "decay": "none"}
    for kind in ("vae", "autoencoder"):
        fair = trained(400, count=20_000, kind=kind, **knobs)
        assert "by heart" not in says(fair, fair.scalars(), History())
        few = trained(700, count=100, kind=kind, **knobs)
        assert says(few, few.scalars(), History()).startswith("It learns by heart")


def test_by_heart_is_a_matter_of_the_spread_of_nats():
    """Else what counts as a gap would depend on the likelihood, or two images by chance dear would be a verdict."""
    trainer = VaeTrainer(VaeConfig(width=16), "cpu")
    trainer.step_count = 1000
    now = trainer.scalars() | {"active": 20.0, "test_kl": 20.0, "test_loss": 1000.0}
    for spread, gap, learned in ((1000.0, 100.0, False), (1000.0, 300.0, True), (10.0, 2.0, False), (10.0, 3.0, True)):
        words = says(trainer, now | {"test_spread": spread, "loss": 1000.0 - gap}, History())
        assert words.startswith("It learns by heart") == learned
    few = VaeTrainer(VaeConfig(width=16, own=own_images(10)), "cpu")
    few.step_count = 1000
    assert "by heart" not in says(few, now | {"test_spread": 10.0, "loss": 990.0}, History())


def test_a_warm_up_is_said():
    """Else a learner would take the cheap beginning for the end."""
    trainer = VaeTrainer(VaeConfig(warmup=5000, width=16), "cpu")
    trainer.step_count = 1000
    now = trainer.scalars() | {"loss": 150.0, "test_loss": 151.0, "active": 20.0, "test_kl": 20.0}
    assert "costs 0.20 so far" in says(trainer, now, History())


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(301, 306))
def test_quality_at_the_reference_architecture(seed):
    """Else "about 103 nats" would be a promise: at most 106 after 10 epochs and 104.5 after 15, fresh seeds."""
    trainer = trained(10 * 468, seed=seed)
    assert trainer.test_elbo()["loss"] <= 106
    for _ in range(5 * 468):
        trainer.step()
    assert trainer.test_elbo()["loss"] <= 104.5


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ten_thousand_digits_forty_epochs():
    """Else a small training set would not do: at most 112 nats with more than 10 of them in the code."""
    config = VaeConfig(count=10_000, horizon=40 * 78)
    trainer = VaeTrainer(config, "cpu")
    for _ in range(40 * 78):
        trainer.step()
    found = trainer.test_elbo()
    assert found["loss"] <= 112 and found["kl"] > 10


# The lessons beside the stage


def test_reparametrisation_is_quiet_the_score_function_loud_and_blocked_is_wrong():
    """Else the table would teach the wrong thing, or what is said of it would not follow from it."""
    found = gradient_spread(trained(150, width=100, count=6000), 200)
    quiet = found["reparametrised"]
    assert quiet.off == pytest.approx(quiet.spread * math.sqrt(2 / 200), rel=0.3)  # both means are of 200 draws
    assert found["blocked"].spread == 0 and found["blocked"].off == pytest.approx(1)
    helped, alone = found["score function, with baseline"], found["score function alone"]
    assert helped.spread > 5 * quiet.spread and alone.spread > 1.5 * helped.spread
    for loud in (helped, alone):  # right on average: the mean of 200 draws is off by about spread / sqrt(200)
        assert loud.off == pytest.approx(loud.spread / math.sqrt(200), rel=0.3)


def test_an_autoencoder_has_no_gradient_through_sampling():
    """Else the tab would show numbers that mean nothing."""
    with pytest.raises(ValueError, match="draws no code"):
        gradient_spread(VaeTrainer(VaeConfig(kind="autoencoder", width=16), "cpu"))


def test_slant_and_ink_are_what_they_say():
    """Else the sliders would be named for something else: a drawn line of known slope."""
    image = torch.zeros(3, 28, 28)
    for row in range(4, 24):
        image[0, row, 14] = 1  # upright
        image[1, row, 14 + (13 - row) // 2] = 1  # leans to the right: half a pixel for each pixel upwards
        image[2, row, 14 - (13 - row) // 2] = 1
    x = image.view(3, 784)
    assert ink(x).tolist() == [20, 20, 20]
    assert slant(x).tolist() == [pytest.approx(value, abs=0.01) for value in (0, 0.5, -0.5)]


@pytest.mark.slow
def test_directions_among_codes_change_what_they_are_named_for():
    """Else the arithmetic would be a story: along each direction the decoded digits gain what it is named for."""
    trainer = trained(600, **NARROW)
    z = trainer.passage().mu
    for name, way in directions(trainer).items():
        less, here, more = (float(ATTRIBUTES[name](trainer.decode(z + s * way)).mean()) for s in (-1, 0, 1))
        assert less < here < more, name


def tabs() -> None:
    """A page of the tabs that need no browser, of a young run."""
    from playground.labs.vae import LAB
    from playground.runtime import Limits
    from playground.runtime.run import Run
    from playground.ui import vae_tabs

    run = Run(LAB, LAB.config(width=32, count=1000), Limits())
    for _ in range(3):
        run.post("step")
        run.advance(float("inf"), lambda: False)
    vae_tabs.arithmetic(run)
    vae_tabs.spread(run)
    vae_tabs.all_test(run)


def few_images() -> None:
    """The same page for the fewest images that one can bring along."""
    from playground.data.digits import mnist
    from playground.data.own_digits import LEAST_IMAGES, keep
    from playground.labs.vae import LAB
    from playground.runtime import Limits
    from playground.runtime.run import Run
    from playground.ui import vae_tabs

    run = Run(LAB, LAB.config(width=32, own=keep(mnist().train_x[:LEAST_IMAGES].numpy())), Limits())
    vae_tabs.arithmetic(run)
    vae_tabs.spread(run)
    vae_tabs.all_test(run)


def test_the_tabs_work_with_the_fewest_own_images():
    """Else ten drawn digits would end in an error: a slider from 0 to 0."""
    page = AppTest.from_function(few_images, default_timeout=60).run()
    assert not page.exception
    assert [slider.max for slider in page.slider if slider.label == "Test digit"] == [1]
    for name in ("vae/measure", "vae/all"):
        page.button(key=name).click().run()
        assert not page.exception
    assert not any("nan" in part.value for part in page.markdown)


def test_the_tabs_measure_the_run_that_is_on_the_stage():
    """Else a tab would fail when it is opened, or a slider would change nothing."""
    page = AppTest.from_function(tabs, default_timeout=60).run()
    assert not page.exception

    def inks() -> list[str]:
        table = next(part.value for part in page.markdown if "| measured |" in part.value)
        return next(line for line in table.splitlines() if "stroke weight" in line).split("|")[2:4]

    copy, moved = inks()
    assert copy == moved  # at first nothing is added to the code
    page.slider(key="vae/stroke weight").set_value(2.0).run()
    assert not page.exception
    assert inks()[0] == copy and inks()[1] != moved


def autoencoder_tab() -> None:
    """The tab that measures all test digits, of an autoencoder."""
    from playground.labs.vae import LAB
    from playground.runtime import Limits
    from playground.runtime.run import Run
    from playground.ui import vae_tabs

    vae_tabs.all_test(Run(LAB, LAB.config(kind="autoencoder", width=32, classes="1"), Limits()))


def test_an_autoencoder_is_told_in_words_of_its_own():
    """Else it would be said to pay for a code, or to have an ELBO."""
    page = AppTest.from_function(autoencoder_tab, default_timeout=60).run()
    page.button(key="vae/all").click().run()
    words = page.markdown[-1].value
    assert "all of them for the picture" in words and "drawing" not in words
    curves = next(view for view in LAB.views if view.name == "terms")
    assert not any("ELBO" in layer.label for layer in curves.layers)
