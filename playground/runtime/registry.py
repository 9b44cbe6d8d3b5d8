"""Who is training what. One registry a process, whichever module asks for it."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any

from playground.core import Lab
from playground.runtime.branch import Branch
from playground.runtime.limits import Limits
from playground.runtime.run import Run
from playground.runtime.worker import Worker


class ServerFull(Exception):
    """Every place is taken by someone who is watching."""


class Registry:
    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits.from_environment()
        self._worker = Worker(self.limits)
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def make(self, lab: Lab, config: Any, owner: str, device: str = "auto", branch: Branch | None = None) -> Run:
        """A new run, paused before its first step, or where it branches off. ServerFull if no place can be freed."""
        with self._lock:
            self._tidy(owner)
            run = Run(lab, config, self.limits, owner, device, branch)
            self._runs[run.token] = run
            return run

    def find(self, token: str) -> Run | None:
        return self._runs.get(token)

    def touch(self, run: Run) -> bytes:
        """Someone is looking: renew the lease, wake a parked run, return the newest frame."""
        run.touched = time.monotonic()
        if run.parked:
            self.post(run, "wake")
        return run.frame

    def spare(self, run: Run) -> None:
        """Nobody looks at it now, but somebody will return to it: it is not the first that has to go."""
        run.touched = time.monotonic()

    def discard(self, run: Run) -> None:
        """Nobody will return to it."""
        with self._lock:
            self._discard(run)

    def branch(self, run: Run, lane: str = "", seconds: float = 10) -> Branch | None:
        """Pause `run`; the moment at which it, or that lane of it, stands. None if it does not come to rest in time."""
        reply: SimpleQueue[Branch] = SimpleQueue()
        self.post(run, "pause")
        self.post(run, "branch", (reply, lane))
        try:
            return reply.get(timeout=seconds)
        except Empty:
            return None

    def post(self, run: Run, command: str, value: Any = None) -> None:
        run.touched = time.monotonic()
        run.post(command, value)
        self._worker.wake(run)

    def close(self) -> None:
        """Stop training; called once, when the server goes down."""
        self._worker.close()

    def _tidy(self, owner: str) -> None:
        """Throw away what nobody has looked at for long, then what stands in the way, oldest first."""
        now = time.monotonic()
        idle = sorted((run for run in self._runs.values() if not run.viewers), key=lambda run: run.touched)
        for run in idle:
            if now - run.touched > self.limits.forget_seconds:
                self._discard(run)
        mine = [run for run in self._runs.values() if run.owner == owner]
        spare = [run for run in idle if run.owner == owner and not run.closed]
        for run in spare[: max(0, len(mine) - self.limits.runs_per_session + 1)]:
            self._discard(run)
        if len(self._runs) >= self.limits.runs_per_server:
            parked = [r for r in idle if not r.closed and now - r.touched > self.limits.lease_seconds]
            if not parked:
                raise ServerFull(
                    f"All {self.limits.runs_per_server} places of this server are taken by people who are watching."
                )
            self._discard(parked[0])

    def _discard(self, run: Run) -> None:
        run.closed = True
        run.post("pause")
        self._runs.pop(run.token, None)


_HOME = "playground_process"  # survives a hot reload of this package, which the server's routes do not notice
_MAKING = threading.Lock()


def registry() -> Registry:
    """The registry of this process."""
    with _MAKING:
        home = sys.modules.setdefault(_HOME, ModuleType(_HOME))
        if not hasattr(home, "registry"):
            home.registry = Registry()  # type: ignore[attr-defined]  # mypy does not know what is put into a module
            atexit.register(home.registry.close)
        return home.registry
