"""The reader: an MLP that tells digits apart, trained by `train.py` and shipped with the library.

    f(x) = ReLU(ReLU(x W_1 + b_1) W_2 + b_2),        p(x) = softmax(f(x) W_3 + b_3)                 (1)

It judges what generators make, so it has also seen what is no digit, and answers there that it does not know: p is
almost even. f, its features, are what the Frechet distance compares. Their unit is arbitrary, because ReLU(s a) =
s ReLU(a): what W_2 and b_2 gain, W_3 can give back. `train.py` sets it so that images of independent pixels, each as
bright as in the digits but blind to the others, lie `INDEPENDENT` away from the digits.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from playground.nets import MLP

SIZES = (784, 256, 64, 10)
FEATURES = SIZES[-2]
INDEPENDENT = 250.0  # the Frechet distance of independent pixels: a mark that every reader can be set to
FILE = Path(__file__).with_name("weights.safetensors")


class Reader:
    def __init__(self, net: MLP) -> None:
        self.net = net

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """f of (1), of images between 0 and 1. (n, 784) -> (n, 64)."""
        for w, b in self.net.layers[:-1]:
            x = torch.addmm(b, x, w).relu_()
        return x

    @torch.no_grad()
    def classes(self, features: Tensor) -> Tensor:
        """p of (1) from features that are known already. (n, 64) -> (n, 10)."""
        w, b = self.net.layers[-1]
        return torch.addmm(b, features, w).softmax(1)

    def probabilities(self, x: Tensor) -> Tensor:
        """p of (1): how likely each image, with pixels between 0 and 1, shows each digit. (n, 784) -> (n, 10)."""
        return self.classes(self.features(x))


def tensors(net: MLP) -> dict[str, Tensor]:
    """The parameters by their names in (1); views of the network's own memory."""
    return {
        f"{name}{at}": tensor
        for at, layer in enumerate(net.layers, 1)
        for name, tensor in zip("Wb", layer, strict=True)
    }


def load(file: Path) -> Reader:
    """The reader in a file that `train.py` wrote."""
    net = MLP(SIZES)
    given = load_file(file)
    for name, tensor in tensors(net).items():
        tensor.copy_(given[name])
    return Reader(net)


@cache
def reader() -> Reader:
    """The reader that ships: one for the whole process, on the CPU. Nobody writes into it."""
    return load(FILE)
