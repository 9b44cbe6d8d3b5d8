"""The still figures: the right data in the right colour, and legible without colour."""

from __future__ import annotations

import csv as comma_separated
import io
import itertools
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.core import (
    Arrows,
    Axis,
    Band,
    Bars,
    Contour,
    Curve,
    Digits,
    Field,
    Handle,
    Histogram,
    Layer,
    Mesh,
    Numerals,
    Points,
    Rule,
    Series,
    Snapshot,
    Trail,
    View,
)
from playground.figures import csv, draw
from playground.figures.ends import apart
from playground.figures.palette import DARK, HATCHES, LIGHT, SYMBOLS, Theme

ROLES = ("real", "generated", "discriminator", "encoder")
PAIRS = list(itertools.combinations(ROLES, 2))
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
nan = np.nan


def view(*layers: Layer, **rest) -> View:
    return View("world", "The world", "Watch the diamonds.", layers, **rest)


def arrays(**named) -> Snapshot:
    return Snapshot(7, {}, {name: np.asarray(array) for name, array in named.items()})


def history(**columns) -> list[Snapshot]:
    """Snapshots 10 steps apart; None is a scalar that a snapshot lacks."""
    rows = zip(*columns.values(), strict=True)
    named = [{n: v for n, v in zip(columns, row, strict=True) if v is not None} for row in rows]
    return [Snapshot(10 * i, scalars) for i, scalars in enumerate(named)]


# Layers of one moment


def test_points_are_circles_when_real_and_outlined_diamonds_when_generated():
    at, made = np.array([[0.0, 1], [nan, 2], [3, 4]]), np.array([[5.0, 6]])
    picture = draw(view(Points("real", "real", "x"), Points("made", "generated", "g")), arrays(x=at, g=made))
    real, fake = picture.data
    np.testing.assert_array_equal(np.stack([real.x, real.y], 1), at)
    np.testing.assert_array_equal(np.stack([fake.x, fake.y], 1), made)
    assert (real.mode, real.marker.symbol, real.marker.color) == ("markers", "circle", "#0072B2")
    assert (fake.mode, fake.marker.symbol, fake.marker.color) == ("markers", "diamond", "#D55E00")
    assert 0 < fake.marker.line.width < 1
    assert fake.marker.line.color == LIGHT.paper
    assert "made" in fake.hovertemplate and "%{x" in fake.hovertemplate and "%{y" in fake.hovertemplate


def test_a_field_fills_its_extent_from_the_bottom_row_up():
    values = np.array([[0.0, 0.25, 0.5], [0.75, 1, nan]])
    (heat,) = draw(view(Field("D", "discriminator", "d", (0, 3, -2, 2))), arrays(d=values)).data
    np.testing.assert_array_equal(heat.z, values)
    np.testing.assert_allclose(heat.x, [0.5, 1.5, 2.5])
    np.testing.assert_allclose(heat.y, [-1, 1])
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert heat.colorscale == ((0, "#F3C6AC"), (0.5, "#F5F3EF"), (1, "#B9D7EC"))
    assert heat.showlegend and heat.showscale is False  # its swatch is the only scale there is
    assert "%{z" in heat.hovertemplate


def test_bytes_stand_for_values_between_nought_and_one():
    (heat,) = draw(view(Field("D", "discriminator", "d", (0, 1, 0, 1))), arrays(d=np.uint8([[0, 51, 255]]))).data
    np.testing.assert_allclose(heat.z, [[0, 0.2, 1]])


def test_a_curve_keeps_its_gaps_and_shows_a_lonely_point():
    x, y = np.arange(6.0), np.array([1, 2, nan, 3, nan, 4])
    (drawn,) = draw(view(Curve("D", "discriminator", "x", "y")), arrays(x=x, y=y)).data
    np.testing.assert_array_equal(drawn.x, x)
    np.testing.assert_array_equal(drawn.y, y)
    assert not drawn.connectgaps
    assert (drawn.line.color, drawn.line.dash) == ("#8E4A97", "solid")
    assert "markers" in drawn.mode
    np.testing.assert_array_equal(np.array(drawn.marker.size) > 0, [False, False, False, True, False, True])


@pytest.mark.parametrize(
    ("layer", "dash"),
    [
        (Curve("f", "real", "x", "x"), "solid"),
        (Curve("f", "real", "x", "x", dashed=True), "dash"),
        (Curve("f", "theory", "x", "x"), "dash"),
    ],
)
def test_theory_is_dashed(layer: Curve, dash: str):
    (drawn,) = draw(view(layer), arrays(x=np.arange(3.0))).data
    assert (drawn.line.dash, drawn.mode) == (dash, "lines")


