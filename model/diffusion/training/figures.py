"""How near frames are to the physics engine's, region by region, and how steady.

PSNR in dB and SSIM in hand, contact and face; `warp`: mean error of the change from frame to frame, 8-bit levels,
where the picture may change; `flicker`: static-flicker score where nothing moves in the reference, less the
reference's; `detail`: fine contrast in the hand as a share of the reference's; `identity`: cosine of the encoder's
vectors of face and photo, less the reference's.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

from model.diffusion.network.guidance_channels import REGION_NAMES
from model.diffusion.network.identity import crop_face
from model.diffusion.training.windows import Window
from model.scene import F32

Figures = dict[str, float]
Embed = Callable[[torch.Tensor], torch.Tensor]  # faces (b, 3, 64, 64) → unit vectors
LEAST_PIXELS: Final = 16  # of a region that is measured
STILL: Final = 1.5 / 255  # change from frame to frame up to which the reference stands still
WHOLLY_HAND: Final = 0.9  # of a pixel, from which it counts for the hand's detail
FINE: Final = 1.2  # px: detail below that is what `detail` compares
BEST_PSNR: Final = 80.0  # dB that equal pictures are given


def measure_frames(made: F32, window: Window, embed: Embed) -> Figures:
    """Figures of frames made (f, h, w, 3) 0..1 against a window's target; a region that is not there is left out."""
    target = window.target.permute(1, 2, 3, 0).numpy()
    mixed = blend(made, window)
    figures: Figures = {}
    for name, mask in zip(REGION_NAMES, window.regions.numpy() > 0.5, strict=True):
        used = mask & (window.change.numpy() > 0) if name != "face" else mask
        if used.sum() >= LEAST_PIXELS:
            figures[f"{name}_psnr"] = psnr(mixed[used], target[used])
            figures[f"{name}_ssim"] = float(_similarity(mixed, target)[used].mean())
    moved = np.diff(mixed, axis=0) - np.diff(target, axis=0)
    where = window.change.numpy()[1:] > 0
    if where.any():
        figures["warp"] = float(np.abs(moved)[where].mean() * 255)
    still = (np.abs(np.diff(target, axis=0)) < STILL).all(axis=(0, 3))
    if still.sum() >= LEAST_PIXELS:
        figures["flicker"] = _stillness(mixed, still) - _stillness(target, still)
    hand = window.regions[0].numpy() > WHOLLY_HAND
    if hand.sum() >= LEAST_PIXELS:
        figures["detail"] = _detail(mixed, hand) / max(_detail(target, hand), 1e-6)
    figures["identity"] = _likeness(mixed, window, embed) - _likeness(target, window, embed)
    return figures


def psnr(made: F32, target: F32) -> float:
    """Of values 0..1, dB, at most BEST_PSNR."""
    return float(min(-10 * np.log10(max(np.mean((made - target) ** 2), 1e-8)), BEST_PSNR))


def mean_figures(rows: list[Figures]) -> Figures:
    """Mean of each figure over the rows that have it."""
    names = sorted({name for row in rows for name in row})
    return {name: round(float(np.mean([row[name] for row in rows if name in row])), 4) for name in names}


def blend(made: F32, window: Window) -> F32:
    """As the engine composes: the network's picture only where it may change."""
    base = window.inputs.base[:3].permute(1, 2, 3, 0).numpy()
    return np.asarray(base + (made - base) * window.change.numpy()[..., None])


def _similarity(made: F32, target: F32) -> F32:
    """SSIM (f, h, w) of each pixel's surroundings."""
    maps = [
        structural_similarity(a, b, channel_axis=2, data_range=1.0, full=True)[1].mean(axis=2)
        for a, b in zip(made, target, strict=True)
    ]
    return np.asarray(np.stack(maps), np.float32)


def _stillness(frames: F32, mask: np.ndarray) -> float:
    """The static-flicker score of a mask (h, w): 1 where nothing changes from frame to frame."""
    return 1 - float(np.abs(np.diff(frames, axis=0))[:, mask].mean())


def _detail(frames: F32, mask: np.ndarray) -> float:
    """Standard deviation of fine detail (below about 2 px) in a mask."""
    fine = np.stack([frame - cv2.GaussianBlur(frame, (0, 0), FINE) for frame in frames])
    return float(fine[mask].std())


def _likeness(frames: F32, window: Window, embed: Embed) -> float:
    """Cosine of the face in the window's middle frame and the photo's."""
    middle = len(frames) // 2
    face = window.regions[1, middle].numpy() > 0.5
    picture = (np.clip(frames[middle], 0, 1) * 255).astype(np.uint8)
    vectors = embed(torch.stack([crop_face(picture, face), window.inputs.face])).detach()
    return float((vectors[0] * vectors[1]).sum())
