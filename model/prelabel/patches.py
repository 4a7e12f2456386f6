"""Small pictures of each fingertip and of the palm with the skin beside them: shadow, dent and edge tell a touch."""

from typing import Final

import cv2
import numpy as np

from model.body import LANDMARKS, MIDDLE_KNUCKLE, PALM, TIPS, WRIST
from model.face.shape import mean_shape
from model.scene import F64, U8

SIDE: Final = 32  # px
MM: Final = 1.75  # of the face, that a pixel shows
COUNT: Final = 6  # as FINGERS
AHEAD: Final = 0.15  # share of the patch by which the tip lies under its middle: what is touched lies before it


def cut_patches(image: U8, shrunk: float, mesh: F64, joints: F64) -> U8:
    """Patches (6, 32, 32, 3) around fingertips and palm, the finger pointing up.

    `image` is the frame reduced by `shrunk`, `mesh` (478, 3) and `joints` (21, 3) are px of the frame.
    """
    mm_per_px = 1.0 / _scale(mesh)
    ends = [joints[tip, :2] for tip in TIPS]
    along = [joints[tip, :2] - joints[tip - 1, :2] for tip in TIPS]
    ends.append(joints[list(PALM), :2].mean(axis=0))
    along.append(joints[MIDDLE_KNUCKLE, :2] - joints[WRIST, :2])
    out = np.empty((COUNT, SIDE, SIDE, 3), np.uint8)
    zoom = mm_per_px / MM / shrunk  # px of the patch per px of the image
    for k, (end, way) in enumerate(zip(ends, along, strict=True)):
        out[k] = _upright(image, end * shrunk, np.arctan2(way[0], -way[1]), zoom, AHEAD if k < COUNT - 1 else 0.0)
    return out


def _scale(mesh: F64) -> float:
    """Pixels per mm of a face, whichever way it is turned."""
    own, mean = mesh[:LANDMARKS], mean_shape()
    spread = np.sqrt(((own - own.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(spread / np.sqrt(((mean - mean.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _upright(image: U8, centre: F64, angle: float, zoom: float, ahead: float) -> U8:
    """A square of the image, turned so that `angle` (from up, clockwise) is up."""
    c, s = zoom * np.cos(-angle), zoom * np.sin(-angle)
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0]])
    matrix[:, 2] = np.array([SIDE / 2, SIDE * (0.5 + ahead)]) - matrix[:, :2] @ centre
    return np.asarray(
        cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
