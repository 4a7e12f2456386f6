"""A clip as a device records it. Frames, labels, joints and guidance keep fitting each other exactly."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.camera.device import DEVICES, Device
from model.camera.follow import follow_guidance, follow_labels, follow_points
from model.camera.hold import Shot, hold
from model.camera.record import record
from model.clip import Clip
from model.scene import F32, U8

I64 = NDArray[np.int64]

BLOTCH = 0.006  # of the side: how wide colour noise is, which devices smooth away but for its coarse part
BRIGHT = 0.5  # of the noise that is left in full light


def shoot(clip: Clip, camera: str, seed: int) -> Clip:
    """The clip through the `camera`, one of DEVICES; a still one leaves it as it is."""
    if camera not in DEVICES:
        return clip
    device = DEVICES[camera]
    frames, side = len(clip.frames), clip.frames.shape[1]
    shot = hold(device, frames, clip.fps, side, seed)
    filmed = _exposed(clip.frames, device, shot, seed)
    record(filmed, clip.fps, device.crf)
    return replace(
        clip,
        frames=filmed,
        labels=follow_labels(clip.labels, shot),
        joints=None if clip.joints is None else follow_points(clip.joints, shot),
        guidance=None if clip.guidance is None else follow_guidance(clip.guidance, shot),
    )


def _exposed(frames: U8, device: Device, shot: Shot, seed: int) -> U8:
    """The frames (f, h, w, 3) as the sensor takes them: moved, softened, noisy."""
    side = frames.shape[1]
    rng = np.random.default_rng((seed, side))
    tile, spread = _noise(device, side, rng), _spread(device, side)
    offsets = rng.integers(0, side, (len(frames), 2))
    out = np.empty_like(frames)

    def expose(frame: int) -> None:
        picture = frames[frame]
        if device.drift:
            place = shot.places[frame].copy()
            place[:, 2] += place[:, :2].sum(axis=1) / 2 - 0.5  # OpenCV counts pixel centres
            # linear: a cubic overshoots, which is a pale fringe around a dark hand
            picture = cv2.warpAffine(
                picture, place, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
        seen = cv2.filter2D(picture, -1, spread, borderType=cv2.BORDER_REFLECT)
        _add_noise(seen, tile, offsets[frame], shot.exposure[frame], out[frame])

    with ThreadPoolExecutor(min(cpu_count() or 1, 4)) as pool:
        list(pool.map(expose, range(len(frames))))
    return out


def _spread(device: Device, side: int) -> F32:
    """Point spread of the lens, sharpened again as such devices do: (k, k) summing to 1."""
    sigma = device.soft * side
    reach = int(np.ceil(3 * sigma))
    narrow, wide = (cv2.getGaussianKernel(2 * reach + 1, width) for width in (sigma, np.hypot(sigma, 2 * sigma)))
    kernel = (1 + device.crisp) * narrow @ narrow.T - device.crisp * wide @ wide.T
    return (kernel / kernel.sum()).astype(np.float32)


def _noise(device: Device, side: int, rng: np.random.Generator) -> F32:
    """Noise (side, side, 3) in levels: fine in brightness, blotchy in colour."""
    bright = rng.standard_normal((side, side, 1), np.float32)
    colour = rng.standard_normal((side, side, 3), np.float32)
    colour = cv2.GaussianBlur(colour, (0, 0), max(BLOTCH * side, 1.0), borderType=cv2.BORDER_REFLECT)
    colour -= colour.mean(axis=2, keepdims=True)
    return device.noise * bright + device.colour_noise * colour / colour.std()


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def _add_noise(picture: U8, tile: F32, offset: I64, exposure: float, out: U8) -> None:
    """The picture (h, w, 3) in another light, with noise from the rolled tile; less of it where it is bright."""
    height, width, _ = picture.shape
    rows, columns, _ = tile.shape
    gain, less = np.float32(exposure), np.float32((1 - BRIGHT) / 255)
    for i in range(height):
        for j in range(width):
            grain = tile[(i + offset[0]) % rows, (j + offset[1]) % columns]
            pixel = picture[i, j]
            green = np.float32(pixel[1])
            share = np.float32(1.0) - less * green
            for c in range(3):
                value = gain * np.float32(pixel[c]) + share * grain[c] + np.float32(0.5)
                out[i, j, c] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
