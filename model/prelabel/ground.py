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
# What stands out is touched before what lies beside it: by so much it counts as nearer, chosen on simulated clips
NEARER_MM: Final = {
    "nose_tip": 8.0, "nose_bridge": 5.0, "left_cheek": 2.0, "right_cheek": 2.0,
    "left_temple": -3.0, "right_temple": -3.0, "left_jaw": -3.0, "right_jaw": -3.0,
}  # fmt: skip
PRINT_MM: Final = 6.0  # radius of what a fingertip covers
SHARE: Final = 0.3  # of a print that a region must hold, as in the labels of simulated clips
SAME_MM: Final = 2.0  # vertices as near as this are the same, and the one nearer to the camera is seen


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


def under(face: FaceTrack, places: F64, frames: I32) -> tuple[I32, NDArray[np.bool_]]:
    """What lies under places (f, k, 2) px in the given frames: the nearest vertex of `ground` (f, k), -1 in the others,
    and the regions (f, k, 16) that hold their share of a print there.
    """
    floor, scale = ground(), face_scale(face)
    vertices = np.full(places.shape[:2], -1, np.int32)
    regions = np.zeros((*places.shape[:2], len(REGIONS)), bool)
    nearer = np.array([NEARER_MM.get(name, 0.0) for name in REGIONS])[floor.region]
    for frame in frames:
        if not np.isfinite(places[frame]).all():
            continue
        mesh = face.landmarks[frame, :LANDMARKS] / scale[frame]
        points = floor.weights @ np.concatenate([mesh, skirt_rings(mesh)])
        away = np.linalg.norm(points[:, None, :2] - places[frame] / scale[frame], axis=2)
        gap = away - nearer[:, None]
        near = gap <= gap.min(axis=0) + SAME_MM
        vertices[frame] = np.argmin(np.where(near, points[:, None, 2], np.inf), axis=0)
        regions[frame] = [
            _printed(floor, column, vertex) for column, vertex in zip(away.T, vertices[frame], strict=True)
        ]
    return vertices, regions


def _printed(floor: Ground, away: F64, vertex: int) -> NDArray[np.bool_]:
    """Regions (16,) that hold SHARE of the vertices within a print, and the nearest one's."""
    count = np.bincount(floor.region[away < PRINT_MM], minlength=len(REGIONS))
    out = count >= np.maximum(SHARE * count.sum(), 1)
    out[floor.region[vertex]] = True
    return np.asarray(out)
