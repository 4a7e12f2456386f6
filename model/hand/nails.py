"""Nails: a plate that is curved across, sunken into folds of skin, with bed, lunula and free edge."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.scene import F32

from .atlas import Atlas, Fingertip
from .character import Character

# In the last bone's frame, mm: centre across, half width, cuticle, and where the bed ends, along.
PLATES: Final = (
    (-0.1, 5.9, 14.0, 24.2), (0.4, 4.7, 11.4, 21.6), (0.6, 4.8, 11.0, 20.6),
    (-1.0, 4.3, 12.2, 22.1), (-0.3, 3.7, 11.0, 17.1),
)  # fmt: skip
LUNULA: Final = (0.9, 0.55, 0.45, 0.3, 0.1)  # how much of it shows by finger
SOFT_MM: Final = 0.22  # edge of the plate
CONVEX_MM, SUNK_MM = 0.55, 0.30  # of the plate's middle over its sides; of its rim under the fold
FOLD_MM, FOLD_WIDE_MM, FOLD_AWAY_MM = 0.42, 0.75, 0.9  # height, width and distance of the fold of skin around
GROOVE_MM: Final = 0.5  # width of the shade between plate and fold
GROOVE_DARK: Final = 0.65  # its darkness, as melanin
BED_PALER, BED_PINKER = 0.12, 0.35  # of the bed's middle, and of its far end, as blood
RIDGE_MM: Final = 0.006  # of the fine ridges along a plate


@dataclass(frozen=True)
class Nails:
    """What nails do to the textures, (s, s) each."""

    plate: F32  # 0..1
    lunula: F32
    edge: F32  # the free end, 0..1 within the plate
    height: F32  # mm, added to the skin's
    blood: F32  # added
    melanin: F32  # added


def _step(x: F32, half: float) -> F32:
    """Smooth 0..1 over −half..half."""
    t = np.clip((x / half + 1) / 2, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def grow_nails(atlas: Atlas, character: Character) -> Nails:
    """The nails of one hand: shape, length and moons vary by person, and a little by finger."""
    side = len(atlas.points)
    fields = np.zeros((6, side * side), np.float32)
    rng = np.random.default_rng((character.seed, 5))
    slim = float(np.clip(rng.normal(-0.35 * character.sex, 0.5), -1, 1))  # 1 narrow and oval, −1 broad and square
    free = float(np.clip(rng.gamma(2.2, 0.28) + 0.35 * max(-character.sex, 0), 0.25, 1.8))  # mm beyond the bed
    moons = float(np.clip(rng.normal(0.55, 0.35), 0, 1.1))
    for ray, tip in enumerate(atlas.fingertips):
        shape = slim, free * (1 + 0.12 * rng.normal()), moons * LUNULA[ray], rng.normal(size=3)
        fields[:, tip.texels] += _nail(tip, ray, *shape)
    return Nails(*fields.reshape(6, side, side))


def _nail(tip: Fingertip, ray: int, slim: float, free: float, moon: float, varied: np.ndarray) -> F32:
    """Plate, lunula, edge, height, blood and melanin (6, k) of one finger's texels."""
    centre, half, start, bed = PLATES[ray]
    half = half * (1 - 0.07 * slim + 0.025 * varied[0])
    start, bed = start + 0.35 * varied[1], bed + 0.5 * slim + 0.3 * varied[2]
    up = _step(tip.facing + 0.05, 0.2)
    u, y = (tip.local[:, 0] - centre) / half, tip.local[:, 1]
    u2 = np.minimum(u * u, 1)
    low = start + (0.50 + 0.12 * slim) * half * (1 - np.sqrt(np.clip(1 - 0.97 * u2, 0, 1)))
    round_end = (0.42 + 0.18 * slim) * half * (1 - np.sqrt(np.clip(1 - 0.93 * u2**1.2, 0, 1)))
    top = bed + free - round_end
    inside = np.minimum(np.minimum(y - low, top - y), half * (1 - np.abs(u)))
    plate = _step(inside, SOFT_MM) * up
    edge = plate * _step(y - (bed - 0.85 * round_end), 0.25)
    moon_end = start + half * (0.30 + 0.45 * moon) - 0.5 * half * u2
    lunula = plate * _step(moon_end - y, 0.7) * min(moon, 1.0)

    at_end = _step(y - (top - 1.2), 0.9)  # the free end lies open: no fold there
    outside = np.exp(-(((inside + FOLD_AWAY_MM) / FOLD_WIDE_MM) ** 2)) * up * (1 - plate) * (1 - at_end)
    groove = np.exp(-((inside / GROOVE_MM) ** 2)) * up * (1 - 0.6 * at_end)
    along = np.clip((y - low) / np.maximum(bed - low, 1), 0, 1)
    height = plate * (CONVEX_MM * (1 - u2) - SUNK_MM * (1 - _step(inside - 0.5, 0.7)) * (1 - at_end))
    height += FOLD_MM * outside + 0.15 * edge
    height += plate * RIDGE_MM * np.sin(9.0 * tip.local[:, 0] + 3 * varied[0])
    bed_blood = BED_PINKER * along**2 - BED_PALER * (1 - (2 * along - 1) ** 2) * (1 - u2)
    blood = plate * (bed_blood - 0.5 * lunula) + 0.30 * outside + 0.25 * groove * (1 - at_end)
    melanin = GROOVE_DARK * groove
    return np.stack([plate, lunula, edge, height, blood, melanin]).astype(np.float32)
