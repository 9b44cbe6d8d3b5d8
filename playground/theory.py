"""What is known exactly, to be drawn beside what was learned."""

from __future__ import annotations

import math

import numpy as np

ATOM = 1e-9  # of the range: a cell of a curve that is no wider holds its mass in one point


def d_star(p: np.ndarray, q: np.ndarray, alpha: float = 1.0, flipped: float = 0.0) -> np.ndarray:
    """The best discriminator: alpha ((1 - f) p + f q) / (p + q), NaN where neither p nor q puts anything.

    p: density (or probability) of real data, q: of generated, alpha: the label of real data, flipped: the
    share f of labels that are swapped. It minimises both cross-entropy and squared error, point by point.
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return alpha * ((1 - flipped) * p + flipped * q) / (p + q)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """JS(p, q) = (KL(p || m) + KL(q || m)) / 2 in nats, with m = (p + q) / 2. p, q: probabilities that sum to 1."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    m = (p + q) / 2
    return float((_kl_terms(p, m).sum() + _kl_terms(q, m).sum()) / 2)


def kullback_leibler(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p || q) = sum p ln(p / q) in nats, infinite where q lacks what p has. p, q: probabilities that sum to 1."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    if ((p > 0) & (q <= 0)).any():
        return math.inf
    return float(max(_kl_terms(p, q).sum(), 0))


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """TV(p, q) = 1/2 sum |p - q|, the mass that would have to move. p, q: probabilities that sum to 1."""
    return float(np.abs(np.asarray(p, float) - np.asarray(q, float)).sum() / 2)


def _kl_terms(p: np.ndarray, m: np.ndarray) -> np.ndarray:
    held = p > 0
    return np.where(held, p * np.log(np.where(held, p, 1) / np.where(held, m, 1)), 0)


def pushforward(mass: np.ndarray, x_nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The exact cumulative F of what a curve of straight pieces makes of noise: (edges, F at the edges).

    The noise falls into m cells with the given mass, (m,), and cell j is spread evenly between x_nodes[j] and
    x_nodes[j + 1], in whichever order; x_nodes: (m + 1,). This is the change of variables

        q(x) = sum over the cells j that reach x of  mass_j / |x_{j+1} - x_j|

    With s_j = mass_j / (x_{j+1} - x_j), signed, q changes at node j by s_j - s_{j-1}. So one sort of the nodes and
    two running sums are all it takes. A cell of next to no width is an atom: F jumps there, between two edges at
    one place. Edges are ascending, (m + 1,); between them F is straight, so np.interp(x, edges, F) is exact.
    """
    mass, nodes = np.asarray(mass, float), np.asarray(x_nodes, float)
    width = np.diff(nodes)
    atom = np.abs(width) <= ATOM * np.ptp(nodes)
    slope = np.where(atom, 0, mass / np.where(atom, 1, width))
    order = np.argsort(nodes, kind="stable")
    edges = nodes[order]
    q = np.cumsum(np.diff(slope, prepend=0, append=0)[order])  # the density right of each edge
    rise = np.concatenate([[0], np.diff(edges) * np.maximum(q[:-1], 0)])
    if atom.any():
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        np.add.at(rise, np.maximum(rank[:-1], rank[1:])[atom], mass[atom])
    return edges, np.minimum(np.cumsum(rise), mass.sum())


def bins(cumulative: np.ndarray, *, tails: bool = True) -> np.ndarray:
    """The probabilities of the bins between k + 1 edges, from F at the edges, (k + 1,).

    With tails, first comes what lies below the first edge and last what lies above the last, (k + 2,): then
    they sum to 1, as the divergences need. Without, only the bins themselves, (k,).
    """
    F = np.asarray(cumulative, float)
    whole = np.concatenate([[0], F, [1]]) if tails else F
    return np.maximum(np.diff(whole), 0)


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
