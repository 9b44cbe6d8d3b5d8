"""Steps per CPU second of each lab against the loop that tutorials write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Report, median
from playground.gan import add_unit_slope_penalty
from playground.labs import LABS
from playground.nets import MLP
from playground.optim import Adam

ROUND = 0.4  # CPU seconds a measurement


def cpu_per_call(call: Callable[[], object]) -> float:
    """CPU seconds per call, over at least ROUND seconds."""
    for _ in range(50):
        call()
    calls, started = 0, time.process_time()
    while time.process_time() - started < ROUND:
        for _ in range(20):
            call()
        calls += 20
    return (time.process_time() - started) / calls


def ratio(slow: Callable[[], object], fast: Callable[[], object]) -> float:
    """How many times `fast` fits into `slow`: pairs measured one after the other, so that a drift cancels."""
    return median(lambda: cpu_per_call(slow) / cpu_per_call(fast), 7)


def naive_coin() -> Callable[[], object]:
    """DataLoader, D twice, sigmoid and BCE, default Adam, .item() each step; batch 32, z 1, G 1-64-1, D 1-32-1."""
    torch.manual_seed(0)
    tosses = (torch.rand(1024, 1) < 0.3).float()
    loader = DataLoader(TensorDataset(tosses), batch_size=32, shuffle=True)
    G = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())
    D = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
    g_adam, d_adam = torch.optim.Adam(G.parameters(), 1e-3), torch.optim.Adam(D.parameters(), 1e-3)
    bce = nn.BCELoss()

    def forever() -> Iterator[Tensor]:
        while True:
            for (x,) in loader:
                yield x

    batches = forever()

    def step() -> tuple[float, float]:
        x = next(batches)
        ones, zeros = torch.ones(len(x), 1), torch.zeros(len(x), 1)
        d_adam.zero_grad()
        real = bce(D(x), ones)
        real.backward()
        fake = G(torch.randn(len(x), 1))
        made = bce(D(fake.detach()), zeros)
        made.backward()
        d_adam.step()
        g_adam.zero_grad()
        g = bce(D(fake), ones)
        g.backward()
        g_adam.step()
        return (real + made).item(), g.item()

    return step


def coin(report: Report) -> None:
    lab = LABS["coin-gan"]
    bare = lab.config(batch=32, r1=0.0, ema=0.0, decay="none", lr_g=1e-3, lr_d=1e-3, beta1=0.9)
    report.row(
        "coin step, bare-bones at batch 32, against the naive loop",
        ratio(naive_coin(), lab.trainer(bare).step),
        "x",
        2.7,
    )
    cured = lab.config(batch=32)
    report.row("the same with slope penalty and averaging", ratio(naive_coin(), lab.trainer(cured).step), "x")
    report.row("snapshot", 1e3 * median(lambda: cpu_per_call(lab.trainer().snapshot)), "ms")


def parts(report: Report) -> None:
    """The two choices that are not the obvious ones: our own Adam, and gradients written out."""
    p, grad = torch.randn(200), torch.randn(200)
    ours = Adam(p.clone(), grad)
    leaf = nn.Parameter(p.clone())
    leaf.grad = grad
    fused = torch.optim.Adam([leaf], fused=True)
    report.row(
        "Adam on 200 flat numbers, against torch's fused one",
        ratio(fused.step, lambda: ours.step(1e-3, 0.5, 0.999)),
        "x",
        1.0,
    )
    critic = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    D, x = MLP((2, 64, 64, 1), generator=torch.Generator().manual_seed(0)), torch.randn(128, 2)

    def double_backward() -> None:
        point = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(critic(point).sum(), point, create_graph=True)
        critic.zero_grad()
        (slope.norm(dim=1) - 1).square().mean().backward()

    def written_out() -> None:
        D.grad.zero_()
        add_unit_slope_penalty(D, x, 1.0)

    report.row(
        "gradient penalty of a 2-64-64-1 critic, against double backward", ratio(double_backward, written_out), "x"
    )


def run(report: Report) -> None:
    report.head("Speed of a step (ratios of CPU time, one thread)")
    coin(report)
    parts(report)
