"""Where fingers go: on a flat face whose landmarks are known, and on the regions of the mean face."""

from dataclasses import replace

import numpy as np
import pytest
from flat import FRONT, face_of, flat_face
from mean_face import mean_face
from shapes import sphere
from steady import Steady

from annotation.taxonomy import REGIONS
from model.face.topology import topology
from model.motion.place import Way, along, lay_ways
from model.motion.plan import gesture_frame
from model.patterns import GESTURES, Gesture

FLAT = flat_face(30.0, 0.5)
SIDE = 121
RIGHT = np.array([1.0, 0.0, 0.0])


def at(x: int, y: int) -> int:
    """The vertex of the flat face at x, y mm."""
    return 2 * (y + 30) * SIDE + 2 * (x + 30)


def gesture(**fields: object) -> Gesture:
    """Two fingers along three places in a row."""
    path = ((at(-10, -20), at(-10, -24)), (at(0, -22),), (at(10, -22),))
    base = replace(GESTURES["stroke-left-cheek"], fingers=("index", "middle"), path=path)
    return replace(base, **fields)


def laid(of: Gesture, rng: np.random.Generator | None = None, mirror: dict[int, int] | None = None) -> list[Way]:
    return lay_ways(FLAT, of, RIGHT, mirror, rng or Steady())


def test_ways_go_through_the_means_of_their_landmarks() -> None:
    (way,) = laid(gesture(fingers=("index",)))
    assert way.points == pytest.approx(np.array([[-10.0, -22, 0], [0, -22, 0], [10, -22, 0]]))
    assert way.normals == pytest.approx(np.tile(FRONT, (3, 1)))


def test_fingers_lie_side_by_side_as_wide_as_fingertips() -> None:
    index, middle = laid(gesture())
    assert (index.finger, middle.finger) == ("index", "middle")
    apart = index.points - middle.points
    assert apart[:, 0] == pytest.approx(17.5, abs=0.51)  # to the next vertex; the index finger on its side
    assert not apart[:, 1].any()
    assert (index.points + middle.points)[:, 0] / 2 == pytest.approx([-10, 0, 10], abs=0.26)


def test_a_pinch_has_a_place_for_each_finger() -> None:
    pinch = gesture(fingers=("thumb", "index"), path=((at(-8, -20),), (at(8, -20),)), close=10.0)
    thumb, index = laid(pinch)
    assert thumb.points.tolist() == [[-8, -20, 0]] and index.points.tolist() == [[8, -20, 0]]


def test_places_are_mirrored_and_the_thumb_stays_on_its_side() -> None:
    other = {at(x, y): at(-x, y) for x in range(-30, 31, 2) for y in (-24, -22, -20)}
    (here,), (there,) = laid(gesture(fingers=("index",))), laid(gesture(fingers=("index",)), mirror=other)
    assert there.points == pytest.approx(here.points * [-1, 1, 1])
    pinch = gesture(fingers=("thumb", "index"), path=((at(10, -20),), (at(20, -20),)), close=10.0)
    assert [way.points[0, 0] for way in laid(pinch)] == [10, 20]
    assert [way.points[0, 0] for way in laid(pinch, mirror=other)] == [-20, -10]


