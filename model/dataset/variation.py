"""Other looks of a scan: skin tone, background, light and the age of the camera, for training data that is wider
than the photos it is made from."""

from dataclasses import replace

import cv2
import numpy as np

from model.face.light import blur_of, grain_of
from model.scene import F32, F64, U8, FaceScan

GAMMA = 2.2  # of the renderer
MELANIN = np.array([0.55, 0.85, 1.0])  # absorption of more melanin by channel, relative to blue
DARKEST, LIGHTEST = 0.035, 0.62  # linear luminance of skin that is still made


def vary_look(scan: FaceScan, rng: np.random.Generator) -> FaceScan:
    """The same face in another skin, before another wall, in other light, by another camera; the shape stays."""
    linear = (scan.image / 255.0) ** GAMMA
    tone = _tone(scan.skin, rng)
    linear *= 1 + _painted(scan) * (tone - 1)
    if rng.random() < 0.6:
        person = cv2.GaussianBlur(scan.masks["person"], (0, 0), 1.0)[..., None]
        linear = linear * person + _wall(linear.shape[0], linear.shape[1], rng) * (1 - person)
    light = np.exp(rng.normal(0, 0.22)) * np.exp(rng.normal(0, [0.10, 0.03, 0.14]))
    linear *= light
    image = _photograph(np.clip(linear, 0, 1) ** (1 / GAMMA), rng)
    return replace(
        scan,
        image=image,
        skin=np.clip(scan.skin * tone * light, 0.005, 0.95),
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
    luminance = float(skin @ [0.2126, 0.7152, 0.0722])
    wanted = np.exp(rng.uniform(np.log(DARKEST), np.log(LIGHTEST)))
    power = np.log(max(luminance, 1e-3) / wanted) / (MELANIN @ [0.2126, 0.7152, 0.0722])
    return np.asarray(np.exp(-np.clip(power, -0.35, 0.8) * MELANIN))


def _wall(height: int, width: int, rng: np.random.Generator) -> F32:
    """A plain or unsharp background, linear RGB (h, w, 3)."""
    coarse = rng.uniform(0.02, 0.8) * np.exp(rng.normal(0, 0.25, 3))
    blobs = rng.normal(0, 0.35 * (rng.random() < 0.7), (6, 6, 1)) + rng.normal(0, 0.08, (6, 6, 3))
    return cv2.resize((coarse * np.exp(blobs)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _photograph(display: np.ndarray, rng: np.random.Generator) -> U8:
    """Softness, noise and compression of a camera between a new phone's and an old webcam's."""
    age = rng.random() ** 2
    picture = cv2.GaussianBlur(display.astype(np.float32), (0, 0), 0.3 + 0.9 * age)
    picture += rng.normal(0, 0.004 + 0.02 * age * rng.random(), picture.shape)
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    quality = int(rng.integers(95 - int(50 * age), 98))
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
