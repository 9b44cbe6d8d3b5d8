"""A learner's CSV file: what is read, what is refused, and in which words."""

from __future__ import annotations

import random
import re
import time

import numpy as np
import pytest

from playground.data import own, plane
from playground.data.own import LEAST_ROWS, MOST_POINTS, REACH, SD, OwnData, OwnDataError, read_csv

POINTS = np.random.default_rng(5).normal((40.0, -3.0), (6.0, 2.0), (60, 2)).round(3)


def written(points: np.ndarray = POINTS, delimiter: str = ",", decimal: str = ".", end: str = "\n") -> str:
    rows = (delimiter.join(repr(float(value)).replace(".", decimal) for value in point) for point in points)
    return end.join(rows) + end


def complaints(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(OwnDataError) as caught:
        read_csv(text.encode() if isinstance(text, str) else text)
    assert str(caught.value) == " ".join(caught.value.complaints)
    return caught.value.complaints


def fitted(points: np.ndarray) -> np.ndarray:
    """Equation (1), straight from its words."""
    centred = points - points.mean(axis=0)
    return centred * min(SD / np.sqrt(centred.var(axis=0).mean()), REACH / np.abs(centred).max())


def names_a_row(sentence: str) -> bool:
    return re.match(r"Row \d+(:| has \d+ columns?;) .*\.$", sentence) is not None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", ["", "x{}y\n", '"longitude"{}"latitude"\n', "\n\nlänge{}breite\n"])
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")])
def test_the_points_are_those_of_the_file(delimiter: str, decimal: str, header: str, end: str) -> None:
    text = header.format(delimiter).replace("\n", end) + written(POINTS, delimiter, decimal, end)
    for mark in ("", "\ufeff"):
        data = read_csv((mark + text).encode())
        assert np.allclose(data.points, fitted(POINTS), atol=1e-12)
        assert len(data.notes) == 1


def test_quotes_spaces_signs_exponents_and_blank_rows_are_read() -> None:
    plain = read_csv(written().encode()).points
    rows = [f'" {x:+.3e} ", "{y}"' for x, y in np.array([[float(f"{x:.3e}"), y] for x, y in POINTS])]
    assert np.allclose(read_csv("\n\n".join(rows).encode()).points, plain, atol=1e-3)


def test_both_axes_are_scaled_alike_and_the_note_says_by_how_much() -> None:
    data = read_csv(written().encode())
    assert np.allclose(data.points.mean(0), 0, atol=1e-12)
    assert np.sqrt(data.points.var(0).mean()) == pytest.approx(SD)
    ratio = POINTS.std(0)[0] / POINTS.std(0)[1]
    assert data.points.std(0)[0] / data.points.std(0)[1] == pytest.approx(ratio)
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", data.notes[-1])]
    shift, scale = np.array(numbers[:2]), numbers[2]
    assert np.allclose((POINTS + shift) * scale, data.points, atol=2e-3)


def test_a_point_far_out_shrinks_the_others_and_stays_on_the_plane() -> None:
    points = np.vstack((POINTS, [[1e6, 0]]))
    data = read_csv(written(points).encode())
    assert np.abs(data.points).max() == pytest.approx(REACH)
    assert np.allclose(data.points, fitted(points), atol=1e-9)


@pytest.mark.parametrize("unit", [1e-90, 1e-30, 1e30, 1e97])
def test_very_small_and_very_large_units_are_only_units(unit: float) -> None:
    assert np.allclose(read_csv(written(POINTS * unit).encode()).points, fitted(POINTS), atol=1e-9)


def test_too_many_rows_are_drawn_from_the_same_way_each_time() -> None:
    numbered = np.random.default_rng(1).permutation(5000)
    points = np.stack((numbered, np.zeros(5000)), 1)
    first, second = (read_csv(written(points).encode()) for _ in range(2))
    assert np.array_equal(first.points, second.points)
    assert len(first.points) == MOST_POINTS == plane.MOST_POINTS
    assert first.notes[0] == "2000 of the 5000 points were drawn at random."
    steps = np.diff(np.sort(first.points[:, 0]))
    assert steps.min() > 0  # none twice
    assert np.allclose(steps / steps.min(), np.round(steps / steps.min()))  # all of the file
    assert 4900 < steps.sum() / steps.min() < 5000  # from all over it


def test_rows_without_a_point_are_named_and_left_out() -> None:
    rows = written().splitlines()
    rows[6], rows[9], rows[11], rows[14] = "abc,1", "1,", "1,2,3", "nan,4"
    data = read_csv("\n".join(rows).encode())
    assert data.notes[:4] == [
        "Row 7: 'abc' is not a number. It is left out.",
        "Row 10: the second column is empty. It is left out.",
        "Row 12 has 3 columns; two are needed. It is left out.",
        "Row 15: 'nan' is not a number. It is left out.",
    ]
    kept = np.delete(POINTS, [6, 9, 11, 14], axis=0)
    assert np.allclose(data.points, fitted(kept), atol=1e-12)


def test_at_most_five_rows_are_named_then_they_are_counted() -> None:
    text = written() + "a,1\n" * 9
    notes = read_csv(text.encode()).notes
    assert notes[:5] == [f"Row {61 + i}: 'a' is not a number. It is left out." for i in range(5)]
    assert notes[5] == "4 more rows hold no point and are left out."
    found = complaints("x,y\n" + "1,1\n" * 3 + "a,1\n" * 9)
    assert [names_a_row(sentence) for sentence in found] == [True] * 5 + [False] * 2
    assert found[5:] == ("4 more rows hold no point.", "Rows with two numbers: 3. At least 8 are needed.")


def test_a_row_is_numbered_by_the_line_on_which_it_begins() -> None:
    text = "x,y\n\n1,2\n" + '"a\nb",1\n' + "c,3\n" + written(POINTS[:20])
    notes = read_csv(text.encode()).notes
    assert notes[0].startswith("Row 4: ") and notes[1].startswith("Row 6: 'c'")


WORTHLESS = [
    "nan",
    "inf",
    "-Infinity",
    "1_000",
    "0x10",
    "١٢",
    "\uff11",  # a wide one
    "½",
    "1e",
    "--1",
    "1..2",
    ".",
    "e5",
    "1 2",
    "1j",
    "True",
]
FORMULAS = ["=cmd|' /C calc'!A0", "=1+1", "@SUM(A1)", "+1+cmd", "__import__('os')", "{{7*7}}", "${HOME}", "<script>"]


@pytest.mark.parametrize("field", ["1" * 4000 + "x", "1" * 100_000, "." * 100_000, "0." + "1" * 39])
def test_a_field_that_is_too_long_is_named_at_once(field: str) -> None:
    """Else one upload would stop the whole server: a pattern that can cut digits in many ways tries all of them."""
    begun = time.perf_counter()
    found = complaints("x,y\n" + f"2,{field}\n" * 8)
    assert time.perf_counter() - begun < 0.3
    assert re.fullmatch(r"Row 2: '.*\.\.\.' is too long for a number\.", found[0])


def test_the_pattern_of_a_number_reads_each_digit_once() -> None:
    """Else the length of a field would be all that stands between a file and a frozen server."""
    begun = time.perf_counter()
    assert own._NUMBER.fullmatch("1" * 8000 + "x") is None
    assert time.perf_counter() - begun < 0.1


def test_numbers_of_any_notation_up_to_forty_signs_are_read() -> None:
    fields = ["1", "+1.", "-.5", "1.5e3", "1E-2", "0" * 39 + "7", "." + "3" * 39]
    data = read_csv(("x,y\n" + "".join(f"{field},{i}\n" for i, field in enumerate(fields)) + "2,2\n").encode())
    assert np.allclose(data.points, fitted(np.array([[float(f), i] for i, f in enumerate(fields)] + [[2.0, 2.0]])))


@pytest.mark.parametrize("field", WORTHLESS + FORMULAS)
def test_only_plain_numbers_count(field: str) -> None:
    found = complaints("x,y\n" + f'"{field}",2\n' * 10)
    assert all("is not a number" in sentence for sentence in found[:5])
    assert found[-1].startswith("Rows with two numbers: 0.")


def test_what_a_stranger_wrote_is_shown_short_and_without_commands() -> None:
    found = complaints("x,y\n" + '"[click](http://x)![i](y) `$a$` <b>*' + "z" * 500 + '",2\n')
    assert len(found[0]) < 90
    assert not set(found[0]) & set("`<>[]()$*_!#|\\~")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("\ufeff \n\n", "The file is empty."),
        ("1\n2\n3\n" * 5, "There is one column; two are needed, x and y."),
        ("a b c\n" * 20, "There is one column; two are needed, x and y."),
        ("x,y,z\n" + "1,2,3\n" * 20, "There are 3 columns separated by commas; two are needed, x and y."),
        ("1;2;3;4\n" * 20, "There are 4 columns separated by semicolons; two are needed, x and y."),
        ("x,y\n" + "1,2\n" * 20, "Every point is the same. There is nothing to learn but that one spot."),
        ("0.1,0.2\n" * 30, "Every point is the same. There is nothing to learn but that one spot."),
        ("x,y\n1,2\n3,4\n", "Rows with two numbers: 2. At least 8 are needed."),
    ],
)
def test_a_file_without_points_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    assert complaints(text) == (sentence,)


