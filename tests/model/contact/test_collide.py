"""A ball meets a flat face: what the simulation hands on, frame by frame, in head and camera."""

from functools import cache

import numpy as np
import pytest
import scipy.sparse as sparse
from flat import ball_hand, ball_track, flat_face, motion_of, pressing
from scipy.spatial.transform import Rotation

from model.body import FOREARM_BONE, LANDMARKS
from model.contact.collide import Posed, collide, collide_moment, firm_moment, pose, pose_hand, refined
from model.contact.simulate import drive_skin, simulate_skin
from model.contact.simulation import Simulation
from model.hand import POINT, fingertips, load_hand, pose_bones
from model.motion.reaction import NECK
from model.motion.solve import hand_frame
from model.scene import FaceScan

RADIUS, PART = 7.0, 2
DEPTHS = [-3.0, 0.5, 2.0, 2.0, 2.0, -3.0]
SHIFT, TURN = np.array([0.5, -1.0, 2.0]), np.array([0.01, -0.02, 0.015])  # mm, radians


def face() -> FaceScan:
    """A flat face whose rim stays with the photo, and whose right quarter is rigid."""
    flat = flat_face(30.0, 1.5)
    rim = np.clip(np.abs(flat.vertices[:, :2]).max(axis=1) - 24, 0, 6) / 6
    return flat_face(30.0, 1.5, skirt=rim, rigid=(flat.vertices[:, 0] > 2.9).astype(float))


def posed(head: np.ndarray | None = None, depths: list[float] = DEPTHS) -> Posed:
    """All that is known before the skin answers, with a ball for a hand."""
    scan, frames = face(), len(depths)
    track = ball_track(pressing(depths, RADIUS), RADIUS)
    motion = motion_of(frames, head=np.zeros((frames, 6)) if head is None else head)
    touching = np.arange(track.vertices.shape[1], dtype=np.int32)
    skin = drive_skin(scan, motion, track, touching, frames)
    carry = sparse.identity(len(scan.vertices), format="csr")
    return Posed(scan, carry, ball_hand(RADIUS, part=PART), motion, track, touching, skin, 1.1)


@cache
def still() -> Simulation:
    return collide(posed())


@cache
def moved() -> Simulation:
    return collide(posed(np.tile([*SHIFT, *TURN], (len(DEPTHS), 1))))


def test_the_skin_gives_way_and_comes_back() -> None:
    simulation = still()
    middle = len(simulation.scan.vertices) // 2
    dent = simulation.dent[:, middle]
    assert dent[0] == 0 and dent[5] < 0.7 * dent[4]
    assert (np.diff(dent[1:4]) > 0).all() and 0.9 < dent[4] < 1.3  # the rigid part holds on to it
    assert simulation.dent == pytest.approx(simulation.face[..., 2] - simulation.scan.vertices[:, 2], abs=1e-4)


