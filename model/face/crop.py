"""The square of the photo that the clip shows: the face, with room below and beside it for the hand."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.body import LANDMARKS
from model.face.content import content_box
from model.scene import F64, U8

FACE_SHARE: Final = 0.43  # of the frame's height
SHIFT: Final = 0.07  # of the frame: down and to the viewer's right, where the left hand comes from
CLOSE_SHARE: Final = 0.62  # of the frame: a larger face leaves no room for the hand
SOFT_SCALE: Final = 1.6  # enlarged by more than this, a clip looks soft


@dataclass(frozen=True)
class Crop:
    """A square of the photo and the image made of it: image px = (photo px − corner) · scale."""

    image: U8  # (size, size, 3)
    corner: tuple[int, int]  # x, y in photo px
    side: int  # photo px
    notes: tuple[str, ...]

    @property
    def scale(self) -> float:
        """Image px in a photo px."""
        return self.image.shape[0] / self.side

    def to_image(self, landmarks: F64) -> F64:
        """Landmarks (n, 3) from photo px to image px."""
        return (landmarks - [*self.corner, 0]) * self.scale


def crop_face(photo: U8, landmarks: F64, size: int) -> Crop:
    """The square around a face with landmarks (478, 3) px, `size` px wide; never outside the photo's content."""
    left, top, right, bottom = content_box(photo)
    height, width = bottom - top, right - left
    low, high = landmarks[:LANDMARKS, :2].min(axis=0), landmarks[:LANDMARKS, :2].max(axis=0)
    face = float((high - low).max())
    side = int(min(round(face / FACE_SHARE), height, width))
    # What is cut off the wanted square is cut off its shift, too: the face itself stays whole.
    room = max(0.0, (side - face) / (face / FACE_SHARE - face)) if side > face else 0.0
    centre = (low + high) / 2 + min(room, 1.0) * SHIFT * side
    x = int(np.clip(round(centre[0] - side / 2), left, right - side))
    y = int(np.clip(round(centre[1] - side / 2), top, bottom - side))
    square = photo[y : y + side, x : x + side]
    scale = size / side
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    image = cv2.resize(square, (size, size), interpolation=method)
    notes = []
    if scale > SOFT_SCALE:
        notes.append("The face is small in the photo: the clip will look a little soft.")
    if face > CLOSE_SHARE * side:
        notes.append("The photo is close around the face: the hand will be partly out of view.")
    return Crop(np.ascontiguousarray(image, dtype=np.uint8), (x, y), side, tuple(notes))
