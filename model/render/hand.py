"""The hand as a picture layer: textured, lit by the photo's light, shaded as skin."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from model.hand import Character, HandTextures, albedo_map, gloss_map, paint_textures
from model.mesh.raster import rasterise
from model.optics import SKIN_BRIGHTNESS, MattSkin
from model.scene import F32, F64, I32

TEXELS_PER_MM = 4.6  # of the full textures, on the average of the hand
FULL_SIDE, MOST_SIDE, LEAST_SIDE, SIDE_STEP = 1024, 768, 256, 64  # px of the textures
# Gloss: 0.3 is skin, from NAIL_FROM on it is a nail; lobes are powers of the cosine to the half vector.
NAIL_FROM, NAIL_SPAN, NAIL_DRY, OILIEST = 0.35, 0.45, 0.6, 0.3
OIL_BROAD, OIL_TIGHT = 0.42, 0.35  # of powers 9 and 36
NAIL_BROAD, NAIL_TIGHT = 0.60, 0.70  # of powers 7 and 50
RIM = 0.01  # of skin that is seen flat
TURNED = 0.55  # darkening where a finger turns away from the eye: its round side sees less of the light around
GLOSS, GLOSS_SHADED = 0.42, 0.2  # of the lamp's light, and what of it is left in the lamp's shadow
# Light in crevices goes from skin to skin: what is left of an open share `a` is a / (1 − ρ (1 − a)) at albedo ρ, as of
# a closed cavity (Jimenez et al. 2016), so that shade between fingers keeps its hue. Skin scatters, too, so that ρ is
# taken alike for all, in the hue of light skin; dark skin sends less of its own. So does what is left in the lamp's
# shadow, a little brighter than the fitted light says.
BOUNCE, BOUNCE_HUE = 0.55, 1.2
IN_SHADE, SHADE_HUE = 0.22, 0.9
HUED_FROM = 0.32  # brightness of skin from which its hue goes over whole


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


class HandPaint(NamedTuple):
    """The hand's textures for one person, at the resolution that the picture can show."""

    colour: F32  # (s, s, 4) linear albedo, gloss
    normal: F32  # (s, s, 3) x along the tangent, y along normal × tangent, z outward


class HandMesh(NamedTuple):
    """The posed hand as shading needs it."""

    triangles: I32  # (t, 3)
    normals: F32  # (n, 3) unit
    uv: F32  # (m, 2)
    corners: I32  # (t, 3) into uv
    tangents: F32  # (t, 3) unit


class Raster(NamedTuple):
    """What the rasteriser found, `scale` by `scale` samples a pixel."""

    triangle: I32  # (h, w) index or -1
    bary: F32  # (h, w, 2)


class Lamp(NamedTuple):
    """The photo's light as the hand takes it."""

    direction: F64  # (3,) unit, towards the lamp
    half: F64  # (3,) unit, between lamp and eye
    strength: float
    colour: F64  # (3,)
    matt: MattSkin
    shine: float = 1.0  # of what is glossy


def texture_side(samples_per_mm: float) -> int:
    """Side in px of textures that are as fine as a picture can show."""
    side = FULL_SIDE * samples_per_mm / TEXELS_PER_MM
    return int(np.clip(SIDE_STEP * round(side / SIDE_STEP), LEAST_SIDE, MOST_SIDE))


def paint_hand(character: Character, skin: F64, samples_per_mm: float) -> HandPaint:
    """Textures of the hand of `character` whose back has the albedo `skin` (3,) linear RGB."""
    textures = paint_textures(character, texture_side(samples_per_mm))
    return coloured(textures, skin)


def coloured(textures: HandTextures, skin: F64) -> HandPaint:
    """The textures in the colours of a skin (3,) linear RGB."""
    colour = np.dstack([albedo_map(textures, skin), gloss_map(textures)])
    return HandPaint(np.ascontiguousarray(colour, np.float32), np.ascontiguousarray(textures.normal, np.float32))


