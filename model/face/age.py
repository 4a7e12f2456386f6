"""How old a face looks: whether it seems to be a child's, so that the parents' consent is asked for."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from model.body import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from model.face.pose import similarity
from model.scene import F64, U8

# Their origin, and how they were measured: the card beside them.
NETWORKS: Final = Path(__file__).parents[2] / "assets" / "person"
NOSE_BASE: Final = 2  # landmark where the nose meets the lip
SIDE: Final = 64  # px that the network of age sees
FINE: Final = 8  # the crop is taken so much larger, and reduced by area
MEANS: Final = np.array([122.782, 117.001, 104.298], np.float32)  # of red, green and blue, that it was trained with
# Where dlib puts the outer and inner corners of the subject's left and right eye and the base of the nose, in parts of
# its chip's side without the padding.
CHIP: Final = np.array([(0.8596, 0.2135), (0.6461, 0.2290), (0.1206, 0.2137), (0.3341, 0.2291), (0.4901, 0.6278)])
PADDING: Final = 0.2
ADULT: Final = 18
LIKELY: Final = 0.25  # chance of being under 18 from which it is asked; of 74 adults, mirrored too, at most 0.19


def seems_a_child(photo: U8, landmarks: F64) -> bool:
    """Whether the face with landmarks (478, 3) px of a photo is probably under 18, 15 ms."""
    return under_age(photo, landmarks) > LIKELY


def under_age(photo: U8, landmarks: F64) -> float:
    """The chance, by the network, of being under 18."""
    return float(_chances(photo, landmarks)[:ADULT].sum())


def apparent_age(photo: U8, landmarks: F64) -> float:
    """Years that the face with landmarks (478, 2) or (478, 3) px of a photo most likely looks, 15 ms."""
    chances = _chances(photo, landmarks)
    return float(chances @ np.arange(len(chances)) / chances.sum())


def _chances(photo: U8, landmarks: F64) -> F64:
    """Of each year of age, by the network."""
    return asked("age", photo, landmarks, SIDE)


def asked(name: str, photo: U8, landmarks: F64, side: int) -> F64:
    """What the network `name`, which sees `side` px, says of the face."""
    blob = (_chip(photo, landmarks, side).astype(np.float32) - MEANS) / 256
    network = _network(name)
    network.setInput(blob.transpose(2, 0, 1)[None])
    return np.asarray(network.forward()[0], dtype=np.float64)


def _chip(photo: U8, landmarks: F64, side: int) -> U8:
    """The face (side, side, 3), its eyes and nose where the networks expect them."""
    points = landmarks[[*LEFT_EYE_CORNERS, *RIGHT_EYE_CORNERS, NOSE_BASE], :2]
    places = (PADDING + CHIP) / (1 + 2 * PADDING) * side * FINE
    rotation, scale, shift = similarity(points, places)
    matrix = np.column_stack([scale * rotation, shift])
    large = cv2.warpAffine(photo, matrix, (side * FINE, side * FINE), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@lru_cache(maxsize=2)
def _network(name: str) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(NETWORKS / f"{name}.onnx"))
