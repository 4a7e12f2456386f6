"""Raster, shadow and occlusion on shapes whose picture is known."""

import numpy as np
import pytest
from shapes import plane, sphere

from model.mesh.normals import vertex_normals
from model.mesh.raster import interpolate, rasterise
from model.render.blur import blur_layer, shutter_motion
from model.render.occlusion import ambient, capsules, proximity, shadows

SIDE = 128


def pictured(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = [np.ascontiguousarray(vertices[:, k], np.float32) for k in range(3)]
    return rasterise(triangles, *columns, SIDE, SIDE)


def test_a_ball_is_a_disc_with_the_depth_of_a_ball():
    vertices, triangles = sphere(40.0, rings=60)
    depth, index, _ = pictured(vertices + [64.0, 64.0, 100.0], triangles)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    far = np.hypot(x - 64, y - 64)
    assert (index[far < 39.3] >= 0).all() and (index[far > 40.3] < 0).all()
    inner = far < 30
    assert np.abs(depth[inner] - (100 - np.sqrt(40**2 - far[inner] ** 2))).max() < 0.15  # the near side
    assert (depth[index < 0] > 1e8).all()


def test_the_nearer_triangle_hides_the_other_whatever_their_order():
    vertices = np.array([(10, 10, 5), (110, 10, 5), (10, 110, 5), (10, 10, 2), (60, 10, 2), (10, 60, 2)], float)
    both = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    for triangles, near in ((both, 1), (both[::-1].copy(), 0)):
        _, index, _ = pictured(vertices, triangles)
        assert index[20, 20] == near and index[20, 90] == 1 - near and index[100, 100] == -1


def test_neighbours_leave_no_hole_and_no_pixel_is_taken_off_the_picture():
    vertices, triangles = plane(50.0, 3.0)
    turned = vertices @ np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]]) + [64, 64, 10]
    _, index, _ = pictured(turned, triangles)
    assert (index[40:88, 40:88] >= 0).all()
    pictured(turned + [300.0, 0, 0], triangles)


def test_values_are_interpolated_linearly():
    vertices, triangles = plane(60.0, 7.0)
    vertices = vertices + [64, 64, 10]
    _, index, bary = pictured(vertices, triangles)
    values = np.column_stack([vertices[:, 0], 2 * vertices[:, 1] + 1]).astype(np.float32)
    maps = interpolate(triangles, index, bary, values)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    seen = index >= 0
    assert np.abs(maps[..., 0] - x)[seen].max() < 1e-3 and np.abs(maps[..., 1] - 2 * y - 1)[seen].max() < 1e-3
    assert (maps[~seen] == 0).all()


def test_normals_of_a_ball_point_outward():
    vertices, triangles = sphere(5.0, rings=20)
    normals = vertex_normals(vertices, triangles)
    assert np.einsum("ij,ij->i", normals, vertices / 5).min() > 0.99


def test_a_ball_shades_what_is_behind_it_as_seen_from_the_lamp():
    vertices, triangles = sphere(15.0, rings=24)
    lamp = np.array([0.5, -0.5, -1.0])
    along = -lamp / np.linalg.norm(lamp)
    points = np.array([40 * along, -40 * along, 40 * along + [80.0, 0, 0], [0.0, 0.0, 40.0]])
    (light,) = shadows(vertices, triangles, lamp, [(points, 1.0)])
    assert light[0] < 0.1
    assert light[1] == 1 and light[2] == 1
    assert light[3] > light[0]


def test_a_shadow_softens_with_distance():
    vertices, triangles = sphere(15.0, rings=24)
    lamp = np.array([0.0, 0.0, -1.0])

    def rim(z: float) -> int:
        x = np.linspace(0, 40, 81)
        (light,) = shadows(vertices, triangles, lamp, [(np.column_stack([x, 0 * x, z + 0 * x]), 1.0)])
        return int(((light > 0.05) & (light < 0.95)).sum())

    assert rim(70.0) > rim(18.0)


def test_open_sky_closes_as_a_finger_comes_near():
    points, normals = np.zeros((1, 3)), np.array([[0.0, 0.0, -1.0]])

    def sky(height: float) -> float:
        finger = np.array([[-20.0, 0, -height - 7, 20, 0, -height - 7, 7.0]])
        return float(ambient(points, normals, finger, 14.0, -np.inf)[0])

    assert sky(200.0) == 1.0
    assert 0 <= sky(0.5) < sky(3.0) < sky(8.0) <= 1.0
    assert sky(0.5) < 0.5


def test_proximity_falls_with_distance():
    finger = np.array([[0.0, 0, 0, 10, 0, 0, 5.0]])
    on, near, far = proximity(np.array([[5.0, 5, 0], [5, 11, 0], [5, 200, 0]]), finger, 6.0)
    assert (on, near) == pytest.approx((1.0, np.exp(-1)), abs=1e-3) and far < 1e-6


def test_a_hand_has_a_capsule_for_every_bone():
    joints = np.random.default_rng(0).normal(size=(21, 3)) * 40
    made = capsules(joints, np.array([0.0, 300.0, 0.0]), 1.0)
    assert made.shape == (21, 7) and (made[:, 6] > 0).all()
    assert np.array_equal(made[-1, :6], [*joints[0], 0, 300, 0])


def test_only_what_moves_is_blurred_and_no_light_is_lost():
    points = np.random.default_rng(0).uniform(0, 60, (30, 2))
    assert shutter_motion(points, points + 0.3) is None
    motion = shutter_motion(points, points + [16.0, 0.0])
    assert motion is not None
    layer = np.zeros((40, 60, 4), np.float32)
    layer[15:25, 25:35] = 1
    blurred = blur_layer(layer, motion, 0, 0)
    assert blurred.sum() == pytest.approx(layer.sum(), rel=0.02)
    assert (blurred[20, :, 3] > 0.01).sum() == pytest.approx(10 + 16 * 0.5 / 2, abs=2)
    assert (blurred[:, 30, 3] > 0.01).sum() == 10
