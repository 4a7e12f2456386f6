"""A hand's way through time, with nothing left to chance: where its fingertip is at every moment."""

from dataclasses import replace

import numpy as np
import pytest
from flat import FRONT
from scipy.spatial.transform import Rotation
from steady import Steady

from model.hand import ANGLES, POINT, RELAXED, fingertips, load_hand, pose_bones
from model.motion.place import Way, along
from model.motion.solve import Pose, hand_frame
from model.motion.timing import Timing, ramp
from model.motion.trajectory import Script, closing, pulled, through_time
from model.patterns import GESTURES, Gesture

MODEL = load_hand()
TIMING = Timing(touch=0.40, firm=0.48, ease=0.65, release=0.72, gone=0.97)
T = np.linspace(0, 1, 401)
WAY = Way("index", np.array([[-15.0, 0, 0], [0, 5, 0], [15, 10, 0]]), np.tile(FRONT, (3, 1)))
FRAME = hand_frame((-0.70, -0.66, 0.20), (-0.20, 0.20, -0.90))
FROM = np.array([50.0, 285.0, -30.0]) * 1.05  # mm from the touch: below, to the hand's own side
TO = np.array([85.0, 285.0, -50.0]) * 1.05
STROKE = replace(GESTURES["stroke-nose"], fingers=("index",))
PINCH = GESTURES["pinch-left-cheek"]
ON = (T >= 0.40) & (T <= 0.715)  # frames that touch


def script(gesture: Gesture = STROKE, ways: list[Way] | None = None, **fields: float) -> Script:
    return Script(gesture, ways or [WAY], TIMING, fields.get("intensity", 1.0), False, Steady())


def keys(count: int = 3) -> tuple[list[Pose], np.ndarray]:
    """Poses that bend and turn evenly along the way; where they stand does not matter."""
    shares = np.linspace(0, 1, count)
    bend = np.array([10.0 if name.startswith("index") else 0.0 for name in ANGLES])
    turns = [Rotation.from_rotvec([0.0, 0.0, 0.3 * share]) * FRAME for share in shares]
    return [Pose(turn, np.zeros(3), POINT + share * bend) for turn, share in zip(turns, shares, strict=True)], shares


def moved(of: Script | None = None, count: int = 3) -> list[Pose]:
    return through_time(MODEL, of or script(), *keys(count), T)


def pads(poses: list[Pose]) -> np.ndarray:
    """All fingertips (f, 5, 3) mm."""
    return np.stack([fingertips(MODEL, pose_bones(MODEL, p.angles, p.rotation.as_matrix(), p.position))[0] for p in poses])  # fmt: skip # noqa: E501


PADS = pads(moved())[:, 1]


def test_while_it_touches_the_finger_is_on_its_way() -> None:
    share = ramp(T, 0.40 - 0.01, 0.72 + 0.01)
    expected = np.array([along(WAY, float(s))[0] for s in share])
    assert PADS[ON] == pytest.approx(expected[ON], abs=1e-6)
    assert (np.diff(PADS[ON, 0]) > 0).all() and (np.diff(PADS[ON, 1]) > 0).all()  # never back


def test_it_comes_from_below_and_leaves_another_way() -> None:
    assert PADS[0] == pytest.approx(WAY.points[0] + FROM + 16 * FRONT, abs=1e-6)
    assert PADS[-1] == pytest.approx(WAY.points[2] + TO + 16 * FRONT, abs=1e-6)
    assert (PADS[:, 2] <= 1e-9).all()  # always before the face
    assert PADS[~ON, 2].max() < 0 and PADS[(T < 0.3) | (T > 0.85), 2].max() < -30


def test_the_reach_bows_towards_the_camera() -> None:
    half = int(np.argmin(np.abs(T - 0.2325)))  # half way: the reach begins at 0.08 and ends at 0.385
    bow = 1.025 * np.array([14.0, 0.0, -55.0])
    assert PADS[half] == pytest.approx(WAY.points[0] + FROM / 2 + bow + 16 * FRONT, abs=0.5)
    back = int(np.argmin(np.abs(T - 0.8425)))
    bow = 1.025 * np.array([34.0, -14.0, -78.0])
    assert PADS[back] == pytest.approx(WAY.points[2] + TO / 2 + bow + 16 * FRONT, abs=2.5)


