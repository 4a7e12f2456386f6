"""What each pixel of the photo shows: person, skin, hair, eyes, mouth, beard; and what is behind."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.body import BROWS, CHIN, CROWN, LIPS, OPENINGS, OVAL, SUBNASALE
from model.face import networks
from model.face.glasses import glasses_mask
from model.face.topology import Topology
from model.optics import LUMINANCE, srgb_to_linear
from model.scene import F32, F64, U8, Light

SKIN_REGIONS: Final = ("left_cheek", "right_cheek", "nose_bridge", "forehead")
BEARD_REGIONS: Final = (
    "upper_lip",
    "lower_lip",
    "chin",
    "left_jaw",
    "right_jaw",
    "left_cheek",
    "right_cheek",
)
EDGE: Final = 0.012  # of the image's side: softness of drawn outlines
LEAST_SOFT_PX, OPENING_SOFT_PX = 0.3, 0.8  # no outline is harder, and that of the eyes and the mouth's inside
FINE: Final = 0.006  # of the image's side: blur that takes out what is smaller than a lock of hair
MAD_TO_SIGMA: Final = 1.4826  # median absolute deviation → standard deviation, of a Gaussian

# Person: the segmentation, its edge refined
GUIDE_PARTS, GUIDE_SMOOTH = 90, 1e-3  # the filter reaches a 90th of the image's side; variance that it smooths
PERSON_FROM, PERSON_SPAN = 0.15, 0.7  # likelihood from which one may be a person, and over how much more one is

# Skin, by its colour in Lab (lightness, a, b)
NO_FEATURE, FRONTAL_Z = 0.05, -0.35  # at most of a feature, and z of the normal at most, where a vertex is plain skin
SKIN_SPREADS, SKIN_LEAST = [3.0, 2.5, 2.5], [26.0, 7.0, 8.0]  # deviations that are still skin, and at least so much
LIGHTER: Final = 0.6  # by which being lighter counts less than being darker
SKIN_SURE: Final = 0.6  # likeness from which a pixel is skin

# Beard
BEARD_BELOW, BEARD_SPAN = 0.62, 0.30  # of the brightness expected of skin: where hair begins, and over how much
DARK_CHANNEL, DARK_SUM = 0.002, 0.006  # linear light added to a channel and to all three: black has no hue
REDNESS_SPAN: Final = 0.04  # of the share of red, from skin to grey
LIP_EDGE: Final = 0.01  # of the image's height below the nose, over which the beard begins

# Background
PLATE_REACH: Final = 0.022  # of the image's side that the person is widened by: stray hair, the segmentation's slack
NOBODY, LEAST_KNOWN = 0.1, 0.01  # coverage below which the background is seen, and share of it that must be
QUARTER: Final = 0.25  # a pixel that is a quarter known counts as known

# Hair, by its colour above the forehead; lengths in heights of the face
ABOVE, ASIDE = 0.15, 0.6  # how far below the crown and to its sides the hair's colour is looked for
UNLIKE_SKIN, UNLIKE_ELSEWHERE = 1.2, 1.3  # likeness to skin that smooth hair of that colour must stay below
HAIR_SURE, HAIR_LEAST, HAIR_LEAST_PX = 0.6, 0.25, 50  # who has less of sure hair above (of 0.9 person) is bald
PERSON_SURE: Final = 0.9
HAIR_SPREAD: Final = 2.5  # deviations that are still hair, in Lab within these
HAIR_NARROWEST, HAIR_WIDEST = [25.0, 8.0, 9.0], [38.0, 14.0, 16.0]
UNCOLOURED: Final = 0.8  # share of hair above the forehead that is not of its colour
CLOTHES, CLOTHES_SPAN = 0.6, 0.4  # below the chin: where no hair is left, and over how much it fades
HAIR_EDGE: Final = 0.003  # of the image's side

# Roughness: local contrast over local brightness, in units of the skin's
CONTRAST_REACH, BRIGHTNESS_PX, BRIGHTNESS_FLOOR = 0.012, 15, 20  # of the side; kernel; levels added
USUAL_CONTRAST: Final = 0.02  # where no skin is sure
ROUGH_FROM, ROUGH_SPAN = 2.5, 2.5


@dataclass(frozen=True)
class Surface:
    """The mesh as the masks need it."""

    pixels: F64  # (n, 2)
    normals: F64  # (n, 3)
    topology: Topology
    light: Light
    skin: F64  # (3,) linear RGB

    def painted(self, values: F64, shape: tuple[int, int]) -> F32:
        """Image (h, w) of values (n,) 0..1 on the face's triangles, 0 elsewhere."""
        faces = self.topology.triangles
        level = np.round(values[faces].mean(axis=1) * 255).astype(int)
        image = np.zeros(shape, np.uint8)
        corners = np.round((self.pixels - 0.5) * 16).astype(np.int32)
        for value in np.unique(level[level > 0]):
            cv2.fillPoly(image, list(corners[faces[level == value]]), (int(value),), cv2.LINE_8, 4)
        return image.astype(np.float32) / 255


