"""Colour, gloss and relief of the hand's skin for a given skin tone.

Palms and nails hold little melanin, so they are not a multiple of the skin's colour: on dark skin they are
far lighter than the back of the hand. Pigment and blood darken by exp(−amount · absorption) (Tsumura 2003).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from model.scene import F32, F64

from .asset import ASSETS

# Linear RGB
_BLOOD: Final = np.array([0.18, 0.62, 0.50], np.float32)
_MELANIN: Final = np.array([0.42, 0.62, 0.80], np.float32)
_PALM: Final = np.array([0.66, 0.40, 0.31], np.float32)
_NAIL: Final = np.array([0.70, 0.42, 0.35], np.float32)
_LUNULA: Final = np.array([0.80, 0.60, 0.52], np.float32)
_EDGE: Final = np.array([0.86, 0.76, 0.66], np.float32)


@dataclass(frozen=True)
class HandTextures:
    """Maps of the hand, all (s, s, …), v downwards as in `HandModel.uv`."""

    blood: F32  # 0 mean, 1 far redder
    melanin: F32  # 0 mean, 1 far darker
    palm: F32  # 0 back .. 1 palm
    normal: F32  # (s, s, 3) unit: x along the tangent, y along normal × tangent, z along the normal
    nail: F32  # 0 .. 1
    lunula: F32
    edge: F32  # the nail's white free end


@lru_cache(maxsize=1)
def load_textures() -> HandTextures:
    """The maps that `assets/bake_hand.py` painted."""
    skin, detail, nail = (
        np.asarray(Image.open(ASSETS / f"hand_{name}.png").convert("RGB"), np.float32)
        for name in ("skin", "detail", "nail")
    )
    normal = detail / 127.5 - 1
    return HandTextures(
        blood=(skin[..., 0] - 128) / 100,
        melanin=(skin[..., 1] - 128) / 100,
        palm=skin[..., 2] / 255,
        normal=normal / np.linalg.norm(normal, axis=2, keepdims=True),
        nail=nail[..., 0] / 255,
        lunula=nail[..., 1] / 255,
        edge=nail[..., 2] / 255,
    )


def albedo_map(textures: HandTextures, skin: F64) -> F32:
    """Linear RGB albedo (s, s, 3) of a hand whose back has the colour `skin` (3,), linear RGB."""
    tone = np.asarray(skin, np.float32)
    light = float(np.clip(tone @ [0.3, 0.6, 0.1], 0.02, 1))
    dark = np.float32(np.clip((0.42 - light) / 0.36, 0, 1))
    fade = 1 - np.float32(0.35) * dark * textures.palm
    absorbed = (textures.blood * (1 - 0.45 * dark) * fade)[..., None] * _BLOOD
    absorbed += (textures.melanin * (0.7 + 0.8 * dark))[..., None] * _MELANIN
    out = np.exp(-absorbed)
    # Bare of melanin, all palms are alike; the share of the own tone keeps light and blood of the photo.
    own_share = 0.62 - 0.3 * dark
    palm = tone**own_share * (_PALM * min(1.0, 0.55 + light)) ** (1 - own_share)
    out *= tone * (palm / tone) ** textures.palm[..., None]
    for mask, colour, own in (
        (textures.nail, _NAIL, 0.5 - 0.15 * dark),
        (textures.lunula, _LUNULA, 0.45),
        (textures.edge, _EDGE, 0.3),
    ):
        paint = tone**own * (colour * min(1.0, 0.5 + light)) ** (1 - own)
        out += (0.85 * mask)[..., None] * (paint - out)
    return out


def gloss_map(textures: HandTextures) -> F32:
    """Gloss (s, s) 0..1: 0.3 for skin, less in the palm's creases, 0.85 on nails."""
    return np.clip(0.3 + 0.55 * textures.nail - 0.15 * np.maximum(textures.melanin, 0), 0.05, 0.9)
