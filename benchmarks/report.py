"""A measured figure beside the bar it has to reach."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Report:
    failed: list[str] = field(default_factory=list)

    def head(self, title: str) -> None:
        print(f"\n{title}")

    def row(
        self, what: str, value: float, unit: str = "", least: float | None = None, most: float | None = None
    ) -> None:
        bar, good = "", True
        if least is not None:
            bar, good = f"bar >= {least:g}", value >= least
        elif most is not None:
            bar, good = f"bar <= {most:g}", value <= most
        print(f"  {what:<62} {value:>10.4g} {unit:<9} {bar:<14} {'' if good else 'MISSED'}", flush=True)
        if not good:
            self.failed.append(what)


def median(measure: Callable[[], float], times: int = 5) -> float:
    return statistics.median(measure() for _ in range(times))


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
