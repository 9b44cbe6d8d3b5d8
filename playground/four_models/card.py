"""The score card: what each model is worth and what it costs, side by side, and what these numbers show.

Quality and log p are numbers of the run and repeat with its seed. Seconds are those of this machine: what an iteration
has taken on average, times the iterations of the lane.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from playground.diffusion.samplers import calls
from playground.four_models.knobs import NAMES
from playground.four_models.quality import MEASURED, Ruler
from playground.four_models.trainer import FourModelsTrainer
from playground.metrics import WITHIN

ASTRAY = 0.05  # of the points outside of every mode: more than luck
PERFECT_WITHIN = 1 - math.exp(-(WITHIN**2) / 2)  # (1) of metrics.py
UNKNOWN = "\u2013"


@dataclass(frozen=True)
class Account:
    """One model. NaN is what is not known yet, and of log p what nobody can know.

    seconds, near_seconds: processor time of training so far, and until SW1 was near; makes, trained: parameters that
    make a point, and all; calls: of its network for a point; ms: for 1000 points.
    """

    letter: str
    sw1: float
    covered: float
    within: float
    spread: float
    nats: float
    kl: float
    error: float
    iterations: int
    seconds: float
    near_seconds: float
    makes: int
    trained: int
    calls: int
    ms: float

    @property
    def name(self) -> str:
        return f"{self.letter} ({NAMES[self.letter]})"


def accounts(trainer: FourModelsTrainer, now: Mapping[str, float]) -> list[Account]:
    """now: the scalars of the last snapshot, so that the card agrees with the stage."""
    return [_account(trainer, now, i, letter) for i, letter in enumerate(NAMES)]


def _account(trainer: FourModelsTrainer, now: Mapping[str, float], i: int, letter: str) -> Account:
    def known(name: str) -> float:
        return now.get(f"{letter}/{name}", math.nan)

    lane, each = trainer.lanes[letter], trainer.ms(letter) / 1e3
    makes, trained = parameters(trainer, letter)
    config = trainer.config
    return Account(
        letter=letter,
        **{name: known(name) for name in ("sw1", "covered", "within", "spread", "nats")},
        kl=known("nats kl"),
        error=known("nats error"),
        iterations=lane.step_count,
        seconds=each * lane.step_count,
        near_seconds=each * trainer.record.near_since(i),
        makes=makes,
        trained=trained,
        calls=calls(config.sampler, min(config.steps, lane.config.T)) if letter == "D" else 1,
        ms=trainer.making(letter) / MEASURED * 1e6,
    )


def parameters(trainer: FourModelsTrainer, letter: str) -> tuple[int, int]:
    """Those that make a point, and all that are trained."""
    lane = trainer.lanes[letter]
    if letter == "C":
        decoder, width = lane.decoder.flat.numel(), lane.log_sigma.numel()
        return decoder + width, decoder + width + lane.encoder.flat.numel()
    if letter == "D":
        return (lane.network.flat.numel(),) * 2
    G, D = lane.G.flat.numel(), lane.D.flat.numel()
    return G, G + D


# The table


def table(found: list[Account], now: Mapping[str, float], ruler: Ruler) -> str:
    """Markdown: a row a measure, a column a model."""
    low, high, elbo = ruler.floor[0], ruler.floor[2], now.get("C/elbo", math.nan)
    what = "Modes" if ruler.has_modes else "Regions"
    bound, flow = found[2], found[3]
    rows = [
        (f"Distance SW1; perfect {_digits(low)} to {_digits(high)}", [_digits(a.sw1) for a in found]),
        (f"{what} covered, of {ruler.parts}", [_number(a.covered, "{:.0f}") for a in found]),
    ]
    if ruler.has_modes:
        rows += [
            (f"Within 3 sigma of a mode; perfect {PERFECT_WITHIN:.0%}", [_number(a.within, "{:.0%}") for a in found]),
            ("Width of the modes; right is 1", [_number(a.spread, "{:.2f}") for a in found]),
        ]
    rows += [
        ("Says p(x)?", ["no", "no", "a bound", "yes"]),
        (
            f"log p of new points, nats; perfect {_nats(ruler.truth)}",
            [UNKNOWN, UNKNOWN, f"\u2265 {_nats(bound.nats)}", _nats(flow.nats)],
        ),
        ("ELBO, the simpler bound", [UNKNOWN, UNKNOWN, f"\u2265 {_nats(elbo)}", UNKNOWN]),
        (
            "KL(p \u2016 model), nats",
            [UNKNOWN, UNKNOWN, f"\u2264 {_give(bound)}", _give(flow)],
        ),
        ("Training, seconds of processor time", [_number(a.seconds, "{:.1f}") for a in found]),
        (f"\u2026 until SW1 was {_digits(ruler.near)}", [_number(a.near_seconds, "{:.1f}", "not yet") for a in found]),
        ("Iterations", [_thousands(a.iterations) for a in found]),
        ("Parameters that make a point", [_thousands(a.makes) for a in found]),
        ("Parameters that are trained", [_thousands(a.trained) for a in found]),
        ("Network calls for a point", [f"{a.calls}" for a in found]),
        ("1000 points, milliseconds", [_number(a.ms, "{:.2g}") for a in found]),
    ]
    names = [f"{a.letter}: {NAMES[a.letter]}".replace("diffusion", "diffu\u00adsion") for a in found]  # on a phone
    head = "| | " + " | ".join(names) + " |\n|:--|--:|--:|--:|--:|\n"
    return head + "\n".join(f"| {label} | " + " | ".join(cells) + " |" for label, cells in rows)


def _number(value: float, how: str, unknown: str = UNKNOWN) -> str:
    return unknown if math.isnan(value) else how.format(value)


def _give(a: Account) -> str:
    return f"{_nats(a.kl)} \u00b1 {_nats(a.error)}"


def _digits(sw1: float) -> str:
    return _number(sw1, "{:.3f}")


def _nats(value: float) -> str:
    return _number(value, "{:.2f}").replace("-", "\u2212")


def _thousands(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


# What it shows


def what_it_shows(found: list[Account], now: Mapping[str, float], ruler: Ruler) -> dict[str, str]:
    """What follows from these numbers, by what it is about; nothing before the first round."""
    if not found[0].iterations:
        return {}
    says = {"Points": _quality(found, ruler), "Time": _time(found, ruler), "The price of a point": _price(found)}
    density = _density(found, now)
    return says | ({"p(x)": density} if density else {})


def _quality(found: list[Account], ruler: Ruler) -> str:
    """Who is near, who is far, and what is wrong with the far ones' points."""
    low, _, high = ruler.floor
    order = sorted(found, key=lambda a: a.sw1)
    best, worst = order[0], order[-1]
    perfect = [a.name for a in order if a.sw1 <= high]
    if len(perfect) == len(found):
        says = f"All four are as near as {MEASURED} points of a perfect generator come (SW1 up to {_digits(high)})."
    elif worst.sw1 - best.sw1 <= high - low:
        says = f"Their distances differ by {_digits(worst.sw1 - best.sw1)}, no more than luck allows."
    elif perfect:
        verb = "is" if len(perfect) == 1 else "are"
        says = f"{listed(perfect)} {verb} by distance as near as a perfect generator; the farthest is {worst.name}."
    else:
        says = f"Nearest is {best.name}, farthest {worst.name}, and nobody is as near as a perfect generator."
    return " ".join([says, *([_astray(found)] if ruler.has_modes else []), *_missing(found, ruler)])


