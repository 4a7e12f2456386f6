"""Boxes around points, in one pass over them: numpy takes many times as long for arrays as narrow as (n, 3)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.scene import F64, I32


@njit(cache=True, nogil=True)
def bounds(points: NDArray[np.floating]) -> tuple[F64, F64]:
    """Least and greatest coordinates (3,) of points (n, 3), n > 0."""
    low, high = np.empty(3), np.empty(3)
    for c in range(3):
        low[c] = high[c] = points[0, c]
    for i in range(1, points.shape[0]):
        for c in range(3):
            low[c] = min(low[c], points[i, c])
            high[c] = max(high[c], points[i, c])
    return low, high


@njit(cache=True, nogil=True)
def inside(points: NDArray[np.floating], low: F64, high: F64) -> I32:
    """Indices of the points (n, 3) within a box."""
    out = np.empty(points.shape[0], np.int32)
    count = 0
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        if low[0] < x < high[0] and low[1] < y < high[1] and low[2] < z < high[2]:
            out[count] = i
            count += 1
    return out[:count].copy()


def around(points: NDArray[np.floating], others: NDArray[np.floating], margin: float) -> I32:
    """Indices of the points (n, 3) inside the box of `others` (m, 3), m > 0, and `margin` mm beyond."""
    low, high = bounds(others)
    return inside(points, low - margin, high + margin)
