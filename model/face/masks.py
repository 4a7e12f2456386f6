"""What each pixel of the photo shows: person, skin, hair, eyes, mouth, beard; and what is behind the person."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.face import networks
from model.face.topology import MOUTH, OPENINGS, OVAL, Topology
from model.scene import F32, F64, U8

BROWS: Final = (
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)
LIPS: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
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
EDGE: Final = 0.012  # of the image's side: softness of drawn outlines and reach of the plate's fill


def person_mask(image: U8) -> F32:
    """Where the person is, its edge drawn to the image's own edges (guided filter, He et al. 2010)."""
    size = image.shape[0]
    rough = networks.person(image)
    guide = image.astype(np.float32) / 255
    fine = cv2.ximgproc.guidedFilter(guide, rough, max(2, round(size / 90)), 1e-3)
    return np.clip((fine - 0.15) / 0.7, 0, 1).astype(np.float32)


def polygon_mask(shape: tuple[int, int], polygon: F64, soft: float) -> F32:
    """Inside of a polygon (k, 2) px, its edge blurred by `soft` px."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round((polygon - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(soft, 0.3))


def openings(shape: tuple[int, int], landmarks: F64) -> tuple[F32, F32]:
    """Masks of both eyes' openings and of the inside of the mouth."""
    parts = []
    for upper, lower in OPENINGS:
        outline = landmarks[[*upper, *lower[-2:0:-1]], :2]
        parts.append(polygon_mask(shape, outline, 0.8))
    mouth = parts[0] if OPENINGS[0] is MOUTH else parts[-1]
    return np.maximum(parts[1], parts[2]), mouth


def features_mask(shape: tuple[int, int], landmarks: F64) -> F32:
    """Eyes, brows and lips with some room around: not plain skin."""
    wide = round(shape[0] * EDGE)
    mask = np.zeros(shape, np.uint8)
    outlines = [*BROWS, LIPS, *[(*upper, *lower[-2:0:-1]) for upper, lower in OPENINGS[1:]]]
    for outline in outlines:
        points = np.round(landmarks[list(outline), :2]).astype(np.int32)
        cv2.fillPoly(mask, [points], 255)
        cv2.polylines(mask, [points], True, 255, 2 * wide + 1)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), wide / 2)


def skin_samples(pixels: F64, normals: F64, topology: Topology, features: F32) -> NDArray[np.bool_]:
    """Which vertices (n,) show plain skin for certain: cheeks, forehead and nose, seen from the front."""
    wanted = [REGIONS.index(name) for name in SKIN_REGIONS]  # type: ignore[arg-type]
    size = features.shape[0]
    inside = ((pixels > 2) & (pixels < size - 3)).all(axis=1)
    clear = sample(features, pixels) < 0.05
    return np.isin(topology.region, wanted) & inside & clear & (normals[:, 2] < -0.35)


