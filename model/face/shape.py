"""The mean human face and how faces differ: statistics of Face Mesh landmarks of 74 adults.

From the Face Research Lab London Set (DeBruine & Jones 2017, CC BY 4.0), symmetrised; no single person's
data. Upright and frontal, millimetres, inter-pupillary distance 63 mm.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from model.scene import F64, I32

ASSET = Path(__file__).parents[2] / "assets" / "face_shape.npz"


@lru_cache(maxsize=1)
def _asset() -> dict[str, np.ndarray]:
    with np.load(ASSET, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def mean_shape() -> F64:
    """Landmarks (468, 3) mm of the mean face."""
    return _asset()["mean"].astype(np.float64)


def mirror_landmarks() -> I32:
    """(468,) index of each landmark's partner on the other side."""
    return _asset()["mirror"].astype(np.int32)
