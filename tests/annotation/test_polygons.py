from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from samples import SIZE, polygons
from scipy.spatial import ConvexHull

from annotation.outlines import decode, encode, outline
from annotation.polygons import interpolate, iou, mask, signed_area


def ellipse(x=30.0, y=30.0, a=12.0, b=8.0, turn=0.0, points=16, start=0, clockwise=True):
    """An ellipse as a polygon, its first point anywhere on it, in either direction."""
    step = 2 * pi / points * (1 if clockwise else -1)
    angles = [start * 2 * pi / points + i * step for i in range(points)]
    return tuple(
        (
            x + a * cos(t) * cos(turn) - b * sin(t) * sin(turn),
            y + a * cos(t) * sin(turn) + b * sin(t) * cos(turn),
        )
        for t in angles
    )


def crossings(polygon) -> int:
    """How often the outline crosses itself."""

    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    edges = list(zip(polygon, polygon[1:] + polygon[:1], strict=True))
    found = 0
    for i, (a, b) in enumerate(edges):
        for c, d in edges[i + 2 :]:
            if side(a, b, c) * side(a, b, d) < -1e-9 and side(c, d, a) * side(c, d, b) < -1e-9:
                found += 1
    return found


@given(polygons)
def test_mask_is_the_even_odd_rule_at_pixel_centres(polygon):
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    expected = np.zeros((SIZE, SIZE), bool)
    on_edge = np.zeros((SIZE, SIZE), bool)  # may go either way
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if y0 != y1:
            with np.errstate(over="ignore"):  # an edge that is all but level is crossed far away
                crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            expected ^= ((y0 > y) != (y1 > y)) & (x < crossing)
            on_edge |= abs(x - crossing) < 1e-9
        on_edge |= (abs(y - y0) < 1e-9) | (abs(y - y1) < 1e-9)
    assert ((mask(polygon, SIZE, SIZE) == expected) | on_edge).all()


shape = st.builds(
    ellipse,
    x=st.floats(10, 50),
    y=st.floats(10, 50),
    a=st.floats(6, 14),
    b=st.floats(4, 10),
    turn=st.floats(0, pi),
    points=st.integers(6, 24),
    start=st.integers(0, 23),
    clockwise=st.booleans(),
)


@given(shape, shape, st.floats(0.02, 0.98))
def test_interpolation_never_twists(a, b, t):
    between = interpolate(a, b, t)
    assert crossings(between) == 0
    smaller = min(abs(signed_area(a)), abs(signed_area(b)))
    around = ConvexHull([*a, *b]).volume  # of points in the plane: their hull's area
    assert smaller * 0.45 <= abs(signed_area(between)) <= around * 1.0001


@given(shape, st.integers(0, 23), st.booleans(), st.floats(0.1, 0.9))
def test_a_shape_that_only_moves_keeps_its_shape(a, start, reverse, t):
    start %= len(a)
    b = tuple((x + 6, y - 4) for x, y in (a[start:] + a[:start])[:: -1 if reverse else 1])
    expected = tuple((x + 6 * t, y - 4 * t) for x, y in a)
    assert iou(interpolate(a, b, t), expected) > 0.97


def test_an_added_point_moves_nothing():
    a = ellipse(points=12)
    middle = ((a[3][0] + a[4][0]) / 2, (a[3][1] + a[4][1]) / 2)
    b = (*a[:4], middle, *a[4:])
    assert iou(interpolate(a, b, 0.5), a) > 0.99


def test_interpolation_is_exact_at_both_ends():
    a, b = ellipse(points=7), ellipse(x=40, points=11, clockwise=False)
    assert interpolate(a, b, 0) == a
    assert interpolate(a, b, 1) == b
    near = interpolate(a, b, 1e-6)
    assert iou(near, a) > 0.99


