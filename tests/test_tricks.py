"""Tricks of training: each does what its equation says, and a run with any of them keeps what every run promises."""

from __future__ import annotations

import dataclasses
import io
import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground import manifold
from playground.gan import d_gradient, g_gradient
from playground.gan.normed import Normed
from playground.gan.plane import PlaneConfig, PlaneTrainer
from playground.gan.replay import CAPACITY, PER_TURN, Replay
from playground.gan.rescaled import Rescaled
from playground.gan.tricks import MIXED, ClinicConfig, ClinicTrainer, middle_and_reach
from playground.gan.underflow import ROUNDED
from playground.losses import GAMES
from playground.nets import MLP

torch.set_num_threads(1)

STEPS = 4
EVERY_TRICK: dict[str, dict[str, Any]] = {
    "recommended": {},
    "normalised": {"normalised": True},
    "norm of G": {"norm_g": "batch"},
    "norm of G, not averaged": {"norm_g": "batch", "ema": 0.0},
    "norms": {"norm_g": "batch", "norm_d": "batch"},
    "mixed norm": {"norm_d": MIXED},
    "norms, critic": {"norm_d": "batch", "loss": "wgan-gp", "d_steps": 2},
    "norms, pairs": {"norm_d": "batch", "loss": "relativistic"},
    "norms, scaled": {"norm_g": "batch", "norm_d": "batch", "normalised": True, "updates": "simultaneous"},
    "spectral": {"loss": "wgan-sn", "norm_d": "batch", "normalised": True},
    "sphere": {"law": "sphere", "latent": 3, "bits": 1},
    "SGD for D": {"optimiser_d": "sgd"},
    "RMSprop for D": {"optimiser_d": "rmsprop"},
    "replay": {"replay": 0.5},
    "rounded": {"rounded": True},
    "rounded minimax": {"rounded": True, "loss": "minimax"},
    "all": {
        "normalised": True,
        "norm_g": "batch",
        "norm_d": "batch",
        "law": "sphere",
        "optimiser_d": "sgd",
        "replay": 0.3,
        "rounded": True,
        "instance_noise": 0.1,
        "flipping": 0.1,
        "smoothing": 0.1,
    },
}
TRICKS = pytest.mark.parametrize("changes", EVERY_TRICK.values(), ids=EVERY_TRICK)


def made(steps: int = 0, **changes: Any) -> ClinicTrainer:
    trainer = ClinicTrainer(ClinicConfig(**changes), "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


def flat(value: Any) -> Any:
    """Something that two equal states have equal, NaN included."""
    if isinstance(value, dict):
        return {name: flat(part) for name, part in value.items()}
    return (tuple(value.shape), value.numpy().tobytes()) if torch.is_tensor(value) else value


def same(one: ClinicTrainer, other: ClinicTrainer) -> bool:
    return flat(one.state()) == flat(other.state())


# What every trainer promises


def test_without_tricks_it_is_the_gan_in_the_plane():
    """Else a trick would be compared with another algorithm."""
    plain, clinic = PlaneTrainer(PlaneConfig(), "cpu"), made()
    for _ in range(STEPS):
        plain.step()
        clinic.step()
    ours = flat(clinic.state())
    assert {name: ours[name] for name in plain.state()} == flat(plain.state())


@TRICKS
def test_looking_changes_nothing(changes):
    """Else a run that is watched in slow motion would be another run: batch norms remember what they have seen."""
    watched, alone = made(**changes), made(STEPS, **changes)
    for _ in range(STEPS):
        for _ in watched.phases():
            watched.snapshot()
            watched.judge(np.zeros((3, 2)))
        watched.sample(7, seed=3)
        watched.scalars()
        assert watched.finite()
    assert same(watched, alone)
    assert all(math.isfinite(value) for value in watched.scalars().values())


@TRICKS
def test_a_resumed_run_is_the_same_run(changes):
    """Else rewind and branch would go on as another run."""
    trainer = made(STEPS, **changes)
    file = io.BytesIO()
    torch.save(trainer.state(), file)
    file.seek(0)
    fresh = made(**changes)
    fresh.load(torch.load(file, weights_only=True))
    for _ in range(STEPS):
        trainer.step()
        fresh.step()
    assert same(trainer, fresh)
    assert flat(dict(trainer.snapshot().scalars)) == flat(dict(fresh.snapshot().scalars))


@TRICKS
@pytest.mark.parametrize("player", ["D", "G"])
def test_one_player_moves_and_the_other_rests(changes, player):
    """Else "D step" would also move G, or its batch norms."""
    trainer = made(2, **changes)
    before = {name: tensor.clone() for name, tensor in trainer.memory().items()}
    for _ in range(2):
        trainer.step(player)
    moved = {name for name, tensor in trainer.memory().items() if not torch.equal(tensor, before[name])}
    assert player in moved and all(name.startswith(player) for name in moved)


@pytest.mark.parametrize("name", [name for name in ClinicConfig.knobs() if name not in PlaneConfig.knobs()])
def test_every_further_knob_acts(name):
    """Else a learner would turn it in vain."""
    spec = ClinicConfig.knobs()[name]
    base = ClinicConfig(**({spec.needs[0]: spec.needs[1][0]} if spec.needs else {}))
    now = getattr(base, name)
    other = (not now) if isinstance(now, bool) else spec.options[-1] if spec.options else spec.high
    changed = dataclasses.replace(base, **{name: other})
    steps = 4
    if name == "rounded":  # acts only where a score is far out
        s, y = torch.tensor([[20.0], [1.0]]), torch.zeros(2, 1)
        one, two = (ClinicTrainer(c, "cpu").game.d_slope(s, y) for c in (base, changed))
    else:
        one, two = (made(steps, **dataclasses.asdict(c)).D.flat for c in (base, changed))
    assert not torch.equal(one, two)
    if spec.live:
        tuned = made(**dataclasses.asdict(base))
        tuned.tune(changed)
        for _ in range(steps):
            tuned.step()
        assert same(tuned, made(steps, **dataclasses.asdict(changed)))


# Batch norms


def reference(net: Normed, x: torch.Tensor, group: int) -> torch.Tensor:
    """The same network by torch's own layers, in training, each group by itself."""
    sizes, _, _ = net.words
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes[:-1])):
        norm = [nn.BatchNorm1d(fan_out)] if i >= net.first else []
        layers += [nn.Linear(fan_in, fan_out), *norm, nn.LeakyReLU(0.2)]
    twin = nn.Sequential(*layers, nn.Linear(*sizes[-2:])).double()
    with torch.no_grad():
        for parameter, ours in zip(twin.parameters(), net.parameters, strict=True):
            parameter.copy_(ours)
    return torch.cat([twin(part * net.scale) for part in x.double().split(group or len(x))])


