"""The 16 regions and the tissue under them, laid out on the mean face."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.taxonomy import REGIONS
from model.body import OVAL
from model.scene import F64, NO_REGION, U8

# Outlines by landmark on the subject's left; the right is their mirror image. The first that holds a place
# names it; what none holds is cheek. A region on the midline is closed by its mirror image.
OUTLINES: Final[dict[str, tuple[int, ...]]] = {
    "brow": (285, 336, 296, 334, 293, 300, 276, 283, 282, 295),
    "eye": (413, 285, 295, 282, 283, 276, 342, 446, 261, 448, 449, 450, 451, 452, 453, 464),
    "nose_bridge": (8, 285, 413, 464, 343, 437, 420, 456, 248, 195),
    "nose_tip": (195, 248, 456, 420, 429, 358, 327, 326, 2),
    "upper_lip": (2, 326, 327, 391, 322, 410, 287, 291, 308, 415, 310, 311, 312, 13),
    "lower_lip": (13, 312, 311, 310, 415, 308, 291, 287, 273, 335, 406, 313, 18),
    "chin": (18, 313, 406, 335, 424, 431, 395, 378, 400, 377, 152),
    "jaw": (287, 273, 335, 424, 431, 395, 378, 379, 365, 397, 288, 361, 401, 433, 416, 434, 432),
    "temple": (300, 301, 251, 389, 356, 454, 447, 345, 340, 446, 342, 276),
    "forehead": (10, 338, 297, 332, 284, 251, 301, 300, 293, 334, 296, 336, 285, 8),
}
MIDLINE: Final = ("nose_bridge", "nose_tip", "upper_lip", "lower_lip", "chin", "forehead")
BEYOND: Final = ("chin", "jaw", "temple", "forehead")  # reach over the oval: widened so that none is lost
BEYOND_MM: Final = 6.0
RADIUS: Final = 75.0  # mm, of the cylinder the face is unrolled from

# (landmarks on the subject's left or the midline, value, reach in mm), painted one over the other.
SOFTNESS: Final = (
    ((9, 151, 10, 8, 337, 299, 336, 296), 0.10, 20.0),
    ((333, 298, 284, 334, 293), 0.12, 18.0),
    ((168, 6, 197), 0.10, 9.0),
    ((195, 5), 0.18, 8.0),
    ((4, 1, 275, 274, 440), 0.30, 8.0),
    ((278, 279, 344), 0.35, 6.0),
    ((199, 175, 200, 152, 428, 396), 0.22, 11.0),
    ((18, 313), 0.40, 8.0),
    ((0, 13, 14, 17, 291, 267, 314, 270, 321), 0.50, 9.0),
    ((164, 393, 391), 0.45, 8.0),
    ((346, 345, 347, 352), 0.45, 10.0),
    ((425, 411, 427, 436, 426, 434, 416, 280, 423, 266, 376), 1.00, 16.0),
    ((330, 329, 371, 366, 401), 0.75, 10.0),
    ((432, 422, 430), 0.70, 12.0),
    ((433, 367, 435), 0.60, 13.0),
    ((397, 365, 379, 288, 364), 0.25, 11.0),
    ((389, 356, 454, 264, 447), 0.20, 14.0),
    ((386, 374, 450, 443, 448, 263, 362), 0.15, 9.0),
    ((282, 283, 295, 285, 276), 0.14, 8.0),
)
DEPTH: Final = (
    ((9, 151, 10, 8, 337, 299, 336, 296, 333, 298, 284), 2.0, 24.0),
    ((168, 6, 197, 195), 2.0, 10.0),
    ((4, 1, 275, 274, 278, 279, 344, 440), 4.5, 8.0),
    ((199, 175, 200, 152, 428, 396, 377, 400), 4.0, 13.0),
    ((0, 13, 14, 17, 18, 291, 267, 314, 270, 321, 164), 4.0, 10.0),
    ((346, 345, 347, 352), 5.0, 10.0),
    ((425, 411, 427, 436, 426, 434, 416, 432, 280, 423, 376), 9.0, 16.0),
    ((330, 329, 371, 266, 366, 401), 6.5, 10.0),
    ((433, 367, 422, 430), 6.5, 13.0),
    ((397, 365, 379, 288, 364), 4.0, 11.0),
    ((389, 356, 454, 264, 447), 3.0, 14.0),
    ((386, 374, 450, 443, 448, 263, 362), 1.5, 10.0),
    ((282, 283, 295, 285, 276), 2.0, 8.0),
)
# On bone, and where no spot reaches; of the tissue's depth, the latter in mm.
HARDEST, GROUND_SOFTNESS, GROUND_DEPTH_MM = 0.08, 0.30, 3.0
GROUND_WEIGHT, SPOT_WIDTH = 0.05, 0.75  # of the ground beside a spot's 1, and of its Gaussian over its reach


def region_labels(points: F64, mean: F64, outside: NDArray[np.bool_]) -> U8:
    """Index into REGIONS (n,) of points (n, 3) on the mean face (468, 3); NO_REGION where `outside`."""
    folded = _unroll(_folded(points))
    flat = _unroll(mean)
    names = np.full(len(points), "cheek", dtype=object)
    undecided = np.ones(len(points), dtype=bool)
    for name, outline in OUTLINES.items():
        polygon = flat[list(outline)].copy()
        if name in MIDLINE:
            polygon = np.concatenate([polygon, polygon[::-1] * [-1, 1]])
        if name in BEYOND:
            polygon = _beyond_oval(polygon, flat, outline, name in MIDLINE)
        hit = undecided & _in_polygon(folded, polygon)
        names[hit] = name
        undecided &= ~hit
    side = np.where(points[:, 0] >= 0, "left_", "right_")
    index = {name: number for number, name in enumerate(REGIONS)}
    full = [index[n] if n in index else index[s + n] for n, s in zip(names, side, strict=True)]
    return np.where(outside, NO_REGION, np.array(full)).astype(np.uint8)


def softness(points: F64, mean: F64, skirt: F64) -> F64:
    """Softness (n,) 0.08 (skin on bone) .. 1 (cheek) of points (n, 3) on the mean face."""
    face = np.clip(_painted(points, mean, SOFTNESS, GROUND_SOFTNESS), HARDEST, 1.0)
    return face * (1 - skirt) + GROUND_SOFTNESS * skirt


def depth_limits(points: F64, mean: F64, skirt: F64) -> F64:
    """Most that the skin may be indented (n,) mm, about 0.35 of the tissue over the bone."""
    return _painted(points, mean, DEPTH, GROUND_DEPTH_MM) * (1 - skirt) + GROUND_DEPTH_MM * skirt


def _folded(points: F64) -> F64:
    """The points (n, 3) brought to the subject's left side."""
    return np.concatenate([np.abs(points[:, :1]), points[:, 1:]], axis=1)


