"""Skin and pad made to fit each other, mesh against mesh: neither runs through the other in any frame.

The solver sees the skin at 2 mm. Here the refined skin is moved out of the hand except for what the pad gives,
and then the pad is laid flat onto the skin.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from model.contact.surface import SIGHT_MM, Sheet, heights, make_sheet, signed_distance
from model.mesh.boxes import around
from model.mesh.normals import vertex_normals
from model.scene import F64, I32, U8

TOUCH_MM = 0.45  # nearer than this counts as touching
WORK_MM = 0.6  # with nothing nearer than this there is nothing to fit
AGAIN_MM = 3.0  # what was farther than this is not looked at a second time
ROUNDS = 4  # of pushing a vertex out: the sheet's normal turns on its way
MARGIN_MM = 0.12  # air left between the two: folds are less exact than the smooth surface that measures them


@dataclass(frozen=True)
class Fit:
    """One frame's surfaces after they were fitted."""

    face: F64  # (n, 3) mm
    hand: F64  # (h, 3) mm
    hand_normals: F64  # (h, 3)
    touch: U8  # (n,) 0 none, 1 + part of the hand that touches the vertex


class Skin(NamedTuple):
    """The skin of one frame before it is fitted."""

    vertices: F64  # (n, 3) mm
    triangles: I32
    overlap: F64  # (n,) mm that the pad gives
    movable: U8  # (n,) 1 where it may be pushed


class Pads(NamedTuple):
    """The hand of one frame before it is fitted."""

    vertices: F64  # (h, 3) mm
    normals: F64  # (h, 3) unit
    triangles: I32
    touching: I32  # (p,) vertices that may touch
    part: U8  # (h,) which part of the hand each vertex belongs to


@njit(cache=True, nogil=True)
def _push_out(moving: F64, which: I32, least: F64, sheet: Sheet) -> F64:
    """Move vertices `which` until each is at least `least` mm (one number each) above a sheet; their heights before."""
    gradient = np.zeros(3)
    before = np.empty(len(which))
    for k in range(len(which)):
        i = which[k]
        for turn in range(ROUNDS):
            distance, found = signed_distance(moving[i, 0], moving[i, 1], moving[i, 2], sheet, gradient)
            if turn == 0:
                before[k] = distance
            if found < 0 or distance >= least[k]:
                break
            for c in range(3):
                moving[i, c] += gradient[c] * (least[k] - distance)
    return before


def conform(skin: Skin, pads: Pads) -> Fit:
    """Skin and pads fitted to each other; neither value is changed."""
    face, hand, touching = skin.vertices.copy(), pads.vertices.copy(), pads.touching
    touch = np.zeros(len(face), np.uint8)
    sheet = make_sheet(hand[touching], pads.normals[touching])
    near = around(face, sheet.points, SIGHT_MM)
    height, _ = heights(face, near, sheet)
    if not (height < WORK_MM).any():
        return Fit(face, hand, pads.normals, touch)
    seen = height < SIGHT_MM
    near, height = near[seen], height[seen]
    least = -skin.overlap[near] - MARGIN_MM
    close = touching[around(sheet.points, face[near], SIGHT_MM)]
    deep = (skin.movable[near] > 0) & (height < least)
    _push_out(face, near[deep], least[deep], sheet)
    away = _push_out(hand, close, np.full(len(close), MARGIN_MM), _skin_sheet(face, skin.triangles, near))
    close = close[away < AGAIN_MM]  # the two only part from each other: what is far stays so
    touched = near[height < AGAIN_MM]
    soft = touched[skin.movable[touched] > 0]
    sheet = make_sheet(hand[touching], vertex_normals(hand, pads.triangles)[touching])
    _push_out(face, soft, np.zeros(len(soft)), sheet)
    _push_out(hand, close, np.full(len(close), MARGIN_MM), _skin_sheet(face, skin.triangles, near))
    normals = vertex_normals(hand, pads.triangles)
    sheet = make_sheet(hand[touching], normals[touching])
    height, partner = heights(face, touched, sheet)
    on = (partner >= 0) & (height < TOUCH_MM)
    touch[touched[on]] = 1 + pads.part[touching][partner[on]]
    return Fit(face, hand, normals, touch)


def _skin_sheet(face: F64, triangles: I32, near: I32) -> Sheet:
    return make_sheet(face[near], vertex_normals(face, triangles)[near])
