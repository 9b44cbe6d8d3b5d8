"""The parts of one iteration as slow motion shows them: what has happened, its equation, and the line that did it.

The numbers of the equations are those of `playground.diffusion`.
"""

from __future__ import annotations

from functools import cache

from playground.core import Phase

ASKED = {"epsilon": "\u03b5", "x0": "x\u2080", "v": "v"}
NAMES = {"epsilon": "the noise", "x0": "the point without its noise", "v": "v, the speed along the path"}
PATHS = {
    "diffusion": "x_t = \u221a\u1fb1_t x\u2080 + \u221a(1 \u2212 \u1fb1_t) \u03b5",
    "flow": "x_t = (1 \u2212 t/T) x\u2080 + (t/T) \u03b5",
}

DRAWN = Phase(
    "draw t and noise",
    "",
    "Each of the batch gets a time of its own, spread evenly over the whole path, and fresh noise.",
    equation="t = 1 + \u230aT (i + u) / B\u230b,  \u03b5 normal",
    code="t, e = self.draw(x0)",
)
MOVED = Phase(
    "update",
    "",
    "The network has moved a little down, and the mean of all networks so far a little with it.",
    equation="\u03b8 \u2190 \u03b8 \u2212 lr \u00b7 step(\u2207L)",
    code="self.optimiser.step(c.lr * decayed(c.decay, self.step_count, c.horizon), MOMENTUM, SIZES)",
)


@cache
def noised(model: str) -> Phase:
    """(2)."""
    return Phase(
        "noise the data",
        "",
        "Data and noise are mixed, as much of each as the time says.",
        equation=PATHS[model],
        code="x = level.a * x0 + level.s * e",
    )


@cache
def predicted(prediction: str) -> Phase:
    """(3)."""
    return Phase(
        "predict",
        "",
        f"The network sees the mixture and the time, and says what it takes to be {NAMES[prediction]}.",
        equation=f"{ASKED[prediction]}\u0302 = f(x_t, t)",
        code="said = self.network.forward(self.see(x, t))",
    )


@cache
def learned(prediction: str, weighting: str) -> Phase:
    """The gradient of (4)."""
    y = ASKED[prediction]
    weight = "" if weighting == "simple" else "w_t "
    return Phase(
        "gradient",
        "",
        "Each weight learns how the squared error changes with it. The best answer is a mean, and even that errs.",
        equation=f"L = mean {weight}|{y}\u0302 \u2212 {y}|\u00b2",
        code="self.network.backward(slope(gap, self.weights[t]))",
    )