def test_what_is_not_text_or_too_much_is_refused() -> None:
    assert complaints(written().encode("utf-16")) == (
        "This is not a text file in UTF-8. Save it as CSV (UTF-8) and try again.",
    )
    assert complaints(b"1,2\n" * 250_001) == ("The file has 1.0 MB; at most 1 MB can be read.",)
    assert "too large" in complaints("1e300,1\n" * 9)[0]


def test_the_separator_is_that_of_most_rows_and_the_others_are_named() -> None:
    rows = written(POINTS, ";").splitlines()
    rows[3] = rows[3].replace(";", "|")
    data = read_csv("\n".join(rows).encode())
    assert len(data.points) == len(POINTS) - 1
    assert data.notes[0] == "Row 4 has 1 column; two are needed. It is left out."


def nasty(rng: random.Random) -> bytes:
    """Some file that nobody would write on purpose."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(400))
    alphabet = "0123456789.,;\t\n\r\"'-+eE =@abc\x00\ufeff\u0661é|"
    if kind == 1:
        return "".join(rng.choices(alphabet, k=rng.randrange(600))).encode()
    fields = ["1", "-2.5", "3e2", "", '"', '"4', "nan", "=1", "1,5", "9" * 400, "1e400", "\x00", "x"]
    rows = [
        rng.choice(",;\t").join(rng.choices(fields, k=rng.choice((1, 2, 2, 2, 3)))) for _ in range(rng.randrange(60))
    ]
    if kind == 2:
        return "\n".join(rows).encode()
    return (written(POINTS[: rng.randrange(30)], rng.choice(",;\t")) + "\n".join(rows)).encode()


def attempt(raw: bytes) -> OwnData | OwnDataError:
    try:
        return read_csv(raw)
    except OwnDataError as error:
        return error


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_is_points_or_plain_sentences(seed: int) -> None:
    rng = random.Random(seed)
    read = 0
    for _ in range(150):
        raw = nasty(rng)
        outcome = attempt(raw)
        if isinstance(outcome, OwnDataError):
            said = outcome.complaints
            assert 1 <= len(said) <= own.MOST_COMPLAINTS + 2
        else:
            read += 1
            said = tuple(outcome.notes)
            assert outcome.points.shape[1] == 2 and LEAST_ROWS <= len(outcome.points) <= MOST_POINTS
            assert np.isfinite(outcome.points).all() and np.abs(outcome.points).max() <= REACH + 1e-9
            text = plane.points_to_text(outcome.points)
            assert np.abs(plane.text_to_points(text) - outcome.points).max() < 1e-3
        assert all(sentence.isprintable() and sentence.endswith(".") for sentence in said)
    assert read >= 10  # the nasty ones include some that can be read
