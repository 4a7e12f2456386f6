"""Joint angles of the hand → bones in camera millimetres; fingertips and landmarks for those who aim it.

Angles are in degrees from the straight, flat hand. Flexion curls towards the palm; the spread of a finger
moves it away from the middle finger (the middle finger: to the thumb); palmar abduction lifts the thumb out
of the palm's plane and its twist turns the pad to the fingers. The wrist angles bend the forearm back,
because the hand is the root: positive are palmar flexion, radial deviation, pronation.
"""

from typing import Final, NamedTuple

import numba
import numpy as np

from model.body import JOINTS, RAYS, last_bone
from model.scene import F64, I32

from .asset import HandModel

ANGLES: Final[tuple[str, ...]] = (
    "wrist_flex", "wrist_deviation", "pronation",
    "thumb_cmc_flex", "thumb_cmc_abduct", "thumb_cmc_twist", "thumb_mcp", "thumb_ip",
    *(f"{ray}_{joint}" for ray in RAYS[1:] for joint in ("mcp", "spread", "pip", "dip")),
)  # fmt: skip
_FINGER_LIMITS: Final = ((-15, 90), (-12, 18), (-3, 110), (-5, 80))
LIMITS: Final[F64] = np.array(
    [(-60, 60), (-30, 20), (-80, 80), (-15, 45), (-15, 45), (-15, 50), (-5, 55), (-10, 80)]
    + [limit for _ in range(4) for limit in _FINGER_LIMITS],
    dtype=float,
)
_FAN: Final = np.array([-2.0, 0.0, 3.5, 8.0])  # degrees to the ulnar side at spread 0, index .. little
_ROLL: Final = np.array([4.0, 0.0, -4.0, -9.0])  # degrees about the bone: curled fingers converge
_AWAY: Final = np.array([-1.0, -1.0, 1.0, 1.0])


def angles(**named: float) -> F64:
    """Vector (24,) of named angles; the others are 0."""
    out = np.zeros(len(ANGLES))
    for name, value in named.items():
        out[ANGLES.index(name)] = value
    return out


def _hand(thumb: tuple[float, ...], *fingers: tuple[float, ...]) -> F64:
    """Vector (24,) of a thumb (cmc flex, abduct, twist, mcp, ip) and four fingers (mcp, spread, pip, dip)."""
    return np.array([0.0, 0.0, 0.0, *thumb, *(a for finger in fingers for a in finger)])


RELAXED: Final = _hand((11, 14, 12, 14, 16), (26, 0, 32, 15), (32, 0, 40, 19), (36, 0, 44, 21), (37, 2, 43, 19))
FLAT: Final = _hand((4, 6, 7, 10, 10), (4, 2, 9, 5), (6, 0, 11, 6), (10, 1, 15, 8), (24, 4, 31, 18))
POINT: Final = _hand((12, 24, 14, 14, 16), (9, 0, 13, 8), (60, 0, 78, 42), (66, 0, 84, 43), (68, 3, 82, 40))
TWO_FINGERS: Final = _hand((24, 28, 26, 28, 34), (10, 0, 13, 8), (12, 0, 15, 9), (64, 0, 82, 42), (68, 0, 80, 40))
PINCH: Final = _hand((24, 39, 34, 21, 21), (49, -2, 57, 14), (64, 0, 75, 38), (72, 0, 80, 42), (74, 3, 80, 40))


class Bones(NamedTuple):
    """Where the bones are, in the order of model.body.BONES."""

    rotation: F64  # (18, 3, 3)
    position: F64  # (18, 3) mm, where each begins


class Skeleton(NamedTuple):
    """The bones at rest."""

    joints: F64  # (18, 3) mm
    frames: F64  # (18, 3, 3)
    parents: I32  # (18,)


