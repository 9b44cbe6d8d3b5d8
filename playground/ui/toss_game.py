"""The learner plays D: twenty tosses by nature and twenty by G. Which are which?"""

from __future__ import annotations

import secrets

import numpy as np
import streamlit as st

from playground.games import TOSSES, TossRound, toss_round
from playground.runtime import Run

ROUND, SCORE, VERDICT, COIN = "tosses/round", "tosses/score", "tosses/verdict", "tosses/coin"


def toss_game(run: Run) -> None:
    if st.session_state.get(COIN) != (run.token, run.asked.p):
        _deal(run)  # the last round was about another coin
    current: TossRound = st.session_state[ROUND]
    st.markdown(
        "One row was tossed by nature, the other by G as it was when this round began. **Which one is nature's?**"
    )
    answered = VERDICT in st.session_state
    for index, row in enumerate(current.rows):
        tosses, button = st.columns([5, 1], vertical_alignment="center")
        tosses.html(_coins(row))
        button.button(
            f"Row {index + 1}",
            key=f"tosses/{index}",
            on_click=_answer,
            args=(index,),
            disabled=answered,
            width="stretch",
        )
    if answered:
        right = st.session_state[VERDICT]
        words = "Right" if right else "No"
        st.markdown(f"{words}: row {current.natural + 1} is nature's. {_counts(current)}")
        st.button("Next round", on_click=_deal, args=(run,), type="primary")
    right, played = st.session_state.get(SCORE, (0, 0))
    if played:
        st.markdown(f"You: {right} of {played} right.")
    st.caption(
        f"The best possible judge, who knows p and P_G exactly, is right in {current.best:.0%} of such rounds;"
        " guessing gives 50%. Only the number of heads matters, not their order."
    )


def _deal(run: Run) -> None:
    made = run.trainer.sample(TOSSES, seed=secrets.randbits(31))
    st.session_state[ROUND] = toss_round(
        run.config.p, made, run.snapshot.scalars["p_generated"], np.random.default_rng()
    )
    st.session_state[COIN] = run.token, run.asked.p
    st.session_state.pop(VERDICT, None)


def _answer(row: int) -> None:
    is_right = row == st.session_state[ROUND].natural
    right, played = st.session_state.get(SCORE, (0, 0))
    st.session_state[SCORE] = right + is_right, played + 1
    st.session_state[VERDICT] = is_right


def _counts(current: TossRound) -> str:
    first, second = (sum(row) for row in current.rows)
    return f"Heads: {first} of {TOSSES} in row 1, {second} of {TOSSES} in row 2."


_COIN = (
    "display:inline-flex; width:1.7rem; height:1.7rem; margin:.12rem; border-radius:50%; font-size:.8rem;"
    "font-weight:600; align-items:center; justify-content:center; border:1.5px solid currentColor;"
)


def _coins(row: tuple[int, ...]) -> str:
    """Heads filled, tails hollow: readable without colour. The row is our own, so there is nothing to escape."""
    heads = f'<span style="{_COIN} background:currentColor"><span style="filter:invert(1)">H</span></span>'
    tails = f'<span style="{_COIN}">T</span>'
    words = " ".join("heads" if toss else "tails" for toss in row)
    return f'<div role="img" aria-label="{words}">{"".join(heads if toss else tails for toss in row)}</div>'
