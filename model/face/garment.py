"""What the person wears below the chin: its colour and weave, and whether it is closed at the neck."""

from typing import Final

import cv2
import numpy as np

from model.body import CHIN, SELLION
from model.optics import srgb_to_linear
from model.scene import F32, F64, U8, Garment, Light

SURE_PERSON, NO_SKIN, NO_HAIR = 0.85, 0.25, 0.25  # of the masks: where cloth is seen for certain
BELOW: Final = 0.12  # of the face's height under the chin: from here on there may be cloth
ASIDE: Final = 0.75  # of the face's height: farther to the side than this is a shoulder, which a sleeve belongs to
LEAST: Final = 0.015  # of the picture that must be cloth
PATCH: Final = 0.07  # of the picture's side: the square whose weave is taken
HANGS: Final = np.array([0.0, -0.25, -0.97])  # how cloth on a chest faces
COLLAR_WIDE, COLLAR_HIGH = 0.25, 0.40  # of the face's height: about the chin's middle, and cloth this near under it
KINDS, ENOUGH = 3, 4000  # colours that cloth is told apart by, and pixels that are looked at for it
WEAVE_RANGE: Final = (0.55, 1.7)  # of the cloth's mean
LEAST_COLOUR: Final = 0.004  # of a channel: black cloth is not quite black


def find_garment(image: U8, layers: dict[str, F32], landmarks: F64, light: Light) -> Garment | None:
    """The garment of masks `layers` and landmarks (478, 3) px; None where too little cloth is seen."""
    side = image.shape[0]
    chin = landmarks[CHIN, :2]
    tall = float(np.linalg.norm(landmarks[CHIN, :2] - landmarks[SELLION, :2]))
    rows = np.arange(side)[:, None]
    cloth = (layers["person"] > SURE_PERSON) & (layers["skin"] < NO_SKIN) & (layers["hair"] < NO_HAIR)
    cloth &= rows > chin[1] + BELOW * tall
    reach = max(round(side * PATCH / 4), 2)
    cloth = cv2.erode(cloth.astype(np.uint8), np.ones((reach, reach), np.uint8), borderValue=1) > 0
    if cloth.mean() < LEAST:
        return None
    collared = _collared(cloth, chin, tall, reach)
    shoulders = cloth & (np.abs(np.arange(side) - chin[0]) > ASIDE * tall)
    cloth = shoulders if shoulders.mean() > LEAST / 2 else cloth
    linear = srgb_to_linear(image)
    colour = np.median(linear[cloth][_commonest(image[cloth])], axis=0).astype(np.float64)
    shade = float(light.shade(HANGS[None])[0])
    weave = _weave(linear, cloth, colour)
    return Garment(np.clip(colour / shade, LEAST_COLOUR, 0.95), weave, collared)


def _commonest(pixels: U8) -> np.ndarray:
    """Which pixels (k, 3) are of the commonest of KINDS colours: neither buttons nor straps nor deep folds."""
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    some = np.ascontiguousarray(lab[:: max(len(lab) // ENOUGH, 1)])
    first = np.searchsorted(np.quantile(some[:, 0], [1 / KINDS, 2 / KINDS]), some[:, 0]).astype(np.int32)[:, None]
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 20, 0)
    _, kind, middles = cv2.kmeans(some, KINDS, first, stop, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    best = int(np.bincount(kind.ravel(), minlength=KINDS).argmax())
    away = np.linalg.norm(lab[:, None] - middles[None], axis=2)
    return np.asarray(away.argmin(axis=1) == best)


def _collared(cloth: np.ndarray, chin: F64, tall: float, eroded: int) -> bool:
    """Whether cloth begins right under the chin, as a collar, a scarf or a jacket does."""
    left, right = (round(chin[0] + sign * COLLAR_WIDE * tall) for sign in (-1, 1))
    under = cloth[:, max(left, 0) : right]
    first = np.where(under.any(axis=0), under.argmax(axis=0), len(cloth))
    return bool(np.median(first) - eroded / 2 - chin[1] < COLLAR_HIGH * tall) if first.size else False


def _weave(linear: F32, cloth: np.ndarray, colour: F64) -> F32:
    """A square (p, p, 3) of the cloth over its own mean: the one that is all cloth and most like the rest."""
    size = max(round(linear.shape[0] * PATCH), 8)
    whole = cv2.boxFilter(cloth.astype(np.float32), -1, (size, size), borderType=cv2.BORDER_CONSTANT)
    mean = cv2.boxFilter(linear, -1, (size, size))
    unlike = np.abs(np.log((mean + 1e-3) / (colour + 1e-3))).sum(axis=2)
    unlike[whole < whole.max() - 1e-3] = np.inf
    best = np.unravel_index(int(unlike.argmin()), unlike.shape)
    y, x = (int(np.clip(at - size // 2, 0, linear.shape[0] - size)) for at in best)
    patch = linear[y : y + size, x : x + size] + 1e-3
    flat = cv2.GaussianBlur(patch, (0, 0), size / 5, borderType=cv2.BORDER_REFLECT)
    return np.clip(patch / flat, *WEAVE_RANGE).astype(np.float32)
