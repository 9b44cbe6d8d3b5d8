"""What every lab promises, whichever it is. A new file in playground/labs is held to it by itself."""

from __future__ import annotations

import dataclasses
import inspect
import io
import itertools
import json
import random
import struct
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from playground import devices
from playground.core import (
    Arrows,
    Bars,
    Config,
    Contour,
    Curve,
    Digits,
    Diverged,
    Field,
    Histogram,
    Lab,
    Mesh,
    Points,
    Preset,
    Snapshot,
    Trainer,
    View,
)
from playground.data.digits import PIXELS
from playground.data.kept_digits import KeptDigitsConfig, keep
from playground.gan import GanTrainer
from playground.labs import LABS
from playground.runtime.history import History

torch.set_num_threads(1)

STEPS = 6
ALL = pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
GANS = [lab for lab in LABS.values() if isinstance(lab.trainer(), GanTrainer)]
PRESETS = pytest.mark.parametrize(
    ("lab", "preset"),
    [pytest.param(lab, name, id=f"{lab.slug}-{name}") for lab in LABS.values() for name in lab.settings],
)
KNOBS = [(lab, name) for lab in LABS.values() for name in lab.Config.knobs()]


def knobs(live: bool) -> pytest.MarkDecorator:
    """All labs' knobs that act on a running model, or all that rebuild it."""
    chosen = [(lab, name) for lab, name in KNOBS if lab.Config.knobs()[name].live == live]
    return pytest.mark.parametrize(
        ("lab", "name"), [pytest.param(lab, name, id=f"{lab.slug}-{name}") for lab, name in chosen]
    )


def made(lab: Lab, config: Config | None = None, steps: int = 0, **rest: Any) -> Trainer:
    trainer = lab.trainer(lab.config(**rest) if config is None else config, "cpu")
    for _ in range(steps):
        trainer.step()
    return trainer


@cache
def left_alone(slug: str, config: Config, steps: int) -> tuple[Any, Any]:
    """State and snapshot of a run of these settings that nobody has touched: many tests hold another one against it."""
    trainer = made(LABS[slug], config, steps)
    return flat(trainer.state()), contents(trainer.snapshot())


def flat(value: Any) -> Any:
    """Something that two equal states have equal, NaN included."""
    if isinstance(value, dict):
        return {name: flat(part) for name, part in value.items()}
    return (str(value.dtype), tuple(value.shape), value.numpy().tobytes()) if torch.is_tensor(value) else value


def same(one: Trainer, other: Trainer) -> bool:
    return flat(one.state()) == flat(other.state())


def contents(snapshot: Snapshot) -> Any:
    """A snapshot as plain bytes."""
    scalars = {name: struct.pack("<d", value) for name, value in snapshot.scalars.items()}
    arrays = {name: (a.shape, str(a.dtype), a.tobytes()) for name, a in snapshot.arrays.items()}
    return snapshot.step, scalars, arrays


def another(lab: Lab, name: str, base: Config) -> Config:
    """`base` with another valid value of one knob: the next option, or a number well away from the present one."""
    spec, now = lab.Config.knobs()[name], getattr(base, name)
    if isinstance(now, bool):
        return dataclasses.replace(base, **{name: not now})
    if spec.options:
        return dataclasses.replace(base, **{name: spec.options[spec.options.index(now) - 1]})
    if name == "own" and isinstance(base, KeptDigitsConfig):
        return dataclasses.replace(base, own=keep(np.full((20, PIXELS), 255, np.uint8)))
    if spec.longest:
        words = (spec.letters[0] + spec.letters[-1]) * spec.longest
        return dataclasses.replace(base, **{name: words[: spec.longest]})
    low, high = float(spec.low), float(spec.high)
    if spec.log:
        value = max(low, min(high, now * 4))
        value = value if value != now else now / 4
    else:
        value = low + (high - low) / 3
    value = round(value) if isinstance(now, int) else value
    return dataclasses.replace(base, **{name: value if value != now else type(now)(high)})


