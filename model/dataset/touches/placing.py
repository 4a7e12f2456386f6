"""The hand laid on the skin: the part that is meant faces it, the arm hangs, nothing is nearer than it should be."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from annotation.taxonomy import FINGERS
from model.body import FOREARM_BONE, FOREARM_PART
from model.dataset.touches.draw import FreeTouch, finger_number
from model.hand import ANGLES, HandModel, pose_bones, skin_hand
from model.scene import F64, I32, FaceScan

HANGS: Final = 3.0  # weight of an arm that hangs, beside 18 mm by which the part misses its place
ROLLS: Final = 20  # ways of turning the hand about the skin's normal that are tried
ELBOW: Final = np.array([0.45, 0.85, 0.15])  # where the left elbow hangs: viewer's right, down, away
TOWARDS_CAMERA: Final = np.array([0.0, 0.0, -1.0])
SEE_MM: Final = 45.0  # skin farther than this is not under a vertex
EVERY, EVERY_SKIN = 12, 2  # vertices of the hand, and of the skin, that are looked at
SLIDES: Final = 5  # rounds
BENDS: Final = 14  # angles tried for a finger
BEND_DEG: Final = 30.0  # from how it is held


@dataclass(frozen=True)
class Skin:
    """The unloaded face as the hand meets it."""

    tree: cKDTree
    vertices: F64
    normals: F64


@dataclass(frozen=True)
class Held:
    """A hand in one pose; `out` is the direction in which it leaves the skin."""

    angles: F64  # (24,)
    rotation: Rotation
    position: F64  # (3,)
    out: F64  # (3,)


def skin_of(scan: FaceScan) -> Skin:
    """The face with its skirt, as a height field."""
    few = slice(None, None, EVERY_SKIN)
    return Skin(cKDTree(scan.vertices[few]), scan.vertices[few], scan.normals[few])


def heights(skin: Skin, points: F64) -> F64:
    """Height (k,) mm of points (k, 3) over the skin, negative inside; infinite where no skin is under them."""
    gap, near = skin.tree.query(points, distance_upper_bound=SEE_MM)
    seen = np.isfinite(gap)
    out = np.full(len(points), np.inf)
    out[seen] = np.einsum("ij,ij->i", points[seen] - skin.vertices[near[seen]], skin.normals[near[seen]])
    return out


def hand_points(model: HandModel, held: Held) -> F64:
    """Vertices (k, 3) of the hand without its arm."""
    bones = pose_bones(model, held.angles, held.rotation.as_matrix(), held.position)
    return skin_hand(model, bones)[0][model.part < FOREARM_PART][::EVERY]


def lifted(model: HandModel, skin: Skin, held: Held, height: float, over: F64 | None = None) -> Held:
    """The hand moved along its way out until its lowest point is `height` mm over the skin."""
    points = hand_points(model, held) if over is None else over
    moved = np.zeros(3)
    for _ in range(SLIDES):
        high = heights(skin, points + moved)
        lowest = float(high.min())
        if not np.isfinite(lowest):
            break
        moved = moved + held.out * (height - lowest)
    return replace(held, position=held.position + moved)


def place_hand(
    model: HandModel, skin: Skin, touch: FreeTouch, spot: F64, rng: np.random.Generator, depth: float
) -> Held:
    """The hand, its part `depth` mm in the skin at a `spot` (2, 3: place and normal), its arm hanging."""
    foot, normal = spot
    points, normals = skin_hand(model, pose_bones(model, touch.angles))
    anchor = _anchor(model, normals, touch, rng)
    facing = normals[anchor] / np.linalg.norm(normals[anchor])
    towards = -normal + rng.normal(0, 0.25, 3)
    first = _turned_onto(facing, towards / np.linalg.norm(towards))
    out = normal + rng.uniform(0.2, 1.0) * TOWARDS_CAMERA
    out /= np.linalg.norm(out)
    best, least = None, np.inf
    for roll in rng.uniform(-np.pi, np.pi, ROLLS):
        rotation = Rotation.from_rotvec(roll * normal) * first
        held = Held(touch.angles, rotation, foot - rotation.apply(points[anchor]), out)
        bones = pose_bones(model, held.angles, rotation.as_matrix(), held.position)
        hangs = float(-bones.rotation[FOREARM_BONE][:, 1] @ ELBOW)
        held = lifted(model, skin, held, -depth)
        missed = float(np.linalg.norm(held.position - foot + rotation.apply(points[anchor])))
        cost = missed / 18.0 - HANGS * min(hangs, 0.7) + rng.normal(0, 0.2)
        if cost < least:
            best, least = held, cost
    assert best is not None
    for finger in touch.fingers[1:]:
        best = _bent_onto(model, skin, best, finger, -depth)
    return lifted(model, skin, best, -depth)


def _anchor(model: HandModel, normals: F64, touch: FreeTouch, rng: np.random.Generator) -> int:
    """The vertex that is to touch."""
    if touch.fingers:
        ray = finger_number(touch.fingers[0])
        return int((model.tip if touch.part == "tips" else model.pad)[ray])
    if touch.part == "palm":
        return int(rng.choice(_facing(model.part == FINGERS.index("palm"), normals[:, 2] < -0.8)))
    fingers = (model.part >= 1) & (model.part <= 4)
    # the backs of the first two links of a fist
    return int(rng.choice(_facing(fingers, (model.normals[:, 2] > 0.75) & (_along(model) < 0.6))))


def _facing(own: np.ndarray, facing: np.ndarray) -> I32:
    return np.flatnonzero(own & facing).astype(np.int32)


def _along(model: HandModel) -> F64:
    """0 at a finger's root, 1 at its end, of every vertex."""
    out = np.zeros(len(model.part))
    for ray in range(1, 5):
        own = model.part == ray
        y = model.vertices[own, 1]
        out[own] = (y - y.min()) / np.ptp(y)
    return out


def _turned_onto(a: F64, b: F64) -> Rotation:
    """The smallest turn that takes one direction onto another."""
    axis = np.cross(a, b)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return Rotation.identity() if a @ b > 0 else Rotation.from_rotvec(np.pi * np.array([0.0, 1.0, 0.0]))
    return Rotation.from_rotvec(axis / length * np.arctan2(length, float(a @ b)))


def _bent_onto(model: HandModel, skin: Skin, held: Held, finger: str, height: float) -> Held:
    """One finger bent at its knuckle until its skin is as high as wanted."""
    if finger == "thumb":
        return held
    joint, own = ANGLES.index(f"{finger}_mcp"), model.part == finger_number(finger)
    best, least = held, np.inf
    for step in np.linspace(-BEND_DEG, BEND_DEG, BENDS):
        angles = held.angles.copy()
        angles[joint] = np.clip(angles[joint] + step, -15, 90)
        bones = pose_bones(model, angles, held.rotation.as_matrix(), held.position)
        high = float(heights(skin, skin_hand(model, bones)[0][own][:: EVERY // 2]).min())
        if abs(high - height) < least:
            best, least = replace(held, angles=angles), abs(high - height)
    return best
