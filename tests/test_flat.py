"""Any module as a player: what autograd finds equals what `nets.MLP` writes out, on one flat vector of parameters."""

from __future__ import annotations

import itertools
import sys

import pytest
import torch
from torch import nn

from playground import gan
from playground.bounds import SpectralNorm
from playground.flat import FlatModule
from playground.gan import architectures
from playground.losses import GAMES
from playground.nets import MLP

torch.set_num_threads(1)

SIZES = (5, 16, 8, 1)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def perceptron(sizes=SIZES, head=nn.Identity) -> nn.Sequential:
    parts: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        parts += [nn.Linear(fan_in, fan_out), nn.LeakyReLU(0.2)]
    return nn.Sequential(*parts[:-1], head())


def transposed(layers) -> torch.Tensor:
    """Weights and biases, or their gradients, in the order and the orientation of nets.MLP."""
    return torch.cat([part.reshape(-1) for weight, bias in layers for part in (weight.T, bias)])


def pair(sizes=SIZES) -> tuple[FlatModule, MLP]:
    """The same function twice."""
    module = FlatModule(lambda: perceptron(sizes), sizes, seeded())
    written_out = MLP(sizes, "leaky-relu")
    written_out.flat.copy_(transposed(module.layers))
    return module, written_out


def build(architecture="mlp", norm="batch", group=0, dropout=0.0, source=None) -> FlatModule:
    return FlatModule(
        lambda: architectures.discriminator(architecture, 32, norm, group, dropout, source or seeded(9)),
        (784, 1),
        seeded(),
    )


def test_a_gradient_does_not_import_algebra(monkeypatch):
    """Else the first step of a GAN on digits would hold up everybody for half a second, and take 23 MB for good."""
    monkeypatch.setitem(sys.modules, "torch.fx.experimental.symbolic_shapes", None)  # whoever imports it gets an error
    net = FlatModule(perceptron, SIZES, seeded())
    y = net.forward(torch.randn(7, 5, generator=seeded(1)))
    with pytest.raises(ImportError):
        torch.autograd.backward(net.y, torch.ones_like(y), retain_graph=True)  # as it would
    net.backward(torch.ones_like(y))
    signals = net.signals(torch.ones_like(y))
    net.backward_penalty(signals, net.to_input(signals))
    assert net.grad_norm() > 0


def test_it_is_the_network_that_it_is_built_from():
    """Else the first weights would not be torch's, or the views would not show what the module computes with."""
    net = FlatModule(perceptron, SIZES, seeded())
    model = perceptron()
    torch.nn.utils.vector_to_parameters(net.flat.clone(), model.parameters())
    x = torch.randn(7, 5, generator=seeded(1))
    assert torch.equal(net(x), model(x)) and torch.equal(net.forward(x), net(x))
    bounds = torch.cat([torch.full((p.numel(),), m.in_features**-0.5) for m in model[::2] for p in m.parameters()])
    share = net.flat / bounds
    assert share.abs().max() <= 1 and share.abs().max() > 0.97 and abs(share.mean()) < 0.15
    net.flat.mul_(2)
    assert not torch.equal(net(x), model(x))


def test_building_leaves_the_global_generator_alone():
    """Else one learner's networks would change another's."""
    before = torch.get_rng_state()
    build("convolutional")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("loss", GAMES)
def test_d_moves_by_the_same_gradient(loss):
    """Else the algorithm would be another one as soon as autograd runs it; the slope penalty included."""
    module, written_out = pair()
    real, fake = torch.randn(2, 12, 5, generator=seeded(2))
    label = torch.cat((torch.ones(12, 1), torch.zeros(12, 1)))
    for net in (module, written_out):
        net.grad.fill_(3.0)
        score = gan.d_gradient(net, real, fake, label, GAMES[loss], gamma=0.7)
        gan.add_unit_slope_penalty(net, torch.lerp(real, fake, 0.3), 2.0)
        assert score.shape == (24, 1) and not score.requires_grad
    torch.testing.assert_close(transposed(module.grads), written_out.grad, rtol=1e-4, atol=1e-6)
    assert module.grad_norm() == pytest.approx(written_out.grad_norm(), rel=1e-5)


@pytest.mark.parametrize("loss", GAMES)
def test_g_moves_by_the_same_gradient(loss):
    """Else G's step would be another one, or would change D."""
    module, written_out = pair((3, 16, 5))
    D, judge = pair()
    z, blur, partners = torch.randn(9, 3), 0.1 * torch.randn(9, 5), torch.randn(9, 5)
    for G, asked in ((module, D), (written_out, judge)):
        asked.grad.fill_(7.0)
        gan.g_gradient(G, asked, G.forward(z), GAMES[loss], blur, partners)
        assert bool((asked.grad == 7).all())
    torch.testing.assert_close(transposed(module.grads), written_out.grad, rtol=1e-4, atol=1e-7)


