"""log p by the flow: the target's own with the exact denoiser, and a density with any other."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from playground import devices  # noqa: F401  (one thread, as on the server)
from playground.data import line, plane
from playground.data.line import NormalMixture
from playground.data.scores import log_density
from playground.diffusion.exact import Exact
from playground.diffusion.likelihood import FEWEST, followed, leave, log_likelihood, pauses
from playground.diffusion.predictions import PREDICTIONS, read
from playground.diffusion.schedule import Schedule, schedule
from playground.diffusion.start import start_gap
from playground.nets import MLP

COSINE, FLOW, LINEAR = (
    schedule("diffusion", "cosine", 50),
    schedule("flow", T=50),
    schedule("diffusion", "linear", 100, 0.1),
)
PATHS = {"cosine": COSINE, "flow": FLOW, "linear": LINEAR}
COIN = NormalMixture((0.7, 0.3), (-1.0, 1.0), (0.1, 0.1))


def grid(d: int, reach: float, step: float) -> Tensor:
    side = np.arange(-reach, reach + step / 2, step)
    points = side[:, None] if d == 1 else np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    return torch.from_numpy(points)


def drawn(target: plane.PlaneTarget | line.LineTarget, n: int) -> Tensor:
    return target.draw(n, torch.Generator().manual_seed(5)).double().view(n, -1)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(
    "target", [line.normal(0.2, 0.05), plane.diagonal(), plane.blob(0.1)], ids=["line", "diagonal", "small"]
)
def test_the_first_piece_is_exact_for_a_normal_law(target, path):
    """(2): however large the first noise is beside the detail, x and its density move as they should."""
    exact, x = Exact(target, path), drawn(target, 50) * 1.5
    x_1, gained = leave(exact, path, x)
    np.testing.assert_allclose(gained + exact.log_density(x_1, 1), log_density(target, x).view(-1), atol=1e-9)


@pytest.mark.parametrize("path", [COSINE, FLOW], ids=["cosine", "flow"])
@pytest.mark.parametrize("target", [line.normal(0.2, 0.4), plane.diagonal()], ids=["line", "diagonal"])
def test_a_normal_law_is_found_to_a_thousandth(target, path):
    x = drawn(target, 200)
    found = log_likelihood(Exact(target, path), path, x)
    np.testing.assert_allclose(found.log_p, log_density(target, x).view(-1), atol=4e-3)
    assert (found.log_p - log_density(target, x).view(-1)).abs().mean() < 1e-3


TOLERANCES = {  # of the mean over points of the law, and of half of the points, in nats: measured, times 1.5
    "coin": (COIN, 0.0015, 0.0008),
    "ring": (plane.ring(), 0.004, 0.004),
    "ring8": (plane.ring8(), 0.014, 0.005),
    "moons": (plane.moons(), 0.006, 0.005),
    "grid25": (plane.grid25(), 0.03, 0.012),
}


@pytest.mark.parametrize("path", [COSINE, FLOW], ids=["cosine", "flow"])
@pytest.mark.parametrize("name", TOLERANCES)
def test_with_the_exact_denoiser_it_is_the_density_of_the_data(name, path):
    """Else what the score card says of a learned model would be the error of the method."""
    target, mean, half = TOLERANCES[name]
    x = drawn(target, 200)
    found = log_likelihood(Exact(target, path), path, x)
    off = found.log_p - log_density(target, x).view(-1)
    assert abs(float(off.mean())) < mean
    assert float(off.abs().median()) < half
    assert float(found.error.mean()) > abs(float(off.mean())) / 2, "the error that is stated is no smaller than it is"


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(("target", "step"), [(COIN, 0.01), (plane.ring8(2.0), 0.06)], ids=["coin", "ring8"])
def test_the_mass_is_one_and_lies_where_the_data_are(target, step, path):
    d = 1 if target is COIN else 2
    x = grid(d, 2.0 if d == 1 else 1.6, step)
    p = log_likelihood(Exact(target, path), path, x).log_p.exp()
    assert float(p.sum()) * step**d == pytest.approx(1, abs=0.005)
    apart = float((p - log_density(target, x).view(-1).exp()).abs().sum()) * step**d / 2
    assert apart < 0.004 + start_gap(target, path).tv


@pytest.mark.parametrize("kind", PREDICTIONS)
@pytest.mark.parametrize("d", [1, 2])
def test_any_network_has_a_density(d, kind):
    """A flow only carries mass: whatever the network says, it adds up to 1. A wrong divergence would not."""
    path, step = schedule("diffusion", "linear", 100, 0.1), (0.02, 0.2)[d - 1]
    network = MLP((d + 1, 24, d), "tanh", "linear", torch.Generator().manual_seed(d))

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        said = network(torch.cat((x, torch.full_like(x[:, :1], t / path.T)), 1))
        level = path.level(t)
        if kind == "epsilon":
            said = level.s * x + level.a * said  # that of N(0, I) data, and something else
        elif kind == "x0":
            said = level.a * x + level.s * said
        return read(kind, x, said, level)

    x = grid(d, 8.0 if d == 1 else 6.0, step)
    found = log_likelihood(denoise, path, x.float())
    assert float(found.log_p.exp().sum()) * step**d == pytest.approx(1, abs=0.01)
    plain = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1).exp()
    assert float((found.log_p.exp() - plain).abs().sum()) * step**d > 0.05, "it has learned nothing, but is not N(0, I)"


def test_what_begins_at_pure_noise_is_the_model():
    """On a path that does not end in noise the exact denoiser's model is another law than the data, by its share."""
    early = schedule("diffusion", "linear", 50, 0.02)
    x = grid(1, 2.0, 0.01)
    p = log_likelihood(Exact(COIN, early), early, x).log_p.exp()
    assert float(p.sum()) * 0.01 == pytest.approx(1, abs=0.01)
    assert float(p[x[:, 0] > 0].sum()) * 0.01 == pytest.approx(0.4374, abs=0.005)  # `shares_above`: flow