def test_both_surfaces_fit_in_every_frame() -> None:
    simulation, centres = still(), pressing(DEPTHS, RADIUS)
    lowest = simulation.hand[..., 2].max(axis=1)
    middle = simulation.face[:, len(simulation.scan.vertices) // 2, 2]
    assert (lowest < middle + 0.02).all()
    gap = np.linalg.norm(simulation.hand - centres[:, None], axis=2) - RADIUS
    assert gap[[0, 5]] == pytest.approx(0, abs=1e-4) and -1.5 < gap[4].min() < -0.15  # the pad alone gives


def test_touch_is_told_only_of_frames_and_places_that_touch() -> None:
    simulation = still()
    touched = simulation.touch > 0
    assert touched.any(axis=1).tolist() == [False, True, True, True, True, False]
    assert set(simulation.touch[touched]) == {1 + PART}
    far = np.linalg.norm(simulation.scan.vertices, axis=1)
    assert far[touched.any(axis=0)].max() < np.sqrt(RADIUS**2 - (RADIUS - 2.0) ** 2) + 1.5


def test_what_is_rigid_is_where_the_tissue_has_it() -> None:
    """Mesh against mesh, soft skin only is pushed, though the ball would be in the rigid part too."""
    simulation, answer = still(), simulate_skin(posed().skin, len(DEPTHS))
    rigid = simulation.scan.rigid > 0.5
    assert len(answer.patch) == len(rigid)
    moved_by = simulation.face - simulation.scan.vertices
    assert moved_by[:, rigid] == pytest.approx(answer.displacement[:, rigid], abs=1e-5)
    under = 2.0 - RADIUS + np.sqrt(np.maximum(RADIUS**2 - np.linalg.norm(simulation.scan.vertices, axis=1) ** 2, 0))
    assert (under - simulation.dent[4])[rigid].max() > 0.5


def test_the_hand_s_frame_data_are_passed_on() -> None:
    simulation = still()
    assert simulation.hand_scale == 1.1 and simulation.elbow[3].tolist() == [40.0, 200.0, -60.0]
    assert simulation.joints == pytest.approx(np.repeat(pressing(DEPTHS, RADIUS)[:, None], 21, axis=1), abs=1e-5)


def test_head_and_hand_move_together_and_the_rim_stays() -> None:
    here, there = still(), moved()
    pivot = here.scan.vertices[:LANDMARKS].mean(axis=0) + NECK

    def carried(points: np.ndarray) -> np.ndarray:
        return Rotation.from_rotvec(TURN).apply(points - pivot) + pivot + SHIFT

    skirt = here.scan.skirt
    assert (there.touch == here.touch).all() and there.dent == pytest.approx(here.dent, abs=1e-5)
    for frame in range(len(DEPTHS)):
        assert there.hand[frame] == pytest.approx(carried(here.hand[frame]), abs=1e-4)
        assert there.joints[frame] == pytest.approx(carried(here.joints[frame]), abs=1e-4)
        assert there.elbow[frame] == pytest.approx(carried(here.elbow[frame][None])[0], abs=1e-4)
        turned = Rotation.from_rotvec(TURN).apply(here.hand_normals[frame])
        assert there.hand_normals[frame] == pytest.approx(turned, abs=1e-5)
        whole = skirt == 0
        assert there.face[frame, whole] == pytest.approx(carried(here.face[frame, whole]), abs=1e-4)
        assert (there.face[frame, skirt == 1] == here.face[frame, skirt == 1]).all()
    half = np.isclose(skirt, 0.5)
    whole_way = carried(here.face[2, half]) - here.face[2, half]
    assert half.any() and there.face[2, half] - here.face[2, half] == pytest.approx(0.5625 * whole_way, abs=1e-4)


@pytest.mark.parametrize(("press", "moment"), [([0, 0.5, 0.97, 0.99, 1.0, 0.2], 3), ([0, 0.2, 0.4, 0.4, 0.1], 2)])
def test_the_firm_moment_is_the_first_at_full_press(press: list[float], moment: int) -> None:
    assert firm_moment(motion_of(len(press), press=np.array(press))) == moment


def test_frames_about_the_firm_moment_are_foreseen_and_no_others() -> None:
    ready = posed()
    press = np.array([0, 0, 0, 1, 1, 0.0])
    ready = Posed(**{**vars(ready), "motion": motion_of(6, press=press)})
    ahead, whole = collide_moment(ready), still()
    for frame in (2, 3, 4):
        assert ahead.face[frame] == pytest.approx(whole.face[frame], abs=1e-4)
        assert (ahead.touch[frame] == whole.touch[frame]).all()
    assert not ahead.face[[0, 1, 5]].any()


def test_skin_that_a_pinch_gathers_is_gathered_on_the_fine_mesh_and_let_go() -> None:
    """Two pads that come together beside a hand that is not there."""
    scan, track = face(), ball_track(pressing([-30.0] * 30, RADIUS), RADIUS)
    apart = np.interp(np.arange(30), [0, 5], [12.0, 6.0])[:, None]
    pads = np.stack([apart * [1.0, 0, 0] - [8.0, 0, 0], apart * [-1.0, 0, 0] - [8.0, 0, 0]], axis=1)
    motion = motion_of(30, grip=np.arange(30) < 8, pads=pads)
    touching = np.arange(track.vertices.shape[1], dtype=np.int32)
    skin = drive_skin(scan, motion, track, touching, 30)
    carry = sparse.identity(len(scan.vertices), format="csr")
    simulation = collide(Posed(scan, carry, ball_hand(RADIUS, part=PART), motion, track, touching, skin, 1.1))
    middle = int(np.argmin(np.linalg.norm(scan.vertices + [8.0, 0, 0], axis=1)))
    risen = scan.vertices[middle, 2] - simulation.face[:, middle, 2]
    assert risen[0] == 0 and risen[7] > 2.2 and risen[29] < 0.1 * risen[7]
    assert not simulation.touch.any()


def test_skin_near_the_path_is_refined_and_the_old_vertices_are_carried() -> None:
    coarse = flat_face(30.0, 4.0)
    fine, carry = refined(coarse, np.array([[-8.0, 0.0, 0.0], [8.0, 0.0, 0.0]]))
    assert carry @ coarse.vertices == pytest.approx(fine.vertices, abs=1e-6)  # flat: all on straight lines
    assert (fine.vertices[: len(coarse.vertices)] == coarse.vertices).all()
    edges = np.concatenate([fine.triangles[:, [0, 1]], fine.triangles[:, [1, 2]], fine.triangles[:, [2, 0]]])
    length = np.linalg.norm(fine.vertices[edges[:, 0]] - fine.vertices[edges[:, 1]], axis=1)
    middle = fine.vertices[edges].mean(axis=1)
    near = np.linalg.norm(middle - np.clip(middle, [-8, 0, 0], [8, 0, 0]), axis=1)
    assert length[near < 15].max() < 1.2  # also between the path's two points
    assert length[near > 24].min() > 2


def test_a_real_hand_is_posed_in_every_frame() -> None:
    model, frames = load_hand(), 3
    turn = Rotation.from_rotvec([0.2, -0.4, 0.1]).as_matrix()
    places = np.array([[0.0, 90, -40], [5.0, 80, -30], [9.0, 70, -20]])
    motion = motion_of(
        frames, angles=np.tile(POINT, (frames, 1)), rotation=np.tile(turn, (frames, 1, 1)), position=places
    )
    track = pose_hand(model, motion)
    tips, _ = fingertips(model, pose_bones(model, POINT, turn, places[1]))
    assert track.vertices[1, model.pad] == pytest.approx(tips, abs=0.1)
    assert track.joints[:, 0] == pytest.approx(places, abs=1e-4)
    assert np.linalg.norm(track.normals, axis=2) == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(track.elbow - places, axis=1) == pytest.approx(255, abs=12)  # the forearm begins at the wrist
    arm = pose_bones(model, POINT, turn, places[1])[0][FOREARM_BONE][:, 1]
    away = (track.elbow[1] - places[1]) / np.linalg.norm(track.elbow[1] - places[1])
    assert away @ arm < -0.99


def test_a_real_finger_meets_a_flat_face() -> None:
    """An index finger pokes 2 mm deep; it alone touches, where it is."""
    model, scan = load_hand(), flat_face(40.0, 3.0)
    turn = hand_frame((-0.62, -0.66, 0.42), (0.45, -0.30, -0.84))
    bones = pose_bones(model, POINT, turn.as_matrix())
    tip = fingertips(model, bones, tip=True)[0][1]
    lift = np.array([0.0, 0.0, 1.0])
    places = np.array([depth * lift - tip for depth in (-4.0, 1.0, 2.0, 2.0)])
    motion = motion_of(4, angles=np.tile(POINT, (4, 1)), rotation=np.tile(turn.as_matrix(), (4, 1, 1)), position=places)
    simulation = collide(pose(scan, model, motion))
    assert len(simulation.scan.vertices) > len(scan.vertices)
    assert not simulation.touch[0].any() and set(simulation.touch[3]) == {0, 2}
    spot = simulation.scan.vertices[simulation.touch[3] > 0].mean(axis=0)
    assert np.linalg.norm(spot[:2]) < 6
    deepest = pose_hand(model, motion).vertices[3, model.part == 1, 2].max()
    assert 0.65 * deepest < simulation.dent[3].max() < deepest
