"""Pads brought to the wanted height: a real hand that comes to flat and round skin at wrong heights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flat import FRONT, face_of, flat_face
from shapes import sphere
from steady import Steady

from model.hand import ANGLES, POINT, TWO_FINGERS, fingertips, load_hand, pose_bones, skin_hand
from model.motion.follow import HeightField, follow_skin, height_field, pad_height, pressure
from model.motion.place import Way
from model.motion.solve import Pose, hand_frame
from model.motion.timing import Timing
from model.motion.trajectory import Script
from model.patterns import GESTURES, Gesture
from model.scene import FaceScan

MODEL = load_hand()
FLAT = flat_face(60.0, 1.5)
TIMING = Timing(touch=0.40, firm=0.48, ease=0.65, release=0.72, gone=0.97)
T = np.linspace(0, 1, 101)
POKE, STROKE = GESTURES["poke-left-cheek"], GESTURES["stroke-left-cheek"]
FRAME = hand_frame((-0.62, -0.66, 0.42), (0.45, -0.30, -0.84))
LOW = hand_frame((-0.40, -0.85, 0.30), (0.50, -0.12, -0.85))
FIRM, BEFORE, AFTER = (int(np.argmin(np.abs(T - t))) for t in (0.56, 0.20, 0.90))


def script(gesture: Gesture = POKE, intensity: float = 0.5) -> Script:
    ways = [Way(finger, np.zeros((1, 3)), FRONT[None]) for finger in gesture.fingers]
    return Script(gesture, ways, TIMING, intensity, False, Steady())


def near(of: Script, scan: FaceScan = FLAT) -> HeightField:
    return height_field(scan, MODEL, of.ways)


def pose(height: float, frame: Any = FRAME, angles: np.ndarray = POINT) -> Pose:
    """The index fingertip `height` mm before the middle of the flat face."""
    at = fingertips(MODEL, pose_bones(MODEL, angles, frame.as_matrix()), tip=True)[0][1]
    return Pose(frame, height * FRONT - at, angles)


def lowest(of: Pose, finger: str) -> float:
    """Height (mm) over z = 0 of the whole posed finger, all of its mesh."""
    vertices, _ = skin_hand(MODEL, pose_bones(MODEL, of.angles, of.rotation.as_matrix(), of.position))
    return float(-vertices[MODEL.part == ["thumb", "index", "middle", "ring", "little"].index(finger), 2].max())


def test_a_pad_s_height_is_that_of_its_lowest_point() -> None:
    for height in (20.0, 4.0, -3.0):
        found, normal = pad_height(MODEL, near(script()), pose(height), "index")
        assert found == pytest.approx(lowest(pose(height), "index"), abs=0.25)  # it is sampled
        assert normal == pytest.approx(FRONT)


def test_heights_over_round_skin_are_measured_to_it() -> None:
    vertices, triangles = sphere(80.0, rings=120)
    ball = face_of(vertices + [0.0, 0.0, 80.0], triangles)
    found, normal = pad_height(MODEL, near(script(), ball), pose(5.0), "index")
    points, _ = skin_hand(MODEL, pose_bones(MODEL, POINT, FRAME.as_matrix(), pose(5.0).position))
    exact = (np.linalg.norm(points[MODEL.part == 1] - [0, 0, 80], axis=1) - 80).min()
    assert found == pytest.approx(exact, abs=0.35) and normal @ FRONT > 0.98


@pytest.mark.parametrize("off", [-6.0, 0.0, 9.0])
def test_the_pad_is_pressed_as_deep_as_the_gesture_says_wherever_it_was(off: float) -> None:
    poses = follow_skin(MODEL, near(script()), script(), [pose(off)] * len(T), T)
    assert lowest(poses[FIRM], "index") == pytest.approx(-0.5 * POKE.depth, abs=0.25)
    landed = int(np.argmin(np.abs(T - 0.41)))
    assert lowest(poses[landed], "index") == pytest.approx(-0.3 * 0.5 * POKE.depth, abs=0.8)
    heights = np.array([lowest(one, "index") for one in poses])
    assert heights[(T >= 0.38) & (T < 0.395)].min() > 0 and heights[(T > 0.42) & (T < 0.70)].max() < -0.8
    assert (np.diff(heights[(T >= 0.38) & (T <= 0.48)]) < 0.01).all()  # down, and never up between


def test_soft_tissue_ends_where_the_bone_begins() -> None:
    shallow = replace(FLAT, depth_limit=np.full(len(FLAT.vertices), 5.0))
    of = script(intensity=1.0)
    poses = follow_skin(MODEL, near(of, shallow), of, [pose(0.0)] * len(T), T)
    assert lowest(poses[FIRM], "index") == pytest.approx(-0.92 * 5.0, abs=0.25)


def test_far_from_the_touch_poses_stay_as_they_were_and_nothing_jumps() -> None:
    given = [pose(6.0)] * len(T)
    poses = follow_skin(MODEL, near(script()), script(), given, T)
    for i in (0, BEFORE, AFTER, 100):
        assert (poses[i].position == given[i].position).all() and (poses[i].angles == given[i].angles).all()
    z = np.array([one.position[2] for one in poses])
    assert np.abs(np.diff(z)).max() < 2.2
    moved = np.abs(z - given[0].position[2])
    begun = T[np.argmax(moved > 1e-9)]
    assert begun == pytest.approx(0.37 - 0.14, abs=0.021)  # the correction fades in over so much of the clip


def test_the_other_finger_flexes_to_the_skin() -> None:
    """Two fingers, of which the second begins 15 degrees too high."""
    high = TWO_FINGERS.copy()
    high[ANGLES.index("middle_mcp")] -= 15.0
    of = script(STROKE, intensity=1.0)
    given = pose(0.0, LOW, high)
    poses = follow_skin(MODEL, near(of), of, [given] * len(T), T)
    assert lowest(given, "middle") > lowest(given, "index") + 3
    for finger in ("index", "middle"):
        assert lowest(poses[FIRM], finger) == pytest.approx(-STROKE.depth, abs=0.3)
    bent = np.flatnonzero(poses[FIRM].angles != given.angles)
    assert bent.tolist() == [ANGLES.index("middle_mcp")]


def test_a_knuckle_gives_only_so_much() -> None:
    high = TWO_FINGERS.copy()
    high[ANGLES.index("middle_mcp")] -= 50.0
    of = script(STROKE, intensity=1.0)
    poses = follow_skin(MODEL, near(of), of, [pose(0.0, LOW, high)] * len(T), T)
    bent = poses[FIRM].angles[ANGLES.index("middle_mcp")] - high[ANGLES.index("middle_mcp")]
    assert 20 < bent <= 25 + 1e-9


def test_fingers_of_a_pinch_keep_their_distance() -> None:
    of = script(GESTURES["pinch-left-cheek"], intensity=1.0)
    given = pose(5.0)
    poses = follow_skin(MODEL, near(of), of, [given] * len(T), T)
    assert (poses[FIRM].angles == given.angles).all()
    mean = np.mean([pad_height(MODEL, near(of), poses[FIRM], finger)[0] for finger in ("thumb", "index")])
    assert mean == pytest.approx(-of.gesture.depth, abs=0.05)


def test_a_squeeze_stays_as_it_is() -> None:
    of, given = script(GESTURES["pinch-nose"]), [pose(5.0)] * len(T)
    assert follow_skin(MODEL, near(of), of, given, T) is given


def test_only_skin_near_the_way_is_looked_at_and_no_skirt() -> None:
    rim = (FLAT.vertices[:, 0] > 20).astype(float)
    seen = near(script(), replace(FLAT, skirt=rim)).vertices
    assert np.linalg.norm(seen, axis=1).max() < 45 and seen[:, 0].max() <= 20
    assert np.linalg.norm(seen, axis=1).max() > 43


def test_pressure_is_full_between_its_moments() -> None:
    found = pressure(TIMING, np.array([0.0, 0.40, 0.44, 0.48, 0.60, 0.65, 0.685, 0.72, 1.0]))
    assert found == pytest.approx([0, 0, 0.5, 1, 1, 1, 0.5, 0, 0], abs=1e-9)
