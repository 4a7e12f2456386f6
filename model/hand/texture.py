"""Colour, gloss and relief of the hand's skin for a given skin tone.

Palms and nails hold little melanin, so they are not a multiple of the skin's colour: on dark skin they are
far lighter than the back of the hand. Pigment and blood darken by exp(−amount · absorption) (Tsumura 2003).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numba
import numpy as np
from PIL import Image

from model.optics import SKIN_BRIGHTNESS
from model.scene import F32, F64

from .asset import ASSETS

# Linear RGB
_BLOOD: Final = np.array([0.18, 0.62, 0.50], np.float32)
_MELANIN: Final = np.array([0.42, 0.62, 0.80], np.float32)
_PALM: Final = np.array([0.66, 0.40, 0.31], np.float32)
_NAIL: Final = np.array([0.68, 0.45, 0.39], np.float32)
_LUNULA: Final = np.array([0.80, 0.60, 0.52], np.float32)
_COVER: Final = np.float32(0.85)  # how much of the skin a nail hides
_BARE: Final = np.float32(-1.27)  # `blood` of texels that no triangle covers
_EDGE: Final = np.array([0.86, 0.76, 0.66], np.float32)
_PALER: Final = 0.35  # by which the palm of the darkest hand is less red
_LIGHT, _DARK_SPAN = 0.42, 0.36  # brightness of a hand that is not dark at all, and how much less is wholly dark
_BLACKEST: Final = 0.02  # brightness below which no skin is
# For palm, nail, lunula and edge: share of the hand's own tone on a light hand, what of it a wholly dark one has
# more, and how much of the colour the darkest light leaves.
_PALM_OWN, _NAIL_OWN, _LUNULA_OWN, _EDGE_OWN = (0.62, -0.3, 0.55), (0.5, 0.15, 0.5), (0.45, 0.3, 0.5), (0.3, 0.35, 0.5)
_BLOOD_LESS: Final = 0.65  # by which redness shows less on a wholly dark hand
_MELANIN_LIGHT, _MELANIN_MORE = 0.9, 0.9  # how much pigment shows on a light hand, and by how much more on a dark one
_SKIN_GLOSS, _NAIL_GLOSS, _CREASE_GLOSS = 0.3, 0.55, 0.15  # of skin; what a nail has more and a crease less
_LEAST_GLOSS, _MOST_GLOSS = 0.05, 0.9


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
    light = float(np.clip(tone @ SKIN_BRIGHTNESS, _BLACKEST, 1))
    dark = float(np.clip((_LIGHT - light) / _DARK_SPAN, 0, 1))

    def towards(colour: F32, light_own: float, dark_own: float, least: float) -> F32:
        """Bare of melanin all hands are alike; the share of the own tone keeps the photo's light."""
        own = light_own + dark_own * dark
        return tone**own * (colour * min(1.0, least + light)) ** (1 - own)

    palm = np.log(towards(_PALM, *_PALM_OWN) / tone)
    nail, lunula = towards(_NAIL, *_NAIL_OWN), towards(_LUNULA, *_LUNULA_OWN)
    edge = towards(_EDGE, *_EDGE_OWN)
    blood = _BLOOD * np.float32(1 - _BLOOD_LESS * dark)
    melanin = _MELANIN * np.float32(_MELANIN_LIGHT + _MELANIN_MORE * dark)
    maps = _Maps(textures.blood, textures.melanin, textures.palm, textures.nail, textures.lunula, textures.edge)
    nails = np.stack([nail, lunula, edge])
    return _paint(maps, _Pigments(tone, blood, melanin, palm, nails, np.float32(_PALER * dark)))


class _Maps(NamedTuple):
    """Where what is painted, (s, s) each, as in HandTextures."""

    blood: F32
    melanin: F32
    palm: F32
    nail: F32
    lunula: F32
    edge: F32


class _Pigments(NamedTuple):
    """With what."""

    tone: F32  # (3,) linear RGB of the back of the hand
    blood: F32  # (3,) absorption by channel
    melanin: F32  # (3,)
    palm: F32  # (3,) logarithm of the palm's colour over the back's
    nails: F32  # (3, 3) linear RGB of plate, lunula and edge
    paler: np.float32  # share by which the palm of a dark hand is less red


@numba.njit(nogil=True, cache=True, fastmath=True)
def _paint(maps: _Maps, pigments: _Pigments) -> F32:
    """Linear RGB albedo (s, s, 3)."""
    blood, melanin, palm, nail, lunula, edge = maps
    tone, nails = pigments.tone, pigments.nails
    height, width = blood.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            if blood[y, x] <= _BARE:
                out[y, x] = tone
                continue
            red = blood[y, x] - pigments.paler * palm[y, x] * blood[y, x]
            for c in range(3):
                amount = palm[y, x] * pigments.palm[c] - red * pigments.blood[c] - melanin[y, x] * pigments.melanin[c]
                value = tone[c] * np.exp(amount)
                if nail[y, x] > 0:
                    value += _COVER * nail[y, x] * (nails[0, c] - value)
                    value += _COVER * lunula[y, x] * (nails[1, c] - value)
                    value += _COVER * edge[y, x] * (nails[2, c] - value)
                out[y, x, c] = value
    return out


def gloss_map(textures: HandTextures) -> F32:
    """Gloss (s, s) 0..1: less in the palm's creases, more on nails."""
    gloss = _SKIN_GLOSS + _NAIL_GLOSS * textures.nail - _CREASE_GLOSS * np.maximum(textures.melanin, 0)
    return np.clip(gloss, _LEAST_GLOSS, _MOST_GLOSS)
