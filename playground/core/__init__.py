"""The vocabulary that every lab, figure and page speaks.

A **Knob** describes one hyperparameter, a **Config** is a frozen set of them, a **Snapshot** is what
a model looked like after some iteration, a **View** says how a snapshot is drawn and in which
**Layers**, and a **Lab** ties them together. Nothing here needs more than NumPy.
"""

from playground.core.knobs import Config, Knob, knob
from playground.core.lab import Diagnosis, Diverged, History, Lab, Phase, Preset, Snapshot, Trainer
from playground.core.views import (
    Arrows,
    Axis,
    Band,
    Bars,
    Curve,
    Digits,
    Field,
    Layer,
    Mesh,
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
    "Config",
    "Curve",
    "Diagnosis",
    "Digits",
    "Diverged",
    "Field",
    "History",
    "Knob",
    "Lab",
    "Layer",
    "Mesh",
    "Phase",
    "Points",
    "Preset",
    "Role",
    "Rule",
    "Series",
    "Snapshot",
    "Trail",
    "Trainer",
    "View",
    "knob",
]
