"""Creases, wrinkles, knuckles, tendons and veins of the hand, each a field of its own, so that they vary by person.

Where hands differ in layout there are several variants of a field; height and colour are given to it at run time.
"""

from typing import Final

import numba
import numpy as np

from .fields import F64, Texels, noise
from .skeleton import unit
from .weights import step

# Palmar lines, x and y in mm: thenar, head and heart line, wrist, and lesser ones; depth, width.
PALM_LINES = (
    (((31, 63), (22, 62), (12, 53), (5, 38), (4, 22), (8, 9)), 0.55, 0.75),
    (((31, 64), (16, 62), (0, 57), (-15, 47), (-26, 36)), 0.45, 0.65),
    (((-37, 58), (-26, 62), (-12, 66), (0, 71), (7, 79)), 0.5, 0.7),
    (((-28, 1), (-10, -2.5), (8, -2.5), (22, 1)), 0.4, 0.7),
    (((-26, -6), (-8, -9), (10, -8), (20, -6)), 0.22, 0.7),
    (((-2, 50), (-5, 38), (-4, 24)), 0.12, 0.6),
    (((12, 66), (6, 60), (-2, 48)), 0.12, 0.5),
    (((-30, 50), (-24, 44), (-20, 36)), 0.12, 0.5),
    (((2, 74), (2, 64)), 0.12, 0.5),
    (((-16, 72), (-17, 62)), 0.12, 0.5),
    (((22, 50), (16, 42), (14, 30)), 0.12, 0.6),
    (((28, 52), (22, 44), (20, 34)), 0.1, 0.6),
)
WRINKLE_MM: Final = (2.2, 1.7, 2.6, 1.95)  # between the wrinkles over a joint, by variant
PALM_HALF: Final = 0.6  # of the cosine to the palmar side, over which a hand turns from back to palm
PALM_SHIFT_MM: Final = 2.6  # standard deviation of the corners of the palm's lines
VEIN_SHIFT_MM: Final = 3.2  # and of the veins'
# Veins of the back, x and y in mm: trunks from between the knuckles to the forearm, and what joins them.
TRUNKS: Final = (
    ((11, 84), (9, 70), (5, 58), (4, 44), (9, 28), (15, 8), (18, -14), (12, -40), (13, -80), (6, -130), (9, -200)),
    ((-26, 77), (-23, 62), (-18, 50), (-16, 34), (-17, 14), (-19, -10), (-15, -46), (-16, -90), (-10, -150)),
    ((30, 60), (25, 46), (22, 30), (21, 10), (22, -16), (17, -50), (18, -100)),
)
BRANCHES: Final = (
    ((-11, 84), (-8, 72), (-4, 60), (4, 48)),
    ((-4, 60), (-10, 54), (-18, 49)),
    ((28, 62), (22, 48), (15, 38), (10, 27)),
    ((-16, 33), (-6, 22), (6, 20), (11, 22)),
    ((12, -42), (2, -58), (-8, -66), (-15, -78)),
    ((-9, 82), (-12, 66), (-14, 52), (-16, 40)),
    ((12, 80), (2, 68), (-6, 60), (-16, 56)),
    ((6, 50), (0, 36), (-6, 22), (-4, 4), (2, -20)),
    ((-18, 0), (-8, -14), (4, -20), (15, -22)),
)
VEIN_MM: Final = 3.0  # width


def palm_mask(texels: Texels, frames: F64) -> F64:
    """1 where the skin faces the palmar side of its bone, 0 on the back; fades out on the forearm."""
    dorsal = np.einsum("kb,bc->kc", texels.weights, frames[:, :, 2])
    facing = (texels.normals * dorsal).sum(1) / np.linalg.norm(dorsal, axis=1)
    wobble = 0.10 * noise(texels.points, 9.0, 3, 2)
    hand = step(texels.points[:, 1] - 2.0 + 3 * noise(texels.points, 12.0, 4), 14.0)
    thumb = texels.weights[:, 1:4].sum(1)
    return step(-facing - 0.16 + 0.1 * thumb + wobble, PALM_HALF) * np.maximum(hand, texels.weights[:, 1])


