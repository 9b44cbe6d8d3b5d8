"""The smallest image: two pixels a, b that are on or off, and four games that try to learn how they go together.

G turns K equally likely values of noise into the chance that each pixel is on, A(k) and B(k). Either both pixels
hear the same noise, or each has its own:

    one noise    q(a, b) = mean over k of  A(a, k) B(b, k)                                          (1)
    two noises   q(a, b) = mean over k of A(a, k)  times  mean over k of B(b, k)                    (2)

Whatever (2) does, q is a product. Of all products the nearest to the real p is that of its marginals, and

    min KL(p || product) = KL(p || p_a p_b) = sum p log(p / (p_a p_b)) = TC                         (3)

is the total correlation of p; for two pixels it is their mutual information. It is exact, and a floor under (2).

D scores s with a table. Either one D sees both pixels, s(a, b), or there is one D a pixel, s_a(a) and s_b(b). Each D
climbs, and G descends the cost of what it makes, non-saturating, added up over the Ds:

    D  E_p log sigma(s) + E_q log(1 - sigma(s)) - (decay / 2) |s|^2                                 (4)
    G  E_q c,   c = -log sigma(s)                                                                   (5)

There are only four images, so every expectation is a sum: nothing is sampled, and a run is the game itself without
luck. Only its beginning is random. The decay in (4) keeps the two from circling; it does not move the rest point
q = p, s = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOISES = 24  # values of noise, K
STEPS = 600
LR_D, LR_G, DECAY = 2.0, 4.0, 0.05
SPREAD = 1.5  # of the logits that G begins with


@dataclass(frozen=True)
class Game:
    """Who hears what, and who sees what."""

    name: str
    shared: bool  # one noise for both pixels
    together: bool  # one D that sees both


GAMES = (
    Game("Two generators, a D for each", shared=False, together=False),
    Game("Two generators, one D sees both", shared=False, together=True),
    Game("One generator, a D for each pixel", shared=True, together=False),
    Game("One generator, one D sees both", shared=True, together=True),
)


def joint(correlation: float) -> np.ndarray:
    """p(a, b) of two pixels that are each on half of the time. (2, 2)"""
    return np.array([[1 + correlation, 1 - correlation], [1 - correlation, 1 + correlation]]) / 4


def kl(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p || q) in nats; what p never does costs nothing."""
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / q[seen])).sum())


def product(p: np.ndarray) -> np.ndarray:
    """The marginals of p, multiplied."""
    return np.outer(p.sum(1), p.sum(0))


def total_correlation(p: np.ndarray) -> float:
    """(3)"""
    return kl(p, product(p))


def play(p: np.ndarray, game: Game, seed: int = 0, steps: int = STEPS) -> np.ndarray:
    """q before the first step and after each. (steps + 1, 2, 2)"""
    G = np.random.default_rng(seed).normal(0, SPREAD, (2, NOISES))  # logits of each pixel for each value of noise
    s_a, s_b, s = np.zeros(2), np.zeros(2), np.zeros((2, 2))
    made = []
    for _ in range(steps):
        A, B = chances(G)
        q = generated(A, B, game)
        made.append(q)
        if game.together:
            s += LR_D * climb(s, p, q)
            cost = -np.log(sigma(s))
        else:
            s_a += LR_D * climb(s_a, p.sum(1), q.sum(1))
            s_b += LR_D * climb(s_b, p.sum(0), q.sum(0))
            cost = -np.log(sigma(s_a))[:, None] - np.log(sigma(s_b))
        G -= LR_G * NOISES * descend(A, B, game, cost)
    return np.stack([*made, generated(*chances(G), game)])


def chances(G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A and B: the chance of off and on, for each value of noise. G: logits, (2, K) -> (2, K) each"""
    on = sigma(G)
    off = 1 - on
    return np.stack([off[0], on[0]]), np.stack([off[1], on[1]])


def generated(A: np.ndarray, B: np.ndarray, game: Game) -> np.ndarray:
    """(1) or (2). (2, 2)"""
    return A @ B.T / NOISES if game.shared else np.outer(A.mean(1), B.mean(1))


def climb(s: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The slope of (4) in s."""
    return p * (1 - sigma(s)) - q * sigma(s) - DECAY * s


def descend(A: np.ndarray, B: np.ndarray, game: Game, cost: np.ndarray) -> np.ndarray:
    """The slope of (5) in the logits. cost: c(a, b), (2, 2) -> (2, K)"""
    heard_b = B if game.shared else B.mean(1, keepdims=True)  # what a pixel's noise says of the other one
    heard_a = A if game.shared else A.mean(1, keepdims=True)
    to_a, to_b = cost @ heard_b, cost.T @ heard_a
    slopes = (to_a[1] - to_a[0]) * A[0] * A[1], (to_b[1] - to_b[0]) * B[0] * B[1]
    return np.stack(slopes) / NOISES


def sigma(s: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-s))
