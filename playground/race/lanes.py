"""The settings of runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, runtime_checkable

from playground.core import Config
from playground.core.knobs import Value

LETTERS = "ABCD"  # what lanes are called; there are as many as can still be seen beside each other


@runtime_checkable
class Splits(Protocol):
    """Settings of a lab that is a race by itself."""

    def lanes(self) -> Lanes: ...


@dataclass(frozen=True)
class Lanes:
    """One Config a lane, all of the same lab. A field is named with its lane: "B/loss"."""

    configs: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.configs) <= len(LETTERS):
            raise ValueError(f"There can be 1 to {len(LETTERS)} lanes, not {len(self.configs)}.")
        if len({type(config) for config in self.configs}) > 1:
            raise ValueError("All lanes have to be of the same lab.")

    def lanes(self) -> Lanes:
        return self

    def __iter__(self) -> Any:
        """(letter, Config) of each lane."""
        return iter(zip(LETTERS, self.configs, strict=False))

    @property
    def seed(self) -> int:
        """That of lane A."""
        return int(self.configs[0].seed)

    def changes(self, base: Self) -> dict[str, Value]:
        """The fields in which this differs from `base`, which has the same lanes."""
        pairs = zip(self, base.configs, strict=True)
        return {f"{letter}/{name}": v for (letter, mine), other in pairs for name, v in mine.changes(other).items()}

    def altered(self, changes: Mapping[str, Value]) -> Self:
        """These settings with some changed, as `changes` names them."""
        apart: dict[str, dict[str, Value]] = {letter: {} for letter, _ in self}
        for field, value in changes.items():
            letter, _, name = field.partition("/")
            apart[letter][name] = value
        return replace(self, configs=tuple(config.altered(apart[letter]) for letter, config in self))

    def needs_restart(self, running: Self) -> list[str]:
        """The fields that differ from `running` and cannot act on running models."""
        pairs = zip(self, running.configs, strict=True)
        return [f"{letter}/{name}" for (letter, mine), other in pairs for name in mine.needs_restart(other)]

    def live_part(self, running: Self) -> Self:
        """`running`, with the live knobs of these."""
        pairs = zip(self.configs, running.configs, strict=True)
        return replace(self, configs=tuple(mine.live_part(other) for mine, other in pairs))

    def value(self, field: str) -> Value:
        """What a field is set to."""
        letter, _, name = field.partition("/")
        value: Value = dict(self)[letter].value(name)
        return value

    def label(self, field: str) -> str:
        """What a field is called on the page."""
        letter, _, name = field.partition("/")
        return f"{letter}: {self.configs[0].label(name)}"

    def differing(self) -> list[str]:
        """The knobs that are not the same in all lanes."""
        kind: type[Config] = type(self.configs[0])
        return [name for name in kind.knobs() if len({getattr(config, name) for config in self.configs}) > 1]
