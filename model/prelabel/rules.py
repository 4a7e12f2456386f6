"""Touch judged by rules alone, where no network ships: over the face, about as near as it, and not flying past.

The thresholds were chosen on simulated clips; what hovers a centimetre before the skin is beyond them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import FINGERS
from model.body import TIPS
from model.prelabel.cues import Cues
from model.scene import F64

OUTSIDE_MM: Final = 5.0  # how far a part may lie outside the outline: landmarks err by as much at hairline and jaw
NEAREST, FARTHEST = 1.25, 0.62  # of a hand's nearness: nearer it hovers, farther it is imagined on an ear or a beard
FAST_MM_S: Final = 400.0  # faster than this nothing pats or rubs
JITTER_PX: Final = 0.5  # of the landmarks, from frame to frame
MISFIT: Final = 0.27  # of the hand's own shape: what is worse is no hand
BEHIND: Final = 0.35  # of the palm's length, by which a tip over the face may be nearer to us than the deepest
STRETCHED: Final = 0.70  # a finger that is bent more has its tip in the palm
SURE: Final = 0.8  # what a rule is worth


def by_rules(cues: Cues, starts: F64) -> F64:
    """Likelihood (f, 7) of a touch of any part and of each as in FINGERS; `starts` (f + 1,) s."""
    over = parts_over(cues)
    slow = cues.speed < FAST_MM_S + JITTER_PX * cues.pixel / np.diff(starts)
    near = (cues.nearness < NEAREST) & (cues.nearness > FARTHEST) & (cues.misfit < MISFIT)
    touching = over & (slow & near)[:, None]
    fingers = touching[:, :5] & _reaching(cues, touching[:, :5])
    alone = touching.any(axis=1) & ~fingers.any(axis=1)
    parts = np.concatenate([fingers, (touching[:, 5] & alone)[:, None]], axis=1)
    # a finger over the face that is not stretched is better than none
    parts[:, :5] |= touching[:, :5] & (alone & ~parts[:, 5])[:, None]
    out = np.concatenate([touching.any(axis=1)[:, None], parts], axis=1)
    return np.where(np.isfinite(cues.palm)[:, None], SURE * out + (1 - SURE) * ~out, 0.0)


def parts_over(cues: Cues) -> NDArray[np.bool_]:
    """Which parts (f, 6) lie over the face, as in FINGERS: a finger by its pad or the joint before it."""
    fingers = [np.maximum(cues.pads[:, k], cues.inside[:, tip - 1]) for k, tip in enumerate(TIPS)]
    knuckles = cues.inside[:, [5, 9, 13, 17]].max(axis=1)
    depth = np.stack([*fingers, np.maximum(cues.palm, knuckles)], axis=1)
    assert depth.shape[1] == len(FINGERS)
    return np.asarray(np.nan_to_num(depth, nan=-np.inf) > -OUTSIDE_MM)


def _reaching(cues: Cues, over: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fingers (f, 5) that are stretched and reach as deep as the deepest of those over the face."""
    depth = np.where(over, cues.shape[:, list(TIPS), 2], -np.inf)
    deepest = depth.max(axis=1, keepdims=True)
    return np.asarray((depth >= deepest - BEHIND) & (cues.stretched > STRETCHED))
