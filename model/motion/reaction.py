"""How the person answers: the head gives way a little, eyes blink where a hand comes near, a firm touch shows."""

import numpy as np

from model.body import LANDMARKS, LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from model.scene import F64, FaceScan

HEAD_MM, HEAD_RAD = 2.0, 0.018  # for a press of 1
NECK = np.array([0.0, 110.0, 90.0])  # mm from the middle of the face: the pivot of the head
LAG_S = 0.09  # time constant of the neck
LAG_STEP_S = 0.01
PULLED_MM, PULLED = 5, 0.8  # a pull longer than this moves the head along, by so much of a push
SWAY = (0.5, 0.35, 0.2, 0.0016, 0.0022, 0.0012)  # of an idle head, mm and radians by axis
SWAY_HZ = 0.15, 0.45
BLINK_S = 0.20  # closing and opening
SHUTTING, OPENING_FROM, OPENING = 0.35, 0.45, 0.55  # of it: the lids close, and open
FELT = 0.02  # press from which a touch is one
BLINK_BEFORE_S, BLINK_VARIES_S = 0.10, 0.03  # the touch
LATER_S, LATER_VARIES_S, LATER_BLINKS = 0.7, 0.9, 0.75  # after it: another blink, and in how many clips there is one
EYE_NEAR_MM = 62.0  # a touch nearer than this to an eye makes it blink before
FIRM, FIRM_SPAN = 0.55, 0.6  # press from which a face winces, and over how much more it winces fully
SIDE_MM = 18.0  # by which an eye must be nearer than the other to answer alone
SQUINT, SQUINT_OWN = 0.25, 0.5  # of both eyes, and of the nearer one besides
WINCE, BROW = 0.55, 0.55


def react(
    scan: FaceScan, touch: F64, normal: F64, pull: F64, press: F64, time: F64, rng: np.random.Generator
) -> tuple[dict[str, F64], F64]:
    """Expressions name → (f,) and head motion (f, 6): mm, then radians; `press` (f,) 0..1.5, `time` (f,) s."""
    dt = float(time[1] - time[0])
    felt = _lagged(press, dt)
    return _expressions(scan, touch, press, felt, time, rng), _head(scan, touch, normal, pull, felt, time, rng)


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
    answer = np.concatenate([HEAD_MM * push, HEAD_RAD * turn])
    return sway + felt[:, None] * answer


def _expressions(
    scan: FaceScan, touch: F64, press: F64, felt: F64, time: F64, rng: np.random.Generator
) -> dict[str, F64]:
    left, right = (scan.vertices[list(corners)].mean(axis=0) for corners in (LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS))
    out = {name: np.zeros(len(time)) for name in scan.expressions}
    start = float(time[np.argmax(press > FELT)])
    to_left, to_right = np.linalg.norm(touch - left), np.linalg.norm(touch - right)
    nearest = min(to_left, to_right)
    shut = np.zeros(len(time))
    if nearest < EYE_NEAR_MM:
        shut = _blink(time, start - BLINK_BEFORE_S + rng.uniform(-BLINK_VARIES_S, BLINK_VARIES_S))
    later = start + LATER_S + rng.uniform(0.0, LATER_VARIES_S)
    shut = np.maximum(shut, _blink(time, later) * (rng.random() < LATER_BLINKS))
    firm = np.clip((felt - FIRM) / FIRM_SPAN, 0, 1)
    for side, here, there in (("left", to_left, to_right), ("right", to_right, to_left)):
        own = 1.0 / (1.0 + np.exp((here - there) / SIDE_MM))
        out[f"blink_{side}"] = shut
        out[f"squint_{side}"] = (SQUINT + SQUINT_OWN * own) * firm * (1 - shut)
        out[f"wince_{side}"] = WINCE * own * firm
    out["brow_lower"] = BROW * firm
    return out


def _blink(time: F64, start: float) -> F64:
    """0 open .. 1 shut (f,): closes fast, opens slowly."""
    s = (time - start) / BLINK_S
    closing, opening = np.clip(s / SHUTTING, 0, 1), np.clip((s - OPENING_FROM) / OPENING, 0, 1)
    return (closing**2 * (3 - 2 * closing)) * (1 - opening**2 * (3 - 2 * opening))
