"""The hand's colour matched to this photo's skin: the fitted light is first-order, cheeks, necks and hands are not.

Face and hand are compared where they are well lit; palms stay as much lighter than backs as the textures say.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.body import CHIN, SELLION
from model.hand import HandModel
from model.hand.atlas import load_atlas
from model.optics import GAMMA, SKIN_BRIGHTNESS, TO_LINEAR
from model.scene import F32, F64, I32, U8, FaceScan

GAIN_RANGE = (0.25, 3.0)
SKIN, NO_BEARD, NO_GLASSES, PERSON = 0.5, 0.3, 0.3, 0.9  # of the masks: where skin is bare
BACK_Z = -0.35  # of a normal of the flat hand, below which a vertex belongs to the palm
ENOUGH = 300  # pixels or vertices from which a median is taken
# The neck: from below the chin on, to its sides, in lengths of the face from sellion to chin; and how unlike the
# cheek's colour it may be, in Lab's a and b, and in lightness darker.
NECK_BELOW, NECK_DOWN, NECK_ASIDE = 0.16, 0.5, 0.3
NECK_UNLIKE, NECK_DARKER, NECK_LIGHTER = 9.0, 26.0, 10.0
NECK_SHARE: Final = 0.4  # of the neck in what the hand is to look like
# Fine contrast: finer than so many px; local variance over a window; what of white noise is left of the photo's grain.
FINE_PX, WINDOW_PX, GRAIN_SHOWN = 2.0, 9, 0.92
PORE_TEXELS, MOST_PORES, TILE_PX = 0.9, 0.08, 64  # size of pores; their contrast at most; piece that is tried
SURE, FULL = 0.9, 0.98  # of skin in the mask, and of the hand's coverage
FARTHEST: Final = 1.18  # by which what is wanted may differ from the cheek, by channel


def skin_wanted(scan: FaceScan) -> F64 | None:
    """Linear RGB (3,) that a well-lit hand should have: between cheek and neck; None without enough bare skin."""
    cheeks = bare_cheeks(scan)
    if len(cheeks) < ENOUGH:
        return None
    cheek = _bright_median(TO_LINEAR[cheeks])
    neck = bare_neck(scan)
    if len(neck) < ENOUGH:
        return cheek
    ratio = (_bright_median(TO_LINEAR[neck]) / np.maximum(cheek, 1e-4)) ** NECK_SHARE
    return np.asarray(cheek * np.clip(ratio, 1 / FARTHEST, FARTHEST))


def bare_cheeks(scan: FaceScan) -> U8:
    """Colours (n, 3) of the photo at the cheeks' vertices that neither beard nor glasses cover."""
    cheek = np.isin(scan.region, [REGIONS.index("left_cheek"), REGIONS.index("right_cheek")])
    height, width = scan.image.shape[:2]
    place = np.clip(scan.pixels[cheek].astype(int), 0, [width - 1, height - 1])
    masks = scan.masks
    bare = (masks["skin"] > SKIN) & (masks["beard"] < NO_BEARD) & (masks["glasses"] < NO_GLASSES)
    place = place[bare[place[:, 1], place[:, 0]]]
    return scan.image[place[:, 1], place[:, 0]]


def bare_neck(scan: FaceScan) -> U8:
    """Colours (n, 3) of the photo below the chin that are like the cheeks': not clothes, hair or deep shadow."""
    chin, top = scan.landmarks[CHIN].astype(float), scan.landmarks[SELLION].astype(float)
    down = chin - top
    length = max(float(np.linalg.norm(down)), 1.0)
    down /= length
    side = np.array([down[1], -down[0]])
    corners = [
        chin + length * (along * down + across * side)
        for along, across in ((NECK_BELOW, -NECK_ASIDE), (NECK_BELOW, NECK_ASIDE),
                              (NECK_DOWN, NECK_ASIDE), (NECK_DOWN, -NECK_ASIDE))
    ]  # fmt: skip
    inside = np.zeros(scan.image.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), (1,))
    found = scan.image[(inside > 0) & (scan.masks["person"] > PERSON)]
    cheeks = bare_cheeks(scan)
    if not len(found) or not len(cheeks):
        return found[:0]
    middle = np.median(_lab(cheeks), axis=0)
    apart = _lab(found) - middle
    like = (np.hypot(apart[:, 1], apart[:, 2]) < NECK_UNLIKE) & (apart[:, 0] > -NECK_DARKER)
    return found[like & (apart[:, 0] < NECK_LIGHTER)]


