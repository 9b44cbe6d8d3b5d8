"""The vocabulary that every lab, figure and page speaks.

A **Knob** describes one hyperparameter, a **Config** is a frozen set of them, a **Snapshot** is what
a model looked like after some iteration, a **View** says how a snapshot is drawn and in which
**Layers**, and a **Lab** ties them together. Nothing here needs more than NumPy.
"""

from playground.core.knobs import Config, Knob, knob, with_default
from playground.core.lab import Challenge, Diagnosis, Diverged, History, Lab, Phase, Preset, Snapshot, Trainer, Verdict
from playground.core.views import (
    Arrows,
    Axis,
    Band,
    Bars,
    Contour,
    Curve,
    Digits,
    Field,
    Handle,
    Histogram,
    Layer,
    Mesh,
    Numerals,
    Points,
    Role,
    Rule,
    Series,
    Trail,
    View,
)

__all__ = [
    "Arrows",
    "Axis",
    "Band",
    "Bars",
    "Challenge",
    "Config",
    "Contour",
    "Curve",
    "Diagnosis",
    "Digits",
    "Diverged",
    "Field",
    "Handle",
    "Histogram",
    "History",
    "Knob",
    "Lab",
    "Layer",
    "Mesh",
    "Numerals",
    "Phase",
    "Points",
    "Preset",
    "Role",
    "Rule",
    "Series",
    "Snapshot",
    "Trail",
    "Trainer",
    "Verdict",
    "View",
    "knob",
    "with_default",
]
