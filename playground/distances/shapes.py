"""What p and q look like: each shape can be drawn from, and knows its exact distances when it is moved."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from playground.data.line import LineTarget, normal, uniform
from playground.divergences import Discs, Moved, Normals, Singular, Uniforms

SIGMA = 0.7  # of a round normal blob in the plane
TALL = 2.0  # length of a segment; the radius of a disc is 1
OUTLINE = 96  # corners of a circle


@dataclass(frozen=True)
class Shape:
    """p, around 0. q is the same, `width` times as wide where that can be turned, and moved by theta along x."""

    moved: Callable[[float], Moved]  # width of q -> the distances
    draw: Callable[[int, torch.Generator], np.ndarray]  # (n, 1) or (n, 2)
    reach: float  # how far it goes from its middle
    law: LineTarget | None = None  # on the line, if it has a density there
    outline: np.ndarray | None = None  # (k, 2), in the plane

    @property
    def dim(self) -> int:
        return 1 if self.outline is None else 2


def _on_the_line(law: LineTarget) -> Callable[[int, torch.Generator], np.ndarray]:
    return lambda n, generator: law.draw(n, generator).numpy(force=True).astype(float)[:, None]


def _one_place(n: int, generator: torch.Generator) -> np.ndarray:
    return np.zeros((n, 1))


def _segment(n: int, generator: torch.Generator) -> np.ndarray:
    y = (_even(n, generator) - 0.5) * TALL
    return np.stack((np.zeros(n), y), 1)


def _disc(n: int, generator: torch.Generator) -> np.ndarray:
    radius, angle = np.sqrt(_even(n, generator)), _even(n, generator) * 2 * math.pi
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), 1)


def _blob(n: int, generator: torch.Generator) -> np.ndarray:
    return SIGMA * torch.randn(n, 2, generator=generator, device=generator.device).numpy(force=True).astype(float)


def _even(n: int, generator: torch.Generator) -> np.ndarray:
    return torch.rand(n, generator=generator, device=generator.device).numpy(force=True).astype(float)


def _circle(radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * math.pi, OUTLINE + 1)
    return radius * np.stack((np.cos(angle), np.sin(angle)), 1)


NORMAL, UNIFORM = normal(), uniform()
SHAPES: dict[str, Shape] = {
    "uniforms": Shape(lambda b: Uniforms(1.0, b), _on_the_line(UNIFORM), 1.0, UNIFORM),
    "normals": Shape(lambda b: Normals(1.0, b), _on_the_line(NORMAL), 2.5, NORMAL),
    "points": Shape(lambda b: Singular(), _one_place, 0.5),
    "segments": Shape(lambda b: Singular(), _segment, 1.0, outline=TALL / 2 * np.array([[0, -1], [0, 1], [0, -1]])),
    "discs": Shape(lambda b: Discs(1.0), _disc, 1.0, outline=_circle(1.0)),
    "blobs": Shape(lambda b: Normals(SIGMA, SIGMA), _blob, 2 * SIGMA, outline=_circle(2 * SIGMA)),
}
LINE = tuple(name for name, shape in SHAPES.items() if shape.dim == 1)
PLANE = tuple(name for name, shape in SHAPES.items() if shape.dim == 2)
WIDE = tuple(name for name, shape in SHAPES.items() if shape.law)  # those of which q can be wider than p
