"""Poses of the whole arm for given places of the fingertips: damped least squares over 30 numbers.

What is asked for, in order of weight: fingertips at their places and facing the skin; joints within their limits;
the forearm towards the elbow; the other fingers and the palm clear of the face; a natural curl; the gesture's way of
holding the hand.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from annotation.taxonomy import FINGERS
from model.hand import ANGLES, BONES, LIMITS, HandModel, fingertips, landmarks, pose_bones
from model.motion.arm import elbow_of
from model.scene import F64, FaceScan

CLEAR_MM = 14.0  # bones of idle fingers keep this far from the skin
TIP_OF = {"thumb": 4, "index": 8, "middle": 12, "ring": 16, "little": 20}  # MediaPipe's joints
FOREARM = BONES.index("forearm")
ROUNDS = 14  # of least squares, each with one numerical Jacobian


@dataclass(frozen=True)
class Pose:
    """One pose of the hand."""

    rotation: Rotation  # palm to camera axes
    position: F64  # (3,) mm, wrist
    angles: F64  # (24,) degrees


@dataclass(frozen=True)
class Goal:
    """What a pose is to achieve."""

    fingers: tuple[str, ...]
    points: F64  # (k, 3) mm: where the contact points go
    facing: F64  # (k, 3) direction in which each pad should face
    tip: bool  # the poking point touches, not the pad
    preset: F64  # (24,) degrees
    rotation: Rotation  # how the gesture holds the hand
    elbow_out: float  # how far the elbow is lifted to the side
    strict: float  # weight of which way the pads face


@dataclass(frozen=True)
class Body:
    """The face as an obstacle, and where the arm comes from."""

    tree: cKDTree
    vertices: F64
    normals: F64
    centre: F64  # (3,) mm


def body_of(scan: FaceScan) -> Body:
    """A coarse copy of the face."""
    skin = np.flatnonzero(scan.skirt < 0.3)[::5]
    vertices = scan.vertices[skin]
    return Body(cKDTree(vertices), vertices, scan.normals[skin], scan.vertices[:468].mean(axis=0))


def hand_frame(points: tuple[float, float, float], back: tuple[float, float, float]) -> Rotation:
    """Rotation whose y axis points along `points` and whose z axis faces `back` as far as that allows."""
    y = np.array(points) / np.linalg.norm(points)
    z = np.array(back) - y * (y @ np.array(back))
    z /= np.linalg.norm(z)
    return Rotation.from_matrix(np.stack([np.cross(y, z), y, z], axis=1))


def solve_pose(model: HandModel, body: Body, goal: Goal, start: Pose, anchor: float = 0.0) -> Pose:
    """The pose that meets `goal` best, sought from `start`, and held to it with weight `anchor`."""
    which = [FINGERS.index(finger) for finger in goal.fingers]  # type: ignore[arg-type]
    idle = [j for j in range(1, 21) if j not in {t - k for t in (TIP_OF[f] for f in goal.fingers) for k in (0, 1)}]
    weight = _angle_weights(goal.fingers)

    def unpack(x: F64) -> Pose:
        return Pose(Rotation.from_rotvec(x[:3]) * goal.rotation, x[3:6] * 20.0, x[6:] * 20.0)

    def residuals(x: F64) -> F64:
        pose = unpack(x)
        bones = pose_bones(model, pose.angles, pose.rotation.as_matrix(), pose.position)
        places, faces = fingertips(model, bones, tip=goal.tip)
        joints = landmarks(model, bones)
        over = np.maximum(pose.angles - LIMITS[:, 1], 0) + np.maximum(LIMITS[:, 0] - pose.angles, 0)
        return np.concatenate(
            [
                (places[which] - goal.points).ravel() / 0.7,
                (faces[which] - goal.facing).ravel() * goal.strict,
                over / 4.0,
                (_forearm(bones) - _to_elbow(pose.position, body, goal.elbow_out)) * 2.2,
                _crowding(body, joints[idle]) / 2.5,
                (pose.angles - goal.preset) * weight,
                x[:3] * 1.5,
                (x - first) * anchor,
            ]
        )

    first = np.concatenate([(start.rotation * goal.rotation.inv()).as_rotvec(), start.position / 20.0, start.angles / 20.0])
    return unpack(least_squares(residuals, first, method="lm", max_nfev=ROUNDS * (len(first) + 1)).x)


def _angle_weights(fingers: tuple[str, ...]) -> F64:
    """How firmly each angle keeps to the preset: 1 / degrees. Touching fingers may flex, wrists bend freely."""
    spread = np.full(len(ANGLES), 9.0)
    for i, name in enumerate(ANGLES):
        part = name.split("_")[0]
        if part in fingers:
            spread[i] = 22.0
        if part in ("wrist", "pronation"):
            spread[i] = 40.0
        if name.endswith("spread"):
            spread[i] = 5.0
    return 1.0 / spread


def _forearm(bones: tuple[F64, F64]) -> F64:
    """Direction (3,) from the wrist to the elbow."""
    return -bones[0][FOREARM][:, 1]


def _to_elbow(wrist: F64, body: Body, out: float) -> F64:
    span = elbow_of(wrist, body.centre, out) - wrist
    return span / np.linalg.norm(span)


def _crowding(body: Body, joints: F64) -> F64:
    """How much (k,) mm joints are nearer to the skin than CLEAR_MM."""
    gap, near = body.tree.query(joints)
    height = np.einsum("ij,ij->i", joints - body.vertices[near], body.normals[near])
    return np.where(gap < 45.0, np.maximum(CLEAR_MM - height, 0), 0.0)

