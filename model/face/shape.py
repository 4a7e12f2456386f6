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


def strangeness(residual: F64) -> float:
    """Distance of a face from the human ones, of its difference (468, 3) mm from the mean face.

    1 is common, 2 rare; dogs, monkeys and masks are beyond 2.5. Mahalanobis distance in the main axes of
    variation (yaw ≤ 36°, open mouths and closed eyes are among them), and the rest in units of people's rest.
    """
    asset = _asset()
    axes = asset["axes"].astype(np.float64)
    flat = residual.ravel()
    along = axes @ flat
    rest = max(float(flat @ flat - along @ along), 0.0) / float(asset["rest"]) ** 2
    return float(np.sqrt((((along / asset["spread"]) ** 2).mean() + rest) / 2))