def sample(image: NDArray, pixels: F64) -> F64:
    """Bilinear values (n,) or (n, channels) of an image at px (n, 2)."""
    where = (pixels - 0.5).astype(np.float32)
    source = image.astype(np.float32)
    value = cv2.remap(
        source, where[:, None, 0], where[:, None, 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
    return np.asarray(value[:, 0] if value.ndim == 3 else value.ravel(), dtype=np.float64)


def skin_likeness(image: U8, colours: F64) -> F32:
    """How much a pixel looks like skin, 0..1, from 8-bit RGB samples (k, 3): robust Gaussian in Lab."""
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    known = cv2.cvtColor(np.clip(colours, 0, 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(
        np.float64
    )
    middle = np.median(known, axis=0)
    spread = 1.4826 * np.median(np.abs(known - middle), axis=0)
    # Shade changes lightness far more than hue; darker counts twice as far as lighter.
    wide = np.maximum(spread * [3.0, 2.5, 2.5], [26.0, 7.0, 8.0])
    away = (lab - middle.astype(np.float32)) / wide.astype(np.float32)
    away[..., 0] *= np.where(away[..., 0] < 0, 1.0, 0.6)
    return np.exp(-0.5 * np.maximum((away**2).sum(axis=2) - 1.0, 0)).astype(np.float32)


def region_mask(shape: tuple[int, int], topology: Topology, pixels: F64, names: tuple[str, ...]) -> F32:
    """Where regions lie in the image: their triangles filled, the edge softened."""
    wanted = np.isin(topology.region, [REGIONS.index(n) for n in names])  # type: ignore[arg-type]
    faces = topology.triangles[wanted[topology.triangles].all(axis=1)]
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, list(np.round((pixels[faces] - 0.5) * 16).astype(np.int32)), 255, cv2.LINE_8, 4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), shape[0] * EDGE / 2)


def face_mask(shape: tuple[int, int], landmarks: F64) -> F32:
    """Inside of the face's oval."""
    return polygon_mask(shape, landmarks[list(OVAL), :2], shape[0] * EDGE / 2)


def beard_mask(image: U8, likeness: F32, lower_face: F32, skin_luma: float) -> F32:
    """Hair on the lower face: clearly darker than the skin and not of its colour."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    soft = cv2.GaussianBlur(grey, (0, 0), image.shape[0] * 0.006)
    dark = np.clip((0.80 - soft / max(skin_luma, 1.0)) / 0.25, 0, 1)
    texture = cv2.GaussianBlur(np.abs(grey - soft), (0, 0), image.shape[0] * 0.01) / max(skin_luma, 1.0)
    rough = np.clip((texture - 0.02) / 0.04, 0, 1)
    mask = (
        lower_face * np.maximum(dark, 0.4 * rough) * np.clip(1.25 - likeness, 0, 1) * np.clip(dark * 4, 0, 1)
    )
    mask = cv2.GaussianBlur(mask, (0, 0), image.shape[0] * EDGE)
    return (mask * 1.3).clip(0, 1).astype(np.float32)


def background_plate(image: U8, person: F32) -> U8:
    """The photo with the person filled in from around them (push-pull, Gortler et al. 1996)."""
    reach = 2 * round(image.shape[0] * EDGE) + 1
    grown = cv2.dilate(person, np.ones((reach, reach), np.uint8))
    known = (grown < 0.1).astype(np.float32)
    if known.mean() < 0.01:
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
    grow = 1 / np.maximum(small_weight, 0.25)  # a pixel that is a quarter known counts as known
    below = _push_pull(small_colour * grow[..., None], small_weight * grow)
    up = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR)
    return colour + up * (1 - weight)[..., None]


def all_masks(
    image: U8, landmarks: F64, pixels: F64, topology: Topology, skin_colours: F64, features: F32
) -> dict[str, F32]:
    """Masks (h, w) 0..1 by name: person, skin, hair, eyes, mouth, glasses, beard."""
    shape = image.shape[:2]
    person = person_mask(image)
    eyes, mouth = openings(shape, landmarks)
    face = face_mask(shape, landmarks)
    person = np.maximum(person, face)
    likeness = skin_likeness(image, skin_colours)
    luma = float(np.median(skin_colours @ [0.299, 0.587, 0.114]))
    lower = region_mask(shape, topology, pixels, BEARD_REGIONS)
    below_nose = np.arange(shape[0])[:, None] > landmarks[1, 1]
    lips = polygon_mask(shape, landmarks[list(LIPS), :2], shape[0] * EDGE / 3)
    beard = beard_mask(image, likeness, lower * below_nose * (1 - lips), luma)
    glasses = np.zeros(shape, np.float32)
    skin = person * likeness * (1 - np.maximum(features * face, beard))
    above_chin = np.clip((landmarks[152, 1] - np.arange(shape[0]))[:, None] / (0.3 * shape[0]) + 1.0, 0, 1)
    hair = person * (1 - face) * np.clip(1.2 - 1.6 * likeness, 0, 1) * above_chin
    layers = {
        "person": person, "skin": skin, "hair": hair, "eyes": eyes, "mouth": mouth, "glasses": glasses,
        "beard": beard,
    }  # fmt: skip
    return {
        name: np.ascontiguousarray(np.clip(mask, 0, 1), dtype=np.float32) for name, mask in layers.items()
    }