def test_gradients_add_up_in_one_vector():
    """Else autograd would have put a tensor of its own in the place of a view, and the optimiser would see zeros."""
    net = build("convolutional", "batch")
    x = torch.rand(6, 784, generator=seeded(3))
    net.grad.zero_()
    net.forward(x)
    net.backward(torch.ones(6, 1))
    once = net.grad.clone()
    net.backward(torch.ones(6, 1))
    torch.testing.assert_close(net.grad, 2 * once)
    assert all(p.grad.data_ptr() >= net.grad.data_ptr() for p in net.parameters) and once.abs().max() > 0


@pytest.mark.parametrize("norm", architectures.NORMS)
@pytest.mark.parametrize("architecture", architectures.ARCHITECTURES)
def test_gradients_equal_finite_differences(architecture, norm):
    """Else a norm or a convolution would learn along something that is no gradient."""
    net = build(architecture, norm)
    x = torch.rand(6, 784, generator=seeded(3))
    way = torch.randn(net.flat.shape, generator=seeded(4)) * net.flat.abs().clamp_min(1e-2)
    net.grad.zero_()
    net.forward(x)
    net.backward(torch.full((6, 1), 1 / 6))
    slope = float(torch.dot(net.grad, way))
    start, values = net.flat.clone(), []
    for h in (-1e-3, 1e-3):
        net.flat.copy_(start + h * way)
        values.append(float(net.forward(x).double().mean()))
    assert slope == pytest.approx((values[1] - values[0]) / 2e-3, rel=0.05, abs=2e-3)


def test_a_copy_is_another_network():
    """Else the average would move with the generator that it averages."""
    net = build("convolutional")
    net.forward(torch.rand(5, 784))
    twin = net.copy()
    twin.resting = net.resting = True
    x = torch.rand(4, 784)
    assert torch.equal(twin(x), net(x)) and twin.copy().resting
    twin.flat.zero_()
    twin.statistics.zero_()
    assert net.flat.abs().max() > 0 and net.statistics.abs().max() > 0


def test_batch_norm_is_that_of_torch():
    """Else the norm would not be the published one, at work or at rest."""
    ours, theirs = architectures.BatchNorm(6), nn.BatchNorm1d(6, momentum=1.0)
    x = torch.randn(10, 6, generator=seeded(5)) * 3 + 1
    torch.testing.assert_close(ours(x), theirs(x))
    ours.eval()
    theirs.eval()
    torch.testing.assert_close(ours(x[:3]), theirs(x[:3]))


def test_separate_batches_do_not_meet():
    """Else what D says of a real image would depend on the generated ones beside it, and nobody would know."""
    real, fake, other = torch.rand(3, 8, 784, generator=seeded(6))
    apart, mixed = build(group=8), build(group=0)
    for net, meets in ((apart, False), (mixed, True)):
        one, two = (net.forward(torch.cat((real, part)))[:8] for part in (fake, other))
        assert torch.allclose(one, two, atol=1e-6) != meets


@pytest.mark.parametrize("architecture", architectures.ARCHITECTURES)
def test_an_instance_norm_knows_one_image_only(architecture):
    """Else the norm that WGAN-GP asks for would still mix the images of a batch."""
    net = build(architecture, "instance")
    x = torch.rand(5, 784, generator=seeded(7))
    torch.testing.assert_close(net(x)[:2], net(x[:2]), rtol=1e-4, atol=1e-5)


def test_dropout_draws_from_the_generator_it_is_given():
    """Else the same seed would give another run, and the mean of what D says would shrink."""
    drop = architectures.Dropout(0.3, seeded(8))
    x = torch.ones(100, 1000)
    before = torch.get_rng_state()
    once = drop(x)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(architectures.Dropout(0.3, seeded(8))(x), once)
    assert float((once == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(once.mean()) == pytest.approx(1, abs=0.01)
    assert torch.equal(drop.eval()(x), x)


@pytest.mark.parametrize("architecture", architectures.ARCHITECTURES)
def test_spectral_norms_reach_every_layer(architecture):
    """Else the critic of the spectral norm would be as steep as it likes, in its convolutions."""
    D = build(architecture, "none")
    norms = SpectralNorm(D)
    norms.start()
    assert [float(torch.linalg.matrix_norm(w, 2)) for w, _ in D.layers] == pytest.approx([1.0] * 3, rel=0.02)


@pytest.mark.parametrize("scaling", architectures.HEADS)
@pytest.mark.parametrize("norm", architectures.NORMS)
@pytest.mark.parametrize("architecture", architectures.ARCHITECTURES)
def test_generators_end_in_the_range_of_the_pixels(architecture, norm, scaling):
    """Else D would tell generated images by their range alone."""
    G = FlatModule(lambda: architectures.generator(architecture, 9, 16, norm, scaling), (9, 784), seeded())
    G.flat.mul_(40)
    images = G(torch.randn(6, 9, generator=seeded(2)))
    low, high = (float(word) for word in scaling.split(" to "))
    assert images.shape == (6, 784) and images.min() >= low and images.max() <= high
    assert images.min() < low + 0.1 and images.max() > high - 0.1