def test_bars_stand_side_by_side_with_their_values_and_theory_is_hollow():
    layers = [Bars(role, role, role, ("tails", "heads")) for role in ("real", "generated", "theory")]
    heights = {"real": [0.4, 0.6], "generated": [nan, 1], "theory": [0.5, 0.5]}
    picture = draw(view(*layers), arrays(**heights))
    assert picture.layout.template.layout.barmode in (None, "group")
    assert picture.layout.barmode in (None, "group")
    assert picture.layout.xaxis.type == "category"  # also where the names are numbers
    assert len({bar.offsetgroup for bar in picture.data}) == 3
    for bar, height in zip(picture.data, heights.values(), strict=True):
        assert tuple(bar.x) == ("tails", "heads")
        np.testing.assert_array_equal(bar.y, height)
        assert bar.textposition == "outside" and "%{y" in bar.texttemplate
    real, fake, theory = (bar.marker for bar in picture.data)
    assert (real.color, fake.color) == ("#0072B2", "#D55E00")
    assert theory.color.endswith(", 0)") and theory.line.color == "#6B7280" and theory.line.width > 0


def test_arrows_run_from_at_to_at_plus_by_with_a_head_at_the_tip_only():
    at, by = np.array([[0.0, 0], [1, 1]]), np.array([[1.0, 2], [-1, 0]])
    (drawn,) = draw(view(Arrows("pull", "discriminator", "at", "by")), arrays(at=at, by=by)).data
    np.testing.assert_array_equal(drawn.x, [0, 1, nan, 1, 0, nan])
    np.testing.assert_array_equal(drawn.y, [0, 2, nan, 1, 1, nan])
    np.testing.assert_array_equal(np.array(drawn.marker.size) > 0, [False, True, False] * 2)
    assert (drawn.marker.symbol, drawn.marker.angleref, drawn.marker.color) == (
        "arrow",
        "previous",
        "#8E4A97",
    )
    np.testing.assert_array_equal(drawn.customdata[1], [0, 0, 1, 2])


def test_a_mesh_draws_every_row_and_every_column():
    nodes = np.arange(12.0).reshape(2, 3, 2)
    (drawn,) = draw(view(Mesh("G(z)", "generated", "m")), arrays(m=nodes)).data
    path = np.stack([drawn.x, drawn.y], 1)
    lines = np.split(path, np.flatnonzero(np.isnan(path[:, 0])))
    lines = [line[~np.isnan(line[:, 0])] for line in lines]
    expected = [nodes[0], nodes[1], nodes[:, 0], nodes[:, 1], nodes[:, 2]]
    assert sum(len(line) > 0 for line in lines) == len(expected)
    for line, wanted in zip(lines, expected, strict=False):
        np.testing.assert_array_equal(line, wanted)
    assert drawn.line.color == "#D55E00"


def test_hollow_points_are_open_marks_larger_than_those_they_stand_around():
    layers = Points("all", "real", "x"), Points("some", "real", "x", hollow=True)
    solid, hollow = draw(view(*layers), arrays(x=np.zeros((2, 2)))).data
    assert (solid.marker.symbol, hollow.marker.symbol) == ("circle", "circle-open")
    assert hollow.marker.size > 1.4 * solid.marker.size
    assert hollow.marker.line.color == hollow.marker.color == "#0072B2" and hollow.marker.line.width > 1


def test_a_contour_is_one_line_a_level_between_the_centres_of_the_cells():
    values = np.arange(12.0).reshape(3, 4)
    layers = (
        Contour("D = 1/2", "discriminator", "v", (0, 8, -3, 3), (2.5, 7.0)),
        Contour("p", "theory", "v", (0, 1, 0, 1), (5,)),
    )
    first, second, theory = draw(view(*layers), arrays(v=values)).data
    for drawn, level in ((first, 2.5), (second, 7), (theory, 5)):
        assert drawn.contours.start == drawn.contours.end == level and not drawn.autocontour
        assert drawn.contours.coloring == "none" and drawn.line.smoothing == 0
        np.testing.assert_array_equal(drawn.z, values)
    np.testing.assert_allclose(first.x, [1, 3, 5, 7])
    np.testing.assert_allclose(first.y, [-2, 0, 2])
    assert (first.line.color, first.line.dash) == ("#8E4A97", "solid")
    assert (theory.line.color, theory.line.dash) == ("#6B7280", "dash")
    assert [trace.showlegend for trace in (first, second, theory)] == [True, False, True]
    assert first.legendgroup == second.legendgroup != theory.legendgroup


def test_a_histogram_is_pale_touching_bars_under_an_outline():
    edges, heights = np.array([0.0, 1, 3, 4, 6]), np.array([2.0, 1, 0, nan])
    layers = Histogram("real", "real", "e", "h"), Histogram("made", "generated", "e", "k")
    picture = draw(view(*layers), arrays(e=edges, h=heights, k=[0.0, 0, 0, 3]))
    bars, outline, _, other = picture.data
    np.testing.assert_array_equal(np.array(bars.x) + bars.offset, edges[:-1])  # an offset of its own: no bar makes way
    np.testing.assert_array_equal(bars.width, [1, 2, 1, 2])
    np.testing.assert_array_equal(bars.y, heights)
    assert bars.marker.color == "rgba(0, 114, 178, 0.26)"
    np.testing.assert_array_equal(bars.customdata[1], [1, 3])
    assert "from %{customdata[0]" in bars.hovertemplate and "%{y" in bars.hovertemplate
    path = np.stack([outline.x, outline.y], 1)
    up = np.flatnonzero(np.isnan(path[:, 0]))[0]
    np.testing.assert_array_equal(path[:up], [[0, 0], [0, 2], [1, 2], [1, 1], [3, 1], [3, 0]])
    assert np.nanmax(path[up:, 1]) == 0  # nothing, and no line along the axis, where there are no bars
    strokes = np.diff(path[up:], axis=0)
    assert (strokes[np.isfinite(strokes).all(1), 0] == 0).all()
    assert np.nanmax(other.y) == 3 and outline.line.color == "#0072B2" and other.line.color == "#D55E00"
    assert [trace.showlegend for trace in picture.data] == [False, True, False, True]
    assert bars.legendgroup == outline.legendgroup


