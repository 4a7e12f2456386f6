"""A clip as a device records it. Frames, labels, joints and guidance keep fitting each other exactly."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count

import cv2
import numpy as np

from model.camera.device import DEVICES, Device
from model.camera.follow import follow_guidance, follow_labels, follow_points
from model.camera.hold import Shot, hold
from model.camera.record import record
from model.clip import Clip
from model.scene import F32, U8

TILES = 6  # of noise, which frames take in turn, rolled
BLOTCH = 0.006  # of the side: how wide colour noise is, which devices smooth away but for its coarse part
BRIGHT = 0.5  # of the noise that is left in full light


def shoot(clip: Clip, camera: str, seed: int) -> Clip:
    """The clip through the `camera`, one of DEVICES; a still one leaves it as it is."""
    if camera not in DEVICES:
        return clip
    device = DEVICES[camera]
    frames, side = len(clip.frames), clip.frames.shape[1]
    shot = hold(device, frames, clip.fps, side, seed)
    return replace(
        clip,
        frames=record(_exposed(clip.frames, device, shot, seed), clip.fps, device.crf),
        labels=follow_labels(clip.labels, shot),
        joints=None if clip.joints is None else follow_points(clip.joints, shot),
        guidance=None if clip.guidance is None else follow_guidance(clip.guidance, shot),
    )


def _exposed(frames: U8, device: Device, shot: Shot, seed: int) -> U8:
    """The frames (f, h, w, 3) as the sensor takes them: moved, softened, noisy."""
    side = frames.shape[1]
    rng = np.random.default_rng((seed, side))
    tiles = [_noise(device, side, rng) for _ in range(TILES)]
    offsets = rng.integers(0, side, (len(frames), 2))
    out = np.empty_like(frames)

    def expose(frame: int) -> None:
        picture = frames[frame]
        if device.drift:
            place = shot.places[frame].copy()
            place[:, 2] += place[:, :2].sum(axis=1) / 2 - 0.5  # OpenCV counts pixel centres
            picture = cv2.warpAffine(
                picture, place, (side, side), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
        soft = cv2.GaussianBlur(picture, (0, 0), device.soft * side).astype(np.float32)
        if device.crisp:
            soft += device.crisp * (soft - cv2.GaussianBlur(soft, (0, 0), 2 * device.soft * side))
        soft *= np.float32(shot.exposure[frame])
        rolled = np.roll(tiles[frame % TILES], offsets[frame], axis=(0, 1))
        dark = 1 - (1 - BRIGHT) / 255 * soft.mean(axis=2, keepdims=True)
        out[frame] = np.clip(soft + rolled * dark + 0.5, 0, 255)

    with ThreadPoolExecutor(min(cpu_count() or 1, 4)) as pool:
        list(pool.map(expose, range(len(frames))))
    return out


def _noise(device: Device, side: int, rng: np.random.Generator) -> F32:
    """Noise (side, side, 3) in levels: fine in brightness, blotchy in colour."""
    bright = rng.normal(size=(side, side, 1)).astype(np.float32)
    colour = rng.normal(size=(side, side, 3)).astype(np.float32)
    colour = cv2.GaussianBlur(colour, (0, 0), max(BLOTCH * side, 1.0), borderType=cv2.BORDER_REFLECT)
    colour -= colour.mean(axis=2, keepdims=True)
    return device.noise * bright + device.colour_noise * colour / colour.std()
