"""What a learner takes away must run, and give the numbers that were on the page."""

from __future__ import annotations

import contextlib
import io

import pytest

from playground.core import Lab
from playground.export import script
from playground.labs import LABS

CASES = [(lab, name) for lab in LABS.values() for name in lab.presets]


@pytest.mark.parametrize(("lab", "preset"), CASES, ids=[f"{lab.slug} {name}" for lab, name in CASES])
def test_the_script_gives_the_same_numbers(lab: Lab, preset: str) -> None:
    """Else "the same run" would be a promise that the downloaded script breaks."""
    trainer = lab.trainer(lab.presets[preset])
    for _ in range(7):
        trainer.step()
    said, names = io.StringIO(), {}
    with contextlib.redirect_stdout(said):
        exec(compile(script(lab, lab.presets[preset], 7), "script", "exec"), names)
    assert names["config"] == lab.presets[preset]
    assert names["trainer"].scalars() == pytest.approx(trainer.scalars(), rel=0, abs=0, nan_ok=True)
    for name, value in trainer.scalars().items():
        assert f"{name:>12}  {value:.6g}" in said.getvalue()
