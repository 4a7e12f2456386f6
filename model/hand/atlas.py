"""Where each texel of the hand's textures lies on the hand at rest."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.mesh.raster import interpolate, rasterise
from model.scene import F32, F64, I32

from .asset import load_hand

NOISE_SPAN: Final = 1.5  # of the random values: blending makes them smaller
ALL_ITS_OWN: Final = 0.9  # weight of a fingertip's bone from which a texel may bear a nail
COARSE_FADES: Final = 1.7  # power of how much coarser a texel is
MEASURED_PX: Final = 128  # side of the texture on which a texel's size is measured
MARGIN_PX: Final = 4.0  # beyond the charts, that has the nearest texel's values
BORDER_MM: Final = 4.0  # from the seam between back and palm, over which nothing may be moved across it


@dataclass(frozen=True)
class Fingertip:
    """The texels of the last bone of a finger."""

    texels: I32  # (k,) flat indices
    local: F32  # (k, 3) mm in the bone's frame: across, along, up
    facing: F32  # (k,) cosine to the side of the nail


@dataclass(frozen=True)
class Atlas:
    """The textures' texels (s, s)."""

    covered: NDArray[np.bool_]  # (s, s), with a margin beyond, so that filtering never meets the gap
    points: F32  # (s, s, 3) mm at rest in the hand frame
    spacing: F32  # (s, s, 2) mm of a texel along u and v
    inner: F32  # (s, s) 0 at the seam .. 1
    texel_mm: float  # of the hand, typically
    fine: F32  # (s, s) 1 on the hand .. less on the arm, whose texels are too coarse for pores
    fingertips: tuple[Fingertip, ...]


@lru_cache(maxsize=2)  # some 20 MB each
def load_atlas(side: int) -> Atlas:
    """The texels of textures (side, side) of the mean hand."""
    model = load_hand()
    x, y = (np.ascontiguousarray(model.uv[:, k] * side, np.float32) for k in (0, 1))
    _, index, bary = rasterise(model.uv_triangles, x, y, np.zeros(len(x), np.float32), side, side)
    covered = index >= 0
    tips = np.stack([((model.bone_index == 3 + 3 * ray) * model.bone_weight).sum(1) for ray in range(5)], 1)
    values = np.column_stack([model.vertices, model.normals, tips]).astype(np.float32)
    fields = interpolate(model.triangles, index, bary, values)
    near, widened = _beyond(covered)
    points = np.ascontiguousarray(fields[..., :3].reshape(-1, 3)[near])
    spacing = _spacing_of(side, points, covered)
    away = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3) * spacing.mean(axis=2)
    inner = np.clip((away - 1) / BORDER_MM, 0, 1).astype(np.float32)
    fields = fields.reshape(-1, fields.shape[2])[near]
    texel = float(np.median(spacing[covered]))
    fine = np.minimum(texel / spacing.mean(axis=2), 1) ** COARSE_FADES
    found = tuple(_fingertip(ray, fields, widened, model.joints, model.frames) for ray in range(5))
    return Atlas(widened, points, spacing, inner, texel, fine, found)


def _beyond(covered: NDArray[np.bool_]) -> tuple[I32, NDArray[np.bool_]]:
    """Flat index (s, s) of the nearest covered texel, and which texels are covered or just beyond."""
    gap, label = cv2.distanceTransformWithLabels(
        (~covered).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    texel = np.zeros(int(label.max()) + 1, np.int32)
    texel[label[covered]] = np.flatnonzero(covered)
    return texel[label], gap < MARGIN_PX


def _spacing_of(side: int, points: F32, covered: NDArray[np.bool_]) -> F32:
    """Millimetres (s, s, 2) of a texel along u and v: measured on a small texture, as it varies slowly."""
    if side <= MEASURED_PX:
        return np.stack([_spacing(points, covered, axis) for axis in (1, 0)], axis=2)
    measured = load_atlas(MEASURED_PX).spacing * np.float32(MEASURED_PX / side)
    return np.asarray(cv2.resize(measured, (side, side), interpolation=cv2.INTER_LINEAR))


def _spacing(points: F32, covered: NDArray[np.bool_], axis: int) -> F32:
    """Millimetres (s, s) between neighbouring texels along an axis of the image, smooth."""
    step = np.linalg.norm(np.roll(points, -1, axis) - points, axis=2)
    known = (covered & np.roll(covered, -1, axis)).astype(np.float32)
    sigma = len(points) / 64
    out = cv2.GaussianBlur(step * known, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(known, (0, 0), sigma), 1e-3)
    return np.maximum(out, 0.05).astype(np.float32)


def _fingertip(ray: int, fields: F32, covered: NDArray[np.bool_], joints: F64, frames: F64) -> Fingertip:
    bone = 3 + 3 * ray
    texels = np.flatnonzero(covered & (fields[..., 6 + ray] > ALL_ITS_OWN)).astype(np.int32)
    chosen = fields.reshape(-1, fields.shape[2])[texels].astype(np.float64)
    normal = chosen[:, 3:6] / np.maximum(np.linalg.norm(chosen[:, 3:6], axis=1, keepdims=True), 1e-6)
    local = (chosen[:, :3] - joints[bone]) @ frames[bone]
    return Fingertip(texels, local.astype(np.float32), (normal @ frames[bone][:, 2]).astype(np.float32))


LATTICE: Final = 16  # values along a side, a power of 2, after which noise repeats


def value_noise(points: F32, wavelength: float, rng: np.random.Generator, channels: int = 1) -> F32:
    """Smooth noise (h, w[, channels]) of about −1..1 at points (h, w, 3) mm: the same on both sides of a seam."""
    lattice = rng.uniform(-NOISE_SPAN, NOISE_SPAN, (LATTICE, LATTICE, LATTICE, channels)).astype(np.float32)
    out = _value_noise(points, 2 / wavelength, lattice)
    return np.asarray(out[..., 0] if channels == 1 else out)


@njit(cache=True, nogil=True, fastmath=True, boundscheck=False)
def _value_noise(points: F32, scale: float, lattice: F32) -> F32:
    """Random values on a lattice, blended smoothly; `scale` cells a mm."""
    height, width, _ = points.shape
    wrap, channels = lattice.shape[0] - 1, lattice.shape[3]
    out = np.zeros((height, width, channels), np.float32)
    low, high = np.empty(3, np.int32), np.empty((2, 3), np.float32)
    for i in range(height):
        for j in range(width):
            for c in range(3):
                place = points[i, j, c] * scale
                whole = np.floor(place)
                f = place - whole
                low[c] = np.int32(whole)
                high[1, c] = f * f * (np.float32(3.0) - np.float32(2.0) * f)
                high[0, c] = np.float32(1.0) - high[1, c]
            for a in range(2):
                for b in range(2):
                    for c in range(2):
                        weight = high[a, 0] * high[b, 1] * high[c, 2]
                        x, y, z = (low[0] + a) & wrap, (low[1] + b) & wrap, (low[2] + c) & wrap
                        for k in range(channels):
                            out[i, j, k] += weight * lattice[x, y, z, k]
    return out
