"""The picture's content: what lies inside a border, or inside corners that were rounded off."""

from typing import Final

import cv2
import numpy as np

from model.scene import F32, U8

LOOKED_AT: Final = 512  # px: larger photos are reduced to it
ALIKE: Final = 5  # levels by which a border's pixels differ from its corner's
LEAST, MOST = 0.3, 0.999  # of the picture that content covers, where there is a border
CONVEX: Final = 0.985  # of its hull: content is a rectangle, rounded or not, or a disc; a person is none of these
PLAIN, PLAIN_SHARE = 4, 0.95  # levels from its median that a border's pixels stay within, and how many of them do
STEP, STEP_PX, STEP_SHARE = 12, 7, 0.7  # levels by which content begins, within so many pixels, at so much of its edge
PLAIN_ROW, STEP_ROW = 0.97, 0.5  # the shares of a row that do, at a straight border
SPECK: Final = 0.005  # of the picture: smaller pieces are stains of the border
SOFT_PX: Final = 0.6  # blur of its edge


def content_mask(image: U8) -> F32:
    """1 on the content (h, w), 0 on a plain border that was drawn around it; 1 everywhere where there is none."""
    picture = cv2.medianBlur(image, 3)
    within = _rectangle(picture)
    if within is None:
        within = _rounded(picture)
    if within is None:
        return np.ones(image.shape[:2], np.float32)
    # one pixel inwards: where content and border mix, nothing is drawn either
    kept = cv2.erode(within, np.ones((3, 3), np.uint8), borderValue=1).astype(np.float32)
    return cv2.GaussianBlur(kept, (0, 0), SOFT_PX, borderType=cv2.BORDER_REPLICATE)


def content_box(photo: U8) -> tuple[int, int, int, int]:
    """Left, top, right, bottom px of a photo (h, w, 3) without its straight border; all of it where there is none."""
    height, width = photo.shape[:2]
    scale = LOOKED_AT / max(height, width)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else photo
    within = _rectangle(cv2.medianBlur(np.ascontiguousarray(small), 3))
    if within is None:
        return 0, 0, width, height
    rows, columns = np.flatnonzero(within.any(axis=1)), np.flatnonzero(within.any(axis=0))
    grow_x, grow_y = width / within.shape[1], height / within.shape[0]
    left, right = (int(columns[0] * grow_x), int(np.ceil((columns[-1] + 1) * grow_x)))
    top, bottom = (int(rows[0] * grow_y), int(np.ceil((rows[-1] + 1) * grow_y)))
    inset = int(np.ceil(max(grow_x, grow_y)))  # where content and border mix
    return (
        left + inset * (left > 0), top + inset * (top > 0),
        right - inset * (right < width), bottom - inset * (bottom < height),
    )  # fmt: skip


def _rectangle(picture: U8) -> U8 | None:
    """What is left (h, w) when plain rows and columns are taken from the sides, if one of them ends at once."""
    within = np.zeros(picture.shape[:2], np.uint8)
    cuts, abrupt = [], False
    for turn in range(4):  # each side in its turn is the first row
        rows = np.rot90(picture, turn).astype(np.int16)
        unlike = np.abs(rows - rows[0, 0]).max(axis=2)
        plain = (unlike <= PLAIN).mean(axis=1) > PLAIN_ROW
        cut = int(np.argmin(plain)) if not plain.all() else 0
        behind = min(cut + STEP_PX, len(rows) - 1)
        abrupt |= cut > 1 and bool((unlike[behind] > STEP).mean() > STEP_ROW)
        cuts.append(cut)
    if not abrupt:
        return None
    top, right, bottom, left = cuts
    height, width = within.shape
    within[top : height - bottom, left : width - right] = 1
    return within


def _rounded(picture: U8) -> U8 | None:
    """The rectangle with rounded corners, or the disc (h, w), that the corners' plain colour leaves."""
    height, width = picture.shape[:2]
    flooded = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        if not flooded[corner[1] + 1, corner[0] + 1]:
            cv2.floodFill(picture, flooded, corner, 0, (ALIKE,) * 3, (ALIKE,) * 3, flags)
    border = flooded[1:-1, 1:-1]
    inside = cv2.morphologyEx(1 - border, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if not LEAST < inside.mean() < MOST:
        return None
    pieces, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    large = [piece for piece in pieces if cv2.contourArea(piece) > SPECK * inside.size]
    if not large:
        return None
    hull = cv2.convexHull(np.concatenate(large))
    within = cv2.fillConvexPoly(np.zeros_like(inside), hull, 1)
    whole = inside.sum() > CONVEX * within.sum()
    return within if whole and _drawn(picture, border, hull) else None


def _drawn(picture: U8, border: U8, hull: np.ndarray) -> bool:
    """Whether it is a border, which is plain and ends at once, and no backdrop that darkens towards its corners."""
    inner = cv2.erode(border, np.ones((5, 5), np.uint8))  # a JPEG rings at the edge
    colours = picture[inner > 0].astype(np.int16)
    plain = len(colours) and (np.abs(colours - np.median(colours, axis=0)) <= PLAIN).all(axis=1).mean() > PLAIN_SHARE
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    steps = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((STEP_PX, STEP_PX), np.uint8))
    edge = cv2.polylines(np.zeros_like(border), [hull], True, 1) > 0
    edge[:2] = edge[-2:] = False
    edge[:, :2] = edge[:, -2:] = False
    return bool(plain and edge.any() and (steps[edge] > STEP).mean() > STEP_SHARE)
