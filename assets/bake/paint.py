"""Creases, knuckles, tendons, veins, pores and nails of the hand, as heights in mm and pigments."""

from dataclasses import dataclass

import cv2
import numpy as np

from .fields import F64, Texels, noise
from .skeleton import unit
from .weights import step

# Nails in their distal bone's frame, mm: centre x, half width, cuticle y, free end y.
NAILS = (
    (-0.1, 6.1, 13.9, 27.0), (0.4, 5.1, 11.2, 24.7), (0.6, 5.2, 10.8, 23.6),
    (-1.0, 4.6, 12.2, 25.3), (-0.3, 4.0, 11.1, 18.9),
)  # fmt: skip
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
WRINKLE_MM = 2.2  # between the wrinkles over a finger's joint
VEINS = (
    (
        (11, 84),
        (9, 70),
        (5, 58),
        (4, 44),
        (9, 28),
        (15, 8),
        (18, -14),
        (12, -40),
        (13, -80),
        (6, -130),
        (9, -200),
    ),
    ((-11, 84), (-8, 72), (-4, 60), (4, 48)),
    ((-26, 77), (-23, 62), (-18, 50), (-16, 34), (-17, 14), (-19, -10), (-15, -46), (-16, -90), (-10, -150)),
    ((-4, 60), (-10, 54), (-18, 49)),
    ((28, 62), (22, 48), (15, 38), (10, 27)),
    ((-16, 33), (-6, 22), (6, 20), (11, 22)),
    ((12, -42), (2, -58), (-8, -66), (-15, -78)),
)


@dataclass(frozen=True)
class Paint:
    """What is painted on each texel (k,)."""

    height: F64  # mm
    blood: F64  # 0 mean; 1 is far redder
    melanin: F64  # 0 mean; 1 is far darker
    palm: F64  # 0 back .. 1 palm: skin without melanin
    nail: F64  # 0..1 nail plate
    lunula: F64
    edge: F64  # white free edge


def paint(texels: Texels, joints: F64, frames: F64, tips: F64) -> Paint:
    """Everything, from the large to the small."""
    palm = palm_mask(texels, frames)
    height = np.zeros(len(palm))
    blood, melanin = mottling(texels)
    nail, lunula, edge, fold = nails(texels, joints, frames)
    for part in (
        finger_creases(texels, joints, frames, tips, palm), palm_lines(texels, palm),
        back_of_hand(texels, joints, palm), pores(texels, palm, nail),
    ):  # fmt: skip
        height, blood, melanin = height + part[0], blood + part[1], melanin + part[2]
    distal = texels.weights[:, [3, 6, 9, 12, 15]].sum(1)
    height = height * (1 - nail) + nail * 0.004 * np.sin(texels.points[:, 0] * 5) - 0.25 * fold + 0.25 * edge
    blood = blood * (1 - nail) + 0.6 * fold + 0.12 * distal * (1 - nail)
    return Paint(height, blood, (melanin + cavity(height, texels)) * (1 - nail) + 0.62 * fold, palm, nail, lunula, edge)


def mottling(texels: Texels) -> tuple[F64, F64]:
    """Blood and melanin (k,) of plain skin: blotches of a few sizes, the largest on the forearm."""
    p = texels.points
    arm = step(-p[:, 1], 40.0)
    blood = 0.20 * noise(p, 15.0, 1, 3) + 0.16 * noise(p, 34.0, 5)
    melanin = 0.15 * noise(p, 9.0, 2, 3) + 0.14 * arm * noise(p, 46.0, 6, 2) + 0.10 * noise(p, 4.2, 7)
    return blood, melanin


def cavity(height: F64, texels: Texels) -> F64:
    """Darkening (k,) of what lies deeper than its surroundings, which light from the front does not show."""
    image = np.zeros(texels.mask.shape)
    image[texels.mask] = height
    out = np.zeros_like(image)
    for sigma, strength in ((3.0, 0.35), (9.0, 0.35)):
        around = cv2.GaussianBlur(image, (0, 0), sigma) / np.maximum(
            cv2.GaussianBlur(texels.mask.astype(float), (0, 0), sigma), 1e-6
        )
        out += strength * (around - image)
    return np.clip(out, -0.05, 0.35)[texels.mask]


def palm_mask(texels: Texels, frames: F64) -> F64:
    """1 where the skin faces the palmar side of its bone, 0 on the back; fades out on the forearm."""
    dorsal = np.einsum("kb,bc->kc", texels.weights, frames[:, :, 2])
    facing = (texels.normals * dorsal).sum(1) / np.linalg.norm(dorsal, axis=1)
    wobble = 0.12 * noise(texels.points, 9.0, 3, 2)
    hand = step(texels.points[:, 1] - 2.0 + 3 * noise(texels.points, 12.0, 4), 9.0)
    thumb = texels.weights[:, 1:4].sum(1)
    return step(-facing - 0.12 + 0.1 * thumb + wobble, 0.38) * np.maximum(hand, texels.weights[:, 1])


