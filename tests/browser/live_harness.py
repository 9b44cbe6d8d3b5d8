"""The live canvas by itself: a page that mounts it, and frames as a coin lab would send them.

Run it to look at the canvas without a server behind it: `PYTHONPATH=. python tests/browser/live_harness.py pictures/`.
"""

from __future__ import annotations

import base64
import functools
import http.server
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from driver import FLAGS
from find_browser import find
from playwright.sync_api import sync_playwright

from playground.core import (
    Arrows,
    Axis,
    Band,
    Bars,
    Contour,
    Curve,
    Digits,
    Field,
    Histogram,
    Mesh,
    Points,
    Rule,
    Series,
    Trail,
    View,
)
from playground.runtime.frames import encode

HERE = Path(__file__).parent
LIVE = HERE.parents[1] / "playground" / "ui" / "live"
PROBABILITY = 0.3

COIN = (
    View(
        "coin",
        "How often does each coin show heads?",
        "The generated share should end inside the grey band around the true coin.",
        (
            Band("chance in 1024 tosses", "noise", "band_low", "band_high"),
            Bars("true coin", "theory", "true", ("heads",)),
            Bars("1024 tosses", "real", "real", ("heads",)),
            Bars("generated", "generated", "made", ("heads",)),
        ),
        y=Axis("share of heads", 0, 1),
        column="world",
    ),
    View(
        "G",
        "What G makes of z",
        "Where the curve lies above one half, G tosses heads.",
        (Rule("threshold", "theory", 0.5), Curve("G(z)", "generated", "z", "g")),
        x=Axis("z", -3, 3),
        y=Axis("", 0, 1),
        column="world",
        wide=False,
    ),
    View(
        "D",
        "What D believes",
        "D(x) is D's belief that x is real; at the equilibrium it is one half.",
        (
            Curve("D*", "theory", "x", "best", dashed=True),
            Curve("D(x)", "discriminator", "x", "d"),
            Points("D(0), D(1)", "discriminator", "ends"),
        ),
        x=Axis("x", 0, 1),
        y=Axis("", 0, 1),
        column="world",
        wide=False,
    ),
    View(
        "losses",
        "Losses",
        "At the equilibrium D's loss is 2 ln 2 and G's is ln 2.",
        (
            Rule("2 ln 2", "theory", 2 * math.log(2)),
            Rule("ln 2", "theory", math.log(2)),
            Series("D", "discriminator", "d_loss"),
            Series("G", "generated", "g_loss"),
        ),
        x=Axis("step"),
    ),
    View(
        "gap",
        "How far is the generated coin off?",
        "Below the band, the difference is no more than chance.",
        (Band("noise floor", "noise", 0.0, 0.03), Series("gap", "generated", "gap")),
        x=Axis("step"),
        y=Axis("", 0, None),
    ),
    View(
        "phase",
        "The two players",
        "A spiral inwards is convergence.",
        (
            Rule("p", "theory", PROBABILITY, "x"),
            Rule("undecided", "theory", 0.0),
            Trail("run", "discriminator", "p_g", "lean"),
        ),
        x=Axis("P_G(heads)"),
        y=Axis("D(1) \u2212 D(0)"),
    ),
)

PLANE = (
    View(
        "plane",
        "Real and generated points",
        "The diamonds should cover the circles.",
        (
            Field("D: generated \u2026 real", "discriminator", "field", (-3.0, 3.0, -3.0, 3.0)),
            Mesh("G's map of z", "generated", "mesh"),
            Points("real", "real", "x"),
            Points("generated", "generated", "fake"),
            Arrows("where D pushes", "generated", "fake", "push"),
        ),
        x=Axis("x\u2081", -3, 3),
        y=Axis("x\u2082", -3, 3),
        column="world",
        equal=True,
    ),
    View("digits", "Digits that G draws", "Each image is one sample.", (Digits("samples", "generated", "digits", 8),)),
    View(
        "histogram",
        "Which digits appear?",
        "All ten should be equally frequent.",
        (
            Bars("real", "real", "share", tuple("0123456789")),
            Bars("generated", "generated", "share_made", tuple("0123456789")),
        ),
        y=Axis("share", 0, None),
    ),
)

