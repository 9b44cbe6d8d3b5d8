"""Convolution and transposed convolution of one image by their definition, and what joins them.

A layer of a convolutional network slides a small kernel k over an image x, s pixels at a time (the stride), after
p rows and columns of zeros were put around it (the padding):

    y[i, j] = sum over a, b of  k[a, b] x[s i + a - p, s j + b - p]                                 (1)

Transposed convolution goes the other way: each y[i, j] stamps the kernel, y[i, j] times, where (1) has read it:

    x'[u, v] = sum of  k[a, b] y[i, j]  over all a, b, i, j with s i + a - p = u, s j + b - p = v   (2)

Both are linear, so each is a matrix, and the matrix of (2) is that of (1) transposed. That is, for all x and y,

    <conv x, y> = <x, conv^T y>                                                                     (3)

Transposed is not inverse: (2) restores the shape that (1) has taken, not the values. How many y[i, j] reach a pixel
is (2) of ones with a kernel of ones; where that is uneven, an upsampling network tends to paint a checkerboard.

References: Dumoulin and Visin 2016 (1, 2), Odena, Dumoulin and Olah 2016 (checkerboards). As in every library of
networks the kernel is not flipped: a mathematician calls (1) a cross-correlation.
"""

from __future__ import annotations

import numpy as np

Shape = tuple[int, int]


def shape_after(shape: Shape, kernel: Shape, stride: int = 1, padding: int = 0) -> Shape:
    """How many rows and columns (1) gives. ValueError where the kernel does not fit once."""
    rows, columns = ((n + 2 * padding - k) // stride + 1 for n, k in zip(shape, kernel, strict=True))
    if rows < 1 or columns < 1:
        raise ValueError(f"A kernel of {kernel[0]} x {kernel[1]} does not fit into this image.")
    return rows, columns


def convolve(x: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """(1). x: (rows, columns)."""
    shape = shape_after(_shape(x), _shape(kernel), stride, padding)
    padded = np.pad(np.asarray(x, dtype=float), padding)
    y = np.zeros(shape)
    for a, b in np.ndindex(kernel.shape):
        y += kernel[a, b] * padded[_reads(a, b, shape, stride)]
    return y


def transposed(y: np.ndarray, kernel: np.ndarray, shape: Shape, stride: int = 1, padding: int = 0) -> np.ndarray:
    """(2). shape: of the result; with a stride several shapes are convolved to that of y. ValueError for others."""
    if shape_after(shape, _shape(kernel), stride, padding) != y.shape:
        raise ValueError(f"An image of {shape[0]} x {shape[1]} is not convolved to {y.shape[0]} x {y.shape[1]}.")
    rows, columns = shape
    x = np.zeros((rows + 2 * padding, columns + 2 * padding))
    for a, b in np.ndindex(kernel.shape):
        x[_reads(a, b, _shape(y), stride)] += kernel[a, b] * y
    return x[padding : padding + rows, padding : padding + columns]


def _reads(a: int, b: int, shape: Shape, stride: int) -> tuple[slice, slice]:
    """The padded pixels that kernel[a, b] meets, as the kernel slides."""
    rows, columns = shape
    return slice(a, a + stride * (rows - 1) + 1, stride), slice(b, b + stride * (columns - 1) + 1, stride)


def matrix(kernel: np.ndarray, shape: Shape, stride: int = 1, padding: int = 0) -> np.ndarray:
    """(1) as a matrix: one row for each pixel of y, one column for each pixel of x, both read row by row."""
    pixels = np.eye(shape[0] * shape[1]).reshape(-1, *shape)
    return np.stack([convolve(pixel, kernel, stride, padding).ravel() for pixel in pixels], axis=1)


def overlaps(kernel: Shape, out: Shape, stride: int = 1, padding: int = 0) -> np.ndarray:
    """How many of the `out` stamps of (2) reach each pixel of the smallest image that they can come from."""
    rows, columns = (stride * (n - 1) + k - 2 * padding for n, k in zip(out, kernel, strict=True))
    return transposed(np.ones(out), np.ones(kernel), (rows, columns), stride, padding)


def _shape(x: np.ndarray) -> Shape:
    rows, columns = x.shape
    return rows, columns