def groove(distance: F64, width: float | F64) -> F64:
    """Rounded line of 1 at distance 0."""
    return np.exp(-0.5 * (distance / (0.5 * width)) ** 2)


def finger_creases(texels: Texels, joints: F64, frames: F64, tips: F64, palm: F64) -> tuple[F64, F64, F64]:
    """Flexion creases on the palmar side, knuckle wrinkles on the back, redness over joints and pads."""
    total = np.zeros((3, len(palm)))
    for ray in range(5):
        own = texels.weights[:, 1 + 3 * ray : 4 + 3 * ray].sum(1)
        chain = np.array([*joints[1 + 3 * ray : 4 + 3 * ray], tips[ray]])
        for link in (1, 2):
            total += joint_creases(
                texels, chain[link - 1 : link + 2], frames[1 + 3 * ray + link][:, 0], own, palm, ray, link
            )
        total[1] += 0.20 * texels.weights[:, 3 + 3 * ray] * step(palm - 0.3, 0.5)
        if ray:  # where the finger leaves the palm
            along = chain[1] - chain[0]
            web = (texels.points - chain[0]) @ unit(along) - 0.5 * np.linalg.norm(along)
            base = groove(web + 0.3 * noise(texels.points, 4.0, 70), 0.9) * palm * step(own - 0.75, 0.2)
            total += np.outer([-0.4, 0.25, 0.25], base)
    return total[0], total[1], total[2]


def joint_creases(texels: Texels, bones: F64, axis: F64, own: F64, palm: F64, ray: int, link: int) -> F64:
    """Height, blood and melanin (3, k) around the joint `bones[1]`; the middle joint (`link` 1) has most."""
    offset = texels.points - bones[1]
    s = offset @ unit(unit(bones[1] - bones[0]) + unit(bones[2] - bones[1]))
    x = offset @ axis
    near, back = own * step(11 - np.abs(s), 3), step(0.45 - palm, 0.35)
    jitter = 0.55 * noise(texels.points, 3.2, 5 + ray, 2)
    big = 1.0 if link == 1 else 0.65
    # Palmar folds: a main one with a fainter companion, lower at the sides.
    curve = s + 0.012 * x**2 + 0.35 * jitter
    fold = groove(curve, 0.8) + (0.7 * groove(curve - 2.1, 0.7) if link == 1 and ray else 0)
    fold = fold * palm * near * (0.8 + 0.4 * noise(texels.points, 5.0, 30 + ray))
    # Back: wrinkles, closing to an oval around the joint.
    q = ((s + 0.6) * (1 + 0.4 * (x / 7) ** 2) + jitter) / WRINKLE_MM
    fade = np.exp(-((s / (5.2 if link == 1 else 3.0)) ** 2)) * np.exp(-((x / 6.5) ** 4))
    fade = fade * back * near * (0.75 + 0.5 * noise(texels.points, 4.0, 50 + ray))
    wrinkle = groove(WRINKLE_MM * np.abs(q - np.round(q)), 0.85) * fade
    oval = big * np.exp(-((s / 6.5) ** 2)) * back * near
    return np.stack(
        [
            -0.6 * big * fold - 0.5 * big * wrinkle + 0.5 * oval,
            0.40 * fold + 0.22 * wrinkle + 0.42 * oval,
            0.52 * fold + 0.72 * wrinkle + 0.34 * oval,
        ]
    )


def stroke(points: F64, line: tuple[tuple[float, float], ...], width: float) -> F64:
    """Groove (k,) along a rounded polyline on (k, 2) points, thinning out at both ends."""
    corners = np.array(line, float)
    for _ in range(3):  # Chaikin's corner cutting
        inner = np.stack([0.75 * corners[:-1] + 0.25 * corners[1:], 0.25 * corners[:-1] + 0.75 * corners[1:]], 1)
        corners = np.vstack([corners[:1], inner.reshape(-1, 2), corners[-1:]])
    best, at = np.full(len(points), np.inf), np.zeros(len(points))
    for i, (a, b) in enumerate(zip(corners[:-1], corners[1:], strict=True)):
        t = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        distance = ((points - a - t[:, None] * (b - a)) ** 2).sum(1)
        at = np.where(distance < best, (i + t) / (len(corners) - 1), at)
        best = np.minimum(best, distance)
    taper = np.clip(np.minimum(at, 1 - at) / 0.18, 0, 1) ** 0.7
    return groove(np.sqrt(best), width * (0.4 + 0.6 * taper)) * taper


def palm_lines(texels: Texels, palm: F64) -> tuple[F64, F64, F64]:
    """The lines of the hand and a faint net of lesser ones; mottled red on the balls of the hand."""
    p = texels.points
    flat = p[:, :2] + np.column_stack([noise(p, 7.0, 80, 2), noise(p, 7.0, 81, 2)]) * 0.8
    body = palm * (1 - texels.weights[:, [2, 3, 5, 6, 8, 9, 11, 12, 14, 15]].sum(1))
    wrist = step(-texels.normals[:, 2] - 0.1, 0.4) * step(12 - np.abs(p[:, 1] + 4), 4)
    lines = np.zeros(len(p))
    for line, depth, width in PALM_LINES:
        where = wrist if max(y for _, y in line) < 5 else body
        lines += depth * stroke(flat, line, width) * where
    net = np.abs(noise(p, 8.0, 82)) + 0.5 * np.abs(noise(p, 4.0, 83))
    lines += 0.10 * groove(net, 0.10) * palm
    balls = step(noise(p, 16.0, 84) + 0.25, 0.8)
    return -lines, 0.55 * lines + palm * (0.22 * balls + 0.16 * noise(p, 5.0, 85, 2)), 0.55 * lines


