"""Sampling and density: what n samples know of the p that they come from.

A known p is sampled, on the line and in the plane. From the samples alone three estimates grow:

    histogram        p_hat(x) = c_k / (n w_k)   for x in bin k of width w_k with c_k samples        (1)
    kernel density   p_h(x) = 1/n sum_i phi((x - x_i) / h) / h                                      (2)
    mean             m = 1/n sum_i x_i                                                              (3)

and the first two in the plane as well, where w_k is an area and the kernel round.

As p is known, so is every error. The distance of the counts from their probabilities p_k is the total variation

    TV = 1/2 sum_k |c_k / n - p_k|                                                                  (4)

and its expectation is known exactly (`playground.counting`): it falls as n^-1/2, on the line as in the plane. The
distance of a density q from p is

    TV = 1/2 integral |q(x) - p(x)| dx                                                              (5)

and for (1) and (2) it has two parts. One is luck. The other is what the estimate would do to p itself: bins make it
flat between their edges, and a bump of width h blurs it. More samples do not mend that; more bins or a smaller h do.
The mean strays from that of p by sigma / sqrt(n), root mean square, for every p that has a standard deviation sigma.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.core import (
    Axis,
    Contour,
    Curve,
    Diagnosis,
    Histogram,
    History,
    Lab,
    Mesh,
    Points,
    Preset,
    Rule,
    View,
)
from playground.counting import blur, expected_variation, silverman, silverman_plane
from playground.estimates import Cells, apart, gathered, smeared
from playground.quadrature import OUTER
from playground.sampler import HALF, LAW_TO, SHOWN, SIDE, START, SamplingTrainer, plain
from playground.sampling_knobs import SamplingConfig
from playground.theory import total_variation

EXTENT = (-HALF, HALF, -HALF, HALF)
SAMPLES = Axis("samples n", START, LAW_TO, log=True, soft=True)

LINE = View(
    "line",
    "On the line",
    "The histogram and the kernel density of all samples so far, and the density p that they come from. The dots on the"
    " axis are the newest samples.",
    (
        Histogram("histogram", "real", "edges", "histogram"),
        Curve("p", "theory", "x", "p", dashed=True),
        Curve("kernel density", "generated", "x", "kernel density"),
        Points("newest", "real", "newest"),
    ),
    y=Axis("density", 0),
    column="world",
)

VIEWS = (
    LINE,
    View(
        "plane",
        "In the plane",
        f"A histogram of {SIDE} x {SIDE} bins, darker where more samples are, under the first {SHOWN} samples. Nine"
        " tenths of the exact mass lie inside the dashed line, nine tenths of the kernel density's inside the other.",
        (
            Mesh("histogram", "real", "lattice", "shade"),
            Points("samples", "real", "points"),
            Points("newest", "real", "newest points", hollow=True, off=True),
            Contour("p", "theory", "mass lines", EXTENT, (OUTER,)),
            Contour("kernel density", "generated", "kernel lines", EXTENT, (OUTER,)),
        ),
        x=Axis("", -HALF, HALF),
        y=Axis("", -HALF, HALF),
        column="world",
        equal=True,
        switches=True,
    ),
    View(
        "counts",
        "Counts: how far from their probabilities",
        "The total variation between the shares in the bins and the probabilities of the bins, on the line and in the"
        " plane. Dashed: its exact expectation. Ten times less error takes a hundred times as many samples.",
        (
            Curve("plane, expected", "theory", "law/n", "law/plane", dashed=True),
            Curve("line, expected", "theory", "law/n", "law/counts", dashed=True),
            Curve("plane", "encoder", "course/n", "course/plane"),
            Curve("line", "real", "course/n", "course/counts"),
        ),
        x=SAMPLES,
        y=Axis("total variation", 5e-4, 1, log=True, soft=True),
    ),
    View(
        "densities",
        "Densities: how far from p",
        "The total variation between the drawn densities and p: histogram and kernel density on the line, and the"
        " kernel density in the plane. Dashed, for the line: the part that is not luck, because p itself is made flat"
        " by the bins, and blurred by the kernel.",
        (
            Curve("bins alone", "theory", "law/n", "law/flat", dashed=True),
            Curve("blur alone", "theory", "law/n", "law/blur", dashed=True),
            Curve("plane", "encoder", "course/n", "course/plane_kernel"),
            Curve("histogram", "real", "course/n", "course/histogram"),
            Curve("kernel", "generated", "course/n", "course/kernel"),
        ),
        x=SAMPLES,
        y=Axis("total variation", 5e-4, 1, log=True, soft=True),
    ),
    View(
        "mean",
        "The mean of the samples",
        "At any one n, about 95 of 100 runs have their mean between the dashed edges, 1.96 sigma / sqrt(n) to either"
        " side of the mean of p.",
        (
            Curve("upper edge", "theory", "law/n", "law/mean high", dashed=True),
            Curve("lower edge", "theory", "law/n", "law/mean low", dashed=True),
            Rule("mean of p", "theory", "mean_of_p"),
            Curve("mean", "real", "course/n", "course/mean"),
        ),
        x=SAMPLES,
        y=Axis("mean"),
    ),
)

THUMBNAIL = View(
    "thumbnail",
    "The line after 2000 steps",
    "histogram and kernel density of the samples; dashed: the density p that they come from.",
    LINE.layers[:3],
    y=Axis("", 0),
)


def diagnose(trainer: SamplingTrainer, now: Mapping[str, float], history: History) -> Diagnosis:
    """One sentence on how well p is known by now."""
    if trainer.unread:
        return Diagnosis(f"What was drawn could not be read, and an example is shown instead. {trainer.unread}", "warn")
    n, bins = plain(trainer.n), trainer.config.bins
    if trainer.step_count == 0 and len(trainer.given()[0]) == trainer.n:
        return Diagnosis(
            f"These are your {n} samples. The bumps of the kernel density are {now['kernel_width']:.2g} wide: turn"
            " kernel width and bins, and see how much of the picture is theirs. Play draws more from p, which is one of"
            " your samples, picked at random, with a little noise."
        )
    if trainer.step_count == 0:
        return Diagnosis(
            f"There are {n} samples, and p hardly shows through: the kernel density is {now['kernel_error']:.2f} away"
            f" from it, the histogram {now['histogram_error']:.2f}. Press Play and watch both come nearer."
        )
    error, blurred = now["kernel_error"], now["kernel_blur"]
    if blurred > MOSTLY * error and error > now["histogram_error"]:
        return Diagnosis(
            f"After {n} samples the kernel density is {error:.3f} away from p and further than the histogram, with"
            f" {now['histogram_error']:.3f}: its bumps of width {now['kernel_width']:.2g} blur p, which alone makes"
            f" {blurred:.3f}.",
            "warn",
        )
    return Diagnosis(
        f"After {n} samples the shares in the {bins} bins are off by {now['counts_error']:.2g}; luck makes"
        f" {now['counts_expected']:.2g} on average. The kernel density is {error:.2g} away from p, the histogram"
        f" {now['histogram_error']:.2g}. The mean is {now['mean_error']:.2g} off.",
        "good" if error < NEAR else "calm",
    )


MOSTLY = 0.75  # of an error: then the rest does not matter
NEAR = 0.02  # a total variation that the eye does not see

SETTINGS = {
    "Normal": Preset(
        SamplingConfig(),
        "The plainest case. The counts follow their dashed law. The kernel density trusts p to be smooth, and so is"
        " nearer to p than the histogram, which never gets below what its bins alone cost.",
    ),
    "Kernel too wide": Preset(
        SamplingConfig(target="two bumps", plane="moons", width=5.0),
        "Bumps five times as wide as the rule says fill the valley between two peaks. The error of the kernel density"
        " is all blur and no luck, from ten samples on. Turn the kernel width while it runs.",
    ),
    "Many bins": Preset(
        SamplingConfig(bins=256, plane="grid25", seed=3),
        "Eight times as many bins share the same samples: luck costs almost three times as much, the bins themselves"
        " eight times less. That begins to pay at some 30 000 samples.",
    ),
    "Sharp edges": Preset(
        SamplingConfig(target="uniform", plane="checkerboard", bins=26, seed=4),
        "At an edge of p the kernel puts mass where p has none. The kernel density begins ahead of the histogram, whose"
        " bins happen to end at the edges, and is overtaken by it.",
    ),
    "A steady stream": Preset(
        SamplingConfig(target="exponential", plane="diagonal", growth="steady", seed=5),
        "Ten samples a step, always. The first hundred steps teach most; every further halving of the luck takes four"
        " times as many samples, so that progress seems to stop.",
    ),
    "A skyline of your own": Preset(
        SamplingConfig(target="own", plane="spiral", seed=6),
        "Any density can be sampled, also one that somebody has drawn. The kernel density rounds every roof, and needs"
        " far more samples than for one smooth hill.",
    ),
}

LESSON = r"""
**Question.** You may draw as many samples of $p$ as you like, but $p$ itself you do not get. How well can you know it?

