"""How the hand darkens what is near it: ambient occlusion by capsules along the bones, a soft shadow by a depth map."""

import math

import numpy as np
from numba import njit

from model.body import TIPS
from model.mesh.raster import rasterise
from model.scene import F32, F64, I32

# MediaPipe's 21 joints: segment ends and radius in mm at a hand length of 187 mm, a little inside the skin
SEGMENTS = np.array(
    [(0, 1, 12.0), (1, 2, 10.0), (2, 3, 8.3), (3, 4, 6.5)]
    + [(0, base, 10.5) for base in (5, 9, 13, 17)]
    + [(base + k, base + k + 1, r) for base in (5, 9, 13) for k, r in ((0, 8.2), (1, 7.2), (2, 6.0))]
    + [(17, 18, 7.2), (18, 19, 6.2), (19, 20, 5.2)]
)
FOREARM_RADIUS_MM = 25.0
SKY_STEPS, SKY_INSIDE = 4, 0.3  # looks along the normal, ever farther apart, and how deep in a capsule one counts
SHADOW_MM = 1.6  # size of a texel of the shadow map
SHADOW_MARGIN_MM, SHADOW_ROOM, SHADOW_MOST = 12.0, 8, 600  # around the hand; texels beyond it, and at most on a side
PENUMBRA = 0.16  # radius of a lamp over its distance
BLOCKER_TEXELS, SHARPEST_TEXELS, SOFTEST_TEXELS = 7.0, 1.0, 9.0  # radius of the look for what blocks, and of the edge
GOLDEN_ANGLE = 2.399963  # radians, of a Vogel spiral


def capsules(joints: F64, elbow: F64, scale: float) -> F64:
    """Capsules (k, 7): both ends and radius in mm, of a hand with joints (21, 3) and the forearm to `elbow` (3,)."""
    ends, radius = SEGMENTS[:, :2].astype(int), SEGMENTS[:, 2:] * scale
    first, last = joints[ends[:, 0]], joints[ends[:, 1]].copy()
    # a fingertip is where its joint says, and nothing of the finger is ahead of it
    tips = np.isin(ends[:, 1], TIPS)
    bone = last[tips] - first[tips]
    last[tips] -= radius[tips] * bone / (np.linalg.norm(bone, axis=1, keepdims=True) + 1e-9)
    fingers = np.concatenate([first, last, radius], axis=1)
    forearm = np.concatenate([joints[0], elbow, [FOREARM_RADIUS_MM * scale]])
    return np.ascontiguousarray(np.vstack([fingers, forearm]))


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _distance(x: float, y: float, z: float, capsule: F64, k: int) -> float:
    ax, ay, az = capsule[k, 0], capsule[k, 1], capsule[k, 2]
    bx, by, bz = capsule[k, 3] - ax, capsule[k, 4] - ay, capsule[k, 5] - az
    px, py, pz = x - ax, y - ay, z - az
    t = (px * bx + py * by + pz * bz) / (bx * bx + by * by + bz * bz + 1e-9)
    t = min(max(t, 0.0), 1.0)
    dx, dy, dz = px - t * bx, py - t * by, pz - t * bz
    return math.sqrt(dx * dx + dy * dy + dz * dz) - capsule[k, 6]


