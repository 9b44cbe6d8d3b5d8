"""Many small networks side by side, one for each pixel, that know nothing of each other.

Network i maps one number to one number through h hidden units:

    f_i(x) = head( sum over j of  v_ij act(w_ij k x + b_ij)  +  c_i )                               (1)

with act the leaky ReLU of slope .2, k the scale of the input, and a sigmoid or nothing as head. Backpropagation, with
d = dL/df_i times the head's slope and m = act':

    dL/dv_j = sum of d act(a_j),   dL/dw_j = sum of d v_j m_j k x,   dL/db_j = sum of d v_j m_j     (2)
    dL/dx = k sum over j of  d v_j m_j w_j                                                          (3)

The slope of a network without a head is s = k sum of v_j w_j m_j. A penalty P with u = dP/ds adds

    dP/dv_j = sum of u k m_j w_j,   dP/dw_j = sum of u k m_j v_j                                    (4)

since act has no curvature. All networks go through each of these lines in one batched product, which is what makes
784 of them affordable: trained one after another they take 27 times as long (measured, batch 64, 8 hidden units).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LEAK = 0.2
Parts = tuple[Tensor, Tensor, Tensor, Tensor]


class Crowd:
    """(1) for i = 1, ..., n. `flat` and `grad` hold all parameters and their gradients."""

    def __init__(
        self, n: int, hidden: int, generator: torch.Generator | None = None, *, scale: float, sigmoid: bool
    ) -> None:
        self.n, self.hidden, self.scale, self.sigmoid = n, hidden, scale, sigmoid
        self.flat = torch.zeros(n * (3 * hidden + 1))
        self.grad = torch.zeros_like(self.flat)
        self.w, self.b, self.v, self.c = self._parts(self.flat)
        self.grads = self._parts(self.grad)
        if generator is not None:
            for part, bound in ((self.w, 1.0), (self.b, 1.0), (self.v, hidden**-0.5), (self.c, hidden**-0.5)):
                part.uniform_(-bound, bound, generator=generator)

    def _parts(self, buffer: Tensor) -> Parts:
        """w (n, h, 1), b (n, h, 1), v (n, 1, h), c (n, 1, 1): views."""
        w, b, v, c = buffer.split([self.n * self.hidden] * 3 + [self.n])
        return w.view(self.n, -1, 1), b.view(self.n, -1, 1), v.view(self.n, 1, -1), c.view(self.n, 1, 1)

    def __call__(self, x: Tensor) -> Tensor:
        """(1). x: (n, B) -> (n, B)"""
        h = F.leaky_relu_(torch.baddbmm(self.b, self.w, (x * self.scale)[:, None]), LEAK)
        f = torch.baddbmm(self.c, self.v, h)[:, 0]
        return f.sigmoid_() if self.sigmoid else f

    def forward(self, x: Tensor) -> Tensor:
        """(1), remembering what (2) to (4) need."""
        self.x = (x * self.scale)[:, None]  # (n, 1, B)
        self.h = F.leaky_relu_(torch.baddbmm(self.b, self.w, self.x), LEAK)  # (n, h, B)
        self.m = torch.where(self.h > 0, 1.0, LEAK)
        f = torch.baddbmm(self.c, self.v, self.h)[:, 0]
        self.f = f.sigmoid_() if self.sigmoid else f
        return self.f

    def signals(self, slope: Tensor) -> tuple[Tensor, Tensor]:
        """d (n, 1, B) and d v_j m_j (n, h, B). slope: dL/df at the last forward, (n, B)"""
        d = (slope * self.f * (1 - self.f) if self.sigmoid else slope)[:, None]
        return d, torch.bmm(self.v.mT, d).mul_(self.m)

    def backward(self, slope: Tensor) -> None:
        """(2): add the gradient of L to `grad`."""
        d, inner = self.signals(slope)
        dw, db, dv, dc = self.grads
        dv.baddbmm_(d, self.h.mT)
        dc.add_(d.sum(2, keepdim=True))
        dw.baddbmm_(inner, self.x.mT)
        db.add_(inner.sum(2, keepdim=True))

    def to_input(self, slope: Tensor) -> Tensor:
        """(3). (n, B)"""
        return torch.bmm(self.w.mT, self.signals(slope)[1])[:, 0] * self.scale

    def slopes(self) -> Tensor:
        """s at the last forward, of networks without a head. (n, B)"""
        return torch.bmm(self.v * self.w.mT, self.m)[:, 0] * self.scale

    def backward_penalty(self, u: Tensor) -> None:
        """(4): add the gradient of a penalty on the slopes. u: dP/ds, (n, B)"""
        felt = torch.bmm((u * self.scale)[:, None], self.m.mT)  # (n, 1, h)
        dw, _, dv, _ = self.grads
        dv.addcmul_(felt, self.w.mT)
        dw.addcmul_(felt.mT, self.v.mT)

    def copy(self) -> Crowd:
        """The same functions with a buffer of their own."""
        twin = Crowd(self.n, self.hidden, scale=self.scale, sigmoid=self.sigmoid)
        twin.flat.copy_(self.flat)
        return twin
