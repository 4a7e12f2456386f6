"""Skin and pad made to fit each other, mesh against mesh: neither runs through the other in any frame.

The solver sees the skin at 2 mm. Here the refined skin is moved out of the hand except for what the pad gives,
and then the pad is laid flat onto the skin.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from model.contact.surface import CELL, signed_distance, sort_points
from model.render.raster import vertex_normals
from model.scene import F64, I32, U8

TOUCH_MM = 0.45  # nearer than this counts as touching
MARGIN_MM = 0.02  # air left between the two, so that rounding is not penetration


@dataclass(frozen=True)
class Fit:
    """One frame's surfaces after they were fitted."""

    face: F64  # (n, 3) mm
    hand: F64  # (h, 3) mm
    hand_normals: F64  # (h, 3)
    touch: U8  # (n,) 0 none, 1 + part of the hand that touches the vertex


@njit(cache=True, nogil=True)
def _push_skin(
    face: F64,
    near: I32,
    allowed: F64,
    points: F64,
    normals: F64,
    origin: F64,
    counts: I32,
    start: I32,
    order: I32,
) -> None:
    """Move skin vertices `near` out of the hand until they overlap by `allowed` at most."""
    gradient = np.zeros(3)
    for i in near:
        for _ in range(4):
            distance, found = signed_distance(
                face[i, 0], face[i, 1], face[i, 2], points, normals, origin, counts, start, order, gradient
            )
            excess = -distance - allowed[i]
            if found < 0 or excess <= 0.0:
                break
            for k in range(3):
                face[i, k] += gradient[k] * excess


@njit(cache=True, nogil=True)
def _flatten_pad(
    hand: F64, touching: I32, margin: float, points: F64, normals: F64, origin: F64, counts: I32, start: I32,
    order: I32,
) -> None:  # fmt: skip
    """Move hand vertices `touching` out of the skin given by points and normals."""
    gradient = np.zeros(3)
    for i in touching:
        for _ in range(4):
            distance, found = signed_distance(
                hand[i, 0], hand[i, 1], hand[i, 2], points, normals, origin, counts, start, order, gradient
            )
            if found < 0 or distance >= margin:
                break
            for k in range(3):
                hand[i, k] += gradient[k] * (margin - distance)


@njit(cache=True, nogil=True)
def _touches(
    face: F64, near: I32, points: F64, normals: F64, part: U8, origin: F64, counts: I32, start: I32, order: I32,
    touch: U8,
) -> None:  # fmt: skip
    gradient = np.zeros(3)
    for i in near:
        distance, found = signed_distance(
            face[i, 0], face[i, 1], face[i, 2], points, normals, origin, counts, start, order, gradient
        )
        if found >= 0 and distance < TOUCH_MM:
            touch[i] = 1 + part[found]


def conform(
    face: F64, triangles: I32, overlap: F64, movable: U8, hand: F64, hand_normals: F64, hand_triangles: I32,
    touching: I32, part: U8,
) -> Fit:  # fmt: skip
    """Fit face (n, 3) and hand (h, 3) to each other.

    overlap (n,) mm that the pad gives; movable (n,) 1 where skin may be pushed; touching (p,) hand vertices that
    may touch, part (h,) which part of the hand each belongs to.
    """
    face, hand = face.copy(), hand.copy()
    touch = np.zeros(len(face), np.uint8)
    points, normals = hand[touching], hand_normals[touching]
    near = _around(face, points)
    if not len(near):
        return Fit(face, hand, hand_normals, touch)
    buckets = sort_points(points)
    sorted_by = (buckets.origin, buckets.counts, buckets.start, buckets.order)
    _push_skin(face, near[movable[near] > 0], overlap + MARGIN_MM, points, normals, *sorted_by)
    close = touching[_around(points, face[near])]
    if not len(close):
        return Fit(face, hand, hand_normals, touch)
    skin_normals = vertex_normals(face, triangles)[near]
    skin = face[near]
    skin_buckets = sort_points(skin)
    _flatten_pad(
        hand, close, MARGIN_MM, skin, skin_normals, skin_buckets.origin, skin_buckets.counts, skin_buckets.start,
        skin_buckets.order,
    )  # fmt: skip
    hand_normals = vertex_normals(hand, hand_triangles)
    flat, normals = hand[touching], hand_normals[touching]
    flat_buckets = sort_points(flat)
    flat_by = (flat_buckets.origin, flat_buckets.counts, flat_buckets.start, flat_buckets.order)
    _push_skin(face, near[movable[near] > 0], np.zeros(len(face)), flat, normals, *flat_by)
    _touches(face, near, flat, normals, part[touching], *flat_by, touch)
    return Fit(face, hand, hand_normals, touch)


def _around(points: F64, others: F64) -> I32:
    """Indices of points (n, 3) inside the box of `others`, a cell wider."""
    if not len(others):
        return np.zeros(0, np.int32)
    low, high = others.min(axis=0) - CELL, others.max(axis=0) + CELL
    return np.flatnonzero(((points > low) & (points < high)).all(axis=1)).astype(np.int32)
