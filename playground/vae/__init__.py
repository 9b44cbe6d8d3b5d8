"""Autoencoders: a network that squeezes a digit into a code, and one that makes a digit of a code.

The encoder gives mu(x) and l(x) = log sigma^2(x), the decoder one number a(z) for each pixel, which says p(x | z). One
iteration takes B digits x and

    encodes              mu, l = encoder(x)                                                         (1)
    draws a code         z = mu + sigma eps,   eps normal                                           (2)
    decodes              R = -log p(x | a(z)),   the reconstruction term in nats                    (3)
    descends in both     L = mean R + beta * sum over j of max(mean KL_j, free)                     (4)

where KL_j is the divergence of N(mu_j, sigma_j^2) from the prior N(0, 1), and the means are over the batch. With
beta = 1 and nothing free, L is -ELBO, and the evidence lower bound says what a VAE knows of p(x):

    log p(x) >= ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || p(z))                                  (5)

The gap is KL(q(z | x) || p(z | x)): a VAE bounds p(x) from below and never tells it. An autoencoder has z = mu(x) in
place of (2) and L = mean R. `likelihoods.py` has R, `estimators.py` KL and the gradient through (2).

References: Kingma and Welling 2014; Rezende, Mohamed and Wierstra 2014; Higgins et al. 2017 (beta); Kingma et al. 2016
(free nats, counted on the mean of a batch).
"""

from playground.vae.knobs import VaeConfig
from playground.vae.trainer import VaeTrainer

__all__ = ["VaeConfig", "VaeTrainer"]
