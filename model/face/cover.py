"""What lies before a face: a hand, a mask, a thing. Hair, beards and glasses are no cover."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.body import LANDMARKS, OVAL
from model.errors import Box, InputError
from model.face import networks
from model.face.crop import crop_face
from model.face.landmarks import square_view
from model.face.topology import topology
from model.scene import F64, U8

# Squares in which hands are looked for: side and shift down, in heights of the face. A hand that is far or near is
# found in one of the two.
HAND_VIEWS: Final = ((2.4, 0.1), (1.7, 0.1))
HAND_SIDE: Final = 320  # px of each
# A hand whose size is so many heights of the face, with a joint so far outside its oval, lies on it or before it.
# Of 35 pictures of real touches 31 are found; in 148 photos of bare faces none is.
HAND_SIZE, HAND_REACH = 0.4, 0.02
HAND_MARGIN: Final = 0.06  # of the face's height, around the hand where it is marked

COVER_SIDE: Final = 256  # px, of the crop in which the face's cover is looked for
LEAST_BARE: Final = 0.4  # of the nose's tip and of each cheek
# Glabella, under the eyes and temples: what a mask leaves free.
SKIN_REFERENCE: Final = (
    9, 8, 168, 151, 107, 336, 108, 337, 117, 346, 228, 448, 31, 261, 143, 372, 139, 368,
)  # fmt: skip
COVER_BLUR_PX: Final = 3.0
HUE_REACH: Final = 24.0  # in Lab's a and b: two lamps of different colour stay within
LIGHTER, DARKER = 75, -90  # lightness, from the usual, that is as unlike as HUE_REACH
UNLIKE: Final = 1.2  # from which it is no skin
PALE, PALE_HUE = 0.4, 8  # of the usual colourfulness, and away from the usual hue: a grey, white or black thing


def check_bare(photo: U8, landmarks: F64) -> None:
    """InputError for a hand, with its place, or a mask or a thing before nose or cheeks of landmarks (478, 3) px."""
    place = hand_before(photo, landmarks)
    if place is not None:
        raise InputError("A hand lies before the face: take your hand from your face, and take the photo again.", place)
    crop = crop_face(photo, landmarks, COVER_SIDE)
    bare = _bare_skin(crop.image, crop.to_image(landmarks)[:LANDMARKS, :2])
    labels = topology().region[:LANDMARKS]
    shares = [bare[labels == REGIONS.index(name)].mean() for name in ("nose_tip", "left_cheek", "right_cheek")]
    if min(shares) < LEAST_BARE:
        raise InputError("The face is partly covered: use a photo with nose, mouth and both cheeks in view.")


def hand_before(photo: U8, landmarks: F64) -> Box | None:
    """Where a hand lies on the face or before it, 0.2 s; None if none does."""
    oval = landmarks[list(OVAL), :2]
    centre, height = (oval.min(axis=0) + oval.max(axis=0)) / 2, float(np.ptp(oval[:, 1]))
    for side, down in HAND_VIEWS:
        for hand in _hands_around(photo, centre + [0, down * height], side * height):
            away = [cv2.pointPolygonTest(oval.astype(np.float32), (float(x), float(y)), True) for x, y in hand]
            if np.ptp(hand, axis=0).max() > HAND_SIZE * height and max(away) > -HAND_REACH * height:
                low, high = hand.min(axis=0) - HAND_MARGIN * height, hand.max(axis=0) + HAND_MARGIN * height
                x0, y0, x1, y1 = (float(v) for v in (*low, *high))
                return x0, y0, x1, y1
    return None


def _hands_around(photo: U8, centre: F64, side: float) -> list[F64]:
    """Hands (21, 2) photo px in a square, read as it is and mirrored: the network knows some better in a mirror."""
    view, scale, shift = square_view(photo, centre, side, HAND_SIDE)
    mirrored = [np.array([HAND_SIDE, 0]) + hand * [-1, 1] for hand in networks.faint_hands(view[:, ::-1])]
    return [(hand - shift) / scale for hand in (*networks.faint_hands(view), *mirrored)]


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
