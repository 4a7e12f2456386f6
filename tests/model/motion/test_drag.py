"""The corners of a mouth go with the skin that a finger moves."""

import numpy as np
import pytest
from mean_face import mean_face

from model.motion.drag import drag_corners
from model.patterns import GESTURES

DT = 1 / 24
PRESS = np.where((np.arange(72) >= 20) & (np.arange(72) < 48), 1.0, 0.0)
CORNER = mean_face().vertices[291]
BESIDE = CORNER + [22.0, -8.0, 0.0]


def drawn(
    pattern: str, way: np.ndarray, touch: np.ndarray = BESIDE, press: np.ndarray = PRESS
) -> dict[str, np.ndarray]:
    joints = np.tile(touch, (72, 21, 1)) + way[:, None]
    return drag_corners(mean_face(), GESTURES[pattern], touch, press, joints, DT)


def along(direction: tuple[float, float, float]) -> np.ndarray:
    """A finger that goes 30 mm while it touches (72, 3)."""
    return np.outer(np.clip((np.arange(72) - 20) / 28, 0, 1) * 30, direction)


def test_a_stroke_draws_the_near_corner_along_and_lets_it_come_back() -> None:
    found = drawn("stroke-left-cheek", along((0.0, 1.0, 0.0)))
    down = found["corner_down_left"]
    assert not down[:20].any()
    assert 1.0 < down.max() < 6.0  # mm: the finger slides over most of its way
    assert np.abs(found["corner_across_left"]).max() < 0.01
    assert down[-1] < 0.1 * down.max()
    assert np.abs(np.diff(down)).max() < 0.25 * down.max()  # no jump
    assert np.abs(found.get("corner_down_right", np.zeros(72))).max() < 0.3 * down.max()


def test_a_pinch_draws_the_corner_towards_it() -> None:
    across = drawn("pinch-left-cheek", along((0.0, 0.0, 0.0)))["corner_across_left"]
    assert across[40] > 1.0 and across.min() >= 0


def test_a_gentle_touch_draws_less_and_a_far_one_not_at_all() -> None:
    way = along((0.0, 1.0, 0.0))
    firm, gentle = (drawn("stroke-left-cheek", way, press=p * PRESS)["corner_down_left"].max() for p in (1.0, 0.4))
    assert gentle == pytest.approx(0.4 * firm, rel=1e-6)
    assert drawn("stroke-forehead", way, touch=CORNER + [0.0, -110.0, 0.0]) == {}
    assert drawn("stroke-left-cheek", way, press=0 * PRESS) == {}
