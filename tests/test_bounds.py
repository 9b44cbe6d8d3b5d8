"""What keeps a critic from being steep: that it does, and that it takes nothing else away."""

from __future__ import annotations

import pytest
import torch

from playground.bounds import SpectralNorm, clip
from playground.gan.plane import PlaneConfig, PlaneTrainer
from playground.nets import MLP


def critic(scale: float = 1.0) -> MLP:
    return MLP((2, 32, 32, 1), "leaky-relu", generator=torch.Generator().manual_seed(0), scale=scale)


def sigmas(D: MLP) -> list[float]:
    return [float(torch.linalg.matrix_norm(w.double(), 2)) for w, _ in D.layers]


def test_clipping_clips_everything_and_nothing_more():
    """Else some weight could grow, or small ones would be changed."""
    D = critic()
    before = D.flat.clone()
    clip(D, 0.1)
    assert float(D.flat.abs().max()) == pytest.approx(0.1)
    small = before.abs() < 0.1
    assert torch.equal(D.flat[small], before[small]) and small.any() and not small.all()


@pytest.mark.parametrize("scale", [1.0, 4.0, 0.5])
def test_no_two_points_are_scored_further_apart_than_they_lie(scale):
    """Else the critic's loss would not be in the units of the data: every layer's largest singular value, by SVD."""
    D = critic(scale)
    SpectralNorm(D).start()
    assert sigmas(D) == pytest.approx([1 / scale, 1, 1], rel=2e-3)
    x, y = torch.randn(2000, 2), torch.randn(2000, 2)
    slopes = (D(x) - D(y)).abs()[:, 0] / (x - y).norm(dim=1)
    assert float(slopes.max()) <= 1.005


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_gradient_is_that_of_the_normed_network(scale):
    """Equation (3) against autograd through W / sigma(W), with sigma from an SVD."""
    D = critic(scale)
    norms = SpectralNorm(D)
    norms.start()
    x = torch.randn(64, 2)
    leaves = [w.clone().requires_grad_() for w, _ in D.layers]
    h = x * scale
    for i, (raw, (_, b), goal) in enumerate(zip(leaves, D.layers, norms.goals, strict=True)):
        h = h @ (goal * raw / torch.linalg.matrix_norm(raw, 2)) + b
        h = torch.nn.functional.leaky_relu(h, 0.2) if i < 2 else h
    expected = torch.autograd.grad(h.square().sum(), leaves)
    y = D.forward(x)
    D.backward(2 * y)
    norms.project()
    for (ours, _), theirs in zip(D.grads, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=2e-2, atol=2e-3 * float(theirs.abs().max()))


def test_training_keeps_the_norms():
    """Else one round of power iteration a step would not be enough."""
    trainer = PlaneTrainer(PlaneConfig(loss="wgan-sn", r1=0.0, d_steps=3, lr_d=2e-3), "cpu")
    for _ in range(200):
        trainer.step()
    assert sigmas(trainer.D) == pytest.approx(trainer.norms.goals, rel=0.04)


def test_coming_back_from_another_loss_norms_again():
    """Else stale singular vectors would be trusted: the knob acts on the running model."""
    trainer = PlaneTrainer(PlaneConfig(loss="wgan-sn"), "cpu")
    for loss in ("wgan-sn", "non-saturating", "wgan-sn"):
        trainer.tune(PlaneConfig(loss=loss))
        for _ in range(150):
            trainer.step()
    assert sigmas(trainer.D) == pytest.approx(trainer.norms.goals, rel=0.04)
