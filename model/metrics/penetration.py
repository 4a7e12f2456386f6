"""Overlap of hand and face, mesh against mesh, in both directions; plausibility as in DICE (arXiv 2406.17988).

Independent of the contact code: exact distances to triangles, not the solver's smooth rings.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from model.contact.simulation import Simulation
from model.mesh.boxes import around, bounds
from model.mesh.cubes import cubes_within, sort_into_cubes
from model.scene import F64, I32

NEIGHBOURS = 3  # vertices whose triangles are looked at for each point
SEE_MM = 11.0  # deeper than this a vertex is on another side, not inside
CUBE_MM = 2.5  # edge of the cubes that vertices are looked up in
FAR_MM = 1e3  # distance where nothing is near
CLEAR_MM = 3.0  # with a gap of more than this no skin is asked for its depth in the hand
UNDER_HAND_MM = 2.0  # of the hand: skin that is asked
FACE_TURNS = 0.2  # of the face, an open sheet, around a point behind it
DEEP_MM, FINE_MM = 5.0, 0.5  # depths of DICE's non-collision, and reach of its touchness
SHALLOW_MM = 0.25  # overlaps up to this are taken as they are, deeper ones are confirmed


@dataclass(frozen=True)
class Overlap:
    """Per frame, in mm."""

    hand_depth: F64  # (f,) deepest hand vertex under the skin
    face_depth: F64  # (f,) deepest skin vertex inside the hand
    mean_depth: F64  # (f,) mean over the hand's vertices of their depth (Col. Dist of the frame)
    gap: F64  # (f,) least distance of a hand vertex to the skin, 0 if inside, FAR_MM beyond SEE_MM


class Rings(NamedTuple):
    """Topology of a mesh, made once a clip."""

    triangles: I32
    start: I32  # (n + 1,) first entry in `ring` of each vertex
    ring: I32  # triangles around each vertex
    border: np.ndarray  # (n,) bool: on an open edge


def rings_of(triangles: I32, count: int) -> Rings:
    """Rings and open edges of `triangles` (t, 3) over `count` vertices."""
    owner = np.repeat(np.arange(len(triangles), dtype=np.int32), 3)
    order = np.argsort(triangles.ravel(), kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(triangles.ravel(), minlength=count))]).astype(np.int32)
    ends = triangles.astype(np.int64), np.roll(triangles, -1, axis=1)
    # one number an edge: sorting rows of two takes eight times as long
    edges, times = np.unique(np.minimum(*ends) * count + np.maximum(*ends), return_counts=True)
    border = np.zeros(count, bool)
    border[np.concatenate(np.divmod(edges[times == 1], count))] = True
    return Rings(triangles, start, owner[order], border)


@njit(cache=True, nogil=True, inline="always")
def _dot(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    return ax * bx + ay * by + az * bz


@njit(cache=True, nogil=True)
def _on_triangle(p: F64, a: F64, b: F64, c: F64) -> tuple[float, float, float]:
    """Barycentrics of the point of triangle abc nearest to p (Ericson, Real-Time Collision Detection 5.1.5)."""
    abx, aby, abz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    acx, acy, acz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    apx, apy, apz = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    d1, d2 = _dot(abx, aby, abz, apx, apy, apz), _dot(acx, acy, acz, apx, apy, apz)
    if d1 <= 0 and d2 <= 0:
        return 1.0, 0.0, 0.0
    bpx, bpy, bpz = p[0] - b[0], p[1] - b[1], p[2] - b[2]
    d3, d4 = _dot(abx, aby, abz, bpx, bpy, bpz), _dot(acx, acy, acz, bpx, bpy, bpz)
    if d3 >= 0 and d4 <= d3:
        return 0.0, 1.0, 0.0
    vc = d1 * d4 - d3 * d2
    if vc <= 0 and d1 >= 0 and d3 <= 0:
        v = d1 / (d1 - d3)
        return 1 - v, v, 0.0
    cpx, cpy, cpz = p[0] - c[0], p[1] - c[1], p[2] - c[2]
    d5, d6 = _dot(abx, aby, abz, cpx, cpy, cpz), _dot(acx, acy, acz, cpx, cpy, cpz)
    if d6 >= 0 and d5 <= d6:
        return 0.0, 0.0, 1.0
    vb = d5 * d2 - d1 * d6
    if vb <= 0 and d2 >= 0 and d6 <= 0:
        w = d2 / (d2 - d6)
        return 1 - w, 0.0, w
    va = d3 * d6 - d5 * d4
    if va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        w = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        return 0.0, 1 - w, w
    total = va + vb + vc
    return va / total, vb / total, vc / total


@njit(cache=True, nogil=True)
def _corner_angle(a: F64, b: F64, c: F64) -> float:
    """Angle at a of triangle abc."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    size = math.sqrt(_dot(ux, uy, uz, ux, uy, uz) * _dot(vx, vy, vz, vx, vy, vz)) + 1e-30
    return math.acos(min(max(_dot(ux, uy, uz, vx, vy, vz) / size, -1.0), 1.0))


