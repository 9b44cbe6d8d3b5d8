"""Schedules, predictions and samplers: the lines in their docstrings, held against independent ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.data.line import ALPHABET, BINS
from playground.diffusion.predictions import PREDICTIONS, read, score, velocity, wanted
from playground.diffusion.samplers import SAMPLERS, Moment, calls, reverse, stops
from playground.diffusion.schedule import (
    LEAST_BETA,
    MODELS,
    MOST_BETA,
    SCHEDULES,
    Schedule,
    curve_to_text,
    posterior,
    schedule,
    text_to_curve,
)

PATHS = [("diffusion", kind) for kind in SCHEDULES] + [("flow", "cosine")]
MEAN, VARIANCE = 0.5, 0.04  # of normal data, of which everything is known


def normal_denoiser(path: Schedule):
    """The best denoiser of N(MEAN, VARIANCE)."""

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        a, s = path.a[t], path.s[t]
        x0 = MEAN + a * VARIANCE / (a * a * VARIANCE + s * s) * (x - a * MEAN)
        return x0, (x - a * x0) / s

    return denoise


def run(path: Schedule, sampler: str, steps: int, x: Tensor, eta: float = 0.0, seed: int = 1) -> list[Moment]:
    generator = torch.Generator().manual_seed(seed)
    return list(reverse(normal_denoiser(path), path, x, sampler, stops(path.T, steps), eta, generator))


def noise(n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("model", "kind"), PATHS)
@pytest.mark.parametrize("T", [1, 2, 10, 1000])
def test_a_path_runs_from_data_towards_noise(model: str, kind: str, T: int) -> None:
    path = schedule(model, kind, T)
    assert path.T == T
    assert path.a[0] == 1
    assert path.s[0] == 0
    assert (np.diff(path.a) < 0).all()
    assert (np.diff(path.s) >= 0).all()  # near the end 1 is as near as numbers come
    assert (np.diff(path.clock) > 0).all()
    assert np.allclose(path.a * path.ds - path.s * path.da, 1, atol=1e-12)
    if model == "diffusion":
        assert np.allclose(path.a**2 + path.s**2, 1, atol=1e-12)
        assert (path.beta >= LEAST_BETA - 1e-12).all()
        assert (path.beta <= MOST_BETA + 1e-12).all()


@pytest.mark.parametrize(("model", "kind"), PATHS)
def test_the_velocity_is_the_derivative_by_the_clock(model: str, kind: str) -> None:
    """(4), against the curve that the path draws: a and s as functions of c alone."""
    path, h = schedule(model, kind, 40), 1e-6
    a, s = (np.cos, np.sin) if model == "diffusion" else (lambda c: 1 - c, lambda c: c)
    assert np.allclose(a(path.clock), path.a)
    assert np.allclose((a(path.clock + h) - a(path.clock - h)) / (2 * h), path.da, atol=1e-8)
    assert np.allclose((s(path.clock + h) - s(path.clock - h)) / (2 * h), path.ds, atol=1e-8)


def test_linear_is_ho_et_al() -> None:
    betas = np.linspace(1e-4, 0.02, 1000)
    assert np.allclose(schedule("diffusion", "linear", 1000, 0.02).alpha_bar[1:], np.cumprod(1 - betas))
    assert schedule("diffusion", "linear", 50, 0.02).left == pytest.approx(0.603, abs=5e-4)
    assert not schedule("diffusion", "linear", 50, 0.02).ends_in_noise
    assert schedule("diffusion", "linear", 100, 0.1).ends_in_noise


def test_cosine_is_nichol_and_dhariwal() -> None:
    t = np.arange(101) / 100
    f = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
    assert np.allclose(schedule("diffusion", "cosine", 100).alpha_bar[:-1], (f / f[0])[:-1], atol=1e-9)


def test_sigmoid_stands_at_one_half_in_the_middle() -> None:
    path = schedule("diffusion", "sigmoid", 100)
    assert path.alpha_bar[50] == pytest.approx(0.5, abs=1e-6)
    assert np.allclose(path.alpha_bar[10:90] + path.alpha_bar[90:10:-1], 1, atol=1e-6)


def test_a_drawn_schedule_is_followed_and_never_rises() -> None:
    heights = np.linspace(1, 0, BINS) ** 2
    path = schedule("diffusion", "own", 96, curve=curve_to_text(heights))
    middles = (np.arange(BINS) + 0.5) / BINS
    assert np.abs(np.interp(middles, np.arange(97) / 96, path.alpha_bar) - heights).max() < 0.02
    risen = curve_to_text(np.concatenate([np.linspace(1, 0.2, BINS // 2), np.linspace(0.2, 1, BINS // 2)]))
    path = schedule("diffusion", "own", 96, curve=risen)
    assert (np.diff(path.alpha_bar) < 0).all()
    assert path.left == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("seed", range(20))
def test_any_text_of_the_alphabet_is_a_schedule(seed: int) -> None:
    draw = np.random.default_rng(seed)
    text = "".join(draw.choice(list(ALPHABET), draw.integers(0, 2 * BINS)))
    path = schedule("diffusion", "own", int(draw.integers(1, 200)), curve=text)
    assert (path.a > 0).all()
    assert (np.diff(path.clock) > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_survives_its_text(seed: int) -> None:
    heights = np.random.default_rng(seed).integers(0, 64, BINS) / 63
    assert np.array_equal(text_to_curve(curve_to_text(heights)), heights)


@pytest.mark.parametrize(("model", "kind"), PATHS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_what_is_wanted_can_be_read_back(model: str, kind: str, prediction: str) -> None:
    path = schedule(model, kind, 20)
    x0, e = noise(64, 1), noise(64, 2)
    t = torch.arange(64) % 19 + 1  # not T: where a = 0 the noise says nothing of x_0
    level = path.levels(t, x0)
    x = level.a * x0 + level.s * e
    read_x0, read_e = read(prediction, x, wanted(prediction, x0, e, level), level)
    assert torch.allclose(read_x0, x0, atol=1e-9)
    assert torch.allclose(read_e, e, atol=1e-9)
    assert torch.allclose(velocity(x0, e, level), wanted("v", x0, e, level))
    one = path.level(7)
    assert torch.equal(read(prediction, x, x0, one)[0], read(prediction, x, x0, path.levels(t * 0 + 7, x0))[0])


def test_the_score_is_the_slope_of_the_log_density() -> None:
    path, x = schedule("diffusion", "cosine", 20), noise(64).requires_grad_()
    for t in (1, 10, 20):
        variance = path.a[t] ** 2 * VARIANCE + path.s[t] ** 2
        log_q = -((x - path.a[t] * MEAN) ** 2) / (2 * variance)
        (slope,) = torch.autograd.grad(log_q.sum(), x)
        _, e = normal_denoiser(path)(x, t)
        assert torch.allclose(score(e, path.level(t)), slope)


@pytest.mark.parametrize(("model", "kind"), PATHS)
@pytest.mark.parametrize("steps", [1, 3, 20])
def test_ddim_with_eta_1_takes_the_steps_of_ddpm(model: str, kind: str, steps: int) -> None:
    path, x = schedule(model, kind, 20), noise(32)
    ddpm, ddim = (run(path, "ddpm", steps, x), run(path, "ddim", steps, x, eta=1.0))
    for one, other in zip(ddpm, ddim, strict=True):
        assert torch.allclose(one.x, other.x, atol=1e-9)


def test_euler_on_a_straight_path_is_ddim() -> None:
    path, x = schedule("flow", T=20), noise(32)
    assert torch.allclose(run(path, "euler", 7, x)[-1].x, run(path, "ddim", 7, x)[-1].x)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("model", "kind"), [("diffusion", "cosine"), ("diffusion", "sigmoid"), ("flow", "")])
def test_every_sampler_finds_the_normal_law(model: str, kind: str, sampler: str) -> None:
    """With many steps and the best denoiser the data come out; the error of 20 000 draws is .0014 of each moment.

    What is left is the steps' own error: the noise that (1) adds is that of a known x_0, a little too little.
    """
    path = schedule(model, kind, 400)
    made = run(path, sampler, 400, noise(20_000))[-1].x
    assert float(made.mean()) == pytest.approx(MEAN, abs=0.006)
    assert float(made.std()) == pytest.approx(VARIANCE**0.5, abs=0.01 if sampler == "ddpm" else 0.006)


def _far_from_the_ode(sampler: str, steps: int) -> float:
    """How far the points of a sampler lie from where the flow of the normal law takes them, which is a straight map."""
    path, x = schedule("flow", T=4096), noise(64)
    right = MEAN + VARIANCE**0.5 * x
    return float((run(path, sampler, steps, x)[-1].x - right).abs().max())


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("euler", 1), ("heun", 2)])
def test_the_error_shrinks_with_the_order_of_the_sampler(sampler: str, order: int) -> None:
    coarse, fine = _far_from_the_ode(sampler, 64), _far_from_the_ode(sampler, 512)
    assert np.log2(coarse / fine) / 3 == pytest.approx(order, abs=0.25)


def test_dpm_gains_more_than_first_order() -> None:
    """Its first and last steps are of first order, and even steps in t are uneven in log(a / s): order 1.5 is left."""
    coarse, fine = _far_from_the_ode("dpm++", 64), _far_from_the_ode("dpm++", 512)
    assert np.log2(coarse / fine) / 3 > 1.4
    assert coarse < _far_from_the_ode("ddim", 64) / 4


@pytest.mark.parametrize(("T", "steps"), [(1, 1), (1, 9), (7, 3), (50, 20), (50, 50), (100, 99), (300, 299), (1000, 7)])
def test_stops_lead_from_T_to_0(T: int, steps: int) -> None:
    at = stops(T, steps)
    assert at[0] == T
    assert at[-1] == 0
    assert len(at) == min(T, steps) + 1
    assert all(t > s for t, s in itertools.pairwise(at))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sampler_asks_as_often_as_it_says(sampler: str) -> None:
    path = schedule("diffusion", "cosine", 20)
    asked = []

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        asked.append(t)
        return normal_denoiser(path)(x, t)

    moments = list(reverse(denoise, path, noise(3), sampler, stops(20, 8), 0.5, torch.Generator().manual_seed(0)))
    assert len(asked) == calls(sampler, 8)
    assert [m.t for m in moments] == stops(20, 8)
    assert 0 not in asked
    assert torch.equal(moments[-1].x, moments[-1].x0)


@pytest.mark.parametrize("sampler", ["ddim", "euler", "heun", "dpm++"])
def test_without_eta_the_same_noise_becomes_the_same_point(sampler: str) -> None:
    path, x = schedule("diffusion", "cosine", 20), noise(16)
    assert torch.equal(run(path, sampler, 10, x, seed=1)[-1].x, run(path, sampler, 10, x, seed=2)[-1].x)
    assert not torch.equal(run(path, "ddpm", 10, x, seed=1)[-1].x, run(path, "ddpm", 10, x, seed=2)[-1].x)


@pytest.mark.parametrize("model", MODELS)
def test_a_posterior_joins_to_the_law_of_the_earlier_time(model: str) -> None:
    """Averaged over x_t, (6) is q(x_s | x_0): its mean and its variance."""
    path = schedule(model, "cosine", 30)
    for t, s in itertools.combinations(range(30, 0, -7), 2):
        law = posterior(path, t, s)
        assert law.x_weight * path.a[t] + law.x0_weight == pytest.approx(path.a[s], abs=1e-12)
        assert (law.x_weight * path.s[t]) ** 2 + law.sd**2 == pytest.approx(path.s[s] ** 2, abs=1e-12)
