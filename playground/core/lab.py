"""What a lab is made of, and what a trainer must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np

from playground.core.knobs import Config
from playground.core.views import Handle, View


@dataclass(frozen=True)
class Snapshot:
    """What a model looked like after iteration `step`. The arrays are copies: training never alters them."""

    step: int
    scalars: Mapping[str, float]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Phase:
    """One named part of an iteration. player: who moved, 'D' or 'G', or nobody; says: what has just happened.

    Slow motion shows with it the equation (plain text) and the line of code.
    """

    name: str
    player: str
    says: str
    equation: str = ""
    code: str = ""


class Diverged(Exception):
    """A parameter became infinite or NaN. The message tells the learner what to turn."""


class History(Protocol):
    """The scalars of a run so far, evenly thinned: column("step") and one column for each scalar."""

    def column(self, name: str) -> np.ndarray: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Diagnosis:
    """What is happening, in one sentence. tone: 'calm', 'good', or 'warn' when something is going wrong."""

    sentence: str
    tone: Literal["calm", "good", "warn"] = "calm"


@dataclass(frozen=True)
class Verdict:
    """How a challenge stands, in one sentence with the numbers that decide."""

    state: Literal["open", "met", "missed"]
    says: str


@dataclass(frozen=True)
class Challenge:
    """A goal that the program checks, after each measurement. goal: one sentence; config: where the learner begins."""

    name: str
    goal: str
    config: Config
    check: Callable[[Any, Mapping[str, float], History], Verdict]  # (trainer, scalars of now, history)


class Trainer(Protocol):
    """A model that learns step by step. One generator of random numbers, nothing global."""

    measure_every: int  # steps between two rows of a young history: enough that measuring costs little of them

    @property
    def config(self) -> Any: ...
    @property
    def step_count(self) -> int: ...
    @property
    def phase_count(self) -> int:
        """How many parts one iteration has."""

    @property
    def data(self) -> np.ndarray:
        """What the model is trained on, in data units."""

    def step(self, players: str = "DG") -> None:
        """One iteration of the algorithm, or the half of it that moves one player."""

    def parts(self, players: str = "DG") -> Iterator[None]:
        """`step` with pauses in which others get their turn. Must be exhausted before anything else."""

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        """The same iteration, pausing after each of its parts. Must be exhausted before anything else."""

    def scalars(self) -> dict[str, float]:
        """The numbers worth following over time. Draws nothing from the training generator."""

    def snapshot(self) -> Snapshot:
        """Everything the views show. Draws nothing from the training generator."""

    def run(self) -> Iterator[Snapshot]:
        """Train without end: one iteration, then a snapshot."""

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """n things that the model generates, in data units."""

    def place(self, name: str, x: float, y: float) -> None:
        """The learner has moved a handle (`views.Handle`): changes what is shown, never what is learnt."""

    def draw_batches_apart(self) -> None:
        """Pick the minibatches with a generator of their own, so that runs of the same seed see the same ones."""

    def tune(self, config: Any) -> None:
        """Take new values of live knobs; ValueError if another knob differs."""

    def finite(self) -> bool:
        """Whether every parameter is a number."""

    def advice(self) -> str:
        """Which knob to turn when one is not."""

    def state(self) -> dict[str, Any]:
        """A copy of all that the future depends on: parameters, optimisers, generator, step."""

    def load(self, state: Mapping[str, Any]) -> None:
        """Become what `state` was taken from."""


@dataclass(frozen=True)
class Preset:
    """Settings worth starting from, and what they show (a test proves it)."""

    config: Config
    shows: str


@dataclass(frozen=True)
class Lab:
    """One page of the playground."""

    slug: str
    title: str
    chapter: str
    question: str
    summary: str  # one sentence for the map of labs
    lesson: str  # Markdown with equations
    Config: type[Config]
    build: Callable[[Any, str], Trainer]  # (config, device) -> Trainer
    views: tuple[View, ...]
    settings: Mapping[str, Preset]
    diagnose: Callable[[Any, Mapping[str, float], History], Diagnosis]
    players: tuple[str, ...]  # who can move alone, with a button each; () if there is only one
    thumbnail: View  # stands for each preset on the map of labs
    thumbnail_steps: int  # that each preset has trained for then
    code: Callable[[Any], tuple[Any, ...]]  # the functions that a Config runs; the page shows their source
    challenges: tuple[Challenge, ...] = ()
    spotlight: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # phase -> layers (labels) it is about
    prepare: Callable[[Any], object] = lambda config: None  # what takes long once, so that the worker finds it done
    pace: float | None = None  # iterations a second at first, of a model too quick for the eye
    place: int = 0  # in its chapter; labs in the same place stand in the order of their slugs
    compared: tuple[str, ...] = ()  # the views that are shown of runs side by side; () if there is nothing to compare

    def config(self, **knobs: Any) -> Any:
        """The recommended settings, with these changed. ValueError if one is out of bounds."""
        unknown = set(knobs) - set(self.Config.knobs())
        if unknown:
            raise ValueError(f"{self.slug} has no setting named {', '.join(sorted(unknown))}.")
        return self.Config(**knobs)

    @property
    def presets(self) -> Mapping[str, Any]:
        """Preset name -> Config."""
        return MappingProxyType({name: preset.config for name, preset in self.settings.items()})

    def seen(self, config: Any) -> tuple[View, ...]:
        """The views of a run with these settings."""
        return tuple(v for v in self.views if v.when is None or config.value(v.when[0]) in v.when[1])

    @cached_property
    def followed(self) -> tuple[str, ...]:
        """The scalars whose curves are drawn."""
        return tuple(sorted(set().union(*(view.followed() for view in (*self.views, self.thumbnail)))))

    @cached_property
    def handles(self) -> frozenset[str]:
        """What the learner can move (`views.Handle`)."""
        return frozenset(layer.at for view in self.views for layer in view.layers if isinstance(layer, Handle))

    def trainer(self, config: Any = None, device: str = "auto") -> Trainer:
        return self.build(self.config() if config is None else config, device)
