"""The knobs of the distance lab."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core import Config, knob
from playground.distances.shapes import SHAPES, WIDE


@dataclass(frozen=True)
class DistanceConfig(Config):
    shape: str = knob(
        "uniforms",
        "What p and q are. On the line: uniform, normal, or all in one point. In the plane: parallel segments, discs,"
        " round normal blobs.",
        label="Shape",
        options=tuple(SHAPES),
    )
    start: float = knob(
        4.0,
        "Where the four copies of q begin, counted from p. Far away, some distances do not feel where p is.",
        label="Start theta",
        low=0.1,
        high=5.0,
        step=0.1,
    )
    lr: float = knob(
        5e-4,
        "How far a copy goes for a slope of 1. All four have the same; large values overshoot.",
        label="Learning rate",
        low=1e-5,
        high=0.1,
        log=True,
        live=True,
    )
    width: float = knob(
        1.0,
        "How wide q is, p being 1. Where they differ in width, moving q cannot make them equal.",
        label="Width of q",
        low=0.5,
        high=2.0,
        step=0.1,
        needs=("shape", WIDE),
    )
    points: int = knob(
        16,
        "How many points are drawn from p and from q to measure W1 without knowing either. Few measure too much.",
        label="Points in the plan",
        low=4,
        high=64,
        step=1,
    )
    seed: int = knob(
        0,
        "The points that are drawn follow from it; everything else is exact.",
        label="Seed",
        low=0,
        high=999_999,
        step=1,
    )
