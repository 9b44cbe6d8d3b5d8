"""Adam and the decay of learning rates."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from playground.optim import FLOOR, OPTIMISERS, Adam, decayed


@pytest.mark.parametrize("betas", [(0.0, 0.9), (0.5, 0.999), (0.9, 0.999), (0.99, 0.8)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 2e-5)])
def test_adam_equals_torch(betas, dtype, tolerance):
    """Else "Adam" on the page would be another optimiser, and the published presets would mean nothing here."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(50, generator=generator, dtype=dtype)
    target = torch.randn(50, generator=generator, dtype=dtype)
    ours, theirs, grad = start.clone(), start.clone(), torch.zeros_like(start)
    adam = Adam(ours, grad)
    other = torch.optim.Adam([theirs], lr=1.0, betas=betas)
    for step in range(200):
        lr = 0.02 * (1 + math.sin(step))
        scale = torch.logspace(-4, 2, 50, dtype=dtype) * torch.randn(50, generator=generator, dtype=dtype)
        grad.copy_((ours - target) * scale)
        theirs.grad = (theirs - target) * scale
        other.param_groups[0]["lr"] = lr
        adam.step(lr, *betas)
        other.step()
    assert float((ours - start).abs().min()) > 1e-3
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["sgd", "rmsprop"])
def test_the_others_equal_torch(kind, beta):
    """Else "SGD" and "RMSprop" on the page would be other optimisers than the papers'."""
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(40, generator=generator, dtype=torch.float64)
    ours, theirs, grad = start.clone(), start.clone(), torch.zeros_like(start)
    optimiser = OPTIMISERS[kind](ours, grad)
    if kind == "sgd":
        other: torch.optim.Optimizer = torch.optim.SGD([theirs], lr=1.0, momentum=beta)
    else:
        other = torch.optim.RMSprop([theirs], lr=1.0, alpha=max(beta, 0.5))
    for step in range(100):
        lr = 0.01 * (1 + math.cos(step))
        grad.copy_(torch.randn(40, generator=generator, dtype=torch.float64) * ours)
        theirs.grad = grad.clone()
        other.param_groups[0]["lr"] = lr
        optimiser.step(lr, beta, max(beta, 0.5))
        other.step()
    assert float((ours - start).abs().max()) > 1e-2
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-10)


def test_the_first_step_is_the_learning_rate():
    """Else the corrections (1 - beta^t) would be missing: Adam's first step is lr against the sign of the gradient."""
    p, grad = torch.zeros(3, dtype=torch.float64), torch.tensor([1e-3, -2.0, 50.0], dtype=torch.float64)
    Adam(p, grad).step(0.1, 0.9, 0.999)
    torch.testing.assert_close(p, torch.tensor([-0.1, 0.1, -0.1], dtype=torch.float64), rtol=1e-4, atol=0)


def test_what_has_no_gradient_stays():
    """Else parameters that nothing depends on would drift or become NaN (0 / 0)."""
    p, grad = torch.ones(2), torch.tensor([0.0, 1.0])
    adam = Adam(p, grad)
    for _ in range(5):
        adam.step(0.1, 0.9, 0.999)
    assert p[0] == 1 and p[1] < 0.6


def test_linear_decay_is_a_straight_line_to_its_floor():
    """Else "decay ends at step" would not say where it ends."""
    assert [decayed("linear", step, 100) for step in (0, 25, 50, 75)] == pytest.approx([1, 0.75, 0.5, 0.25])
    assert decayed("linear", 100, 100) == decayed("linear", 10**9, 100) == FLOOR == 0.02


def test_cosine_decay_is_half_a_wave():
    """Else the two kinds of decay would be one."""
    shares = [decayed("cosine", step, 300) for step in (0, 100, 150, 200)]
    assert shares == pytest.approx([1, 0.75, 0.5, 0.25])
    assert decayed("cosine", 300, 300) == decayed("cosine", 10**9, 300) == FLOOR


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_decay_never_rises_and_never_ends(kind):
    """Else the players would wake up again, or a long run would freeze."""
    factors = [decayed(kind, step, 400) for step in range(1000)]
    assert all(later <= earlier for earlier, later in itertools.pairwise(factors))
    assert min(factors) == FLOOR


def test_no_decay_is_one_for_ever():
    """Else a run without decay would still slow down."""
    assert {decayed("none", step, 100) for step in (0, 99, 100, 10**6)} == {1.0}
