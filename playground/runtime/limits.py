"""How much of the server a learner may have. Each number can be set as PLAYGROUND_<NAME> in the environment."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    slice_seconds: float = 0.02  # of training before the next learner's turn
    fps: float = 15.0  # frames a second that a viewer asks for
    fps_most: float = 60.0  # frames a second that a viewer can get
    lease_seconds: float = 15.0  # a running run that nobody has looked at for so long is parked
    forget_seconds: float = 3600.0  # a run without a viewer is thrown away after so long
    runs_per_session: int = 4
    runs_per_server: int = 150
    phase_seconds: float = 1.0  # that slow motion shows one phase
    rewind_bytes: int = 16_000_000  # for the earlier states of one run

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """ValueError, naming the variable, where one does not hold a positive number."""
        given = {}
        for field in dataclasses.fields(cls):
            name = f"PLAYGROUND_{field.name.upper()}"
            if name in environment:
                try:
                    given[field.name] = type(getattr(cls, field.name))(environment[name])
                except ValueError:
                    raise ValueError(f"{name} is {environment[name][:40]!r}, which is not a number.") from None
                if not 0 < given[field.name] < float("inf"):
                    raise ValueError(f"{name} is {environment[name][:40]!r}, but must be positive and finite.")
        return cls(**given)
