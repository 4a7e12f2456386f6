"""The interaction's part of the picture: only there frames are denoised, and only there they may change."""

from dataclasses import dataclass

import cv2
import numpy as np

from model.clip import Guidance
from model.diffusion.network.guidance_channels import TouchPrior
from model.scene import F32

REACH = 1 / 40  # of the picture's width: how far around hand and contact pixels may change
FEATHER = 1 / 100
LIT = 250  # of 255: darker is shadow
COVERED = 8  # of 255: coverage above that is the hand


@dataclass(frozen=True)
class Box:
    """A rectangle in px."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def change_mask(guidance: Guidance, strength: str) -> F32:
    """How much of the network each pixel takes (f, h, w): 0 outside hand, contact and the hand's shadow."""
    frames, height, width = guidance.hand_mask.shape
    if strength == "pattern":
        return np.ones((frames, height, width), np.float32)
    side = 2 * max(round(width * REACH), 1) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    out = np.empty((frames, height, width), np.float32)
    for i in range(frames):
        inside = (guidance.hand_mask[i] > COVERED) | (guidance.contact_mask[i] > 0)
        if strength == "maps":
            inside |= guidance.shadow[i] < LIT
        grown = cv2.dilate(inside.astype(np.uint8), disc).astype(np.float32)
        # only the inner half of the blurred edge: its tail outside would change what must not change
        out[i] = grown * np.clip(2 * cv2.GaussianBlur(grown, (0, 0), width * FEATHER) - 1, 0, 1)
    return out


def interaction_box(mask: F32, multiple: int) -> Box | None:
    """Smallest box (sides a multiple, within the picture) around all that may change; None if nothing may."""
    rows = np.flatnonzero(mask.any(axis=(0, 2)))
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    if not len(rows):
        return None
    top, height = _span(int(rows[0]), int(rows[-1]) + 1, mask.shape[1], multiple)
    left, width = _span(int(columns[0]), int(columns[-1]) + 1, mask.shape[2], multiple)
    return Box(left, top, width, height)


def _span(low: int, high: int, limit: int, multiple: int) -> tuple[int, int]:
    """Start and length, a multiple, of the span that covers low .. high within 0 .. limit (itself a multiple)."""
    length = min(-(-(high - low) // multiple) * multiple, limit // multiple * multiple)
    return min(max(low - (length - (high - low)) // 2, 0), limit - length), length


def crop_guidance(guidance: Guidance, box: Box) -> Guidance:
    """Maps of the box, joints in its pixels."""
    rows, columns = box.slices
    maps = {
        name: getattr(guidance, name)[:, rows, columns] for name in Guidance.__dataclass_fields__ if name != "joints"
    }
    return Guidance(**maps, joints=guidance.joints - np.array([box.left, box.top], np.float32))


def crop_prior(prior: TouchPrior, box: Box) -> TouchPrior:
    """The same in the box's pixels."""
    return TouchPrior(prior.x - box.left, prior.y - box.top, prior.face[box.slices])


def reduce_guidance(guidance: Guidance, factor: int) -> Guidance:
    """Maps at 1/factor of the size, lengths with them."""
    if factor == 1:
        return guidance
    height, width = guidance.hand_mask.shape[1:]
    small = (width // factor, height // factor)
    nearest, of_hand = ("hand_parts", "contact_mask", "hand_depth"), ("hand_normals", "hand_albedo")
    hand = _shrink((guidance.hand_normals != 0).any(axis=-1).astype(np.float32), small, cv2.INTER_AREA)[..., None]
    maps = {}
    for name in Guidance.__dataclass_fields__:
        if name == "joints":
            continue
        array = getattr(guidance, name)
        made = _shrink(array.astype(np.float32), small, cv2.INTER_NEAREST if name in nearest else cv2.INTER_AREA)
        if name in of_hand:
            made = made / np.maximum(hand, 1e-3)
        if name == "hand_normals":
            made = made * (127 / np.maximum(np.linalg.norm(made, axis=-1, keepdims=True), 1))
        made = made / factor if name == "flow" else made
        maps[name] = (np.round(made) if array.dtype.kind in "iu" else made).astype(array.dtype)
    return Guidance(**maps, joints=guidance.joints / np.float32(factor))


def _shrink(maps: F32, size: tuple[int, int], how: int) -> F32:
    """Maps (f, h, w, …) at a size (width, height)."""
    return np.stack([cv2.resize(frame, size, interpolation=how) for frame in maps])


def take_frames(guidance: Guidance, frames: slice | np.ndarray) -> Guidance:
    """Guidance of some of the frames."""
    return Guidance(**{name: getattr(guidance, name)[frames] for name in Guidance.__dataclass_fields__})