**Watch** the histogram and the kernel density close in on the dashed $p$, and on the right how fast. On these axes,
both logarithmic, a power of $n$ is a straight line: $n^{-1/2}$ falls by ten while $n$ grows by a hundred.

**Why.** Bin $k$ gets each sample with probability $p_k$, so its count is binomial and its share strays by about
$\sqrt{p_k(1-p_k)/n}$. Summed over the bins,

$$\mathbb{E}\,\tfrac12\sum_k\Bigl|\tfrac{c_k}{n}-p_k\Bigr|\approx\tfrac12\sum_k\sqrt{\tfrac{2\,p_k(1-p_k)}{\pi n}},$$

the dashed line (there the exact sum). The exponent $-\tfrac12$ is the same for every $p$, on the line and in the plane.
The factor is not: it grows like the root of the number of bins, and each dimension multiplies that number. What $p$
does inside a bin, a histogram never learns: *bins alone*.

The kernel density has no bins, but it blurs: its average is $p$ convolved with the kernel. A width $h\propto n^{-1/5}$
balances blur and luck for smooth $p$, and the error falls about as $n^{-2/5}$, from a lower start. At an edge of $p$
the blur alone falls only as $h$ does. In the plane luck is dearer, so the rule shrinks $h$ more slowly still, as
$n^{-1/6}$, and what is thinner than $h$ stays blurred for long: a rule made for one hill knows nothing of thin shapes.

