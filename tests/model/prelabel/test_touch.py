"""From likelihoods to touches: majority, gaps, fingers, regions."""

import numpy as np
from tracked import hand_at, hand_track, times

from model.prelabel.touch import (
    find_touches,
    runs,
    split_by_region,
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
    value[10:30, 0] = 0.7
    hand, under = hand_track([hand_at(np.zeros(2))] * FRAMES), np.zeros((FRAMES, 6), np.int32)
    (touch,) = find_touches(hand, value, np.zeros((FRAMES, 6, 2)), under, times(FRAMES))
    assert 0.6 < touch.confidence < 0.75
    assert touch.finger == 1 and abs(touch.start - 10) <= 1 and abs(touch.end - 29) <= 1


def test_where_nothing_is_sure_is_told():
    value = likely(any=(10, 29))
    value[20:30, 0] = 0.5
    ((first, last),) = unsure_intervals([value], times(FRAMES))
    assert abs(first - 20) <= 2 and abs(last - 29) <= 2
    assert unsure_intervals([], times(FRAMES)) == []


def test_glances_at_another_region_go_to_their_neighbour():
    class Touch:
        start, vertices = 10, np.array([0] * 9 + [1] * 2 + [0] * 4 + [1] * 8)

    region = np.array([3, 5], np.uint8)
    assert split_by_region(region, Touch, np.arange(40) / 24) == [(3, 10, 24), (5, 25, 32)]  # type: ignore[arg-type]
