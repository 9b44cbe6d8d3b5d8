"""Hyperparameters that know their own bounds, words and widget.

A lab declares its hyperparameters once, as a frozen dataclass whose fields are made with `knob`.
From that one declaration come the widgets, the validation of anything typed, shared or uploaded,
the page's URL, the exported script and the help text.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import Any, Self

Value = int | float | bool | str

LONGEST_TEXT = 64  # characters; a longer value cannot be meant as a number or a choice
MOST_QUOTED = 40  # characters of a value that are worth repeating
MOST_COMPLAINTS = 5  # sentences; a hundred wrong fields are not a hundred sentences
USUAL = (string.ascii_uppercase, string.ascii_lowercase, string.digits)  # letters that can be named by two of them


@dataclass(frozen=True)
class Knob:
    """One hyperparameter: what it does, what it may be, and when it acts."""

    label: str
    help: str
    group: str = ""  # "" is always visible; other groups open on demand
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False  # the widget's steps are equal ratios; where `low` is 0, `step` is the first above it
    options: tuple[str, ...] = ()
    letters: str = ""  # free text made of these characters ...
    longest: int = 0  # ... of at most so many
    hidden: bool = False  # no widget of its own: the page sets it
    live: bool = False  # acts on the running model; the others rebuild it
    needs: tuple[str, tuple[Value, ...]] | None = None  # (other field, its values) for it to matter

    def bounds(self) -> str:
        """What is allowed, in words."""
        if self.options:
            return "one of " + ", ".join(self.options)
        if self.longest:
            return f"up to {self.longest} signs out of {_spelled(self.letters)}"
        return f"{self.low:g} to {self.high:g}"

    def spells(self, text: str) -> bool:
        """Whether this can be the value of a knob of free text."""
        return len(text) <= self.longest and set(text) <= set(self.letters)

    def matters(self, config: Config) -> bool:
        """Whether turning it changes anything under the other settings."""
        if self.needs is None:
            return True
        field, values = self.needs
        return getattr(config, field) in values


def _spelled(letters: str) -> str:
    """The letters in words, the usual ones as ranges: "A to Z, 0 to 9 and -"."""
    whole = [run for run in USUAL if set(run) <= set(letters)]
    names = [f"{run[0]} to {run[-1]}" for run in whole] + [sign for sign in letters if sign not in "".join(whole)]
    return ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]


def knob(default: Any, help: str, *, label: str, **rest: Any) -> Any:
    """A dataclass field that carries a `Knob`."""
    return _field(default, Knob(label=label, help=help, **rest))


def with_default(parent: type[Config], name: str, default: Any, **changes: Any) -> Any:
    """The parent's knob as a field of a child: with another default, and whatever else of the `Knob` is to differ."""
    return _field(default, dataclasses.replace(parent.knobs()[name], **changes))


def _field(default: Any, spec: Knob) -> Any:
    label = spec.label
    if isinstance(default, bool):
        pass
    elif isinstance(default, str):
        if spec.longest and spec.letters:
            if not spec.spells(default):
                raise ValueError(f"{label}: the default {default!r} has other letters, or too many")
        elif default not in spec.options:
            raise ValueError(f"{label}: the default {default!r} is not among its options")
    elif spec.low is None or spec.high is None or not spec.low <= default <= spec.high:
        raise ValueError(f"{label}: a number needs low <= default <= high")
    return dataclasses.field(default=default, metadata={"knob": spec})


@dataclass(frozen=True)
class Config:
    """A frozen set of hyperparameters. Constructing one with a value out of bounds raises ValueError."""

    def __post_init__(self) -> None:
        for name in self.knobs():
            value, complaint = read(type(self), name, getattr(self, name))
            if complaint:
                raise ValueError(complaint.removesuffix(_used(value)) + ".")
            object.__setattr__(self, name, value)

    @classmethod
    def knobs(cls) -> Mapping[str, Knob]:
        """Field name -> Knob: a lab's own first, then those of what it builds on, in the order of declaration."""
        return _knobs(cls)  # type: ignore[arg-type]  # mypy cannot see that a class is hashable

    @classmethod
    def default(cls, name: str) -> Value:
        return _defaults(cls)[name]  # type: ignore[arg-type]  # the same

    @classmethod
    def parse(cls, values: Mapping[str, object], base: Self | None = None) -> tuple[Self, list[str]]:
        """Read settings from a source that cannot be trusted: a URL, a file, a widget.

        Returns a valid Config and one sentence for each value that could not be taken as it is.
        A number out of bounds is moved to the nearest bound; anything else that is wrong is
        replaced by `base` (by default: the lab's recommended settings).
        """
        taken: dict[str, Value] = {}
        complaints = []
        for name, value in values.items():
            if name not in cls.knobs():
                complaints.append(f"There is no setting named {_quote(name)}: it was ignored.")
                continue
            fallback = cls.default(name) if base is None else getattr(base, name)
            taken[name], complaint = read(cls, name, value, fallback)
            if complaint:
                complaints.append(complaint)
        if len(complaints) > MOST_COMPLAINTS:
            more = len(complaints) - MOST_COMPLAINTS
            complaints[MOST_COMPLAINTS:] = [f"{more} more settings could not be read and were ignored."]
        config = cls(**taken) if base is None else dataclasses.replace(base, **taken)
        return config, complaints

    def changes(self, base: Self) -> dict[str, Value]:
        """The fields in which this differs from `base`."""
        return {n: getattr(self, n) for n in self.knobs() if getattr(self, n) != getattr(base, n)}

    def altered(self, changes: Mapping[str, Value]) -> Self:
        """These settings with some changed, as `changes` names them."""
        return dataclasses.replace(self, **changes)

    def value(self, name: str) -> Value:
        """What a field is set to."""
        value: Value = getattr(self, name)
        return value

    def label(self, name: str) -> str:
        """What a field is called on the page."""
        return self.knobs()[name].label

    def query(self) -> dict[str, str]:
        """The settings that differ from the recommended ones, as text for a URL."""
        return {name: text(value) for name, value in self.changes(type(self)()).items()}

    def needs_restart(self, running: Self) -> list[str]:
        """The fields that differ from `running` and cannot act on a running model."""
        return [name for name in self.changes(running) if not self.knobs()[name].live]

    def live_part(self, running: Self) -> Self:
        """`running`, with the live knobs of this one: what can act without a restart."""
        return running.altered({n: v for n, v in self.changes(running).items() if self.knobs()[n].live})