def border_mask(texels: Texels, frames: F64) -> F64:
    """The same with a hard border, for what belongs to one side only."""
    dorsal = np.einsum("kb,bc->kc", texels.weights, frames[:, :, 2])
    facing = (texels.normals * dorsal).sum(1) / np.linalg.norm(dorsal, axis=1)
    return step(-facing - 0.12 + 0.1 * texels.weights[:, 1:4].sum(1), 0.38)


def groove(distance: F64, width: float | F64) -> F64:
    """Rounded line of 1 at distance 0."""
    return np.exp(-0.5 * (distance / (0.5 * width)) ** 2)


def joints_along(texels: Texels, joints: F64, frames: F64, tips: F64) -> list[tuple[int, int, F64, F64, F64]]:
    """Finger, link 1 or 2, way along s and across x of the joint (k,) mm, and nearness to it (k,)."""
    out = []
    for ray in range(5):
        own = texels.weights[:, 1 + 3 * ray : 4 + 3 * ray].sum(1)
        chain = np.array([*joints[1 + 3 * ray : 4 + 3 * ray], tips[ray]])
        for link in (1, 2):
            before, at, after = chain[link - 1 : link + 2]
            offset = texels.points - at
            s = offset @ unit(unit(at - before) + unit(after - at))
            out.append((ray, link, s, offset @ frames[1 + 3 * ray + link][:, 0], own * step(11 - np.abs(s), 3)))
    return out


def finger_folds(texels: Texels, bones: tuple[F64, F64, F64], palm: F64, variant: int) -> F64:
    """Flexion creases (k,) 0..1 on the palmar side: a main one with a fainter companion, lower at the sides."""
    total, p, v = np.zeros(len(palm)), texels.points, 200 * variant
    for ray, link, s, x, near in joints_along(texels, *bones):
        curve = s + 0.012 * x**2 + 0.2 * noise(p, 3.2, v + 5 + ray, 2) + 0.8 * noise(p, 14.0, v + 9 + ray)
        fold = groove(curve, 0.8)
        if link == 1 and ray:
            apart = (2.1, 1.6, 2.7, 2.2)[variant % 4]
            fold = fold + 0.7 * groove(curve - apart, 0.7) * step(noise(p, 9.0, v + 40 + ray) + 0.5, 0.4)
        strength = (1.0 if link == 1 else 0.65) * (0.8 + 0.4 * noise(p, 5.0, v + 30 + ray))
        total += fold * palm * near * strength
    for ray in range(1, 5):  # where the finger leaves the palm
        own = texels.weights[:, 1 + 3 * ray : 4 + 3 * ray].sum(1)
        along = bones[0][2 + 3 * ray] - bones[0][1 + 3 * ray]
        web = (p - bones[0][1 + 3 * ray]) @ unit(along) - 0.5 * np.linalg.norm(along)
        total += 0.6 * groove(web + 0.6 * noise(p, 6.0, v + 70), 0.9) * palm * step(own - 0.75, 0.2)
    return np.clip(total, 0, 1)


