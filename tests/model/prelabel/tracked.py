"""A face and a hand made of numbers, for tests that need no picture: an upright mean face of 2 px a mm."""

import numpy as np

from model.body import CHAINS, LANDMARKS, WITH_IRISES
from model.face.shape import mean_shape
from model.prelabel.track import FaceTrack, HandTrack, SeenHand, Sight, track_face

PX_PER_MM = 2.0
MIDDLE = np.array([320.0, 240.0])
RATE = 25.0


def mesh() -> np.ndarray:
    """The mean face (478, 3) px in the middle of a picture of 640 x 480, with pupils."""
    face = np.zeros((WITH_IRISES, 3))
    face[:LANDMARKS] = mean_shape() * PX_PER_MM
    for pupil, corners in ((468, (33, 133)), (473, (263, 362))):
        face[pupil : pupil + 5] = face[list(corners)].mean(axis=0)
    face[:, :2] += MIDDLE
    return face


def face_track(frames: int) -> FaceTrack:
    """The face that holds still."""
    track = track_face([Sight(mesh(), [])] * frames)
    assert track is not None
    return track


def hand_shape(stretched: tuple[int, ...] = (1,)) -> np.ndarray:
    """A left hand (21, 3) mm that points up, wrist at 0, the given fingers stretched, the others curled."""
    joints = np.zeros((21, 3))
    joints[1:5] = [[20, -20, 0], [32, -42, 0], [34, -58, 0], [30, -70, 0]]
    for ray, chain in enumerate(CHAINS):
        if ray == 0:
            continue
        base = np.array([24.0 - 16 * (ray - 1), -88.0, 0.0])
        for k, joint in enumerate(chain):
            up = (0, 36, 60, 82)[k] if ray in stretched else (0, 30, 18, 4)[k]
            joints[joint] = base + [0, -up, 0 if ray in stretched else (0, -20, -34, -30)[k]]
    return joints


def hand_at(place: np.ndarray, tip: int = 8, scale: float = 1.0, stretched: tuple[int, ...] = (1,)) -> SeenHand:
    """The hand whose joint `tip` lies at `place` (2,) px, `scale` times as large as the face says."""
    shape = hand_shape(stretched)
    joints = shape * PX_PER_MM * scale
    joints[:, :2] += place - joints[tip, :2]
    return SeenHand(joints, 1.0, shape / 1000)


def hand_track(hands: list[SeenHand]) -> HandTrack:
    """The hand seen in every frame, unsmoothed."""
    joints, world = np.stack([hand.joints for hand in hands]), np.stack([hand.world for hand in hands])
    return HandTrack(joints, world, np.ones(len(hands), bool), True, 1.0)


def times(frames: int, rate: float = RATE) -> np.ndarray:
    """When frames begin, and the last one ends (f + 1,) s."""
    return np.arange(frames + 1) / rate
