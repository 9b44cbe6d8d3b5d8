"""Diffusion: a network learns to see through noise, and noise becomes data by doing so over and over.

`schedule.py` has the path from data x_0 to noise, x_t = a_t x_0 + s_t e with e ~ N(0, I). One iteration of training,
for B pieces of data of d numbers each,

    draws        t_i = 1 + floor(T (i + u) / B) for i = 0 ... B - 1, u uniform in [0, 1), and e         (1)
    noises       x_t = a_t x_0 + s_t e                                                                  (2)
    asks         f(x_t, t), which should be y: the noise e, x_0, or v                                   (3)
    descends in  L = mean over the batch of w_t |f - y|^2 / d                                           (4)

and what is shown and sampled is not f but the mean of all f so far, of which the n-th counts

    theta' <- theta' + (theta - theta') (1 - m) / (1 - m^n)                                             (5)

with memory m: (5) divides by all that has been counted, so that the mean is one from the first step on. u is one number
for the batch, so every batch has times from all over the path (Kingma et al. 2021).

The best f says the mean of y given x_t, which depends on the data alone (`exact.py`): L has a floor that no network
comes below. To make data, x_T is drawn from N(0, I) and taken back to x_0 step by step (`samplers.py`); what f says
stands in for what nobody knows. That x_T really is N(0, I) is up to the schedule.

References: Sohl-Dickstein et al. 2015; Ho, Jain and Abbeel 2020 (1 to 4); Song et al. 2021; Lipman et al. 2023 for flow
matching. `predictions.py` has y, `objective.py` w_t, `embedding.py` what f sees of x_t and t.
"""
