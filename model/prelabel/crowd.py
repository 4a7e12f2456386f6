"""Several faces in a film: the largest is the main one; the others are painted over before a mesh is sought."""

from typing import Any, Final

import numpy as np

from model.scene import F64, U8

EVERY: Final = 15  # frames, after which faces are counted anew
SURE: Final = 0.6  # score of what is counted
ROOM: Final = 0.25  # of a face's size, that is painted around it
GREY: Final = 127


def detector() -> Any:
    """A network that finds faces up to some metres away, each picture for itself."""
    from mediapipe.python import solutions

    return solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=SURE)


def others_of(detector: Any, image: U8) -> F64:
    """Boxes (k, 4) px of the faces in an image besides the main one: x0, y0, x1, y1."""
    found = [face.location_data.relative_bounding_box for face in detector.process(image).detections or []]
    if len(found) < 2:
        return np.empty((0, 4))
    corners = [(box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height) for box in found]
    boxes = np.array(corners) * [image.shape[1], image.shape[0], image.shape[1], image.shape[0]]
    size = boxes[:, 2:] - boxes[:, :2]
    order = np.argsort(-size.prod(axis=1))
    main, rest, room = boxes[order[0]], boxes[order[1:]], ROOM * size[order[1:]]
    rest = np.concatenate([rest[:, :2] - room, rest[:, 2:] + room], axis=1)
    apart = (rest[:, :2] >= main[2:]).any(axis=1) | (rest[:, 2:] <= main[:2]).any(axis=1)  # else it is the same, twice
    return np.asarray(rest[apart])


def without(image: U8, boxes: F64) -> U8:
    """The image with boxes (k, 4) px painted over."""
    if not len(boxes):
        return image
    height, width = image.shape[:2]
    out = image.copy()
    for x0, y0, x1, y1 in np.clip(np.round(boxes), 0, [width, height, width, height]).astype(int):
        out[y0:y1, x0:x1] = GREY
    return out
