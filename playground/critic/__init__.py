"""A critic alone: no generator, two fixed laws p and q, and a network f that estimates how far they are apart.

By the duality of Kantorovich and Rubinstein,

    W1(p, q) = sup over all f with |f(x) - f(y)| <= |x - y|  of  E_p f - E_q f                      (1)

so a critic that climbs in E_p f - E_q f estimates W1, if something keeps it from being steeper than 1. Three ways to
do that are in use (`playground.bounds`, `playground.gan.moves`):

    spectral norm      every layer has norm 1: f is in the set of (1), so the estimate stays below W1, and near it
                       where the network can bend as the best f does
    gradient penalty   lambda E (|f'| - 1)^2 is taken off, at points between the two laws
    clipping           every weight within [-c, c]: the slope is bounded, but by a number that nobody chose

**Why the penalty over-estimates.** Let f* be a best critic of (1). Its slope is 1 along every way of the optimal plan,
so that c f* earns c W1 and pays lambda (c - 1)^2. The best c is not 1:

    sup over c of  c W - lambda (c - 1)^2   is at   c = 1 + W / (2 lambda)                          (2)
    and there the critic says               c W = W + W^2 / (2 lambda)                              (3)

Divided by its largest slope c it says W again. With c < 0 the two-sided penalty has a second place of rest,

    c = -1 + W / (2 lambda)  if  W < 2 lambda,   where the critic says  -W + W^2 / (2 lambda)       (4)

On the line a critic that begins with the wrong sign ends there: to turn round its slope would have to pass 0, where
the penalty is lambda. In the plane a slope can turn without vanishing. The one-sided penalty, lambda E max(0, |f'| -
1)^2, has no such place, and (2) and (3) are the same. A clipped critic is divided by its largest slope, too: that is a
lower bound of W1, since f / max |f'| is in the set of (1).

**How E_p f - E_q f is measured.** On the line by parts, with F and G the cumulatives of p and q,

    E_p f - E_q f = integral f' (G - F) dx                                                          (5)

over 512 straight pieces of f, exact up to their length; the best f has f' = sign(G - F). In the plane by 512 fixed
points of p and the same points carried to q by the best plan, so that the two share their luck.

References: Villani 2003 (1), Arjovsky et al. 2017 (clipping), Gulrajani et al. 2017 (penalty), Petzka et al. 2018
(one-sided), Miyato et al. 2018 (spectral norm), Anil et al. 2019 (what normed layers with ReLU cannot bend).
"""

from playground.critic.knobs import BOUNDS, CriticConfig
from playground.critic.pairs import LINE, PAIRS, PLANE, Pair
from playground.critic.penalty import add_steep_slope_penalty, predicted, predicted_slope
from playground.critic.sight import LineSight, PlaneSight
from playground.critic.trainer import CriticTrainer

__all__ = [
    "BOUNDS",
    "LINE",
    "PAIRS",
    "PLANE",
    "CriticConfig",
    "CriticTrainer",
    "LineSight",
    "Pair",
    "PlaneSight",
    "add_steep_slope_penalty",
    "predicted",
    "predicted_slope",
]
