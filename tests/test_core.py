"""Knobs and configs: nothing that arrives from outside can break them, and nothing is silently misread."""

from __future__ import annotations

import dataclasses
import random
import re
import string
import struct
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest

from playground.core import Config, Knob, knob, with_default
from playground.core.knobs import MOST_COMPLAINTS


@dataclass(frozen=True)
class Oven(Config):
    """What a kiln builds on."""

    heat: float = knob(0.5, "How hot.", label="Heat", low=0.0, high=10.0, step=0.1, live=True)
    rate: float = knob(1e-3, "How fast.", label="Rate", low=1e-5, high=0.1, log=True, live=True)
    fan: bool = knob(True, "Whether it blows.", label="Fan")


@dataclass(frozen=True)
class Kiln(Oven):
    """One knob of every kind; `fuel` matters only without the fan."""

    shelves: int = knob(3, "How many.", label="Shelves", low=1, high=20, step=1)
    glaze: str = knob("matt", "Which coat.", label="Glaze", options=("matt", "gloss"), live=True)
    fuel: float = knob(2.0, "How much.", label="Fuel", low=-4.0, high=4.0, step=0.5, needs=("fan", (False,)))


class Explosive:
    """A value that cannot even be described."""

    def __repr__(self) -> str:
        raise RuntimeError("boom")


DEEP: list = []
for _ in range(5000):
    DEEP = [DEEP]

HOSTILE = {
    "empty": "",
    "blank": "   ",
    "words": "very hot",
    "nan": "nan",
    "real-nan": float("nan"),
    "minus-inf": "-inf",
    "real-inf": float("inf"),
    "overflow": "1e999",
    "hex": "0x10",
    "comma": "0,5",
    "million-letters": "x" * 10**6,
    "million-digits": "9" * 10**6,
    "many-nines": "9" * 5000,
    "padded": "0" * 1000 + "7",
    "none": None,
    "list": [1, 2],
    "dict": {"a": 1},
    "tuple": (),
    "set": {1},
    "complex": 1j,
    "type": int,
    "function": len,
    "object": object(),
    "explosive": Explosive(),
    "deep": DEEP,
    "bytes": b"\xff\xfe",
    "script": "<script>alert(1)</script>",
    "link": "[press](javascript:alert(1))",
    "backticks": "`rm -rf`",
    "zero-byte": "0.5\x00",
    "right-to-left": "\u202e5.0",
    "half": "½",
    "lines": "1\n2\r3\u2028",
    "array": np.arange(3.0),
    "nan-decimal": Decimal("NaN"),
    "signalling": Decimal("sNaN"),
}


def bits(config: Config) -> list[object]:
    """The values of a config with every bit of a float visible."""
    values = dataclasses.asdict(config).values()
    return [struct.pack("<d", v) if isinstance(v, float) else (type(v), v) for v in values]


def check_sentence(sentence: str, name: str, used: object) -> None:
    """One line that names the field, says what is allowed and what was used, and quotes nothing dangerous or long."""
    spec = Kiln.knobs()[name]
    allowed = "on or off" if isinstance(used, bool) else spec.bounds()
    said = f"{used:g}" if isinstance(used, float) else str(used)
    assert sentence.startswith(f"{spec.label} ({name}) is '")
    assert f"allowed: {allowed}; " in sentence
    assert sentence.endswith(f"used instead: {said}.")
    assert sentence.isprintable() and not set("<>[]`") & set(sentence)
    assert len(sentence) < 200


def random_kiln(rng: random.Random) -> Kiln:
    """Any valid kiln, floats with all their bits in use and sometimes on a bound."""
    number = {"heat": (0.0, 10.0), "rate": (1e-5, 0.1), "fuel": (-4.0, 4.0)}
    floats = {n: rng.choice([rng.uniform(*b), rng.uniform(*b), b[0], b[1]]) for n, b in number.items()}
    return Kiln(fan=rng.random() < 0.5, shelves=rng.randint(1, 20), glaze=rng.choice(["matt", "gloss"]), **floats)