def test_it_hovers_before_it_lands_and_lifts_off_at_once() -> None:
    landing = ramp(T, 0.40 - 0.12, 0.40)
    late = (T > 0.386) & (T < 0.40)
    assert PADS[late, 2] == pytest.approx(-16 * (1 - landing[late]), abs=1e-6)
    rising = (T > 0.72) & (T < 0.76)
    assert (np.diff(PADS[rising, 2]) < 0).all()


def test_every_phase_begins_and_ends_at_rest() -> None:
    speed = np.linalg.norm(np.gradient(PADS, T, axis=0), axis=1)
    still = np.isin(np.arange(401), [0, 1, 8, 399, 400])
    assert speed[still].max() < 1e-6
    assert speed[np.argmin(np.abs(T - 0.40))] < 0.05 * speed.max()
    assert np.abs(np.diff(PADS, 2, axis=0)).max() < 0.6  # mm a step squared: nothing jumps


def test_away_from_the_face_fingers_relax_and_the_wrist_does_not() -> None:
    poses, (ends, _) = moved(), keys()
    wrist = np.array([name.split("_")[0] in ("wrist", "pronation") for name in ANGLES])
    begun = poses[0].angles
    assert begun[~wrist] == pytest.approx((0.1 * POINT + 0.9 * RELAXED)[~wrist])
    assert begun[wrist] == pytest.approx(POINT[wrist])
    assert poses[np.argmin(np.abs(T - 0.56))].angles == pytest.approx((ends[0].angles + ends[2].angles) / 2, abs=1e-3)


def test_the_hand_turns_into_its_gesture() -> None:
    poses, (ends, _) = moved(), keys()
    into = (poses[0].rotation * ends[0].rotation.inv()).as_rotvec()
    out = (poses[-1].rotation * ends[2].rotation.inv()).as_rotvec()
    assert into == pytest.approx([0.34, 0.05, 0.26], abs=1e-6)
    assert out == pytest.approx([0.52, -0.12, 0.38], abs=1e-6)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_rotations_and_angles_go_evenly_through_even_keys(count: int) -> None:
    poses, (ends, _) = moved(count=count), keys(count)
    share = ramp(T, 0.39, 0.73)
    for i in np.flatnonzero(ON)[::20]:
        turned = (poses[i].rotation * ends[0].rotation.inv()).as_rotvec()
        assert turned == pytest.approx([0, 0, 0.3 * share[i]], abs=1e-3)
        assert poses[i].angles == pytest.approx(POINT + share[i] * (ends[-1].angles - POINT), abs=1e-3)


def test_a_hold_slackens_a_pinch_and_never_by_much() -> None:
    ways = [Way("thumb", np.array([[-5.0, 0, 0]]), FRONT[None]), Way("index", np.array([[5.0, 0, 0]]), FRONT[None])]
    slack = replace(script(PINCH, ways), timing=replace(TIMING, swell=0.15, swells=1.3))
    index = ANGLES.index("index_mcp")
    held = (T >= 0.49) & (T <= 0.64)
    bent = np.array([p.angles[index] for p in through_time(MODEL, slack, pinch_keys(), np.array([0.0, 1.0]), T)])[held]
    assert 0.8 < np.ptp(bent) < 0.2 * 20 and np.abs(np.diff(bent)).max() < 0.25


def test_idle_fingers_shape_themselves_each_in_its_own_time() -> None:
    seeded = replace(script(), rng=np.random.default_rng(3))
    angles = np.stack([pose.angles for pose in moved(seeded)])
    done = []
    for finger in ("middle", "ring", "little"):
        bend = angles[:, ANGLES.index(f"{finger}_mcp")]
        half = (bend[0] + bend[(T > 0.45) & (T < 0.65)].mean()) / 2
        done.append(T[np.argmax(bend > half)])
    assert len(set(done)) == 3 and np.ptp(done) < 0.12
    held = angles[(T > 0.45) & (T < 0.65)][:, ANGLES.index("ring_pip")]
    assert 0.2 < np.ptp(held) < 6  # and are never quite still


