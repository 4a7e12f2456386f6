"""Photo, light, hand and grain into one finished picture, in one pass over the pixels."""

import numpy as np
from numba import njit

from model.scene import F32, U8

GAMMA = 2.2
TINT = np.array([0.82, 1.02, 1.11], np.float32)  # darkening of skin by channel: equal channels read as a bruise
STEPS = 8192  # of the table from linear to display

TO_LINEAR = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)
TO_DISPLAY = (255.0 * (np.arange(STEPS + 1) / STEPS) ** (1 / GAMMA)).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def finish_frame(
    warped: U8, shading: F32, light: F32, hand: F32, left: int, top: int, grain: F32, shift_y: int, shift_x: int,
    to_linear: F32, to_display: F32, tint: F32,
) -> U8:  # fmt: skip
    """Display picture (h, w, 3).

    warped (h, w, 3) deformed photo; shading (h, w) relighting and light (h, w) left by the hand, 1 none; hand
    (a, b, 4) premultiplied linear layer at (left, top), empty for none; grain (g, g) in levels, rolled by the shift.
    Pixels that nothing touches come out as they went in, bit for bit.
    """
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
                noise = alpha * grain[(i + shift_y) % grain.shape[0], (j + shift_x) % grain.shape[1]]
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
