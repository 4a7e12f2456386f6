"""Smile, brows, nose, lips and jaw: what moves where, and what stays."""

from dataclasses import replace

import numpy as np
import pytest
from mean_face import mean_face

from model.body import MOUTH
from model.face.expression import expressions, level_at
from model.face.muscles import muscles
from model.face.shape import mean_shape, mirror_landmarks
from model.face.smile import mean_smile, smile_axes, smile_of
from model.face.topology import skirt_rings, topology
from model.scene import F64

UP, LEFT = [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]
INNER = [(list(MOUTH[0])[k], list(MOUTH[1])[k]) for k in range(3, 8)]  # pairs between the lips, corners left out


def controls_of(shape: F64) -> F64:
    return np.concatenate([shape, skirt_rings(shape)])


def toothy() -> F64:
    """Controls of a face whose lips are 7 mm apart in the middle."""
    shape = mean_shape().copy()
    for k, (upper, lower) in enumerate(zip(*MOUTH, strict=True)):
        gap = 7.0 * (1 - ((k - 5) / 5) ** 2) - (shape[lower, 1] - shape[upper, 1])
        if upper != lower:
            shape[upper, 1] -= gap / 2
            shape[lower, 1] += gap / 2
    return controls_of(shape)


NEUTRAL = muscles(controls_of(mean_shape()), np.eye(3))


def gaps(controls: F64, field: F64) -> F64:
    moved = controls + field
    return np.array([moved[lower, 1] - moved[upper, 1] for upper, lower in INNER])


def test_a_smile_draws_the_corners_out_and_up_alike_on_both_sides() -> None:
    smile = mean_smile()
    assert smile[291] @ UP > 3 and smile[291] @ LEFT > 3
    assert smile == pytest.approx((smile * [-1, 1, 1])[mirror_landmarks()], abs=0.01)
    assert np.linalg.norm(smile[[10, 151, 33, 263, 168]], axis=1).max() < 1.0  # forehead and eyes hardly move
    assert len(smile_axes()) == 3


def test_how_much_a_face_smiles_is_read_from_it_at_any_scale_and_turn() -> None:
    neutral, smiling = mean_shape(), mean_shape() + mean_smile()
    assert 0.6 < smile_of(smiling) - smile_of(neutral) < 1.4
    turn = np.array([[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1.0]])
    assert smile_of(3.0 * smiling @ turn.T + [200, 100, 0]) == pytest.approx(smile_of(smiling), abs=1e-6)


def test_a_closed_mouth_smiles_closed() -> None:
    rest = controls_of(mean_shape())
    both = NEUTRAL["smile_left"] + NEUTRAL["smile_right"]
    assert gaps(rest, both) == pytest.approx(gaps(rest, 0 * rest), abs=0.4)


def test_a_side_of_the_smile_is_of_one_side() -> None:
    left = np.linalg.norm(NEUTRAL["smile_left"][:468], axis=1)
    assert left[291] > 4 and left[61] < 0.1


def test_lips_part_and_close() -> None:
    rest = controls_of(mean_shape())
    assert (gaps(rest, NEUTRAL["lips_part"]) - gaps(rest, 0 * rest)).min() > 1.5
    open_mouth = toothy()
    shut = muscles(open_mouth, np.eye(3))["lips_close"]
    assert np.abs(gaps(open_mouth, shut)).max() < 0.6
    assert np.linalg.norm(shut[[61, 291]], axis=1).max() < 0.5  # the corners stay


def test_teeth_stay_where_they_are_behind_lips_that_move() -> None:
    found = expressions(toothy(), topology(), np.eye(3))
    inside = topology().mouth == 1
    for name in ("smile_left", "lips_close", "mouth_aside"):
        assert np.abs(found[name][inside][:, :2]).max() < 1e-9
    assert (found["lips_close"][inside][:, 2] > 1).all()


def test_brows_rise_and_the_nose_is_wrinkled() -> None:
    assert NEUTRAL["brow_raise_left"][334] @ UP > 2.5 and np.abs(NEUTRAL["brow_raise_left"][105]).max() < 0.1
    assert NEUTRAL["brow_raise_left"][386] @ UP < 0.6  # the lid hardly follows
    assert NEUTRAL["nose_scrunch"][294] @ UP > 1.2 and NEUTRAL["nose_scrunch"][64] @ UP > 1.2


def test_the_jaw_opens_the_mouth_and_carries_the_chin_and_what_lies_under_it() -> None:
    jaw = NEUTRAL["jaw"]
    assert jaw[152] @ UP < -3 and np.abs(jaw[[10, 168, 33, 4]]).max() < 0.3
    rings = jaw[468:].reshape(4, 36, 3)
    under = np.linalg.norm(rings[:, 18], axis=1)  # below the chin
    assert (np.diff(under) < 0).all() and under[0] > 2 and under[3] == 0


def test_nothing_under_glasses_moves_but_the_lids() -> None:
    behind = np.ones(len(topology().mean))
    found = expressions(controls_of(mean_shape()), topology(), np.eye(3), behind)
    assert all(not field.any() for name, field in found.items() if not name.startswith("blink"))
    assert np.abs(found["blink_left"]).max() > 3


def test_expressions_do_not_lift_the_skin_under_a_finger() -> None:
    scan = mean_face()
    scan = replace(scan, expressions=expressions(controls_of(mean_shape()), topology(), np.eye(3)))
    spot = int(np.argmin(np.linalg.norm(scan.vertices - scan.vertices[425], axis=1)))
    level = level_at(scan, scan.vertices[[spot]])
    for name, field in level.items():
        assert abs(field[spot] @ scan.normals[spot]) < 1e-9
        across = scan.expressions[name][spot] - (scan.expressions[name][spot] @ scan.normals[spot]) * scan.normals[spot]
        assert field[spot] == pytest.approx(across, abs=1e-9)
        far = np.linalg.norm(scan.vertices - scan.vertices[spot], axis=1) > 60
        assert (field[far] == scan.expressions[name][far]).all()