def test_a_histogram_of_theory_is_a_dashed_outline():
    bars, outline = draw(view(Histogram("p", "theory", "e", "h")), arrays(e=[0.0, 1], h=[1.0])).data
    assert bars.marker.color.endswith(", 0)") and outline.line.dash == "dash"


def test_stretched_arrows_end_further_away_but_tell_their_true_length():
    shot = Snapshot(7, {"k": 20.0}, {"at": np.array([[1.0, 1]]), "by": np.array([[0.1, -0.05]])})
    for stretch in (20.0, "k"):
        (drawn,) = draw(view(Arrows("pull", "generated", "at", "by", stretch)), shot).data
        np.testing.assert_allclose(drawn.x, [1, 3, nan])
        np.testing.assert_allclose(drawn.y, [1, 0, nan])
        np.testing.assert_allclose(drawn.customdata[1], [1, 1, 0.1, -0.05])
        assert drawn.name == "pull, drawn 20 times as long"
    (plain,) = draw(view(Arrows("pull", "generated", "at", "by")), shot).data
    assert plain.name == "pull"


def cells_of(trace) -> list[np.ndarray]:
    path = np.stack([trace.x, trace.y], 1)
    return [cell[~np.isnan(cell[:, 0])] for cell in np.split(path, np.flatnonzero(np.isnan(path[:, 0])))[:-1]]


def test_the_cells_of_a_grid_are_filled_as_strongly_as_their_shade():
    nodes = np.stack(np.meshgrid([0.0, 1, 2], [0.0, 1, 2]), -1)
    shade = np.array([[1.0, 0.5], [0, nan]])
    picture = draw(view(Mesh("G(z)", "generated", "m", "s")), arrays(m=nodes, s=shade))
    half, full, lines = picture.data
    assert (half.fillcolor, full.fillcolor) == ("rgba(213, 94, 0, 0.225)", "rgba(213, 94, 0, 0.45)")
    assert half.fill == full.fill == "toself" and lines.fill is None
    assert {tuple(corner) for corner in cells_of(full)[0]} == {(0, 0), (1, 0), (1, 1), (0, 1)}
    assert {tuple(corner) for corner in cells_of(half)[0]} == {(1, 0), (2, 0), (2, 1), (1, 1)}
    assert len(cells_of(full)) == len(cells_of(half)) == 1
    (plain,) = draw(view(Mesh("G(z)", "generated", "m")), arrays(m=nodes)).data
    assert lines.line.width < plain.line.width


def test_cells_that_a_map_has_turned_over_are_turned_back():
    """Two ways of turning in one path would cut a hole where they overlap."""
    nodes = np.stack(np.meshgrid([0.0, 1, 0], [0.0, 1]), -1)
    filled, _ = draw(view(Mesh("G(z)", "generated", "m", "s")), arrays(m=nodes, s=np.ones((1, 2)))).data
    x, y = (np.array([cell[:, k] for cell in cells_of(filled)]) for k in (0, 1))
    area = (x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1) / 2
    np.testing.assert_allclose(area, [1, 1])


def test_a_shade_of_another_size_than_the_grids_cells_is_refused():
    with pytest.raises(ValueError, match=r"needs 's' of shape \(rows, columns\), rows = 2, columns = 3, not \(3, 3\)"):
        draw(view(Mesh("it", "real", "m", "s")), arrays(m=np.zeros((3, 4, 2)), s=np.zeros((3, 3))))
    with pytest.raises(ValueError, match=r"needs 'h' of shape \(n,\), n = 3, not \(4,\)"):
        draw(view(Histogram("it", "real", "e", "h")), arrays(e=np.zeros(4), h=np.zeros(4)))


def test_digits_are_tiled_row_by_row_without_axes():
    images = np.linspace(0, 1, 5 * 6).reshape(5, 2, 3)
    picture = draw(view(Digits("made", "generated", "i", columns=3)), arrays(i=images))
    (wall,) = picture.data
    assert wall.z.shape == (2 * 3, 3 * 4)
    for k, image in enumerate(images):
        row, column = divmod(k, 3)
        np.testing.assert_array_equal(wall.z[3 * row : 3 * row + 2, 4 * column : 4 * column + 3], image)
    assert np.isnan(wall.z[3:, 8:]).all()  # no sixth image
    assert picture.layout.xaxis.visible is False and picture.layout.yaxis.visible is False
    assert picture.layout.yaxis.autorange == "reversed" and picture.layout.yaxis.scaleanchor == "x"


