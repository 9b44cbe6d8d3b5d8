"""The consultation: choose a patient, watch, name the disease, treat, see the outcome.

Needs a run of the clinic. What is tried stays in the session's case book; the run itself is only read and told, like by
any other button of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.clinic.alarms import ALARMS, WINDOW, sounding
from playground.clinic.case import Answer, Patient, Treatment
from playground.clinic.patients import PATIENTS
from playground.core.words import plain
from playground.runtime import Branch, Run, registry
from playground.ui import controls, lanes
from playground.ui.tab import standing

TITLE = "Consultation"
POLL_SECONDS = 1.0
CURED, NAMED, CASE = "clinic/cured", "clinic/named", "clinic/case"


@dataclass
class Case:
    """One patient in treatment. since: the step at which the treatment began; ill: the run at that moment."""

    patient: Patient
    wrong: dict[str, str]  # disease that was named -> what speaks against it
    treatment: Treatment | None = None
    since: int = 0
    ill: Branch | None = None


@standing
def consultation(run: Run) -> None:
    """The tab's body."""
    case: Case | None = st.session_state.get(CASE)
    if case is None:
        _waiting_room(run)
        return
    patient = case.patient
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    left.subheader(patient.name, anchor=False)
    right.button("All patients", key="clinic/leave", on_click=_leave, width="stretch")
    with st.container(width=820):
        st.markdown(patient.complaint)
        if not _is_of(run, case):
            st.info("The run on the stage is another one.", icon=":material/person_off:")
            st.button("Call the patient back", key="clinic/back", on_click=_admit, args=(run, patient))
            return
        st.fragment(run_every=POLL_SECONDS if run.state == "running" else None)(_watch)(run, case)
        st.button("Examine again", key="clinic/examine", icon=":material/stethoscope:")
        if patient.name in _book(NAMED):
            _treat(run, case)
        else:
            _ask(run, case)


# --- who is ill ------------------------------------------------------------------------------------------


def _waiting_room(run: Run) -> None:
    cured, named = _book(CURED), _book(NAMED)
    st.caption(
        f"Cured: {len(cured)} of {len(PATIENTS)}. Choose a patient: its run begins on the stage above. Wait for an"
        " alarm, name the disease, then treat."
    )
    with st.grid(columns=3, min_column_width=260, gap="medium"):
        for patient in PATIENTS:
            with st.container(border=True, height="stretch"):
                mark = ":material/check_circle: " if patient.name in cured else ":material/person: "
                found = f" ({patient.disease})" if patient.name in named else ""
                st.markdown(f"{mark}**{patient.name}**{found}")
                st.caption(patient.complaint)
                st.button("Admit", key=f"clinic/admit {patient.name}", on_click=_admit, args=(run, patient))
    with st.expander("The alarms"):
        st.markdown("\n".join(f"- **{alarm.name}.** {alarm.rule}" for alarm in ALARMS))


def _admit(run: Run, patient: Patient) -> None:
    """Begin with this patient's settings, and play until the symptom is sure to show."""
    st.session_state[CASE] = Case(patient, {})
    controls.put(run.lab, patient.sick)
    registry().post(run, "want", patient.sick)
    registry().post(run, "reset")
    registry().post(run, "until", patient.steps)


def _leave() -> None:
    st.session_state.pop(CASE, None)


def _is_of(run: Run, case: Case) -> bool:
    """Whether the stage shows this patient, as it was or as it has been treated."""
    patient = case.patient
    expected = patient.treated(case.treatment) if case.treatment else patient.sick
    return bool(run.asked.altered({"seed": expected.seed}) == expected)


# --- what it has -----------------------------------------------------------------------------------------


def _watch(run: Run, case: Case) -> None:
    st.markdown(f"**1. Watch.** {case.patient.look}")
    found = sounding(run.snapshot.scalars, run.history)
    if found:
        st.markdown("\n".join(f"- :material/notifications: **{name}.** {says}" for name, says in found.items()))
    elif shown := case.patient.last_ill(run.history):
        names = " and ".join(f"**{name}**" for name in case.patient.symptom)
        st.markdown(f"- :material/notifications: {names} sounded last at step {plain(shown)}, and is silent now.")
    else:
        st.caption(f"No alarm up to step {plain(run.step)}.")


