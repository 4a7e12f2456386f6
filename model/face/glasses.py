"""Glasses in a photo: rims and bridge, lines where a bare face has none; they must not bend with skin.

Dark, brown and thick metal frames are found; thin or rimless ones are not (and bend little that shows).
"""

from typing import Final

import cv2
import numpy as np

from model.body import LEFT_PUPIL, RIGHT_PUPIL
from model.scene import F32, F64, U8

PATCH: Final = (300, 180)  # px: 150 × 90 mm around the eyes at 2 px/mm
EYES: Final = (150.0, 60.0)  # px of the patch: the middle between the irises
HALF_IPD: Final = 63  # px
LENS: Final = 54  # px, half the width of a lens with its rim
SAGS: Final = (0, 4, 8, 12)  # px: how far a lower rim rises to its sides, over 22 px
BARE: Final = 0.15  # contrast of the strongest lines on a bare face: 0.134 at most of 149 photos
CERTAIN: Final = 0.23


def glasses_mask(image: U8, landmarks: F64) -> F32:
    """Frames and lenses (h, w) 0..1 in a square image; zero everywhere if the person wears none."""
    to_patch = _eye_frame(landmarks)
    steps = _steps(image, to_patch)
    bridge = float(steps[36:90, 142:158].mean(axis=1).max())
    rims = [_lower_rim(steps, int(EYES[0]) + side * HALF_IPD) for side in (-1, 1)]
    contrast = np.sqrt(bridge * min(strength for strength, _ in rims))
    worn = float(np.clip((contrast - BARE) / (CERTAIN - BARE), 0, 1))
    if worn == 0.0:
        return np.zeros(image.shape[:2], np.float32)
    shape = _drawn([bottom for _, bottom in rims])
    size = (image.shape[1], image.shape[0])
    back = cv2.warpAffine(shape, to_patch, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(back * (worn / 255), dtype=np.float32)


def _eye_frame(landmarks: F64) -> F64:
    """Similarity (2, 3) from image px to the patch: upright, irises at one height, 126 px apart."""
    right, left = landmarks[RIGHT_PUPIL, :2], landmarks[LEFT_PUPIL, :2]
    across = (left - right) / ((left - right) @ (left - right)) * 2 * HALF_IPD
    turn = np.array([[across[0], across[1]], [-across[1], across[0]]])
    return np.concatenate([turn, (EYES - turn @ ((left + right) / 2))[:, None]], axis=1)


def _steps(image: U8, to_patch: F64) -> F32:
    """Vertical contrast over 2 mm in the patch, in units of the cheeks' brightness."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    scale = float(np.hypot(*to_patch[0, :2]))
    if scale < 0.7:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.5 / scale), dtype=np.float32)
    seen = cv2.warpAffine(grey, to_patch, PATCH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    patch = cv2.GaussianBlur(seen, (0, 0), 1.2)
    steps = np.zeros(patch.shape, np.float32)
    steps[2:-2] = np.abs(patch[4:] - patch[:-4]) / (np.median(patch[100:150, 60:240]) + 10)
    return steps


def _lower_rim(steps: F32, centre: int) -> tuple[float, int]:
    """Contrast and row of the strongest rim-shaped line 10 to 35 mm below an eye."""
    x = np.arange(centre - 22, centre + 23)
    sag = np.array(SAGS)[:, None, None] * ((x - centre) / 22) ** 2
    rows = np.arange(int(EYES[1]) + 20, int(EYES[1]) + 70)[None, :, None]
    lines = np.median(steps[np.round(rows - sag).astype(int), x], axis=2).max(axis=0)
    best = int(lines.argmax())
    return float(lines[best]), int(rows[0, best, 0])


def _drawn(bottoms: list[int]) -> U8:
    """Lenses down to the rims found, bridge and temples, filled with 255 in the patch."""
    patch = np.zeros(PATCH[::-1], np.uint8)
    x, y = int(EYES[0]), int(EYES[1])
    for side, bottom in zip((-1, 1), bottoms, strict=True):
        top = y - 34
        middle = (x + side * (HALF_IPD + 2), (top + bottom + 6) // 2)
        cv2.ellipse(patch, middle, (LENS, (bottom + 6 - top) // 2), 0, 0, 360, (255,), -1, cv2.LINE_AA)
        cv2.rectangle(patch, (x + side * 110, y - 22), (x + side * 149, y + 12), (255,), -1)
    cv2.rectangle(patch, (x - 22, y - 16), (x + 22, y + 16), (255,), -1)
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), 3), dtype=np.uint8)
