"""One data set, four models: a GAN, a WGAN, a VAE and a diffusion model on the same points, with the same score card.

    A  GAN         x = G(z),  G against a D that tells real from generated
    B  WGAN        x = G(z),  G against a critic of limited slope
    C  VAE         p(x) = integral p(x | z) p(z) dz,  and a bound on it is raised
    D  diffusion   p(x) is where a learned flow carries N(0, I),  and noise is what is predicted

One step of this page is a round: so many iterations of each as cost about the same processor time (`knobs.py`). What is
measured is measured alike for all, on new real points x_1 ... x_n that nobody was trained on and on as many generated
ones: how far the generated ones lie from the real distribution, how many lie within 3 sigma of a mode, which modes are
covered (`quality.py`). A and B have no p(x) that anybody could compute. The others say, in nats,

    L(model) = 1/n sum_i log p_model(x_i),      H = 1/n sum_i log p(x_i) of the real p                  (1)

and on average over x their difference is what is wrong with the model,

    KL(p || model) = E_p [log p(x) - log p_model(x)],   estimated by H - L                              (2)

with the standard error of the mean of n differences. For C, log p_model is bounded from below by ELBO and by the
importance-weighted L_K (`playground.vae.evidence`), so that (2) is bounded from above. For D it follows from the flow
(`playground.diffusion.likelihood`), up to the size of its steps.

References: Goodfellow et al. 2014 (A), Arjovsky et al. 2017 and Gulrajani et al. 2017 (B), Kingma and Welling 2014 (C),
Ho, Jain and Abbeel 2020 and Song et al. 2021 (D); Theis, van den Oord and Bethge 2016 on how little likelihood and the
look of samples have to do with each other.
"""

from playground.four_models.knobs import NAMES, FourModelsConfig
from playground.four_models.trainer import FourModelsTrainer

__all__ = ["NAMES", "FourModelsConfig", "FourModelsTrainer"]
