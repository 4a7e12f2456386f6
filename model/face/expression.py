"""Displacements of expressions at full strength, built on control points, carried by the subdivision."""

from typing import Final

import numpy as np

from model.body import LANDMARKS, LEFT_EYE, LEFT_MOUTH_CORNER
from model.face.muscles import muscles, teeth_shown
from model.face.shape import mirror_landmarks
from model.face.topology import Topology
from model.scene import F64, FaceScan

FOLD: Final = (467, 260, 259, 257, 258, 286, 414)  # above the upper lid, outer to inner, subject's left
UNDER_BROW: Final = (342, 445, 444, 443, 442, 441, 413)
UNDER_EYE: Final = ((255, 339, 254, 253, 252, 256, 341), (261, 448, 449, 450, 451, 452, 453))
BROW: Final = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
BROW_INNER: Final = (285, 336)
CHEEK: Final = (
    (330, 0.7),
    (347, 0.9),
    (280, 1.0),
    (346, 0.8),
    (425, 0.9),
    (348, 0.6),
    (352, 0.5),
    (411, 0.6),
)  # and its share of the way

LEVEL_MM: Final = 15.0  # around a touch, within which expressions do not move the skin in or out
LID_MM: Final = 0.5  # by which the upper lid lies in front of the lower where they overlap
BEHIND_MM: Final = {"blink": 1.2, "squint": 0.6, "wince": 0.6, "brow_lower": 0.6, "nose_scrunch": 0.4}  # the eyeball
LEAST_LEVEL: Final = 0.01
TEETH_MM: Final = 6.0  # by which the teeth lie behind lips that close over them
# Shares of the gap between the lids: what goes down, or up where negative
BLINK_UPPER, BLINK_LOWER, BLINK_FOLD, BLINK_UNDER_BROW = 1.02, -0.07, 0.45, 0.12
BLINK_UNDER_EYE: Final = (-0.06, -0.03)  # by rows of UNDER_EYE
SQUINT_UPPER, SQUINT_LOWER, SQUINT_FOLD = 0.15, -0.22, 0.12
SQUINT_UP_MM, SQUINT_OUT_MM = (1.4, 1.2), (0.6, 0.8)  # by rows of UNDER_EYE: how far they rise and swell
BROW_MM, BROW_SPREAD_MM = 2.6, 11.0  # how far the brow goes down, and how far around it that spreads
FROWN_DOWN_MM, FROWN_IN_MM, FROWN_SPREAD_MM = 1.0, 0.9, 16.0  # what its inner end does besides
LIDS_FOLLOW: Final = 0.25  # of the brow's way
CHEEK_UP_MM, CHEEK_OUT_MM = 3.0, 1.4
CORNER_DRAWN_MM: Final = 19.0  # around a corner of the mouth that the skin beside it draws along
CORNER_OUT_MM, CORNER_UP_MM, CORNER_BACK_MM, CORNER_SPREAD_MM = 3.0, 1.6, 0.8, 17.0  # of the mouth
WINCE_SQUINT, WINCE_BROW = 0.3, 0.5  # shares of a squint and of a lowered brow that a wince has


def expressions(controls: F64, topology: Topology, rotation: F64, glasses: F64 | None = None) -> dict[str, F64]:
    """Displacements (n, 3) mm at full strength by name, of controls (c, 3) mm and head rotation.

    `glasses` (n,) is 1 where a vertex lies behind glasses, which only lids move under.
    """
    fields = {}
    worn = 0.0 if glasses is None else float(glasses.max())
    for side in ("left", "right"):
        blink = _blink(controls, rotation, side, 1 - worn)
        squint = _squint(controls, rotation, side)
        fields[f"blink_{side}"] = blink
        fields[f"squint_{side}"] = squint
        fields[f"wince_{side}"] = _wince(controls, rotation, side) + WINCE_SQUINT * squint
    fields["brow_lower"] = sum((_brow(controls, rotation, s) for s in ("left", "right")), np.zeros_like(controls))
    fields |= muscles(controls, rotation)
    teeth = teeth_shown(controls)
    bare = 1.0 if glasses is None else (1 - glasses)[:, None]
    fine = np.split(topology.subdivision @ np.concatenate(list(fields.values()), axis=1), len(fields), axis=1)
    out = {}
    for name, field in zip(fields, fine, strict=True):
        moved = _behind_lids(field, topology.eyes, rotation, name)
        moved = _behind_lips(moved, topology.mouth, rotation, teeth, name)
        out[name] = moved if name.startswith("blink") else bare * moved
    return out | _drawn(controls, topology, rotation, teeth, bare)


def _drawn(controls: F64, topology: Topology, rotation: F64, teeth: float, bare: F64 | float) -> dict[str, F64]:
    """What goes 1 mm across or down as one: the mouth's corners, the irises (reflections in glasses stay)."""
    share = {"gaze": (topology.eyes == 1) * 1.0}
    for side in ("left", "right"):
        corner = topology.subdivision @ _around_corner(controls, side, CORNER_DRAWN_MM)
        share[f"corner_{side}"] = corner * np.where(topology.mouth == 1, 1 - teeth, 1.0) * (topology.eyes != 1)
    out = {}
    for name, part in share.items():
        stem, _, side = name.partition("_")
        for axis, way in enumerate(("across", "down")):
            out["_".join(filter(None, (stem, way, side)))] = bare * np.outer(part, rotation[:, axis])
    return out


