"""Any torch module as a player: its parameters in one flat vector, its gradients by autograd.

`nets.MLP` writes its gradients out. Convolutions and batch norms are better left to autograd; but the algorithm, the
optimisers, the bounds, a checkpoint and the check for finite numbers see the same either way: `flat` and `grad`, of
which the parameters of the module and their gradients are views.

`forward` keeps the graph of f(x), and what is asked later is read off it:

    to_input(signals(s))           s^T df/dx                                                        (1)
    backward(s)                    grad <- grad + s^T df/dtheta                                     (2)
    backward_penalty(signals, u)   grad <- grad + d(u^T df/dx)/dtheta, u held fixed                 (3)

(3) is the gradient of any penalty P on the slope df/dx if u = dP/d(slope): one derivative of a derivative.

A batch norm divides by what it finds in the batch. What comes out for one image then depends on the others, so for
showing there is `resting`: it uses kept `statistics`, which whoever trains the network looks after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn


class Network(Protocol):
    """What the algorithm asks of a player: `nets.MLP` and `FlatModule` have it."""

    sizes: tuple[int, ...]  # (numbers in, ..., numbers out)
    flat: Tensor
    grad: Tensor
    scale: float  # what the input is multiplied by
    layers: list[tuple[Tensor, Tensor]]  # (W, b), views of `flat`
    grads: list[tuple[Tensor, Tensor]]  # the same of `grad`

    def __call__(self, x: Tensor) -> Tensor: ...
    def forward(self, x: Tensor) -> Tensor: ...
    def backward(self, slope: Tensor) -> None: ...
    def signals(self, slope: Tensor) -> list[Tensor]: ...
    def unit_signals(self, x: Tensor) -> list[Tensor]: ...
    def to_input(self, d: Sequence[Tensor]) -> Tensor: ...
    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None: ...
    def grad_norm(self) -> float: ...
    def copy(self) -> Network: ...


class FlatModule:
    """`build` returns the module, (B, sizes[0]) -> (B, sizes[-1]); it is asked once, and once more for each copy.

    Norms begin as the identity. With a generator, the other weights and biases are drawn as torch draws them, uniformly
    within 1 / sqrt(fan-in); without one they are 0.
    """

    scale = 1.0

    def __init__(
        self,
        build: Callable[[], nn.Module],
        sizes: Sequence[int],
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.build, self.sizes = build, tuple(sizes)
        with torch.device("meta"):  # shapes only: torch's own initialisation would draw from the global generator
            self.module = build()
        owners = [(m, name, p) for m in self.module.modules() for name, p in m.named_parameters(recurse=False)]
        self.flat = torch.zeros(sum(p.numel() for _, _, p in owners), device=device)
        self.grad = torch.zeros_like(self.flat)
        self._bind(owners)
        kept = [(m, name, b) for m in self.module.modules() for name, b in m.named_buffers(recurse=False)]
        self.statistics = torch.zeros(sum(b.numel() for _, _, b in kept), device=device)
        for (m, name, b), part in zip(kept, self.statistics.split([b.numel() for _, _, b in kept]), strict=True):
            part.fill_(float(name == "var"))
            m.register_buffer(name, part.view(b.shape))
        if generator is not None:
            self._draw(generator)

    def _bind(self, owners: list[tuple[nn.Module, str, nn.Parameter]]) -> None:
        """Every parameter becomes a view of `flat`, and its gradient one of `grad`."""
        counts = [p.numel() for _, _, p in owners]
        self.parameters: list[nn.Parameter] = []
        for (m, name, p), value, grad in zip(owners, self.flat.split(counts), self.grad.split(counts), strict=True):
            value.fill_(float(p.ndim == 1 and name == "weight"))  # a norm begins as the identity
            parameter = nn.Parameter(value.view(p.shape))
            parameter.grad = grad.view(p.shape)
            setattr(m, name, parameter)
            self.parameters.append(parameter)
        self.layers, self.grads = [], []
        for weight, bias in _mixing(self.module):
            assert weight.grad is not None and bias.grad is not None
            self.layers.append((weight.data.flatten(1), bias.data))
            self.grads.append((weight.grad.flatten(1), bias.grad))

    def _draw(self, generator: torch.Generator) -> None:
        for weight, bias in _mixing(self.module):
            bound = weight[0].numel() ** -0.5
            weight.data.uniform_(-bound, bound, generator=generator)
            bias.data.uniform_(-bound, bound, generator=generator)

    def __call__(self, x: Tensor) -> Tensor:
        """f(x), and nothing is remembered."""
        with torch.no_grad():
            return self.module(x)

    def forward(self, x: Tensor) -> Tensor:
        """f(x), remembering what (1) to (3) need."""
        self.x = x.detach().requires_grad_()
        with torch.enable_grad():
            self.y: Tensor = self.module(self.x)
        return self.y.detach()

    def backward(self, slope: Tensor) -> None:
        """(2). slope: dL/df at the last forward, (B, output)."""
        torch.autograd.backward(_along(self.y, slope), retain_graph=True, inputs=self.parameters)

    def signals(self, slope: Tensor) -> list[Tensor]:
        """What `to_input` starts from: autograd needs nothing between."""
        return [slope]

    def unit_signals(self, x: Tensor) -> list[Tensor]:
        """The same for the slope of f itself at x."""
        return self.signals(torch.ones_like(self.forward(x)))

    def to_input(self, d: Sequence[Tensor]) -> Tensor:
        """(1): dL/dx, (B, input)."""
        (slope,) = torch.autograd.grad(_along(self.y, d[0]), self.x, retain_graph=True)
        return slope

    def backward_penalty(self, d: Sequence[Tensor], u: Tensor) -> None:
        """(3). d: signals of dL/df, u: dP/ds, (B, input)."""
        (slope,) = torch.autograd.grad(_along(self.y, d[0]), self.x, create_graph=True)
        torch.autograd.backward(_along(slope, u), inputs=self.parameters)

    def grad_norm(self) -> float:
        return math.sqrt(torch.dot(self.grad, self.grad))

    @property
    def resting(self) -> bool:
        """Whether norms use the kept statistics instead of the batch's, and nothing is dropped."""
        return not self.module.training

    @resting.setter
    def resting(self, rests: bool) -> None:
        self.module.train(not rests)

    def copy(self) -> FlatModule:
        """The same function with buffers of its own."""
        twin = FlatModule(self.build, self.sizes, device=self.flat.device)
        twin.flat.copy_(self.flat)
        twin.statistics.copy_(self.statistics)
        twin.resting = self.resting
        return twin


def _along(y: Tensor, d: Tensor) -> Tensor:
    """d^T y, whose gradient with respect to y is d.

    Handing d to autograd beside y is the same, but there torch compares their shapes by algebra, and for that imports
    half a second and 23 MB of Python.
    """
    with torch.enable_grad():
        return torch.dot(y.flatten(), d.flatten())


def _mixing(module: nn.Module) -> Iterator[tuple[nn.Parameter, nn.Parameter]]:
    """Weight and bias of each layer that mixes its inputs. The weights of a norm are a vector."""
    for m in module.modules():
        weight, bias = getattr(m, "weight", None), getattr(m, "bias", None)
        if isinstance(weight, nn.Parameter) and isinstance(bias, nn.Parameter) and weight.ndim > 1:
            yield weight, bias
