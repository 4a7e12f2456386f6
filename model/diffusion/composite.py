"""The coarse composite that the network corrects: the photo under the flow, and the hand's bare skin in plain shading.

A residual to this base beats a residual to the warped photo by 5 dB in the hand, which otherwise keeps ghosts
of what it covers. Weaker guidance gives a poorer base: a flat hand, or none.
"""

import cv2
import numpy as np

from model.clip import Guidance
from model.diffusion.appearance import Appearance
from model.diffusion.crop import Box
from model.optics import COARSE_SHADOW_TINT, GAMMA, MATT, TO_LINEAR
from model.scene import F32, U8

# A matt hand's shading, as the physics engine's
WRAP = MATT.wrap.astype(np.float32)
SHEEN = 1.04  # what gloss adds on the average, fitted to physics' pictures
DARKEST = 0.06  # shading that a hand has at least
FLAT = 0.96  # mean shading of a hand whose normals are not known


def composite(photo: U8, guidance: Guidance, appearance: Appearance, box: Box, strength: str) -> tuple[F32, F32]:
    """Base and warped photo of the box, display values 0..1, each (f, h, w, 3); `guidance` is of the box."""
    base, warped = linear_layers(photo, guidance, appearance, box, strength)
    return to_display(base), to_display(warped)


def linear_layers(
    photo: U8, guidance: Guidance, appearance: Appearance, box: Box, strength: str, soft: float = 0.0
) -> tuple[F32, F32]:
    """As `composite`, in linear light, the hand without detail finer than `soft` px."""
    linear = TO_LINEAR[photo]
    frames = len(guidance.hand_mask)
    if strength == "maps":
        warped = np.stack([_warp(linear, guidance, box, i) for i in range(frames)])
    else:
        warped = np.repeat(linear[box.slices][None], frames, axis=0)
    if strength == "pattern":
        return warped, warped
    alpha: F32 = guidance.hand_mask[..., None] / np.float32(255)
    hand = hand_colour(guidance, appearance, strength)
    if soft:
        hand = soften_hand(hand, guidance.hand_mask, soft)
    return warped * (1 - alpha) + hand * alpha, warped


def soften_hand(colour: F32, mask: U8, sigma: float) -> F32:
    """A hand's colour (f, h, w, 3) without detail finer than `sigma` px; nothing from outside its mask is mixed in."""
    known = (mask > 0).astype(np.float32)
    shares = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in known])
    mixed = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in colour * known[..., None]])
    return np.asarray(mixed / np.maximum(shares, 1e-3)[..., None], np.float32)


def to_display(linear: F32) -> F32:
    """Display values 0..1 of linear light."""
    return np.asarray(np.clip(linear, 0, 1) ** np.float32(1 / GAMMA), np.float32)


def hand_colour(guidance: Guidance, appearance: Appearance, strength: str) -> F32:
    """Linear colour (f, h, w, 3) of a matt hand in the photo's light: of its own skin, or the face's where that is all
    that is known."""
    colour = np.asarray(appearance.colour, np.float32)
    if strength != "maps":
        paint = np.asarray(appearance.skin, np.float32) * colour
        return np.broadcast_to(paint * np.float32(FLAT), (*guidance.hand_mask.shape, 3))
    facing = (guidance.hand_normals / np.float32(127)) @ np.asarray(appearance.direction, np.float32)
    lit = np.maximum((facing[..., None] + WRAP) / (1 + WRAP), 0)
    shade = SHEEN * np.maximum(1 + np.float32(appearance.strength) * (MATT.lamp * lit - MATT.dimmed), MATT.least)
    return np.asarray(TO_LINEAR[guidance.hand_albedo] * colour * shade, np.float32)


def _warp(linear: F32, guidance: Guidance, box: Box, frame: int) -> F32:
    """The photo as the flow bends it, in the shade that the hand leaves."""
    x = np.arange(box.width, dtype=np.float32)[None] + box.left
    y = np.arange(box.height, dtype=np.float32)[:, None] + box.top
    flow = guidance.flow[frame].astype(np.float32)
    moved = cv2.remap(linear, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    dark = 1 - (1 - guidance.shadow[frame, ..., None] / np.float32(255)) * COARSE_SHADOW_TINT
    return np.maximum(moved, 0) * dark
