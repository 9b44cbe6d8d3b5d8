"""Two networks against each other: the algorithm that every GAN lab runs.

One iteration, with batches of B real points x and B noise vectors z:

    k times:  descend in D   mean loss_D(D(x), 1) + mean loss_D(D(G(z)), 0) + penalty               (1)
    once:     descend in G   mean loss_G(D(G(z)))                                                   (2)

`losses.py` says what the losses are. The penalty on D's slope, whichever is switched on, is

    gamma / 2  (E |dD/dx|^2 over real points + the same over generated ones)                        (3)
    lambda     E (|dD/dx| - 1)^2 at random points between real and generated ones                   (4)

where the slope is that under D's magnifying glass k, dD / d(kx),
and with instance noise sigma, D sees x + sigma n instead of x, real and generated alike.

References: Goodfellow et al. 2014; (3) Roth et al. 2017 and Mescheder et al. 2018 (R1 and R2 together);
(4) Gulrajani et al. 2017; instance noise: Sonderby et al. 2017.
"""

from playground.gan.knobs import GanConfig
from playground.gan.moves import add_unit_slope_penalty, between, d_gradient, g_gradient
from playground.gan.trainer import GanTrainer

__all__ = ["GanConfig", "GanTrainer", "add_unit_slope_penalty", "between", "d_gradient", "g_gradient"]
