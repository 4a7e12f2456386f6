"""Skin and pad made to fit each other, mesh against mesh: neither runs through the other in any frame.

The solver sees the skin at 2 mm. Here the refined skin is moved out of the hand except for what the pad gives,
and then the pad is laid flat onto the skin.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from model.contact.surface import SIGHT_MM, Sheet, heights, make_sheet, signed_distance
from model.mesh.boxes import around
from model.mesh.normals import vertex_normals
from model.scene import F64, I32, U8

TOUCH_MM = 0.45  # nearer than this counts as touching
WORK_MM = 0.6  # with nothing nearer than this there is nothing to fit
AGAIN_MM = 3.0  # what was farther than this is not looked at a second time
MARGIN_MM = 0.12  # air left between the two: folds are less exact than the smooth surface that measures them


@dataclass(frozen=True)
class Fit:
    """One frame's surfaces after they were fitted."""

    face: F64  # (n, 3) mm
    hand: F64  # (h, 3) mm
    hand_normals: F64  # (h, 3)
    touch: U8  # (n,) 0 none, 1 + part of the hand that touches the vertex


@njit(cache=True, nogil=True)
def _push_out(
    moving: F64, which: I32, least: F64, points: F64, normals: F64, origin: F64, counts: I32, start: I32, order: I32
) -> F64:
    """Move vertices `which` until each is at least `least` mm (one number each) above a sheet; their heights before."""
    gradient = np.zeros(3)
    before = np.empty(len(which))
    for k in range(len(which)):
        i = which[k]
        for turn in range(4):
            distance, found = signed_distance(
                moving[i, 0], moving[i, 1], moving[i, 2], points, normals, origin, counts, start, order, gradient
            )
            if turn == 0:
                before[k] = distance
            if found < 0 or distance >= least[k]:
                break
            for c in range(3):
                moving[i, c] += gradient[c] * (least[k] - distance)
    return before


def conform(
    face: F64, triangles: I32, overlap: F64, movable: U8, hand: F64, hand_normals: F64, hand_triangles: I32,
    touching: I32, part: U8,
) -> Fit:  # fmt: skip
    """Fit face (n, 3) and hand (h, 3) to each other.

    overlap (n,) mm that the pad gives; movable (n,) 1 where skin may be pushed; touching (p,) hand vertices that
    may touch, part (h,) which part of the hand each belongs to.
    """
    face, hand = face.copy(), hand.copy()
    touch = np.zeros(len(face), np.uint8)
    sheet = make_sheet(hand[touching], hand_normals[touching])
    near = around(face, sheet.points, SIGHT_MM)
    height, _ = heights(face, near, *sheet.all)
    if not (height < WORK_MM).any():
        return Fit(face, hand, hand_normals, touch)
    seen = height < SIGHT_MM
    near, height = near[seen], height[seen]
    least = -overlap[near] - MARGIN_MM
    close = touching[around(sheet.points, face[near], SIGHT_MM)]
    deep = (movable[near] > 0) & (height < least)
    _push_out(face, near[deep], least[deep], *sheet.all)
    away = _push_out(hand, close, np.full(len(close), MARGIN_MM), *_skin_sheet(face, triangles, near).all)
    close = close[away < AGAIN_MM]  # the two only part from each other: what is far stays so
    touched = near[height < AGAIN_MM]
    soft = touched[movable[touched] > 0]
    sheet = make_sheet(hand[touching], vertex_normals(hand, hand_triangles)[touching])
    _push_out(face, soft, np.zeros(len(soft)), *sheet.all)
    _push_out(hand, close, np.full(len(close), MARGIN_MM), *_skin_sheet(face, triangles, near).all)
    hand_normals = vertex_normals(hand, hand_triangles)
    sheet = make_sheet(hand[touching], hand_normals[touching])
    height, partner = heights(face, touched, *sheet.all)
    on = (partner >= 0) & (height < TOUCH_MM)
    touch[touched[on]] = 1 + part[touching][partner[on]]
    return Fit(face, hand, hand_normals, touch)


def _skin_sheet(face: F64, triangles: I32, near: I32) -> Sheet:
    return make_sheet(face[near], vertex_normals(face, triangles)[near])
