"""How the person answers: the head gives way a little, eyes blink where a hand comes near, a firm touch shows."""

import numpy as np

from model.body import LANDMARKS, LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from model.scene import F64, FaceScan

HEAD_MM, HEAD_RAD = 2.0, 0.018  # for a press of 1
NECK = np.array([0.0, 110.0, 90.0])  # mm from the middle of the face: the pivot of the head
LAG_S = 0.09  # time constant of the neck
BLINK_S = 0.20  # closing and opening
EYE_NEAR_MM = 62.0  # a touch nearer than this to an eye makes it blink before
FIRM = 0.55  # press from which a face winces


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
    steps = max(1, int(np.ceil(dt / 0.01)))
    for i, wanted in enumerate(press):
        for _ in range(steps):
            h = dt / steps
            speed += h * ((wanted - value) / LAG_S**2 - 2 * speed / LAG_S)
            value += h * speed
        out[i] = value
    return out


def _head(scan: FaceScan, touch: F64, normal: F64, pull: F64, felt: F64, time: F64, rng: np.random.Generator) -> F64:
    strength = np.linalg.norm(pull)
    push = pull / strength * 0.8 if strength > 5 else -normal
    arm = touch - (scan.vertices[:LANDMARKS].mean(axis=0) + NECK)
    turn = np.cross(arm, push)
    turn /= np.linalg.norm(turn) + 1e-9
    sway = np.zeros((len(time), 6))
    for axis, size in enumerate([0.5, 0.35, 0.2, 0.0016, 0.0022, 0.0012]):
        rate, phase = rng.uniform(0.15, 0.45, 2), rng.uniform(0, 2 * np.pi, 2)
        wave = np.sin(2 * np.pi * rate * time[:, None] + phase).sum(axis=1)
        sway[:, axis] = size * (wave - wave[0])
    answer = np.concatenate([HEAD_MM * push, HEAD_RAD * turn])
    return sway + felt[:, None] * answer


def _expressions(
    scan: FaceScan, touch: F64, press: F64, felt: F64, time: F64, rng: np.random.Generator
) -> dict[str, F64]:
    left, right = (scan.vertices[list(corners)].mean(axis=0) for corners in (LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS))
    out = {name: np.zeros(len(time)) for name in scan.expressions}
    start = float(time[np.argmax(press > 0.02)])
    to_left, to_right = np.linalg.norm(touch - left), np.linalg.norm(touch - right)
    nearest = min(to_left, to_right)
    shut = _blink(time, start - 0.10 + rng.uniform(-0.03, 0.03)) if nearest < EYE_NEAR_MM else np.zeros(len(time))
    later = start + 0.7 + rng.uniform(0.0, 0.9)
    shut = np.maximum(shut, _blink(time, later) * (rng.random() < 0.75))
    firm = np.clip((felt - FIRM) / 0.6, 0, 1)
    for side, here, there in (("left", to_left, to_right), ("right", to_right, to_left)):
        own = 1.0 / (1.0 + np.exp((here - there) / 18.0))
        out[f"blink_{side}"] = shut
        out[f"squint_{side}"] = (0.25 + 0.5 * own) * firm * (1 - shut)
        out[f"wince_{side}"] = 0.55 * own * firm
    out["brow_lower"] = 0.55 * firm
    return out


def _blink(time: F64, start: float) -> F64:
    """Closes fast, opens slowly (a third and two thirds of the time)."""
    s = (time - start) / BLINK_S
    closing, opening = np.clip(s / 0.35, 0, 1), np.clip((s - 0.45) / 0.55, 0, 1)
    return (closing**2 * (3 - 2 * closing)) * (1 - opening**2 * (3 - 2 * opening))
