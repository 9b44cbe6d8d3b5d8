"""One file a lab. LABS finds them: a module of this folder that defines LAB is on the map."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from playground.core import Lab


def _discover() -> Mapping[str, Lab]:
    labs = {}
    for module in pkgutil.iter_modules(__path__):
        lab = getattr(importlib.import_module(f"{__name__}.{module.name}"), "LAB", None)
        if lab is not None:
            labs[lab.slug] = lab
    return MappingProxyType(labs)


LABS: Mapping[str, Lab] = _discover()
