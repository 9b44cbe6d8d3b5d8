"""The tab on rate and distortion: this run, where the runs of this visit have come to, and a sweep over beta."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np
import streamlit as st

from playground.core import Diagnosis, Lab, Preset, Snapshot, View
from playground.runtime import Run, registry
from playground.ui import background
from playground.ui.tab import standing
from playground.ui.vae_plane import PATH, picture
from playground.vae.ends import SETTLED, End, end_of, ends_of, measured_in, note, told_apart
from playground.vae.knobs import VaeConfig
from playground.vae.sweep import BETAS, STEPS, SweepTrainer, swept

KEY = "vae/path"
ENDS = f"{KEY}/ends"  # in the session: where runs have come to
POLL_SECONDS = 1.0

_QUIET = View("found", "Found", "What is found.", ())
SWEEP = Lab(  # trained by the server like any other run, but shown by this tab alone
    slug="vae-sweep",
    title="Sweep",
    chapter="",
    question="",
    summary="",
    lesson="",
    Config=VaeConfig,
    build=SweepTrainer,
    views=(_QUIET,),
    settings={"Reference": Preset(VaeConfig(), "One beta after another.")},
    diagnose=lambda trainer, now, history: Diagnosis(""),
    players=(),
    thumbnail=_QUIET,
    thumbnail_steps=0,
    code=lambda config: (),
)


@standing
def rate_distortion(run: Run) -> None:
    """Where runs have been, and have come to, in the plane of the two terms."""
    st.markdown(
        "Each nat that a code tells can save nats in the picture. Beta is the exchange rate: where training rests,"
        " one more nat of rate would save just beta nats of distortion, so the best path bends with slope -beta."
    )
    st.markdown(
        "**Recipe.** Play until the head hardly moves. Turn beta to 4, wait, then to 0.25, and wait again: each beta"
        " at which the run stays for a few hundred steps leaves its end here. Then change the networks and Restart:"
        " better ones come nearer to the lower left corner. *Sweep beta* does the first half for you."
    )
    if run.config.kind == "autoencoder":
        st.info("An autoencoder pays nothing for its code, so it has no rate and no path.")
        return
    sweeping = background.training(KEY)
    moving = sweeping or run.state == "running"
    st.fragment(run_every=POLL_SECONDS if moving else None)(_plane)(run, sweeping)


def remember_run(lab: Lab) -> None:
    """Note where the run of this page has come to: at each rerun, so before a knob or a preset ends it."""
    run = registry().find(st.session_state.get(f"{lab.slug}/run", ""))
    if run is not None:
        _remember(run)


def _remember(run: Run) -> None:
    config, course = run.trainer.config, run.rewinds.course
    snapshot, names, rows = run.shown
    if "price" not in names or not _is_shown(run, snapshot, config):
        return
    newest = np.array([[snapshot.step, *(snapshot.scalars.get(name, math.nan) for name in names[1:])]])
    table = np.concatenate((rows[rows[:, 0] < snapshot.step], newest))
    note(_known(), ends_of(course.knobs, names, table))


def _is_shown(run: Run, snapshot: Snapshot, config: Any) -> bool:
    """Whether this is a picture of the trainer of that config: a new one is there a moment before its first picture."""
    return run.trainer.config is config and run.step >= snapshot.step


def _known() -> dict[Any, End]:
    known: dict[Any, End] = st.session_state.setdefault(ENDS, {})
    return known


def _plane(run: Run, sweeping: bool) -> None:
    """Only this part of the page is drawn again while something moves."""
    sweep = background.run_of(KEY)
    if sweep is None or sweep.state == "stopped" or _done(sweep):
        background.pause(KEY, sweep)
    if sweeping != background.training(KEY):
        st.rerun()  # the whole page, for polling begins or ends
    _remember(run)
    if sweep is not None:
        registry().touch(sweep)  # someone is looking
        note(_known(), _found(sweep))
    _buttons(sweep, run.config, sweeping=sweeping)
    ends = [end for end in _known().values() if end.nats == measured_in(run.config)]
    story = run.story()
    if len(story) < 2 and not ends:
        st.info("There is no path yet: press Play, or sweep beta.")
        return
    dark = bool(st.context.theme.type == "dark")
    st.plotly_chart(picture(story, ends, dark=dark), key=f"{KEY}/figure", theme=None, alt=PATH.caption)
    _words(run, ends)


# --- the sweep -------------------------------------------------------------------------------------------


def _found(sweep: Run) -> list[End]:
    """What the sweep has measured so far; nothing while it is on its way from other settings to these."""
    c, snapshot = sweep.trainer.config, sweep.snapshot
    if c is not sweep.asked or not _is_shown(sweep, snapshot, c):
        return []
    found = snapshot.arrays["found"]
    ends = (
        end_of(swept(c, beta), beta, (float(rate), float(distortion)), STEPS, swept=True)
        for beta, (rate, distortion) in zip(BETAS, found, strict=True)
    )
    return [end for end in ends if math.isfinite(end.rate + end.distortion)]


def _done(sweep: Run) -> bool:
    """Whether all steps are taken, and shown, by the trainer that was last asked for."""
    taken = min(sweep.step, sweep.snapshot.step)
    return taken >= STEPS * len(BETAS) and sweep.trainer.config is sweep.asked


def _buttons(sweep: Run | None, config: VaeConfig, *, sweeping: bool) -> None:
    background.complain(KEY)
    with st.container(horizontal=True, vertical_alignment="center"):
        if sweeping and sweep is not None:
            st.button("Stop", key=f"{KEY}/stop", icon=":material/stop:", on_click=background.pause, args=(KEY, sweep))
        elif sweep is not None and 0 < sweep.step < STEPS * len(BETAS):
            st.button(
                "Go on", key=f"{KEY}/on", icon=":material/play_arrow:", on_click=background.play, args=(KEY, sweep)
            )
        if not sweeping:
            st.button(
                "Sweep beta", key=f"{KEY}/begin", type="primary", on_click=background.begin, args=(KEY, SWEEP, config)
            )
        if _known():
            st.button("Clear", key=f"{KEY}/clear", icon=":material/delete:", on_click=_clear, args=(sweep,))
    if sweep is not None and sweep.step and (sweeping or sweep.step < STEPS * len(BETAS)):
        turn = min(sweep.step // STEPS, len(BETAS) - 1)
        at = min(sweep.step, STEPS * len(BETAS))
        words = f"Beta {BETAS[turn]:g}, {turn + 1} of {len(BETAS)}: step {at - turn * STEPS} of {STEPS}"
        st.progress(at / (STEPS * len(BETAS)), words)
    else:
        st.caption(
            f"Sweep beta trains {len(BETAS)} VAEs with your settings and beta {', '.join(f'{b:g}' for b in BETAS)},"
            f" {STEPS} steps each, the learning rate falling to 0. That is far from their end, and the same for all."
        )


def _clear(sweep: Run | None) -> None:
    """Forget all ends, and the sweep, which would bring its own back."""
    background.pause(KEY, sweep)
    st.session_state.pop(f"{KEY}/run", None)
    _known().clear()


# --- what is shown ---------------------------------------------------------------------------------------


def _words(run: Run, ends: list[End]) -> None:
    """The ends as a table, and how sure its numbers are."""
    trainer: Any = run.trainer
    names = told_apart(ends)
    rows = [
        f"| {e.price} | {e.rate:.1f} | {e.distortion:.1f} | {e.rate + e.distortion:.1f} | {e.step}"
        f" | {html.escape(names[e.line])}, {'swept' if e.swept else 'a run'} |"
        for e in sorted(ends, key=lambda end: (names[end.line], end.swept, end.beta))
    ]
    if rows:
        head = "| beta | rate | distortion | sum | step | networks |\n|---:|---:|---:|---:|---:|---|\n"
        st.markdown(head + "\n".join(rows))
    luck = run.snapshot.scalars["test_spread"] / math.sqrt(len(trainer.digits))
    much = f", by about {luck:.1f}" if run.step >= SETTLED else ""  # before that all digits cost the same
    st.caption(
        f"Nats a digit, of {len(trainer.digits)} test digits, the same for all runs: other test digits would move all"
        f" sums together{much}. Likelihood and digits: {html.escape(measured_in(run.config))}. Ends of"
        " other likelihoods or digits are kept, and shown when you choose these again, because their nats cannot be"
        " compared. Of several runs of the same settings and beta the one that trained longest is kept. With free nats"
        " another sum is minimised: there the best path need not bend with slope -beta."
    )
