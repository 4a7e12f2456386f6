"""Displacements of smile, brows, nose, lips and jaw at full strength, on control points, in the head's own axes.

The smile is learnt (`model.face.smile`), the others are made by hand. Millimetres; X to the viewer's right, which is
the subject's left, Y down, Z back.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from model.body import BROWS, LANDMARKS, LEFT_EYE, MOUTH, OVAL, RIGHT_EYE
from model.face.shape import mean_shape, mirror_landmarks
from model.face.smile import mean_smile, smile_axes
from model.scene import F64

RING_FOLLOWS: Final = (0.75, 0.4, 0.12, 0.0)  # share of the oval's movement that the rings around it take on
SIDE_MM: Final = 9.0  # from the midline, over which a one-sided movement begins
SEAM_MM: Final = 11.0  # from between the lips: how far they move as one with their edge
PART_UP_MM, PART_DOWN_MM, PART_REACH_MM = 0.9, 3.4, 17.0  # of parting lips: upper, lower, how far that carries
CLOSE_UPPER: Final = 0.55  # share of the gap between the lips that the upper one closes
PRESSED, PRESSED_IN_MM, PRESSED_REACH_MM = 0.34, 1.0, 10.0  # lips rolled in: share of their height, back, reach
PRESSED_OUT_MM, CHIN_UP_MM, CHIN_SPREAD_MM = 0.9, 1.6, 15.0  # and their corners outward, and the chin upward
ASIDE_MM, ASIDE_SPREAD_MM = 3.2, 27.0  # of the mouth to the subject's left
JAW_DEG, HINGE_MM, JAW_SOFT_MM = 3.2, 8.0, 4.0  # about a line so far under the ears; over what height it begins
UPPER_LIP_SHARE, CORNER_SHARE = 0.08, 0.5  # of the jaw's movement
RAISE_MM, RAISE_SPREAD_MM, LIDS_RAISED = 3.4, 13.0, 0.14  # of a brow; what the lids do of it
WING_UP_MM, WING_OUT_MM, WING_SPREAD_MM = 2.6, 0.7, 10.0  # of the nose's wings when it is wrinkled
BRIDGE_UP_MM, BRIDGE_SPREAD_MM, LIP_UP_MM, LIP_SPREAD_MM = 1.5, 9.0, 1.5, 10.0  # of the skin beside it, and the lip
FROWN_MM, FROWN_SPREAD_MM = 1.2, 13.0  # of the skin between the brows
TEETH_FROM_MM, TEETH_SPAN_MM = 1.5, 2.0  # gap between the lips from which teeth are seen, and over how much more

WING: Final = (278, 294, 344)  # of the nose, subject's left
BESIDE_BRIDGE: Final = (412, 399, 437)
LIP_TOP: Final = (267, 393)
CORNERS: Final = (61, 291, 78, 308, 76, 306, 62, 292)
CHIN_BOSS: Final = (199, 200)
BETWEEN_BROWS: Final = (9, 8)
EARS: Final = (234, 454)
LIDS: Final = tuple(sorted({*LEFT_EYE[0], *LEFT_EYE[1], *RIGHT_EYE[0], *RIGHT_EYE[1]}))
UPPER_LIP: Final = (0, 11, 12, 37, 267, 39, 269, 40, 270, 185, 409, 72, 302, 73, 303, 74, 304, 38, 268, 41, 271, 42,
                    272, 183, 407, 184, 408, *MOUTH[0][1:-1])  # fmt: skip
LOWER_LIP: Final = (15, 16, 17, 84, 314, 181, 405, 91, 321, 146, 375, 86, 316, 85, 315, 179, 403, 180, 404, 89, 319,
                    90, 320, 96, 325, 77, 307, *MOUTH[1][1:-1])  # fmt: skip


@dataclass(frozen=True)
class Lips:
    """Where the landmarks of an upright face lie beside the line between its lips."""

    across: F64  # (468,) −1 right corner .. 1 left corner
    below: F64  # (468,) mm under the line, negative above it
    upper: F64  # (468,) 1 what moves with the upper lip, 0 with the lower
    gap: F64  # (468, 3) mm from the upper to the lower lip, at the same place across; 0 beyond the corners


def muscles(controls: F64, rotation: F64) -> dict[str, F64]:
    """Displacements (c, 3) mm by name, of controls (c, 3) mm and head rotation (3, 3)."""
    face = controls[:LANDMARKS] @ rotation
    lips = _lips(face)
    left = _left(face)
    smile, manners = _closed(mean_smile()), smile_axes()
    fields = {
        "smile_left": smile * left[:, None],
        "smile_right": smile * (1 - left)[:, None],
        "lips_part": _part(lips),
        "lips_close": _close(lips),
        "lips_press": _press(face, lips),
        "mouth_aside": _aside(face),
        "jaw": _jaw(face, lips),
        "nose_scrunch": _scrunch(face),
        "brow_raise_left": _raise(face, "left") * left[:, None],
        "brow_raise_right": _raise(face, "right") * (1 - left)[:, None],
    }
    fields |= {f"manner_{k + 1}": _closed(axis) for k, axis in enumerate(manners)}
    return {name: _into_skirt(field) @ rotation.T for name, field in fields.items()}


def teeth_shown(controls: F64) -> float:
    """0 lips closed .. 1 so far apart that teeth are seen, of controls (c, 3) mm."""
    upper, lower = (list(row) for row in MOUTH)
    gap = float(np.linalg.norm(controls[lower] - controls[upper], axis=1).max())
    return float(np.clip((gap - TEETH_FROM_MM) / TEETH_SPAN_MM, 0, 1))


def _lips(face: F64) -> Lips:
    upper, lower = face[list(MOUTH[0])], face[list(MOUTH[1])]
    seam = (upper + lower) / 2
    order = np.argsort(seam[:, 0])
    x = face[:, 0]
    below = face[:, 1] - np.interp(x, seam[order, 0], seam[order, 1])
    across = 2 * (x - seam[:, 0].min()) / (seam[:, 0].max() - seam[:, 0].min()) - 1
    gap = np.stack([np.interp(x, seam[order, 0], (lower - upper)[order, k], 0, 0) for k in range(3)], axis=1)
    above = (below < 0).astype(np.float64)
    above[list(UPPER_LIP)], above[list(LOWER_LIP)], above[list(CORNERS)] = 1.0, 0.0, 0.5
    return Lips(across, below, above, gap)


def _left(face: F64) -> F64:
    """1 on the subject's left .. 0 on the right (468,)."""
    middle = face[[10, 168, 1, 152], 0].mean()
    return np.asarray(1 / (1 + np.exp(-(face[:, 0] - middle) / (SIDE_MM / 4))))


