"""Hair of the forearm and the back of the hand, as strokes in the texture."""

from typing import Final

import cv2
import numpy as np

from model.scene import F32

from .atlas import Atlas
from .character import Character

HAIRS: Final = 1500  # at strength 1
LENGTH_MM, WIDTH_MM = (5.0, 13.0), 0.14
DARKNESS: Final = 1.6  # of one hair, as melanin
SUBPIXEL: Final = 4  # bits of its ends


def grow_hair(atlas: Atlas, character: Character) -> F32:
    """Melanin (s, s) of hairs: many on the forearm, few on the back of the hand, none on palm and fingers."""
    side = len(atlas.points)
    out = np.zeros((side, side), np.float32)
    if character.hair <= 0:
        return out
    rng = np.random.default_rng((character.seed, 9))
    x, y, z = (atlas.points[..., k] for k in range(3))
    likely = np.clip((18 - y) / 50, 0.08, 1) * (y < 75) * (y > -230) * atlas.covered
    likely = likely * np.clip(0.6 + z / 25 + np.abs(x) / 60, 0.05, 1) * (z > -22)
    weight = (likely * atlas.spacing.prod(axis=2)).ravel()
    roots = rng.choice(len(weight), int(HAIRS * character.hair), p=weight / weight.sum())
    canvas = np.zeros((side, side), np.uint8)
    for root in roots:
        v, u = divmod(int(root), side)
        length = rng.uniform(*LENGTH_MM) / float(atlas.spacing[v, u].mean())
        angle = rng.normal(0.9, 0.35)  # from up towards the little finger, as hair lies
        bend = rng.normal(0, 0.25)
        t = np.linspace(0, 1, 5)
        path = np.stack([u - length * t * np.sin(angle + bend * t), v - length * t * np.cos(angle + bend * t)], 1)
        points = np.round(path * 2**SUBPIXEL).astype(np.int32)
        cv2.polylines(canvas, [points], False, (int(rng.uniform(120, 255)),), 1, cv2.LINE_AA, SUBPIXEL)
    narrow = np.minimum(WIDTH_MM / atlas.spacing.mean(axis=2), 1)
    return np.asarray(DARKNESS * narrow * (canvas.astype(np.float32) / 255) * atlas.covered, np.float32)
