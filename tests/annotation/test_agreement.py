"""Measures against published examples, then on contacts."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from samples import FRAMES, TRIANGLE, any_labels, contact

from annotation.agreement import agreement, cohen_kappa, krippendorff_alpha, matched, similarity
from annotation.labels import Keyframe


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.492),  # Cohen (1960), table 1 times 200
        ([[20, 5], [10, 15]], 0.400),
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
    ],
)
def test_kappa_of_published_tables(table, kappa):
    assert cohen_kappa(np.array(table)) == pytest.approx(kappa, abs=5e-4)


def units(*raters):
    """Units of raters' rows; a dot is a missing value."""
    return [[int(v) for v in column if v != "."] for column in zip(*raters, strict=True)]


# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: sections A and B, and C below.
BINARY = units("0100000100", "1110010000")
NOMINAL = list(zip("aabbdcccedda", "babbbccceddd", strict=True))


def test_alpha_of_published_examples():
    assert krippendorff_alpha(BINARY) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff_alpha(NOMINAL) == pytest.approx(0.692, abs=5e-4)


def test_alpha_with_missing_values():
    a = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
    b = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
    c = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
    d = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
    rated = [[v for v in column if v is not None] for column in zip(a, b, c, d, strict=True)]
    assert krippendorff_alpha(rated) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(rated, lambda p, q: (p - q) ** 2) == pytest.approx(0.849, abs=5e-4)


def test_measures_without_variation_are_not_numbers():
    assert isnan(cohen_kappa(np.array([[10, 0], [0, 0]])))
    assert isnan(cohen_kappa(np.zeros((2, 2), int)))
    assert isnan(krippendorff_alpha([[1, 1], [1, 1]]))
    assert isnan(krippendorff_alpha([]))


def test_agreement_by_region_and_finger():
    first = (contact(start=4, end=11), contact("c2", region="chin", finger="thumb", start=0, end=3))
    second = (contact(start=6, end=13),)
    report = agreement([(FRAMES, (first, second))])
    cheek = report["left_cheek"]
    assert (cheek.frames, cheek.contacts, cheek.boundary_error) == (10, 1, 2.0)
    assert cheek.temporal_iou == pytest.approx(6 / 10)
    observed, expected = 20 / 24, (8 * 8 + 16 * 16) / 24**2
    assert cheek.kappa == pytest.approx((observed - expected) / (1 - expected))
    words = [[int(4 <= f <= 11), int(6 <= f <= 13)] for f in range(FRAMES)]
    assert cheek.alpha == pytest.approx(krippendorff_alpha(words))
    assert report["index"].kappa == cheek.kappa
    assert (report["chin"].temporal_iou, report["chin"].contacts) == (0, 0)
    assert report["all"].temporal_iou == pytest.approx(0.3)
    assert isnan(report["forehead"].kappa) and isnan(report["forehead"].temporal_iou)


def test_alpha_of_three_people_is_that_of_their_frames():
    people = [(contact(start=s, end=e),) for s, e in ((2, 9), (3, 9), (2, 12))]
    words = [[int(p[0].start <= f <= p[0].end) for p in people] for f in range(FRAMES)]
    report = agreement([(FRAMES, people)])
    assert report["left_cheek"].alpha == pytest.approx(krippendorff_alpha(words))


def test_areas_are_compared_where_both_have_them():
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    moved = tuple((x + 5, y) for x, y in square)
    a, b = (contact(keyframes=(Keyframe(4, p),)) for p in (square, moved))
    assert agreement([(FRAMES, [(a,), (b,)])])["index"].polygon_iou == pytest.approx(1 / 3)
    assert isnan(agreement([(FRAMES, [(a,), (contact(keyframes=()),)])])["index"].polygon_iou)


def test_one_annotation_has_nobody_to_agree_with():
    assert agreement([(FRAMES, [(contact(),)])])["all"].frames == 0


def test_each_contact_is_matched_once():
    a = (contact("a", 0, 10), contact("b", 12, 20))
    b = (contact("x", 2, 14),)
    assert [(p.id, q.id) for p, q in matched(a, b)] == [("a", "x")]


@given(any_labels())
def test_similarity_with_oneself_is_one(value):
    assert similarity(value.contacts, value.contacts) == 1
    assert similarity(value.contacts, ()) == (0 if value.contacts else 1)


def test_similarity_counts_frames():
    assert similarity((contact(start=4, end=13),), (contact(start=4, end=8),)) == 0.5
    assert similarity((contact(keyframes=(Keyframe(4, TRIANGLE),)),), (contact(keyframes=()),)) == 1