def mattering(lab: Lab, name: str) -> Config:
    """The recommended settings, changed so that this knob has an effect."""
    spec = lab.Config.knobs()[name]
    if spec.needs is None or spec.matters(lab.config()):
        return lab.config()
    return lab.config(**{spec.needs[0]: spec.needs[1][0]})


def is_sentence(words: str) -> bool:
    return bool(words) and words == words.strip() and words[-1] in ".!?" and "\n" not in words


# The declaration of a lab


@ALL
def test_a_lab_says_what_it_is(lab):
    """Else its page would lack its title, its question or its lesson."""
    assert LABS[lab.slug] is lab
    assert lab.slug == lab.slug.lower() and lab.slug.replace("-", "").isalnum()
    assert lab.title and lab.chapter and lab.question.endswith("?")
    assert is_sentence(lab.summary)
    assert len(lab.lesson.split()) > 50
    assert lab.lesson.replace("\n", "").isprintable()  # else a formula was written into a string that is not raw
    assert lab.lesson.count("$") % 2 == 0


@ALL
def test_every_field_is_a_knob_with_words(lab):
    """Else a hyperparameter would have no widget, no bounds or no explanation."""
    assert [f.name for f in dataclasses.fields(lab.Config) if f.name not in lab.Config.knobs()] == []
    labels = [spec.label for spec in lab.Config.knobs().values()]
    assert len(set(labels)) == len(labels)
    for name, spec in lab.Config.knobs().items():
        assert spec.label and spec.label[0].isupper() and not spec.label.endswith("."), name
        assert is_sentence(spec.help) and spec.help.endswith(".") and len(spec.help) > 20, name
        value = lab.Config.default(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert spec.log or spec.step, f"{name} has no step for its widget"
            assert not spec.log or spec.low > 0 or spec.step, f"{name}: equal ratios need a bound or a step above 0"
    assert "seed" in lab.Config.knobs()


@ALL
def test_what_a_knob_needs_exists(lab):
    """Else a knob would be disabled for ever."""
    for name, spec in lab.Config.knobs().items():
        if spec.needs is None:
            continue
        field, values = spec.needs
        assert field in lab.Config.knobs() and values, name
        assert all(getattr(lab.config(**{field: value}), field) == value for value in values), name
        assert spec.matters(lab.config(**{field: values[0]})), name


@ALL
def test_an_unknown_setting_is_refused(lab):
    """Else a misspelt name in a notebook would train with the default."""
    with pytest.raises(ValueError, match=rf"^{lab.slug} has no setting named ghost, spook\.$"):
        lab.config(spook=1, ghost=2)


@ALL
def test_recommended_settings_are_a_preset(lab):
    """Else the page would open on settings that nobody has described."""
    assert lab.config() in lab.presets.values()
    assert lab.config() == lab.Config()


@PRESETS
def test_presets_are_valid_and_described(lab, preset):
    """Else choosing a preset could fail, or show nothing that it promises."""
    setting = lab.settings[preset]
    assert isinstance(setting, Preset) and isinstance(setting.config, lab.Config)
    assert lab.presets[preset] is setting.config
    assert is_sentence(setting.shows)
    again, complaints = lab.Config.parse(dataclasses.asdict(setting.config))
    assert again == setting.config and complaints == []
    assert [other for other, config in lab.presets.items() if config == setting.config] == [preset]


@ALL
def test_any_settings_survive_their_url(lab):
    """Else a shared link would train another model, for some values of some knob."""
    rng = random.Random(3)
    for _ in range(100):
        values: dict[str, Any] = {}
        for name, spec in lab.Config.knobs().items():
            default = lab.Config.default(name)
            if isinstance(default, bool):
                values[name] = rng.random() < 0.5
            elif spec.options:
                values[name] = rng.choice(spec.options)
            elif name == "own" and issubclass(
                lab.Config, KeptDigitsConfig
            ):  # only images that are there can be asked for
                values[name] = keep(np.full((1, PIXELS), rng.randint(0, 255), np.uint8))
            elif spec.longest:
                values[name] = "".join(rng.choices(spec.letters, k=rng.randint(0, spec.longest)))
            elif isinstance(default, int):
                values[name] = rng.randint(int(spec.low), int(spec.high))
            else:
                values[name] = rng.uniform(spec.low, spec.high)
        config = lab.Config(**values)
        again, complaints = lab.Config.parse(config.query())
        assert complaints == [] and again == config
        assert dataclasses.asdict(config) == values


@ALL
def test_hostile_settings_are_survived(lab):
    """Else one URL could take the page down."""
    hostile = ["", "nan", "inf", "-1e999", "x" * 10**6, "9" * 5000, None, [], {}, True, b"1", "<b>", 1e300, -(10**400)]
    for value in hostile:
        config, complaints = lab.Config.parse(dict.fromkeys(lab.Config.knobs(), value))
        assert lab.Config(**dataclasses.asdict(config)) == config
        assert len(complaints) <= 6 and all(is_sentence(sentence) for sentence in complaints)


# Randomness


@ALL
def test_same_seed_same_run(lab):
    """Else nobody could show anyone else what they have seen."""
    one, other = made(lab, steps=STEPS), made(lab, steps=STEPS)
    assert same(one, other)
    assert contents(one.snapshot()) == contents(other.snapshot())
    assert not same(one, made(lab, seed=lab.Config.default("seed") + 1, steps=STEPS))


@ALL
def test_the_global_generators_neither_matter_nor_move(lab):
    """Else runs of one server would disturb each other."""
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    before = flat(torch.get_rng_state()), np.random.get_state()[1].tobytes(), random.getstate()
    quiet = made(lab)
    for _ in range(STEPS):
        quiet.step()
        quiet.snapshot()
        quiet.sample(5)
    after = flat(torch.get_rng_state()), np.random.get_state()[1].tobytes(), random.getstate()
    assert before == after

    disturbed = made(lab)
    for i in range(STEPS):
        torch.manual_seed(100 + i)
        torch.rand(3)
        np.random.seed(i)
        random.seed(i)
        disturbed.step()
    assert same(quiet, disturbed)


@ALL
def test_looking_costs_no_randomness(lab):
    """Else a run that is watched would be another run than one that is not."""
    watched, alone = made(lab), made(lab, steps=STEPS)
    for _ in range(STEPS):
        watched.scalars()
        watched.step()
        watched.snapshot()
        watched.scalars()
        watched.sample(7, seed=3)
        watched.state()
        watched.finite()
        assert len(watched.data)
    assert same(watched, alone)


@ALL
def test_two_trainers_do_not_meet(lab):
    """Else two learners would train one another's model."""
    one, other = made(lab), made(lab, seed=5)
    for _ in range(STEPS):
        one.step()
        other.step()
    assert same(one, made(lab, steps=STEPS))
    assert same(other, made(lab, seed=5, steps=STEPS))


# Steps and their parts


def check_phases(lab: Lab, *players: str) -> None:
    """Three iterations at once and in parts, drawn after each part, end in the same state."""
    stepped, slow = made(lab), made(lab)
    for i in range(1, 4):
        stepped.step(*players)
        for phase in slow.phases(*players):
            slow.snapshot()
            slow.scalars()
            assert phase.name and phase.player in ("", *lab.players) and is_sentence(phase.says)
            assert slow.step_count == i - 1
        assert slow.step_count == stepped.step_count == i
    assert same(stepped, slow)


@ALL
def test_phases_are_the_step(lab):
    """Else slow motion would show another algorithm than the one that runs."""
    check_phases(lab)


@pytest.mark.parametrize("lab", GANS, ids=lambda lab: lab.slug)
@pytest.mark.parametrize("player", ["D", "G"])
def test_phases_of_one_player_are_its_step(lab, player):
    """Else slow motion and the buttons of the two players would disagree."""
    check_phases(lab, player)
    assert player in {phase.player for phase in made(lab).phases(player)}


@pytest.mark.parametrize("lab", GANS, ids=lambda lab: lab.slug)
@pytest.mark.parametrize(("player", "other"), [("D", "G"), ("G", "D")])
def test_one_player_moves_and_the_other_rests(lab, player, other):
    """Else "D step" would also move G, and nothing could be learned from it."""
    trainer = made(lab, steps=2)
    before = {name: tensor.clone() for name, tensor in trainer.memory().items()}
    counts = trainer.counters()
    for _ in range(3):
        trainer.step(player)
    moved = {name for name, tensor in trainer.memory().items() if not torch.equal(tensor, before[name])}
    assert moved >= {player, f"{player} optimiser m", f"{player} optimiser v"}
    assert all(name.startswith(player) for name in moved)
    assert trainer.counters() == counts | {"step": 5, f"{player} moves": counts[f"{player} moves"] + 3}
    assert f"{other} moves" in counts


@ALL
def test_run_yields_every_iteration(lab):
    """Else `for snapshot in trainer.run()` would miss steps, or start with one that is not there."""
    trainer = made(lab)
    seen = list(itertools.islice(trainer.run(), 3))
    assert [snapshot.step for snapshot in seen] == [1, 2, 3]
    assert [contents(snapshot) for snapshot in seen] == [contents(made(lab, steps=n).snapshot()) for n in (1, 2, 3)]


@ALL
def test_scalars_are_numbers(lab):
    """Else a curve would have holes, or a number on the page would be a tensor."""
    trainer = made(lab)
    for step in range(1, STEPS + 1):
        trainer.step()
        scalars = trainer.scalars()
        assert scalars and all(type(value) in (int, float) for value in scalars.values())
        assert [name for name, value in scalars.items() if not np.isfinite(value)] == []
        snapshot = trainer.snapshot()
        assert snapshot.step == trainer.step_count == step
        said = {name: snapshot.scalars[name] for name in scalars}  # and perhaps more, needed to draw but not to follow
        assert said == pytest.approx(scalars, rel=1e-5, abs=1e-6)
        assert all(type(value) in (int, float) for value in snapshot.scalars.values())


@ALL
def test_snapshots_do_not_alias(lab):
    """Else training would alter a frame that is being drawn, or drawing would alter the model."""
    trainer, twin = made(lab, steps=2), made(lab, steps=2)
    first = trainer.snapshot()
    before = contents(first)
    for _ in range(3):
        trainer.step()
        twin.step()
    later = trainer.snapshot()
    assert contents(first) == before
    for array in (*first.arrays.values(), *later.arrays.values()):
        array[...] = 7
    assert contents(trainer.snapshot()) == contents(twin.snapshot())
    assert same(trainer, twin)


@ALL
def test_samples_are_like_the_data(lab):
    """Else the export, the games and the metrics would compare unlike things."""
    trainer = made(lab, steps=2)
    state = flat(trainer.state())
    samples = trainer.sample(50, seed=1)
    assert isinstance(samples, np.ndarray) and isinstance(trainer.data, np.ndarray)
    assert samples.shape == (50, *trainer.data.shape[1:])
    assert np.isfinite(samples).all() and np.isfinite(trainer.data).all()
    assert np.array_equal(samples, trainer.sample(50, seed=1))
    assert flat(trainer.state()) == state
    many = [trainer.sample(1000, seed=seed) for seed in (1, 2)]
    assert not np.array_equal(*many) or len(np.unique(many[0])) == 1  # a model may know one thing only


# Leaving and coming back


@ALL
def test_resuming_equals_never_having_stopped(lab):
    """Else rewind, branch and checkpoint would each go on as another run."""
    trainer = made(lab, steps=STEPS)
    kept = trainer.state()
    before = flat(kept)
    for _ in range(STEPS):
        trainer.step()
    assert flat(kept) == before  # a copy: training has not moved it

    rewound = made(lab, steps=2 * STEPS + 1)
    rewound.load(kept)
    assert flat(rewound.state()) == before
    file = io.BytesIO()
    torch.save(kept, file)
    file.seek(0)
    fresh = made(lab)
    fresh.load(torch.load(file, weights_only=True))
    for resumed in (rewound, fresh):
        assert resumed.step_count == STEPS
        for _ in range(STEPS):
            resumed.step()
        assert same(resumed, trainer)
        assert contents(resumed.snapshot()) == contents(trainer.snapshot())
    assert flat(kept) == before  # loaded by copying: the runs have not moved it either


@ALL
def test_a_state_of_another_model_is_refused(lab):
    """Else a wrong checkpoint would be half loaded, or end in a traceback: one sentence, and nothing changed."""
    trainer = made(lab, steps=2)
    good, before = trainer.state(), flat(trainer.state())
    tensors = list(trainer.memory())
    wrong = {
        "empty": {},
        **{f"without {name}": {n: part for n, part in good.items() if n != name} for name in good},
        **{f"shape of {name}": good | {name: torch.zeros(3, 5, 7)} for name in tensors},
        **{f"text for {name}": good | {name: "rubbish"} for name in good},
        "generator of zeros": good | {"generator": torch.zeros(3, dtype=torch.uint8)},
        "generator of floats": good | {"generator": torch.zeros(len(good["generator"]))},
        "no step": good | {"counters": {}},
        "counters of words": good | {"counters": dict.fromkeys(good["counters"], "many")},
    }
    failures = []
    for kind, state in wrong.items():
        try:
            trainer.load(state)
            failures.append(f"{kind}: it was accepted")
        except ValueError as error:
            if not is_sentence(str(error)):
                failures.append(f"{kind}: {error}")
        except Exception as error:
            failures.append(f"{kind}: {type(error).__name__}: {error}")
        if flat(trainer.state()) != before:
            failures.append(f"{kind}: it was half loaded")
            trainer.load(good)
    assert failures == []


@ALL
def test_a_poisoned_model_is_put_back(lab):
    """Else a run that has left the numbers would train on, showing NaN, with nobody told what to turn."""
    trainer = made(lab)
    assert trainer.finite()
    start = flat(trainer.state())
    snapshots = trainer.run()
    next(snapshots)
    next(snapshots)
    next(iter(trainer.memory().values())).fill_(float("nan"))
    assert not trainer.finite()
    with pytest.raises(Diverged) as caught:
        next(snapshots)
    words = str(caught.value)
    assert words.startswith("At step 3 ") and "step 0 is restored" in words and words.endswith(trainer.advice())
    assert is_sentence(trainer.advice())
    assert trainer.finite() and flat(trainer.state()) == start


# Live knobs


@knobs(live=True)
def test_live_knobs_act_on_the_running_model(lab, name):
    """Else a knob would move on the page and do nothing, or only after a restart."""
    base = mattering(lab, name)
    turned = made(lab, base, 3)
    before = flat(turned.state())
    config = another(lab, name, base)
    assert config != base
    turned.tune(config)
    assert turned.config == config and flat(turned.state()) == before
    turned.step()
    turned.step()
    state, shown = left_alone(lab.slug, base, 5)
    acts = flat(turned.state()) != state
    assert acts or contents(turned.snapshot()) != shown  # a knob of sampling changes what is made, not what is learned
    assert turned.finite()


@knobs(live=False)
def test_the_other_knobs_need_another_model(lab, name):
    """Else a running model would pretend to have settings that it was not built with."""
    base = mattering(lab, name)
    trainer = made(lab, base, 2)
    before = flat(trainer.state())
    changed = another(lab, name, base)
    with pytest.raises(ValueError, match=rf"^{name} cannot change during a run.*\.$"):
        trainer.tune(changed)
    assert trainer.config == base and flat(trainer.state()) == before
    fresh = contents(made(lab, changed, 3).snapshot())
    assert fresh != left_alone(lab.slug, base, 3)[1]  # and in a new model it does something


@ALL
def test_knobs_that_do_not_matter_do_nothing(lab):
    """Else a knob that is greyed out would still act."""
    for name, spec in lab.Config.knobs().items():
        if spec.needs is None:
            continue
        field, values = spec.needs
        others = [value for value in lab.Config.knobs()[field].options if value not in values]
        for value in others:
            base = lab.config(**{field: value})
            assert not spec.matters(base)
            turned = flat(made(lab, another(lab, name, base), 3).state())
            assert turned == left_alone(lab.slug, base, 3)[0], (name, value)


# What is drawn


def check_arrays(view: View, snapshot: Snapshot) -> None:
    """Every array of a view, with the dimensions that its layer documents."""
    for layer in view.layers:
        found = [snapshot.arrays[name] for name in layer.names()]
        for array in found:
            assert isinstance(array, np.ndarray) and array.dtype.kind in "fiub", layer
        shapes = [array.shape for array in found]
        match layer:
            case Points():
                assert len(shapes[0]) == 2 and shapes[0][1] == 2, layer
            case Arrows():
                assert shapes[0] == shapes[1] and len(shapes[0]) == 2 and shapes[0][1] == 2, layer
            case Curve():
                assert shapes[0] == shapes[1] and len(shapes[0]) == 1, layer
                assert np.isfinite(found[0]).all(), layer
            case Histogram():
                assert len(shapes[0]) == 1 and shapes[1] == (shapes[0][0] - 1,), layer
                assert (np.diff(found[0]) > 0).all() and (found[1] >= 0).all(), layer
            case Bars():
                assert shapes[0] == (len(layer.categories),), layer
            case Mesh():
                assert len(shapes[0]) == 3 and shapes[0][2] == 2, layer
            case Field() | Contour() | Digits():
                assert len(shapes[0]) == (3 if isinstance(layer, Digits) else 2), layer
                assert found[0].min() >= 0 and found[0].max() <= (255 if found[0].dtype == np.uint8 else 1), layer


@PRESETS
def test_views_find_what_they_draw(lab, preset):
    """Else a panel of this preset would stay empty or break the page."""
    trainer = made(lab, lab.presets[preset])
    views = (*lab.seen(trainer.config), lab.thumbnail)
    for _ in range(3):
        snapshot = trainer.snapshot()
        for view in views:
            check_arrays(view, snapshot)
            assert view.scalars() <= snapshot.scalars.keys(), view.name
        trainer.step()


@ALL
def test_views_are_labelled(lab):
    """Else a panel would have no title or no text alternative, or two panels would share a name."""
    assert lab.views
    names = [view.name for view in lab.views]
    assert len(set(names)) == len(names)
    for view in lab.views:
        assert view.title and is_sentence(view.caption) and view.layers
        labels = [layer.label for layer in view.layers]
        assert all(labels) and len(set(labels)) == len(labels), view.name


@ALL
def test_declarations_are_json(lab):
    """Else the live canvas could not be told what to draw."""
    for view in (*lab.views, lab.thumbnail):
        plain = json.loads(json.dumps(view.declaration(), allow_nan=False))
        assert plain["name"] == view.name
        assert [words["kind"] for words in plain["layers"]] == [type(layer).__name__ for layer in view.layers]
        assert [words["label"] for words in plain["layers"]] == [layer.label for layer in view.layers]


def make_up(views: tuple[View, ...], story: list[Snapshot]) -> Any:
    """All on which it depends how figures are built: the views, and names, kinds and gaps of what they draw."""
    last = story[-1]
    arrays = {name: (a.ndim, a.dtype.kind, a.size > 0, bool(np.isnan(a).all())) for name, a in last.arrays.items()}
    return views, arrays, {name: np.isfinite(value) for name, value in last.scalars.items()}


@ALL
def test_all_views_draw_for_every_choice(lab):
    """Else a figure of a paused run or a notebook would fail, with one of the losses or heads say.

    What differs from what was drawn before in numbers only is not drawn again.
    """
    from playground.figures import draw

    choices, drawn = [{}], []
    for name, spec in lab.Config.knobs().items():
        choices += [{name: option} for option in spec.options if option != lab.Config.default(name)]
    for choice in choices:
        trainer = made(lab, **choice)
        story = list(itertools.islice(trainer.run(), 2))
        views = (*lab.seen(trainer.config), lab.thumbnail)
        if make_up(views, story) in drawn:
            continue
        drawn.append(make_up(views, story))
        for view in views:
            assert json.loads(draw(view, story).to_json())["data"], (choice, view.name)


# Words


@PRESETS
def test_every_stage_has_its_sentence(lab, preset):
    """Else the learner would be left alone with the curves, or told half a sentence."""
    trainer = made(lab, lab.presets[preset])
    history = History()
    for step in range(31):
        if step in (0, 1, 2) or step % 10 == 0:
            scalars = trainer.scalars()
            history.record(step, scalars)
            for past in (history, History()):
                diagnosis = lab.diagnose(trainer, scalars, past)
                assert is_sentence(diagnosis.sentence) and "nan" not in diagnosis.sentence
                assert len(diagnosis.sentence) < 300
                assert diagnosis.tone in ("calm", "good", "warn")
        trainer.step()


@ALL
def test_the_code_shown_has_a_source(lab):
    """Else the page that shows the code that runs would fail for some setting."""
    choices = [{}]
    for name, spec in lab.Config.knobs().items():
        choices += [{name: option} for option in spec.options]
    for choice in choices:
        items = lab.code(lab.config(**choice))
        assert items and len(set(items)) == len(items)
        assert all(len(inspect.getsource(item).splitlines()) > 1 for item in items)


@ALL
@pytest.mark.parametrize("d_steps", [1, 3])
def test_an_iteration_has_as_many_phases_as_it_says(lab, d_steps):
    """Else slow motion would count "3 of 5" in an iteration of eleven parts."""
    knobs = {"d_steps": d_steps} if "d_steps" in lab.Config.knobs() else {}
    trainer = lab.trainer(lab.config(**knobs), "cpu")
    assert len(list(trainer.phases())) == trainer.phase_count


@ALL
def test_the_training_data_cannot_be_changed_from_outside(lab):
    """Else a notebook that scales `trainer.data` in place would change what the model learns from."""
    trainer = lab.trainer(lab.config(), "cpu")
    trainer.data[:] = 7
    assert not (trainer.data == 7).any()


@ALL
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here to train on")
def test_it_trains_on_cuda(lab):
    """Else a tensor made on the wrong device would be noticed by the first learner with a GPU."""
    trainer = lab.trainer(lab.config(), "cuda")
    for _ in range(20):
        trainer.step()
    assert trainer.finite() and all(tensor.is_cuda for tensor in trainer.memory().values())
    assert all(np.isfinite(value) for value in trainer.snapshot().scalars.values())
    twin = lab.trainer(lab.config(), "cuda")
    twin.load(trainer.state())
    trainer.step()
    twin.step()
    assert same(trainer, twin)


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "meta!"])
def test_a_device_that_is_not_there_is_named_in_a_sentence(name):
    """Else PLAYGROUND_DEVICE=gpu would end in PyTorch's own traceback."""
    with pytest.raises(ValueError, match=r"There is no device .* here; auto, cpu, cuda and mps are possible\."):
        devices.pick(name)
