"""The other hand: a right hand is a left hand on the mirrored photo, mirrored back."""

from dataclasses import replace

import cv2
import numpy as np

from annotation.labels import mirrored
from annotation.taxonomy import mirrored as other_side
from model.clip import Clip, Curves, Guidance
from model.scene import F32, U8


def mirror_image(image: U8) -> U8:
    """(…, h, w, 3) left to right."""
    pictures = np.ascontiguousarray(image).reshape(-1, *image.shape[-3:])
    return np.stack([cv2.flip(picture, 1) for picture in pictures]).reshape(image.shape)


def mirror_guidance(guidance: Guidance) -> Guidance:
    """Maps flipped; sideways components change sign."""
    flipped = {
        name: np.flip(getattr(guidance, name), axis=2).copy()
        for name in guidance.__dataclass_fields__
        if name != "joints"
    }
    flipped["hand_normals"][..., 0] *= -1
    flipped["flow"][..., 0] *= -1
    return Guidance(**flipped, joints=mirror_points(guidance.joints, guidance.hand_mask.shape[2]))


def mirror_points(points: F32, width: int) -> F32:
    """Points (…, 2) px in a mirrored picture of `width`."""
    return np.stack([width - points[..., 0], points[..., 1]], axis=-1)


def mirror_curves(curves: Curves) -> Curves:
    """Regions renamed."""
    return replace(
        curves,
        depth={other_side(name): values for name, values in curves.depth.items()},
        area={other_side(name): values for name, values in curves.area.items()},
    )


def mirror_clip(clip: Clip) -> Clip:
    """The clip as seen in a mirror, all of it."""
    return replace(
        clip,
        frames=mirror_image(clip.frames),
        labels=mirrored(clip.labels),
        curves=mirror_curves(clip.curves),
        guidance=mirror_guidance(clip.guidance) if clip.guidance else None,
        joints=None if clip.joints is None else mirror_points(clip.joints, clip.labels.width),
    )
