"""A run as a Python script that gives the same numbers."""

from __future__ import annotations

from typing import Any

from playground.core import Lab

_TEMPLATE = '''"""{title}: {question}

Needs the playground package: `pip install -e .` in its repository. The same settings on the same versions give
the same run, to the last bit. Not repeated are steps of one player alone and the moments at which knobs were
turned: they act here from the first step.
"""

from playground.labs import LABS

lab = LABS[{slug!r}]
config = lab.config({settings})
trainer = lab.trainer(config)
for _ in range({steps}):
    trainer.step()
for name, value in trainer.scalars().items():
    print(f"{{name:>12}}  {{value:.6g}}")
print("samples:", trainer.sample(20))
'''


def script(lab: Lab, config: Any, steps: int) -> str:
    """Python source that trains `config` for `steps` iterations. Its values are numbers and words of the lab's own."""
    changed = config.changes(lab.config())
    settings = "".join(f"\n    {name}={value!r}," for name, value in changed.items())
    return _TEMPLATE.format(
        title=lab.title,
        question=lab.question,
        slug=lab.slug,
        settings=settings + "\n" if settings else "",
        steps=steps,
    )
