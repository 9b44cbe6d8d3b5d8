"""What is known exactly, to be drawn beside what was learned."""

from __future__ import annotations

import math

import numpy as np


def d_star(p: np.ndarray, q: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """The best discriminator: alpha p(x) / (p(x) + q(x)), NaN where neither p nor q puts anything.

    p: density (or probability) of real data, q: of generated, alpha: the label of real data. It minimises both
    cross-entropy and squared error, point by point.
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return alpha * p / (p + q)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """JS(p, q) = (KL(p || m) + KL(q || m)) / 2 in nats, with m = (p + q) / 2. p, q: probabilities that sum to 1."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    m = (p + q) / 2
    return float((_kl_terms(p, m).sum() + _kl_terms(q, m).sum()) / 2)


def _kl_terms(p: np.ndarray, m: np.ndarray) -> np.ndarray:
    held = p > 0
    return np.where(held, p * np.log(np.where(held, p, 1) / np.where(held, m, 1)), 0)


def toss_error(p: float, n: int) -> float:
    """How far the share of heads among n tosses strays from p: within this in 95 of 100 cases."""
    return 1.96 * math.sqrt(p * (1 - p) / n)


def noisy_atoms(x: np.ndarray, atoms: np.ndarray, weights: np.ndarray, sigma: float) -> np.ndarray:
    """The density of (one of the atoms) + sigma n at x. x: (n,), atoms, weights: (k,); weights sum to 1."""
    bell = np.exp(-(((x[:, None] - atoms) / sigma) ** 2) / 2)  # (n, k)
    return bell @ weights / (sigma * math.sqrt(2 * math.pi))


def best_judge(p: float, q: float, n: int) -> float:
    """How often the best possible judge tells n tosses of nature (p) from n tosses of G (q), shown in random order.

    All that counts is the number of heads in each. With a and b heads, the order (nature, G) has the
    likelihood B(a; p) B(b; q) and the order (G, nature) B(a; q) B(b; p). The judge names the likelier
    one and is right with probability

        1/2 sum_ab max(B(a; p) B(b; q), B(a; q) B(b; p))
    """
    nature, made = binomial(n, p), binomial(n, q)
    order = np.outer(nature, made)
    return float(np.maximum(order, order.T).sum() / 2)


def binomial(n: int, p: float) -> np.ndarray:
    """Probability of 0 ... n heads in n tosses."""
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
