"""Poses of the whole arm for given places of the fingertips: damped least squares over 30 numbers.

What is asked for, in order of weight: fingertips at their places and facing the skin; joints within their limits;
the forearm towards the elbow; the other fingers and the palm clear of the face; a natural curl; the gesture's way of
holding the hand.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import leastsq
from scipy.spatial.transform import Rotation

from annotation.taxonomy import FINGERS
from model.body import FOREARM_BONE, JOINTS, LANDMARKS, TIP_OF
from model.hand import ANGLES, LIMITS, HandModel, fingertips, landmarks, pose_bones
from model.motion.residuals import Aim, Posture, Surroundings, fill_residuals, rotation_of
from model.scene import F64, FaceScan

# Shoulder from the middle of the face, in mm for an adult: viewer's right, down, away (ANSUR II means, rounded)
SHOULDER = np.array([165.0, 275.0, 95.0])
OBSTACLE_SKIRT, OBSTACLE_EVERY = 0.3, 8  # how far out the face is in a hand's way, and which vertices stand for it
UNIT = 20.0  # mm and degrees that count as much as a radian
ROUNDS = 50  # of least squares, each with one numerical Jacobian
ENOUGH = 1e-4  # relative change that ends them
ELBOW_HANGS = (1.0, -0.10)  # down and away from the camera, beside how far a gesture lifts it
KEEPS_DEG, TOUCHING_DEG, WRIST_DEG, SPREAD_DEG = 9.0, 22.0, 40.0, 5.0  # how far angles may leave the preset


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
    strict: float  # weight of that
    tip: bool  # the poking point touches, not the pad
    preset: F64  # (24,) degrees
    rotation: Rotation  # how the gesture holds the hand
    elbow_out: float  # how far the elbow is lifted to the side


def surroundings_of(scan: FaceScan) -> Surroundings:
    """A coarse copy of the face."""
    skin = np.flatnonzero(scan.skirt < OBSTACLE_SKIRT)[::OBSTACLE_EVERY]
    centre = scan.vertices[:LANDMARKS].mean(axis=0)
    return Surroundings(scan.vertices[skin], scan.normals[skin], centre + SHOULDER)


def hand_frame(points: tuple[float, float, float], back: tuple[float, float, float]) -> Rotation:
    """Rotation whose y axis points along `points` and whose z axis faces `back` as far as that allows."""
    y = np.array(points) / np.linalg.norm(points)
    z = np.array(back) - y * (y @ np.array(back))
    z /= np.linalg.norm(z)
    return Rotation.from_matrix(np.stack([np.cross(y, z), y, z], axis=1))


def solve_pose(model: HandModel, body: Surroundings, goal: Goal, start: Pose, anchor: float = 0.0) -> Pose:
    """The pose that meets `goal` best, sought from `start`, and held to it with weight `anchor`."""
    which = np.array([FINGERS.index(finger) for finger in goal.fingers])
    touching = {TIP_OF[finger] - k for finger in goal.fingers for k in (0, 1)}
    idle = np.array([j for j in range(1, JOINTS) if j not in touching])
    frame = goal.rotation.as_matrix()
    first = np.concatenate(
        [(start.rotation * goal.rotation.inv()).as_rotvec(), start.position / UNIT, start.angles / UNIT]
    )
    wanted = Aim(
        goal.points, goal.facing, goal.strict, LIMITS, goal.preset, _angle_weights(goal.fingers),
        np.array([goal.elbow_out, *ELBOW_HANGS]), first, anchor,
    )  # fmt: skip
    out = np.zeros(6 * len(which) + 2 * len(ANGLES) + 6 + len(idle) + len(first))

    def residuals(x: F64) -> F64:
        angles, wrist = x[6:] * UNIT, x[3:6] * UNIT
        bones = pose_bones(model, angles, rotation_of(x[:3]) @ frame, wrist)
        places, faces = fingertips(model, bones, tip=goal.tip)
        forearm = -bones.rotation[FOREARM_BONE][:, 1]
        posture = Posture(angles, places[which], faces[which], landmarks(model, bones)[idle], forearm, wrist)
        fill_residuals(x, posture, wanted, body, out)
        return out.copy()

    # the numbers have one scale already (UNIT); full output: running out of rounds is expected, and no reason to warn
    x, *_ = leastsq(
        residuals, first, maxfev=ROUNDS * (len(first) + 1), ftol=ENOUGH, xtol=ENOUGH, diag=np.ones(len(first)),
        full_output=True,
    )  # fmt: skip
    return Pose(Rotation.from_rotvec(x[:3]) * goal.rotation, x[3:6] * UNIT, x[6:] * UNIT)


def _angle_weights(fingers: tuple[str, ...]) -> F64:
    """How firmly each angle keeps to the preset: 1 / degrees. Touching fingers may flex, wrists bend freely."""
    spread = np.full(len(ANGLES), KEEPS_DEG)
    for i, name in enumerate(ANGLES):
        part = name.split("_")[0]
        if part in fingers:
            spread[i] = TOUCHING_DEG
        if part in ("wrist", "pronation"):
            spread[i] = WRIST_DEG
        if name.endswith("spread"):
            spread[i] = SPREAD_DEG
    return 1.0 / spread
