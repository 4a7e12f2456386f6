"""Whether what was found is a face that can be animated; if not, the sentence that says what to do."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.body import LANDMARKS, OVAL
from model.errors import InputError
from model.face import networks
from model.face.crop import crop_face
from model.face.landmarks import TURNED, Found, lies_turned
from model.face.pose import head_pose, yaw_pitch_roll
from model.face.shape import mean_shape, strangeness
from model.face.topology import topology
from model.scene import F64, U8

MAX_YAW: Final = 43.0
MAX_PITCH: Final = 35.0
MAX_ROLL: Final = 50.0
MAX_OUTSIDE: Final = 0.03  # of the face's height
MAX_DOUBT: Final = 0.6  # 76 people, lit, blurred and turned: at most 0.3; animals, real or drawn: from 0.67
# What doubt is made of: it is 1 for landmarks that wander so far, for a shape so much stranger than STRANGE, for a
# score so much below DETECTED.
WANDER, STRANGE, STRANGE_SPAN, DETECTED, DETECTED_SPAN = 0.03, 2.0, 1.5, 0.75, 0.25
TURNED_BETTER, TURNED_SCORE = 0.1, 0.8  # by which the turned photo's score must be higher, and at least

COVER_SIDE: Final = 256  # px, of the crop in which the face's cover is looked for
LEAST_BARE: Final = 0.4  # of the nose's tip and of each cheek
HAND_JOINTS, HAND_SIZE = 6, 0.6  # of 21 that lie on the face, and size over the face's height, of a hand before it
# Glabella, under the eyes and temples: what a mask leaves free.
SKIN_REFERENCE: Final = (
    9, 8, 168, 151, 107, 336, 108, 337, 117, 346, 228, 448, 31, 261, 143, 372, 139, 368,
)  # fmt: skip
COVER_BLUR_PX: Final = 3.0
HUE_REACH: Final = 24.0  # in Lab's a and b: two lamps of different colour stay within
LIGHTER, DARKER = 75, -90  # lightness, from the usual, that is as unlike as HUE_REACH
UNLIKE: Final = 1.2  # from which it is no skin
PALE, PALE_HUE = 0.4, 8  # of the usual colourfulness, and away from the usual hue: a grey, white or black thing


def check_face(photo: U8, found: Found) -> tuple[str, ...]:
    """Notes for the user; InputError if the face is turned away, cut off, covered or not a person's."""
    _check_frame(photo, found.landmarks)
    _check_turn(found.landmarks)
    if doubt(found) > MAX_DOUBT:
        if lies_turned(photo, max(found.score + TURNED_BETTER, TURNED_SCORE)):
            raise InputError(TURNED)
        raise InputError(
            "This does not look like a person's face: use a photo of a person with nothing before the face."
        )
    _check_covered(photo, found.landmarks)
    if found.faces > 1:
        number = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}.get(found.faces, str(found.faces))
        return (f"{number} faces: the largest is used.",)
    return ()


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


def _check_covered(photo: U8, landmarks: F64) -> None:
    """InputError for a mask, a hand or a thing before nose or cheeks; hair and beards are no cover."""
    crop = crop_face(photo, landmarks, COVER_SIDE)
    points = crop.to_image(landmarks)[:LANDMARKS, :2]
    bare = _bare_skin(crop.image, points)
    labels = topology().region[:LANDMARKS]
    shares = [bare[labels == REGIONS.index(name)].mean() for name in ("nose_tip", "left_cheek", "right_cheek")]
    if min(shares) < LEAST_BARE or _hand_before(crop.image, points[list(OVAL)]):
        raise InputError("The face is partly covered: use a photo with nose, mouth and both cheeks in view.")


def _hand_before(image: U8, oval: F64) -> bool:
    """Whether a hand of a hand's size lies before the face; the detector also sees small ones in noise."""
    outline = oval.astype(np.float32)
    face = float(np.ptp(oval[:, 1]))
    for hand in networks.hands(image):
        inside = sum(cv2.pointPolygonTest(outline, (float(x), float(y)), False) > 0 for x, y in hand)
        if inside >= HAND_JOINTS and np.ptp(hand, axis=0).max() > HAND_SIZE * face:
            return True
    return False


def _bare_skin(image: U8, points: F64) -> NDArray[np.bool_]:
    """Which landmarks (468, 2) px lie on skin coloured as around the eyes."""
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), COVER_BLUR_PX), cv2.COLOR_RGB2LAB)
    column, row = np.clip(points.round().astype(int), 0, image.shape[0] - 1).T
    colours = lab[row, column].astype(np.float64)
    usual = np.median(colours[list(SKIN_REFERENCE)], axis=0)
    lightness, *hue = (colours - usual).T
    away = np.hypot(*hue)
    pale = np.hypot(*(colours[:, 1:] - 128).T) < PALE * np.hypot(*(usual[1:] - 128))
    unlike = away / HUE_REACH + np.maximum(lightness / LIGHTER, lightness / DARKER)
    return np.asarray((unlike < UNLIKE) & ~(pale & (away > PALE_HUE)))