def test_one_key_is_kept_all_along() -> None:
    poses = moved(script(ways=[Way("index", WAY.points[:1], WAY.normals[:1])]), count=1)
    for i in np.flatnonzero(ON)[::20]:
        assert (poses[i].angles == POINT).all()
        assert (poses[i].rotation * FRAME.inv()).magnitude() == pytest.approx(0, abs=1e-6)


def test_seeds_make_a_hand_tremble_by_less_than_a_millimetre() -> None:
    for seed in range(3):
        trembling = replace(script(), rng=np.random.default_rng(seed))
        off = pads(moved(trembling))[ON, 1] - PADS[ON]
        assert 0.05 < np.abs(off).max() < 0.9
        assert np.abs(np.diff(off, axis=0)).max() / (T[1] * 3000) < 0.02  # mm/ms in three seconds


def pinch_keys() -> list[Pose]:
    """Open, and closed 10 mm to the right."""
    closed = POINT.copy()
    closed[ANGLES.index("index_mcp")] += 20.0
    return [Pose(FRAME, np.array([40.0, 90.0, -60.0]), POINT), Pose(FRAME, np.array([50.0, 90.0, -60.0]), closed)]


def test_a_pinch_closes_until_it_is_firm_and_opens_before_it_leaves() -> None:
    ways = [Way("thumb", np.array([[-5.0, 0, 0]]), FRONT[None]), Way("index", np.array([[5.0, 0, 0]]), FRONT[None])]
    pinch = script(PINCH, ways)
    both = pads(pinch_keys())[:, :2]
    poses = through_time(MODEL, pinch, pinch_keys(), np.array([0.0, 1.0]), T)
    seen = pads(poses)[:, :2]
    apart = np.linalg.norm(seen[:, 0] - seen[:, 1], axis=1)
    open_, closed = np.linalg.norm(both[:, 0] - both[:, 1], axis=1)
    early, held = (T >= 0.40) & (T <= 0.41), (T >= 0.485) & (T <= 0.65)
    assert apart[early] == pytest.approx(open_, abs=1e-6) and apart[held] == pytest.approx(closed, abs=1e-6)
    assert seen[early].mean(axis=1) == pytest.approx(np.tile(both[0].mean(axis=0), (early.sum(), 1)), abs=1e-6)
    assert seen[held].mean(axis=1) == pytest.approx(np.tile(both[1].mean(axis=0), (held.sum(), 1)), abs=1e-6)
    index = [pose.angles[ANGLES.index("index_mcp")] for pose in poses]
    at_end = index[int(np.argmin(np.abs(T - 0.715)))]
    assert at_end == pytest.approx(POINT[ANGLES.index("index_mcp")] + 0.45 * 20, abs=0.5)  # opens by half and more


def test_a_squeeze_closes_to_touch_and_a_pinch_once_its_pads_are_down() -> None:
    assert closing(script(PINCH)) == pytest.approx((0.412, 0.48))
    assert closing(script(GESTURES["pinch-nose"])) == pytest.approx((0.35, 0.48))


def test_a_pinch_draws_the_skin_as_far_as_it_says() -> None:
    still = [Pose(FRAME, np.zeros(3), POINT)] * len(T)
    for intensity in (0.5, 1.0):
        drawn = np.stack([pose.position for pose in pulled(script(PINCH, intensity=intensity), still, T)])
        assert not drawn[T <= 0.44].any() and not drawn[T >= 0.751].any()  # as it closes
        held = (T > 0.61) & (T < 0.65)
        assert drawn[held] == pytest.approx(np.tile(intensity * np.array([2.5, 1.0, -5.0]), (held.sum(), 1)), abs=0.02)
    assert not any(pose.position.any() for pose in pulled(script(), still, T))  # a stroke draws nothing
