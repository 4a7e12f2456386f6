"""Key poses through time: reach from below, way over the face, pull of a pinch, return. Minimum jerk throughout."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from annotation.taxonomy import FINGERS
from model.body import RAYS
from model.hand import ANGLES, RELAXED, HandModel, fingertips, pose_bones
from model.motion.place import Way, along
from model.motion.solve import Pose
from model.motion.timing import Timing, ramp, swelling
from model.patterns import Gesture
from model.scene import F64

HOVER_MM = 16.0  # between pad and skin when the reach ends
# mm to its own side and away from where the hand comes from, under the picture, and to where it goes: farther out
ASIDE_IN, ASIDE_OUT = np.array([50.0, 0.0, -30.0]), np.array([85.0, 0.0, -50.0])
DOWN_VARIES = 0.95, 1.15
# mm by which the way bows half-way: hands swing about the elbow, in front of a face
BOW_IN, BOW_OUT = np.array([14.0, 0.0, -55.0]), np.array([34.0, -14.0, -78.0])
BOW_VARIES = 0.7, 1.35
TURN_IN, TURN_OUT, TURN_VARIES = (0.34, 0.05, 0.26), (0.52, -0.12, 0.38), 0.07  # rad of the hand at the reach's far end
UNCURLED = 0.9  # how much of a relaxed hand the fingers take on there
# Shares of the clip: a finger begins to shape itself so long after its reach begins, is done so long before it ends
LAGS, LEADS = (0.06, 0.15), (-0.01, 0.03)
OPENS_WIDER_DEG = 11.0  # by which touching fingers open on their way more than they need (Jeannerod 1984)
LOOSELY = 0.3  # of that on the way back, where nothing is reached for
STRAY_DEG, STRAY_CYCLES = 1.8, (0.8, 3.0)  # of idle fingers, and how often in a clip
TREMOR_MM, TREMOR_RAD, TREMOR_CYCLES = 0.4, 0.007, (1.5, 7.0)  # the latter in a clip
# Shares of the clip
LANDING = 0.12  # from HOVER_MM to the skin
COMING, ARRIVES_BEFORE, LEAVES_BEFORE = (0.27, 0.37), 0.015, 0.005  # before the first, first and last contact
WAY_MARGIN = 0.01  # by which the way over the face begins before the touch and ends after it
SQUEEZE_BEFORE, CLOSES_AFTER = 0.05, 0.012  # the touch: when a pinch begins to close
OPENS, OPENS_AFTER = 0.55, 0.02  # how far a pinch opens again, and how long after its pressure begins to fall
SLACKENS = 0.7  # how much of a hold's slackening opens a pinch
PULL_ENDS_AFTER = 0.03  # the last contact
PULL_BEFORE, PULL_TAKES = 0.04, 0.6  # full pressure, and of the time from there until it falls


TOWARDS_CAMERA = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class Script:
    """A gesture laid on one face."""

    gesture: Gesture
    ways: list[Way]
    timing: Timing
    intensity: float
    crosses: bool  # the left hand on the right side
    rng: np.random.Generator
    below: float = 285.0  # mm from the touch to where no finger is in the picture any more


@dataclass(frozen=True)
class Reach:
    """How a hand comes and goes."""

    begins: float  # share of the clip
    coming: F64  # (f,) 1 .. 0 how far it still has to come
    going: F64  # (f,) 0 .. 1 how far it has gone
    turn: Rotation  # (f,)
    offset: F64  # (f, 3) mm


def through_time(model: HandModel, script: Script, keys: list[Pose], shares: F64, t: F64) -> list[Pose]:
    """Pose at every time `t` (f,), as shares of the clip; pads still at the height of the unloaded skin."""
    share = _progress(script, t)
    angles = _smooth_angles(keys, shares, share)
    rotation = _turning(keys, shares, share)
    reach = _reach(script, t)
    angles = _shaped(script, angles, t, reach)
    rotation = reach.turn * rotation
    lift = _lift(script, t)
    offset = reach.offset + lift + TREMOR_MM * idle_waves(t, script.rng)
    return [
        Pose(turned, _on_way(model, script, keys, Pose(turned, np.zeros(3), bent), float(s)) + shift, bent)
        for turned, bent, s, shift in zip(rotation, angles, share, offset, strict=True)
    ]


def pulled(script: Script, poses: list[Pose], t: F64) -> list[Pose]:
    """Poses that draw the skin as far as the gesture says."""
    drift = np.array(script.gesture.pull) * _pull(script, t)[:, None] * script.intensity
    return [replace(pose, position=pose.position + shift) for pose, shift in zip(poses, drift, strict=True)]


def _smooth_angles(keys: list[Pose], shares: F64, share: F64) -> F64:
    """Angles (f, 24) by a least-squares quadratic through the keys: the solver's jitter does not reach the hand."""
    stacked = np.stack([pose.angles for pose in keys])
    if len(keys) == 1:
        return np.repeat(stacked, len(share), axis=0)
    fit = np.polynomial.polynomial.polyfit(shares, stacked, min(2, len(keys) - 1))
    return np.polynomial.polynomial.polyval(share, fit).T


