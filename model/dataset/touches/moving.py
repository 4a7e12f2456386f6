"""A held hand through time: it comes, does what it does over the skin, and goes."""

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from annotation.taxonomy import REGIONS
from model.dataset.touches.draw import FRAMES, FreeTouch, height_curve, slide_curve
from model.dataset.touches.placing import Held, Skin, hand_points, heights, lifted, place_hand
from model.hand import HandModel
from model.motion.motion import Motion
from model.scene import F64, NO_REGION, FaceScan

DEPTH_MM: Final = (1.2, 3.4)  # how far the unloaded skin is entered
REACH: Final = np.array([45.0, 150.0, -25.0])  # where a hand comes from: its own side, below
REACH_VARIES: Final = 45.0
HEAD_MM, HEAD_RAD, HEAD_SMOOTH_S = 5.0, 0.045, 0.35
STRAY_DEG: Final = 3.5  # of idle joints
PATH_POINTS: Final = 5  # around which the skin may give
NEAR_MM: Final = 6.0
EVEN: Final = 0.5  # share of the places that are drawn by region, so that small ones come too


def draw_spot(scan: FaceScan, rng: np.random.Generator) -> int:
    """A vertex of the skin, half the time of a region drawn first."""
    own = np.flatnonzero((scan.region != NO_REGION) & (scan.rigid < 0.5) & (scan.normals[:, 2] < 0.1))
    if rng.random() < EVEN:
        region = scan.region[own]
        left = [i for i in range(len(REGIONS)) if (region == i).any() and "eye" not in REGIONS[i]]
        own = own[region == rng.choice(left)]
    return int(rng.choice(own))


def move_free(scan: FaceScan, model: HandModel, skin: Skin, touch: FreeTouch, rng: np.random.Generator) -> Motion:
    """The motion of one free clip."""
    spot = draw_spot(scan, rng)
    depth = float(rng.uniform(*DEPTH_MM)) * (0.35 + 0.65 * float(scan.softness[spot]))
    held = place_hand(model, skin, touch, np.stack([scan.vertices[spot], scan.normals[spot]]), rng, depth)
    t = np.arange(FRAMES) / touch.fps
    high, away = height_curve(touch, t, rng)
    poses = _through_time(model, skin, touch, held, t, high - depth * (touch.gap == 0), away, rng)
    return Motion(
        fps=touch.fps,
        fingers=("index",),
        regions=(),
        angles=np.stack([pose.angles for pose in poses]),
        rotation=np.stack([pose.rotation.as_matrix() for pose in poses]),
        position=np.stack([pose.position for pose in poses]),
        pads=np.zeros((FRAMES, 1, 3)),
        grip=np.zeros(FRAMES, bool),
        squeeze=False,
        press=np.where(high < 0.5, 1.0, 0.1),
        friction=0.5,
        path=_path(model, skin, poses, high, scan.vertices[spot]),
        expressions={},
        head=_head(touch, rng),
    )


def _through_time(
    model: HandModel, skin: Skin, touch: FreeTouch, held: Held, t: F64, high: F64, away: F64, rng: np.random.Generator
) -> list[Held]:
    slid = slide_curve(touch, t, rng) * (1 - away)[:, None]
    slid -= slid[np.argmin(high)]
    axes = _tangents(held.out, touch.towards)
    reach = (REACH + rng.normal(0, REACH_VARIES, 3)) * rng.uniform(0.4, 1.1)
    turn = rng.normal(0, 0.35, 3)
    stray = STRAY_DEG * _smooth(rng.normal(size=(len(t), 24)), 0.2 * touch.fps)
    poses, points = [], hand_points(model, held)
    last = held
    for i in range(len(t)):
        shift = slid[i] @ axes
        if np.abs(shift).max() > 0.3 or i == 0:
            moved = Held(held.angles, held.rotation, held.position + shift, held.out)
            last = lifted(model, skin, moved, 0.0, points + shift)
        position = last.position + held.out * high[i] + reach * away[i] ** 1.5
        rotation = Rotation.from_rotvec(turn * away[i]) * held.rotation
        poses.append(Held(held.angles + stray[i] * min(1.0, max(high[i], 0.0) / 10), rotation, position, held.out))
    return poses


def _tangents(normal: F64, angle: float) -> F64:
    """Two directions (2, 3) across the normal, the first turned by an angle."""
    a = np.cross(normal, [0.0, 1.0, 0.0])
    a /= np.linalg.norm(a)
    b = np.cross(normal, a)
    return np.stack([np.cos(angle) * a + np.sin(angle) * b, np.cos(angle) * b - np.sin(angle) * a])


def _head(touch: FreeTouch, rng: np.random.Generator) -> F64:
    """How the head sways (f, 6), the hand with it."""
    sway = _smooth(rng.normal(size=(FRAMES, 6)), HEAD_SMOOTH_S * touch.fps)
    return sway * rng.uniform(0, 1) * np.array([HEAD_MM] * 3 + [HEAD_RAD] * 3)


def _smooth(noise: F64, frames: float) -> F64:
    """Slow noise of unit strength."""
    smooth = gaussian_filter1d(noise, frames, axis=0, mode="reflect")
    return np.asarray(smooth / (smooth.std() + 1e-9))


def _path(model: HandModel, skin: Skin, poses: list[Held], high: F64, spot: F64) -> F64:
    """Places (k, 3) on the skin under what comes nearest, far from each other."""
    points = np.concatenate([hand_points(model, poses[i])[::3] for i in np.argsort(high)[:6:2]])
    near = points[heights(skin, points) < max(NEAR_MM, float(high.min()) + NEAR_MM)]
    chosen = [spot]
    feet = skin.vertices[skin.tree.query(near)[1]] if len(near) else np.empty((0, 3))
    while len(chosen) < PATH_POINTS and len(feet):
        gap = np.linalg.norm(feet[:, None] - np.array(chosen), axis=2).min(axis=1)
        if gap.max() < 10:
            break
        chosen.append(feet[np.argmax(gap)])
    return np.array(chosen)
