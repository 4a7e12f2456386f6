"""Points sorted into cubes, so that what lies near a place is found without looking at all of them."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.scene import F64, I32


@njit(cache=True, nogil=True)
def sort_into_cubes(points: F64, which: I32, low: F64, counts: NDArray[np.integer], edge: float) -> tuple[I32, I32]:
    """First entry (cubes + 1,) of each cube of `edge` mm, and the indices `which` of points (p, 3) by cube.

    Cubes start at `low` (3,), `counts` (3,) along each axis; those that follow each other along z do so here.
    """
    total = counts[0] * counts[1] * counts[2]
    start = np.zeros(total + 2, np.int32)  # shifted by one, so that filling leaves it in place
    cube = np.empty(len(which), np.int64)
    for k in range(len(which)):
        p = which[k]
        a = int((points[p, 0] - low[0]) / edge)
        b = int((points[p, 1] - low[1]) / edge)
        c = int((points[p, 2] - low[2]) / edge)
        cube[k] = (a * counts[1] + b) * counts[2] + c
        start[cube[k] + 2] += 1
    for k in range(2, total + 2):
        start[k] += start[k - 1]
    order = np.empty(len(which), np.int32)
    for k in range(len(which)):
        order[start[cube[k] + 1]] = which[k]
        start[cube[k] + 1] += 1
    return start[: total + 1], order


@njit(cache=True, nogil=True, inline="always")
def cubes_within(value: float, reach: float, low: float, count: int, edge: float) -> tuple[int, int]:
    """First and last cube along one axis of what lies within `reach` mm of `value`; the last is less for none."""
    first, last = math.floor((value - reach - low) / edge), math.floor((value + reach - low) / edge)
    return max(int(first), 0), min(int(last), count - 1)
