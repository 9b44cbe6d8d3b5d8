"""The pad and what stands on it, by themselves: a small app of its own, with a run that does not train.

A test picks a page with ?show=..., for example `page = open_page("?show=points", base=url)`. To look at it:
`PYTHONPATH=. streamlit run tests/browser/pad_harness.py`, then /?show=forger.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import streamlit as st
import torch

from playground.core import Config, Snapshot, knob
from playground.data.line import ALPHABET
from playground.data.plane import TARGETS
from playground.ui import controls
from playground.ui.digit_pad import digit_pad
from playground.ui.forger import forger
from playground.ui.own_data import draw_density_button, draw_points_button
from playground.ui.pad import Background, pad

WINDOW = 2.0


@dataclass(frozen=True)
class PlaneConfig(Config):
    """The two knobs that a lab with data of the learner's own has."""

    target: str = knob("ring", "What there is to learn.", label="Target", options=("ring", "own"))
    own: str = knob("", "Your own.", label="Own data", letters=ALPHABET, longest=8000, hidden=True)


LAB: Any = SimpleNamespace(slug="plane", Config=PlaneConfig)  # all that own data asks of a lab


class StillTrainer:
    """Where a GAN in the plane might stand: G makes a cloud on the right, D believes in the ring."""

    window = WINDOW
    target = TARGETS["ring"](1.0)

    def judge(self, points: np.ndarray) -> np.ndarray:
        """D(x), highest on the ring; a little lower on its right, where it has seen forgeries."""
        radius = np.linalg.norm(points, axis=1)
        score = 3 - 12 * np.abs(radius - 1) - 1.5 * points[:, 0]
        return 1 / (1 + np.exp(-score))

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).normal((0.5, 0.1), (0.45, 0.3), (n, 2))

    def snapshot(self, step: int) -> Snapshot:
        across = (np.arange(64) + 0.5) / 64 * 2 * WINDOW - WINDOW
        grid = np.stack(np.meshgrid(across, across), -1).reshape(-1, 2)
        real = self.target.draw(500, torch.Generator().manual_seed(1)).numpy()
        made = self.sample(500, seed=2 + step)
        return Snapshot(
            step,
            {"low": -WINDOW, "high": WINDOW},
            {"real": real, "generated": made, "field": self.judge(grid).reshape(64, 64)},
        )


@dataclass(eq=False)
class StillRun:
    """What `forger` and the worker ask of a run; `walk` lets it stand somewhere else."""

    token: str = "a-run"
    state: str = "paused"
    lab: Any = field(default_factory=lambda: LAB)
    trainer: StillTrainer = field(default_factory=StillTrainer)
    config: Any = field(default_factory=lambda: SimpleNamespace(batch=128, ema=0.0, instance_noise=0.0))
    step: int = 0
    inbox: deque[str] = field(default_factory=deque)
    preferred: float = 0.0
    closed: bool = False

    @property
    def snapshot(self) -> Snapshot:
        return self.trainer.snapshot(self.step)

    def walk(self) -> None:
        self.step += 100

    def play(self) -> None:
        self.state = "running"

    def post(self, command: str, value: Any = None) -> None:
        self.inbox.append(command)

    def advance(self, until: float, interrupted: Callable[[], bool]) -> None:
        """Obey what was posted, in the worker's thread."""
        while self.inbox:
            self.state = {"pause": "paused"}[self.inbox.popleft()]


# The app


def show_pad(tool: Any, **sheet: Any) -> None:
    drawn = pad(tool, key=f"pad {tool}", submit="Hand in", **sheet)
    if drawn is not None:
        st.session_state["taken"] = [np.asarray(part).round(3).tolist() for part in drawn]
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("Rerun")
    st.code(json.dumps({"runs": st.session_state["runs"], "taken": st.session_state.get("taken")}))


def show_digit() -> None:
    strokes = digit_pad("a digit")
    if strokes is not None:
        st.session_state["taken"] = [stroke.round(3).tolist() for stroke in strokes]
    st.button("Rerun")
    st.code(json.dumps({"taken": st.session_state.get("taken")}))


def show_own(kind: str) -> None:
    config, _ = controls.wanted(LAB)
    fresh = st.session_state.pop("plane/fresh", False)
    with st.sidebar:
        st.selectbox("Target", ("ring", "own"), key="plane/knob/target")
    (draw_density_button if kind == "density" else draw_points_button)(LAB)
    st.code(json.dumps({"target": config.target, "own": config.own, "fresh": fresh}))


def show_forger() -> None:
    run = st.session_state.setdefault("run", StillRun())
    with st.sidebar:
        st.button("Let it train", on_click=run.walk)
        st.button("Play", on_click=run.play)
    forger(run)  # type: ignore[arg-type]  # as much of a Run as the game asks for


def app() -> None:
    st.set_page_config(layout="wide", initial_sidebar_state="auto")
    trainer = StillTrainer()
    seen = trainer.snapshot(0).arrays
    ground = Background(real=seen["real"], generated=seen["generated"])
    show = st.session_state.setdefault("show", st.query_params.get("show", "points"))  # a lab has the URL for itself
    if show == "points":
        show_pad("points", window=1.5, least=8)
    elif show == "few":
        show_pad("points", window=1.5, most=30)
    elif show == "density":
        show_pad("density")
    elif show == "schedule":
        show_pad("schedule")
    elif show == "boundary":
        show_pad("boundary", window=WINDOW, background=ground)
    elif show == "move":
        start = np.array([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]])
        field = Background(real=seen["real"], field=seen["field"])
        show_pad("move", window=WINDOW, background=field, start=start, version="1")
    elif show == "digit":
        show_digit()
    elif show == "forger":
        show_forger()
    else:
        show_own(show.removeprefix("own-"))


# Serving it


@contextmanager
def served() -> Iterator[str]:
    """The address of this app while the context lasts."""
    import driver  # only a test has its folder on the path

    port = driver._free_port()
    options = {"headless": "true", "address": "127.0.0.1", "port": port, "fileWatcherType": "none"}
    flags = [word for name, value in options.items() for word in (f"--server.{name}", str(value))]
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", __file__, *flags],
            cwd=driver.ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(driver.ROOT)},
            stdout=words,
            stderr=words,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            driver._wait_for(url, process)
            yield url
        finally:
            leaving = driver._stop(process)
            said = driver._all(words)
        assert not leaving, f"{leaving}\n{said}"
        assert not any(sign in said for sign in driver.BAD_SIGNS), said


if __name__ == "__main__":
    app()
