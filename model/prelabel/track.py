"""What MediaPipe sees in a video, frame by frame: the main face, at most two hands, in the face's own millimetres.

Everything is brought into the frame of a standing face (mean of all frames): the head's motion, the distance of the
camera and the tilt are taken out, so that places and speeds can be compared.
"""

from collections.abc import Generator, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.body import CHAINS, JOINTS, LEFT_PUPIL, MIDDLE_KNUCKLE, RIGHT_PUPIL, WITH_IRISES, WRIST
from model.face.networks import quiet
from model.prelabel import crowd
from model.prelabel.video import Picture
from model.scene import F64, IPD_MM

# Landmarks that hold the picture of a face in place; few, because every frame pays for them.
ANCHORS: Final = (33, 133, 263, 362, 168, 6, 10, 151, 127, 356, 234, 454, 4, 2)
FACE_SCORE, HAND_SCORE, FOLLOW_SCORE = 0.4, 0.5, 0.4  # from which one is found, and a found hand is followed
STRETCHED: Final = 0.85  # tip to base over the length of the bones
TWICE: Final = 0.35  # of the palm's length, by which two sights of one hand differ
SAME_HAND: Final = 0.35  # of the picture's longer side, between frames
BRIDGED_S: Final = 0.6  # a hand that is lost for longer is gone


@dataclass(frozen=True)
class Sight:
    """What the networks found in one frame, px of the frame."""

    face: F64 | None  # (478, 3), z smaller is nearer
    hands: list["SeenHand"]
    others: bool = False  # there are more faces; this is the largest


@dataclass(frozen=True)
class SeenHand:
    """One hand in one frame."""

    joints: F64  # (21, 3) px, z in px from the wrist
    side: float  # likelihood that it is the subject's left
    world: F64  # (21, 3) m about its own middle, axes as the picture's


@dataclass(frozen=True)
class FaceTrack:
    """The face in every frame (f, 478, 3) px, gaps bridged, and the map of each frame to the standing face."""

    landmarks: F64
    standing: F64  # (478, 3) mm, z smaller is nearer
    to_mm: F64  # (f, 2, 3): (x, y, 1) px → mm
    mm_per_px: F64  # (f,)
    seen: NDArray[np.bool_]  # (f,)


@dataclass(frozen=True)
class HandTrack:
    """One hand in every frame (f, 21, 3) px, gaps bridged; NaN where there is none."""

    joints: F64
    world: F64  # (f, 21, 3) m about its own middle
    seen: NDArray[np.bool_]  # (f,) found by the network, not bridged
    left: bool  # the subject's left hand
    side: float  # 0.5 .. 1, how sure the network is of that


def look(pictures: Iterable[Picture | None]) -> list[Sight]:
    """Sights of all frames of a film; InputError if it cannot be read."""
    return [sight for sight in sights_of(pictures) if sight is not None]


def sights_of(pictures: Iterable[Picture | None]) -> Generator[Sight | None]:
    """What the networks find in each picture, None where there is none yet; closing it frees them; InputError."""
    with quiet():
        face, hands = _networks()
        faces = crowd.detector()
    try:
        loud, number, others = True, 0, np.empty((0, 4))
        for picture in pictures:
            if picture is None:
                yield None
                continue
            if number % crowd.EVERY == 0:
                with quiet() if not number else nullcontext():
                    others = crowd.others_of(faces, picture.image)
            number += 1
            with quiet() if loud else nullcontext():  # the graphs speak until each has had something to look at
                sight = _see(face, hands, picture, others)
            loud = loud and not sight.hands
            yield sight
    finally:
        for network in (face, hands, faces):
            network.close()


def _networks() -> tuple[Any, Any]:
    """Face Mesh and Hands that follow a video; of this call alone, because they remember."""
    from mediapipe.python import solutions

    face = solutions.face_mesh.FaceMesh(
        static_image_mode=False, refine_landmarks=True, max_num_faces=1, min_detection_confidence=FACE_SCORE
    )
    hands = solutions.hands.Hands(
        static_image_mode=False,
        max_num_hands=2,
        min_detection_confidence=HAND_SCORE,
        min_tracking_confidence=FOLLOW_SCORE,
    )
    return face, hands


def _see(face: Any, hands: Any, picture: Picture, others: F64) -> Sight:
    """What is in a picture; in the boxes (k, 4) px there are other people's faces."""
    scale = np.array([picture.width, picture.height, picture.width], np.float64)
    meshes = face.process(crowd.without(picture.image, others)).multi_face_landmarks
    found = hands.process(picture.image)
    # the network expects a mirrored picture: its "Right" is the subject's left
    sides = [
        h.classification[0].score if h.classification[0].label == "Right" else 1 - h.classification[0].score
        for h in found.multi_handedness or []
    ]
    pairs = zip(found.multi_hand_landmarks or [], sides, found.multi_hand_world_landmarks or [], strict=True)
    hands = [unmixed(SeenHand(_points(hand) * scale, side, _points(world))) for hand, side, world in pairs]
    return Sight(_points(meshes[0]) * scale if meshes else None, _apart_from_each_other(hands), len(others) > 0)


def _apart_from_each_other(hands: list[SeenHand]) -> list[SeenHand]:
    """Without the second of two that are one hand, seen twice."""
    if len(hands) == 2:
        first, second = (hand.joints[:, :2] for hand in hands)
        size = float(np.linalg.norm(first[MIDDLE_KNUCKLE] - first[WRIST]))
        if float(np.median(np.linalg.norm(first - second, axis=1))) < TWICE * size:
            return hands[:1]
    return hands