def test_twice_the_steps_a_quarter_of_the_error():
    errors = []
    for T in (40, 160):
        path = schedule("flow", T=T)
        errors.append(float(log_likelihood(Exact(COIN, path), path, drawn(COIN, 200)).error.median()))
    assert math.log(errors[0] / errors[1], 4) == pytest.approx(2, abs=0.4)


def test_nothing_is_learned_by_asking():
    """No gradient stays behind, and grad mode is as it was."""
    network = torch.nn.Linear(2, 2).double()

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        return read("v", x, network(x), COSINE.level(t))

    with torch.no_grad():
        found = log_likelihood(denoise, COSINE, grid(2, 1.0, 0.5))
        assert not torch.is_grad_enabled()
    assert not found.log_p.requires_grad
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_network_of_single_precision_is_asked_in_it():
    x = drawn(COIN, 50)
    one, other = (log_likelihood(Exact(COIN, FLOW), FLOW, points).log_p for points in (x, x.float()))
    assert other.dtype == torch.float64
    np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("T", [2, 3, 4])
def test_an_error_that_nothing_tells_is_not_said_to_be_none(T):
    """At T = 2 every second time is every time, and the sum is off by half a nat and more."""
    path = schedule("diffusion", "cosine", T)
    x = drawn(COIN, 200)
    found = log_likelihood(Exact(COIN, path), path, x)
    off = (found.log_p - log_density(COIN, x).view(-1)).abs().mean()
    assert float(off) > 0.1
    assert bool(found.error.isnan().all()) if T < FEWEST else float(found.error.mean()) > 0.02


def test_what_is_no_number_is_told_from_what_is_known():
    """One point that the denoiser fails at costs neither the others nor the run."""

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        lost = torch.where(x < -0.8, math.nan, 0.0)
        return tuple(part + lost for part in Exact(COIN, FLOW)(x, t))  # type: ignore[return-value]

    x = torch.tensor([[-1.0], [1.0]]).double()
    found = log_likelihood(denoise, FLOW, x).log_p
    assert bool(found[0].isnan()) and float(found[1]) == pytest.approx(
        float(log_likelihood(Exact(COIN, FLOW), FLOW, x).log_p[1]), abs=1e-9
    )


def test_there_is_a_pause_after_each_time():
    """The server's one worker takes turns: nobody waits for all times of a path."""
    asked: list[int] = []

    def denoise(x: Tensor, t: int) -> tuple[Tensor, Tensor]:
        asked.append(t)
        return Exact(COIN, COSINE)(x, t)

    work, between = followed(denoise, COSINE, drawn(COIN, 5)), []
    for _ in work:
        between.append(len(asked))
        asked.clear()
    assert len(between) == pauses(COSINE) > 50
    assert max(between) <= 2


def test_a_path_of_one_step_is_refused():
    path: Schedule = schedule("flow", T=1)
    with pytest.raises(ValueError, match="one step"):
        log_likelihood(Exact(COIN, path), path, grid(1, 1.0, 0.5))
