"""The mean face without a photo: the same for everybody, and there at once."""

from functools import cache

import numpy as np
from flat import face_of

from model.face.topology import topology
from model.scene import FaceScan


@cache
def mean_face() -> FaceScan:
    """Upright, from the front, with its regions, eyes and mouth."""
    all_faces = topology()
    return face_of(
        all_faces.mean, all_faces.triangles, region=all_faces.region, softness=all_faces.softness,
        depth_limit=all_faces.depth_limit, skirt=all_faces.skirt, rigid=np.maximum(all_faces.eyes, all_faces.mouth),
    )  # fmt: skip
