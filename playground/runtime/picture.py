"""A run as it is shown: in a frame for the canvas, and as snapshots for figures."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.core import Snapshot
from playground.runtime.frames import encode

if TYPE_CHECKING:
    from playground.runtime.run import Run


def frame(run: Run, snapshot: Snapshot, names: tuple[str, ...], rows: np.ndarray) -> bytes:
    """All that the canvas shows: what the views draw of this snapshot, their curves so far, and the words.

    names, rows: the table of the run's history.
    """
    past = rows[: np.searchsorted(rows[:, 0], snapshot.step)]
    now = {"step": float(snapshot.step), **snapshot.scalars}
    curves = {
        f"history/{name}": np.append(past[:, names.index(name)], now.get(name, np.nan))
        for name in ("step", *run.lab.followed)
        if name in names
    }
    return encode(_header(run, snapshot), {**snapshot.arrays, **curves})


def _header(run: Run, snapshot: Snapshot) -> dict[str, Any]:
    phase = None
    if run.phase:
        now, index = run.phase
        of = run.trainer.phase_count
        phase = {**asdict(now), "layers": run.lab.spotlight.get(now.name, ()), "index": index, "of": of}
    challenge = None
    if run.challenge and run.verdict:
        challenge = {"name": run.challenge.name, "goal": run.challenge.goal, **asdict(run.verdict)}
    return {
        "v": 1,
        "step": snapshot.step,
        "state": run.public_state,
        "rate": round(run.rate.value, 1),
        "sharing": run.sharing,
        "speed": run.speed,
        "seed": run.config.seed,
        "slow": run.slow,
        "phase": phase,
        "sentence": {"text": run.sentence.sentence, "tone": run.sentence.tone},
        "challenge": challenge,
        "notice": run.notice,
        "scalars": {name: value for name, value in snapshot.scalars.items() if abs(value) < float("inf")},
        "marks": list(run.marks),
        "rewinds": run.rewinds.steps(),
    }


def story(snapshot: Snapshot, names: tuple[str, ...], rows: np.ndarray) -> list[Snapshot]:
    """The run so far as snapshots: the scalars of its past, and everything of now. names, rows: the history's table."""
    past = [
        Snapshot(int(row[0]), dict(zip(names[1:], map(float, row[1:]), strict=True)))
        for row in rows
        if row[0] < snapshot.step
    ]
    return [*past, snapshot]


class Rate:
    """Iterations a second over about the last second."""

    def __init__(self) -> None:
        self.value = 0.0
        self._seen: deque[tuple[float, int]] = deque()

    def seen(self, now: float, step: int, running: bool) -> None:
        if not running:
            self._seen.clear()
            return
        self._seen.append((now, step))
        while len(self._seen) > 2 and now - self._seen[0][0] > 1:
            self._seen.popleft()
        (then, first), (last, newest) = self._seen[0], self._seen[-1]
        if last > then:
            self.value = (newest - first) / (last - then)
