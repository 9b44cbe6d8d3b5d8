"""What a learner can take away from a run."""

from playground.export.script import script

__all__ = ["script"]
