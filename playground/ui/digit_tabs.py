"""The further tabs of the GAN on digits: what pixels have to know of each other, and what a convolution does."""

from __future__ import annotations

from playground.ui.digit_convolution import convolution
from playground.ui.digit_per_pixel import per_pixel
from playground.ui.digit_pixels import two_pixels
from playground.ui.tab import Extra

EXTRAS: dict[str, Extra] = {
    "Two pixels": two_pixels,
    "One GAN per pixel": per_pixel,
    "Convolution": convolution,
}