# Reading what cannot be trusted


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", list(Kiln.knobs()))
def test_a_value_that_is_no_value_is_replaced_in_one_sentence(name, kind):
    """Else a stranger's URL would break the page, be believed, or be replaced without a word."""
    config, complaints = Kiln.parse({name: HOSTILE[kind]})
    assert config == Kiln()
    assert len(complaints) == 1
    check_sentence(complaints[0], name, getattr(config, name))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heat", True),
        ("heat", False),
        ("shelves", True),
        ("shelves", 3.5),
        ("shelves", "3.5"),
        ("shelves", 1e-9),
        ("glaze", "Matt"),
        ("glaze", "matt "),
        ("glaze", 0),
        ("glaze", True),
        ("fan", 2),
        ("fan", 1.0),
        ("fan", "maybe"),
        ("fan", -1),
    ],
)
def test_a_value_of_a_neighbouring_type_is_not_bent_into_shape(name, value):
    """Else a tick would count as the number 1, and 3.5 shelves as 3."""
    config, complaints = Kiln.parse({name: value})
    assert config == Kiln()
    assert len(complaints) == 1
    check_sentence(complaints[0], name, getattr(config, name))


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("heat", 10.000001, 10.0),
        ("heat", "-1e-9", 0.0),
        ("heat", "1e300", 10.0),
        ("heat", -5, 0.0),
        ("rate", 0, 1e-5),
        ("rate", "0.2", 0.1),
        ("fuel", -4.5, -4.0),
        ("fuel", "9" * 60, 4.0),
        ("shelves", 0, 1),
        ("shelves", "-7", 1),
        ("shelves", 21.0, 20),
        ("shelves", "1e30", 20),
        ("shelves", 10**30, 20),
        pytest.param("shelves", -(10**5000), 1, id="shelves-5000-digits"),
    ],
)
def test_a_number_out_of_bounds_goes_to_the_nearest_bound(name, value, nearest):
    """Else a bound would not bind, or a learner who asked for a little too much would get the default."""
    config, complaints = Kiln.parse({name: value})
    assert config == dataclasses.replace(Kiln(), **{name: nearest})
    assert type(getattr(config, name)) is type(nearest)
    assert len(complaints) == 1
    check_sentence(complaints[0], name, nearest)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("heat", "7.25", 7.25),
        ("heat", 7, 7.0),
        ("heat", np.float64(0.1), 0.1),
        ("heat", " 7.5 ", 7.5),
        ("heat", "\uff17", 7.0),  # a full-width 7, as some keyboards type it
        ("rate", "1e-4", 1e-4),
        ("shelves", "8", 8),
        ("shelves", 8.0, 8),
        ("shelves", "8e0", 8),
        ("glaze", "gloss", "gloss"),
        ("fan", "off", False),
        ("fan", "FALSE", False),
        ("fan", 0, False),
        ("fan", "yes", True),
    ],
)
def test_a_good_value_is_taken_without_a_word(name, value, read):
    """Else settings that are fine would be complained about or changed."""
    config, complaints = Kiln.parse({name: value})
    assert complaints == []
    assert getattr(config, name) == read and type(getattr(config, name)) is type(read)


@pytest.mark.parametrize(
    "name", ["", "Heat", "__class__", "<b>", "heat\n", 5, None, pytest.param("x" * 10**6, id="long")]
)
def test_an_unknown_name_is_ignored_and_said(name):
    """Else a misspelt setting would seem to have been taken, or the page would repeat a stranger's markup."""
    config, complaints = Kiln.parse({name: 1})
    assert config == Kiln()
    assert len(complaints) == 1
    assert re.fullmatch(r"There is no setting named '.{0,43}': it was ignored\.", complaints[0])
    assert complaints[0].isprintable() and not set("<>[]`") & set(complaints[0])


def test_complaints_are_bounded():
    """Else a long URL would fill the page with sentences."""
    _, complaints = Kiln.parse({f"x{i}": "?" for i in range(MOST_COMPLAINTS)})
    assert len(complaints) == MOST_COMPLAINTS and len(set(complaints)) == MOST_COMPLAINTS
    _, complaints = Kiln.parse({f"x{i}": "?" for i in range(1000)})
    assert len(complaints) == MOST_COMPLAINTS + 1
    assert complaints[-1].startswith(f"{1000 - MOST_COMPLAINTS} more settings") and complaints[-1].endswith(".")


