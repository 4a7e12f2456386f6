"""Motion blur of the hand: a 90° shutter along the affine motion of the layer."""

import math

import numpy as np
from numba import njit

from model.scene import F32, F64

SHUTTER = 0.25  # of the frame time: a telephone in a lit room
STILL_PX = 0.7  # less motion than this during the shutter is not blurred
MOST_TAPS = 32  # samples along the motion, one a pixel


def shutter_motion(before: F64, after: F64) -> F32 | None:
    """Affine velocity (2, 3) px per shutter at pixel (x, y, 1) from points (n, 2) a frame earlier and later."""
    centre = np.concatenate([(before + after) / 2, np.ones((len(before), 1))], axis=1)
    velocity = (after - before) / 2 * SHUTTER
    if np.linalg.norm(velocity, axis=1).max() < STILL_PX:
        return None
    return np.ascontiguousarray(np.linalg.lstsq(centre, velocity, rcond=None)[0].T, np.float32)


@njit(cache=True, nogil=True)
def _filled(layer: F32, reach: int) -> np.ndarray:
    """First and last column (h, 2) of each row that motion of `reach` px may fill."""
    height, width, _ = layer.shape
    own = np.empty((height, 2), np.int64)
    for i in range(height):
        first, last = 0, width - 1
        while first < width and layer[i, first, 3] == 0.0:
            first += 1
        while last > first and layer[i, last, 3] == 0.0:
            last -= 1
        own[i, 0], own[i, 1] = first, last if first < width else -1
    out = np.empty((height, 2), np.int64)
    for i in range(height):
        around = own[max(i - reach, 0) : i + reach + 1]
        out[i, 0], out[i, 1] = max(around[:, 0].min() - reach, 0), min(around[:, 1].max() + reach, width - 1)
    return out


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def blur_layer(layer: F32, motion: F32, left: int, top: int) -> F32:
    """Layer (h, w, 4), premultiplied, whose pixel (0, 0) is (left, top), averaged along `motion` (2, 3)."""
    height, width, _ = layer.shape
    out = np.zeros_like(layer)
    longest = 0.0
    for down in (top, top + height):
        for across in (left, left + width):
            for row in motion:
                longest = max(longest, abs(row[0] * across + row[1] * down + row[2]))
    span = _filled(layer, int(longest / 2) + 2)
    one, half = np.float32(1.0), np.float32(0.5)
    right, bottom = np.float32(width - 1.001), np.float32(height - 1.001)
    for i in range(height):
        for j in range(span[i, 0], span[i, 1] + 1):
            x, y = np.float32(j + left) + half, np.float32(i + top) + half
            vx = motion[0, 0] * x + motion[0, 1] * y + motion[0, 2]
            vy = motion[1, 0] * x + motion[1, 1] * y + motion[1, 2]
            taps = min(max(int(math.sqrt(vx * vx + vy * vy)) + 1, 1), MOST_TAPS)
            share = one / np.float32(taps)
            r = g = b = alpha = np.float32(0.0)
            for k in range(taps):
                s = (np.float32(k) + half) * share - half
                fx = min(max(np.float32(j) + vx * s, np.float32(0.0)), right)
                fy = min(max(np.float32(i) + vy * s, np.float32(0.0)), bottom)
                m, n = int(fx), int(fy)
                u, v = fx - np.float32(m), fy - np.float32(n)
                w00, w01, w10, w11 = (one - u) * (one - v), u * (one - v), (one - u) * v, u * v
                near, next_, low, last = layer[n, m], layer[n, m + 1], layer[n + 1, m], layer[n + 1, m + 1]
                r += w00 * near[0] + w01 * next_[0] + w10 * low[0] + w11 * last[0]
                g += w00 * near[1] + w01 * next_[1] + w10 * low[1] + w11 * last[1]
                b += w00 * near[2] + w01 * next_[2] + w10 * low[2] + w11 * last[2]
                alpha += w00 * near[3] + w01 * next_[3] + w10 * low[3] + w11 * last[3]
            out[i, j, 0], out[i, j, 1], out[i, j, 2], out[i, j, 3] = r * share, g * share, b * share, alpha * share
    return out
