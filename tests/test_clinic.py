"""The clinic: alarms sound when they should, patients fall ill as they say, and what is called a cure cures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from playground.clinic.alarms import ALARMS, WINDOW, last_heard, sounding
from playground.clinic.case import Patient, Treatment, findings
from playground.clinic.patients import PATIENTS
from playground.clinic.ward import ASKED, TRAINED, WardTrainer
from playground.gan.tricks import ClinicConfig
from playground.gan.underflow import ROUNDED
from playground.labs.clinic import LAB
from playground.losses import GAMES
from playground.metrics import accuracy
from playground.runtime.history import History
from playground.yardstick import SHOWN

torch.set_num_threads(1)

SLOW, LONG = pytest.mark.slow, pytest.mark.long
SEEDS = range(9001, 9006)
QUICK = ("Asleep", "Everyone content")  # patients whose one seed takes a few seconds
EVERY = 50  # steps between two rows


# What is exactly known


def test_the_slopes_of_the_two_losses_at_a_sure_d():
    """science.md: at D = .01, d loss / d logit is .01 for the minimax loss and .99 for -log D."""
    score = torch.tensor([[math.log(0.01 / 0.99)]], dtype=torch.float64)
    assert float(GAMES["minimax"].g_slope(score.clone())) == pytest.approx(-0.01, abs=1e-12)
    assert float(GAMES["non-saturating"].g_slope(score.clone())) == pytest.approx(-0.99, abs=1e-12)


def test_a_rounded_sigmoid_has_no_slope_at_20():
    """science.md: sigmoid and BCE have gradient exactly 0 at logit 20, y = 0; from the logit it is 1."""
    score, label = torch.tensor([[20.0], [20.0]]), torch.zeros(2, 1)
    assert torch.equal(ROUNDED["non-saturating"].d_slope(score, label), torch.zeros(2, 1))
    assert GAMES["non-saturating"].d_slope(score.clone(), label) == pytest.approx(np.ones((2, 1)), abs=1e-6)


# Alarms


HEALTHY = {
    "d_loss": 1.37,
    "g_loss": 0.71,
    "d_rest": 2 * math.log(2),
    "g_rest": math.log(2),
    "d_norm": 0.4,
    "g_norm": 0.3,
    "accuracy": 0.55,
    "alone": 0.55,
    "sw1": 0.05,
    "sw1_high": 0.039,
    "covered": 8.0,
    "covered_share": 1.0,
    "within": 0.8,
    "width": 1.0,
    "real_width": 1.0,
    "nearness": 1.0,
    "unmoved": 0.0,
    "beyond": 0.01,
    "edge": -1.1,
    "centre_x": 0.0,
    "centre_y": 0.0,
}
TURNS = np.arange(20)
SCRIPTS = {
    "D's loss at 0": {"d_loss": 0.01, "g_loss": 6.0},
    "G's loss at 0": {"g_loss": 0.005},
    "Both win": {"d_loss": 0.05, "g_loss": 0.6},
    "Loss maxed and stuck": {"d_loss": 50 + TURNS % 3},
    "Nobody moves": {"d_norm": 0.0, "g_norm": 0.0},
    "No gradient": {"g_norm": 3e-5, "sw1": 0.5, "d_loss": 0.5},
    "Gradient above 100": {"g_norm": 150.0},
    "Spikes": {"d_loss": np.where(TURNS % 5 == 4, 9.0, 1.4)},
    "G's loss falls steadily": {"g_loss": 0.7 - TURNS / 100, "sw1": 0.2 + TURNS / 10, "d_loss": 2.0},
    "Undecided and far": {"sw1": 0.5},
    "Few modes": {"covered": 1.0, "covered_share": 1 / 8},
    "To and fro": {"centre_x": np.sin(TURNS)},
    "Copies": {"nearness": 0.2},
    "Out of reach": {"beyond": 0.4, "covered_share": 0.5, "covered": 4.0},
}


def chart(rows: int = len(TURNS), **changes: object) -> tuple[dict[str, float], History]:
    """A history of `rows` rows, healthy but for the changes: numbers, or arrays of one number for each row."""
    history = History(stride=EVERY)
    columns = {name: np.broadcast_to(changes.get(name, value), len(TURNS)) for name, value in HEALTHY.items()}
    for row in range(rows):
        now = {name: float(column[row]) for name, column in columns.items()}
        history.record(EVERY * (row + 1), now)
    return now, history


def test_every_alarm_has_its_script():
    """Else one could be silent for ever, unnoticed."""
    assert set(SCRIPTS) == {alarm.name for alarm in ALARMS}
    assert all(alarm.rule.endswith(".") for alarm in ALARMS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_alarm_sounds_on_its_script_and_no_other_does(name):
    """science.md: each alarm fires on its scripted failure. No other, but for those that the same numbers mean."""
    found = sounding(*chart(**SCRIPTS[name]))
    assert name in found and found[name].endswith(".") and "nan" not in found[name]
    alike = {"Copies": set(), "Both win": set(), "D's loss at 0": set(), "Nobody moves": set()}
    assert set(found) - {name} <= alike.get(name, set())


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_alarm_waits_for_its_window(name):
    """Else the first steps of any run would ring: less than a window proves nothing."""
    assert sounding(*chart(rows=WINDOW // EVERY - 1, **SCRIPTS[name])) == {}


def test_no_alarm_sounds_on_a_healthy_chart():
    """Else every script above would prove nothing."""
    assert sounding(*chart()) == {}
    assert sounding({}, History()) == {}


@pytest.mark.parametrize(
    "name", ["D's loss at 0", "G's loss at 0", "Both win", "Loss maxed and stuck", "Undecided and far"]
)
def test_alarms_of_resting_losses_do_not_speak_of_critics(name):
    """Else a critic, whose loss begins at 0, would be taken for one that has won."""
    now, history = chart(**SCRIPTS[name])
    critic = {n: value for n, value in now.items() if n != "g_rest"} | {"d_rest": 0.0}
    assert name not in sounding(critic, history)


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_has_sounded_is_remembered(name):
    """Else a learner who looks in a calm moment would be told that the patient is healthy."""
    then = slice(None, WINDOW // EVERY)  # ill in the first window, healthy from then on
    lasting = {key: np.broadcast_to(value, len(TURNS)).astype(float) for key, value in SCRIPTS[name].items()}
    script = {
        key: np.concatenate((value[then], np.full(len(TURNS) - WINDOW // EVERY, HEALTHY[key])))
        for key, value in lasting.items()
    }
    assert last_heard({name}, chart(**lasting)[1]) == EVERY * len(TURNS)
    _, history = chart(**script)
    assert WINDOW <= (last_heard({name}, history) or 0) < EVERY * len(TURNS)
    assert last_heard({name}, chart()[1]) is None


def test_what_swings_may_be_nearer_for_a_moment():
    """Else "To and fro" would fall silent whenever one half of a window happens to be nearer than the other."""
    swing, half = np.sin(TURNS), np.arange(len(TURNS)) % 10 < 5
    luck = np.where(half, 0.6, 0.3) * (1 + 0.3 * np.sin(7 * TURNS))
    steady = 0.6 * 0.85 ** np.arange(len(TURNS))
    assert "To and fro" in sounding(*chart(centre_x=swing, sw1=luck))
    assert "To and fro" not in sounding(*chart(centre_x=swing, sw1=steady))


def test_who_has_arrived_needs_no_gradient():
    """Else a cured run would be told that it is ill."""
    assert sounding(*chart(g_norm=3e-5)) == {}


def test_an_edge_that_moves_is_no_wall():
    """Else a G that is still on its way would be told that it cannot get there."""
    now, history = chart(**SCRIPTS["Out of reach"], edge=np.linspace(-1, -2, len(TURNS)))
    assert "Out of reach" not in sounding(now, history)


SHAPES = ({}, {"target": "moons", "horizon": 3000}, {"bits": 5, "scale_d": 4.0})
RUNS = [(changes, seed) for changes in SHAPES for seed in SEEDS]


@pytest.mark.parametrize(("changes", "seed"), [pytest.param(*r, marks=SLOW if r == RUNS[0] else LONG) for r in RUNS])
def test_no_alarm_sounds_on_a_healthy_run(changes, seed):
    """science.md: none on a healthy run, at any of its measurements."""
    trainer, history = WardTrainer(ClinicConfig(seed=seed, **changes), "cpu"), History(stride=EVERY)
    for _ in range(1500):
        trainer.step()
        if trainer.step_count % EVERY == 0:
            now = trainer.scalars()
            history.record(trainer.step_count, now)
            assert sounding(now, history) == {}, trainer.step_count


# What is measured


@pytest.mark.parametrize("changes", [{}, {"points": 32}, {"loss": "wgan-gp"}, {"head_d": "relu"}], ids=str)
def test_findings_are_what_they_say(changes):
    """(1) to (4) of the ward, by brute force."""
    trainer = WardTrainer(ClinicConfig(**changes), "cpu")
    for _ in range(20):
        trainer.step()
    found = trainer.findings()
    made, real, fresh = trainer.sample(1000, seed=1)[:SHOWN], trainer.data[:TRAINED], trainer.yardstick.real

    def nearest(points: np.ndarray) -> float:
        return float(np.median([np.hypot(*(real - point).T).min() for point in points[:ASKED]]))

    assert found["nearness"] == pytest.approx(nearest(made) / nearest(fresh), rel=1e-4)
    margin = trainer.yardstick.width / 5
    sides = {
        **{low: (fresh[:, i] < low - margin).mean() for i, low in enumerate(made.min(0))},
        **{high: (fresh[:, i] > high + margin).mean() for i, high in enumerate(made.max(0))},
    }
    assert found["beyond"] == pytest.approx(max(sides.values()), abs=1e-6)
    assert sides[min(sides, key=lambda edge: abs(edge - found["edge"]))] == max(sides.values())
    if trainer.game.middle:
        assert found["alone"] == pytest.approx(accuracy(trainer.judge(fresh), trainer.judge(made), 0.5), abs=1e-6)
    if "head_d" in changes:
        scores = trainer.D(torch.as_tensor(made[:ASKED]))[:, 0]
        assert found["unmoved"] == pytest.approx(float((scores == 0).float().mean()))


def test_a_copy_is_near_and_a_new_point_is_not():
    """Else "Copies" would measure something else: 0 for the training points, about 1 for new ones."""
    trainer = WardTrainer(ClinicConfig(target="ring", points=64), "cpu")
    for points, low, high in ((trainer.trained[:ASKED], 0.0, 1e-6), (trainer.fresh[:ASKED], 0.99, 1.01)):
        near = float(torch.cdist(points, trainer.trained).amin(1).median()) / trainer.apart
        assert low <= near <= high


# Patients


def each(wanted: bool | None = None) -> list[object]:
    """Patients with their treatments: those that work, those that do not, or all."""
    pairs = [(p, t) for p in PATIENTS for t in p.treatments if wanted in (None, t.works)]
    return [pytest.param(p, t, id=f"{p.name}: {t.name}") for p, t in pairs]


def test_there_are_eleven():
    assert len({patient.name for patient in PATIENTS}) == len({patient.disease for patient in PATIENTS}) == 11


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)
def test_a_patient_can_be_diagnosed_and_treated(patient):
    """Else a case would have no right answer, nothing to try, or an alarm that nobody knows."""
    assert sum(not answer.why_not for answer in patient.answers) == 1 and 3 <= len(patient.answers) <= 4
    assert len({answer.disease for answer in patient.answers}) == len(patient.answers)
    assert {treatment.works for treatment in patient.treatments} == {True, False}
    assert set(patient.symptom) <= {alarm.name for alarm in ALARMS}
    assert LAB.presets[patient.name] == patient.sick
    told = (patient.explains, *(treatment.says for treatment in patient.treatments))  # as it stands: no numbers to come
    assert all(words.endswith(".") and "{" not in words for words in told)
    said = (patient.name, patient.complaint, patient.look)
    assert not any(patient.disease.lower() in words.lower() for words in said)  # it is for the learner to find


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)
def test_every_wrong_diagnosis_is_answered_with_numbers(patient):
    """Else the sentence against it would break, or end in "nan"."""
    _, history = chart()
    for answer in patient.answers:
        if answer.why_not:
            words = answer.against(history)
            assert "nan" not in words and "{" not in words and words.endswith(".")


@pytest.mark.parametrize(("patient", "treatment"), each())
def test_a_treatment_turns_knobs(patient, treatment):
    """Else it would be a button that does nothing."""
    changed = patient.treated(treatment)
    assert set(changed.changes(patient.sick)) == set(treatment.changes)
    assert all(type(changed).knobs()[name].matters(changed) for name in treatment.changes)
    if patient.acts_at_once(treatment):
        assert all(type(changed).knobs()[name].live for name in treatment.changes)


def test_findings_are_medians_of_the_last_window():
    """Else an answer would speak of numbers that are long past."""
    _, history = chart(sw1=np.where(TURNS < 10, 9.0, 0.1 + TURNS / 1000))
    found = findings(history)
    assert found["sw1"] == pytest.approx(0.1145)
    assert (found["sw1_least"], found["sw1_most"]) == pytest.approx((0.110, 0.119))
    assert math.isnan(found["never measured"])


def followed(trainer: WardTrainer, history: History, steps: int) -> dict[str, float]:
    for _ in range(steps):
        trainer.step()
        if trainer.step_count % EVERY == 0:
            history.record(trainer.step_count, trainer.scalars())
    return trainer.scalars()


def fallen_ill(patient: Patient, seed: int) -> tuple[WardTrainer, History]:
    """The run when the symptom is to show."""
    trainer, history = WardTrainer(patient.sick.altered({"seed": seed}), "cpu"), History(stride=EVERY)
    now = followed(trainer, history, patient.steps)
    assert set(patient.symptom) <= set(sounding(now, history)) and patient.last_ill(history) == patient.steps
    assert not patient.cured(now, history)
    sentence = LAB.diagnose(trainer, now, history).sentence
    assert sentence.startswith("Alarm: ") and patient.disease not in sentence
    return trainer, history


def recovers(patient: Patient, treatment: Treatment, ill: WardTrainer, seed: int) -> bool:
    """On the ill run itself where the treatment acts at once, else from the beginning."""
    config = patient.treated(treatment).altered({"seed": seed})
    trainer, history = ill, History(stride=EVERY)
    if patient.acts_at_once(treatment):
        trainer.tune(config)
    else:
        trainer = WardTrainer(config, "cpu")
    return patient.cured(followed(trainer, history, patient.recovery), history)


def check(patient: Patient, treatment: Treatment, seed: int) -> None:
    ill, _ = fallen_ill(patient, seed)
    assert recovers(patient, treatment, ill, seed)


@pytest.mark.slow
@pytest.mark.parametrize("patient", [p for p in PATIENTS if p.name in QUICK], ids=lambda patient: patient.name)
def test_a_patient_falls_ill_and_is_cured(patient):
    """One seed of the quickest ones."""
    check(patient, next(t for t in patient.treatments if t.works), SEEDS[0])


@pytest.mark.long
@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.name)
def test_the_symptom_has_shown_where_the_page_waits_for_it(patient):
    """Else a learner would stand before a patient with nothing to diagnose. The page's own seed, and others."""
    for seed in range(5):
        trainer, history = WardTrainer(patient.sick.altered({"seed": seed}), "cpu"), History(stride=EVERY)
        followed(trainer, history, patient.steps)
        assert patient.last_ill(history) is not None, seed


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("patient", "treatment"), each(wanted=True))
def test_every_cure_cures_on_five_seeds_of_five(patient, treatment, seed):
    """The promise of the page."""
    check(patient, treatment, seed)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("patient", "treatment"), each(wanted=False))
def test_what_is_said_not_to_work_does_not_on_most_seeds(patient, treatment):
    """Else the page would call a cure useless: at most one of three seeds recovers."""
    cured = 0
    for seed in itertools.islice(SEEDS, 3):
        ill, _ = fallen_ill(patient, seed)
        cured += recovers(patient, treatment, ill, seed)
    assert cured <= 1


def test_alarms_hear_a_long_run_whose_rows_are_far_apart():
    """Else a run that has been ill for long would be called healthy."""
    now, history = chart(**SCRIPTS["Few modes"])
    apart = History(stride=EVERY)
    for row, step in enumerate(history.column("step")):
        told = {name: float(history.column(name)[row]) for name in now if len(history.column(name))}
        apart.record(int(step) * 20, told)
    assert "Few modes" in sounding(now, apart)
