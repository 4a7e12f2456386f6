"""Which of the patterns touches look most like."""

from typing import Final

import numpy as np

from annotation.taxonomy import PATTERNS, category
from model.body import MIDDLE_KNUCKLE, TIP_OF, WRIST
from model.face.topology import topology
from model.patterns import GESTURES
from model.prelabel.ground import ground
from model.prelabel.touch import SAME_S, Touch
from model.scene import F64

PINCHED: Final = 0.62  # of the palm's length, between the tips of thumb and index finger
STILL_MM: Final = 14.0  # a touch that stays within this is a poke
SHORT_S: Final = 1.15  # a touch that moves and is shorter, or has three fingers, is a swipe


def nearest_pattern(touches: list[Touch], starts: F64) -> str:
    """The pattern that the touches look most like: its category by fingers, way and time, then the nearest place.

    The first of all patterns where nothing touches.
    """
    if not touches:
        return PATTERNS[0]
    longest = max(touches, key=lambda touch: starts[touch.end + 1] - starts[touch.start])
    together = [t for t in touches if t.hand is longest.hand and t.start <= longest.end and t.end >= longest.start]
    way = np.mean([ground().mean[t.vertices].mean(axis=0) for t in together], axis=0)
    kind = _category(longest, {t.finger for t in together}, starts)
    return min(
        (pattern for pattern in PATTERNS if category(pattern) == kind),
        key=lambda pattern: float(np.linalg.norm(_middle(pattern) - way)),
    )


def _category(touch: Touch, fingers: set[int], starts: F64) -> str:
    if 0 in fingers and fingers & {1, 2} and pinched(touch):
        return "pinch"
    if travel(touch) < STILL_MM:
        return "poke"
    short = starts[touch.end + 1] - starts[touch.start] < SHORT_S - SAME_S
    return "swipe" if len(fingers) > 2 or short else "stroke"


def pinched(touch: Touch) -> bool:
    """Whether the tips of thumb and index finger are near each other while a touch lasts."""
    joints = touch.hand.joints[touch.start : touch.end + 1, :, :2]
    palm = np.linalg.norm(joints[:, MIDDLE_KNUCKLE] - joints[:, WRIST], axis=1)
    apart = np.linalg.norm(joints[:, TIP_OF["thumb"]] - joints[:, TIP_OF["index"]], axis=1)
    return float(np.nanmedian(apart)) < PINCHED * float(np.nanmedian(palm))


def travel(touch: Touch) -> float:
    """How far in mm a touch moves over the mean face."""
    quarters = [np.median(part, axis=0) for part in np.array_split(ground().mean[touch.vertices], 4)]  # against jitter
    quarters = [place for place in quarters if np.isfinite(place).all()]  # none of fewer than four frames
    return max(float(np.linalg.norm(a - b)) for a in quarters for b in quarters)


def _middle(pattern: str) -> F64:
    """Where a pattern is on the mean face (3,), mm."""
    shape = topology()
    landmarks = np.array([landmark for place in GESTURES[pattern].path for landmark in place])
    if "right-" in pattern:
        landmarks = shape.mirror[landmarks]
    return np.asarray(shape.mean[landmarks].mean(axis=0))