def _ask(run: Run, case: Case) -> None:
    patient = case.patient
    st.markdown("**2. Diagnose.** What is wrong?")
    shows = patient.last_ill(run.history) is not None
    if not shows:
        later = (
            f"By step {patient.steps} it shows, and the run pauses: then examine again."
            if run.step < patient.steps
            else "With this seed it takes longer: press Play, and examine again after some hundred steps."
        )
        st.caption(f"The symptom is not complete yet. {later}")
    for answer in patient.answers:
        tried = answer.disease in case.wrong
        st.button(
            answer.disease,
            key=f"clinic/answer {patient.name} {answer.disease}",
            on_click=_name,
            args=(run, case, answer),
            disabled=tried or not shows,
            width=320,
        )
        if tried:
            st.markdown(f":material/close: {case.wrong[answer.disease]}")


def _name(run: Run, case: Case, answer: Answer) -> None:
    if answer.why_not:
        case.wrong[answer.disease] = answer.against(run.history)
    else:
        _book(NAMED).add(case.patient.name)


# --- what helps ------------------------------------------------------------------------------------------


def _treat(run: Run, case: Case) -> None:
    patient = case.patient
    st.markdown(f"**2. Diagnosis: {patient.disease}.** {patient.explains}")
    st.markdown(f"**3. Treat.** The goal: {patient.goal.words()}.")
    for treatment in patient.treatments:
        _offer(run, case, treatment)
    if case.treatment:
        _outcome(run, case, case.treatment)


def _offer(run: Run, case: Case, treatment: Treatment) -> None:
    button, words = st.columns([2, 3], vertical_alignment="center")
    button.button(
        treatment.name,
        key=f"clinic/treat {case.patient.name} {treatment.name}",
        type="primary" if treatment is case.treatment else "secondary",
        on_click=_give,
        args=(run, case, treatment),
        width="stretch",
    )
    where = "acts on the ill run" if case.patient.acts_at_once(treatment) else "begins again from the same start"
    words.caption(f"{_knobs(case.patient, treatment)}; {where}.")


def _knobs(patient: Patient, treatment: Treatment) -> str:
    specs = type(patient.sick).knobs()
    return ", ".join(
        f"{specs[name].label}: {_short(patient.sick.value(name))} to {_short(value)}"
        for name, value in treatment.changes.items()
    )


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _give(run: Run, case: Case, treatment: Treatment) -> None:
    """Turn the knobs: on the ill run if all of them are live, else from the beginning."""
    patient, config, before = case.patient, case.patient.treated(treatment), case.treatment
    at_once = patient.acts_at_once(treatment) and (
        patient.last_ill(run.history) is not None if before is None else case.since > 0
    )
    if at_once and before:
        registry().post(run, "rewind", case.since)  # back to where it was ill
    elif at_once:
        case.ill = registry().branch(run)
        case.since = case.ill.step if case.ill else run.step
    else:
        case.since = 0
    case.treatment = treatment
    controls.put(run.lab, config)
    registry().post(run, "want", config)
    registry().post(run, "tune" if at_once else "restart", config)
    registry().post(run, "until", case.since + patient.recovery)


def _outcome(run: Run, case: Case, treatment: Treatment) -> None:
    patient, now = case.patient, run.snapshot.scalars
    taken = max(run.step - case.since, 0)
    if taken >= WINDOW and patient.cured(now, run.history):
        _book(CURED).add(patient.name)
        says = treatment.says if treatment.works else "This time it has helped; on most seeds it does not."
        st.success(f"Cured, {taken} steps after the treatment: SW1 is {now['sw1']:.3f}. {says}")
    elif taken < patient.recovery:
        st.info(f"{taken} of {patient.recovery} steps since the treatment. Examine again when they are over.")
    elif treatment.works:
        st.warning(f"Not cured after {taken} steps: SW1 is {now['sw1']:.3f}. Give it more time, and examine again.")
    else:
        st.warning(f"Not cured after {taken} steps: SW1 is {now['sw1']:.3f}. {treatment.says} Try another treatment.")
    st.button(
        "Treated and untreated, side by side",
        key="clinic/beside",
        icon=":material/view_column_2:",
        help="Two runs from the moment of the treatment, or from the beginning if it began there.",
        on_click=_compare,
        args=(run, case, treatment),
    )


def _compare(run: Run, case: Case, treatment: Treatment) -> None:
    """Lane A is the treated run, lane B goes on as the patient was: both from the same state."""
    untreated = {name: case.patient.sick.value(name) for name in treatment.changes}
    lanes.begin(run.lab, case.ill if case.since else None, untreated)


def _book(page: str) -> set[str]:
    """A page of the case book: names of patients."""
    return st.session_state.setdefault(page, set())
