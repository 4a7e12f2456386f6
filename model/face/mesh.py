"""The metric mesh of a face: camera, control points, vertices, normals, and finer triangles on demand."""

from typing import Final

import numpy as np

from model.body import LANDMARKS, LEFT_PUPIL, OPENINGS, RIGHT_PUPIL
from model.face.topology import skirt_rings
from model.scene import F64, I32, IPD_MM, Camera

UPPER_LID_MM: Final = 0.8
LOWER_LID_MM: Final = 0.9


def camera_of(landmarks: F64, size: int) -> Camera:
    """Camera of a square image in which the irises of landmarks (478, 3) px are 63 mm apart in space."""
    depth = landmarks[:LANDMARKS, 2].mean()
    left, right = landmarks[LEFT_PUPIL], landmarks[RIGHT_PUPIL]
    mm_per_px = IPD_MM / float(np.linalg.norm(left - right))
    for _ in range(2):  # the eyes lie nearer than Z = 0, where mm_per_px holds
        camera = Camera(size, size, mm_per_px)
        z = (np.array([left[2], right[2]]) - depth) * mm_per_px
        eyes = camera.unproject(np.stack([left[:2], right[:2]]), z)
        mm_per_px *= IPD_MM / float(np.linalg.norm(eyes[0] - eyes[1]))
    return Camera(size, size, mm_per_px)


def controls_of(landmarks: F64, camera: Camera) -> F64:
    """Control points (612, 3) mm of landmarks (478, 3) px: the 468, and the skirt around them."""
    points = landmarks[:LANDMARKS]
    z = (points[:, 2] - points[:, 2].mean()) * camera.mm_per_px
    metric = _lids_apart(camera.unproject(points[:, :2], z))
    return np.concatenate([metric, skirt_rings(metric)])


def _lids_apart(points: F64) -> F64:
    """Points (468, 3) mm with the lids' edges moved outward, or a blink drags a rim of the eyeball along."""
    moved = points.copy()
    for upper, lower in OPENINGS[1:]:
        up, low = list(upper[1:-1]), list(lower[1:-1])
        gap = points[low] - points[up]
        way = gap / np.maximum(np.linalg.norm(gap, axis=1, keepdims=True), 1e-9)
        moved[up] -= UPPER_LID_MM * way
        moved[low] += LOWER_LID_MM * way
    return moved


def scan_normals(vertices: F64, triangles: I32) -> F64:
    """Unit normals (n, 3), weighted by area, towards the viewer where a vertex has none.

    As `model.mesh.normals` has them, summed in another order: clips of physics version 2 are made with this one.
    """
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for axis in range(3):
        for corner in range(3):
            normals[:, axis] += np.bincount(triangles[:, corner], face[:, axis], len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), [0.0, 0.0, -1.0])
