"""Where a learner can go back to: earlier states of a run, and stops between them that training leads to again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from playground.runtime.course import Course

WORTHWHILE = 1 << 16  # bytes of a tensor from which on it is packed


class Rewinds:
    """Stops at even distances, and the states of as many of them as a budget of bytes holds.

    A stop without a state is reached from the state before it: by training again, over the same `course`. Only a CPU
    repeats a run bit for bit; on other devices there are no such stops. Two states are kept whatever they weigh: the
    start, and the last one, which a run that leaves the numbers is put back to.
    """

    def __init__(self, course: Course, budget: int, stride: int = 20, capacity: int = 60, start: int = 0) -> None:
        self.course, self.stride, self.start = course, stride, start
        self._apart = stride  # between two states
        self._budget, self._capacity = budget, capacity
        self._stops: set[int] = set()
        self._states: dict[int, Mapping[str, Any]] = {}
        self._sizes: dict[int, int] = {}
        self._exact = True

    def wants(self, step: int) -> bool:
        return (step - self.start) % self.stride == 0 and step not in self._stops

    def keep(self, step: int, take: Callable[[], Mapping[str, Any]]) -> None:
        """A stop. take: asked for the state, if it is one of those that are kept."""
        self._stops.add(step)
        while len(self._stops) > self._capacity:
            self.stride, self._stops = self._thinned(self.stride, self._stops)
        if (step - self.start) % self._apart == 0:
            self._sizes[step] = max(self._sizes.values(), default=0)
            self._make_room()  # first, so that a state which has to go does not stay beside the one that comes
            state = _packed(take())
            self._states[step], self._sizes[step] = state, _size(state)
            self._exact = self._exact and all(x.device.type == "cpu" for x in state.values() if torch.is_tensor(x))
        self._make_room()

    def _make_room(self) -> None:
        self._drop_all_but(self._stops)
        self._apart = max(self._apart, self.stride)
        while len(self._sizes) > 2 and sum(self._sizes.values()) > self._budget:
            self._apart, kept = self._thinned(self._apart, set(self._sizes))
            self._drop_all_but(kept)

    def _thinned(self, stride: int, steps: set[int]) -> tuple[int, set[int]]:
        """Every other step goes, and the last one stays: twice the stride, and what is left."""
        stride, last = 2 * stride, max(steps)
        kept = {step for step in steps if (step - self.start) % stride == 0 or step == last}
        if len(kept) == len(steps):  # only the first and the last are left
            kept.remove(min(step for step in kept if step != self.start))
        return stride, kept

    def _drop_all_but(self, steps: set[int]) -> None:
        self._sizes = {step: size for step, size in self._sizes.items() if step in steps}
        self._states = {step: state for step, state in self._states.items() if step in steps}

    def steps(self) -> list[int]:
        """The stops, in order."""
        return [step for step in sorted(self._stops) if step in self._states or self._repeats(step)]

    def _repeats(self, step: int) -> bool:
        """Whether training leads there again."""
        return self._exact and self.before(step)[0] >= self.course.known_from

    def stop(self, to: int) -> int:
        """The latest stop at or before `to`."""
        return max((step for step in self.steps() if step <= to), default=min(self._states))

    def before(self, step: int) -> tuple[int, Mapping[str, Any]]:
        """The latest kept state at or before `step`."""
        found = max((s for s in self._states if s <= step), default=min(self._states))
        return found, self._states[found]

    def truncate(self, step: int) -> None:
        """Training goes on from `step`, into another future."""
        self._stops = {s for s in self._stops if s <= step}
        self._drop_all_but(self._stops)
        if len(self._states) == 1:  # the way back to the start must not grow longer than it has to
            self._apart = self.stride
        self.course.go_on(step)


def _packed(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same state in less memory: one number where a tensor has no other, and no tensor twice.

    At the start this is most of it: optimisers remember nothing, and averages equal what they are averages of.
    """
    packed: dict[str, Any] = {}
    for name, value in state.items():
        if torch.is_tensor(value) and value.element_size() == 4 and value.nbytes >= WORTHWHILE:
            one = value.flatten()[:1]
            if bool((_bits(value) == _bits(one)).all()):
                value = one.clone().expand(value.shape)
            else:
                value = next((x for x in packed.values() if torch.is_tensor(x) and _same(x, value)), value)
        packed[name] = value
    return packed


def _same(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype or not a.is_contiguous():
        return False
    a, b = _bits(a.flatten()), _bits(b.flatten())
    return torch.equal(a[:64], b[:64]) and torch.equal(a, b)  # the first few say nearly always that they are not


def _bits(x: Tensor) -> Tensor:
    return x.view(torch.int32)  # of numbers, -0 equals 0, and NaN nothing


def _size(state: Mapping[str, Any]) -> int:
    """Bytes, counting shared memory once."""
    parts = [value.untyped_storage() for value in state.values() if torch.is_tensor(value)]
    return sum({part.data_ptr(): part.nbytes() for part in parts}.values())
