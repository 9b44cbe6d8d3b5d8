"""Alarms: rules of thumb for the curves of a GAN, each with a threshold that a healthy run does not reach.

An alarm sees the numbers of now and the rows of the last WINDOW steps, and never the settings: it says what is to be
seen, not why. With r the value at which a loss rests in balance, and medians over the window,

    D's loss at 0            L_D < .02 r                                                            (1)
    G's loss at 0            |L_G| < .02 |r|                                                        (2)
    Both win                 L_D < .1 r  and  L_G < 1.6 r: each fools the other                     (3)
    Loss maxed and stuck     a loss above 10 r that is not falling                                  (4)
    Nobody moves             both gradients exactly 0                                               (5)
    No gradient              G's gradient shorter than .001, and not 0, and SW1 above 6 times what luck allows:
                             who has arrived needs none                                             (6)
    Gradient above 100       of either player                                                       (7)
    Spikes                   D's loss above 4 times its median, twice or more                       (8)
    G's loss falls steadily  rank correlation with the step below -.9, and SW1 grows                (9)
    Undecided and far        L_D within 10 % of r, SW1 above 6 times what luck allows, and not fallen
                             by two fifths                                                      (10)
    Few modes                at most one of several modes                                           (11)
    To and fro               the centre strays by more than .25 widths, and SW1 does not fall by a fifth
                             in a row, with a rank correlation with the step below -.8              (12)
    Copies                   G's points less than half as far from training points as new ones      (13)
    Out of reach             a tenth of the real points lie well beyond an edge of G's that moves by
                             less than .25 widths, and G covers three tenths of modes or regions    (14)

(1), (4), (7), (8) and (9) are the usual advice for reading the curves; 100 in (7) is a rule of thumb, not a law. The
losses of critics have no r: (1) to (4) and (10) do not speak of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from playground.core import History

WINDOW = 500  # steps
FEWEST = 5  # rows of a window: fewer prove nothing
FAR = 6  # times what luck explains of SW1
STANDING = ("d_rest", "g_rest", "sw1_high", "real_width")  # numbers that an alarm asks for as they are now


class Recent:
    """The last WINDOW steps of a run. `full`: there are as many, with rows enough."""

    def __init__(self, now: Mapping[str, float], history: History) -> None:
        self.now = now
        steps = history.column("step")
        self.rows = steps > (steps[-1] if len(steps) else 0) - WINDOW
        if self.rows.sum() < FEWEST:  # rows of a long run are far apart: then the window is longer
            self.rows[-FEWEST:] = True
        self.steps = steps[self.rows]
        self.history = history
        self.full = len(self.steps) >= FEWEST and steps[-1] >= WINDOW

    def column(self, name: str) -> np.ndarray:
        return self.history.column(name)[self.rows]

    def median(self, name: str) -> float:
        return float(np.median(self.column(name)))

    def rest(self, name: str) -> float:
        """Where a loss rests; NaN for that of a critic, of which nothing is asked."""
        value = self.now.get(name, 0.0)
        return value if abs(value) > 1e-6 else float("nan")


@dataclass(frozen=True)
class Alarm:
    """name: also what the page calls it; rule: one sentence; sounds: what is to be seen, with numbers, or ''."""

    name: str
    rule: str
    sounds: Callable[[Recent], str]


def sounding(now: Mapping[str, float], history: History) -> dict[str, str]:
    """The alarms that sound: name -> sentence."""
    recent = Recent(now, history)
    if not recent.full:
        return {}
    return {alarm.name: says for alarm in ALARMS if (says := alarm.sounds(recent))}


class Until:
    """A history up to one of its rows."""

    def __init__(self, history: History, row: int) -> None:
        self._history, self._rows = history, row + 1

    def __len__(self) -> int:
        return self._rows

    def column(self, name: str) -> np.ndarray:
        return self._history.column(name)[: self._rows]


def last_heard(names: Collection[str], history: History) -> int | None:
    """The last step at which all of these alarms sounded; None if they never have."""
    wanted = [alarm for alarm in ALARMS if alarm.name in names]
    steps = history.column("step")
    for row in reversed(range(len(steps))):
        recent = Recent({name: history.column(name)[row] for name in STANDING}, Until(history, row))
        if recent.full and all(alarm.sounds(recent) for alarm in wanted):
            return int(steps[row])
    return None


def _d_at_zero(recent: Recent) -> str:
    loss, rest = recent.median("d_loss"), recent.rest("d_rest")
    if not loss < 0.02 * rest:
        return ""
    return f"D's loss is {_plain(loss)}, and in balance it would be {rest:.2f}: D is right about nearly every point."


def _g_at_zero(recent: Recent) -> str:
    loss, rest = recent.median("g_loss"), recent.rest("g_rest")
    if not abs(loss) < 0.02 * abs(rest):
        return ""
    return f"G's loss is {_plain(loss)}, and in balance it would be {rest:.2f}."


def _both_win(recent: Recent) -> str:
    d, g = recent.median("d_loss"), recent.median("g_loss")
    if not (d < 0.1 * recent.rest("d_rest") and 0 < g < 1.6 * recent.rest("g_rest")):
        return ""
    return (
        f"D's loss is {_plain(d)}, so it tells every point; G's is {g:.2f}, so it fools the same D. They cannot both"
        " be right."
    )


def _maxed(recent: Recent) -> str:
    for player, loss, rest in (("D", "d_loss", "d_rest"), ("G", "g_loss", "g_rest")):
        curve, level = recent.column(loss), abs(recent.rest(rest))
        earlier, later = np.array_split(curve, 2)
        if np.median(curve) > 10 * level and later.mean() > 0.9 * earlier.mean() and curve.std() < 0.2 * curve.mean():
            return f"{player}'s loss is stuck at {np.median(curve):.0f}, where {level:.2f} would be balance."
    return ""


def _nobody_moves(recent: Recent) -> str:
    if max(recent.column("d_norm").max(), recent.column("g_norm").max()) > 0:
        return ""
    return f"Both gradients are exactly 0, and have been for {WINDOW} steps."


def _no_gradient(recent: Recent) -> str:
    norm = recent.median("g_norm")
    away = recent.median("sw1") > FAR * recent.now["sw1_high"]
    return f"G's gradient has length {norm:.0e}: next to nothing." if 0 < norm < 1e-3 and away else ""


def _steep(recent: Recent) -> str:
    for player, norm in (("D", recent.median("d_norm")), ("G", recent.median("g_norm"))):
        if norm > 100:
            return f"{player}'s gradient has length {_plain(norm)}, above 100."
    return ""


def _spikes(recent: Recent) -> str:
    curve = np.abs(recent.column("d_loss"))
    usual = float(np.median(curve))
    spikes = int((curve > 4 * usual).sum())
    if spikes < 2 or curve.max() < 1:
        return ""
    return (
        f"D's loss has {spikes} spikes in {WINDOW} steps, up to {_plain(curve.max())}; usually it is {_plain(usual)}."
    )


def _falling(recent: Recent) -> str:
    curve = recent.column("g_loss")
    earlier, later = np.array_split(recent.column("sw1"), 2)
    if _order(curve) > -0.9 or later.mean() < earlier.mean() or later.mean() < 4 * recent.now["sw1_high"]:
        return ""
    return (
        f"G's loss has fallen from {_plain(curve[0])} to {_plain(curve[-1])}, and SW1 has grown to {later[-1]:.2f}: G"
        " pleases D with what is not real."
    )


def _order(curve: np.ndarray) -> float:
    """The rank correlation of a curve with the step: -1 if it only falls."""
    ranks = np.argsort(np.argsort(curve))
    return float(np.corrcoef(ranks, np.arange(len(curve)))[0, 1])


def _left(recent: Recent) -> float:
    """What is left of SW1 from one half of the window to the other."""
    earlier, later = np.array_split(recent.column("sw1"), 2)
    return float(later.mean() / earlier.mean())


def _undecided(recent: Recent) -> str:
    loss, rest = recent.median("d_loss"), recent.rest("d_rest")
    sw1, luck = recent.median("sw1"), recent.now["sw1_high"]
    if not (abs(loss - rest) < 0.1 * rest and sw1 > FAR * luck and _left(recent) > 0.6):
        return ""
    return (
        f"D's loss is {loss:.3f}, nearly {rest:.3f} as in balance. But SW1 is {sw1:.2f}, of which luck explains"
        f" {luck:.2f}, and it hardly falls."
    )


def _few_modes(recent: Recent) -> str:
    share = recent.column("covered_share")
    most = recent.column("covered").max()
    several = share.max() < 0.3 and most <= 1 and (most == 0 or most / share.max() > 2)
    found = "at most one of the modes" if most else "none of the modes"
    return f"For {WINDOW} steps G has made {found}." if several else ""


def _to_and_fro(recent: Recent) -> str:
    centres = np.stack((recent.column("centre_x"), recent.column("centre_y")), 1)
    stray = float(np.hypot(*centres.std(0))) / recent.now["real_width"]
    way = float(np.linalg.norm(np.diff(centres, axis=0), axis=1).sum())
    come = float(np.linalg.norm(centres[-1] - centres[0]))
    gains = _left(recent) < 0.8 and _order(recent.column("sw1")) < -0.8  # of what swings one half may be lower by luck
    if stray < 0.25 or way < 3 * come or gains:
        return ""
    return (
        f"In {WINDOW} steps the centre of G's points has strayed by {stray:.0%} of the real width, and gained nothing."
    )


def _copies(recent: Recent) -> str:
    near = recent.median("nearness")
    return f"G's points lie {near:.2f} times as far from the training points as new real ones do." if near < 0.5 else ""


def _out_of_reach(recent: Recent) -> str:
    beyond = recent.column("beyond")
    edge = recent.column("edge")
    holds = np.ptp(edge) < 0.25 * recent.now["real_width"]
    if beyond.min() < 0.1 or recent.median("covered_share") < 0.3 or not holds:  # it may still get there
        return ""
    return (
        f"G's points end at {np.median(edge):.2f} and go no further; {np.median(beyond):.0%} of the real ones lie well"
        " beyond."
    )


def _plain(value: float) -> str:
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2g}" if size < 0.1 else f"{value:.2f}"


ALARMS = (
    Alarm("Nobody moves", "Both gradients are exactly 0.", _nobody_moves),
    Alarm("Loss maxed and stuck", "A loss is ten times what it would be in balance, and does not fall.", _maxed),
    Alarm("Gradient above 100", "The gradient of one player is longer than 100.", _steep),
    Alarm("Both win", "D's loss is near 0 while G's is no worse than in balance.", _both_win),
    Alarm("No gradient", "G's gradient is shorter than 0.001, and G is not there yet.", _no_gradient),
    Alarm("D's loss at 0", "D's loss is less than 2 % of what it would be in balance.", _d_at_zero),
    Alarm("G's loss at 0", "G's loss is less than 2 % of what it would be in balance.", _g_at_zero),
    Alarm("Out of reach", "A tenth of the real points lie beyond all that G makes.", _out_of_reach),
    Alarm("Copies", "G's points are less than half as far from training points as new real ones.", _copies),
    Alarm("Few modes", "G makes at most one of several modes.", _few_modes),
    Alarm(
        "To and fro", "The centre of G's points wanders by a quarter of the real width and gains nothing.", _to_and_fro
    ),
    Alarm(
        "Undecided and far",
        "D's loss is as in balance, but SW1 is six times what luck explains and hardly falls.",
        _undecided,
    ),
    Alarm("G's loss falls steadily", "G's loss falls while SW1 grows.", _falling),
    Alarm("Spikes", "D's loss jumps to four times its usual size.", _spikes),
)
