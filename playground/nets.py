"""Multi-layer perceptrons on one flat buffer, with their gradients written out.

    h_0 = x,   a_i = h_{i-1} W_i + b_i,   h_i = act(a_i),   f(x) = head(a_L)                        (1)

Backpropagation carries d_i = dL/da_i from the last layer to the first:

    d_L = dL/df * head'(a_L),   d_{i-1} = (d_i W_i^T) * act'(a_{i-1})                               (2)
    dL/dW_i = h_{i-1}^T d_i,    dL/db_i = sum of d_i over the batch,    dL/dx = d_1 W_1^T           (3)

A penalty on the slope s = df/dx needs the gradient of a gradient. For a penalty P with u = dP/ds, the
parameters feel it through the derivative of f along u, whose tangents run forwards:

    t_0 = u,   t_i = (t_{i-1} W_i) * act'(a_i),   dP/dW_i = t_{i-1}^T d_i   with dL/df = 1 in (2)   (4)

act' is constant on each piece of (leaky) ReLU, so with a linear head (4) is exact and no bias feels a penalty.

Autograd would find the same numbers (the tests hold the two together), but on networks this small it
spends most of its time on bookkeeping: a training step takes about half as long this way. The optimiser,
the moving average, checkpoints and the check for finite numbers see one vector (`flat`, `grad`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Map = Callable[[Tensor], Tensor]


def leaky_relu(a: Tensor) -> Tensor:
    return torch.nn.functional.leaky_relu(a, 0.2)


def relu_slope(a: Tensor) -> Tensor:
    return (a > 0).to(a.dtype)


def leaky_relu_slope(a: Tensor) -> Tensor:
    return torch.where(a > 0, 1.0, 0.2)


# name: (act, act')
ACTIVATIONS: dict[str, tuple[Map, Map]] = {
    "relu": (torch.relu, relu_slope),
    "leaky-relu": (leaky_relu, leaky_relu_slope),
}


class MLP:
    """The network of (1). sizes: (input, hidden, ..., output); head: "linear" or "sigmoid".

    Initialised like torch.nn.Linear. `flat` and `grad` hold all parameters and their gradients.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        head: str = "linear",
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.sizes, self.activation, self.head = tuple(sizes), activation, head
        self.act, self.act_slope = ACTIVATIONS[activation]
        pairs = list(itertools.pairwise(self.sizes))
        self.flat = torch.zeros(sum((fan_in + 1) * fan_out for fan_in, fan_out in pairs), device=device)
        self.grad = torch.zeros_like(self.flat)
        if generator is not None:
            ends = itertools.accumulate((fan_in + 1) * fan_out for fan_in, fan_out in pairs)
            for (fan_in, fan_out), end in zip(pairs, ends, strict=True):
                bound = fan_in**-0.5
                self.flat[end - (fan_in + 1) * fan_out : end].uniform_(-bound, bound, generator=generator)
        self.layers = self._layers(self.flat)  # (W, b): (fan_in, fan_out), (fan_out,)
        self.grads = self._layers(self.grad)

    def _layers(self, buffer: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The buffer as weights and biases: views, so that a change of one is a change of the other."""
        layers, start = [], 0
        for fan_in, fan_out in itertools.pairwise(self.sizes):
            middle, end = start + fan_in * fan_out, start + (fan_in + 1) * fan_out
            layers.append((buffer[start:middle].view(fan_in, fan_out), buffer[middle:end]))
            start = end
        return layers

    def __call__(self, x: Tensor) -> Tensor:
        """(1). x: (B, input) -> (B, output)."""
        *hidden, (weight, bias) = self.layers
        for w, b in hidden:
            x = self.act(torch.addmm(b, x, w))
        y = torch.addmm(bias, x, weight)
        return torch.sigmoid(y) if self.head == "sigmoid" else y

    def forward(self, x: Tensor) -> Tensor:
        """(1), remembering what (2) to (4) need."""
        *hidden, (weight, bias) = self.layers
        self.inputs, self.slopes = [x], []  # h_{i-1} and act'(a_i) of each layer
        for w, b in hidden:
            a = torch.addmm(b, x, w)
            x = self.act(a)
            self.slopes.append(self.act_slope(a))
            self.inputs.append(x)
        y = torch.addmm(bias, x, weight)
        self.output = torch.sigmoid(y) if self.head == "sigmoid" else y
        return self.output

    def backward(self, slope: Tensor) -> None:
        """(2) and (3): add the gradient of L to `grad`. slope: dL/df at the last forward, (B, output)."""
        for (w, b), x, d in zip(self.grads, self.inputs, self.signals(slope), strict=True):
            w.addmm_(x.T, d)
            b.add_(d.sum(0))

    def signals(self, slope: Tensor) -> list[Tensor]:
        """(2): d_1, ..., d_L. slope: dL/df, (B, output)."""
        d = slope * self.output * (1 - self.output) if self.head == "sigmoid" else slope
        found = [d]
        for (w, _), act_slope in zip(reversed(self.layers[1:]), reversed(self.slopes), strict=True):
            d = (d @ w.T).mul_(act_slope)
            found.append(d)
        return found[::-1]

    def to_input(self, d: Sequence[Tensor]) -> Tensor:
        """The end of (3): dL/dx, (B, input). d: signals of L."""
        return d[0] @ self.layers[0][0].T

    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None:
        """(4): add the gradient of a penalty on the slope. d: signals of dL/df = 1, u: dP/ds, (B, input)."""
        t = u
        for i, (w, _) in enumerate(self.layers):
            self.grads[i][0].addmm_(t.T, d[i])
            if i < len(self.slopes):
                t = (t @ w).mul_(self.slopes[i])

    def copy(self) -> MLP:
        """The same function with a buffer of its own."""
        twin = MLP(self.sizes, self.activation, self.head, device=self.flat.device)
        twin.flat.copy_(self.flat)
        return twin
