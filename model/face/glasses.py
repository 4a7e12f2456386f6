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
RIM_PX: Final = 22  # to each side of its middle, the part of a lower rim that is looked for
SAGS: Final = (0, 4, 8, 12)  # px: how far it rises over that
RIM_FROM, RIM_TO = 20, 70  # px below the eyes
BRIDGE: Final = np.s_[36:90, 142:158]  # of the patch: where a bridge crosses
CHEEKS: Final = np.s_[100:150, 60:240]
LINE_PX, STEP_PX = 1.2, 2  # blur against noise, and half the distance over which contrast is taken
FINE_SCALE, SHRINK_BLUR = 0.7, 0.5  # patch px in an image px: below it the image is blurred by so much over the scale
LEVELS_FLOOR: Final = 10  # added to the cheeks' brightness: in the dark noise has contrast, too
# What is drawn, px from the middle between the eyes or, to each side, from it
LENS_TOP, LENS_OUT, LENS_BELOW = 34, 2, 6  # above the eyes, outward of them, under the rim
TEMPLE_FROM, TEMPLE_TO, TEMPLE_UP, TEMPLE_DOWN = 110, 149, 22, 12
BRIDGE_HALF, BRIDGE_HIGH, DRAWN_BLUR_PX = 22, 16, 3
BARE: Final = 0.15  # contrast of the strongest lines on a bare face: 0.134 at most of 149 photos
CERTAIN: Final = 0.23


def glasses_mask(image: U8, landmarks: F64) -> F32:
    """Frames and lenses (h, w) 0..1 in a square image; zero everywhere if the person wears none."""
    to_patch = _eye_frame(landmarks)
    steps = _steps(image, to_patch)
    bridge = float(steps[BRIDGE].mean(axis=1).max())
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
    if scale < FINE_SCALE:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), SHRINK_BLUR / scale), dtype=np.float32)
    seen = cv2.warpAffine(grey, to_patch, PATCH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    patch = cv2.GaussianBlur(seen, (0, 0), LINE_PX)
    steps = np.zeros(patch.shape, np.float32)
    across = np.abs(patch[2 * STEP_PX :] - patch[: -2 * STEP_PX])
    steps[STEP_PX:-STEP_PX] = across / (np.median(patch[CHEEKS]) + LEVELS_FLOOR)
    return steps


def _lower_rim(steps: F32, centre: int) -> tuple[float, int]:
    """Contrast and row of the strongest rim-shaped line 10 to 35 mm below an eye."""
    x = np.arange(centre - RIM_PX, centre + RIM_PX + 1)
    sag = np.array(SAGS)[:, None, None] * ((x - centre) / RIM_PX) ** 2
    rows = np.arange(int(EYES[1]) + RIM_FROM, int(EYES[1]) + RIM_TO)[None, :, None]
    lines = np.median(steps[np.round(rows - sag).astype(int), x], axis=2).max(axis=0)
    best = int(lines.argmax())
    return float(lines[best]), int(rows[0, best, 0])


def _drawn(bottoms: list[int]) -> U8:
    """Lenses down to the rims found, bridge and temples, filled with 255 in the patch."""
    patch = np.zeros(PATCH[::-1], np.uint8)
    x, y = int(EYES[0]), int(EYES[1])
    for side, bottom in zip((-1, 1), bottoms, strict=True):
        top, low = y - LENS_TOP, bottom + LENS_BELOW
        middle = (x + side * (HALF_IPD + LENS_OUT), (top + low) // 2)
        cv2.ellipse(patch, middle, (LENS, (low - top) // 2), 0, 0, 360, (255,), -1, cv2.LINE_AA)
        inner, outer = (x + side * TEMPLE_FROM, y - TEMPLE_UP), (x + side * TEMPLE_TO, y + TEMPLE_DOWN)
        cv2.rectangle(patch, inner, outer, (255,), -1)
    cv2.rectangle(patch, (x - BRIDGE_HALF, y - BRIDGE_HIGH), (x + BRIDGE_HALF, y + BRIDGE_HIGH), (255,), -1)
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), DRAWN_BLUR_PX), dtype=np.uint8)
