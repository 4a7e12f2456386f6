"""Whole motions over a flat face: what the finger does at touch, from gesture to frames."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from flat import FRONT, flat_face
from steady import Steady

from model.hand import fingertips, load_hand, pose_bones, skin_hand
from model.mesh.normals import vertex_normals
from model.motion.motion import Motion
from model.motion.place import Way
from model.motion.plan import gesture_frame, plan_motion
from model.motion.solve import SHOULDER, Surroundings
from model.motion.timing import Timing
from model.motion.trajectory import Script
from model.patterns import GESTURES
from model.scene import FaceScan

MODEL = load_hand()
TIMING = Timing(touch=0.40, firm=0.48, ease=0.65, release=0.72, gone=0.97)
FPS, FRAMES = 24, 73
T = np.linspace(0, 1, FRAMES)
HELD = (T >= 0.49) & (T <= 0.64)
ON = (T >= 0.405) & (T <= 0.715)
OFF = (T < 0.39) | (T > 0.73)


@cache
def face() -> FaceScan:
    return flat_face(120.0, 3.0)


def way(finger: str, *places: tuple[float, float]) -> Way:
    points = np.array([(x, y, 0.0) for x, y in places])
    return Way(finger, points, np.tile(FRONT, (len(points), 1)))


def planned(
    name: str, ways: list[Way], intensity: float = 1.0, rng: np.random.Generator | None = None, frames: int = FRAMES
) -> Motion:
    script = Script(GESTURES[name], ways, TIMING, intensity, False, rng or Steady())
    body = Surroundings(face().vertices[::8].copy(), face().normals[::8].copy(), SHOULDER)
    return plan_motion(face(), MODEL, body, script, FPS, frames)


@cache
def poke(intensity: float = 0.5) -> Motion:
    return planned("poke-left-cheek", [way("index", (25, 20))], intensity)


@cache
def stroke() -> Motion:
    return planned("stroke-left-cheek", [way("index", (27, 0), (32, 20)), way("middle", (10, 0), (15, 20))])


@cache
def pinch(intensity: float = 1.0) -> Motion:
    return planned("pinch-left-cheek", [way("thumb", (33, 12)), way("index", (17, 22))], intensity)


def heights(motion: Motion) -> np.ndarray:
    """Least height (f, 5) mm over the face of thumb to little finger."""
    out = []
    for pose in zip(motion.angles, motion.rotation, motion.position, strict=True):
        away = -skin_hand(MODEL, pose_bones(MODEL, *pose))[0][:, 2]
        out.append([away[MODEL.part == part].min() for part in range(5)])
    return np.array(out)


def pads(motion: Motion, tip: bool = False) -> np.ndarray:
    """Fingertips (f, 5, 3)."""
    poses = zip(motion.angles, motion.rotation, motion.position, strict=True)
    return np.stack([fingertips(MODEL, pose_bones(MODEL, *pose), tip)[0] for pose in poses])


@pytest.mark.parametrize("intensity", [0.3, 0.5])
def test_the_pad_goes_as_deep_as_gesture_and_intensity_say(intensity: float) -> None:
    deep = heights(poke(intensity))[HELD, 1]
    assert deep == pytest.approx(-intensity * GESTURES["poke-left-cheek"].depth, abs=0.3)


def test_it_touches_from_the_first_moment_to_the_last_and_no_other_part_does() -> None:
    height = heights(poke())
    assert (height[ON, 1] < 0).all() and (height[OFF, 1] > 0).all()
    assert height[:, [0, 2, 3, 4]].min() > 2


def test_a_poke_stays_where_it_is_put() -> None:
    at = pads(poke(), tip=True)[HELD, 1, :2]
    assert np.linalg.norm(at - [25, 20], axis=1).max() < 1.5


def test_a_stroke_goes_from_the_first_place_to_the_last_with_both_fingers_down() -> None:
    motion = stroke()
    seen = pads(motion)
    first, last = np.flatnonzero(ON)[[0, -1]]
    assert np.linalg.norm(seen[first, 1, :2] - [27, 0]) < 2.5 and np.linalg.norm(seen[last, 1, :2] - [32, 20]) < 2.5
    assert (np.diff(seen[ON, 1, 1]) > -0.05).all()
    assert heights(motion)[HELD, 1:3] == pytest.approx(-GESTURES["stroke-left-cheek"].depth, abs=0.6)
    apart = seen[HELD, 1, 0] - seen[HELD, 2, 0]
    assert apart == pytest.approx(17, abs=4)


@pytest.mark.parametrize(("intensity", "apart"), [(1.0, 8.0), (0.3, 22 - 14.0 * 0.58)])
def test_a_pinch_opens_wide_and_closes_as_far_as_it_says(intensity: float, apart: float) -> None:
    seen = pads(pinch(intensity))[:, :2]
    gap = np.linalg.norm(seen[:, 0] - seen[:, 1], axis=1)
    closed, opened = (T >= 0.485) & (T <= 0.64), (T >= 0.39) & (T <= 0.41)
    assert gap[opened] == pytest.approx(22.0, abs=1) and gap[closed] == pytest.approx(apart, abs=1)
    assert (np.diff(gap[(T >= 0.41) & (T <= 0.48)]) < 0).all()  # together, and never past it
    assert pinch(intensity).pads == pytest.approx(pads(pinch(intensity))[:, :2])
    assert pinch(intensity).grip.tolist() == ((T >= 0.41) & (T < 0.716)).tolist()


def test_closed_pads_face_each_other_and_the_hand_lets_both_be_seen() -> None:
    """Thumb and index finger lie on opposite sides of what they hold, side by side from the camera."""
    motion, held = pinch(), int(np.argmin(np.abs(T - 0.6)))
    bones = pose_bones(MODEL, motion.angles[held], motion.rotation[held], motion.position[held])
    places, faces = fingertips(MODEL, bones)
    across = (places[1] - places[0]) / np.linalg.norm(places[1] - places[0])
    assert faces[0] @ across > 0.7 and faces[1] @ across < -0.7
    assert np.abs(across[2]) < 0.3


def test_fingers_open_wider_on_their_way_than_they_need() -> None:
    """The aperture of a reach is largest before the hand arrives (Jeannerod 1984)."""
    gap = np.linalg.norm(pads(pinch())[:, 0] - pads(pinch())[:, 1], axis=1)
    arrived = gap[np.argmin(np.abs(T - 0.39))]
    on_the_way = gap[(T > 0.1) & (T < 0.37)]
    assert on_the_way.max() > 1.3 * arrived and on_the_way[-1] < 1.15 * arrived


def test_a_pinch_draws_and_pokes_do_not_grip() -> None:
    assert not poke().grip.any() and not stroke().grip.any()
    middle = pads(pinch())[:, :2].mean(axis=1)
    closed, held = int(np.argmin(np.abs(T - 0.47))), int(np.argmin(np.abs(T - 0.64)))
    assert middle[held, 2] - middle[closed, 2] < -2  # away from the face


def test_what_the_gesture_says_is_passed_on() -> None:
    motion, gesture = stroke(), GESTURES["stroke-left-cheek"]
    assert (motion.fps, motion.fingers, motion.regions) == (FPS, gesture.fingers, gesture.regions)
    assert motion.friction == gesture.friction
    assert motion.path.tolist() == [[27, 0, 0], [32, 20, 0], [10, 0, 0], [15, 20, 0]]
    assert motion.press[HELD] == pytest.approx(1) and not motion.press[OFF].any()


def test_the_head_gives_way_to_the_finger() -> None:
    motion, soft = poke(), poke(0.3)
    gone = motion.head[HELD, 2] - soft.head[HELD, 2]
    assert gone[-5:] == pytest.approx(0.2 * 5.0, abs=0.05)  # of 5 mm for a press of 1, into the face


@pytest.mark.parametrize("name", ["poke-left-cheek", "stroke-left-cheek"])
def test_a_hand_is_held_as_its_gesture_says(name: str) -> None:
    motion = poke() if name.startswith("poke") else stroke()
    wanted = gesture_frame(GESTURES[name], False).as_matrix()
    held = motion.rotation[HELD][3]
    assert held[:, 1] @ wanted[:, 1] > 0.85 and held[:, 2] @ wanted[:, 2] > 0.85


def test_a_hand_that_crosses_comes_from_below_the_chin() -> None:
    turn = gesture_frame(GESTURES["poke-left-cheek"], True).as_matrix()
    assert turn[:, 1] == pytest.approx(np.array([-0.65, -0.75, 0.20]) / np.linalg.norm([0.65, 0.75, 0.20]))
    assert turn[:, 2] @ FRONT > 0.8


def test_the_same_seed_plans_the_same_motion_and_another_does_not() -> None:
    one, two, other = (
        planned("poke-left-cheek", [way("index", (25, 20))], 0.5, np.random.default_rng(seed), frames=25)
        for seed in (1, 1, 2)
    )
    assert (one.position == two.position).all() and (one.angles == two.angles).all() and (one.head == two.head).all()
    assert np.abs(one.position - other.position).max() > 1


def test_a_squeeze_comes_clear_of_the_skin_and_presses_on_both_sides() -> None:
    """Of a ridge as wide as a nose, thumb and index finger press one side each."""
    ridge = face().vertices.copy()
    ridge[:, 2] = -np.maximum(18 - 1.3 * np.abs(ridge[:, 0]), 0)
    scan = replace(flat_face(120.0, 3.0), vertices=ridge)
    slope = np.array([1.3, 0.0, -1.0]) / np.hypot(1.3, 1)
    sides = [
        Way("thumb", np.array([[7.0, 10, -8.9]]), slope[None]),
        Way("index", np.array([[-7.0, 10, -8.9]]), (slope * [-1, 1, 1])[None]),
    ]
    script = Script(GESTURES["pinch-nose"], sides, TIMING, 1.0, False, Steady())
    scan = replace(scan, normals=vertex_normals(ridge, scan.triangles))
    motion = plan_motion(
        scan, MODEL, Surroundings(ridge[::8] + [0, 0, 40.0], scan.normals[::8].copy(), SHOULDER), script, FPS, FRAMES
    )
    seen = pads(motion)[:, :2]
    gap = np.linalg.norm(seen[:, 0] - seen[:, 1], axis=1)
    way_in = 6.0 + GESTURES["pinch-nose"].depth  # mm of each pad along its side's normal: clear of it, then pressing
    assert gap[int(0.362 * FRAMES)] - gap[HELD].mean() == pytest.approx(2 * way_in * slope[0], abs=1.5)
    assert (seen[HELD, 0, 0] > 0).all() and (seen[HELD, 1, 0] < 0).all()
