"""What is exactly true of diffusion: the best denoiser, the posterior, and where the exact reverse process ends."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from torch import Tensor

from playground import devices  # noqa: F401  (one thread, as on the server)
from playground.data import line, plane
from playground.data.line import LineTarget, NormalMixture
from playground.data.plane import PlaneTarget
from playground.diffusion.exact import DRAWS, Exact
from playground.diffusion.predictions import PREDICTIONS, velocity, wanted
from playground.diffusion.samplers import STEPS, Here, reverse, stops
from playground.diffusion.schedule import Schedule, posterior, schedule
from playground.diffusion.start import shares_above, start_gap

COSINE, FLOW, LINEAR = (
    schedule("diffusion", "cosine", 50),
    schedule("flow", T=50),
    schedule("diffusion", "linear", 100, 0.1),
)
PATHS = {"cosine": COSINE, "flow": FLOW, "linear": LINEAR}
EARLY = schedule("diffusion", "linear", 50, 0.02)  # ends at alpha-bar = .603: the lesson
COIN = NormalMixture((0.7, 0.3), (-1.0, 1.0), (0.1, 0.1))
LINE = {
    "coin": COIN,
    "bumps": line.bumps(3),
    "exponential": line.exponential(0.8),
    "drawn": line.drawn("A" * 12 + "zK9-" * 6 + "A" * 12),
}
PLANE = {name: plane.target(name, 2.0) for name in ("ring8", "ring", "spiral", "checkerboard", "diagonal")}


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def numbers(path: Schedule, t: int) -> tuple[float, float]:
    return float(path.a[t]), float(path.s[t])


# The best denoiser


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", LINE)
def test_on_the_line_it_says_the_mean_of_the_posterior(name, path):
    """Bayes by brute force: p(x_0 | x_t) ~ p(x_0) N(x_t; a x_0, s^2), summed over fine pieces."""
    target: LineTarget = LINE[name]
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = target.edges if isinstance(target, line.Steps) else [0.0]
    low, high = target.quantile(np.array([1e-16, 1 - 1e-15]))
    near = np.add.outer(edges, np.logspace(-6, -1, 100) * np.array([[-1], [1]])).ravel()  # an edge pulls from afar
    cuts = np.unique([*np.linspace(low - 3, high + 3, 4001), *edges, *near])
    x0 = (cuts[:-1, None] + np.diff(cuts)[:, None] * (nodes + 1) / 2).ravel()
    p = target.density(x0) * (np.diff(cuts)[:, None] * weights).ravel() / 2
    x0, p = x0[p > 0], p[p > 0]
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)[:, None]
    exact = Exact(target, path)
    for t in (1, 5, path.T // 2, path.T - 1):
        a, s = numbers(path, t)
        logs = np.log(p) - (x.numpy() - a * x0) ** 2 / (2 * s * s)  # (n, k)
        log_sum = special.logsumexp(logs, axis=1)
        mean = np.exp(logs - log_sum[:, None]) @ x0
        np.testing.assert_allclose(exact(x, t)[0][:, 0], mean, rtol=1e-6, atol=1e-9)
        log_q = log_sum - math.log(s * math.sqrt(2 * math.pi))
        np.testing.assert_allclose(exact.log_density(x, t), log_q, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", PLANE)
def test_in_the_plane_it_says_the_mean_of_the_posterior(name):
    target: PlaneTarget = PLANE[name]
    side = np.arange(-1.5 * target.reach, 1.5 * target.reach, 0.0125)
    x0 = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    p = target.density(x0)
    x0, p = x0[p > 1e-12], p[p > 1e-12]
    exact = Exact(target, COSINE)
    for t in (3, 20, 45):
        a, s = numbers(COSINE, t)
        x = a * target.draw(10, torch.Generator().manual_seed(t)).double() + s * noise(10, 2, seed=t)
        held = p * np.exp(-((x.numpy()[:, None] - a * x0) ** 2).sum(2) / (2 * s * s))
        np.testing.assert_allclose(exact(x, t)[0], held @ x0 / held.sum(1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", [*LINE, *PLANE])
def test_its_answers_belong_together(name, path):
    """x_t = a x_0 + s e, the score is -e / s and the slope of the log density, at every t, near and far."""
    exact = Exact((LINE | PLANE)[name], path)
    x = noise(40, exact.d) * 3
    for t in range(0, path.T + 1, 7):
        a, s = numbers(path, t)
        x0, e = exact(x, t)
        assert torch.allclose(a * x0 + s * e, x, atol=1e-9)
        if t > 0:
            near = x.requires_grad_()
            (slope,) = torch.autograd.grad(exact.log_density(near, t).sum(), near)
            x = x.detach()
            assert torch.allclose(exact.score(x, t), slope, rtol=1e-7, atol=1e-7)
            assert torch.allclose(exact.score(x, t), -e / s, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [*LINE, *PLANE])
def test_at_both_ends_of_the_path(name):
    """At 0 all is known of x_0, in pure noise nothing but its mean: with no 0 / 0 on the way."""
    target = (LINE | PLANE)[name]
    exact = Exact(target, FLOW)
    x = noise(20, exact.d)
    assert torch.equal(exact(x, 0)[0], x)
    x0, e = exact(x, FLOW.T)
    assert torch.equal(e, x)
    drawn = target.draw(20_000, torch.Generator().manual_seed(0)).double().view(20_000, -1)
    assert (x0 - drawn.mean(0)).abs().max() < 5 * drawn.std() / math.sqrt(20_000)
    assert torch.allclose(exact.log_density(x, FLOW.T), torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1))
    assert torch.equal(exact.score(x, FLOW.T), -x)
    inside = drawn[:50]
    assert torch.isfinite(exact.log_density(inside, 0)).all()
    faint = schedule("diffusion", "linear", 200, 0.5)
    assert faint.left < 1e-11
    assert torch.allclose(Exact(target, faint)(x, 200)[0], x0, atol=1e-4)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_density_has_mass_one_at_every_time(path):
    exact = Exact(line.exponential(0.6), path)
    for t in range(1, path.T + 1, 7):
        _, s = numbers(path, t)
        x = np.arange(-9, 16, s / 8)
        p = np.exp(exact.log_density(torch.from_numpy(x)[:, None], t).numpy())
        assert np.trapezoid(p, x) == pytest.approx(1, abs=1e-8)


def test_shapes_and_precision_come_back_as_they_went_in():
    x = noise(7, 2).float()
    for t in (0, 9, 50):
        for answer in Exact(PLANE["spiral"], FLOW)(x, t):
            assert answer.shape == x.shape
            assert answer.dtype == torch.float32


# The least loss


@pytest.mark.parametrize("kind", PREDICTIONS)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_least_loss_of_a_normal_law_is_known(path, kind):
    """m = sigma^2 s^2 / (a^2 sigma^2 + s^2). The error that comes with it is honest, and small."""
    sigma = 0.3
    exact = Exact(plane.blob(), path)
    assert exact.least_loss(0, kind).value == (0 if kind == "x0" else 1)
    for t in range(1, path.T + 1, 7):
        a, s = numbers(path, t)
        m = sigma**2 * s**2 / (a**2 * sigma**2 + s**2)
        right = {"x0": m, "epsilon": (a / s) ** 2 * m, "v": m / s**2}[kind]
        found = exact.least_loss(t, kind)
        assert found.value == pytest.approx(right, abs=4 * found.error + 1e-12)
        assert found.error < 0.02 * right + 1e-12


@pytest.mark.parametrize("kind", PREDICTIONS)
@pytest.mark.parametrize("name", ["coin", "exponential", "ring8", "spiral"])
def test_the_least_loss_is_what_the_best_denoiser_gets(name, kind):
    """With other draws and the network's own target of `predictions.py`; any other answer gets more."""
    target = (LINE | PLANE)[name]
    exact, n = Exact(target, LINEAR), 4 * DRAWS
    x0 = target.draw(n, torch.Generator().manual_seed(8)).double().view(n, -1)
    e = noise(*x0.shape, seed=9)
    for t in (4, 20, 40):
        level = LINEAR.level(t)
        x = level.a * x0 + level.s * e
        right, best = wanted(kind, x0, e, level), wanted(kind, *exact(x, t), level)
        losses = (right - best).square().mean(1)
        found = exact.least_loss(t, kind)
        error = math.hypot(found.error, float(losses.std()) / math.sqrt(n))
        assert float(losses.mean()) == pytest.approx(found.value, abs=4 * error)
        for other in (best * 1.3, best + 0.3 * right.std()):
            assert (right - other).square().mean() > losses.mean()


