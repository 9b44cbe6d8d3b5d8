"""Convolution by its definition agrees with torch, and transposed convolution is its adjoint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.convolution import convolve, matrix, overlaps, shape_after, transposed

Case = tuple[tuple[int, int], tuple[int, int], int, int]


def cases() -> list[Case]:
    """Random shapes of image and kernel, with strides that do and do not come out even."""
    rng = np.random.default_rng(4)
    return [
        (
            (int(rng.integers(4, 11)), int(rng.integers(4, 11))),
            (int(rng.integers(1, 5)), int(rng.integers(1, 5))),
            int(rng.integers(1, 4)),
            int(rng.integers(0, 3)),
        )
        for _ in range(30)
    ]


def torch_of(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array)[None, None]


@pytest.mark.parametrize(("shape", "kernel_shape", "stride", "padding"), cases())
def test_both_agree_with_torch_and_are_adjoint(shape, kernel_shape, stride, padding):
    rng = np.random.default_rng(shape[0] * 100 + shape[1])
    x, k = rng.normal(size=shape), rng.normal(size=kernel_shape)
    out = shape_after(shape, kernel_shape, stride, padding)
    y = rng.normal(size=out)

    there = F.conv2d(torch_of(x), torch_of(k), stride=stride, padding=padding)[0, 0].numpy()
    np.testing.assert_allclose(convolve(x, k, stride, padding), there, atol=1e-12)

    smallest = [stride * (n - 1) + m - 2 * padding for n, m in zip(out, kernel_shape, strict=True)]
    extra = tuple(n - m for n, m in zip(shape, smallest, strict=True))  # what the stride has left over
    if all(0 <= rest < stride for rest in extra) and min(smallest) > 0:
        back = F.conv_transpose2d(torch_of(y), torch_of(k), stride=stride, padding=padding, output_padding=extra)
        np.testing.assert_allclose(transposed(y, k, shape, stride, padding), back[0, 0].numpy(), atol=1e-12)

    left, right = np.vdot(convolve(x, k, stride, padding), y), np.vdot(x, transposed(y, k, shape, stride, padding))
    assert abs(left - right) <= 1e-10

    A = matrix(k, shape, stride, padding)
    np.testing.assert_allclose(A @ x.ravel(), convolve(x, k, stride, padding).ravel(), atol=1e-12)
    np.testing.assert_allclose(A.T @ y.ravel(), transposed(y, k, shape, stride, padding).ravel(), atol=1e-12)


def test_the_shape_comes_back_and_the_values_do_not():
    x = np.zeros((8, 8))
    x[3, 4] = 1
    k = np.ones((3, 3))
    back = transposed(convolve(x, k, 1, 1), k, (8, 8), 1, 1)
    assert back.shape == x.shape
    assert back[3, 4] == 9 and back.sum() == 81  # one pixel has become a pyramid


def test_stride_two_overlaps_unevenly_with_three_and_evenly_with_four():
    three = overlaps((3, 3), (4, 4), 2)
    np.testing.assert_array_equal(three[2:6, 2:6], np.outer([2, 1, 2, 1], [2, 1, 2, 1]))
    assert set(np.unique(three)) == {1, 2, 4}
    four = overlaps((4, 4), (4, 4), 2)
    assert (four[2:-2, 2:-2] == 4).all()


def test_overlaps_count_stamps():
    counted = np.zeros((9, 9))
    for i, j in np.ndindex(4, 4):
        counted[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += 1
    np.testing.assert_array_equal(overlaps((3, 3), (4, 4), 2), counted)
    np.testing.assert_array_equal(overlaps((3, 3), (4, 4), 2, 1), counted[1:-1, 1:-1])


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        convolve(np.ones((2, 2)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="is not convolved to"):
        transposed(np.ones((3, 3)), np.ones((3, 3)), (8, 8), 2, 1)
