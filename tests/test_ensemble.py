"""Many seeds at once: each member is the run that its seed would make alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from test_tricks import EVERY_TRICK

from playground.gan.ensemble import Ensemble
from playground.gan.parallel import Parallel
from playground.gan.tricks import ClinicConfig, ClinicTrainer
from playground.nets import MLP

torch.set_num_threads(1)

SEEDS = (3, 8, 21)
STEPS = 3
BATCHED = {name: changes for name, changes in EVERY_TRICK.items() if changes.get("loss") != "wgan-sn"}


def by_name(trainer: ClinicTrainer) -> dict[str, torch.Tensor]:
    """What its networks make of a batch. Of a game of pairs only differences of scores count, so it sets no level."""
    z = trainer.fixed_noise(64, 5)
    x = torch.cat((trainer.real[:32], trainer.average(z)[:32]))
    scores = trainer.D.forward(x)
    level = scores.mean() if trainer.game.in_pairs else 0.0
    return {"G": trainer.G.forward(z), "G average": trainer.average(z), "D": scores - level}


@pytest.mark.parametrize("changes", BATCHED.values(), ids=BATCHED)
def test_a_member_is_the_run_of_its_seed(changes):
    """Else what is measured of many would not be what a learner sees of one. Only rounding differs.

    Some runs make rounding grow a thousandfold within a few steps, so the measure is a twin of the run, of which every
    weight of D is off by one in ten million at first.
    """
    config = ClinicConfig(**{"points": 1000, "batch": 32, **changes})
    ensemble = Ensemble(config, SEEDS)
    alone, twins, fresh = ([ClinicTrainer(dataclasses.replace(config, seed=s), "cpu") for s in SEEDS] for _ in range(3))
    for twin in twins:
        twin.D.flat.mul_(1 + 1e-7)
    for trainer in (ensemble, *alone, *twins):
        for _ in range(STEPS):
            trainer.step()
    ensemble.hand_back()
    calm = 0
    for member, trainer, twin, young in zip(ensemble.members, alone, twins, fresh, strict=True):
        assert torch.equal(member.generator.get_state(), trainer.generator.get_state())
        for name, wanted in by_name(trainer).items():
            rounding = float((by_name(twin)[name] - wanted).abs().max())
            calm += rounding < 1e-4
            assert float((by_name(member)[name] - wanted).abs().max()) < 2e-5 + 30 * rounding, name
            assert float((by_name(young)[name] - wanted).abs().max()) > 2e-4, name
    assert calm >= 5  # of nine comparisons: else the twins would allow too much
    found = ensemble.measure("sw1", "covered")
    assert found["sw1"] == pytest.approx([trainer.scalars()["sw1"] for trainer in alone], rel=2e-2)
    assert found["covered"].shape == (3,)


@pytest.mark.parametrize("activation", ["leaky-relu", "tanh"])
def test_networks_side_by_side_do_not_meet(activation):
    """Else one member's luck would be another's: gradients of loss and slope penalty against each network alone."""
    source = torch.Generator().manual_seed(1)
    nets = [MLP((2, 9, 5, 1), activation, "linear", source, scale=2.0) for _ in range(4)]
    many = Parallel(nets)
    x = torch.randn(6, 4, 2, generator=source)
    slope, u = torch.randn(6, 4, 1, generator=source), torch.randn(6, 4, 2, generator=source)
    y = many.forward(x)
    ones = many.signals(torch.ones_like(slope))
    many.backward(slope)
    many.backward_penalty(ones, u)
    steep = many.to_input(ones)
    again = Parallel(many.split())
    again.flat.copy_(many.grad)
    for i, (net, gradient) in enumerate(zip(nets, again.split(), strict=True)):
        torch.testing.assert_close(net.forward(x[:, i]), y[:, i])
        torch.testing.assert_close(net(x[:, i]), many(x)[:, i])
        signals = net.signals(torch.ones(6, 1))
        torch.testing.assert_close(net.to_input(signals), steep[:, i])
        net.backward(slope[:, i])
        net.backward_penalty(signals, u[:, i])
        torch.testing.assert_close(net.grad, gradient.flat, rtol=1e-4, atol=1e-5)


def test_an_ensemble_has_no_spectral_norms():
    """Else a critic without a bound would be measured as one with it."""
    with pytest.raises(ValueError, match="no spectral norms"):
        Ensemble(ClinicConfig(loss="wgan-sn"), (1, 2))


def test_a_member_that_left_the_numbers_is_no_measurement():
    """Else one run that diverged would spoil the others, or count as bad luck."""
    ensemble = Ensemble(ClinicConfig(points=100, batch=8), SEEDS)
    ensemble.step()
    ensemble.hand_back()
    row = ensemble.G.flat.view(-1)
    row[-1] = float("nan")  # the last bias of the last member
    found = ensemble.measure("sw1")["sw1"]
    assert np.isfinite(found[:2]).all() and np.isnan(found[2])
