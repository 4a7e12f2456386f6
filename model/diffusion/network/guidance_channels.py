"""Guidance as the network's input, at three strengths: the weaker it is, the more the latents have to know.

maps     all that the simulation knows: normals, depth, parts, masks, contact, shadow, flow, joints
joints   joints and the masks of hand, face and contact
pattern  where the face is and where it is touched, once for the whole clip; the pattern is a condition
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import cv2
import numpy as np
import torch

from model.body import LINKS, SPOKES
from model.clip import Guidance
from model.scene import F32

Strength = Literal["maps", "joints", "pattern"]
STRENGTHS: Final[tuple[Strength, ...]] = get_args(Strength)
REGION_NAMES: Final = ("hand", "face", "contact")
DEPTH_MM: Final = 60.0  # depths are divided by this
FLOW_SHARE: Final = 0.03  # of the picture's width: flow is divided by this
MOST: Final = 2.0  # of a depth or flow so divided: what goes beyond is cut
# The picture's width is so many times as large as …
TOUCH_SPOT: Final = 24  # … the radius of the spot that shows where the face is touched
CONTACT_SPOT: Final = 16  # … the radius of the contact region where only that place is known
CONTACT_REACH: Final = 64  # … what the contact region reaches around what is touched
BONE_WIDTH: Final = 128  # … a bone that is drawn is thick
SPREAD_GAIN: Final = 4.0  # of the contact region's mask: the touched skin itself is wholly in it
PARTS: Final = 7
BONES: Final = tuple(pair for ray in range(5) for pair in (SPOKES[ray], *LINKS[3 * ray : 3 * ray + 3]))  # as drawn
CHANNELS: Final = 3 + 1 + PARTS + 3 + 1 + 2 + 1 + 1  # normals depth parts masks shadow flow joints touch
NORMALS, DEPTH, PART, MASKS, FACE, SHADE, FLOW, JOINTS, TOUCH = 0, 3, 4, 11, 12, 14, 15, 17, 18  # first channels


@dataclass(frozen=True)
class TouchPrior:
    """What is known of a clip before it is simulated: where it is touched (px) and where the face is."""

    x: float
    y: float
    face: F32  # (h, w) 0..1


def find_prior(guidance: Guidance) -> TouchPrior:
    """Centre of all that is touched in a clip; the face's centre where nothing is."""
    touched = (guidance.contact_mask > 0).sum(axis=0)
    face = guidance.face_mask.max(axis=0) / np.float32(255)
    weight = touched if touched.any() else face
    rows, columns = np.nonzero(weight)
    if not len(rows):
        return TouchPrior(weight.shape[1] / 2, weight.shape[0] / 2, face)
    mass = weight[rows, columns]
    return TouchPrior(float((columns * mass).sum() / mass.sum()), float((rows * mass).sum() / mass.sum()), face)


def guidance_tensors(
    guidance: Guidance, prior: TouchPrior, strength: str, picture: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Channels (f, CHANNELS, h, w) and soft region masks (f, 3, h, w) of hand, face, contact.

    All arrays and `prior` are of the crop; `picture` is the whole picture's width in px, which sets the scale.
    """
    frames, height, width = guidance.hand_mask.shape
    channels = np.zeros((frames, CHANNELS, height, width), np.float32)
    masks = region_masks(guidance, prior, strength, picture)
    channels[:, TOUCH] = _blob(prior, height, width, picture / TOUCH_SPOT)
    channels[:, FACE] = prior.face
    if strength != "pattern":
        channels[:, MASKS : MASKS + 3] = masks
        channels[:, JOINTS] = draw_joints(guidance.joints, height, width, picture)
    if strength == "maps":
        channels[:, NORMALS : NORMALS + 3] = guidance.hand_normals.transpose(0, 3, 1, 2) / np.float32(127)
        channels[:, DEPTH] = np.clip(guidance.hand_depth.astype(np.float32) / DEPTH_MM, -MOST, MOST)
        channels[:, PART : PART + PARTS] = guidance.hand_parts[:, None] == np.arange(1, PARTS + 1)[None, :, None, None]
        channels[:, SHADE] = 1 - guidance.shadow / np.float32(255)
        flow = guidance.flow.astype(np.float32).transpose(0, 3, 1, 2) / (FLOW_SHARE * picture)
        channels[:, FLOW : FLOW + 2] = np.clip(flow, -MOST, MOST)
    return torch.from_numpy(channels), torch.from_numpy(masks)


def region_masks(guidance: Guidance, prior: TouchPrior, strength: str, picture: int) -> F32:
    """Soft masks (f, 3, h, w) 0..1 of hand, face and contact: as far as the strength lets them be known."""
    frames, height, width = guidance.hand_mask.shape
    masks = np.empty((frames, 3, height, width), np.float32)
    if strength == "pattern":
        masks[:, 0] = 1.0  # the hand may be anywhere
        masks[:, 1] = prior.face
        masks[:, 2] = _blob(prior, height, width, picture / CONTACT_SPOT)
        return masks
    masks[:, 0] = guidance.hand_mask / np.float32(255)
    masks[:, 1] = guidance.face_mask / np.float32(255)
    reach = picture / CONTACT_REACH
    for i, touched in enumerate(guidance.contact_mask):
        # a finger covers most of what it touches: the contact region takes in the skin around it
        spread = cv2.GaussianBlur((touched > 0).astype(np.float32), (0, 0), reach)
        masks[i, 2] = np.minimum(spread * SPREAD_GAIN, 1)
    return masks


def draw_joints(joints: F32, height: int, width: int, picture: int) -> F32:
    """Skeletons (f, h, w) 0..1 of joints (f, 21, 2) px."""
    out = np.zeros((len(joints), height, width), np.float32)
    thick = max(round(picture / BONE_WIDTH), 1)
    for image, points in zip(out, joints, strict=True):
        whole = np.clip(np.round(points * 8), -1e6, 1e6).astype(int)
        for a, b in BONES:
            cv2.line(image, whole[a].tolist(), whole[b].tolist(), 1.0, thick, cv2.LINE_AA, 3)
    return out


def _blob(prior: TouchPrior, height: int, width: int, radius: float) -> F32:
    x = np.arange(width, dtype=np.float32) + 0.5 - prior.x
    y = np.arange(height, dtype=np.float32) + 0.5 - prior.y
    return np.exp(-(x[None] ** 2 + y[:, None] ** 2) / (2 * radius**2)).astype(np.float32)
