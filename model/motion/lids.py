"""When the eyes are shut: blinks, and lids that close before a finger comes near an open eye."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import gaussian_filter1d

from model.body import LEFT_EYE_CORNERS, LINKS, RIGHT_EYE_CORNERS, SPOKES
from model.scene import F64, FaceScan

CLOSES_S, STAYS_S, OPENS_S = 0.105, 0.055, 0.175  # two to three frames down and four up at 24 a second
BEFORE_S, BEFORE_VARIES_S = 0.155, 0.02  # the touch
BEFORE_BLINKS: Final = 0.7  # of the clips in which a touch is so near
LATER_S, LATER_VARIES_S = 0.7, 0.9  # after it: a blink
LATER_BLINKS: Final = (0.85, 0.55)  # of the clips without and with one before: people blink about once in 3 s
NEAR_MM: Final = 62.0  # a touch nearer than this to an eye makes it blink before
GUARD_MM: Final = 6.5  # of air before an eye: nearer than this its lids are shut
GUARD_LEAD_S, GUARD_AFTER_S, GUARD_SMOOTH_S = 0.14, 0.10, 0.035  # around the finger's being there; softness in time
FINGER_MM: Final = 8.5  # radius


def blinks(time: F64, start: float, nearest: float, rng: np.random.Generator) -> F64:
    """0 open .. 1 shut (f,): before a touch at `start` s that is `nearest` mm from an eye, and later once more."""
    shut = np.zeros(len(time))
    startled = nearest < NEAR_MM and rng.random() < BEFORE_BLINKS
    if startled:
        shut = blink(time, start - BEFORE_S + rng.uniform(-BEFORE_VARIES_S, BEFORE_VARIES_S))
    later = start + LATER_S + rng.uniform(0.0, LATER_VARIES_S)
    return np.maximum(shut, blink(time, later) * (rng.random() < LATER_BLINKS[startled]))


def blink(time: F64, start: float) -> F64:
    """0 open .. 1 shut (f,): closes fast, opens slowly."""
    s = time - start
    closing, opening = np.clip(s / CLOSES_S, 0, 1), np.clip((s - CLOSES_S - STAYS_S) / OPENS_S, 0, 1)
    return np.asarray((closing**2 * (3 - 2 * closing)) * (1 - opening**2 * (3 - 2 * opening)))


def guarded(scan: FaceScan, joints: F64, time: F64) -> dict[str, F64]:
    """0 open .. 1 shut (f,) by side: no finger comes to an open eye; joints (f, 21, 3) mm."""
    dt = float(time[1] - time[0])
    back, ahead = max(1, round(GUARD_AFTER_S / dt)), max(1, round(GUARD_LEAD_S / dt))
    out = {}
    for side, corners in (("left", LEFT_EYE_CORNERS), ("right", RIGHT_EYE_CORNERS)):
        ends = scan.vertices[list(corners)]
        air = np.min([_distance(spot, joints) for spot in (*ends, ends.mean(axis=0))], axis=0) - FINGER_MM
        near = (air < GUARD_MM).astype(np.float64)  # shut or open: lids that stay half way look tired
        coming = sliding_window_view(np.pad(near, (back, ahead), mode="edge"), back + 1 + ahead).max(axis=1)
        out[side] = gaussian_filter1d(coming, GUARD_SMOOTH_S / dt, mode="nearest")
    return out


def _distance(spot: F64, joints: F64) -> F64:
    """Distance (f,) mm of a place (3,) from the nearest bone."""
    pairs = np.array([*LINKS, *SPOKES])
    a, b = joints[:, pairs[:, 0]], joints[:, pairs[:, 1]]
    along = b - a
    share = np.clip(((spot - a) * along).sum(axis=2) / np.maximum((along**2).sum(axis=2), 1e-9), 0, 1)
    return np.asarray(np.linalg.norm(a + share[..., None] * along - spot, axis=2).min(axis=1))