def test_iou_of_known_squares():
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    moved = tuple((x + 5, y) for x, y in square)
    assert iou(square, square) == 1
    assert iou(square, moved) == pytest.approx(1 / 3)
    assert iou(square, tuple((x + 20, y) for x, y in square)) == 0


@given(polygons)
def test_run_lengths_are_those_of_pycocotools(polygon):
    pixels = mask(polygon, SIZE, SIZE)
    theirs = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    assert encode(pixels) == theirs["counts"].decode()
    assert (decode(encode(pixels), SIZE, SIZE) == pixels).all()


@pytest.mark.parametrize(
    "counts", ["", "0", "~~~~", "PPPPPPPPPPPPPPP", "é", [1, 2], [-1, 4097], [True] * 4096, [4096.0], "1" * 9]
)
def test_run_lengths_that_do_not_fit_are_refused(counts):
    with pytest.raises(ValueError, match="run lengths"):
        decode(counts, SIZE, SIZE)


@given(shape)
def test_outline_is_the_mask_to_within_the_raster(polygon):
    pixels = mask(polygon, SIZE, SIZE)
    again = mask(outline(pixels), SIZE, SIZE)
    assert (again & pixels).sum() / (again | pixels).sum() > 0.85
    assert (outline(pixels, tolerance=0) is not None) and (
        mask(outline(pixels, tolerance=0), SIZE, SIZE) == pixels
    ).all()
    assert len(outline(pixels)) <= 40


OVER_THE_EDGE = ellipse(10.0, 10.0, 14.0, 4.0, 1.0, points=6)  # its corners touch pixels that touch at corners only


@pytest.mark.parametrize("polygon", [OVER_THE_EDGE, tuple((SIZE - x, SIZE - y) for x, y in OVER_THE_EDGE)])
def test_outline_of_what_leaves_the_picture(polygon):
    pixels = mask(polygon, SIZE, SIZE)
    assert (mask(outline(pixels, tolerance=0), SIZE, SIZE) == pixels).all()
    again = mask(outline(pixels), SIZE, SIZE)
    assert (again & pixels).sum() / (again | pixels).sum() > 0.9


@given(polygons)
def test_outline_without_tolerance_is_the_mask_of_any_polygon(polygon):
    pixels = mask(polygon, SIZE, SIZE)
    if pixels.any():
        assert (mask(outline(pixels, tolerance=0), SIZE, SIZE) == pixels).all()


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**81 - 1))
def test_outline_without_tolerance_is_the_mask_of_any_pixels(width, height, bits):
    pixels = np.array([bits >> i & 1 for i in range(width * height)], bool).reshape(height, width)
    found = outline(pixels, tolerance=0)
    assert (found is None) == (not pixels.any())
    if found is not None:
        assert (mask(found, width, height) == pixels).all()


def test_outline_of_several_parts_and_a_hole():
    pixels = np.zeros((SIZE, SIZE), bool)
    pixels[5:30, 5:30] = pixels[40:60, 40:60] = True
    pixels[12:20, 12:20] = False
    pixels[2, 50] = True  # a speck
    again = mask(outline(pixels), SIZE, SIZE)
    assert np.argwhere(again != pixels).tolist() == [[2, 50]]


def test_outline_of_noise_has_few_points():
    pixels = np.random.default_rng(0).random((256, 256)) < 0.05
    pixels[40:200, 60:180] = True
    assert len(outline(pixels)) <= 500
    again = mask(outline(pixels), 256, 256)
    assert again[42:198, 62:178].mean() > 0.99


def test_outline_of_odd_masks():
    empty = np.zeros((8, 8), bool)
    assert outline(empty) is None
    one = empty.copy()
    one[3, 4] = True
    assert (mask(outline(one), 8, 8) == one).all()
    diagonal = np.eye(8, dtype=bool)
    assert (mask(outline(diagonal, tolerance=0), 8, 8) == diagonal).all()
    full = ~empty
    assert (mask(outline(full), 8, 8) == full).all()
