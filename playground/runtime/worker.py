"""One thread that trains for everybody.

Threads do not share a Python process well: thirty of them leave no room for the page. So one worker
takes the runs in turn, trains each for a slice of time, and goes on; whoever has just pressed a button
comes first.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from playground.runtime.limits import Limits
from playground.runtime.run import Run

FLOOD = 8  # commands that wait for one run: more are no learner's, and come after the others' turns


class Worker:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._condition = threading.Condition()
        self._ready: deque[Run] = deque()
        self._sleeping: dict[Run, float] = {}  # run -> when it wants to go on
        self._current: Run | None = None
        self._urgent = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self, run: Run) -> None:
        """Someone has posted a command to `run`: it is next. The thread starts with the first call."""
        with self._condition:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="trainer", daemon=True)
                self._thread.start()
            self._sleeping.pop(run, None)
            if run is not self._current:  # the current one looks at its inbox after each step
                self._put_first(run)
            self._condition.notify()

    def _put_first(self, run: Run) -> None:
        """Before the others, but not more often than once a slice: nobody can press the others out of their turn."""
        now = time.monotonic()
        if now - run.preferred >= self._limits.slice_seconds:
            run.preferred = now
            if run in self._ready:
                self._ready.remove(run)
            self._ready.appendleft(run)
            self._urgent = True
        elif run not in self._ready:
            self._ready.append(run)

    def close(self) -> None:
        """Finish the current step and end the thread."""
        with self._condition:
            self._closed = True
            self._urgent = True
            self._condition.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while (run := self._take()) is not None:
            due = run.advance(time.monotonic() + self._limits.slice_seconds, lambda: self._urgent)
            self._put_back(run, due)

    def _take(self) -> Run | None:
        """The next run whose turn it is; waits for one. None when the worker is closed."""
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                for run in [run for run, due in self._sleeping.items() if due <= now]:
                    del self._sleeping[run]
                    self._ready.append(run)
                if self._ready:
                    self._current, self._urgent = self._ready.popleft(), False
                    self._current.sharing = 1 + len(self._ready) + len(self._sleeping)
                    return self._current
                first = min(self._sleeping.values(), default=None)
                self._condition.wait(None if first is None else first - now)
            return None

    def _put_back(self, run: Run, due: float | None) -> None:
        with self._condition:
            self._current = None
            if run.closed:
                return
            if len(run.inbox) > FLOOD:
                self._ready.append(run)
            elif run.inbox:
                self._put_first(run)
            elif due is None:
                return
            elif due <= time.monotonic():
                self._ready.append(run)
            else:
                self._sleeping[run] = due
