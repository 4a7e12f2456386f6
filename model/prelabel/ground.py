"""The face as a surface to be touched: which place lies under a point of a frame, by that frame's own mesh."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from annotation.taxonomy import REGIONS
from model.body import LANDMARKS, TIPS
from model.face.topology import skirt_rings, topology
from model.prelabel.cues import Cues, face_scale, pads_of
from model.prelabel.track import FaceTrack, HandTrack
from model.scene import F64, I32, NO_REGION

EVERY: Final = 2  # of the mesh's vertices that are looked at
NOSE_MM: Final = 5.0  # nearer than it is: a finger's print is wide, and on the side of the nose it lies against it
SAME_MM: Final = 2.0  # vertices as near as this are the same, and the one nearer to the camera is seen
NOSE: Final = tuple(REGIONS.index(name) for name in ("nose_bridge", "nose_tip"))


@dataclass(frozen=True)
class Ground:
    """The vertices of the face mesh that have a region."""

    weights: csr_matrix  # (n, c): vertices = weights @ controls
    region: NDArray[np.uint8]  # (n,)
    mean: F64  # (n, 3) mm: the same places on the mean face


@lru_cache(maxsize=1)
def ground() -> Ground:
    """The same for every face."""
    shape = topology()
    own = np.flatnonzero(shape.region != NO_REGION)[::EVERY]
    return Ground(shape.subdivision[own], shape.region[own], shape.mean[own])


def places_of(hand: HandTrack, cues: Cues) -> F64:
    """Where each part (f, 6, 2) px would touch: its pad, or where that is beside the face its joint farthest inside."""
    pads = pads_of(hand.joints[..., :2])
    out = np.empty((len(pads), 6, 2))
    for k, tip in enumerate(TIPS):
        chain = [tip, tip - 1, tip - 2]
        best = np.asarray(chain)[np.argmax(np.nan_to_num(cues.inside[:, chain], nan=-np.inf), axis=1)]
        joint = hand.joints[np.arange(len(best)), best, :2]
        out[:, k] = np.where((cues.pads[:, k] > 0)[:, None], pads[:, k], joint)
    palm = [0, 1, 5, 9, 13, 17]
    best = np.asarray(palm)[np.argmax(np.nan_to_num(cues.inside[:, palm], nan=-np.inf), axis=1)]
    middle = hand.joints[:, palm, :2].mean(axis=1)
    out[:, 5] = np.where((cues.palm > 0)[:, None], middle, hand.joints[np.arange(len(best)), best, :2])
    return out


def vertices_under(face: FaceTrack, places: F64, frames: I32) -> I32:
    """The vertex of `ground` under places (f, k, 2) px in the given frames, -1 in the others: (f, k)."""
    floor, scale = ground(), face_scale(face)
    out = np.full(places.shape[:2], -1, np.int32)
    nose = np.isin(floor.region, NOSE) * NOSE_MM
    for frame in frames:
        if not np.isfinite(places[frame]).all():
            continue
        mesh = face.landmarks[frame, :LANDMARKS] / scale[frame]
        points = floor.weights @ np.concatenate([mesh, skirt_rings(mesh)])
        gap = np.linalg.norm(points[:, None, :2] - places[frame] / scale[frame], axis=2) - nose[:, None]
        near = gap <= gap.min(axis=0) + SAME_MM
        out[frame] = np.argmin(np.where(near, points[:, None, 2], np.inf), axis=0)
    return out
