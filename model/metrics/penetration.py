"""Overlap of hand and face, mesh against mesh, in both directions; plausibility as in DICE (arXiv 2406.17988).

Independent of the contact code: exact distances to triangles, not the solver's smooth surface.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from model.contact.simulation import Simulation
from model.scene import F64, I32

SEE_MM = 15.0  # deeper than this a vertex is on another side, not inside
FAR_MM = 1e3  # distance where nothing is near
SHALLOW_MM = 0.25  # overlaps up to this are taken as they are, deeper ones are confirmed


@dataclass(frozen=True)
class Overlap:
    """Per frame, in mm."""

    hand_depth: F64  # (f,) deepest hand vertex under the skin
    face_depth: F64  # (f,) deepest skin vertex inside the hand
    mean_depth: F64  # (f,) mean over the hand's vertices of their depth (Col. Dist of the frame)
    gap: F64  # (f,) least distance of a hand vertex to the skin, 0 if inside, FAR_MM beyond SEE_MM


@njit(cache=True, nogil=True)
def _on_triangle(p: F64, a: F64, b: F64, c: F64, out: F64) -> None:
    """Barycentrics of the point of triangle abc that is nearest to p (Ericson, Real-Time Collision Detection 5.1.5)."""
    ab, ac, ap = b - a, c - a, p - a
    d1, d2 = np.dot(ab, ap), np.dot(ac, ap)
    out[:] = 0.0
    if d1 <= 0 and d2 <= 0:
        out[0] = 1.0
        return
    bp = p - b
    d3, d4 = np.dot(ab, bp), np.dot(ac, bp)
    if d3 >= 0 and d4 <= d3:
        out[1] = 1.0
        return
    vc = d1 * d4 - d3 * d2
    if vc <= 0 and d1 >= 0 and d3 <= 0:
        out[1] = d1 / (d1 - d3)
        out[0] = 1 - out[1]
        return
    cp = p - c
    d5, d6 = np.dot(ab, cp), np.dot(ac, cp)
    if d6 >= 0 and d5 <= d6:
        out[2] = 1.0
        return
    vb = d5 * d2 - d1 * d6
    if vb <= 0 and d2 >= 0 and d6 <= 0:
        out[2] = d2 / (d2 - d6)
        out[0] = 1 - out[2]
        return
    va = d3 * d6 - d5 * d4
    if va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        out[2] = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        out[1] = 1 - out[2]
        return
    total = va + vb + vc
    out[1], out[2] = vb / total, vc / total
    out[0] = 1 - out[1] - out[2]


@njit(cache=True, nogil=True)
def _corner_angle(a: F64, b: F64, c: F64) -> float:
    """Angle at a of triangle abc."""
    u, v = b - a, c - a
    return np.arccos(min(max(np.dot(u, v) / np.sqrt(np.dot(u, u) * np.dot(v, v) + 1e-30), -1.0), 1.0))


@njit(cache=True, nogil=True)
def _weight(bary: F64, a: F64, b: F64, c: F64) -> float:
    """Weight of a triangle's normal where the nearest point lies on it: its angle at a corner, 1 elsewhere."""
    if bary[0] > 1 - 1e-9:
        return _corner_angle(a, b, c)
    if bary[1] > 1 - 1e-9:
        return _corner_angle(b, c, a)
    if bary[2] > 1 - 1e-9:
        return _corner_angle(c, a, b)
    return 1.0


@njit(cache=True, nogil=True)
def _signed(
    points: F64, near: I32, vertices: F64, triangles: I32, start: I32, ring: I32, border: np.ndarray
) -> F64:
    """Signed distance (p,) to the triangles around each point's `near` vertices (p, k); FAR_MM off the border.

    The sign is that of the angle-weighted pseudo-normal (Baerentzen and Aanaes 2005), right at edges and corners too.
    """
    out = np.full(points.shape[0], 1e3)
    bary, foot, best_foot, normal = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for i in range(points.shape[0]):
        least, rim = 1e18, False
        normal[:] = 0.0
        for k in range(near.shape[1]):
            v = near[i, k]
            if v >= vertices.shape[0]:
                continue
            for s in range(start[v], start[v + 1]):
                t = ring[s]
                ia, ib, ic = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                a, b, c = vertices[ia], vertices[ib], vertices[ic]
                _on_triangle(points[i], a, b, c, bary)
                foot[:] = bary[0] * a + bary[1] * b + bary[2] * c
                gap = points[i] - foot
                d = np.dot(gap, gap)
                if d > least * (1 + 1e-9) + 1e-12:
                    continue
                if d < least * (1 - 1e-9) - 1e-12:
                    normal[:] = 0.0
                    least = d
                    best_foot[:] = foot
                    rim = (border[ia] or border[ib] or border[ic]) and bary.min() <= 1e-9
                n = np.cross(b - a, c - a)
                normal += n / (np.sqrt(np.dot(n, n)) + 1e-30) * _weight(bary, a, b, c)
        if least > 1e17 or rim:
            continue  # nearest to the rim of an open mesh: neither inside nor outside
        side = np.dot(points[i] - best_foot, normal)
        out[i] = np.sqrt(least) if side >= 0 else -np.sqrt(least)
    return out


