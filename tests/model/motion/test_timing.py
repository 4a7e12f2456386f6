"""Moments of a clip for many seeds: in order, varied, and over before the clip is."""

import numpy as np

from model.motion.timing import Timing, choose_timing, ramp, swelling
from model.patterns import GESTURES

T = np.linspace(0, 1, 301)


def timings(name: str) -> list[Timing]:
    gesture = GESTURES[name]
    return [choose_timing(gesture.act, np.random.default_rng(seed), gesture.close > 0) for seed in range(200)]


def test_moments_follow_each_other_and_the_hand_is_gone_at_the_end() -> None:
    for name in GESTURES:
        for one in timings(name):
            assert 0 < one.touch < one.firm < one.ease < one.release < one.gone
            assert ramp(1.0, one.release, one.gone) > 0.985


def test_seeds_vary_when_a_touch_begins_and_how_long_it_lasts() -> None:
    held = np.array([[one.touch, one.release - one.touch, one.gone - one.release] for one in timings("poke-nose")])
    assert (held.std(axis=0) > [0.015, 0.015, 0.01]).all()


def test_a_pinch_takes_its_time_to_close() -> None:
    slow, quick = (np.mean([one.firm - one.touch for one in timings(name)]) for name in ("pinch-chin", "poke-chin"))
    assert slow > 1.6 * quick


def test_a_hold_slackens_within_itself_only() -> None:
    for one in timings("poke-left-cheek")[:50]:
        slack = swelling(one, T)
        assert 0.02 < slack.max() <= one.swell <= 0.16 and slack.min() >= 0
        assert not slack[(one.firm > T) | (one.ease < T)].any()
        assert np.abs(np.diff(slack)).max() < 0.03  # nothing jumps
