"""Photo, light, hand and grain into one finished picture, in one pass over the pixels."""

from typing import NamedTuple

import numpy as np
from numba import njit

from model.scene import F32, U8


class Photo(NamedTuple):
    """The deformed photo, and by what its light changes."""

    warped: U8  # (h, w, 3)
    shading: F32  # (h, w) relighting, 1 none
    light: F32  # (h, w) light left by the hand, 1 all


class Layer(NamedTuple):
    """The hand to lay over it."""

    rgba: F32  # (a, b, 4) premultiplied, linear; empty for none
    left: int  # px
    top: int


class Grain(NamedTuple):
    """Noise of the photo, tiled."""

    levels: F32  # (g, g)
    down: int  # by which it is rolled
    across: int


class Tone(NamedTuple):
    """Between display and linear values, and what colour shadows have."""

    to_linear: F32  # (256,)
    to_display: F32  # (steps + 1,) levels
    tint: F32  # (3,) darkening by channel


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def finish_frame(photo: Photo, layer: Layer, grain: Grain, tone: Tone) -> U8:
    """Display picture (h, w, 3); pixels that nothing touches come out as they went in, bit for bit."""
    warped, shading, light = photo
    hand, left, top = layer
    levels = grain.levels
    to_linear, to_display, tint = tone
    height, width, _ = warped.shape
    steps = to_display.shape[0] - 1
    out = np.empty_like(warped)
    for i in range(height):
        for j in range(width):
            a, b = i - top, j - left
            inside = 0 <= a < hand.shape[0] and 0 <= b < hand.shape[1]
            alpha = hand[a, b, 3] if inside else np.float32(0.0)
            if alpha == 0.0 and shading[i, j] == 1.0 and light[i, j] == 1.0:
                for c in range(3):
                    out[i, j, c] = warped[i, j, c]
                continue
            noise = np.float32(0.0)
            if alpha > 0.0:
                noise = alpha * levels[(i + grain.down) % levels.shape[0], (j + grain.across) % levels.shape[1]]
            bright = max(shading[i, j], np.float32(1.0))
            dark = np.float32(1.0) - light[i, j] * min(shading[i, j], np.float32(1.0))
            for c in range(3):
                value = to_linear[warped[i, j, c]] * bright * (np.float32(1.0) - dark * tint[c])
                if alpha > 0.0:
                    value = value * (np.float32(1.0) - alpha) + hand[a, b, c]
                place = min(max(value, np.float32(0.0)), np.float32(1.0)) * steps
                low = min(int(place), steps - 1)
                level = to_display[low] + (place - low) * (to_display[low + 1] - to_display[low]) + noise
                out[i, j, c] = np.uint8(min(max(level, np.float32(0.0)), np.float32(255.0)) + np.float32(0.5))
    return out
