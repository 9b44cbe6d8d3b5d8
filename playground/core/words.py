"""How a value of a setting is written where people read it."""

from __future__ import annotations

from playground.core.knobs import Value

CALLED = {  # options whose own word, which stands in addresses and in code, is not how people write it
    "ring8": "ring of 8",
    "grid25": "25-grid",
    "adam": "Adam",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "relu": "ReLU",
    "leaky-relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "mlp": "MLP",
    "vae": "VAE",
    "wgan": "WGAN",
    "wgan-clip": "WGAN, clipping",
    "wgan-gp": "WGAN-GP",
    "wgan-sn": "WGAN, spectral norm",
    "ddpm": "DDPM",
    "ddim": "DDIM",
    "euler": "Euler",
    "heun": "Heun",
    "dpm++": "DPM++",
    "min-snr": "min-SNR",
}


def counted(n: int, what: str) -> str:
    """1 step, 2 steps."""
    return f"{n} {what}{'s' * (n != 1)}"


def plain(value: Value) -> str:
    """A value in words, with a gap between thousands."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    return f"{value:g}" if isinstance(value, float) else CALLED.get(value, value)