def test_a_second_wall_of_digits_stands_below_the_first_and_both_bear_names():
    images = np.zeros((2, 4, 4))
    picture = draw(view(Digits("data", "real", "i"), Digits("decoded", "encoder", "i")), arrays(i=images))
    first, second = picture.data
    assert second.y0 >= (first.y0 or 0) + first.z.shape[0]
    assert [note.text.split()[-1] for note in picture.layout.annotations] == ["data", "decoded"]
    assert "#009E73" in picture.layout.annotations[1].text


def test_numerals_are_points_that_show_their_digit_in_its_colour():
    at = np.array([[0.0, 1.0], [2.0, 3.0], [nan, 1.0], [4.0, 5.0]])
    for kind in (np.uint8, np.int64, np.float32):
        (drawn,) = draw(view(Numerals("code", "encoder", "z", "y")), arrays(z=at, y=np.array([7, 0, 3, 12], kind))).data
        assert (list(drawn.text), drawn.mode) == (["7", "0"], "text")  # no place, and no such digit
        assert (list(drawn.x), list(drawn.y)) == ([0, 2], [1, 3])
        colours = LIGHT.numerals("encoder")
        assert list(drawn.textfont.color) == [colours[7], colours[0]]
        assert drawn.hovertemplate.startswith("code<br>%{text} at (")


def test_a_handle_is_a_ring_around_a_dot():
    (drawn,) = draw(view(Handle("looking glass", "discriminator", "at")), arrays(at=[[0.5, -2.0]])).data
    assert (list(drawn.x), list(drawn.y), drawn.marker.symbol) == ([0.5], [-2.0], "circle-open-dot")
    assert drawn.marker.line.color == LIGHT.roles["discriminator"]
    both = draw(view(Handle("A", "generated", "a"), Handle("B", "generated", "b")), arrays(a=[[0, 0]], b=[[1, 1]])).data
    assert [trace.text[0] for trace in both] == ["A", "B"]  # of one colour, but not of one letter


# Layers of the run


def test_a_series_runs_over_all_snapshots_and_a_missing_scalar_is_a_gap():
    (drawn,) = draw(view(Series("G", "generated", "loss")), history(loss=[3.0, None, nan, 1.0, 0.5])).data
    np.testing.assert_array_equal(drawn.x, [0, 10, 20, 30, 40])
    np.testing.assert_array_equal(drawn.y, [3, nan, nan, 1, 0.5])
    assert drawn.line.color == "#D55E00" and not drawn.connectgaps
    np.testing.assert_array_equal(np.array(drawn.marker.size) > 0, [True, False, False, False, False])


def test_a_single_snapshot_is_enough():
    (drawn,) = draw(view(Series("G", "generated", "loss")), Snapshot(4, {"loss": 2.0})).data
    assert (list(drawn.x), list(drawn.y)) == ([4], [2])
    assert "markers" in drawn.mode


def test_a_scalar_that_no_snapshot_has_yet_draws_nothing():
    layers = Series("G", "generated", "l"), Trail("t", "generated", "l", "l"), Rule("r", "theory", "l")
    picture = draw(view(*layers, Band("b", "noise", "l", 1)), Snapshot(0, {}))
    assert np.isnan(np.concatenate([trace.y for trace in picture.data])).all()
    assert not picture.layout.shapes


def test_a_trail_has_its_head_at_the_last_point_known():
    (drawn,) = draw(view(Trail("w", "generated", "a", "b")), history(a=[0.0, 1, 2], b=[5.0, 6, None])).data
    np.testing.assert_array_equal(drawn.x, [0, 1, 2])
    np.testing.assert_array_equal(drawn.y, [5, 6, nan])
    np.testing.assert_array_equal(np.array(drawn.marker.size) > 0, [False, True, False])
    assert drawn.marker.symbol == "diamond" and drawn.line.color == "#D55E00"
    np.testing.assert_array_equal(drawn.customdata, [0, 10, 20])


def test_a_rule_stands_at_a_constant_or_at_the_last_value_of_a_scalar():
    layers = Rule("ln 2", "theory", 0.69), Rule("mean", "generated", "m", axis="x")
    level, upright = draw(view(*layers), history(m=[1.0, 2.0, None])).layout.shapes
    assert (level.type, level.y0, level.y1, level.xref) == ("line", 0.69, 0.69, "x domain")
    assert (upright.type, upright.x0, upright.x1, upright.yref) == ("line", 2, 2, "y domain")
    assert (level.line.dash, level.line.color) == ("dash", "#6B7280")
    assert (upright.line.dash, upright.line.color) == ("dash", "#D55E00")


