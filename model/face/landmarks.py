"""Where the face is in a photo: MediaPipe's detectors at several scales, then its mesh on a close crop."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.body import IRIS_PARTNERS, LANDMARKS
from model.errors import InputError
from model.face import networks
from model.face.shape import mirror_landmarks
from model.scene import F64, U8

MESH_SIDE: Final = 384  # px: the mesh network sees 192 px of about half of the crop
DETECT_SIDE: Final = 640
LEAST_TILE, MOST_TILES = 192, 8  # px that a tile is cut down to, and how many of the smallest in the photo's long side
SAME_FACE: Final = 0.3  # overlap of two boxes from which they hold the same face
SIMILAR: Final = 0.35  # of the largest face's height: smaller ones are bystanders
FIRST_CROP, MESH_CROP, SCORE_CROP = 2.0, 1.75, 2.2  # side of a square over the detected or the found face's own
PASSES: Final = 2  # of the mesh, each on a crop around what the last one found
TURNED: Final = "The face is turned sideways or upside down: turn the photo upright."
MIN_FACE: Final = 48  # px, height of a face that can still be animated


@dataclass(frozen=True)
class Found:
    """The largest face of a photo."""

    landmarks: F64  # (478, 3) px of the photo, z in the same scale, smaller is nearer
    score: float  # the better of two detectors' scores on a close-up, 0..1
    faces: int  # how many faces of a similar size are in the photo
    wander: float  # mean distance between two passes, in parts of the face's height; a face stays put


def find_face(photo: U8) -> Found:
    """Landmarks of the largest face; InputError if there is none or it is too small."""
    boxes = _boxes(photo)
    if len(boxes) == 0:
        raise InputError(_no_face(photo))
    heights = boxes[:, 3] - boxes[:, 1]
    for index in np.argsort(-heights):
        found = _measure(photo, boxes[index])
        if found is None:
            continue
        landmarks, wander = found
        height = float(np.ptp(landmarks[:LANDMARKS, 1]))
        if height < MIN_FACE:
            raise InputError(f"The face is only {height:.0f} px high: use a photo in which it is at least 100 px high.")
        similar = int((heights > SIMILAR * heights[index]).sum())
        return Found(landmarks, _score_close_up(photo, landmarks), similar, wander)
    raise InputError(_no_face(photo))


def _no_face(photo: U8) -> str:
    """The sentence for a photo without a face, which knows a photo that lies on its side."""
    if lies_turned(photo):
        return TURNED
    return "No face was found: use a photo of one person's face from the front, in good light."


def lies_turned(photo: U8, score: float = 0.7) -> bool:
    """Whether a face is found with more than a score in the photo turned by 90, 270 or 180 degrees."""
    small = _small(photo)
    turned = [_boxes(np.ascontiguousarray(np.rot90(small, turns)), tiles=False) for turns in (1, 3, 2)]
    return any(len(boxes) > 0 and boxes[:, 4].max() > score for boxes in turned)


def _boxes(photo: U8, tiles: bool = True) -> F64:
    """Faces (k, 5): x0, y0, x1, y1 px and score, without duplicates; in tiles if the whole shows none."""
    found = _detect_in(photo, 0, 0, max(photo.shape[:2]))
    side = max(photo.shape[:2])
    while tiles and len(found) == 0 and side >= 2 * LEAST_TILE and side > max(photo.shape[:2]) / MOST_TILES:
        side //= 2
        height, width = photo.shape[:2]
        for y in _starts(height, side):
            for x in _starts(width, side):
                found = np.concatenate([found, _detect_in(photo, x, y, side)])
    return _without_duplicates(found)


def _starts(length: int, side: int) -> list[int]:
    """Starts of tiles that overlap by half and cover a length."""
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [int(v) for v in np.linspace(0, length - side, count)]


def _detect_in(photo: U8, x: int, y: int, side: int) -> F64:
    """Faces (k, 5) in photo px of a square tile."""
    tile = photo[y : y + side, x : x + side]
    small = _small(tile)
    scale = max(small.shape[:2]) / max(tile.shape[:2])
    rows = np.concatenate([networks.detect(small, far) for far in (False, True)])
    rows[:, :4] = rows[:, :4] / scale + [x, y, x, y]
    return rows


def _small(photo: U8) -> U8:
    """The photo reduced to what the detectors can use."""
    scale = DETECT_SIDE / max(photo.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(photo)
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _without_duplicates(boxes: F64) -> F64:
    """One box of each group that overlaps, the highest score first."""
    kept: list[F64] = []
    for box in boxes[np.argsort(-boxes[:, 4])]:
        if all(_overlap(box, other) < SAME_FACE for other in kept):
            kept.append(box)
    return np.array(kept).reshape(-1, 5)


def _overlap(a: F64, b: F64) -> float:
    """Intersection over the smaller of two boxes."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(wide, 0.0) * max(high, 0.0) / max(smaller, 1e-9)