@pytest.mark.parametrize("group", [0, 8])
def test_batch_norm_is_that_of_torch_in_groups(group):
    """Else "separate" and "mixed" would be words."""
    net = Normed(
        (2, 5, 6, 1), "leaky-relu", "linear", torch.Generator().manual_seed(1), scale=2.0, first=1, group=group
    )
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(net.forward(x).double(), reference(net, x, group), rtol=1e-4, atol=1e-5)
    moved = torch.cat((x[:8], x[8:] + 3))
    first = net.forward(x)[:8], net.forward(moved)[:8]
    assert torch.allclose(*first, atol=1e-6) == bool(group)  # does a real point's score tell what the others are like?


def test_points_that_are_no_whole_groups_are_normed_together():
    """Else arrows on 120 points would fail for a batch of 17: one point alone has no variance."""
    net = Normed((2, 5, 1), "relu", "linear", torch.Generator().manual_seed(1), group=17)
    x = torch.randn(120, 2, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(net.forward(x), Normed.forward(_grouped(net, 0), x))
    assert np.isfinite(made(1, norm_d="batch", batch=17).snapshot().arrays["pulls"]).all()


def _grouped(net: Normed, group: int) -> Normed:
    """The same network with groups of another size."""
    twin = Normed(*net.words, first=net.first, group=group)
    twin.flat.copy_(net.flat)
    return twin


def test_kept_statistics_are_those_of_the_batches():
    """Else what is drawn would be another network than the one that plays."""
    net = Normed((2, 16, 16, 1), "leaky-relu", "linear", torch.Generator().manual_seed(1), group=512)
    source = torch.Generator().manual_seed(2)
    x = torch.cat((torch.randn(512, 2, generator=source), torch.randn(512, 2, generator=source)))
    made = net.forward(x)
    net.keep(past=0.0)
    torch.testing.assert_close(net(x), made, rtol=0.1, atol=0.05)  # two halves of the same law, almost the same norm
    one, both = net(x[:1]), net(x)
    torch.testing.assert_close(one, both[:1])  # at rest a point does not depend on its company
    twin = net.copy()
    assert torch.equal(twin(x), net(x))
    net.forward(x + 5)
    net.keep()
    assert not torch.equal(twin(x), net(x))


def test_gradients_pass_through_batch_norms():
    """Else G would learn as if the others in its batch stood still."""
    G = Normed((2, 8, 2), "relu", "linear", torch.Generator().manual_seed(1))
    D = Normed((2, 8, 8, 1), "elu", "linear", torch.Generator().manual_seed(2), first=1, group=6)
    z, real = torch.randn(2, 6, 2, generator=torch.Generator().manual_seed(3))
    label = torch.cat((torch.ones(6, 1), torch.zeros(6, 1)))
    game, gamma = GAMES["non-saturating"], 0.3

    def loss_d() -> float:
        x = torch.cat((real, made))
        penalty = D.forward(x) * 0
        slope = D.to_input(D.signals(torch.ones_like(penalty)))
        return float(game.d(D.forward(x), label) + gamma * slope.square().sum() / len(x))

    made = G.forward(z)
    d_gradient(D, real, made, label, game, gamma)
    # D's penalty takes its slope as given by the batch that the point is in: the derivative of the sum of all scores
    _against_differences(D.flat, D.grad.clone(), loss_d)
    g_gradient(G, D, G.forward(z), game)
    _against_differences(G.flat, G.grad.clone(), lambda: float(game.g(D.forward(G.forward(z)))))


def _against_differences(p: torch.Tensor, gradient: torch.Tensor, loss: Any, h: float = 1e-2) -> None:
    direction = torch.randn(p.shape, generator=torch.Generator().manual_seed(7))
    direction /= direction.norm()
    start = p.clone()
    p.copy_(start + h * direction)
    above = loss()
    p.copy_(start - h * direction)
    below = loss()
    p.copy_(start)
    assert float(gradient @ direction) == pytest.approx((above - below) / (2 * h), rel=0.03, abs=2e-4)


# Normalised inputs and tanh


def test_what_d_sees_lies_between_minus_one_and_one():
    """Else the trick would be another scale, no more."""
    trainer = made(normalised=True, shift=3.0, scale=0.3)
    c, r = middle_and_reach(trainer.real)
    u = (trainer.real - c) / r
    assert float(u.abs().max()) == pytest.approx(1, abs=1e-5)
    assert isinstance(trainer.G, Rescaled) and isinstance(trainer.D, Rescaled)
    torch.testing.assert_close(trainer.D(trainer.real[:9]), trainer.D.inner(u[:9]))
    made_points = trainer.sample(4000)
    assert np.abs((made_points - c.numpy()) / r).max() < 1
    assert made_points.mean(0) == pytest.approx([3, 3], abs=0.3)  # a young G begins in the middle of the data


def test_rescaled_gradients_are_exact():
    """Else a player in units of its own would be pulled too hard, or not hard enough."""
    source = torch.Generator().manual_seed(1)
    box = (torch.tensor([2.0, -1.0]), 0.5)
    inner = MLP((2, 7, 7, 1), "elu", "tanh", source, scale=2.0)
    net = Rescaled(inner, sees=box, says=(torch.tensor([0.5]), 3.0))
    assert net.scale == 2.0
    x = (torch.randn(5, 2, generator=source) / 4 + box[0]).requires_grad_()
    y = net.forward(x.detach())
    leaves = [part.clone().requires_grad_() for layer in inner.layers for part in layer]

    def by_autograd(x: torch.Tensor) -> torch.Tensor:
        h = (x - box[0]) / 0.5 * 2
        for i in range(0, 6, 2):
            h = h @ leaves[i] + leaves[i + 1]
            h = F.elu(h) if i < 4 else torch.tanh(h)
        return 0.5 + 3 * h

    torch.testing.assert_close(by_autograd(x), y)
    (slope,) = torch.autograd.grad(by_autograd(x).sum(), x, create_graph=True)
    wanted = torch.autograd.grad(by_autograd(x).square().sum() + slope.square().sum(), leaves, allow_unused=True)
    signals = net.signals(torch.ones_like(y))
    torch.testing.assert_close(net.to_input(signals), slope.detach(), rtol=1e-4, atol=1e-5)
    net.grad.zero_()
    net.backward(2 * y)
    net.backward_penalty(signals, 2 * net.to_input(signals))
    torch.testing.assert_close(net.grad, torch.cat([part.flatten() for part in wanted]), rtol=1e-3, atol=1e-3)


# Noise, replay, optimisers, the rounded sigmoid


@pytest.mark.parametrize("latent", [1, 2, 8])
def test_noise_on_a_sphere(latent):
    """Else it would be the normal cloud under another name."""
    trainer = made(law="sphere", latent=latent, bits=2)
    z = trainer.fixed_noise(4000, 1)
    torch.testing.assert_close(z[:, :latent].square().sum(1), torch.full((4000,), float(latent)))
    assert set(z[:, latent:].unique().tolist()) == {-1.0, 1.0}
    assert z[:, :latent].mean(0).abs().max() < 5 / math.sqrt(4000)
    torch.testing.assert_close(z[:, :latent].square().mean(0), torch.ones(latent), atol=0.1, rtol=0)
    nodes, mass = manifold.lattice("sphere", latent, 0)
    lengths = nodes.square().sum(2)
    assert mass.sum() == 0
    torch.testing.assert_close(lengths[~lengths.isnan()], torch.full_like(lengths[~lengths.isnan()], latent))


def test_replay_holds_what_g_has_made():
    """Else D would be shown points that nobody made, or always the same ones."""
    source, replay = torch.Generator().manual_seed(0), Replay(2, torch.device("cpu"))
    first = torch.full((64, 2), -1.0)
    assert torch.equal(replay.mixed(first, 0.5, source), first)  # nothing is kept yet
    turns = CAPACITY // PER_TURN
    for turn in range(1, turns):
        shown = replay.mixed(torch.full((64, 2), float(turn)), 0.5, source)
        assert (shown[32:] == turn).all() and (shown[:32] < turn).all()
    assert int(replay.filled) == CAPACITY
    counts = torch.bincount(replay.store[:, 0].long() + 1, minlength=turns + 1)
    assert counts[[0, *range(2, turns + 1)]].unique().tolist() == [PER_TURN]
    for _ in range(turns):  # a place survives CAPACITY chances of 1 - 1 / CAPACITY: 1 / e of them do
        replay.mixed(torch.full((64, 2), 9999.0), 0.5, source)
    assert float((replay.store[:, 0] != 9999).float().mean()) == pytest.approx(math.exp(-1), abs=0.03)


def test_sgd_for_d_goes_straight_down():
    """Else "SGD" would be Adam with another name, or with Adam's learning rate."""
    trainer = made(optimiser_d="sgd", lr_sgd=0.2, beta1=0.0, decay="none")
    before = trainer.D.flat.clone()
    trainer.step("D")
    torch.testing.assert_close(trainer.D.flat, before - 0.2 * trainer.D.grad)
    adam = made(decay="none")
    adam.step("G")
    other = made(optimiser_d="sgd", decay="none")
    other.step("G")
    assert torch.equal(adam.G.flat, other.G.flat)


def test_a_rounded_sigmoid_is_silent_at_20():
    """Known exactly: the slope is 1 at y = 0, and nothing is left of it in 32 bits."""
    s, y = torch.tensor([[20.0], [20.0]]), torch.zeros(2, 1)
    for loss in ROUNDED:
        assert float(GAMES[loss].d_slope(s, y)[0]) == pytest.approx(1)
        assert float(ROUNDED[loss].d_slope(s, y)[0]) == 0
    assert float(ROUNDED["minimax"].g_slope(s)[0]) == 0 and float(GAMES["minimax"].g_slope(s)[0]) == -0.5


@pytest.mark.parametrize("loss", ROUNDED)
def test_a_rounded_sigmoid_is_what_autograd_makes_of_it(loss):
    """Else the clinic would show a disease that no program has."""
    s = torch.linspace(-30, 30, 121)[:, None].requires_grad_()
    y = torch.cat((torch.full((60, 1), 0.9), torch.zeros(61, 1)))
    game = ROUNDED[loss]
    (wanted,) = torch.autograd.grad(F.binary_cross_entropy(torch.sigmoid(s), y, reduction="sum") / 60, s)
    torch.testing.assert_close(game.d_slope(s.detach(), y), wanted, rtol=1e-5, atol=1e-9)
    sign, label = (1, torch.ones_like(s)) if loss == "non-saturating" else (-1, torch.zeros_like(s))
    (wanted,) = torch.autograd.grad(sign * F.binary_cross_entropy(torch.sigmoid(s), label), s)
    torch.testing.assert_close(game.g_slope(s.detach()), wanted, rtol=1e-5, atol=1e-9)
    wanted = F.binary_cross_entropy(torch.sigmoid(s), y, reduction="sum") / 60
    assert float(game.d(s.detach(), y)) == pytest.approx(float(wanted.detach()))
    near = s.detach()[45:76]  # |s| <= 7.5: the same as from scores
    for name in ("d", "d_slope"):
        ours, exact = (getattr(games[loss], name)(near, y[45:76]) for games in (ROUNDED, GAMES))
        torch.testing.assert_close(ours, exact, rtol=1e-3, atol=1e-5)
    for name in ("g", "g_slope"):
        ours, exact = (getattr(games[loss], name)(near) for games in (ROUNDED, GAMES))
        torch.testing.assert_close(ours, exact, rtol=1e-3, atol=1e-5)
