"""Distance to a surface given by vertices and normals: a smooth signed distance near it.

Implicit moving least squares (Kolluri 2005): the distances to the tangent planes of near vertices, weighted
by closeness. With vertices about 1 mm apart on a finger of 7 mm radius it errs by some 0.02 mm.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from model.mesh.boxes import bounds
from model.mesh.cubes import cubes_within, sort_into_cubes
from model.scene import F64, I32

CELL_MM = 3.0  # edge of a bucket
SIGHT_MM = 5.0  # how far a query sees
FIRST_LOOK = 0.4  # of that, where most queries end
SMOOTH = 1.1  # mm: reach of the weights around the nearest vertex
ALIKE = 0.3  # cosine between normals of one side of a finger


class Buckets(NamedTuple):
    """Vertices sorted into cubes of CELL_MM; cubes that follow each other along z follow each other in `order`."""

    origin: F64  # (3,) mm
    counts: I32  # (3,) cubes along each axis
    start: I32  # (cubes + 1,) first entry of each cube in `order`
    order: I32  # (p,) vertex indices by cube


class Sheet(NamedTuple):
    """A surface that can be asked for distances."""

    points: F64  # (p, 3) mm
    normals: F64  # (p, 3) unit
    buckets: Buckets  # that the points lie in


def make_sheet(points: F64, normals: F64) -> Sheet:
    """The sheet of points (p, 3) mm and unit normals (p, 3)."""
    return Sheet(points, normals, sort_points(points))


def sort_points(points: F64, which: I32 | None = None) -> Buckets:
    """Buckets of points (p, 3) mm, or of those at the indices `which`."""
    chosen = np.arange(len(points), dtype=np.int32) if which is None else which
    low, high = bounds(points[chosen])
    origin = low - 1e-6
    counts = (np.ceil((high - origin) / CELL_MM) + 1).astype(np.int32)
    start, order = sort_into_cubes(points, chosen, origin, counts, CELL_MM)
    return Buckets(origin, counts, start, order)


@njit(cache=True, nogil=True)
def nearest(x: float, y: float, z: float, points: F64, buckets: Buckets) -> int:
    """Index of the nearest point within SIGHT_MM, or -1."""
    origin, counts, start, order = buckets
    best, found = SIGHT_MM * SIGHT_MM, -1
    for reach in (FIRST_LOOK * SIGHT_MM, SIGHT_MM):
        a0, a1 = cubes_within(x, reach, origin[0], counts[0], CELL_MM)
        b0, b1 = cubes_within(y, reach, origin[1], counts[1], CELL_MM)
        c0, c1 = cubes_within(z, reach, origin[2], counts[2], CELL_MM)
        if c0 > c1:
            continue
        for a in range(a0, a1 + 1):
            for b in range(b0, b1 + 1):
                row = (a * counts[1] + b) * counts[2]
                for q in range(start[row + c0], start[row + c1 + 1]):
                    p = order[q]
                    dx, dy, dz = x - points[p, 0], y - points[p, 1], z - points[p, 2]
                    d = dx * dx + dy * dy + dz * dz
                    if d < best:
                        best, found = d, p
        if best <= reach * reach and found >= 0:
            break
    return found


@njit(cache=True, nogil=True)
def signed_distance(x: float, y: float, z: float, sheet: Sheet, gradient: F64) -> tuple[float, int]:
    """Signed distance mm (negative inside) and nearest point, 1e3 and -1 beyond SIGHT_MM; fills `gradient` (3,)."""
    points, normals = sheet.points, sheet.normals
    origin, counts, start, order = sheet.buckets
    near = nearest(x, y, z, points, sheet.buckets)
    if near < 0:
        return 1e3, -1
    dx, dy, dz = x - points[near, 0], y - points[near, 1], z - points[near, 2]
    least = dx * dx + dy * dy + dz * dz
    gx = gy = gz = total = distance = 0.0
    reach = math.sqrt(least) + 2.0 * SMOOTH
    a0, a1 = cubes_within(x, reach, origin[0], counts[0], CELL_MM)
    b0, b1 = cubes_within(y, reach, origin[1], counts[1], CELL_MM)
    c0, c1 = cubes_within(z, reach, origin[2], counts[2], CELL_MM)
    mx, my, mz = normals[near, 0], normals[near, 1], normals[near, 2]
    for a in range(a0, a1 + 1):
        for b in range(b0, b1 + 1):
            row = (a * counts[1] + b) * counts[2]
            for q in range(start[row + c0], start[row + c1 + 1]):
                p = order[q]
                dx, dy, dz = x - points[p, 0], y - points[p, 1], z - points[p, 2]
                d = dx * dx + dy * dy + dz * dz
                if d > reach * reach:
                    continue
                nx, ny, nz = normals[p, 0], normals[p, 1], normals[p, 2]
                if nx * mx + ny * my + nz * mz < ALIKE:
                    continue  # the other side of a finger must not vote
                w = math.exp(-(d - least) / (SMOOTH * SMOOTH))
                total += w
                distance += w * (dx * nx + dy * ny + dz * nz)
                gx += w * nx
                gy += w * ny
                gz += w * nz
    length = math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-12
    gradient[0], gradient[1], gradient[2] = gx / length, gy / length, gz / length
    return distance / total, near


@njit(cache=True, nogil=True)
def heights(moving: F64, which: I32, sheet: Sheet) -> tuple[F64, I32]:
    """Signed distance mm of vertices `which` to a sheet, and the sheet's nearest vertex, -1 for none."""
    out, partner = np.empty(len(which)), np.empty(len(which), np.int32)
    gradient = np.zeros(3)
    for k in range(len(which)):
        i = which[k]
        out[k], partner[k] = signed_distance(moving[i, 0], moving[i, 1], moving[i, 2], sheet, gradient)
    return out, partner
