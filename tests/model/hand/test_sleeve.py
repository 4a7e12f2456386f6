"""A sleeve lies around the arm, from the cuff down, and moves with it."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from model.body import FOREARM_PART, SLEEVE_PART
from model.hand import RELAXED, angles, dress, load_hand, paint_sleeve, pose_bones, skin_hand
from model.hand.sleeve import STRIP
from model.scene import Garment

HAND = load_hand()
DRESSED = dress(HAND, seed=1)
CLOTH = DRESSED.part == SLEEVE_PART


def test_the_hand_itself_is_as_it_was() -> None:
    bare = pose_bones(HAND, RELAXED)
    points, _ = skin_hand(HAND, bare)
    dressed, _ = skin_hand(DRESSED, pose_bones(DRESSED, RELAXED))
    assert np.abs(dressed[~CLOTH] - points).max() < 1e-6
    assert DRESSED.vertices[CLOTH, 1].max() < -10  # mm: the wrist is free


@pytest.mark.parametrize("bend", [-40, 0, 40])
def test_it_lies_around_the_arm_however_that_bends(bend: float) -> None:
    bones = pose_bones(DRESSED, angles(wrist_flex=bend, pronation=bend))
    points, normals = skin_hand(DRESSED, bones)
    arm = np.flatnonzero(DRESSED.part == FOREARM_PART)
    gap, near = cKDTree(points[arm]).query(points[CLOTH])
    height = np.einsum("ij,ij->i", points[CLOTH] - points[arm][near], normals[arm][near])
    assert height.min() > -2.0 and np.median(height) > 2.0  # mm off the skin
    assert gap.max() < 20


def test_it_faces_outwards_and_has_no_holes() -> None:
    cloth = DRESSED.triangles[CLOTH[DRESSED.triangles].all(axis=1)]
    corners = DRESSED.vertices[cloth]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = corners.mean(axis=1)
    axis = DRESSED.vertices[CLOTH][:, [0, 2]].mean(axis=0)
    away = np.einsum("ij,ij->i", outward[:, [0, 2]], middle[:, [0, 2]] - axis)
    assert (away > 0).mean() > 0.97  # but for the rim, which faces the hand
    edges = np.sort(np.concatenate([cloth[:, [0, 1]], cloth[:, [1, 2]], cloth[:, [2, 0]]]), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    ends = 2 * (DRESSED.part == SLEEVE_PART).sum() // (CLOTH.sum() // 48)
    assert count.max() == 2 and (count == 1).sum() == ends == 96


def test_its_texture_is_the_garments_and_leaves_the_hands_alone() -> None:
    side = 256
    colour = np.random.default_rng(0).random((side, side, 4)).astype(np.float32)
    normal = np.zeros((side, side, 3), np.float32)
    cloth = Garment(np.array([0.5, 0.1, 0.05]), np.ones((20, 20, 3), np.float32), collared=True)
    painted, relief = paint_sleeve(colour, normal, cloth, mm_per_px=1.0)
    assert (painted[:side] == colour).all() and painted.shape[0] == relief.shape[0] == side * (1 + STRIP)
    assert np.allclose(np.median(painted[side:, :, :3], axis=(0, 1)), cloth.colour, rtol=0.02)
    hand = DRESSED.uv[: len(HAND.uv)]
    assert np.allclose(hand * [1, 1 + STRIP], HAND.uv, atol=1e-6)
    assert DRESSED.uv[len(HAND.uv) :, 1].min() > 1 / (1 + STRIP)


def test_seeds_differ_and_repeat() -> None:
    assert (dress(HAND, 1).vertices == DRESSED.vertices).all()
    assert not np.allclose(dress(HAND, 2).vertices[CLOTH], DRESSED.vertices[CLOTH])
