"""The hand as a picture layer: textured, lit by the photo's light, shaded as skin."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from model.hand import HandTextures, albedo_map, gloss_map
from model.mesh.raster import rasterise
from model.scene import F32, F64, I32

WRAP = np.array([0.30, 0.22, 0.16])  # light that bleeds past the terminator, by channel
LEAK = 0.3  # of a lamp's light that bounces into its shadow
TEXELS_PER_MM = 4.6  # of the full textures, on the average of the hand


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _fetch(texture: F32, u: float, v: float, channel: int) -> float:
    """Bilinear sample; u, v in 0..1, v down."""
    rows, columns = texture.shape[0], texture.shape[1]
    x = min(max(u * columns - 0.5, 0.0), columns - 1.001)
    y = min(max(v * rows - 0.5, 0.0), rows - 1.001)
    j, i = int(x), int(y)
    a, b = x - j, y - i
    top = (1 - a) * texture[i, j, channel] + a * texture[i, j + 1, channel]
    low = (1 - a) * texture[i + 1, j, channel] + a * texture[i + 1, j + 1, channel]
    return (1 - b) * top + b * low


@dataclass(frozen=True)
class HandPaint:
    """The hand's textures for one person, at the resolution that the picture can show."""

    colour: F32  # (s, s, 4) linear albedo, gloss
    normal: F32  # (s, s, 3) x along the tangent, y along normal × tangent, z outward


def paint_hand(textures: HandTextures, skin: F64, samples_per_mm: float) -> HandPaint:
    """Textures of a hand whose back has the albedo `skin` (3,) linear RGB."""
    colour = np.dstack([albedo_map(textures, skin), gloss_map(textures)])
    side = int(np.clip(colour.shape[0] * samples_per_mm / TEXELS_PER_MM, 128, colour.shape[0]))
    colour, normal = (
        cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in (colour, textures.normal)
    )
    return HandPaint(np.ascontiguousarray(colour, np.float32), np.ascontiguousarray(normal, np.float32))


