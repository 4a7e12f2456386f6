"""The skin of one hand: layers of a model baked from photographs, mixed as its character says.

Two people share anatomy, not layout: each takes its own variants of creases and veins, moved a little, and its own mix
of the photographs' components, so that nothing but the joints lies in the same place.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from model.scene import F32, U8

from .asset import ASSETS
from .atlas import Atlas, load_atlas, value_noise
from .character import Character
from .hair import grow_hair
from .nails import grow_nails
from .texture import HandTextures, melanin_shown

SMALL, MIDDLE = 128, 256  # px, sides of the maps of what varies slowly, and not so slowly
LINES_MOVE_MM, BROAD_MOVE_MM, PHOTO_MOVE_MM = 1.1, 3.2, 3.5  # by which creases, veins and photographs are moved
MOVES_OVER_MM: Final = 26.0  # distance over which a movement changes
MIXED: Final = 3  # photographs that a hand is mixed of
MIX_MM, MIX_SHARP = 38.0, 2.5  # over what distance the mixture changes, and how sharply
BLOTCH_MM, BLOTCH_FINER = (34.0, 13.0, 5.5), 0.4  # sizes of blotches, and strength of each over the last
STEEPER: Final = 1.35  # by which relief shows more than its height says: light scatters in skin
# Height in mm, blood and melanin of a layer at strength 1
FOLD, WRINKLE, OVAL = (-0.6, 0.40, 0.52), (-0.5, 0.22, 0.80), (0.45, 0.0, 0.25)
KNUCKLE, TENDON, VEIN = (1.3, 0.0, 0.12), (1.1, 0.0, -0.10), (0.6, -0.40, 0.45)
FLUSH_BLOOD: Final = 0.80
PHOTO_SHOWN: Final = np.array([1.0, 0.8], np.float32)  # of the photographs' melanin and blood
BLOTCH_BLOOD, BLOTCH_MELANIN = 0.28, 0.08
FRECKLE_MELANIN, SPOT_MELANIN = 0.45, 0.55
CAVITY_MM, CAVITY, CAVITY_LIGHTER, CAVITY_DARKER = (0.9, 3.0), 0.30, 0.10, 0.35  # sizes; melanin per mm; limits
PORE_RELIEF: Final = 1.6  # over what the scan of a hand shows: scans are softer than skin


@dataclass(frozen=True)
class HandLook:
    """`assets/hand_look.npz`; layers 0..255 on the hand's textures."""

    folds: U8  # (v, 1024, 1024) palmar creases, variants
    wrinkles: U8  # (v, 1024, 1024) of the back
    palm: U8  # (512, 512) as the rest
    ovals: U8
    bumps: U8
    tendons: U8
    veins: U8  # (v, 512, 512)
    flush: U8
    means: F32  # (4, 384, 384) melanin and blood of light, then of dark hands
    components: F32  # (c, 2, 384, 384)
    scores: F32  # (p, c) of the photographs
    is_dark: U8  # (p,)
    bands_mm: F32  # (b,)
    detail_pigment: F32  # (2, b, 2) of back and palm, standard deviation of melanin and blood
    detail_slope: F32  # (2, b) of the relief


@lru_cache(maxsize=1)
def load_look() -> HandLook:
    """The model that `assets/bake_look.py` computed."""
    with np.load(ASSETS / "hand_look.npz", allow_pickle=False) as file:
        data = {name: file[name] for name in file.files}
    scale = np.float32(data.pop("scale"))
    photo = {name: (data.pop(name).astype(np.float32) / 127.5 - 1) * scale for name in ("means", "components")}
    data.pop("credit")
    side = photo["means"].shape[-1]
    return HandLook(**data, means=photo["means"], components=photo["components"].reshape(-1, 2, side, side))