def test_a_band_lies_between_scalars_in_either_order():
    layers = Band("floor", "noise", "high", "low"), Band("range", "noise", 0, "high", axis="x")
    level, upright = draw(view(*layers), history(low=[0.5, 0.1], high=[9, 0.3])).layout.shapes
    assert (level.y0, level.y1, level.xref, level.layer) == (0.1, 0.3, "x domain", "below")
    assert (upright.x0, upright.x1, upright.yref) == (0, 0.3, "y domain")
    assert level.fillcolor == "rgba(107, 114, 128, 0.15)" and level.line.width == 0
    dark = draw(view(*layers), history(low=[0.1], high=[0.3]), dark=True).layout.shapes[0]
    assert dark.fillcolor == "rgba(156, 163, 175, 0.2)"


def test_an_axis_without_numbers_has_none():
    """Else a place that only has to be compared would be read as a value."""
    view = View("v", "V", "", (Rule("row", "theory", 2.0),), y=Axis("", 0, 3, numbers=False))
    figure = draw(view, Snapshot(0, {}))
    assert figure.layout.yaxis.showticklabels is False and tuple(figure.layout.yaxis.range) == (0, 3)
    assert figure.layout.xaxis.showticklabels is None


def test_a_rule_has_no_place_below_nought_on_a_logarithmic_axis():
    layers = Rule("zero", "theory", 0), Band("floor", "noise", 0, 1), Rule("one", "theory", 1)
    shapes = draw(view(*layers, y=Axis(log=True)), Snapshot(0, {})).layout.shapes
    assert [shape.name for shape in shapes] == ["one"]


# Snapshots


def test_arrays_come_from_the_last_snapshot_that_holds_all_that_a_layer_needs():
    shots = [
        Snapshot(0, {}, {"x": np.zeros(2), "y": np.zeros(2)}),
        Snapshot(1, {}, {"x": np.ones(2), "y": np.ones(2)}),
        Snapshot(2, {}, {"x": np.full(2, 2.0)}),  # y would be of another moment
    ]
    (drawn,) = draw(view(Curve("f", "real", "x", "y")), shots).data
    assert (list(drawn.x), list(drawn.y)) == ([1, 1], [1, 1])


KINDS = [
    (Points("it", "real", "a"), {"a": (3, 2)}),
    (Field("it", "real", "a", (0, 1, 0, 1)), {"a": (3, 4)}),
    (Curve("it", "real", "a", "b"), {"a": (3,), "b": (3,)}),
    (Bars("it", "real", "a", ("p", "q")), {"a": (2,)}),
    (Handle("it", "real", "a"), {"a": (1, 2)}),
    (Arrows("it", "real", "a", "b"), {"a": (3, 2), "b": (3, 2)}),
    (Numerals("it", "real", "a", "b"), {"a": (3, 2), "b": (3,)}),
    (Mesh("it", "real", "a"), {"a": (3, 4, 2)}),
    (Digits("it", "real", "a"), {"a": (3, 4, 4)}),
    (Contour("it", "real", "a", (0, 1, 0, 1), (0.5,)), {"a": (3, 4)}),
    (Histogram("it", "real", "a", "b"), {"a": (4,), "b": (3,)}),
    (Mesh("it", "real", "a", "b"), {"a": (3, 4, 2), "b": (2, 3)}),
]
EVERY_KIND = pytest.mark.parametrize(("layer", "shapes"), KINDS, ids=lambda part: type(part).__name__)


@EVERY_KIND
def test_drawing_neither_alters_nor_keeps_the_snapshots_arrays(layer: Layer, shapes: dict):
    shot = arrays(**{name: np.random.default_rng(0).random(shape) for name, shape in shapes.items()})
    before = {name: array.copy() for name, array in shot.arrays.items()}
    picture = draw(view(layer), shot)
    for name, array in shot.arrays.items():
        np.testing.assert_array_equal(array, before[name])
    drawn = picture.to_json()
    for array in shot.arrays.values():
        array[...] = 99
    assert picture.to_json() == drawn


@EVERY_KIND
def test_a_missing_array_is_named_with_its_view_and_layer(layer: Layer, shapes: dict):
    present = arrays(other=np.zeros(1), **{name: np.zeros(shapes[name]) for name in list(shapes)[:-1]})
    lost = list(shapes)[-1]
    with pytest.raises(ValueError, match="needs the array") as error:
        draw(view(layer), present)
    assert str(error.value).startswith(f"View 'world': layer 'it' needs the array {lost!r}, which no snapshot")
    assert "'other'" in str(error.value) and str(error.value).count(".") == 1


@EVERY_KIND
def test_an_array_of_another_shape_is_refused(layer: Layer, shapes: dict):
    wrong = arrays(**{name: np.zeros((*shape, 3)) for name, shape in shapes.items()})
    with pytest.raises(ValueError, match=r"View 'world': layer 'it' needs 'a' of shape \(.*\), not \("):
        draw(view(layer), wrong)


def test_arrays_that_belong_together_must_be_equally_long():
    with pytest.raises(ValueError, match=r"needs 'b' of shape \(n,\), n = 3, not \(4,\)"):
        draw(view(Curve("f", "real", "a", "b")), arrays(a=np.zeros(3), b=np.zeros(4)))


def test_an_unknown_layer_and_an_empty_history_are_refused():
    @dataclass(frozen=True)
    class Odd(Layer):
        pass

    with pytest.raises(TypeError, match=r"'world'.*Odd"):
        draw(view(Odd("odd", "real")), Snapshot(0, {}))
    with pytest.raises(ValueError, match="'world': there is no snapshot"):
        draw(view(), [])


