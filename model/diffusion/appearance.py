"""Skin colour and light of a photo: what a hand must be painted with to belong to the person."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.optics import GAMMA
from model.scene import U8, FaceScan

FRONTAL = (0.0, 0.0, -1.0)
LEAST_PIXELS = 16  # of a face by which its skin can be told

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Appearance:
    """Colours are linear RGB 0..1, the direction is a unit vector towards the light in camera axes."""

    skin: Triple  # albedo
    direction: Triple = FRONTAL
    strength: float = 0.2  # directional over ambient light, 0 .. 0.85
    colour: Triple = (1.0, 1.0, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        return {
            "skin": list(self.skin),
            "direction": list(self.direction),
            "strength": self.strength,
            "colour": list(self.colour),
        }


def appearance_of(scan: FaceScan) -> Appearance:
    """What the scan found."""
    light = scan.light
    return Appearance(triple(scan.skin), triple(light.direction), round(float(light.strength), 5), triple(light.colour))


def estimate_appearance(photo: U8, face: U8) -> Appearance:
    """From a photo (h, w, 3) and the face's mask (h, w) alone: median skin under frontal light."""
    pixels = photo[face > 127]
    if len(pixels) < LEAST_PIXELS:
        height, width = photo.shape[:2]
        pixels = photo[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3].reshape(-1, 3)
    return Appearance(triple(np.median((pixels / 255.0) ** GAMMA, axis=0)))


def mirror_appearance(appearance: Appearance) -> Appearance:
    """Of the mirrored photo."""
    x, y, z = appearance.direction
    return replace(appearance, direction=(-x, y, z))


def read_appearance(raw: Any) -> Appearance:
    """Of its JSON object; ValueError, KeyError or TypeError where it cannot be right."""
    values = {name: triple(raw[name]) for name in ("skin", "direction", "colour")}
    return Appearance(**values, strength=float(raw["strength"]))


def triple(values: Any) -> Triple:
    """Three finite plain numbers, rounded so that JSON keeps them exactly; ValueError."""
    first, second, third = (round(float(value), 5) for value in values)
    if not np.isfinite([first, second, third]).all():
        raise ValueError("not finite")
    return first, second, third