def test_any_mixture_of_values_gives_a_valid_config():
    """Else there would be a combination of hostile values that gets past the single checks."""
    rng = random.Random(5)
    pool = [*HOSTILE.values(), 0, -1, 1e9, "1e9", "5", 0.3, True, "gloss", "on", 10**400, -(10**400)]
    names = [*Kiln.knobs(), "ghost", "an" + "other" * 99]
    for _ in range(500):
        asked = {name: rng.choice(pool) for name in rng.sample(names, rng.randint(0, len(names)))}
        config, complaints = Kiln.parse(asked)
        again, none = Kiln.parse(dataclasses.asdict(config))
        assert bits(again) == bits(config) and none == []
        assert len(complaints) <= min(len(asked), MOST_COMPLAINTS + 1)
        for name, spec in Kiln.knobs().items():
            value = getattr(config, name)
            assert type(value) is type(Kiln.default(name))
            if spec.options:
                assert value in spec.options
            elif not isinstance(value, bool):
                assert spec.low <= value <= spec.high


def test_parsing_onto_a_base_keeps_what_was_not_asked_for():
    """Else a widget that changes one knob would put the others back."""
    base = Kiln(heat=9.0, shelves=7, glaze="gloss", fan=False)
    config, complaints = Kiln.parse({"heat": "hot", "shelves": 99, "rate": "0.01"}, base=base)
    assert config == dataclasses.replace(base, shelves=20, rate=0.01)
    check_sentence(complaints[0], "heat", 9.0)
    check_sentence(complaints[1], "shelves", 20)
    assert len(complaints) == 2


def test_a_false_base_value_is_kept():
    """Else a fallback that happens to be false or zero would be taken for a missing one."""
    base = Kiln(fan=False, heat=0.0)
    assert Kiln.parse({"fan": "?", "heat": "?"}, base=base)[0] == base


# The way to a URL and back


def test_query_and_parse_are_inverse_bit_for_bit():
    """Else a shared link would train another model than the one it was copied from."""
    rng = random.Random(11)
    for _ in range(500):
        config = random_kiln(rng)
        query = config.query()
        assert all(isinstance(word, str) for word in query.values())
        again, complaints = Kiln.parse(query)
        assert complaints == []
        assert bits(again) == bits(config)


def test_query_names_only_what_differs():
    """Else every link would be as long as the list of knobs."""
    assert Kiln().query() == {}
    assert Kiln(heat=0.1, fan=False).query() == {"heat": "0.1", "fan": "0"}


# Constructing


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"heat": 11.0}, "Heat (heat) is '11.0'; allowed: 0 to 10"),
        ({"heat": float("nan")}, "Heat (heat) is 'nan', which is not a number; allowed: 0 to 10"),
        ({"shelves": 2.5}, "Shelves (shelves) is '2.5', which is not a whole number; allowed: 1 to 20"),
        ({"glaze": "salt"}, "Glaze (glaze) is 'salt'; allowed: one of matt, gloss"),
        ({"fan": "maybe"}, "Fan (fan) is 'maybe', which is not on or off; allowed: on or off"),
        ({"rate": None}, "Rate (rate) is 'None', which is not a number; allowed: 1e-05 to 0.1"),
    ],
)
def test_constructing_with_a_wrong_value_says_what_is_allowed(wrong, words):
    """Else a notebook would train with nonsense, or be told of a replacement that did not happen."""
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        Kiln(**wrong)
    assert "used instead" not in str(caught.value)


def test_values_take_the_type_of_their_knob():
    """Else Kiln(heat=7) and Kiln(heat=7.0) would be two settings with two URLs."""
    config = Kiln(heat=7, shelves=8.0)
    assert type(config.heat) is float and type(config.shelves) is int
    assert config == Kiln(heat=7.0, shelves=8) and config.query() == Kiln(heat=7.0, shelves=8).query()