@pytest.mark.parametrize(("layer", "shapes"), KINDS[:3] + KINDS[5:], ids=lambda part: type(part).__name__)
def test_nothing_to_draw_is_no_error(layer: Layer, shapes: dict):
    """Bars and a handle excepted: their number is declared."""
    traces = draw(view(layer), arrays(**{n: np.zeros((0, *shape[1:])) for n, shape in shapes.items()})).data
    assert traces
    for trace in traces:
        assert np.isnan(trace.y if getattr(trace, "z", None) is None else trace.z).all()


# The view as a whole


def test_title_caption_units_bounds_and_equal_aspect():
    picture = draw(
        view(Points("real", "real", "x"), x=Axis("time", -1, 2, "s"), y=Axis("loss", low=0), equal=True),
        arrays(x=np.zeros((1, 2))),
    )
    plot = picture.layout
    assert plot.title.text == "The world"
    assert plot.meta == {"caption": "Watch the diamonds."}
    assert plot.xaxis.title.text == "time (s)" and plot.yaxis.title.text == "loss"
    assert tuple(plot.xaxis.range) == (-1, 2)
    assert (plot.yaxis.autorangeoptions.minallowed, plot.yaxis.autorangeoptions.maxallowed) == (0, None)
    assert (plot.yaxis.scaleanchor, plot.yaxis.scaleratio) == ("x", 1)
    assert "%{x:.4~g} s" in picture.data[0].hovertemplate
    assert draw(view(Points("real", "real", "x")), arrays(x=np.zeros((1, 2)))).layout.yaxis.scaleanchor is None


def test_bounds_and_extents_may_be_scalars():
    window = (-1.0, "right", "bottom", 2.0)
    layers = Field("D", "discriminator", "f", window), Contour("p", "theory", "f", window, (0.5,))
    asked = view(*layers, x=Axis("x", -1, "right"), y=Axis("y", "bottom", 2))
    shot = Snapshot(1, {"right": 5.0, "bottom": -2.0}, {"f": np.zeros((2, 3))})
    picture = draw(asked, shot)
    for drawn in picture.data:
        np.testing.assert_allclose(drawn.x, [0, 2, 4])
        np.testing.assert_allclose(drawn.y, [-1, 1])
    assert tuple(picture.layout.xaxis.range) == (-1, 5) and tuple(picture.layout.yaxis.range) == (-2, 2)
    unknown = draw(asked, Snapshot(1, {}, shot.arrays)).layout.xaxis
    assert unknown.range is None and (unknown.autorangeoptions.minallowed, unknown.autorangeoptions.maxallowed) == (
        -1,
        None,
    )


def test_logarithmic_axes_take_their_bounds_in_powers_of_ten():
    layer, shot = Points("real", "real", "x"), arrays(x=np.ones((1, 2)))
    plot = draw(view(layer, x=Axis(low=0.01, high=100, log=True), y=Axis(low=0, high=10, log=True)), shot).layout
    assert plot.xaxis.type == plot.yaxis.type == "log"
    assert tuple(plot.xaxis.range) == (-2, 2)
    assert plot.yaxis.range is None and plot.yaxis.autorangeoptions.maxallowed == 1


def test_a_series_without_an_axis_label_counts_steps():
    picture = draw(view(Series("G", "generated", "l")), history(l=[1.0, 2.0]))
    assert picture.layout.xaxis.title.text == "step"
    assert "step %{x:,d}" in picture.data[0].hovertemplate


def test_a_legend_appears_only_when_there_is_something_to_tell_apart():
    shot = arrays(x=np.zeros((1, 2)), y=np.zeros((1, 2)))
    one, two = Points("real", "real", "x"), Points("made", "generated", "y")
    alone, both = draw(view(one), shot), draw(view(one, two), shot)
    assert not alone.layout.showlegend and not alone.data[0].showlegend
    assert both.layout.showlegend and [trace.showlegend for trace in both.data] == [True, True]
    again = draw(view(one, two, Points("real", "real", "y")), shot)
    assert [trace.showlegend for trace in again.data] == [True, True, False]
    silent = draw(view(one, Points("", "generated", "y")), shot)
    assert not silent.layout.showlegend


def test_where_layers_can_be_switched_the_legend_holds_all_of_them():
    layers = (
        Points("real", "real", "p", off=True),
        Curve("D", "discriminator", "x", "x"),
        Rule("half", "theory", 0.5, off=True),
        Band("floor", "noise", 0, 1),
        Histogram("heap", "real", "x", "h", off=True),
    )
    shot = arrays(p=np.zeros((1, 2)), x=np.arange(3.0), h=np.ones(2))
    picture = draw(view(*layers, switches=True), shot)
    drawn = (*picture.data, *picture.layout.shapes)
    assert {part.name for part in drawn if part.showlegend} == {"real", "D", "half", "floor", "heap"}
    hidden = {part.name for part in drawn if part.visible == "legendonly"}
    assert hidden == {"real", "half", "heap"} and not any(note.text for note in picture.layout.annotations)
    assert all(part.visible == "legendonly" for part in drawn if part.name in hidden)  # bars and outline together
    plain = draw(view(*layers), shot)
    assert not any(part.visible == "legendonly" for part in (*plain.data, *plain.layout.shapes))
    assert draw(view(layers[0], switches=True), shot).data[0].showlegend  # also where there is only one


