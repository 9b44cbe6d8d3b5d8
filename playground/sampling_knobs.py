"""The knobs of the sampling lab: which p, how it is estimated, and how many samples a step draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.core import Config, knob
from playground.data import line
from playground.data import plane as planes

SHARE = 2000  # a growing step draws one sample for so many that there are ...
# Until the learner draws:
SKYLINE = line.heights_to_text(np.repeat([0, 2, 5, 3, 8, 1, 0, 4, 6, 2, 7, 0], 4))
CLICKED = planes.points_to_text(np.array([[-1, 0.6], [-0.4, 0.9], [0.3, 0.7], [1, 0.5], [0.6, -0.3], [-0.5, -0.8]]))
CLICKED_LINE = line.numbers_to_text(np.array([-1.9, -1.6, -1.5, -1.2, -0.2, 0.4, 0.9, 1.0, 1.1, 1.5]))


@dataclass(frozen=True)
class SamplingConfig(Config):
    target: str = knob(
        "normal",
        "The density p on the line that the samples come from. Own is the one that you draw; own samples begins with"
        " yours, and then draws each anew with a little noise.",
        label="On the line",
        options=("normal", "uniform", "exponential", "two bumps", "own", "own samples"),
    )
    mu: float = knob(
        0.0,
        "The centre of the normal density.",
        label="Centre mu",
        low=-3,
        high=3,
        step=0.1,
        needs=("target", ("normal",)),
    )
    sigma: float = knob(
        1.0,
        "How broad the normal density is. The error of the mean grows with it. The picture follows it, so that the"
        " shares in the bins and the other errors stay as they are.",
        label="Spread sigma",
        low=0.1,
        high=3,
        step=0.1,
        needs=("target", ("normal",)),
    )
    plane: str = knob(
        "ring8",
        "The density in the plane. Own points begins with yours, and then draws from them, each as likely as the"
        " others.",
        label="In the plane",
        options=(*planes.TARGETS, "own points"),
    )
    bins: int = knob(
        32,
        "Bins of the histogram on the line. Few hide the shape; many hold few samples each, so each strays more.",
        label="Bins",
        low=4,
        high=256,
        log=True,
        live=True,
    )
    width: float = knob(
        1.0,
        "Width of the kernel, on the line and in the plane, in units of Silverman's rule. Wide kernels blur, narrow"
        " ones show the luck of the draw.",
        label="Kernel width",
        low=0.1,
        high=10,
        log=True,
        live=True,
    )
    growth: str = knob(
        "growing",
        f"Growing: a step draws one sample, and one more for every {SHARE} that there are, so that log n moves evenly."
        " Steady: always the same number.",
        label="Samples a step",
        options=("growing", "steady"),
        group="Samples",
    )
    per_step: int = knob(
        10,
        "How many samples a steady step draws.",
        label="Steady number",
        low=1,
        high=1000,
        log=True,
        live=True,
        needs=("growth", ("steady",)),
        group="Samples",
    )
    seed: int = knob(
        1,
        "Another seed, other samples of the same p.",
        label="Seed",
        low=0,
        high=9999,
        step=1,
        group="Samples",
    )
    own: str = knob(
        SKYLINE,
        "The density that you have drawn, a letter a column.",
        label="Your density",
        letters=line.ALPHABET,
        longest=line.BINS,
        hidden=True,
        needs=("target", ("own",)),
        group="Samples",
    )
    own_samples: str = knob(
        CLICKED_LINE,
        "The samples that you have clicked on the line, two letters each.",
        label="Your samples",
        letters=line.ALPHABET,
        longest=2 * line.MOST_SAMPLES,
        hidden=True,
        needs=("target", ("own samples",)),
        group="Samples",
    )
    own_points: str = knob(
        CLICKED,
        "The points that you have drawn, four letters a point.",
        label="Your points",
        letters=line.ALPHABET,
        longest=4 * planes.MOST_POINTS,
        hidden=True,
        needs=("plane", ("own points",)),
        group="Samples",
    )