@cache
def _knobs(cls: type[Config]) -> Mapping[str, Knob]:
    fields = {f.name: f for f in dataclasses.fields(cls)}
    names = dict.fromkeys(name for layer in cls.__mro__ for name in inspect.get_annotations(layer))
    return {name: fields[name].metadata["knob"] for name in names if name in fields and "knob" in fields[name].metadata}


@cache
def _defaults(cls: type[Config]) -> Mapping[str, Value]:
    return {f.name: f.default for f in dataclasses.fields(cls) if "knob" in f.metadata}  # type: ignore[misc]  # a knob has a default


def text(value: Value) -> str:
    """A value as it stands in a URL; `read` gives the same value back, bit for bit."""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def read(cls: type[Config], name: str, value: object, fallback: Value | None = None) -> tuple[Value, str]:
    """One value for field `name`, and a sentence if it had to be replaced (else an empty one)."""
    spec, default = cls.knobs()[name], cls.default(name)
    fallback = default if fallback is None else fallback
    try:
        result = _text(value, spec) if spec.longest else _READERS[type(default)](value)
    except (ValueError, TypeError, OverflowError):
        if spec.longest:
            return fallback, f"{spec.label} ({name}) is {_quote(value)}; allowed: {spec.bounds()}{_used(fallback)}"
        wanted = {bool: "on or off", int: "a whole number", float: "a number", str: "a choice"}[type(default)]
        return fallback, f"{spec.label} ({name}) is {_quote(value)}, which is not {wanted}; allowed: " + (
            ("on or off" if isinstance(default, bool) else spec.bounds()) + _used(fallback)
        )
    if spec.options and result not in spec.options:
        return fallback, f"{spec.label} ({name}) is {_quote(value)}; allowed: {spec.bounds()}{_used(fallback)}"
    if isinstance(result, int | float) and spec.low is not None and spec.high is not None:
        nearest = type(result)(min(max(result, spec.low), spec.high))
        if nearest != result:
            return nearest, f"{spec.label} ({name}) is {_quote(value)}; allowed: {spec.bounds()}{_used(nearest)}"
    return result, ""


def _used(value: Value) -> str:
    if value == "":
        return "; it was left empty."
    if isinstance(value, str) and len(value) > MOST_QUOTED:
        return "; the one before was kept."
    return f"; used instead: {value:g}." if isinstance(value, float) else f"; used instead: {value}."


def _str(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(value)
    return value


def _text(value: Any, spec: Knob) -> str:
    if not isinstance(value, str) or not spec.spells(value):
        raise ValueError(value)
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real | str):
        raise TypeError(value)
    number = float(_str(value) if isinstance(value, str) else value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _float(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _bool(value: Any) -> bool:
    word = str(value).lower() if isinstance(value, bool | int | str) else ""
    if word in ("1", "true", "on", "yes"):
        return True
    if word in ("0", "false", "off", "no"):
        return False
    raise ValueError(value)


_READERS: dict[type, Callable[[Any], Value]] = {bool: _bool, int: _int, float: _float, str: _str}


def _quote(value: object) -> str:
    """A stranger's text, made safe and short enough to show."""
    try:
        words = value if isinstance(value, str) else repr(value)
    except Exception:  # repr of a hostile or huge object may itself fail
        words = type(value).__name__
    words = "".join(c if c.isprintable() and c not in "`<>[]$*_:~\\" else " " for c in words[: LONGEST_TEXT + 1])
    return "'" + (words if len(words) <= 40 else words[:40] + "...") + "'"