def _measure(photo: U8, box: F64) -> tuple[F64, float] | None:
    """Landmarks (478, 3) px of the face in a box, and how far they wander from pass to pass."""
    landmarks = _mesh_at(photo, (box[:2] + box[2:4]) / 2, FIRST_CROP * (box[3] - box[1]))
    if landmarks is None or _overlap(_bounds(landmarks), box) < SAME_FACE:
        return None  # there is none, or the mesh took something else in the crop
    wander = 0.0
    for _ in range(PASSES):
        bounds = _bounds(landmarks)
        side = MESH_CROP * float(max(bounds[2] - bounds[0], bounds[3] - bounds[1]))
        views = [_mesh_at(photo, (bounds[:2] + bounds[2:]) / 2, side, mirrored) for mirrored in (False, True)]
        good = [view for view in views if view is not None]
        if not good:
            return None
        # The mean with the mirrored view is steadier, and a mirrored photo gives mirrored landmarks.
        mean = np.mean(good, axis=0)
        away = [np.linalg.norm((view - mean)[:LANDMARKS, :2], axis=1).mean() for view in [landmarks, *good]]
        wander = float(max(away)) / float(bounds[3] - bounds[1])
        landmarks = mean
    return landmarks, wander


def _score_close_up(photo: U8, landmarks: F64) -> float:
    """The better detector's score where the face fills half of the picture, 0 if neither sees it."""
    bounds = _bounds(landmarks)
    side = SCORE_CROP * float(bounds[3] - bounds[1])
    source, _, _ = _area_around(photo, (bounds[:2] + bounds[2:]) / 2, side, MESH_SIDE)
    scores = [networks.detect(source, far)[:, 4].max(initial=0.0) for far in (False, True)]
    return float(max(scores))


def _bounds(landmarks: F64) -> F64:
    """x0, y0, x1, y1 px around landmarks (478, 3)."""
    face = landmarks[:LANDMARKS, :2]
    return np.concatenate([face.min(axis=0), face.max(axis=0)])


def _mesh_at(photo: U8, centre: F64, side: float, mirrored: bool = False) -> F64 | None:
    """Landmarks (478, 3) in photo px found in a square crop, read also in its mirror image."""
    crop, scale, shift = square_view(photo, centre, side, MESH_SIDE)
    image = np.ascontiguousarray(crop[:, ::-1] if mirrored else crop)
    found = networks.mesh(image)
    if found is None:
        return None
    if mirrored:
        found[:, 0] = MESH_SIDE - found[:, 0]
        found = found[mirror_order()]
    found[:, :2] = (found[:, :2] - shift) / scale
    found[:, 2] /= scale
    return found


def square_view(photo: U8, centre: F64, side: float, size: int) -> tuple[U8, float, F64]:
    """A square of a photo (size, size, 3), and scale and shift (2,): px of it = scale · photo px + shift."""
    scale = size / side
    shift = size / 2 - scale * centre
    source, left_top, shrink = _area_around(photo, centre, side, size)
    matrix = np.zeros((2, 3))
    matrix[:, :2] = np.diag(scale / shrink)
    matrix[:, 2] = shift + scale * left_top
    view = cv2.warpAffine(source, matrix, (size, size), flags=cv2.INTER_LINEAR)
    return np.asarray(view, dtype=np.uint8), scale, shift


def _area_around(photo: U8, centre: F64, side: float, size: int) -> tuple[U8, F64, F64]:
    """The part of a photo under a square that will be `size` px wide, its corner (2,), how much it was reduced (2,)."""
    height, width = photo.shape[:2]
    x0, y0 = np.clip(np.floor(centre - side / 2), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(centre + side / 2), [x0 + 1, y0 + 1], [width, height]).astype(int)
    part = photo[y0:y1, x0:x1]
    factor = 2 * size / side
    if factor < 1:  # warpAffine has no area filter
        fewer = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        small = np.asarray(cv2.resize(part, fewer, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    else:
        small = part
    shrink = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
    return small, np.array([x0, y0], dtype=np.float64), shrink


def mirror_order() -> np.ndarray:
    """(478,) partner of each landmark, irises included."""
    return np.concatenate([mirror_landmarks(), np.array(IRIS_PARTNERS)])
