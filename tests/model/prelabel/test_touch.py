"""From likelihoods to touches: majority, gaps, fingers, regions."""

import numpy as np
from tracked import hand_at, hand_track, times

from model.prelabel.touch import (
    Touch,
    calibrated,
    find_touches,
    region_runs,
    runs,
    touching_parts,
    unsure_intervals,
)

FRAMES = 40


def likely(**parts: tuple[int, int]) -> np.ndarray:
    """Likelihoods (40, 7) that are high from a first to a last frame of each part."""
    out = np.full((FRAMES, 7), 0.05)
    for name, (first, last) in parts.items():
        k = ("any", "thumb", "index", "middle", "ring", "little", "palm").index(name)
        out[first : last + 1, k] = 0.95
    return out


def test_a_touch_is_found_from_its_first_to_its_last_frame():
    parts = touching_parts(likely(any=(10, 29), index=(10, 29)), times(FRAMES))
    assert runs(parts[:, 1]) == [(10, 29)]
    assert not parts[:, [0, 2, 3, 4, 5]].any()


def test_a_frame_alone_is_outvoted():
    value = likely(any=(10, 29), index=(10, 29))
    value[20] = 0.0
    value[35] = 0.99
    assert runs(touching_parts(value, times(FRAMES))[:, 1]) == [(10, 29)]


def test_fingers_come_and_go_within_a_touch():
    parts = touching_parts(likely(any=(5, 34), index=(5, 19), little=(20, 34)), times(FRAMES))
    assert runs(parts[:, 1]) == [(5, 19)]
    assert runs(parts[:, 4]) == [(20, 34)]


def test_a_touch_without_a_sure_finger_names_the_likeliest():
    value = likely(any=(5, 34))
    value[5:35, 3] = 0.4
    assert runs(touching_parts(value, times(FRAMES))[:, 2]) == [(5, 34)]
    assert touching_parts(value, times(FRAMES)).sum() == 30


def test_time_counts_and_not_frames():
    """Five frames are a touch at 25 a second, and a twitch at 120."""
    value = likely(any=(10, 14), index=(10, 14))
    assert touching_parts(value, times(FRAMES)).any()
    assert not touching_parts(value, times(FRAMES, 120.0)).any()


def test_confidence_is_that_of_its_frames():
    value = likely(any=(10, 29), index=(10, 29))
    value[10:30, 0] = 0.8
    hand = hand_track([hand_at(np.zeros(2))] * FRAMES)
    under = np.zeros((FRAMES, 6), np.int32), np.zeros((FRAMES, 6, 16), bool)
    (touch,) = find_touches(hand, value, np.zeros((FRAMES, 6, 2)), under, times(FRAMES))
    assert 0.6 < touch.confidence < 0.75
    assert touch.finger == 1 and abs(touch.start - 10) <= 1 and abs(touch.end - 29) <= 1


def test_where_nothing_is_sure_is_told():
    value = likely(any=(10, 29))
    value[20:30, 0] = 0.5
    ((first, last),) = unsure_intervals([value], times(FRAMES))
    assert abs(first - 20) <= 2 and abs(last - 29) <= 2
    assert unsure_intervals([], times(FRAMES)) == []


def touch_of(regions: np.ndarray) -> Touch:
    """A touch from frame 10 on of the regions (n, 16)."""
    end = 9 + len(regions)
    hand = hand_track([hand_at(np.zeros(2))] * FRAMES)
    return Touch(hand, 1, 10, end, np.zeros(len(regions), np.int32), regions, np.zeros((FRAMES, 2)), 0.9)


def test_glances_at_another_region_are_left_out():
    labels = np.array([3] * 9 + [5] * 2 + [3] * 4 + [5] * 8)
    runs_of = region_runs(touch_of(np.arange(16) == labels[:, None]), times(FRAMES, 24.0))
    assert runs_of == [(3, 10, 24), (5, 25, 32)]


def test_a_print_on_a_border_is_on_both_sides():
    regions = np.zeros((12, 16), bool)
    regions[:, 3] = True
    regions[6:, 5] = True
    assert region_runs(touch_of(regions), times(FRAMES)) == [(3, 10, 21), (5, 16, 21)]


def test_every_frame_of_a_touch_has_a_region():
    flicker = np.arange(16) == np.array([1, 2] * 6)[:, None]
    covered = {f for _, first, last in region_runs(touch_of(flicker), times(FRAMES)) for f in range(first, last + 1)}
    assert covered == set(range(10, 22))


def test_confidence_keeps_the_order_and_the_middle():
    said = calibrated(np.array([0.0, 0.1, 0.5, 0.8, 1.0]))
    assert (np.diff(said) > 0).all() and said[2] == 0.5
    assert 0.1 < said[1] < 0.5 < said[3] < 0.8  # less sure than the rules are


def test_a_place_that_is_not_seen_is_that_of_the_nearest_frame():
    value = likely(any=(10, 19), index=(10, 19))
    vertices, regions = np.full((FRAMES, 6), -1, np.int32), np.zeros((FRAMES, 6, 16), bool)
    vertices[[12, 17], 1] = [5, 8]
    regions[12, 1, 3] = regions[17, 1, 4] = True
    hand = hand_track([hand_at(np.zeros(2))] * FRAMES)
    (touch,) = find_touches(hand, value, np.zeros((FRAMES, 6, 2)), (vertices, regions), times(FRAMES))
    assert touch.vertices.tolist() == [5] * 5 + [8] * 5
    assert touch.regions.argmax(axis=1).tolist() == [3] * 5 + [4] * 5
