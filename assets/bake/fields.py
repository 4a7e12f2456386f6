"""Where each texel lies on the hand, noise there, and normal maps from heights."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
SIZE = 1024


@dataclass(frozen=True)
class Texels:
    """The covered texels of the texture, flattened in the order of `mask`."""

    mask: NDArray[np.bool_]  # (SIZE, SIZE)
    points: F64  # (k, 3) mm at rest
    normals: F64  # (k, 3)
    weights: F64  # (k, 18) of BONES


@numba.njit(cache=True)
def _cover(uv: F64, triangles: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], F64]:
    """Triangle index (size, size), −1 outside, and barycentric weights of each texel's centre."""
    index = np.full((size, size), -1)
    weight = np.zeros((size, size, 3))
    for t in range(len(triangles)):
        a, b, c = uv[triangles[t, 0]] * size, uv[triangles[t, 1]] * size, uv[triangles[t, 2]] * size
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0.0:
            continue
        for y in range(int(min(a[1], b[1], c[1])) - 1, int(max(a[1], b[1], c[1])) + 2):
            for x in range(int(min(a[0], b[0], c[0])) - 1, int(max(a[0], b[0], c[0])) + 2):
                if not (0 <= x < size and 0 <= y < size):
                    continue
                px, py = x + 0.5, y + 0.5
                u = ((b[0] - px) * (c[1] - py) - (b[1] - py) * (c[0] - px)) / area
                v = ((c[0] - px) * (a[1] - py) - (c[1] - py) * (a[0] - px)) / area
                w = 1 - u - v
                if min(u, v, w) >= -1e-9:
                    index[y, x] = t
                    weight[y, x] = (u, v, w)
    return index, weight


def texels_of(
    vertices: F64, normals: F64, weights: F64, triangles: NDArray, uv: F64, corners: NDArray, size: int = SIZE
) -> Texels:
    """Position, normal and skin weights at each covered texel of a texture (size, size)."""
    index, bary = _cover(np.asarray(uv, float), np.asarray(corners, np.int64), size)
    mask = index >= 0
    corner, share = triangles[index[mask]], bary[mask][:, :, None]
    normal = (normals[corner] * share).sum(1)
    return Texels(
        mask,
        (vertices[corner] * share).sum(1),
        normal / np.linalg.norm(normal, axis=1, keepdims=True),
        (weights[corner] * share).sum(1),
    )


def noise(points: F64, wavelength: float, seed: int = 0, octaves: int = 1) -> F64:
    """Gradient noise (Perlin 2002) of (k, 3) mm, about −1..1, halving with each octave."""
    total, amplitude = np.zeros(len(points)), 1.0
    for octave in range(octaves):
        total += amplitude * _perlin(points / wavelength * 2**octave, seed + 17 * octave)
        amplitude *= 0.5
    return total


def _perlin(p: F64, seed: int) -> F64:
    table = np.random.default_rng(seed).permutation(256)
    gradient = np.random.default_rng(seed + 1).normal(size=(256, 3))
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    return 1.6 * _gradients(p, table, gradient)


@numba.njit(cache=True)
def _gradients(p: F64, table: NDArray[np.int64], gradient: F64) -> F64:
    out = np.zeros(len(p))
    cell, f = np.empty(3, np.int64), np.empty(3)
    for k in range(len(p)):
        for a in range(3):
            cell[a] = int(np.floor(p[k, a]))
            f[a] = p[k, a] - cell[a]
        for corner in range(8):
            share, place, dot = 1.0, 0, 0.0
            for a in range(3):
                bit = (corner >> a) & 1
                s = f[a] ** 3 * (f[a] * (f[a] * 6 - 15) + 10)
                share *= s if bit else 1 - s
                place = table[(place + cell[a] + bit) % 256]
            for a in range(3):
                dot += gradient[place, a] * (f[a] - ((corner >> a) & 1))
            out[k] += share * dot
    return out


def spread(image: F64, mask: NDArray[np.bool_], rounds: int = 6) -> F64:
    """Values carried a few texels beyond `mask`, so that filtering never meets the gap."""
    out, known = np.where(mask[..., None], image, 0.0), mask.astype(float)[..., None]
    for _ in range(rounds):
        total, count = np.zeros_like(out), np.zeros_like(known)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                total += np.roll(out * known, (dy, dx), (0, 1))
                count += np.roll(known, (dy, dx), (0, 1))
        fresh = (known == 0) & (count > 0)
        out = np.where(fresh, total / np.maximum(count, 1), out)
        known = np.where(fresh, 1.0, known)
    return out
