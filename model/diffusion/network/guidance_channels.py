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

from model.clip import Guidance
from model.scene import F32

Strength = Literal["maps", "joints", "pattern"]
STRENGTHS: Final[tuple[Strength, ...]] = get_args(Strength)
REGION_NAMES: Final = ("hand", "face", "contact")
DEPTH_MM: Final = 60.0  # depths are divided by this
FLOW_SHARE: Final = 0.03  # of the picture's width: flow is divided by this
PARTS: Final = 7
BONES: Final = tuple(
    (a, b) for f in range(5) for a, b in [(0, 1 + 4 * f), *((1 + 4 * f + k, 2 + 4 * f + k) for k in range(3))]
)
CHANNELS: Final = 3 + 1 + PARTS + 3 + 1 + 2 + 1 + 1  # normals depth parts masks shadow flow joints place
SHADE, FLOW, JOINTS, PLACE = 14, 15, 17, 18


@dataclass(frozen=True)
class Place:
    """What is known of a clip before it is simulated: where it is touched (px) and where the face is."""

    x: float
    y: float
    face: F32  # (h, w) 0..1


def find_place(guidance: Guidance) -> Place:
    """Centre of all that is touched in a clip; the face's centre where nothing is."""
    touched = (guidance.contact_mask > 0).sum(axis=0)
    face = guidance.face_mask.max(axis=0) / np.float32(255)
    weight = touched if touched.any() else face
    rows, columns = np.nonzero(weight)
    if not len(rows):
        return Place(weight.shape[1] / 2, weight.shape[0] / 2, face)
    mass = weight[rows, columns]
    return Place(float((columns * mass).sum() / mass.sum()), float((rows * mass).sum() / mass.sum()), face)


def guidance_tensors(
    guidance: Guidance, place: Place, strength: str, picture: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Channels (f, CHANNELS, h, w) and soft region masks (f, 3, h, w) of hand, face, contact.

    All arrays and `place` are of the crop; `picture` is the whole picture's width in px, which sets the scale.
    """
    frames, height, width = guidance.hand_mask.shape
    channels = np.zeros((frames, CHANNELS, height, width), np.float32)
    masks = region_masks(guidance, place, strength, picture)
    channels[:, PLACE] = _blob(place, height, width, picture / 24)
    channels[:, 12] = place.face
    if strength != "pattern":
        channels[:, 11:14] = masks
        channels[:, JOINTS] = draw_joints(guidance.joints, height, width, picture)
    if strength == "maps":
        channels[:, 0:3] = guidance.hand_normals.transpose(0, 3, 1, 2) / np.float32(127)
        channels[:, 3] = np.clip(guidance.hand_depth.astype(np.float32) / DEPTH_MM, -2, 2)
        channels[:, 4:11] = guidance.hand_parts[:, None] == np.arange(1, PARTS + 1)[None, :, None, None]
        channels[:, SHADE] = 1 - guidance.shadow / np.float32(255)
        flow = guidance.flow.astype(np.float32).transpose(0, 3, 1, 2) / (FLOW_SHARE * picture)
        channels[:, FLOW : FLOW + 2] = np.clip(flow, -2, 2)
    return torch.from_numpy(channels), torch.from_numpy(masks)


def region_masks(guidance: Guidance, place: Place, strength: str, picture: int) -> F32:
    """Soft masks (f, 3, h, w) 0..1 of hand, face and contact: as far as the strength lets them be known."""
    frames, height, width = guidance.hand_mask.shape
    masks = np.empty((frames, 3, height, width), np.float32)
    if strength == "pattern":
        masks[:, 0] = 1.0  # the hand may be anywhere
        masks[:, 1] = place.face
        masks[:, 2] = _blob(place, height, width, picture / 16)
        return masks
    masks[:, 0] = guidance.hand_mask / np.float32(255)
    masks[:, 1] = guidance.face_mask / np.float32(255)
    reach = picture / 64
    for i, touched in enumerate(guidance.contact_mask):
        # a finger covers most of what it touches: the contact region takes in the skin around it
        spread = cv2.GaussianBlur((touched > 0).astype(np.float32), (0, 0), reach)
        masks[i, 2] = np.minimum(spread * 4, 1)
    return masks


def draw_joints(joints: F32, height: int, width: int, picture: int) -> F32:
    """Skeletons (f, h, w) 0..1 of joints (f, 21, 2) px."""
    out = np.zeros((len(joints), height, width), np.float32)
    thick = max(round(picture / 128), 1)
    for image, points in zip(out, joints, strict=True):
        whole = np.clip(np.round(points * 8), -1e6, 1e6).astype(int)
        for a, b in BONES:
            cv2.line(image, whole[a].tolist(), whole[b].tolist(), 1.0, thick, cv2.LINE_AA, 3)
    return out


def _blob(place: Place, height: int, width: int, radius: float) -> F32:
    x = np.arange(width, dtype=np.float32) + 0.5 - place.x
    y = np.arange(height, dtype=np.float32) + 0.5 - place.y
    return np.exp(-(x[None] ** 2 + y[:, None] ** 2) / (2 * radius**2)).astype(np.float32)
