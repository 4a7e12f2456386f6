"""Bones → skin: dual-quaternion blending (Kavan et al. 2007), and a hand that fits a face."""

from dataclasses import replace

import numba
import numpy as np

from model.mesh.normals import vertex_normals
from model.scene import F32, F64, I32

from .asset import HandModel
from .pose import Bones

# Hand length ÷ face length (landmarks 152 to 168): 1.6 in ANSUR II, but hands in portraits that reach only from chin to
# the middle of the forehead are believed. Sex moves it; children's hands are shorter still.
HAND_TO_FACE, LONGER_OF_MEN, SHORTER_OF_CHILDREN = 1.5, 0.04, 0.14
CHILD_YEARS, GROWN_YEARS = 6.0, 16.0
RATIO_VARIES, LEAST_RATIO, MOST_RATIO = 0.04, 1.3, 1.7  # standard deviation between people, and limits
BUILD_VARIES = 0.25  # standard deviation
SHORTEST_FACE_MM, LONGEST_FACE_MM = 90.0, 150.0


def fit_hand(
    model: HandModel,
    face_length_mm: float,
    sex: float = 0.0,
    age: float = 0.0,
    build: float = 0.0,
    seed: int | None = None,
    years: float = 30.0,
) -> HandModel:
    """The hand that goes with a face: size from the face (chin to sellion), build from the shape axes.

        A child of so many `years` has a smaller one. `seed` varies size and build as people do (hand and face correlate
    by 0.3 only).
    """
    small = float(np.clip((GROWN_YEARS - years) / (GROWN_YEARS - CHILD_YEARS), 0, 1))
    ratio = HAND_TO_FACE + LONGER_OF_MEN * float(np.clip(sex, -1, 1)) - SHORTER_OF_CHILDREN * small
    if seed is not None:
        rng = np.random.default_rng(seed)
        ratio += rng.normal(0, RATIO_VARIES)
        build += rng.normal(0, BUILD_VARIES)
    face_length = np.clip(face_length_mm, SHORTEST_FACE_MM, LONGEST_FACE_MM)
    length = np.clip(ratio, LEAST_RATIO, MOST_RATIO) * face_length
    weights = np.array([np.clip(sex, -1, 1), np.clip(age, 0, 1), np.clip(build, -1, 1)])
    scale = length / model.length
    vertices = scale * (model.vertices + np.einsum("a,anc->nc", weights, model.shape_vertices))
    move = np.einsum("a,abc->bc", weights, model.shape_joints)
    last = slice(3, 16, 3)
    return replace(
        model,
        vertices=vertices,
        normals=vertex_normals(vertices, model.triangles),
        joints=scale * (model.joints + move),
        fingertips=scale * (model.fingertips + move[last]),
        length=float(length),
    )


def skin_hand(model: HandModel, bones: Bones) -> tuple[F64, F64]:
    """Vertices (n, 3) and unit normals (n, 3) of the hand posed by `pose_bones`."""
    dual = _dual_quaternions(model.joints, model.frames, bones.rotation, bones.position)
    lift = _knuckle_lift(model.frames, bones.rotation, model.parents)[model.knuckle_bone] * model.knuckle_height
    vertices = _skin(model.vertices, model.normals, lift, model.bone_index, model.bone_weight, dual)
    return vertices, vertex_normals(vertices, model.triangles)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _quaternion(m: F64) -> F64:
    """Unit quaternion (w, x, y, z) of a rotation matrix, by its largest component."""
    q = np.empty(4)
    w, x = 1 + m[0, 0] + m[1, 1] + m[2, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2]
    y, z = 1 - m[0, 0] + m[1, 1] - m[2, 2], 1 - m[0, 0] - m[1, 1] + m[2, 2]
    if w >= x and w >= y and w >= z:
        q[0], q[1], q[2], q[3] = w, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    elif x >= y and x >= z:
        q[0], q[1], q[2], q[3] = m[2, 1] - m[1, 2], x, m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]
    elif y >= z:
        q[0], q[1], q[2], q[3] = m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], y, m[1, 2] + m[2, 1]
    else:
        q[0], q[1], q[2], q[3] = m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], z
    return q / np.sqrt((q * q).sum())


@numba.njit(nogil=True, cache=True, fastmath=True)
def _dual_quaternions(joints: F64, frames: F64, rotations: F64, positions: F64) -> F64:
    """Motion of each bone from rest to pose as real and dual part (b, 8)."""
    out = np.empty((len(joints), 8))
    for b in range(len(joints)):
        turn = rotations[b] @ np.ascontiguousarray(frames[b].T)
        q = _quaternion(turn)
        t = positions[b] - turn @ joints[b]
        out[b, :4] = q
        out[b, 4] = -0.5 * (t[0] * q[1] + t[1] * q[2] + t[2] * q[3])
        out[b, 5] = 0.5 * (t[0] * q[0] + t[1] * q[3] - t[2] * q[2])
        out[b, 6] = 0.5 * (t[1] * q[0] + t[2] * q[1] - t[0] * q[3])
        out[b, 7] = 0.5 * (t[2] * q[0] + t[0] * q[2] - t[1] * q[1])
    return out


@numba.njit(nogil=True, cache=True, fastmath=True)
def _knuckle_lift(frames: F64, rotations: F64, parents: I32) -> F64:
    """Share (18,) of the knuckle's height that its flexion raises: 0 at rest, about 1 at 90 degrees."""
    out = np.zeros(len(rotations))
    for b in range(1, 16):
        along = 0.0
        for c in range(3):
            along += frames[b, c, 1] * frames[parents[b], c, 1] - rotations[b, c, 1] * rotations[parents[b], c, 1]
        out[b] = max(along, 0.0)
    return out


@numba.njit(nogil=True, cache=True, fastmath=True)
def _skin(rest: F64, normal: F64, lift: F64, index: I32, weight: F32, dual: F64) -> F64:
    out = np.empty_like(rest)
    d = np.empty(8)
    for i in range(len(rest)):
        first = index[i, 0]
        d[:] = 0.0
        for k in range(4):
            w = weight[i, k]
            if w == 0.0:
                break
            b = index[i, k]
            same = 0.0
            for c in range(4):
                same += dual[b, c] * dual[first, c]
            if same < 0:
                w = -w
            for c in range(8):
                d[c] += w * dual[b, c]
        n = 1.0 / np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3])
        w0, x0, y0, z0 = d[0] * n, d[1] * n, d[2] * n, d[3] * n
        we, xe, ye, ze = d[4] * n, d[5] * n, d[6] * n, d[7] * n
        px, py, pz = rest[i, 0], rest[i, 1], rest[i, 2]
        if lift[i] != 0.0:
            px += lift[i] * normal[i, 0]
            py += lift[i] * normal[i, 1]
            pz += lift[i] * normal[i, 2]
        cx = y0 * pz - z0 * py + w0 * px
        cy = z0 * px - x0 * pz + w0 * py
        cz = x0 * py - y0 * px + w0 * pz
        out[i, 0] = px + 2 * (y0 * cz - z0 * cy) + 2 * (w0 * xe - we * x0 + y0 * ze - z0 * ye)
        out[i, 1] = py + 2 * (z0 * cx - x0 * cz) + 2 * (w0 * ye - we * y0 + z0 * xe - x0 * ze)
        out[i, 2] = pz + 2 * (x0 * cy - y0 * cx) + 2 * (w0 * ze - we * z0 + x0 * ye - y0 * xe)
    return out
