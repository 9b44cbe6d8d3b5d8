"""What a patient is: settings that fall ill, the symptom that proves it, diagnoses to choose from, and treatments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from playground.clinic.alarms import Recent, last_heard, sounding
from playground.core import History
from playground.core.knobs import Value
from playground.gan.tricks import ClinicConfig


@dataclass(frozen=True)
class Answer:
    """A diagnosis. why_not: one sentence against it, with numbers of the run in braces; '' if it is the right one."""

    disease: str
    why_not: str = ""

    def against(self, history: History) -> str:
        return self.why_not.format_map(findings(history))


@dataclass(frozen=True)
class Treatment:
    """Knobs to be turned. works: whether it reaches the goal, as a test shows; says: why, once it is tried.

    afresh: it begins again, although its knobs could act on the ill run: they would come too late.
    """

    name: str
    changes: Mapping[str, Value] = field(hash=False)
    works: bool
    says: str
    afresh: bool = False


@dataclass(frozen=True)
class Goal:
    """What a cured run reaches: its symptom gone, so many modes covered, SW1 at most so large; medians of a window."""

    sw1: float
    covered: int = 0

    def words(self) -> str:
        modes = f", at least {self.covered} modes covered" if self.covered else ""
        return f"the alarms of the symptom silent{modes}, and SW1 at most {self.sw1:g}"


@dataclass(frozen=True)
class Patient:
    """name: how the run looks at first sight; steps: when the symptom is sure to show; recovery: steps of a cure.

    symptom: the alarms that prove it; look: what to watch; explains: the disease, once it has been named.
    """

    name: str
    complaint: str
    sick: ClinicConfig
    steps: int
    symptom: tuple[str, ...]
    look: str
    answers: tuple[Answer, ...]
    explains: str
    treatments: tuple[Treatment, ...]
    goal: Goal
    recovery: int = 2000

    @property
    def disease(self) -> str:
        """The right answer."""
        return next(answer.disease for answer in self.answers if not answer.why_not)

    def treated(self, treatment: Treatment) -> ClinicConfig:
        return self.sick.altered(treatment.changes)

    def acts_at_once(self, treatment: Treatment) -> bool:
        """Whether it can be given to the ill run; the others need a run from the beginning."""
        return not treatment.afresh and not self.treated(treatment).needs_restart(self.sick)

    def last_ill(self, history: History) -> int | None:
        """The last step at which the whole symptom showed, for what swings may look calm now; None if it never has."""
        return last_heard(self.symptom, history)

    def cured(self, now: Mapping[str, float], history: History) -> bool:
        """Whether the goal is reached."""
        recent = Recent(now, history)
        if not recent.full or set(self.symptom) & set(sounding(now, history)):
            return False
        return recent.median("sw1") <= self.goal.sw1 and recent.median("covered") >= self.goal.covered


class _Numbers(dict[str, float]):
    """What was not measured is said to be so, and does not break the sentence."""

    def __missing__(self, name: str) -> float:
        return float("nan")


def findings(history: History) -> Mapping[str, float]:
    """The median of every curve over the last window, and how far it went: `d_loss`, `d_loss_least`, `d_loss_most`."""
    recent = Recent({}, history)
    found = _Numbers()
    for name in MEASURED:
        curve = recent.column(name)
        if len(curve) and np.isfinite(curve).all():
            found[name] = float(np.median(curve))
            found[f"{name}_least"], found[f"{name}_most"] = float(curve.min()), float(curve.max())
    return found


MEASURED = (
    *("d_loss", "g_loss", "d_norm", "g_norm", "accuracy", "alone", "sw1", "sw1_high"),
    *("covered", "within", "width", "real_width", "nearness", "unmoved", "beyond", "edge"),
)
