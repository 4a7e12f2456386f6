"""The corners of the mouth follow the finger: skin that is stroked, pushed or pinched draws them along."""

from typing import Final

import numpy as np

from model.body import LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER, TIP_OF
from model.patterns import Gesture
from model.scene import F64, FaceScan

SHARE, REACH_MM = 0.75, 38.0  # of the skin's way under the finger, and how far from it that falls to a third
SLIPS_MM, HELD_MM = 6.0, 14.0  # way of the skin at most: under a finger that slides, in a grip
GATHERED_MM: Final = 4.0  # that a pinch draws a corner towards it, times that share
SETTLES_S: Final = 0.07  # time constant of the skin
LEAST: Final = 0.05  # share from which it shows


def drag_corners(scan: FaceScan, gesture: Gesture, touch: F64, press: F64, joints: F64, dt: float) -> dict[str, F64]:
    """Way (f,) mm of each corner across and down, by name of FaceScan.expressions.

    A touch at `touch` (3,) mm, `press` (f,) 0..1.5, `joints` (f, 21, 3) mm, `dt` s from frame to frame.
    """  # fmt: skip
    felt = np.flatnonzero(press > 0)
    if not len(felt):
        return {}
    tips = joints[:, [TIP_OF[finger] for finger in gesture.fingers if finger in TIP_OF]].mean(axis=1)
    way = tips - tips[felt[0]]
    most = HELD_MM if gesture.close else SLIPS_MM
    way = way * np.clip(press, 0, 1)[:, None] * (most / (most + np.linalg.norm(way, axis=1)))[:, None]
    out = {}
    for side, corner in (("left", LEFT_MOUTH_CORNER), ("right", RIGHT_MOUTH_CORNER)):
        share = SHARE * float(np.exp(-((np.linalg.norm(scan.vertices[corner] - touch) / REACH_MM) ** 2)))
        if share > LEAST:
            towards = (touch - scan.vertices[corner]) / (np.linalg.norm(touch - scan.vertices[corner]) + 1e-9)
            gathered = np.outer(np.clip(press, 0, 1), (GATHERED_MM if gesture.close else 0.0) * towards)
            for axis, name in enumerate(("across", "down")):
                out[f"corner_{name}_{side}"] = share * _settled((way + gathered)[:, axis], dt)
    return out


def _settled(way: F64, dt: float) -> F64:
    """Two lags of first order, one after the other: no jump, and no swing."""
    keep = float(np.exp(-dt / SETTLES_S))
    for _ in range(2):
        out = np.zeros_like(way)
        for i in range(1, len(way)):
            out[i] = keep * out[i - 1] + (1 - keep) * way[i]
        way = out
    return way
