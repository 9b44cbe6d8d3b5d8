"""Forger and police: the learner takes the place of D, then of G, and gets the score that they would get.

Needs a run in the plane: its trainer has `target`, `window` and `judge(points)`, and its snapshot the arrays "real",
"generated" and "field". `judging.py` says how the scores are counted.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
import torch

from playground.judging import ForgerScore, Forgery, K, PoliceScore, forger_score, police_score
from playground.runtime import Run, registry
from playground.ui.pad import Background, Drawn, pad
from playground.ui.tab import standing

POLICE, FORGER = "the police (D)", "the forger (G)"
FRESH = 2000  # points of each kind that are judged
KNOWN = 4000  # points of each kind that the nearest-neighbour judge has seen
FORGERIES = 12
CLOSE = 0.02  # losses that differ by less are as good as each other
PATIENCE = 1.0  # seconds in which Pause is answered, many times over
MOST_CELLS, FAINT = 0.75, 0.01  # the share of D's field within the scale of its colours; the shortest scale


TITLE = "Forger and police"


@standing
def forger(run: Run) -> None:
    """The tab's body."""
    if run.state == "running":
        st.info("Pause the run to play: the game needs a D and a G that stand still.", icon=":material/pause:")
        if st.button("Pause the run", type="primary", key=_key(run, "pause")):
            _pause(run)
            st.rerun()
        return
    role = st.radio("You are", [POLICE, FORGER], horizontal=True, key=_key(run, "role"))
    if _moved_on(run) is not None:
        st.info("The run has moved on since you began. The sheet now shows where it stands.", icon=":material/update:")
    st.session_state[_key(run, "shown")] = _moment(run)
    (_police if role == POLICE else _forger)(run)


def _police(run: Run) -> None:
    st.markdown(
        "You are D: what lies inside your line counts as real, the rest as generated. Then you and D judge"
        f" {FRESH} real and {FRESH} generated points that neither of you has seen."
    )
    seen = run.snapshot.arrays
    trainer: Any = run.trainer
    sheet, side = st.columns([3, 2], gap="large")
    with sheet:
        pad(
            "boundary",
            key=_key(run, "boundary"),
            submit="Judge",
            window=float(trainer.window),
            background=Background(real=seen["real"], generated=seen["generated"]),
            on_submit=_if_still(run, POLICE, _score_police),
        )
    with side:
        score = _verdict(run, POLICE)
        if score is None:
            st.caption("Your score appears here.")
        else:
            _show_police(score, run.config)


def _forger(run: Run) -> None:
    st.markdown(
        "Twelve of G's points are yours. The bluer the ground, the more D takes it for real; drag each point"
        " to where D believes in it. Your loss is the non-saturating"
        " one, the mean of $-\\log D(x)$, with $D(x)$ as the map shows it."
    )
    seen = run.snapshot.arrays
    trainer: Any = run.trainer
    mine = seen["generated"][:FORGERIES]
    field, reach = vivid(seen["field"])
    sheet, side = st.columns([3, 2], gap="large")
    with sheet:
        pad(
            "move",
            key=_key(run, "forgeries"),
            submit="Show them to D",
            window=float(trainer.window),
            background=Background(real=seen["real"], field=field, extent=_extent(run)),
            start=mine,
            version=f"{run.token} {run.step} {zlib.crc32(mine.tobytes())}",
            most=FORGERIES,
            on_submit=_if_still(run, FORGER, _score_forger),
        )
        if reach < 0.5:
            st.caption(
                f"D is not sure of much, so its colours are deeper here than on the stage: the deepest stand for"
                f" D(x) up to {0.5 - reach:.2f} and from {0.5 + reach:.2f}."
            )
    with side:
        score = _verdict(run, FORGER)
        if score is None:
            st.caption("Your score appears here.")
        else:
            _show_forger(score)


def vivid(field: np.ndarray) -> tuple[np.ndarray, float]:
    """D's field with colours that show its differences, and how far from 1/2 the deepest colours begin.

    A young D stays near 1/2, where the map is nearly white. 1/2 remains the colour of "undecided".
    """
    reach = float(np.clip(np.quantile(np.abs(field - 0.5), MOST_CELLS), FAINT, 0.5))
    return np.clip(0.5 + (field - 0.5) * 0.5 / reach, 0, 1), reach


def _extent(run: Run) -> tuple[float, float, float, float]:
    """The square that D's field fills."""
    low, high = run.snapshot.scalars["low"], run.snapshot.scalars["high"]
    return low, high, low, high


# --- scoring ---------------------------------------------------------------------------------------------


def _score_police(run: Run, loops: Drawn) -> PoliceScore:
    trainer: Any = run.trainer
    real, fake = _fresh(trainer, FRESH + KNOWN)
    known = real[FRESH:], fake[FRESH:]
    return police_score(list(loops), trainer.judge, 0.5, real[:FRESH], fake[:FRESH], known)


def _score_forger(run: Run, after: Drawn) -> ForgerScore:
    trainer: Any = run.trainer
    before = run.snapshot.arrays["generated"][:FORGERIES].astype(float)
    after = np.asarray(after)
    untouched = np.abs(after - before).max(1) < 6e-4  # as the pad rounds them
    after = np.where(untouched[:, None], before, after)
    return forger_score(trainer.judge, before, after, _fresh(trainer, FRESH)[0])


