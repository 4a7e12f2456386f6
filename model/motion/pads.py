"""The skin of each fingertip as a handful of points that move with its last bone."""

import numpy as np

from annotation.taxonomy import FINGERS
from model.body import last_bone
from model.hand import Bones, HandModel
from model.scene import F64

REACH_MM = 13.0  # around the pad's middle
EVERY = 3  # of the vertices found


def local_pads(model: HandModel, fingers: list[str]) -> dict[str, F64]:
    """Points (k, 3) mm of each fingertip in the frame of its last bone."""
    out = {}
    for finger in fingers:
        ray = FINGERS.index(finger)
        bone = last_bone(ray)
        own = np.flatnonzero(model.part == ray)
        near = np.linalg.norm(model.vertices[own] - model.vertices[model.pad[ray]], axis=1) < REACH_MM
        out[finger] = (model.vertices[own[near][::EVERY]] - model.joints[bone]) @ model.frames[bone]
    return out


def pad_points(pads: dict[str, F64], bones: Bones, finger: str) -> F64:
    """Points (k, 3) mm of a finger's tip under posed bones."""
    bone = last_bone(FINGERS.index(finger))
    return pads[finger] @ bones.rotation[bone].T + bones.position[bone]