# The posterior of one step back


@pytest.mark.parametrize("path", [*PATHS.values(), EARLY], ids=[*PATHS, "early"])
def test_the_posterior_is_bayes_by_brute_force(path):
    """q(x_s | x_t, x_0) ~ q(x_t | x_s) q(x_s | x_0): mean and variance of the product on a fine grid, to 1e-10."""
    x0, x_t = 0.7, -0.4
    for t, s in [(path.T - 1, path.T // 2), (path.T // 2, path.T // 2 - 1), (9, 2), (2, 1)]:
        (a_t, s_t), (a_s, s_s) = numbers(path, t), numbers(path, s)
        a_ts = a_t / a_s
        spread = s_t**2 - (a_ts * s_s) ** 2  # x_t = a_ts x_s + noise of this variance
        law = posterior(path, t, s)
        x = np.linspace(-14, 14, 2801) * law.sd + law.x_weight * x_t + law.x0_weight * x0
        logs = -((x_t - a_ts * x) ** 2) / (2 * spread) - (x - a_s * x0) ** 2 / (2 * s_s**2)
        p = np.exp(logs - logs.max())
        p /= p.sum()
        mean = p @ x
        assert law.x_weight * x_t + law.x0_weight * x0 == pytest.approx(mean, abs=1e-10)
        assert law.sd**2 == pytest.approx(p @ (x - mean) ** 2, abs=1e-10)


@pytest.mark.parametrize("path", [COSINE, LINEAR, EARLY], ids=["cosine", "linear", "early"])
def test_the_posterior_in_terms_of_the_noise(path):
    """Ho et al. 2020, (11) and (7): the same mean with x_0 replaced by what the noise implies, and beta tilde."""
    x_t, e = 0.8, -1.3
    for t in range(2, path.T + 1, 5):
        a, s = numbers(path, t)
        beta, s_before = path.beta[t - 1], float(path.s[t - 1])
        law = posterior(path, t, t - 1)
        mean = (x_t - beta / s * e) / math.sqrt(1 - beta)
        assert law.x_weight * x_t + law.x0_weight * (x_t - s * e) / a == pytest.approx(mean, abs=1e-10)
        assert law.sd**2 == pytest.approx(s_before**2 / s**2 * beta, abs=1e-10)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_each_transition_of_ddim_with_eta_1_is_that_of_ddpm(path):
    """Mean and standard deviation, read off a step with no noise and one with noise 1."""
    exact, x = Exact(COIN, path), noise(50, 1)
    for t, s in itertools.pairwise([path.T, path.T - 1, 30, 29, 12, 2, 1, 0]):
        laws = {}
        for name in ("ddpm", "ddim"):
            none, one = (
                STEPS[name](Here(exact, path, t, s, x, *exact(x, t), 1.0, lambda n=n: torch.full_like(x, n), None))
                for n in (0.0, 1.0)
            )
            laws[name] = none, one - none
        for one, other in zip(laws["ddpm"], laws["ddim"], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-10)


# Where the reverse process ends


def sampled(path: Schedule, sampler: str, n: int, target: LineTarget = COIN, steps: int | None = None) -> Tensor:
    """From noise that is evenly spread, so that samplers that draw nothing have no luck."""
    x = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)[:, None]
    generator = torch.Generator().manual_seed(0)
    moments = reverse(Exact(target, path), path, x, sampler, stops(path.T, steps or path.T), 0.0, generator)
    return list(moments)[-1].x


def chain(path: Schedule, cells: int = 500) -> float:
    """P(heads) of DDPM with the exact denoiser, without any draw: its law on a fine grid, pushed from step to step."""
    exact, x = Exact(COIN, path), np.linspace(-7, 7, cells)
    law = stats.norm.pdf(x)
    law /= law.sum()
    points = torch.from_numpy(x)[:, None]
    for t in range(path.T, 1, -1):
        step = posterior(path, t, t - 1)
        mean = step.x_weight * x + step.x0_weight * exact(points, t)[0][:, 0].numpy()
        kernel = np.exp(-((x[:, None] - mean) ** 2) / (2 * step.sd**2))
        law = kernel @ (law / kernel.sum(0))
    return float(law[exact(points, 1)[0][:, 0].numpy() > 0].sum())


@pytest.mark.parametrize(
    "path", [LINEAR, COSINE, schedule("diffusion", "sigmoid", 50)], ids=["linear", "cosine", "sigmoid"]
)
def test_a_chain_that_ends_in_noise_gives_the_coin_back(path):
    """alpha-bar_T < .01: |P - .3| <= .01, found without luck, and every sampler does what is known of it.

    Those that draw noise forget what is left at T. The flow does not: at alpha-bar_T = .0056 it is off by .0106 however
    many steps it takes, as `shares_above` says.
    """
    assert path.left < 0.01
    heads = chain(path)
    assert heads == pytest.approx(0.3, abs=0.01)
    n = 10_000
    assert float((sampled(path, "ddpm", n) > 0).double().mean()) == pytest.approx(heads, abs=4 * math.sqrt(0.21 / n))
    shares = shares_above(COIN, path, 0.0)
    assert shares.drawn == pytest.approx(0.3, abs=0.001)
    assert shares.flow == pytest.approx(0.3, abs=0.011)
    for sampler in ("ddim", "euler", "heun", "dpm++"):
        assert float((sampled(path, sampler, 2000) > 0).double().mean()) == pytest.approx(shares.flow, abs=0.003)


def test_a_chain_that_does_not_end_in_noise_cannot_be_saved_by_the_best_denoiser():
    """Ho's betas cut off at T = 50 leave alpha-bar = .603. Heads .3 become .42 where noise is drawn, .44 where not."""
    assert EARLY.left == pytest.approx(0.603, abs=1e-3)
    shares = shares_above(COIN, EARLY, 0.0)
    assert shares.drawn == pytest.approx(0.4208, abs=1e-4)
    assert shares.flow == pytest.approx(0.4374, abs=1e-4)
    assert chain(EARLY) == pytest.approx(shares.drawn, abs=0.002)
    n = 10_000
    assert float((sampled(EARLY, "ddpm", n) > 0).double().mean()) == pytest.approx(
        chain(EARLY), abs=4 * math.sqrt(0.25 / n)
    )
    for sampler in ("ddim", "euler", "heun", "dpm++"):
        assert float((sampled(EARLY, sampler, 2000) > 0).double().mean()) == pytest.approx(shares.flow, abs=0.002)


def test_more_steps_do_not_help_a_chain_that_does_not_end_in_noise():
    """The same betas, cut finer: what is left at T decides, not the number of steps."""
    for T in (50, 150):
        path = schedule("diffusion", "linear", T, 0.02 * 50 / T)
        assert chain(path) == pytest.approx(shares_above(COIN, path, 0.0).drawn, abs=0.002)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_shares_by_brute_force(p):
    """(2) and (3) of `start.py`, by sums over x_0 and x_T."""
    coin, c = NormalMixture((1 - p, p), (-1.0, 1.0), (0.1, 0.2)), 0.2
    x0, x = np.linspace(-3, 3, 3001), np.linspace(-7, 7, 601)
    for path in (EARLY, LINEAR):
        a, s = numbers(path, path.T)
        joint = np.exp(-((x[:, None] - a * x0) ** 2) / (2 * s * s)) * coin.density(x0)
        above = np.trapezoid(joint * (x0 > c), x0) / np.trapezoid(joint, x0)  # P(x_0 > c | x_T = x)
        found = shares_above(coin, path, c)
        assert found.drawn == pytest.approx(np.trapezoid(above * stats.norm.pdf(x), x), abs=1e-5)
        place = stats.norm.isf(found.flow)  # where the flow says that the border lies at T: as much lies above it there
        sigmas = np.hypot(a * np.array([0.1, 0.2]), s)
        kept = (1 - p) * stats.norm.sf(place, -a, sigmas[0]) + p * stats.norm.sf(place, a, sigmas[1])
        assert kept == pytest.approx(1 - coin.cumulative(np.array(c)))


# The gap at the start


@pytest.mark.parametrize(
    "path", [EARLY, LINEAR, schedule("diffusion", "linear", 10, 0.02)], ids=["early", "linear", "none"]
)
def test_the_gap_of_normal_laws_is_a_closed_form(path):
    a, s = numbers(path, path.T)
    mean, variance = a * 0.4, a * a * 0.09 + s * s
    kl = (mean**2 + variance - 1 - math.log(variance)) / 2
    found = start_gap(line.normal(0.4, 0.3), path)
    assert found.kl == pytest.approx(kl, abs=1e-9)
    ends = integrate.quad(lambda x: abs(stats.norm.pdf(x) - stats.norm.pdf(x, mean, variance**0.5)), -9, 9, limit=400)[
        0
    ]
    assert found.tv == pytest.approx(ends / 2, abs=2e-3)
    assert start_gap(plane.blob(), path).kl == pytest.approx(variance - 1 - math.log(variance), abs=1e-6)


@pytest.mark.parametrize(
    "target", [COIN, line.exponential(), plane.moons(), plane.grid25(3.0)], ids=["coin", "exp", "moons", "grid"]
)
def test_the_gap_closes_as_the_path_ends_in_noise(target):
    gaps = [start_gap(target, schedule("diffusion", "linear", 100, beta)) for beta in (0.005, 0.02, 0.05, 0.1, 0.2)]
    for worse, better in itertools.pairwise(gaps):
        assert worse.kl > better.kl
        assert worse.tv > better.tv
    for gap in gaps:
        assert gap.tv <= math.sqrt(max(gap.kl, 0) / 2) + 1e-6, "Pinsker"
    assert gaps[0].kl > 0.1
    assert start_gap(target, FLOW) == (0, 0)


@pytest.mark.parametrize("seed", range(6))
def test_no_share_is_off_by_more_than_the_gap(seed):
    """The data processing inequality, on mixtures and places at random: the bound that the page may state."""
    draw = np.random.default_rng(seed)
    weights, centres = tuple(draw.dirichlet(np.ones(3))), tuple(draw.uniform(-1.5, 1.5, 3))
    target = NormalMixture(weights, centres, tuple(draw.uniform(0.05, 0.4, 3)))
    for beta in (0.01, 0.04, 0.1):
        path = schedule("diffusion", "linear", 100, beta)
        gap = start_gap(target, path)
        for c in draw.uniform(-1.5, 1.5, 4):
            right = float(1 - target.cumulative(np.array(c)))
            for share in shares_above(target, path, float(c)):
                assert abs(share - right) <= gap.tv + 1e-4


# The flow


def carried(target: LineTarget, path: Schedule, x: Tensor, t: int, s: int) -> Tensor:
    """Where the flow takes x from t to s: on the line it keeps the order, so quantiles become quantiles."""
    exact = Exact(target, path)
    (a_t, _), (a_s, _) = numbers(path, t), numbers(path, s)
    u = stats.norm.cdf(x.numpy()) if a_t == 0 else exact.at(t).cumulative(x.numpy() / a_t)
    return torch.from_numpy(a_s * exact.at(s).quantile(u))


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("euler", 1), ("heun", 2), ("dpm++", 2)])
@pytest.mark.parametrize("model", ["diffusion", "flow"])
def test_samplers_follow_the_flow_with_their_order(model, sampler, order):
    """Of a mixture, between two times, in steps that are even in log(a / s) as (5) of `samplers.py` likes them."""
    path = schedule(model, "cosine", 2**14)
    target = NormalMixture((0.6, 0.4), (-0.8, 0.7), (0.3, 0.4))
    log_snr = np.log(path.a[1:-1] / path.s[1:-1])
    ends = (-1.5, 2.0)
    errors = []
    for steps in (16, 64):
        at = [int(np.abs(log_snr - level).argmin()) + 1 for level in np.linspace(*ends, steps + 1)]
        x = numbers(path, at[0])[1] * noise(200, 1)
        last = list(reverse(Exact(target, path), path, x, sampler, at))[-1]
        right = carried(target, path, x, at[0], at[-1])
        errors.append(float((last.x - right).square().mean().sqrt()))
    assert math.log(errors[0] / errors[1], 4) == pytest.approx(order, abs=0.25)


