"""Skin gathered by a pinch: a map of the unloaded skin in closed form, nowhere folded over itself.

Skin under a pad goes where the pad goes. Between the pads it is drawn together evenly and rises to a ridge; around
them it follows ever less. The solver then fits the ridge's flanks to the pads.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from model.motion.motion import Motion
from model.scene import F64, I32, FaceScan

RISES = 0.29  # mm of ridge per mm that the pads come together: loose skin goes up, as it cannot go away
RIDGE_SPAN = 1.45  # of the way to the pads: how wide the ridge's foot is
SQUEEZED_RISES = 0.06  # the same of what is held from both sides: a nose is no loose skin
ALONG_MM, ALONG_FALL_MM = 3.0, 19.0  # to each side of the pads' line: skin that is gathered whole, and ever less
SQUEEZED_FALL_MM = 11.0  # the same beside the pads of a squeeze: a nose narrows where it is held
BEYOND_MM = 26.0  # outside the pads, over which the skin follows ever less
PLANE_MM = 14.0  # around the middle of a pinch: skin whose mean normal is the pinch's
KEPT_MM = 14.0  # from eyes, mouth and glasses, over which skin follows ever less
BACK_FAST_S, BACK_SLOW_S, BACK_SLOW = 0.09, 0.40, 0.35  # time constants of skin let go, and the share of the slow one
LEAST_MM = 1.0  # pads that are nearer to each other hold nothing between them


@dataclass(frozen=True)
class Pinch:
    """Where a pinch takes the skin and how far it goes in every frame."""

    middle: F64  # (3,) mm between the places that the pads take hold of
    axes: F64  # (3, 3) rows: from thumb to index, along the ridge, outward
    half: float  # mm from the middle to each place
    fall: float  # mm along the ridge over which the skin follows ever less
    moves: F64  # (f, 3, 3) mm: the skin under the thumb's pad, under the index finger's, the ridge


def find_pinch(scan: FaceScan, motion: Motion) -> Pinch | None:
    """The pinch of a motion whose hand takes hold of the skin, None where it does not."""
    if not motion.grip.any():
        return None
    skin = np.flatnonzero((scan.skirt < 1e-6) & (scan.rigid < 0.5))
    tree, normals = cKDTree(scan.vertices[skin]), scan.normals[skin]
    begins, near = _taken(tree, normals, motion)
    places = scan.vertices[skin[near]]
    middle, across = places.mean(axis=0), places[1] - places[0]
    half = float(np.linalg.norm(across)) / 2
    if half < LEAST_MM:
        return None
    across = across / (2 * half)
    outward = normals[tree.query_ball_point(middle, max(PLANE_MM, 1.2 * half))].mean(axis=0)
    outward -= across * (across @ outward)
    outward /= np.linalg.norm(outward)
    axes = np.stack([across, np.cross(outward, across), outward])
    fall = SQUEEZED_FALL_MM if motion.squeeze else ALONG_FALL_MM
    return Pinch(middle, axes, half, fall, _moves(motion, begins, axes))


def _taken(tree: cKDTree, normals: F64, motion: Motion) -> tuple[I32, I32]:
    """When thumb and index finger take hold of the skin (2,), and which of its points (2,).

    On the flat as the grip begins; in a squeeze each when it reaches the skin.
    """
    held = np.flatnonzero(motion.grip)
    begins, near = np.full(2, held[0], np.int32), np.zeros(2, np.int32)
    for k in range(2):
        pads = motion.pads[held, k]
        _, found = tree.query(pads)
        if motion.squeeze:
            height = np.einsum("ij,ij->i", pads - tree.data[found], normals[found])
            reached = int(np.argmax(height <= max(float(height.min()), 0.0)))
            begins[k], near[k] = held[reached], found[reached]
        else:
            near[k] = found[0]
    return begins, near


def _moves(motion: Motion, begins: I32, axes: F64) -> F64:
    """How far (f, 3, 3) mm a grip has drawn the skin; let go, it comes back at once and creeps the rest."""
    moves = np.zeros((len(motion.grip), 3, 3))
    last = int(np.flatnonzero(motion.grip)[-1])
    for k, first in enumerate(begins):
        moves[first : last + 1, k] = motion.pads[first : last + 1, k] - motion.pads[first, k]
    together = np.maximum((moves[:, 0] - moves[:, 1]) @ axes[0], 0.0)
    moves[:, 2] = (SQUEEZED_RISES if motion.squeeze else RISES) * together[:, None] * axes[2]
    since = np.arange(1, len(moves) - last) / motion.fps
    left = (1 - BACK_SLOW) * np.exp(-since / BACK_FAST_S) + BACK_SLOW * np.exp(-since / BACK_SLOW_S)
    moves[last + 1 :] = left[:, None, None] * moves[last]
    return moves


def shares(pinch: Pinch, scan: FaceScan) -> F64:
    """How far each vertex (n, 3) follows the thumb's pad, the index finger's and the ridge."""
    place = (scan.vertices - pinch.middle) @ pinch.axes.T
    here = place[:, 0] / pinch.half
    outside = _fall((np.abs(place[:, 0]) - pinch.half) / BEYOND_MM)
    along = _fall((np.abs(place[:, 1]) - ALONG_MM) / pinch.fall) * _loose(scan)
    index = np.clip(0.5 + 0.5 * here, 0, 1) * outside * along
    thumb = np.clip(0.5 - 0.5 * here, 0, 1) * outside * along
    ridge = np.cos(0.5 * np.pi * np.clip(here / RIDGE_SPAN, -1, 1)) ** 2 * along
    return np.stack([thumb, index, ridge], axis=1)


def _loose(scan: FaceScan) -> F64:
    """Share (n,) by which skin is free to follow: none at eyes, mouth and the picture's rest."""
    free = (1 - scan.rigid) * (1 - scan.skirt)
    held = np.flatnonzero(scan.rigid > 0.5)
    if not len(held):
        return free
    gap, _ = cKDTree(scan.vertices[held]).query(scan.vertices, distance_upper_bound=KEPT_MM)
    return np.asarray(free * (1 - _fall(gap / KEPT_MM)))


def _fall(x: F64) -> F64:
    """1 up to 0, a smooth step down to 0 at 1 and beyond."""
    s = np.clip(x, 0, 1)
    return np.asarray(1 - s**2 * (3 - 2 * s))
