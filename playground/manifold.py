"""What G makes of its noise: a lattice of the noise's first two numbers, carried through G.

A cell of the lattice holds the mass m of noise, and its image covers the area A of the plane: there G's density is
about

    q = m / A                                                                                       (1)

so that a stretched cell is pale and a crowded one is dark. With noise bits the lattice has several sheets, at most
SHEETS of them; with more than two numbers of noise each is the slice where the others are 0. Noise on a sphere has only
a great circle there, of no area. In slices, and where sheets
lie on one another, (1) is the density of one piece of the image, not of the whole.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

SHEETS = 8  # of all the patterns of bits
REACH = {"normal": 2.4, "uniform": 3**0.5, "sphere": math.pi}  # of the lattice in each number; of angles on a sphere
GAP = 0.1  # of a diameter, between the two points of a sphere in one dimension
FINE, COARSE = 21, 9  # lines of one sheet, and of each of several
DARKEST = 0.95  # of the cells are no denser than one that is drawn in full


def lattice(law: str, latent: int, bits: int) -> tuple[Tensor, np.ndarray]:
    """The noise at the nodes, (rows, columns, latent + bits), and the mass of each cell, (rows - 1, columns - 1).

    Between two sheets stands a row of NaN. With one number of noise, and on a sphere, the lattice is a line: two equal
    rows.
    """
    wanted = range(0, 2**bits, max(1, 2**bits // SHEETS))[:SHEETS]
    patterns = [[1.0 if index >> bit & 1 else -1.0 for bit in range(bits)] for index in wanted]
    lines = FINE if len(patterns) == 1 else COARSE
    flat = latent == 1 or law == "sphere"
    rows, columns = (2, 4 * FINE) if flat else (lines, lines)
    ticks = torch.linspace(-REACH[law], REACH[law], columns, dtype=torch.float64)
    share = _shares(ticks, law)
    sheets, masses = [], []
    for pattern in patterns:
        sheet = torch.zeros(rows, len(ticks), latent + bits, dtype=torch.float64)
        if law == "sphere":
            sheet[..., : min(latent, 2)] = _great_circle(ticks, latent)
        else:
            sheet[..., 0] = ticks
            if latent > 1:
                sheet[..., 1] = ticks[:, None]
        sheet[..., latent:] = torch.tensor(pattern, dtype=torch.float64)
        sheets += [sheet, torch.full((1, *sheet.shape[1:]), math.nan, dtype=torch.float64)]
        mass = np.zeros((1, len(share))) if flat else np.outer(share, share)
        masses += [mass / len(patterns), np.zeros((2, len(share)))]
    return torch.cat(sheets[:-1]).float(), np.concatenate(masses[:-1])


def _great_circle(angle: Tensor, latent: int) -> Tensor:
    """Points of length sqrt(latent), (columns, 2). In one dimension there are only two, and nothing between them."""
    if latent > 1:
        return torch.stack((torch.cos(angle), torch.sin(angle)), 1) * math.sqrt(latent)
    side = torch.cos(angle)
    return torch.where(side.abs() > GAP, side.sign(), math.nan)[:, None]


def _shares(ticks: Tensor, law: str) -> np.ndarray:
    """How much noise lies between neighbouring ticks."""
    cumulative = torch.special.ndtr(ticks) if law == "normal" else ticks / (2 * REACH["uniform"]) + 0.5
    return cumulative.diff().numpy()


def shade(nodes: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """How dark each cell is: sqrt of (1), 1 where G is densest, 0 at a gap. nodes: (rows, columns, 2)."""
    across = nodes[1:, 1:] - nodes[:-1, :-1]
    down = nodes[1:, :-1] - nodes[:-1, 1:]
    area = np.abs(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        q = np.where(mass > 0, mass / np.maximum(area, 1e-9), 0.0)
    cells = np.sort(q[mass > 0])
    dense = cells[int(DARKEST * len(cells))] if len(cells) else 1.0
    return np.nan_to_num(np.sqrt(np.clip(q / dense, 0, 1))).astype(np.float32)
