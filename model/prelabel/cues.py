"""What is measured of a tracked hand before a tracked face, frame by frame: where each joint is over the face, how
near the hand seems, how it is held and how fast it goes. Rules and network judge by these numbers alone.

The hand's nearness: pixels per metre of the hand (MediaPipe's world landmarks) over those of the face (its mesh in
three dimensions). It is about 1 where hand and face are as far from the camera as each other.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.body import CHAINS, LANDMARKS, MIDDLE_KNUCKLE, OVAL, PALM, TIPS, WRIST
from model.face.shape import mean_shape
from model.prelabel.track import FaceTrack, HandTrack, stretch, to_face
from model.prelabel.video import LOOK_AT
from model.scene import F64

TO_PAD: Final = 0.15  # from the tip's landmark towards the joint before it
FACE_EVERY: Final = 4  # landmarks that the face's size is taken from
KNUCKLES: Final = (5, 9, 13, 17)


@dataclass(frozen=True)
class Cues:
    """Of one hand (f, …); NaN where it is not seen."""

    inside: F64  # (f, 21) mm that each joint is inside the face's outline, negative outside
    pads: F64  # (f, 5) the same of the fingers' pads
    palm: F64  # (f,) the same of the palm's middle
    places: F64  # (f, 21, 2) mm, joints over the standing face, mirrored for a right hand
    speed: F64  # (f,) mm/s of most of the hand over the face
    pad_speed: F64  # (f, 5) mm/s
    stretched: F64  # (f, 5) 1 straight .. 0.5 curled
    nearness: F64  # (f,) 1 where the hand is as far away as the face, more if it is nearer
    misfit: F64  # (f,) share of the hand's shape that its own world landmarks do not explain
    shape: F64  # (f, 21, 3) hand in its own size (1 from wrist to middle knuckle), wrist at 0, as the left hand
    pixel: F64  # (f,) mm of a pixel of the picture that the networks saw


def pads_of(joints: F64) -> F64:
    """Where the pads (f, 5, k) of the fingers are, of joints (f, 21, k)."""
    tips, before = joints[:, list(TIPS)], joints[:, [tip - 1 for tip in TIPS]]
    return tips + TO_PAD * (before - tips)


def measure(face: FaceTrack, hand: HandTrack, starts: F64, long_side: float) -> Cues:
    """The cues of one hand; `starts` (f + 1,) s, `long_side` px of the film, of which the networks see LOOK_AT."""
    joints = hand.joints
    scale = face_scale(face)
    places = to_face(face, joints[..., :2])
    pads = pads_of(joints[..., :2])
    palm = joints[:, list(PALM), :2].mean(axis=1)
    depths = inside_face(face, np.concatenate([joints[..., :2], pads, palm[:, None]], axis=1)) / scale[:, None]
    nearness, misfit = _nearness(hand, scale)
    side = -1.0 if not hand.left else 1.0
    over = to_face(face, pads)
    return Cues(
        inside=depths[:, :21],
        pads=depths[:, 21:26],
        palm=depths[:, 26],
        places=places * [side, 1.0],
        speed=_speed(places, starts),
        pad_speed=np.stack([_speed(over[:, k : k + 1], starts) for k in range(5)], axis=1),
        stretched=np.stack([stretch(joints[:, list(chain)]) for chain in CHAINS], axis=1),
        nearness=nearness,
        misfit=misfit,
        shape=_shape(hand) * [side, 1.0, 1.0],
        pixel=np.maximum(long_side / LOOK_AT, 1.0) / scale,
    )


def face_scale(face: FaceTrack) -> F64:
    """Pixels per mm (f,) of the face, whichever way it is turned."""
    own = face.landmarks[:, :LANDMARKS:FACE_EVERY]
    mean = mean_shape()[::FACE_EVERY]
    spread = np.sqrt(((own - own.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1))
    return np.asarray(spread / np.sqrt(((mean - mean.mean(axis=0)) ** 2).sum(axis=1).mean()))


def inside_face(face: FaceTrack, points: F64) -> F64:
    """How far (f, k) px points (f, k, 2) are inside the outline of each frame's own mesh."""
    out = np.full(points.shape[:2], np.nan)
    for frame, (mesh, row) in enumerate(zip(face.landmarks, points, strict=True)):
        if not np.isfinite(row).all():
            continue
        outline = mesh[list(OVAL), :2].astype(np.float32)
        out[frame] = [cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in row]
    return out


def _nearness(hand: HandTrack, scale: F64) -> tuple[F64, F64]:
    """Pixels per mm of the hand over those of the face (f,), and how badly its world landmarks fit (f,)."""
    seen, world = hand.joints[..., :2], hand.world[..., :2] * 1000
    seen, world = seen - seen.mean(axis=1, keepdims=True), world - world.mean(axis=1, keepdims=True)
    size = (seen * world).sum(axis=(1, 2)) / np.maximum((world**2).sum(axis=(1, 2)), 1e-9)
    rest = ((seen - size[:, None, None] * world) ** 2).sum(axis=(1, 2))
    return size / scale, np.sqrt(rest / np.maximum((seen**2).sum(axis=(1, 2)), 1e-9))


def _shape(hand: HandTrack) -> F64:
    own = hand.world - hand.world[:, :1]
    size = np.linalg.norm(own[:, MIDDLE_KNUCKLE] - own[:, WRIST], axis=1)
    return np.asarray(own / np.maximum(size, 1e-9)[:, None, None])


def _speed(places: F64, starts: F64) -> F64:
    """Speed (f,) mm/s of most of some points (f, k, 2) mm; NaN where they are not seen."""
    here = np.arange(len(places))
    seen = np.isfinite(places[:, 0, 0])
    before, after = np.clip(here - 1, 0, None), np.clip(here + 1, None, len(here) - 1)
    before, after = np.where(seen[before], before, here), np.where(seen[after], after, here)
    way = np.median(np.linalg.norm(places[after] - places[before], axis=2), axis=1)
    took = starts[after] - starts[before]
    return np.asarray(way / np.where(took > 0, took, 1.0))
