"""The consultation, by itself: a case from the waiting room to the cure, and what the run is told on the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from test_clinic import SCRIPTS, chart

from playground.clinic.patients import COLLAPSE, PATIENTS, SPARSE, UNDERFLOW
from playground.labs.clinic import LAB
from playground.ui import clinic_tabs

TAB = """
import streamlit as st
from playground.ui.clinic_tabs import consultation

consultation(st.session_state["learner"])
"""


class Told:
    """Stands for the registry: keeps what a run is told, and lets the run know what is asked of it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def post(self, run: Any, command: str, value: Any = None) -> None:
        self.heard.append((command, value))
        if command == "want":
            run.wanted = run.asked = value

    def branch(self, run: Any) -> Any:
        """The moment at which the run stands."""
        return SimpleNamespace(step=run.step, config=run.asked)


@pytest.fixture
def told(monkeypatch):
    found = Told()
    monkeypatch.setattr(clinic_tabs, "registry", lambda: found)
    return found


def seen(run: SimpleNamespace, step: int, script: str = "", **changes: object) -> None:
    """What the run shows now: the script of an alarm, or a healthy chart."""
    now, run.history = chart(**(SCRIPTS[script] if script else {}), **changes)
    run.snapshot, run.step = SimpleNamespace(scalars=now, step=step), step


@pytest.fixture
def run():
    learner = SimpleNamespace(lab=LAB, asked=LAB.config(), wanted=LAB.config(), state="running")
    seen(learner, 0)
    return learner


def opened(run: SimpleNamespace) -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    app.session_state["learner"] = run
    return looked(app)


def looked(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(e.value for e in (*app.markdown, *app.caption, *app.info, *app.success, *app.warning))


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return looked(app)


def admit(app: AppTest, patient: Any) -> AppTest:
    app.button(f"clinic/admit {patient.name}").click()
    return looked(app)


def test_the_waiting_room_names_no_disease(run, told):
    """Else the diagnosis would be given away before anybody has looked."""
    app = opened(run)
    assert all(patient.name in words(app) and patient.disease not in words(app) for patient in PATIENTS)


def test_a_patient_brings_its_settings(run, told):
    """Else the stage would show another run than the one that is talked about."""
    app = admit(opened(run), SPARSE)
    assert [command for command, _ in told.heard] == ["want", "reset", "until"]
    assert told.heard[0][1] == SPARSE.sick
    assert app.session_state["clinic/config"] == SPARSE.sick
    assert SPARSE.complaint in words(app) and SPARSE.explains not in words(app)


def test_no_diagnosis_before_the_symptom(run, told):
    """Else it would be a guess."""
    app = admit(opened(run), SPARSE)
    answers = [b for b in app.button if b.label in {answer.disease for answer in SPARSE.answers}]
    assert len(answers) == len(SPARSE.answers) and all(b.disabled for b in answers)
    seen(run, 1000, "Nobody moves")
    assert not any(b.disabled for b in looked(app).button)
    assert "Both gradients are exactly 0" in words(app)


def test_a_wrong_diagnosis_is_answered_and_the_right_one_explained(run, told):
    """Else a learner would click through without learning why."""
    app = admit(opened(run), SPARSE)
    seen(run, 1000, "Nobody moves")
    looked(app)
    press(app, "Sigmoid underflow")
    assert "D's is 1.370 and G's 0.710" in words(app) and SPARSE.explains not in words(app)
    press(app, SPARSE.disease)
    assert SPARSE.explains in words(app) and SPARSE.name in app.session_state["clinic/named"]


def diagnosed(run: SimpleNamespace, patient: Any, script: str, **changes: object) -> AppTest:
    app = admit(opened(run), patient)
    seen(run, 1000, script, **changes)
    looked(app)
    press(app, patient.disease)
    return app


def test_a_treatment_that_needs_a_restart_begins_again_and_can_cure(run, told):
    """Else a cure would be said of a run that has not been treated."""
    app = diagnosed(run, SPARSE, "Nobody moves")
    told.heard.clear()
    press(app, "A linear end of D")
    cured = SPARSE.sick.altered({"head_d": "linear"})
    assert told.heard == [("want", cured), ("restart", cured), ("until", SPARSE.recovery)]
    seen(run, 400)
    assert "400 of 2000 steps" in words(looked(app)) and not app.success
    seen(run, 2000)
    assert "Cured, 2000 steps" in words(looked(app)) and SPARSE.name in app.session_state["clinic/cured"]
    press(app, "All patients")
    assert "Cured: 1 of 11" in words(app)


def test_a_treatment_of_live_knobs_acts_on_the_ill_run(run, told):
    """Else "acts on the ill run" would be wrong; the second one begins where the first began."""
    app = diagnosed(run, COLLAPSE, "Few modes")
    told.heard.clear()
    press(app, "Minimax loss")
    first = COLLAPSE.sick.altered({"loss": "minimax"})
    assert told.heard == [("want", first), ("tune", first), ("until", 1000 + COLLAPSE.recovery)]
    seen(run, 4000, "Few modes")
    assert "Not cured after 3000 steps" in words(looked(app)) and COLLAPSE.name not in app.session_state["clinic/cured"]
    told.heard.clear()
    press(app, "D as fast as G")
    second = COLLAPSE.sick.altered({"lr_d": 3e-3})
    assert told.heard == [("rewind", 1000), ("want", second), ("tune", second), ("until", 1000 + COLLAPSE.recovery)]


def test_the_treated_run_is_seen_beside_the_untreated_one(run, told):
    """From the moment of the treatment if it acted at once, else from the beginning."""
    app = diagnosed(run, COLLAPSE, "Few modes")
    press(app, "Minimax loss")
    press(app, "Treated and untreated, side by side")
    assert app.session_state["clinic/lanes"] == [{"loss": COLLAPSE.sick.loss}]
    assert app.session_state["clinic/branch"].step == 1000 and app.session_state["clinic/config"].loss == "minimax"
    app = diagnosed(run, SPARSE, "Nobody moves")
    press(app, "A linear end of D")
    press(app, "Treated and untreated, side by side")
    assert app.session_state["clinic/lanes"] == [{"head_d": SPARSE.sick.head_d}]
    assert app.session_state["clinic/branch"] is None


def test_the_whole_symptom_has_to_show(run, told):
    """Else one of two alarms would be taken for the disease."""
    app = admit(opened(run), UNDERFLOW)
    seen(run, 1000, "Nobody moves")
    assert next(b for b in looked(app).button if b.label == UNDERFLOW.disease).disabled


def test_another_run_on_the_stage_is_not_taken_for_the_patient(run, told):
    """Else turning a knob by hand would be counted as a treatment."""
    app = diagnosed(run, SPARSE, "Nobody moves")
    run.asked = LAB.config(lr_d=0.05)
    assert "The run on the stage is another one" in words(looked(app)) and not app.success
    press(app, "Call the patient back")
    assert run.asked == SPARSE.sick
