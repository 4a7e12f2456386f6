"""A sleeve over the forearm: a tube of cloth with a hem and folds, carried by the arm's own bones.

Its texture is a strip below the hand's textures, around the arm from left to right, from the cuff downwards.
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from scipy.spatial import cKDTree

from model.body import FOREARM_PART, SLEEVE_PART
from model.mesh.normals import vertex_normals
from model.scene import F32, F64, I32, Garment

from .asset import HandModel

STRIP: Final = 0.5  # height of the cloth's texture, over that of the hand's
CUFF_MM, CUFF_VARIES_MM = 16.0, 14.0  # from the wrist down the arm, and by how much seeds push it farther
LENGTH_MM, RING_MM, AROUND = 290.0, 5.0, 48  # of the tube, between its rings, and vertices in a ring
LOOSE_MM, HEM_MM, FLARE_MM = 4.0, 1.6, 3.0  # off the arm; thickness of the cloth at its rim; wider at the cuff
FLARE_OVER_MM: Final = 60.0
FOLD_MM: Final = 2.6  # of the largest folds
FOLDS: Final = 7  # waves that they are made of
AROUND_MM: Final = 210.0  # an arm's girth: how large the weave is
HEM_LINE_MM, HEM_WIDE_MM, HEM_DARK = 11.0, 0.8, 0.35  # the seam that ends the hem
COVER: Final = 0.45  # of the weave's contrast that is kept
LINT: Final = 0.03  # gloss of cloth


def dress(model: HandModel, seed: int) -> HandModel:
    """The hand with a long sleeve; `paint_sleeve` adds its texture."""
    rng = np.random.default_rng((seed, SLEEVE_PART))
    cuff = -(CUFF_MM + CUFF_VARIES_MM * rng.random()) * model.length / 187.0
    arm = np.flatnonzero((model.part == FOREARM_PART) | (model.vertices[:, 1] < 5.0))
    points = _tube(model.vertices[arm], cuff, rng)
    rings = len(points) // AROUND
    near = arm[cKDTree(model.vertices[arm]).query(points)[1]]
    count = len(model.vertices)
    triangles = np.concatenate([model.triangles, _skin_of_tube(rings, AROUND, AROUND) + count]).astype(np.int32)
    vertices = np.concatenate([model.vertices, points])
    uv, corners = _unrolled(rings)
    shrunk = model.uv * np.array([1.0, 1 / (1 + STRIP)], np.float32)
    return replace(
        model,
        vertices=vertices,
        normals=vertex_normals(vertices, triangles),
        triangles=triangles,
        uv=np.concatenate([shrunk, uv]),
        uv_triangles=np.concatenate([model.uv_triangles, corners + len(shrunk)]).astype(np.int32),
        bone_index=np.concatenate([model.bone_index, model.bone_index[near]]),
        bone_weight=np.concatenate([model.bone_weight, model.bone_weight[near]]),
        knuckle_bone=np.concatenate([model.knuckle_bone, model.knuckle_bone[near]]),
        knuckle_height=np.concatenate([model.knuckle_height, np.zeros(len(points), np.float32)]),
        part=np.concatenate([model.part, np.full(len(points), SLEEVE_PART, np.uint8)]),
    )


def _tube(arm: F64, cuff: float, rng: np.random.Generator) -> F64:
    """Rings (r · AROUND, 3) mm around an arm: the rim's inner edge first, then down the outside."""
    along = cuff - np.concatenate([[0.0, 0.0], np.arange(1, round(LENGTH_MM / RING_MM)) * RING_MM])
    angle = 2 * np.pi * np.arange(AROUND) / AROUND
    spread = np.full(len(along), LOOSE_MM)
    spread[0] = LOOSE_MM - HEM_MM
    down = cuff - along
    spread[1:] += FLARE_MM * np.exp(-down[1:] / FLARE_OVER_MM)
    folds = _folds(down, angle, rng)
    rings = []
    for k, y in enumerate(along):
        centre, radius = _outline(arm, float(y), angle)
        out = radius + spread[k] + (folds[k] if k else folds[1])
        rings.append(
            np.stack([centre[0] + out * np.cos(angle), np.full(AROUND, y), centre[1] + out * np.sin(angle)], 1)
        )
    return np.concatenate(rings)


