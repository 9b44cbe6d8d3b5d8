"""Multi-layer perceptrons on one flat buffer, with their gradients written out.

    h_0 = k x,   a_i = h_{i-1} W_i + b_i,   h_i = act_i(a_i),   f(x) = h_L                          (1)

act_L is the head, k the scale of the input. Backpropagation carries d_i = dL/da_i from the last layer to
the first:

    d_L = dL/df * act_L'(a_L),   d_{i-1} = (d_i W_i^T) * act'(a_{i-1})                              (2)
    dL/dW_i = h_{i-1}^T d_i,     dL/db_i = sum of d_i over the batch,     dL/dx = k d_1 W_1^T       (3)

A penalty on the slope s = df/dx needs the gradient of a gradient. For a penalty P with u = dP/ds, the
parameters feel it through the derivative of f along u, whose tangents run forwards:

    t_0 = k u,   r_i = t_{i-1} W_i,   t_i = r_i * act'(a_i),   dP/dW_i = t_{i-1}^T d_i  for dL/df = 1 (4)

Where the activations bend, P also changes with the a_i, and what it changes by runs backwards:

    c_i = (d_{i+1} W_{i+1}^T) * r_i * act''(a_i) + (c_{i+1} W_{i+1}^T) * act'(a_i)
    dP/dW_i gains h_{i-1}^T c_i,   dP/db_i gains the sum of c_i over the batch                      (5)

(at the last layer 1 stands for the first bracket, and 0 for the second). (Leaky) ReLU has act'' = 0 on each
piece: there (4) is all, and no bias feels a penalty.

Autograd would find the same numbers (the tests hold the two together), but on networks this small it
spends most of its time on bookkeeping: a training step takes about half as long this way. The optimiser,
the moving average, checkpoints and the check for finite numbers see one vector (`flat`, `grad`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017


@dataclass(frozen=True)
class Activation:
    """value: a -> h. slope: h -> act'(a), curvature: (h, act'(a)) -> act''(a); None where it is 0."""

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor] | None = None


def leaky_relu(a: Tensor) -> Tensor:
    return torch.nn.functional.leaky_relu(a, 0.2)


def relu_slope(h: Tensor) -> Tensor:
    return torch.sign(h)  # h is never negative


def leaky_relu_slope(h: Tensor) -> Tensor:
    return torch.sign(h).clamp_(min=0.2)


def elu_slope(h: Tensor) -> Tensor:
    return (h + 1).clamp_(max=1.0)  # h > -1, and a > 0 exactly where h > 0


def selu_slope(h: Tensor) -> Tensor:
    return torch.where(h > 0, SELU_SCALE, h + SELU_SCALE * SELU_ALPHA)


def elu_curvature(h: Tensor, slope: Tensor) -> Tensor:
    return torch.where(h > 0, 0.0, slope)  # of SELU, too: both are exponentials below 0


def tanh_slope(h: Tensor) -> Tensor:
    return 1 - h * h


def tanh_curvature(h: Tensor, slope: Tensor) -> Tensor:
    return -2 * h * slope


def sigmoid_slope(h: Tensor) -> Tensor:
    return h * (1 - h)


def sigmoid_curvature(h: Tensor, slope: Tensor) -> Tensor:
    return (1 - 2 * h) * slope


ACTIVATIONS = {
    "relu": Activation(torch.relu, relu_slope),
    "leaky-relu": Activation(leaky_relu, leaky_relu_slope),
    "elu": Activation(torch.nn.functional.elu, elu_slope, elu_curvature),
    "selu": Activation(torch.selu, selu_slope, elu_curvature),
    "tanh": Activation(torch.tanh, tanh_slope, tanh_curvature),
    "sigmoid": Activation(torch.sigmoid, sigmoid_slope, sigmoid_curvature),
}
HEADS = ("linear", *ACTIVATIONS)


class MLP:
    """The network of (1). sizes: (input, hidden, ..., output); head: "linear" or the name of an activation.

    Initialised like torch.nn.Linear. `flat` and `grad` hold all parameters and their gradients.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        head: str = "linear",
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
        scale: float = 1.0,
    ) -> None:
        self.sizes, self.activation, self.head, self.scale = tuple(sizes), activation, head, scale
        pairs = list(itertools.pairwise(self.sizes))
        last = None if head == "linear" else ACTIVATIONS[head]
        self.acts: list[Activation | None] = [*(ACTIVATIONS[activation] for _ in pairs[1:]), last]  # None: linear
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
        h = x if self.scale == 1 else x * self.scale
        for (w, b), act in zip(self.layers, self.acts, strict=True):
            h = torch.addmm(b, h, w)
            if act:
                h = act.value(h)
        return h

    def forward(self, x: Tensor) -> Tensor:
        """(1), remembering what (2) to (5) need."""
        return self._pass(x, len(self.layers))

    def _pass(self, x: Tensor, depth: int) -> Tensor:
        """(1) up to h_depth."""
        h = x if self.scale == 1 else x * self.scale
        self.values: list[Tensor] = [h]  # h_0, ..., h_L
        self.slopes: list[Tensor | None] = []  # act'(a_1), ..., act'(a_L); None where it is 1
        for (w, b), act in zip(self.layers[:depth], self.acts[:depth], strict=True):
            h = torch.addmm(b, h, w)
            if act:
                h = act.value(h)
            self.values.append(h)
            self.slopes.append(act.slope(h) if act else None)
        return h

    def backward(self, slope: Tensor) -> None:
        """(2) and (3): add the gradient of L to `grad`. slope: dL/df at the last forward, (B, output)."""
        self.collect(self.signals(slope))

    def collect(self, signals: Sequence[Tensor]) -> None:
        """(3) from the signals of L, for who needs them again, `to_input` say."""
        for (w, b), h, d in zip(self.grads, self.values, signals, strict=False):  # h_L is nobody's input
            w.addmm_(h.T, d)
            b.add_(d.sum(0))

    def signals(self, slope: Tensor) -> list[Tensor]:
        """(2): d_1, ..., d_L. slope: dL/df, (B, output)."""
        head = self.slopes[-1]
        d = slope if head is None else slope * head
        return self._back([d], len(self.layers) - 1)

    def _back(self, found: list[Tensor], i: int) -> list[Tensor]:
        """The rest of (2). found: d_L, ..., d_(i+1), to be followed by d_i, ..., d_1. Returns d_1, ..., d_L."""
        for (w, _), act_slope in zip(reversed(self.layers[1 : i + 1]), reversed(self.slopes[:i]), strict=True):
            assert act_slope is not None  # only a head is linear
            found.append((found[-1] @ w.mT).mul_(act_slope))
        return found[::-1]

    def unit_signals(self, x: Tensor) -> list[Tensor]:
        """(2) of dL/df = 1 at x. One number with a linear head is not computed: its slope does not depend on it."""
        if self.acts[-1] or self.sizes[-1] > 1 or len(self.layers) == 1:
            return self.signals(torch.ones_like(self.forward(x)))
        self._pass(x, len(self.layers) - 1)
        self.slopes.append(None)
        act_slope = self.slopes[-2]
        assert act_slope is not None  # only a head is linear
        found = [x.new_ones(len(x), 1), act_slope * self.layers[-1][0].mT]
        return self._back(found, len(self.layers) - 2)

    def to_input(self, d: Sequence[Tensor]) -> Tensor:
        """The end of (3): dL/dx, (B, input). d: signals of L."""
        slope = d[0] @ self.layers[0][0].mT
        return slope if self.scale == 1 else slope * self.scale

    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None:
        """(4) and (5): add the gradient of a penalty on the slope. d: signals of dL/df = 1, u: dP/ds, (B, input)."""
        t = u if self.scale == 1 else u * self.scale
        bends = any(act and act.curvature for act in self.acts)
        along = []  # r_1, ..., r_L
        for i, (w, _) in enumerate(self.layers):
            self.grads[i][0].addmm_(t.T, d[i])
            if i + 1 == len(self.layers) and not bends:
                return  # t_L is nobody's input
            r = t @ w
            along.append(r)
            act_slope = self.slopes[i]
            t = r if act_slope is None else r * act_slope
        self.collect(self._bends(d, along))

    def _bends(self, d: Sequence[Tensor], along: Sequence[Tensor]) -> list[Tensor]:
        """(5): c_1, ..., c_L."""
        found: list[Tensor] = []
        for i in reversed(range(len(self.layers))):
            act, act_slope, r = self.acts[i], self.slopes[i], along[i]
            c = torch.zeros_like(r)
            if found:
                c = found[-1] @ self.layers[i + 1][0].mT
                c = c if act_slope is None else c * act_slope
            if act and act.curvature and act_slope is not None:
                pull = d[i + 1] @ self.layers[i + 1][0].mT if found else torch.ones_like(r)
                c = c + pull * r * act.curvature(self.values[i + 1], act_slope)
            found.append(c)
        return found[::-1]

    def grad_norm(self) -> float:
        return math.sqrt(torch.dot(self.grad, self.grad))

    def copy(self) -> MLP:
        """The same function with a buffer of its own."""
        twin = MLP(self.sizes, self.activation, self.head, device=self.flat.device, scale=self.scale)
        twin.flat.copy_(self.flat)
        return twin
