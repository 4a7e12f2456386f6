"""Where the eyes look: into the camera, now and then at the hand that comes, and never quite still.

Eyes go in saccades: there within 50 ms, then they rest (Bahill et al. 1975: 2 degrees take 25 ms, 10 take 50).
"""

from typing import Final

import numpy as np

from model.body import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, TIP_OF
from model.motion.timing import ramp
from model.scene import F64, FaceScan

SACCADE_S: Final = 0.05
LOOKS: Final = 0.75  # of the clips in which the coming hand is looked at
ACROSS_MM, DOWN_MM = (1.0, 1.7), 0.8  # of the iris, towards the hand; eyes turn 5 degrees a mm
BEFORE_S, RESTS_S = (0.30, 0.50), (0.35, 0.75)  # the touch, and for how long
AGAIN, AGAIN_S, AGAIN_RESTS_S, AGAIN_SHARE = 0.5, (0.7, 1.3), (0.3, 0.5), 0.7  # a second look: whether, when, how far
SMALL_MM, SMALL_EVERY_S = 0.16, (0.35, 0.8)  # what the eyes do besides


def look(scan: FaceScan, joints: F64, time: F64, start: float, rng: np.random.Generator) -> dict[str, F64]:
    """Way (f,) mm of both irises across and down, by name of FaceScan.expressions; from 0.

    `joints` (f, 21, 3) mm of a hand that touches at `start` s of `time` (f,).
    """
    gaze = np.zeros((len(time), 2))
    place = np.zeros(2)
    for moment, target in sorted(_saccades(scan, joints, time, start, rng), key=lambda each: each[0]):
        gaze += ramp(time, moment, moment + SACCADE_S)[:, None] * (target - place)
        place = target
    return {"gaze_across": gaze[:, 0], "gaze_down": gaze[:, 1]}


def _saccades(
    scan: FaceScan, joints: F64, time: F64, start: float, rng: np.random.Generator
) -> list[tuple[float, F64]]:
    """When the eyes move and where to (2,) mm."""
    size, before, rests = rng.uniform(*ACROSS_MM), rng.uniform(*BEFORE_S), rng.uniform(*RESTS_S)
    looks, again = rng.random() < LOOKS, rng.random() < AGAIN
    later, stays = rng.uniform(*AGAIN_S), rng.uniform(*AGAIN_RESTS_S)
    seen = []
    if looks:
        first = max(start - before, 0.05)
        seen.append((first, first + rests, _towards(scan, joints, time, start, size)))
        if again:
            seen.append((start + later, start + later + stays, AGAIN_SHARE * seen[0][2]))
    moves = [
        move for begin, end, target in seen for move in ((begin, target), (end, rng.normal(scale=SMALL_MM, size=2)))
    ]
    moment = rng.uniform(*SMALL_EVERY_S)
    while moment < time[-1]:
        if not any(begin - SACCADE_S < moment < end + SACCADE_S for begin, end, _ in seen):
            moves.append((moment, rng.normal(scale=SMALL_MM, size=2)))
        moment += rng.uniform(*SMALL_EVERY_S)
    return moves


def _towards(scan: FaceScan, joints: F64, time: F64, start: float, size: float) -> F64:
    """Way (2,) mm of eyes that look at the fingers when they arrive."""
    middle = scan.vertices[[*LEFT_EYE_CORNERS, *RIGHT_EYE_CORNERS]].mean(axis=0)
    finger = joints[min(int(np.searchsorted(time, start)), len(joints) - 1), TIP_OF["index"]]
    away = (finger - middle)[:2]
    return np.asarray(size * away / (np.linalg.norm(away) + 1e-9) * [1.0, DOWN_MM / ACROSS_MM[1]])
