"""Where tensors live. One torch thread: on networks this small a second one makes each step slower."""

from __future__ import annotations

import os

import torch

torch.set_num_threads(1)


def pick(device: str = "auto", heavy: bool = False) -> torch.device:
    """'auto' takes CUDA or MPS for heavy models; a small one trains faster on the CPU beside it.

    The environment variable PLAYGROUND_DEVICE overrides 'auto' for every run of a process.
    """
    if device == "auto":
        device = os.environ.get("PLAYGROUND_DEVICE", "auto")
    if device != "auto":
        return _named(device)
    if heavy and torch.cuda.is_available():
        return torch.device("cuda")
    if heavy and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _named(name: str) -> torch.device:
    """ValueError, in a sentence, for a device that is not there."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"There is no device {name[:40]!r} here; auto, cpu, cuda and mps are possible.") from error
    return device
