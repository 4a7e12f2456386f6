"""Normals and tangents of a posed mesh."""

import numpy as np
from numba import njit

from model.scene import F32, F64, I32


@njit(nogil=True, cache=True, fastmath=True)
def vertex_normals(vertices: F64, triangles: I32) -> F64:
    """Unit normals (n, 3) of a mesh, weighted by area."""
    out = np.zeros_like(vertices)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            out[i, 0] += x
            out[i, 1] += y
            out[i, 2] += z
    for i in range(len(out)):
        n = 1.0 / np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2 + 1e-30)
        out[i, 0] *= n
        out[i, 1] *= n
        out[i, 2] *= n
    return out


@njit(nogil=True, cache=True, fastmath=True)
def triangle_tangents(vertices: F64, triangles: I32, uv: F32, uv_triangles: I32) -> F32:
    """Unit tangent (t, 3) of each posed triangle: where the texture's u grows; for the normal map."""
    out = np.empty((len(triangles), 3), np.float32)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        p, q, r = uv_triangles[t, 0], uv_triangles[t, 1], uv_triangles[t, 2]
        v1, v2 = uv[q, 1] - uv[p, 1], uv[r, 1] - uv[p, 1]
        det = (uv[q, 0] - uv[p, 0]) * v2 - (uv[r, 0] - uv[p, 0]) * v1
        sign = 1.0 if det >= 0 else -1.0
        x = sign * ((vertices[b, 0] - vertices[a, 0]) * v2 - (vertices[c, 0] - vertices[a, 0]) * v1)
        y = sign * ((vertices[b, 1] - vertices[a, 1]) * v2 - (vertices[c, 1] - vertices[a, 1]) * v1)
        z = sign * ((vertices[b, 2] - vertices[a, 2]) * v2 - (vertices[c, 2] - vertices[a, 2]) * v1)
        n = 1.0 / np.sqrt(x * x + y * y + z * z + 1e-30)
        out[t, 0], out[t, 1], out[t, 2] = x * n, y * n, z * n
    return out