def level_at(scan: FaceScan, path: F64) -> dict[str, F64]:
    """The scan's expressions without what would lift or lower the skin around `path` (k, 3) mm: touch is as planned."""
    away = np.full(len(scan.vertices), np.inf)
    for place in path:
        away = np.minimum(away, ((scan.vertices - place) ** 2).sum(axis=1))
    level = np.exp(-away / LEVEL_MM**2)
    near = np.flatnonzero(level > LEAST_LEVEL)
    normals, share = scan.normals[near], level[near, None]
    out = {}
    for name, field in scan.expressions.items():
        out[name] = field.copy()
        out[name][near] -= share * (field[near] * normals).sum(axis=1, keepdims=True) * normals
    return out


def _behind_lids(field: F64, eyes: F64, rotation: F64, name: str) -> F64:
    """The field (n, 3) with the eyeball left where it is, a little back, so that lids slide over it."""
    deep = next((mm for kind, mm in BEHIND_MM.items() if name.startswith(kind)), 0.0)
    return np.where((eyes == 1)[:, None], deep * rotation[:, 2], field)


def _behind_lips(field: F64, mouth: F64, rotation: F64, teeth: float, name: str) -> F64:
    """The field (n, 3) with teeth that are seen left where they are, so that lips slide over them."""
    deep = TEETH_MM if name == "lips_close" else 0.0
    return np.where((mouth == 1)[:, None], (1 - teeth) * field + teeth * deep * rotation[:, 2], field)


def _of_side(indices: tuple[int, ...], side: str) -> list[int]:
    """Landmarks named on the subject's left, on either side."""
    return list(indices) if side == "left" else mirror_landmarks()[list(indices)].tolist()


def _blink(controls: F64, rotation: F64, side: str, unrolls: float) -> F64:
    """The upper lid goes down, a little over the lower lid and in front of it; the fold unrolls, but behind glasses."""
    move = np.zeros_like(controls)
    upper, lower = (_of_side(row[1:-1], side) for row in LEFT_EYE)
    gap = controls[lower] - controls[upper]
    move[upper] = BLINK_UPPER * gap - LID_MM * rotation[:, 2]
    move[lower] = BLINK_LOWER * gap
    move[_of_side(FOLD, side)] = unrolls * BLINK_FOLD * gap
    move[_of_side(UNDER_BROW, side)] = unrolls * BLINK_UNDER_BROW * gap
    for row, part in zip(UNDER_EYE, BLINK_UNDER_EYE, strict=True):
        move[_of_side(row, side)] = part * gap
    return move


def _squint(controls: F64, rotation: F64, side: str) -> F64:
    """The lids narrow by a third, from below more than from above; the lower lid swells."""
    move = np.zeros_like(controls)
    upper, lower = (_of_side(row[1:-1], side) for row in LEFT_EYE)
    gap = controls[lower] - controls[upper]
    move[upper] = SQUINT_UPPER * gap
    move[lower] = SQUINT_LOWER * gap
    move[_of_side(FOLD, side)] = SQUINT_FOLD * gap
    for row, up, out in zip(UNDER_EYE, SQUINT_UP_MM, SQUINT_OUT_MM, strict=True):
        move[_of_side(row, side)] = -up * rotation[:, 1] - out * rotation[:, 2]
    return move


def _brow(controls: F64, rotation: F64, side: str) -> F64:
    """The brow goes down and in, the skin above and below follows."""
    down, inward = rotation[:, 1], rotation[:, 0] * (-1 if side == "left" else 1)
    brow = controls[_of_side(BROW, side)]
    distance = np.linalg.norm(controls[:LANDMARKS, None] - brow[None], axis=2).min(axis=1)
    inner = controls[_of_side(BROW_INNER, side)].mean(axis=0)
    frown = np.exp(-((np.linalg.norm(controls[:LANDMARKS] - inner, axis=1) / FROWN_SPREAD_MM) ** 2))
    move = np.zeros_like(controls)
    lowered = np.exp(-((distance / BROW_SPREAD_MM) ** 2))
    move[:LANDMARKS] = lowered[:, None] * (BROW_MM * down) + frown[:, None] * (
        FROWN_DOWN_MM * down + FROWN_IN_MM * inward
    )
    lids = [i for s in ("left", "right") for row in LEFT_EYE for i in _of_side(row, s)]
    move[lids] *= LIDS_FOLLOW
    return move


def _wince(controls: F64, rotation: F64, side: str) -> F64:
    """One side: the cheek rises and swells, the mouth's corner is drawn back and up, the brow comes down."""
    up, front = -rotation[:, 1], -rotation[:, 2]
    outward = rotation[:, 0] * (1 if side == "left" else -1)
    move = np.zeros_like(controls)
    for index, part in CHEEK:
        move[_of_side((index,), side)] += part * (CHEEK_UP_MM * up + CHEEK_OUT_MM * front)
    near = _around_corner(controls, side, CORNER_SPREAD_MM)
    move += near[:, None] * (CORNER_OUT_MM * outward + CORNER_UP_MM * up - CORNER_BACK_MM * front)
    return move + WINCE_BROW * _brow(controls, rotation, side)


def _around_corner(controls: F64, side: str, spread: float) -> F64:
    """1 at a corner of the mouth, less around it (c,).

    By distance, lips and what lies between them alike: a closed mouth stays closed.
    """
    near = np.zeros(len(controls))
    corner = controls[_of_side((LEFT_MOUTH_CORNER,), side)]
    near[:LANDMARKS] = np.exp(-((np.linalg.norm(controls[:LANDMARKS] - corner, axis=1) / spread) ** 2))
    return near
