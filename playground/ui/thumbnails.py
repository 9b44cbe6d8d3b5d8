"""Small pictures of the labs: one recorded frame for each of the first presets, drawn by the live canvas.

`python -m playground.ui.thumbnails` trains them and writes the frames anew.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from playground.core import Lab
from playground.labs import LABS
from playground.runtime.frames import decode, encode

FOLDER = Path(__file__).parent / "thumbnails"
PRESETS = 3  # of each lab: a row of the home page


def presets(lab: Lab) -> list[str]:
    return list(lab.presets)[:PRESETS]


def path(lab: Lab, preset: str) -> Path:
    return FOLDER / lab.slug / (re.sub(r"[^a-z0-9]+", "-", preset.lower()).strip("-") + ".frame")


@cache
def frame(slug: str, preset: str) -> bytes:
    return path(LABS[slug], preset).read_bytes()


def record(lab: Lab, preset: str) -> bytes:
    """Train a preset and keep what its thumbnail shows."""
    from playground.runtime.limits import Limits
    from playground.runtime.run import Run

    run = Run(lab, lab.presets[preset], Limits(fps=0.001))
    run.post("speed", None)
    run.post("speed", None)  # whatever the lab's own pace
    run.post("play")
    while run.step < lab.thumbnail_steps:
        run.touched = float("inf")
        run.advance(0.0, lambda: False)
    run.draw()
    header, arrays = decode(run.frame)
    wanted = lab.thumbnail.names() | {f"history/{name}" for name in ("step", *lab.thumbnail.followed())}
    said = {name: value for name, value in header["scalars"].items() if name in lab.thumbnail.scalars()}
    kept = {"v": header["v"], "step": header["step"], "state": "paused", "scalars": said}
    return encode(kept, {name: array for name, array in arrays.items() if name in wanted})


def main() -> None:
    for lab in LABS.values():
        for preset in presets(lab):
            file = path(lab, preset)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(record(lab, preset))
            print(f"{file.relative_to(FOLDER)}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
