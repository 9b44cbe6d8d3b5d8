"""Something that takes seconds, done piece by piece: the page and the run go on, it says how far it is, and can stop.

The server's one worker does it in turn with all that is trained: threads that compute at once slow each other down by
far more than half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
import streamlit as st
from torch import Tensor

from playground.core import Diagnosis, Lab, Phase, Preset, Snapshot, View
from playground.runtime import Run, registry
from playground.training import StepwiseTrainer
from playground.ui import background

POLL_SECONDS = 1.0  # from one look to the next
LAB = "measuring"


class Model(Protocol):
    """What it is done on: the network of that step, with these knobs."""

    @property
    def step(self) -> int: ...

    @property
    def config(self) -> Any: ...


class Work(Protocol):
    """share: how much of it is done; go_on: does one piece, False if there is none."""

    @property
    def held(self) -> Model: ...

    @property
    def share(self) -> float: ...

    def go_on(self) -> bool: ...


W = TypeVar("W", bound=Work)


class Pieces(StepwiseTrainer):
    """A work as the worker knows it: a step is a piece. Nothing is learned, and there is nothing to go back to.

    when_done: called in the worker, as often as it is asked for a piece of a work that has none left.
    """

    phase_count = 1

    def __init__(self, work: Work) -> None:
        super().__init__(work.held.config, "cpu")
        self.work = work
        self.when_done: Callable[[], None] = _nothing

    def phases(self, players: str = "DG") -> Iterator[Phase]:
        if not self.work.go_on():
            self.when_done()
        self.step_count += 1
        yield from ()

    @property
    def data(self) -> np.ndarray:
        return np.zeros(0)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        return np.zeros(0)

    def scalars(self) -> dict[str, float]:
        return {"share": self.work.share}

    def snapshot(self) -> Snapshot:
        return Snapshot(self.step_count, self.scalars(), {})

    def memory(self) -> dict[str, Tensor]:
        return {}

    def finite(self) -> bool:
        return True


def _nothing() -> None:
    """As long as nobody wants to know."""


def _lab(work: Work) -> Lab:
    """Trained by the server like any other, but shown by its tab alone."""
    quiet = View("share", "Share", "How much is done.", ())
    return Lab(
        slug=LAB,
        title="Measuring",
        chapter="",
        question="",
        summary="",
        lesson="",
        Config=type(work.held.config),
        build=lambda config, device: Pieces(work),
        views=(quiet,),
        settings={"Measuring": Preset(work.held.config, "What is measured.")},
        diagnose=lambda trainer, now, history: Diagnosis(""),
        players=(),
        thumbnail=quiet,
        thumbnail_steps=0,
        code=lambda config: (),
    )


def in_slices(key: str, run: Run, begin: Callable[[], W], show: Callable[[W], None], label: str = "Measure") -> None:
    """A button that begins it, then progress. show: draws what is known when it has stopped or is done."""
    busy = background.training(key)
    st.fragment(run_every=POLL_SECONDS if busy else None)(_panel)(key, run, begin, show, label, busy=busy)


def _panel(key: str, run: Run, begin: Callable[[], W], show: Callable[[W], None], label: str, *, busy: bool) -> None:
    """Only this part of the page is drawn again while it works."""
    work, mine = _kept(key, run), background.run_of(key)
    if mine is not None and mine.state == "stopped":
        st.session_state[f"{key}/complaint"] = "The measurement met a fault and has stopped; what it knew is below."
        st.session_state[f"{key}/fault"] = True
    if mine is None or work is None or work.share == 1 or mine.state == "stopped":
        _stop(key)
    if busy != background.training(key):
        st.rerun()  # the whole page, for polling begins or ends
    if busy and mine is not None:
        registry().touch(mine)  # someone is looking
    background.complain(key)
    with st.container(horizontal=True, vertical_alignment="center"):
        if busy:
            st.button("Stop", key=f"{key}/stop", icon=":material/stop:", on_click=_stop, args=(key,))
        else:
            if work is not None and work.share < 1 and not st.session_state.get(f"{key}/fault"):
                st.button("Go on", key=f"{key}/on", icon=":material/play_arrow:", on_click=_go_on, args=(key, work))
            words = label if work is None else f"{label} again"
            st.button(words, key=f"{key}/begin", type="primary", on_click=_begin, args=(key, begin))
    if work is None:
        return
    if work.share < 1:
        st.progress(work.share, f"{work.share:.0%} measured, of the network of step {work.held.step}")
    if not busy:  # figures at every look would cost more than the work
        seen = run.snapshot.scalars.get("looked", run.snapshot.step)
        if seen != work.held.step:
            st.caption(f"Measured at step {work.held.step}. What is seen above is of step {seen:.0f} by now.")
        show(work)


def _kept(key: str, run: Run) -> Any:
    """What has been done for settings like those of the run; live knobs may have been turned since."""
    work = st.session_state.get(f"{key}/work")
    return None if work is None or run.config.needs_restart(work.held.config) else work


def _begin(key: str, begin: Callable[[], Work]) -> None:
    work = begin()
    st.session_state[f"{key}/work"], st.session_state[f"{key}/fault"] = work, False
    _go_on(key, work)


def _go_on(key: str, work: Work) -> None:
    """By a new run, for the one that was stopped has been thrown away; it goes on where the work stands."""
    background.begin(key, _lab(work), work.held.config)
    run = background.run_of(key)
    if run is not None and isinstance(run.trainer, Pieces):
        run.trainer.when_done = partial(registry().discard, run)  # it takes no turn and no place any longer


def _stop(key: str) -> None:
    """The work is kept, the run that did it is not: a learner has few places."""
    run = background.run_of(key)
    background.pause(key, run)
    if run is not None:
        registry().discard(run)
