"""A lab of which several runs are seen beside each other, which is a lab like any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from playground.core import Diagnosis, History, Lab, View
from playground.race.lanes import LETTERS
from playground.race.trainer import Race, lane_of


def side_by_side(lab: Lab, lanes: int) -> Lab:
    """`lab` with so many lanes: the views that it compares, a column for each lane, on common axes."""
    letters = LETTERS[:lanes]
    return dataclasses.replace(
        lab,
        build=lambda config, device: Race(lab.build, config, device),
        views=tuple(_in_lane(view, letter) for letter in letters for view in _compared(lab)),
        diagnose=lambda race, now, history: _diagnose(lab, race, now, history),
        code=lambda config: tuple(dict.fromkeys(part for lane in config.configs for part in lab.code(lane))),
        challenges=(),
        prepare=lambda lanes: [lab.prepare(config) for _, config in lanes],
    )


def _compared(lab: Lab) -> list[View]:
    return [view for view in lab.views if view.name in lab.compared]


def _in_lane(view: View, letter: str) -> View:
    """The view of one lane. Its axes are those of the same view of the others, or of all that name the same link."""
    view = dataclasses.replace(view, link=view.link or view.name, column=letter, wide=True, scene="")
    return dataclasses.replace(view.prefixed(f"{letter}/"), title=f"{letter}: {view.title}")


def _diagnose(lab: Lab, race: Race, now: Mapping[str, float], history: History) -> Diagnosis:
    """What each lane's own diagnosis says, a line for each."""
    found = [
        (letter, lab.diagnose(trainer, lane_of(letter, now), LaneHistory(history, letter)))
        for letter, trainer in race.lanes.items()
    ]
    words = "\n".join(f"{letter}: {diagnosis.sentence}" for letter, diagnosis in found)
    tones = {diagnosis.tone for _, diagnosis in found}
    return Diagnosis(words, tones.pop() if len(tones) == 1 else "calm")


class LaneHistory:
    """What the history of all lanes holds of one."""

    def __init__(self, history: History, letter: str) -> None:
        self._history, self._letter = history, letter

    def __len__(self) -> int:
        return len(self._history)

    def column(self, name: str) -> np.ndarray:
        return self._history.column(name if name == "step" else f"{self._letter}/{name}")
