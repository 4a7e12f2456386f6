"""The thin dark line where a finger meets the skin: light does not get in between the two."""

import cv2
import numpy as np

from model.scene import F32

GAP_MM = 9.0  # between the two over which it fades
WIDTH_MM, LEAST_PX = 1.6, 0.9  # standard deviation of what is seen of it beside the finger, px at least
DARK, STEEP = 0.68, 1.5  # light that it takes at most, and how soon it does
FLAT_MM = 2.0  # by which the depth of a finger's edge is uncertain


def crevice(cover: F32, depth: F32, skin: F32, mm_per_px: float) -> F32:
    """Light (h, w) left on the skin by a hand: its `cover` (h, w) 0..1 and `depth`, the `skin`'s depth (h, w) mm."""
    gap = np.maximum(skin - depth - FLAT_MM, 0.0)
    near = cover * np.exp(-gap / GAP_MM)
    seen = cv2.GaussianBlur(near, (0, 0), max(WIDTH_MM / mm_per_px, LEAST_PX))
    return 1 - DARK * np.minimum(STEEP * seen, 1.0)