def _outline(arm: F64, y: float, angle: F64) -> tuple[F64, F64]:
    """Middle (2,) and radius (a,) mm in x and z of the arm at a height, smooth around."""
    near = arm[np.abs(arm[:, 1] - max(y, arm[:, 1].min() + 12.0)) < 14.0][:, [0, 2]]
    centre = (near.min(axis=0) + near.max(axis=0)) / 2
    away = near - centre
    at, radius = np.arctan2(away[:, 1], away[:, 0]), np.linalg.norm(away, axis=1)
    turned = np.cos(angle[:, None] - at)
    weight = np.exp(14.0 * (turned - 1))
    return centre, (weight * radius).sum(axis=1) / weight.sum(axis=1)


def _folds(down: F64, angle: F64, rng: np.random.Generator) -> F64:
    """Height (r, a) mm of slanted waves, fewer at the hem: sharp ridges, as cloth has that is pushed up an arm."""
    total = np.zeros((len(down), len(angle)))
    for _ in range(FOLDS):
        turns, rate = rng.integers(-2, 3), rng.uniform(0.10, 0.28)  # around the arm; rad a mm
        wave = np.sin(rate * down[:, None] + turns * angle + rng.uniform(0, 2 * np.pi))
        total += rng.uniform(0.4, 1.0) * (1 - np.abs(wave)) ** 2
    total -= total.mean()
    return FOLD_MM * total / np.abs(total).max() * np.clip((down[:, None] - 4.0) / 30.0, 0.15, 1.0)


def _skin_of_tube(rings: int, around: int, stride: int) -> I32:
    """Triangles between neighbouring rings of `around` vertices, counter-clockwise from outside."""
    ring, step = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    here, there = ring * stride + step, ring * stride + (step + 1) % stride
    below, beside = here + stride, there + stride
    quads = np.stack([here, there, beside, below], axis=-1).reshape(-1, 4)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def _unrolled(rings: int) -> tuple[F32, I32]:
    """Texture corners (r · (AROUND + 1), 2) of the tube in its strip, and triangles into them."""
    across, down = np.meshgrid(np.linspace(0.002, 0.998, AROUND + 1), np.linspace(0, 1, rings))
    top = 1 / (1 + STRIP)
    uv = np.stack([across.ravel(), top + (1 - top) * (0.01 + 0.98 * down.ravel())], axis=1).astype(np.float32)
    return uv, _skin_of_tube(rings, AROUND, AROUND + 1)


def paint_sleeve(colour: F32, normal: F32, garment: Garment, mm_per_px: float) -> tuple[F32, F32]:
    """The hand's colour (s, s, 4) and normal (s, s, 3) with the strip of cloth below them."""
    side = colour.shape[1]
    height = round(STRIP * side)
    size = len(garment.weave)
    wide, tall = (max(round(size * mm_per_px * texels), 4) for texels in (side / AROUND_MM, height / LENGTH_MM))
    tile = cv2.resize(garment.weave, (wide, tall), interpolation=cv2.INTER_LINEAR)
    tile = np.concatenate([tile, tile[:, ::-1]], axis=1)
    tile = np.concatenate([tile, tile[::-1]], axis=0)
    repeats = (height // len(tile) + 1, side // tile.shape[1] + 1, 1)
    weave = np.tile(tile, repeats)[:height, :side]
    down = np.arange(height)[:, None, None] * LENGTH_MM / height
    seam = 1 - HEM_DARK * np.exp(-(((down - HEM_LINE_MM) / HEM_WIDE_MM) ** 2))
    cloth = garment.colour * weave**COVER * seam
    strip = np.dstack([cloth, np.full((height, side), LINT)]).astype(np.float32)
    flat = np.broadcast_to(np.array([0.0, 0.0, 1.0], np.float32), (height, side, 3))
    return np.concatenate([colour, strip]), np.concatenate([normal, flat])