def _turning(keys: list[Pose], shares: F64, share: F64) -> Rotation:
    """Rotations (f,) through the keys, quadratic in the rotation vector from the first."""
    first = keys[0].rotation
    vectors = np.stack([(pose.rotation * first.inv()).as_rotvec() for pose in keys])
    if len(keys) == 1:
        return Rotation.concatenate([first] * len(share))
    if len(keys) == 2:
        return Slerp(shares, Rotation.concatenate([pose.rotation for pose in keys]))(share)
    fit = np.polynomial.polynomial.polyfit(shares, vectors, 2)
    return Rotation.from_rotvec(np.polynomial.polynomial.polyval(share, fit).T) * first


def _reach(script: Script, t: F64) -> Reach:
    """The way to the face, and another one back."""
    timing, rng = script.timing, script.rng
    begins = timing.touch - rng.uniform(*COMING)
    coming = 1 - ramp(t, begins, timing.touch - ARRIVES_BEFORE)
    going = ramp(t, timing.release - LEAVES_BEFORE, timing.gone)
    offset = np.zeros((len(t), 3))
    for part, aside, bow in ((coming, ASIDE_IN, BOW_IN), (going, ASIDE_OUT, BOW_OUT)):
        offset += part[:, None] * (aside + [0.0, script.below, 0.0]) * rng.uniform(*DOWN_VARIES, 3)
        offset += (4 * part * (1 - part))[:, None] * bow * rng.uniform(*BOW_VARIES, 3)
    turn_in = rng.normal(scale=TURN_VARIES, size=3) + TURN_IN
    turn_out = rng.normal(scale=TURN_VARIES, size=3) + TURN_OUT
    turn = coming[:, None] * turn_in + going[:, None] * turn_out + TREMOR_RAD * idle_waves(t, rng)
    return Reach(begins, coming, going, Rotation.from_rotvec(turn), offset)


def _shaped(script: Script, angles: F64, t: F64, reach: Reach) -> F64:
    """Angles (f, 24) of fingers that take their shape on the way, each in its own time, and lose it again."""
    timing, rng, touching = script.timing, script.rng, script.gesture.fingers
    out = angles.copy()
    opening, closing_again = (16 * (part * (1 - part)) ** 2 for part in (reach.coming, reach.going))
    wider = OPENS_WIDER_DEG * (opening + LOOSELY * closing_again)
    for finger, lag, lead in zip(RAYS, rng.uniform(*LAGS, 5), rng.uniform(*LEADS, 5), strict=True):
        own = [i for i, name in enumerate(ANGLES) if name.startswith(finger)]
        loose = 1 - ramp(t, reach.begins + lag, timing.touch - ARRIVES_BEFORE - lead)
        loose = loose + ramp(t, timing.release - LEAVES_BEFORE + lead, timing.gone - lag)
        out[:, own] += UNCURLED * loose[:, None] * (RELAXED[own] - out[:, own])
        bent = [i for i in own if not ANGLES[i].endswith(("spread", "abduct", "twist"))]
        stray = STRAY_DEG * idle_waves(t, rng, STRAY_CYCLES)[:, :1]
        out[:, bent] -= wider[:, None] if finger in touching else stray
    return out


