"""The Dirac GAN: two numbers that play the whole game, so that how it ends can be computed.

The data are one point at 0, G makes one point theta, and D is a straight line through the origin with the slope psi:

    s(x) = psi x,   D(x) = sigma(s(x))  or, of a critic, s(x) itself                                (1)

With instance noise sigma, n normal, l_r and l_f D's loss of the score of a real and of a generated point, l_G that of
G, the slope penalty gamma / 2 (|s'|^2 at the real point + the same at the generated one) and lambda of WGAN-GP:

    L_D = E l_r(psi sigma n) + E l_f(psi (theta + sigma n)) + gamma psi^2 + lambda (|psi| - 1)^2     (2)
    L_G = E l_G(psi (theta + sigma n))                                                              (3)

The expectations are Gauss sums over 32 values of n. A move, of theta along dL_G/dtheta or of psi along dL_D/dpsi, is

    m <- beta m + g,   p <- p - lr m                                                                (4)

both from where they stand (simultaneous), or psi first and theta in answer to it (alternating).

They are in balance at theta = psi = 0. Near it, with a = (l_r''(0) + l_f''(0)) sigma^2 + 2 gamma,

    dL_G/dtheta = l_G'(0) psi,   dL_D/dpsi = l_f'(0) theta + a psi                                  (5)

so an iteration is a product with a matrix J, which (4) and (5) give entry by entry. A deviation from the balance is
multiplied by the eigenvalues of J: it turns by the angle of the largest one and grows by its absolute value. Clipping
does nothing near the balance. With the WGAN loss, both learning rates h, no momentum and simultaneous moves they are

    1 - gamma h +- h sqrt(gamma^2 - 1),   inside the unit circle if  h/2 < gamma < 1/h + h/4        (6)

because their product 1 - 2 gamma h + h^2 has to be below 1, and at -1 their polynomial, 4 - 4 gamma h + h^2, above 0.
Of alternating moves these are 1 - 2 gamma h and 4 - 4 gamma h - h^2: 0 < gamma < 1/h - h/4. A pair that turns,
gamma < 1 in (6), has the absolute value sqrt(1 - 2 gamma h + h^2).

The force of WGAN-GP jumps at psi = 0, from 2 lambda on one side to -2 lambda on the other: it has no derivative there,
and so there is no J. Exactly at 0 it counts as 0, the middle of the jump, as in automatic differentiation. So at
theta = psi = 0 nothing moves; the least psi beside it is pushed away by 2 lambda.

All l' here have one form, by which `path` needs few operations for an iteration of one game:

    l'(s) = l'(0) + b tanh(s / 2),   b = l'(infinity) - l'(0)                                       (7)

References: Mescheder et al. 2018 (the game, the eigenvalues, and that WGAN-GP never rests), Nagarajan and Kolter 2017,
Gidel et al. 2019 (negative momentum), Roth et al. 2017 (the penalty).
"""

from playground.dirac.balance import eigenvalues, jacobian, turn
from playground.dirac.game import PULLS, Rules, d_move, d_slope, g_move, g_slope, gauss, moved, path
from playground.dirac.knobs import CRITICS, GP, SMOOTH, DiracConfig
from playground.dirac.trainer import AHEAD, DiracTrainer

__all__ = [
    "AHEAD",
    "CRITICS",
    "GP",
    "PULLS",
    "SMOOTH",
    "DiracConfig",
    "DiracTrainer",
    "Rules",
    "d_move",
    "d_slope",
    "eigenvalues",
    "g_move",
    "g_slope",
    "gauss",
    "jacobian",
    "moved",
    "path",
    "turn",
]