def _fresh(trainer: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of both kinds that nobody has seen, (n, 2) each; training's own generator is left alone."""
    seed = secrets.randbits(31)
    real = trainer.target.draw(n, torch.Generator().manual_seed(seed)).numpy()
    return real.astype(float), np.asarray(trainer.sample(n, seed=seed), dtype=float)


def _if_still(run: Run, role: str, score: Callable[[Run, Drawn], Any]) -> Callable[[Drawn], None]:
    """Score what is handed in, if the run still stands where the sheet has shown it."""

    def judge(drawn: Drawn) -> None:
        if run.state != "running" and _moved_on(run) is None:
            st.session_state[_key(run, role)] = (_moment(run), score(run, drawn))

    return judge


def _verdict(run: Run, role: str) -> Any:
    """The score of this moment of the run, if there is one."""
    moment, score = st.session_state.get(_key(run, role), (None, None))
    return score if moment == _moment(run) else None


def _moved_on(run: Run) -> Any:
    """The moment that the sheet shows, where the run has left it."""
    shown = st.session_state.get(_key(run, "shown"))
    return shown if shown not in (None, _moment(run)) else None


def _moment(run: Run) -> tuple[Any, ...]:
    points = run.snapshot.arrays["generated"]
    return run.token, run.snapshot.step, zlib.crc32(np.ascontiguousarray(points).tobytes())


def _pause(run: Run) -> None:
    registry().post(run, "pause")
    end = time.monotonic() + PATIENCE
    while run.state == "running" and time.monotonic() < end:
        time.sleep(0.01)


def _key(run: Run, name: str) -> str:
    return f"{run.lab.slug}/forger/{name}"


# --- words -----------------------------------------------------------------------------------------------


def _show_police(score: PoliceScore, config: Any) -> None:
    columns = st.columns(3)
    for column, name, value in zip(
        columns, ("You", "D", "Neighbours"), (score.yours, score.network, score.neighbours), strict=True
    ):
        column.metric(name, f"{value:.1%}")
    st.markdown(police_sentence(score))
    st.caption(
        f"Share judged rightly of {FRESH} fresh real and {FRESH} fresh generated points; guessing gives 50%. Neighbours"
        f" is a judge who has seen {KNOWN} other points of each kind with their labels and asks the {K} nearest: a good"
        " estimate, from below, of what the best possible judge would get."
    )
    st.caption(answers_sentence(config))


def answers_sentence(config: Any) -> str:
    """Why D's score differs from the curve on the stage."""
    behind = ", behind instance noise" if config.instance_noise else ""
    other = (
        " G itself has made those; here you and D judge the averaged G that the picture shows." if config.ema else ""
    )
    return (
        f"*Right answers of D* on the stage is another number: what D answered to the {2 * config.batch} points of its"
        f" last batch{behind}, just before it learned from them. So few points also make that curve jump.{other}"
    )


def police_sentence(score: PoliceScore) -> str:
    """You against D, and what there is to see at all."""
    gap = score.yours - score.network
    points = f"{abs(gap) * 100:.1f} percentage points"
    if abs(gap) <= score.luck:
        words = f"You and D are equally good: a difference of {points} is within luck ({score.luck * 100:.1f})."
    elif gap > 0:
        words = f"**You beat D by {points}.** At this step D has not learned all that can be seen."
    else:
        words = f"**D beats you by {points}.** It sees something that your boundary leaves out."
    if score.neighbours < 0.53:
        words += " There is little to see: the neighbours, too, can hardly tell the two kinds apart."
    elif score.neighbours - max(score.yours, score.network) > 0.03:
        words += " Neither of you is near what can be seen: look where the neighbours would look, point by point."
    return words


def _show_forger(score: ForgerScore) -> None:
    head = "| | Loss | Nearest real | Spread |\n|---|---:|---:|---:|\n"
    rows = {"As G made them": score.before, "After your move": score.yours, "After one gradient step": score.gradient}
    st.markdown(head + "\n".join(_row(name, at) for name, at in rows.items()))
    if score.yours.all_the_same:
        st.warning(sameness_sentence(score), icon=":material/warning:")
    st.markdown(forger_sentence(score))
    st.caption(
        "Loss: the mean of −log D(x), asked of the run's own D. Nearest real: mean distance to the nearest of"
        f" {FRESH} fresh real points. Spread: how far the twelve lie apart, as a share of what real points do. The"
        " gradient step moves all twelve against the slope of the loss, as far in total as you did"
        f" ({score.length:.2f} each on average)."
    )


def _row(name: str, at: Forgery) -> str:
    return f"| {name} | {at.loss:.2f} | {at.to_real:.2f} | {at.spread:.0%} |"


def forger_sentence(score: ForgerScore) -> str:
    """Your move against the gradient's."""
    before, yours, gradient = score.before.loss, score.yours.loss, score.gradient.loss
    if yours > before + CLOSE:
        return f"D believes your points less than before: the loss rose from {before:.2f} to {yours:.2f}."
    change = (
        f"The loss went from {before:.2f} to {yours:.2f}, with a gradient step of the same length to {gradient:.2f}."
    )
    if abs(yours - gradient) <= CLOSE:
        return f"{change} **You and the gradient are equally good.**"
    if yours < gradient:
        return (
            f"{change} **You beat the gradient**: it knows only the slope where each point stands, you see the field."
        )
    return f"{change} **The gradient beats you**: it moves those points most whose loss falls fastest."


def sameness_sentence(score: ForgerScore) -> str:
    if score.before.all_the_same:
        return "Your forgeries are all the same, and so were G's: the next D will know this spot."
    likes = "D likes them, but" if score.yours.loss < score.before.loss else "Besides,"
    return (
        f"{likes} all your forgeries are the same: the next D will know this spot. That is how a mode collapse begins."
    )
