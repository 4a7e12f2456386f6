"""Eyes that look at the hand, at a known time and place."""

import numpy as np
import pytest
from mean_face import mean_face
from steady import Steady

from model.motion.gaze import look

TIME = np.arange(72) / 24
SCAN = mean_face()


def seen(rng: np.random.Generator, place: tuple[float, float, float] = (60.0, 60.0, -20.0)) -> dict[str, np.ndarray]:
    return look(SCAN, np.tile(np.array(place), (72, 21, 1)), TIME, 1.0, rng)


def test_eyes_look_at_the_coming_hand_and_back_into_the_camera() -> None:
    """0.4 s before the touch, for 0.55 s; to where it is: the subject's left, and down."""
    found = seen(Steady())
    looking = (TIME > 0.66) & (TIME < 1.14)
    assert found["gaze_across"][looking] == pytest.approx(found["gaze_across"][20]) and found["gaze_across"][20] > 0.5
    assert found["gaze_down"][20] > 0.2
    away = (TIME < 0.6) | ((TIME > 1.22) & (TIME < 1.95))
    assert np.abs(found["gaze_across"][away]).max() < 1e-9
    assert seen(Steady(), (-60.0, 60.0, -20.0))["gaze_across"][20] < -0.5


def test_eyes_jump_and_rest_but_do_not_drift() -> None:
    for seed in range(8):
        across = seen(np.random.default_rng(seed))["gaze_across"]
        assert across[0] == 0 and np.abs(across).max() < 2.3  # mm: the white stays seen on both sides
        assert 0.5 < (np.abs(np.diff(across)) < 1e-9).mean() < 1


def test_not_everybody_looks() -> None:
    most = [np.abs(seen(np.random.default_rng(seed))["gaze_across"]).max() for seed in range(24)]
    assert 4 <= sum(size > 0.6 for size in most) < 24