def paint_textures(character: Character, side: int) -> HandTextures:
    """Maps (side, side) of the hand that `character` describes."""
    atlas, look = load_atlas(side), load_look()
    rng = np.random.default_rng((character.seed, 3))
    small = load_atlas(SMALL)
    as_seen = np.float32(1 / melanin_shown(character.dark))  # photographs say what shows
    height, blood, melanin = np.zeros((3, side, side), np.float32)
    palm = cv2.resize(look.palm, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255

    def lay(layer: F32, strength: float, kind: tuple[float, float, float]) -> None:
        nonlocal height, blood, melanin
        height += np.float32(strength * kind[0]) * layer
        if kind[1]:
            blood += np.float32(strength * kind[1]) * layer
        melanin += np.float32(strength * kind[2]) * layer

    lines, broad = (Movement.draw(small, atlas, mm, rng) for mm in (LINES_MOVE_MM, BROAD_MOVE_MM))
    lay(lines.moved(look.folds[rng.integers(len(look.folds))]), character.folds, FOLD)
    lay(lines.moved(look.wrinkles[rng.integers(len(look.wrinkles))]), character.wrinkles, WRINKLE)
    lay(lines.moved(look.ovals), character.knuckles, OVAL)
    lay(lines.moved(look.bumps), character.knuckles, KNUCKLE)
    uneven = spread_out(np.clip(0.75 + 0.7 * value_noise(small.points, 30.0, rng, 2), 0.1, 1.5), side)
    lay(lines.moved(look.tendons) * uneven[..., 0], character.tendons, TENDON)
    lay(broad.moved(look.veins[rng.integers(len(look.veins))]) * uneven[..., 1], character.veins, VEIN)
    blood += np.float32(character.flush * FLUSH_BLOOD) * broad.moved(look.flush)
    for maps in (_blotches(load_atlas(MIDDLE), character, rng), _photographs(look, small, character, rng)):
        wide = spread_out(maps, side)
        melanin += as_seen * wide[..., 0]
        blood += wide[..., 1]
    melanin += _spots(character, palm, rng)
    pores, slopes = _pores(look, atlas, character, palm, rng)
    melanin += as_seen * pores[..., 0]
    blood += pores[..., 1]
    melanin += grow_hair(atlas, character)
    melanin += _cavity(height, atlas)
    nails = grow_nails(atlas, character)
    bare = 1 - nails.plate
    height, blood = height * bare + nails.height, blood * bare + nails.blood
    melanin = melanin * bare + nails.melanin
    return HandTextures(
        blood, melanin, palm, _normals(height, slopes * bare[..., None], atlas),
        nails.plate, nails.lunula, nails.edge, atlas.covered,
    )  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """Where each texel of a layer is taken from."""

    place: F32  # (s, s, 2) 0..1 across and down

    @classmethod
    def draw(cls, small: Atlas, atlas: Atlas, millimetres: float, rng: np.random.Generator) -> "Movement":
        """A smooth movement of so many millimetres, none over the seam between back and palm."""
        side = len(atlas.points)
        shift = value_noise(small.points, MOVES_OVER_MM, rng, 2)
        shift *= (millimetres * small.inner / SMALL)[..., None] / small.spacing
        grid = (np.arange(side, dtype=np.float32) + 0.5) / side
        place = spread_out(shift, side)
        place[..., 0] += grid
        place[..., 1] += grid[:, None]
        return cls(place)

    def moved(self, layer: U8) -> F32:
        """A layer (n, n), moved, 0..1 (s, s)."""
        x, y = (self.place[..., k] * layer.shape[0] - np.float32(0.5) for k in (0, 1))
        return cv2.remap(layer, x, y, cv2.INTER_LINEAR).astype(np.float32) / np.float32(255)


def spread_out(image: F32, side: int) -> F32:
    """An image of slowly varying values at another size."""
    return np.asarray(cv2.resize(image.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR))


def _blotches(atlas: Atlas, character: Character, rng: np.random.Generator) -> F32:
    """Melanin and blood (s, s, 2): skin is never even."""
    total = np.zeros((*atlas.covered.shape, 2), np.float32)
    for k, size in enumerate(BLOTCH_MM):
        total += BLOTCH_FINER**k * value_noise(atlas.points, size, rng, 2)
    return np.asarray(character.blotches * np.array([BLOTCH_MELANIN, BLOTCH_BLOOD], np.float32) * total)


def _photographs(look: HandLook, small: Atlas, character: Character, rng: np.random.Generator) -> F32:
    """Melanin and blood (s, s, 2) of a mixture of photographs that changes over the hand."""
    side = look.means.shape[-1]
    fits = look.is_dark.astype(bool) == (rng.random() < character.dark)
    chosen = rng.choice(np.flatnonzero(fits), MIXED, replace=False)
    atlas = load_atlas(side)
    weights = np.exp(MIX_SHARP * value_noise(small.points, MIX_MM, rng, MIXED))
    weights = spread_out(weights / weights.sum(axis=2, keepdims=True), side)
    mean = (1 - character.dark) * look.means[:2] + character.dark * look.means[2:]
    total = np.zeros((side, side, 2), np.float32)
    for k, picture in enumerate(chosen):
        scores = look.scores[picture] + rng.normal(0, 0.3, look.scores.shape[1])
        detail = mean + np.tensordot(scores.astype(np.float32), look.components, 1)
        place = Movement.draw(small, atlas, PHOTO_MOVE_MM, rng).place * side - np.float32(0.5)
        image = np.ascontiguousarray(np.moveaxis(detail, 0, 2), np.float32)
        total += weights[..., k : k + 1] * cv2.remap(image, place[..., 0], place[..., 1], cv2.INTER_CUBIC)
    return np.float32(character.photographs) * total * PHOTO_SHOWN


def _spots(character: Character, palm: F32, rng: np.random.Generator) -> F32:
    """Melanin (s, s) of freckles and of the spots of age, on the back only."""
    side = len(palm)
    if character.freckles + character.spots <= 0:
        return np.zeros((side, side), np.float32)
    atlas = load_atlas(MIDDLE)
    where = np.clip(0.5 + value_noise(atlas.points, 40.0, rng), 0, 1)
    freckles = np.clip((value_noise(atlas.points, 3.2, rng) - 0.62) / 0.2, 0, 1)
    spots = np.clip((value_noise(atlas.points, 9.0, rng) - 0.78) / 0.12, 0, 1)
    total = FRECKLE_MELANIN * character.freckles * freckles + SPOT_MELANIN * character.spots * spots
    return np.asarray(spread_out((where * total).astype(np.float32), side) * (1 - palm), np.float32)


def _pores(look: HandLook, atlas: Atlas, character: Character, palm: F32, rng: np.random.Generator) -> tuple[F32, F32]:
    """Melanin and blood (s, s, 2), and slopes (s, s, 2), of pores and fine lines, band by band as measured."""
    side = len(atlas.points)
    tile = np.zeros((2, side // 2, side // 2, 4), np.float32)  # of back and palm: two pigments, two slopes
    for k, size in enumerate(look.bands_mm):
        if size < 2 * atlas.texel_mm:  # finer than the texture can hold
            continue
        sigma = 0.25 * float(size) / atlas.texel_mm
        noise = _tile(side // 2, sigma, rng)
        slopes = [cv2.Sobel(noise[..., 2], cv2.CV_32F, dx, dy, ksize=3, scale=sigma / 8) for dx, dy in ((1, 0), (0, 1))]
        pores = np.dstack([noise[..., :2], *slopes])
        for part in (0, 1):
            steep = np.float32(PORE_RELIEF) * look.detail_slope[part, k]
            tile[part] += pores * np.array([*look.detail_pigment[part, k], steep, steep], np.float32)
    tile *= np.float32(character.pores)
    back, change = np.tile(tile[0], (2, 2, 1)), np.tile(tile[1] - tile[0], (2, 2, 1))
    change *= palm[..., None]
    back += change
    back *= atlas.fine[..., None]
    return back[..., :2], back[..., 2:]


def _tile(side: int, sigma: float, rng: np.random.Generator) -> F32:
    """Noise (side, side, 3) of unit variance, blurred by `sigma` texels, that may be laid side by side."""
    rim = int(4 * sigma) + 1
    noise = rng.standard_normal((side, side, 3), dtype=np.float32)
    wide = cv2.GaussianBlur(np.pad(noise, ((rim, rim), (rim, rim), (0, 0)), "wrap"), (0, 0), sigma)
    return wide[rim : rim + side, rim : rim + side] * np.float32(2 * np.sqrt(np.pi) * sigma)


def _cavity(height: F32, atlas: Atlas) -> F32:
    """Darkening (s, s), as melanin, of what lies deeper than its surroundings: light from the front shows no relief."""
    total = np.zeros_like(height)
    for size in CAVITY_MM:
        total += cv2.GaussianBlur(height, (0, 0), size / atlas.texel_mm) - height
    return np.asarray(np.clip(CAVITY * total, -CAVITY_LIGHTER, CAVITY_DARKER))


def _normals(height: F32, slopes: F32, atlas: Atlas) -> F32:
    """Tangent-space normals (s, s, 3) of a relief in mm and of finer slopes; x along u, y along v."""
    across, down = (
        cv2.Sobel(height, cv2.CV_32F, dx, dy, ksize=3, scale=0.125) / atlas.spacing[..., axis]
        for axis, (dx, dy) in enumerate(((1, 0), (0, 1)))
    )
    x, y = -STEEPER * across - slopes[..., 0], -STEEPER * down - slopes[..., 1]
    normal = np.stack([x, y, np.ones_like(x)], axis=2) / np.sqrt(x * x + y * y + 1)[..., None]
    normal[~atlas.covered] = [0, 0, 1]
    return normal
