"""The further tabs of the GAN on digits, each by itself: what they say is what is computed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.data.digits import mnist
from playground.data.kept_digits import keep
from playground.figures.cells import cells
from playground.gan.per_pixel import STEPS, PerPixelConfig
from playground.runtime import registry
from playground.ui import digit_per_pixel
from playground.ui.cells.component import read
from playground.ui.digit_tabs import EXTRAS

TAB = """
import streamlit as st
from playground.ui.digit_tabs import EXTRAS

EXTRAS[st.session_state["tab"]](st.session_state["learners"])
"""


def opened(title: str, run: object = None) -> AppTest:
    app = AppTest.from_string(TAB, default_timeout=60)
    app.session_state["tab"], app.session_state["learners"] = title, run
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def test_squares_hold_their_numbers_and_zero_lies_halfway_where_some_are_negative():
    values = np.array([[0.0, -2.0], [1.0, 4.0]])
    shades, written = cells(values, dark=False, numbers=".0f").data
    np.testing.assert_array_equal(shades.z, values)
    assert (shades.zmin, shades.zmax) == (-4, 4)
    assert list(written.text) == ["0", "−2", "1", "4"]
    assert list(zip(written.x, written.y, strict=True)) == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert cells(abs(values), dark=True).data[0].zmin == 0


@pytest.mark.parametrize("title", ["Two pixels", "Convolution"])
def test_the_code_that_runs_is_shown(title):
    shown = " ".join(block.value for block in opened(title).code)
    assert ("def play(" if title == "Two pixels" else "def transposed(") in shown


# Two pixels


def ends(app: AppTest) -> list[float]:
    return [float(number) for number in re.findall(r"KL = (\d\.\d+)", words(app))]


def test_the_floor_is_named_and_only_one_game_gets_to_zero():
    app = opened("Two pixels")
    assert "**0.368 nats**" in words(app)
    alone, bent, unseen, whole = ends(app)
    assert alone == 0.368 and bent > 0.5 and unseen > 0.1 and whole == 0
    assert "give up the single pixels" in words(app)


def test_the_sliders_lead_through_correlations_and_steps():
    app = opened("Two pixels")
    app.slider(key="mnist-gan/two-pixels/correlation").set_value(0.4).run()
    assert "give up the single pixels" not in words(app)  # here D is content with the product
    app.slider(key="mnist-gan/two-pixels/correlation").set_value(0.0).run()
    assert "every game can be won" in words(app) and ends(app)[0] == ends(app)[3] == 0
    app.slider(key="mnist-gan/two-pixels/correlation").set_value(0.8)
    app.slider(key="mnist-gan/two-pixels/step").set_value(0).run()
    assert min(ends(app)) > 0.2  # nobody has learned anything yet


def test_another_beginning_leaves_the_pairs_elsewhere_where_nobody_asks_for_them():
    app = opened("Two pixels")
    before = ends(app)
    app.button(key="mnist-gan/two-pixels/again").click().run()
    assert ends(app)[0] == before[0] and ends(app)[3] == before[3] == 0
    assert abs(ends(app)[2] - before[2]) > 0.005


# Convolution


def test_the_painter_shows_both_sides_of_the_identity():
    app = opened("Convolution")
    for stride, padding, side in ((1, 1, 8), (2, 1, 4), (2, 0, 3), (1, 0, 6)):
        app.radio(key="mnist-gan/convolution/stride").set_value(stride)
        app.radio(key="mnist-gan/convolution/padding").set_value(padding).run()
        assert not app.exception
        said = words(app)
        assert f"**y = conv x** ({side} x {side})" in said and "are not** (8 x 8)" in said
        assert "Transposed is not inverse" in said
        left, right, apart = re.findall(r"\| ([−\d.]+) \| ([−\d.]+) \| (\S+) \|", said)[-1]
        assert left == right and float(apart) <= 1e-10


def test_a_kernel_is_taken_from_the_list():
    app = opened("Convolution")
    app.selectbox(key="mnist-gan/convolution/kernel").set_value("upright edges").run()
    np.testing.assert_array_equal(app.session_state["mnist-gan/convolution/k/values"], [[-1, 0, 1]] * 3)


def test_the_painter_says_what_comes_back():
    app = opened("Convolution")
    key = "mnist-gan/convolution"
    app.selectbox(key=f"{key}/kernel").set_value("only the middle").run()
    assert "the values are, too**" in words(app) and "**0**. Here transposed is inverse, for every x" in words(app)
    app.radio(key=f"{key}/padding").set_value(0).run()  # the border is not seen, and the 7 has no ink there
    assert "the values are, too**" in words(app) and "That is luck with this x" in words(app)
    corner = np.zeros((8, 8), int)
    corner[0, 0] = 1
    app.session_state[f"{key}/x/values"] = corner
    app.run()
    assert "the values are not**" in words(app) and "differs from x by up to **1**" in words(app)


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"values": [[0, 1]]},
        {"n": True, "values": [[0, 1]]},
        {"n": 1, "values": [[0, 1], [0, 1]]},
        {"n": 1, "values": [[0, 2]]},
        {"n": 1, "values": [[0, True]]},
        {"n": 1, "values": [[0, "1"]]},
        {"n": 1, "values": "01"},
    ],
)
def test_nothing_but_a_sheet_is_taken_for_one(message):
    assert read(message, (1, 2), (0, 1)) is None
    np.testing.assert_array_equal(read({"n": 1, "values": [[0, 1]]}, (1, 2), (0, 1)), [[0, 1]])


# One GAN per pixel


class StillTrainer:
    """Generates shuffled pixels, so that all numbers of the table are known."""

    def __init__(self) -> None:
        self.images = PerPixelConfig(classes="01", count=2000).images().numpy()

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).permuted(self.images[:n] / 255, axis=0)


@pytest.fixture
def learners() -> Iterator[SimpleNamespace]:
    config = SimpleNamespace(seed=3, classes="01", count=2000, own="")
    yield SimpleNamespace(config=config, trainer=StillTrainer(), step=7)
    for run in tuple(registry()._runs.values()):
        if run.lab is digit_per_pixel.TRAINED:
            registry()._discard(run)


def until(app: AppTest, done: str) -> AppTest:
    end = time.monotonic() + 90
    while True:
        app.run()
        assert not app.exception
        if done in words(app):
            return app
        assert time.monotonic() < end, words(app)
        time.sleep(0.3)


def test_the_small_gans_train_stop_go_on_and_begin_again(learners, monkeypatch):
    app = opened("One GAN per pixel", learners)
    app.button(key="mnist-gan/per-pixel/begin").click().run()
    until(app, "More numbers follow")
    app.button(key="mnist-gan/per-pixel/stop").click().run()
    run = registry().find(app.session_state["mnist-gan/per-pixel/run"])
    assert run is not None and run.config == PerPixelConfig(seed=3, classes="01", count=2000)
    until(app, "small GANs | ")
    assert run.state == "paused" and 0 < run.step < STEPS and "have not finished" in words(app)

    goal = run.step + 10
    monkeypatch.setattr(digit_per_pixel, "STEPS", goal)
    app.button(key="mnist-gan/per-pixel/on").click().run()
    until(app, "small GANs | ")
    assert run.state == "paused" and run.step >= goal

    monkeypatch.setattr(digit_per_pixel, "STEPS", STEPS)
    app.button(key="mnist-gan/per-pixel/again").click().run()
    until(app, "More numbers follow")
    again = registry().find(app.session_state["mnist-gan/per-pixel/run"])
    assert again is not None and again is not run and run.closed and again.state == "running"


def test_other_digits_on_the_page_are_noticed(learners, monkeypatch):
    monkeypatch.setattr(digit_per_pixel, "STEPS", 5)
    app = opened("One GAN per pixel", learners)
    app.button(key="mnist-gan/per-pixel/begin").click().run()
    until(app, "small GANs | ")
    assert not app.info
    learners.config.classes = "7"
    app.run()
    assert "other digits" in app.info[0].value


def test_forgotten_images_are_a_sentence(learners):
    learners.config.own = "0" * 16
    app = opened("One GAN per pixel", learners)
    app.button(key="mnist-gan/per-pixel/begin").click().run()
    assert not app.exception and "no longer kept" in app.warning[0].value


@pytest.mark.parametrize("n", [1, 10, 16, 20])
def test_a_sheet_is_filled_with_paper(n):
    images = np.random.default_rng(0).random((n, 784)).round()
    picture = digit_per_pixel.sheet(images, 5, "#ffffff", "#000000")
    rows = -(-n // 5)
    assert picture.shape == (28 * rows, 28 * 5, 3)
    squares = picture[..., 0].reshape(rows, 28, 5, 28).swapaxes(1, 2).reshape(-1, 784)
    np.testing.assert_array_equal(squares[:n], 255 - 255 * images)
    assert (squares[n:] == 255).all()


def test_a_few_images_of_ones_own_are_learned_and_called_so(learners, monkeypatch):
    monkeypatch.setattr(digit_per_pixel, "STEPS", 5)
    learners.config.own = keep(mnist().test_x[:12].numpy())  # fewer than are shown, and no whole row
    app = opened("One GAN per pixel", learners)
    app.button(key="mnist-gan/per-pixel/begin").click().run()
    until(app, "small GANs | ")
    assert "| your own images, trained on |" in words(app) and "never trained on" not in words(app)


@pytest.mark.long
def test_every_pixel_is_learned_and_no_digit(learners):
    app = opened("One GAN per pixel", learners)
    app.button(key="mnist-gan/per-pixel/begin").click().run()
    until(app, "small GANs | ")
    rows = re.findall(r"\| ([^|]+) \| (\d\.\d+) \| (−?-?\d\.\d+) \| (\d+) \|", words(app))
    table = {name: (float(off), float(together), float(far)) for name, off, together, far in rows}
    real, mine = table["real, never trained on"], table["784 small GANs"]
    assert mine[0] < 0.02 and abs(mine[1]) < 0.02 and real[1] > 0.5
    assert mine[2] > 100 > 20 > real[2]
    assert "every pixel and no neighbour" in words(app)
    assert registry().find(app.session_state["mnist-gan/per-pixel/run"]).step >= STEPS


def test_every_tab_has_its_title():
    assert set(EXTRAS) == {"Two pixels", "One GAN per pixel", "Convolution"}
