"""How hands differ (sex, age, build), and the knuckles that stand out when fingers bend."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .skeleton import F64, joints_of, read_arm
from .weights import step

AXES = ("sex", "age", "build")
# Anny's hands hardly differ but in the forearm: thickness of fingers and palm, as shares, from hand breadths
# of men and women (ANSUR II) and our own eye.
THICKER = (0.045, -0.03, 0.10)
KNUCKLE_MM = 2.4  # at 90 degrees


def shape_fields(
    raw: dict[str, np.ndarray], keep: NDArray[np.int64], smooth: sp.csr_matrix, thickness: F64
) -> tuple[F64, F64]:
    """Displacements of vertices (3, n, 3) and joints (3, 18, 3) in mm of a full step along AXES."""
    fields, moves = [], []
    pairs = (("male", "female", 0.5), ("old", "base", 1.0), ("heavy", "thin", 0.5))
    for (plus, minus, share), thicker in zip(pairs, THICKER, strict=True):
        one, two = read_arm(raw, plus, keep), read_arm(raw, minus, keep)
        fields.append(share * (smooth @ (one.vertices - two.vertices)) + thicker * thickness)
        jump = share * (joints_of(one)[0] - joints_of(two)[0])
        moves.append(np.vstack([jump, jump[-1:]]))
    return np.array(fields), np.array(moves)


def thickness_of(vertices: F64, weights: F64, joints: F64, frames: F64) -> F64:
    """Offset (n, 3) of each vertex from its bone's axis: a share of it makes the hand thicker."""
    out = weights[:, :1] * (vertices - [0.0, 0.0, -7.0]) * [0.35, 0.0, 0.8]
    for bone in range(1, 16):
        y = frames[bone][:, 1]
        offset = vertices - joints[bone]
        out += weights[:, bone : bone + 1] * (offset - np.outer(offset @ y, y))
    return out


def knuckles(vertices: F64, normals: F64, joints: F64) -> tuple[NDArray[np.uint8], F64]:
    """Per vertex the finger bone whose flexion raises it, and by how many mm at 90 degrees (n,)."""
    heads = joints[[4, 7, 10, 13]]
    offset = vertices[:, None] - heads
    size = np.array([1.0, 1.0, 0.92, 0.82])
    bump = np.exp(-0.5 * ((offset[..., 0] / (4.0 * size)) ** 2 + (offset[..., 1] / 6.0) ** 2)) * size
    valleys = 0.5 * (heads[:-1] + heads[1:])
    offset = vertices[:, None] - valleys
    dip = np.exp(-0.5 * ((offset[..., 0] / 3.2) ** 2 + ((offset[..., 1] - 3) / 7.0) ** 2)).max(1)
    height = KNUCKLE_MM * (bump.max(1) - 0.55 * dip) * step(normals[:, 2] - 0.35, 0.35)
    nearest = np.abs(vertices[:, :1] - heads[:, 0]).argmin(1)
    return (4 + 3 * nearest).astype(np.uint8), np.where(np.abs(height) > 0.02, height, 0.0)
