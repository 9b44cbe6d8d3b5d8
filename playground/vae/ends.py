"""Where runs have come to in the plane of rate and distortion, so that several can be seen together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.core.knobs import Value, text
from playground.data.digits import CLASSES, PIXELS
from playground.vae.knobs import MOST_DIGITS, VaeConfig

SETTLED = 100  # steps at one beta, from which on the place where it has come to counts


ELSEWHERE = ("kind", "beta", "likelihood", "sigma", "classes", "own")  # what an end says in other fields

Settings = tuple[tuple[str, Value], ...]
Line = tuple[str, Settings, bool]


@dataclass(frozen=True)
class End:
    """nats: what is measured, for only ends of the same nats can be compared; model: a short name of what was trained.

    settings: all the knobs that it was trained with. The ends of one line differ in beta alone.
    """

    nats: str
    model: str
    beta: float
    rate: float
    distortion: float
    step: int
    swept: bool = False
    settings: Settings = ()

    @property
    def line(self) -> Line:
        return self.model, self.settings, self.swept

    @property
    def key(self) -> tuple[str, Line, float]:
        return self.nats, self.line, self.beta

    @property
    def price(self) -> str:
        """What a nat cost. With free nats another sum was minimised, and the best path need not bend with -beta."""
        free = dict(self.settings).get("free_bits", 0.0)
        return f"{self.beta:g}, {free:g} nats free" if free else f"{self.beta:g}"


def end_of(config: VaeConfig, beta: float, place: tuple[float, float], step: int, *, swept: bool = False) -> End:
    """Where training with these settings has come to. place: rate and distortion."""
    return End(measured_in(config), model_of(config), beta, *place, step, swept, settings_of(config))


def settings_of(config: VaeConfig) -> Settings:
    """Every knob that acts on what is trained, but for beta, and for what `measured_in` says."""
    knobs = config.knobs().items()
    return tuple((name, config.value(name)) for name, knob in knobs if name not in ELSEWHERE and knob.matters(config))


def told_apart(ends: Iterable[End]) -> dict[Line, str]:
    """A name for each line of ends: the model, and the knobs in which several lines of that name differ."""
    lines = list(dict.fromkeys(end.line for end in ends))
    found = {}
    for model, settings, swept in lines:
        others = [dict(line[1]) for line in lines if (line[0], line[2]) == (model, swept)]
        own = [
            f"{VaeConfig.knobs()[name].label.lower()} {text(value)}"
            for name, value in settings
            if any(other.get(name) != value for other in others)
        ]
        found[model, settings, swept] = ", ".join([model, *own])
    return found


def measured_in(config: VaeConfig) -> str:
    """The likelihood and the test digits, in words."""
    sigma = f" of sigma {config.sigma:g}" if config.likelihood == "gaussian" else ""
    classes = "".join(sorted(set(config.classes))) or CLASSES
    digits = "own images" if config.own else "all digits" if classes == CLASSES else f"digits {classes}"
    return f"{config.likelihood}{sigma}, {digits}{config.own and ' ' + config.own[:4]}"


def model_of(config: VaeConfig) -> str:
    """The networks, and how many digits they learn from."""
    hidden = f"-{config.width}" * config.layers
    few = "" if config.own or config.count == MOST_DIGITS else f", {config.count} digits"
    return f"{PIXELS}{hidden}-{config.latent}{few}"


def ends_of(knobs: Callable[[int], Any], names: Sequence[str], rows: np.ndarray) -> list[End]:
    """One end for each beta, and each set of other knobs, with which a run has stayed for `SETTLED` steps.

    knobs: those with which a step was reached. names, rows: the table of the run's history. An autoencoder pays
    nothing for its code, whatever beta is: it has no place in this plane.
    """
    if not len(rows):
        return []
    column = {name: rows[:, k] for k, name in enumerate(names)}
    configs = [knobs(int(step)) for step in column["step"]]
    trained = [settings_of(config) for config in configs]
    turns = [
        k for k in range(1, len(rows)) if column["price"][k] != column["price"][k - 1] or trained[k] != trained[k - 1]
    ]
    found = []
    for stretch in np.split(np.arange(len(rows)), turns):
        first, last = stretch[0], stretch[-1]
        if configs[last].kind == "vae" and column["step"][last] - column["step"][first] >= SETTLED:
            beta, rate, distortion = (float(column[name][last]) for name in ("price", "test_kl", "test_reconstruction"))
            found.append(end_of(configs[last], beta, (rate, distortion), int(column["step"][last])))
    return found


def note(known: MutableMapping[tuple[str, Line, float], End], ends: Iterable[End]) -> None:
    """Of ends of the same kind the one that was trained longest stays; of equals the newest."""
    for end in ends:
        old = known.get(end.key)
        if old is None or end.step >= old.step:
            known[end.key] = end