@njit(cache=True, nogil=True)
def _weight(u: float, v: float, w: float, a: F64, b: F64, c: F64) -> float:
    """Weight of a triangle's normal where the nearest point lies on it: its angle at a corner, 1 elsewhere."""
    if u > 1 - 1e-9:
        return _corner_angle(a, b, c)
    if v > 1 - 1e-9:
        return _corner_angle(b, c, a)
    if w > 1 - 1e-9:
        return _corner_angle(c, a, b)
    return 1.0


@njit(cache=True, nogil=True)
def _signed(points: F64, near: I32, vertices: F64, rings: Rings) -> F64:
    """Signed distance (p,) to the triangles around each point's `near` vertices (p, k); FAR_MM off the border.

    The sign is that of the angle-weighted pseudo-normal (Baerentzen and Aanaes 2005), right at edges and corners.
    """
    triangles, start, ring, border = rings
    out = np.full(points.shape[0], FAR_MM)
    for i in range(points.shape[0]):
        p = points[i]
        least, rim = 1e18, False
        nx = ny = nz = gx = gy = gz = 0.0
        for k in range(near.shape[1]):
            vertex = near[i, k]
            if vertex >= vertices.shape[0]:
                continue
            for s in range(start[vertex], start[vertex + 1]):
                t = ring[s]
                ia, ib, ic = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                a, b, c = vertices[ia], vertices[ib], vertices[ic]
                u, v, w = _on_triangle(p, a, b, c)
                dx = p[0] - u * a[0] - v * b[0] - w * c[0]
                dy = p[1] - u * a[1] - v * b[1] - w * c[1]
                dz = p[2] - u * a[2] - v * b[2] - w * c[2]
                d = _dot(dx, dy, dz, dx, dy, dz)
                if d > least * (1 + 1e-9) + 1e-12:
                    continue
                if d < least * (1 - 1e-9) - 1e-12:
                    nx = ny = nz = 0.0
                    least, gx, gy, gz = d, dx, dy, dz
                    rim = (border[ia] or border[ib] or border[ic]) and min(u, v, w) <= 1e-9
                ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
                vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
                mx, my, mz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
                weight = _weight(u, v, w, a, b, c) / (math.sqrt(_dot(mx, my, mz, mx, my, mz)) + 1e-30)
                nx, ny, nz = nx + mx * weight, ny + my * weight, nz + mz * weight
        if least > 1e17 or rim:
            continue  # nearest to the rim of an open mesh: neither inside nor outside
        out[i] = math.copysign(math.sqrt(least), _dot(gx, gy, gz, nx, ny, nz))
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _winding(point: F64, vertices: F64, triangles: I32) -> float:
    """Winding number of a mesh around a point, 1 inside (van Oosterom and Strackee 1983)."""
    total = 0.0
    x, y, z = point[0], point[1], point[2]
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = vertices[i, 0] - x, vertices[i, 1] - y, vertices[i, 2] - z
        bx, by, bz = vertices[j, 0] - x, vertices[j, 1] - y, vertices[j, 2] - z
        cx, cy, cz = vertices[k, 0] - x, vertices[k, 1] - y, vertices[k, 2] - z
        la = math.sqrt(_dot(ax, ay, az, ax, ay, az))
        lb = math.sqrt(_dot(bx, by, bz, bx, by, bz))
        lc = math.sqrt(_dot(cx, cy, cz, cx, cy, cz))
        top = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        ab, bc, ca = _dot(ax, ay, az, bx, by, bz), _dot(bx, by, bz, cx, cy, cz), _dot(cx, cy, cz, ax, ay, az)
        total += math.atan2(top, la * lb * lc + ab * lc + bc * la + ca * lb)
    return total / (2 * math.pi)


def confirm_inside(points: F64, distance: F64, vertices: F64, triangles: I32, turns: float = 0.5) -> F64:
    """Distances (p,) whose negative ones are outside after all made positive: fewer `turns` of the mesh around it.

    Where a mesh folds, as a dent or a flattened pad may, the nearest triangle alone can tell the wrong side. Around
    a point just inside a closed mesh there is 1 turn and outside 0; of a sheet half a turn behind and minus half
    before.
    """
    out = distance.copy()
    for i in np.flatnonzero(distance < -SHALLOW_MM):
        if _winding(points[i], vertices, triangles) < turns:
            out[i] = -distance[i]
    return out


