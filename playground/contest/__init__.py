"""A standard GAN and a WGAN side by side: who learns, and whose loss tells that it does.

Both have the same networks, the same seed and the same minibatches. While they train, `record.py` writes down the loss
of D and the quality of G, and `agreement.py` says whether the one follows the other. Of the standard GAN,

    L_D >= 2 log 2 - 2 JS(p, q),   so that   log 2 - L_D / 2 <= JS(p, q)                            (1)

with equality for the best D; of the WGAN,

    -L_D = E_p D - E_q D <= K W1(p, q)                                                              (2)

for a critic of slope at most K, with equality for the best one. Minus the loss of D is in both games what D makes of
the distance between real and generated. It is near the truth only near the best D.

References: Goodfellow et al. 2014 (1), Arjovsky et al. 2017 (2), Gulrajani et al. 2017 (gradient penalty).
"""

from playground.contest.agreement import Agreement, agreement
from playground.contest.knobs import ContestConfig
from playground.contest.trainer import ContestTrainer, Cost

__all__ = ["Agreement", "ContestConfig", "ContestTrainer", "Cost", "agreement"]
