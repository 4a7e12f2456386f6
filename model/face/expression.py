"""Displacements of expressions at full strength, built on control points, carried by the subdivision."""

from typing import Final

import numpy as np

from model.body import LANDMARKS, LEFT_EYE, LEFT_MOUTH_CORNER
from model.face.shape import mirror_landmarks
from model.face.topology import Topology
from model.scene import F64

FOLD: Final = (467, 260, 259, 257, 258, 286, 414)  # above the upper lid, outer to inner, subject's left
UNDER_BROW: Final = (342, 445, 444, 443, 442, 441, 413)
UNDER_EYE: Final = ((255, 339, 254, 253, 252, 256, 341), (261, 448, 449, 450, 451, 452, 453))
BROW: Final = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
CHEEK: Final = (
    (330, 0.7),
    (347, 0.9),
    (280, 1.0),
    (346, 0.8),
    (425, 0.9),
    (348, 0.6),
    (352, 0.5),
    (411, 0.6),
)
CORNER_MM: Final = 17.0  # how far the pull at the mouth's corner spreads

LID_MM: Final = 0.5  # by which the upper lid lies in front of the lower where they overlap


def expressions(controls: F64, topology: Topology, rotation: F64) -> dict[str, F64]:
    """Displacements (n, 3) mm at full strength by name, of controls (c, 3) mm and head rotation."""
    fields = {}
    for side in ("left", "right"):
        blink = _blink(controls, rotation, side)
        squint = _squint(controls, rotation, side)
        fields[f"blink_{side}"] = blink
        fields[f"squint_{side}"] = squint
        fields[f"wince_{side}"] = _wince(controls, rotation, side) + 0.8 * squint
    fields["brow_lower"] = sum((_brow(controls, rotation, s) for s in ("left", "right")), np.zeros_like(controls))
    return {
        name: _behind_lids(topology.subdivision @ field, topology.eyes, rotation, name)
        for name, field in fields.items()
    }


def _behind_lids(field: F64, eyes: F64, rotation: F64, name: str) -> F64:
    """The field (n, 3) with the eyeball left where it is, a little back, so that lids slide over it."""
    inside = (eyes == 1)[:, None]
    deep = 1.2 if name.startswith("blink") else 0.6
    return np.where(inside, deep * rotation[:, 2], field)


def _of_side(indices: tuple[int, ...], side: str) -> list[int]:
    """Landmarks named on the subject's left, on either side."""
    return list(indices) if side == "left" else mirror_landmarks()[list(indices)].tolist()


def _blink(controls: F64, rotation: F64, side: str) -> F64:
    """The upper lid goes down, a little over the lower lid and in front of it; the fold unrolls."""
    move = np.zeros_like(controls)
    upper, lower = (_of_side(row[1:-1], side) for row in LEFT_EYE)
    gap = controls[lower] - controls[upper]
    move[upper] = 1.02 * gap - LID_MM * rotation[:, 2]
    move[lower] = -0.07 * gap
    move[_of_side(FOLD, side)] = 0.45 * gap
    move[_of_side(UNDER_BROW, side)] = 0.12 * gap
    for row, part in zip(UNDER_EYE, (-0.06, -0.03), strict=True):
        move[_of_side(row, side)] = part * gap
    return move


def _squint(controls: F64, rotation: F64, side: str) -> F64:
    """The lids narrow by a third, from below more than from above; the lower lid swells."""
    move = np.zeros_like(controls)
    upper, lower = (_of_side(row[1:-1], side) for row in LEFT_EYE)
    gap = controls[lower] - controls[upper]
    move[upper] = 0.15 * gap
    move[lower] = -0.22 * gap
    move[_of_side(FOLD, side)] = 0.12 * gap
    for row, up, out in zip(UNDER_EYE, (1.4, 1.2), (0.6, 0.8), strict=True):
        move[_of_side(row, side)] = -up * rotation[:, 1] - out * rotation[:, 2]
    return move


def _brow(controls: F64, rotation: F64, side: str) -> F64:
    """The brow goes down 3 mm and in, the skin above and below follows."""
    down, inward = rotation[:, 1], rotation[:, 0] * (-1 if side == "left" else 1)
    brow = controls[_of_side(BROW, side)]
    distance = np.linalg.norm(controls[:LANDMARKS, None] - brow[None], axis=2).min(axis=1)
    inner = controls[_of_side((285, 336), side)].mean(axis=0)
    frown = np.exp(-((np.linalg.norm(controls[:LANDMARKS] - inner, axis=1) / 16.0) ** 2))
    move = np.zeros_like(controls)
    move[:LANDMARKS] = np.exp(-((distance / 11.0) ** 2))[:, None] * (2.6 * down) + frown[:, None] * (
        1.0 * down + 0.9 * inward
    )
    lids = [i for s in ("left", "right") for row in LEFT_EYE for i in _of_side(row, s)]
    move[lids] *= 0.25
    return move


def _wince(controls: F64, rotation: F64, side: str) -> F64:
    """One side: the cheek rises and swells, the mouth's corner is drawn back and up, the brow comes down."""
    up, front = -rotation[:, 1], -rotation[:, 2]
    outward = rotation[:, 0] * (1 if side == "left" else -1)
    move = np.zeros_like(controls)
    for index, part in CHEEK:
        move[_of_side((index,), side)] += part * (3.0 * up + 1.4 * front)
    # by distance, lips and what lies between them alike: a closed mouth stays closed
    corner = controls[_of_side((LEFT_MOUTH_CORNER,), side)]
    near = np.exp(-((np.linalg.norm(controls[:LANDMARKS] - corner, axis=1) / CORNER_MM) ** 2))
    move[:LANDMARKS] += near[:, None] * (3.0 * outward + 1.6 * up - 0.8 * front)
    return move + 0.7 * _brow(controls, rotation, side)
