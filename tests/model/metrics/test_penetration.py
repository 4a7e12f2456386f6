"""Overlap of meshes, on shapes whose overlap is known."""

from dataclasses import dataclass

import numpy as np
import pytest
from shapes import plane, sphere

from model.metrics.penetration import (
    FAR_MM,
    Overlap,
    confirm_inside,
    measure_overlap,
    plausibility,
    rings_of,
    signed_distances,
)

RADIUS = 7.0


def sphere_distance(points: np.ndarray) -> np.ndarray:
    vertices, triangles = sphere(RADIUS, rings=48)
    return signed_distances(points, vertices, rings_of(triangles, len(vertices)))


@pytest.mark.parametrize("radius", [1.0, 4.0, 6.9, 7.1, 9.0, 15.0])
def test_distance_to_a_sphere_is_exact_on_both_sides(radius: float):
    directions = np.random.default_rng(0).normal(size=(200, 3))
    points = radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    assert sphere_distance(points) == pytest.approx(radius - RADIUS, abs=0.03)


def test_what_is_far_away_is_far():
    assert (sphere_distance(np.array([[40.0, 0.0, 0.0]])) == FAR_MM).all()


def test_a_point_beside_an_open_mesh_is_neither_in_nor_out():
    vertices, triangles = plane(20.0, 1.0)
    surface = rings_of(triangles, len(vertices))
    beside, before, behind = signed_distances(
        np.array([[24.0, 0.0, 1.0], [0.2, 0.3, -2.5], [0.2, 0.3, 2.5]]), vertices, surface
    )
    assert beside == FAR_MM
    assert before == pytest.approx(2.5) and behind == pytest.approx(-2.5)


def test_only_what_the_mesh_goes_around_is_inside():
    vertices, triangles = sphere(RADIUS, rings=24)
    points = np.array([[0.0, 0.0, 5.0], [0.0, 0.0, 9.0]])
    assert confirm_inside(points, np.array([-2.0, -2.0]), vertices, triangles).tolist() == [-2.0, 2.0]


def test_before_a_sheet_is_not_behind_it():
    vertices, triangles = plane(40.0, 1.0)
    points = np.array([[0.1, 0.2, 3.0], [0.1, 0.2, -3.0]])
    assert confirm_inside(points, np.array([-3.0, -3.0]), vertices, triangles, 0.2).tolist() == [-3.0, 3.0]


@dataclass
class Scan:
    vertices: np.ndarray
    triangles: np.ndarray
    skirt: np.ndarray


@dataclass
class Touching:
    scan: Scan
    face: np.ndarray
    hand: np.ndarray


def pressed(depths: list[float], spacing: float = 0.5) -> tuple[Touching, np.ndarray]:
    """A ball that is `depths` mm deep in a flat face, frame by frame."""
    face, triangles = plane(30.0, spacing)
    ball, ball_triangles = sphere(RADIUS, rings=48)
    hand = np.stack([ball + [0.0, 0.0, depth - RADIUS] for depth in depths])
    skirt = (np.abs(face[:, :2]).max(axis=1) > 29).astype(float)
    scene = Touching(Scan(face, triangles, skirt), np.repeat(face[None], len(depths), axis=0), hand)
    return scene, ball_triangles


def test_a_ball_in_a_plane_is_as_deep_as_it_is():
    scene, triangles = pressed([-10.0, -1.0, 0.4, 2.0])
    overlap = measure_overlap(scene, triangles)  # type: ignore[arg-type]
    assert overlap.hand_depth == pytest.approx([0, 0, 0.4, 2.0], abs=0.02)
    assert overlap.face_depth == pytest.approx([0, 0, 0.4, 2.0], abs=0.03)
    assert overlap.gap == pytest.approx([10.0, 1.0, 0, 0], abs=0.02)
    assert overlap.mean_depth[1] == 0 < overlap.mean_depth[2] < overlap.mean_depth[3] < 0.4


def test_the_face_in_the_hand_counts_where_no_vertex_of_the_hand_is_in_the_face():
    scene, triangles = pressed([0.4])
    needle = np.abs(scene.face[0, :, :2]).max(axis=1) < 0.1
    scene.face[0, needle, 2] = -3.0  # one vertex of the skin sticks into the ball
    scene.hand[0, :, 2] -= 1.4  # whose own lie before it
    overlap = measure_overlap(scene, triangles)  # type: ignore[arg-type]
    assert overlap.face_depth[0] == pytest.approx(2.0, abs=0.05)


def test_plausibility_follows_its_definitions():
    overlap = Overlap(
        hand_depth=np.array([0.0, 0.6, 6.0, 0.0]), face_depth=np.array([0.0, 0.1, 0.0, 0.2]),
        mean_depth=np.array([0.0, 0.1, 0.3, 0.0]), gap=np.array([9.0, 0.0, 0.0, 1.0]),
    )  # fmt: skip
    figures = plausibility(overlap, np.array([True, True, True, False]))
    assert figures["col_dist_mm"] == pytest.approx(0.1)
    assert figures["max_penetration_mm"] == 6.0
    assert figures["non_collision_5mm"] == 0.75 and figures["non_collision_0_5mm"] == 0.5
    assert figures["touchness"] == pytest.approx(2 / 3)
    assert figures["f_score"] == pytest.approx(2 * 0.75 * (2 / 3) / (0.75 + 2 / 3))
    assert plausibility(overlap, np.zeros(4, bool))["touchness"] == 0.0
