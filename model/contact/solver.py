"""One step of frictional contact: projected Gauss-Seidel over the skin's compliance, with a Coulomb cone.

The hand is driven; the skin yields. A pad gives a little too: its compliance is added on the diagonal, and the
overlap that this leaves is later taken by flattening the pad.
"""

import math

import numpy as np
from numba import njit

from model.contact.surface import signed_distance
from model.scene import F64, I32

SENSE_MM = 2.0  # vertices nearer than this to the hand take part
FREE, GLUED = -1, 0  # `held`: index of the hand vertex that holds the skin (pinch), or FREE


@njit(cache=True, nogil=True)
def _detect(
    rest: F64, moved: F64, force: F64, points: F64, normals: F64, origin: F64, counts: I32, start: I32, order: I32,
    held: I32, gap: F64, direction: F64, partner: I32, active: I32,
) -> int:  # fmt: skip
    """Fill gap to the hand at zero displacement, contact direction and hand partner; number of active vertices."""
    gradient = np.zeros(3)
    count = 0
    for i in range(rest.shape[0]):
        x, y, z = rest[i, 0] + moved[i, 0], rest[i, 1] + moved[i, 1], rest[i, 2] + moved[i, 2]
        loaded = force[i, 0] != 0.0 or force[i, 1] != 0.0 or force[i, 2] != 0.0
        if held[i] != FREE:
            partner[i] = held[i]
            active[count] = i
            count += 1
            continue
        distance, near = signed_distance(x, y, z, points, normals, origin, counts, start, order, gradient)
        if near >= 0 and (distance < SENSE_MM or loaded):
            partner[i] = near
            for k in range(3):
                direction[i, k] = gradient[k]
            gap[i] = distance - (gradient[0] * moved[i, 0] + gradient[1] * moved[i, 1] + gradient[2] * moved[i, 2])
            active[count] = i
            count += 1
        else:
            partner[i] = -1
            force[i, 0] = force[i, 1] = force[i, 2] = 0.0
    return count


@njit(cache=True, nogil=True)
def _glue(i: int, rest: F64, moved: F64, target: F64, force: F64, stiffness: float, fresh: F64) -> None:
    for k in range(3):
        fresh[k] = force[i, k] - (rest[i, k] + moved[i, k] - target[i, k]) * stiffness


@njit(cache=True, nogil=True)
def _cone(
    i: int, rest: F64, moved: F64, target: F64, force: F64, gap: F64, direction: F64, own: float, give: float,
    friction: float, fresh: F64,
) -> None:  # fmt: skip
    """New force at vertex i: no pull, no overlap beyond what the pad gives, tangential part within the cone."""
    nx, ny, nz = direction[i, 0], direction[i, 1], direction[i, 2]
    push = force[i, 0] * nx + force[i, 1] * ny + force[i, 2] * nz
    opening = gap[i] + nx * moved[i, 0] + ny * moved[i, 1] + nz * moved[i, 2] + give * push
    normal = push - opening / (own + give)
    if normal <= 0.0:
        fresh[0] = fresh[1] = fresh[2] = 0.0
        return
    sx = rest[i, 0] + moved[i, 0] - target[i, 0]
    sy = rest[i, 1] + moved[i, 1] - target[i, 1]
    sz = rest[i, 2] + moved[i, 2] - target[i, 2]
    along = sx * nx + sy * ny + sz * nz
    tx = force[i, 0] - push * nx - (sx - along * nx) / own
    ty = force[i, 1] - push * ny - (sy - along * ny) / own
    tz = force[i, 2] - push * nz - (sz - along * nz) / own
    size = math.sqrt(tx * tx + ty * ty + tz * tz)
    scale = min(1.0, friction * normal / (size + 1e-12))
    fresh[0] = normal * nx + scale * tx
    fresh[1] = normal * ny + scale * ty
    fresh[2] = normal * nz + scale * tz


@njit(cache=True, nogil=True)
def _sweep(
    active: I32, count: int, rest: F64, moved: F64, target: F64, force: F64, gap: F64, direction: F64, held: I32,
    compliance: F64, give: F64, friction: float,
) -> float:  # fmt: skip
    """One Gauss-Seidel sweep; the largest change of displacement in mm."""
    fresh = np.zeros(3)
    largest = 0.0
    for q in range(count):
        i = active[q]
        own = compliance[i, i]
        if held[i] != FREE:
            _glue(i, rest, moved, target, force, 1.0 / own, fresh)
        else:
            _cone(i, rest, moved, target, force, gap, direction, own, give[i], friction, fresh)
        dx, dy, dz = fresh[0] - force[i, 0], fresh[1] - force[i, 1], fresh[2] - force[i, 2]
        change = (abs(dx) + abs(dy) + abs(dz)) * own
        if change < 1e-6:
            continue
        largest = max(largest, change)
        force[i] = fresh
        for s in range(count):
            j = active[s]
            c = compliance[j, i]
            moved[j, 0] += c * dx
            moved[j, 1] += c * dy
            moved[j, 2] += c * dz
    return largest


@njit(cache=True, nogil=True)
def _apply(free: F64, force: F64, compliance: F64, moved: F64) -> None:
    """moved = free + compliance · force, over the loaded vertices."""
    moved[:] = free
    for i in range(force.shape[0]):
        fx, fy, fz = force[i, 0], force[i, 1], force[i, 2]
        if fx == 0.0 and fy == 0.0 and fz == 0.0:
            continue
        for j in range(moved.shape[0]):
            c = compliance[j, i]
            moved[j, 0] += c * fx
            moved[j, 1] += c * fy
            moved[j, 2] += c * fz


@njit(cache=True, nogil=True)
def solve_contact(
    rest: F64, free: F64, compliance: F64, give: F64, before: F64, force: F64, held: I32, points: F64, normals: F64,
    steps: F64, origin: F64, counts: I32, start: I32, order: I32, friction: float, passes: int, sweeps: int,
    partner: I32,
) -> F64:  # fmt: skip
    """Displacement (m, 3) of the candidates; `force` (m, 3) and `partner` (m,) are updated in place.

    rest (m, 3) unloaded positions; free (m, 3) displacement without contact; compliance (m, m); give (m,) of the
    pad; before (m, 3) positions a step ago; held (m,); points, normals, steps (p, 3): the hand, and how far each
    of its vertices went since the last step.
    """
    count = rest.shape[0]
    moved = np.empty((count, 3))
    target = np.empty((count, 3))
    gap, direction = np.zeros(count), np.zeros((count, 3))
    active = np.empty(count, np.int32)
    _apply(free, force, compliance, moved)
    for _ in range(passes):
        number = _detect(
            rest,
            moved,
            force,
            points,
            normals,
            origin,
            counts,
            start,
            order,
            held,
            gap,
            direction,
            partner,
            active,
        )
        _apply(free, force, compliance, moved)
        for q in range(number):
            i = active[q]
            target[i] = before[i] + steps[partner[i]]  # where the skin would be if it stuck
        for _ in range(sweeps):
            if (
                _sweep(
                    active,
                    number,
                    rest,
                    moved,
                    target,
                    force,
                    gap,
                    direction,
                    held,
                    compliance,
                    give,
                    friction,
                )
                < 2e-3
            ):
                break
    _apply(free, force, compliance, moved)
    return moved