def test_lines_bear_their_names_at_their_ends_and_names_do_not_overlap():
    layers = Series("D", "discriminator", "d"), Series("G", "generated", "g"), Rule("ln 2", "theory", 0.7)
    picture = draw(view(*layers), history(d=[2.0, 0.7], g=[0, 0.7]))
    notes = picture.layout.annotations
    assert [note.text.split("</span> ")[1] for note in notes] == ["D", "G", "ln 2"]
    colours = "#8E4A97", "#D55E00", "#6B7280"
    assert all(colour in note.text for note, colour in zip(notes, colours, strict=True))
    assert {note.xref for note in notes} == {"x domain"}  # at the last point they would widen the axis
    assert not picture.layout.showlegend and not any(trace.showlegend for trace in picture.data)
    shifts = sorted(note.yshift for note in notes)  # all three end at one value
    assert min(np.diff(shifts)) >= 14
    assert not draw(view(layers[0]), history(d=[2.0, 0.7])).layout.annotations


def test_what_is_not_above_nought_is_left_out_on_a_logarithmic_axis():
    layers = (Series("Gradient", "generated", "d"), Trail("Way", "generated", "d", "d"))
    snapshots = history(d=[0.0, 0.1, -1.0, 0.2])
    logarithmic = Axis(low=0.01, high=1, log=True)
    gradient, way = draw(view(*layers, x=Axis(), y=logarithmic), snapshots).data
    nan = pytest.approx([np.nan, 0.1, np.nan, 0.2], nan_ok=True)
    assert gradient.y == nan and way.y == nan
    assert way.x == pytest.approx([0.0, 0.1, -1.0, 0.2])


def test_names_are_placed_in_powers_of_ten_on_logarithmic_axes():
    layers = Series("D", "discriminator", "d"), Rule("goal", "theory", 100)
    notes = draw(view(*layers, y=Axis(log=True)), history(d=[1.0, 10.0])).layout.annotations
    assert [note.y for note in notes] == [1, 2]


def test_apart_moves_no_more_than_it_must():
    assert apart([10, 50], [15, 15], 100) == [10, 50]
    assert apart([50, 50], [20, 20], 100) == [40, 60]
    assert apart([90, 10, 90], [20, 20, 20], 100) == [80, 10, 100]
    assert apart([0, 0], [20, 20], 100) == [0, 20]
    assert apart([], [], 100) == []


def test_labels_are_words_not_markup():
    shot = arrays(x=np.zeros((1, 2)), y=np.zeros((1, 2)))
    picture = draw(view(Points("a<b>", "real", "x"), Points("G", "generated", "y")), shot)
    assert picture.data[0].name == "a&lt;b&gt;"
    assert "<b>" not in picture.data[0].hovertemplate


@THEMES
def test_the_template_owes_nothing_to_plotlys_default(theme: Theme):
    picture = draw(view(Series("G", "generated", "l")), history(l=[1.0]), dark=theme is DARK)
    look = picture.layout.template.layout
    assert look.paper_bgcolor == look.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert look.font.color == theme.ink
    assert look.colorway is None and not picture.layout.template.data.to_plotly_json()
    assert picture.data[0].line.color == theme.roles["generated"]


# The colour grammar


def linear(colour: str) -> np.ndarray:
    """sRGB -> linear light (IEC 61966-2-1)."""
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65


