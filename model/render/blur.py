"""Motion blur of the hand: a 180° shutter along the affine motion of the layer."""

import math

import numpy as np
from numba import njit

from model.scene import F32, F64

SHUTTER = 0.5  # of the frame time
STILL_PX = 0.7  # less motion than this during the shutter is not blurred


def shutter_motion(before: F64, after: F64) -> F64 | None:
    """Affine velocity (2, 3) px per shutter at pixel (x, y, 1) from points (n, 2) a frame earlier and later."""
    centre = np.concatenate([(before + after) / 2, np.ones((len(before), 1))], axis=1)
    velocity = (after - before) / 2 * SHUTTER
    if np.linalg.norm(velocity, axis=1).max() < STILL_PX:
        return None
    return np.linalg.lstsq(centre, velocity, rcond=None)[0].T


@njit(cache=True, nogil=True, fastmath=True)
def blur_layer(layer: F32, motion: F64, left: int, top: int) -> F32:
    """Layer (h, w, 4), premultiplied, whose pixel (0, 0) is (left, top), averaged along `motion` (2, 3)."""
    height, width, _ = layer.shape
    out = np.zeros_like(layer)
    for i in range(height):
        for j in range(width):
            x, y = j + left + 0.5, i + top + 0.5
            vx = motion[0, 0] * x + motion[0, 1] * y + motion[0, 2]
            vy = motion[1, 0] * x + motion[1, 1] * y + motion[1, 2]
            taps = min(max(int(math.sqrt(vx * vx + vy * vy)) + 1, 1), 32)
            for k in range(taps):
                s = (k + 0.5) / taps - 0.5
                fx = min(max(j + vx * s, 0.0), width - 1.001)
                fy = min(max(i + vy * s, 0.0), height - 1.001)
                a, b = int(fx), int(fy)
                u, v = fx - a, fy - b
                for c in range(4):
                    top_row = (1 - u) * layer[b, a, c] + u * layer[b, a + 1, c]
                    low_row = (1 - u) * layer[b + 1, a, c] + u * layer[b + 1, a + 1, c]
                    out[i, j, c] += ((1 - v) * top_row + v * low_row) / taps
    return out