def test_a_config_cannot_be_changed():
    """Else a run could be trained with settings that nobody has checked."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Kiln().heat = 99.0


# What differs, and whether it can act


def test_changes_and_restart():
    """Else a knob that rebuilds the model would be thought to act at once, or the other way round."""
    running, asked = Kiln(), Kiln(heat=1.0, shelves=5, glaze="gloss", fan=False)
    assert asked.changes(running) == {"heat": 1.0, "shelves": 5, "glaze": "gloss", "fan": False}
    assert running.changes(asked) == {"heat": 0.5, "shelves": 3, "glaze": "matt", "fan": True}
    assert sorted(asked.needs_restart(running)) == ["fan", "shelves"]
    assert Kiln(heat=1.0, rate=0.01, glaze="gloss").needs_restart(running) == []
    assert running.changes(Kiln()) == {}


def test_a_lab_shows_its_own_knobs_first():
    """Else the knobs that make a lab what it is would stand below those of every lab."""
    assert list(Kiln.knobs()) == ["shelves", "glaze", "fuel", "heat", "rate", "fan"]
    assert list(Oven.knobs()) == ["heat", "rate", "fan"]


def test_a_lab_may_declare_a_knob_anew():
    """Else a lab could not recommend another default than what it builds on."""

    @dataclass(frozen=True)
    class Hot(Kiln):
        heat: float = knob(9.0, "Hotter.", label="Great heat", low=5.0, high=10.0, step=0.1)

    assert Hot.default("heat") == 9.0 and Hot.knobs()["heat"].label == "Great heat"
    assert Hot.parse({"heat": 1})[0].heat == 5.0
    assert Kiln.default("heat") == 0.5 and Kiln.parse({"heat": 1})[0].heat == 1.0
    assert not Hot.knobs()["heat"].live and Hot().needs_restart(Hot(heat=6.0)) == ["heat"]


def test_a_lab_may_take_over_a_knob_with_another_default():
    """Else labs would repeat words and bounds, and two labs would soon describe one knob differently."""

    @dataclass(frozen=True)
    class HotOven(Oven):
        heat: float = with_default(Oven, "heat", 9.0, group="Fire")

    assert HotOven().heat == 9.0 and Oven().heat == 0.5
    assert HotOven.knobs()["heat"] == dataclasses.replace(Oven.knobs()["heat"], group="Fire")
    assert HotOven.parse({"heat": 99})[0].heat == 10.0
    with pytest.raises(ValueError, match="low <= default <= high"):
        with_default(Oven, "heat", 11.0)


def test_a_knob_knows_whether_it_matters():
    """Else a knob without effect would look as if it had one."""
    fuel = Kiln.knobs()["fuel"]
    assert not fuel.matters(Kiln()) and fuel.matters(Kiln(fan=False))
    assert Kiln.knobs()["heat"].matters(Kiln())


def test_bounds_in_words():
    """Else a complaint would not say what may be typed."""
    assert Kiln.knobs()["rate"].bounds() == "1e-05 to 0.1"
    assert Knob("x", "x.", options=("a", "b")).bounds() == "one of a, b"


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        (string.ascii_letters + string.digits, "A to Z, a to z and 0 to 9"),
        (string.digits + "-_" + string.ascii_letters, "A to Z, a to z, 0 to 9, - and _"),
        (string.ascii_uppercase, "A to Z"),
        (string.digits[1:] + "x", "1, 2, 3, 4, 5, 6, 7, 8, 9 and x"),
    ],
)
def test_the_letters_of_free_text_are_named_however_many_there_are(letters, words):
    """Else a word with a forbidden sign would be refused without saying which signs are allowed."""
    assert Knob("x", "x.", letters=letters, longest=8).bounds() == f"up to 8 signs out of {words}"


@pytest.mark.parametrize(
    ("default", "rest"),
    [
        ("salt", {"options": ("matt", "gloss")}),
        ("matt", {}),
        (3, {}),
        (3, {"low": 1}),
        (3, {"high": 9}),
        (3.0, {"low": 4.0, "high": 9.0}),
        (3.0, {"low": 1.0, "high": 2.0}),
        (float("nan"), {"low": 0.0, "high": 1.0}),
        (1.0, {"low": float("nan"), "high": 1.0}),
        (1.0, {"low": 2.0, "high": 0.0}),
    ],
)
def test_a_knob_that_contradicts_itself_cannot_be_declared(default, rest):
    """Else a lab with a default out of bounds would be found out by a learner."""
    with pytest.raises(ValueError, match=r"^Salt: "):
        knob(default, "How much.", label="Salt", **rest)