@njit(cache=True, nogil=True)
def _winding(point: F64, vertices: F64, triangles: I32) -> float:
    """Winding number of a mesh around a point, 1 inside (van Oosterom and Strackee 1983)."""
    total = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = (
            vertices[triangles[t, 0]] - point,
            vertices[triangles[t, 1]] - point,
            vertices[triangles[t, 2]] - point,
        )
        la, lb, lc = np.sqrt(np.dot(a, a)), np.sqrt(np.dot(b, b)), np.sqrt(np.dot(c, c))
        top = (
            a[0] * (b[1] * c[2] - b[2] * c[1])
            + a[1] * (b[2] * c[0] - b[0] * c[2])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
        )
        low = la * lb * lc + np.dot(a, b) * lc + np.dot(b, c) * la + np.dot(c, a) * lb
        total += np.arctan2(top, low)
    return total / (2 * np.pi)


def confirm_inside(points: F64, distance: F64, vertices: F64, triangles: I32) -> F64:
    """Distances (p,) whose negative ones are outside after all made positive.

    Where a mesh folds, as a flattened pad may, the nearest triangle alone can tell the wrong side.
    """
    out = distance.copy()
    for i in np.flatnonzero(distance < -SHALLOW_MM):
        if abs(_winding(points[i], vertices, triangles)) < 0.5:
            out[i] = -distance[i]
    return out


@dataclass(frozen=True)
class Surface:
    """Topology of a mesh, made once a clip."""

    triangles: I32
    start: I32  # (n + 1,) first entry in `ring` of each vertex
    ring: I32  # triangles around each vertex
    border: np.ndarray  # (n,) bool: on an open edge


def build_surface(triangles: I32, count: int) -> Surface:
    """Rings and open edges of `triangles` (t, 3) over `count` vertices."""
    owner = np.repeat(np.arange(len(triangles), dtype=np.int32), 3)
    order = np.argsort(triangles.ravel(), kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(triangles.ravel(), minlength=count))]).astype(np.int32)
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    unique, times = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(count, bool)
    border[unique[times == 1].ravel()] = True
    return Surface(triangles, start, owner[order], border)


def signed_distances(points: F64, vertices: F64, surface: Surface) -> F64:
    """Signed distance (p,) mm of points to a mesh, negative inside; FAR_MM beyond SEE_MM."""
    out = np.full(len(points), FAR_MM)
    if not len(points):
        return out
    gap, near = cKDTree(vertices).query(points, k=3, distance_upper_bound=SEE_MM)
    close = np.isfinite(gap[:, 0])
    if close.any():
        out[close] = _signed(
            points[close], near[close].astype(np.int32), vertices, surface.triangles, surface.start, surface.ring,
            surface.border,
        )  # fmt: skip
    return out


def measure_overlap(simulation: Simulation, hand_triangles: I32) -> Overlap:
    """Distances between hand and face, both ways, in every frame."""
    scan = simulation.scan
    face_triangles = scan.triangles[(scan.skirt[scan.triangles] < 1e-6).all(axis=1)]
    face_surface = build_surface(face_triangles, len(scan.vertices))
    hand_surface = build_surface(hand_triangles, simulation.hand.shape[1])
    rows = [_measure_frame(simulation, f, face_surface, hand_surface) for f in range(len(simulation.face))]
    return Overlap(*(np.array(column) for column in zip(*rows, strict=True)))


def _measure_frame(
    simulation: Simulation, frame: int, face_surface: Surface, hand_surface: Surface
) -> tuple[float, ...]:
    face = simulation.face[frame].astype(np.float64)
    hand = simulation.hand[frame].astype(np.float64)
    low, high = face.min(axis=0) - SEE_MM, face.max(axis=0) + SEE_MM
    over = hand[((hand > low) & (hand < high)).all(axis=1)]
    if not len(over):
        return 0.0, 0.0, 0.0, FAR_MM
    under = signed_distances(over, face, face_surface)
    gap = max(float(under.min()), 0.0)
    if gap > 3.0:
        return 0.0, 0.0, 0.0, gap
    box_low, box_high = over.min(axis=0) - 2.0, over.max(axis=0) + 2.0
    skin = face[((face > box_low) & (face < box_high)).all(axis=1) & (simulation.scan.skirt < 1e-6)]
    inside = confirm_inside(skin, signed_distances(skin, hand, hand_surface), hand, hand_surface.triangles)
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
    clear = float((deepest <= 5.0).mean())
    touched = float((overlap.gap[should_touch] <= 5.0).mean()) if should_touch.any() else 0.0
    return {
        "col_dist_mm": float(overlap.mean_depth.mean()),
        "max_penetration_mm": float(deepest.max()),
        "non_collision_5mm": clear,
        "non_collision_0_5mm": float((deepest <= 0.5).mean()),
        "touchness": touched,
        "f_score": 2 * clear * touched / (clear + touched) if clear + touched else 0.0,
    }
