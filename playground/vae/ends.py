"""Where runs have come to in the plane of rate and distortion, so that several can be seen together."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from playground.data.digits import CLASSES, PIXELS
from playground.vae.knobs import MOST_DIGITS, VaeConfig

SETTLED = 100  # steps at one beta, from which on the place where it has come to counts


@dataclass(frozen=True)
class End:
    """nats: what is measured, for only ends of the same nats can be compared; model: what was trained, and on what."""

    nats: str
    model: str
    beta: float
    rate: float
    distortion: float
    step: int
    swept: bool = False

    @property
    def key(self) -> tuple[str, str, float, bool]:
        return self.nats, self.model, self.beta, self.swept


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


def ends_of(config: VaeConfig, names: Sequence[str], rows: np.ndarray) -> list[End]:
    """One end for each beta at which a run has stayed for `SETTLED` steps. names, rows: the table of its history.

    An autoencoder pays nothing for its code, whatever beta is: it has no place in this plane.
    """
    if config.kind != "vae" or not len(rows):
        return []
    column = {name: rows[:, k] for k, name in enumerate(names)}
    turns = np.flatnonzero(np.diff(column["price"])) + 1
    found = []
    for stretch in np.split(np.arange(len(rows)), turns):
        first, last = stretch[0], stretch[-1]
        if column["step"][last] - column["step"][first] >= SETTLED:
            beta, rate, distortion = (float(column[name][last]) for name in ("price", "test_kl", "test_reconstruction"))
            place = (beta, rate, distortion, int(column["step"][last]))
            found.append(End(measured_in(config), model_of(config), *place))
    return found


def note(known: MutableMapping[tuple[str, str, float, bool], End], ends: Iterable[End]) -> None:
    """Of ends of the same kind the one that was trained longest stays; of equals the newest."""
    for end in ends:
        old = known.get(end.key)
        if old is None or end.step >= old.step:
            known[end.key] = end