def wrinkles(texels: Texels, bones: tuple[F64, F64, F64], palm: F64, variant: int) -> F64:
    """Wrinkles (k,) 0..1 over the joints of the fingers, closing to an oval, and over the knuckles."""
    total, p, v, apart = np.zeros(len(palm)), texels.points, 200 * variant, WRINKLE_MM[variant % 4]
    back = step(0.45 - palm, 0.35)
    for ray, link, s, x, near in joints_along(texels, *bones):
        jitter = 0.75 * noise(p, 3.2, v + 5 + ray, 2) + 1.1 * noise(p, 8.0, v + 15 + ray)
        q = ((s + 0.6) * (1 + 0.4 * (x / 7) ** 2) + jitter) / apart
        fade = np.exp(-((s / (5.2 if link == 1 else 3.0)) ** 2)) * np.exp(-((x / 6.5) ** 4))
        fade = fade * back * near * np.clip(0.55 + 1.1 * noise(p, 4.0, v + 50 + ray), 0, 1.3)
        thin = 0.55 + 0.35 * np.clip(noise(p, 5.0, v + 60 + ray), -1, 1)
        total += (1.0 if link == 1 else 0.6) * groove(apart * np.abs(q - np.round(q)), thin) * fade
    for ray in (1, 2, 3, 4):
        head = bones[0][1 + 3 * ray]
        near = np.hypot(p[:, 0] - head[0], (p[:, 1] - head[1]) * 0.8)
        q = (p[:, 1] - head[1] + 1.3 * noise(p, 4.0, v + 90 + ray, 2)) / (apart + 0.2)
        fade = np.exp(-0.5 * (near / 5.0) ** 2) * step(texels.normals[:, 2] - 0.35, 0.35) * (1 - palm)
        total += 0.45 * groove((apart + 0.2) * np.abs(q - np.round(q)), 0.7) * fade
    return np.clip(total, 0, 1)


def joint_ovals(texels: Texels, bones: tuple[F64, F64, F64], palm: F64) -> F64:
    """Loose skin (k,) 0..1 over the back of the fingers' joints."""
    back, total = step(0.45 - palm, 0.35), np.zeros(len(palm))
    for _, link, s, _, near in joints_along(texels, *bones):
        total += (1.0 if link == 1 else 0.65) * np.exp(-((s / 6.5) ** 2)) * back * near
    return np.clip(total, 0, 1)


def stroke(points: F64, line: tuple[tuple[float, float], ...] | F64, width: float) -> F64:
    """Groove (k,) along a rounded polyline on (k, 2) points, thinning out at both ends."""
    corners = np.array(line, float)
    for _ in range(3):  # Chaikin's corner cutting
        inner = np.stack([0.75 * corners[:-1] + 0.25 * corners[1:], 0.25 * corners[:-1] + 0.75 * corners[1:]], 1)
        corners = np.vstack([corners[:1], inner.reshape(-1, 2), corners[-1:]])
    best, at = _nearest(np.ascontiguousarray(points, float), corners)
    taper = np.clip(np.minimum(at, 1 - at) / 0.18, 0, 1) ** 0.7
    return groove(np.sqrt(best), width * (0.4 + 0.6 * taper)) * taper


@numba.njit(cache=True)
def _nearest(points: F64, corners: F64) -> tuple[F64, F64]:
    """Squared distance (k,) to a polyline, and how far along it that is, 0..1."""
    best, at = np.full(len(points), np.inf), np.zeros(len(points))
    for k in range(len(points)):
        for i in range(len(corners) - 1):
            ax, ay = corners[i]
            bx, by = corners[i + 1, 0] - ax, corners[i + 1, 1] - ay
            px, py = points[k, 0] - ax, points[k, 1] - ay
            t = min(max((px * bx + py * by) / (bx * bx + by * by), 0.0), 1.0)
            distance = (px - t * bx) ** 2 + (py - t * by) ** 2
            if distance < best[k]:
                best[k], at[k] = distance, (i + t) / (len(corners) - 1)
    return best, at