def _unroll(points: F64) -> F64:
    """Plane (n, 2) mm of points (n, 3): a cylinder around the head's upright axis, opened."""
    return np.stack(
        [RADIUS * np.arctan2(points[:, 0], RADIUS - points[:, 2]), points[:, 1]], axis=1
    )  # fmt: skip


def _beyond_oval(polygon: F64, flat: F64, outline: tuple[int, ...], midline: bool) -> F64:
    """The polygon with its corners on the face's oval moved outward."""
    on_oval = np.isin(np.array(outline), OVAL)
    on_oval = np.concatenate([on_oval, on_oval[::-1]]) if midline else on_oval
    out = polygon - flat.mean(axis=0)
    moved = polygon + BEYOND_MM * out / np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(on_oval[:, None], moved, polygon)


def _in_polygon(points: F64, polygon: F64) -> NDArray[np.bool_]:
    """Which points (n, 2) lie in a polygon (k, 2), by the crossing rule."""
    inside = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


def _painted(points: F64, mean: F64, spots: tuple, ground: float) -> F64:
    """(n,) values of `spots`, normalised Gaussians around landmarks of both sides over the ground value."""
    folded = _folded(points)
    total = np.full(len(points), GROUND_WEIGHT * ground)
    weight = np.full(len(points), GROUND_WEIGHT)
    for landmarks, value, reach in spots:
        for index in landmarks:
            distance = ((folded - mean[index]) ** 2).sum(axis=1)
            gain = np.exp(-distance / (SPOT_WIDTH * reach) ** 2)
            total += gain * value
            weight += gain
    return total / weight