@njit(cache=True, nogil=True)
def _nearest_few(points: F64, vertices: F64, which: I32, low: F64, high: F64) -> I32:
    """The NEIGHBOURS nearest of vertices `which` to each point within SEE_MM: (p, NEIGHBOURS), len(vertices) for none.

    Cubes along z lie one after the other, so that a column of them is one run. Most points are done with the cubes
    around them; `low` and `high` (3,) bound the vertices.
    """
    shape = ((high - low) / CUBE_MM).astype(np.int64) + 1
    start, order = sort_into_cubes(vertices, which, low, shape, CUBE_MM)
    near = np.full((points.shape[0], NEIGHBOURS), vertices.shape[0], np.int32)
    gap = np.empty(NEIGHBOURS)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for reach in (CUBE_MM, 2 * CUBE_MM, SEE_MM):
            gap[:] = SEE_MM * SEE_MM
            near[i] = vertices.shape[0]
            a0, a1 = cubes_within(x, reach, low[0], shape[0], CUBE_MM)
            b0, b1 = cubes_within(y, reach, low[1], shape[1], CUBE_MM)
            c0, c1 = cubes_within(z, reach, low[2], shape[2], CUBE_MM)
            if c0 > c1:
                continue
            for a in range(a0, a1 + 1):
                for b in range(b0, b1 + 1):
                    row = (a * shape[1] + b) * shape[2]
                    for q in range(start[row + c0], start[row + c1 + 1]):
                        p = order[q]
                        dx, dy, dz = x - vertices[p, 0], y - vertices[p, 1], z - vertices[p, 2]
                        d = dx * dx + dy * dy + dz * dz
                        k = NEIGHBOURS - 1
                        if d >= gap[k]:
                            continue
                        while k > 0 and d < gap[k - 1]:
                            gap[k], near[i, k] = gap[k - 1], near[i, k - 1]
                            k -= 1
                        gap[k], near[i, k] = d, p
            if gap[NEIGHBOURS - 1] <= reach * reach:
                break  # nothing beyond these cubes is nearer
    return near


def signed_distances(points: F64, vertices: F64, rings: Rings) -> F64:
    """Signed distance (p,) mm of points to a mesh, negative inside; FAR_MM beyond SEE_MM."""
    out = np.full(len(points), FAR_MM)
    if not len(points):
        return out
    which = around(vertices, points, SEE_MM)
    if len(which) < NEIGHBOURS:
        return out
    near = _nearest_few(points, vertices, which, *bounds(vertices[which]))
    close = near[:, 0] < len(vertices)
    if close.any():
        out[close] = _signed(points[close], near[close], vertices, rings)
    return out


def measure_overlap(simulation: Simulation, hand_triangles: I32) -> Overlap:
    """Distances between hand and face, both ways, in every frame."""
    scan = simulation.scan
    face_triangles = scan.triangles[(scan.skirt[scan.triangles] < 1e-6).all(axis=1)]
    face_rings = rings_of(face_triangles, len(scan.vertices))
    hand_rings = rings_of(hand_triangles, simulation.hand.shape[1])

    def measure(frame: int) -> tuple[float, ...]:
        return _measure_frame(simulation, frame, face_rings, hand_rings)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(measure, range(len(simulation.face))))
    return Overlap(*(np.array(column) for column in zip(*rows, strict=True)))


def _measure_frame(simulation: Simulation, frame: int, face_rings: Rings, hand_rings: Rings) -> tuple[float, ...]:
    face = simulation.face[frame].astype(np.float64)
    hand = simulation.hand[frame].astype(np.float64)
    over = hand[around(hand, face, SEE_MM)]
    if not len(over):
        return 0.0, 0.0, 0.0, FAR_MM
    under = signed_distances(over, face, face_rings)
    under = confirm_inside(over, under, face, face_rings.triangles, FACE_TURNS)
    gap = max(float(under.min()), 0.0)
    if gap > CLEAR_MM:
        return 0.0, 0.0, 0.0, gap
    skin = around(face, over, UNDER_HAND_MM)
    skin = face[skin[simulation.scan.skirt[skin] < 1e-6]]
    inside = confirm_inside(skin, signed_distances(skin, hand, hand_rings), hand, hand_rings.triangles)
    depths = np.maximum(-under, 0)
    return (
        float(depths.max()),
        float(np.maximum(-inside, 0).max(initial=0.0)),
        float(depths.sum() / len(hand)),
        gap,
    )


def plausibility(overlap: Overlap, should_touch: np.ndarray) -> dict[str, float]:
    """The published figures; `should_touch` (f,) bool are the frames labelled as contact."""
    deepest = np.maximum(overlap.hand_depth, overlap.face_depth)
    clear = float((deepest <= DEEP_MM).mean())
    touched = float((overlap.gap[should_touch] <= DEEP_MM).mean()) if should_touch.any() else 0.0
    return {
        "col_dist_mm": float(overlap.mean_depth.mean()),
        "max_penetration_mm": float(deepest.max()),
        "non_collision_5mm": clear,
        "non_collision_0_5mm": float((deepest <= FINE_MM).mean()),
        "touchness": touched,
        "f_score": 2 * clear * touched / (clear + touched) if clear + touched else 0.0,
    }
