"""How the person answers: the head gives way, the lids shut where a finger comes near, the face shows what it feels."""

from typing import Final

import numpy as np

from model.body import LANDMARKS, LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from model.motion.answers import Kind, Touched, answer_touch
from model.motion.drag import drag_corners
from model.motion.gaze import look
from model.motion.lids import blinks, guarded
from model.patterns import Gesture
from model.scene import F64, FaceScan

HEAD_MM, HEAD_RAD = 5.0, 0.052  # for a poke's press of 1
HEAD_OF: Final[dict[Kind, float]] = {"poke": 1.0, "pinch": 1.0, "stroke": 0.65, "swipe": 0.55}  # share of that
HEAD_VARIES = 0.8, 1.2  # factor that seeds draw
NECK = np.array([0.0, 110.0, 90.0])  # mm from the middle of the face: the pivot of the head
LAG_S = 0.09  # time constant of the neck
LAG_STEP_S = 0.01
PULLED_MM, PULLED = 5, 0.8  # a pull longer than this moves the head along, by so much of a push
SWAY = (1.5, 1.0, 0.8, 0.0060, 0.0085, 0.0050)  # of an idle head, mm and radians by axis
SWAY_HZ = 0.12, 0.40
FELT = 0.02  # press from which a touch is one
SIDE_MM = 18.0  # by which an eye must be nearer than the other to answer alone
TOGETHER = 1.0  # of the way that one eye's lids shut before a finger, the other's go along
SWIPE_ACT = 0.3  # share of the clip under which a way over the face is a swipe


def kind_of(gesture: Gesture) -> Kind:
    """What a touch is, to the one who feels it."""
    if gesture.close:
        return "pinch"
    if len(gesture.path) == 1:
        return "poke"
    return "swipe" if gesture.act < SWIPE_ACT else "stroke"


def react(
    scan: FaceScan,
    gesture: Gesture,
    touch: F64,
    normal: F64,
    press: F64,
    joints: F64,
    time: F64,
    rng: np.random.Generator,
) -> tuple[dict[str, F64], F64]:
    """Expressions name → (f,) and head motion (f, 6): mm, then radians.

    A touch at `touch` (3,) mm where the skin faces `normal`; `press` (f,) 0..1.5, `joints` (f, 21, 3) mm of the hand,
    `time` (f,) s.
    """  # fmt: skip
    left, right = (scan.vertices[list(corners)].mean(axis=0) for corners in (LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS))
    to_left, to_right = np.linalg.norm(touch - left), np.linalg.norm(touch - right)
    own_left = float(1.0 / (1.0 + np.exp((to_left - to_right) / SIDE_MM)))
    start = float(time[np.argmax(press > FELT)])
    touched = Touched(kind_of(gesture), gesture.regions, own_left, press, time, start)
    curves = answer_touch(scan, touched, rng)
    shut = blinks(time, start, float(min(to_left, to_right)), rng)
    curves |= _lids(curves, shut, guarded(scan, joints, time))
    curves |= drag_corners(scan, gesture, touch, press, joints, float(time[1] - time[0]))
    curves |= look(scan, joints, time, start, rng)
    pull = np.array(gesture.pull)
    felt = HEAD_OF[touched.kind] * _lagged(press, float(time[1] - time[0]))
    head = _head(scan, touch, normal, pull, felt, time, rng)
    return {name: curves[name] for name in scan.expressions if name in curves}, head


def _lids(curves: dict[str, F64], shut: F64, guard: dict[str, F64]) -> dict[str, F64]:
    """Blinks and squints of both sides: lids that are shut do not squint."""
    out = {}
    for side, other in (("left", "right"), ("right", "left")):
        kept = np.maximum(guard[side], TOGETHER * guard[other])
        closed = np.maximum(np.maximum(shut, kept), curves.get("half", 0 * shut)).clip(0, 1)
        out[f"blink_{side}"] = closed
        out[f"squint_{side}"] = curves.get(f"squint_{side}", 0 * shut) * (1 - closed)
    return out


def _lagged(press: F64, dt: float) -> F64:
    """Critically damped answer of second order."""
    out = np.zeros_like(press)
    value = speed = 0.0
    steps = max(1, int(np.ceil(dt / LAG_STEP_S)))
    for i, wanted in enumerate(press):
        for _ in range(steps):
            h = dt / steps
            speed += h * ((wanted - value) / LAG_S**2 - 2 * speed / LAG_S)
            value += h * speed
        out[i] = value
    return out


def _head(scan: FaceScan, touch: F64, normal: F64, pull: F64, felt: F64, time: F64, rng: np.random.Generator) -> F64:
    strength = np.linalg.norm(pull)
    push = pull / strength * PULLED if strength > PULLED_MM else -normal
    arm = touch - (scan.vertices[:LANDMARKS].mean(axis=0) + NECK)
    turn = np.cross(arm, push)
    turn /= np.linalg.norm(turn) + 1e-9
    sway = np.zeros((len(time), len(SWAY)))
    for axis, size in enumerate(SWAY):
        rate, phase = rng.uniform(*SWAY_HZ, 2), rng.uniform(0, 2 * np.pi, 2)
        wave = np.sin(2 * np.pi * rate * time[:, None] + phase).sum(axis=1)
        sway[:, axis] = size * (wave - wave[0])
    answer = np.concatenate([HEAD_MM * push, HEAD_RAD * turn]) * rng.uniform(*HEAD_VARIES)
    return sway + felt[:, None] * answer
