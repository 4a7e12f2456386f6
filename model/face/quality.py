"""Whether what was found is a face that can be animated; if not, the sentence that says what to do."""

from typing import Final

import numpy as np

from model.errors import InputError
from model.face.landmarks import Found
from model.face.pose import angles, head_pose
from model.face.topology import OVAL
from model.scene import F64, U8

MAX_YAW: Final = 40.0
MAX_PITCH: Final = 35.0
MAX_ROLL: Final = 50.0
MAX_OUTSIDE: Final = 0.03  # of the face's height


def check_face(photo: U8, found: Found) -> tuple[str, ...]:
    """Notes for the user; InputError if the face is turned away, cut off, covered or not a person's."""
    _check_turn(found.landmarks)
    _check_frame(photo, found.landmarks)
    if found.faces > 1:
        return (f"{found.faces} faces: the largest is used.",)
    return ()


def _check_turn(landmarks: F64) -> None:
    yaw, pitch, roll = angles(head_pose(landmarks)[0])
    if abs(yaw) > MAX_YAW:
        raise InputError(f"The face is turned {abs(yaw):.0f}° to the side: use a photo more from the front.")
    if abs(pitch) > MAX_PITCH:
        way = "down" if pitch > 0 else "up"
        raise InputError(f"The face looks {abs(pitch):.0f}° {way}: use a photo that looks into the camera.")
    if abs(roll) > MAX_ROLL:
        raise InputError(f"The head is tilted {abs(roll):.0f}°: turn the photo upright.")


def _check_frame(photo: U8, landmarks: F64) -> None:
    oval = landmarks[list(OVAL), :2]
    outside = np.maximum(-oval, oval - [photo.shape[1], photo.shape[0]]).max()
    if outside > MAX_OUTSIDE * np.ptp(oval[:, 1]):
        raise InputError("The face is cut off by the photo's edge: use a photo that shows the whole face.")
