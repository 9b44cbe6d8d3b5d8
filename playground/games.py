"""Games that put the learner in D's place, without any screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.theory import best_judge

TOSSES = 20


@dataclass(frozen=True)
class TossRound:
    """Two rows of tosses, one by nature and one by G, in random order."""

    rows: tuple[tuple[int, ...], tuple[int, ...]]
    natural: int  # which of the two is nature's: 0 or 1
    best: float  # how often the best possible judge would be right in rounds like this one


def toss_round(p: float, made: np.ndarray, p_generated: float, rng: np.random.Generator) -> TossRound:
    """Nature tosses afresh with probability p; `made` are G's tosses (TOSSES,), as 0 and 1."""
    nature = tuple(int(x) for x in rng.random(len(made)) < p)
    ours = tuple(int(x) for x in made)
    natural = int(rng.integers(2))
    rows = (nature, ours) if natural == 0 else (ours, nature)
    return TossRound(rows, natural, best_judge(p, p_generated, len(made)))
