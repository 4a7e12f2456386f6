"""How a hand gives: joints that yield, fingers that drift, a wrist that bends with the arm; the touch stays put."""

from dataclasses import replace

import numpy as np
import pytest
from flat import FRONT
from steady import Steady

from model.body import BONES
from model.hand import ANGLES, LIMITS, POINT, fingertips, load_hand, pose_bones
from model.motion.place import Way
from model.motion.residuals import Surroundings, elbow_at
from model.motion.solve import SHOULDER, Pose, hand_frame
from model.motion.supple import supple
from model.motion.timing import Timing
from model.motion.trajectory import Script
from model.patterns import GESTURES, Gesture
from model.scene import F64

MODEL = load_hand()
BODY = Surroundings(np.array([[0.0, 0, 0]]), np.array([[0.0, 0, -1]]), SHOULDER)
TIMING = Timing(touch=0.40, firm=0.48, ease=0.65, release=0.72, gone=0.97)
T = np.linspace(0, 1, 73)
HELD = (T > 0.5) & (T < 0.63)
FRAME = hand_frame((-0.62, -0.66, 0.42), (0.45, -0.30, -0.84))
POKE, STROKE, PINCH = (GESTURES[name] for name in ("poke-left-cheek", "stroke-nose", "pinch-left-cheek"))
INDEX = [ANGLES.index(f"index_{joint}") for joint in ("mcp", "pip", "dip")]
IDLE = ANGLES.index("ring_pip")
STILL = [Pose(FRAME, np.array([90.0, 110.0, -60.0]), POINT)] * len(T)


def loose(gesture: Gesture = POKE, rng: np.random.Generator | None = None, poses: list[Pose] = STILL) -> list[Pose]:
    way = Way(gesture.fingers[0], np.array([[25.0, 20, 0]]), FRONT[None])
    return supple(MODEL, BODY, Script(gesture, [way], TIMING, 1.0, False, rng or Steady()), poses, T)


def angles_of(poses: list[Pose]) -> F64:
    return np.stack([pose.angles for pose in poses])


def touch_of(pose: Pose, gesture: Gesture) -> F64:
    bones = pose_bones(MODEL, pose.angles, pose.rotation.as_matrix(), pose.position)
    places, _ = fingertips(MODEL, bones, tip=gesture.tip)
    return np.asarray(places[:2].mean(axis=0) if gesture.close else places[1])


@pytest.mark.parametrize("gesture", [POKE, STROKE, PINCH], ids=["poke", "stroke", "pinch"])
def test_what_touches_stays_where_it_was(gesture: Gesture) -> None:
    for pose, was in zip(loose(gesture, np.random.default_rng(4)), STILL, strict=True):
        assert touch_of(pose, gesture) == pytest.approx(touch_of(was, gesture), abs=1e-6)


def test_a_pressed_finger_yields_and_its_last_phalanx_keeps_its_direction() -> None:
    bend = angles_of(loose())[:, INDEX] - POINT[INDEX]
    assert bend[HELD, 2].max() < -8 and bend[HELD, 1].min() > 5
    assert bend.sum(axis=1) == pytest.approx(0, abs=1e-9)
    assert not bend[T < 0.4].any() and not bend[T > 0.72].any()


def test_a_pinch_keeps_its_pads_as_they_face_each_other() -> None:
    assert (angles_of(loose(PINCH, np.random.default_rng(2)))[:, INDEX] == POINT[INDEX]).all()


def test_a_stroking_finger_draws_itself_in_on_its_way() -> None:
    pip = angles_of(loose(STROKE))[:, INDEX[1]]
    start, end = int(np.argmin(np.abs(T - 0.40))), int(np.argmin(np.abs(T - 0.72)))
    assert pip[end] - pip[start] > 12
    assert np.ptp(pip[T < 0.27]) == 0 and np.ptp(pip[T > 0.85]) == 0


def test_idle_fingers_tense_as_others_press_and_are_never_still() -> None:
    steady = angles_of(loose())[:, IDLE]
    assert steady[HELD].mean() - steady[0] == pytest.approx(7, abs=0.5)
    for seed in range(3):
        drift = angles_of(loose(rng=np.random.default_rng(seed)))[:, IDLE] - steady
        assert 1 < np.ptp(drift) < 20 and np.abs(np.diff(drift)).max() < 1.5  # degrees, and a frame


def test_the_wrist_bends_so_that_the_forearm_keeps_to_the_elbow() -> None:
    """A hand that rises by 25 cm: the forearm follows the elbow, not the hand."""
    rising = [replace(pose, position=pose.position + [0.0, 250.0 * (1 - min(s / 0.4, 1)), 0.0]) for pose, s in zip(STILL, T, strict=True)]  # fmt: skip # noqa: E501

    def error(pose: Pose) -> float:
        bones = pose_bones(MODEL, pose.angles, pose.rotation.as_matrix(), pose.position)
        span = elbow_at(pose.position, SHOULDER, np.array([POKE.elbow_out, 1.0, -0.10])) - pose.position
        way = -bones.rotation[BONES.index("forearm")][:, 1] @ span / np.linalg.norm(span)
        return float(np.degrees(np.arccos(way)))

    bent, touching = loose(poses=rising), int(np.argmin(np.abs(T - 0.40)))
    assert error(rising[0]) - error(rising[touching]) > 15  # stiff, it would point elsewhere
    assert error(bent[0]) - error(bent[touching]) < 0.6 * (error(rising[0]) - error(rising[touching]))
    wrist = angles_of(bent)[:, :2]
    assert (wrist >= LIMITS[:2, 0]).all() and (wrist <= LIMITS[:2, 1]).all()
    assert np.abs(np.diff(wrist, axis=0)).max() < 5


def test_equal_seeds_give_alike_and_others_do_not() -> None:
    one, two, other = (angles_of(loose(rng=np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert (one == two).all() and np.abs(one - other).max() > 1
