"""Shapes of other programs as polygons: rotated boxes, ellipses, masks, several parts in one. Pixels."""

from collections.abc import Sequence
from math import cos, hypot, pi, radians, sin
from typing import Final

import numpy as np

from annotation.labels import MAX_POINTS, MAX_SIDE
from annotation.outlines import outline
from annotation.polygons import Point, Polygon, mask, signed_area

ROUND: Final = 32  # corners of an ellipse


def box(x0: float, y0: float, x1: float, y1: float, degrees: float = 0.0) -> Polygon:
    """A box, turned clockwise on the screen about its centre."""
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return turned(corners, ((x0 + x1) / 2, (y0 + y1) / 2), degrees) if degrees else corners


def ellipse(cx: float, cy: float, rx: float, ry: float, degrees: float = 0.0) -> Polygon:
    """An ellipse, turned clockwise on the screen, as a polygon of the same area."""
    out = (2 * pi / ROUND / sin(2 * pi / ROUND)) ** 0.5  # corners inside the curve and sides outside it
    angles = [2 * pi * i / ROUND for i in range(ROUND)]
    points = tuple((cx + out * rx * cos(a), cy + out * ry * sin(a)) for a in angles)
    return turned(points, (cx, cy), degrees)


def turned(points: Polygon, centre: Point, degrees: float) -> Polygon:
    """Points turned clockwise on the screen (y points down) about a centre."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    x, y = centre
    return tuple((x + (px - x) * c - (py - y) * s, y + (px - x) * s + (py - y) * c) for px, py in points)


def mask_outline(runs: Sequence[int], left: int, top: int, width: int, height: int) -> Polygon | None:
    """The outline of CVAT's mask: run lengths row by row in a box, zeros first. Raises ValueError."""
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or any(run < 0 for run in runs):
        raise ValueError("a mask without a size, or run lengths that are no counts")
    if sum(runs) != width * height:
        raise ValueError(f"run lengths of {sum(runs)} pixels for {width} x {height}")
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    found = outline(pixels)
    return None if found is None else tuple((x + left, y + top) for x, y in found)


def joined(parts: Sequence[Polygon], width: int, height: int) -> Polygon | None:
    """One polygon that covers what the parts cover together: bridged as they are, or outlined where they overlap."""
    ordered = sorted((part for part in parts if len(part) >= 3), key=lambda part: -abs(signed_area(part)))
    if len(ordered) <= 1:
        return ordered[0] if ordered else None
    masks = [mask(part, width, height) for part in ordered]
    together = np.logical_or.reduce(masks)
    whole = list(ordered[0])
    if int(together.sum()) == sum(int(each.sum()) for each in masks):
        for part in ordered[1:]:
            whole = _bridged(whole, part)
        if len(whole) <= MAX_POINTS:
            return tuple(whole)
    return outline(together) or ordered[0]


def _bridged(whole: list[Point], part: Polygon) -> list[Point]:
    """The part put in where the two are nearest, by a bridge that is gone to and fro."""
    pairs = ((hypot(p[0] - q[0], p[1] - q[1]), i, j) for i, p in enumerate(whole) for j, q in enumerate(part))
    _, i, j = min(pairs)
    return [*whole[: i + 1], *part[j:], *part[: j + 1], *whole[i:]]