def back_of_hand(texels: Texels, joints: F64, palm: F64) -> tuple[F64, F64, F64]:
    """Knuckles, extensor tendons, veins."""
    p = texels.points
    back = step(texels.normals[:, 2] - 0.35, 0.35) * (1 - palm)
    height, blood, melanin = np.zeros(len(p)), np.zeros(len(p)), np.zeros(len(p))
    fingers = texels.weights[:, [5, 6, 8, 9, 11, 12, 14, 15]].sum(1)
    for ray in (1, 2, 3, 4):
        head = joints[1 + 3 * ray]
        near = np.hypot(p[:, 0] - head[0], (p[:, 1] - head[1]) * 0.8)
        bump = np.exp(-0.5 * (near / 5.5) ** 2) * back
        q = p[:, 1] - head[1] + 0.8 * noise(p, 4.0, 90 + ray, 2)
        line = np.abs(q / 2.3 - np.round(q / 2.3)) * 2.3
        wrinkle = groove(line, 0.7) * np.exp(-0.5 * (near / 5.0) ** 2) * back
        height += 1.7 * bump - 0.2 * wrinkle
        blood, melanin = blood + 0.50 * bump + 0.12 * wrinkle, melanin + 0.20 * bump + 0.34 * wrinkle
        line = ((0.25 * head[0] + 2, -12), (0.62 * head[0] + 1, 40), (head[0], head[1] + 14))
        tendon = stroke(p[:, :2], line, 4.6)
        tendon = tendon * back * step(p[:, 1] - 24, 28) * step(head[1] - p[:, 1], 8)
        height, melanin = height + 1.25 * tendon, melanin - 0.14 * tendon
    flat = p[:, :2] + np.column_stack([noise(p, 18.0, 86, 2), noise(p, 18.0, 87, 2)]) * 2.2
    veins = np.zeros(len(p))
    for line in VEINS:
        veins = np.maximum(veins, stroke(flat, line, 3.0))
    veins = veins * back * (1 - fingers) * (0.7 + 0.5 * noise(p, 25.0, 88))
    return height + 0.55 * veins, blood - 0.34 * veins, melanin + 0.46 * veins


def pores(texels: Texels, palm: F64, nail: F64) -> tuple[F64, F64, F64]:
    """Fine relief: crossed lines on the back, grain everywhere, a few freckles."""
    p = texels.points
    cells = np.abs(noise(p, 2.2, 100)) + np.abs(noise(p, 2.4, 101))
    net = groove(cells, 0.35) * (1 - palm)
    grain = noise(p, 1.1, 102)
    freckle = step(noise(p, 3.0, 103) - 0.78, 0.1) * (1 - palm) * step(noise(p, 30.0, 104) + 0.1, 0.3)
    rough = (1 - nail) * (0.06 * grain - 0.075 * net)
    return rough, 0.10 * grain + 0.05 * net, 0.13 * grain + 0.10 * net + 0.3 * freckle


def nails(texels: Texels, joints: F64, frames: F64) -> tuple[F64, F64, F64, F64]:
    """Plate, lunula, free edge and the fold around, each (k,) 0..1."""
    plate, lunula, edge, fold = (np.zeros(len(texels.points)) for _ in range(4))
    for ray, (centre, half, start, end) in enumerate(NAILS):
        bone = 3 + 3 * ray
        local = (texels.points - joints[bone]) @ frames[bone]
        up = step(texels.normals @ frames[bone][:, 2] + 0.05, 0.2) * (texels.weights[:, bone] > 0.9)
        u, y = (local[:, 0] - centre) / half, local[:, 1]
        low = start + 0.5 * half * (1 - np.sqrt(np.clip(1 - 0.97 * np.minimum(u**2, 1), 0, 1)))
        top = end - 1.6 * u**2
        inside = np.minimum(np.minimum(y - low, top - y), half * (1 - np.abs(u)))
        mask = step(inside - 0.1, 0.25) * up
        plate += mask
        moon = start + half * (0.62 if ray == 0 else 0.42) - 0.28 * half * u**2 * 2
        lunula += mask * step(moon - y, 0.6) * (0.9, 0.6, 0.5, 0.4, 0.15)[ray]
        edge += mask * step(y - (top - 1.0), 0.3)
        rim = np.exp(-(((inside + 0.45) / 0.75) ** 2)) * up * step(top - y, 0.5)
        fold += rim * (1 - mask)
    return plate, lunula, edge, fold
