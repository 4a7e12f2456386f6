"""Areas of triangles and of what lies around each vertex."""

import numpy as np

from model.scene import F64, I32


def triangle_areas(vertices: F64, triangles: I32) -> F64:
    """Areas (t,) in mm²."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


def vertex_areas(count: int, triangles: I32, areas: F64) -> F64:
    """A third of every triangle around each vertex (n,), mm²."""
    return np.asarray(np.bincount(triangles.ravel(), np.repeat(areas / 3, 3), minlength=count), dtype=np.float64)
