"""Other looks of a scan: skin tone, background, light and the age of the camera, for training data that is wider
than the photos it is made from."""

from dataclasses import replace

import cv2
import numpy as np

from model.face.light import blur_of, grain_of
from model.optics import GAMMA, LUMINANCE
from model.scene import F32, F64, U8, FaceScan

MELANIN = np.array([0.55, 0.85, 1.0])  # absorption of more melanin by channel, relative to blue
DARKEST, LIGHTEST = 0.035, 0.62  # linear luminance of skin that is still made
POWERS = -0.35, 0.8  # how much melanin may go and come, as an exponent of its absorption
SKIN = 0.005, 0.95  # linear albedo that skin may have
PERSON_EDGE = 1.0  # px: softness of the person before another wall
BRIGHTER, TINTED = 0.22, [0.10, 0.03, 0.14]  # standard deviation of other light's logarithm: of all, of each channel
OTHER_WALL = 0.6  # share of the pictures with another background
WALLS, WALL_TINT = (0.02, 0.8), 0.25  # its linear brightness, and the standard deviation of its colour's logarithm
UNSHARP, BLOBS, BLOB_TINT = 0.7, 0.35, 0.08  # share with unsharp things, how bright and coloured (as logarithms)
PATCHES = 6  # of those along each side
# Of a new phone's camera, and what an old webcam's has more:
SHARPEST, SOFTER = 0.3, 0.9  # px: standard deviation of the blur
LEAST_NOISE, MORE_NOISE = 0.004, 0.02  # of display values
QUALITY, WORSE, BEST_QUALITY = 95, 50, 98  # of the JPEG


def vary_scan(scan: FaceScan, rng: np.random.Generator) -> FaceScan:
    """The same face in another skin, before another wall, in other light, by another camera; the shape stays."""
    linear = (scan.image / 255.0) ** GAMMA
    tone = _tone(scan.skin, rng)
    linear *= 1 + _painted(scan) * (tone - 1)
    if rng.random() < OTHER_WALL:
        person = cv2.GaussianBlur(scan.masks["person"], (0, 0), PERSON_EDGE)[..., None]
        linear = linear * person + _wall(linear.shape[0], linear.shape[1], rng) * (1 - person)
    light = np.exp(rng.normal(0, BRIGHTER)) * np.exp(rng.normal(0, TINTED))
    linear *= light
    image = _photograph(np.clip(linear, 0, 1) ** (1 / GAMMA), rng)
    return replace(
        scan,
        image=image,
        skin=np.clip(scan.skin * tone * light, *SKIN),
        grain=grain_of(image, scan.masks["skin"]),
        blur=blur_of(image),
    )


def _painted(scan: FaceScan) -> F32:
    """Where the tone is laid on (h, w, 1): skin without the holes beside eyes and in stubble."""
    side = max(scan.image.shape[0] // 20, 3) | 1
    skin = cv2.morphologyEx(scan.masks["skin"], cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    skin = cv2.GaussianBlur(skin, (0, 0), side / 8)
    return np.asarray(skin * (1 - scan.masks["eyes"]) * (1 - scan.masks["mouth"]))[..., None]


def _tone(skin: F64, rng: np.random.Generator) -> F64:
    """Factors (3,) on linear skin colour, towards a luminance drawn evenly in its logarithm."""
    luminance = float(skin @ LUMINANCE)
    wanted = np.exp(rng.uniform(np.log(DARKEST), np.log(LIGHTEST)))
    power = np.log(max(luminance, 1e-3) / wanted) / (MELANIN @ LUMINANCE)
    return np.asarray(np.exp(-np.clip(power, *POWERS) * MELANIN))


def _wall(height: int, width: int, rng: np.random.Generator) -> F32:
    """A plain or unsharp background, linear RGB (h, w, 3)."""
    coarse = rng.uniform(*WALLS) * np.exp(rng.normal(0, WALL_TINT, 3))
    blobs = rng.normal(0, BLOBS * (rng.random() < UNSHARP), (PATCHES, PATCHES, 1))
    blobs = blobs + rng.normal(0, BLOB_TINT, (PATCHES, PATCHES, 3))
    return cv2.resize((coarse * np.exp(blobs)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _photograph(display: np.ndarray, rng: np.random.Generator) -> U8:
    """Softness, noise and compression of a camera between a new phone's and an old webcam's."""
    age = rng.random() ** 2
    picture = cv2.GaussianBlur(display.astype(np.float32), (0, 0), SHARPEST + SOFTER * age)
    picture += rng.normal(0, LEAST_NOISE + MORE_NOISE * age * rng.random(), picture.shape)
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    quality = int(rng.integers(QUALITY - int(WORSE * age), BEST_QUALITY))
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