def _near(face: F64, indices: tuple[int, ...], spread: float) -> F64:
    """1 at the middle of the landmarks, less around it (468,)."""
    return np.asarray(np.exp(-((np.linalg.norm(face - face[list(indices)].mean(axis=0), axis=1) / spread) ** 2)))


def _profile(lips: Lips) -> F64:
    """1 in the middle of the mouth .. 0 at its corners and beyond (468,)."""
    return np.clip(1 - lips.across**2, 0, None) ** 0.7


def _closed(field: F64) -> F64:
    """A learnt movement (468, 3) without the parting of the lips that is in it: they move as one."""
    lips = _lips(mean_shape())
    upper, lower = list(MOUTH[0]), list(MOUTH[1])
    x = mean_shape()[upper, 0]
    parting = field[lower] - field[upper]
    parting = np.stack([np.interp(mean_shape()[:, 0], x, parting[:, k], 0, 0) for k in range(3)], axis=1)
    near = np.exp(-((np.maximum(np.abs(lips.below) - 2, 0) / SEAM_MM) ** 2))
    return np.asarray(field + (lips.upper - 0.5)[:, None] * near[:, None] * parting)


def _part(lips: Lips) -> F64:
    """The lips part, the lower one more."""
    near = np.exp(-((np.maximum(np.abs(lips.below) - 2, 0) / PART_REACH_MM) ** 2)) * _profile(lips)
    return np.outer(near * ((1 - lips.upper) * PART_DOWN_MM - lips.upper * PART_UP_MM), [0.0, 1.0, 0.0])


