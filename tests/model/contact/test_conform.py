"""Skin and pad fitted to each other: a flat skin, and a ball that lies in it by a known depth."""

from dataclasses import dataclass

import numpy as np
import pytest
from flat import ball_hand, pressing
from shapes import plane

from model.contact.conform import Fit, Pads, Skin, conform
from model.mesh.normals import vertex_normals
from model.metrics.penetration import confirm_inside, rings_of, signed_distances

RADIUS, PART = 8.0, 3
HALF, SPACING = 16.0, 1.0
SIDE = 33
MIDDLE = SIDE * SIDE // 2
AIR = 0.12  # mm left between the two
SMOOTHED = 1.1**2 / (2 * RADIUS)  # mm: the means of tangent planes that distances are lie so far outside a ball


@dataclass(frozen=True)
class Fitted:
    """A fit, and what went into it."""

    fit: Fit
    skin: np.ndarray  # (n, 3) before
    triangles: np.ndarray
    ball: np.ndarray  # (h, 3) before
    ball_triangles: np.ndarray

    @property
    def dent(self) -> np.ndarray:
        """How far (n,) the skin was moved into the face."""
        return self.fit.face[:, 2] - self.skin[:, 2]

    @property
    def flattened(self) -> np.ndarray:
        """How far (h,) the ball's surface was moved inward."""
        inward = -(self.ball - self.ball.mean(axis=0)) / RADIUS
        return np.einsum("ij,ij->i", self.fit.hand - self.ball, inward)


def fitted(
    depth: float, give: float = 0.0, movable: np.ndarray | None = None, touching: np.ndarray | None = None
) -> Fitted:
    """A ball `depth` mm inside a flat skin, of which its pad gives `give` mm."""
    skin, triangles = plane(HALF, SPACING)
    hand = ball_hand(RADIUS, rings=40, part=PART)
    ball = hand.vertices + pressing([depth], RADIUS)[0]
    every = np.arange(len(ball), dtype=np.int32)
    soft = np.ones(len(skin), np.uint8) if movable is None else movable
    pads = Pads(ball, hand.normals, hand.triangles, every if touching is None else touching, hand.part)
    fit = conform(Skin(skin, triangles, np.full(len(skin), give), soft), pads)
    return Fitted(fit, skin, triangles, ball, hand.triangles)


def far(found: Fitted) -> np.ndarray:
    return np.linalg.norm(found.skin, axis=1)


def overlaps(found: Fitted) -> tuple[float, float]:
    """Deepest vertex of the ball in the skin and of the skin in the ball, mm, by exact distances to triangles."""
    face, hand = found.fit.face, found.fit.hand
    under = signed_distances(hand, face, rings_of(found.triangles, len(face)))
    under = confirm_inside(hand, under, face, found.triangles, 0.2)
    inside = signed_distances(face, hand, rings_of(found.ball_triangles, len(hand)))
    inside = confirm_inside(face, inside, hand, found.ball_triangles)
    return max(-under.min(), 0.0), max(-inside.min(), 0.0)


@pytest.mark.parametrize(("depth", "give"), [(0.5, 0.0), (2.0, 0.0), (2.0, 0.6), (3.0, 1.0)])
def test_nothing_runs_through_anything(depth: float, give: float) -> None:
    assert max(overlaps(fitted(depth, give))) < 0.15


@pytest.mark.parametrize(("depth", "give"), [(1.0, 0.0), (2.0, 0.0), (2.0, 0.6), (3.0, 1.0)])
def test_the_dent_is_as_deep_as_the_ball_less_what_its_pad_gives(depth: float, give: float) -> None:
    found = fitted(depth, give)
    assert found.dent[MIDDLE] == pytest.approx(depth - give - AIR + SMOOTHED, abs=0.015)
    assert found.flattened.max() == pytest.approx(give + 2 * AIR, abs=0.08)  # air on both sides


def test_air_is_left_between_the_two() -> None:
    """As the smooth distance has it: in a hollow the two come nearer by what it errs."""
    found = fitted(2.0)
    lowest = found.fit.hand[:, 2].max()
    assert found.fit.face[MIDDLE, 2] - lowest == pytest.approx(AIR - SMOOTHED, abs=0.03)


def test_the_skin_takes_the_ball_s_shape() -> None:
    found = fitted(2.0)
    height = np.linalg.norm(found.fit.face - found.ball.mean(axis=0), axis=1) - RADIUS
    assert height[far(found) < 4] == pytest.approx(SMOOTHED - AIR, abs=0.06)
    beyond = far(found) > np.sqrt(RADIUS**2 - (RADIUS - 2.0) ** 2) + SPACING
    assert (found.fit.face[beyond] == found.skin[beyond]).all()


def test_the_fit_is_as_symmetric_as_ball_and_plane() -> None:
    dent = fitted(2.0, 0.5).dent.reshape(SIDE, SIDE)
    assert dent == pytest.approx(dent[::-1], abs=0.05) and dent == pytest.approx(dent[:, ::-1], abs=0.05)
    assert dent == pytest.approx(dent.T, abs=0.05)


def test_skin_is_touched_under_the_ball_only_and_by_its_part() -> None:
    found = fitted(2.0)
    touched = found.fit.touch > 0
    assert set(found.fit.touch[touched]) == {1 + PART}
    circle = np.sqrt(RADIUS**2 - (RADIUS - 2.0) ** 2)
    assert touched[far(found) < circle - SPACING].all()
    assert not touched[far(found) > circle + SPACING].any()


@pytest.mark.parametrize(("gap", "touches"), [(0.3, True), (0.5, True), (0.55, False), (0.59, False)])
def test_near_enough_is_touched_without_being_moved(gap: float, touches: bool) -> None:
    found = fitted(-gap)
    assert (found.fit.touch[MIDDLE] > 0) == touches
    assert np.abs(found.fit.face - found.skin).max() < 1e-9 and np.abs(found.fit.hand - found.ball).max() < 1e-9


def test_a_hand_far_away_changes_nothing() -> None:
    for depth in (-0.8, -4.0, -60.0):
        found = fitted(depth, give=1.0)
        assert (found.fit.face == found.skin).all() and (found.fit.hand == found.ball).all()
        assert not found.fit.touch.any()


def test_what_may_not_move_does_not_and_the_pad_takes_it_all() -> None:
    rigid = np.zeros(SIDE * SIDE, np.uint8)
    found = fitted(1.0, movable=rigid)
    assert (found.fit.face == found.skin).all()
    assert found.flattened.max() == pytest.approx(1.0 + AIR, abs=0.05)
    assert found.fit.touch[MIDDLE] == 1 + PART and max(overlaps(found)) < 0.1
    half = (found.skin[:, 0] < 0).astype(np.uint8)
    found = fitted(1.0, movable=half)
    assert (found.fit.face[half == 0] == found.skin[half == 0]).all()
    assert found.dent[MIDDLE - 2] > 0.5


def test_only_what_may_touch_does() -> None:
    hand = ball_hand(RADIUS, rings=40)
    upper = np.flatnonzero(hand.vertices[:, 2] < 0).astype(np.int32)  # the side that looks at the camera
    found = fitted(2.0, touching=upper)
    assert (found.fit.face == found.skin).all() and not found.fit.touch.any()


def test_normals_are_those_of_the_flattened_pad() -> None:
    found = fitted(2.0, 1.0)
    own = vertex_normals(found.fit.hand, found.ball_triangles)
    assert found.fit.hand_normals == pytest.approx(own)
    low = np.argmax(found.ball[:, 2])
    assert found.fit.hand_normals[low] @ [0.0, 0.0, 1.0] > 0.98
