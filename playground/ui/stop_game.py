"""When would you stop? The learner sees the losses of a finished race, nothing else, and marks a step in each lane."""

from __future__ import annotations

import dataclasses
import math
import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from playground.contest.knobs import ContestConfig
from playground.contest.stopping import RecordedContest, Stop, stopped_in
from playground.core import Axis, Diagnosis, Digits, Points, Snapshot, View
from playground.labs.wgan_vs_gan import LAB, NAMES
from playground.runtime import Run, registry
from playground.ui import background

TITLE = "When would you stop?"
KEY = "wgan-vs-gan/stop"
REVEALED, ROUNDS = f"{KEY}/revealed", f"{KEY}/rounds"  # the choice that was made; the scores of earlier rounds
STEPS = 1500
FEWEST = 8  # measurements that a race which was stopped early must have to be played
POLL_SECONDS = 0.7
FPS = 1.0  # frames a second: nobody sees them
NO_TOOLS = {"displayModeBar": False}  # on a phone they would lie on the titles

_QUIET = View("race", "Race", "The race.", ())
RACES = dataclasses.replace(  # run by the server like any other lab, and shown by this tab alone
    LAB,
    slug="stop-game",
    build=RecordedContest,
    views=(_QUIET,),
    thumbnail=_QUIET,
    diagnose=lambda trainer, now, history: Diagnosis(""),
    challenges=(),
)


def stop_game(run: Run) -> None:
    """The tab's body."""
    st.markdown(
        "A race with the settings of this page and a seed that nobody has seen runs in the background. You get its"
        " losses, and no more. **Mark the step at which each G is best**; then its samples are shown, and you are"
        " scored against the best step and against picking one at random."
    )
    training = background.training(KEY)
    st.fragment(run_every=POLL_SECONDS if training else None)(_round)(run, training)


def _round(run: Run, training: bool) -> None:
    """Only this part of the page is drawn again while the race runs."""
    race = background.run_of(KEY)
    if race is None or race.state == "stopped" or race.step >= STEPS:
        background.pause(KEY, race)
    if training != background.training(KEY):
        st.rerun()  # the whole page, for polling begins or ends
    _buttons(run, race, training=training)
    if race is None:
        return
    registry().touch(race)  # someone is looking
    album = _album(race)
    if training:
        return
    if race.notice:
        st.warning(race.notice, icon=":material/error:")
    if len(album) >= FEWEST:
        _play(race, album)
    elif race.step:
        st.caption(f"Stopped after {len(album)} measurements: too few to choose from. Go on, or deal again.")


def _album(race: Run) -> list[Snapshot]:
    trainer = race.trainer
    assert isinstance(trainer, RecordedContest)
    return [seen for seen in trainer.album if seen.step <= STEPS]


# --- the race ------------------------------------------------------------------------------------------------


def _buttons(run: Run, race: Run | None, *, training: bool) -> None:
    background.complain(KEY)
    with st.container(horizontal=True, vertical_alignment="center"):
        if training:
            st.button(
                "Stop the race", key=f"{KEY}/stop", icon=":material/stop:", on_click=background.pause, args=(KEY, race)
            )
            return _progress(race)
        if race is not None and 0 < race.step < STEPS and race.state != "stopped":
            st.button(
                "Go on", key=f"{KEY}/on", icon=":material/play_arrow:", on_click=background.play, args=(KEY, race)
            )
        label = "Deal a race" if race is None else "Deal another race"
        next_one = race is None or REVEALED in st.session_state
        st.button(
            label,
            type="primary" if next_one else "secondary",
            key=f"{KEY}/deal",
            icon=":material/casino:",
            on_click=_deal,
            args=(run.asked,),
        )
    if race is not None and race.step < STEPS:
        _progress(race)
    return None


def _progress(race: Run | None) -> None:
    done = min(race.step, STEPS) if race else 0
    st.progress(done / STEPS, f"Step {done} of {STEPS}")


def _deal(config: ContestConfig) -> None:
    """A race from nothing, with a seed of its own."""
    high = ContestConfig.knobs()["seed"].high
    config = dataclasses.replace(config, seed=secrets.randbelow(int(high or 0) + 1))
    for kept in (REVEALED, *(f"{KEY}/{letter}" for letter in NAMES)):  # a choice of the last race is none of this one
        st.session_state.pop(kept, None)
    background.begin(KEY, RACES, config)
    if race := background.run_of(KEY):
        registry().post(race, "fps", FPS)


# --- the choice ----------------------------------------------------------------------------------------------


