"""Lips that part or close: behind a mouth that the photo shows closed it is dark, and no photo of it is there.

Teeth that lips come down over lie in their shade.
"""

from typing import Final

import cv2
import numpy as np

from model.body import MOUTH
from model.scene import F32, F64, U8, FaceScan

SEEN_PX: Final = 0.5  # by which lips are parted more than in the photo, from which it shows
DARK_AT_MM: Final = 2.0  # of parting: as dark as it gets
DARKEST: Final = (0.34, 0.24, 0.24)  # display value, as a share of the lips'
OPEN_MM: Final = 2.0  # between lips that the photo shows parted already: what is behind them is known
SHADED: Final = (0.36, 0.38, 0.42)  # of their display value teeth lose when lips all but close over them
SOFT_PX: Final = 0.7
STEPS: Final = 16  # of a pixel


def darken_mouth(warped: U8, scan: FaceScan, pixels: F32) -> U8:
    """The warped photo (h, w, 3) with the gap between moved lips darker; pixels (n, 2) of the moved vertices."""
    mm = scan.camera.mm_per_px
    rest, now = _gap(scan.pixels), _gap(pixels)
    share = np.clip((now - rest - SEEN_PX) * mm / DARK_AT_MM, 0, 1) * np.clip(2 - rest * mm / OPEN_MM, 0, 1)
    closing = np.clip(1 - now / max(rest, SEEN_PX), 0, 1) * np.clip(rest * mm / OPEN_MM - 1, 0, 1)
    if share <= 0 and closing <= 0:
        return warped
    rim = pixels[[*MOUTH[0], *MOUTH[1][-2:0:-1]]].astype(np.float64)
    low = np.maximum(np.floor(rim.min(axis=0)).astype(int) - 3, 0)
    high = np.minimum(np.ceil(rim.max(axis=0)).astype(int) + 4, warped.shape[1::-1])
    if (high - low).min() < 1:
        return warped
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    cv2.fillPoly(mask, [np.round((rim - low - 0.5) * STEPS).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    inside = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), SOFT_PX)[..., None]
    lost = share * (1 - np.array(DARKEST)) + np.array(SHADED) * closing**2
    out = warped.copy()
    box = out[low[1] : high[1], low[0] : high[0]]
    box[...] = np.rint(box * (1 - inside * lost))
    return out


def _gap(pixels: F32 | F64) -> float:
    """Widest opening between the inner lips, px."""
    return float(np.linalg.norm(pixels[list(MOUTH[1])] - pixels[list(MOUTH[0])], axis=1).max())