def person_mask(image: U8) -> F32:
    """Where the person is, its edge drawn to the image's own edges (guided filter, He et al. 2010)."""
    size = image.shape[0]
    rough = networks.person(image)
    guide = image.astype(np.float32) / 255
    fine = cv2.ximgproc.guidedFilter(guide, rough, max(2, round(size / GUIDE_PARTS)), GUIDE_SMOOTH)
    return np.clip((fine - PERSON_FROM) / PERSON_SPAN, 0, 1).astype(np.float32)


def blurred(image: F32, sigma: float) -> F32:
    """Gaussian blur by `sigma` px."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.float32)


def polygon_mask(shape: tuple[int, int], polygon: F64, soft: float) -> F32:
    """Inside of a polygon (k, 2) px, its edge blurred by `soft` px."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round((polygon - 0.5) * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return blurred(mask.astype(np.float32) / 255, max(soft, LEAST_SOFT_PX))


def openings(shape: tuple[int, int], landmarks: F64) -> tuple[F32, F32]:
    """Masks of both eyes' openings and of the inside of the mouth."""
    mouth, right, left = (
        polygon_mask(shape, landmarks[[*upper, *lower[-2:0:-1]], :2], OPENING_SOFT_PX) for upper, lower in OPENINGS
    )
    return np.maximum(right, left), mouth


def features_mask(shape: tuple[int, int], landmarks: F64) -> F32:
    """Eyes, brows and lips with some room around: not plain skin."""
    wide = round(shape[0] * EDGE)
    mask = np.zeros(shape, np.uint8)
    outlines = [*BROWS, LIPS, *[(*upper, *lower[-2:0:-1]) for upper, lower in OPENINGS[1:]]]
    for outline in outlines:
        points = np.round(landmarks[list(outline), :2]).astype(np.int32)
        cv2.fillPoly(mask, [points], (255,))
        cv2.polylines(mask, [points], True, (255,), 2 * wide + 1)
    return blurred(mask.astype(np.float32) / 255, wide / 2)


def skin_samples(pixels: F64, normals: F64, topology: Topology, features: F32) -> NDArray[np.bool_]:
    """Which vertices (n,) show plain skin for certain: cheeks, forehead and nose, seen from the front."""
    wanted = [REGIONS.index(name) for name in SKIN_REGIONS]
    size = features.shape[0]
    inside = ((pixels > 2) & (pixels < size - 3)).all(axis=1)
    clear = sample(features, pixels) < NO_FEATURE
    return np.isin(topology.region, wanted) & inside & clear & (normals[:, 2] < FRONTAL_Z)