def unmixed(hand: SeenHand) -> SeenHand:
    """A hand with the fingers named right: a little finger stretched alone is an index finger.

    The network takes the back of a pointing hand for its palm, and then the left for the right hand.
    """
    stretched = [float(stretch(hand.joints[None, list(chain)])[0]) > STRETCHED for chain in CHAINS]
    if not stretched[4] or any(stretched[1:4]):
        return hand
    order = [*range(5), *range(17, 21), *range(13, 17), *range(9, 13), *range(5, 9)]
    return SeenHand(hand.joints[order], 1 - hand.side, hand.world[order])


def stretch(chain: F64) -> F64:
    """Tip to base over the length of the bones (f,) of joints (f, k, 3): 1 straight, 0.5 curled."""
    bones = np.linalg.norm(np.diff(chain, axis=1), axis=2).sum(axis=1)
    return np.asarray(np.linalg.norm(chain[:, -1] - chain[:, 0], axis=1) / np.maximum(bones, 1e-9))


def _points(landmarks: Any) -> F64:
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark])


def track_face(sights: list[Sight]) -> FaceTrack | None:
    """The face through time, smoothed a little; None if it was never found."""
    seen = np.array([sight.face is not None for sight in sights])
    if not seen.any():
        return None
    nothing = np.full((WITH_IRISES, 3), np.nan)
    landmarks = _smoothed(_bridged(np.stack([nothing if sight.face is None else sight.face for sight in sights])))
    standing = np.median(landmarks[seen], axis=0)
    standing -= standing.mean(axis=0)
    standing *= IPD_MM / np.linalg.norm(standing[RIGHT_PUPIL, :2] - standing[LEFT_PUPIL, :2])
    steady = list(ANCHORS)
    to_mm = np.stack([_similarity(frame[steady, :2], standing[steady, :2]) for frame in landmarks])
    scale = np.sqrt(np.abs(np.linalg.det(to_mm[:, :, :2])))
    return FaceTrack(landmarks, standing, to_mm, scale, seen)


def _similarity(source: F64, target: F64) -> F64:
    """Map (2, 3) that takes points (n, 2) onto others by turn, scale and shift (Umeyama 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    c = (a * b).sum() / (a**2).sum()
    s = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / (a**2).sum()
    turn = np.array([[c, -s], [s, c]])
    return np.column_stack([turn, target.mean(axis=0) - turn @ source.mean(axis=0)])


def track_hands(sights: list[Sight], size: tuple[int, int], starts: F64) -> list[HandTrack]:
    """Hands through time: each found hand goes to the track whose last place is nearest, if that is not long ago.

    `starts` (f + 1,) s. At most two go on at a time.
    """
    tracks: list[dict[int, SeenHand]] = []
    for frame, sight in enumerate(sights):
        free = [i for i, track in enumerate(tracks) if starts[frame] - starts[max(track)] <= BRIDGED_S]
        for hand in sorted(sight.hands, key=lambda hand: -abs(hand.side - 0.5)):
            near = min(free, key=lambda t: _apart(tracks[t], hand), default=None)
            if near is None or _apart(tracks[near], hand) > SAME_HAND * max(size):
                tracks.append({frame: hand})
                continue
            free.remove(near)
            tracks[near][frame] = hand
    return [_hand_track(track, len(sights), starts) for track in tracks if len(track) > 1]


def _apart(track: dict[int, SeenHand], hand: SeenHand) -> float:
    last, palm = track[max(track)].joints, [WRIST, MIDDLE_KNUCKLE]
    return float(np.linalg.norm(last[palm, :2].mean(axis=0) - hand.joints[palm, :2].mean(axis=0)))


def _hand_track(track: dict[int, SeenHand], frames: int, starts: F64) -> HandTrack:
    joints, world = np.full((frames, JOINTS, 3), np.nan), np.full((frames, JOINTS, 3), np.nan)
    for frame, hand in track.items():
        joints[frame], world[frame] = hand.joints, hand.world
    seen = ~np.isnan(joints[:, 0, 0])
    left = float(np.mean([hand.side for hand in track.values()]))
    return HandTrack(
        _smoothed(_bridged(joints, starts)), _smoothed(_bridged(world, starts)), seen, left >= 0.5, max(left, 1 - left)
    )


def _bridged(points: F64, starts: F64 | None = None) -> F64:
    """Missing frames (NaN) filled in between those that are there; with `starts` (f + 1,) s, only over short gaps."""
    frames = np.arange(len(points))
    there = np.flatnonzero(~np.isnan(points.reshape(len(points), -1)[:, 0]))
    flat = points.reshape(len(points), -1)[there]
    filled = np.stack([np.interp(frames, there, column) for column in flat.T], axis=1).reshape(points.shape)
    if starts is not None:
        after = np.searchsorted(there, frames)
        before = there[np.clip(after - 1, 0, None)]
        follows = there[np.clip(after, None, len(there) - 1)]
        outside = (frames < there[0]) | (frames > there[-1])
        longest = BRIDGED_S + float(np.median(np.diff(starts))) / 2
        filled[
            (outside | (starts[follows] - starts[before] > longest)) & np.isnan(points.reshape(len(points), -1)[:, 0])
        ] = np.nan
    return filled


def _smoothed(points: F64) -> F64:
    """Means (f, …) of three frames weighted 1 2 1: jitter of the networks; NaN stays where it was."""
    before, after = np.concatenate([points[:1], points[:-1]]), np.concatenate([points[1:], points[-1:]])
    mean = (np.where(np.isnan(before), points, before) + 2 * points + np.where(np.isnan(after), points, after)) / 4
    return np.asarray(mean)


def to_face(track: FaceTrack, points: F64) -> F64:
    """Points (f, k, 2) px of every frame in mm of the standing face."""
    return np.einsum("fij,fkj->fki", track.to_mm[:, :, :2], points) + track.to_mm[:, None, :, 2]
