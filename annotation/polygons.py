"""Polygons of touched skin: area, interpolation, masks.

Coordinates are continuous pixels: the pixel in column i covers i .. i + 1, so its centre is at i + 0.5.
"""

from bisect import bisect_right
from itertools import accumulate
from math import hypot

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Polygon = tuple[Point, ...]


def signed_area(polygon: Polygon) -> float:
    """Area in px², positive when the points run clockwise on the screen (y points down)."""
    x0, y0 = polygon[-1]
    total = 0.0
    for x1, y1 in polygon:
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total / 2


def interpolate(a: Polygon, b: Polygon, t: float) -> Polygon:
    """Polygon at `t` (0 = a, 1 = b) between two polygons; neither winding nor start point twists it.

    Polygons of equally many points move point by point, others by arc length with the corners of both.
    """
    if t <= 0:
        return a
    if t >= 1:
        return b
    if (signed_area(a) < 0) != (signed_area(b) < 0):
        b = b[::-1]
    if len(a) == len(b):
        shift = _best_shift(a, b)
        pairs = list(zip(a, b[shift:] + b[:shift], strict=True))
    else:
        pairs = _by_arc_length(a, b)
    return tuple((p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t) for p, q in pairs)


def mask(polygon: Polygon, width: int, height: int) -> NDArray[np.bool_]:
    """Pixels (height, width) whose centre lies inside the polygon, by the even-odd rule."""
    points = np.asarray(polygon, np.float64).reshape(-1, 2)
    following = np.roll(points, -1, axis=0)
    down = (points[:, 1] < following[:, 1])[:, None]
    upper, lower = np.where(down, points, following), np.where(down, following, points)
    rows = np.arange(height)[:, None] + 0.5  # (height, 1) against the edges
    row, edge = np.nonzero((upper[:, 1] <= rows) & (rows < lower[:, 1]))
    (x0, y0), (x1, y1) = upper[edge].T, lower[edge].T
    crossings = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
    toggles = np.zeros((height, width + 1), np.uint8)
    np.bitwise_xor.at(toggles, (row, np.clip(np.ceil(crossings - 0.5), 0, width).astype(np.intp)), 1)
    return np.bitwise_xor.accumulate(toggles[:, :width], axis=1).astype(bool)


def iou(a: Polygon, b: Polygon) -> float:
    """Intersection over union of two polygons' pixels; 1 where neither covers one."""
    x0, y0 = (int(min(p[axis] for p in (*a, *b))) - 1 for axis in (0, 1))
    x1, y1 = (int(max(p[axis] for p in (*a, *b))) + 1 for axis in (0, 1))
    masks = [mask(tuple((x - x0, y - y0) for x, y in polygon), x1 - x0, y1 - y0) for polygon in (a, b)]
    union = int((masks[0] | masks[1]).sum())
    return int((masks[0] & masks[1]).sum()) / union if union else 1.0


def _best_shift(a: Polygon, b: Polygon) -> int:
    """The point of `b` that is the first of `a`: least squared distances, both centroids put together."""
    pa, pb = np.asarray(a), np.asarray(b)
    pa, pb = pa - pa.mean(0), pb - pb.mean(0)
    za, zb = pa[:, 0] + 1j * pa[:, 1], pb[:, 0] + 1j * pb[:, 1]
    # The sum of squared distances is least where the circular correlation is greatest.
    fit = np.fft.ifft(np.conj(np.fft.fft(za)) * np.fft.fft(zb)).real
    return int(np.argmax(np.round(fit, 6)))


def _by_arc_length(a: Polygon, b: Polygon, samples: int = 64) -> list[tuple[Point, Point]]:
    """Pairs of points at the same share of both outlines, at every corner of either."""
    at_a, at_b = _corners(a), _corners(b)
    even_a = tuple(_at(a, at_a, i / samples) for i in range(samples))
    even_b = tuple(_at(b, at_b, i / samples) for i in range(samples))
    start = _best_shift(even_a, even_b) / samples
    corner = min(at_b, key=lambda share: abs(share - start))
    if abs(corner - start) <= 1 / samples:  # else an outline that does not move would creep along itself
        start = corner
    shares = sorted({*at_a[:-1], *((share - start) % 1.0 for share in at_b[:-1])})
    return [(_at(a, at_a, share), _at(b, at_b, (share + start) % 1.0)) for share in shares]


def _corners(polygon: Polygon) -> list[float]:
    """Share of the outline at which each corner lies, 0 .. 1, the first corner at both ends."""
    closed = (*polygon, polygon[0])
    lengths = [hypot(q[0] - p[0], q[1] - p[1]) for p, q in zip(closed, closed[1:], strict=False)]
    total = sum(lengths) or 1.0
    return [0.0, *(min(s / total, 1.0) for s in accumulate(lengths[:-1])), 1.0]


def _at(polygon: Polygon, corners: list[float], share: float) -> Point:
    """The point at a share of the outline."""
    i = min(bisect_right(corners, share) - 1, len(polygon) - 1)
    p, q = polygon[i], polygon[(i + 1) % len(polygon)]
    span = corners[i + 1] - corners[i]
    t = (share - corners[i]) / span if span > 0 else 0.0
    return p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t
