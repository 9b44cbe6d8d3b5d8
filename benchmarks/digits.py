"""The digits: how good in how much time, how fast against the loop that tutorials write, and how much memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Report, median
from benchmarks.speed import cpu_per_call, naive, ratio
from playground.data.digits import PIXELS, grey, mnist
from playground.gan.image_knobs import ImageConfig
from playground.gan.images import ImageTrainer
from playground.vae.knobs import VaeConfig
from playground.vae.trainer import VaeTrainer

MINUTE = 60.0  # CPU seconds
FEW = 8192  # digits that the naive loops see: as fast as with all of them
SEEDS = (101, 102)  # fresh: no setting was chosen by them
ALLOWED = 150  # MB of one run above a server that is idle


def naive_gan(scaled: Tensor) -> Callable[[], object]:
    """The same networks as torch modules, with torch's batch norm and a sigmoid at the end of D."""
    torch.manual_seed(0)
    c = ImageConfig()
    parts: list[nn.Module] = []
    sizes = (c.latent, c.width_g, 2 * c.width_g, 4 * c.width_g)
    for fan_in, fan_out in itertools.pairwise(sizes):
        parts += [nn.Linear(fan_in, fan_out), nn.BatchNorm1d(fan_out), nn.LeakyReLU(0.2)]
    G = nn.Sequential(*parts, nn.Linear(sizes[-1], PIXELS), nn.Tanh())
    D = nn.Sequential(
        nn.Linear(PIXELS, c.width_d),
        nn.LeakyReLU(0.2),
        nn.Linear(c.width_d, c.width_d // 2),
        nn.LeakyReLU(0.2),
        nn.Linear(c.width_d // 2, 1),
        nn.Sigmoid(),
    )
    return naive(scaled, (G, D), c.latent, c.batch)


class ExampleVae(nn.Module):
    """784-400-20-400-784, as PyTorch's examples have it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.mean, self.spread = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.back, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.inner(x))
        mean, spread = self.mean(h), self.spread(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * spread)
        return torch.sigmoid(self.out(F.relu(self.back(z)))), mean, spread


def naive_vae(digits: Tensor) -> Callable[[], object]:
    torch.manual_seed(0)
    model = ExampleVae()
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    loader = DataLoader(TensorDataset(digits), batch_size=VaeConfig().batch, shuffle=True, drop_last=True)
    batches = iter(loader)

    def step() -> float:
        nonlocal batches
        try:
            (x,) = next(batches)
        except StopIteration:
            batches = iter(loader)
            (x,) = next(batches)
        adam.zero_grad()
        y, mean, spread = model(x)
        kl = -0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp())
        loss = F.binary_cross_entropy(y, x, reduction="sum") + kl
        loss.backward()
        adam.step()
        return loss.item()

    return step


def speed(report: Report) -> None:
    digits = grey(mnist().train_x[:FEW])
    bare = ImageTrainer(ImageConfig(r1=0.0, ema=0.0, decay="none"), "cpu")
    slow = naive_gan(digits * 2 - 1)
    report.row("step of the perceptrons, bare, against the naive loop", ratio(slow, bare.step), "x", 1.25)
    report.row("the same with slope penalty and averaging", ratio(slow, ImageTrainer(ImageConfig(), "cpu").step), "x")
    report.row(
        "step of the VAE against the naive loop",
        ratio(naive_vae(digits), VaeTrainer(VaeConfig(), "cpu").step),
        "x",
        1.4,
    )
    for name, trainer in (("GAN", bare), ("VAE", VaeTrainer(VaeConfig(), "cpu"))):
        trainer.step()
        report.row(f"snapshot of the {name}", 1e3 * median(lambda t=trainer: cpu_per_call(t.snapshot), 3), "ms")  # type: ignore[misc]


def quality(report: Report) -> None:
    for seed in SEEDS:
        trainer, end = ImageTrainer(ImageConfig(seed=seed), "cpu"), time.process_time() + MINUTE
        while time.process_time() < end:
            trainer.step()
        trainer.measure()
        now = trainer.scalars()
        report.row(f"FD after {MINUTE:g} CPU seconds, seed {seed}", now["fd"], most=35)
        report.row(f"  rarest digit after {trainer.step_count} steps", 100 * now["rarest"], "%", 3)
        vae, start = VaeTrainer(VaeConfig(seed=seed), "cpu"), time.process_time()
        for epochs, most in ((10, 106.0), (15, 104.5)):
            while vae.step_count < epochs * vae.epoch_steps:
                vae.step()
            spent = time.process_time() - start
            found = vae.test_elbo()["loss"]
            report.row(f"test -ELBO after {epochs} epochs, {spent:.0f} CPU s, seed {seed}", found, "nats", most=most)


GROWTH = """
from benchmarks.browser import memory_mb
import os, sys
import playground.ui.watch
from playground.labs import LABS
from playground.runtime.limits import Limits
from playground.runtime.run import Run
idle = memory_mb(os.getpid())
lab = LABS[sys.argv[1]]
run = Run(lab, lab.config(), Limits())
run.post("play")
while run.step < 300:
    run.touched = float("inf")
    run.advance(0.0, lambda: False)
print(memory_mb(os.getpid()) - idle)
"""


def memory(report: Report) -> None:
    """A process of its own for each, so that nothing is there already; the digits themselves are counted."""
    for slug in ("mnist-gan", "vae"):
        done = subprocess.run([sys.executable, "-c", GROWTH, slug], capture_output=True, text=True, check=True)
        report.row(f"memory of the first run of {slug}", float(done.stdout), "MB", most=ALLOWED)


def run(report: Report) -> None:
    report.head("Handwritten digits")
    speed(report)
    memory(report)
    quality(report)
