"""What makes a hand supple: the wrist bends with the arm, joints yield to what they press, idle fingers drift.

The leading fingertip, or the middle of a pinch, stays where it is; so does the last phalanx of a finger that touches.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from annotation.taxonomy import FINGERS
from model.body import RAYS
from model.hand import ANGLES, LIMITS, HandModel, fingertips, pose_bones
from model.motion.follow import pressure
from model.motion.residuals import Surroundings, elbow_at
from model.motion.solve import ELBOW_HANGS, Pose
from model.motion.timing import minimum_jerk, ramp
from model.motion.trajectory import Script, idle_waves
from model.scene import F64

SWAY_RAD, SWAY_CYCLES = 0.04, (0.6, 1.9)  # of the whole hand about what it touches, and how often in a clip
FOLLOWS = 0.8  # how much the wrist bends so that the forearm keeps pointing to the elbow
YIELDS: Final = {"mcp": 4.0, "pip": 7.0, "dip": -11.0}  # degrees at a press of 1: the last joint gives way
GLIDES = 0.4  # share of that in a finger that moves over the face
TENSE_DEG = 7.0  # by which idle fingers curl as others press
DRIFT_DEG, DRIFT_CYCLES = 3.5, (0.5, 1.7)  # of idle fingers, and how often in a clip
WORKS_DEG = 8.0  # by which a stroking finger bends at its middle joint, and stretches at its knuckle, to each side


def supple(model: HandModel, body: Surroundings, script: Script, poses: list[Pose], t: F64) -> list[Pose]:
    """Poses at `t` (f,) whose joints give."""
    bent = np.stack([pose.angles for pose in poses]) + _bends(script, t)
    sway = Rotation.from_rotvec(SWAY_RAD * idle_waves(t, script.rng, SWAY_CYCLES))
    out = []
    for pose, angles, turn in zip(poses, bent, sway, strict=True):
        loose = replace(pose, angles=angles, rotation=turn * pose.rotation)
        out.append(replace(loose, position=pose.position + _touch(model, script, pose) - _touch(model, script, loose)))
    return _with_arm(body, script, poses, out, t)


def _bends(script: Script, t: F64) -> F64:
    """Degrees (f, 24) by which fingers bend more."""
    gesture, rng = script.gesture, script.rng
    press = pressure(script.timing, t) * min(script.intensity, 1.0)
    works = WORKS_DEG * _working(script, t)
    yields = press * (1.0 if len(gesture.path) == 1 else GLIDES)
    out = np.zeros((len(t), len(ANGLES)))
    for finger in RAYS:
        drift = DRIFT_DEG * idle_waves(t, rng, DRIFT_CYCLES)
        for k, joint in enumerate(("mcp", "pip", "dip")):
            name = f"{finger}_{joint}"
            if name not in ANGLES:
                continue
            i = ANGLES.index(name)
            if finger not in gesture.fingers:
                out[:, i] = drift[:, k] + (TENSE_DEG * press if finger != "thumb" else 0.0)
            elif not gesture.close:  # the joints of a pinch hold its pads against each other
                out[:, i] = YIELDS[joint] * yields + works * {"mcp": -1.0, "pip": 1.0, "dip": 0.0}[joint]
    return out


def _working(script: Script, t: F64) -> F64:
    """−1 .. 1 how far (f,) a finger has drawn itself in on its way over the face; 0 where there is no way."""
    if len(script.gesture.path) == 1 or script.gesture.close:
        return np.zeros_like(t)
    timing = script.timing
    drawn = 2 * minimum_jerk((t - timing.touch) / (timing.release - timing.touch)) - 1
    near = ramp(t, timing.touch - 0.12, timing.touch) * (1 - ramp(t, timing.release, timing.release + 0.12))
    return np.asarray(drawn * near)


def _touch(model: HandModel, script: Script, pose: Pose) -> F64:
    """What stays where it is (3,) mm: the leading contact point, or the middle of a pinch."""
    bones = pose_bones(model, pose.angles, pose.rotation.as_matrix(), pose.position)
    fingers = script.gesture.fingers if script.gesture.close else script.gesture.fingers[:1]
    places, _ = fingertips(model, bones, tip=script.gesture.tip)
    return np.asarray(places[[FINGERS.index(finger) for finger in fingers]].mean(axis=0))


def _with_arm(body: Surroundings, script: Script, poses: list[Pose], loose: list[Pose], t: F64) -> list[Pose]:
    """Poses whose wrists bend as far as the way to the elbow differs from that at the first contact."""
    wrist = np.array([_to_elbow(body, script, pose) for pose in loose])
    first = int(np.argmin(np.abs(t - script.timing.touch)))
    more = FOLLOWS * (wrist - _to_elbow(body, script, poses[first]))
    out = []
    for pose, bend in zip(loose, more, strict=True):
        angles = pose.angles.copy()
        angles[:2] = np.clip(angles[:2] + bend, *np.sort([LIMITS[:2, 0], LIMITS[:2, 1]], axis=0))
        out.append(replace(pose, angles=angles))
    return out


def _to_elbow(body: Surroundings, script: Script, pose: Pose) -> F64:
    """Wrist flexion and deviation (2,) in degrees with which the forearm points to the elbow."""
    hangs = np.array([script.gesture.elbow_out, *ELBOW_HANGS])
    span = elbow_at(pose.position, body.shoulder, hangs) - pose.position
    x, y, z = pose.rotation.inv().apply(span / (np.linalg.norm(span) + 1e-9))
    return np.degrees([-np.arcsin(np.clip(z, -1, 1)), np.arctan2(x, -y)])
