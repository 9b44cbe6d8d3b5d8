"""What slow motion says of one iteration is what that iteration does."""

from __future__ import annotations

import pytest

from playground.labs import LABS


def test_slow_motion_says_how_large_gamma_is_on_digits():
    """The penalty of a GAN on digits is taken once in n steps, with n times the strength of the knob."""
    lab = LABS["mnist-gan"]
    config = lab.config(r1=0.3, r1_every=4, classes="01", count=64, batch=8, width_g=8, width_d=16)
    trainer = lab.trainer(config)
    told = []
    for _ in range(4):
        gamma = trainer.slope_penalty()
        scored = next(part for part in trainer.phases() if part.name == "D scores")
        told.append("\u03b3 is n times the knob" in scored.says)
        assert ("\u03b3" in scored.equation) == told[-1] == (gamma > 0)
        if gamma:
            assert gamma == pytest.approx(config.r1 / trainer.D.scale**2 * config.r1_every)
        trainer.step()
    assert sum(told) == 1