SQUARE = (-3.0, 3.0, -3.0, 3.0)
FIGHT = (
    View(
        "fight",
        "Can G cover the ring?",
        "Watch whether the diamonds spread over all eight blobs, or huddle on a few of them.",
        (
            Field("D\u2019s belief", "discriminator", "field", SQUARE),
            Mesh("G\u2019s grid", "generated", "mesh", "shade", off=True),
            Contour("density", "theory", "density", SQUARE, (0.05, 0.2, 0.5)),
            Points("real", "real", "x"),
            Points("generated", "generated", "fake"),
            Points("minibatch", "real", "batch", hollow=True),
            Contour("D = \u00bd", "discriminator", "field", SQUARE, (0.5,)),
            Arrows("gradient", "generated", "at", "by", "stretch"),
        ),
        x=Axis("x\u2081", -3, 3),
        y=Axis("x\u2082", -3, 3),
        column="world",
        equal=True,
        switches=True,
    ),
    View(
        "share",
        "How x\u2081 is distributed",
        "Both heaps should have the outline of the dashed curve.",
        (
            Histogram("real", "real", "edges", "real_share"),
            Histogram("generated", "generated", "edges", "made_share"),
            Curve("density", "theory", "line", "line_density"),
        ),
        x=Axis("x\u2081", -3, 3),
        y=Axis("", 0, None),
    ),
    View(
        "losses",
        "Losses",
        "At the equilibrium D's loss is 2 ln 2 and G's is ln 2.",
        (
            Rule("2 ln 2", "theory", 2 * math.log(2)),
            Series("D", "discriminator", "d_loss"),
            Series("G", "generated", "g_loss"),
        ),
        x=Axis("step"),
    ),
)
PHASE = {
    "name": "D update", "player": "D", "index": 2, "of": 6,
    "layers": ["D\u2019s belief", "D = \u00bd", "minibatch", "D"],
    "says": "D has moved one step up its gradient, on the 128 points of this minibatch that are ringed.",
    "equation": "\u2207\u03b8  1/m \u2211\u1d62 [log D(x\u1d62) + log(1 \u2212 D(G(z\u1d62)))]",
    "code": "loss = d_loss(D(x), D(fake))\nopt_d.step(loss.backward())",
}  # fmt: skip
CHALLENGE = {
    "name": "All eight", "goal": "Cover 8 of 8 modes within 2000 steps.", "state": "open",
    "says": "5 of 8 so far, at step 640.",
}  # fmt: skip


def declarations(views: tuple[View, ...]) -> list[dict[str, Any]]:
    return [view.declaration() for view in views]


def coin_frame(step: int = 1240, rows: int = 300, **header: Any) -> bytes:
    """A coin GAN that spirals towards its equilibrium."""
    rows = min(rows, step + 1)
    steps = np.linspace(0, step, rows).round() if rows else np.zeros(0)
    rng = np.random.default_rng(3)
    fade, turn = np.exp(-steps / 420), steps / 95
    noise = rng.normal(size=(3, rows)) * 0.02
    history = {
        "p_g": PROBABILITY + 0.4 * fade * np.cos(turn) + noise[0] * 0.3,
        "lean": 0.5 * fade * np.sin(turn) + noise[1] * 0.4,
        "d_loss": 2 * math.log(2) - 0.45 * fade * (1 + np.cos(turn)) / 2 + noise[1],
        "g_loss": math.log(2) + 0.8 * fade * (1 + np.sin(turn)) / 2 + noise[2],
    }
    history["gap"] = np.abs(history["p_g"] - PROBABILITY)
    scalars = {name: float(column[-1]) for name, column in history.items()} if rows else {}
    made = scalars.get("p_g", 0.62)
    edge = 2 * math.sqrt(PROBABILITY * (1 - PROBABILITY) / 1024)
    x, z = np.linspace(0, 1, 129), np.linspace(-3, 3, 129)
    slope = scalars.get("lean", 0.3)
    arrays: dict[str, np.ndarray] = {
        "true": np.array([PROBABILITY]),
        "real": np.array([0.296]),
        "made": np.array([made]),
        "z": z,
        "g": 1 / (1 + np.exp(-4 * (z - 0.52))),
        "x": x,
        "d": 0.5 + slope * (x - 0.5),
        "best": PROBABILITY / (PROBABILITY + made) * x + (1 - PROBABILITY) / (2 - PROBABILITY - made) * (1 - x),
        "ends": np.array([[0, 0.5 - slope / 2], [1, 0.5 + slope / 2]]),
        "history/step": steps,
        **{f"history/{name}": column for name, column in history.items()},
    }
    words = {
        "v": 1, "step": step, "state": "paused", "rate": 830.2, "speed": None, "slow": False, "phase": None,
        "sentence": {
            "text": "D can no longer tell real tosses from generated ones (D = .49 and .51): this is the equilibrium.",
            "tone": "good",
        },
        "notice": None,
        "scalars": {**scalars, "band_low": PROBABILITY - edge, "band_high": PROBABILITY + edge},
        "marks": [{"step": 300, "text": "Learning rate of G: .001 to .003"}],
        "rewinds": list(range(0, step, 50)),
    }  # fmt: skip
    return encode({**words, **header}, arrays)


