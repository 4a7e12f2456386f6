"""Skin that a pinch gathers: a flat cheek between two pads whose every move is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flat import flat_face, motion_of

from model.contact.gather import Pinch, find_pinch, shares
from model.scene import FaceScan

HALF, SPACING = 48.0, 1.0
SIDE = 97
OPEN, CLOSED = 24.0, 10.0
PULL = np.array([2.0, 1.0, -5.0])
FRAMES, FPS = 40, 24
GRIP = np.isin(np.arange(FRAMES), np.arange(4, 20))


def pads(closed: float = CLOSED, pull: np.ndarray = PULL) -> np.ndarray:
    """Thumb and index finger (f, 2, 3) that close in frames 4 to 10, pull to 16 and are gone after 19."""
    share = np.clip((np.arange(FRAMES) - 4) / 6, 0, 1)
    drawn = np.clip((np.arange(FRAMES) - 10) / 6, 0, 1)[:, None] * pull
    apart = (OPEN + share * (closed - OPEN)) / 2
    side = np.outer(apart, [1.0, 0.0, 0.0])
    return np.stack([side + drawn, -side + drawn], axis=1)


def gathered(scan: FaceScan | None = None, **fields: Any) -> tuple[Pinch, np.ndarray]:
    """The pinch, and displacement (f, n, 3) of a flat cheek."""
    scan = scan or flat_face(HALF, SPACING)
    pinch = find_pinch(scan, motion_of(FRAMES, FPS, **{"pads": pads(), "grip": GRIP, **fields}))
    assert pinch is not None
    return pinch, shares(pinch, scan) @ pinch.moves


def at(moved: np.ndarray, x: float, y: float) -> np.ndarray:
    """The displacement (f, 3) of the skin at a place."""
    grid = moved.reshape(len(moved), SIDE, SIDE, 3)
    return grid[:, int(y + HALF), int(x + HALF)]


def test_who_does_not_grip_does_not_pinch() -> None:
    assert find_pinch(flat_face(HALF, 4.0), motion_of(FRAMES)) is None


def test_skin_under_a_pad_goes_where_the_pad_goes() -> None:
    _, moved = gathered()
    way = pads() - pads()[4]
    for k, x in enumerate((OPEN / 2, -OPEN / 2)):
        gone = at(moved, x, 0.0)[GRIP]
        assert gone[:, :2] == pytest.approx(way[GRIP, k, :2], abs=1e-9)
        assert (gone[:, 2] <= way[GRIP, k, 2] + 1e-9).all() and gone[:, 2] == pytest.approx(way[GRIP, k, 2], abs=1.3)
    assert not moved[:5].any()


def test_a_ridge_rises_between_the_pads_and_runs_out_beyond_them() -> None:
    _, moved = gathered(pads=pads(pull=np.zeros(3)))
    closed = -moved[12, :, 2]
    top, flank, beyond, away = (-at(moved, x, y)[12, 2] for x, y in ((0, 0), (12, 0), (0, 10), (0, 23)))
    assert top == closed.max() and top - flank > 2.5 and top > 3
    assert 0.3 * top < beyond < top and away == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("pull", [np.zeros(3), PULL, -2 * PULL, np.array([-6.0, 8.0, -6.0])])
def test_skin_is_nowhere_folded_over_itself(pull: np.ndarray) -> None:
    _, moved = gathered(pads=pads(pull=pull))
    place = flat_face(HALF, SPACING).vertices + moved[18]
    grid = place.reshape(SIDE, SIDE, 3)
    along, down = np.diff(grid, axis=1)[:-1], np.diff(grid, axis=0)[:, :-1]
    assert (along[..., 0] * down[..., 1] - along[..., 1] * down[..., 0]).min() > 0.15


def test_skin_let_go_comes_back_at_once_and_creeps_the_rest() -> None:
    _, moved = gathered()
    left = np.linalg.norm(moved, axis=(1, 2))
    assert (np.diff(left[19:]) < 0).all()
    assert 0.2 < left[19 + FPS // 4] / left[19] < 0.5
    assert left[19 + 20] / left[19] < 0.05


def test_eyes_and_mouth_stay_where_they_are() -> None:
    flat = flat_face(HALF, SPACING)
    rigid = (np.linalg.norm(flat.vertices - [0.0, 24.0, 0.0], axis=1) < 5).astype(float)
    _, moved = gathered(flat_face(HALF, SPACING, rigid=rigid))
    assert not moved[:, rigid > 0.5].any()
    grid = (flat.vertices + moved[18]).reshape(SIDE, SIDE, 3)
    along, down = np.diff(grid, axis=1)[:-1], np.diff(grid, axis=0)[:, :-1]
    assert (along[..., 0] * down[..., 1] - along[..., 1] * down[..., 0]).min() > 0.1


def test_a_squeeze_moves_nothing_before_its_pads_reach_the_skin() -> None:
    """Of a ridge 16 mm wide the pads take hold at its sides, whatever way they have come."""
    flat = flat_face(HALF, SPACING)
    x = flat.vertices[:, 0]
    height = np.clip((14 - np.abs(x)) * 2, 0, 16)
    slope = np.where(height <= 0, 0.0, np.where(height >= 16, 0.0, 2.0)) * np.sign(x)
    normals = np.stack([slope, np.zeros_like(x), -np.ones_like(x)], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    vertices = np.stack([x, flat.vertices[:, 1], -height], axis=1)
    scan = replace(flat, vertices=vertices, normals=normals)
    sides = pads(closed=14.0, pull=np.zeros(3)) + [0.0, 0.0, -8.0]
    pinch, moved = gathered(scan, pads=sides, squeeze=True)
    assert not pinch.moves[:6].any()  # still beside it
    assert pinch.half == pytest.approx(10.0, abs=1.0)
    narrowed = pinch.moves[15, :2, 0]
    assert narrowed == pytest.approx([-3.0, 3.0], abs=1.2)
    assert np.abs(at(moved, 0.0, 20.0)).max() < 0.01