def test_seeds_move_a_gesture_by_a_few_millimetres_as_a_whole() -> None:
    fine = flat_face(8.0, 0.25)
    middle = (len(fine.vertices) // 2,)
    poke = gesture(fingers=("index",), path=(middle, middle))
    ways = [lay_ways(fine, poke, RIGHT, None, np.random.default_rng(seed))[0] for seed in range(60)]
    moved = np.array([way.points[0, :2] for way in ways])
    assert np.abs(moved).max() == pytest.approx(1.2 * 3.0, abs=0.15)  # no farther
    assert moved.std() == pytest.approx(2.35, abs=0.3)
    assert all((way.points[0] == way.points[1]).all() for way in ways)


def test_what_is_rigid_or_skirt_is_not_gone_to() -> None:
    for field in ("rigid", "skirt"):
        shut = {field: (FLAT.vertices[:, 0] > -15).astype(float)}
        (way,) = lay_ways(flat_face(30.0, 0.5, **shut), gesture(fingers=("index",)), RIGHT, None, Steady())
        assert way.points[:, 0].max() <= -15


def test_normals_are_means_over_a_fingertip() -> None:
    """One crooked vertex turns the normal by a hundredth of what it is turned."""
    vertices, triangles = sphere(60.0, rings=60)
    rough = face_of(vertices, triangles)
    foot = int(np.argmin(np.linalg.norm(vertices - [20.0, -15.0, -54.5], axis=1)))
    normals = rough.normals.copy()
    normals[foot] = [0.0, 1.0, 0.0]
    poke = gesture(fingers=("index",), path=((foot,),))
    (way,) = lay_ways(replace(rough, normals=normals), poke, RIGHT, None, Steady())
    outward = vertices[foot] / 60.0
    assert (way.points[0] == vertices[foot]).all() and way.normals[0] @ outward > 0.998
    mean = normals[np.linalg.norm(vertices - vertices[foot], axis=1) < 9.0].mean(axis=0)
    assert way.normals[0] == pytest.approx(mean / np.linalg.norm(mean))


def test_along_a_straight_way_points_go_evenly() -> None:
    way = Way("index", np.array([[0.0, 0, 0], [10, 5, 0], [20, 10, 0]]), np.tile(FRONT, (3, 1)))
    for share in (0.0, 0.2, 0.5, 0.77, 1.0):
        point, normal = along(way, share)
        assert point == pytest.approx([20 * share, 10 * share, 0]) and normal == pytest.approx(FRONT)
    assert along(way, -1.0)[0] == pytest.approx([0, 0, 0]) and along(way, 9.0)[0] == pytest.approx([20, 10, 0])


def test_along_a_bent_way_the_places_are_passed_without_a_corner() -> None:
    points = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [20, 10, 0]])
    normals = np.array([FRONT, [0.6, 0, -0.8], [0.6, 0, -0.8], FRONT])
    way = Way("index", points, normals)
    for k in range(4):
        assert along(way, k / 3)[0] == pytest.approx(points[k]) and along(way, k / 3)[1] == pytest.approx(normals[k])
    before, after = (along(way, 1 / 3 + step)[0] - points[1] for step in (-1e-4, 1e-4))
    assert -before == pytest.approx(after, abs=1e-5)  # the same speed on both sides
    assert after == pytest.approx((points[2] - points[0]) / 2 * 3 * 1e-4, abs=1e-5)  # Catmull and Rom 1974
    assert np.linalg.norm(along(way, 1 / 6)[1]) == pytest.approx(1)


def test_a_single_place_is_everywhere_the_same() -> None:
    way = Way("index", np.array([[3.0, 4, 5]]), np.array([FRONT]))
    assert along(way, 0.7)[0].tolist() == [3, 4, 5]


def played(name: str, crosses: bool, seed: int) -> list[Way]:
    """The ways of a gesture over the mean face."""
    mirror = {i: int(j) for i, j in enumerate(topology().mirror[:468])} if crosses else None
    across = gesture_frame(GESTURES[name], crosses).apply(RIGHT) * [1.0, 1.0, 0.0]
    return lay_ways(mean_face(), GESTURES[name], across, mirror, np.random.default_rng(seed))


PLAYED = [(name, False) for name in GESTURES if "right" not in name] + [(n, True) for n in GESTURES if "left" in n]


@pytest.mark.parametrize(("name", "crosses"), PLAYED)
def test_every_gesture_stays_about_its_regions_and_on_the_skin(name: str, crosses: bool) -> None:
    face, regions = mean_face(), ("right_cheek",) if crosses else GESTURES[name].regions
    inside = face.vertices[np.isin(face.region, [REGIONS.index(region) for region in regions])]
    for seed in range(3):
        for way in played(name, crosses, seed):
            gap = np.linalg.norm(way.points[:, None] - inside, axis=2).min(axis=1)
            assert gap.max() < 5, (name, way.finger, gap)
            on = np.linalg.norm(way.points[:, None] - face.vertices, axis=2).argmin(axis=1)
            assert (face.vertices[on] == way.points).all() and (face.skirt[on] < 1e-6).all()
            assert (way.normals[:, 2] < 0.1).all() and np.linalg.norm(way.normals, axis=1) == pytest.approx(1)


def test_crossing_goes_to_the_same_places_of_the_other_cheek() -> None:
    for name in ("poke-left-cheek", "stroke-left-cheek"):
        here, there = (np.concatenate([way.points for way in played(name, crosses, 4)]) for crosses in (False, True))
        assert here[:, 0].mean() > 20 and there[:, 0].mean() == pytest.approx(-here[:, 0].mean(), abs=8)
        assert there[:, 1].mean() == pytest.approx(here[:, 1].mean(), abs=5)