def plane_frame(step: int = 60, **header: Any) -> bytes:
    """Two moving clouds, a field, a lattice, digits and a histogram."""
    rng = np.random.default_rng(step)
    angles = rng.uniform(0, 2 * math.pi, 500)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * 1.9 + rng.normal(size=(500, 2)) * 0.12
    fake = rng.normal(size=(300, 2)) * [0.9, 0.5] + [0.4, -0.2]
    u, v = np.meshgrid(np.linspace(-3, 3, 30), np.linspace(-3, 3, 30))
    r = np.hypot(u, v)
    a, b = np.meshgrid(np.linspace(-1.5, 1.5, 13), np.linspace(-1.5, 1.5, 13))
    push = 0.35 * fake / (0.2 + np.hypot(*fake.T))[:, None]
    push[40:] = 0  # arrows on a few points only
    p, q = np.meshgrid(np.linspace(-1, 1, 28), np.linspace(-1, 1, 28))
    digits = np.stack([np.exp(-(((np.hypot(p * (1 + k % 3 / 2), q) - 0.5) / 0.13) ** 2)) for k in range(32)])
    arrays = {
        "field": np.exp(-((r - 1.9) ** 2)), "x": ring, "fake": fake, "push": push,
        "mesh": np.stack([a + 0.3 * np.sin(2 * b), b * 0.7 + 0.3 * np.cos(a)], -1),
        "digits": (digits * 255).astype(np.uint8),
        "share": np.full(10, 0.1) + rng.normal(size=10) * 0.004, "share_made": rng.dirichlet(np.full(10, 4.0)),
    }  # fmt: skip
    words = {
        "v": 1, "step": step, "state": "running", "rate": 96.4, "speed": 100, "slow": False, "phase": None,
        "sentence": {"text": "G covers the middle of the ring, D has noticed.", "tone": "calm"}, "notice": None,
        "scalars": {}, "marks": [], "rewinds": [0, 50],
    }  # fmt: skip
    return encode({**words, **header}, arrays)


