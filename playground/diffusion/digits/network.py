"""The network that finds digits in noise, with its gradients written out on one flat vector.

It hears a noisy code x_t (B, d), the time t and which digit y is asked for, or none. With phi(t) sines and cosines of
t / T at growing rates, and LN bringing each row to mean 0 and variance 1,

    c = silu(phi(t) W_t + b_t) + E_y                                                                (1)
    h_0 = x_t W_in + b_in
    n_i = LN(h_(i-1)),   u_i = n_i A_i + c C_i + b_i,   h_i = h_(i-1) + silu(u_i) B_i + b'_i        (2)
    f(x_t, t, y) = LN(h_L) W_out + b_out                                                            (3)

B_i, b'_i, W_out and b_out begin at 0: at first the network says 0, and each block lets everything pass. Backwards, with
g_i = dL/dh_i and r the reciprocal of the standard deviation that LN has divided by,

    LN:    dh = r (dn - mean(dn) - n mean(dn * n)),   means over the row                            (4)
    silu:  du = dg * s(u) (1 + u (1 - s(u))),   s(u) = 1 / (1 + e^-u)                               (5)
    g_(i-1) = g_i + LN'(du_i A_i^T),   dc = sum of du_i C_i^T                                       (6)

The C_i lie side by side in one matrix, so that what (2) and (6) do with c is one product for all blocks. Autograd finds
the same numbers (the tests hold the two together) and takes longer. References: Ho et al. 2020 (time), Peebles and Xie
2023 (blocks that begin as nothing), Ho and Salimans 2021 (being asked for nothing in particular).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

NONE = 10  # the label that asks for no digit in particular
LABELS = NONE + 1
RATES = 32  # of phi, which has twice as many numbers
FASTEST = 100.0  # radians from t = 0 to T at the last rate; at the first it is 1
HEARD = 64  # numbers of c
SPREAD = 0.5  # of E at first
EPS = 1e-5  # beside a variance

silu_slope = torch.ops.aten.silu_backward  # (5) in one pass
norm_slope = torch.ops.aten.native_layer_norm_backward  # (4) in one pass


class Shape(NamedTuple):
    """What networks have to share to be copied into each other."""

    dim: int
    width: int
    blocks: int


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """The parameters of (1) to (3), in the order in which they lie in one vector."""
    dim, width, blocks = shape
    return {
        "W_t": (2 * RATES, HEARD),
        "b_t": (HEARD,),
        "E": (LABELS, HEARD),
        "W_in": (dim, width),
        "b_in": (width,),
        "C": (HEARD, blocks * width),
        "b": (blocks * width,),
        "A": (blocks, width, width),
        "B": (blocks, width, width),
        "b'": (blocks, width),
        "W_out": (width, dim),
        "b_out": (dim,),
    }


def parameters(shape: Shape) -> int:
    """How many numbers are learned."""
    return sum(math.prod(size) for size in sizes(shape).values())


def time_features(T: int) -> Tensor:
    """phi of all times 0, ..., T: (T + 1, 2 RATES)."""
    rates = FASTEST ** torch.linspace(0, 1, RATES, dtype=torch.float64)
    angles = torch.arange(T + 1, dtype=torch.float64)[:, None] / T * rates
    return torch.cat((angles.sin(), angles.cos()), 1).float()


class See:
    """What the network is shown of x_t, t and y: a row of x_t, phi(t) and a 1 in the place of y, of 0s otherwise."""

    def __init__(self, T: int, device: torch.device) -> None:
        self.phi, self.labels = time_features(T).to(device), torch.eye(LABELS, device=device)

    def __call__(self, x: Tensor, t: Tensor | int, y: Tensor) -> Tensor:
        """x: (n, d), t: one for each or one for all, y: (n,). Returns (n, d + 2 RATES + LABELS)."""
        return torch.cat((x, self.phi[t].expand(len(x), -1), self.labels[y]), 1)


class CodeNet:
    """The f of (1) to (3), of rows that `See` makes. `flat` and `grad` hold its parameters and their gradients."""

    def __init__(
        self, shape: Shape, generator: torch.Generator | None = None, device: str | torch.device = "cpu"
    ) -> None:
        self.shape = shape
        self.sizes = sizes(shape)
        self.flat = torch.zeros(parameters(shape), device=device)
        self.grad = torch.zeros_like(self.flat)
        self.p, self.g = self._views(self.flat), self._views(self.grad)
        if generator is not None:
            self._draw(generator)

    def _views(self, buffer: Tensor) -> dict[str, Tensor]:
        counts = [math.prod(size) for size in self.sizes.values()]
        parts = zip(self.sizes.items(), buffer.split(counts), strict=True)
        return {name: part.view(size) for (name, size), part in parts}

    def _draw(self, generator: torch.Generator) -> None:
        """As torch.nn.Linear draws weights; what (2) and (3) end in stays 0."""
        for name in ("W_t", "W_in", "C", "A"):
            bound = self.sizes[name][-2] ** -0.5
            self.p[name].uniform_(-bound, bound, generator=generator)
        self.p["E"].normal_(0, SPREAD, generator=generator)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x_t, phi(t) and the place of y."""
        noisy, phi, y = x.split((self.shape.dim, 2 * RATES, LABELS), 1)
        return noisy, phi, y

    def _block(self, of_all: Tensor, i: int) -> Tensor:
        """What belongs to block i of what lies side by side for all blocks."""
        return of_all[:, i * self.shape.width : (i + 1) * self.shape.width]

    # --- forward -----------------------------------------------------------------------------------------

    def forward(self, x: Tensor) -> Tensor:
        """(1) to (3), remembering what `backward` needs. x: rows of `See`. (B, d)"""
        p = self.p
        self.noisy, self.phi, self.y = self._parts(x)
        self.early = torch.addmm(p["b_t"], self.phi, p["W_t"])
        self.c = F.silu(self.early).addmm_(self.y, p["E"])
        pushed = torch.addmm(p["b"], self.c, p["C"])  # c C_i + b_i of all blocks
        h = torch.addmm(p["b_in"], self.noisy, p["W_in"])
        self.normed: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []  # h, n, mean and r of each LN
        self.bent: list[tuple[Tensor, Tensor]] = []  # u and silu(u)
        for i in range(self.shape.blocks):
            u = torch.addmm(self._block(pushed, i), self._norm(h), p["A"][i])
            self.bent.append((u, F.silu(u)))
            h = torch.addmm(p["b'"][i], self.bent[i][1], p["B"][i]).add_(h)
        return torch.addmm(p["b_out"], self._norm(h), p["W_out"])

    def _norm(self, h: Tensor) -> Tensor:
        n, mean, r = torch.native_layer_norm(h, (self.shape.width,), None, None, EPS)
        self.normed.append((h, n, mean, r))
        return n

    def __call__(self, x: Tensor) -> Tensor:
        """(1) to (3), and nothing is remembered."""
        p, whole = self.p, (self.shape.width,)
        noisy, phi, y = self._parts(x)
        c = F.silu(torch.addmm(p["b_t"], phi, p["W_t"]), inplace=True).addmm_(y, p["E"])
        pushed = torch.addmm(p["b"], c, p["C"])
        h = torch.addmm(p["b_in"], noisy, p["W_in"])
        for i in range(self.shape.blocks):
            u = torch.addmm(self._block(pushed, i), F.layer_norm(h, whole, eps=EPS), p["A"][i])
            h = torch.addmm(p["b'"][i], F.silu(u, inplace=True), p["B"][i]).add_(h)
        return torch.addmm(p["b_out"], F.layer_norm(h, whole, eps=EPS), p["W_out"])

    # --- backward ----------------------------------------------------------------------------------------

    def backward(self, slope: Tensor) -> None:
        """(4) to (6): `grad` becomes the gradient of L. slope: dL/df at the last forward, (B, d)."""
        p, g = self.p, self.g
        torch.mm(self.normed[-1][1].T, slope, out=g["W_out"])
        torch.sum(slope, 0, out=g["b_out"])
        d = self._through_norm(slope @ p["W_out"].T, -1)  # g_L
        pushes = d.new_empty(len(d), self.shape.blocks * self.shape.width)  # du_i of all blocks
        for i in reversed(range(self.shape.blocks)):
            u, bent = self.bent[i]
            torch.mm(bent.T, d, out=g["B"][i])
            torch.sum(d, 0, out=g["b'"][i])
            du = silu_slope(d @ p["B"][i].T, u)
            torch.mm(self.normed[i][1].T, du, out=g["A"][i])
            self._block(pushes, i).copy_(du)
            d = self._through_norm(du @ p["A"][i].T, i).add_(d)
        torch.mm(self.noisy.T, d, out=g["W_in"])
        torch.sum(d, 0, out=g["b_in"])
        torch.mm(self.c.T, pushes, out=g["C"])
        torch.sum(pushes, 0, out=g["b"])
        self._to_conditions(pushes @ p["C"].T)

    def _through_norm(self, dn: Tensor, i: int) -> Tensor:
        """(4) of the norm that came i-th."""
        h, _, mean, r = self.normed[i]
        through: Tensor = norm_slope(dn, h, (self.shape.width,), mean, r, None, None, (True, False, False))[0]
        return through

    def _to_conditions(self, dc: Tensor) -> None:
        """The end of (6)."""
        torch.mm(self.y.T, dc, out=self.g["E"])
        d = silu_slope(dc, self.early)
        torch.mm(self.phi.T, d, out=self.g["W_t"])
        torch.sum(d, 0, out=self.g["b_t"])

    def copy(self) -> CodeNet:
        """The same function with a buffer of its own."""
        twin = CodeNet(self.shape, device=self.flat.device)
        twin.flat.copy_(self.flat)
        return twin
