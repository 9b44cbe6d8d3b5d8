"""One file a lab. LABS finds them: a module of this folder that defines LAB is on the map."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from playground.core import Lab

# in the order of a course; one that is not named here comes last
CHAPTERS = ("Distributions", "Adversarial games", "GAN against WGAN", "Clinic", "Latent codes", "Diffusion")


def _discover() -> Mapping[str, Lab]:
    labs: dict[str, Lab] = {}
    for module in pkgutil.iter_modules(__path__):
        lab = getattr(importlib.import_module(f"{__name__}.{module.name}"), "LAB", None)
        if lab is not None:
            labs[lab.slug] = lab
    return MappingProxyType(dict(sorted(labs.items(), key=lambda item: _place(item[1]))))


def _place(lab: Lab) -> tuple[int, int]:
    chapter = CHAPTERS.index(lab.chapter) if lab.chapter in CHAPTERS else len(CHAPTERS)
    return chapter, lab.place


LABS: Mapping[str, Lab] = _discover()
