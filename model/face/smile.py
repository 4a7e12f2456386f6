"""How faces smile: the mean movement from neutral and how people differ in it, learnt from 74 pairs of photos.

From the Face Research Lab London Set (DeBruine & Jones 2017, CC BY 4.0); no single person's data. In the frame of
the mean face: upright and frontal, millimetres, inter-pupillary distance 63 mm.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from model.face.pose import head_pose
from model.scene import F64

ASSET = Path(__file__).parents[2] / "assets" / "face_smile.npz"


@lru_cache(maxsize=1)
def _asset() -> dict[str, np.ndarray]:
    with np.load(ASSET, allow_pickle=False) as data:
        return {name: data[name].astype(np.float64) for name in data.files}


def mean_smile() -> F64:
    """Movement (468, 3) mm from a neutral face to a smile, symmetric; lips part in it."""
    return _asset()["mean"]


def smile_axes() -> F64:
    """What people add to it (3, 468, 3) mm, each of one standard deviation."""
    return _asset()["axes"]


def smile_of(landmarks: F64) -> float:
    """How much a face (468, 3) smiles: 0 as neutral faces do, 1 as when asked to smile; any scale and pose."""
    rotation, scale, shift = head_pose(landmarks)
    asset = _asset()
    return float((((landmarks - shift) @ rotation / scale) * asset["line"]).sum() - asset["zero"])