def _lab(colours: U8) -> F32:
    """CIELAB (n, 3) of colours (n, 3)."""
    return np.asarray(cv2.cvtColor(colours[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0])


def colour_gain(model: HandModel, index: I32, rgba: F32, wanted: F64) -> F64:
    """Factors (3,) on the hand's albedo that bring the back of the hand, as rendered unmatched, to `wanted`.

    index (h, w) and rgba (h, w, 4) as the hand was shaded, before blur; ones where too little of it is seen.
    """
    corner = model.triangles[np.maximum(index, 0), 0]
    back = (index >= 0) & (model.normals[corner, 2] > BACK_Z)
    seen = back if back.sum() >= ENOUGH else index >= 0
    if seen.sum() < ENOUGH:
        return np.ones(3)
    return np.clip(wanted / _bright_median(rgba[seen, :3]), *GAIN_RANGE)


def pore_contrast(scan: FaceScan, rgba: F32, scale: int, blur_px: float) -> float:
    """Standard deviation of the logarithm of brightness that pores must add to make the hand as rough as the face.

    rgba (h·s, w·s, 4) as shaded, `scale` samples a pixel; `blur_px` of the lens that it will get. The photo's grain,
    which the hand gets too, is taken off the face's.
    """
    face = _roughness(scan.image, cv2.erode((scan.masks["skin"] > SURE).astype(np.uint8), np.ones((5, 5))) > 0)
    height, width = rgba.shape[0] // scale, rgba.shape[1] // scale
    small = cv2.GaussianBlur(cv2.resize(rgba, (width, height), interpolation=cv2.INTER_AREA), (0, 0), blur_px)
    shown = (255 * np.clip(small[..., :3], 0, 1) ** (1 / GAMMA)).astype(np.uint8)
    inner = cv2.erode((small[..., 3] > FULL).astype(np.uint8), np.ones((9, 9))) > 0
    hand = _roughness(shown, inner)
    if face is None or hand is None:
        return 0.0
    lacking = np.sqrt(max(face**2 - (GRAIN_SHOWN * scan.grain) ** 2 - hand**2, 0.0))
    # what a lens leaves of noise of one standard deviation, and what is finer than FINE_PX of that
    tile = cv2.resize(pore_noise(TILE_PX * scale, 0), (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA)
    tile = cv2.GaussianBlur(tile, (0, 0), blur_px)
    left = float((tile - cv2.GaussianBlur(tile, (0, 0), FINE_PX)).std())
    level = float(np.median(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)[inner]))
    return float(min(GAMMA * lacking / max(level * left, 1e-3), MOST_PORES))


def pore_noise(side: int, seed: int) -> F32:
    """Noise (side, side) of unit variance, of the size of pores in a texture that is as fine as the picture."""
    noise = np.random.default_rng(seed).standard_normal((side, side), dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), PORE_TEXELS)
    return np.asarray(noise / noise.std())


def with_pores(colour: F32, contrast: float, seed: int) -> F32:
    """Colours (s, s, 4) with pores of so much contrast; gloss as it is."""
    if contrast <= 0:
        return colour
    side = len(colour)
    dark = np.exp(np.float32(contrast) * load_atlas(side).fine * pore_noise(side, seed))
    return np.dstack([colour[..., :3] * dark[..., None], colour[..., 3]])


def _roughness(image: U8, where: NDArray[np.bool_]) -> float | None:
    """Typical contrast, 8-bit levels, of what is finer than FINE_PX; None where too little is seen."""
    if where.sum() < ENOUGH:
        return None
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), FINE_PX)
    return float(np.sqrt(np.median(cv2.blur(fine * fine, (WINDOW_PX, WINDOW_PX))[where])))


def _bright_median(colours: F32) -> F64:
    """Median (3,) of the brighter half of linear RGB (n, 3)."""
    bright = colours @ SKIN_BRIGHTNESS
    return np.asarray(np.median(colours[bright >= np.median(bright)], axis=0), dtype=np.float64)
