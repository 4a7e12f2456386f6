"""When, with which fingers and where a tracked hand touches a tracked face, told from the picture alone.

A hand that comes to rest with its fingertips over the face touches it: that is the cue for time, with hysteresis. The
fingers are those that are stretched and lie together, or thumb and index where they are close. The region is that of
the face mesh under the pad.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from model.body import CHAINS, LANDMARKS, MIDDLE_KNUCKLE, TIPS, WRIST
from model.face.topology import skirt_rings, topology
from model.prelabel.track import STRETCHED, FaceTrack, HandTrack, stretch, to_face
from model.scene import F64, I32, NO_REGION

TO_PAD: Final = 0.15  # from the tip's landmark towards the joint before it
ENTER_MM_S, LEAVE_MM_S = 60.0, 120.0  # slower than this a hand rests, faster than that it goes
OUTSIDE_MM: Final = 5.0  # how far a pad may lie outside the face
SAME_S: Final = 1e-6  # times that differ by less are the same
LEAST_S: Final = 0.12  # of a contact, and of its time on one region
CLOSED_S: Final = 0.25  # gaps in a contact up to this are closed
TOGETHER: Final = 0.30  # of the palm's length, between neighbouring tips that touch together
PINCHED: Final = 0.62  # of the palm's length, between the tips of thumb and index
LEAST_SURE, MOST_SURE = 0.05, 0.95  # confidence of any touch


@dataclass(frozen=True)
class Ground:
    """The standing face as a surface to be touched."""

    tree: cKDTree  # of its vertices (n, 2) mm
    region: NDArray[np.uint8]  # (n,)
    mean: F64  # (n, 3) mm: the same places on the mean face

    def under(self, points: F64) -> tuple[I32, F64]:
        """Nearest vertex of points (k, 2) mm, and its distance (k,); NaN gives -1."""
        good = np.isfinite(points).all(axis=1)
        index, gap = np.full(len(points), -1, np.int32), np.full(len(points), np.inf)
        gap[good], index[good] = self.tree.query(points[good])
        return index, gap


@dataclass(frozen=True)
class Touch:
    """One finger that touches, from one frame to another, both included."""

    hand: HandTrack
    finger: int  # index into FINGERS
    start: int
    end: int
    vertices: I32  # (end - start + 1,) of Ground
    confidence: float


def ground_of(face: FaceTrack) -> Ground:
    """The mesh of the standing face, without its skirt."""
    shape = topology()
    points = face.standing[:LANDMARKS]
    fine = shape.subdivision @ np.concatenate([points, skirt_rings(points)])
    own = shape.region != NO_REGION
    return Ground(cKDTree(fine[own, :2]), shape.region[own], shape.mean[own])


def pads(hand: HandTrack) -> F64:
    """Where the pads (f, 5, 2) of the fingers are, px."""
    tips, before = hand.joints[:, list(TIPS), :2], hand.joints[:, [tip - 1 for tip in TIPS], :2]
    return tips + TO_PAD * (before - tips)


def find_touches(face: FaceTrack, ground: Ground, hand: HandTrack, starts: F64) -> list[Touch]:
    """All touches of one hand; `starts` (f + 1,) s of the frames, and the end of the last."""
    places = to_face(face, pads(hand))
    under, gap = zip(*(ground.under(places[:, finger]) for finger in range(len(TIPS))), strict=True)
    inside = np.stack(gap, axis=1) < OUTSIDE_MM  # (f, 5)
    speed = hand_speed(to_face(face, hand.joints[..., :2]), starts)
    touches = []
    for start, end in _resting(speed, inside[:, :3].any(axis=1), starts):
        for finger in touching_fingers(hand, face, start, end):
            touches += _touch(hand, finger, start, end, inside[:, finger], under[finger], speed, starts)
    return touches


def hand_speed(places: F64, starts: F64) -> F64:
    """Speed (f,) mm/s of a hand over the face: the median of its joints (f, 21, 2) mm; NaN where it is not seen."""
    here = np.arange(len(places))
    seen = np.isfinite(places[:, 0, 0])
    before, after = np.clip(here - 1, 0, None), np.clip(here + 1, None, len(here) - 1)
    before, after = np.where(seen[before], before, here), np.where(seen[after], after, here)
    way = np.median(np.linalg.norm(places[after] - places[before], axis=2), axis=1)
    took = starts[after] - starts[before]
    return np.asarray(way / np.where(took > 0, took, 1.0))


def _resting(speed: F64, inside: NDArray[np.bool_], starts: F64) -> list[tuple[int, int]]:
    """Intervals in which the hand rests over the face: it must slow down to begin, and be fast to end."""
    on, state = np.zeros(len(speed), bool), False
    for i, (here, v) in enumerate(zip(inside, speed, strict=True)):
        state = bool(here and v < (LEAVE_MM_S if state else ENTER_MM_S))
        on[i] = state
    for start, end in _runs(~on):
        if (
            start > 0
            and end < len(on) - 1
            and starts[end] - starts[start] < CLOSED_S - SAME_S
            and inside[start : end + 1].all()
        ):
            on[start : end + 1] = True  # a fast stroke within a contact
    return [(start, end) for start, end in _runs(on) if starts[end + 1] - starts[start] >= LEAST_S - SAME_S]


def _runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(start), int(stop) - 1) for start, stop in zip(starts, stops, strict=True)]


def touching_fingers(hand: HandTrack, face: FaceTrack, start: int, end: int) -> list[int]:
    """Fingers that touch in an interval: by how the hand is held, in the median of its frames."""
    joints = (hand.joints * face.mm_per_px[:, None, None])[start : end + 1]
    palm = float(np.nanmedian(np.linalg.norm(joints[:, MIDDLE_KNUCKLE] - joints[:, WRIST], axis=1)))
    stretched = [np.nanmedian(stretch(joints[:, list(chain)])) > STRETCHED for chain in CHAINS]
    apart = [_between(joints[..., :2], TIPS[k], TIPS[k + 1]) / palm for k in range(4)]
    if apart[0] < PINCHED and stretched[1]:
        return [0, 1]
    if not (stretched[1] or stretched[2]):
        return [1]  # nothing is sure: people mostly touch with the index finger
    together = [1 if stretched[1] else 2]
    while together[-1] < 4 and stretched[together[-1] + 1] and apart[together[-1]] < TOGETHER:
        together.append(together[-1] + 1)
    return together


def _between(joints: F64, a: int, b: int) -> float:
    return float(np.nanmedian(np.linalg.norm(joints[:, a] - joints[:, b], axis=1)))


def _touch(
    hand: HandTrack, finger: int, start: int, end: int, inside: NDArray[np.bool_], under: I32, speed: F64, starts: F64
) -> list[Touch]:  # fmt: skip
    """The part of an interval in which a finger is over the face, from its first frame there to its last."""
    there = start + np.flatnonzero(inside[start : end + 1] & (under[start : end + 1] >= 0))
    if np.diff(starts)[there].sum() < LEAST_S - SAME_S:
        return []
    first, last = int(there[0]), int(there[-1])
    vertices = under[there[np.searchsorted(there, np.arange(first, last + 1))]]
    calm = 1 - np.clip(speed[first : last + 1] / (2 * LEAVE_MM_S), 0, 0.5)
    seen = 0.5 + 0.5 * hand.seen[first : last + 1]
    over = len(there) / (last - first + 1)
    confidence = float(np.clip(np.nanmean(calm * seen) * over, LEAST_SURE, MOST_SURE))
    return [Touch(hand, finger, first, last, vertices.astype(np.int32), round(confidence, 3))]


def split_by_region(ground: Ground, touch: Touch, starts: F64) -> list[tuple[int, int, int]]:
    """Region, first and last frame of the parts of a touch; passing glances go to the part before or after."""
    labels = ground.region[touch.vertices].astype(int)
    own = starts[touch.start : touch.start + len(labels) + 1]
    least = LEAST_S - float(np.median(np.diff(own))) / 2

    def lasts(part: tuple[int, int, int]) -> float:
        """Seconds of a part, none for a single frame."""
        _, start, end = part
        return float(own[end + 1] - own[start]) if end > start else 0.0

    parts = _parts(labels)
    while len(parts) > 1 and min(map(lasts, parts)) < least + SAME_S:
        k = min(range(len(parts)), key=lambda i: lasts(parts[i]))
        near = [i for i in (k - 1, k + 1) if 0 <= i < len(parts)]
        longer = max(near, key=lambda i: lasts(parts[i]))
        labels[parts[k][1] : parts[k][2] + 1] = parts[longer][0]
        parts = _parts(labels)
    return [(region, touch.start + start, touch.start + end) for region, start, end in parts]


def _parts(labels: NDArray[np.int_]) -> list[tuple[int, int, int]]:
    """Runs of equal labels: label, first and last index."""
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(labels)]]) - 1
    return [(int(labels[s]), int(s), int(e)) for s, e in zip(starts, ends, strict=True)]
