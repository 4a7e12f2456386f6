"""The contact solver on a flat membrane: no overlap, no pull, friction within its cone, and skin that comes back."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.sparse.linalg import splu
from shapes import plane, sphere

from model.contact.solver import Contacts, Hand, Tissue, solve_contact
from model.contact.surface import make_sheet, signed_distance
from model.mesh.areas import triangle_areas, vertex_areas
from model.mesh.laplacian import cotangent_laplacian

RADIUS, FRICTION = 7.0, 0.5


@dataclass
class Pressed:
    moved: np.ndarray  # (m, 3)
    force: np.ndarray  # (m, 3)
    distance: np.ndarray  # (m,) of the skin to the ball afterwards
    normal: np.ndarray  # (m, 3) outward of the ball
    rest: np.ndarray


def ball(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    vertices, _ = sphere(RADIUS, rings=40)
    return vertices + centre, vertices / RADIUS


def membrane() -> tuple[np.ndarray, np.ndarray]:
    """A flat skin and its compliance (m, m): springs to the bone and tension."""
    rest, triangles = plane(16.0, 2.0)
    area = vertex_areas(len(rest), triangles, triangle_areas(rest, triangles))
    stiffness = sparse.diags(area) + 12.0**2 * cotangent_laplacian(rest, triangles)
    compliance = splu(stiffness.tocsc()).solve(np.eye(len(rest)))
    return rest, np.ascontiguousarray(0.5 * (compliance + compliance.T))


def press(way: list[np.ndarray], friction: float = FRICTION, give: float = 0.0) -> Pressed:
    """A ball that is led along centres; the skin after the last."""
    rest, compliance = membrane()
    count = len(rest)
    place, points = rest.copy(), ball(way[0])[0]
    contacts = Contacts(np.zeros((count, 3)), np.full(count, -1, np.int32))
    for centre in way:
        fresh, normals = ball(centre)
        tissue = Tissue(rest, np.zeros((count, 3)), place, compliance, np.full(count, give))
        moved = solve_contact(tissue, Hand(make_sheet(fresh, normals), fresh - points, friction), contacts, 4, 200)
        place, points = rest + moved, fresh
    outside = place - way[-1]
    far = np.linalg.norm(outside, axis=1)
    return Pressed(moved, contacts.force, far - RADIUS, outside / far[:, None], rest)


def down(depth: float, steps: int = 6) -> list[np.ndarray]:
    """Centres of a ball that comes from before the skin (-z) to `depth` in it."""
    return [np.array([0.3, 0.2, z]) for z in np.linspace(-RADIUS - 2, depth - RADIUS, steps)]


def test_skin_is_pushed_out_of_the_ball_and_never_pulled():
    after = press(down(3.0))
    loaded = np.abs(after.force).max(axis=1) > 0
    assert loaded.any()
    assert after.distance.min() > -0.1
    push = np.einsum("ij,ij->i", after.force, after.normal)
    assert (push[loaded] > 0).all()
    assert after.distance[loaded].max() < 0.25  # what is pushed touches
    assert after.moved[:, 2].max() == pytest.approx(3.0, abs=0.3)


def test_no_touch_no_force():
    after = press(down(-1.5))
    assert not after.force.any() and not after.moved.any()


def test_skin_comes_back_when_the_ball_leaves():
    after = press(down(3.0) + down(3.0)[::-1])
    assert not after.force.any() and not after.moved.any()


def test_friction_stays_within_its_cone():
    way = down(3.0) + [np.array([0.3 + x, 0.2, 3.0 - RADIUS]) for x in np.linspace(0.5, 6, 10)]
    after = press(way)
    push = np.einsum("ij,ij->i", after.force, after.normal)
    along = np.linalg.norm(after.force - push[:, None] * after.normal, axis=1)
    loaded = push > 1e-9
    assert (along[loaded] <= FRICTION * push[loaded] * 1.1 + 1e-6).all()
    assert along.max() > 0.5 * FRICTION * push.max()  # and there is some


def test_a_moving_finger_drags_the_skin_and_a_slippery_one_does_not():
    way = down(3.0) + [np.array([0.3 + x, 0.2, 3.0 - RADIUS]) for x in np.linspace(0.5, 3, 6)]

    def drag(friction: float) -> float:
        after = press(way, friction)
        near = np.linalg.norm((after.rest - way[-1])[:, :2], axis=1) < 3
        return float(after.moved[near, 0].mean())

    assert drag(0.8) > 0.8
    assert drag(0.8) > drag(0.0) + 0.5


def test_a_soft_pad_takes_its_part_of_the_depth():
    _, compliance = membrane()
    hard, soft = press(down(3.0)), press(down(3.0), give=float(compliance.diagonal().mean()))
    assert soft.moved[:, 2].max() < hard.moved[:, 2].max() - 0.2
    assert soft.distance.min() < -0.2  # the overlap is left for the pad to flatten


@pytest.mark.parametrize("height", [-2.0, -0.5, 0.3, 2.0])
def test_smooth_distance_to_a_ball(height: float):
    points, normals = ball(np.zeros(3))
    sheet, gradient = make_sheet(points, normals), np.zeros(3)
    rng = np.random.default_rng(0)
    for direction in rng.normal(size=(40, 3)):
        direction /= np.linalg.norm(direction)
        place = (RADIUS + height) * direction
        distance, near = signed_distance(*place, sheet, gradient)
        assert near >= 0 and distance == pytest.approx(height, abs=0.12)
        assert gradient @ direction > 0.97


def test_nothing_near_is_far_away():
    points, normals = ball(np.zeros(3))
    assert signed_distance(0.0, 0.0, 60.0, make_sheet(points, normals), np.zeros(3)) == (1e3, -1)


def test_the_laplacian_is_flat_on_planes_and_sums_to_nothing():
    vertices, triangles = plane(10.0, 2.0)
    laplacian = cotangent_laplacian(vertices, triangles)
    inner = np.abs(vertices[:, :2]).max(axis=1) < 9
    assert np.abs(laplacian @ np.ones(len(vertices))).max() < 1e-9
    assert np.abs((laplacian @ vertices[:, 0])[inner]).max() < 0.25
    assert np.linalg.eigvalsh(laplacian.toarray()).min() > -1e-9
    assert vertex_areas(len(vertices), triangles, triangle_areas(vertices, triangles)).sum() == pytest.approx(400)
