"""Touch judged by rules: over the face, about as near as it, and not flying past.

The thresholds were chosen on simulated clips; what hovers a centimetre before the skin is beyond them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.body import TIPS
from model.prelabel.cues import KNUCKLES, Cues
from model.prelabel.fingers import finger_weights, touching_fingers
from model.scene import F64

OUTSIDE_MM: Final = 5.0  # how far a part may lie outside the outline: landmarks err by as much at hairline and jaw
NEAREST, FARTHEST = 1.25, 0.62  # of a hand's nearness: nearer it hovers, farther it is imagined on an ear or a beard
FAST_MM_S: Final = 250.0  # faster than this nothing pats or rubs
JITTER_PX: Final = 1.2  # of the landmarks, from frame to frame: three in four of resting hands jitter less
MISFIT: Final = 0.27  # of the hand's own shape: what is worse is no hand
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
    any_part = parts.max(axis=1)
    said = _said(cues, parts > 0.5)
    out = np.concatenate([any_part[:, None], np.where(said, any_part[:, None], np.minimum(parts, UNSAID))], axis=1)
    return np.where(np.isfinite(cues.palm)[:, None], np.clip(out, 1 - SURE, SURE), 0.0)


def _said(cues: Cues, over: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which parts (f, 6) are said to touch: the palm where no finger is over the face, else the likely fingers."""
    likely = touching_fingers(cues)
    fingers = (likely > finger_weights().likely) | (likely == likely.max(axis=1, keepdims=True))
    palm = over[:, 5] & ~over[:, :5].any(axis=1)
    return np.concatenate([fingers & ~palm[:, None], palm[:, None]], axis=1)


def _more(above: F64, soft: float) -> F64:
    """0 .. 1: half where a cue is at its threshold, 0.73 where it is `soft` above it."""
    return np.asarray(1 / (1 + np.exp(-np.clip(above / soft, -30, 30))))


def parts_inside(cues: Cues) -> F64:
    """How far each part (f, 6) is inside the face's outline, mm, as in FINGERS: a finger by its pad or last joint."""
    fingers = [np.maximum(cues.pads[:, k], cues.inside[:, tip - 1]) for k, tip in enumerate(TIPS)]
    knuckles = cues.inside[:, list(KNUCKLES)].max(axis=1)
    return np.stack([*fingers, np.maximum(cues.palm, knuckles)], axis=1)
