"""What is worn below the chin: colour with the light taken out, weave, and whether a neck is covered."""

import numpy as np
import pytest

from model.body import CHIN, SELLION
from model.face.garment import find_garment
from model.optics import srgb_to_linear
from model.scene import Light

SIDE = 512
EVEN = Light(np.array([0.0, 0.0, -1.0]), 0.0, np.ones(3))
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def dressed(top: int, stripes: bool = False) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Picture, masks and landmarks of somebody whose chin is at (256, 260) and whose red cloth begins at row `top`."""
    landmarks = np.zeros((478, 3))
    landmarks[CHIN], landmarks[SELLION] = (256, 260, 0), (256, 140, 0)
    picture = np.full((SIDE, SIDE, 3), 200, np.uint8)
    cloth = (np.abs(COLUMNS - 256) < 200) & (top <= ROWS)
    picture[cloth] = (160, 40, 30)
    if stripes:
        picture[cloth & (ROWS // 6 % 2 == 0)] = (90, 20, 15)
    nothing = np.zeros((SIDE, SIDE), np.float32)
    head = np.hypot(COLUMNS - 256, ROWS - 180) < 100
    masks = {"person": (cloth | head).astype(np.float32), "skin": head.astype(np.float32), "hair": nothing}
    return picture, masks, landmarks


@pytest.mark.parametrize(("top", "collared"), [(290, True), (360, False)])
def test_colour_and_collar(top: int, collared: bool) -> None:
    found = find_garment(*dressed(top), EVEN)
    assert found is not None and found.collared is collared
    assert np.allclose(found.colour, srgb_to_linear(np.uint8([[[160, 40, 30]]]))[0, 0], rtol=0.05)
    assert np.allclose(found.weave, 1, atol=0.02)


def test_stripes_stay_stripes() -> None:
    found = find_garment(*dressed(300, stripes=True), EVEN)
    assert found is not None
    assert np.ptp(found.weave.mean(axis=(1, 2))) > 0.5 and np.ptp(found.weave.mean(axis=(0, 2))) < 0.05


def test_the_light_is_taken_out() -> None:
    from_above = Light(np.array([0.0, -1.0, 0.0]), 0.8, np.ones(3))
    even, lit = (find_garment(*dressed(300), light) for light in (EVEN, from_above))
    assert even is not None and lit is not None and (lit.colour < 0.9 * even.colour).all()


def test_where_no_cloth_is_seen_there_is_none() -> None:
    assert find_garment(*dressed(508), EVEN) is None
