"""Steps per CPU second of each lab against the loop that tutorials write."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Report, median
from playground.diffusion.points import PointsTrainer
from playground.gan import add_unit_slope_penalty
from playground.labs import LABS
from playground.nets import MLP
from playground.optim import Adam

ROUND = 0.4  # CPU seconds a measurement


def cpu_per_call(call: Callable[[], object], warm: int = 50) -> float:
    """CPU seconds per call, over at least ROUND seconds."""
    for _ in range(warm):
        call()
    calls, started = 0, time.process_time()
    while time.process_time() - started < ROUND:
        for _ in range(20):
            call()
        calls += 20
    return (time.process_time() - started) / calls


def ratio(slow: Callable[[], object], fast: Callable[[], object], warm: int = 50) -> float:
    """How many times `fast` fits into `slow`: pairs measured one after the other, so that a drift cancels."""
    return median(lambda: cpu_per_call(slow, warm) / cpu_per_call(fast), 7)


Nets = tuple[nn.Module, nn.Module]


def naive(data: Tensor, nets: Nets, latent: int, batch: int) -> Callable[[], object]:
    """What tutorials write: DataLoader, D twice, sigmoid and BCE, default Adam, .item() each step."""
    G, D = nets
    loader = DataLoader(TensorDataset(data), batch_size=batch, shuffle=True, drop_last=True)
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
        fake = G(torch.randn(len(x), latent))
        made = bce(D(fake.detach()), zeros)
        made.backward()
        d_adam.step()
        g_adam.zero_grad()
        g = bce(D(fake), ones)
        g.backward()
        g_adam.step()
        return (real + made).item(), g.item()

    return step


def perceptron(*sizes: int, act: type[nn.Module], head: type[nn.Module] | None = None) -> nn.Module:
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), act()]
    return nn.Sequential(*layers[:-1], *([head()] if head else []))


def naive_coin() -> Callable[[], object]:
    torch.manual_seed(0)
    nets = (
        perceptron(1, 64, 1, act=nn.ReLU, head=nn.Sigmoid),
        perceptron(1, 32, 1, act=nn.ReLU, head=nn.Sigmoid),
    )
    return naive((torch.rand(1024, 1) < 0.3).float(), nets, 1, 32)


def distributions(report: Report) -> None:
    """The plane with two kinds of networks, and the line; nothing that the naive loop lacks is switched on."""
    bare: dict[str, Any] = {"r1": 0.0, "ema": 0.0, "decay": "none", "batch": 256, "scale_d": 1.0}
    kinds = {
        "ReLU and leaky ReLU": ("relu", "leaky-relu", nn.ReLU, lambda: nn.LeakyReLU(0.2)),
        "SELU and ELU": ("selu", "elu", nn.SELU, nn.ELU),
    }
    for words, (act_g, act_d, theirs_g, theirs_d) in kinds.items():
        trainer = LABS["gan-2d"].trainer(LABS["gan-2d"].config(**bare, act_g=act_g, act_d=act_d))
        data = torch.from_numpy(trainer.data[:4096])
        nets = perceptron(2, 64, 64, 2, act=theirs_g), perceptron(2, 64, 64, 1, act=theirs_d, head=nn.Sigmoid)
        what = f"step in the plane, 64-64 {words}, batch 256, against naive"
        report.row(what, ratio(naive(data, nets, 2, 256), trainer.step), "x", 2.2)
    small = {"width_g": 32, "width_d": 32}
    trainer = LABS["gan-1d"].trainer(LABS["gan-1d"].config(**bare, **small))
    data = torch.randn(4096, 1)
    nets = perceptron(1, 32, 32, 1, act=nn.ReLU), perceptron(1, 32, 32, 1, act=nn.LeakyReLU, head=nn.Sigmoid)
    report.row(
        "step on the line, 32-32, batch 256, against naive", ratio(naive(data, nets, 1, 256), trainer.step), "x", 2.4
    )
    for slug in ("gan-1d", "gan-2d"):
        trainer = LABS[slug].trainer()
        trainer.snapshot()
        report.row(f"snapshot of {slug}", 1e3 * median(lambda t=trainer: cpu_per_call(t.snapshot)), "ms")  # type: ignore[misc]


def naive_diffusion(trainer: PointsTrainer) -> Callable[[], object]:
    """What tutorials write: times at random, mean squared error in the noise, autograd, default Adam, .item().

    It sees x and t as our network does, and is spared the DataLoader.
    """
    torch.manual_seed(0)
    c, x = trainer.config, trainer.real.clone()
    alpha_bar = torch.from_numpy(trainer.schedule.alpha_bar).float()
    net = perceptron(trainer.see.width, *[c.width] * c.layers, trainer.dim, act=nn.ReLU)
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    def step() -> float:
        x0 = x[torch.randint(len(x), (c.batch,))]
        t = torch.randint(1, c.T + 1, (c.batch,))
        e = torch.randn_like(x0)
        a = alpha_bar[t][:, None]
        x_t = a.sqrt() * x0 + (1 - a).sqrt() * e
        loss = nn.functional.mse_loss(net(trainer.see(x_t, t)), e)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    return step


def diffusion(report: Report) -> None:
    """Points in the plane by the recommended settings, averaging and all."""
    trainer = LABS["diffusion"].trainer()
    assert isinstance(trainer, PointsTrainer)
    report.row("step of diffusion in the plane, against naive", ratio(naive_diffusion(trainer), trainer.step), "x", 1.7)
    trainer.tune(replace(trainer.config, steps=50))
    x, denoise = torch.randn(2048, 2), trainer.denoiser()
    call, sampling = (lambda: trainer.shown(trainer.see(x, 50))), (lambda: trainer.made(x, denoise, 0))
    report.row("sampling 2048 points with 50 steps", ratio(sampling, call, warm=2), "calls", most=60)
    trainer.tune(LABS["diffusion"].config())

    def look() -> None:
        trainer.look()
        trainer.snapshot()

    report.row("snapshot of diffusion", 1e3 * median(lambda: cpu_per_call(trainer.snapshot)), "ms")
    report.row("the same after a look", 1e3 * median(lambda: cpu_per_call(look, warm=2)), "ms")


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
        "gradient penalty of a 2-64-64-1 critic, against double backward",
        ratio(double_backward, written_out),
        "x",
        3.0,
    )


def run(report: Report) -> None:
    report.head("Speed of a step (ratios of CPU time, one thread)")
    coin(report)
    distributions(report)
    diffusion(report)
    parts(report)
