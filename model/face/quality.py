"""Whether what was found is a face that can be animated; if not, the sentence that says what to do."""

from typing import Final

import numpy as np

from model.body import LANDMARKS, OVAL
from model.errors import InputError
from model.face.age import seems_a_child
from model.face.cover import check_bare
from model.face.landmarks import TURNED, Found, lies_turned
from model.face.pose import head_pose, yaw_pitch_roll
from model.face.shape import mean_shape, strangeness
from model.scene import F64, U8

MAX_YAW: Final = 43.0
MAX_PITCH: Final = 35.0
MAX_ROLL: Final = 50.0
MAX_OUTSIDE: Final = 0.03  # of the face's height
# 74 people, lit, blurred, shrunk, grey and turned: at most 0.3, in strong noise a few more; cats and drawn animals:
# from 0.67; faces behind a mask and some monkeys lie between.
MAX_DOUBT, NO_FACE = 0.5, 0.6
# What doubt is made of: it is 1 for landmarks that wander so far, for a shape so much stranger than STRANGE, for a
# score so much below DETECTED.
WANDER, STRANGE, STRANGE_SPAN, DETECTED, DETECTED_SPAN = 0.03, 2.0, 1.5, 0.75, 0.25
NO_PERSON: Final = "This does not look like a person's face: use a photo of a person with nothing before the face."
CHILD: Final = "This seems to be a child: use the photo only if the parents agreed."
TURNED_BETTER, TURNED_SCORE = 0.1, 0.8  # by which the turned photo's score must be higher, and at least


def check_face(photo: U8, found: Found) -> tuple[str, ...]:
    """Notes for the user; InputError if the face is turned away, cut off, covered or not a person's."""
    _check_frame(photo, found.landmarks)
    _check_turn(found.landmarks)
    unlike = doubt(found)
    if unlike > NO_FACE:
        if lies_turned(photo, max(found.score + TURNED_BETTER, TURNED_SCORE)):
            raise InputError(TURNED)
        raise InputError(NO_PERSON)
    check_bare(photo, found.landmarks)
    if unlike > MAX_DOUBT:
        raise InputError(NO_PERSON)
    notes: tuple[str, ...] = (CHILD,) if seems_a_child(photo, found.landmarks) else ()
    if found.faces > 1:
        number = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}.get(found.faces, str(found.faces))
        notes += (f"{number} faces: the largest is used.",)
    return notes


def doubt(found: Found) -> float:
    """How unlike a person's face it is: landmarks that wander, a strange shape, an unsure detector."""
    rotation, scale, shift = head_pose(found.landmarks)
    upright = (found.landmarks[:LANDMARKS] - shift) @ rotation / scale
    strange = strangeness(upright - mean_shape())
    return (
        found.wander / WANDER
        + max(0.0, (strange - STRANGE) / STRANGE_SPAN)
        + max(0.0, (DETECTED - found.score) / DETECTED_SPAN)
    )


def _check_turn(landmarks: F64) -> None:
    yaw, pitch, roll = yaw_pitch_roll(head_pose(landmarks)[0])
    if abs(yaw) > MAX_YAW:
        raise InputError(f"The face is turned {abs(yaw):.0f}° to the side: use a photo more from the front.")
    if abs(pitch) > MAX_PITCH:
        way = "down" if pitch > 0 else "up"
        raise InputError(f"The face looks {abs(pitch):.0f}° {way}: use a photo that looks into the camera.")
    if abs(roll) > MAX_ROLL:
        raise InputError(f"The head is tilted by {abs(roll):.0f}°: turn the photo upright.")


def _check_frame(photo: U8, landmarks: F64) -> None:
    oval = landmarks[list(OVAL), :2]
    outside = np.maximum(-oval, oval - [photo.shape[1], photo.shape[0]]).max()
    if outside > MAX_OUTSIDE * np.ptp(oval[:, 1]):
        raise InputError("The face is cut off by the photo's edge: use a photo that shows the whole face.")