def vertex_light(sky: F64, sun: F32, near: F64) -> F32:
    """What is left at every vertex (n, 5) of the lamp, of its sheen, and of red, green and blue.

    sky (n,) open share of the sky, sun (n,) lamp's light left, near (n,) 1 far from the face. Red is lost least in
    crevices, where light goes from skin to skin.
    """
    steps = np.arange(3)
    tint = sky[:, None] ** (1.1 + 0.1 * steps) * near[:, None] ** (0.9 + 0.08 * steps)
    return np.column_stack([sun, sky * near, tint]).astype(np.float32)


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _mix(values: F32, a: int, b: int, c: int, channel: int, p: float, q: float, r: float) -> float:
    return p * values[a, channel] + q * values[b, channel] + r * values[c, channel]


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _relief(
    t: int, p: float, q: float, r: float, triangles: I32, normals: F32, uv: F32, corners: I32, tangents: F32,
    bumps: F32,
) -> tuple[float, float, float, float, float, float, float, float]:  # fmt: skip
    """Place u, v in the textures, smooth normal, and normal with the skin's relief of a point of triangle `t`."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    u = _mix(uv, corners[t, 0], corners[t, 1], corners[t, 2], 0, p, q, r)
    v = _mix(uv, corners[t, 0], corners[t, 1], corners[t, 2], 1, p, q, r)
    sx, sy, sz = (
        _mix(normals, a, b, c, 0, p, q, r),
        _mix(normals, a, b, c, 1, p, q, r),
        _mix(normals, a, b, c, 2, p, q, r),
    )
    tx, ty, tz = tangents[t, 0], tangents[t, 1], tangents[t, 2]
    dot = tx * sx + ty * sy + tz * sz
    tx, ty, tz = tx - dot * sx, ty - dot * sy, tz - dot * sz
    inverse = 1.0 / math.sqrt(tx * tx + ty * ty + tz * tz + 1e-9)
    tx, ty, tz = tx * inverse, ty * inverse, tz * inverse
    wx, wy, wz = sy * tz - sz * ty, sz * tx - sx * tz, sx * ty - sy * tx
    bx, by, bz = _fetch(bumps, u, v, 0), _fetch(bumps, u, v, 1), _fetch(bumps, u, v, 2)
    nx, ny, nz = bx * tx + by * wx + bz * sx, bx * ty + by * wy + bz * sy, bx * tz + by * wz + bz * sz
    inverse = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
    return u, v, sx, sy, sz, nx * inverse, ny * inverse, nz * inverse


@njit(cache=True, nogil=True, fastmath=True)
def hand_surface(
    index: I32, bary: F32, scale: int, triangles: I32, normals: F32, uv: F32, corners: I32, tangents: F32, colour: F32,
    bumps: F32,
) -> F32:  # fmt: skip
    """Unit normal with relief, and linear albedo (h, w, 6), means of `scale` by `scale` samples; 0 off the hand."""
    height, width = index.shape[0] // scale, index.shape[1] // scale
    out = np.zeros((height, width, 6), np.float32)
    count = np.zeros((height, width), np.float32)
    for i in range(height * scale):
        for j in range(width * scale):
            t = index[i, j]
            if t < 0:
                continue
            p, q = bary[i, j, 0], bary[i, j, 1]
            u, v, _, _, _, nx, ny, nz = _relief(t, p, q, 1.0 - p - q, triangles, normals, uv, corners, tangents, bumps)
            pixel = out[i // scale, j // scale]
            pixel[0] += nx
            pixel[1] += ny
            pixel[2] += nz
            for k in range(3):
                pixel[3 + k] += _fetch(colour, u, v, k)
            count[i // scale, j // scale] += 1
    for i in range(height):
        for j in range(width):
            pixel = out[i, j]
            if count[i, j] > 0:
                pixel[3:] /= count[i, j]
                pixel[:3] /= math.sqrt(pixel[0] ** 2 + pixel[1] ** 2 + pixel[2] ** 2 + 1e-9)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def shade_hand(
    index: I32, bary: F32, triangles: I32, normals: F32, uv: F32, corners: I32, light: F32, tangents: F32, colour: F32,
    bumps: F32, lamp: F64, strength: float, lamp_colour: F64, wrap: F64, half: F64,
) -> F32:  # fmt: skip
    """Premultiplied RGBA (h, w, 4), linear, from raster buffers.

    light (n, 5) as of vertex_light; tangents (t, 3); colour (s, s, 4) and bumps (s, s, 3) as in HandPaint;
    lamp (3,) direction; half (3,) between lamp and eye.
    """
    height, width = index.shape
    out = np.zeros((height, width, 4), np.float32)
    for i in range(height):
        for j in range(width):
            t = index[i, j]
            if t < 0:
                continue
            p, q = bary[i, j, 0], bary[i, j, 1]
            r = 1.0 - p - q
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v, sx, sy, sz, nx, ny, nz = _relief(t, p, q, r, triangles, normals, uv, corners, tangents, bumps)
            sun, open_ = _mix(light, a, b, c, 0, p, q, r), _mix(light, a, b, c, 1, p, q, r)
            facing = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
            smooth = sx * lamp[0] + sy * lamp[1] + sz * lamp[2]
            glint = max(nx * half[0] + ny * half[1] + nz * half[2], 0.0)
            rim = max(1.0 + nz, 0.0)
            rim *= rim * rim * rim
            shiny = _fetch(colour, u, v, 3)
            nail = min(max((shiny - 0.35) / 0.45, 0.0), 1.0)
            oily = min(shiny, 0.3) * (1 - 0.6 * nail)
            broad = glint**9
            gloss = oily * (0.42 * broad + 0.35 * (broad * broad) ** 2)
            if nail > 0.0:
                gloss += nail * (0.07 * glint**12 + 0.40 * glint**90)
            gloss = (gloss + 0.01 * rim) * open_ * (0.35 + 0.65 * sun)
            reach = LEAK + (1 - LEAK) * sun
            for k in range(3):
                mixed = wrap[k] * smooth + (1 - wrap[k]) * facing  # scattering blurs relief, red most
                lit = max((mixed + wrap[k]) / (1 + wrap[k]), 0.0)
                shade = 1 - 0.62 * strength + 2.1 * strength * reach * lit
                body = _fetch(colour, u, v, k) * max(shade, 0.06) * _mix(light, a, b, c, 2 + k, p, q, r)
                out[i, j, k] = lamp_colour[k] * (body + 0.30 * gloss)
            out[i, j, 3] = 1.0
    return out


def raster_hand(
    pixels: F64, z: F64, triangles: I32, scale: int, box: tuple[int, int, int, int]
) -> tuple[F32, I32, F32]:
    """Raster buffers of the box (left, top, right, bottom) px at `scale` samples a pixel."""
    left, top, right, bottom = box
    x = np.ascontiguousarray(((pixels[:, 0] - left) * scale).astype(np.float32))
    y = np.ascontiguousarray(((pixels[:, 1] - top) * scale).astype(np.float32))
    return rasterise(triangles, x, y, z.astype(np.float32), (bottom - top) * scale, (right - left) * scale)
