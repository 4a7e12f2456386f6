"""Photos for the tests of the face: the astronaut, and what can be made of her."""

from functools import lru_cache

import cv2
import numpy as np
from skimage.data import astronaut

from model.face import scan
from model.scene import U8, FaceScan


@lru_cache(maxsize=1)
def portrait() -> U8:
    """Head and shoulders, 300 × 300 px."""
    return np.ascontiguousarray(astronaut()[:300, 75:375])


@lru_cache(maxsize=2)
def scanned(size: int = 256) -> FaceScan:
    """The astronaut's scan."""
    return scan(astronaut(), size)


def padded(photo: U8, left: int, right: int, top: int = 0, bottom: int = 0) -> U8:
    """The photo with grey around it."""
    return np.asarray(
        cv2.copyMakeBorder(photo, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(120, 130, 140)),
        np.uint8,
    )


def resized(photo: U8, long_side: int) -> U8:
    """The photo with its long side at a length."""
    scale = long_side / max(photo.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def drawn_face() -> U8:
    """A face as a child draws it: round, with two dots and a line."""
    image = np.full((400, 400, 3), 240, np.uint8)
    cv2.circle(image, (200, 200), 130, (250, 205, 90), -1)
    for x in (155, 245):
        cv2.circle(image, (x, 165), 16, (40, 30, 30), -1)
    cv2.ellipse(image, (200, 225), (65, 50), 0, 10, 170, (90, 40, 30), 8)
    return image
