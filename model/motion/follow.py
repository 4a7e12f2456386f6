"""Exact depth: the touching pads are brought to the wanted height over the unloaded skin in every frame."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from model.hand import ANGLES, HandModel, pose_bones
from model.motion.pads import local_pads, pad_points
from model.motion.place import Way
from model.motion.solve import Pose
from model.motion.timing import Timing, ramp, swelling
from model.motion.trajectory import HOVER_MM, LANDING, Script
from model.scene import F64, FaceScan

LEAD = 0.03  # share of the clip before the touch from which pads follow the skin
FADE = 0.14  # share of the clip over which the correction fades
SETTLED, LANDED = 0.004, 0.012  # shares by which the landing outlasts the touch, and to each side of it the skin gives
MOST_DEPTH = 0.92  # of what the tissue allows
AT_ONCE, PRESSED = 0.3, 0.7  # of the depth: by landing, by pressure
SEE_MM = 38.0  # pads look for the skin this far
AROUND_MM = 45.0  # of the way: skin that matters
BEND = 25.0  # degrees at most that a knuckle gives to bring its pad to the skin
BEND_STEP, BEND_ENOUGH = 8, 0.02  # degrees at most in one step, and less than which is no step
LEVER, LEVERS = -0.9, (-2.0, -0.3)  # mm of height per degree at the knuckle: to begin with, and what is believed
LEAST_SEEN_MM = 1.0  # beyond the nearest skin, where all of it is farther than SEE_MM
LOWEST_MM = 0.8  # height over which points of the pad count less for the normal
SHIFTS, FLEXES = 3, 4  # rounds


@dataclass(frozen=True)
class HeightField:
    """The unloaded face as a height field for the fingers."""

    tree: cKDTree
    vertices: F64
    normals: F64
    limit: float  # mm of indentation that the tissue allows along the way
    pads: dict[str, F64]  # finger → (k, 3) mm in the frame of its last bone


def height_field(scan: FaceScan, model: HandModel, ways: list[Way]) -> HeightField:
    """The skin around the ways."""
    centre = np.concatenate([way.points for way in ways])
    gap = np.linalg.norm(scan.vertices[:, None] - centre[None], axis=2).min(axis=1)
    near = np.flatnonzero((gap < AROUND_MM) & (scan.skirt < 1e-6))
    tree = cKDTree(scan.vertices[near])
    limit = float(scan.depth_limit[near[tree.query(centre)[1]]].min())
    pads = local_pads(model, [way.finger for way in ways])
    return HeightField(tree, scan.vertices[near], scan.normals[near], limit, pads)


def pressure(timing: Timing, t: F64) -> F64:
    """0..1 how firmly the face is touched (f,)."""
    steady = ramp(t, timing.touch, timing.firm) - ramp(t, timing.ease, timing.release)
    return np.asarray(steady - swelling(timing, t))


def _wanted_height(script: Script, t: F64, limit: float) -> F64:
    """Height (f,) mm of the pads over the unloaded skin, negative inside it."""
    timing = script.timing
    depth = min(script.gesture.depth * script.intensity, MOST_DEPTH * limit)
    before = HOVER_MM * (1 - ramp(t, timing.touch - LANDING, timing.touch + SETTLED))
    after = HOVER_MM * ramp(t, timing.release - SETTLED, timing.release + LANDING)
    landed = ramp(t, timing.touch - LANDED, timing.touch + LANDED)
    landed = landed - ramp(t, timing.release - LANDED, timing.release + LANDED)
    return before + after - AT_ONCE * depth * landed - PRESSED * depth * pressure(timing, t)


def follow_skin(model: HandModel, skin: HeightField, script: Script, poses: list[Pose], t: F64) -> list[Pose]:
    """Poses whose pads are as high as wanted: the hand shifts for the leading finger, the others flex.

    The fingers of a pinch keep their distance from each other: the hand shifts for both.
    Worked out while they touch; before and after, the correction fades in and out, so that nothing jumps.
    A squeeze stays as it is: its pads press from both sides, and no shift serves both.
    """
    if script.gesture.squeeze:
        return poses
    timing = script.timing
    touching = np.flatnonzero((t >= timing.touch - LEAD) & (t <= timing.release + LEAD / 2))
    heights = _wanted_height(script, t, skin.limit)
    exact = {i: _set_height(model, skin, script, poses[i], float(heights[i])) for i in touching}
    first, last = int(touching[0]), int(touching[-1])
    fade = ramp(t, t[first] - FADE, t[first]) * (1 - ramp(t, t[last], t[last] + FADE))
    out = []
    for i, pose in enumerate(poses):
        edge = min(max(i, first), last)
        shift = exact[edge].position - poses[edge].position
        bend = exact[edge].angles - poses[edge].angles
        out.append(replace(pose, position=pose.position + fade[i] * shift, angles=pose.angles + fade[i] * bend))
    return out


def _set_height(model: HandModel, skin: HeightField, script: Script, pose: Pose, height: float) -> Pose:
    fingers, pinch = script.gesture.fingers, script.gesture.close > 0
    for _ in range(SHIFTS):
        seen = [pad_height(model, skin, pose, finger) for finger in (fingers if pinch else fingers[:1])]
        here, normal = float(np.mean([h for h, _ in seen])), np.mean([n for _, n in seen], axis=0)
        pose = replace(pose, position=pose.position + normal / np.linalg.norm(normal) * (height - here))
    for finger in () if pinch else fingers[1:]:
        pose = _flex_to(model, skin, pose, finger, height)
    return pose


def _flex_to(model: HandModel, skin: HeightField, pose: Pose, finger: str, height: float) -> Pose:
    """Flex one finger at its knuckle until its pad is `height` mm over the skin (secant steps)."""
    joint = ANGLES.index(f"{finger}_mcp")
    start = bent = pose.angles[joint]
    here, _ = pad_height(model, skin, pose, finger)
    lever = LEVER
    for _ in range(FLEXES):
        step = np.clip((height - here) / lever, -BEND_STEP, BEND_STEP)
        fresh = float(np.clip(bent + step, start - BEND, start + BEND))
        if abs(fresh - bent) < BEND_ENOUGH:
            break
        there, _ = pad_height(model, skin, _bent(pose, joint, fresh), finger)
        lever = float(np.clip((there - here) / (fresh - bent), *LEVERS))
        bent, here = fresh, there
    return _bent(pose, joint, bent)


def _bent(pose: Pose, joint: int, degrees: float) -> Pose:
    angles = pose.angles.copy()
    angles[joint] = degrees
    return replace(pose, angles=angles)


def pad_height(model: HandModel, skin: HeightField, pose: Pose, finger: str) -> tuple[float, F64]:
    """Least height in mm of a finger's pad over the unloaded skin, and the skin's normal there."""
    bones = pose_bones(model, pose.angles, pose.rotation.as_matrix(), pose.position)
    pad = pad_points(skin.pads, bones, finger)
    gap, near = skin.tree.query(pad)
    heights = np.einsum("ij,ij->i", pad - skin.vertices[near], skin.normals[near])
    heights = np.where(gap < max(SEE_MM, gap.min() + LEAST_SEEN_MM), heights, np.inf)
    lowest = int(np.argmin(heights))
    weights = np.exp(-(heights - heights[lowest]) / LOWEST_MM)
    normal = (skin.normals[near] * weights[:, None]).sum(axis=0)
    return float(heights[lowest]), normal / np.linalg.norm(normal)
