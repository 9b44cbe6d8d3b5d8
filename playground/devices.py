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
        return torch.device(device)
    if heavy and torch.cuda.is_available():
        return torch.device("cuda")
    if heavy and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
