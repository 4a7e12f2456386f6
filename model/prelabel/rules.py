"""Touch judged by rules alone, where no network ships: over the face, about as near as it, and not flying past.

The thresholds were chosen on simulated clips; what hovers a centimetre before the skin is beyond them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.body import TIPS
from model.prelabel.cues import KNUCKLES, Cues
from model.scene import F64

OUTSIDE_MM: Final = 5.0  # how far a part may lie outside the outline: landmarks err by as much at hairline and jaw
NEAREST, FARTHEST = 1.25, 0.62  # of a hand's nearness: nearer it hovers, farther it is imagined on an ear or a beard
FAST_MM_S: Final = 400.0  # faster than this nothing pats or rubs
JITTER_PX: Final = 0.5  # of the landmarks, from frame to frame
MISFIT: Final = 0.27  # of the hand's own shape: what is worse is no hand
BEHIND: Final = 0.35  # of the palm's length, by which a tip over the face may be nearer to us than the deepest
STRETCHED: Final = 0.70  # a finger that is bent more has its tip in the palm
SURE: Final = 0.9  # most that a rule is worth
UNSAID: Final = 0.4  # likelihood at most of a part over the face that others reach beyond
# How far beyond its threshold a cue is nearly sure
SOFT_MM, SOFT_MM_S, SOFT_NEARNESS = 2.0, 60.0, 0.04


def by_rules(cues: Cues, starts: F64) -> F64:
    """Likelihood (f, 7) of a touch of any part and of each as in FINGERS; `starts` (f + 1,) s.

    The weakest cue decides; half-way is where its threshold lies.
    """
    limit = FAST_MM_S + JITTER_PX * cues.pixel / np.diff(starts)
    hand = np.min(
        [
            _more(limit - cues.speed, SOFT_MM_S),
            _more(NEAREST - cues.nearness, SOFT_NEARNESS),
            _more(cues.nearness - FARTHEST, SOFT_NEARNESS),
            _more(MISFIT - cues.misfit, SOFT_NEARNESS),
        ],
        axis=0,
    )
    parts = np.minimum(_more(parts_inside(cues) + OUTSIDE_MM, SOFT_MM), hand[:, None])
    touching = parts > 0.5
    fingers = touching[:, :5] & _reaching(cues, touching[:, :5])
    alone = touching.any(axis=1) & ~fingers.any(axis=1)
    # the palm where no finger reaches; without it, a finger that is not stretched is better than none
    palm = touching[:, 5] & alone
    fingers |= touching[:, :5] & (alone & ~palm)[:, None]
    said = np.concatenate([fingers, palm[:, None]], axis=1)
    out = np.concatenate([parts.max(axis=1)[:, None], np.where(said, parts, np.minimum(parts, UNSAID))], axis=1)
    return np.where(np.isfinite(cues.palm)[:, None], np.clip(out, 1 - SURE, SURE), 0.0)


def _more(above: F64, soft: float) -> F64:
    """0 .. 1: half where a cue is at its threshold, 0.73 where it is `soft` above it."""
    return np.asarray(1 / (1 + np.exp(-np.clip(above / soft, -30, 30))))


def parts_inside(cues: Cues) -> F64:
    """How far each part (f, 6) is inside the face's outline, mm, as in FINGERS: a finger by its pad or last joint."""
    fingers = [np.maximum(cues.pads[:, k], cues.inside[:, tip - 1]) for k, tip in enumerate(TIPS)]
    knuckles = cues.inside[:, list(KNUCKLES)].max(axis=1)
    return np.stack([*fingers, np.maximum(cues.palm, knuckles)], axis=1)


def _reaching(cues: Cues, over: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fingers (f, 5) that are stretched and reach as deep as the deepest of those over the face."""
    depth = np.where(over, cues.shape[:, list(TIPS), 2], -np.inf)
    deepest = depth.max(axis=1, keepdims=True)
    return np.asarray((depth >= deepest - BEHIND) & (cues.stretched > STRETCHED))
