"""Lids and lips that close without stair-steps: where they meet eyeball or teeth the photo's map jumps, so it is
drawn finer there."""

from typing import Final

import cv2
import numpy as np

from model.body import OPENINGS
from model.mesh.raster import interpolate, rasterise
from model.scene import F32, F64, I32, U8, FaceScan

FINER: Final = 3  # samples to a pixel, each way
JUMP_PX: Final = 0.6  # from pixel to neighbour, beyond the one that a smooth map takes
MARGIN_PX: Final = 4
REACH_MM: Final = 14.0  # around an opening, within which its triangles lie
BLEND_PX: Final = 0.7  # blur of where the finer drawing is laid in
LEAST_OPEN_PX: Final = 2.0  # of a mouth that may close
STIRRED: Final = 0.97  # of the opening at rest, below which lids or lips have moved


def prepare_rims(scan: FaceScan) -> tuple[I32, ...]:
    """Triangles (t, 3) around each of OPENINGS, all that can come into its picture."""
    corners = scan.pixels[scan.triangles]
    rims = []
    for upper, lower in OPENINGS:
        rim = scan.pixels[[*upper, *lower]]
        reach = REACH_MM / scan.camera.mm_per_px
        inside = ((corners > rim.min(axis=0) - reach) & (corners < rim.max(axis=0) + reach)).all(axis=2)
        rims.append(scan.triangles[inside.any(axis=1)])
    return tuple(rims)


def smooth_lids(warped: U8, source: F32, scan: FaceScan, rims: tuple[I32, ...], pixels: F32, depth: F32) -> U8:
    """The warped photo (h, w, 3) with the edges of closing lids and lips drawn finer; pixels (n, 2), depth (n,)."""
    for (upper, lower), triangles in zip(OPENINGS, rims, strict=True):
        open_at_rest = _opening(scan.pixels, upper, lower)
        share = _opening(pixels, upper, lower) / max(open_at_rest, LEAST_OPEN_PX)
        if open_at_rest > LEAST_OPEN_PX and share < STIRRED:
            rim = pixels[[*upper, *lower]]
            low = np.maximum(np.floor(rim.min(axis=0)).astype(int) - MARGIN_PX, 0)
            high = np.minimum(np.ceil(rim.max(axis=0)).astype(int) + MARGIN_PX, warped.shape[1::-1])
            if (high - low).min() > 2:
                warped = _drawn_finer(warped, source, scan, triangles, pixels, depth, low, high)
    return warped


def _opening(pixels: F32 | F64, upper: tuple[int, ...], lower: tuple[int, ...]) -> float:
    """Mean distance between the lids, corners left out, px."""
    return float(np.linalg.norm(pixels[list(upper[1:-1])] - pixels[list(lower[1:-1])], axis=1).mean())


def _drawn_finer(
    warped: U8, source: F32, scan: FaceScan, triangles: I32, pixels: F32, depth: F32, low: np.ndarray, high: np.ndarray
) -> U8:
    """The box low..high (2,) px drawn again, blended in where the map jumps."""
    (left, top), (right, bottom) = low, high
    x, y = np.ascontiguousarray((pixels - low.astype(np.float32)).T * FINER)
    size = ((bottom - top) * FINER, (right - left) * FINER)
    _, index, bary = rasterise(triangles, x, y, depth, *size)
    fine = interpolate(triangles, index, bary, scan.pixels.astype(np.float32)) - np.float32(0.5)
    drawn = cv2.remap(scan.image, fine[..., 0], fine[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    averaged = cv2.resize(drawn, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    box = source[top:bottom, left:right]
    jumps = np.zeros(box.shape[:2], np.uint8)
    steps_across, steps_down = (np.abs(np.diff(box, axis=axis)).max(axis=2) for axis in (1, 0))
    for steps, here, there in ((steps_across, np.s_[:, :-1], np.s_[:, 1:]), (steps_down, np.s_[:-1], np.s_[1:])):
        jumps[here] |= steps > 1 + JUMP_PX
        jumps[there] |= steps > 1 + JUMP_PX
    jumps[cv2.resize(index, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST) < 0] = 0
    share = cv2.GaussianBlur(jumps.astype(np.float32), (0, 0), BLEND_PX)[..., None].clip(0, 0.5) * 2
    out = warped.copy()
    out[top:bottom, left:right] = np.rint(averaged * share + warped[top:bottom, left:right] * (1 - share))
    return out