def _close(lips: Lips) -> F64:
    """The lips meet before the teeth."""
    near = np.exp(-((np.maximum(np.abs(lips.below) - 4, 0) / SEAM_MM) ** 2))
    share = lips.upper * CLOSE_UPPER - (1 - lips.upper) * (1 - CLOSE_UPPER)
    return np.asarray((near * share)[:, None] * lips.gap)


def _press(face: F64, lips: Lips) -> F64:
    """The lips are pressed on each other and rolled in, the chin rises."""
    wide = np.exp(-(np.maximum(np.abs(lips.across) - 0.8, 0) ** 2) / 0.1)
    near = np.exp(-((lips.below / PRESSED_REACH_MM) ** 2)) * wide
    away = lips.below - np.where(lips.upper == 0.5, 0.0, (0.5 - lips.upper) * np.abs(lips.gap[:, 1]))
    move = np.stack([0 * near, -PRESSED * away * near, PRESSED_IN_MM * near], axis=1)
    for corner, outward in ((61, -1.0), (291, 1.0)):
        move[:, 0] += outward * PRESSED_OUT_MM * _near(face, (corner,), SEAM_MM)
    move[:, 1] -= CHIN_UP_MM * _near(face, CHIN_BOSS, CHIN_SPREAD_MM)
    return move


def _aside(face: F64) -> F64:
    """The mouth is drawn to the subject's left."""
    return np.outer(_near(face, (13, 14), ASIDE_SPREAD_MM), [ASIDE_MM, 0.0, 0.0])


def _jaw(face: F64, lips: Lips) -> F64:
    """The jaw opens about the line between the ears; a closed mouth opens with it."""
    hinge = face[list(EARS)].mean(axis=0) + [0.0, HINGE_MM, 0.0]
    turn = Rotation.from_euler("x", JAW_DEG, degrees=True).as_matrix()
    below = np.clip(lips.below, -60, 60)
    part = 1 / (1 + np.exp(-below / JAW_SOFT_MM))
    inside = np.abs(lips.across) <= 1
    part[list(UPPER_LIP)], part[list(LOWER_LIP)], part[list(CORNERS)] = UPPER_LIP_SHARE, 1.0, CORNER_SHARE
    rim = np.array([i for i in (*UPPER_LIP, *LOWER_LIP) if inside[i]])
    lip = _profile(lips)[rim]
    part[rim] = CORNER_SHARE + (part[rim] - CORNER_SHARE) * lip**0.7
    return np.asarray(part[:, None] * ((face - hinge) @ turn.T + hinge - face))


def _scrunch(face: F64) -> F64:
    """The nose is wrinkled: wings, the skin beside the bridge and the lip rise, the brows draw together."""
    move = np.zeros_like(face)
    flip = mirror_landmarks()
    for indices, up, out, spread in (
        (WING, WING_UP_MM, WING_OUT_MM, WING_SPREAD_MM), (BESIDE_BRIDGE, BRIDGE_UP_MM, 0.0, BRIDGE_SPREAD_MM),
        (LIP_TOP, LIP_UP_MM, 0.0, LIP_SPREAD_MM),
    ):  # fmt: skip
        for side, outward in ((indices, 1.0), (tuple(flip[list(indices)]), -1.0)):
            move += np.outer(_near(face, side, spread), [outward * out, -up, 0.0])
    move[:, 1] += FROWN_MM * _near(face, BETWEEN_BROWS, FROWN_SPREAD_MM)
    move[list(LIDS)] *= LIDS_RAISED
    return move


def _raise(face: F64, side: str) -> F64:
    """A brow rises, and the forehead above it."""
    brow = face[list(BROWS[side == "left"])]
    distance = np.linalg.norm(face[:, None] - brow[None], axis=2).min(axis=1)
    move = np.outer(np.exp(-((distance / RAISE_SPREAD_MM) ** 2)), [0.0, -RAISE_MM, 0.0])
    move[list(LIDS)] *= LIDS_RAISED
    return move


def _into_skirt(field: F64) -> F64:
    """Displacements (c, 3) of all controls: the rings around the oval follow it, ever less."""
    oval = field[list(OVAL)]
    return np.concatenate([field, *[share * oval for share in RING_FOLLOWS]])
