"""How strong pores and fine lines are in photographs of hands, by size."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from .photographs import BLOOD, MELANIN

TEXELS_PER_MM: Final = 6.1  # of Hafnia's hand
BANDS_MM: Final = (0.5, 1.0, 2.0, 4.0)  # of detail between half and the whole of it
# Plain skin in its 2048 px texture, left, top, right, bottom: back of the hand, and palm
PLACES: Final = {"back": (300, 1310, 800, 1680), "palm": (1350, 880, 1800, 1080)}


def band(image: np.ndarray, millimetres: float) -> np.ndarray:
    """What of an image at TEXELS_PER_MM is between half of `millimetres` and the whole."""
    wide, narrow = (0.5 * TEXELS_PER_MM * mm for mm in (millimetres, millimetres / 2))
    return cv2.GaussianBlur(image, (0, 0), narrow) - cv2.GaussianBlur(image, (0, 0), wide)


def detail_bands(folder: Path) -> dict[str, np.ndarray]:
    """Standard deviations by band: of melanin and blood `detail_pigment` (2, b, 2), of slopes `detail_slope` (2, b)."""
    colour = np.log(np.clip((cv2.imread(str(folder / "Hand_BaseColor.jpg"))[:, :, ::-1] / 255.0) ** 2.2, 0.004, 1))
    normal = cv2.imread(str(folder / "Hand_Normal.jpg"))[:, :, ::-1] / 127.5 - 1
    axes = np.linalg.pinv(-np.stack([MELANIN, BLOOD], 1))
    pigment, slope = np.zeros((2, len(BANDS_MM), 2)), np.zeros((2, len(BANDS_MM)))
    for i, (left, top, right, bottom) in enumerate(PLACES.values()):
        amounts = colour[top:bottom, left:right] @ axes.T
        tilt = normal[top:bottom, left:right, :2] / np.maximum(normal[top:bottom, left:right, 2:], 0.2)
        for k, size in enumerate(BANDS_MM):
            pigment[i, k] = band(amounts, size).std(axis=(0, 1))
            slope[i, k] = np.sqrt((band(tilt, size) ** 2).sum(axis=2).mean())
    return {
        "bands_mm": np.array(BANDS_MM), "detail_pigment": pigment.astype(np.float32),
        "detail_slope": slope.astype(np.float32),
    }  # fmt: skip
