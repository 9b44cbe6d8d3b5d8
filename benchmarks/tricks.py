"""What each trick of training does, over 16 seeds: `python -m benchmarks tricks` writes playground/data/tricks.json.

All seeds of a game are one batched ensemble, and games that several tricks compare with are played once. It takes
about eight CPU minutes.
"""

from __future__ import annotations

import json
import platform
import sys
from typing import Any

import numpy as np
import torch

from benchmarks.report import Report
from playground.effects import FILE, MEASURES
from playground.gan.ensemble import Ensemble
from playground.gan.plane import PlaneTrainer
from playground.gan.tricks import ClinicConfig
from playground.tricks import BASES, TRICKS, games

SEEDS = tuple(range(501, 517))  # fresh: no setting was chosen by them
STEPS = 1500
AT = (1300, 1350, 1400, 1450, 1500)  # a game that swings is not judged by one moment: the mean of these counts


def play(config: ClinicConfig, seeds: tuple[int, ...] = SEEDS) -> dict[str, list[float]]:
    """Each of MEASURES at the end of a game, seed by seed."""
    ensemble = Ensemble(config, seeds)
    rows = []
    for step in range(1, STEPS + 1):
        ensemble.step()
        if step in AT:
            rows.append(ensemble.measure(*MEASURES))
    return {name: [round(float(x), 4) for x in np.mean([row[name] for row in rows], 0)] for name in MEASURES}


def written(found: dict[str, dict[str, list[float]]]) -> str:
    """The file: an entry a line."""
    about: dict[str, Any] = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]}
    floor = [round(x, 4) for x in PlaneTrainer(ClinicConfig(), "cpu").yardstick.floor]
    about |= {"seeds": SEEDS, "steps": STEPS, "measured at": AT, "floor": floor}
    head, runs = (",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items()) for part in (about, found))
    return f'{{\n{head},\n"runs": {{\n{runs}\n}}\n}}\n'


def run(report: Report) -> None:
    report.head(f"Tricks, {len(SEEDS)} seeds, {STEPS} steps")
    torch.set_num_threads(1)
    wanted = games()
    found = {}
    for i, (key, config) in enumerate(wanted.items(), 1):
        print(f"  {i} of {len(wanted)}: {key}", file=sys.stderr, flush=True)
        found[key] = play(config)
    FILE.write_text(written(found), encoding="utf-8")
    for trick in TRICKS.values():
        for base in BASES:
            effect = trick.effect(base, "sw1")
            won = f"{effect.won} of {effect.won + effect.lost} better"
            report.row(f"{trick.name}, {base}: {won}", effect.quartiles[1], "SW1")
