"""From a gesture to a whole motion: key poses, trajectory, depth on the skin, the person's answer."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from annotation.taxonomy import FINGERS
from model.body import RAYS
from model.hand import (
    ANGLES,
    FLAT,
    PINCH,
    POINT,
    TWO_FINGERS,
    Bones,
    HandModel,
    fingertips,
    landmarks,
    pose_bones,
)
from model.motion.follow import HeightField, follow_skin, height_field, pad_height, pressure
from model.motion.motion import Motion
from model.motion.place import along
from model.motion.reaction import react
from model.motion.solve import Goal, Pose, Surroundings, hand_frame, solve_pose
from model.motion.supple import supple
from model.motion.trajectory import Script, pulled, through_time
from model.patterns import Gesture
from model.scene import F64, FaceScan

PRESETS = {"POINT": POINT, "PINCH": PINCH, "FLAT": FLAT, "TWO_FINGERS": TWO_FINGERS}
KEYS = 4  # poses along a path
OPEN_MM = 22.0  # between the pads of a pinch before it closes
CLEAR_MM = 6.0  # between each pad and the skin before it squeezes
LEVELLING = 2  # rounds that bring the pads of a pinch to one height
CROSSING = (-0.65, -0.75, 0.20), (-0.40, 0.20, -0.90)  # points and back of a hand on the other side
PALM_MM, ABOVE_MM = 165.0, 20.0  # from fingertip back to wrist, and off the palm: where the first guess puts it
TILT_RAD = 0.05  # standard deviation by which seeds turn the hand
ANCHOR = 0.35  # weight by which a key pose is held to the one before
GENTLE, FIRMER = 0.4, 0.6  # share of a pinch's closing at no intensity, and what an intensity of 1 adds
PAD_MM = 0.5  # pads of a pinch off the skin
TO_SKIN_OPEN, TO_SKIN_CLOSED = 0.7, 0.3  # how much the pads face the skin beside each other
GRIP_AFTER, LET_GO_BEFORE = 0.010, 0.004  # the first contact, the last contact: shares of the clip
CURL_VARIES_DEG = 4.0  # standard deviation by which seeds bend idle fingers


def plan_motion(scan: FaceScan, model: HandModel, body: Surroundings, script: Script, fps: int, frames: int) -> Motion:
    """The whole motion of one clip."""
    t = np.arange(frames) / max(frames - 1, 1)
    skin = height_field(scan, model, script.ways)
    keys, shares = _key_poses(model, body, skin, script)
    poses = through_time(model, script, keys, shares, t)
    poses = supple(model, body, script, poses, t)
    poses = follow_skin(model, skin, script, poses, t)
    poses = pulled(script, poses, t)
    press = pressure(script.timing, t)
    bones = [pose_bones(model, pose.angles, pose.rotation.as_matrix(), pose.position) for pose in poses]
    touched = np.concatenate([way.points for way in script.ways]).mean(axis=0)
    expressions, head = react(
        scan, script.gesture, touched, along(script.ways[0], 0.5)[1], press * script.intensity,
        np.stack([landmarks(model, posed) for posed in bones]), t * frames / fps, script.rng,
    )  # fmt: skip
    return Motion(
        fps=fps,
        fingers=script.gesture.fingers,
        regions=script.gesture.regions,
        angles=np.stack([pose.angles for pose in poses]),
        rotation=np.stack([pose.rotation.as_matrix() for pose in poses]),
        position=np.stack([pose.position for pose in poses]),
        pads=_pads(model, script, bones),
        grip=_grip(script, t),
        squeeze=script.gesture.squeeze,
        press=press,
        friction=script.gesture.friction,
        path=np.concatenate([way.points for way in script.ways]),
        expressions=expressions,
        head=head,
    )


def gesture_frame(gesture: Gesture, crosses: bool) -> Rotation:
    """How a gesture holds the hand; one that crosses the face comes from below the chin, whatever it does."""
    return hand_frame(*CROSSING) if crosses else hand_frame(gesture.points, gesture.back)


def _key_poses(model: HandModel, body: Surroundings, skin: HeightField, script: Script) -> tuple[list[Pose], F64]:
    """Poses at shares of the way over the face (or of the closing of a pinch)."""
    gesture = script.gesture
    frame = Rotation.from_rotvec(script.rng.normal(scale=TILT_RAD, size=3)) * gesture_frame(gesture, script.crosses)
    preset = _own_curl(PRESETS[gesture.preset], gesture, script.rng)
    steps = 2 if gesture.close else KEYS if len(gesture.path) > 1 else 1
    shares = np.linspace(0, 1, steps)
    guess = Pose(frame, script.ways[0].points[0] + frame.apply([0.0, -PALM_MM, ABOVE_MM]), preset)
    pose = solve_pose(model, body, _goal(script, 0.0, preset, frame), guess)
    poses: list[Pose] = []
    for share in shares:
        goal = _goal(script, float(share), preset, frame)
        pose = solve_pose(model, body, goal, pose, anchor=ANCHOR if poses else 0.0)
        if gesture.close:
            pose = _level(model, body, skin, goal, pose, _clearance(gesture, float(share), script.intensity))
        poses.append(pose)
    return poses, shares


def _own_curl(preset: F64, gesture: Gesture, rng: np.random.Generator) -> F64:
    """The preset (24,), its idle fingers bent as this seed has it: neighbours much alike."""
    out, all_of_them = preset.copy(), rng.normal()
    for i, name in enumerate(ANGLES):
        finger, _, joint = name.partition("_")
        if finger in RAYS[1:] and finger not in gesture.fingers and joint in ("mcp", "pip"):
            out[i] += CURL_VARIES_DEG * (0.8 * all_of_them + 0.6 * rng.normal())
    return out


def _level(model: HandModel, body: Surroundings, skin: HeightField, goal: Goal, pose: Pose, height: float) -> Pose:
    """The pose with all pads at `height` mm over the skin: one on its edge would reach deeper than a flat one.

    Pads that squeeze have a side each, others rise together, so that they stay as far apart as they are.
    """
    for _ in range(LEVELLING):
        seen = [pad_height(model, skin, pose, finger) for finger in goal.fingers]
        outward = np.array([normal for _, normal in seen])
        if height == 0.0:
            outward[:] = outward.mean(axis=0) / np.linalg.norm(outward.mean(axis=0))
        goal = replace(goal, points=goal.points + np.array([[height - here] for here, _ in seen]) * outward)
        pose = solve_pose(model, body, goal, pose, anchor=ANCHOR)
    return pose


def _clearance(gesture: Gesture, share: float, intensity: float) -> float:
    """Height in mm of the pads of a pinch over the unloaded skin; what closes on the flat stays on it."""
    return CLEAR_MM - share * (CLEAR_MM + gesture.depth * intensity) if gesture.squeeze else 0.0


def _goal(script: Script, share: float, preset: F64, frame: Rotation) -> Goal:
    gesture = script.gesture
    spots = [along(way, share) for way in script.ways]
    points, normals = (np.array(column) for column in zip(*spots, strict=True))
    facing = -normals
    if gesture.squeeze:
        points = points + normals * _clearance(gesture, share, script.intensity)
    elif gesture.close:
        to_skin = TO_SKIN_OPEN + share * (TO_SKIN_CLOSED - TO_SKIN_OPEN)
        points, facing = _pinch_spots(points, normals, OPEN_MM - share * _closing(gesture, script.intensity), to_skin)
    return Goal(
        fingers=gesture.fingers, points=points, facing=facing, tip=gesture.tip, preset=preset, rotation=frame,
        elbow_out=gesture.elbow_out, strict=gesture.facing,
    )  # fmt: skip


def _closing(gesture: Gesture, intensity: float) -> float:
    """How far in mm the pads of a pinch come together: a gentle one gathers less skin."""
    return (OPEN_MM - gesture.close) * min(1.0, GENTLE + FIRMER * intensity)


def _pinch_spots(points: F64, normals: F64, apart: float, to_skin: float) -> tuple[F64, F64]:
    """Two spots `apart` mm from each other around the middle, pads towards each other and `to_skin` to the skin."""
    axis = points[0] - points[1]
    axis /= np.linalg.norm(axis)
    middle = points.mean(axis=0)
    spots = middle + np.array([0.5, -0.5])[:, None] * apart * axis + normals * PAD_MM
    facing = np.array([-1.0, 1.0])[:, None] * axis - to_skin * normals
    return spots, facing / np.linalg.norm(facing, axis=1, keepdims=True)


def _pads(model: HandModel, script: Script, bones: list[Bones]) -> F64:
    """Middles (f, k, 3) mm of the touching pads."""
    which = [FINGERS.index(finger) for finger in script.gesture.fingers]
    return np.stack([fingertips(model, posed, tip=script.gesture.tip)[0][which] for posed in bones])


def _grip(script: Script, t: F64) -> np.ndarray:
    """Frames (f,) in which a pinch holds the skin."""
    timing = script.timing
    if not script.gesture.close:
        return np.zeros(len(t), bool)
    return (t >= timing.touch + GRIP_AFTER) & (t < timing.release - LET_GO_BEFORE)