def lab(light: np.ndarray) -> np.ndarray:
    """Linear light -> CIELAB, in which a distance of about 2.3 is just noticeable."""
    t = XYZ @ np.clip(light, 0, 1) / XYZ.sum(1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Deuteranopia: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", IEEE TVCG 15 (6), 2009, table 1, severity 1.0. It acts on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


def test_the_simulation_keeps_greys_and_confuses_red_with_green():
    np.testing.assert_allclose(DEUTERANOPIA @ np.ones(3), 1, atol=1e-5)
    red, green = linear("#C00000"), linear("#4A7A00")
    apart_for_most = np.linalg.norm(lab(red) - lab(green))
    assert np.linalg.norm(lab(DEUTERANOPIA @ red) - lab(DEUTERANOPIA @ green)) < 0.35 * apart_for_most


@THEMES
@pytest.mark.parametrize(("one", "other"), [*PAIRS, *((role, "theory") for role in ROLES)])
def test_roles_differ_for_a_deuteranope(theme: Theme, one: str, other: str):
    seen = [lab(DEUTERANOPIA @ linear(theme.roles[role])) for role in (one, other)]
    assert np.linalg.norm(seen[0] - seen[1]) > 12  # five times just noticeable


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_roles_differ_in_lightness_in_print(one: str, other: str):
    """The light theme is the one that is printed."""
    lightness = [lab(linear(LIGHT.roles[role]))[0] for role in (one, other)]
    assert abs(lightness[0] - lightness[1]) > 2.3


@THEMES
@pytest.mark.parametrize("role", [*ROLES, "theory", "noise"])
def test_digits_that_look_alike_differ_in_lightness_for_every_eye(theme: Theme, role: str):
    colours = theme.numerals(role)
    light = [lab(linear(colour))[0] for colour in colours]
    for one, other in ((4, 9), (4, 7), (7, 9), (3, 5), (3, 8), (5, 8), (1, 7), (0, 6)):
        assert abs(light[one] - light[other]) > 7  # three times just noticeable, without any hue
    for seeing in (np.eye(3), DEUTERANOPIA):
        seen = [lab(seeing @ linear(colour)) for colour in colours]
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 2.3


@THEMES
def test_all_roles_stand_out_from_the_page_and_from_every_stop_of_the_field(theme: Theme):
    def contrast(a: str, b: str) -> float:
        high, low = sorted((XYZ[1] @ linear(c) + 0.05 for c in (a, b)), reverse=True)
        return high / low

    for role in ROLES:
        assert contrast(theme.roles[role], theme.paper) > 3  # WCAG 2.2, 1.4.11: graphical objects
        assert min(contrast(theme.roles[role], stop) for stop in theme.field) > 2
        assert min(contrast(colour, theme.paper) for colour in theme.numerals(role)) > 3
    assert contrast(theme.ink, theme.paper) > 7 and contrast(theme.muted, theme.paper) > 4.5


@THEMES
def test_without_any_colour_marks_hatches_and_names_still_tell_roles_apart(theme: Theme):
    """The hues of the dark theme are about equally light, so that colour must not carry the meaning alone."""
    assert len({SYMBOLS[role] for role in ROLES}) == len({HATCHES[role] for role in ROLES}) == len(ROLES)
    dots = [Points(role, role, "p") for role in ROLES]
    bars = [Bars(role, role, "h", ("a",)) for role in ROLES]
    lines = [Curve(role, role, "h", "h") for role in ROLES]
    shot = arrays(p=np.zeros((1, 2)), h=np.ones(1))
    marks = {trace.marker.symbol for trace in draw(view(*dots), shot, dark=theme is DARK).data}
    hatches = {trace.marker.pattern.shape for trace in draw(view(*bars), shot, dark=theme is DARK).data}
    named = [note.text for note in draw(view(*lines), shot, dark=theme is DARK).layout.annotations]
    assert len(marks) == len(hatches) == len(ROLES)
    assert [text.split()[-1] for text in named] == list(ROLES)


# The table


def test_csv_reads_back_to_the_same_numbers():
    shots = history(loss=[0.1 + 0.2, None, -1e-300], other=[1, nan, float("inf")])
    head, *rows = comma_separated.reader(io.StringIO(csv(shots), newline=""))
    assert head == ["step", "loss", "other"]
    assert [row[0] for row in rows] == ["0", "10", "20"]
    assert [row[1] and float(row[1]) for row in rows] == [0.1 + 0.2, "", -1e-300]
    assert [row[2] for row in rows] == ["1.0", "nan", "inf"]


def test_csv_has_a_column_for_every_scalar_that_ever_was():
    shots = [Snapshot(0, {"b": np.float32(0.5)}), Snapshot(1, {"a": 1.0, "step": 9.0})]
    assert csv(shots) == "step,b,a\r\n0,0.5,\r\n1,,1.0\r\n"
    assert csv(shots[0]) == "step,b\r\n0,0.5\r\n"


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@SUM(A1)", "\tx", "\rx", "\nx", 'say "hi", you'])
def test_csv_gives_a_spreadsheet_nothing_to_run(name: str):
    (head, row) = comma_separated.reader(io.StringIO(csv(Snapshot(3, {name: -2.0})), newline=""))
    assert head[1] == (name if name.startswith("say") else "'" + name)
    assert row == ["3", "-2.0"]


def test_only_drawing_needs_plotly():
    program = "import sys, playground.figures as f; f.csv([]); assert 'plotly' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])


def test_draw_gives_a_plotly_figure():
    assert isinstance(draw(view(), Snapshot(0, {})), go.Figure)


def test_a_soft_bound_gives_way_to_data_beyond_it():
    """Else a curve would leave the figure: hard bounds cut, soft ones move, and neither closes in."""
    ys = np.array([0.2, 1.6, 0.4])
    snapshot = Snapshot(0, {}, {"x": np.arange(3.0), "y": ys})

    def height(low: float, high: float, *, soft: bool) -> tuple[float, ...]:
        view = View("v", "V", "C.", (Curve("c", "generated", "x", "y"),), y=Axis("", low, high, soft=soft))
        return tuple(draw(view, snapshot).layout.yaxis.range)

    assert height(0, 1, soft=False) == (0, 1)
    low, high = height(0, 1, soft=True)
    assert low == 0 and 1.6 < high < 1.75
    assert height(0, 2, soft=True) == (0, 2)
