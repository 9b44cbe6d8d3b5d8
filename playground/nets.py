"""Multi-layer perceptrons whose parameters are views of one flat buffer.

    h_0 = x,   h_i = act(h_{i-1} W_i + b_i),   f(x) = head(h_{L-1} W_L + b_L)                       (1)

Autograd sees the matrices W_i and vectors b_i; the optimiser, the moving average, checkpoints and the
check for finite numbers see one vector each (`flat`, `grad`), so each of them is a single call
however deep the network is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Map = Callable[[Tensor], Tensor]


def leaky_relu(x: Tensor) -> Tensor:
    return torch.nn.functional.leaky_relu(x, 0.2)


def identity(x: Tensor) -> Tensor:
    return x


ACTIVATIONS: dict[str, Map] = {"relu": torch.relu, "leaky-relu": leaky_relu}
SLOPES: dict[str, Map] = {  # act'(a), for the gradient with respect to the input
    "relu": lambda a: (a > 0).to(a.dtype),
    "leaky-relu": lambda a: torch.where(a > 0, 1.0, 0.2),
}
HEADS: dict[str, Map] = {"linear": identity, "sigmoid": torch.sigmoid}


class MLP:
    """The network of (1). sizes: (input, hidden, ..., output). Initialised like torch.nn.Linear."""

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        head: str = "linear",
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.sizes, self.activation, self.head = tuple(sizes), activation, head
        self.act, self.slope, self.out = ACTIVATIONS[activation], SLOPES[activation], HEADS[head]
        pairs = list(itertools.pairwise(self.sizes))
        count = sum(fan_in * fan_out + fan_out for fan_in, fan_out in pairs)
        self.flat = torch.zeros(count, device=device)
        self.grad = torch.zeros_like(self.flat)
        self.layers: list[tuple[Tensor, Tensor]] = []  # (W, b): (fan_in, fan_out), (fan_out,)
        start = 0
        for fan_in, fan_out in pairs:
            weight = self._view(start, (fan_in, fan_out))
            bias = self._view(start + fan_in * fan_out, (fan_out,))
            self.layers.append((weight, bias))
            bound = fan_in**-0.5
            end = start + (fan_in + 1) * fan_out
            if generator is not None:
                self.flat[start:end].uniform_(-bound, bound, generator=generator)
            start = end

    def _view(self, start: int, shape: tuple[int, ...]) -> Tensor:
        """A leaf of the autograd graph that lives inside the flat buffer, and its gradient likewise."""
        end = start + torch.Size(shape).numel()
        leaf = self.flat[start:end].view(shape).requires_grad_()
        leaf.grad = self.grad[start:end].view(shape)
        return leaf

    @property
    def parameters(self) -> list[Tensor]:
        return [tensor for layer in self.layers for tensor in layer]

    def __call__(self, x: Tensor) -> Tensor:
        """x: (B, input) -> (B, output)."""
        *hidden, (weight, bias) = self.layers
        for w, b in hidden:
            x = self.act(torch.addmm(b, x, w))
        return self.out(torch.addmm(bias, x, weight))

    def with_slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """f(x) and its gradient in x, for one output and a linear head. x: (B, input) -> (B, 1), (B, input).

        The chain rule written out, df/dx = W_L^T diag(act') W_{L-1}^T ... diag(act') W_1^T, row by row.
        It stays in the graph, so that a penalty on it costs one backward pass instead of two. act' is
        piecewise constant here, so nothing is lost by not differentiating it.
        """
        *hidden, (weight, bias) = self.layers
        slopes = []
        for w, b in hidden:
            a = torch.addmm(b, x, w)
            slopes.append(self.slope(a.detach()))
            x = self.act(a)
        back = weight.T  # (1, width), then (B, width)
        for (w, _), slope in zip(reversed(hidden), reversed(slopes), strict=True):
            back = (slope * back) @ w.T
        return torch.addmm(bias, x, weight), back

    def copy(self) -> MLP:
        """The same function with a buffer of its own."""
        twin = MLP(self.sizes, self.activation, self.head, device=self.flat.device)
        twin.flat.copy_(self.flat)
        return twin
