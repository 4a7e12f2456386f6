"""Hair of the forearm and the back of the hand, as strokes in the texture."""

from typing import Final

import cv2
import numpy as np

from model.scene import F32

from .atlas import Atlas, load_atlas
from .character import Character

HAIRS: Final = 1500  # at strength 1
LENGTH_MM, WIDTH_MM = (5.0, 12.0), 0.13
DARKNESS: Final = 2.2  # of one hair, as melanin
LIES, LIES_VARIES, BENDS = 0.9, 0.35, 0.25  # radians from the fingers' way towards the little finger, along a hair
STEPS: Final = np.linspace(0, 1, 5)
SHADES: Final = (130, 170, 210, 255)
ROOTS, SUBPIXEL = 128, 4  # px of the map of roots; bits of a hair's ends


def grow_hair(atlas: Atlas, character: Character) -> F32:
    """Melanin (s, s) of hairs: many on the forearm, few on the back of the hand, none on palm and fingers."""
    side = len(atlas.points)
    out = np.zeros((side, side), np.float32)
    if character.hair <= 0:
        return out
    rng = np.random.default_rng((character.seed, 9))
    small = load_atlas(ROOTS)
    x, y, z = (small.points[..., k] for k in range(3))
    likely = np.clip((18 - y) / 50, 0.03, 1) * (y < 60) * (y > -230) * small.covered
    likely = likely * np.clip(0.6 + z / 25 + np.abs(x) / 60, 0.05, 1) * (z > -22)
    weight = (likely * small.spacing.prod(axis=2)).ravel()
    count = int(HAIRS * character.hair)
    roots = rng.choice(len(weight), count, p=weight / weight.sum())
    spacing = small.spacing.mean(axis=2).ravel()[roots] * ROOTS / side  # mm of a texel
    start = (np.stack([roots % ROOTS, roots // ROOTS], 1) + rng.random((count, 2))) * (side / ROOTS)
    length = rng.uniform(*LENGTH_MM, count) / spacing
    angle = rng.normal(LIES, LIES_VARIES, count)[:, None] + rng.normal(0, BENDS, count)[:, None] * STEPS
    path = np.stack([-np.sin(angle), -np.cos(angle)], axis=2) * (length[:, None] * STEPS)[..., None]
    paths = np.round((start[:, None] + path) * 2**SUBPIXEL).astype(np.int32)
    canvas = np.zeros((side, side), np.uint8)
    for shade, group in zip(SHADES, np.array_split(paths, len(SHADES)), strict=True):
        cv2.polylines(canvas, list(group), False, (shade,), 1, cv2.LINE_AA, SUBPIXEL)
    narrow = np.minimum(WIDTH_MM / atlas.spacing.mean(axis=2), 1)
    return np.asarray(DARKNESS * narrow * (canvas.astype(np.float32) / 255) * atlas.covered, np.float32)
