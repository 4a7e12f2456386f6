"""The cues of one hand as numbers for the network, at a rate of its own: 12 and 120 fps look alike."""

from typing import Final

import numpy as np

from model.body import MIDDLE_KNUCKLE
from model.prelabel.cues import Cues
from model.scene import F32, F64

RATE: Final = 12.5  # looks a second
INSIDE_MM, MOST_INSIDE = 20.0, 2.5
SLOW_MM_S: Final = 20.0
DEPTHS: Final = (4, 6, 8, 10, 12, 14, 16, 18, 20)  # joints whose depth over the wrist is told: tips and the bend
WIDTH: Final = 21 + 5 + 1 + 1 + 5 + 5 + 1 + 1 + len(DEPTHS) + 3 + 1 + 1 + 1


def vectors(cues: Cues) -> F32:
    """Numbers (f, WIDTH) about 0 and of about 1; all 0 where the hand is not seen, the last says whether it is."""
    inside = np.concatenate([cues.inside, cues.pads, cues.palm[:, None]], axis=1)
    parts = [
        np.clip(inside / INSIDE_MM, -MOST_INSIDE, MOST_INSIDE),
        np.log(cues.speed / SLOW_MM_S + 1)[:, None],
        np.log(cues.pad_speed / SLOW_MM_S + 1),
        4 * (cues.stretched - 0.8),
        np.clip(4 * np.log(np.maximum(cues.nearness, 0.2)), -3, 3)[:, None],
        np.clip(8 * (cues.misfit - 0.13), -2, 3)[:, None],
        cues.shape[:, list(DEPTHS), 2],
        cues.shape[:, MIDDLE_KNUCKLE],
        np.log(cues.pixel / 1.5)[:, None],
        np.log(cues.size / 150)[:, None],
        np.ones((len(cues.palm), 1)),
    ]
    out = np.concatenate(parts, axis=1)
    out[~np.isfinite(out).all(axis=1)] = 0.0
    return out.astype(np.float32)


def grid(starts: F64) -> F64:
    """Moments (g,) s at which the network looks, over frames that begin at `starts` (f + 1,)."""
    return np.arange(starts[0], max(starts[-1] - 1e-9, starts[0] + 1e-9), 1.0 / RATE)


def nearest_frames(starts: F64, moments: F64) -> np.ndarray:
    """The frame (g,) that is shown at each moment."""
    return np.clip(np.searchsorted(starts[:-1], moments + 1e-6, side="right") - 1, 0, len(starts) - 2)