def fight_frame(step: int = 640, **header: Any) -> bytes:
    """A ring of eight blobs, half covered: as many things as a lab ever shows in one panel."""
    rng = np.random.default_rng(step)
    corners = np.arange(8) * math.pi / 4
    centres = 2 * np.stack([np.cos(corners), np.sin(corners)], 1)
    ring = centres[rng.integers(0, 8, 500)] + rng.normal(size=(500, 2)) * 0.14
    fake = centres[rng.integers(0, 5, 500)] * 0.93 + rng.normal(size=(500, 2)) * 0.2
    u, v = np.meshgrid((np.arange(50) + 0.5) * 0.12 - 3, (np.arange(50) + 0.5) * 0.12 - 3)
    far = (u[..., None] - centres[:, 0]) ** 2 + (v[..., None] - centres[:, 1]) ** 2
    near = np.exp(-far / (2 * 0.2**2)).sum(-1)
    a, b = np.meshgrid(np.linspace(-1, 1, 24), np.linspace(-1, 1, 24))
    pull = centres[6] - fake[:200]
    angle, radius = math.pi * (a + 0.2 * b), 1.1 + 0.9 * b
    mesh = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    edges, line = np.linspace(-3, 3, 41), np.linspace(-3, 3, 241)
    blobs = [np.exp(-((line - x) ** 2) / (2 * 0.14**2)) / (0.14 * math.sqrt(2 * math.pi)) for x in centres[:, 0]]
    steps = np.arange(0, step + 1, 8)
    fade = np.exp(-steps / 300)
    arrays = {
        "x": ring, "fake": fake, "batch": ring[:64], "mesh": mesh, "density": near,
        "field": 1 / (1 + np.exp(-(2.5 * near + u - 0.4 * v - 1))),
        "shade": np.abs(np.cos(math.pi * b[1:, 1:] / 2)) ** 2,
        "at": fake[:200], "by": 0.006 * pull / np.hypot(*pull.T)[:, None],
        "edges": edges, "real_share": np.histogram(ring[:, 0], edges, density=True)[0],
        "made_share": np.histogram(fake[:, 0], edges, density=True)[0],
        "line": line, "line_density": np.mean(blobs, 0), "history/step": steps,
        "history/d_loss": 1.38 - 0.5 * fade, "history/g_loss": 0.7 + 0.9 * fade,
    }  # fmt: skip
    words = {
        "v": 1, "step": step, "state": "paused", "rate": 420.0, "speed": None, "slow": False, "phase": None,
        "sentence": {"text": "G covers five of the eight blobs; D sees through the other three.", "tone": "calm"},
        "notice": None, "challenge": None, "scalars": {"stretch": 60.0, "d_loss": 1.31, "g_loss": 0.83},
        "marks": [], "rewinds": list(range(0, step, 50)),
    }  # fmt: skip
    return encode({**words, **header}, arrays)


def data_for(views: tuple[View, ...], frame: bytes | None = None, **more: Any) -> dict[str, Any]:
    """What the page would hand to the component."""
    data: dict[str, Any] = {
        "token": "run-1", "views": declarations(views), "fps": 15, "players": ["D", "G"],
        "polling": frame is not None, "still": False,
    }  # fmt: skip
    if frame is not None:
        data["frame"] = base64.b64encode(frame).decode()
    return {**data, **more}


class _Files(http.server.SimpleHTTPRequestHandler):
    """The harness at /, the modules of the canvas at /live/."""

    extensions_map: Mapping[str, str] = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

    def translate_path(self, path: str) -> str:
        folder, name = (LIVE, path[6:]) if path.startswith("/live/") else (HERE, path[1:])
        return str(folder / Path(name.partition("?")[0]).name)

    def log_message(self, *_: Any) -> None:
        """Silence: a test's output is its own."""


@contextmanager
def served() -> Iterator[str]:
    """The address of the harness page while the context lasts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/live_harness.html"
    finally:
        server.shutdown()
        server.server_close()


def take_pictures(folder: Path) -> None:
    """Screenshots of both view sets: wide and narrow, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = {
        "coin": data_for(COIN, coin_frame()),
        "plane": data_for(PLANE, plane_frame()),
        "fight": data_for(FIGHT, fight_frame(challenge=CHALLENGE)),
        "slow": data_for(FIGHT, fight_frame(slow=True, phase=PHASE, challenge={**CHALLENGE, "state": "met"})),
    }
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=[*FLAGS])
        for theme in ("light", "dark"):
            for width in (1110, 700, 360):
                page = browser.new_page(viewport={"width": width + 32, "height": 720})
                page.goto(f"{address}?theme={theme}")
                page.wait_for_function("window.ready")
                for name, data in sets.items():
                    page.evaluate("async data => { live.restart(); live.mount(data); await live.painted() }", data)
                    page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    import sys

    take_pictures(Path(sys.argv[1]))
