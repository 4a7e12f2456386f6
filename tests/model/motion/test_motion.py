"""How the hand moves: timing, the elbow, and the way of whole gestures on a real face."""

import numpy as np
import pytest
from faces import scanned
from scipy.spatial.transform import Rotation

from annotation.taxonomy import PATTERNS, mirrored
from model.motion.cast import cast_hand
from model.motion.residuals import CLEAR_MM, FOREARM_MM, UPPER_ARM_MM, Surroundings, crowding, elbow_at, rotation_of
from model.motion.timing import choose_timing, minimum_jerk, ramp
from model.patterns import GESTURES
from model.request import Request


def test_minimum_jerk_starts_and_ends_at_rest():
    t = np.linspace(0, 1, 2001)
    x = minimum_jerk(t)
    speed, acceleration = np.gradient(x, t), np.gradient(np.gradient(x, t), t)
    assert (x[0], x[1000], x[-1]) == pytest.approx((0, 0.5, 1))
    assert np.abs(speed[[0, -1]]).max() < 1e-3 and np.abs(acceleration[[0, -1]]).max() < 0.1
    assert speed.max() == pytest.approx(1.875, abs=1e-3)  # Flash and Hogan 1985
    assert (np.diff(x) >= 0).all()


def test_a_ramp_stays_at_its_ends():
    assert ramp(np.array([-1.0, 0.2, 0.3, 0.4, 5.0]), 0.2, 0.4) == pytest.approx([0, 0, 0.5, 1, 1])


@pytest.mark.parametrize("seed", range(12))
def test_moments_come_in_their_order(seed: int):
    for gesture in GESTURES.values():
        timing = choose_timing(gesture.act, np.random.default_rng(seed))
        assert 0.2 < timing.touch < timing.firm < timing.ease < timing.release < timing.gone
        assert timing.release < 0.85


def test_seeds_vary_the_moments():
    starts = [choose_timing(0.42, np.random.default_rng(seed)).touch for seed in range(12)]
    assert np.ptp(starts) * 72 > 2  # frames


SHOULDER = np.array([165.0, 275.0, 95.0])
DOWN = np.array([0.3, 1.0, -0.1])


@pytest.mark.parametrize("wrist", [(60.0, 120.0, -40.0), (110.0, 60.0, -60.0), (10.0, 200.0, -20.0)])
def test_both_bones_of_the_arm_keep_their_length(wrist: tuple[float, float, float]):
    hand = np.array(wrist)
    elbow = elbow_at(hand, SHOULDER, DOWN)
    assert np.linalg.norm(elbow - SHOULDER) == pytest.approx(UPPER_ARM_MM)
    assert np.linalg.norm(elbow - hand) == pytest.approx(FOREARM_MM)


def test_the_elbow_hangs_and_lifts_to_the_side_when_asked():
    hand = np.array([60.0, 60.0, -50.0])
    low, lifted = (
        elbow_at(hand, SHOULDER, np.array([0.0, 1.0, -0.1])),
        elbow_at(hand, SHOULDER, np.array([1.2, 1.0, -0.1])),
    )
    assert low[1] > hand[1] + 50  # below the wrist
    assert lifted[0] > low[0] + 10 and lifted[1] < low[1]


def test_a_hand_out_of_reach_is_pointed_at():
    far = np.array([-900.0, 0.0, 0.0])
    elbow = elbow_at(far, SHOULDER, DOWN)
    towards = (far - SHOULDER) / np.linalg.norm(far - SHOULDER)
    assert (elbow - SHOULDER) @ towards == pytest.approx(UPPER_ARM_MM, abs=1)


def test_rotation_vectors_turn_as_everywhere():
    for vector in np.random.default_rng(0).normal(size=(5, 3)):
        assert rotation_of(vector) == pytest.approx(Rotation.from_rotvec(vector).as_matrix())
    assert rotation_of(np.zeros(3)) == pytest.approx(np.eye(3))


def test_only_bones_near_the_skin_are_crowded():
    body = Surroundings(np.array([[0.0, 0, 0], [5, 0, 0]]), np.array([[0.0, 0, -1]] * 2), SHOULDER)
    assert crowding(np.array([1.0, 0, -4]), body) == pytest.approx(CLEAR_MM - 4)
    assert crowding(np.array([1.0, 0, 6]), body) == pytest.approx(CLEAR_MM + 6)
    assert crowding(np.array([0.0, 0, -20]), body) == 0 == crowding(np.array([0.0, 0, -300]), body)


def test_every_pattern_has_a_gesture_on_known_landmarks():
    assert set(GESTURES) == set(PATTERNS)
    for name, gesture in GESTURES.items():
        assert all(0 <= landmark < 468 for place in gesture.path for landmark in place), name
        assert len(gesture.path) >= 2 or gesture.tip, name
        assert np.linalg.norm(gesture.points) > 0.5 and np.linalg.norm(gesture.back) > 0.5


def test_the_middle_of_a_path_lies_in_the_regions_of_its_pattern():
    from annotation.taxonomy import REGIONS

    scan = scanned()
    for name, gesture in GESTURES.items():
        landmarks = [landmark for place in gesture.path for landmark in place]
        middle = scan.vertices[landmarks].mean(axis=0)
        near = np.argmin(np.linalg.norm((scan.vertices - middle)[:, :2], axis=1) + 10 * (scan.region == 255))
        assert REGIONS[scan.region[near]] in gesture.regions, name


@pytest.mark.parametrize(
    ("pattern", "hand", "flipped", "simulated", "crosses"),
    [
        ("poke-left-cheek", "auto", False, "poke-left-cheek", False),
        ("poke-right-cheek", "auto", True, "poke-left-cheek", False),
        ("poke-left-cheek", "right", True, "poke-right-cheek", True),
        ("poke-right-cheek", "left", False, "poke-right-cheek", True),
        ("poke-nose", "left", False, "poke-nose", False),
        ("poke-nose", "right", True, "poke-nose", False),
    ],
)
def test_who_plays(pattern: str, hand: str, flipped: bool, simulated: str, crosses: bool):
    cast = cast_hand(Request(pattern, hand=hand))
    assert (cast.flipped, cast.pattern, cast.crosses) == (flipped, simulated, crosses)
    assert (mirrored(cast.pattern) if cast.flipped else cast.pattern) == pattern