def palm_lines(texels: Texels, palm: F64, variant: int) -> F64:
    """The lines of the hand (k,) 0..1, and a faint net of lesser ones."""
    p, v = texels.points, 200 * variant
    rng = np.random.default_rng(variant + 1)
    flat = p[:, :2] + np.column_stack([noise(p, 7.0, v + 80, 2), noise(p, 7.0, v + 81, 2)]) * 0.8
    body = palm * (1 - texels.weights[:, [2, 3, 5, 6, 8, 9, 11, 12, 14, 15]].sum(1))
    wrist = step(-texels.normals[:, 2] - 0.1, 0.4) * step(12 - np.abs(p[:, 1] + 4), 4)
    lines = np.zeros(len(p))
    for line, depth, width in PALM_LINES:
        at_wrist = max(y for _, y in line) < 5
        moved = np.array(line, float) + rng.normal(0, 1.0 if at_wrist else PALM_SHIFT_MM, (len(line), 2))
        strength = rng.uniform(0.6, 1.2) if depth > 0.2 else rng.uniform(0.0, 1.6)
        lines += depth / 0.55 * strength * stroke(flat, moved, width) * (wrist if at_wrist else body)
    net = np.abs(noise(p, 8.0, v + 82)) + 0.5 * np.abs(noise(p, 4.0, v + 83))
    return np.clip(lines + 0.16 * groove(net, 0.10) * palm, 0, 1)


def back_mask(texels: Texels, palm: F64) -> F64:
    """The back of hand and arm (k,) 0..1."""
    return step(texels.normals[:, 2] - 0.35, 0.35) * (1 - palm)


def knuckle_bumps(texels: Texels, joints: F64, back: F64) -> F64:
    """Heads of the metacarpals (k,) 0..1 under the skin."""
    p, total = texels.points, np.zeros(len(back))
    for ray in (1, 2, 3, 4):
        head = joints[1 + 3 * ray]
        near = np.hypot(p[:, 0] - head[0], (p[:, 1] - head[1]) * 0.8)
        total = np.maximum(total, np.exp(-0.5 * (near / 5.5) ** 2) * back)
    return total


def tendons(texels: Texels, joints: F64, back: F64) -> F64:
    """Extensor tendons (k,) 0..1, gone towards the wrist."""
    p, total = texels.points, np.zeros(len(back))
    for ray in (1, 2, 3, 4):
        head = joints[1 + 3 * ray]
        line = ((0.25 * head[0] + 2, -12), (0.62 * head[0] + 1, 40), (head[0], head[1] + 14))
        tendon = stroke(p[:, :2], line, 4.6)
        total = np.maximum(total, tendon * back * step(p[:, 1] - 24, 28) * step(head[1] - p[:, 1], 8))
    return total


def veins(texels: Texels, back: F64, variant: int) -> F64:
    """One layout (k,) 0..1 of the veins of back and arm: some of the trunks and branches, moved."""
    p, v = texels.points, 200 * variant
    rng = np.random.default_rng(100 + variant)
    fingers = texels.weights[:, [5, 6, 8, 9, 11, 12, 14, 15]].sum(1)
    flat = p[:, :2] + np.column_stack([noise(p, 18.0, v + 86, 2), noise(p, 18.0, v + 87, 2)]) * 3.0
    chosen: list[tuple[tuple[int, int], ...]] = [line for line in TRUNKS if rng.random() < 0.75]
    chosen += [line for line in BRANCHES if rng.random() < 0.5]
    out = np.zeros(len(p))
    for line in chosen:
        moved = np.array(line, float) + rng.normal(0, VEIN_SHIFT_MM, (len(line), 2)) + rng.normal(0, 3, 2)
        out = np.maximum(out, rng.uniform(0.5, 1.0) * stroke(flat, moved, VEIN_MM * rng.uniform(0.75, 1.2)))
    return np.clip(out * back * (1 - fingers) * (0.7 + 0.5 * noise(p, 25.0, v + 88)), 0, 1)


def flush(texels: Texels, palm: F64, ovals: F64, bumps: F64) -> F64:
    """Where blood shows (k,) 0..1: joints, knuckles, fingertips, balls of the hand."""
    distal = texels.weights[:, [3, 6, 9, 12, 15]].sum(1)
    balls = step(noise(texels.points, 16.0, 84) + 0.25, 0.8) * palm * (1 - distal)
    pads = distal * (0.35 + 0.45 * step(palm - 0.3, 0.5))
    return np.clip(0.7 * ovals + 0.8 * bumps + pads + 0.45 * balls, 0, 1)