@njit(cache=True, nogil=True, fastmath=True)
def ambient(points: F64, normals: F64, capsule: F64, reach: float, skip: float) -> F32:
    """Open sky (n,), 1 free .. 0 shut, at points with normals: how much room capsules leave along the normal.

    Capsules nearer than `skip` mm are the point's own (-inf: none is). Samples go out to `reach` mm.
    """
    out = np.ones(points.shape[0], np.float32)
    gap = np.empty(capsule.shape[0])
    for i in range(points.shape[0]):
        nearest = 1e9
        for k in range(capsule.shape[0]):
            gap[k] = _distance(points[i, 0], points[i, 1], points[i, 2], capsule, k)
            if gap[k] < skip:
                gap[k] = 1e9
            nearest = min(nearest, gap[k])
        if nearest >= 2 * reach:
            continue
        shut = total = 0.0
        for s in range(1, SKY_STEPS + 1):
            h = reach * s * s / SKY_STEPS**2
            x = points[i, 0] + normals[i, 0] * h
            y = points[i, 1] + normals[i, 1] * h
            z = points[i, 2] + normals[i, 2] * h
            least = h
            for k in range(capsule.shape[0]):
                if gap[k] - h < least:  # else it cannot be nearer, h away from the point
                    least = min(least, _distance(x, y, z, capsule, k))
            weight = 1.0 / s
            shut += weight * max(0.0, h - max(least, -SKY_INSIDE * h)) / h
            total += weight
        out[i] = max(0.0, 1.0 - shut / total)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def proximity(points: F64, capsule: F64, spread: float) -> F32:
    """exp(-distance / spread) (n,) to the nearest capsule."""
    out = np.zeros(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        least = 1e9
        for k in range(capsule.shape[0]):
            least = min(least, _distance(points[i, 0], points[i, 1], points[i, 2], capsule, k))
        out[i] = math.exp(-max(least, 0.0) / spread)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _penumbra(uv: F32, height: F32, blocker: F32, bias: float, disc: F32) -> F32:
    """Light (n,) that reaches points at texels uv (n, 2) and heights (n,) mm under a map of blocker heights."""
    rows, columns = blocker.shape
    out = np.ones(uv.shape[0], np.float32)
    for i in range(uv.shape[0]):
        if uv[i, 0] < 0 or uv[i, 1] < 0 or uv[i, 0] >= columns or uv[i, 1] >= rows:
            continue
        above = number = 0.0
        for k in range(disc.shape[0]):
            a = int(uv[i, 0] + disc[k, 0] * BLOCKER_TEXELS)
            b = int(uv[i, 1] + disc[k, 1] * BLOCKER_TEXELS)
            if 0 <= a < columns and 0 <= b < rows and blocker[b, a] < height[i] - bias:
                above += height[i] - blocker[b, a]
                number += 1.0
        if number == 0.0:
            continue
        radius = min(SHARPEST_TEXELS + PENUMBRA * above / number / SHADOW_MM, SOFTEST_TEXELS)
        hidden = 0.0
        for k in range(disc.shape[0]):
            a = int(uv[i, 0] + disc[k, 0] * radius)
            b = int(uv[i, 1] + disc[k, 1] * radius)
            if 0 <= a < columns and 0 <= b < rows and blocker[b, a] < height[i] - bias:
                hidden += 1.0
        out[i] = 1.0 - hidden / disc.shape[0]
    return out


def _vogel_disc(count: int) -> F32:
    """Evenly spread points (count, 2) in the unit disc."""
    k = np.arange(count)
    radius, angle = np.sqrt((k + 0.5) / count), k * GOLDEN_ANGLE
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


DISC = _vogel_disc(20)  # looks into the shadow map from a point


def shadows(vertices: F64, triangles: I32, towards: F64, groups: list[tuple[F64, float]]) -> list[F32]:
    """Light (n,) left by the mesh on each group of (points (n, 3), bias mm), from the lamp in direction `towards`."""
    axis = towards / np.linalg.norm(towards)
    side = np.cross(axis, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(axis, side), -axis])  # height grows away from the lamp
    local = vertices @ frame.T
    low = local[:, :2].min(axis=0) - SHADOW_MARGIN_MM
    texel = ((local[:, :2] - low) / SHADOW_MM).astype(np.float32)
    columns, rows = (np.ceil(texel.max(axis=0)).astype(int) + SHADOW_ROOM).tolist()
    blocker, _, _ = rasterise(
        triangles, np.ascontiguousarray(texel[:, 0]), np.ascontiguousarray(texel[:, 1]),
        np.ascontiguousarray(local[:, 2].astype(np.float32)), min(rows, SHADOW_MOST), min(columns, SHADOW_MOST),
    )  # fmt: skip
    out = []
    for points, bias in groups:
        place = points @ frame.T
        uv = ((place[:, :2] - low) / SHADOW_MM).astype(np.float32)
        out.append(_penumbra(uv, place[:, 2].astype(np.float32), blocker, bias, DISC))
    return out
