"""The clips whose figures are kept: one pattern of each category on two faces, small.

The landmarks are kept too (`faces.npz`), so that what is compared is the physics and not the machine's networks.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from skimage.data import astronaut

from model.request import Request
from model.scene import F64, U8

DATA: Final = Path(__file__).parent / "values"
SMALL: Final = {"size": 256, "seconds": 1.5, "fps": 12, "camera": "still"}
NARROW, TILT, DARK = 0.88, 9.0, (0.34, 0.27, 0.23)  # of the second face: width, degrees, linear light by channel


@dataclass(frozen=True)
class Case:
    """One clip."""

    name: str
    face: str  # plain or other
    request: Request


def cases() -> list[Case]:
    """Both faces do all four categories, the second with other hands (one reaches across), seeds, intensities."""
    plain = ("pinch-right-cheek", "poke-left-cheek", "stroke-nose", "swipe-forehead")
    other = (
        Request("pinch-chin", intensity=0.7, seed=3, **SMALL),
        Request("poke-right-cheek", seed=5, **SMALL),
        Request("stroke-right-cheek", hand="left", intensity=1.4, seed=2, **SMALL),
        Request("swipe-lips", hand="left", seed=4, **SMALL),
    )
    return [
        *(Case(f"plain-{pattern}", "plain", Request(pattern, **SMALL)) for pattern in plain),
        *(Case(f"other-{request.pattern}", "other", request) for request in other),
    ]


@cache
def photo_of(face: str) -> U8:
    """The astronaut (512, 512, 3); the other face is hers made narrower, darker, tilted and lit from the other side."""
    photo = astronaut()
    if face == "plain":
        return photo
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), TILT, 1.0)
    turn[0] = NARROW * turn[0] + [0, 0, (1 - NARROW) * width / 2]
    drawn = cv2.warpAffine(cv2.flip(photo, 1), turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    linear = (drawn / 255.0) ** 2.2 * DARK
    return np.round(255 * linear ** (1 / 2.2)).astype(np.uint8)


@cache
def landmarks_of(face: str) -> F64:
    """Landmarks (478, 3) px of that photo, as they were found when the figures were made."""
    with np.load(DATA / "faces.npz", allow_pickle=False) as kept:
        return np.asarray(kept[face], np.float64)
