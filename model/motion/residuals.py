"""What a pose costs, compiled: the least-squares solver asks thousands of times a clip."""

import math
from typing import NamedTuple

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


class Surroundings(NamedTuple):
    """The face as an obstacle, and where the arm comes from."""

    vertices: F64  # (v, 3) mm
    normals: F64  # (v, 3) unit
    shoulder: F64  # (3,) mm


class Posture(NamedTuple):
    """What the bones of a pose that is tried lead to; k fingers touch."""

    angles: F64  # (24,) degrees
    places: F64  # (k, 3) mm of the contact points
    faces: F64  # (k, 3) unit, where each pad faces
    joints: F64  # (j, 3) mm of those that shall keep clear of the face
    forearm: F64  # (3,) unit, towards the elbow
    wrist: F64  # (3,) mm


class Aim(NamedTuple):
    """What a pose is to come near to."""

    points: F64  # (k, 3) mm
    facing: F64  # (k, 3) unit
    strict: float  # weight of that
    limits: F64  # (24, 2) degrees
    preset: F64  # (24,) degrees
    weight: F64  # (24,) 1 / degrees, of keeping to it
    hangs: F64  # (3,) where the elbow hangs
    first: F64  # (30,) the numbers it is sought from
    anchor: float  # weight of staying there


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
def crowding(joint: F64, body: Surroundings) -> float:
    """How much in mm a bone is nearer to the skin than CLEAR_MM."""
    vertices, normals = body.vertices, body.normals
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
def fill_residuals(x: F64, posture: Posture, wanted: Aim, body: Surroundings, out: F64) -> None:
    """All residuals of a pose whose bones are known: x (30,) as solve.py packs it; `out` is filled."""
    k = 0
    for i in range(wanted.points.shape[0]):
        for c in range(3):
            out[k] = (posture.places[i, c] - wanted.points[i, c]) / PLACE_MM
            out[k + 1] = (posture.faces[i, c] - wanted.facing[i, c]) * wanted.strict
            k += 2
    angles, limits = posture.angles, wanted.limits
    for i in range(angles.shape[0]):
        over = max(angles[i] - limits[i, 1], 0.0) + max(limits[i, 0] - angles[i], 0.0)
        out[k] = over / LIMIT_DEG
        out[k + 1] = (angles[i] - wanted.preset[i]) * wanted.weight[i]
        k += 2
    span = elbow_at(posture.wrist, body.shoulder, wanted.hangs) - posture.wrist
    span /= math.sqrt(np.dot(span, span)) + 1e-9
    for c in range(3):
        out[k] = (posture.forearm[c] - span[c]) * ELBOW_WEIGHT
        out[k + 1] = x[c] * HOLD_WEIGHT
        k += 2
    for i in range(posture.joints.shape[0]):
        out[k] = crowding(posture.joints[i], body) / CROWD_MM
        k += 1
    for i in range(x.shape[0]):
        out[k] = (x[i] - wanted.first[i]) * wanted.anchor
        k += 1
