"""An outline carried on from frame to frame by optical flow of the skin inside it.

Lucas and Kanade (1981) in pyramids (Bouguet 2001); points that do not come back to where they were are left out
(Kalal et al. 2010), and the others move the whole outline by turn, scale and shift.
"""

from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from annotation.polygons import Polygon, mask
from annotation.video import Video, examine, pictures
from model.scene import F64, U8

MOST_FRAMES: Final = 600  # of one request
POINTS: Final = 80
FEWEST: Final = 6  # good points, else the outline stays where it is for a frame
BACK_PX: Final = 1.0  # how near a point must come back
LARGER: Final = 1.6  # than the outline is the skin that is followed
WINDOW: Final = (15, 15)  # px


def carry(video: Path, polygon: Polygon, first: int, last: int) -> list[Polygon]:
    """The outline at frame `first` and at each one after it, to `last` or MOST_FRAMES; raises `VideoError`."""
    film = examine(video)
    outline = np.asarray(polygon, np.float64)
    found: list[Polygon] = [polygon]
    before: U8 | None = None
    for grey in _greys(film, first, min(last, first + MOST_FRAMES)):
        if before is not None:
            outline = _moved(before, grey, outline)
            found.append(tuple((round(float(x), 2), round(float(y), 2)) for x, y in outline))
        before = grey
    return found


def _greys(film: Video, first: int, last: int) -> list[U8]:
    shown = islice(pictures(film), first, last + 1)
    return [np.asarray(cv2.cvtColor(picture.image, cv2.COLOR_RGB2GRAY), np.uint8) for picture in shown]


def _moved(before: U8, after: U8, outline: F64) -> F64:
    """The outline (n, 2) px where the skin in it has gone."""
    height, width = before.shape
    middle = outline.mean(axis=0)
    around = tuple(map(tuple, (middle + LARGER * (outline - middle)).tolist()))
    inside = mask(around, width, height).astype(np.uint8)
    points = cv2.goodFeaturesToTrack(before, POINTS, 0.01, 2, mask=inside)
    if points is None:
        return outline
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None, winSize=WINDOW)
    back, again, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, winSize=WINDOW)
    good = (found.ravel() == 1) & (again.ravel() == 1)
    good &= np.linalg.norm((back - points).reshape(-1, 2), axis=1) < BACK_PX
    if int(good.sum()) < FEWEST:
        return outline
    turn, _ = cv2.estimateAffinePartial2D(points[good], there[good], ransacReprojThreshold=1.5)
    return outline if turn is None else outline @ turn[:, :2].T + turn[:, 2]
