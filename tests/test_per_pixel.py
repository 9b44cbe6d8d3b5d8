"""One GAN for each pixel: the gradients, that no pixel hears of another, and that each learns its own law."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.data.digits import chosen, mnist
from playground.gan.crowd import LEAK, Crowd
from playground.gan.per_pixel import (
    BATCH,
    GAMMA,
    STEPS,
    PerPixelConfig,
    PerPixelTrainer,
    brightness,
    neighbourly,
)

MIDDLE = [28 * row + column for row in range(9, 19, 2) for column in range(9, 19, 2)]  # 25 pixels with ink


def trainer(pixels: list[int] | None = None, seed: int = 0, count: int = 10_000) -> PerPixelTrainer:
    images = chosen("0123456789", count)
    return PerPixelTrainer(PerPixelConfig(seed=seed), images if pixels is None else images[:, pixels])


def function(crowd: Crowd, flat: Tensor, x: Tensor) -> Tensor:
    """(1) of the crowd, written with sums."""
    w, b, v, c = flat.split([crowd.n * crowd.hidden] * 3 + [crowd.n])
    a = w.view(crowd.n, -1, 1) * (x * crowd.scale)[:, None] + b.view(crowd.n, -1, 1)
    f = (v.view(crowd.n, -1, 1) * torch.nn.functional.leaky_relu(a, LEAK)).sum(1) + c[:, None]
    return torch.sigmoid(f) if crowd.sigmoid else f


@pytest.fixture
def networks() -> tuple[Crowd, Crowd, Tensor, Tensor]:
    own = torch.Generator().manual_seed(1)
    G = Crowd(5, 4, own, scale=1.7, sigmoid=True)
    D = Crowd(5, 4, own, scale=2.0, sigmoid=False)
    return G, D, torch.rand(5, 6, generator=own), torch.randn(5, 6, generator=own)


@pytest.mark.parametrize("which", [0, 1])
def test_gradients_are_those_that_autograd_finds(networks, which):
    crowd, x, pull = networks[which], networks[2].requires_grad_(), networks[3]
    flat = crowd.flat.clone().requires_grad_()
    f = function(crowd, flat, x)
    torch.testing.assert_close(crowd.forward(x.detach()), f)
    torch.testing.assert_close(crowd(x.detach()), f)
    to_flat, to_x = torch.autograd.grad((f * pull).sum(), (flat, x))
    crowd.backward(pull)
    torch.testing.assert_close(crowd.grad, to_flat)
    torch.testing.assert_close(crowd.to_input(pull), to_x)


def test_the_penalty_on_the_slope_has_its_gradient(networks):
    D, x = networks[1], networks[2].requires_grad_()
    flat = D.flat.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(function(D, flat, x).sum(), x, create_graph=True)
    (wanted,) = torch.autograd.grad(slopes.square().sum() / 2, flat)
    D.forward(x.detach())
    torch.testing.assert_close(D.slopes(), slopes.detach())
    D.backward_penalty(D.slopes())
    torch.testing.assert_close(D.grad, wanted)


def test_each_player_follows_its_objective():
    model = trainer(MIDDLE)
    x = torch.cat((model.real(), torch.from_numpy(model.sample(BATCH)).T), dim=1)
    flat, at = model.D.flat.clone().requires_grad_(), (x - 0.5).requires_grad_()
    s = function(model.D, flat, at)
    (slopes,) = torch.autograd.grad(s.sum(), at, create_graph=True)
    softplus = torch.nn.functional.softplus
    loss = (softplus(-s[:, :BATCH]).sum() + softplus(s[:, BATCH:]).sum() + GAMMA / 2 * slopes.square().sum()) / BATCH
    loss.backward()
    model.judge(x)
    torch.testing.assert_close(model.D.grad, flat.grad)

    z = torch.rand(len(MIDDLE), BATCH) * 2 - 1
    flat = model.G.flat.clone().requires_grad_()
    made = function(model.G, flat, z)
    (softplus(-function(model.D, model.D.flat, made - 0.5)).sum() / BATCH).backward()
    model.improve(model.G.forward(z))
    torch.testing.assert_close(model.G.grad, flat.grad)


def test_a_run_goes_on_bit_for_bit_from_a_state():
    one, other = trainer(MIDDLE), trainer(MIDDLE, seed=5)
    for _ in range(5):
        one.step()
    other.load(one.state())
    for _ in range(5):
        one.step()
        other.step()
    assert torch.equal(one.G.flat, other.G.flat) and one.scalars() == other.scalars()


def test_showing_draws_nothing():
    model = trainer(MIDDLE)
    before = model.state()["generator"]
    model.sample(20, seed=3)
    model.snapshot()
    assert torch.equal(model.state()["generator"], before)


def test_a_pixel_hears_of_no_other():
    model = trainer(MIDDLE)
    slope = torch.zeros(len(MIDDLE), BATCH)
    slope[3] = 1.0
    model.D.forward(model.real())
    assert (model.D.to_input(slope)[[i for i in range(len(MIDDLE)) if i != 3]] == 0).all()
    model.D.grad.zero_()
    model.D.backward(slope)
    felt = [part.flatten(1).abs().sum(1) > 0 for part in model.D.grads]
    assert all(rows.nonzero().flatten().tolist() == [3] for rows in felt)


def test_real_and_generated_pixels_have_one_range():
    model = trainer(MIDDLE, count=50)
    assert model.data.shape == (50, len(MIDDLE)) and model.data.min() == 0 and model.data.max() == 1
    np.testing.assert_allclose(model.data.mean(0), model.mean, atol=1e-6)
    made = model.sample(50)
    assert made.dtype == model.data.dtype and 0 < made.min() < made.max() < 1


def test_brightness_is_the_mean():
    images = chosen("01", 300)
    torch.testing.assert_close(brightness(images), images.float().mean(0) / 255)


def test_neighbours_are_found_to_agree_or_not():
    rng = np.random.default_rng(0)
    flat = np.repeat(rng.random((500, 1)), 784, axis=1)  # every image of one grey
    assert neighbourly(flat) == pytest.approx(1)
    assert neighbourly(np.zeros((10, 784))) == 0
    assert abs(neighbourly(rng.random((4000, 784)))) < 0.005
    real = chosen("0123456789", 2000).numpy() / 255
    alone = rng.permuted(real, axis=0)  # the same pixels, each shuffled by itself
    assert neighbourly(real) > 0.5 and abs(neighbourly(alone)) < 0.01


def gaps(samples: np.ndarray, others: np.ndarray) -> float:
    """The mean 1-Wasserstein distance of the brightness of a pixel, of equally many samples."""
    return float(np.abs(np.sort(samples, 0) - np.sort(others, 0)).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_pixel_learns_its_law_and_none_learns_when(seed):
    model = trainer(MIDDLE, seed)
    untrained = model.scalars()["brightness off"]
    for _ in range(STEPS):
        model.step()
    off = model.scalars()["brightness off"]
    assert off < 0.04 and off < untrained / 4
    made = model.sample(4000, seed=1)
    real = mnist().test_x[:4000, MIDDLE].numpy() / 255
    assert gaps(made, real) < 0.075 < gaps(np.tile(real.mean(0), (4000, 1)), real) / 4  # pixels that vary much
    chance = np.abs(np.corrcoef(made.T) - np.eye(len(MIDDLE))).max()
    assert chance < 6 / 4000**0.5  # 300 pairs of independent pixels
    assert np.abs(np.corrcoef(real.T) - np.eye(len(MIDDLE))).max() > 0.5


@pytest.mark.slow
def test_all_pixels_learn_their_brightness():
    model = trainer(count=60_000)
    for _ in range(STEPS // 2):
        model.step()
    assert model.scalars()["brightness off"] < 0.015
