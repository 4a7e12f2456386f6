"""Software rasteriser: z-buffer with perspective-free barycentrics, one thread a frame.

Triangles are millimetre-small and seen from 700 mm, so affine interpolation errs by less than 0.01 px.
"""

import math

import numpy as np
from numba import njit

from model.scene import F32, I32


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def rasterise(triangles: I32, x: F32, y: F32, z: F32, height: int, width: int) -> tuple[F32, I32, F32]:
    """Nearest triangle per pixel centre: depth (h, w), index (h, w) or -1, barycentrics (h, w, 2)."""
    depth = np.full((height, width), np.float32(1e9), np.float32)
    index = np.full((height, width), -1, np.int32)
    bary = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        # pixel (i, j) has its centre at (j + 0.5, i + 0.5)
        xa, ya, xb, yb, xc, yc = x[a] - 0.5, y[a] - 0.5, x[b] - 0.5, y[b] - 0.5, x[c] - 0.5, y[c] - 0.5
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if abs(area) < 1e-9:
            continue
        inverse = 1.0 / area
        left = max(0, int(math.ceil(min(xa, xb, xc) - 1e-4)))
        right = min(width - 1, int(math.floor(max(xa, xb, xc) + 1e-4)))
        top = max(0, int(math.ceil(min(ya, yb, yc) - 1e-4)))
        bottom = min(height - 1, int(math.floor(max(ya, yb, yc) + 1e-4)))
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                v = ((j - xa) * (yc - ya) - (xc - xa) * (i - ya)) * inverse
                w = ((xb - xa) * (i - ya) - (j - xa) * (yb - ya)) * inverse
                u = 1.0 - v - w
                if u < -1e-5 or v < -1e-5 or w < -1e-5:
                    continue
                d = u * z[a] + v * z[b] + w * z[c]
                if d < depth[i, j]:
                    depth[i, j] = d
                    index[i, j] = t
                    bary[i, j, 0] = u
                    bary[i, j, 1] = v
    return depth, index, bary


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def interpolate(triangles: I32, index: I32, bary: F32, values: F32) -> F32:
    """Vertex values (n, c) at every pixel: (h, w, c), zero where there is no triangle."""
    height, width = index.shape
    channels = values.shape[1]
    out = np.zeros((height, width, channels), np.float32)
    for i in range(height):
        for j in range(width):
            t = index[i, j]
            if t < 0:
                continue
            u, v = bary[i, j, 0], bary[i, j, 1]
            w = np.float32(1.0) - u - v
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            for k in range(channels):
                out[i, j, k] = u * values[a, k] + v * values[b, k] + w * values[c, k]
    return out
