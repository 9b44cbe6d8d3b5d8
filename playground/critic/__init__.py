"""A critic alone: no generator, two fixed laws p and q, and a network f that estimates how far they are apart.

By the duality of Kantorovich and Rubinstein,

    W1(p, q) = sup over all f with |f(x) - f(y)| <= |x - y|  of  E_p f - E_q f                      (1)

so a critic that climbs in E_p f - E_q f estimates W1, if something keeps it from being steeper than 1. Three ways to
do that are in use (`playground.bounds`, `playground.critic.norms`, `playground.gan.moves`):

    spectral norm      every layer has norm 1, exactly: f is in the set of (1), so the estimate stays below W1, and
                       near it where the network can bend as the best f does
    gradient penalty   lambda E (|f'| - 1)^2 is taken off, at points between the two laws
    clipping           every weight within [-c, c]: the slope is bounded, but by a number that nobody chose

**Why the penalty over-estimates.** Let f* be a best critic of (1) whose slope is 1 wherever the penalty looks, as those
of our pairs have it. Then c f* earns c W1 and pays lambda (c - 1)^2. Among these multiples the best c is not 1:

    sup over c of  c W - lambda (c - 1)^2   is at   c = 1 + W / (2 lambda)                          (2)
    and there the critic says               c W = W + W^2 / (2 lambda)                              (3)

Divided by its slope c that one says W again. A function that is no multiple of f* can do better still. On the line,
with rho the density of the penalty's points and F, G the cumulatives of p and q, what is earned and paid is found point
by point, s |G - F| - lambda rho (s - 1)^2 for a slope of size s. That is largest at

    |f'| = 1 + |G - F| / (2 lambda rho)                                                             (4)
    where the critic says   W + 1 / (2 lambda) integral |G - F|^2 / rho dx  >=  W + W^2 / (2 lambda)   (5)

by Cauchy and Schwarz, with equality only if rho is proportional to |G - F|. So (3) is the least that the optimum of the
penalty says: 2.09 against 2 for normals at distance 1 with lambda 1/2, 3.46 against 3.45 at 3 with lambda 10. And it
is steepest where few points of the penalty lie. Critics as small as ours were measured within 5 % of (3), and within
5 % of W when divided by their largest slope.

In the plane the bound of (5) is the same. With R = E (|f'| - 1)^2 and m = E (|f'| - 1) <= sqrt R, scaling an optimum
gains nothing only if it says 2 lambda (R + m). Less lambda R, that is no less than what the best multiple earns less
what it pays: so R is no less than that of the multiple, and neither is what the critic says.

With c < 0 the two-sided penalty has a second place of rest among the multiples,

    c = -1 + W / (2 lambda)  if  W < 2 lambda,   where the critic says  -W + W^2 / (2 lambda)       (6)

On the line a critic that begins with the wrong sign ends there: to turn round its slope would have to pass 0, where
the penalty is lambda. In the plane a slope can turn without vanishing. The one-sided penalty, lambda E max(0, |f'| -
1)^2, has no such place, and (2) to (5) are the same. A clipped critic is divided by its largest slope, too: that is a
lower bound of W1, since f / max |f'| is in the set of (1).

**How E_p f - E_q f is measured.** On the line by parts,

    E_p f - E_q f = integral f' (G - F) dx                                                          (7)

over 512 straight pieces of f, exact up to their length; the best f has f' = sign(G - F). In the plane by 512 fixed
points of p and the same points carried to q by the best plan, so that the two share their luck.

References: Villani 2003 (1), Arjovsky et al. 2017 (clipping), Gulrajani et al. 2017 (penalty), Petzka et al. 2018
(one-sided), Miyato et al. 2018 (spectral norm), Anil et al. 2019 (what normed layers with ReLU cannot bend).
"""

from playground.critic.knobs import BOUNDS, CriticConfig
from playground.critic.norms import ExactNorm, leading
from playground.critic.pairs import LINE, PAIRS, PLANE, Pair
from playground.critic.penalty import add_steep_slope_penalty, predicted, predicted_slope
from playground.critic.sight import LineSight, PlaneSight
from playground.critic.trainer import CriticTrainer, prepare

__all__ = [
    "BOUNDS",
    "LINE",
    "PAIRS",
    "PLANE",
    "CriticConfig",
    "CriticTrainer",
    "ExactNorm",
    "LineSight",
    "Pair",
    "PlaneSight",
    "add_steep_slope_penalty",
    "leading",
    "predicted",
    "predicted_slope",
    "prepare",
]
