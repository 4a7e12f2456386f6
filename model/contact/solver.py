"""One step of frictional contact: projected Gauss-Seidel over the skin's compliance, with a Coulomb cone.

The hand is driven; the skin yields. A pad gives a little too: its compliance is added on the diagonal, and the
overlap that this leaves is later taken by flattening the pad.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from model.contact.surface import Sheet, signed_distance
from model.scene import F64, I32

SENSE_MM = 2.0  # vertices nearer than this to the hand take part
SETTLED_MM = 2e-3  # a sweep that changes less ends a pass
STILL_MM = 1e-6  # a change that is not worth carrying to the other vertices


class Tissue(NamedTuple):
    """The skin that may be touched, as one step sees it: m vertices."""

    rest: F64  # (m, 3) mm, unloaded
    free: F64  # (m, 3) mm, displacement without contact
    before: F64  # (m, 3) mm, where it was a step ago
    compliance: F64  # (m, m) mm per unit force
    give: F64  # (m,) mm per unit force of the pad on each vertex


class Hand(NamedTuple):
    """The hand, as one step sees it."""

    sheet: Sheet
    steps: F64  # (p, 3) mm that each vertex went since the last step
    friction: float  # Coulomb coefficient


class Contacts(NamedTuple):
    """What touches what; carried from step to step and changed in place."""

    force: F64  # (m, 3)
    partner: I32  # (m,) nearest vertex of the hand where it takes part, or -1


class Gaps(NamedTuple):
    """Working memory of a step."""

    gap: F64  # (m,) mm to the hand at zero displacement
    direction: F64  # (m, 3) unit, out of the hand
    target: F64  # (m, 3) mm where the skin would be if it stuck
    active: I32  # (m,) vertices that take part, the first so many


@njit(cache=True, nogil=True)
def solve_contact(tissue: Tissue, hand: Hand, contacts: Contacts, passes: int, sweeps: int) -> F64:
    """Displacement (m, 3) of the skin under the hand; `contacts` is brought up to date in place."""
    count = tissue.rest.shape[0]
    moved = np.empty((count, 3))
    gaps = Gaps(np.zeros(count), np.zeros((count, 3)), np.empty((count, 3)), np.empty(count, np.int32))
    _apply(tissue, contacts.force, moved)
    for _ in range(passes):
        number = _detect(tissue.rest, moved, hand.sheet, contacts, gaps)
        _apply(tissue, contacts.force, moved)
        for q in range(number):
            i = gaps.active[q]
            gaps.target[i] = tissue.before[i] + hand.steps[contacts.partner[i]]
        for _ in range(sweeps):
            if _sweep(number, moved, tissue, contacts, gaps, hand.friction) < SETTLED_MM:
                break
    _apply(tissue, contacts.force, moved)
    return moved


@njit(cache=True, nogil=True)
def _apply(tissue: Tissue, force: F64, moved: F64) -> None:
    """moved = free + compliance · force, over the loaded vertices."""
    moved[:] = tissue.free
    compliance = tissue.compliance
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
def _detect(rest: F64, moved: F64, sheet: Sheet, contacts: Contacts, gaps: Gaps) -> int:
    """Fill gap to the hand at zero displacement, contact direction and hand partner; number of active vertices."""
    force, partner = contacts
    gradient = np.zeros(3)
    count = 0
    for i in range(rest.shape[0]):
        x, y, z = rest[i, 0] + moved[i, 0], rest[i, 1] + moved[i, 1], rest[i, 2] + moved[i, 2]
        loaded = force[i, 0] != 0.0 or force[i, 1] != 0.0 or force[i, 2] != 0.0
        distance, near = signed_distance(x, y, z, sheet, gradient)
        if near >= 0 and (distance < SENSE_MM or loaded):
            partner[i] = near
            for k in range(3):
                gaps.direction[i, k] = gradient[k]
            along = gradient[0] * moved[i, 0] + gradient[1] * moved[i, 1] + gradient[2] * moved[i, 2]
            gaps.gap[i] = distance - along
            gaps.active[count] = i
            count += 1
        else:
            partner[i] = -1
            force[i, 0] = force[i, 1] = force[i, 2] = 0.0
    return count


@njit(cache=True, nogil=True)
def _sweep(count: int, moved: F64, tissue: Tissue, contacts: Contacts, gaps: Gaps, friction: float) -> float:
    """One Gauss-Seidel sweep over the `count` active vertices; the largest change of displacement in mm."""
    force, compliance, active = contacts.force, tissue.compliance, gaps.active
    fresh = np.zeros(3)
    largest = 0.0
    for q in range(count):
        i = active[q]
        own = compliance[i, i]
        _cone(i, moved, tissue, force, gaps, friction, fresh)
        dx, dy, dz = fresh[0] - force[i, 0], fresh[1] - force[i, 1], fresh[2] - force[i, 2]
        change = (abs(dx) + abs(dy) + abs(dz)) * own
        if change < STILL_MM:
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
def _cone(i: int, moved: F64, tissue: Tissue, force: F64, gaps: Gaps, friction: float, fresh: F64) -> None:
    """New force at vertex i: no pull, no overlap beyond what the pad gives, tangential part within the cone."""
    rest, target, direction = tissue.rest, gaps.target, gaps.direction
    own, give = tissue.compliance[i, i], tissue.give[i]
    nx, ny, nz = direction[i, 0], direction[i, 1], direction[i, 2]
    push = force[i, 0] * nx + force[i, 1] * ny + force[i, 2] * nz
    opening = gaps.gap[i] + nx * moved[i, 0] + ny * moved[i, 1] + nz * moved[i, 2] + give * push
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