Both are models with an **explicit** density, and both can make new samples. *Which model can do what?* below sorts the
other models by these two abilities.

**Try next.** Turn bins and kernel width while it runs. Click samples of your own and turn them again, before you let
it draw more. Load *Sharp edges* and wait until the histogram wins. In *Maps*,
see how a density changes when its samples are moved.
"""


def code(config: SamplingConfig) -> tuple[Any, ...]:
    """The functions that these settings run."""
    step = (SamplingTrainer.phases, SamplingTrainer.draw, SamplingTrainer.count)
    line = (Cells.estimate, Cells.gather, Cells.level, blur, silverman)
    return (*step, *line, gathered, smeared, silverman_plane, total_variation, apart, expected_variation)


LAB = Lab(
    slug="sampling",
    title="Sampling and density",
    chapter="Distributions",
    question="How well do samples tell the density they come from?",
    summary="Draw from a known density and watch histogram, kernel density and mean converge, each by its own law.",
    lesson=LESSON,
    Config=SamplingConfig,
    build=SamplingTrainer,
    views=VIEWS,
    settings=SETTINGS,
    diagnose=diagnose,
    players=(),
    thumbnail=THUMBNAIL,
    thumbnail_steps=2000,
    code=code,
    spotlight={"Draw": ("newest",), "Count": ("histogram", "kernel density")},
    compared=("line", "plane", "counts", "mean"),
)