def pose_bones(
    model: HandModel, angle: F64, wrist_rotation: F64 | None = None, wrist_position: F64 | None = None
) -> Bones:
    """Rotations (18, 3, 3) and positions (18, 3) of BONES for angles (24,) in degrees.

    `wrist_rotation` and `wrist_position` take the hand frame to camera millimetres (default: stay in it).
    """
    rotation = np.eye(3) if wrist_rotation is None else np.ascontiguousarray(wrist_rotation, dtype=np.float64)
    position = np.zeros(3) if wrist_position is None else np.ascontiguousarray(wrist_position, dtype=np.float64)
    skeleton = Skeleton(model.joints, model.frames, model.parents)
    return Bones(*_pose(np.asarray(angle, dtype=np.float64), skeleton, rotation, position))


def fingertips(model: HandModel, bones: Bones, tip: bool = False) -> tuple[F64, F64]:
    """Pad centres (5, 3) and outward normals (5, 3), thumb .. little; `tip` asks for the poking points."""
    vertex = model.tip if tip else model.pad
    skeleton = Skeleton(model.joints, model.frames, model.parents)
    return _carried(model.vertices[vertex], model.normals[vertex], skeleton, bones)


def landmarks(model: HandModel, bones: Bones) -> F64:
    """The 21 landmarks (21, 3) of MediaPipe Hands: wrist, then four a finger from the thumb on."""
    rotation, position = bones
    out = np.empty((JOINTS, 3))
    out[0] = position[0]
    for ray in range(5):
        last = last_bone(ray)
        out[1 + 4 * ray : 4 + 4 * ray] = position[last - 2 : last + 1]
        end = model.frames[last].T @ (model.fingertips[ray] - model.joints[last])
        out[4 + 4 * ray] = position[last] + rotation[last] @ end
    return out


@numba.njit(nogil=True, cache=True)
def _euler(z: float, y: float, x: float) -> F64:
    """Rotation Rz · Ry · Rx of angles in radians."""
    cz, sz, cy, sy, cx, sx = np.cos(z), np.sin(z), np.cos(y), np.sin(y), np.cos(x), np.sin(x)
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


@numba.njit(nogil=True, cache=True)
def _pose(angle: F64, skeleton: Skeleton, rotation: F64, position: F64) -> tuple[F64, F64]:
    joints, frames, parents = skeleton
    a = np.radians(angle)
    rotations, positions = np.empty_like(frames), np.empty_like(joints)
    rotations[0], positions[0] = rotation, position
    for bone in range(1, 18):
        parent = parents[bone]
        ray, link = (bone - 1) // 3, (bone - 1) % 3
        if bone == 16:
            relative = _euler(a[1], 0.0, a[0])
        elif bone == 17:
            relative = frames[17] @ _euler(0.0, -a[2], 0.0)
        elif bone == 1:
            relative = frames[1] @ _euler(-a[4], a[5], -a[3])
        elif ray == 0:
            relative = _euler(0.0, 0.0, -a[5 + link])
        elif link == 0:
            first = 8 + 4 * (ray - 1)
            side = np.radians(_FAN[ray - 1]) + _AWAY[ray - 1] * a[first + 1]
            relative = _euler(side, np.radians(_ROLL[ray - 1]), -a[first])
        else:
            relative = _euler(0.0, 0.0, -a[8 + 4 * (ray - 1) + 1 + link])
        rotations[bone] = rotations[parent] @ relative
        rest = frames[parent].T @ (joints[bone] - joints[parent])
        positions[bone] = positions[parent] + rotations[parent] @ rest
    return rotations, positions


@numba.njit(nogil=True, cache=True)
def _carried(points: F64, outward: F64, skeleton: Skeleton, bones: Bones) -> tuple[F64, F64]:
    """Points and normals (5, 3) at rest, moved with the last bones."""
    joints, frames, _ = skeleton
    moved, facing = np.empty((5, 3)), np.empty((5, 3))
    for ray in range(5):
        bone = 3 + 3 * ray
        turn = bones.rotation[bone] @ frames[bone].T
        moved[ray] = turn @ (points[ray] - joints[bone]) + bones.position[bone]
        facing[ray] = turn @ outward[ray]
    return moved, facing
