"""What a pose costs, compiled: the least-squares solver asks thousands of times a clip."""

import math

import numpy as np
from numba import njit

from model.scene import F64

CLEAR_MM = 14.0  # bones of idle fingers keep this far from the skin
SEEN_MM = 45.0  # skin farther than this is not in the way
CROWD_MM = 1.2  # weight of a crowded bone: 1 / mm
PLACE_MM = 0.7  # weight of a misplaced fingertip: 1 / mm
LIMIT_DEG = 4.0  # weight of a bent-over joint: 1 / degree
ELBOW_WEIGHT, HOLD_WEIGHT = 2.2, 2.5
UPPER_ARM_MM, FOREARM_MM = 300.0, 262.0  # adult means (ANSUR II)


@njit(cache=True, nogil=True)
def rotation_of(vector: F64) -> F64:
    """Rotation matrix (3, 3) of a rotation vector (Rodrigues)."""
    angle = math.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
    out = np.eye(3)
    if angle < 1e-12:
        return out
    x, y, z = vector[0] / angle, vector[1] / angle, vector[2] / angle
    s, c = math.sin(angle), 1.0 - math.cos(angle)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return out + s * cross + c * (cross @ cross)


@njit(cache=True, nogil=True)
def elbow_at(wrist: F64, shoulder: F64, hangs: F64) -> F64:
    """Elbow (3,) mm on the circle that both bones allow, towards `hangs`."""
    span = wrist - shoulder
    length = math.sqrt(np.dot(span, span)) + 1e-9
    axis = span / length
    reach = min(length, UPPER_ARM_MM + FOREARM_MM - 1.0)
    along = (UPPER_ARM_MM**2 - FOREARM_MM**2 + reach**2) / (2 * reach)
    radius = math.sqrt(max(UPPER_ARM_MM**2 - along**2, 1.0))
    down = hangs - axis * np.dot(axis, hangs)
    return shoulder + axis * along + down * (radius / (math.sqrt(np.dot(down, down)) + 1e-9))


@njit(cache=True, nogil=True)
def crowding(joint: F64, vertices: F64, normals: F64) -> float:
    """How much in mm a bone is nearer to the skin than CLEAR_MM."""
    best, near = SEEN_MM * SEEN_MM, -1
    for v in range(vertices.shape[0]):
        dx, dy, dz = joint[0] - vertices[v, 0], joint[1] - vertices[v, 1], joint[2] - vertices[v, 2]
        d = dx * dx + dy * dy + dz * dz
        if d < best:
            best, near = d, v
    if near < 0:
        return 0.0
    return max(CLEAR_MM - np.dot(joint - vertices[near], normals[near]), 0.0)


@njit(cache=True, nogil=True)
def fill_residuals(
    x: F64, angles: F64, places: F64, faces: F64, joints: F64, forearm: F64, wrist: F64, limits: F64, points: F64,
    facing: F64, strict: float, preset: F64, weight: F64, first: F64, anchor: float, shoulder: F64, hangs: F64,
    vertices: F64, normals: F64, out: F64,
) -> None:  # fmt: skip
    """All residuals of a pose whose bones are known: x (30,) as solve.py packs it; `out` is filled."""
    k = 0
    for i in range(points.shape[0]):
        for c in range(3):
            out[k] = (places[i, c] - points[i, c]) / PLACE_MM
            out[k + 1] = (faces[i, c] - facing[i, c]) * strict
            k += 2
    for i in range(angles.shape[0]):
        over = max(angles[i] - limits[i, 1], 0.0) + max(limits[i, 0] - angles[i], 0.0)
        out[k] = over / LIMIT_DEG
        out[k + 1] = (angles[i] - preset[i]) * weight[i]
        k += 2
    span = elbow_at(wrist, shoulder, hangs) - wrist
    span /= math.sqrt(np.dot(span, span)) + 1e-9
    for c in range(3):
        out[k] = (forearm[c] - span[c]) * ELBOW_WEIGHT
        out[k + 1] = x[c] * HOLD_WEIGHT
        k += 2
    for i in range(joints.shape[0]):
        out[k] = crowding(joints[i], vertices, normals) / CROWD_MM
        k += 1
    for i in range(x.shape[0]):
        out[k] = (x[i] - first[i]) * anchor
        k += 1
