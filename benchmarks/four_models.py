"""What an iteration of each of the four models costs, and whether a round is as fair as the page says."""

from __future__ import annotations

import statistics
import time

import torch

from benchmarks.report import Report
from playground.four_models import NAMES, FourModelsConfig, FourModelsTrainer
from playground.four_models.knobs import ROUNDS, TIME

WIDTHS = (32, 64, 128)
PIECES, PIECE = 9, 60  # measurements of each model in turn, so that a drift of the machine concerns all; iterations
FAIR = 1.35  # of the models in a round, the dearest costs at most so much more than the cheapest


def iteration_ms(width: int) -> dict[str, float]:
    """Median milliseconds of processor time an iteration, by letter."""
    lanes = FourModelsTrainer(FourModelsConfig(width=width), "cpu").lanes
    found: dict[str, list[float]] = {letter: [] for letter in lanes}
    for _ in range(PIECES):
        for letter, lane in lanes.items():
            started = time.thread_time()
            for _ in range(PIECE):
                lane.step()
            found[letter].append(1e3 * (time.thread_time() - started) / PIECE)
    return {letter: statistics.median(times[1:]) for letter, times in found.items()}


def run(report: Report) -> None:
    report.head("Four models on one data set")
    torch.set_num_threads(1)
    for width in WIDTHS:
        each = iteration_ms(width)
        shares = {letter: each[letter] * n for letter, n in ROUNDS[TIME].items()}
        for letter, name in NAMES.items():
            report.row(f"{name}, width {width}: share of a round", shares[letter], "ms")
        report.row(
            f"width {width}: the dearest over the cheapest", max(shares.values()) / min(shares.values()), "x", most=FAIR
        )