def _lift(script: Script, t: F64) -> F64:
    """Offset (f, 3) mm off the skin just before and after the touch: along its normal and towards the camera."""
    timing = script.timing
    normal, leaving = (
        np.mean([along(way, share)[1] for way in script.ways], axis=0) + TOWARDS_CAMERA for share in (0.0, 1.0)
    )
    before = HOVER_MM * (1 - ramp(t, timing.touch - LANDING, timing.touch))
    after = HOVER_MM * ramp(t, timing.release, timing.release + LANDING)
    return before[:, None] * normal / np.linalg.norm(normal) + after[:, None] * leaving / np.linalg.norm(leaving)


def _on_way(model: HandModel, script: Script, keys: list[Pose], pose: Pose, share: float) -> F64:
    """Wrist (3,) mm that puts the leading fingertip on its way, or the middle of a pinch where its keys have it."""
    if script.gesture.close:
        first, last = (_middle(model, script, key) for key in (keys[0], keys[-1]))
        return (1 - share) * first + share * last - _middle(model, script, pose)
    leading = FINGERS.index(script.gesture.fingers[0])
    return along(script.ways[0], share)[0] - _pads(model, script, pose)[leading]


def _middle(model: HandModel, script: Script, pose: Pose) -> F64:
    which = [FINGERS.index(finger) for finger in script.gesture.fingers]
    return np.asarray(_pads(model, script, pose)[which].mean(axis=0))


def _pads(model: HandModel, script: Script, pose: Pose) -> F64:
    bones = pose_bones(model, pose.angles, pose.rotation.as_matrix(), pose.position)
    return fingertips(model, bones, tip=script.gesture.tip)[0]


def idle_waves(t: F64, rng: np.random.Generator, cycles: tuple[float, float] = TREMOR_CYCLES) -> F64:
    """Slow idle movement (f, 3) of unit size: three sines per axis, each so often in a clip."""
    rate, phase, size = (
        rng.uniform(*cycles, (3, 3)),
        rng.uniform(0, 2 * np.pi, (3, 3)),
        np.clip(rng.normal(size=(3, 3)), -1.3, 1.3) * 0.5,
    )
    return (size * np.sin(2 * np.pi * rate * t[:, None, None] + phase)).sum(axis=2)


def _progress(script: Script, t: F64) -> F64:
    """Share of the way done (f,); of a pinch, how far it is closed."""
    timing = script.timing
    if script.gesture.close:
        closed = ramp(t, *closing(script)) - SLACKENS * swelling(timing, t)
        return closed - OPENS * ramp(t, timing.ease + OPENS_AFTER, timing.release)
    return ramp(t, timing.touch - WAY_MARGIN, timing.release + WAY_MARGIN)


def closing(script: Script) -> tuple[float, float]:
    """When a pinch closes: a squeeze to touch at all, on flat skin once the pads lie on it."""
    timing = script.timing
    return timing.touch - SQUEEZE_BEFORE if script.gesture.squeeze else timing.touch + CLOSES_AFTER, timing.firm


def _pull(script: Script, t: F64) -> F64:
    timing = script.timing
    start = timing.firm - PULL_BEFORE
    drawn = ramp(t, start, start + PULL_TAKES * (timing.ease - start))
    return drawn - ramp(t, timing.ease, timing.release + PULL_ENDS_AFTER)
