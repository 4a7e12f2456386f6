"""MediaPipe's networks, loaded once in a process, kept warm, used by one thread at a time, and silent."""

import contextlib
import os
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from model.scene import F32, F64, U8

FACE_SCORE, HAND_SCORE, FAINT_HAND_SCORE = 0.4, 0.7, 0.35  # from which a detector has found one
_lock = threading.Lock()  # MediaPipe's graphs are not thread-safe; each call takes about 5 ms
_stderr_lock = threading.Lock()


def mesh(image: U8) -> F64 | None:
    """Landmarks (478, 3) of the most prominent face in a square image, px (z: smaller is nearer), or None."""
    found = _run("mesh", image).multi_face_landmarks
    if not found:
        return None
    height, width = image.shape[:2]
    return np.array([(p.x * width, p.y * height, p.z * width) for p in found[0].landmark])


def detect(image: U8, far: bool) -> F64:
    """Faces (k, 5) in an image: x0, y0, x1, y1 px and score 0..1; `far` finds smaller ones."""
    found = _run("far" if far else "near", image).detections or []
    height, width = image.shape[:2]
    rows = []
    for face in found:
        box = face.location_data.relative_bounding_box
        x, y = box.xmin * width, box.ymin * height
        rows.append((x, y, x + box.width * width, y + box.height * height, face.score[0]))
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def person(image: U8) -> F32:
    """Likelihood (h, w) 0..1 that a pixel belongs to a person."""
    mask = _run("person", image).segmentation_mask
    return np.array(mask, dtype=np.float32)


def hands(image: U8) -> list[F64]:
    """Landmarks (21, 2) px of each hand in an image, at most two."""
    return _hands("hands", image)


def faint_hands(image: U8) -> list[F64]:
    """Like `hands`, also those that are half hidden, and now and then one that is none."""
    return _hands("faint hands", image)


def _hands(kind: str, image: U8) -> list[F64]:
    found = _run(kind, image).multi_hand_landmarks or []
    height, width = image.shape[:2]
    return [np.array([(p.x * width, p.y * height) for p in hand.landmark]) for hand in found]


def _run(kind: str, image: U8) -> Any:
    """A network's answer, one call at a time."""
    network = _network(kind, os.getpid())
    with _lock:
        return network.process(np.ascontiguousarray(image))


@lru_cache(maxsize=8)
def _network(kind: str, process: int) -> Any:  # noqa: ARG001 (a forked child must not use its parent's graph)
    """The network, after a first call that loads it."""
    with quiet():
        from mediapipe.python import solutions

        makers = {
            "mesh": lambda: solutions.face_mesh.FaceMesh(
                static_image_mode=True, refine_landmarks=True, max_num_faces=1, min_detection_confidence=FACE_SCORE
            ),
            "near": lambda: solutions.face_detection.FaceDetection(FACE_SCORE, 0),
            "far": lambda: solutions.face_detection.FaceDetection(FACE_SCORE, 1),
            "person": lambda: solutions.selfie_segmentation.SelfieSegmentation(model_selection=0),
            "hands": lambda: solutions.hands.Hands(
                static_image_mode=True, max_num_hands=2, min_detection_confidence=HAND_SCORE
            ),
            "faint hands": lambda: solutions.hands.Hands(
                static_image_mode=True, max_num_hands=2, min_detection_confidence=FAINT_HAND_SCORE
            ),
        }
        network = makers[kind]()
        network.process(_sample())
    return network


def _sample() -> U8:
    """A drawn face: enough to make every part of a graph load and say its start-up messages."""
    import cv2

    image = np.full((256, 256, 3), 120, np.uint8)
    cv2.ellipse(image, (128, 128), (60, 80), 0, 0, 360, (210, 170, 150), -1)
    for x in (104, 152):
        cv2.ellipse(image, (x, 110), (13, 6), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(image, (x, 110), 6, (40, 30, 30), -1)
        cv2.ellipse(image, (x, 92), (16, 4), 0, 0, 360, (60, 40, 30), -1)
    cv2.line(image, (128, 115), (124, 142), (160, 110, 100), 3)
    cv2.ellipse(image, (128, 168), (24, 8), 0, 0, 360, (170, 70, 80), -1)
    return image


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing on the process's stderr: the networks' C++ logs there and has no switch for it."""
    with _stderr_lock, open(os.devnull, "w") as sink:
        kept = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
