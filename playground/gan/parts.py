"""The parts of one iteration as slow motion shows them: what has happened, its equation, and the line that did it.

The numbers of the equations are those of `playground.gan`; a penalty or a label that is switched on is in the words.
"""

from __future__ import annotations

from functools import cache

from playground.core import Phase
from playground.losses import GAMES

SAMPLES = Phase(
    "G samples",
    "G",
    "G turns noise into samples and lays them beside real ones.",
    equation="x\u0303 = G(z),  z noise",
    code="real, fake = self.seen(self.batch()), self.seen(self.to_judge())",
)


@cache
def scores(loss: str, alpha: float, flipping: float, *, flat: bool, unit: bool) -> Phase:
    """(1). alpha: the label of real samples; flipping: the share of wrong ones; flat, unit: whether (3), (4) count."""
    words = "D gives each sample a score: high for what looks real to it."
    if alpha < 1:
        words += f" It is told {alpha:.2g} for real samples, and not 1: the loss is taken against this label."
    if flipping:
        words += f" Of all labels {flipping:.0%} are told wrongly."
    penalty = " + ½ \u03b3 (mean |∇D(x)|² + mean |∇D(G(z))|²)" * flat + " + λ mean (|∇D| − 1)²" * unit
    if penalty:
        words += " The penalty on D's slope adds to the gradient; the curve of the loss leaves it out."
    if flat:
        words += " Where it is taken once in n steps only, as on digits, \u03b3 is n times the knob."
    return Phase(
        "D scores",
        "D",
        words,
        equation=f"L_D = {GAMES[loss].d_words}{penalty}",
        code="score = D.forward(torch.cat((real, fake)))  # one pass for both",
    )


@cache
def d_moved(turn: int, turns: int) -> Phase:
    return Phase(
        "D update",
        "D",
        "D has moved: scores of real samples up, scores of generated ones down." + _counted("D", turn, turns),
        equation="\u03b8_D \u2190 \u03b8_D \u2212 lr_D \u00b7 step(\u2207L_D)",
        code="self.d_optimiser.step(c.lr_d * factor, c.beta1, c.beta2)",
    )


@cache
def g_feels(loss: str) -> Phase:
    return Phase(
        "G gradient",
        "G",
        "D's slope at each generated sample tells G which way its score would rise.",
        equation=f"L_G = {GAMES[loss].g_words}",
        code="G.backward(D.to_input(D.signals(game.g_slope(score))))",
    )


@cache
def g_moved(turn: int, turns: int) -> Phase:
    return Phase(
        "G update",
        "G",
        "G has moved: its samples now go where D's score was higher." + _counted("G", turn, turns),
        equation="\u03b8_G \u2190 \u03b8_G \u2212 lr_G \u00b7 step(\u2207L_G)",
        code="self.g_optimiser.step(c.lr_g * factor, c.beta1, c.beta2)",
    )


def _counted(player: str, turn: int, turns: int) -> str:
    return "" if turns == 1 else f" Move {turn + 1} of the {turns} that {player} has in one step."
