"""What is seen of an autoencoder: rows of digits, the map of its codes, and the digits that codes decode to.

The map shows the mean codes of test digits, in the plane itself where a code has two numbers, else in the plane of
their two principal directions. A place p of that plane stands for the code

    z(p) = o + p axes^T + the way from the plane to the code of the test digit that lies nearest to p          (1)

so that in many dimensions, too, a place has a code of the length that codes of digits have. In two dimensions no way
is left: z(p) = p.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import SIDE
from playground.paths import lerp, slerp
from playground.vae.paths import Plane, fitted, plane, spectrum

if TYPE_CHECKING:
    from playground.vae.objective import Passage
    from playground.vae.trainer import VaeTrainer

COLUMNS = 10  # digits in a row
SHOWN = 2 * COLUMNS  # digits of each kind
STEPS = 9  # from A to B, both included
GRID = 8  # digits along each side of the decoded plane
REACH = 0.05  # of the mapped codes lie beyond each edge of that plane
HANDLES = ("A", "B", "pointer")
SHADES = 255
DRAWN_SEED = 2  # of the pixels that are drawn to be seen


def arrays(trainer: VaeTrainer, test: Passage) -> dict[str, np.ndarray]:
    """All that the views show. test: the watched digits as they pass through now."""
    digits = torch.from_numpy(trainer.digits).to(test.mu.device)
    flat = plane(spectrum(test.mu), test.mu, digits)
    at = flat.of(test.mu)
    places = {name: _place(trainer, name, at) for name in HANDLES}
    codes = _codes(trainer, test, flat, at, places)
    pixels = trainer.decoder(torch.cat(list(codes.values())))  # a of p(x | z), all in one pass
    means = trainer.likelihood.mean(pixels)
    nearest = int((at - places["pointer"]).square().sum(1).argmin())
    shown = {
        "input": test.x[:SHOWN],
        "reconstruction": trainer.likelihood.mean(test.a[:SHOWN]),
        "near": test.x[nearest : nearest + 1],
        "drawn": _drawn(trainer, pixels[:SHOWN]),  # the codes from the prior come first
    }
    sizes = [len(z) for z in (*codes.values(), *shown.values())]
    images = np.split(bytes_of(torch.cat((means, *shown.values()))), np.cumsum(sizes)[:-1])
    found = dict(zip((*codes, *shown), images, strict=True))
    found["under"] = np.concatenate((found["under"], found.pop("near")))
    found |= {name: p.numpy(force=True).copy() for name, p in places.items()}
    found |= {"map": at.numpy(force=True).copy(), "digits": trainer.digits.astype(np.uint8)}
    return found | _kl(test)


def bytes_of(x: Tensor) -> np.ndarray:
    """Images as bytes: (n, 784), of which what lies within [0, 1] can be seen -> uint8 (n, 28, 28)."""
    return (x.clamp(0, 1) * SHADES).round_().to(torch.uint8).view(-1, SIDE, SIDE).numpy(force=True)


def _place(trainer: VaeTrainer, name: str, at: Tensor) -> Tensor:
    """Where a handle is: where it was put, else A and B at two test digits and the pointer in the middle.

    They are of two kinds; of one kind alone, B is at the digit that looks least like A's.
    """
    if name in trainer.places:
        return torch.tensor([trainer.places[name]], dtype=at.dtype, device=at.device)
    if name == "pointer":
        return at.mean(0, keepdim=True)
    index = 0 if name == "A" else _other(trainer)
    return at[index : index + 1]


def _other(trainer: VaeTrainer) -> int:
    """Which of the watched digits B begins at."""
    of_other_kind = np.flatnonzero(trainer.digits != trainer.digits[0])
    if len(of_other_kind):
        return int(of_other_kind[0])
    x = trainer.watched[0]
    return int((x - x[0]).square().sum(1).argmax())


def lifted(flat: Plane, codes: Tensor, at: Tensor, p: Tensor) -> Tensor:
    """(1). codes: (n, latent), at: their places (n, 2), p: (k, 2). Returns (k, latent)."""
    nearest = torch.cdist(p, at).argmin(1)
    return flat.code(p) + codes[nearest] - flat.code(at[nearest])


def _codes(trainer: VaeTrainer, test: Passage, flat: Plane, at: Tensor, places: dict[str, Tensor]) -> dict[str, Tensor]:
    """Everything that is decoded to be seen, by name: one pass through the decoder for all of it."""
    latent = trainer.config.latent
    noise = trainer.noise(SHOWN, latent)
    a, b = (lifted(flat, test.mu, at, places[name])[0] for name in ("A", "B"))
    t = torch.linspace(0, 1, STEPS, device=at.device)
    low, high = torch.quantile(at, torch.tensor([REACH, 1 - REACH], device=at.device), dim=0)
    x, y = (torch.linspace(0, 1, GRID, device=at.device) * (high[i] - low[i]) + low[i] for i in (0, 1))
    grid = torch.cartesian_prod(y.flip(0), x).flip(1)  # rows from above
    return {
        "prior": noise,
        "fitted": fitted(spectrum(test.z), noise),  # of the codes that are decoded, clouds and all
        "lerp": lerp(a, b, t),
        "slerp": slerp(a, b, t),
        "under": lifted(flat, test.mu, at, places["pointer"]),
        "grid": flat.code(grid),
    }


def _drawn(trainer: VaeTrainer, a: Tensor) -> Tensor:
    """Images drawn from p(x | z), whose pixels are independent given z, by noise that is always the same."""
    own = torch.Generator().manual_seed(DRAWN_SEED)
    return trainer.likelihood.draw(a.cpu(), own, trainer.config.sigma).to(a.device)


def _kl(test: Passage) -> dict[str, np.ndarray]:
    """The mean KL of each latent dimension, the largest first."""
    latent = test.mu.shape[1]
    nats = test.kl().mean(0).sort(descending=True).values.clamp_min(0)
    return {
        "kl edges": np.arange(latent + 1, dtype=np.float32) + 0.5,
        "kl": nats.numpy(force=True).copy(),
    }