@pytest.mark.parametrize("name", LINE)
def test_along_the_flow_quantiles_stay_quantiles(name):
    """All of the path, from noise to data: DDIM in many small steps, against the monotone map that is known."""
    path = schedule("flow", T=300)
    x = noise(100, 1)
    made = list(reverse(Exact(LINE[name], path), path, x, "heun", stops(300, 300)))[-1].x
    off = (made - carried(LINE[name], path, x, 300, 0)).abs()
    assert off.median() < 2e-3
    assert off.mean() < 5e-3


def test_the_velocity_moves_the_density(  # the continuity equation, which makes the flow carry q_t to q_s
):
    """d log q / dc = -div v - v grad log q, by finite differences of everything."""
    path = schedule("diffusion", "cosine", 2**13)
    exact = Exact(line.bumps(3), path)
    x, h = torch.linspace(-2, 2, 41, dtype=torch.float64)[:, None], 1e-4
    for t in (800, 3000, 6000):
        level = path.level(t)
        fast, slow = (velocity(*exact(x + d, t), level) for d in (h, -h))
        v, spread = velocity(*exact(x, t), level), (fast - slow) / (2 * h)
        way = float(path.clock[t + 1] - path.clock[t - 1])
        rise = (exact.log_density(x, t + 1) - exact.log_density(x, t - 1)) / way
        np.testing.assert_allclose(rise, (-spread - v * exact.score(x, t))[:, 0], rtol=1e-3, atol=1e-3)
