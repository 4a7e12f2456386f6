"""Colour, gloss and relief of the hand's skin for a given skin tone.

Palms and nails hold little melanin, so they are not a multiple of the skin's colour: on dark skin they are
far lighter than the back of the hand. Pigment and blood darken by exp(−amount · absorption) (Tsumura 2003).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from model.optics import SKIN_BRIGHTNESS
from model.scene import F32, F64

# Linear RGB
_BLOOD: Final = np.array([0.18, 0.62, 0.50], np.float32)
_MELANIN: Final = np.array([0.42, 0.62, 0.80], np.float32)
# Logarithm of a palm's colour over its back's: by channel, of powers 2, 1 and 0 of the logarithm of the back's
# brightness; fitted to 41 photographed and painted hands.
_PALM: Final = np.array([[0.111, 0.095, 0.094], [-0.086, -0.231, -0.232], [-0.022, -0.010, 0.124]])
_PALM_SHOWN: Final = 0.85  # of it: photos of faces are lit more softly than those hands
_NAIL: Final = np.array([0.68, 0.35, 0.31], np.float32)
_LUNULA: Final = np.array([0.82, 0.64, 0.57], np.float32)
_COVER: Final = np.float32(0.85)  # how much of the skin a nail hides
_EDGE: Final = np.array([0.86, 0.76, 0.66], np.float32)
_PALER: Final = 0.35  # by which the palm of the darkest hand is less red
_LIGHT, _DARK_SPAN = 0.42, 0.36  # brightness of a hand that is not dark at all, and how much less is wholly dark
_BLACKEST: Final = 0.02  # brightness below which no skin is
# For nail, lunula and edge: share of the hand's own tone on a light hand, what of it a wholly dark one has
# more, and how much of the colour the darkest light leaves.
_NAIL_OWN, _LUNULA_OWN, _EDGE_OWN = (0.5, 0.15, 0.5), (0.45, 0.3, 0.5), (0.3, 0.35, 0.5)
# How much brighter than the skin around they are at most, and by how much more on a wholly dark hand.
_NAIL_LIGHTER, _LUNULA_LIGHTER, _EDGE_LIGHTER, _LIGHTER_ON_DARK = 1.18, 1.34, 1.55, 0.9
_COLOURED: Final = 0.45  # logarithm of red over blue from which skin has all its colours: in a grey photo it has none
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
    covered: NDArray[np.bool_]  # where there is skin


def darkness(skin: F64) -> float:
    """0 for skin (3,) linear RGB that is not dark at all .. 1 wholly dark."""
    light = float(np.clip(skin @ SKIN_BRIGHTNESS, _BLACKEST, 1))
    return float(np.clip((_LIGHT - light) / _DARK_SPAN, 0, 1))


def colour_share(skin: F64) -> float:
    """Of skin's colours, how much a photo with this skin (3,) linear RGB has: 1 all, 0 none in black and white."""
    return float(np.clip(np.log(max(skin[0], 1e-4) / max(skin[2], 1e-4)) / _COLOURED, 0, 1))


def melanin_shown(dark: float) -> float:
    """By how much an amount of melanin shows on a hand so dark."""
    return _MELANIN_LIGHT + _MELANIN_MORE * dark


def albedo_map(textures: HandTextures, skin: F64) -> F32:
    """Linear RGB albedo (s, s, 3) of a hand whose back has the colour `skin` (3,), linear RGB."""
    tone = np.asarray(skin, np.float32)
    light = float(np.clip(tone @ SKIN_BRIGHTNESS, _BLACKEST, 1))
    dark = darkness(skin)

    def towards(colour: F32, light_own: float, dark_own: float, least: float, lighter: float) -> F32:
        """Bare of melanin all hands are alike; the share of the own tone keeps the photo's light."""
        own = light_own + dark_own * dark
        mixed = tone**own * (colour * min(1.0, least + light)) ** (1 - own)
        most = (lighter + _LIGHTER_ON_DARK * dark) * light / float(mixed @ SKIN_BRIGHTNESS)
        return mixed * np.float32(min(1.0, most))

    palm = (_PALM_SHOWN * np.power(np.log(light), [2, 1, 0]) @ _PALM).astype(np.float32)
    nail = towards(_NAIL, *_NAIL_OWN, _NAIL_LIGHTER)
    lunula = towards(_LUNULA, *_LUNULA_OWN, _LUNULA_LIGHTER)
    edge = towards(_EDGE, *_EDGE_OWN, _EDGE_LIGHTER)
    blood = _BLOOD * np.float32(1 - _BLOOD_LESS * dark)
    melanin = _MELANIN * np.float32(melanin_shown(dark))
    colours = np.float32(colour_share(skin))
    maps = _Maps(*(getattr(textures, name) for name in _Maps._fields))
    nails = np.stack([nail, lunula, edge])
    return _paint(maps, _Pigments(tone, blood, melanin, palm, nails, np.float32(_PALER * dark), colours))


class _Maps(NamedTuple):
    """Where what is painted, (s, s) each, as in HandTextures."""

    blood: F32
    melanin: F32
    palm: F32
    nail: F32
    lunula: F32
    edge: F32
    covered: NDArray[np.bool_]


class _Pigments(NamedTuple):
    """With what."""

    tone: F32  # (3,) linear RGB of the back of the hand
    blood: F32  # (3,) absorption by channel
    melanin: F32  # (3,)
    palm: F32  # (3,) logarithm of the palm's colour over the back's
    nails: F32  # (3, 3) linear RGB of plate, lunula and edge
    paler: np.float32  # share by which the palm of a dark hand is less red
    colours: np.float32  # 1 as they are .. 0 all of the tone's own hue


@numba.njit(nogil=True, cache=True, fastmath=True)
def _paint(maps: _Maps, pigments: _Pigments) -> F32:
    """Linear RGB albedo (s, s, 3)."""
    blood, melanin, palm, nail, lunula, edge, covered = maps
    tone, nails = pigments.tone, pigments.nails
    bright = np.float32(0.3) * tone[0] + np.float32(0.6) * tone[1] + np.float32(0.1) * tone[2]
    height, width = blood.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            if not covered[y, x]:
                out[y, x] = tone
                continue
            red = blood[y, x] - pigments.paler * palm[y, x] * max(blood[y, x], np.float32(0.0))
            for c in range(3):
                pigment = np.exp(-red * pigments.blood[c] - melanin[y, x] * pigments.melanin[c])
                value = tone[c] * np.exp(palm[y, x] * pigments.palm[c]) * pigment
                if nail[y, x] > 0:
                    value += _COVER * nail[y, x] * (nails[0, c] * pigment - value)
                    value += _COVER * lunula[y, x] * (nails[1, c] - value)
                    value += _COVER * edge[y, x] * (nails[2, c] - value)
                out[y, x, c] = value
            if pigments.colours < 1:
                pixel = out[y, x]
                share = (np.float32(0.3) * pixel[0] + np.float32(0.6) * pixel[1] + np.float32(0.1) * pixel[2]) / bright
                for c in range(3):
                    out[y, x, c] += (1 - pigments.colours) * (tone[c] * share - out[y, x, c])
    return out


def gloss_map(textures: HandTextures) -> F32:
    """Gloss (s, s) 0..1: less in the palm's creases, more on nails."""
    gloss = _SKIN_GLOSS + _NAIL_GLOSS * textures.nail - _CREASE_GLOSS * np.maximum(textures.melanin, 0)
    return np.clip(gloss, _LEAST_GLOSS, _MOST_GLOSS)