def sample(image: NDArray, pixels: F64) -> F64:
    """Bilinear values (n,) or (n, channels) of an image at px (n, 2)."""
    where = (pixels - 0.5).astype(np.float32)
    source = image.astype(np.float32)
    value = cv2.remap(source, where[:, None, 0], where[:, None, 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    return np.asarray(value[:, 0] if value.ndim == 3 else value.ravel(), dtype=np.float64)


def skin_likeness(image: U8, colours: F64) -> F32:
    """How much a pixel looks like skin, 0..1, from 8-bit RGB samples (k, 3): robust Gaussian in Lab."""
    lab = _soft_lab(image)
    known = cv2.cvtColor(np.clip(colours, 0, 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(np.float64)
    middle = np.median(known, axis=0)
    spread = MAD_TO_SIGMA * np.median(np.abs(known - middle), axis=0)
    # Shade changes lightness far more than hue, and darkens more than it lightens.
    wide = np.maximum(spread * SKIN_SPREADS, SKIN_LEAST)
    away = (lab - middle.astype(np.float32)) / wide.astype(np.float32)
    away[..., 0] *= np.where(away[..., 0] < 0, 1.0, LIGHTER)
    return np.exp(-0.5 * np.maximum((away**2).sum(axis=2) - 1.0, 0)).astype(np.float32)


def _soft_lab(image: U8) -> F32:
    """Lab (h, w, 3), each 0..255, without its finest noise."""
    return cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)


def face_mask(shape: tuple[int, int], landmarks: F64) -> F32:
    """Inside of the face's oval."""
    return polygon_mask(shape, landmarks[list(OVAL), :2], shape[0] * EDGE / 2)


def beard_mask(image: U8, scene: Surface, lower_face: F32, lips: F32) -> F32:
    """Hair on the lower face: darker than the light allows for skin there, greyer, and rough."""
    shape = (image.shape[0], image.shape[1])
    seen = cv2.GaussianBlur(image, (0, 0), shape[0] * FINE)
    linear = srgb_to_linear(sample(seen, scene.pixels).clip(0, 255).astype(np.uint8)).astype(np.float64)
    expected = scene.skin * scene.light.shade(scene.normals)[:, None]
    ratio = (linear @ LUMINANCE) / np.maximum(expected @ LUMINANCE, 1e-4)
    dark = np.clip((BEARD_BELOW - ratio) / BEARD_SPAN, 0, 1)
    redness = (linear[:, 0] + DARK_CHANNEL) / (linear.sum(axis=1) + DARK_SUM)
    grey = np.clip((scene.skin[0] / scene.skin.sum() - redness) / REDNESS_SPAN + 0.5, 0, 1)
    value = scene.painted(dark * grey, shape) * lower_face * (1 - lips)
    return blurred(value, shape[0] * EDGE / 2).clip(0, 1).astype(np.float32)


def background_plate(image: U8, person: F32) -> U8:
    """The photo with the person filled in from around them (push-pull, Gortler et al. 1996)."""
    reach = 2 * round(image.shape[0] * PLATE_REACH) + 1
    grown = cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    known = (grown < NOBODY).astype(np.float32)
    if known.mean() < LEAST_KNOWN:
        return image.copy()
    colour = _push_pull(image.astype(np.float32) * known[..., None], known)
    blend = cv2.GaussianBlur(grown, (0, 0), reach / 4)[..., None].clip(0, 1)
    blend = np.where(known[..., None] > 0, blend, 1.0)
    return np.clip(image * (1 - blend) + colour * blend + 0.5, 0, 255).astype(np.uint8)


def _push_pull(colour: F32, weight: F32) -> F32:
    """Colours (h, w, 3), premultiplied by weights (h, w), spread into where the weight is 0."""
    height, width = weight.shape
    if min(height, width) <= 2:
        total = max(float(weight.sum()), 1e-6)
        return np.broadcast_to(colour.sum(axis=(0, 1)) / total, colour.shape).astype(np.float32)
    half = (max(width // 2, 1), max(height // 2, 1))
    small_colour = cv2.resize(colour, half, interpolation=cv2.INTER_AREA)
    small_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    grow = 1 / np.maximum(small_weight, QUARTER)
    below = _push_pull(small_colour * grow[..., None], small_weight * grow)
    up = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR)
    return colour + up * (1 - weight)[..., None]


def hair_mask(image: U8, person: F32, face: F32, likeness: F32, landmarks: F64) -> F32:
    """The person's hair: around the face, of the colour found above the forehead, and not skin."""
    side = image.shape[0]
    around = person * (1 - face)
    top = landmarks[CROWN, :2]
    height = landmarks[CHIN, 1] - top[1]
    y, x = np.mgrid[:side, :side].astype(np.float32)
    above = around * (y < top[1] + ABOVE * height) * (np.abs(x - top[0]) < ASIDE * height)
    rough = roughness(image, likeness)
    candidate = above * np.clip(UNLIKE_SKIN - likeness + rough, 0, 1)
    lab = _soft_lab(image)
    known = lab[candidate > HAIR_SURE]
    if len(known) < HAIR_LEAST * (above > PERSON_SURE).sum() or len(known) < HAIR_LEAST_PX:  # bald
        return np.zeros((side, side), np.float32)
    middle = np.median(known, axis=0)
    wide = np.maximum(MAD_TO_SIGMA * np.median(np.abs(known - middle), axis=0) * HAIR_SPREAD, HAIR_NARROWEST)
    wide = np.minimum(wide, HAIR_WIDEST)
    alike = np.exp(-0.5 * np.maximum((((lab - middle) / wide) ** 2).sum(axis=2) - 1, 0))
    reach = np.clip((landmarks[CHIN, 1] + CLOTHES * height - y) / (CLOTHES_SPAN * height), 0, 1)
    coloured = alike * np.clip(UNLIKE_ELSEWHERE - likeness + rough, 0, 1)
    value = around * np.maximum(coloured, candidate * UNCOLOURED) * reach
    return blurred(value.astype(np.float32), side * HAIR_EDGE)


def roughness(image: U8, likeness: F32) -> F32:
    """0 on smooth skin .. 1 on hair: local contrast against the skin's."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    side = image.shape[0]
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), side * FINE))
    brightness = cv2.blur(grey, (BRIGHTNESS_PX, BRIGHTNESS_PX)) + BRIGHTNESS_FLOOR
    detail = cv2.GaussianBlur(detail, (0, 0), side * CONTRAST_REACH) / brightness
    sure = likeness > SKIN_SURE
    usual = float(np.median(detail[sure])) if sure.any() else USUAL_CONTRAST
    return np.clip((detail / max(usual, 1e-3) - ROUGH_FROM) / ROUGH_SPAN, 0, 1).astype(np.float32)


def all_masks(image: U8, landmarks: F64, scene: Surface, colours: F64, features: F32) -> dict[str, F32]:
    """Masks (h, w) 0..1 by name: person, skin, hair, eyes, mouth, glasses, beard."""
    height = image.shape[0]
    shape = (height, image.shape[1])
    eyes, mouth = openings(shape, landmarks)
    face = face_mask(shape, landmarks)
    person = np.maximum(person_mask(image), face)
    likeness = skin_likeness(image, colours)
    lips = polygon_mask(shape, landmarks[list(LIPS), :2], height * EDGE / 3)
    names = [REGIONS.index(name) for name in BEARD_REGIONS]
    lower = scene.painted(np.isin(scene.topology.region, names).astype(np.float64), shape)
    lower *= np.clip((np.arange(height)[:, None] - landmarks[SUBNASALE, 1]) / (LIP_EDGE * height), 0, 1)
    beard = beard_mask(image, scene, lower, lips)
    glasses = glasses_mask(image, landmarks)
    hair = hair_mask(image, person, face, likeness, landmarks)
    plain = person * likeness * (1 - np.maximum(features * face, np.maximum(beard, glasses)))
    skin = plain * np.where(face > 0.5, 1.0, 1 - roughness(image, likeness)) * (1 - hair)
    layers = {
        "person": person, "skin": skin, "hair": hair, "eyes": eyes, "mouth": mouth, "glasses": glasses,
        "beard": beard,
    }  # fmt: skip
    return {name: np.ascontiguousarray(np.clip(mask, 0, 1), dtype=np.float32) for name, mask in layers.items()}
