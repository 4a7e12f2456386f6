"""Hands through time: named right, followed, and not counted twice."""

import numpy as np
import pytest
from tracked import PX_PER_MM, RATE, face_track, hand_at, hand_track, times

from model.prelabel.cues import measure
from model.prelabel.track import SeenHand, Sight, track_hands, unmixed

SIZE = (640, 480)


def test_a_little_finger_that_points_alone_is_an_index_finger():
    joints = np.zeros((21, 3))
    for first in (1, 5, 9, 13):  # curled: the tip is back at the base
        joints[first : first + 4] = [first, 0, 0]
        joints[first + 1 : first + 3, 1] = 9.0
    joints[17:21, 1] = [0, 10, 20, 30]
    hand = unmixed(SeenHand(joints, 0.9, joints))
    assert hand.side == pytest.approx(0.1)
    assert np.array_equal(hand.joints[5:9], joints[17:21]) and np.array_equal(hand.joints[17:21], joints[5:9])
    again = unmixed(hand)
    assert np.array_equal(again.joints, hand.joints) and again.side == hand.side


def test_a_hand_that_comes_back_after_another_was_imagined_is_followed():
    """What was seen for a moment does not keep a place for ever."""
    there = hand_at(np.array([300.0, 200.0]))
    ghosts = [hand_at(np.array([x, 60.0])) for x in (40.0, 620.0)]
    sights = [Sight(None, ghosts)] * 2 + [Sight(None, [])] * 20 + [Sight(None, [there])] * 20
    tracks = track_hands(sights, SIZE, times(len(sights)))
    assert sum(track.seen[-20:].all() for track in tracks) == 1


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    there, nothing = Sight(None, [hand_at(np.array([300.0, 200.0]))]), Sight(None, [])
    short, long = round(0.3 * RATE), round(2.0 * RATE)
    (track,) = track_hands([there] * 5 + [nothing] * short + [there] * 5, SIZE, times(10 + short))
    assert np.isfinite(track.joints).all() and track.seen.sum() == 10
    tracks = track_hands([there] * 5 + [nothing] * long + [there] * 5, SIZE, times(10 + long))
    assert len(tracks) == 2 and not np.isfinite(tracks[0].joints[-5:]).any()


def test_speed_is_that_of_most_of_the_hand():
    hands = [hand_at(np.array([300.0 + 2.0 * PX_PER_MM * i, 200.0])) for i in range(10)]
    for hand in hands[::2]:
        hand.joints[8, :2] += 50.0  # one joint that the network loses
    cues = measure(face_track(10), hand_track(hands), times(10, 24.0), 640)
    assert cues.speed == pytest.approx(48.0, rel=0.06)