def vertex_light(sky: F64, sun: F32, near: F64, skin: F64) -> F32:
    """What is left at every vertex (n, 5) of the lamp, of its sheen, and of red, green and blue.

    sky (n,) open share of the sky, sun (n,) lamp's light left, near (n,) 1 far from the face, skin (3,) albedo.
    """
    bright = max(float(skin @ SKIN_BRIGHTNESS), 1e-3)
    hue = (np.maximum(skin, 1e-3) / bright) ** min(bright / HUED_FROM, 1.0)
    bounce = np.minimum(BOUNCE * hue**BOUNCE_HUE, 0.9)
    opened = (sky * near)[:, None]
    shaded = 1 + (1 - sun)[:, None] * ((1 + IN_SHADE) * hue**SHADE_HUE - 1)
    return np.column_stack([sun, sky * near, shaded * opened / (1 - bounce * (1 - opened))]).astype(np.float32)


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _mix(values: F32, a: int, b: int, c: int, channel: int, p: float, q: float, r: float) -> float:
    return p * values[a, channel] + q * values[b, channel] + r * values[c, channel]


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _relief(
    t: int, p: float, q: float, r: float, mesh: HandMesh, bumps: F32
) -> tuple[float, float, float, float, float, float, float, float]:
    """Place u, v in the textures, smooth normal, and normal with the skin's relief of a point of triangle `t`."""
    a, b, c = mesh.triangles[t, 0], mesh.triangles[t, 1], mesh.triangles[t, 2]
    d, e, f = mesh.corners[t, 0], mesh.corners[t, 1], mesh.corners[t, 2]
    u = _mix(mesh.uv, d, e, f, 0, p, q, r)
    v = _mix(mesh.uv, d, e, f, 1, p, q, r)
    sx = _mix(mesh.normals, a, b, c, 0, p, q, r)
    sy = _mix(mesh.normals, a, b, c, 1, p, q, r)
    sz = _mix(mesh.normals, a, b, c, 2, p, q, r)
    tx, ty, tz = mesh.tangents[t, 0], mesh.tangents[t, 1], mesh.tangents[t, 2]
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
def hand_surface(raster: Raster, scale: int, mesh: HandMesh, paint: HandPaint) -> F32:
    """Unit normal with relief, and linear albedo (h, w, 6), means of `scale` by `scale` samples; 0 off the hand."""
    index, bary = raster
    height, width = index.shape[0] // scale, index.shape[1] // scale
    out = np.zeros((height, width, 6), np.float32)
    count = np.zeros((height, width), np.float32)
    for i in range(height * scale):
        for j in range(width * scale):
            t = index[i, j]
            if t < 0:
                continue
            p, q = bary[i, j, 0], bary[i, j, 1]
            u, v, _, _, _, nx, ny, nz = _relief(t, p, q, 1.0 - p - q, mesh, paint.normal)
            pixel = out[i // scale, j // scale]
            pixel[0] += nx
            pixel[1] += ny
            pixel[2] += nz
            for k in range(3):
                pixel[3 + k] += _fetch(paint.colour, u, v, k)
            count[i // scale, j // scale] += 1
    for i in range(height):
        for j in range(width):
            pixel = out[i, j]
            if count[i, j] > 0:
                pixel[3:] /= count[i, j]
                pixel[:3] /= math.sqrt(pixel[0] ** 2 + pixel[1] ** 2 + pixel[2] ** 2 + 1e-9)
    return out


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def _sheen(glint: float, shiny: float, rim: float) -> float:
    """What shines of skin and nail: two lobes of oil on skin, a broad and a sharp one on a nail, a rim seen flat."""
    nail = min(max((shiny - NAIL_FROM) / NAIL_SPAN, 0.0), 1.0)
    oily = min(shiny, OILIEST) * (1 - NAIL_DRY * nail)
    broad = glint**9
    gloss = oily * (OIL_BROAD * broad + OIL_TIGHT * (broad * broad) ** 2)
    if nail > 0.0:
        gloss += nail * (NAIL_BROAD * glint**7 + NAIL_TIGHT * glint**50)
    return gloss + RIM * rim


@njit(cache=True, nogil=True, fastmath=True)
def shade_hand(raster: Raster, mesh: HandMesh, light: F32, paint: HandPaint, lamp: Lamp) -> F32:
    """Premultiplied RGBA (h, w, 4), linear, from raster buffers; `light` (n, 5) as of vertex_light."""
    index, bary = raster
    matt, towards, half = lamp.matt, lamp.direction, lamp.half
    height, width = index.shape
    out = np.zeros((height, width, 4), np.float32)
    for i in range(height):
        for j in range(width):
            t = index[i, j]
            if t < 0:
                continue
            p, q = bary[i, j, 0], bary[i, j, 1]
            r = 1.0 - p - q
            a, b, c = mesh.triangles[t, 0], mesh.triangles[t, 1], mesh.triangles[t, 2]
            u, v, sx, sy, sz, nx, ny, nz = _relief(t, p, q, r, mesh, paint.normal)
            sun, open_ = _mix(light, a, b, c, 0, p, q, r), _mix(light, a, b, c, 1, p, q, r)
            facing = nx * towards[0] + ny * towards[1] + nz * towards[2]
            smooth = sx * towards[0] + sy * towards[1] + sz * towards[2]
            glint = max(nx * half[0] + ny * half[1] + nz * half[2], 0.0)
            rim = max(1.0 + nz, 0.0)
            rim *= rim * rim * rim
            gloss = _sheen(glint, _fetch(paint.colour, u, v, 3), rim)
            gloss *= open_ * (GLOSS_SHADED + (1 - GLOSS_SHADED) * sun)
            turned = max(1.0 + sz, 0.0)
            around = 1.0 - TURNED * min(turned * turned, 1.0)
            reach = matt.leak + (1 - matt.leak) * sun
            for k in range(3):
                wrap = matt.wrap[k]
                mixed = wrap * smooth + (1 - wrap) * facing  # scattering blurs relief, red most
                lit = max((mixed + wrap) / (1 + wrap), 0.0)
                shade = 1 - matt.dimmed * lamp.strength + matt.lamp * lamp.strength * reach * lit
                body = (
                    around
                    * _fetch(paint.colour, u, v, k)
                    * max(shade, matt.least)
                    * _mix(light, a, b, c, 2 + k, p, q, r)
                )
                out[i, j, k] = lamp.colour[k] * (body + GLOSS * lamp.shine * gloss)
            out[i, j, 3] = 1.0
    return out


def raster_hand(pixels: F64, z: F64, triangles: I32, scale: int, box: tuple[int, int, int, int]) -> tuple[F32, Raster]:
    """Depth (h, w) mm and raster of the box (left, top, right, bottom) px at `scale` samples a pixel."""
    left, top, right, bottom = box
    x = np.ascontiguousarray(((pixels[:, 0] - left) * scale).astype(np.float32))
    y = np.ascontiguousarray(((pixels[:, 1] - top) * scale).astype(np.float32))
    depth, index, bary = rasterise(
        triangles, x, y, z.astype(np.float32), (bottom - top) * scale, (right - left) * scale
    )
    return depth, Raster(index, bary)
