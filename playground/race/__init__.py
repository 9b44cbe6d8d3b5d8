"""Runs of one lab side by side: in step, on the same axes, from the same seed and the same minibatches.

`Lanes` are the settings, `Race` is the trainer that moves all lanes, and `side_by_side` makes a lab of them that
everything that knows a lab can show, drive, rewind and export. What belongs to a lane bears its letter: the scalar
"B/sw1" is the sw1 of lane B.
"""

from playground.race.lanes import LETTERS, Lanes, Splits
from playground.race.side_by_side import side_by_side
from playground.race.trainer import Race, lane_of

__all__ = ["LETTERS", "Lanes", "Race", "Splits", "lane_of", "side_by_side"]
