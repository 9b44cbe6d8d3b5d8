"""Diffusion of digits: its step against the loop of tutorials, what a sample costs, how good in how much time."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Report, median
from benchmarks.speed import cpu_per_call, ratio
from playground.diffusion.digits.knobs import DigitDiffusionConfig
from playground.diffusion.digits.measuring import MEASURED
from playground.diffusion.digits.network import FASTEST, HEARD, LABELS, NONE, RATES
from playground.diffusion.digits.trainer import DigitDiffusionTrainer, prepare

FEW = 8192  # codes that the naive loop sees: as fast as with all of them
SEEDS = (6101, 6102, 6103)  # fresh: no setting was chosen by them
SOON, MINUTE = 30.0, 60.0  # CPU seconds, everything counted but reading the digits and their axes
ABOVE = 3.0  # of FD, over what as many real digits get
DIGITS = 64


class Tutorial(nn.Module):
    """The network of `playground.diffusion.digits.network` as a torch module."""

    def __init__(self, config: DigitDiffusionConfig) -> None:
        super().__init__()
        dim, width, blocks = config.shape
        self.register_buffer("rates", FASTEST ** torch.linspace(0, 1, RATES))
        self.time, self.label = nn.Linear(2 * RATES, HEARD), nn.Embedding(LABELS, HEARD)
        self.first, self.last = nn.Linear(dim, width), nn.Linear(width, dim)
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=False) for _ in range(blocks + 1))
        self.a, self.b = (nn.ModuleList(nn.Linear(width, width) for _ in range(blocks)) for _ in range(2))
        self.c = nn.ModuleList(nn.Linear(HEARD, width, bias=False) for _ in range(blocks))

    def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        angles = t[:, None] * self.rates
        c = F.silu(self.time(torch.cat((angles.sin(), angles.cos()), 1))) + self.label(y)
        h = self.first(x)
        for norm, a, b, push in zip(self.norms, self.a, self.b, self.c, strict=False):
            h = h + b(F.silu(a(norm(h)) + push(c)))
        return self.last(self.norms[-1](h))


def naive(trainer: DigitDiffusionTrainer) -> Callable[[], object]:
    """What tutorials write: DataLoader, autograd, default Adam, .item(); and no average, which samples are made of."""
    torch.manual_seed(0)
    c = trainer.config
    model = Tutorial(c)
    adam = torch.optim.Adam(model.parameters(), c.lr)
    data = TensorDataset(trainer.codes[:FEW].clone(), trainer.labels[:FEW].clone())
    loader = DataLoader(data, batch_size=c.batch, shuffle=True, drop_last=True)
    batches = iter(loader)

    def step() -> float:
        nonlocal batches
        try:
            x0, y = next(batches)
        except StopIteration:
            batches = iter(loader)
            x0, y = next(batches)
        t, e = torch.rand(len(x0)), torch.randn_like(x0)
        y = torch.where(torch.rand(len(y)) < c.withheld, NONE, y)
        a, s = torch.cos(torch.pi / 2 * t)[:, None], torch.sin(torch.pi / 2 * t)[:, None]
        adam.zero_grad()
        loss = F.mse_loss(model(a * x0 + s * e, t, y), a * e - s * x0)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def speed(report: Report) -> None:
    trainer = DigitDiffusionTrainer(DigitDiffusionConfig(decoder="straight"), "cpu")

    def step() -> None:
        for _ in trainer.iteration():  # neither loop measures
            pass

    report.row("step of the network against the naive loop", ratio(naive(trainer), step), "x", 1.7)
    report.row(
        f"{DIGITS} digits out of noise", median(lambda: cpu_per_call(lambda: trainer.sample(DIGITS))), "s", most=0.3
    )


def quality(report: Report) -> None:
    for seed in SEEDS:
        config = DigitDiffusionConfig(seed=seed)
        prepare(config)
        trainer, start = DigitDiffusionTrainer(config, "cpu"), time.process_time()
        for seconds in (SOON, MINUTE):
            while time.process_time() - start < seconds:
                trainer.step()
            spent = time.process_time()
            trainer.measure()
            now = trainer.scalars()
            start += time.process_time() - spent
            usual = trainer.gauge.yardstick.floor(MEASURED)[1]
            words = f"after {seconds:g} CPU s, step {trainer.step_count}, seed {seed}"
            bar = usual + ABOVE if seconds == MINUTE else None
            report.row(f"FD {words}", now["fd"], most=bar)
            report.row("  read as the digit that was asked for", now["agreement"], least=0.97 if bar else None)
            report.row(
                "  certainty of the reader over that on real digits",
                now["certainty"] / now["real_certainty"],
            )


def run(report: Report) -> None:
    report.head("Diffusion of digits")
    speed(report)
    quality(report)
