"""A run as a Python script that gives the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.core import Lab
from playground.race import Lanes
from playground.runtime import Leg

_TEMPLATE = '''"""{title}: {question}

Needs the playground package: `pip install -e .` in its repository. The same settings on the same versions give
the same run, to the last bit. Not repeated are steps of one player alone and the moments at which knobs were
turned: they act here from the first step.
"""

{imports}

{made}
for _ in range({steps}):
    trainer.step()
for name, value in trainer.scalars().items():
    print(f"{{name:>12}}  {{value:.6g}}")
print("samples:", trainer.sample(20))
'''


_ALONE = """lab = LABS[{slug!r}]
config = lab.config({settings})
trainer = lab.trainer(config)"""

_RACE = """lab = LABS[{slug!r}]
lanes = Lanes(({settings}
))
trainer = side_by_side(lab, {count}).trainer(lanes)"""

_LEG = """
before = lab.trainer(lab.config({settings})){apart}{load}
for _ in range({steps}):
    before.step()
past = before.state()"""
_APART = "\nbefore.draw_batches_apart()  # as runs side by side do"
_LOAD = "\nbefore.load(past)"
_GO_ON = "\ntrainer.load(past)"
_ALL_GO_ON = """
trainer.load({f"{letter}/{name}": value for letter, _ in lanes for name, value in past.items()})"""


def script(lab: Lab, config: Any, steps: int, legs: Sequence[Leg] = ()) -> str:
    """Python source that trains `config` up to `steps` iterations. Its values are numbers and words of the lab's own.

    legs: the other runs that this one has come from.
    """
    imports = ["from playground.labs import LABS"]
    race = isinstance(config, Lanes)
    if race:
        imports.append("from playground.race import Lanes, side_by_side")
        configs = "".join(f"\n    lab.config({_settings(lab, lane, 8)})," for _, lane in config)
        made = _RACE.format(slug=lab.slug, settings=configs, count=len(config.configs))
    else:
        made = _ALONE.format(slug=lab.slug, settings=_settings(lab, config, 4))
    done = 0
    for leg in legs:
        apart, load = _APART if leg.apart else "", _LOAD if leg is not legs[0] else ""
        made += _LEG.format(settings=_settings(lab, leg.config, 4), apart=apart, load=load, steps=leg.step - done)
        done = leg.step
    if legs:
        made += _ALL_GO_ON if race else _GO_ON
    words = {"title": lab.title, "question": lab.question, "steps": steps - done}
    return _TEMPLATE.format(**words, imports="\n".join(imports), made=made)


def _settings(lab: Lab, config: Any, indent: int) -> str:
    """What differs from the recommended settings, a line each."""
    changed = config.changes(lab.config())
    lines = "".join(f"\n{' ' * indent}{name}={value!r}," for name, value in changed.items())
    return f"{lines}\n{' ' * (indent - 4)}" if lines else ""