def _play(race: Run, album: Sequence[Snapshot]) -> None:
    revealed: dict[str, int] | None = st.session_state.get(REVEALED)
    steps = [seen.step for seen in album]
    chosen = {}
    for column, letter in zip(st.columns(2, gap="medium"), NAMES, strict=True):
        with column:
            at = revealed[letter] if revealed else st.session_state.get(f"{KEY}/{letter}", steps[len(steps) // 2])
            _figure(race, album, f"{letter}/losses", at)
            chosen[letter] = st.select_slider(
                f"Stop the {NAMES[letter]} at step",
                steps,
                value=at if at in steps else steps[len(steps) // 2],
                key=f"{KEY}/{letter}",
                disabled=revealed is not None,
            )
    if revealed is None:
        st.button("Show the samples", type="primary", key=f"{KEY}/show", on_click=_reveal, args=(album, chosen))
    else:
        _revealed(race, album, revealed)
    _score_card()


def _reveal(album: Sequence[Snapshot], chosen: dict[str, int]) -> None:
    st.session_state[REVEALED] = chosen
    stops = {letter: stopped_in(album, letter, step) for letter, step in chosen.items()}
    st.session_state.setdefault(ROUNDS, []).append({letter: stop.score for letter, stop in stops.items()})


def _revealed(race: Run, album: Sequence[Snapshot], chosen: dict[str, int]) -> None:
    unit = "FD" if race.config.on_digits else "SW1"
    for column, letter in zip(st.columns(2, gap="medium"), NAMES, strict=True):
        stop = stopped_in(album, letter, chosen[letter])
        with column:
            st.markdown(sentence(NAMES[letter], stop, unit))
            _figure(race, album, f"{letter}/quality in {unit}", stop.step)
            moments = (("Your step", stop.step), ("The best step", stop.best_step))
            for place, (name, step) in zip(st.columns(2), moments, strict=True):
                with place:
                    _samples(next(seen for seen in album if seen.step == step), letter, f"{name}, {step}", name)


def sentence(name: str, stop: Stop, unit: str) -> str:
    """What a choice was worth."""
    places = 3 if unit == "SW1" else 0
    got, best, random = (f"{value:.{places}f}" for value in (stop.quality, stop.best, stop.random))
    name = name[0].upper() + name[1:]
    facts = f"{unit} is {got} at your step, {best} at the best one, {random} at a random one on average."
    if math.isnan(stop.score):
        return f"**{name}: nothing to choose.** {facts} The steps differ by less than luck."
    near = f" What you missed is within the luck of one measurement ({stop.luck:.{places}f})."
    return f"**{name}: {stop.score:+.0%}.** {facts}{near if stop.as_good and stop.quality > stop.best else ''}"


def _score_card() -> None:
    rounds: list[dict[str, float]] = st.session_state.get(ROUNDS, [])
    if not rounds:
        return
    st.markdown(score_card(rounds))
    st.caption("+100% is the best step, 0% is what picking at random gets on average, less is worse than that.")


def score_card(rounds: Sequence[dict[str, float]]) -> str:
    """The mean score of all rounds, lane by lane."""
    words = []
    for letter, name in NAMES.items():
        scores = [score[letter] for score in rounds if not math.isnan(score[letter])]
        words.append(f"{name} {np.mean(scores):+.0%} in {len(scores)}" if scores else f"{name} nothing yet")
    return f"Your mean score in {len(rounds)} {'round' if len(rounds) == 1 else 'rounds'}: " + ", ".join(words) + "."


# --- pictures ------------------------------------------------------------------------------------------------


def _figure(race: Run, album: Sequence[Snapshot], name: str, step: int) -> None:
    """A curve of the race with a mark at a step."""
    from playground.figures import draw  # Plotly takes half a second to import, and only this tab needs it

    view = next(view for view in LAB.seen(race.config) if view.name == name)
    figure = draw(view, list(album), dark=st.context.theme.type == "dark")
    figure.add_vline(step, line_width=2, line_color="#6B7280")
    st.plotly_chart(figure, key=f"{KEY}/figure/{name}", theme=None, alt=view.caption, config=NO_TOOLS)


def _samples(seen: Snapshot, letter: str, title: str, key: str) -> None:
    from playground.figures import draw

    view = picture(seen, letter, title)
    figure = draw(view, [seen], dark=st.context.theme.type == "dark")
    figure.update_traces(marker_size=4, selector={"mode": "markers"})
    st.plotly_chart(figure, key=f"{KEY}/{letter}/{key}", theme=None, alt=view.caption, config=NO_TOOLS)


def picture(seen: Snapshot, letter: str, title: str) -> View:
    """What G made at a step, as a view of that snapshot."""
    layers: tuple[Any, ...]
    if f"{letter}/samples" in seen.arrays:
        layers = (Digits("G's images", "generated", f"{letter}/samples", columns=8),)
        return View("samples", title, "What G made at this step.", layers)
    layers = (Points("real", "real", f"{letter}/real"), Points("generated", "generated", f"{letter}/generated"))
    axis = Axis("", seen.scalars[f"{letter}/low"], seen.scalars[f"{letter}/high"])
    return View("samples", title, "Real points and what G made at this step.", layers, x=axis, y=axis, equal=True)
