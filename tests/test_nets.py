"""The networks: the same functions, gradients and first weights as torch.nn would give."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from scipy import stats
from torch import nn

from playground.nets import MLP

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "selu": nn.SELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
HEADS = {"linear": nn.Identity, **ACTIVATIONS}
JUDGES = [(1, 8, 1), (3, 16, 1), (2, 16, 16, 1), (5, 8, 16, 8, 1)]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def reference(net: MLP) -> nn.Sequential:
    """The same network from torch's own parts, with the weights copied."""
    parts: list[nn.Module] = []
    for weight, bias in net.layers:
        linear = nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(weight.T)
            linear.bias.copy_(bias)
        parts += [linear, ACTIVATIONS[net.activation]()]
    parts.pop()
    return nn.Sequential(*parts, HEADS[net.head]())


def flat_grad(model: nn.Sequential) -> torch.Tensor:
    """The gradients of the reference in the order of the flat buffer."""
    linears = [part for part in model if isinstance(part, nn.Linear)]
    return torch.cat([grad.reshape(-1) for one in linears for grad in (one.weight.grad.T, one.bias.grad)])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("sizes", [(3, 2), (1, 16, 1), (4, 8, 16, 3)])
def test_function_and_gradients_equal_torch_nn(sizes, activation, head):
    """Else the network shown would not be the multi-layer perceptron of the lesson, or would learn something else."""
    net = MLP(sizes, activation, head, seeded())
    model = reference(net)
    x = torch.randn(33, sizes[0], generator=seeded(1)).requires_grad_()
    y = model(x)
    torch.testing.assert_close(net(x.detach()), y, rtol=1e-5, atol=1e-6)
    assert torch.equal(net.forward(x.detach()), net(x.detach()))

    slope = torch.randn(33, sizes[-1], generator=seeded(2))  # any dL/df
    (y * slope).sum().backward()
    net.backward(slope)
    torch.testing.assert_close(net.grad, flat_grad(model), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(net.to_input(net.signals(slope)), x.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", JUDGES)
def test_slope_equals_autograd(sizes, activation):
    """Else the slope penalty would punish something other than D's slope."""
    net = MLP(sizes, activation, generator=seeded(2))
    x = torch.randn(64, sizes[0], generator=seeded(3))
    slope = net.to_input(net.signals(torch.ones_like(net.forward(x))))
    (expected,) = torch.autograd.grad(reference(net)(x.requires_grad_()).sum(), x)
    assert slope.shape == (64, sizes[0])
    torch.testing.assert_close(slope, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("penalty", ["squares", "unit", "odd"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("head", "scale"), [("linear", 1.0), ("tanh", 1.0), ("selu", 3.0)])
@pytest.mark.parametrize("sizes", JUDGES)
def test_gradient_of_a_slope_penalty_equals_double_backward(sizes, head, scale, activation, penalty):
    """Else D would be pushed by a penalty with the right value and the wrong gradient."""
    of_slope = {
        "squares": lambda s: s.square().sum(),
        "unit": lambda s: (s.norm(dim=1) - 1).square().sum(),
        "odd": lambda s: s.pow(3).sum() - s.sum(),
    }[penalty]
    net = MLP(sizes, activation, head, seeded(4), scale=scale)
    model = reference(net)
    x = torch.randn(64, sizes[0], generator=seeded(5)).requires_grad_()
    y = model(scale * x).sum()
    (expected,) = torch.autograd.grad(y, x, create_graph=True)
    (u,) = torch.autograd.grad(of_slope(expected), expected, retain_graph=True)
    (of_slope(expected) + 0 * y).backward()

    net.backward_penalty(net.signals(torch.ones_like(net.forward(x.detach()))), u)
    torch.testing.assert_close(net.grad, flat_grad(model), rtol=1e-4, atol=1e-5)
    assert float(net.grad.abs().max()) > 1e-4
    if head == "linear" and "relu" in activation:
        assert all(bool((bias == 0).all()) for _, bias in net.grads)  # as the module's docstring says


def test_gradients_add_up_until_they_are_cleared():
    """Else a penalty would replace the gradient of the loss instead of joining it."""
    net = MLP((2, 8, 1), generator=seeded())
    x = torch.randn(5, 2, generator=seeded(1))
    net.backward(torch.ones_like(net.forward(x)))
    once = net.grad.clone()
    net.backward(torch.ones(5, 1))
    torch.testing.assert_close(net.grad, 2 * once)
    d = net.signals(torch.ones(5, 1))
    net.backward_penalty(d, net.to_input(d))
    twice = net.grad.clone()
    net.grad.zero_()
    net.backward_penalty(d, net.to_input(d))
    torch.testing.assert_close(net.grad, twice - 2 * once)


def test_asking_a_network_does_not_disturb_what_it_remembers():
    """Else a frame drawn between two phases of an iteration would change the gradient, and so the run."""
    net = MLP((2, 8, 1), generator=seeded())
    x, other = (torch.randn(5, 2, generator=seeded(i)) for i in (1, 2))
    net.backward(torch.ones_like(net.forward(x)))
    expected = net.grad.clone()
    net.grad.zero_()
    net.forward(x)
    net(other)
    net.backward(torch.ones(5, 1))
    assert torch.equal(net.grad, expected)


def test_parameters_are_views_of_one_buffer():
    """Else the optimiser, the average and rewind, which see the buffer alone, would move nothing."""
    net = MLP((2, 8, 3), generator=seeded())
    x = torch.randn(5, 2, generator=seeded(1))
    before = net(x)
    net.flat.mul_(2)
    assert not torch.allclose(net(x), before)
    net.flat.zero_()
    assert torch.equal(net(x), torch.zeros(5, 3))
    for buffer, layers in ((net.flat, net.layers), (net.grad, net.grads)):
        assert [tuple(t.shape) for layer in layers for t in layer] == [(2, 8), (8,), (8, 3), (3,)]
        buffer.copy_(torch.arange(len(buffer)))
        assert torch.equal(torch.cat([t.reshape(-1) for layer in layers for t in layer]), buffer)  # none overlaps


def test_first_weights_are_distributed_like_those_of_nn_linear():
    """Else results would not compare with anyone else's: the scale of the first weights decides how training begins."""
    sizes = (64, 512, 128)
    net = MLP(sizes, generator=seeded(6))
    for (weight, bias), (fan_in, fan_out) in zip(net.layers, itertools.pairwise(sizes), strict=True):
        assert weight.shape == (fan_in, fan_out) and bias.shape == (fan_out,)
        bound = 1 / math.sqrt(fan_in)
        for tensor in (weight, bias):
            uniform = stats.kstest(tensor.numpy().ravel(), stats.uniform(-bound, 2 * bound).cdf)
            assert uniform.pvalue > 1e-3
            assert float(tensor.abs().max()) <= bound * (1 + 1e-6)
        linear = nn.Linear(fan_in, fan_out)
        assert float(weight.std()) == pytest.approx(float(linear.weight.detach().std()), rel=0.03)


def test_the_generator_alone_decides_the_first_weights():
    """Else two learners on one server would change each other's networks."""
    torch.manual_seed(1)
    first = MLP((3, 32, 1), generator=seeded(9))
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second = MLP((3, 32, 1), generator=seeded(9))
    assert torch.equal(first.flat, second.flat)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first.flat, MLP((3, 32, 1), generator=seeded(10)).flat)


def test_two_networks_of_one_generator_differ():
    """Else G and D would begin as twins."""
    generator = seeded(9)
    assert not torch.equal(MLP((3, 8, 1), generator=generator).flat, MLP((3, 8, 1), generator=generator).flat)


def test_a_copy_is_the_same_function_and_then_goes_its_own_way():
    """Else the average of G would be G itself, or something else from the start."""
    net = MLP((2, 8, 1), "leaky-relu", "sigmoid", seeded())
    twin = net.copy()
    x = torch.randn(5, 2, generator=seeded(1))
    before = net(x)
    assert torch.equal(twin(x), before)
    twin.backward(torch.ones_like(twin.forward(x)))
    assert torch.equal(net.grad, torch.zeros_like(net.grad))
    twin.flat.add_(1)
    assert torch.equal(net(x), before)
    assert not torch.allclose(twin(x), before)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [*JUDGES, (2, 1), (3, 8, 2)])
def test_unit_signals_are_those_of_slope_one(sizes, activation, head):
    """Bit for bit: what the gradient penalty leaves out is nothing that it needs."""
    net, x = MLP(sizes, activation, head, seeded(), scale=2.0), torch.randn(9, sizes[0], generator=seeded(1))
    expected = net.signals(torch.ones_like(net.forward(x)))
    net.backward_penalty(expected, net.to_input(expected))
    gradient = net.grad.clone()
    found = net.unit_signals(x)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
    net.grad.zero_()
    net.backward_penalty(found, net.to_input(found))
    assert torch.equal(net.grad, gradient)