def _astray(found: list[Account]) -> str:
    """Of points between the modes."""
    best, worst = max(found, key=lambda a: a.within), min(found, key=lambda a: a.within)
    bridges = " Its decoder is continuous and its codes are one cloud: it has to build bridges."
    told = worst.letter == "C" and worst.covered > 1 and 1 - worst.within > ASTRAY
    return (
        f"Of {worst.name}'s points {1 - worst.within:.0%} lie outside of every mode, of {best.name}'s"
        f" {1 - best.within:.0%}; of real ones {1 - PERFECT_WITHIN:.0%}.{bridges * told}"
    )


def _missing(found: list[Account], ruler: Ruler) -> list[str]:
    short = [a for a in found if a.covered < ruler.parts]
    verb, what = "does" if len(short) == 1 else "do", "modes" if ruler.has_modes else "regions"
    return [f"{listed([a.name for a in short])} {verb} not cover all {ruler.parts} {what}."] if short else []


def listed(names: list[str]) -> str:
    """At least one."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _time(found: list[Account], ruler: Ruler) -> str:
    near = sorted((a for a in found if not math.isnan(a.near_seconds)), key=lambda a: a.near_seconds)
    if not near:
        return f"None has come as near as {_digits(ruler.near)} yet."
    came = listed([f"{a.letter} after {a.near_seconds:.1f} s" for a in near])
    late = [a.letter for a in found if math.isnan(a.near_seconds)]
    rest = f" {listed(late)} {'has' if len(late) == 1 else 'have'} not yet." if late else ""
    return f"As near as {_digits(ruler.near)}, twice what a perfect generator measures, came {came}.{rest}"


def _price(found: list[Account]) -> str:
    G, D = found[0], found[3]
    many = "once" if D.calls == 1 else f"{D.calls} times"
    long = "" if math.isnan(D.ms) else f" it takes {D.ms / G.ms:.0f} times as long as A,"
    size = f"{D.makes / G.makes:.1f} times the parameters"
    return f"D asks its network {many} for a point, the others once:{long} at {size}."


def _density(found: list[Account], now: Mapping[str, float]) -> str:
    C, D = found[2], found[3]
    if math.isnan(C.kl) or math.isnan(D.kl):
        return ""
    loose = now["C/elbo kl"] - C.kl
    ahead = C.kl - D.kl > 2 * math.hypot(C.error, D.error)
    return (
        f"A and B say nothing of it. C misses {_nats(C.kl)} nats a point or less; its ELBO is short of another"
        f" {_nats(loose)}, for its encoder is not the exact posterior. D misses {_nats(D.kl)}"
        + (": it knows the distribution better." if ahead else ", no clear difference.")
    )
